"""Enrol: a department makes its key and asks for a certificate; the centre compares the fingerprint and issues it.

The private key never leaves the data folder, the root key lies on a stick and is asked for (security §4, §5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from census_app.errors import UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.certificates import (
    create_candidate,
    create_request,
    create_root,
    issue_certificate,
    read_request,
)
from census_app.exchange.keyfile import create_key, key_name, load_key
from census_app.exchange.package import PackageDraft, TrustAnchors, open_package, write_package
from census_app.exchange.signers import Signer, signer_for
from census_app.exchange.statement import P256, Algorithm
from census_app.services.folders import make_folder
from census_app.services.keys import key_path_of
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, IssuedCertificate, WorkspaceStore
from census_app.settings.files import atomic_write

ROOT_CERTIFICATE = "root.crt"
ROOT_KEY = "root.key.pem"


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
class RequestShown:
    """What a coordinator sees of a request before anything is issued."""

    code: str
    name: str
    fingerprint: str


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

    Args:
        keys: Folder for private keys, inside the data folder.
        algorithm: What the key shall sign with: that of the catalogue's root.

    Raises:
        UserError: `PASSPHRASE_SHORT`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`, SM2 does not work on this computer.
    """
    facts = store.facts()
    made = create_key(keys, passphrase, algorithm=algorithm)
    candidate = create_candidate(
        facts.department_code, facts.department_name, made.key, now=clock.now()
    )
    signer = signer_for(made.path, candidate)
    signer.unlock(passphrase)
    request = create_request(facts.department_code, facts.department_name, signer)
    draft = PackageDraft(
        type="enrolment",
        sender=facts.department_code,
        audience="coordinator",
        sequence=0,
        instance=facts.instance,
        created=clock.now(),
        package_json=describe_sender(store, software),
        files={"request.csr": request},
    )
    make_folder(directory)
    written = write_package(directory, draft, signer)
    return Enrolment(written.path, read_certificate(candidate).fingerprint, made.path)


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


def read_enrolment(path: Path, *, clock: Clock) -> RequestShown:
    """Open an enrolment package and return what the coordinator must compare.

    Raises:
        Refused: The package is not sound, or no enrolment (`ROLE`, `SCHEMA`).
    """
    with open_package(path, TrustAnchors(()), now=clock.now(), allow_candidate=True) as package:
        if package.statement.type != "enrolment":
            raise UserError("NOT_ENROLMENT", file=path.name)
        request = read_request(package.read_file("data/request.csr"))
        name = package.description.department.name
    return RequestShown(request.code, name, request.fingerprint)


def confirm(
    store: CatalogueStore,
    path: Path,
    fingerprint: str,
    root_directory: Path,
    passphrase: str,
    *,
    clock: Clock,
) -> IssuedCertificate:
    """Issue the certificate of a request whose fingerprint a person has compared.

    Args:
        path: The enrolment package.
        fingerprint: As heard or read; blanks and case do not matter.
        root_directory: Folder (stick) with the root key and certificate.

    Raises:
        UserError: `FINGERPRINT_DIFFERS`, `PASSPHRASE_WRONG`, `ROOT_MISSING`; `ROOT_OTHER`, the stick of another root;
            `REQUEST_ALGORITHM`, the request's key is not of the root's kind.
        Refused: The package is not sound.
    """
    shown = read_enrolment(path, clock=clock)
    if _plain(shown.fingerprint) != _plain(fingerprint):
        raise UserError("FINGERPRINT_DIFFERS", shown=shown.fingerprint, given=fingerprint)
    stick = open_stick(store, root_directory)
    with open_package(path, TrustAnchors(()), now=clock.now(), allow_candidate=True) as package:
        request = package.read_file("data/request.csr")
    certificate = issue_certificate(
        stick.certificate,
        load_key(stick.key, passphrase),
        request,
        shown.code,
        Role.DEPARTMENT,
        now=clock.now(),
        name=shown.name,
    )
    issued = IssuedCertificate(
        shown.code, shown.name, certificate.decode("ascii"), shown.fingerprint, stamp(clock.now())
    )
    store.issue(issued)
    return issued


@dataclass(frozen=True, slots=True)
class Stick:
    """A folder with a root in it: its certificate, and where its key lies."""

    certificate: bytes
    key: Path


def open_stick(store: CatalogueStore, directory: Path) -> Stick:
    """Return the root in a folder.

    Raises:
        UserError: `ROOT_MISSING`; `ROOT_OTHER`, the catalogue does not believe this root.
    """
    key, certificate = directory / ROOT_KEY, directory / ROOT_CERTIFICATE
    if not key.is_file() or not certificate.is_file():
        raise UserError("ROOT_MISSING", path=str(directory))
    _require_root(store, certificate)
    return Stick(certificate.read_bytes(), key)


def _require_root(store: CatalogueStore, path: Path) -> None:
    """Refuse a root the catalogue would not believe: it could receive nothing signed under it."""
    own = TrustAnchors.from_pem(store.roots().encode("ascii")).roots
    given = TrustAnchors.from_file(path).roots
    if not {root.facts.sha256 for root in given} <= {root.facts.sha256 for root in own}:
        raise UserError("ROOT_OTHER", path=str(path.parent))


def write_answer(issued: IssuedCertificate, roots_pem: str, directory: Path) -> Path:
    """Write what goes back to the department: its certificate, then the pinned roots, in one PEM file."""
    make_folder(directory)
    path = directory / f"{issued.department}.crt"
    atomic_write(path, (issued.certificate_pem + roots_pem).encode("ascii"))
    return path


def accept_answer(store: WorkspaceStore, path: Path, keys: Path, *, clock: Clock) -> str:
    """Take the issued certificate into the workspace and return its fingerprint.

    Raises:
        UserError: `ANSWER_INVALID`, not such a file; `ANSWER_OTHER`, for another department; `KEY_MISSING`, the key is
            not on this computer.
        Refused: The certificate does not come from the root in the file (`CHAIN`), or is not valid now.
    """
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise UserError("ANSWER_INVALID", file=path.name) from None
    blocks = [
        b + "-----END CERTIFICATE-----\n"
        for b in text.split("-----END CERTIFICATE-----\n")
        if b.strip()
    ]
    if len(blocks) < 2:
        raise UserError("ANSWER_INVALID", file=path.name)
    certificate, roots = blocks[0], "".join(blocks[1:])
    facts = read_certificate(certificate.encode("ascii"))
    if facts.code != store.facts().department_code:
        raise UserError("ANSWER_OTHER", file=path.name, name=facts.name, owner=facts.code)
    if not (keys / key_name(facts.spki)).is_file():
        raise UserError("KEY_MISSING", path=str(keys / key_name(facts.spki)))
    trust = TrustAnchors.from_pem(roots.encode("ascii"), str(path))
    trust.examine(certificate.encode("ascii"), moment=clock.now(), allow_candidate=False)
    store.store_certificate(certificate, roots)
    return facts.fingerprint


def signer_of(store: WorkspaceStore, keys: Path) -> Signer:
    """Return the locked signer of a workspace.

    Raises:
        UserError: `NOT_ENROLLED`, no certificate has arrived yet; `KEY_MISSING`.
    """
    path = key_path_of(store, keys)
    return signer_for(path, store.certificate().encode("ascii"))


def coordinator_signer_of(store: CatalogueStore, keys: Path) -> Signer:
    """Return the locked signer of a catalogue's daily key.

    Raises:
        UserError: `NOT_COORDINATOR`, the catalogue has no certificate of its own; `KEY_MISSING`.
    """
    pem = store.coordinator_certificate()
    if not pem:
        raise UserError("NOT_COORDINATOR")
    facts = read_certificate(pem.encode("ascii"))
    path = keys / key_name(facts.spki)
    if not path.is_file():
        raise UserError("KEY_MISSING", path=str(path))
    return signer_for(path, pem.encode("ascii"))


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
    pem = certificate.decode("ascii")
    shown = read_certificate(certificate).fingerprint
    issued = IssuedCertificate(code, name, pem, shown, stamp(clock.now()), "coordinator")
    store.issue(issued)
    store.store_coordinator(code, name, pem)
    return issued


AskPassphrase = Callable[[], str]
"""Asks the person for a passphrase; front ends differ in how."""


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).replace("-", "").lower()
