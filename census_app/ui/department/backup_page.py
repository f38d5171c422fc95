"""The page "backup": where the file lies, its snapshots with what is in them, making, restoring and copying them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from census_app.domain.safekeeping import CopyMade, SnapshotFile, Standing
from census_app.services.backing_up import (
    Present,
    Shelf,
    SnapshotView,
    look_into,
    present_of,
    shelf_of,
)
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department import backup_words
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.snapshot_detail import SnapshotDetail
from census_app.ui.models.text_table import ROW_ROLE, Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.elided import ElidedLabel
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


@dataclass(frozen=True, slots=True)
class Kept:
    """What the page shows, read on the database thread."""

    shelf: Shelf
    present: Present
    standing: Standing
    copies: tuple[CopyMade, ...] = ()


class BackupPage(QWidget):
    """Snapshots and what can be done with them.

    Signals:
        restore_wanted, look_wanted, copy_wanted: A `SnapshotFile`; copy: None for the file as it is now.
        standing_wanted: The person wants to say what became of the other file.
    """

    restore_wanted = Signal(object)
    look_wanted = Signal(object)
    copy_wanted = Signal(object)
    standing_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self._views: dict[str, SnapshotView] = {}
        self._generation = 0
        self._wanted = ""
        self.make = page.button(words("BK_MAKE"), self._on_make, "primary", Icon.SAVE)
        self.copy = page.button(words("BK_COPY"), self._on_copy, symbol=Icon.EXPORT)
        self.copy.setToolTip(words("BK_COPY_TIP"))
        self._head = page.PageHead(words("UI_STEP_BACKUP"), [self.copy, self.make])
        self._standing = page.Notice(words)
        self._place = page.Card()
        self._place_symbol = page.symbol_label(Icon.FOLDER, theme.tokens().text_2)
        self._path = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self._place_text = page.label("", wrap=True, selectable=True)
        self._copies = page.label("", "hint", wrap=True)
        self.model = TextTableModel(
            [
                Heading(words("BK_AT"), 104),
                Heading(words("BK_WHY"), 132),
                Heading(words("BK_RECORDS"), 72, right=True),
                Heading(words("BK_DIFFERS")),
                Heading(words("BK_SIZE"), 80, right=True),
            ],
            self,
        )
        self.table = text_table(self.model, words("BK_SNAPSHOTS"))
        self.detail = SnapshotDetail(session.form_set, words)
        self._build()
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.doubleClicked.connect(self._on_double)
        self.detail.restore.clicked.connect(self._on_restore)
        self.detail.look.clicked.connect(self._on_look)
        self.detail.copy.clicked.connect(self._on_copy_chosen)

    def _build(self) -> None:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._place_symbol, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self._path)
        texts.addWidget(self._place_text)
        texts.addWidget(self._copies)
        row.addLayout(texts, 1)
        self._place.body.addLayout(row)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setSizes([760, 320])
        self._stack = QStackedWidget()
        self._stack.addWidget(split)
        self._stack.addWidget(page.EmptyState(words("BK_EMPTY"), symbol=Icon.HISTORY))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addWidget(self._standing)
        column.addWidget(self._place)
        column.addWidget(self._stack, 1)
        column.addWidget(page.label(words("BK_RETENTION"), "hint", wrap=True))

    # -- reading -----------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Read anew; called when the page is shown."""
        vault = self._session.services.vault

        def work(store: WorkspaceStore, _progress: Progress) -> Kept:
            keeping = store.keeping
            return Kept(
                shelf_of(vault, store.path),
                present_of(store),
                keeping.standing(),
                tuple(keeping.copies()),
            )

        self._session.ask(work, self, self._on_kept)

    def _on_kept(self, kept: Kept) -> None:
        words, shelf = self._words, kept.shelf
        self._generation += 1
        note = words("BK_NOTE", count=len(shelf.snapshots), size=backup_words.size(shelf.bytes))
        self._head.set_note(note if shelf.snapshots else "")
        self._show_place(kept)
        self._show_standing(kept.standing)
        chosen = self._wanted or self._chosen_name()
        self._wanted = ""
        views = [self._known(each) for each in shelf.snapshots]
        self.model.show_rows([self._cells(view) for view in views], views)
        self._stack.setCurrentIndex(0 if views else 1)
        if views:
            names = [view.file.path.name for view in views]
            self.table.selectRow(names.index(chosen) if chosen in names else 0)
        self._look_into(views, kept.present)

    def _known(self, file: SnapshotFile) -> SnapshotView:
        """Return what was found in a snapshot before; how it differs from now has to be looked for again."""
        known = self._views.get(file.path.name)
        return replace(known, tally=None) if known is not None else SnapshotView(file)

    def _look_into(self, views: Sequence[SnapshotView], present: Present) -> None:
        """Look into the snapshots one by one, the newest first, away from the database thread."""
        vault, generation = self._session.services.vault, self._generation
        waiting = [view.file for view in views]

        def next_one() -> None:
            if waiting and generation == self._generation:
                file = waiting.pop(0)
                self._session.runner.on_reading(
                    lambda _p: look_into(vault, file, present), self, found
                )

        def found(view: SnapshotView) -> None:
            self._views[view.file.path.name] = view
            if generation == self._generation:
                self._show_view(view)
                next_one()

        next_one()

    def _show_view(self, view: SnapshotView) -> None:
        for row in range(self.model.rowCount()):
            shown = self._view_at(row)
            if shown is not None and shown.file.path == view.file.path:
                self.model.put_row(row, self._cells(view), view)
                if row == self.table.currentIndex().row():
                    self.detail.show_view(view)
                return

    # -- showing -----------------------------------------------------------------------------------------------------

    def _cells(self, view: SnapshotView) -> list[Cell | str]:
        words, file = self._words, view.file
        at = words.moment(file.at.isoformat(timespec="seconds"))
        why, size = backup_words.reason(words, file.reason), backup_words.size(file.bytes)
        if view.error is not None:
            return [at, why, "", Cell(words("BK_UNREADABLE"), Icon.ALERT, "bad"), size]
        if view.contents is None:
            return [at, why, "…", "…", size]
        return [
            at,
            why,
            words.count(view.contents.records),
            backup_words.tally(words, view.tally),
            size,
        ]

    def _show_place(self, kept: Kept) -> None:
        words, place = self._words, kept.shelf.place
        self._path.show_text(str(kept.shelf.path))
        self._place_text.setText(backup_words.place(words, place))
        theme.set_look(self._place, "banner" if place.kind else "card")
        if kept.copies:
            last = kept.copies[-1]
            self._copies.setText(words("BK_COPIED_LAST", to=last.to, at=words.moment(last.at)))
        else:
            self._copies.setText(words("BK_COPIED_NEVER"))

    def _show_standing(self, standing: Standing) -> None:
        if not standing.state:
            self._standing.hide()
            return
        words = self._words
        text = words(f"BK_STANDING_{standing.state.upper()}", since=words.moment(standing.since))
        self._standing.say(text, words("BK_STANDING_SAY"), self.standing_wanted.emit, serious=True)

    # -- acting ------------------------------------------------------------------------------------------------------

    def chosen(self) -> SnapshotView | None:
        """Return the snapshot that is chosen."""
        return self._view_at(self.table.currentIndex().row())

    def _view_at(self, row: int) -> SnapshotView | None:
        found = self.model.index(row, 0).data(ROW_ROLE) if row >= 0 else None
        return found if isinstance(found, SnapshotView) else None

    def _chosen_name(self) -> str:
        view = self.chosen()
        return view.file.path.name if view is not None else ""

    def _on_row(self) -> None:
        self.detail.show_view(self.chosen())

    def _on_double(self) -> None:
        self._on_look()

    def _on_make(self) -> None:
        self.make.setEnabled(False)

        def made(path: object) -> None:
            self.make.setEnabled(True)
            self._wanted = getattr(path, "name", "")
            self.enter()

        def failed(error: Exception) -> None:
            self.make.setEnabled(True)
            self._session.runner.report(error)

        self._session.ask(
            lambda store, _p: store.snapshot("manual"), self, made, failed, settled=True
        )

    def _on_copy(self) -> None:
        self.copy_wanted.emit(None)

    def _on_restore(self) -> None:
        self._emit(self.restore_wanted)

    def _on_look(self) -> None:
        self._emit(self.look_wanted)

    def _on_copy_chosen(self) -> None:
        self._emit(self.copy_wanted)

    def _emit(self, signal: object) -> None:
        view = self.chosen()
        if view is not None and view.error is None:
            signal.emit(view.file)  # type: ignore[attr-defined]
