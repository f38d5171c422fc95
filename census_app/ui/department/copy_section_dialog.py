"""Take one section over from another record: which record, what would change field by field, which of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from census_app.domain.changes import StepDone
from census_app.domain.records import RecordId, Value
from census_app.formspec.model import Form
from census_app.formspec.types import format_value
from census_app.services import copying
from census_app.services.copying import FieldChange
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.forms.options import Option
from census_app.ui.forms.picker import PickerButton
from census_app.ui.forms.picker_popup import Offered, PickerPopup
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.translation import Words


class CopySectionDialog(QDialog):
    """Chooses a section and a record, and shows what would be taken over.

    Args:
        record: The record that is filled.
        section: The section to begin with; empty for the first.

    Signals:
        taken: How many answers were taken over, and the name of the record they came from.
    """

    taken = Signal(int, str)

    def __init__(
        self,
        session: WorkspaceSession,
        form: Form,
        record: RecordId,
        section: str,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._form, self._record, self._words = session, form, record, words
        self._titles: dict[str, str] = {}
        self._source = RecordId("")
        self._changes: tuple[FieldChange, ...] = ()
        self.setWindowTitle(words("UI_COPY_SECTION_TITLE"))
        self.setMinimumSize(680, 460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_COPY_SECTION_HEAD"), "text2", wrap=True))
        self.source = PickerButton()
        self.source.opened.connect(self._on_source_opened)
        self.source.show_text("", words("UI_CHOOSE"))
        self.section = self._section_combo(section)
        row = QHBoxLayout()
        row.setSpacing(16)
        accessibility.add_row(row, words("UI_COPY_SECTION_FROM"), self.source)
        accessibility.add_row(row, words("UI_COPY_SECTION_WHICH"), self.section)
        row.setStretch(0, 3)
        row.setStretch(1, 2)
        column.addLayout(row)
        self._model = QStandardItemModel(self)
        self.table = self._make_table()
        column.addWidget(self.table, 1)
        self._note = page.label(words("UI_COPY_SECTION_CHOOSE"), "hint", wrap=True)
        column.addWidget(self._note)
        column.addLayout(self._buttons())
        self._model.itemChanged.connect(self._show_count)
        self.section.currentIndexChanged.connect(self._read)
        store, form_id = session.store, form.id
        session.ask(lambda _s, _p: store.titles(form_id), self, self._on_titles)
        self.source.setFocus()

    def _section_combo(self, section: str) -> QuietCombo:
        combo = QuietCombo()
        filled = {f.section for f in copying.copyable_fields(self._form)}
        for each in self._form.section:
            if each.id in filled:
                combo.addItem(each.label.get(self._words.language), each.id)
        combo.setCurrentIndex(max(0, combo.findData(section)))
        return combo

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._model)
        table.setAccessibleName(self._words("UI_COPY_SECTION_TABLE"))
        table.verticalHeader().hide()
        table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        self._head()
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        return table

    def _head(self) -> None:
        codes = ("UI_COL_FIELD", "UI_COPY_SECTION_NOW", "UI_COPY_SECTION_THEN")
        self._model.setHorizontalHeaderLabels([self._words(c) for c in codes])

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(page.button(self._words("UI_CANCEL"), self.reject))
        self.apply_button = page.button("", self.apply, "primary")
        self.apply_button.setText(self._words("UI_COPY_SECTION_DO", count=0))
        self.apply_button.setEnabled(False)
        row.addWidget(self.apply_button)
        return row

    # -- which record ----------------------------------------------------------------------------------------------

    def _on_titles(self, titles: dict[str, str]) -> None:
        self._titles = {i: t for i, t in titles.items() if i != self._record}
        if not self._titles:
            self._note.setText(self._words("UI_COPY_SECTION_NONE"))
            self.source.setEnabled(False)

    def _on_source_opened(self, text: str) -> None:
        options = [Option(i, title) for i, title in self._titles.items()]
        offered = Offered(options, (self._source,), initials=self._session.titles.initials)
        popup = PickerPopup(self, self._words, offered)
        popup.chosen.connect(self._on_source)
        popup.open_below(self.source, text)

    def _on_source(self, values: tuple[str, ...]) -> None:
        self.take_source(RecordId(values[0]))

    def take_source(self, record: RecordId) -> None:
        """Take the record to copy from and read what would change."""
        self._source = record
        self.source.show_text(self._titles.get(record, ""), self._words("UI_CHOOSE"))
        self._read()

    def _read(self) -> None:
        if not self._source:
            return
        form, record, source = self._form.id, self._record, self._source
        section, clock = str(self.section.currentData()), self._session.services.clock
        self._session.ask(
            lambda store, _p: copying.section_changes(
                store, form, record, source, section, clock=clock
            ),
            self, self._on_changes,
        )  # fmt: skip

    # -- what would change -----------------------------------------------------------------------------------------

    def _on_changes(self, changes: tuple[FieldChange, ...]) -> None:
        self._changes = changes
        self._model.removeRows(0, self._model.rowCount())
        for change in changes:
            self._model.appendRow(self._row(change))
        self.table.resizeRowsToContents()
        self._show_count()

    def _row(self, change: FieldChange) -> Sequence[QStandardItem]:
        field = self._form.field_by_id(change.field)
        name = QStandardItem(field.label.get(self._words.language))
        name.setCheckable(True)
        name.setCheckState(Qt.CheckState.Checked)
        return (
            name,
            QStandardItem(self._text(change, change.old)),
            QStandardItem(self._text(change, change.new)),
        )

    def _text(self, change: FieldChange, value: Value | None) -> str:
        field = self._form.field_by_id(change.field)
        return format_value(value, field, self._session.context) or "—"

    def chosen(self) -> tuple[FieldChange, ...]:
        """Return the changes that are ticked."""
        return tuple(
            change
            for number, change in enumerate(self._changes)
            if self._model.item(number).checkState() is Qt.CheckState.Checked
        )

    def _show_count(self) -> None:
        chosen = self.chosen() if self._model.rowCount() == len(self._changes) else ()
        self.apply_button.setText(self._words("UI_COPY_SECTION_DO", count=len(chosen)))
        self.apply_button.setEnabled(bool(chosen))
        replaced = sum(c.old is not None for c in chosen)
        if not self._changes:
            text = self._words("UI_COPY_SECTION_SAME")
        elif replaced:
            text = self._words("UI_COPY_SECTION_REPLACES", count=replaced)
        else:
            text = self._words("UI_COPY_SECTION_FILLS")
        self._note.setText(text)

    def apply(self) -> None:
        """Take over what is ticked, as one step."""
        fields = {c.field for c in self.chosen()}
        form, record, source = self._form.id, self._record, self._source
        section, services = str(self.section.currentData()), self._session.services
        store = self._session.store
        self.apply_button.setEnabled(False)
        self._session.change(
            lambda _p: copying.copy_section(
                store, form, record, source, section,
                actor=services.actor, clock=services.clock, fields=fields,
            ),
            (form,), self, lambda done: self._on_done(done, len(fields)),
        )  # fmt: skip

    def _on_done(self, done: StepDone, count: int) -> None:
        del done
        self.taken.emit(count, self._titles.get(self._source, ""))
        self.accept()
