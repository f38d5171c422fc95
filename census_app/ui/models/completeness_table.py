"""The map of completeness as a table: a line for each record, a painted cell for each section. No per-row widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from census_app.services.completeness import CellState, FormMap, MapCell, MapColumn, MapRow
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
CELL_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1

LOOKS: Final = {
    CellState.PROBLEM: (Icon.ERROR, "bad", "bad_weak"),
    CellState.EXPLAINED: (Icon.COMMENT, "warn", "warn_weak"),
    CellState.FILLED: (Icon.CHECK, "good", "surface"),
    CellState.EMPTY: (None, "text_2", "surface_2"),
    CellState.NOT_RELEVANT: (None, "text_2", "surface"),
}
"""Icon, colour of icon and text, background."""


class CompletenessModel(QAbstractTableModel):
    """The rows of one form's map; the first column names the record."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._rows: Sequence[MapRow] = ()
        self._totals: Sequence[dict[CellState, int]] = ()
        self.columns: Sequence[MapColumn] = ()

    def show_map(self, shown: FormMap | None, *, only_open: bool = False) -> None:
        """Show a form's map, or only the records with problems; heads always count all."""
        self.beginResetModel()
        rows = shown.rows if shown is not None else ()
        self._rows = [row for row in rows if row.problems] if only_open else rows
        self.columns = shown.columns if shown is not None else ()
        self._totals = [dict(each) for each in shown.totals()] if shown is not None else ()
        self.endResetModel()

    def row_at(self, index: Index) -> MapRow | None:
        """Return the record of a line."""
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    def column_at(self, index: Index) -> MapColumn | None:
        """Return the section of a cell; None for the record's name."""
        return self.columns[index.column() - 1] if index.column() > 0 else None

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns) + 1

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Vertical or not 0 <= section <= len(self.columns):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignHCenter if section else Qt.AlignmentFlag.AlignLeft
            wraps = Qt.TextFlag.TextWordWrap.value if section else 0
            return side.value | Qt.AlignmentFlag.AlignVCenter.value | wraps
        if section == 0:
            return self._words("UI_COL_RECORD") if role == Qt.ItemDataRole.DisplayRole else None
        label = self.columns[section - 1].label.get(self._words.language)
        total = self._totals[section - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            wrong = total.get(CellState.PROBLEM, 0)
            return f"{label}\n{self._words('HI_MAP_HEAD', count=wrong)}" if wrong else label
        if role == Qt.ItemDataRole.ToolTipRole:
            parts = [
                self._words(f"HI_MAP_TOTAL_{state.name}", count=total.get(state, 0))
                for state in sorted(LOOKS, reverse=True)
            ]
            return "\n".join([label, *parts])
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index)
        if row is None or not index.isValid():
            return None
        name = row.title or self._words("UI_UNNAMED")
        answers: dict[int, object]
        if index.column() == 0:
            answers = {
                Qt.ItemDataRole.DisplayRole: name.replace("\n", " "),
                Qt.ItemDataRole.ToolTipRole: name,
            }
            return answers.get(role)
        cell, column = row.cells[index.column() - 1], self.columns[index.column() - 1]
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            label = column.label.get(self._words.language)
            return f"{name} · {label}\n{self.told(cell, column)}"
        answers = {CELL_ROLE: cell, Qt.ItemDataRole.DisplayRole: self.mark(cell, column)}
        return answers.get(role)

    def mark(self, cell: MapCell, column: MapColumn) -> str:
        """Return the few characters that stand beside a cell's icon."""
        if cell.state is CellState.PROBLEM:
            return str(cell.problems)
        if cell.state is CellState.EXPLAINED:
            return str(cell.explained)
        if cell.state is CellState.FILLED:
            return str(cell.asked) if column.child else ""
        return self._words(f"HI_MAP_{cell.state.name}")

    def told(self, cell: MapCell, column: MapColumn) -> str:
        """Return what a cell means, in a sentence."""
        parts = []
        if cell.problems:
            parts.append(self._words("HI_CELL_PROBLEMS", count=cell.problems))
        if cell.explained:
            parts.append(self._words("HI_CELL_EXPLAINED", count=cell.explained))
        if column.child:
            code = "HI_CELL_CHILDREN" if cell.asked else "HI_CELL_NO_CHILDREN"
            parts.append(self._words(code, count=cell.asked))
        elif cell.state is CellState.NOT_RELEVANT:
            parts.append(self._words("HI_CELL_NOT_RELEVANT"))
        else:
            parts.append(self._words("HI_CELL_GIVEN", asked=cell.asked, given=cell.given))
        return self._words("HI_JOINT").join(parts)


class CompletenessDelegate(QStyledItemDelegate):
    """Paints the cells: a tinted field with an icon and a figure or word, and a line for how much is answered."""

    ICON = 14

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(72, theme.COMPACT_ROW_HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(CELL_ROLE)
        if not isinstance(cell, MapCell):
            super().paint(painter, option, index)
            return
        colours = theme.tokens()
        symbol, tone, ground = LOOKS[cell.state]
        area = QRectF(option.rect).adjusted(1, 1, -1, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(str(getattr(colours, ground))))
        painter.drawRoundedRect(area, 3, 3)
        text = str(index.data() or "")
        colour = str(getattr(colours, tone))
        painter.setFont(theme.font(theme.HINT_PX, bold=cell.state is CellState.PROBLEM))
        wide = painter.fontMetrics().horizontalAdvance(text)
        mark = self.ICON if symbol is not None else 0
        gap = 4 if symbol is not None and text else 0
        left = area.center().x() - (mark + gap + wide) / 2
        if symbol is not None:
            drawn = pixmap(symbol, colour, self.ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(round(left), round(area.center().y() - self.ICON / 2), drawn)
        painter.setPen(QColor(colour))
        room = area.adjusted(left - area.left() + mark + gap, 0, 8, 0)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, middle, text)
        self._paint_share(painter, area, cell)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.restore()

    def _paint_share(self, painter: QPainter, area: QRectF, cell: MapCell) -> None:
        """Draw at the foot how much is answered, when something is and something is not."""
        if not 0 < cell.given < cell.asked:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        foot = QRectF(area.left() + 6, area.bottom() - 2, area.width() - 12, 2)
        painter.setBrush(QColor(theme.tokens().border))
        painter.drawRect(foot)
        painter.setBrush(QColor(theme.tokens().border_strong))
        painter.drawRect(QRectF(foot.left(), foot.top(), foot.width() * cell.given / cell.asked, 2))
