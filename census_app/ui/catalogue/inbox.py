"""The inbox: packages as they arrive, what was verified, what became of them, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.services.verifying import Verified
from census_app.ui.catalogue.arrival_detail import detail_parts, verified_parts
from census_app.ui.catalogue.arrivals import (
    Arrival,
    ArrivalQueue,
    Stage,
    arrival_standing,
    arrivals,
    files_in,
)
from census_app.ui.catalogue.facts import SidePanel
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PANEL = 340


class DropStrip(QFrame):
    """Where packages are dropped; it also has the button that chooses files."""

    def __init__(self, words: Words, choose: QWidget) -> None:
        super().__init__()
        theme.set_look(self, "drop")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(page.symbol_label(Icon.INBOX, theme.tokens().text_2, 24))
        row.addWidget(page.label(words("CAT_DROP_HERE"), "text2", wrap=True), 1)
        row.addWidget(choose)

    def set_active(self, *, active: bool) -> None:
        """Show that letting go here does something."""
        theme.set_look(self, "drop-active" if active else "drop")


class ProgressStrip(QFrame):
    """How far the queue is, and the button that stops it."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        theme.set_look(self, "card")
        self._words = words
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        self._text = page.label("")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(words("CAT_RECEIVING_NAME"))
        self.cancel = page.button(words("UI_CANCEL"), look="small")
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(self.cancel)
        self.hide()

    def show_queue(self, queue: ArrivalQueue) -> None:
        """Show the file under way."""
        current = queue.current
        self.setVisible(current is not None)
        if current is not None:
            total = len(queue.rows)
            self._bar.setRange(0, total)
            self._bar.setValue(queue.done)
            text = self._words(
                "CAT_RECEIVING", name=current.name, number=queue.done + 1, total=total
            )
            self._text.setText(text)


class InboxPage(QWidget):
    """Drop strip, list, and what is known of the chosen row.

    Signals:
        department_opened: code of the department.
    """

    department_opened = Signal(str)

    def __init__(self, session: CatalogueSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self.queue = ArrivalQueue(session, self)
        self.setAcceptDrops(True)
        self.choose = page.button(
            words("CAT_CHOOSE_FILES"), self._on_choose, "primary", Icon.FOLDER
        )
        self.strip = DropStrip(words, self.choose)
        self.progress = ProgressStrip(words)
        self.progress.cancel.clicked.connect(self.queue.stop)
        self.table: SortableTable[Arrival] = SortableTable(
            self._columns(), lambda row: row.key, words("CAT_INBOX_TABLE")
        )
        self.panel = SidePanel(words("CAT_NOTHING_CHOSEN"))
        self._stack = QStackedWidget()
        self._build()
        self.table.chosen.connect(self._on_chosen)
        self.queue.changed.connect(self._show_rows)
        self.queue.emptied.connect(self._on_emptied)
        session.loaded.connect(self._on_loaded)

    # -- what the window uses --------------------------------------------------------------------------------------

    def receive(self, paths: Sequence[Path]) -> None:
        """Receive files and the packages in folders."""
        self.strip.set_active(active=False)
        self.queue.add(files_in(paths))
        self.table.choose(f"#{len(self.queue.rows)}")

    def choose_files(self) -> None:
        """Ask which files to receive."""
        self._on_choose()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.panel)
        split.setStretchFactor(0, 1)
        split.setSizes([780, PANEL])
        self._stack.addWidget(split)
        self._stack.addWidget(
            page.EmptyState(words("CAT_INBOX_EMPTY"), (), Icon.INBOX, words("CAT_INBOX_EMPTY_TIP"))
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.head = page.PageHead(words("CAT_INBOX"))
        column.addWidget(self.head)
        column.addWidget(self.strip)
        column.addWidget(self.progress)
        column.addWidget(self._stack, 1)
        self._stack.setCurrentIndex(1)

    def _columns(self) -> Sequence[Column[Arrival]]:
        words = self._words
        return [
            Column(
                Heading(words("CAT_COL_OUTCOME"), 112),
                lambda r: arrival_standing(r, words).cell(),
                lambda r: arrival_standing(r, words).rank,
            ),
            Column(Heading(words("CAT_COL_FILE"), 208), lambda r: r.name, lambda r: r.name),
            Column(Heading(words("CAT_COL_DEPARTMENT")), self._department, self._department),
            Column(
                Heading(words("CAT_COL_NUMBER"), 48, right=True),
                lambda r: str(_sequence(r) or "—"),
                _sequence,
            ),
            Column(
                Heading(words("CAT_COL_PROBLEMS"), 84, right=True),
                self._problems,
                lambda r: r.package.errors if r.package is not None else 0,
            ),
            Column(
                Heading(words("CAT_COL_RECEIVED"), 100),
                lambda r: words.moment(r.package.received_at) if r.package is not None else "—",
                lambda r: r.package.received_at if r.package is not None else "",
            ),
        ]

    def _department(self, row: Arrival) -> str:
        state = self._session.state
        if row.received is not None and row.received.department_name:
            return row.received.department_name
        return state.name_of(row.department) if state is not None and row.department else "—"

    def _problems(self, row: Arrival) -> Cell | str:
        if row.package is None:
            return "—"
        text = f"{row.package.errors} / {row.package.warnings}"
        tone = "bad" if row.package.errors else "warn" if row.package.warnings else ""
        return Cell(text, tone=tone)

    # -- events ----------------------------------------------------------------------------------------------------

    def _on_choose(self) -> None:
        folder = self._preferences.text("packages")
        names, _kind = QFileDialog.getOpenFileNames(
            self, self._words("CAT_CHOOSE_FILES"), folder, self._words("CAT_FILES_FILTER")
        )
        if names:
            self._preferences.remember_text("packages", str(Path(names[0]).parent))
            self.receive([Path(name) for name in names])

    def _on_loaded(self, _state: CatalogueState) -> None:
        self._show_rows()
        self.table.choose_first()

    def _on_emptied(self) -> None:
        self._session.refresh()

    def _show_rows(self) -> None:
        state = self._session.state
        rows = arrivals(self.queue.rows, state)
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.progress.show_queue(self.queue)
        current = self.table.current()
        if current is not None:
            self._on_chosen(current)
        if state is not None:
            self.head.set_note(self._words("CAT_PACKAGES_KEPT", count=len(state.packages)))

    def _on_chosen(self, row: Arrival) -> None:
        parts = detail_parts(row, self._session.state, self._session.form_set, self._words)
        if row.package is not None:
            parts.append(
                page.button(self._words("CAT_VERIFY_AGAIN"), self._on_verify, symbol=Icon.SHIELD)
            )
        if row.department and row.stage is Stage.DONE:
            parts.append(page.button(self._words("CAT_TO_DEPARTMENT"), self._on_department, "link"))
        self.panel.show_parts(parts)

    def _on_department(self) -> None:
        row = self.table.current()
        if row is not None:
            self.department_opened.emit(row.department)

    def _on_verify(self) -> None:
        row = self.table.current()
        if row is not None and row.package is not None:
            title = self._words("CAT_VERIFYING")
            self._session.verify_stored(row.identity, self, self._on_verified, title)

    def _on_verified(self, verified: Verified) -> None:
        row = self.table.current()
        if row is None or (verified.identity and verified.identity != row.identity):
            return
        parts = detail_parts(row, self._session.state, self._session.form_set, self._words)
        self.panel.show_parts([*verified_parts(verified, self._words), *parts])

    # -- drag and drop ---------------------------------------------------------------------------------------------

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event):
            self.strip.set_active(active=True)
            event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.strip.set_active(active=False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event)
        if paths:
            event.acceptProposedAction()
            self.receive(paths)


def local_paths(event: QDropEvent) -> list[Path]:
    """Return the files and folders that are dragged."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def _sequence(row: Arrival) -> int:
    if row.package is not None:
        return row.package.sequence
    return row.received.sequence if row.received is not None else 0
