"""The inbox: packages as they arrive, what was verified, what became of them, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.services.deciding import Decided
from census_app.services.forking import Fork
from census_app.services.ports import PackageFacts
from census_app.services.previewing import Claim
from census_app.services.verifying import Verified
from census_app.ui.catalogue.arrival_detail import (
    UNVOUCHED,
    detail_parts,
    sender_name,
    verified_parts,
)
from census_app.ui.catalogue.arrivals import (
    SUBMISSION,
    Arrival,
    ArrivalQueue,
    Stage,
    arrival_standing,
    arrivals,
    files_in,
    is_request,
    outcome_words,
    received,
)
from census_app.ui.catalogue.contents_dialog import ContentsDialog
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.digest_row import DigestRow
from census_app.ui.catalogue.facts import SidePanel, beside
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.tables import Column, SortableTable, word_width
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import ROW_ROLE, Cell, Heading
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
        fork_wanted: The `Fork` to be laid side by side.
        confirm_wanted: code of the department whose key is to be confirmed.
        request_wanted: path of a department's request that is to be answered.
        notice: A sentence about what just happened, for the window.
    """

    department_opened = Signal(str)
    fork_wanted = Signal(object)
    confirm_wanted = Signal(str)
    request_wanted = Signal(object)
    notice = Signal(str)

    def __init__(
        self, session: CatalogueSession, desk: DecisionDesk, words: Words, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self._desk = desk
        self._claims: dict[str, Claim] = {}
        self.digest = DigestRow(desk, words)
        self.digest.accepted.connect(self._on_accepted)
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

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.choose, self.digest.field, self.digest.button]

    def guide_note(self) -> str:
        """Say how many packages wait."""
        state = self._session.state
        waiting = state.waiting if state is not None else 0
        return self._words("CAT_WAITING", count=waiting) if waiting else ""

    def close_page(self) -> None:
        """Receive no more."""
        self.queue.stop()

    def receive(self, paths: Sequence[Path]) -> None:
        """Receive files and the packages in folders."""
        if not self._session.store.writable:
            self.notice.emit(self._words("CS_READ_ONLY_TIP"))
            return
        self.strip.set_active(active=False)
        self.queue.add(files_in(paths))
        self.table.choose(f"#{len(self.queue.rows)}")

    def show_first(self, state: str) -> None:
        """Choose the first package that is in a state, such as `quarantined`."""
        for number in range(self.table.model.rowCount()):
            row = self.table.model.data(self.table.model.index(number, 0), ROW_ROLE)
            if isinstance(row, Arrival) and row.outcome == state:
                self.table.choose(row.key)
                return

    def choose_files(self) -> None:
        """Ask which files to receive."""
        self._on_choose()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        split = beside(self.table, self.panel, (780, PANEL))
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
        column.addWidget(self.digest)
        column.addWidget(self.progress)
        column.addWidget(self._stack, 1)
        self._stack.setCurrentIndex(1)

    def _columns(self) -> Sequence[Column[Arrival]]:
        words = self._words
        return [
            Column(
                Heading(words("CAT_COL_OUTCOME"), word_width(outcome_words(words), 112)),
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
        name = sender_name(row, self._session.state)
        if row.received is not None and row.received.department_name:
            name = row.received.department_name
        if row.kind in {"", SUBMISSION}:
            return name or "—"
        what = self._words(f"CR_TYPE_{row.kind}")
        return f"{what} · {name}" if name else what

    def _problems(self, row: Arrival) -> Cell | str:
        if row.package is None or row.kind != SUBMISSION:
            return "—"
        text = f"{row.package.errors} / {row.package.warnings}"
        tone = "bad" if row.package.errors else "warn" if row.package.unexplained else ""
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
            self.head.set_note(self._words("CAT_PACKAGES_KEPT", count=len(received(state))))

    def _on_chosen(self, row: Arrival) -> None:
        parts = self._parts(row)
        if row.package is not None and row.kind != "trust":
            parts.append(
                page.button(self._words("CAT_VERIFY_AGAIN"), self._on_verify, symbol=Icon.SHIELD)
            )
        known = self._session.state is not None and self._session.state.entry(row.department)
        if known and row.stage is Stage.DONE:
            parts.append(page.button(self._words("CAT_TO_DEPARTMENT"), self._on_department, "link"))
        self.panel.show_parts(parts)
        if row.outcome == "quarantined" and row.package is not None:
            self._ask_claim(row.package)

    def _parts(self, row: Arrival) -> list[QWidget]:
        return detail_parts(
            row,
            self._session.state,
            self._session.form_set,
            self._words,
            claim=self._claims.get(row.identity),
            actions=self._actions(row),
        )

    def _actions(self, row: Arrival) -> list[QWidget]:
        """Return what a person can do about a package that waits."""
        words = self._words
        actions: list[QWidget] = []
        if is_request(row):
            return [writes(page.button(words("CR_CONFIRM"), self._on_request, "primary", Icon.KEY))]
        if row.kind != SUBMISSION or row.package is None:
            return actions
        fork = self._fork_of(row)
        if fork is not None:
            verb = "CR_FORK_AGAIN" if fork.chosen else "CR_FORK_COMPARE"
            actions.append(page.button(words(verb), self._on_fork, symbol=Icon.FORK))
        if row.outcome == "quarantined":
            actions.append(
                writes(page.button(words("CR_CONFIRM"), self._on_confirm, symbol=Icon.KEY))
            )
        if row.outcome in {"quarantined", "fork", "pending", "set_aside", "revoked"}:
            actions.append(page.button(words("CR_CONTENTS"), self._on_contents, symbol=Icon.LIST))
        return actions

    def _fork_of(self, row: Arrival) -> Fork | None:
        """Return the fork a package is a side of, or the open one it waits for."""
        state, package = self._session.state, row.package
        if state is None or package is None:
            return None
        own = [f for f in state.forks if row.identity in {side.identity for side in f.sides}]
        if own or row.outcome not in {"pending", "fork"}:
            return own[0] if own else None
        open_ones = [f for f in state.open_forks if f.department == package.department]
        before = [f for f in open_ones if f.sequence <= package.sequence]
        return before[0] if before else None

    def _ask_claim(self, package: PackageFacts) -> None:
        if package.identity in self._claims:
            return

        def done(claim: Claim) -> None:
            self._claims[package.identity] = claim
            current = self.table.current()
            if current is not None and current.identity == package.identity:
                self._on_chosen(current)

        self._desk.claim(package, self, done)

    def _on_fork(self) -> None:
        row = self.table.current()
        fork = self._fork_of(row) if row is not None else None
        if fork is not None:
            self.fork_wanted.emit(fork)

    def _on_confirm(self) -> None:
        row = self.table.current()
        if row is not None:
            self.confirm_wanted.emit(row.department)

    def _on_request(self) -> None:
        row = self.table.current()
        if row is not None:
            self.request_wanted.emit(row.path)

    def _on_contents(self) -> None:
        row = self.table.current()
        if row is not None and row.package is not None:
            ContentsDialog(self._desk, row.package, self._words, self.window()).open()

    def _on_accepted(self, decided: Decided) -> None:
        package = decided.package
        state = self._session.state
        if package is not None and state is not None:
            name = state.name_of(package.department)
            text = self._words("CR_DIGEST_DONE", department=name, number=package.sequence)
            self.notice.emit(text)
            self.table.choose(package.identity)

    def _on_department(self) -> None:
        row = self.table.current()
        if row is not None:
            self.department_opened.emit(row.department)

    def _on_verify(self) -> None:
        row = self.table.current()
        if row is not None and row.package is not None:
            title = self._words("CAT_VERIFYING")
            self._session.verify_stored(row.package, self, self._on_verified, title)

    def _on_verified(self, verified: Verified) -> None:
        row = self.table.current()
        if row is None or (verified.identity and verified.identity != row.identity):
            return
        parts = self._parts(row)
        vouched = row.outcome not in UNVOUCHED
        told = verified_parts(verified, self._words, vouched=vouched)
        self.panel.show_parts([*told, *parts])

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
