"""How a table that is only looked through stands: rows are chosen whole, no grid, one height, Tab leads on."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from census_app.ui.shell import theme


def prepare_table(
    view: QTableView, name: str, *, compact: bool = False, several: bool = False
) -> None:
    """Give a view the habits and the accessible name of our tables; columns are its own matter.

    Args:
        compact: Lower rows, for many.
        several: Whether several rows can be chosen.
    """
    modes = QAbstractItemView.SelectionMode
    view.setAccessibleName(name)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(modes.ExtendedSelection if several else modes.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT if compact else theme.ROW_HEIGHT)
    view.horizontalHeader().setHighlightSections(False)
