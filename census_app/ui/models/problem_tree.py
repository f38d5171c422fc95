"""All problems of a workspace as a tree: a line for each rule and field with its count, below it every record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from typing_extensions import override

from census_app.domain.findings import Finding, Severity
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
FINDINGS_ROLE = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one rule about one field of one form; all of one weight."""

    rule: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that speaks for the group."""
        return self.findings[0]


class ProblemTreeModel(QAbstractItemModel):
    """Groups with all their findings; nothing is cut off, children are made when looked at."""

    def __init__(self, context: Context, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._words = words
        self.groups: list[Group] = []

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show other groups."""
        self.beginResetModel()
        self.groups = list(groups)
        self.endResetModel()

    def findings_at(self, index: Index) -> tuple[Finding, ...]:
        """Return the findings of a line: one, or all of a group."""
        found = index.data(FINDINGS_ROLE)
        return found if isinstance(found, tuple) else ()

    @override
    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    @override
    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]
        above = int(index.internalId()) if index.isValid() else 0
        return self.createIndex(above - 1, 0, 0) if above else QModelIndex()

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        if not parent.isValid():
            return len(self.groups)
        if parent.internalId() or parent.column() > 0:
            return 0
        return len(self.groups[parent.row()].findings)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 2

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._words("UI_PROBLEM_WHAT" if section == 0 else "UI_PROBLEM_COUNT")
        if role == Qt.ItemDataRole.TextAlignmentRole and section == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        above = int(index.internalId())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if above:
            return self._of_finding(self.groups[above - 1], index.row(), index.column(), role)
        return self._of_group(self.groups[index.row()], index.column(), role)

    def _of_group(self, group: Group, column: int, role: int) -> object:
        if role == FINDINGS_ROLE:
            return group.findings
        if column == 1:
            return str(len(group.findings)) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._group_text(group)
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(*_symbol(group.first), 14)
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(theme.TABLE_PX, bold=True)
        return None

    def _group_text(self, group: Group) -> str:
        form = self._context.form_set.form(group.first.form)
        field = form.field_by_id(group.first.fields[0])
        language = self._words.language
        parts = [form.label.get(language), field.label.get(language), self._rule(group.first)]
        if group.first.explanation is not None:
            parts.append(self._words("UI_ROW_EXPLAINED"))
        return " · ".join(parts)

    def _rule(self, finding: Finding) -> str:
        """Return the rule's number; a generic check that no rule reports has a word instead."""
        if finding.rule.lower() != finding.check:
            return finding.rule
        return self._words(f"UI_CHECK_{finding.rule}")

    def _of_finding(self, group: Group, row: int, column: int, role: int) -> object:
        finding = group.findings[row]
        if role == FINDINGS_ROLE:
            return (finding,)
        if column == 1:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            told = sentence(finding, self._context)
            name = finding.title or self._words("UI_UNNAMED")
            if role == Qt.ItemDataRole.ToolTipRole:
                return f"{name}\n{told.what}\n{told.remedy}".strip()
            return f"{name}：{told.what}{self._reason(finding)}"
        if role == Qt.ItemDataRole.ForegroundRole and finding.explanation is not None:
            return QColor(theme.tokens().text_2)
        return None

    def _reason(self, finding: Finding) -> str:
        """Return the reason of a warning and what the coordinator said of it, in brackets."""
        parts = [finding.explanation] if finding.explanation else []
        if finding.verdict:
            accepted = finding.verdict == "accepted"
            parts.append(self._words("UI_ROW_ACCEPTED" if accepted else "UI_ROW_REFUSED"))
        return f"（{' · '.join(parts)}）" if parts else ""


def _symbol(finding: Finding) -> tuple[Icon, str]:
    colours = theme.tokens()
    if finding.explanation is not None:
        return Icon.CHECK, colours.good
    if finding.severity is Severity.WARNING:
        return Icon.ALERT, colours.warn
    if finding.severity is Severity.NOTICE:
        return Icon.INFO, colours.accent
    return Icon.ERROR, colours.bad
