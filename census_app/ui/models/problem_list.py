"""All problems of a workspace as one flat table: a line for each group, below an open one a line for each finding.

Flat, because a tree view asks the model about every child when it opens one: twenty thousand would be felt. A line is a
number; its words are made when it is painted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
)
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from typing_extensions import override

from census_app.domain.findings import Finding, Severity
from census_app.formspec.sentences import FindingText, sentence
from census_app.formspec.types import Context, format_value
from census_app.ui.department.problem_groups import BY_RECORD, BY_RULE, BY_SECTION, Group
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
WHAT, SAID, STANDS = range(3)
ARROW: Final = 14
GAP: Final = 8
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HEADS: Final = ("UI_PROBLEM_RECORD", "UI_PROBLEM_SAID", "UI_PROBLEM_STANDS")
_CACHED: Final = 2000


class ProblemListModel(QAbstractTableModel):
    """Groups with all their findings.

    Args:
        owner_title: Names the record that a child belongs to, or nothing.
    """

    def __init__(
        self,
        context: Context,
        words: Words,
        owner_title: Callable[[Finding], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._words = context, words
        self._owner_title = owner_title
        self._told: dict[int, FindingText] = {}
        self.groups: list[Group] = []
        self._grouping = BY_RULE
        self._open: set[tuple[str, ...]] = set()
        self._starts = array("q")
        """Line of each group; one more for the end."""
        self._count()

    # -- filling ---------------------------------------------------------------------------------------------------

    def show_groups(
        self, groups: Sequence[Group], grouping: str = BY_RULE, *, open_all: bool = False
    ) -> None:
        """Show other groups; those that were open stay so."""
        self.beginResetModel()
        self._grouping = grouping
        self.groups = list(groups)
        self._told.clear()
        if open_all:
            self._open |= {group.key for group in groups}
        self._count()
        self.endResetModel()

    def set_open(self, number: int, *, opened: bool) -> None:
        """Open or close a group."""
        group = self.groups[number]
        if opened is self.is_open(number):
            return
        first = self._starts[number] + 1
        last = first + len(group.findings) - 1
        if opened:
            self.beginInsertRows(QModelIndex(), first, last)
            self._open.add(group.key)
            self._count()
            self.endInsertRows()
        else:
            self.beginRemoveRows(QModelIndex(), first, last)
            self._open.discard(group.key)
            self._count()
            self.endRemoveRows()
        head = self.index(self._starts[number], WHAT)
        self.dataChanged.emit(head, head)

    def is_open(self, number: int) -> bool:
        """Say whether a group shows its findings."""
        return self.groups[number].key in self._open

    def _count(self) -> None:
        starts, line = array("q"), 0
        for group in self.groups:
            starts.append(line)
            line += 1 + (len(group.findings) if group.key in self._open else 0)
        starts.append(line)
        self._starts = starts

    # -- asking ----------------------------------------------------------------------------------------------------

    def place(self, row: int) -> tuple[int, int]:
        """Return group and finding of a line; the finding is -1 for the group's own line."""
        number = bisect_right(self._starts, row, 0, len(self.groups)) - 1
        return number, row - self._starts[number] - 1

    def row_of_group(self, number: int) -> int:
        """Return the line of a group."""
        return self._starts[number]

    def row_of(self, wanted: Finding) -> int:
        """Return the line of a finding as it stands now; its group is opened. -1 when it is gone."""
        for number, group in enumerate(self.groups):
            for place, finding in enumerate(group.findings):
                if same(finding, wanted):
                    self.set_open(number, opened=True)
                    return self._starts[number] + 1 + place
        return -1

    def findings_of_rows(self, spans: Iterable[tuple[int, int]]) -> list[Finding]:
        """Return the findings of lines, given as first and last of each span; a group's line means all of it."""
        found: dict[int, Finding] = {}
        for first, last in spans:
            row = first
            while row <= last:
                number, place = self.place(row)
                findings = self.groups[number].findings
                if place < 0:
                    found |= {id(f): f for f in findings}
                    row = self._starts[number + 1]
                else:
                    upto = min(last, self._starts[number + 1] - 1) - row + place + 1
                    found |= {id(f): f for f in findings[place:upto]}
                    row += upto - place
        return list(found.values())

    # -- Qt --------------------------------------------------------------------------------------------------------

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self._starts[-1]

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(_HEADS)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole and 0 <= section < len(_HEADS):
            return self._words(_HEADS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == STANDS else Qt.AlignmentFlag.AlignVCenter
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= self._starts[-1]:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() == STANDS else Qt.AlignmentFlag.AlignVCenter
        number, place = self.place(index.row())
        if place < 0:
            return self._of_group(number, index.column(), role)
        return self._of_finding(self.groups[number].findings[place], index.column(), role)

    def _of_group(self, number: int, column: int, role: int) -> object:
        group = self.groups[number]
        if role == Qt.ItemDataRole.DisplayRole:
            return (group.label, group.remedy, self._stands_of_group(group))[column]
        if role == Qt.ItemDataRole.ToolTipRole and column != STANDS:
            return group.remedy if column == SAID else group.label
        if role == Qt.ItemDataRole.AccessibleTextRole and column == WHAT:
            code = "UI_PROBLEM_OPEN" if self.is_open(number) else "UI_PROBLEM_CLOSED"
            return self._words(code, group=group.label, count=len(group.findings))
        if role == Qt.ItemDataRole.DecorationRole and column == WHAT:
            arrow = Icon.ARROW_DOWN if self.is_open(number) else Icon.ARROW_RIGHT
            return _icon_of(*_symbol(group.first), arrow, theme.tokens().text_2)
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(theme.TABLE_PX, bold=True) if column != SAID else None
        quiet = role == Qt.ItemDataRole.ForegroundRole and column == SAID
        return QColor(theme.tokens().text_2) if quiet else None

    def _stands_of_group(self, group: Group) -> str:
        count = self._words.count(len(group.findings))
        if not group.certain:
            return count
        return self._words("UI_PROBLEM_CERTAIN", count=count, certain=group.certain)

    def _of_finding(self, finding: Finding, column: int, role: int) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._finding_text(finding, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            told = self.told(finding)
            return "\n".join(filter(None, (self.name_of(finding), told.what, told.remedy)))
        if role == Qt.ItemDataRole.DecorationRole and column == WHAT:
            return _icon_of(*_symbol(finding), None, "")
        if role == Qt.ItemDataRole.ForegroundRole and column == STANDS:
            colours = theme.tokens()
            return QColor(colours.good if finding.explanation is not None else colours.accent)
        return None

    def _finding_text(self, finding: Finding, column: int) -> str:
        if column == STANDS:
            return self._stands(finding)
        told = self.told(finding)
        if column == WHAT:
            return self._name_in_group(finding, told)
        said = " ".join(told.what.split())
        if self._grouping == BY_SECTION:
            return self._words("UI_PAIR", label=told.where, value=said)
        return said

    def _name_in_group(self, finding: Finding, told: FindingText) -> str:
        """Return what tells a line from its neighbours: the record, or below a record the field."""
        if self._grouping != BY_RECORD:
            return self.name_of(finding)
        form = self._context.form_set.form(finding.form)
        named = finding.title or self._words("UI_UNNAMED")
        return f"{named} › {told.where}" if form.parent else told.where

    def _stands(self, finding: Finding) -> str:
        """Return the reason given and what became of it, or what the value would become."""
        if finding.explanation is not None:
            verdict = self._words("UI_ROW_ACCEPTED") if finding.verdict == "accepted" else ""
            return " · ".join(filter(None, (verdict, finding.explanation)))
        if not finding.proposal:
            return ""
        form = self._context.form_set.form(finding.form)
        texts = [
            format_value(value, form.field_by_id(name), self._context) or "—"
            for name, value in finding.proposal.items()
        ]
        code = "UI_PROBLEM_MEND" if finding.mend else "UI_PROBLEM_OFFER"
        return self._words(code, value=self._words("UI_JOINT").join(texts))

    def told(self, finding: Finding) -> FindingText:
        """Return a finding in words; made once while it is in sight."""
        found = self._told.get(id(finding))
        if found is None:
            if len(self._told) > _CACHED:
                self._told.clear()
            found = self._told[id(finding)] = sentence(finding, self._context)
        return found

    def name_of(self, finding: Finding) -> str:
        """Return the record's name, a child's behind its owner's."""
        named = finding.title or self._words("UI_UNNAMED")
        owner = self._owner_title(finding)
        return f"{owner} › {named}" if owner else named


def same(one: Finding, other: Finding) -> bool:
    """Say whether two checks speak of the same problem."""
    return (one.record, one.rule, one.fields, one.form) == (
        other.record,
        other.rule,
        other.fields,
        other.form,
    )


def _symbol(finding: Finding) -> tuple[Icon, str]:
    colours = theme.tokens()
    if finding.explanation is not None:
        return Icon.CHECK, colours.good
    if finding.severity is Severity.WARNING:
        return Icon.ALERT, colours.warn
    if finding.severity is Severity.NOTICE:
        return Icon.INFO, colours.accent
    return Icon.ERROR, colours.bad


@lru_cache(maxsize=64)
def _icon_of(symbol: Icon, colour: str, arrow: Icon | None, arrow_colour: str) -> QIcon:
    """Return the arrow of a group, or the space below it, and the symbol."""
    drawn = QPixmap(2 * (2 * ARROW + GAP), 2 * ARROW)
    drawn.setDevicePixelRatio(2.0)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    if arrow is not None:
        icon(arrow, arrow_colour, ARROW).paint(painter, QRect(0, 0, ARROW, ARROW))
    icon(symbol, colour, ARROW).paint(painter, QRect(ARROW + GAP, 0, ARROW, ARROW))
    painter.end()
    return QIcon(drawn)
