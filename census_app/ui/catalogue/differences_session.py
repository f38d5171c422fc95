"""What the page of differences asks of the services; everything runs on the session's database thread.

Keeps the board: what waits in every department.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Signal

from census_app.domain.chain import Decision
from census_app.domain.corrections import Place
from census_app.domain.holdings import ListQuery, PackageFacts, RosterEntry
from census_app.domain.records import Value
from census_app.domain.review import Query
from census_app.formspec.types import Context, format_value
from census_app.services import correcting, differing, record_states, vanishing
from census_app.services.assigning import AssignDone, assign_codes
from census_app.services.correcting import CorrectionStanding
from census_app.services.differing import RecordDifference
from census_app.services.lookup import context_for
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress
from census_app.services.provenance import RecordOrigin, provenance
from census_app.services.record_states import PublishDone, RecordState
from census_app.ui.catalogue.board import Board
from census_app.ui.catalogue.session import CatalogueSession, Done
from census_app.ui.shell.tasks import Failed

_PIECE: Final = 100
"""Records that are put into words in one step."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """What waits in one department.

    Attributes:
        newest: Head of its chain; None when nothing was merged.
        questions: Corrections somebody has to decide about.
        active: Corrections in force.
        vanished: Records that the newest package neither carries nor deletes.
    """

    code: str
    name: str
    newest: PackageFacts | None
    questions: int
    active: int
    vanished: int


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field that is different, in words."""

    field: str
    old: str
    new: str
    centre: bool


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A record that is different, in words; `package` is the name of the one that brought its row."""

    record: RecordDifference
    form: str
    fields: tuple[FieldShown, ...]
    package: str


@dataclass(frozen=True, slots=True)
class CorrectionShown:
    """A correction with its values in words."""

    standing: CorrectionStanding
    form: str
    field: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class ResourceShown:
    """A resource with its code and its state."""

    department: str
    form: str
    record: str
    name: str
    code: str
    state: RecordState


@dataclass(frozen=True, slots=True)
class DifferenceDetails:
    """Corrections and resources of one department; `rounds` is the number of its newest round."""

    department: str
    corrections: tuple[CorrectionShown, ...]
    resources: tuple[ResourceShown, ...]
    rounds: int


class DifferenceDesk(QObject):
    """The services of differences over one session.

    Signals:
        board_changed: The lines of all departments are there.
    """

    board_changed = Signal()

    def __init__(self, session: CatalogueSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._board: Board[BoardLine] = Board(session, _board_line, self)
        self._board.changed.connect(self.board_changed)
        self._wanted: tuple[str, ...] = ()

    @property
    def board(self) -> Mapping[str, BoardLine]:
        """Department → what waits there."""
        return self._board.lines

    @property
    def waiting(self) -> int:
        """Corrections that wait for a decision, in all departments."""
        return sum(line.questions for line in self.board.values())

    # -- reading ---------------------------------------------------------------------------------------------------

    def details(self, department: str, owner: QObject, done: Done[DifferenceDetails]) -> None:
        """Read the corrections and resources of a department."""
        language = self.session.language
        self.session.ask(lambda store, _p: _details(store, department, language), owner, done)

    def changes(
        self,
        department: str,
        before: str,
        after: str,
        owner: QObject,
        done: Done[list[ChangeShown]],
        failed: Failed,
    ) -> None:
        """Compare two sides of a department; `done` is not called when another was asked for meanwhile."""
        self._wanted = wanted = (department, before, after)
        comparing = _Comparing(self.session, wanted, lambda: self._wanted == wanted)

        def told(whole: bool) -> None:
            if whole:
                done(comparing.shown)
            elif self._wanted == wanted:
                self.session.ask(comparing.step, owner, told, failed)

        self.session.ask(comparing.step, owner, told, failed)

    def origins(
        self, department: str, form: str, record: str, owner: QObject, done: Done[RecordOrigin],
        failed: Failed,
    ) -> None:  # fmt: skip
        """Read where each value of a record comes from."""
        clock = self.session.clock
        self.session.ask(
            lambda store, progress: provenance(
                store, department, form, record, clock=clock, progress=progress
            ),
            owner,
            done,
            failed,
        )

    # -- deciding --------------------------------------------------------------------------------------------------

    def correct(
        self, place: Place, value: Value | str | None, reason: str, owner: QObject,
        done: Done[Decision], failed: Failed,
    ) -> None:  # fmt: skip
        """Put a value in the place of the department's."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: correcting.correct(
                store, *place, value, reason, actor=actor, clock=clock
            ),
            owner,
            done,
            failed,
        )

    def decide(
        self, act: str, shown: CorrectionStanding, reason: str, owner: QObject,
        done: Done[object], failed: Failed,
    ) -> None:  # fmt: skip
        """Take theirs, keep ours, ask the department, or revoke, by name of the act."""
        actor, clock = self.session.services.actor, self.session.clock

        def work(store: CatalogueStore, _progress: Progress) -> object:
            if act == "revoke":
                return correcting.revoke(store, shown.decision.id, reason, actor=actor, clock=clock)
            acts = {
                "theirs": correcting.take_theirs,
                "ours": correcting.keep_ours,
                "ask": correcting.ask_about,
            }
            return acts[act](store, shown.place, reason, actor=actor, clock=clock)

        self.session.change(work, owner, done, failed)

    def ask_about_vanished(
        self, department: str, records: Collection[str], words: str, owner: QObject,
        done: Done[list[Query]], failed: Failed,
    ) -> None:  # fmt: skip
        """Ask a department what became of records it no longer hands in."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: vanishing.ask_about_vanished(
                store, department, words, records=records, actor=actor, clock=clock
            ),
            owner,
            done,
            failed,
        )

    def assign(self, owner: QObject, done: Done[AssignDone], failed: Failed, title: str) -> None:
        """Give codes to all accepted resources that have none."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: assign_codes(store, actor=actor, clock=clock),
            owner, done, failed, title,
        )  # fmt: skip

    def publish(
        self, department: str, records: Collection[str] | None, owner: QObject,
        done: Done[PublishDone], failed: Failed, title: str,
    ) -> None:  # fmt: skip
        """Publish accepted resources of a department, or of all with an empty code."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: record_states.publish(
                store, department, records, actor=actor, clock=clock
            ),
            owner,
            done,
            failed,
            title,
        )

    def withdraw(
        self, department: str, records: Collection[str], reason: str, owner: QObject,
        done: Done[object], failed: Failed,
    ) -> None:  # fmt: skip
        """Withdraw published resources."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: record_states.withdraw(
                store, department, records, reason, actor=actor, clock=clock
            ),
            owner,
            done,
            failed,
        )


def _board_line(store: CatalogueStore, entry: RosterEntry) -> BoardLine:
    code = entry.code
    standings = correcting.correction_standings(store, code)
    merged = [p for p in store.packages(code) if p.state == "merged"]
    return BoardLine(
        code,
        entry.name,
        max(merged, key=lambda p: p.sequence, default=None),
        sum(s.waits for s in standings),
        sum(s.state == "active" for s in standings),
        len(vanishing.vanished_records(store, code)),
    )


class _Comparing:
    """A comparison in pieces, so that what other pages ask for has its turn in between.

    Args:
        sides: Department, side before, side after.
        wanted: Whether it is still this one that is to be shown.
    """

    def __init__(
        self, session: CatalogueSession, sides: tuple[str, str, str], wanted: Callable[[], bool]
    ) -> None:
        self.shown: list[ChangeShown] = []
        self._clock, self._language = session.clock, session.language
        self._sides, self._wanted = sides, wanted
        self._parts: Generator[int, None, None] | None = None
        self._mark = ""

    def step(self, store: CatalogueStore, _progress: Progress) -> bool:
        """Do the next piece and say whether all is there; begin again when the catalogue has changed meanwhile."""
        if self._parts is not None and (not self._wanted() or store.change_mark() != self._mark):
            self._parts.close()
            self._parts = None
        if not self._wanted():
            return False
        if self._parts is None:
            self._mark, self._parts = store.change_mark(), self._pieces(store)
        return next(self._parts, None) is None

    def _pieces(self, store: CatalogueStore) -> Generator[int, None, None]:
        department, before, after = self._sides
        self.shown = []
        parts = differing.compare_parts(store, before, after, department, clock=self._clock)
        found = yield from parts
        context = context_for(store, self._language)
        names = {p.identity: p.name for p in store.packages(department)}
        for number, record in enumerate(r for each in found for r in each.records):
            self.shown.append(_change_shown(record, context, names))
            if number % _PIECE == 0:
                yield number


def _details(store: CatalogueStore, department: str, language: str) -> DifferenceDetails:
    context = context_for(store, language)
    form, code_field = store.form_set.by_role("resource_code")
    title = form.title
    keys = store.keys(ListQuery(form=form.id, department=department))
    states = record_states.record_states(store, department)
    by_record = {owner.record: state for owner, state in states.items()}
    resources = tuple(
        ResourceShown(
            department,
            form.id,
            row.id,
            str(row.values.get(title, "")),
            str(row.values.get(code_field.id, "")),
            by_record.get(row.id, "received"),
        )
        for row in store.rows(form.id, keys, [title, code_field.id])
    )
    rounds = differing.round_numbers(store)
    own = {p.identity for p in store.packages(department)}
    return DifferenceDetails(
        department,
        tuple(
            _correction_shown(each, context)
            for each in correcting.correction_standings(store, department)
        ),
        resources,
        max((number for identity, number in rounds.items() if identity in own), default=0),
    )


def _change_shown(
    record: RecordDifference, context: Context, packages: dict[str, str]
) -> ChangeShown:
    form = context.form_set.form(record.form)
    fields = []
    for each in record.fields:
        field = form.field_by_id(each.field)
        label = field.label.get(context.language)
        old, new = (format_value(value, field, context) for value in (each.old, each.new))
        fields.append(FieldShown(label, old, new, each.centre))
    return ChangeShown(
        record, form.label.get(context.language), tuple(fields), packages.get(record.package, "")
    )


def _correction_shown(standing: CorrectionStanding, context: Context) -> CorrectionShown:
    form = context.form_set.form(standing.place.form)
    field = form.field_by_id(standing.place.field)
    return CorrectionShown(
        standing,
        form.label.get(context.language),
        field.label.get(context.language),
        format_value(standing.theirs, field, context),
        format_value(standing.ours, field, context),
    )
