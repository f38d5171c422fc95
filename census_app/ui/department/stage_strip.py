"""The stages of a page as a row of buttons, each with its state in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget
from typing_extensions import override

from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, pixmap

HEIGHT = 52


class StageStrip(QWidget):
    """Stages side by side; one is chosen, by mouse, by Tab and blank, or by the arrow keys.

    Signals:
        chosen: Name of a stage.
    """

    chosen = Signal(str)

    def __init__(self, stages: Sequence[tuple[str, str]], name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.buttons: dict[str, StageButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        group = QButtonGroup(self)
        group.setExclusive(True)
        for number, (stage, title) in enumerate(stages, 1):
            button = StageButton(f"{number}  {title}")
            button.setProperty("stage", stage)
            button.clicked.connect(self._on_clicked)
            group.addButton(button)
            self.buttons[stage] = button
            row.addWidget(button, 1)

    def choose(self, stage: str) -> None:
        """Mark a stage as the one that is shown; says nothing."""
        self.buttons[stage].setChecked(True)

    def tell(self, stage: str, state: str, symbol: Icon, tone: str) -> None:
        """Say how a stage stands."""
        if stage in self.buttons:
            self.buttons[stage].tell(state, symbol, tone)

    def state(self, stage: str) -> str:
        """Return what is said of a stage."""
        return self.buttons[stage].state

    def _on_clicked(self) -> None:
        pressed = self.sender()
        if pressed is not None:
            self.chosen.emit(str(pressed.property("stage")))


class StageButton(QAbstractButton):
    """A title, below it an icon and the state; the chosen one stands out by its frame and weight."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title, self.state = title, ""
        self._symbol, self._tone = Icon.HISTORY, "text_2"
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def tell(self, state: str, symbol: Icon, tone: str) -> None:
        """Say how the stage stands."""
        self.state, self._symbol, self._tone = state, symbol, tone
        self.setAccessibleDescription(state)
        self.setToolTip(f"{self._title}\n{state}")
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(180, HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect().adjusted(0, 0, -1, -1)
        chosen = self.isChecked()
        painter.setBrush(QColor(colours.accent_weak if chosen else colours.surface))
        edge = colours.accent if chosen or self.hasFocus() else colours.border
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)
        left, right = area.left() + 12, area.right() - 10
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(colours.accent if chosen else colours.text))
        painter.setFont(theme.font(theme.BODY_PX, bold=True))
        room = QRect(left, area.top() + 6, right - left, 20)
        painter.drawText(room, middle, self._elided(painter, self._title, room.width()))
        if self.state:
            colour = str(getattr(colours, self._tone))
            drawn = pixmap(self._symbol, colour, 14, self.devicePixelRatioF())
            painter.drawPixmap(left, area.top() + 29, drawn)
            painter.setPen(QColor(colour))
            painter.setFont(theme.font(theme.HINT_PX))
            room = QRect(left + 20, area.top() + 26, right - left - 20, 20)
            painter.drawText(room, middle, self._elided(painter, self.state, room.width()))
        painter.end()

    def _elided(self, painter: QPainter, text: str, width: int) -> str:
        return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
