"""The step "check last year": one key per record says whether it is unchanged, changed or retired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.changes import StepDone
from census_app.domain.holdings import Delta, DeltaState
from census_app.domain.records import RecordId
from census_app.services import carrying, editing
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.delta_detail import DeltaDetail
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import ReasonDialog
from census_app.ui.models.text_table import Cell, Heading, TextTableModel
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

REFRESH_AFTER_MS: Final = 60
STATES: Final[tuple[tuple[DeltaState, str, Icon], ...]] = (
    ("open", "warn", Icon.HELP),
    ("changing", "warn", Icon.ALERT),
    ("unchanged", "good", Icon.CHECK),
    ("changed", "accent", Icon.REFRESH),
    ("retired", "text_2", Icon.DELETE),
    ("new", "accent", Icon.ADD),
)
OPEN: Final = "open"


class _Table(QTableView):
    """Takes the keys of the answers.

    Signals:
        key_pressed: The digit.
    """

    key_pressed = Signal(str)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text().upper()
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plain and text and text in "0123UCR":
            self.key_pressed.emit(text.translate(str.maketrans("UCR", "123")))
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.key_pressed.emit("2")
        elif event.key() == Qt.Key.Key_Delete:
            self.key_pressed.emit("3")
        else:
            super().keyPressEvent(event)


class DeltaPage(QWidget):
    """Records of the last round, how each stands, and what it says.

    Signals:
        record_wanted: form, id, field: the person wants to edit a record.
    """

    record_wanted = Signal(str, str, str)

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self.deltas: list[Delta] = []
        self.listed: list[Delta] = []
        self._state = ""
        self._current: tuple[str, str] = ("", "")
        self._step_on = False
        self._head = page.PageHead(words("DL_STEP"))
        self._lead = page.label(" ", "text2", wrap=True)
        self.forms = QTabBar()
        self.forms.setExpanding(False)
        self.forms.setAccessibleName(words("DL_TABS"))
        self.forms.addTab(words("DL_ALL"))
        self.chips = self._make_chips()
        self.model = TextTableModel(
            (
                Heading(words("DL_COL_NAME")),
                Heading(words("DL_COL_FORM"), 116),
                Heading(words("DL_COL_STATE"), 116),
            ),
            self,
        )
        self.table = self._make_table()
        self.detail = DeltaDetail(session, words)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(page.EmptyState(words("DL_NOTHING"), (), Icon.CHECK))
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.addWidget(self._stack)
        splitter.addWidget(self.detail)
        splitter.setSizes([560, 540])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addWidget(self._lead)
        column.addWidget(self.forms)
        column.addLayout(_row(self.chips))
        column.addWidget(splitter, 1)
        column.addLayout(self._foot())
        self._refresh_timer = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        self.forms.currentChanged.connect(self._on_form)
        session.records_changed.connect(self._on_records_changed)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _make_chips(self) -> list[QPushButton]:
        made = []
        for state, _tone, _symbol in STATES:
            chip = page.button("", look="chip-warn" if state == OPEN else "chip")
            chip.setCheckable(True)
            chip.setProperty("state", state)
            chip.clicked.connect(self._on_chip)
            made.append(chip)
        return made

    def _make_table(self) -> _Table:
        table = _Table()
        table.setModel(self.model)
        prepare_table(table, self._words("DL_LIST"), several=True)
        head = table.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            table.setColumnWidth(column, self.model.headings[column].width)
        table.selectionModel().currentRowChanged.connect(self._on_current)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.key_pressed.connect(self._on_key)
        table.doubleClicked.connect(self.change)
        return table

    def _foot(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self._note = page.label(words("DL_KEYS"), "hint", wrap=True)
        row.addWidget(self._note, 1)
        self.unmark_button = page.button(words("DL_UNMARK"), self.take_back)
        self.retire_button = page.button(words("DL_RETIRED"), self.retire)
        self.change_button = page.button(words("DL_CHANGED"), self.change)
        self.same_button = page.button(words("DL_UNCHANGED"), self.confirm, "primary", Icon.CHECK)
        for made in (self.unmark_button, self.retire_button, self.change_button, self.same_button):
            row.addWidget(made)
        return row

    # -- reading ---------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Read how all records stand."""
        self.refresh()

    def refresh(self) -> None:
        """Read how all records stand."""

        def work(store: WorkspaceStore, _progress: object) -> tuple[str, list[Delta]]:
            last = store.last_round()
            return last.name if last is not None else "", store.deltas()

        self._session.ask(work, self, self._on_read)

    def _on_read(self, read: tuple[str, list[Delta]]) -> None:
        name, self.deltas = read
        words = self._words
        progress = carrying.delta_progress(self.deltas)
        self._lead.setText(words("DL_LEAD", name=name))
        self._head.set_note(words("DL_PROGRESS", done=progress.done, total=progress.total))
        finished = progress.total > 0 and progress.done == progress.total
        theme.set_look(self._note, "said-good" if finished else "hint")
        self._note.setText(words("DL_DONE") if finished else words("DL_KEYS"))
        self._show_forms()
        self._fill()

    def _show_forms(self) -> None:
        """Keep a tab for each form that has records, with how many are open."""
        here = [f for f in self._session.form_set.forms if any(d.form == f.id for d in self.deltas)]
        chosen = self.form
        self.forms.blockSignals(True)
        while self.forms.count() > 1:
            self.forms.removeTab(1)
        for form in here:
            label = (form.plural or form.label).get(self._words.language)
            count = sum(d.form == form.id and d.state in {OPEN, "changing"} for d in self.deltas)
            index = self.forms.addTab(
                self._words("DL_TAB", form=label, count=count).replace("&", "&&")
                if count
                else label
            )
            self.forms.setTabData(index, form.id)
            if form.id == chosen:
                self.forms.setCurrentIndex(index)
        self.forms.blockSignals(False)

    @property
    def form(self) -> str:
        """Form to which the list is narrowed, or the empty text."""
        return str(self.forms.tabData(self.forms.currentIndex()) or "")

    def _fill(self) -> None:
        words, form = self._words, self.form
        self.table.setColumnHidden(1, bool(form))
        of_form = [d for d in self.deltas if not form or d.form == form]
        for chip in self.chips:
            state = str(chip.property("state"))
            count = sum(d.state == state for d in of_form)
            chip.setText(words("DL_CHIP", state=words(f"DL_STATE_{state}"), count=count))
            chip.setEnabled(bool(count) or chip.isChecked())
        before = self.table.currentIndex().row()
        self.listed = [d for d in of_form if not self._state or d.state == self._state]
        labels = {f.id: f.label.get(words.language) for f in self._session.form_set.forms}
        looks = {state: (tone, symbol) for state, tone, symbol in STATES}
        rows = []
        for delta in self.listed:
            tone, symbol = looks[delta.state]
            state_cell = Cell(words(f"DL_STATE_{delta.state}"), symbol, tone)
            rows.append((delta.title or words("UI_UNNAMED"), labels[delta.form], state_cell))
        selection = self.table.selectionModel()
        selection.blockSignals(True)
        self.model.show_rows(rows, self.listed)
        selection.blockSignals(False)
        self._stack.setCurrentIndex(0 if rows else 1)
        self._choose(before)

    def _choose(self, before: int) -> None:
        """Keep the record that was chosen, or go on to the next one that is open."""
        keys = [(d.form, str(d.record)) for d in self.listed]
        row = keys.index(self._current) if self._current in keys else min(before, len(keys) - 1)
        if self._step_on:
            self._step_on = False
            later = [n for n, d in enumerate(self.listed) if n >= max(row, 0) and d.state == OPEN]
            row = later[0] if later else row
        self._go_to(max(row, 0))

    def _go_to(self, row: int) -> None:
        index = self.model.index(row, 0)
        if not index.isValid():
            self._current = ("", "")
            self.detail.show_nothing()
            self._on_selection()
            return
        flags = (
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows
        )
        self.table.selectionModel().setCurrentIndex(index, flags)
        self._on_current(index, QModelIndex())

    # -- answers ---------------------------------------------------------------------------------------------------

    def chosen(self) -> list[Delta]:
        """Return the chosen records, in the order of the list."""
        rows = sorted({i.row() for i in self.table.selectionModel().selectedRows()})
        return [self.listed[r] for r in rows if r < len(self.listed)]

    def confirm(self) -> None:
        """Say of the chosen records that they are as they were."""
        self._mark(
            carrying.confirm_unchanged, [d for d in self.chosen() if d.state in {OPEN, "changing"}]
        )

    def take_back(self) -> None:
        """Take back what was said of the chosen records."""
        marked = [d for d in self.chosen() if d.state in {"unchanged", "changing"}]
        self._mark(carrying.unmark, marked, step_on=False)

    def change(self) -> None:
        """Mark the current record as changed and open its form."""
        chosen = [d for d in self.chosen() if d.state != "retired"][:1]
        if not chosen:
            return
        if chosen[0].state in {OPEN, "unchanged"}:
            self._mark(carrying.mark_changing, chosen, step_on=False)
        self.record_wanted.emit(chosen[0].form, chosen[0].record, "")

    def retire(self) -> None:
        """Ask why the chosen records are no more, and delete them."""
        chosen = [d for d in self.chosen() if d.state not in {"retired", "new"}]
        if not chosen:
            return
        if any(d.record == self._session.own_record for d in chosen):
            self._note.setText(self._words("DL_OWN_RECORD"))
            theme.set_look(self._note, "warn")
            return
        words = self._words
        dialog = ReasonDialog(
            words, words("DL_RETIRE_ASK", count=len(chosen)), words("DL_RETIRE_TIP"),
            words("DL_RETIRE_DO"), self,
        )  # fmt: skip
        if dialog.exec() == QDialog.DialogCode.Accepted.value:
            self.retire_for(chosen, dialog.reason)
        dialog.deleteLater()

    def retire_for(self, chosen: Sequence[Delta], reason: str) -> None:
        """Delete records of the last round with a reason; those of one form are one step."""
        services, store = self._session.services, self._session.store
        for form, ids in _by_form(chosen).items():
            work = partial(
                editing.remove_records, store, form, ids, reason, actor=services.actor,
                clock=services.clock,
            )  # fmt: skip
            self._change(work, form)

    def _mark(
        self, act: Callable[..., StepDone], chosen: Sequence[Delta], *, step_on: bool = True
    ) -> None:
        services, store = self._session.services, self._session.store
        self._step_on = step_on and bool(chosen)
        for form, ids in _by_form(chosen).items():
            work = partial(act, store, form, ids, actor=services.actor, clock=services.clock)
            self._change(work, form)

    def _change(self, work: Callable[[], StepDone], form: str) -> None:
        def done(_step: StepDone) -> None:
            self._refresh_timer.start()

        self._session.change(lambda _p: work(), (form,), self, done)

    # -- what happens ----------------------------------------------------------------------------------------------

    def _on_key(self, key: str) -> None:
        act = {"0": self.take_back, "1": self.confirm, "2": self.change, "3": self.retire}[key]
        act()

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        if 0 <= current.row() < len(self.listed):
            delta = self.listed[current.row()]
            self._current = (delta.form, str(delta.record))
            self.detail.show_delta(delta)

    def _on_selection(self) -> None:
        chosen = self.chosen()
        states = {d.state for d in chosen}
        self.same_button.setEnabled(bool(states & {OPEN, "changing"}))
        self.change_button.setEnabled(len(chosen) == 1 and "retired" not in states)
        self.retire_button.setEnabled(bool(states - {"retired", "new"}))
        self.unmark_button.setEnabled(bool(states & {"unchanged", "changing"}))
        count = sum(d.state in {OPEN, "changing"} for d in chosen)
        words = self._words
        text = words("DL_UNCHANGED_N", count=count) if count > 1 else words("DL_UNCHANGED")
        self.same_button.setText(text)

    def _on_chip(self, checked: bool) -> None:
        sender = self.sender()
        for chip in self.chips:
            if chip is not sender:
                chip.setChecked(False)
        self._state = str(sender.property("state")) if checked and sender is not None else ""
        self._fill()

    def _on_form(self, index: int) -> None:
        del index
        self._fill()

    def _on_records_changed(self, forms: object) -> None:
        del forms
        if self.isVisible():
            self._refresh_timer.start()


def _by_form(chosen: Sequence[Delta]) -> dict[str, list[RecordId]]:
    found: dict[str, list[RecordId]] = {}
    for delta in chosen:
        found.setdefault(delta.form, []).append(delta.record)
    return found


def _row(widgets: Sequence[QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
