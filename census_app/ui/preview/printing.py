"""Print a document: pages are rendered at 300 dpi off the window's thread and painted one by one.

At the printer's own 1,200 dpi one page would take half a gigabyte (house style §7.13).
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QMarginsF, QObject, QRectF, QSizeF, Signal
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from census_app.errors import EnvironmentProblem
from census_app.services.progress import Progress
from census_app.ui.preview.document import PdfPages
from census_app.ui.shell.tasks import TaskRunner

DPI: Final = 300
POINTS_PER_INCH: Final = 72


def make_printer() -> QPrinter:
    """Return a printer object at our resolution, over the whole sheet: the margins are in the document."""
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setResolution(DPI)
    printer.setFullPage(True)
    return printer


def sheets(printer: QPrinter, count: int) -> list[int]:
    """Return the pages, from 0, in the order in which they are handed to a printer.

    Copies are repeated here where the printer cannot make them itself.
    """
    ranges = printer.pageRanges()
    first, last = printer.fromPage() or 1, printer.toPage() or count
    chosen = [n for n in range(count) if ranges.contains(n + 1)] if not ranges.isEmpty() else []
    chosen = chosen or list(range(max(1, first) - 1, min(last, count)))
    copies = 1 if printer.supportsMultipleCopies() else printer.copyCount()
    if printer.collateCopies():
        return chosen * copies
    return [number for number in chosen for _copy in range(copies)]


class PrintJob(QObject):
    """Prints the pages, copies and sides a printer was asked for.

    Signals:
        progressed: pages done, pages in all.
        ended: None when all went well or the person stopped it, else the `EnvironmentProblem`.
    """

    progressed = Signal(int, int)
    ended = Signal(object)

    def __init__(
        self,
        pages: PdfPages,
        printer: QPrinter,
        runner: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pages = pages
        self._printer = printer
        self._runner = runner
        self._painter = QPainter()
        self._wanted = sheets(printer, pages.count)
        self._done = 0
        self._stopped = False

    @property
    def count(self) -> int:
        """Number of pages to be printed, copies included."""
        return len(self._wanted)

    def start(self) -> None:
        """Begin; `ended` comes in any case."""
        if not self._wanted:
            self._end(None)
            return
        self._set_paper(self._wanted[0])
        if not self._painter.begin(self._printer):
            self._end(EnvironmentProblem("PRINT_FAILED", printer=self._printer.printerName()))
            return
        # Letters have edges that JPEG, which Qt takes for pictures otherwise, surrounds with dirt.
        self._painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        self._render_next()

    def stop(self) -> None:
        """Stop after the page under way."""
        self._stopped = True

    def _set_paper(self, number: int) -> None:
        size = self._pages.sizes[number]
        wide = size.width() > size.height()
        upright = QSizeF(size.height(), size.width()) if wide else size
        paper = QPageSize(upright, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
        orientation = (
            QPageLayout.Orientation.Landscape if wide else QPageLayout.Orientation.Portrait
        )
        self._printer.setPageLayout(QPageLayout(paper, orientation, QMarginsF()))

    def _render_next(self) -> None:
        number = self._wanted[self._done]
        width = round(self._pages.sizes[number].width() * DPI / POINTS_PER_INCH)
        pages = self._pages

        def work(_progress: Progress) -> bool:
            return self._put(pages.render(number, width))

        self._runner.on_reading(work, self, self._on_put, self._on_failed)

    def _put(self, picture: QImage) -> bool:
        """Put a picture on the next sheet; runs beside the window, since a page at 300 dpi takes long to hand over.

        Returns:
            False when the work was stopped.
        """
        if self._stopped or picture.isNull():
            return False
        if self._done:
            self._set_paper(self._wanted[self._done])
            if not self._printer.newPage():
                raise EnvironmentProblem("PRINT_FAILED", printer=self._printer.printerName())
        sheet = QRectF(self._printer.pageLayout().fullRectPixels(self._printer.resolution()))
        self._painter.drawImage(_fitted(picture, sheet), picture)
        return True

    def _on_put(self, put: bool) -> None:
        if not put:
            self._printer.abort()
            self._end(None)
            return
        self._done += 1
        self.progressed.emit(self._done, len(self._wanted))
        if self._done == len(self._wanted):
            self._end(None)
        else:
            self._render_next()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, EnvironmentProblem):
            self._end(error)
            return
        self._end(None)
        raise error

    def _end(self, problem: EnvironmentProblem | None) -> None:
        if self._painter.isActive() and not self._painter.end() and problem is None:
            problem = EnvironmentProblem("PRINT_FAILED", printer=self._printer.printerName())
        self.ended.emit(problem)


def _fitted(picture: QImage, sheet: QRectF) -> QRectF:
    """Return where the picture lies: as large as the sheet allows, never larger than it is, centred."""
    scale = min(sheet.width() / picture.width(), sheet.height() / picture.height(), 1.0)
    # A sheet that differs by the rounding of a point is the same paper: do not shrink by a hair.
    scale = 1.0 if scale > 0.995 else scale
    width, height = picture.width() * scale, picture.height() * scale
    return QRectF((sheet.width() - width) / 2, (sheet.height() - height) / 2, width, height)
