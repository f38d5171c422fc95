"""Read a list of the audit office: what its columns are taken for, corrected by the person, before anything is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from census_app.formats.foreign_lists import UNIT, meanings
from census_app.services.audit_book import ColumnMap
from census_app.services.audit_columns import Proposal, audit_forms
from census_app.services.audit_lists import ListTaken
from census_app.services.ports import RosterEntry
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.audit_session import AuditDesk
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page, theme
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

HEAD, SAMPLE, TARGET, SURE = range(4)
MAP_SUFFIX: Final = ".json"
_WIDTHS: Final = {HEAD: 230, TARGET: 220, SURE: 84}
_HEIGHT: Final = 300


class AuditImportDialog(ActDialog):
    """One file: its sheet, what it is about, what each column means.

    Signals:
        taken: `ListTaken`.
    """

    taken = Signal(object)

    def __init__(
        self,
        desk: AuditDesk,
        path: Path,
        roster: Sequence[RosterEntry],
        words: Words,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CA_READ_TITLE"), parent, 860)
        self._desk, self._path = desk, path
        self._form_set = desk.session.form_set
        self._proposals: list[Proposal] = []
        self._filling = False
        self.sheet = QuietCombo()
        self.about = QuietCombo()
        self.department = QuietCombo()
        self.table = QTableWidget(0, 4)
        self.combos: list[QuietCombo] = []
        self.problem = page.label("", "hint", wrap=True)
        self._build(roster)
        self._look("")

    # -- parts -----------------------------------------------------------------------------------------------------

    def _build(self, roster: Sequence[RosterEntry]) -> None:
        words = self.words
        self.column.addWidget(page.label(words("CA_READ_WHY", file=self._path.name), wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        for form in audit_forms(self._form_set):
            self.about.addItem(form.label.get(words.language), form.id)
        self.department.addItem(words("CA_BY_COLUMN"), "")
        for entry in roster:
            self.department.addItem(entry.name, entry.code)
        add_row(row, words("CA_SHEET"), self.sheet)
        add_row(row, words("CA_ABOUT"), self.about)
        add_row(row, words("CA_WHOSE"), self.department)
        self.column.addLayout(row)
        prepare_table(self.table, words("CA_COLUMNS"))
        self.table.setHorizontalHeaderLabels(
            [words(f"CA_COL_{name}") for name in ("HEAD", "SAMPLE", "TARGET", "SURE")]
        )
        self.table.verticalHeader().setDefaultSectionSize(theme.INPUT_HEIGHT + 8)
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(SAMPLE, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)
        self.table.setMinimumHeight(_HEIGHT)
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.problem)
        self.load = page.button(words("CA_LOAD_MAP"), self._on_load, "link")
        self.save = page.button(words("CA_SAVE_MAP"), self._on_save, "link")
        self.buttons.addWidget(self.load)
        self.buttons.addWidget(self.save)
        self.finish(words("CA_READ_VERB"), Icon.IMPORT)
        self.sheet.currentIndexChanged.connect(self._on_sheet)
        self.about.currentIndexChanged.connect(self._on_about)

    # -- reading the file ------------------------------------------------------------------------------------------

    def _look(self, form: str) -> None:
        self._desk.look(self._path, form, self, self._on_looked, self.fail)

    def _on_looked(self, proposals: list[Proposal]) -> None:
        chosen = max(self.sheet.currentIndex(), 0)
        self._proposals = proposals
        self._filling = True
        self.sheet.clear()
        for each in proposals:
            self.sheet.addItem(self.words("CA_SHEET_ROWS", sheet=each.sheet, rows=each.rows))
        self.sheet.setCurrentIndex(min(chosen, len(proposals) - 1))
        self._filling = False
        self._fill()

    def _on_sheet(self, _index: int) -> None:
        if not self._filling:
            self._fill()

    def _on_about(self, _index: int) -> None:
        if not self._filling:
            self._look(str(self.about.currentData()))

    def _proposal(self) -> Proposal | None:
        index = self.sheet.currentIndex()
        return self._proposals[index] if 0 <= index < len(self._proposals) else None

    def _fill(self) -> None:
        proposal = self._proposal()
        if proposal is None:
            return
        self._filling = True
        self.about.setCurrentIndex(self.about.findData(proposal.form))
        self.combos = []
        self.table.setRowCount(len(proposal.columns))
        for number, column in enumerate(proposal.columns):
            samples = self.words("LIST_JOINT").join(column.samples)
            told = self.words(f"AUDIT_SURE_{column.sureness}")
            for place, text in ((HEAD, column.head), (SAMPLE, samples), (SURE, told)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(number, place, item)
            combo = self._meaning(proposal, column.head, column.target)
            self.combos.append(combo)
            self.table.setCellWidget(number, TARGET, _padded(combo))
        self._filling = False
        self.update_ready()

    def _meaning(self, proposal: Proposal, head: str, target: str) -> QuietCombo:
        words, combo = self.words, QuietCombo()
        combo.addItem(words("AUDIT_LEFT_OUT"), "")
        combo.addItem(words("AUDIT_UNIT"), UNIT)
        form = self._form_set.form(proposal.form)
        for field in meanings(form, self._form_set):
            combo.addItem(field.label.get(words.language), field.id)
        combo.setCurrentIndex(max(combo.findData(target), 0))
        combo.setAccessibleName(words("CA_MEANS", head=head))
        combo.currentIndexChanged.connect(self._on_meaning)
        return combo

    def _on_meaning(self, _index: int) -> None:
        for number, combo in enumerate(self.combos):
            item = self.table.item(number, SURE)
            if combo is self.sender() and item is not None:
                item.setText(self.words("AUDIT_SURE_given"))
        self.update_ready()

    # -- what the columns mean -------------------------------------------------------------------------------------

    @property
    def columns(self) -> ColumnMap | None:
        """What the columns mean as they are shown."""
        proposal = self._proposal()
        if proposal is None:
            return None
        targets = tuple(str(combo.currentData()) for combo in self.combos)
        return replace(proposal.map, targets=targets)

    def _fault(self) -> str:
        """Return why the list cannot be read so, or nothing."""
        columns, words = self.columns, self.words
        if columns is None:
            return words("UI_READING")
        form = self._form_set.form(columns.form)
        used = Counter(target for target in columns.targets if target)
        twice = next((target for target, times in used.items() if times > 1), "")
        if twice:
            field = (
                words("AUDIT_UNIT")
                if twice == UNIT
                else form.field_by_id(twice).label.get(words.language)
            )
            return words("CA_TWICE", field=field)
        if not used[form.title]:
            field = form.field_by_id(form.title).label.get(words.language)
            return words("CA_NO_NAME_YET", field=field)
        return ""

    def update_ready(self) -> None:
        """Say beside the button why it cannot be pressed."""
        super().update_ready()
        fault, columns = self._fault(), self.columns
        unit = columns is not None and UNIT in columns.targets
        hint = "" if unit or self.department.currentData() else self.words("CA_NO_UNIT_YET")
        self.problem.setText(fault or hint)
        self.save.setEnabled(not fault)

    def ready(self) -> bool:
        """Say whether the list can be read."""
        return not self._fault()

    def act(self) -> None:
        """Read it into the ledger."""
        proposal, columns = self._proposal(), self.columns
        if proposal is not None and columns is not None:
            self._desk.take(
                self._path, proposal.number, columns, str(self.department.currentData()),
                self, self._on_taken, self.fail,
            )  # fmt: skip

    def _on_taken(self, taken: ListTaken) -> None:
        self.taken.emit(taken)
        self.accept()

    # -- a mapping as a file ---------------------------------------------------------------------------------------

    def _on_load(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, self.words("CA_LOAD_MAP"), str(self._path.parent), self._filter
        )
        if name:
            self.load_map(Path(name))

    def load_map(self, path: Path) -> None:
        """Let a file say what the columns mean."""
        self._desk.look_by_map(self._path, path, self, self._on_looked, self.fail)

    def _on_save(self) -> None:
        target = self._path.with_suffix(MAP_SUFFIX)
        name, _kind = QFileDialog.getSaveFileName(
            self, self.words("CA_SAVE_MAP"), str(target), self._filter
        )
        if name:
            self.save_map(Path(name))

    def save_map(self, path: Path) -> None:
        """Write what the columns mean as a file for others."""
        columns = self.columns
        if columns is not None:
            self._desk.save_map(path, columns, self, self._on_saved, self.fail)

    def _on_saved(self, _done: None) -> None:
        self.problem.setText(self.words("CA_MAP_SAVED"))

    @property
    def _filter(self) -> str:
        return f"{self.words('CA_MAP_FILES')} (*{MAP_SUFFIX})"


def _padded(combo: QuietCombo) -> QWidget:
    """Return a combo box with some room around it, as the cell of a table."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 4, 8, 4)
    column.addWidget(combo)
    return holder
