"""Days and months: typed in any usual spelling, or taken from a small calendar."""

from __future__ import annotations

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, QPoint, Qt, Signal
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

from census_app.formspec.types import parse_value
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
        tip = setting.words("UI_CALENDAR_KEY")
        self._open = page.icon_button(Icon.CALENDAR, tip, self._on_open)
        self._open.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # F4 does the same by keyboard
        self.line.installEventFilter(self)
        self.row.addWidget(self._open)
        self.row.addStretch(1)
        self.row.setStretchFactor(self.line, 3)  # wide enough for its example

    def set_read_only(self, note: str) -> None:
        """Let the person read only."""
        super().set_read_only(note)
        self._open.hide()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the calendar with F4 or Alt+Down, as lists open."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
            if event.key() == Qt.Key.Key_F4 or (alt and event.key() == Qt.Key.Key_Down):
                self._on_open()
                return True
        return super().eventFilter(watched, event)

    def _on_open(self) -> None:
        if self.line.isReadOnly():
            return
        typed = parse_value(self.line.text(), self.field, self.context).value
        shown = QDate.fromString(f"{typed}-01"[:10], "yyyy-MM-dd")
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
        self._first: QWidget = self
        if months:
            self._add_months(start.month())
        else:
            self._add_days(start)
        today = words("UI_THIS_MONTH" if months else "UI_TODAY")
        self._today = page.button(today, self._on_today, "small")
        self._today.setProperty("months", months)
        self._column.addWidget(self._today, 0, Qt.AlignmentFlag.AlignHCenter)

    def open_below(self, field: QWidget) -> None:
        """Show it below a field."""
        self.adjustSize()
        below = field.mapToGlobal(QPoint(0, field.height() + 2))
        room = field.screen().availableGeometry()
        below.setY(min(below.y(), room.bottom() - self.sizeHint().height()))
        self.move(below)
        self.show()
        self._first.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _add_days(self, start: QDate) -> None:
        calendar = QCalendarWidget()
        calendar.setAccessibleName(self._words("UI_CALENDAR"))
        calendar.setLocale(QLocale("zh_CN" if self._words.language == "zh" else "en_GB"))
        calendar.setSelectedDate(start)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        _dress(calendar)
        calendar.clicked.connect(self._on_day)
        calendar.activated.connect(self._on_day)
        self._column.addWidget(calendar)
        self._first = calendar.findChild(QWidget, "qt_calendar_calendarview") or calendar

    def _add_months(self, chosen: int) -> None:
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
            choose.setAccessibleName(self._words("UI_MONTH_N", month=month))
            if month == chosen:
                self._first = choose
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

    def _on_today(self) -> None:
        form = "yyyy-MM" if self._today.property("months") else "yyyy-MM-dd"
        self.taken.emit(QDate.currentDate().toString(form))
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
