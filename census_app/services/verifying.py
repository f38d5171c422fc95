"""Verify packages without a catalogue: who signed, that nothing changed, what is inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.package import (
    TrustAnchors,
    VerifiedPackage,
    open_package,
    signer_certificate,
)
from census_app.exchange.refusals import Refused, UnknownIssuer
from census_app.services.ports import Clock
from census_app.settings.files import file_problem

_BEGINS: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome for one file.

    Attributes:
        refused: None when the package is genuine and whole, else why not: refused, not there or not readable.
    """

    path: Path
    refused: CensusError | None
    identity: str = ""
    type: str = ""
    name: str = ""
    department: str = ""
    department_name: str = ""
    fingerprint: str = ""
    sequence: int = 0
    created: str = ""
    counts: Mapping[str, Mapping[str, int]] | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """Whom a verification believes, and why.

    Attributes:
        roots: Fingerprints of the roots behind it, for the person to compare.
        version: Of the trust bundle it was taken from, 0 for bare root certificates.
    """

    anchors: TrustAnchors
    roots: tuple[str, ...]
    version: int = 0


def judge_from(path: Path, *, clock: Clock) -> Judge:
    """Read whom to believe: root certificates in PEM, or a trust bundle.

    A bundle vouches for itself: it must be signed by a root it lists. That this root is the coordinator's, a person
    has to compare.

    Raises:
        UserError: `FILE_MISSING`, `TRUST_FILE_INVALID`.
        Refused: The bundle is not sound.
        EnvironmentProblem: The file cannot be read.
    """
    if not path.exists():
        raise UserError("FILE_MISSING", path=str(path))
    try:
        with path.open("rb") as file:
            bundled = file.read(len(_BEGINS)) == _BEGINS
    except OSError as error:
        raise file_problem(error, path) from error
    if not bundled:
        anchors = TrustAnchors.from_file(path)
        return Judge(anchors, tuple(root.facts.fingerprint for root in anchors.roots))
    # Loaded here because most verifications need no form sets and revocation lists.
    from census_app.exchange.bundle import read_bundle  # noqa: PLC0415

    signer = read_certificate(signer_certificate(path))
    if signer.role is not Role.ROOT:
        raise UserError("TRUST_FILE_INVALID", path=str(path), reason=str(signer.role))
    inside = TrustAnchors.from_pem(signer_certificate(path), str(path))
    with open_package(path, inside, now=clock.now()) as package:
        bundle = read_bundle(package)
    if signer.sha256 not in {root.sha256 for root in bundle.document.roots}:
        raise UnknownIssuer(detail=signer.fingerprint, file=path.name)
    return Judge(bundle.anchors(), (signer.fingerprint,), bundle.document.version)


def verify(path: Path, trust: TrustAnchors, *, clock: Clock) -> Verified:
    """Verify one package against pinned roots; every reason against it is an outcome, so that a batch goes on."""
    try:
        with open_package(path, trust, now=clock.now()) as package:
            return stated(path, package)
    except (Refused, UserError, EnvironmentProblem) as problem:
        return Verified(path, problem)


def stated(path: Path, package: VerifiedPackage) -> Verified:
    """Return what a package says that was just verified."""
    statement = package.statement
    return Verified(
        path=path,
        refused=None,
        identity=package.identity,
        type=statement.type,
        name=statement.package,
        department=statement.sender,
        department_name=package.description.department.name,
        fingerprint=package.certificate.fingerprint,
        sequence=statement.sequence,
        created=statement.created,
        counts=package.counts,
        notices=package.notices,
    )
