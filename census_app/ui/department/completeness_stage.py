"""Stage 1 of the hand-in: the map of completeness, the worst records first; a cell leads to its section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formspec.coverage import counted_fields
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Form
from census_app.formspec.sentences import sentence
from census_app.services.checking import CheckReport
from census_app.services.completeness import CompletenessMap, MapCell, MapColumn, MapRow, map_copy
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.private_copy import PrivateCopy
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.completeness_table import (
    LOOKS,
    CompletenessDelegate,
    CompletenessModel,
)
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

NAME_WIDTH = 220
CELL_WIDTH = 84
HEAD_HEIGHT = 62


class CompletenessStage(QWidget):
    """The map of one form at a time.

    Signals:
        field_wanted: form, record and field that shall be shown.
        changed: A new map is shown.
        next_wanted: The person has seen enough.
    """

    field_wanted = Signal(str, str, str)
    changed = Signal()
    next_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self.map: CompletenessMap | None = None
        self._shown_of: CheckReport | None = None
        self._chosen = ""
        self.model = CompletenessModel(words, self)
        self.forms = QuietCombo()
        self.forms.setAccessibleName(words("HI_MAP_FORM"))
        self.forms.setMinimumWidth(400)
        self.forms.activated.connect(self._on_form)
        self.only_open = QCheckBox(words("HI_MAP_ONLY_OPEN"))
        self.only_open.toggled.connect(self._show_form)
        self.table = self._make_table()
        self.go = page.button(words("HI_MAP_GO"), self._on_go, symbol=Icon.TARGET)
        self.next = page.button(words("HI_NEXT_SUMMARY"), self.next_wanted.emit, "primary")
        self._told = page.label("", "text2", wrap=True)
        self._told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.forms)
        top.addWidget(self.only_open)
        top.addStretch(1)
        self._add_legend(top)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._told, 1)
        foot.addWidget(self.go)
        foot.addWidget(self.next)
        column.addLayout(foot)
        self._on_cell()

    def read(self, report: CheckReport) -> None:
        """Make the map of a check, once: copied on the database thread, counted on another."""
        if report is self._shown_of:
            return
        self._shown_of = report
        session = self._session

        def copied(made: PrivateCopy) -> None:
            def work(_progress: Progress) -> CompletenessMap:
                with made.using() as connection:
                    return map_copy(connection, session.form_set, report)

            session.runner.on_reading(work, self, self._on_map)

        session.ask(lambda store, _p: PrivateCopy.of(store), self, copied)

    def start(self) -> None:
        """Take the focus."""
        self.table.setFocus()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _make_table(self) -> QTableView:
        table = _CellTable()
        theme.set_look(table, "map")
        table.setModel(self.model)
        table.setItemDelegate(CompletenessDelegate(table))
        table.setAccessibleName(self._words("HI_MAP_TABLE"))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(56)
        head.setFixedHeight(HEAD_HEIGHT)
        table.entered_key.connect(self._on_go)
        table.doubleClicked.connect(self._on_go)
        table.selectionModel().currentChanged.connect(self._on_cell)
        return table

    def _add_legend(self, row: QHBoxLayout) -> None:
        legend = QHBoxLayout()
        legend.setSpacing(4)
        for state in sorted(LOOKS, reverse=True):
            symbol, tone, _ground = LOOKS[state]
            if symbol is not None:
                colour = str(getattr(theme.tokens(), tone))
                legend.addWidget(page.symbol_label(symbol, colour, 14))
                legend.addWidget(page.label(self._words(f"HI_LEGEND_{state.name}"), "hint"))
                legend.addSpacing(8)
        row.addLayout(legend)

    # -- showing ---------------------------------------------------------------------------------------------------

    def _on_map(self, made: CompletenessMap) -> None:
        self.map = made
        words, form_set = self._words, self._session.form_set
        known = {each.form for each in made.forms}
        if self._chosen not in known:
            worst = max(made.forms, key=lambda m: len(m.rows) - m.clean, default=None)
            some = worst is not None and worst.clean < len(worst.rows)
            largest = max(made.forms, key=lambda m: len(m.rows), default=None)
            first = worst if some else largest
            self._chosen = first.form if first is not None else ""
        self.forms.clear()
        for each in made.forms:
            form = form_set.form(each.form)
            label = (form.plural or form.label).get(words.language)
            wrong = len(each.rows) - each.clean
            code = "HI_MAP_FORM_OPEN" if wrong else "HI_MAP_FORM_CLEAN"
            self.forms.addItem(words(code, form=label, total=len(each.rows), open=wrong), each.form)
        self.forms.setCurrentIndex(max(0, self.forms.findData(self._chosen)))
        self._show_form()
        self.changed.emit()

    def _on_form(self, index: int) -> None:
        self._chosen = str(self.forms.itemData(index) or "")
        self._show_form()

    def choose(self, form: str) -> None:
        """Show the map of another form."""
        self.forms.setCurrentIndex(self.forms.findData(form))
        self._on_form(self.forms.currentIndex())

    def _show_form(self) -> None:
        shown = self.map.of(self._chosen) if self.map is not None else None
        columns = len(self.model.columns)
        self.model.show_map(shown, only_open=self.only_open.isChecked())
        if shown is not None and (columns != len(shown.columns) or not self.table.columnWidth(0)):
            self._fit(len(shown.columns))
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, 1 if self.model.columns else 0))
        self._on_cell()

    @override
    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit(len(self.model.columns))

    def _fit(self, columns: int) -> None:
        """Share the width: names take what the sections leave, and never less than they need to be told apart."""
        bar = self.table.verticalScrollBar().sizeHint().width()
        room = self.table.width() - 2 * self.table.frameWidth() - bar
        if not columns or room < NAME_WIDTH:
            return
        wide = max(CELL_WIDTH, min(132, (room - NAME_WIDTH) // columns))
        for number in range(columns):
            self.table.setColumnWidth(number + 1, wide)
        self.table.setColumnWidth(0, max(NAME_WIDTH, room - wide * columns))

    # -- going -----------------------------------------------------------------------------------------------------

    def _current(self) -> tuple[MapRow, MapColumn | None, MapCell | None] | None:
        index = self.table.currentIndex()
        row = self.model.row_at(index) if index.isValid() else None
        if row is None:
            return None
        column = self.model.column_at(index)
        return row, column, row.cells[index.column() - 1] if column is not None else None

    def _on_cell(self, *_indexes: QModelIndex) -> None:
        current = self._current()
        self.go.setEnabled(current is not None)
        row, column, cell = current if current is not None else (None, None, None)
        if row is None or column is None or cell is None:
            self._told.setText("")
            return
        label = column.label.get(self._words.language)
        text = f"{label}{self._words('HI_COLON')}{self.model.told(cell, column)}"
        first = self._first_problem(row, column) if cell.problems and not column.child else None
        if first is not None:
            what = sentence(first, self._session.context).what
            text = self._words("HI_CELL_FIRST", told=text, what=" ".join(what.split()))
        self._told.setText(text)

    def _first_problem(self, row: MapRow, column: MapColumn) -> Finding | None:
        """Return the gravest problem of a section."""
        form = self._session.form_set.form(self._chosen)
        ids = {f.id for f in form.stored_fields if f.section == column.id}
        found = self._session.problems.of_record(form.id, row.record)
        return next((f for f in found if f.blocks_export and f.fields[0] in ids), None)

    def _on_go(self, *_index: QModelIndex) -> None:
        current = self._current()
        if current is not None:
            self._go_to(current[0], current[1])

    def _go_to(self, row: MapRow, column: MapColumn | None) -> None:
        """Lead to the first problem of the section, else to its first question without an answer, else to its first."""
        session = self._session
        form, report = session.form_set.form(self._chosen), session.problems.report
        if column is None:
            self.field_wanted.emit(form.id, row.record, form.title)
            return
        today = session.services.clock.now().date().isoformat()

        def place(store: WorkspaceStore, _progress: Progress) -> Place:
            findings = report.findings if report is not None else ()
            if column.child:
                wrong = (f for f in findings if f.form == column.id and f.blocks_export)
                return _in_child(store, wrong, (form.id, row.record, form.title))
            section = next(s for s in form.section if s.id == column.id)
            ids = [f.id for f in counted_fields(form, section)] or [form.title]
            own = (f for f in findings if f.record == row.record and f.blocks_export)
            named = next((f.fields[0] for f in own if f.fields[0] in ids), "")
            return form.id, row.record, named or _unanswered(store, form, row.record, ids, today)

        session.ask(place, self, self._on_place)

    def _on_place(self, place: Place) -> None:
        self.field_wanted.emit(*place)


Place = tuple[str, str, str]
"""Form, record and field."""


def _in_child(store: WorkspaceStore, wrong: Iterable[Finding], owner: Place) -> Place:
    """Return the first child of a record with a problem, else the record itself."""
    for finding in wrong:
        found = store.record(finding.form, finding.record)
        if found is not None and found.parent == owner[1]:
            return finding.form, finding.record, finding.fields[0]
    return owner


def _unanswered(
    store: WorkspaceStore, form: Form, record: RecordId, ids: Sequence[str], today: str
) -> str:
    """Return the first question that matters and has no answer, else the first that matters."""
    found = store.record(form.id, record)
    given = found.values if found is not None else {}
    state = RecordEvaluator(form, store.form_set, today).evaluate(record, given)
    asked = [name for name in ids if name in state.relevant] or list(ids)
    return next((name for name in asked if name not in given), asked[0])


class _CellTable(QTableView):
    """A table in which Enter opens the cell.

    Signals:
        entered_key: Enter was pressed on a cell.
    """

    entered_key = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered_key.emit()
            event.accept()
            return
        super().keyPressEvent(event)
