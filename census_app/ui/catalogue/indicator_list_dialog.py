"""The list behind a figure: look through it, find in it, open a record, save it as a workbook or CSV."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.corrections import Owner
from census_app.services.indicator_lists import Listing, light_texts, state_text
from census_app.services.measuring import DepartmentMeasured
from census_app.ui.catalogue.indicators_session import IndicatorDesk
from census_app.ui.catalogue.session import DEPARTMENT
from census_app.ui.catalogue.tables import Column, SortableTable, head_width
from census_app.ui.models.record_table import Column as RecordColumn
from census_app.ui.models.record_table import RecordTableModel, TableRow
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

FOLDER: Final = "indicator_folder"
_FIND_AFTER_MS: Final = 250
_TITLE_WIDTH: Final = 260
_DEPARTMENT_WIDTH: Final = 170
_NUMERIC: Final = frozenset({"integer", "decimal", "money"})


class IndicatorListDialog(QDialog):
    """One list.

    Args:
        narrowed: Which part of the whole it is, in words; empty for all of it.

    Signals:
        record_wanted: the `Owner`.
        department_wanted: code.
    """

    record_wanted = Signal(object)
    department_wanted = Signal(str)

    def __init__(
        self,
        desk: IndicatorDesk,
        listing: Listing,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
        narrowed: str = "",
    ) -> None:
        super().__init__(parent)
        self._desk, self._words, self._preferences = desk, words, preferences
        self.listing = listing
        self._label = words(f"IND_{listing.definition.id}")
        self._form = desk.session.form_set.form(listing.form) if listing.form else None
        title = " · ".join(filter(None, (self._label, narrowed)))
        self.setWindowTitle(title)
        self.resize(1040, 600)
        self.note = page.label("", "hint")
        self.search = QLineEdit()
        self.search.setPlaceholderText(words("CI_FIND"))
        self.search.setAccessibleName(words("CI_FIND"))
        self.search.setClearButtonEnabled(True)
        self.model = RecordTableModel(self._columns(), words, self)
        self.view = QTableView()
        self.departments: SortableTable[DepartmentMeasured] = SortableTable(
            self._department_columns(), lambda d: d.code, title
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FIND_AFTER_MS)
        self._build(title)
        self._connect()
        self._fill()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self, title: str) -> None:
        words = self._words
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(page.label(title, "section", wrap=True))
        how = words(f"IND_{self.listing.definition.listed}_HOW")
        column.addWidget(page.label(how, "hint", wrap=True))
        line = QHBoxLayout()
        line.addWidget(self.note, 1)
        if self.listing.form:
            line.addWidget(self.search)
            self.search.setMinimumWidth(240)
        column.addLayout(line)
        prepare_table(self.view, title)
        self.view.setModel(self.model)
        for number, each in enumerate(self.model.columns):
            self.view.setColumnWidth(number, each.width)
        head = self.view.horizontalHeader()
        head.setMinimumSectionSize(72)
        head.setStretchLastSection(True)
        shown = self.view if self.listing.form else self.departments
        column.addWidget(shown, 1)
        row = QHBoxLayout()
        self.save = page.button(words("CI_SAVE_LIST"), self._on_save, symbol=Icon.EXPORT)
        self.go = page.button(words("CI_OPEN_RECORD"), self._on_open, "primary")
        close = page.button(words("UI_CLOSE"), self.reject)
        for button in (self.save, None, close, self.go):
            if button is None:
                row.addStretch(1)
            else:
                row.addWidget(button)
        column.addLayout(row)

    def _columns(self) -> list[RecordColumn]:
        if self._form is None:
            return []
        names = (self._form.title, DEPARTMENT, *self.listing.columns)
        found = []
        for number, (name, title) in enumerate(zip(names, self.listing.heads, strict=True)):
            kind = "" if name == DEPARTMENT else self._form.field_by_id(name).type
            width = head_width(title, (_TITLE_WIDTH, _DEPARTMENT_WIDTH, 96)[min(number, 2)])
            blank = self._words("CAT_NO_NAME") if not number else ""
            found.append(
                RecordColumn(name, title, right=kind in _NUMERIC, width=width, blank=blank)
            )
        return found

    def _department_columns(self) -> list[Column[DepartmentMeasured]]:
        heads, language = (*self.listing.heads, *[""] * 6)[:6], self._words.language

        def light(number: int) -> Column[DepartmentMeasured]:
            return Column(
                Heading(heads[3 + number], 120),
                lambda d: light_texts(d, language)[number],
                lambda d: light_texts(d, language)[number],
            )

        return [
            Column(Heading(heads[0]), lambda d: d.name, lambda d: d.name),
            Column(Heading(heads[1], 190), lambda d: d.code, lambda d: d.code),
            Column(
                Heading(heads[2], 120),
                lambda d: state_text(d, language),
                lambda d: state_text(d, language),
            ),
            *(light(number) for number in range(3)),
        ]

    def _connect(self) -> None:
        self.model.page_wanted.connect(self._on_page_wanted)
        self.view.doubleClicked.connect(self._on_double)
        self.departments.opened.connect(self._on_department)
        self.search.textChanged.connect(self._timer.start)
        self._timer.timeout.connect(self._on_find)

    def _fill(self) -> None:
        self.model.set_keys(self.listing.keys)
        self.departments.show_rows(self.listing.departments)
        self._tell(len(self.listing))
        self.go.setEnabled(len(self.listing) > 0)
        self.save.setEnabled(len(self.listing) > 0)
        if len(self.listing) and self.listing.form:
            self.view.setCurrentIndex(self.model.index(0, 0))
        self.departments.choose_first()

    def _tell(self, count: int) -> None:
        words = self._words
        unit = words(f"IND_UNIT_{self._unit()}").strip()
        told = words("CI_LIST_COUNT", count=words.count(count), unit=unit)
        self.note.setText(told if len(self.listing) else words("CI_LIST_EMPTY"))

    def _unit(self) -> str:
        units = {
            "system": "systems",
            "resource": "resources",
            "item": "items",
            "joint": "applications",
            "matter": "matters",
            "demand": "demands",
        }
        return units.get(self.listing.definition.subject, "departments")

    # -- events ----------------------------------------------------------------------------------------------------

    def _on_page_wanted(self, number: int) -> None:
        generation = self.model.generation

        def done(rows: list[TableRow]) -> None:
            self.model.put_page(generation, number, rows)

        self._desk.rows(self.listing, self.model.page_keys(number), self, done)

    def _on_find(self) -> None:
        text = self.search.text().strip()
        if not text:
            self._on_found(self.listing.keys)
            return
        self._desk.find(self.listing, text, self, self._on_found)

    def _on_found(self, keys: array[int]) -> None:
        self.model.set_keys(keys)
        self._tell(len(keys))

    def _on_double(self, index: QModelIndex) -> None:
        del index
        self._on_open()

    def _on_open(self) -> None:
        if not self.listing.form:
            department = self.departments.current()
            if department is not None:
                self._on_department(department)
            return
        row = self.model.row_at(self.view.currentIndex().row())
        if row is not None:
            self.record_wanted.emit(Owner(row.department, self.listing.form, row.id))
            self.accept()

    def _on_department(self, department: DepartmentMeasured) -> None:
        self.department_wanted.emit(department.code)
        self.accept()

    def _on_save(self) -> None:
        path = ask_file(self, self._label, self._words, self._preferences)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Write the whole list."""

        def done(rows: int) -> None:
            self.note.setText(self._words("IND_SAVED", path=path.name, rows=rows))

        self._desk.save_listing(path, self.listing, self, done, self._words("CI_SAVING"))


def ask_file(parent: QWidget, stem: str, words: Words, preferences: Preferences) -> Path | None:
    """Ask for a workbook or CSV to write, and remember the folder; None when nothing was chosen."""
    folder = preferences.text(FOLDER) or str(Path.home())
    kinds = f"{words('UI_HISTORY_XLSX')} (*.xlsx);;{words('UI_HISTORY_CSV')} (*.csv)"
    proposed = str(Path(folder) / f"{stem}.xlsx")
    name, kind = QFileDialog.getSaveFileName(parent, words("CI_SAVE_LIST"), proposed, kinds)
    if not name:
        return None
    path = Path(name)
    preferences.remember_text(FOLDER, str(path.parent))
    if path.suffix.lower() in {".csv", ".xlsx"}:
        return path
    return path.with_name(path.name + (".csv" if kind.endswith("(*.csv)") else ".xlsx"))
