"""Found a catalogue: roots on sticks, the file that believes them, and the coordinator's daily key (security §5).

Or join a campaign whose root somebody else keeps: believe that root, make a key, and ask for its certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from census_app.domain.addresses import Target
from census_app.domain.uscc import is_uscc
from census_app.errors import EnvironmentProblem, UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.package import TrustAnchors, signer_certificate
from census_app.exchange.statement import P256, Algorithm
from census_app.services.admitting import (
    ROOT_CERTIFICATE,
    ROOT_KEY,
    STANDBY,
    make_coordinator,
    make_root,
    plain,
    require_algorithm,
)
from census_app.services.enrolling import Enrolment, request_coordinator
from census_app.services.ports import IssuedCertificate, Workshop
from census_app.services.trusting import apply_bundle

_BEGINS = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCatalogue:
    """What a catalogue shall be.

    Attributes:
        name: Body that keeps it.
        level: `province` or `city`.
        code: Of the coordinating body; a second coordinator adds two characters.
    """

    target: Target
    name: str
    code: str
    level: str = "province"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sticks:
    """Where the roots lie and what opens them.

    Attributes:
        standby: Folder of the second root; None takes a folder below the first, to be put on a stick of its own.
        algorithm: Of roots that are made now; None takes P-256, or whatever a root that is there signs with.
    """

    root: Path
    passphrase: str
    standby: Path | None = None
    algorithm: Algorithm | None = None


@dataclass(frozen=True, slots=True)
class CatalogueFounded:
    """A catalogue that was made.

    Attributes:
        roots: Certificates of its roots, the active one first.
        fingerprint: Of the active root: what departments compare when they take the first trust bundle.
        coordinator: Certificate of the daily key.
    """

    target: Target
    roots: tuple[Path, ...]
    fingerprint: str
    coordinator: IssuedCertificate


@dataclass(frozen=True, slots=True)
class CatalogueJoined:
    """A catalogue that believes somebody else's root; `request` goes to whoever keeps it, None without a code."""

    target: Target
    fingerprint: str
    request: Enrolment | None


def found_catalogue(
    workshop: Workshop, wanted: NewCatalogue, sticks: Sticks, coordinator_passphrase: str
) -> CatalogueFounded:
    """Make a catalogue with its roots and the coordinator's daily key.

    Roots that are in the folders already are used; none is made anew then.

    Raises:
        UserError: `DEPARTMENT_CODE`, `PASSPHRASE_SHORT`, `PASSPHRASE_WRONG`, `ROOT_ALGORITHM`, `FILE_EXISTS`.
        EnvironmentProblem: `ROOT_UNREADABLE`; a file cannot be written.
    """
    require_coordinator_code(wanted.code)
    _require_new(wanted.target)
    standby = sticks.standby or sticks.root / STANDBY
    fresh = not (sticks.root / ROOT_KEY).is_file()
    roots = [_root_in(workshop, wanted.name, sticks.root, sticks)]
    if fresh or (standby / ROOT_CERTIFICATE).is_file():
        roots.append(_root_in(workshop, wanted.name, standby, sticks))
    pem = "".join(_read(path) for path in roots)
    require_algorithm(roots[0], pem, sticks.algorithm)
    store = workshop.create_catalogue(wanted.target, wanted.name, pem, wanted.level)
    try:
        coordinator = make_coordinator(
            store,
            wanted.code,
            wanted.name,
            sticks.root,
            sticks.passphrase,
            workshop.keys_dir(),
            coordinator_passphrase,
            clock=workshop.clock,
        )
    except BaseException:
        # A catalogue without its coordinator would have to be made again under another name.
        store.close()
        workshop.discard_catalogue(wanted.target)
        raise
    store.close()
    shown = TrustAnchors.from_pem(pem.encode("ascii")).roots[0].facts.fingerprint
    return CatalogueFounded(wanted.target, tuple(roots), shown, coordinator)


def _require_new(target: Target) -> None:
    """Refuse a file that is there before anything is made; a server is asked when the catalogue is made in it."""
    if isinstance(target, Path) and target.exists():
        raise UserError("FILE_EXISTS", path=str(target))


def _root_in(workshop: Workshop, name: str, folder: Path, sticks: Sticks) -> Path:
    """Return the certificate of the root in a folder, which is made when there is none."""
    certificate = folder / ROOT_CERTIFICATE
    if not (folder / ROOT_KEY).is_file() and not certificate.is_file():
        algorithm = sticks.algorithm or P256
        make_root(name, folder, sticks.passphrase, clock=workshop.clock, algorithm=algorithm)
    return certificate


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise EnvironmentProblem("ROOT_UNREADABLE", path=str(path)) from None


def require_coordinator_code(code: str) -> None:
    """Refuse what is neither a unified social credit code nor one with two characters more.

    Raises:
        UserError: `DEPARTMENT_CODE`.
    """
    if len(code) not in {18, 20} or not is_uscc(code[:18]) or not code.isalnum():
        raise UserError("DEPARTMENT_CODE", given=code)


def root_behind(trust: Path) -> str:
    """Return the fingerprint of the root in a file of root certificates, or of the one that signed a trust bundle.

    Nothing is believed by this: a person compares it with what was told in writing.

    Raises:
        UserError: `FILE_MISSING`, `TRUST_FILE_INVALID`.
        Refused: The bundle carries no certificate.
    """
    if not _is_package(trust):
        return TrustAnchors.from_file(trust).roots[0].facts.fingerprint
    facts = read_certificate(signer_certificate(trust))
    if facts.role is not Role.ROOT:
        raise UserError("TRUST_FILE_INVALID", path=str(trust), reason=str(facts.role))
    return facts.fingerprint


def join_catalogue(
    workshop: Workshop,
    wanted: NewCatalogue,
    trust: Path,
    directory: Path,
    passphrase: str,
    *,
    confirm: str = "",
) -> CatalogueJoined:
    """Make a catalogue that believes a root kept elsewhere, and ask for a coordinator's certificate.

    Args:
        trust: Root certificates (PEM), or a trust bundle.
        directory: Where the request is written.
        passphrase: For the daily key that is made.
        confirm: Fingerprint of the root that a person compared; needed with a trust bundle.

    Raises:
        UserError: `ROOT_UNCONFIRMED`, `FINGERPRINT_DIFFERS`, `TRUST_FILE_INVALID`, `DEPARTMENT_CODE`, `FILE_EXISTS`,
            `PASSPHRASE_SHORT`.
        Refused: The bundle is not sound.
        EnvironmentProblem: A file cannot be written.
    """
    if wanted.code:
        require_coordinator_code(wanted.code)
    _require_new(wanted.target)
    bundled = _is_package(trust)
    pem = _bundle_root(trust, confirm) if bundled else _pinned(trust)
    root = TrustAnchors.from_pem(pem.encode("ascii")).roots[0].facts
    store = workshop.create_catalogue(wanted.target, wanted.name, pem, wanted.level)
    request = None
    try:
        if bundled:
            apply_bundle(store, trust, clock=workshop.clock)
        if wanted.code:
            request = request_coordinator(
                store,
                wanted.code,
                wanted.name,
                directory,
                workshop.keys_dir(),
                passphrase,
                clock=workshop.clock,
                software=workshop.software,
                algorithm=root.algorithm,
            )
    except BaseException:
        store.close()
        workshop.discard_catalogue(wanted.target)
        raise
    store.close()
    return CatalogueJoined(wanted.target, root.fingerprint, request)


def _is_package(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_BEGINS)) == _BEGINS
    except OSError:
        raise UserError("FILE_MISSING", path=str(path)) from None


def _pinned(path: Path) -> str:
    TrustAnchors.from_file(path)
    return _read(path)


def _bundle_root(path: Path, confirm: str) -> str:
    """Return the root that signed a bundle, once a person has compared its fingerprint."""
    pem = signer_certificate(path)
    facts = read_certificate(pem)
    if facts.role is not Role.ROOT:
        raise UserError("TRUST_FILE_INVALID", path=str(path), reason=str(facts.role))
    if not confirm:
        raise UserError("ROOT_UNCONFIRMED", file=path.name, fingerprint=facts.fingerprint)
    if plain(confirm) != plain(facts.fingerprint):
        raise UserError("FINGERPRINT_DIFFERS", shown=facts.fingerprint, given=confirm)
    return pem.decode("ascii")
