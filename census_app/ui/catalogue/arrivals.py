"""Files as they arrive: a queue that receives one after the other, and what each row of the inbox says."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from census_app.diagnostics.wording import Explanation
from census_app.errors import CensusError, UserError
from census_app.services.arriving import Arrived
from census_app.services.ports import PackageFacts, PackageState
from census_app.services.receiving import Received
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.standing import Standing, package_standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task
from census_app.ui.shell.translation import Words

SUFFIX: Final = ".census"
SUBMISSION: Final = "submission"


class Stage(enum.Enum):
    """How far a file of this session is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One row of the inbox: a file of this session, or a package received before.

    Attributes:
        number: Counts the files of this session; 0 for packages received before.
        received: What the service said.
        error: Why it could not be received at all, such as a full disk.
        package: The package as the catalogue keeps it, with its present state.
        said: What a letter of the tier above says, see `services.arriving.Arrived`.
    """

    number: int
    path: Path | None = None
    stage: Stage = Stage.DONE
    received: Received | None = None
    error: CensusError | None = field(default=None, compare=False)
    package: PackageFacts | None = None
    said: tuple[tuple[str, Mapping[str, object]], ...] = ()

    @property
    def key(self) -> str:
        """What keeps a row chosen while others come and go."""
        return f"#{self.number}" if self.number else self.identity

    @property
    def identity(self) -> str:
        """Identity of the package, empty while unknown or refused."""
        if self.package is not None:
            return self.package.identity
        return self.received.identity if self.received is not None else ""

    @property
    def name(self) -> str:
        """File name, or the package's name for one received before."""
        if self.path is not None:
            return self.path.name
        return self.package.name if self.package is not None else ""

    @property
    def department(self) -> str:
        """Code of the department, empty while unknown."""
        if self.package is not None:
            return self.package.department
        return self.received.department if self.received is not None else ""

    @property
    def outcome(self) -> str:
        """What became of it: of a kept package its present state, which may have changed since."""
        outcome = self.received.outcome if self.received is not None else ""
        if outcome in {"duplicate", "refused"}:
            return outcome
        if self.package is None:
            return outcome
        applied = self.kind != SUBMISSION and self.package.state == "merged"
        return "applied" if applied else self.package.state

    @property
    def kind(self) -> str:
        """Type of the package, such as `submission`; empty while unknown."""
        if self.package is not None:
            return self.package.type
        applied = self.received is not None and self.received.outcome == "applied"
        return "" if self.received is None or applied else SUBMISSION


class ArrivalQueue(QObject):
    """Receives files one after the other; each is a task of its own, so each can fail alone.

    Signals:
        changed: The rows have changed.
        emptied: All files are through; the catalogue may have changed.
    """

    changed = Signal()
    emptied = Signal()

    def __init__(self, session: CatalogueSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[Arrival] = []
        self._task: Task | None = None
        self._current = 0

    @property
    def rows(self) -> Sequence[Arrival]:
        """The files of this session, the newest first."""
        return self._rows[::-1]

    @property
    def busy(self) -> bool:
        """Whether files are being received."""
        return self._task is not None

    @property
    def done(self) -> int:
        """Files of this session that are through."""
        return len(self._rows) - self._open()

    @property
    def current(self) -> Arrival | None:
        """The file that is being received."""
        return self._rows[self._current - 1] if self._task is not None else None

    @property
    def task(self) -> Task | None:
        """The task under way, for its progress."""
        return self._task

    def add(self, paths: Sequence[Path]) -> None:
        """Queue files."""
        for path in paths:
            self._rows.append(Arrival(len(self._rows) + 1, path, Stage.WAITING))
        self.changed.emit()
        self._start_next()

    def stop(self) -> None:
        """Stop: the file under way stops at its next step, the others are not begun."""
        for row in self._rows:
            if row.stage is Stage.WAITING:
                self._put(replace(row, stage=Stage.STOPPED))
        if self._task is not None:
            self._task.cancel()
        self.changed.emit()

    def _open(self) -> int:
        return sum(row.stage in {Stage.WAITING, Stage.RUNNING} for row in self._rows)

    def _start_next(self) -> None:
        waiting = next((row for row in self._rows if row.stage is Stage.WAITING), None)
        if self._task is not None or waiting is None or waiting.path is None:
            return
        self._current = waiting.number
        self._put(replace(waiting, stage=Stage.RUNNING))
        self._task = self._session.receive(waiting.path, self, self._on_received, self._on_failed)
        self._task.ended.connect(self._on_ended)
        self.changed.emit()

    def _put(self, row: Arrival) -> None:
        self._rows[row.number - 1] = row

    def _on_received(self, arrived: Arrived) -> None:
        row = self._rows[self._current - 1]
        done = replace(row, stage=Stage.DONE, received=arrived.received, said=arrived.said)
        self._put(done)

    def _on_failed(self, error: Exception) -> None:
        row = self._rows[self._current - 1]
        known = error if isinstance(error, CensusError) else None
        self._put(replace(row, stage=Stage.FAILED, error=known))
        if known is None:
            raise error

    def _on_ended(self, _task: Task) -> None:
        row = self._rows[self._current - 1]
        if row.stage is Stage.RUNNING:  # neither received nor failed: the person stopped it
            self._put(replace(row, stage=Stage.STOPPED))
        self._task = None
        self._start_next()
        self.changed.emit()
        if self._task is None:
            self.emptied.emit()


def arrivals(queue: Sequence[Arrival], state: CatalogueState | None) -> list[Arrival]:
    """Return the rows of the inbox: this session's files first, then what the catalogue had before, newest first."""
    packages = {p.identity: p for p in received(state)} if state is not None else {}
    rows = [replace(row, package=packages.get(row.identity)) for row in queue]
    shown = {row.identity for row in rows}
    earlier = [p for p in packages.values() if p.identity not in shown]
    earlier.sort(key=lambda p: (p.received_at, p.name), reverse=True)
    return rows + [Arrival(0, package=package) for package in earlier]


def received(state: CatalogueState) -> list[PackageFacts]:
    """Return everything that came in: submissions, ledgers and trust bundles; not what was written here."""
    letters = [p for p in state.letters if p.direction == "received"]
    return [*state.packages, *letters]


_OUTCOMES: Final = {
    "duplicate": ("CAT_PACKAGE_DUPLICATE", Icon.COPY, "text_2", 5),
    "refused": ("CAT_PACKAGE_REFUSED", Icon.ERROR, "bad", 0),
    "applied": ("CAT_PACKAGE_APPLIED", Icon.CHECK, "good", 4),
}
_STAGES: Final = {
    Stage.WAITING: ("CAT_STAGE_WAITING", Icon.MORE, "text_2", 2),
    Stage.RUNNING: ("CAT_STAGE_RUNNING", Icon.REFRESH, "accent", 2),
    Stage.FAILED: ("CAT_STAGE_FAILED", Icon.ERROR, "bad", 0),
    Stage.STOPPED: ("CAT_STAGE_STOPPED", Icon.CLOSE, "text_2", 3),
}


def outcome_words(words: Words) -> list[str]:
    """Return every word that may stand in the column of outcomes."""
    kept = [package_standing(state, words).text for state in _STATES]
    return kept + [words(each[0]) for each in (*_OUTCOMES.values(), *_STAGES.values())]


_TOLD: Final = frozenset({"set_aside", "revoked"})
_STATES: Final[tuple[PackageState, ...]] = (
    "merged", "pending", "fork", "quarantined", "set_aside", "form_unknown", "revoked",
)  # fmt: skip


def is_request(row: Arrival) -> bool:
    """Say whether a file is a department's request for a certificate: nothing to merge, but something to do."""
    return _type_elsewhere(row) == "enrolment"


def _type_elsewhere(row: Arrival) -> str:
    """Return the type of a sound package that is taken elsewhere; empty for every other file."""
    problem = row.received.error if row.received is not None else None
    elsewhere = problem is not None and problem.code == "NOT_SUBMISSION"
    return str(problem.params["type"]) if problem is not None and elsewhere else ""


def arrival_standing(row: Arrival, words: Words) -> Standing:
    """Say how a row stands."""
    if row.stage in _STAGES:
        code, symbol, tone, rank = _STAGES[row.stage]
        return Standing(words(code), symbol, tone, rank)
    if is_request(row):
        return Standing(words("CR_TYPE_enrolment"), Icon.KEY, "accent", 1)
    for state in _STATES:
        if row.outcome == state:
            return package_standing(state, words)
    code, symbol, tone, rank = _OUTCOMES[row.outcome]
    return Standing(words(code), symbol, tone, rank)


def arrival_advice(
    row: Arrival, state: CatalogueState | None, words: Words, fingerprint: str = ""
) -> Explanation | None:
    """Return what happened and what to do next, in the sentences of the whole program; None when all is well.

    Args:
        fingerprint: Of the key that signed it, when known; of an unconfirmed key it is what must be compared.
    """
    if row.said:
        return _said(row, words)
    problem = _problem(row, words)
    if problem is not None:
        return problem
    if row.outcome == "duplicate":
        at = words.moment(row.package.received_at) if row.package is not None else "—"
        return words.explain(UserError("DUPLICATE", detail=at))
    if row.outcome == "quarantined":
        shown = fingerprint or (row.received.fingerprint if row.received is not None else "")
        return words.explain(UserError("QUARANTINED", detail=shown or "…"))
    if row.outcome in _TOLD:
        code = f"CR_ARRIVAL_{row.outcome}"
        return Explanation(row.outcome.upper(), words(code), words(f"{code}_next"))
    return (
        _waiting_advice(row, state, words) if row.kind == SUBMISSION else _letter_advice(row, words)
    )


def _problem(row: Arrival, words: Words) -> Explanation | None:
    """Return why a file was not taken; of a sound one that is taken elsewhere, what it is."""
    if is_request(row):
        said = "CR_ARRIVAL_enrolment"
        return Explanation("ENROLMENT", words(said), words(f"{said}_next"))
    elsewhere = _type_elsewhere(row)
    if elsewhere:
        return words.explain(UserError("NOT_SUBMISSION", type=words(f"CR_TYPE_{elsewhere}")))
    problem = row.error or (row.received.error if row.received is not None else None)
    return words.explain(problem) if problem is not None else None


def _said(row: Arrival, words: Words) -> Explanation:
    """Return what a letter of the tier above says."""
    told = []
    for code, params in row.said:
        status = str(params.get("status", ""))
        shown = {**params, "status": words(f"CR_VERDICT_{status}")} if status else params
        told.append(words(code, **shown))
    return Explanation(row.said[0][0], "\n".join(told), "")


def _waiting_advice(row: Arrival, state: CatalogueState | None, words: Words) -> Explanation | None:
    if row.outcome == "pending" and state is not None:
        entry = state.entry(row.department)
        missing = (entry.head_sequence if entry is not None else 0) + 1
        kept = [p for p in state.packages_of(row.department) if p.sequence == missing]
        if kept:  # nobody has to send it again; it waits for somebody here
            before = package_standing(kept[0].state, words).text
            code = "CR_ARRIVAL_behind"
            return Explanation(
                "PENDING", words(code, number=missing, state=before), words(f"{code}_next")
            )
        return words.explain(UserError("PENDING", detail=missing))
    if row.outcome == "fork":
        sequence = row.package.sequence if row.package is not None else 0
        return words.explain(UserError("FORK", detail=words("CAT_NUMBER", number=sequence)))
    if row.outcome == "form_unknown":
        version = row.package.form_version if row.package is not None else "—"
        return words.explain(UserError("FORM_UNKNOWN", detail=version))
    return None


def _letter_advice(row: Arrival, words: Words) -> Explanation | None:
    if row.outcome == "pending":
        code = "CR_ARRIVAL_ledger_waiting"
        return Explanation("PENDING", words(code), words(f"{code}_next"))
    return None


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files a person meant: of a folder the packages in it, of everything else itself."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix == SUFFIX and p.is_file())
        else:
            found.append(path)
    return found
