"""Days and months: typed in any usual spelling, or taken from a small calendar."""

from __future__ import annotations

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QCalendarWidget,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.ui.forms.editor import EditorSetting
from census_app.ui.forms.text_editors import LineEditor
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words


class DateEditor(LineEditor):
    """A day or a month: text entry with a calendar button."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.line.setMaximumWidth(200)
        month = setting.field.type == "month"
        if not setting.field.example:
            example = "2017-11" if month else "2017-11-23"
            self.line.setPlaceholderText(setting.words("UI_EXAMPLE", example=example))
        self.row.setSpacing(4)
        self._open = page.icon_button(Icon.CALENDAR, setting.words("UI_CALENDAR"), self._on_open)
        self.row.addWidget(self._open)
        self.row.addStretch(1)

    def set_read_only(self, note: str) -> None:
        """Let the person read only."""
        super().set_read_only(note)
        self._open.hide()

    def _on_open(self) -> None:
        shown = QDate.fromString(f"{self.line.text()}-01"[:10], "yyyy-MM-dd")
        start = shown if shown.isValid() else QDate.currentDate()
        popup = CalendarPopup(self, self.words, start, months=self.field.type == "month")
        popup.taken.connect(self._on_taken)
        popup.open_below(self.line)

    def _on_taken(self, text: str) -> None:
        self.line.setText(text)
        self.idle.flush()
        self.line.setFocus()


class CalendarPopup(QFrame):
    """A calendar, or the twelve months of a year, below a field."""

    taken = Signal(str)

    def __init__(self, parent: QWidget, words: Words, start: QDate, *, months: bool) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_look(self, "popup")
        self._words, self._year = words, start.year()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        if months:
            self._add_months()
        else:
            self._add_days(start)

    def open_below(self, field: QWidget) -> None:
        """Show it below a field."""
        self.adjustSize()
        below = field.mapToGlobal(QPoint(0, field.height() + 2))
        room = field.screen().availableGeometry()
        below.setY(min(below.y(), room.bottom() - self.sizeHint().height()))
        self.move(below)
        self.show()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _add_days(self, start: QDate) -> None:
        calendar = QCalendarWidget()
        calendar.setAccessibleName(self._words("UI_CALENDAR"))
        calendar.setSelectedDate(start)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        _dress(calendar)
        calendar.clicked.connect(self._on_day)
        calendar.activated.connect(self._on_day)
        self._column.addWidget(calendar)
        calendar.setFocus()

    def _add_months(self) -> None:
        head = QHBoxLayout()
        head.addWidget(page.icon_button(Icon.ARROW_LEFT, self._words("UI_YEAR_BEFORE"), self._back))
        self._shown = page.label(str(self._year), "strong")
        self._shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head.addWidget(self._shown, 1)
        head.addWidget(
            page.icon_button(Icon.ARROW_RIGHT, self._words("UI_YEAR_AFTER"), self._forth)
        )
        self._column.addLayout(head)
        grid = QGridLayout()
        grid.setSpacing(4)
        for month in range(1, 13):
            choose = page.button(f"{month:02d}", self._on_month, "small")
            choose.setProperty("month", month)
            grid.addWidget(choose, (month - 1) // 4, (month - 1) % 4)
        self._column.addLayout(grid)

    def _back(self) -> None:
        self._year -= 1
        self._shown.setText(str(self._year))

    def _forth(self) -> None:
        self._year += 1
        self._shown.setText(str(self._year))

    def _on_month(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.taken.emit(f"{self._year:04d}-{int(sender.property('month')):02d}")
        self.close()

    def _on_day(self, day: QDate) -> None:
        self.taken.emit(day.toString("yyyy-MM-dd"))
        self.close()


def _dress(calendar: QCalendarWidget) -> None:
    """Give a calendar our colours and arrows; Qt paints week-ends red and arrows black."""
    colours = theme.tokens()
    for day, colour in (
        (Qt.DayOfWeek.Saturday, colours.text_2),
        (Qt.DayOfWeek.Sunday, colours.text_2),
    ):
        looks = QTextCharFormat()
        looks.setForeground(QBrush(QColor(colour)))
        calendar.setWeekdayTextFormat(day, looks)
    for name, symbol in (("prevmonth", Icon.ARROW_LEFT), ("nextmonth", Icon.ARROW_RIGHT)):
        arrow = calendar.findChild(QToolButton, f"qt_calendar_{name}")
        if isinstance(arrow, QToolButton):
            arrow.setIcon(icon(symbol, colours.text))
