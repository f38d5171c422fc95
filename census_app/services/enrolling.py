"""Enrol: a department or a coordinator makes its key, asks for a certificate, and takes the answer.

The private key never leaves the data folder (security §4, §5). What the centre does with a request: see `admitting`,
whose names are offered here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import UserError
from census_app.exchange.certificate_facts import CertificateFacts, Role, read_certificate
from census_app.exchange.certificates import create_candidate, create_request
from census_app.exchange.keyfile import create_key, key_name
from census_app.exchange.package import PackageDraft, TrustAnchors, write_package
from census_app.exchange.refusals import CertificateRevoked, RoleMismatch
from census_app.exchange.signers import Signer, signer_for
from census_app.exchange.statement import P256, Algorithm
from census_app.services.admitting import (
    ROOT_CERTIFICATE,
    ROOT_KEY,
    STANDBY,
    Admitted,
    RequestShown,
    Stick,
    add_units,
    admit_request,
    confirm,
    make_coordinator,
    make_root,
    open_stick,
    plain,
    read_enrolment,
    require_algorithm,
    write_answer,
)
from census_app.services.anchoring import anchors_of, trust_version
from census_app.services.folders import make_folder
from census_app.services.keys import (
    coordinator_certificate_of,
    key_of,
    key_path_of,
    signing_certificate,
)
from census_app.services.ports import CatalogueStore, Clock, IssuedCertificate, WorkspaceStore

__all__ = [
    "ROOT_CERTIFICATE",
    "ROOT_KEY",
    "STANDBY",
    "Admitted",
    "AskPassphrase",
    "Enrolment",
    "RequestShown",
    "Stick",
    "accept_answer",
    "accept_coordinator_answer",
    "add_units",
    "admit_request",
    "confirm",
    "coordinator_signer_of",
    "describe_sender",
    "make_coordinator",
    "make_root",
    "open_stick",
    "read_enrolment",
    "request_certificate",
    "request_coordinator",
    "request_rotation",
    "require_algorithm",
    "signer_of",
    "write_answer",
]

_MAX_ANSWER: Final = 1 << 20
"""Bytes of an answer that are looked at: a certificate and a few roots."""

AskPassphrase = Callable[[], str]
"""Asks the person for a passphrase; front ends differ in how."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A request for a certificate.

    Attributes:
        request: The enrolment package that goes to the coordinator.
        fingerprint: 8 groups of 4 hex of the public key, to be compared by telephone or on the stamped card.
        key: Where the private key lies.
    """

    request: Path
    fingerprint: str
    key: Path


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks: the code and name the certificate shall carry, and what the package says of its sender."""

    code: str
    name: str
    instance: str
    trust_version: int
    package_json: Mapping[str, object]


# -- asking ------------------------------------------------------------------------------------------------------------


def request_certificate(
    store: WorkspaceStore,
    directory: Path,
    keys: Path,
    passphrase: str,
    *,
    clock: Clock,
    software: str,
    algorithm: Algorithm = P256,
) -> Enrolment:
    """Make a key and write the enrolment package into a folder.

    The key's self-signed candidate certificate signs what is handed in until the issued one arrives: the centre keeps
    such packages and merges them once it has confirmed the key. So it goes on when a passphrase is forgotten.

    Args:
        keys: Folder for private keys, inside the data folder.
        algorithm: What the key shall sign with: that of the catalogue's root.

    Raises:
        UserError: `PASSPHRASE_SHORT`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`, SM2 does not work on this computer.
    """
    applicant = _applicant(store, software)
    made, candidate = write_request(
        applicant, directory, keys, passphrase, clock=clock, algorithm=algorithm
    )
    store.store_candidate(candidate)
    return made


def request_rotation(
    store: WorkspaceStore,
    directory: Path,
    keys: Path,
    passphrase: str,
    new_passphrase: str,
    *,
    clock: Clock,
    software: str,
) -> Enrolment:
    """Make the next key and write a request for it that the present key signs, so that nobody need compare it.

    The present key goes on signing until the certificate of the next one arrives; both continue one chain.

    Args:
        passphrase: Opens the present key; `new_passphrase` protects the next one.

    Raises:
        UserError: `NOT_ENROLLED`, there is no certificate to vouch with; `KEY_MISSING`, `PASSPHRASE_WRONG`,
            `PASSPHRASE_SHORT`.
        EnvironmentProblem: A file cannot be written.
    """
    pem = store.certificate()
    if not pem or signing_certificate(store) != pem:
        raise UserError("NOT_ENROLLED")
    old = signer_of(store, keys)
    old.unlock(passphrase)
    made, request = _write_request(
        _applicant(store, software),
        directory,
        keys,
        new_passphrase,
        clock=clock,
        algorithm=old.algorithm,
        voucher=old,
    )[:2]
    store.store_candidate(request)
    return made


def request_coordinator(
    store: CatalogueStore,
    code: str,
    name: str,
    directory: Path,
    keys: Path,
    passphrase: str,
    *,
    clock: Clock,
    software: str,
    algorithm: Algorithm = P256,
) -> Enrolment:
    """Make the daily key of a further coordinator and write its request; whoever holds the root answers it.

    Args:
        code: Code of the coordinating body plus two characters, or of another body.

    Raises:
        UserError: `CODE_INVALID`, `PASSPHRASE_SHORT`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`.
    """
    applicant = Applicant(
        code, name, _instance(store), trust_version(store), describe_body(store, code, name, software)
    )  # fmt: skip
    made, candidate = write_request(
        applicant, directory, keys, passphrase, clock=clock, algorithm=algorithm
    )
    store.store_coordinator(code, name, candidate)
    return made


def write_request(
    applicant: Applicant,
    directory: Path,
    keys: Path,
    passphrase: str,
    *,
    clock: Clock,
    algorithm: Algorithm = P256,
) -> tuple[Enrolment, str]:
    """Make a key, write its enrolment package, and return both with the text of its candidate certificate.

    Raises:
        UserError: `CODE_INVALID`, `PASSPHRASE_SHORT`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`.
    """
    made, _request, candidate = _write_request(
        applicant, directory, keys, passphrase, clock=clock, algorithm=algorithm, voucher=None
    )
    return made, candidate


def _write_request(
    applicant: Applicant,
    directory: Path,
    keys: Path,
    passphrase: str,
    *,
    clock: Clock,
    algorithm: Algorithm,
    voucher: Signer | None,
) -> tuple[Enrolment, str, str]:
    made = create_key(keys, passphrase, algorithm=algorithm)
    candidate = create_candidate(applicant.code, applicant.name, made.key, now=clock.now())
    signer = signer_for(made.path, candidate)
    signer.unlock(passphrase)
    request = create_request(applicant.code, applicant.name, signer)
    draft = PackageDraft(
        type="enrolment",
        sender=applicant.code,
        audience="coordinator",
        sequence=0,
        instance=applicant.instance,
        created=clock.now(),
        trust_version=applicant.trust_version,
        package_json=applicant.package_json,
        files={"request.csr": request},
    )
    make_folder(directory)
    written = write_package(directory, draft, voucher or signer)
    enrolment = Enrolment(written.path, read_certificate(candidate).fingerprint, made.path)
    return enrolment, request.decode("ascii"), candidate.decode("ascii")


def _applicant(store: WorkspaceStore, software: str) -> Applicant:
    facts = store.facts()
    return Applicant(
        facts.department_code,
        facts.department_name,
        facts.instance,
        trust_version(store),
        describe_sender(store, software),
    )


def describe_sender(store: WorkspaceStore, software: str) -> dict[str, object]:
    """Return `data/package.json` of a workspace, without its record count."""
    facts, form_set = store.facts(), store.form_set
    return {
        "attachments": [],
        "census": {"id": facts.census_id, "round": facts.round},
        "department": {
            "code": facts.department_code,
            "name": facts.department_name,
            "uscc": facts.department_code[:18] if len(facts.department_code) >= 18 else "",
        },
        "form_set": {"version": form_set.version, "sha256": form_set.sha256},
        "records": 0,
        "software": {"name": "Census", "version": software},
    }


def describe_body(
    store: CatalogueStore, code: str, name: str, software: str, *, versioned: bool = True
) -> dict[str, object]:
    """Return `data/package.json` of what a catalogue sends, without its record count.

    Args:
        code, name: Of the body the package is about: the sender, or for a letter the department it goes to.
        versioned: Whether it follows a form set.
    """
    facts, form_set = store.facts(), store.form_set
    version, sha256 = (form_set.version, form_set.sha256) if versioned else ("", "")
    return {
        "attachments": [],
        "census": {"id": facts.census_id, "round": facts.round},
        "department": {"code": code, "name": name, "uscc": code[:18] if len(code) >= 18 else ""},
        "form_set": {"version": version, "sha256": sha256},
        "records": 0,
        "software": {"name": "Census", "version": software},
    }


def _instance(store: CatalogueStore) -> str:
    return store.facts().instance or "0" * 32


# -- taking the answer -------------------------------------------------------------------------------------------------


def accept_answer(
    store: WorkspaceStore, path: Path, keys: Path, *, clock: Clock, confirm: str = ""
) -> str:
    """Take the issued certificate into the workspace and return its fingerprint.

    Args:
        confirm: Fingerprint of another root than those pinned, which a person has compared: the workspace changes to
            it, for a campaign that begins anew.

    Raises:
        UserError: `ANSWER_INVALID`, not such a file; `ANSWER_OTHER`, for another department; `KEY_MISSING`, the key is
            not on this computer.
        Refused: The certificate does not come from a pinned root, or where none is pinned yet from the root in the
            file (`CHAIN`); it is not valid now, or revoked.
    """
    certificate, roots = read_answer(path)
    facts = require_own(certificate, store.facts().department_code, keys, path)
    trust = _trust_of_answer(store, roots, path, confirm)
    require_issued(trust, certificate, facts, Role.DEPARTMENT, clock, path)
    pinned = store.roots() if store.roots() and not confirm else roots
    store.store_certificate(certificate, pinned)
    if key_of(store.candidate()) == facts.spki:
        store.store_candidate("")
    return facts.fingerprint


def accept_coordinator_answer(
    store: CatalogueStore, path: Path, keys: Path, *, clock: Clock
) -> str:
    """Take the certificate of a catalogue's daily key, which the holder of the root issued; return its fingerprint.

    Raises:
        UserError, Refused: As `accept_answer`; only the catalogue's own roots are believed.
    """
    certificate, _roots = read_answer(path)
    own = store.facts()
    facts = require_own(certificate, own.coordinator_code, keys, path)
    require_issued(anchors_of(store), certificate, facts, Role.COORDINATOR, clock, path)
    name = own.coordinator_name or facts.name
    issued_at = facts.not_before.strftime("%Y-%m-%dT%H:%M:%SZ")
    store.issue(
        IssuedCertificate(
            facts.code, name, certificate, facts.fingerprint, issued_at, "coordinator"
        )
    )
    store.store_coordinator(facts.code, name, certificate)
    return facts.fingerprint


def read_answer(path: Path) -> tuple[str, str]:
    """Return the certificate of an answer and the roots behind it.

    Raises:
        UserError: `ANSWER_INVALID`.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_ANSWER).decode("ascii").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        raise UserError("ANSWER_INVALID", file=path.name) from None
    end = "-----END CERTIFICATE-----\n"
    blocks = [block + end for block in text.split(end) if block.strip()]
    if len(blocks) < 2:
        raise UserError("ANSWER_INVALID", file=path.name)
    return blocks[0], "".join(blocks[1:])


def require_own(certificate: str, code: str, keys: Path, path: Path) -> CertificateFacts:
    """Return the facts of a certificate that is for this code and a key of this computer.

    Raises:
        UserError: `ANSWER_OTHER`, `KEY_MISSING`.
    """
    facts = read_certificate(certificate.encode("ascii"))
    if facts.code != code:
        raise UserError("ANSWER_OTHER", file=path.name, name=facts.name, owner=facts.code)
    key = keys / key_name(facts.spki)
    if not key.is_file():
        raise UserError("KEY_MISSING", path=str(key))
    return facts


def _trust_of_answer(store: WorkspaceStore, roots: str, path: Path, confirm: str) -> TrustAnchors:
    """Return whom to believe about an answer: the pinned roots, and those in the file only when there are none."""
    given = TrustAnchors.from_pem(roots.encode("ascii"), str(path))
    if not store.roots():
        return given
    if not confirm:
        return anchors_of(store)
    known = {plain(root.facts.fingerprint) for root in given.roots}
    if plain(confirm) not in known:
        shown = given.roots[0].facts.fingerprint
        raise UserError("FINGERPRINT_DIFFERS", shown=shown, given=confirm)
    return given


def require_issued(
    trust: TrustAnchors,
    certificate: str,
    facts: CertificateFacts,
    role: Role,
    clock: Clock,
    path: Path,
) -> None:
    """Refuse a certificate that no believed root issued for this role, or that does not count now.

    Raises:
        Refused: `CHAIN`, `EXPIRED`, `ROLE`, `REVOKED`, as the reader's.
    """
    moment, _notices = trust.effective_time(clock.now())
    trust.examine(certificate.encode("ascii"), moment=moment, allow_candidate=False)
    if facts.role is not role:
        raise RoleMismatch(detail=str(facts.role), file=path.name)
    if facts.serial in trust.revoked:
        raise CertificateRevoked(detail=facts.fingerprint, file=path.name)


# -- signing -----------------------------------------------------------------------------------------------------------


def signer_of(store: WorkspaceStore, keys: Path) -> Signer:
    """Return the locked signer of a workspace; see `keys.signing_certificate` for which of its keys.

    Raises:
        UserError: `NOT_ENROLLED`, no key was made yet; `KEY_MISSING`.
    """
    path = key_path_of(store, keys)
    return signer_for(path, signing_certificate(store).encode("ascii"))


def coordinator_signer_of(store: CatalogueStore, keys: Path) -> Signer:
    """Return the locked signer of a catalogue's daily key.

    Raises:
        UserError: `NOT_COORDINATOR`, the catalogue has no certificate of its own; `KEY_MISSING`.
    """
    pem = coordinator_certificate_of(store)
    return signer_for(key_path_of(store, keys), pem.encode("ascii"))
