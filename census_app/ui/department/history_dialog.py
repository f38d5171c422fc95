"""The history of the whole file: filtered and paged in SQL, values and deleted records brought back, exported."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.changes import Origin
from census_app.domain.history import HistoryQuery, RemovedRecord
from census_app.domain.records import RecordId
from census_app.services.journalling import (
    HistoryLine,
    JournalWritten,
    day_bounds,
    export_journal,
    search,
    tell,
    telling,
)
from census_app.services.lookup import context_for
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.restoring import restore_record
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.record_table import Column, RecordTableModel, TableRow
from census_app.ui.models.text_table import Heading, TextTableModel
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS: Final = 250
CHANGES, REMOVED = range(2)
_COLUMNS: Final = (
    ("at", "JOURNAL_AT", 128), ("actor", "JOURNAL_ACTOR", 84), ("origin", "JOURNAL_ORIGIN", 84),
    ("record", "JOURNAL_RECORD", 200), ("what", "JOURNAL_WHAT", 150), ("before", "JOURNAL_BEFORE", 158),
    ("after", "JOURNAL_AFTER", 158), ("note", "UI_HISTORY_NOTE", 0),
)  # fmt: skip


class HistoryDialog(QDialog):
    """All changes, and the records that were deleted.

    Signals:
        go_wanted: form, record and field to show.
        back_wanted: `HistoryRow` whose former value shall come back.
    """

    go_wanted = Signal(str, str, str)
    back_wanted = Signal(object)

    def __init__(
        self,
        session: WorkspaceSession,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._words, self._preferences = session, words, preferences
        self._lines: dict[int, HistoryLine] = {}
        self._removed: list[RemovedRecord] = []
        self._asked = 0
        self.setWindowTitle(words("UI_HISTORY_TITLE"))
        self.resize(1160, 620)
        columns = [Column(name, words(code), width=width) for name, code, width in _COLUMNS]
        self.model = RecordTableModel(columns, words, self)
        self.table = self._make_table()
        self.removed_model = TextTableModel(
            [Heading(words(code), width) for code, width in
             (("JOURNAL_RECORD", 0), ("JOURNAL_FORM", 140), ("JOURNAL_AT", 128), ("JOURNAL_ACTOR", 110),
              ("JOURNAL_REASON", 260), ("UI_HISTORY_WITH", 110))], self,
        )  # fmt: skip
        self.removed_table = self._make_removed_table()
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words("UI_HISTORY_TITLE"))
        for code in ("UI_HISTORY_CHANGES", "UI_HISTORY_DELETED"):
            self.tabs.addTab(words(code))
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addLayout(self._filters())
        self._fill_stack()
        column.addWidget(self._stack, 1)
        column.addLayout(self._buttons())
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._connect()
        self.refresh()
        self._read_choices()

    # -- building --------------------------------------------------------------------------------------------------

    def _fill_stack(self) -> None:
        words = self._words
        self._nothing = page.EmptyState(words("UI_HISTORY_NONE"), (), Icon.HISTORY)
        self._none_removed = page.EmptyState(words("UI_HISTORY_NONE_DELETED"), (), Icon.HISTORY)
        for each in (self.table, self.removed_table, self._nothing, self._none_removed):
            self._stack.addWidget(each)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        prepare_table(table, self._words("UI_HISTORY_TITLE"), compact=True)
        head = table.horizontalHeader()
        head.setStretchLastSection(True)
        for number, (_name, _code, width) in enumerate(_COLUMNS):
            if width:
                head.resizeSection(number, width)
        return table

    def _make_removed_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.removed_model)
        prepare_table(table, self._words("UI_HISTORY_DELETED"), compact=True)
        head = table.horizontalHeader()
        for number, heading in enumerate(self.removed_model.headings):
            if heading.width:
                head.resizeSection(number, heading.width)
            else:
                head.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        return table

    def _filters(self) -> QHBoxLayout:
        words = self._words
        self.person, self.day, self.origin, self.form = (QuietCombo() for _ in range(4))
        for combo, code in (
            (self.person, "UI_HISTORY_ANYBODY"),
            (self.day, "UI_HISTORY_ANY_DAY"),
            (self.origin, "UI_HISTORY_ANY_ORIGIN"),
            (self.form, "UI_PROBLEM_ALL_FORMS"),
        ):
            combo.addItem(words(code), "")
            combo.setAccessibleName(words(code))
        for origin in Origin:
            self.origin.addItem(words(f"ORIGIN_{origin.name}"), origin.value)
        for form in self._session.form_set.forms:
            self.form.addItem(form.label.get(words.language), form.id)
        self.text = QLineEdit()
        self.text.setPlaceholderText(words("UI_HISTORY_SEARCH"))
        self.text.setAccessibleName(words("UI_HISTORY_SEARCH"))
        self.text.setClearButtonEnabled(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        for each in (self.person, self.day, self.origin, self.form):
            row.addWidget(each)
        row.addWidget(self.text, 1)
        return row

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        self.note = page.label("", "hint")
        self.export = page.button(words("UI_HISTORY_EXPORT"), self._on_export, symbol=Icon.EXPORT)
        self.back = page.button(words("UI_HISTORY_BACK_VALUE"), self._on_back, symbol=Icon.UNDO)
        self.restore = page.button(words("UI_HISTORY_RESTORE"), self._on_restore, "primary")
        self.go = page.button(words("UI_GO"), self._on_go, "primary", Icon.TARGET)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.note)
        row.addStretch(1)
        for each in (self.export, self.back):
            row.addWidget(each)
        row.addWidget(page.button(words("UI_CLOSE"), self.reject))
        for each in (self.restore, self.go):
            row.addWidget(each)
        return row

    def _connect(self) -> None:
        self.model.page_wanted.connect(self._on_page)
        self._timer.timeout.connect(self.refresh)
        self.text.textChanged.connect(self._on_text)
        for combo in (self.person, self.day, self.origin, self.form):
            combo.currentIndexChanged.connect(self._on_filter)
        self.tabs.currentChanged.connect(self._on_tab)
        self.table.selectionModel().currentChanged.connect(self._on_current)
        self.removed_table.selectionModel().currentChanged.connect(self._on_current)
        self.table.doubleClicked.connect(self._on_go)
        self.removed_table.doubleClicked.connect(self._on_restore)
        self._session.records_changed.connect(self._on_changed)

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def query(self) -> HistoryQuery:
        """What the person wants to see."""
        day = str(self.day.currentData() or "")
        chosen = dt.date.fromisoformat(day) if day else None
        since, until = day_bounds(chosen, chosen)
        return HistoryQuery(
            person=str(self.person.currentData() or ""),
            since=since,
            until=until,
            origin=str(self.origin.currentData() or ""),
            form=str(self.form.currentData() or ""),
            text=self.text.text().strip(),
        )

    @property
    def waiting(self) -> bool:
        """Whether what is typed is not yet searched for."""
        return self._timer.isActive()

    def refresh(self) -> None:
        """Ask for what is wanted now; an answer that comes too late is dropped."""
        self._timer.stop()
        query, form_set = self.query, self._session.form_set
        self._asked += 1
        asked = self._asked

        def work(
            store: WorkspaceStore, _progress: Progress
        ) -> tuple[array[int], list[RemovedRecord]]:
            return store.history_keys(search(query, form_set)), store.removed_records()

        def done(found: tuple[array[int], list[RemovedRecord]]) -> None:
            if asked == self._asked:
                self._show(*found)

        self._session.ask(work, self, done)

    def _read_choices(self) -> None:
        def work(store: WorkspaceStore, _progress: Progress) -> tuple[list[str], list[str]]:
            hours = store.history_hours()
            days = {
                dt.datetime.fromisoformat(f"{h}:00:00+00:00").astimezone().date() for h in hours
            }
            return store.history_people(), [d.isoformat() for d in sorted(days, reverse=True)]

        self._session.ask(work, self, self._on_choices)

    def _on_choices(self, found: tuple[list[str], list[str]]) -> None:
        _add(self.person, found[0])
        _add(self.day, found[1])

    def _show(self, keys: array[int], removed: list[RemovedRecord]) -> None:
        words = self._words
        self._lines.clear()
        self.model.set_keys(keys)
        self._removed = removed
        labels = {f.id: f.label.get(words.language) for f in self._session.form_set.forms}
        self.removed_model.show_rows(
            [
                (r.title or words("UI_UNNAMED"), labels.get(r.form, r.form), words.moment(r.at), r.actor,
                 r.reason, str(r.children) if r.children else "")
                for r in removed
            ]
        )  # fmt: skip
        self.tabs.setTabText(REMOVED, f"{words('UI_HISTORY_DELETED')} {len(removed) or ''}".strip())
        if len(keys):
            self.table.setCurrentIndex(self.model.index(0, 0))
        if removed:
            self.removed_table.setCurrentIndex(self.removed_model.index(0, 0))
        self._on_tab(self.tabs.currentIndex())

    def _on_page(self, number: int) -> None:
        generation, keys = self.model.generation, self.model.page_keys(number)
        language = self._words.language

        def work(store: WorkspaceStore, _progress: Progress) -> list[HistoryLine]:
            context = context_for(store, language)
            return [tell(row, context) for row in store.history_rows(keys)]

        def arrived(lines: list[HistoryLine]) -> None:
            if generation == self.model.generation:
                self._lines |= {line.row.key: line for line in lines}
                self.model.put_page(generation, number, [self._row(line) for line in lines])
                self._on_current()

        self._session.ask(work, self, arrived)

    def _row(self, line: HistoryLine) -> TableRow:
        words, row = self._words, line.row
        named = " › ".join(filter(None, (row.owner_title, row.title)))
        notes = [words("HISTORY_UNDONE")] if row.undone else []
        notes += [row.reason] if row.reason and row.kind != "explanation" else []
        texts = {
            "at": words.moment(row.at),
            "actor": row.actor,
            "origin": line.origin,
            "record": named or ("" if row.kind == "step" else words("UI_UNNAMED")),
            "what": line.what,
            "before": line.before,
            "after": line.after,
            "note": " · ".join([*notes, *([line.sentence] if telling(line) else [])]),
        }
        return TableRow(row.key, RecordId(row.record or "-"), texts)

    # -- events ----------------------------------------------------------------------------------------------------

    @property
    def current(self) -> HistoryLine | None:
        """The line that is chosen, once it is here."""
        index = self.table.currentIndex()
        if not index.isValid() or index.row() >= self.model.total:
            return None
        return self._lines.get(self.model.key_at(index.row()))

    def _on_current(self) -> None:
        line = self.current
        changes = self.tabs.currentIndex() == CHANGES
        there = line is not None and not line.row.gone and bool(line.row.record)
        self.go.setEnabled(there)
        self.back.setEnabled(there and line is not None and line.row.kind == "field")
        self.restore.setEnabled(not changes and self.removed_table.currentIndex().isValid())

    def _on_tab(self, index: int) -> None:
        words, changes = self._words, index == CHANGES
        if changes:
            shown: QWidget = self.table if self.model.total else self._nothing
            note = words("UI_HISTORY_COUNT", count=words.count(self.model.total))
        else:
            shown = self.removed_table if self._removed else self._none_removed
            note = words("UI_HISTORY_RESTORE_TIP") if self._removed else ""
        self._stack.setCurrentWidget(shown)
        self.note.setText(note)
        for each in (self.person, self.day, self.origin, self.form, self.text, self.go, self.back):
            each.setVisible(changes)
        self.export.setVisible(changes)
        self.restore.setVisible(not changes)
        self._on_current()

    def _on_text(self, text: str) -> None:
        del text
        self._timer.start()

    def _on_filter(self, number: int) -> None:
        del number
        self.refresh()

    def _on_changed(self, forms: Sequence[str]) -> None:
        del forms
        self._timer.start()

    def _on_go(self, index: QModelIndex | None = None) -> None:
        del index
        line = self.current
        if line is not None and self.go.isEnabled():
            title = self._session.form_set.form(line.row.form).title
            self.go_wanted.emit(line.row.form, line.row.record, line.row.field or title)
            self.accept()

    def _on_back(self) -> None:
        line = self.current
        if line is not None:
            self.back_wanted.emit(line.row)

    def _on_restore(self, index: QModelIndex | None = None) -> None:
        del index
        row = self.removed_table.currentIndex().row()
        if not 0 <= row < len(self._removed):
            return
        record = self._removed[row].record
        session, services = self._session, self._session.services

        def work(_progress: Progress) -> object:
            return restore_record(session.store, record, actor=services.actor, clock=services.clock)

        forms = tuple(f.id for f in session.form_set.forms)
        session.change(work, forms, self, self._on_restored)

    def _on_restored(self, done: object) -> None:
        del done
        self.refresh()

    def _on_export(self) -> None:
        words = self._words
        folder = self._preferences.text("journal_folder") or str(Path.home())
        stem = f"{self._session.facts.department_name}-{words('JOURNAL_SHEET')}"
        kinds = f"{words('UI_HISTORY_XLSX')} (*.xlsx);;{words('UI_HISTORY_CSV')} (*.csv)"
        name, kind = QFileDialog.getSaveFileName(
            self, words("UI_HISTORY_EXPORT"), str(Path(folder) / f"{stem}.xlsx"), kinds
        )
        if name:
            suffix = ".csv" if kind.endswith("(*.csv)") else ".xlsx"
            path = Path(name)
            self.write(
                path
                if path.suffix.lower() in {".csv", ".xlsx"}
                else path.with_name(path.name + suffix)
            )

    def write(self, path: Path) -> None:
        """Write what is filtered to a file."""
        self._preferences.remember_text("journal_folder", str(path.parent))
        query, form_set, language = self.query, self._session.form_set, self._words.language

        def work(store: WorkspaceStore, progress: Progress) -> JournalWritten:
            context = context_for(store, language)
            return export_journal(store, path, context, search(query, form_set), progress)

        self._session.ask(work, self, self._on_written, title=self._words("UI_HISTORY_EXPORT"))

    def _on_written(self, done: JournalWritten) -> None:
        text = self._words(
            "UI_HISTORY_WRITTEN", name=done.path.name, count=self._words.count(done.lines)
        )
        self.note.setText(text)


def _add(combo: QComboBox, texts: Sequence[str]) -> None:
    for text in texts:
        combo.addItem(text, text)
