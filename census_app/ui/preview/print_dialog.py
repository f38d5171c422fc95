"""What is asked before printing, in the person's language: printer, pages, copies, sides."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QIntValidator, QPageRanges
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from census_app.ui.forms.editor import QuietCombo
from census_app.ui.preview.ranges import page_numbers
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

MOST_COPIES: Final = 99
ALL, CURRENT, SOME = range(3)
SIDES: Final = (
    ("ONE", QPrinter.DuplexMode.DuplexNone),
    ("LONG", QPrinter.DuplexMode.DuplexLongSide),
    ("SHORT", QPrinter.DuplexMode.DuplexShortSide),
)


class PrintDialog(QDialog):
    """Sets up a printer.

    Args:
        printer: Is set up when the dialog is accepted.
        count: Pages of the document.
        current: The page that is read, from 0.
    """

    def __init__(
        self, words: Words, printer: QPrinter, count: int, current: int, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._words, self._printer, self._count, self._current = words, printer, count, current
        self.printers = QuietCombo()
        self.pages = QButtonGroup(self)
        self.range = QLineEdit()
        self.copies = QLineEdit("1")
        self.collate = QCheckBox(words("PREVIEW_COLLATE"))
        self.sides = QuietCombo()
        self._problem = page.label("", "bad", wrap=True)
        self.setWindowTitle(words("PREVIEW_PRINT_TITLE"))
        self.setMinimumWidth(440)
        self._build()
        self._fill()

    def apply(self) -> None:
        """Hand the answers to the printer."""
        printer = self._printer
        if self.printers.currentData():
            printer.setPrinterName(str(self.printers.currentData()))
        numbers = self._numbers() or list(range(1, self._count + 1))
        ranges = QPageRanges()
        if len(numbers) < self._count:
            for number in numbers:
                ranges.addPage(number)
        printer.setPageRanges(ranges)
        printer.setCopyCount(self._copies() or 1)
        printer.setCollateCopies(self.collate.isChecked())
        printer.setDuplex(self.sides.currentData())

    def _build(self) -> None:
        words = self._words
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        self._row(grid, "PREVIEW_PRINTER", self.printers)
        self._row(grid, "PREVIEW_PRINT_PAGES", self._choice(ALL, count=self._count))
        self._row(grid, "", self._choice(CURRENT, number=self._current + 1))
        some = QWidget()
        row = QHBoxLayout(some)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._choice(SOME))
        self.range.setPlaceholderText(words("PREVIEW_RANGE_EXAMPLE"))
        self.range.setAccessibleName(words("PREVIEW_RANGE_2"))
        row.addWidget(self.range, 1)
        self._row(grid, "", some)
        self._row(grid, "PREVIEW_COPIES", self._copies_row())
        self._row(grid, "PREVIEW_SIDES", self.sides)
        column.addLayout(grid)
        column.addWidget(self._problem)
        buttons = QHBoxLayout()
        self._system = page.button(words("PREVIEW_PRINT_SYSTEM"), self._on_system)
        self._print = page.button(words("PREVIEW_PRINT_DO"), self._on_print, "primary", Icon.PRINT)
        self._print.setDefault(True)
        buttons.addWidget(self._system)
        buttons.addStretch(1)
        buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        buttons.addWidget(self._print)
        column.addLayout(buttons)
        self.range.textEdited.connect(self._on_range)

    def _copies_row(self) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        self.copies.setFixedWidth(64)
        self.copies.setValidator(QIntValidator(1, MOST_COPIES, self))
        self.copies.setAccessibleName(self._words("PREVIEW_COPIES"))
        row.addWidget(self.copies)
        row.addWidget(self.collate)
        row.addStretch(1)
        return made

    def _choice(self, which: int, **params: object) -> QRadioButton:
        made = QRadioButton(self._words(f"PREVIEW_RANGE_{which}", **params))
        self.pages.addButton(made, which)
        return made

    def _row(self, grid: QGridLayout, code: str, field: QWidget) -> None:
        row = grid.rowCount()
        if code:
            label = page.label(self._words(code))
            grid.addWidget(label, row, 0)
            if not field.accessibleName():
                field.setAccessibleName(self._words(code))
        grid.addWidget(field, row, 1)

    def _fill(self) -> None:
        for name in QPrinterInfo.availablePrinterNames():
            self.printers.addItem(name, name)
        to_file = bool(self._printer.outputFileName())
        if not self.printers.count() and not to_file:
            self.printers.addItem(self._words("PREVIEW_NO_PRINTER"), "")
            self.printers.setEnabled(False)
            self._print.setEnabled(False)
            self._system.setEnabled(False)
        at = self.printers.findData(QPrinterInfo.defaultPrinterName())
        self.printers.setCurrentIndex(max(0, at))
        for code, mode in SIDES:
            self.sides.addItem(self._words(f"PREVIEW_SIDES_{code}"), mode)
        usual = QPrinterInfo.printerInfo(str(self.printers.currentData())).defaultDuplexMode()
        self.sides.setCurrentIndex(max(0, self.sides.findData(usual)))
        self.pages.button(ALL).setChecked(True)
        self.collate.setChecked(True)

    def _numbers(self) -> list[int] | None:
        chosen = self.pages.checkedId()
        if chosen == SOME:
            return page_numbers(self.range.text(), self._count)
        return [self._current + 1] if chosen == CURRENT else list(range(1, self._count + 1))

    def _copies(self) -> int:
        text = self.copies.text()
        return int(text) if text.isdecimal() and 1 <= int(text) <= MOST_COPIES else 0

    def _fits(self) -> bool:
        """Say what cannot be understood, beside the field it stands in."""
        if self._numbers() is None:
            self._say("PREVIEW_RANGE_WRONG", self.range, count=self._count)
        elif not self._copies():
            self._say("PREVIEW_COPIES_WRONG", self.copies, most=MOST_COPIES)
        else:
            self._problem.setText("")
            return True
        return False

    def _say(self, code: str, field: QLineEdit, **params: object) -> None:
        self._problem.setText(self._words(code, **params))
        field.setFocus()
        field.selectAll()

    def _on_range(self) -> None:
        self.pages.button(SOME).setChecked(True)
        self._problem.setText("")

    def _on_print(self) -> None:
        if self._fits():
            self.apply()
            self.accept()

    def _on_system(self) -> None:
        """Show the system's own dialog for what ours does not ask: tray, quality, finishing."""
        if not self._fits():
            return
        self.apply()
        if QPrintDialog(self._printer, self).exec() == QDialog.DialogCode.Accepted:
            self.accept()
