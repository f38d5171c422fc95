"""Apply: take whatever came back into a file, by its content: certificate, trust bundle, receipt, review, contribution.

The one door of `census apply` and of what is dropped onto a window. Each kind is taken by the module that knows it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from census_app.errors import UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.package import open_package, signer_certificate
from census_app.services.anchoring import anchors_of
from census_app.services.enrolling import accept_answer, accept_coordinator_answer
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
from census_app.services.progress import Progress
from census_app.services.sent_packages import is_own
from census_app.services.upper_tier import accept_upper_answer, is_upper_answer, upper_anchors
from census_app.settings.files import file_problem

Store = WorkspaceStore | CatalogueStore

_TAKERS: Final[Mapping[str, str]] = {
    "contribution": "taking_over",
    "receipt": "letters",
    "review": "letters",
    "trust": "trusting",
}
"""Type of package → module of this room whose `take` takes it; named only, so that a command loads what it uses."""

_CATALOGUE_TAKERS: Final[Mapping[str, str]] = {
    "trust": "trusting",
    "receipt": "upper_letters",
    "review": "upper_letters",
}
"""Likewise for a catalogue: letters come to it from the tier above."""

_BEGINS: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where and for whom something is applied.

    Attributes:
        keys: Folder for private keys.
        confirm: Fingerprint of a root that the person compared, or empty.
        preview: Only say what would be done; contributions know how.
        hold_forms: Only keep a newer form set that comes with a bundle; the person looks at its effects first.
    """

    keys: Path
    clock: Clock
    actor: str = ""
    software: str = ""
    confirm: str = ""
    preview: bool = False
    hold_forms: bool = False
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one file.

    Attributes:
        kind: `certificate`, or the type of the package.
        code: Message that says what was done, filled with `params`; a front end shows it.
        further: More messages with their values, such as `TRUST_STALE`.
        new: False when it was known already, or only looked at, and nothing changed.
        waiting: How much now waits for a person to decide.
        early: Something else must be applied first; nothing changed.
    """

    path: Path
    kind: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    further: tuple[tuple[str, Mapping[str, object]], ...] = ()
    new: bool = True
    waiting: int = 0
    early: bool = False


class Take(Protocol):
    """Takes a package of one type; every reason against it is raised."""

    def __call__(self, store: Store, path: Path, desk: Desk) -> Applied:
        """Take it."""


def apply_file(store: Store, path: Path, desk: Desk) -> Applied:
    """Take a file into a workspace or a catalogue.

    Raises:
        Refused: The package is not sound, not for this file, or out of turn.
        UserError: `ANSWER_INVALID`, nothing that could be applied; `APPLY_TYPE`, a package that belongs elsewhere;
            `APPLY_PREVIEW`, a preview of what is no contribution;
            and what the kinds raise: see `enrolling.accept_answer`, `trusting.apply_bundle`.
        EnvironmentProblem: The file cannot be read, or the store not written.
    """
    kind, own = _type_of(store, path, desk) if _is_package(path) else ("", False)
    if desk.preview and kind != "contribution":
        raise UserError("APPLY_PREVIEW", file=path.name)
    if not kind:
        return _take_answer(store, path, desk)
    module = (_TAKERS if as_workspace(store) is not None else _CATALOGUE_TAKERS).get(kind)
    if own:
        module = "going_on"
    if module is None:
        raise UserError("APPLY_TYPE", file=path.name, type=kind)
    take: Take = importlib.import_module(f"census_app.services.{module}").take
    return take(store, path, desk)


def apply_files(store: Store, paths: Sequence[Path], desk: Desk) -> list[Applied]:
    """Take several files in whatever order they lie: what comes too early is tried again after the others.

    Returns:
        One outcome for each path, in the order of `paths`.

    Raises:
        CensusError: As `apply_file`, for the first file that is refused; those before it are taken.
    """
    outcomes: dict[Path, Applied] = {}
    left = list(dict.fromkeys(paths))
    while left:
        outcomes |= {path: apply_file(store, path, desk) for path in left}
        early = [path for path in left if outcomes[path].early]
        if len(early) == len(left):
            break
        left = early
    return [outcomes[path] for path in paths]


def _is_package(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_BEGINS)) == _BEGINS
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except IsADirectoryError:
        return False
    except OSError as error:
        raise file_problem(error, path) from error


def _type_of(store: Store, path: Path, desk: Desk) -> tuple[str, bool]:
    """Return the type of a package that was verified; a root's is a bundle, which has its own verification.

    Returns:
        Beside it, whether this file sent the package itself and has to learn so, because it was restored.

    Raises:
        Refused: As `open_package`.
    """
    if read_certificate(signer_certificate(path)).role is Role.ROOT:
        return "trust", False
    anchors, catalogue = anchors_of(store), as_catalogue(store)
    if catalogue is not None:
        # Only to look at the type: who takes it asks the tier it comes from.
        anchors = replace(anchors, roots=(*anchors.roots, *upper_anchors(catalogue).roots))
    workspace = as_workspace(store)
    with open_package(path, anchors, now=desk.clock.now()) as package:
        type_, sender = package.statement.type, package.statement.sender
    return type_, workspace is not None and is_own(workspace, type_, sender)


def _take_answer(store: Store, path: Path, desk: Desk) -> Applied:
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    shown = ""
    if workspace is not None:
        shown = accept_answer(workspace, path, desk.keys, clock=desk.clock, confirm=desk.confirm)
    elif catalogue is not None:
        accept = accept_upper_answer if is_upper_answer(path) else accept_coordinator_answer
        shown = accept(catalogue, path, desk.keys, clock=desk.clock)
    return Applied(path, "certificate", "APPLIED_CERTIFICATE", {"fingerprint": shown})
