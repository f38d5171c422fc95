"""The preview as a widget: pages, contents, search, zoom, and what one does with paper: save it, open it, print it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QShortcut
from PySide6.QtGui import QKeySequence as Keys
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QSplitter, QVBoxLayout, QWidget

from census_app.errors import CensusError, EnvironmentProblem
from census_app.reports.content import Printed
from census_app.services.progress import Progress
from census_app.settings.files import atomic_write, safe_file_name
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.preview.document import Bookmark, Hit, PdfPages
from census_app.ui.preview.finding import Finder
from census_app.ui.preview.page_view import PageView
from census_app.ui.preview.print_dialog import PrintDialog
from census_app.ui.preview.printing import PrintJob, make_printer
from census_app.ui.preview.side import WIDTH, SidePanel, Tab
from census_app.ui.preview.toolbar import PreviewToolbar
from census_app.ui.shell import page
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS: Final = 250
MISSING_NAMED: Final = 3
LONG: Final = 500
"""Pages above which even reading the sizes of all pages would hold the window."""


class PreviewWidget(QWidget):
    """Shows a `Printed` document; embedded in a page or inside `PreviewDialog`.

    The owner calls `close_document` before it goes.
    """

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._pages: PdfPages | None = None
        self._awaited: Printed | None = None
        self._name = ""
        self._hit = -1
        self._job: PrintJob | None = None
        self._opened: tempfile.TemporaryDirectory[str] | None = None
        self.runner = TaskRunner(self._show_error, parent=self)
        self.view = PageView(words, self.runner)
        self.notice = page.Notice(words)
        self.side = SidePanel(words, self.runner)
        self.bar = PreviewToolbar(words)
        self.number, self.search, self.zoom = self.bar.number, self.bar.search, self.bar.zoom
        self._finder = Finder(self.runner, self)
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._build()
        self._connect()

    # -- document --------------------------------------------------------------------------------------------------

    def show_document(self, printed: Printed, suggested_name: str) -> None:
        """Show a document; what was shown before is closed. A long one is opened beside the window's thread."""
        self.close_document()
        self._name = safe_file_name(suggested_name)
        if printed.pages <= LONG:
            self._show(PdfPages(printed.pdf), printed)
            return
        self._awaited = printed
        self.runner.on_reading(
            lambda _p: (PdfPages(printed.pdf), printed), self, self._on_long_opened
        )

    def _on_long_opened(self, result: tuple[PdfPages, Printed]) -> None:
        pages, printed = result
        if printed is self._awaited:
            self._show(pages, printed)
        else:
            pages.close()

    def _show(self, pages: PdfPages, printed: Printed) -> None:
        self._awaited = None
        self._pages = pages
        self.search.clear()
        self.notice.hide()
        self.side.show_pages(self._pages)
        self.view.show_pages(self._pages)
        self.bar.total.setText(f"/ {self._pages.count}")
        self._say_missing(printed)
        self.runner.on_reading(lambda _p: (pages, pages.bookmarks()), self, self._on_bookmarks)

    def close_document(self) -> None:
        """Stop all work on the document and close it."""
        self._awaited = None
        if self._job is not None:
            self._job.stop()
        self._finder.stop()
        self._forget_hits()
        self.side.show_pages(None)
        self.view.show_pages(None)
        if self._pages is not None:
            self._pages.close()
            self._pages = None
        if self._opened is not None:
            self._opened.cleanup()
            self._opened = None

    @property
    def pages(self) -> PdfPages | None:
        """The document that is shown."""
        return self._pages

    def _say_missing(self, printed: Printed) -> None:
        missing = printed.missing_characters
        if not missing:
            return
        named = "；".join(f"{m.char} ({m.where})" for m in missing[:MISSING_NAMED])
        code = "PREVIEW_MISSING" if len(missing) <= MISSING_NAMED else "PREVIEW_MISSING_MORE"
        self.notice.say(self._words(code, count=len(missing), named=named), serious=True)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.bar)
        column.addWidget(self.notice)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        self.side.hide()
        split.addWidget(self.side)
        split.addWidget(self.view)
        split.setStretchFactor(1, 1)
        split.setSizes([WIDTH, 800])
        column.addWidget(split, 1)

    def _connect(self) -> None:
        self.bar.connect_buttons(
            {
                "side": self._on_side,
                "before": self._on_before,
                "after": self._on_after,
                "smaller": self._on_smaller,
                "larger": self._on_larger,
                "hit_before": self._on_hit_before,
                "hit_after": self._on_hit_after,
                "open": self._on_open,
                "save": self._on_save,
                "print": self._on_print,
            }
        )
        self.bar.zooms.triggered.connect(self._on_zoom_chosen)
        self.view.page_changed.connect(self._on_page_changed)
        self.view.zoom_changed.connect(self.bar.show_zoom)
        self.number.returnPressed.connect(self._on_number)
        self.search.textChanged.connect(self._on_find_changed)
        self.search.returnPressed.connect(self._on_hit_after)
        self._timer.timeout.connect(self._on_find)
        self._finder.found.connect(self._on_found)
        self._finder.ended.connect(self._say_hits)
        self.side.page_wanted.connect(self.view.go_to)
        self.side.hit_wanted.connect(self._show_hit)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, call in (
            (Keys(Keys.StandardKey.ZoomIn), self._on_larger),
            (Keys(Keys.StandardKey.ZoomOut), self._on_smaller),
            (Keys("Ctrl+0"), self._on_natural_size),
            (Keys(Keys.StandardKey.Print), self._on_print),
            (Keys(Keys.StandardKey.SaveAs), self._on_save),
            (Keys("F3"), self._on_hit_after),
            (Keys("Shift+F3"), self._on_hit_before),
            (Keys("F4"), self.bar.side.click),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(context)
            shortcut.activated.connect(call)

    # -- moving ----------------------------------------------------------------------------------------------------

    def _on_page_changed(self, number: int) -> None:
        if not self.number.hasFocus():
            self.number.setText(str(number + 1))
        self.side.follow_page(number)

    def _on_number(self) -> None:
        self.view.go_to(int(self.number.text() or "1") - 1)
        self.view.setFocus()
        self.number.setText(str(self.view.page + 1))

    def _on_before(self) -> None:
        self.view.go_to(max(0, self.view.page - 1))

    def _on_after(self) -> None:
        self.view.go_to(self.view.page + 1)

    def _on_larger(self) -> None:
        self.view.zoom_by(1)

    def _on_smaller(self) -> None:
        self.view.zoom_by(-1)

    def _on_natural_size(self) -> None:
        self.view.set_zoom(1.0)

    def _on_zoom_chosen(self, action: QAction) -> None:
        self.view.set_zoom(action.data())

    def _on_side(self) -> None:
        self.side.setVisible(self.bar.side.isChecked())

    def _show_side(self, shown: bool) -> None:
        self.bar.side.setChecked(shown)
        self._on_side()

    def _on_bookmarks(self, result: tuple[PdfPages, list[Bookmark]]) -> None:
        pages, bookmarks = result
        if pages is self._pages:
            self.side.show_bookmarks(bookmarks)
            if len(bookmarks) > 1 and self.width() > 4 * WIDTH:
                self._show_side(True)

    # -- finding ---------------------------------------------------------------------------------------------------

    def _on_find_changed(self) -> None:
        self._finder.stop()
        self._timer.start()

    def _forget_hits(self) -> None:
        self._hit = -1
        self.side.places.clear()
        self.view.show_hits(())
        self._say_hits()

    def _on_find(self) -> None:
        pages, text = self._pages, self.search.text().strip()
        self._forget_hits()
        if pages is not None and text:
            self._finder.look_for(pages, text)
            self._say_hits()
            if self.side.isVisible():
                self.side.show_tab(Tab.HITS)

    def _on_found(self, hits: list[Hit]) -> None:
        """Take further places; the first one on the page that is read, or behind it, is shown."""
        places = self.side.places
        first = len(places.hits)
        places.add(hits)
        here = [n for n, hit in enumerate(hits, first) if hit.page >= self.view.page]
        if self._hit < 0 and here:
            self._show_hit(here[0])
        else:
            self.view.show_hits(places.hits, self._hit, scroll=False)
        self._say_hits()

    def _say_hits(self) -> None:
        found = self.side.places.hits
        if found and self._hit < 0 and not self._finder.busy:
            self._show_hit(0)
            return
        number = max(self._hit, 0) + 1
        self.bar.show_hits(number, len(found), busy=self._finder.busy, more=self._finder.more)

    def _on_hit_after(self) -> None:
        self._step(1)

    def _on_hit_before(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        count = len(self.side.places.hits)
        if self._timer.isActive():
            self._timer.stop()
            self._on_find()
        elif count:
            self._show_hit((self._hit + by) % count)

    def _show_hit(self, number: int) -> None:
        self._hit = number
        self.side.follow_hit(number)
        self.view.show_hits(self.side.places.hits, number)
        self._say_hits()

    # -- saving, opening, printing -----------------------------------------------------------------------------------

    def _on_save(self) -> None:
        if self._pages is None:
            return
        name, _kind = QFileDialog.getSaveFileName(
            self, self._words("UI_SAVE_AS"), self._name, "PDF (*.pdf)"
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the document; a notice says when it is there."""
        if self._pages is None:
            return
        path = path if path.suffix else path.with_suffix(".pdf")
        data = self._pages.data

        def work(_progress: Progress) -> Path:
            atomic_write(path, data)
            return path

        self.runner.on_reading(work, self, self._on_saved)

    def _on_saved(self, path: Path) -> None:
        text = self._words("PREVIEW_SAVED", path=path)
        self.notice.say(text, self._words("PREVIEW_OPEN"), _OpenFile(path, self).run)

    def _on_open(self) -> None:
        """Open the document in the person's own viewer, from a file that goes with the preview."""
        if self._pages is None:
            return
        if self._opened is None:
            self._opened = tempfile.TemporaryDirectory(prefix="census-", ignore_cleanup_errors=True)
        name = self._name if self._name.endswith(".pdf") else f"{self._name}.pdf"
        path, data = Path(self._opened.name) / name, self._pages.data

        def work(_progress: Progress) -> Path:
            atomic_write(path, data)
            return path

        self.runner.on_reading(work, self, self._on_ready_to_open)

    def _on_ready_to_open(self, path: Path) -> None:
        _OpenFile(path, self).run()

    def _on_print(self) -> None:
        if self._pages is None or self._job is not None:
            return
        printer = make_printer()
        printer.setDocName(self._name)
        dialog = PrintDialog(self._words, printer, self._pages.count, self.view.page, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.print_on(printer)
        dialog.deleteLater()

    def print_on(self, printer: QPrinter) -> None:
        """Print what the printer was asked for."""
        if self._pages is None or self._job is not None:
            return
        self._job = PrintJob(self._pages, printer, self.runner, self)
        self._job.progressed.connect(self._on_print_progressed)
        self._job.ended.connect(self._on_print_ended)
        self._on_print_progressed(0, self._job.count)
        self._job.start()

    def _on_print_progressed(self, done: int, total: int) -> None:
        if self._job is not None:
            text = self._words("PREVIEW_PRINTING", done=done, total=total)
            self.notice.say(text, self._words("UI_CANCEL"), self._job.stop)

    def _on_print_ended(self, problem: EnvironmentProblem | None) -> None:
        if self._job is not None:
            self._job.deleteLater()
            self._job = None
        self.notice.hide()
        if problem is not None:
            self._show_error(problem)

    def _show_error(self, error: CensusError) -> None:
        ErrorDialog(self._words, error, self).exec()


class _OpenFile(QObject):
    """Opens a saved file in the person's own viewer."""

    def __init__(self, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._path = path

    def run(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path)))
