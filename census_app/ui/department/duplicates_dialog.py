"""Possible duplicates side by side: what differs, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QListView,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId
from census_app.formspec.types import format_value
from census_app.services.deduplicating import (
    Comparison,
    Similar,
    about_names,
    compare,
    keep_apart,
    similar,
)
from census_app.services.progress import Progress
from census_app.ui.department.removal import Removal
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import ReasonDialog
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words

_MEMBER_WIDTH: Final = 220
_FIELD_WIDTH: Final = 168


class DuplicatesDialog(QDialog):
    """Groups at the left, the records of the chosen one side by side at the right.

    Args:
        record: The group of this record is shown first.

    Signals:
        record_wanted: id of a record the person wants to see in its form; the dialog is closed.
    """

    record_wanted = Signal(str)

    def __init__(
        self,
        form: str,
        session: WorkspaceSession,
        words: Words,
        parent: QWidget | None = None,
        record: str = "",
    ) -> None:
        super().__init__(parent)
        self._form = session.form_set.form(form)
        self._session, self._words = session, words
        self._wanted = record
        self._groups: list[Similar] = []
        self._shown: list[Similar] = []
        self._comparison: Comparison | None = None
        self._removal = Removal(self, session, words)
        label = (self._form.plural or self._form.label).get(words.language)
        self.setWindowTitle(words("UI_ALIKE_TITLE", form=label))
        self.resize(1120, 600)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_ALIKE_TIP"), "text2", wrap=True))
        column.addWidget(self._sides(), 1)
        column.addLayout(self._buttons())
        self._removal.removed.connect(self._on_changed)
        session.undo_changed.connect(self._on_changed)
        self.read()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _sides(self) -> QSplitter:
        words = self._words
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.setChildrenCollapsible(False)
        sides.setHandleWidth(12)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._count = page.label("", "hint")
        column.addWidget(self._count)
        self.list = QListView()
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(words("UI_ALIKE_GROUPS"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._names = QStringListModel(self)
        self.list.setModel(self._names)
        self.list.selectionModel().currentChanged.connect(self._on_group)
        column.addWidget(self.list, 1)
        self.decided = QCheckBox(words("UI_ALIKE_DECIDED"))
        self.decided.toggled.connect(self._show_groups)
        column.addWidget(self.decided)
        sides.addWidget(left)
        self._right = QWidget()
        self._column = QVBoxLayout(self._right)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._note = page.label("", "hint", wrap=True)
        self._column.addWidget(self._note)
        self.table = text_table(TextTableModel(()), words("UI_ALIKE_TABLE"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectColumns)
        self._column.addWidget(self.table, 1)
        sides.addWidget(self._right)
        sides.setSizes([344, 716])
        sides.setStretchFactor(1, 1)
        return sides

    def _buttons(self) -> QHBoxLayout:
        words, row = self._words, QHBoxLayout()
        row.setSpacing(8)
        self.apart_button = page.button(words("UI_ALIKE_APART"), self._on_apart)
        self.open_button = page.button(words("UI_ALIKE_OPEN"), self._on_open)
        self.delete_button = page.button(words("UI_ALIKE_DELETE"), self._on_delete)
        for each in (self.apart_button, self.open_button, self.delete_button):
            row.addWidget(each)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CLOSE"), self.reject, "primary"))
        return row

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the groups anew."""
        form = self._form.id
        self._session.ask(lambda store, _p: similar(store, form), self, self._on_groups)

    def _on_groups(self, groups: list[Similar]) -> None:
        self._groups = groups
        self._show_groups()

    def _show_groups(self) -> None:
        words = self._words
        waiting = [g for g in self._groups if g.apart is None]
        before = self.current
        self._shown = self._groups if self.decided.isChecked() else waiting
        self._count.setText(words("UI_ALIKE_COUNT", count=len(waiting)))
        self.decided.setVisible(len(waiting) < len(self._groups))
        lines = []
        for each in self._shown:
            like = words(f"LIKE_{each.group.likeness.value.upper()}")
            told = words(
                "UI_ALIKE_LINE",
                like=like, name=each.group.members[0][1], count=len(each.group.members),
            )  # fmt: skip
            lines.append(told if each.apart is None else f"✓ {told}")
        self._comparison = None
        self._names.setStringList(lines)
        row = self._row_to_show(before)
        self._right.setVisible(row >= 0)
        if row >= 0:
            self.list.setCurrentIndex(self._names.index(row))
        self._show_acts()

    def _row_to_show(self, before: Similar | None) -> int:
        if self._wanted:
            row = next((n for n, g in enumerate(self._shown) if self._wanted in g.group.ids), -1)
            self._wanted = ""
            if row >= 0:
                return row
        if before is not None:
            for row, each in enumerate(self._shown):
                if (each.group.likeness, each.group.key) == (
                    before.group.likeness,
                    before.group.key,
                ):
                    return row
        return 0 if self._shown else -1

    @property
    def current(self) -> Similar | None:
        """The group that is chosen."""
        row = self.list.currentIndex().row()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    @property
    def record(self) -> RecordId:
        """The record whose column is chosen, the first one at the beginning; empty when there is none."""
        if self._comparison is None or not self._comparison.records:
            return RecordId("")
        column = max(1, self.table.currentIndex().column())
        return self._comparison.records[min(column, len(self._comparison.records)) - 1]

    def _on_group(self) -> None:
        found = self.current
        self._comparison = None
        if found is not None:
            asked = found

            def compared(told: Comparison) -> None:
                if self.current is asked:
                    self._show_comparison(asked, told)

            self._session.ask(lambda store, _p: compare(store, asked), self, compared)

    def _show_comparison(self, found: Similar, told: Comparison) -> None:
        words, context = self._words, self._session.context
        self._comparison = told
        names = dict(found.group.members)
        headings = [Heading(words("UI_COL_FIELD"), _FIELD_WIDTH)]
        headings += [
            Heading(names.get(r, "") or words("UI_UNNAMED"), _MEMBER_WIDTH) for r in told.records
        ]
        rows: list[Sequence[Cell | str]] = []
        for field in told.differing:
            label = Cell(field.label.get(words.language), tone="text_2")
            texts = [format_value(v.get(field.id), field, context) or "—" for v in told.values]
            rows.append([label, *texts])
        for child in self._session.form_set.children_of(self._form.id)[:1]:
            title = (child.plural or child.label).get(words.language)
            counts = [words.count(n) for n in told.children]
            rows.append([Cell(title, tone="text_2"), *counts])
        model = TextTableModel(headings, self)
        model.show_rows(rows)
        before = self.table.model()
        self.table.setModel(model)
        before.deleteLater()
        room = self.table.viewport().width() - _FIELD_WIDTH
        width = max(_MEMBER_WIDTH, room // max(1, len(told.records)))
        for number in range(len(headings)):
            self.table.setColumnWidth(number, width if number else _FIELD_WIDTH)
        self.table.selectionModel().currentChanged.connect(self._show_acts)
        self.table.setCurrentIndex(model.index(0, 1))
        self._note.setText(self._about(found, told))
        self._show_acts()

    def _about(self, found: Similar, told: Comparison) -> str:
        words = self._words
        if found.apart is not None:
            return words("UI_ALIKE_IS_APART", reason=found.apart)
        if self._is_error(found):
            return words("UI_ALIKE_IS_ERROR")
        same = len(self._form.stored_fields) - len(told.differing)
        return words("UI_ALIKE_DIFFERS", count=len(told.differing), same=same)

    def _known(self, found: Similar) -> list[Finding]:
        """Return what is known of the names of a group: findings of rules that look at several records."""
        problems, form = self._session.problems, self._form.id
        known = [f for i in found.group.ids for f in problems.of_record(form, RecordId(i))]
        return about_names(self._session.store, found, known)

    def _is_error(self, found: Similar) -> bool:
        return any(f.severity is Severity.ERROR for f in self._known(found))

    # -- acts ------------------------------------------------------------------------------------------------------

    def _show_acts(self) -> None:
        found, record = self.current, self.record
        name = dict(found.group.members).get(record, "") if found is not None else ""
        shown = name if len(name) <= 16 else name[:15] + "…"
        self.apart_button.setEnabled(
            found is not None and found.apart is None and not self._is_error(found)
        )
        self.open_button.setText(self._words("UI_ALIKE_OPEN_ONE", name=shown))
        self.delete_button.setText(self._words("UI_ALIKE_DELETE_ONE", name=shown))
        for each in (self.open_button, self.delete_button):
            each.setEnabled(bool(record))

    def _on_open(self) -> None:
        record = self.record
        self.accept()
        self.record_wanted.emit(record)

    def _on_delete(self) -> None:
        found, record = self.current, self.record
        if found is None or not record:
            return
        other = next((name for i, name in found.group.members if i != record), "")
        reason = self._words("UI_ALIKE_REASON", name=other)
        self._removal.start_records(self._form.id, [record], reason)

    def _on_apart(self) -> None:
        found, words = self.current, self._words
        if found is None:
            return
        heading = words("UI_ALIKE_ASK", name=found.group.members[0][1])
        asked = ReasonDialog(
            words, heading, words("UI_ALIKE_ASK_TIP"), words("UI_ALIKE_APART"), self
        )
        if asked.exec() == QDialog.DialogCode.Accepted:
            self._keep_apart(found, asked.reason)
        asked.deleteLater()

    def _keep_apart(self, found: Similar, reason: str) -> None:
        session, findings = self._session, self._known(found)
        services, store = session.services, session.store

        def work(_progress: Progress) -> None:
            keep_apart(store, found, reason, findings, actor=services.actor, clock=services.clock)

        session.change(work, (), self, self._on_changed)

    def _on_changed(self, done: object) -> None:
        del done
        self.read()
