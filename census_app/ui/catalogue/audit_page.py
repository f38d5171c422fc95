"""The audit page: the audit office's lists beside the catalogue, group by group; coverage; the sampling list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.audit import GROUPS
from census_app.domain.corrections import Owner
from census_app.formats.sheets import TEXT_SUFFIXES
from census_app.services.audit_acts import OutcomesSaid
from census_app.services.audit_lists import ListTaken
from census_app.services.audit_results import Comparison, Entry
from census_app.services.audit_sheets import rules_of
from census_app.services.deciding import MINIMUM_REASON
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.ui.catalogue.act_dialog import RemarkDialog
from census_app.ui.catalogue.audit_dialogs import (
    MatchDialog,
    OutcomeDialog,
    TakenListDialog,
    UnitsDialog,
)
from census_app.ui.catalogue.audit_import_dialog import AuditImportDialog
from census_app.ui.catalogue.audit_session import AuditDesk, AuditShown
from census_app.ui.catalogue.audit_tabs import CoverageTab, EntriesTab, SampleTab
from census_app.ui.catalogue.audit_words import list_title, said_places, strange_text
from census_app.ui.catalogue.inbox import local_paths
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.writing import writes
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SUFFIXES: Final = (".xlsx", ".xlsm", ".xls", *TEXT_SUFFIXES)
COVERAGE, SAMPLE = len(GROUPS), len(GROUPS) + 1
_FOLDER: Final = "audit_folder"


class AuditPage(QWidget):
    """Five groups, the coverage and the sampling list in tabs over one comparison.

    Signals:
        notice: A sentence about what just happened, for the window.
        record_wanted: the `Owner`, to be shown in the catalogue.
        guide_changed: What stands beside the page's name in the guide has changed.
    """

    notice = Signal(str)
    record_wanted = Signal(object)
    guide_changed = Signal()

    def __init__(
        self, session: CatalogueSession, desk: AuditDesk, words: Words, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._desk = session, desk
        self._words, self._preferences = words, preferences
        self._stale = True
        self._filling = False
        self._wanted = ""
        self.shown: AuditShown | None = None
        self.lists = QuietCombo()
        self.groups = {group: EntriesTab(group, words) for group in GROUPS}
        self.coverage = CoverageTab(words)
        self.sample = SampleTab(words)
        self.tabs = QTabWidget()
        self.strange = page.label("", "hint", wrap=True)
        self.units = writes(page.button(words("CA_UNITS"), self.open_units, "link"))
        self.read_button = writes(
            page.button(words("CA_READ"), self.choose_file, "primary", Icon.IMPORT)
        )
        self.export = page.button(words("CA_EXPORT"), self._on_export, symbol=Icon.EXPORT)
        self.withdraw = writes(page.button(words("CA_WITHDRAW"), self._on_withdraw, "link"))
        self.head = page.PageHead(words("CA_AUDIT"), [self.export, self.read_button])
        self.remark: RemarkDialog | None = None
        self._undoing: list[str] = []
        self._stack = QStackedWidget()
        self.setAcceptDrops(True)
        self._build()
        self._connect()

    # -- what the window uses --------------------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Let the person choose a list and read it."""
        words = self._words
        kinds = f"{words('UI_EXCEL_FILES')} ({' '.join('*' + s for s in SUFFIXES)})"
        name, _kind = QFileDialog.getOpenFileName(
            self, words("CA_READ"), self._preferences.text(_FOLDER), kinds
        )
        if name:
            self.read_file(Path(name))

    def read_file(self, path: Path) -> None:
        """Show what the columns of a list are taken for."""
        self._preferences.remember_text(_FOLDER, str(path.parent))
        state = self._session.state
        roster = state.roster if state is not None else ()
        dialog = AuditImportDialog(self._desk, path, roster, self._words, self.window())
        dialog.taken.connect(self._on_taken)
        dialog.open()

    def guide_note(self) -> str:
        """Return how much waits for somebody, as far as it is known."""
        comparison = self.shown.comparison if self.shown is not None else None
        waiting = comparison.open if comparison is not None else 0
        return self._words("CA_NOTE", count=waiting) if waiting else ""

    def writing_controls(self) -> Sequence[QWidget]:
        """Return what is disabled for who may only read."""
        return (self.read_button,)

    def show_sample(self) -> None:
        """Show the sampling list, which needs no list of the audit office."""
        self._stack.setCurrentIndex(0)
        self.tabs.setCurrentIndex(SAMPLE)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        label = page.label(words("CA_LIST"), "label")
        label.setBuddy(self.lists)
        self.lists.setAccessibleName(words("CA_LIST"))
        self.lists.setMinimumWidth(420)
        row.addWidget(label)
        row.addWidget(self.lists)
        row.addWidget(self.withdraw)
        row.addStretch(1)
        self.tabs.setAccessibleName(words("CA_TABS"))
        self.tabs.tabBar().setAccessibleName(words("CA_TABS"))
        for group, tab in self.groups.items():
            self.tabs.addTab(tab, words("CA_TAB", group=words(f"AUDIT_GROUP_{group}"), count=0))
        self.tabs.addTab(self.coverage, words("CA_TAB_COVERAGE"))
        self.tabs.addTab(self.sample, words("CA_TAB_SAMPLE"))
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        inner.addLayout(row)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.strange, 1)
        below.addWidget(self.units, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(below)
        inner.addWidget(self.tabs, 1)
        self._stack.addWidget(content)
        self._stack.addWidget(
            page.EmptyState(
                words("CA_NOTHING"),
                [(words("CA_SAMPLE_ONLY"), self.show_sample)],
                Icon.SCALES,
                words("CA_NOTHING_TIP"),
                primary=False,
            )
        )
        self._stack.addWidget(page.reading_state(words))
        self._stack.setCurrentIndex(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        self.export.setEnabled(False)

    def _connect(self) -> None:
        self._session.loaded.connect(self._on_loaded)
        self._desk.shown.connect(self._on_shown)
        self.lists.currentIndexChanged.connect(self._on_list)
        self.tabs.currentChanged.connect(self._on_tab)
        for tab in self.groups.values():
            tab.same_wanted.connect(self._on_same)
            tab.other_wanted.connect(self._on_other)
            tab.choose_wanted.connect(self._on_choose)
            tab.outcome_wanted.connect(self._on_outcome)
            tab.undo_wanted.connect(self._on_undo)
            tab.record_wanted.connect(self._on_record)

    # -- showing ---------------------------------------------------------------------------------------------------

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self._session.state is not None:
            self._read()

    def _on_loaded(self, _state: CatalogueState) -> None:
        self._stale = True
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        self._stale = False
        self._desk.read(self._wanted)

    def _on_list(self, _index: int) -> None:
        if not self._filling:
            self._wanted = str(self.lists.currentData() or "")
            self._read()

    def _on_shown(self, shown: AuditShown) -> None:
        words, comparison = self._words, shown.comparison
        self.shown = shown
        self._filling = True
        self.lists.clear()
        for each in reversed(shown.lists):
            self.lists.addItem(list_title(each, words), each.id)
        if comparison is not None:
            self.lists.setCurrentIndex(self.lists.findData(comparison.list.id))
            self._show_comparison(comparison)
        self._filling = False
        self.sample.rules = rules_of(shown.sample, words.language)
        self.sample.show_rows(shown.sample.departments)
        self._set_empty(comparison is None)
        incomplete = words("CA_INCOMPLETE", count=shown.incomplete) if shown.incomplete else ""
        opened = words("CA_NOTE", count=comparison.open) if comparison is not None else ""
        self.head.set_note(incomplete or opened)
        self.guide_changed.emit()

    def _set_empty(self, empty: bool) -> None:
        """Without a list there is the sampling list alone."""
        # Disabling a tab lets another one take its place, so what is shown is asked before.
        sampling = self._stack.currentIndex() == 0 and self.tabs.currentIndex() == SAMPLE
        begun = not empty and not self.tabs.isTabEnabled(0)
        for number in range(SAMPLE):
            self.tabs.setTabEnabled(number, not empty)
        if begun:
            self.tabs.setCurrentIndex(0)
        self.lists.setEnabled(not empty)
        self.withdraw.setEnabled(not empty)
        for odd in (self.strange, self.units):
            odd.setVisible(not empty and bool(self.strange.text()))
        self._stack.setCurrentIndex(0 if sampling or not empty else 1)
        self.export.setEnabled(sampling or not empty)

    def _show_comparison(self, comparison: Comparison) -> None:
        words = self._words
        for number, (group, tab) in enumerate(self.groups.items()):
            entries = sorted(comparison.of_group(group), key=lambda entry: not entry.open)
            tab.show_rows(entries)
            told = words(f"AUDIT_GROUP_{group}")
            self.tabs.setTabText(number, words("CA_TAB", group=told, count=len(entries)))
        self.coverage.show_rows(comparison.coverage)
        told = strange_text(comparison, words)
        self.strange.setText(told)
        self.strange.setVisible(bool(told))
        self.units.setVisible(bool(told))

    def _on_tab(self, index: int) -> None:
        code = "CA_EXPORT_SAMPLE" if index == SAMPLE else "CA_EXPORT"
        self.export.setText(self._words(code))
        self.export.setEnabled(self.lists.isEnabled() or index == SAMPLE)

    # -- acts ------------------------------------------------------------------------------------------------------

    def _on_taken(self, taken: ListTaken) -> None:
        words = self._words
        # The catalogue is read again after each change, and then this list is the one that is shown.
        self._wanted = taken.list.id
        code = "CA_AGAIN" if taken.again else "CA_TAKEN"
        told = words(code, rows=len(taken.list.rows))
        self.notice.emit(told)
        if taken.notes:
            TakenListDialog(words, told, taken, self.window()).open()

    def _on_same(self, entries: Sequence[Entry]) -> None:
        self._confirm(
            {e.row.number: e.kept.key for e in entries if e.row is not None and e.kept is not None}
        )

    def _on_other(self, entries: Sequence[Entry]) -> None:
        self._confirm({e.row.number: None for e in entries if e.row is not None})

    def _confirm(self, matches: dict[int, tuple[str, str]] | dict[int, None]) -> None:
        comparison = self.shown.comparison if self.shown is not None else None
        if comparison is not None and matches:
            report = self._session.runner.report
            known = self._session.seen
            self._desk.confirm(comparison.list.id, {**matches}, self, self._on_said, report, known)

    def _on_choose(self, entry: Entry) -> None:
        comparison = self.shown.comparison if self.shown is not None else None
        if comparison is not None:
            MatchDialog(self._desk, comparison, entry, self._words, self.window()).open()

    def _on_outcome(self, entries: Sequence[Entry]) -> None:
        comparison = self.shown.comparison if self.shown is not None else None
        if comparison is not None and entries:
            dialog = OutcomeDialog(
                self._desk, comparison.list.id, entries, self._words, self.window()
            )
            dialog.said.connect(self._on_outcomes)
            dialog.open()

    def _on_outcomes(self, said: OutcomesSaid) -> None:
        code = "CA_SAID_ASKED" if said.queries else "CA_SAID_DONE"
        self.notice.emit(self._words(code, count=len(said.decisions), asked=len(said.queries)))

    def _on_said(self, decisions: Sequence[object]) -> None:
        self.notice.emit(self._words("CA_MATCHED", count=len(decisions)))

    def _on_undo(self, entries: Sequence[Entry]) -> None:
        words = self._words
        self._undoing = [place for entry in entries for place in said_places(entry)]
        self.remark = RemarkDialog(
            words, words("CA_UNDO_TITLE", count=len(self._undoing)), words("CA_UNDO_WHY"),
            words("CA_UNDO_VERB"), words("UI_REASON"), self.window(), least=MINIMUM_LENGTH,
        )  # fmt: skip
        self.remark.accepted.connect(self._on_undo_agreed)
        self.remark.open()

    def _on_undo_agreed(self) -> None:
        comparison = self.shown.comparison if self.shown is not None else None
        if comparison is not None and self.remark is not None:
            self._desk.withdraw_said(
                comparison.list.id, self._undoing, self.remark.remark, self, self._on_undone,
                self._session.runner.report,
            )  # fmt: skip

    def _on_undone(self, decisions: Sequence[object]) -> None:
        self.notice.emit(self._words("CA_UNDONE", count=len(decisions)))

    def open_units(self) -> None:
        """Let the person say which departments the names in the list stand for."""
        comparison = self.shown.comparison if self.shown is not None else None
        if comparison is not None:
            dialog = UnitsDialog(self._desk, comparison, self._words, self.window())
            dialog.named.connect(self._on_named)
            dialog.open()

    def _on_named(self, decisions: Sequence[object]) -> None:
        self.notice.emit(self._words("CA_NAMED", count=len(decisions)))

    def _on_record(self, department: str, record: str) -> None:
        comparison = self.shown.comparison if self.shown is not None else None
        if comparison is not None:
            self.record_wanted.emit(Owner(department, comparison.list.form, record))

    def _on_withdraw(self) -> None:
        words = self._words
        self.remark = RemarkDialog(
            words, words("CA_WITHDRAW_TITLE"), words("CA_WITHDRAW_WHY"), words("CA_WITHDRAW_VERB"),
            words("UI_REASON"), self.window(), least=MINIMUM_REASON,
        )  # fmt: skip
        self.remark.accepted.connect(self._on_withdraw_agreed)
        self.remark.open()

    def _on_withdraw_agreed(self) -> None:
        comparison = self.shown.comparison if self.shown is not None else None
        if self.remark is not None and comparison is not None:
            reason, report = self.remark.remark, self._session.runner.report
            self._desk.withdraw(comparison.list.id, reason, self, self._on_withdrawn, report)

    def _on_withdrawn(self, _decision: object) -> None:
        self.notice.emit(self._words("CA_WITHDRAWN"))

    # -- files -----------------------------------------------------------------------------------------------------

    def _on_export(self) -> None:
        words = self._words
        sample = self.tabs.currentIndex() == SAMPLE
        stem = words("SAMPLE_SHEET") if sample else words("AUDIT_SHEET")
        folder = self._preferences.text(_FOLDER) or str(Path.home())
        kinds = f"{words('CA_XLSX')} (*.xlsx);;{words('CA_CSV')} (*.csv)"
        name, kind = QFileDialog.getSaveFileName(
            self, self.export.text(), str(Path(folder) / f"{stem}.xlsx"), kinds
        )
        if name:
            path = Path(name)
            known = path.suffix.lower() in {".xlsx", ".csv"}
            suffix = ".csv" if kind.endswith("(*.csv)") else ".xlsx"
            self.write(path if known else path.with_name(path.name + suffix))

    def write(self, path: Path) -> None:
        """Write what the shown tab belongs to: the comparison, or the sampling list."""
        shown, report = self.shown, self._session.runner.report
        if shown is None:
            return
        if self.tabs.currentIndex() == SAMPLE:
            self._desk.export_sample(shown.sample, path, self, self._on_written, report)
        elif shown.comparison is not None:
            self._desk.export_comparison(shown.comparison, path, self, self._on_written, report)

    def _on_written(self, path: Path) -> None:
        self.notice.emit(self._words("CA_WRITTEN", file=path.name))

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _lists(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = _lists(event)
        if paths:
            event.acceptProposedAction()
            self.read_file(paths[0])
        else:
            event.ignore()


def _lists(event: QDropEvent) -> list[Path]:
    return [path for path in local_paths(event) if path.suffix.lower() in SUFFIXES]
