"""The rows of one section of a form, in two columns where there is room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.ui.forms.row import FieldRow
from census_app.ui.shell import page, theme
from census_app.ui.shell.translation import Words


class SectionPage(QScrollArea):
    """The rows of one section, in two columns where there is room."""

    def __init__(self, rows: Sequence[FieldRow], words: Words) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows = list(rows)
        self._shown: tuple[FieldRow, ...] = ()
        self._columns = 0
        inner = QWidget()
        theme.set_look(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(2, 12, 8, 12)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(12)
        self._nothing = page.label(words("UI_NOTHING_RELEVANT"), "text2", wrap=True)
        column.addLayout(self._grid)
        column.addWidget(self._nothing)
        column.addStretch(1)
        self.setWidget(inner)

    def show_relevant(self, relevant: Iterable[str]) -> None:
        """Show only the rows whose fields are relevant."""
        wanted = set(relevant)
        shown = tuple(r for r in self.rows if r.field.id in wanted)
        if shown != self._shown:
            self._shown = shown
            self._arrange()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = 2 if event.size().width() >= theme.TWO_COLUMN_WIDTH else 1
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def _arrange(self) -> None:
        columns = self._columns or 1
        for row in self.rows:
            # Not takeAt(): the items it returns live on, and a row then keeps the height it had at first.
            self._grid.removeWidget(row)
        line, at = 0, 0
        for row in self._shown:
            if row.wide and at:
                line, at = line + 1, 0
            span = columns if row.wide else 1
            self._grid.addWidget(row, line, at, 1, span)
            at += span
            if at >= columns:
                line, at = line + 1, 0
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for row in self.rows:
            row.setVisible(row in self._shown)
        for before, after in zip(self._shown, self._shown[1:], strict=False):
            QWidget.setTabOrder(before.editor, after.editor)
        self._nothing.setVisible(not self._shown)

    def show_row(self, row: FieldRow) -> None:
        """Scroll so that a row is seen whole."""
        self.ensureWidgetVisible(row, 0, 24)

    def control_after(self, control: QWidget, *, back: bool = False) -> QWidget | None:
        """Return the control of this section that Tab leads to from one of it, or None when it was the last."""
        at: QWidget | None = control
        while at is not None:
            at = at.previousInFocusChain() if back else at.nextInFocusChain()
            if at is None or at is control or not self.isAncestorOf(at):
                return None
            if takes_focus(at):
                return at
        return None

    def end_control(self, *, last: bool = False) -> QWidget | None:
        """Return the first or last control of the section that takes the cursor."""
        for row in reversed(self._shown) if last else self._shown:
            controls = [w for w in row.editor.findChildren(QWidget) if takes_focus(w)]
            if controls:
                return controls[-1 if last else 0]
        return None


def takes_focus(control: QWidget) -> bool:
    """Say whether Tab stops at a control."""
    return (
        bool(control.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and control.focusProxy() is None
        and control.isEnabled()
        and control.isVisibleTo(control.window())
    )
