"""What the page of duplicates asks of the services.

Reading goes in pages on the database thread, so that whatever else is asked meanwhile comes in between; comparing and
sorting go on a reading thread, which no store is used on. What was found stays until somebody searches again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from census_app.domain.chain import Decision
from census_app.domain.item_overlaps import ItemOverlap
from census_app.domain.overlaps import Member, MemberKey
from census_app.domain.verdicts import Relation
from census_app.services import likening
from census_app.services.likening import JudgedGroup, JudgedItem
from census_app.services.lookup import context_for
from census_app.services.overlap_sheet import OverlapTable
from census_app.services.overlap_views import Beside, lay_beside
from census_app.services.overlapping import HeldIn, OverlapKind, Overlaps, Survey
from census_app.services.ports import CatalogueStore, PackageFacts
from census_app.services.progress import Progress
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState, Done
from census_app.ui.shell.tasks import Failed

MOST_SHOWN = 500
"""Groups a list shows; the file has all of them."""
MOST_HOMES = 500
"""Resources that are listed for one item; the filter by department brings others."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a tab shows.

    Attributes:
        rows: The first of what was asked for.
        listed: How many there are of it.
        waiting: How many wait for somebody, in the whole kind.
    """

    rows: tuple[JudgedGroup | JudgedItem, ...]
    listed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups are asked for.

    Attributes:
        which: `open`, `decided` or `all`.
    """

    kind: OverlapKind
    department: str = ""
    which: str = "open"


class DuplicatesDesk(QObject):
    """The search and the verdicts over one open catalogue.

    Signals:
        read: Rows read so far.
        found: There is something to show, or it stands otherwise: searched, judged, or the ledger changed.
        failed: The search ended with an error.
    """

    read = Signal(int)
    found = Signal()
    failed = Signal(object)

    def __init__(self, session: CatalogueSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.overlaps: Overlaps | None = None
        self.searched_at = ""
        self._searched: tuple[str, ...] = ()
        self._searching = False
        self._departments: Mapping[str, str] = {}
        self._table: OverlapTable | None = None
        session.loaded.connect(self._on_loaded)

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return self._searching

    @property
    def stale(self) -> bool:
        """Whether packages were merged since the search."""
        return self.overlaps is not None and self._searched != self._merged()

    def _merged(self) -> tuple[str, ...]:
        state = self.session.state
        return _merged_of(state.packages) if state is not None else self._searched

    def _on_loaded(self, state: CatalogueState) -> None:
        self._departments = {entry.code: entry.name for entry in state.roster}
        self._table = None
        if self.overlaps is not None:
            self.found.emit()

    # -- searching -------------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Search anew; one search at a time."""
        if self._searching:
            return
        self._searching = True
        survey = Survey(self.session.form_set)
        clock = self.session.clock
        merged: list[tuple[str, ...]] = []
        parts: list[Iterator[int]] = []

        def read_page(store: CatalogueStore, _progress: Progress) -> int | None:
            if not parts:
                merged.append(_merged_of(store.packages()))
                parts.append(survey.parts(store))
            return next(parts[0], None)

        def go_on(rows: int | None) -> None:
            if rows is not None:
                self.read.emit(rows)
                self.session.ask(read_page, self, go_on, fail)
            else:
                self.session.runner.on_reading(survey.compare, self, done, fail)

        def done(overlaps: Overlaps) -> None:
            self._searching = False
            self.overlaps, self._searched = overlaps, merged[0]
            self.searched_at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
            self.found.emit()

        def fail(error: Exception) -> None:
            self._searching = False
            self.failed.emit(error)

        self.session.ask(read_page, self, go_on, fail)

    # -- reading ---------------------------------------------------------------------------------------------------

    def listing(self, wanted: Wanted, owner: QObject, done: Done[Listing]) -> None:
        """List what was found, as it stands by the ledger."""
        overlaps, decisions = self.overlaps, self._decisions()
        if overlaps is None:
            return

        def work(_progress: Progress) -> Listing:
            rows, waiting = _judged(overlaps, decisions, wanted)
            return Listing(tuple(rows[:MOST_SHOWN]), len(rows), waiting)

        self.session.runner.on_reading(work, owner, done)

    def beside(
        self, kind: OverlapKind, members: Sequence[Member], owner: QObject, done: Done[Beside]
    ) -> None:
        """Lay the members of a group side by side."""
        table, language = self.table(), self.session.language

        def work(store: CatalogueStore, _progress: Progress) -> Beside:
            return lay_beside(store, kind, members, context_for(store, language), table)

        self.session.ask(work, owner, done)

    def homes(
        self, judged: JudgedItem, department: str, owner: QObject, done: Done[list[HeldIn]]
    ) -> None:
        """List the resources that hold an item: its source first, then those of a department."""
        overlaps, source = self.overlaps, judged.source
        if overlaps is None:
            return
        at = (source.department, source.record) if source is not None else None

        def work(_progress: Progress) -> list[HeldIn]:
            found = overlaps.held_in(judged.item)
            found.sort(key=lambda h: ((h.department, h.record) != at, h.department != department))
            return found[:MOST_HOMES]

        self.session.runner.on_reading(work, owner, done)

    def table(self) -> OverlapTable:
        """Return what words the lists."""
        if self._table is None:
            session = self.session
            self._table = OverlapTable(session.form_set, self.departments(), session.language)
        return self._table

    def departments(self) -> Mapping[str, str]:
        """Return code → name of the departments."""
        return self._departments

    def _decisions(self) -> Sequence[Decision]:
        return self.session.state.decisions if self.session.state is not None else ()

    # -- judging ---------------------------------------------------------------------------------------------------

    def judge_group(
        self,
        kind: OverlapKind,
        seen: Mapping[MemberKey, str],
        relation: Relation,
        reason: str,
        owner: QObject,
        done: Done[object],
        failed: Failed,
        known: frozenset[str],
    ) -> None:
        """Say what some records are to each other."""
        self._say(
            partial(
                likening.judge_group,
                kind=kind,
                seen=seen,
                relation=relation,
                reason=reason,
                known=known,
            ),
            owner,
            done,
            failed,
        )

    def judge_item(
        self,
        item: ItemOverlap,
        relation: Relation,
        reason: str,
        owner: QObject,
        done: Done[object],
        failed: Failed,
        known: frozenset[str],
    ) -> None:
        """Say whether an item of several departments is one datum."""
        said = partial(
            likening.judge_item, item=item, relation=relation, reason=reason, known=known
        )
        self._say(said, owner, done, failed)

    def choose_source(
        self,
        item: ItemOverlap,
        home: HeldIn,
        reason: str,
        owner: QObject,
        done: Done[object],
        failed: Failed,
        known: frozenset[str],
        *,
        tell: bool = False,
    ) -> None:
        """Choose the resource an item is to be taken from."""
        told = self.overlaps.held_in(item) if tell and self.overlaps is not None else []
        said = partial(
            likening.choose_source, item=item, home=home, reason=reason, known=known, tell=told
        )
        self._say(said, owner, done, failed)

    def withdraw(
        self,
        decisions: Sequence[str],
        reason: str,
        owner: QObject,
        done: Done[object],
        failed: Failed,
    ) -> None:
        """Take verdicts or a source back."""
        said = partial(likening.withdraw_all, decisions=decisions, reason=reason)
        self._say(said, owner, done, failed)

    def _say(
        self, act: Callable[..., object], owner: QObject, done: Done[object], failed: Failed
    ) -> None:
        """Let a person's word be written, in the name of who sits here."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: act(store, actor=actor, clock=clock), owner, done, failed
        )

    def export(
        self, path: Path, wanted: Wanted, owner: QObject, done: Done[int], title: str
    ) -> None:
        """Write what is asked for, all of it, as a workbook or CSV."""
        overlaps, decisions, table = self.overlaps, self._decisions(), self.table()
        if overlaps is None:
            return

        def work(_progress: Progress) -> int:
            rows, _waiting = _judged(overlaps, decisions, wanted)
            groups = [row for row in rows if isinstance(row, JudgedGroup)]
            items = [row for row in rows if isinstance(row, JudgedItem)]
            return table.write(path, wanted.kind, items if wanted.kind == "items" else groups)

        self.session.runner.on_reading(work, owner, done, title=title)


def _merged_of(packages: Iterable[PackageFacts]) -> tuple[str, ...]:
    return tuple(sorted(p.identity for p in packages if p.state == "merged"))


def is_open(row: JudgedGroup | JudgedItem) -> bool:
    """Say whether somebody has to say something."""
    return row.open if isinstance(row, JudgedItem) else row.standing.state.open


def _judged(
    overlaps: Overlaps, decisions: Sequence[Decision], wanted: Wanted
) -> tuple[list[JudgedGroup | JudgedItem], int]:
    """Return the rows that are asked for, and how many of all of the department wait."""
    said = likening.said_in(decisions)
    every: list[JudgedGroup | JudgedItem] = []
    if wanted.kind == "items":
        every += likening.judged_items(overlaps, said, wanted.department)
    else:
        every += likening.judged_groups(overlaps, wanted.kind, said, wanted.department)
    waiting = sum(is_open(row) for row in every)
    if wanted.which == "open":
        return [row for row in every if is_open(row)], waiting
    if wanted.which == "decided":
        return [row for row in every if row.standing.verdicts and not is_open(row)], waiting
    return every, waiting
