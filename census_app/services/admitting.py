"""Admit: the centre makes its roots and its daily key, compares a request's fingerprint, and issues the certificate.

The root key lies on a stick and is asked for (security §4, §5). What the applicant does: see `enrolling`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.domain.chain import Decision, confirmed_candidates
from census_app.errors import UserError
from census_app.exchange.bundle import stored_document
from census_app.exchange.certificate_facts import (
    CertificateFacts,
    Role,
    is_issued_by,
    load_certificate,
    read_certificate,
)
from census_app.exchange.certificates import (
    RequestFacts,
    create_root,
    issue_certificate,
    read_request,
)
from census_app.exchange.keyfile import create_key, load_key
from census_app.exchange.ledger import with_id
from census_app.exchange.names import CODE_PATTERN
from census_app.exchange.package import TrustAnchors, VerifiedPackage, open_package
from census_app.exchange.private_keys import PrivateKey
from census_app.exchange.statement import P256, Algorithm
from census_app.services.anchoring import anchors_of
from census_app.services.campaigns import require_both_real
from census_app.services.deciding import ACTOR_LENGTH, legible
from census_app.services.folders import make_folder
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, IssuedCertificate, Unit
from census_app.services.progress import Progress
from census_app.services.receiving import release
from census_app.settings.files import atomic_write

ROOT_CERTIFICATE: Final = "root.crt"
ROOT_KEY: Final = "root.key.pem"
STANDBY: Final = "standby"
"""Folder below that of the root for the second one, until it is put on a stick of its own."""

_SERIAL_BITS: Final = 159


@dataclass(frozen=True, slots=True)
class RequestShown:
    """What a coordinator sees of a request before anything is issued.

    Attributes:
        by_old_key: Signed with a key that is enrolled already, so that nothing has to be compared.
        waiting: Names of packages of this very key that wait in quarantine and are merged once it is confirmed.
    """

    code: str
    name: str
    fingerprint: str
    by_old_key: bool = False
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """What issuing a certificate did.

    Attributes:
        by_old_key: The request was signed with the key it replaces, so nobody had to compare it.
        released: Names of packages that waited for this and are merged now.
    """

    issued: IssuedCertificate
    by_old_key: bool = False
    released: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stick:
    """A folder with a root in it: its certificate, and where its key lies."""

    certificate: bytes
    key: Path


# -- roots -------------------------------------------------------------------------------------------------------------


def make_root(
    name: str, directory: Path, passphrase: str, *, clock: Clock, algorithm: Algorithm = P256
) -> tuple[Path, Path]:
    """Make the root key and its certificate in a folder, meant to be a stick that is then put away.

    Args:
        algorithm: What it signs with, and with it every department of its catalogue.

    Returns:
        The key's path and the certificate's.

    Raises:
        UserError: `PASSPHRASE_SHORT`, `KEY_EXISTS`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`, SM2 does not work on this computer.
    """
    make_folder(directory)
    made = create_key(directory / ROOT_KEY, passphrase, algorithm=algorithm)
    certificate = create_root(name, made.key, now=clock.now())
    path = directory / ROOT_CERTIFICATE
    atomic_write(path, certificate)
    return made.path, path


def require_algorithm(path: Path, roots_pem: str, wanted: Algorithm | None) -> None:
    """Refuse a root of another algorithm than somebody asked for; None asks for none.

    Raises:
        UserError: `ROOT_ALGORITHM`; `TRUST_FILE_INVALID`, there is no root in the text.
    """
    if wanted is None:
        return
    for root in TrustAnchors.from_pem(roots_pem.encode("ascii"), str(path)).roots:
        if root.facts.algorithm != wanted:
            raise UserError(
                "ROOT_ALGORITHM", path=str(path), found=root.facts.algorithm, wanted=wanted
            )


def open_stick(store: CatalogueStore, directory: Path) -> Stick:
    """Return the root in a folder.

    Raises:
        UserError: `ROOT_MISSING`; `ROOT_OTHER`, the catalogue does not believe this root.
    """
    key, certificate = directory / ROOT_KEY, directory / ROOT_CERTIFICATE
    if not key.is_file() or not certificate.is_file():
        raise UserError("ROOT_MISSING", path=str(directory))
    own = TrustAnchors.from_pem(store.roots().encode("ascii")).roots
    given = TrustAnchors.from_file(certificate).roots
    # A catalogue could receive nothing that was signed under a root it does not believe.
    if not {root.facts.sha256 for root in given} <= {root.facts.sha256 for root in own}:
        raise UserError("ROOT_OTHER", path=str(directory))
    return Stick(certificate.read_bytes(), key)


def make_coordinator(
    store: CatalogueStore,
    code: str,
    name: str,
    root_directory: Path,
    passphrase: str,
    keys: Path,
    key_passphrase: str,
    *,
    clock: Clock,
) -> IssuedCertificate:
    """Make the key a coordinator signs with day by day, and its certificate from the root.

    Args:
        code: Of the coordinating body; a second coordinator adds two characters.
        root_directory: Folder (stick) with the root key and certificate; `passphrase` opens it.
        keys: Folder for private keys, inside the data folder; `key_passphrase` protects the new key.

    Raises:
        UserError: `CODE_INVALID`, `ROOT_MISSING`, `ROOT_OTHER`, `PASSPHRASE_WRONG`, `PASSPHRASE_SHORT`.
    """
    stick = open_stick(store, root_directory)
    root_key = load_key(stick.key, passphrase)
    made = create_key(keys, key_passphrase, algorithm=root_key.algorithm)
    certificate = issue_certificate(
        stick.certificate, root_key, made.spki, code, Role.COORDINATOR, now=clock.now(), name=name
    )
    issued = _issued(certificate, code, name, Role.COORDINATOR, clock)
    store.issue(issued)
    store.store_coordinator(code, name, issued.certificate_pem)
    return issued


# -- requests ----------------------------------------------------------------------------------------------------------


def read_enrolment(
    path: Path, *, clock: Clock, catalogue: CatalogueStore | None = None
) -> RequestShown:
    """Open an enrolment package and return what the coordinator must compare.

    Args:
        catalogue: Tells which keys are enrolled already; without it every request must be signed by its own key.

    Raises:
        UserError: `TRAINING_PACKAGE`, `TRAINING_CATALOGUE`, when the catalogue is known.
        Refused: The package is not sound, or no enrolment (`ROLE`, `SCHEMA`).
    """
    trust = anchors_of(catalogue) if catalogue is not None else TrustAnchors(())
    with _open_request(path, trust, clock) as package:
        if catalogue is not None:
            require_both_real(package.description.census.id, catalogue.facts().census_id)
        request, name = _request(package)
        vouched, signer = _is_vouched(package), package.certificate.sha256
    held = catalogue.packages(request.code) if catalogue is not None and not vouched else []
    waiting = tuple(
        each.name for each in held if each.state == "quarantined" and each.signer_sha256 == signer
    )
    return RequestShown(request.code, name, request.fingerprint, vouched, waiting)


def _open_request(path: Path, trust: TrustAnchors, clock: Clock) -> VerifiedPackage:
    package = open_package(path, trust, now=clock.now(), allow_candidate=True)
    if package.statement.type != "enrolment":
        package.close()
        raise UserError("NOT_ENROLMENT", file=path.name)
    return package


def _request(package: VerifiedPackage) -> tuple[RequestFacts, str]:
    request = read_request(package.read_file("data/request.csr"))
    return request, package.description.department.name


def _is_vouched(package: VerifiedPackage) -> bool:
    return package.role is Role.DEPARTMENT


def confirm(
    store: CatalogueStore,
    path: Path,
    fingerprint: str,
    root_directory: Path,
    passphrase: str,
    *,
    clock: Clock,
) -> IssuedCertificate:
    """Issue the certificate of a department whose fingerprint a person has compared; see `admit_request`."""
    admitted = admit_request(
        store, path, root_directory, passphrase, fingerprint=fingerprint, clock=clock
    )
    return admitted.issued


def admit_request(
    store: CatalogueStore,
    path: Path,
    root_directory: Path,
    passphrase: str,
    *,
    clock: Clock,
    fingerprint: str = "",
    role: Role = Role.DEPARTMENT,
    units: Mapping[str, str] | None = None,
    actor: str = "",
) -> Admitted:
    """Issue the certificate of a request, and let in what its key has signed already.

    Args:
        path: The enrolment package.
        root_directory: Folder (stick) with the root key and certificate; `passphrase` opens it.
        fingerprint: As a person heard or read it; blanks and case do not matter. Not needed when the request is
            signed with the department's key that is enrolled already.
        role: What the certificate shall be for, department or coordinator.
        units: Code → name of bodies the department may report for beside itself.
        actor: Who decided, for the ledger.

    Raises:
        UserError: `FINGERPRINT_DIFFERS`, `PASSPHRASE_WRONG`, `ROOT_MISSING`; `ROOT_OTHER`, the stick of another root;
            `REQUEST_ALGORITHM`, the request's key is not of the root's kind; `KEY_REVOKED`, this very key was
            revoked; `REQUEST_SERIAL`, the number of its certificate is taken; `TRAINING_PACKAGE`, the request of a
            practice file; `TRAINING_CATALOGUE`, the request of a real one.
        Refused: The package is not sound, or signed with a key that is revoked.
    """
    with _open_request(path, anchors_of(store), clock) as package:
        require_both_real(package.description.census.id, store.facts().census_id)
        request, name = _request(package)
        signer, vouched = package.certificate, _is_vouched(package)
    vouched = vouched and role is Role.DEPARTMENT
    if not vouched and plain(request.fingerprint) != plain(fingerprint):
        raise UserError("FINGERPRINT_DIFFERS", shown=request.fingerprint, given=fingerprint)
    stick = open_stick(store, root_directory)
    key = load_key(stick.key, passphrase)
    issued = _issue(store, stick, key, request, signer, name, role, clock)
    if units:
        add_units(store, request.code, units)
    if signer.role is not Role.CANDIDATE or role is not Role.DEPARTMENT:
        return Admitted(issued, vouched)
    _confirm_candidate(store, signer.sha256, request.code, actor, clock)
    released = release(store, request.code, clock=clock, progress=Progress())
    return Admitted(issued, vouched, released)


def add_units(store: CatalogueStore, department: str, units: Mapping[str, str]) -> list[Unit]:
    """Let a department report for further bodies, and return all it may report for.

    Args:
        units: Code → name; a known code gets the new name.

    Raises:
        UserError: `CODE_INVALID`.
    """
    for code in (department, *units):
        if re.fullmatch(CODE_PATTERN, code) is None:
            raise UserError("CODE_INVALID", value=code)
    store.store_units(Unit(department, code, name) for code, name in units.items())
    return store.units(department)


def _issue(
    store: CatalogueStore,
    stick: Stick,
    key: PrivateKey,
    request: RequestFacts,
    signer: CertificateFacts,
    name: str,
    role: Role,
    clock: Clock,
) -> IssuedCertificate:
    """Return the certificate of a request; a request that is answered already gets the same answer again."""
    bundle = store.bundle()
    revoked = {e.serial for e in stored_document(bundle.trust_json).revoked} if bundle else set()
    known = {
        each.fingerprint: (each, read_certificate(each.certificate_pem.encode("ascii")))
        for each in store.certificates()
    }
    held = known.get(request.fingerprint)
    if held is not None and f"{held[1].serial:x}" in revoked:
        raise UserError("KEY_REVOKED", fingerprint=request.fingerprint)
    if held is not None and _still_fits(held[0], stick, request.code, role, clock):
        return held[0]
    serial = signer.serial if signer.role is Role.CANDIDATE else None
    taken = {facts.serial for _certificate, facts in known.values()} - (
        {held[1].serial} if held is not None else set()
    )
    if serial is not None and (
        serial in taken or f"{serial:x}" in revoked or serial.bit_length() > _SERIAL_BITS
    ):
        raise UserError("REQUEST_SERIAL", name=name)
    # The candidate's own number goes on: who revokes the certificate revokes what the candidate signed as well.
    certificate = issue_certificate(
        stick.certificate, key, request, request.code, role, now=clock.now(), name=name, serial=serial
    )  # fmt: skip
    issued = _issued(certificate, request.code, name, role, clock)
    if held is None:
        store.issue(issued)
    else:
        store.reissue(issued)
    return issued


def _still_fits(held: IssuedCertificate, stick: Stick, code: str, role: Role, clock: Clock) -> bool:
    """Say whether a certificate is what would be issued now: by this root, and with half its time before it."""
    pem = held.certificate_pem.encode("ascii")
    facts = read_certificate(pem)
    half = facts.not_before + (facts.not_after - facts.not_before) / 2
    return (
        (facts.code, facts.role) == (code, role)
        and facts.not_before <= clock.now() <= half
        and is_issued_by(load_certificate(pem), load_certificate(stick.certificate))
    )


def _issued(
    certificate: bytes, code: str, name: str, role: Role, clock: Clock
) -> IssuedCertificate:
    return IssuedCertificate(
        department=code,
        name=name,
        certificate_pem=certificate.decode("ascii"),
        fingerprint=read_certificate(certificate).fingerprint,
        issued_at=stamp(clock.now()),
        role="coordinator" if role is Role.COORDINATOR else "department",
    )


def _confirm_candidate(
    store: CatalogueStore, sha256: str, code: str, actor: str, clock: Clock
) -> None:
    """Write down that a candidate is the department's: what it signed counts from now on, here and for colleagues."""
    if confirmed_candidates(store.decisions()).get(sha256) == code:
        return
    decision = Decision(
        id="",
        kind="confirm",
        subject=sha256,
        choice=code,
        reason="",
        actor=legible(actor)[:ACTOR_LENGTH],
        coordinator=store.facts().coordinator_code,
        created=stamp(clock.now()),
    )
    store.append_decision(with_id(decision))


def write_answer(issued: IssuedCertificate, roots_pem: str, directory: Path) -> Path:
    """Write what goes back to the applicant: its certificate, then the pinned roots, in one PEM file."""
    make_folder(directory)
    path = directory / f"{issued.department}.crt"
    atomic_write(path, (issued.certificate_pem + roots_pem).encode("ascii"))
    return path


def plain(fingerprint: str) -> str:
    """Return a fingerprint without what people add when they copy one."""
    return "".join(fingerprint.split()).replace("-", "").lower()
