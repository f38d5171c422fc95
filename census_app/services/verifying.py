"""Verify packages without a catalogue: who signed, that nothing changed, what is inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.exchange.package import TrustAnchors, open_package
from census_app.exchange.refusals import Refused
from census_app.services.ports import Clock


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


def verify(path: Path, trust: TrustAnchors, *, clock: Clock) -> Verified:
    """Verify one package against pinned roots; every reason against it is an outcome, so that a batch goes on."""
    try:
        with open_package(path, trust, now=clock.now()) as package:
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
    except (Refused, UserError, EnvironmentProblem) as problem:
        return Verified(path, problem)
