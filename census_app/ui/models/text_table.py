"""A table of texts that are all there already: previews, lists of files, rosters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableView
from typing_extensions import override

from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.tables import prepare_table

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; an icon or a colour always goes with a word.

    Attributes:
        tone: Token of the theme for the text, such as `bad`; empty for the usual colour.
    """

    text: str
    symbol: Icon | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its title, width (0 takes what is left), and whether figures stand in it."""

    title: str
    width: int = 0
    right: bool = False


class TextTableModel(QAbstractTableModel):
    """Rows of cells; each row may carry an object, found under `ROW_ROLE`."""

    def __init__(self, headings: Sequence[Heading], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.headings = tuple(headings)
        self._rows: list[Sequence[Cell | str]] = []
        self._payload: list[object] = []

    def show_headings(self, headings: Sequence[Heading]) -> None:
        """Show other columns, without rows."""
        self.beginResetModel()
        self.headings = tuple(headings)
        self._rows, self._payload = [], []
        self.endResetModel()

    def show_rows(
        self, rows: Sequence[Sequence[Cell | str]], payload: Sequence[object] = ()
    ) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self._payload = list(payload)
        self.endResetModel()

    def put_row(self, row: int, cells: Sequence[Cell | str], payload: object) -> None:
        """Show one row anew: what it says was still being looked for."""
        self._rows[row], self._payload[row] = cells, payload
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.headings) - 1))

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.headings)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Vertical or not 0 <= section < len(self.headings):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headings[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.headings[section])
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        if role == ROW_ROLE:
            return self._payload[index.row()] if index.row() < len(self._payload) else None
        found = self._rows[index.row()][index.column()]
        cell = Cell(found) if isinstance(found, str) else found
        colours = theme.tokens()
        answers: dict[int, object] = {
            Qt.ItemDataRole.DisplayRole: cell.text.replace("\n", " "),
            Qt.ItemDataRole.ToolTipRole: cell.text or None,
            Qt.ItemDataRole.TextAlignmentRole: _alignment(self.headings[index.column()]),
        }
        tone = str(getattr(colours, cell.tone)) if cell.tone else ""
        if role == Qt.ItemDataRole.ForegroundRole and tone:
            return QColor(tone)
        if role == Qt.ItemDataRole.DecorationRole and cell.symbol is not None:
            return icon(cell.symbol, tone or colours.text_2, 14)
        return answers.get(role)


def text_table(model: TextTableModel, name: str) -> QTableView:
    """Return a table view for such a model: rows are chosen whole, heads stand over their columns."""
    view = QTableView()
    view.setModel(model)
    prepare_table(view, name)
    head = view.horizontalHeader()
    for number, heading in enumerate(model.headings):
        if heading.width:
            view.setColumnWidth(number, heading.width)
        else:
            head.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
    return view


def _alignment(heading: Heading) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if heading.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
