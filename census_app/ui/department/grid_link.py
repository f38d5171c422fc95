"""What a grid of child records shows: which rows there are, in which order, how they stand.

Only what changed is read again: rows keep their place and choice, pages are read when they are looked at.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.formspec.sentences import sentence
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.problems import Problems
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.view import FormView
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words

KEEP_WIDTHS_AFTER_MS: Final = 400


@dataclass(frozen=True, slots=True)
class Order:
    """Rows as they are looked at.

    Attributes:
        ranks: Places in the order of record, when the rows are sorted by a column.
    """

    keys: array[int]
    ranks: array[int] | None = None


@dataclass(frozen=True, slots=True)
class Troubled:
    """The rows of a record with findings, in the order of record."""

    keys: Sequence[int] = ()
    findings: tuple[Finding, ...] = ()
    cells: tuple[tuple[int, str], ...] = ()
    """Row key and field of what keeps the record from being handed in."""


class GridLink(QObject):
    """One grid and the workspace.

    Signals:
        changed: What is known of the rows and their problems is new.
    """

    changed = Signal()

    def __init__(
        self,
        form: Form,
        view: FormView,
        session: WorkspaceSession,
        words: Words,
        preferences: Preferences | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.form = form
        self.owner = RecordId("")
        self._form_view = view
        self._session = session
        self._words = words
        self._shown_owner = RecordId("")
        self._sort: tuple[str, bool] = ("", False)
        self._target: tuple[RecordId, str] | None = None
        self._moved: array[int] = array("q")
        self._pasted: tuple[int, int, int, int] | None = None
        self._remark = ""
        self._troubled = Troubled()
        self._places: list[tuple[int, int]] | None = None
        self.grid = ChildGrid(form, session.context, words)
        view.add_section(form.id, self._label, self.grid)
        self.grid.model.tell = self._tell
        self.grid.model.page_wanted.connect(self._on_page_wanted)
        self.grid.view.sort_wanted.connect(self._on_sort)
        self.grid.view.has_problem = self._has_problem
        self.grid.view.problem_wanted.connect(self._on_problem)
        self._preferences = preferences
        self._widths = QTimer(self, singleShot=True, interval=KEEP_WIDTHS_AFTER_MS)
        self._widths.timeout.connect(self._keep_widths)
        self._restore_widths()
        self.grid.view.horizontalHeader().sectionResized.connect(self._widths.start)

    @property
    def _label(self) -> str:
        return (self.form.plural or self.form.label).get(self._words.language)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all rows, in the order of record."""
        return self._troubled.findings

    @property
    def columns(self) -> list[str]:
        """Field ids of the columns."""
        return [c.id for c in self.grid.model.columns]

    # -- which rows ------------------------------------------------------------------------------------------------

    def show_owner(self, record: RecordId) -> None:
        """Show the children of a record."""
        self.owner = record
        self._troubled = Troubled()
        self._form_view.mark_section(self.form.id, ())
        if self.grid.view.sorted_by:
            self.grid.view.unsort()
        else:
            self.load()

    def load(self, *, resort: bool = False) -> None:
        """Read which rows there are; rows that are only looked at in another order stay where they are."""
        owner, form, (column, descending) = self.owner, self.form.id, self._sort
        if not owner:
            return
        kept = None if resort or owner != self._shown_owner else self.grid.model.keys

        def work(store: WorkspaceStore, _progress: Progress) -> Order:
            keys = store.keys(ListQuery(form=form, parent=owner))
            if not column:
                return Order(keys)
            query = ListQuery(form=form, parent=owner, sort=column, descending=descending)
            same = kept is not None and set(kept) == set(keys)
            shown = kept if same and kept is not None else store.keys(query)
            places = {key: place for place, key in enumerate(keys)}
            return Order(shown, array("q", (places[key] for key in shown)))

        def found(order: Order) -> None:
            if owner == self.owner:
                self._on_order(order)

        self._session.ask(work, self, found)

    def go_to(self, record: RecordId, field: str) -> None:
        """Bring a cell on the screen once it is here."""
        self._target = (record, field)
        self._form_view.show_section(self.form.id)
        self.load()

    def choose_moved(self, keys: array[int]) -> None:
        """Choose these rows where they are once the rows have been read anew."""
        self._moved = keys

    def choose_pasted(self, row: int, column: int, rows: int, columns: int) -> None:
        """Choose a block once the rows have been read anew."""
        self._pasted = (row, column, rows, columns)

    def say_then(self, text: str) -> None:
        """Say something once the rows have been read anew."""
        self._remark = text

    def _on_order(self, order: Order) -> None:
        model = self.grid.model
        changed = self.owner != self._shown_owner or order.keys != model.keys
        if self.owner == self._shown_owner:
            model.update_keys(order.keys)
        else:
            self._shown_owner = self.owner
            model.set_keys(order.keys)
        model.show_order(order.ranks)
        self._places = None
        count = self._words.count(len(order.keys))
        title = f"{self._label} {count}" if order.keys else self._label
        self._form_view.set_section_title(self.form.id, title)
        if changed:
            self.show_problems()
        self._choose()
        if self._target is not None:
            query = ListQuery(form=self.form.id, ids=frozenset({self._target[0]}))
            self._session.keys(query, self, self._on_target_found)

    def _choose(self) -> None:
        """Choose what was moved or pasted, now that it stands in its place."""
        model, view = self.grid.model, self.grid.view
        moved, self._moved = set(self._moved), array("q")
        pasted, self._pasted = self._pasted, None
        if moved:
            rows = [number for number, key in enumerate(model.keys) if key in moved]
            if rows:
                view.choose_rows(rows, max(0, view.currentIndex().column()))
        elif pasted is not None and model.total:
            view.choose_block(*pasted)
        if self._remark:
            self.grid.say(self._remark)
            self._remark = ""

    def _on_target_found(self, keys: array[int]) -> None:
        if self._target is None or not keys:
            return
        row = self.grid.model.find_key(keys[0])
        if row >= 0:
            field = self._target[1]
            self._target = None
            self.grid.view.show_cell(row, max(0, self.grid.model.column_of(field)))

    def _on_page_wanted(self, number: int) -> None:
        model = self.grid.model
        generation = model.generation

        def arrived(rows: list[TableRow]) -> None:
            model.put_page(generation, number, rows)

        self._session.rows(self.form, model.page_keys(number), self.columns, self, arrived)

    def _on_sort(self, field: str, descending: bool) -> None:
        self._sort = (field, descending)
        self.load(resort=True)

    # -- how they stand --------------------------------------------------------------------------------------------

    def show_problems(self) -> None:
        """Show how the rows stand now, and find out which of them are not in order."""
        problems, owner, form = self._session.problems, self.owner, self.form.id
        rows = problems.rows(form)
        self.grid.model.set_problems(rows)
        if not rows or not owner:
            self._on_troubled(Troubled())
            return
        ids = frozenset(rows)

        def work(store: WorkspaceStore, _progress: Progress) -> tuple[array[int], list[RecordId]]:
            keys = store.keys(ListQuery(form=form, parent=owner, ids=ids))
            return keys, store.ids(form, keys)

        def arrived(found: tuple[array[int], list[RecordId]]) -> None:
            if owner == self.owner:  # what is known of them is asked here, in the window's thread
                self._on_troubled(_troubled(problems, form, *found))

        self._session.ask(work, self, arrived)

    def _on_troubled(self, troubled: Troubled) -> None:
        if troubled != self._troubled:
            self._troubled = troubled
            self._places = None
            self._form_view.mark_section(self.form.id, troubled.findings)
            self.changed.emit()

    def _tell(self, record: RecordId, field: str) -> str:
        context = self._session.context
        found = self._session.problems.of_record(self.form.id, record)
        joint = "" if context.language == "zh" else " "
        return joint.join(
            sentence(f, context).what
            for f in found
            if f.fields[0] == field and f.explanation is None
        )

    def _next_place(self) -> tuple[int, int] | None:
        """Return row and column of the first problem behind the current cell, as the rows are looked at."""
        if self._places is None:
            rows = {key: n for n, key in enumerate(self.grid.model.keys)}
            self._places = sorted(
                (rows[key], max(0, self.grid.model.column_of(field)))
                for key, field in self._troubled.cells
                if key in rows
            )
        current = self.grid.view.currentIndex()
        at = bisect_right(self._places, (current.row(), current.column()))
        return self._places[at] if at < len(self._places) else None

    def _has_problem(self) -> bool:
        return self._next_place() is not None

    def _on_problem(self) -> None:
        place = self._next_place()
        if place is not None:
            self.grid.view.show_cell(*place)

    # -- widths ----------------------------------------------------------------------------------------------------

    @property
    def _setting(self) -> str:
        return f"grid/{self.form.id}"

    def _restore_widths(self) -> None:
        kept = self._preferences.text(self._setting) if self._preferences is not None else ""
        for entry in kept.split():
            name, _colon, width = entry.partition(":")
            column = self.grid.model.column_of(name)
            if column >= 0 and width.isdecimal():
                self.grid.view.setColumnWidth(column, int(width))

    def _keep_widths(self) -> None:
        if self._preferences is None:
            return
        view = self.grid.view
        entries = (f"{name}:{view.columnWidth(n)}" for n, name in enumerate(self.columns))
        self._preferences.remember_text(self._setting, " ".join(entries))


def _troubled(
    problems: Problems, form: str, keys: Sequence[int], records: Sequence[RecordId]
) -> Troubled:
    findings: list[Finding] = []
    cells: list[tuple[int, str]] = []
    for key, record in zip(keys, records, strict=True):
        of_row = problems.of_record(form, record)
        findings += of_row
        cells += [(key, f.fields[0]) for f in of_row if f.blocks_export]
    return Troubled(keys, tuple(findings), tuple(cells))
