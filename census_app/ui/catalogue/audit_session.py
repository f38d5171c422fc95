"""What the page of audits asks of the services.

Reading goes in pages on the session's database thread, so that other work comes in between; comparing goes on a reading
thread, which uses no store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from census_app.domain.audit import Outcome
from census_app.domain.chain import Decision
from census_app.services import audit_acts, audit_columns, audit_lists, audit_sheets, sampling
from census_app.services.audit_acts import OutcomesSaid
from census_app.services.audit_book import AuditList, ColumnMap
from census_app.services.audit_columns import Proposal
from census_app.services.audit_lists import ListTaken
from census_app.services.audit_results import Comparison
from census_app.services.auditing import AuditSurvey
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress
from census_app.services.sampling import SamplingList
from census_app.ui.catalogue.session import CatalogueSession, Done
from census_app.ui.shell.tasks import Failed


@dataclass(frozen=True, slots=True)
class AuditShown:
    """Everything the page shows.

    Attributes:
        lists: The oldest first, without their rows: those are in the comparison.
        incomplete: Number of lists of which a part has not arrived.
        comparison: Of the chosen list; None while there is none.
    """

    lists: tuple[AuditList, ...]
    incomplete: int
    comparison: Comparison | None
    sample: SamplingList


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says about some differences of a list; `known` are the decisions the person has seen."""

    listed: str
    places: Sequence[str]
    outcome: Outcome
    reason: str
    ask: bool
    known: frozenset[str] = frozenset()


class AuditDesk(QObject):
    """The services of audits over one session.

    Signals:
        shown: `AuditShown`, whenever it was read.
    """

    shown = Signal(object)

    def __init__(self, session: CatalogueSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._wanted = ""
        self._number = 0

    def read(self, listed: str = "") -> None:
        """Read anew what the page shows; of several requests only the last one is answered.

        Args:
            listed: Id of the list to compare; where it is empty or gone, the newest.
        """
        self._number += 1
        reading = _Reading(self, self._number, listed)
        self.session.ask(reading.begin, self, reading.go_on)

    def is_wanted(self, number: int) -> bool:
        """Say whether nothing was asked for after a reading."""
        return number == self._number

    # -- a file ----------------------------------------------------------------------------------------------------

    def look(
        self, path: Path, form: str, owner: QObject, done: Done[list[Proposal]], failed: Failed
    ) -> None:
        """Read a file and propose what its columns mean; an empty form lets the heads decide."""
        self.session.ask(
            lambda store, _p: audit_columns.look(store, path, form=form), owner, done, failed
        )

    def look_by_map(
        self,
        path: Path,
        map_file: Path,
        owner: QObject,
        done: Done[list[Proposal]],
        failed: Failed,
    ) -> None:
        """Read a file under what a file of column meanings says."""

        def work(store: CatalogueStore, _progress: Progress) -> list[Proposal]:
            return audit_columns.look(store, path, given=audit_columns.read_map(map_file))

        self.session.ask(work, owner, done, failed)

    def save_map(
        self, path: Path, columns: ColumnMap, owner: QObject, done: Done[None], failed: Failed
    ) -> None:
        """Write what the columns mean as a file."""
        self.session.ask(
            lambda _store, _p: audit_columns.write_map(path, columns), owner, done, failed
        )

    def take(
        self,
        path: Path,
        number: int,
        columns: ColumnMap,
        department: str,
        owner: QObject,
        done: Done[ListTaken],
        failed: Failed,
    ) -> None:
        """Read a list into the ledger."""
        actor, clock = self.session.services.actor, self.session.clock

        def work(store: CatalogueStore, _progress: Progress) -> ListTaken:
            return audit_lists.take_list(
                store, path, number, columns, department=department, actor=actor, clock=clock
            )

        self.session.change(work, owner, done, failed)

    def withdraw(
        self, listed: str, reason: str, owner: QObject, done: Done[Decision], failed: Failed
    ) -> None:
        """Take a list away."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: audit_lists.withdraw_list(
                store, listed, reason, actor=actor, clock=clock
            ),
            owner,
            done,
            failed,
        )

    # -- saying ----------------------------------------------------------------------------------------------------

    def confirm(
        self,
        listed: str,
        matches: Mapping[int, tuple[str, str] | None],
        owner: QObject,
        done: Done[tuple[Decision, ...]],
        failed: Failed,
        known: frozenset[str],
    ) -> None:
        """Say which records some rows are, or that they are none."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: audit_acts.confirm_matches(
                store, listed, matches, actor=actor, clock=clock, known=known
            ),
            owner,
            done,
            failed,
        )

    def name_units(
        self,
        units: Mapping[str, str],
        owner: QObject,
        done: Done[tuple[Decision, ...]],
        failed: Failed,
    ) -> None:
        """Say which departments names in the lists stand for."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: audit_acts.name_units(store, units, actor=actor, clock=clock),
            owner,
            done,
            failed,
        )

    def settle(
        self, saying: Saying, owner: QObject, done: Done[OutcomesSaid], failed: Failed
    ) -> None:
        """Say what some differences turned out to be."""
        actor, clock = self.session.services.actor, self.session.clock

        def work(store: CatalogueStore, _progress: Progress) -> OutcomesSaid:
            return audit_acts.settle_differences(
                store, saying.listed, saying.places, saying.outcome, saying.reason,
                ask=saying.ask, actor=actor, clock=clock, known=saying.known,
            )  # fmt: skip

        self.session.change(work, owner, done, failed)

    def withdraw_said(
        self,
        listed: str,
        places: Sequence[str],
        reason: str,
        owner: QObject,
        done: Done[tuple[Decision, ...]],
        failed: Failed,
    ) -> None:
        """Take back what was said of some differences or rows."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: audit_acts.withdraw_said(
                store, listed, places, reason, actor=actor, clock=clock
            ),
            owner,
            done,
            failed,
        )

    # -- files -----------------------------------------------------------------------------------------------------

    def export_comparison(
        self, comparison: Comparison, path: Path, owner: QObject, done: Done[Path], failed: Failed
    ) -> None:
        """Write a comparison as a table."""
        language = self.session.language

        def work(_store: CatalogueStore, _progress: Progress) -> Path:
            audit_sheets.write_comparison(comparison, path, language)
            return path

        self.session.ask(work, owner, done, failed)

    def export_sample(
        self, sample: SamplingList, path: Path, owner: QObject, done: Done[Path], failed: Failed
    ) -> None:
        """Write the sampling list as a table."""
        language = self.session.language

        def work(_store: CatalogueStore, _progress: Progress) -> Path:
            audit_sheets.write_sample(sample, path, language)
            return path

        self.session.ask(work, owner, done, failed)


class _Reading:
    """One reading of everything: pages, comparisons, the sampling list; it ends where another one has begun."""

    def __init__(self, desk: AuditDesk, number: int, listed: str) -> None:
        self._desk, self._number, self._listed = desk, number, listed
        self._survey: AuditSurvey | None = None
        self._parts: Iterator[int] = iter(())
        self._found: dict[str, Comparison] = {}

    def begin(self, store: CatalogueStore, progress: Progress) -> int | None:
        """Read the ledger and the first page."""
        book = audit_columns.book_of(store)
        language = self._desk.session.language
        self._survey = AuditSurvey(store.form_set, book, book.lists, language)
        self._parts = self._survey.parts(store)
        return self._page(store, progress)

    def _page(self, _store: CatalogueStore, _progress: Progress) -> int | None:
        return next(self._parts, None)

    def go_on(self, rows: int | None) -> None:
        """Ask for the next page, or compare when there is none."""
        desk = self._desk
        if not desk.is_wanted(self._number):
            return
        if rows is not None:
            desk.session.ask(self._page, desk, self.go_on)
        else:
            desk.session.runner.on_reading(self._compare, desk, self._compared)

    def _compare(self, _progress: Progress) -> dict[str, Comparison]:
        survey = self._survey
        return {each.id: survey.compare(each) for each in survey.lists} if survey else {}

    def _compared(self, found: dict[str, Comparison]) -> None:
        desk, clock = self._desk, self._desk.session.clock
        self._found = found
        if desk.is_wanted(self._number):
            desk.session.ask(
                lambda store, _p: sampling.sampling_list(
                    store, clock=clock, comparisons=found.values()
                ),
                desk,
                self._told,
            )

    def _told(self, sample: SamplingList) -> None:
        if self._survey is None or not self._desk.is_wanted(self._number):
            return
        book, found = self._survey.book, self._found
        newest = book.lists[-1].id if book.lists else ""
        chosen = found.get(self._listed if self._listed in found else newest)
        lists = tuple(replace(each, rows=()) for each in book.lists)
        self._desk.shown.emit(AuditShown(lists, len(book.incomplete), chosen, sample))
