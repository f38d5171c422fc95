"""The preview as a widget: pages, contents, search, zoom, and what one does with paper: save it, print it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QDesktopServices,
    QIntValidator,
    QShortcut,
)
from PySide6.QtGui import QKeySequence as Keys
from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from census_app.errors import CensusError, EnvironmentProblem
from census_app.reports.content import Printed
from census_app.services.progress import Progress
from census_app.settings.files import atomic_write, safe_file_name
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.preview.document import Bookmark, Hit, PdfPages
from census_app.ui.preview.page_view import ZOOMS, Fit, PageView
from census_app.ui.preview.printing import PrintJob, make_printer
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS: Final = 250
MISSING_NAMED: Final = 3
SIDE_WIDTH: Final = 240


class PreviewWidget(QWidget):
    """Shows a `Printed` document; embedded in a page or inside `PreviewDialog`.

    The owner calls `close_document` before it goes.
    """

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._pages: PdfPages | None = None
        self._name = ""
        self._hits: list[Hit] = []
        self._hit = -1
        self._searching: Task | None = None
        self._job: PrintJob | None = None
        self.runner = TaskRunner(self._show_error, parent=self)
        self.view = PageView(words, self.runner)
        self.notice = page.Notice(words)
        self._contents = QTreeWidget()
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._build()
        self._connect()

    # -- document --------------------------------------------------------------------------------------------------

    def show_document(self, printed: Printed, suggested_name: str) -> None:
        """Show a document; what was shown before is closed."""
        self.close_document()
        self._pages = PdfPages(printed.pdf)
        self._name = safe_file_name(suggested_name)
        self.search.clear()
        self.notice.hide()
        self.view.show_pages(self._pages)
        self._page_total.setText(f"/ {self._pages.count}")
        self._say_missing(printed)
        pages = self._pages
        self.runner.on_reading(lambda _p: (pages, pages.bookmarks()), self, self._on_bookmarks)

    def close_document(self) -> None:
        """Stop all work on the document and close it."""
        if self._job is not None:
            self._job.stop()
        if self._searching is not None:
            self._searching.cancel()
        self.view.show_pages(None)
        self._contents.clear()
        if self._pages is not None:
            self._pages.close()
            self._pages = None

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
        column.addLayout(self._toolbar())
        column.addWidget(self.notice)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        self._contents.setHeaderHidden(True)
        self._contents.setAccessibleName(self._words("PREVIEW_CONTENTS"))
        self._contents.hide()
        split.addWidget(self._contents)
        split.addWidget(self.view)
        split.setStretchFactor(1, 1)
        split.setSizes([SIDE_WIDTH, 800])
        column.addWidget(split, 1)

    def _toolbar(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(4)
        self._side = page.icon_button(Icon.LIST, words("PREVIEW_CONTENTS"), self._on_side)
        self._side.setCheckable(True)
        self._side.hide()
        row.addWidget(self._side)
        row.addWidget(page.icon_button(Icon.ARROW_UP, words("PREVIEW_BEFORE"), self._on_before))
        row.addWidget(page.icon_button(Icon.ARROW_DOWN, words("PREVIEW_AFTER"), self._on_after))
        self.number = QLineEdit("1")
        self.number.setFixedWidth(56)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setValidator(QIntValidator(1, 999_999, self))
        self.number.setAccessibleName(words("PREVIEW_GO_TO"))
        row.addWidget(self.number)
        self._page_total = page.label("", "hint")
        row.addWidget(self._page_total)
        row.addSpacing(8)
        row.addWidget(_sign_button("−", words("PREVIEW_SMALLER"), self._on_smaller))
        self.zoom = self._zoom_button()
        row.addWidget(self.zoom)
        row.addWidget(_sign_button("+", words("PREVIEW_LARGER"), self._on_larger))
        row.addSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText(words("PREVIEW_FIND"))
        self.search.setAccessibleName(words("PREVIEW_FIND"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(220)
        row.addWidget(self.search, 1)
        self._found = page.label("", "hint")
        row.addWidget(self._found)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_SAVE_AS"), self._on_save, symbol=Icon.SAVE))
        row.addSpacing(4)
        row.addWidget(page.button(words("PREVIEW_PRINT"), self._on_print, "primary", Icon.PRINT))
        return row

    def _zoom_button(self) -> QPushButton:
        """Return the zoom as a button with a menu: a wheel over it changes nothing."""
        button = page.button("100 %")
        button.setAccessibleName(self._words("PREVIEW_ZOOM"))
        menu = QMenu(button)
        group = QActionGroup(menu)
        for fit in Fit:
            self._add_zoom(menu, group, self._words(f"PREVIEW_FIT_{fit.name}"), fit)
        menu.addSeparator()
        for value in ZOOMS:
            self._add_zoom(menu, group, f"{value:.0%}".replace("%", " %"), value)
        group.triggered.connect(self._on_zoom_chosen)
        button.setMenu(menu)
        return button

    @staticmethod
    def _add_zoom(menu: QMenu, group: QActionGroup, text: str, value: float | Fit) -> None:
        action = menu.addAction(text)
        action.setData(value)
        group.addAction(action)

    def _connect(self) -> None:
        self.view.page_changed.connect(self._on_page_changed)
        self.view.zoom_changed.connect(self._on_zoom_changed)
        self.number.returnPressed.connect(self._on_number)
        self.search.textChanged.connect(self._on_find_changed)
        self.search.returnPressed.connect(self._on_find_next)
        self._timer.timeout.connect(self._on_find)
        self._contents.currentItemChanged.connect(self._on_contents)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, call in (
            (Keys(Keys.StandardKey.ZoomIn), self._on_larger),
            (Keys(Keys.StandardKey.ZoomOut), self._on_smaller),
            (Keys(Keys.StandardKey.Print), self._on_print),
            (Keys(Keys.StandardKey.FindNext), self._on_find_next),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(context)
            shortcut.activated.connect(call)

    # -- moving ----------------------------------------------------------------------------------------------------

    def _on_page_changed(self, number: int) -> None:
        if not self.number.hasFocus():
            self.number.setText(str(number + 1))

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

    def _on_zoom_chosen(self, action: QAction) -> None:
        self.view.set_zoom(action.data())

    def _on_zoom_changed(self, zoom: float) -> None:
        self.zoom.setText(f"{zoom:.0%}".replace("%", " %"))

    def _on_side(self) -> None:
        self._contents.setVisible(self._side.isChecked())

    def _on_bookmarks(self, result: tuple[PdfPages, list[Bookmark]]) -> None:
        pages, bookmarks = result
        if pages is not self._pages:
            return
        path: list[QTreeWidgetItem] = []
        for mark in bookmarks:
            del path[mark.level :]
            item = QTreeWidgetItem([mark.title])
            item.setData(0, Qt.ItemDataRole.UserRole, mark.page)
            if path:
                path[-1].addChild(item)
            else:
                self._contents.addTopLevelItem(item)
            path.append(item)
        self._side.setVisible(bool(bookmarks))
        self._side.setChecked(len(bookmarks) > 1 and self.width() > 3 * SIDE_WIDTH)
        self._on_side()

    def _on_contents(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.view.go_to(int(item.data(0, Qt.ItemDataRole.UserRole)))

    # -- finding ---------------------------------------------------------------------------------------------------

    def _on_find_changed(self) -> None:
        if self._searching is not None:
            self._searching.cancel()
        self._timer.start()

    def _on_find(self) -> None:
        pages, text = self._pages, self.search.text().strip()
        if pages is None or not text:
            self._show_hits([])
            return

        def work(progress: Progress) -> tuple[PdfPages, str, list[Hit]]:
            return pages, text, pages.find(text, progress)

        self._searching = self.runner.on_reading(work, self, self._on_found)

    def _on_found(self, result: tuple[PdfPages, str, list[Hit]]) -> None:
        pages, text, hits = result
        if pages is self._pages and text == self.search.text().strip():
            self._show_hits(hits)

    def _show_hits(self, hits: list[Hit]) -> None:
        self._hits = hits
        here = [n for n, hit in enumerate(hits) if hit.page >= self.view.page]
        self._hit = here[0] if here else (0 if hits else -1)
        self._show_hit()

    def _on_find_next(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._on_find()
        elif self._hits:
            self._hit = (self._hit + 1) % len(self._hits)
            self._show_hit()

    def _show_hit(self) -> None:
        self.view.show_hits(self._hits, self._hit)
        if self._hits:
            self._found.setText(f"{self._hit + 1} / {len(self._hits)}")
        else:
            self._found.setText(self._words("PREVIEW_NOT_FOUND") if self.search.text() else "")

    # -- saving and printing ---------------------------------------------------------------------------------------

    def _on_save(self) -> None:
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

    def _on_print(self) -> None:
        if self._pages is None or self._job is not None:
            return
        printer = make_printer()
        printer.setDocName(self._name)
        dialog = QPrintDialog(printer, self)
        dialog.setOption(QAbstractPrintDialog.PrintDialogOption.PrintPageRange)
        dialog.setMinMax(1, self._pages.count)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Print the document, or the range the printer was given."""
        if self._pages is None or self._job is not None:
            return
        self._job = PrintJob(self._pages, printer, self.runner, self)
        self._job.progressed.connect(self._on_print_progressed)
        self._job.ended.connect(self._on_print_ended)
        self._on_print_progressed(0, self._pages.count)
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


def _sign_button(sign: str, name: str, clicked: Callable[[], object]) -> QPushButton:
    button = page.button(sign, clicked, "icon")
    button.setToolTip(name)
    button.setAccessibleName(name)
    return button
