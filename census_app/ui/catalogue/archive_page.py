"""The archive: every package and every letter the catalogue keeps, who signed it, and the file as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.names import fold
from census_app.services.archiving import (
    Kept,
    archive,
    write_archive_list,
    write_kept,
    write_several,
)
from census_app.services.verifying import Verified
from census_app.ui.catalogue.arrival_detail import UNVOUCHED, verified_parts
from census_app.ui.catalogue.copy_dialog import CopyDialog
from census_app.ui.catalogue.facts import (
    FactGrid,
    SidePanel,
    beside,
    breakable,
    grouped,
    standing_row,
)
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.standing import Standing, package_standing
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PANEL: Final = 360
LIST, EMPTY = range(2)


class ArchivePage(QWidget):
    """What was kept at the left, what is known of the chosen one at the right.

    Signals:
        department_opened: code of the department.
        notice: A sentence about what just happened, for the window.
    """

    department_opened = Signal(str)
    notice = Signal(str)

    def __init__(self, session: CatalogueSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self._kept: list[Kept] = []
        self.table: SortableTable[Kept] = SortableTable(
            self._columns(), lambda kept: kept.facts.identity, words("ARCHIVE"), many=True
        )
        self.panel = SidePanel(words("CAT_NOTHING_CHOSEN"))
        self.search = QLineEdit()
        self.kind = QuietCombo()
        self.save = page.button(words("ARCHIVE_SAVE"), self._on_save, "primary", Icon.SAVE)
        self.list = page.button(words("CS_EXPORT"), self._on_list, symbol=Icon.EXPORT)
        self.copy = page.button(words("CS_COPY_DOTS"), self.open_copy, symbol=Icon.COPY)
        self.head = page.PageHead(words("ARCHIVE"), [self.copy, self.list, self.save])
        self.dialog: CopyDialog | None = None
        self._stack = QStackedWidget()
        self._build()
        self.table.chosen.connect(self._on_chosen)
        self.search.textChanged.connect(self._show)
        self.kind.currentIndexChanged.connect(self._show)
        session.loaded.connect(self._on_loaded)

    def open_copy(self) -> None:
        """Ask where to copy the whole catalogue."""
        self.dialog = CopyDialog(self._session, self._words, self.window())
        self.dialog.copied.connect(self.notice)
        self.dialog.open()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.search.setPlaceholderText(words("ARCHIVE_SEARCH"))
        self.search.setAccessibleName(words("ARCHIVE_SEARCH"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(300)
        self.kind.setAccessibleName(words("CR_TYPE"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self.kind)
        row.addStretch(1)
        split = beside(self.table, self.panel, (740, PANEL))
        listing = QWidget()
        inner = QVBoxLayout(listing)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addLayout(row)
        inner.addWidget(split, 1)
        self._stack.addWidget(listing)
        self._stack.addWidget(
            page.EmptyState(words("ARCHIVE_EMPTY"), (), Icon.FOLDER, words("ARCHIVE_EMPTY_TIP"))
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        self._stack.setCurrentIndex(EMPTY)

    def _columns(self) -> Sequence[Column[Kept]]:
        words = self._words
        return [
            Column(
                Heading(words("ARCHIVE_PARTY")),
                lambda k: k.party or words("ARCHIVE_ALL"),
                lambda k: k.party,
            ),
            Column(Heading(words("CR_TYPE"), 108), self._type, self._type),
            Column(
                Heading(words("CAT_COL_NUMBER"), 64, right=True),
                lambda k: str(k.facts.sequence),
                lambda k: k.facts.sequence,
            ),
            Column(
                Heading(words("ARCHIVE_DIRECTION"), 60),
                lambda k: words(f"ARCHIVE_{k.facts.direction}"),
                lambda k: k.facts.direction,
            ),
            Column(
                Heading(words("CAT_COL_STATE"), 104),
                lambda k: self._standing(k).cell(),
                lambda k: self._standing(k).rank,
            ),
            Column(
                Heading(words("ARCHIVE_KIB"), 84, right=True),
                lambda k: words.count(-(-k.facts.bytes // 1024)),
                lambda k: k.facts.bytes,
            ),
            Column(
                Heading(words("ARCHIVE_AT"), 112),
                lambda k: words.moment(k.facts.received_at),
                lambda k: k.facts.received_at,
            ),
        ]

    def _type(self, kept: Kept) -> str:
        return self._words(f"CR_TYPE_{kept.facts.type}")

    def _standing(self, kept: Kept) -> Standing:
        facts, words = kept.facts, self._words
        if facts.type != "submission" and facts.state == "merged":
            code = "ARCHIVE_KEPT" if facts.direction == "received" else "ARCHIVE_WRITTEN"
            return Standing(words(code), Icon.CHECK, "good", 4)
        return package_standing(facts.state, words)

    # -- showing ---------------------------------------------------------------------------------------------------

    def _on_loaded(self, _state: CatalogueState) -> None:
        self._session.ask(lambda store, _p: archive(store), self, self._on_archive)

    def _on_archive(self, kept: list[Kept]) -> None:
        self._kept = kept
        chosen = self.kind.currentData()
        blocked = self.kind.blockSignals(True)
        self.kind.clear()
        self.kind.addItem(self._words("ARCHIVE_EVERY_TYPE"), "")
        for kind in sorted({each.facts.type for each in kept}):
            self.kind.addItem(self._words(f"CR_TYPE_{kind}"), kind)
        self.kind.setCurrentIndex(max(0, self.kind.findData(chosen)))
        self.kind.blockSignals(blocked)
        self._stack.setCurrentIndex(LIST if kept else EMPTY)
        for button in (self.save, self.list):
            button.setEnabled(bool(kept))
        self._show()

    def shown(self) -> list[Kept]:
        """Return the packages that search and kind let through."""
        wanted, kind = fold(self.search.text()), self.kind.currentData()
        return [
            each
            for each in self._kept
            if (not kind or each.facts.type == kind)
            and (
                not wanted
                or wanted in fold(f"{each.party} {each.code} {each.facts.name} {each.signer}")
            )
        ]

    def _show(self) -> None:
        shown = self.shown()
        self.table.show_rows(shown)
        self.table.choose_first()
        size = sum(each.facts.bytes for each in shown)
        self.head.set_note(
            self._words(
                "ARCHIVE_NOTE",
                count=self._words.count(len(shown)),
                size=self._words.count(-(-size // 1024)),
            )
        )
        current = self.table.current()
        if current is None:
            self.panel.show_parts([])
        else:
            self._on_chosen(current)

    def _on_chosen(self, kept: Kept, said: Sequence[QWidget] = ()) -> None:
        facts, words = kept.facts, self._words
        size = words("CAT_KILOBYTES", size=words.count(-(-facts.bytes // 1024)))
        told = [
            (words("CR_TYPE"), self._type(kept)),
            (words("ARCHIVE_PARTY"), kept.party or words("ARCHIVE_ALL")),
            (words("CAT_CODE"), kept.code if kept.code != kept.party else ""),
            (words("CAT_COL_NUMBER"), words("CAT_NUMBER", number=facts.sequence)),
            (words("ARCHIVE_SIGNER"), kept.signer),
            (words("ARCHIVE_SERIAL"), grouped(facts.signer_serial)),
            (words("CAT_CREATED"), words.moment(facts.created)),
            (words(f"ARCHIVE_AT_{facts.direction}"), words.moment(facts.received_at)),
            (words("CAT_SIZE"), size),
            (words("ARCHIVE_FORMS"), facts.form_version),
            (words("CAT_IDENTITY"), grouped(facts.identity)),
        ]
        parts = [
            *said,
            page.label(breakable(f"{facts.name}.census"), "strong", wrap=True, selectable=True),
            standing_row(self._standing(kept), ""),
            FactGrid(told),
        ]
        actions = [page.button(words("CAT_VERIFY_AGAIN"), self._on_verify, symbol=Icon.SHIELD)]
        if facts.department:
            actions.append(page.button(words("CAT_TO_DEPARTMENT"), self._on_department, "link"))
        self.panel.show_parts(parts, actions)

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_department(self) -> None:
        kept = self.table.current()
        if kept is not None:
            self.department_opened.emit(kept.facts.department)

    def _on_verify(self) -> None:
        kept = self.table.current()
        if kept is not None:
            self._session.verify_stored(
                kept.facts, self, self._on_verified, self._words("CAT_VERIFYING")
            )

    def _on_verified(self, verified: Verified) -> None:
        kept = self.table.current()
        if kept is None or (verified.identity and verified.identity != kept.facts.identity):
            return
        vouched = kept.facts.state not in UNVOUCHED
        self._on_chosen(kept, verified_parts(verified, self._words, vouched=vouched))

    def _on_save(self) -> None:
        """Ask where to, and write what is chosen: one as a file, several into a folder."""
        chosen = self.table.selected()
        if len(chosen) == 1:
            name = f"{chosen[0].facts.name}.census"
            path, _kind = QFileDialog.getSaveFileName(
                self, self._words("ARCHIVE_SAVE"), str(Path.home() / name), "Census (*.census)"
            )
            if path:
                self.write_one(chosen[0], Path(path))
        elif chosen:
            folder = QFileDialog.getExistingDirectory(self, self._words("ARCHIVE_SAVE"))
            if folder:
                self.write_chosen(chosen, Path(folder))

    def write_one(self, kept: Kept, path: Path) -> None:
        """Write a package as the file it was."""
        self._session.ask(
            lambda store, _p: [write_kept(store, kept.facts, path)],
            self,
            self._on_written,
            title=self._words("ARCHIVE_WRITING"),
        )

    def write_chosen(self, chosen: Sequence[Kept], folder: Path) -> None:
        """Write several packages into a folder."""
        facts = [kept.facts for kept in chosen]
        self._session.ask(
            lambda store, progress: write_several(store, facts, folder, progress),
            self,
            self._on_written,
            title=self._words("ARCHIVE_WRITING"),
        )

    def _on_written(self, paths: list[Path]) -> None:
        where = paths[0] if len(paths) == 1 else paths[0].parent
        self.notice.emit(self._words("ARCHIVE_DONE", count=len(paths), path=where))

    def _on_list(self) -> None:
        name = f"{self._words('ARCHIVE')}.xlsx"
        path, _kind = QFileDialog.getSaveFileName(
            self, self._words("CS_EXPORT"), str(Path.home() / name), self._words("CS_LIST_KINDS")
        )
        if path:
            self.write_list(Path(path))

    def write_list(self, path: Path) -> None:
        """Write what is listed to a file."""
        kept, language = self.shown(), self._words.language

        def done(count: int) -> None:
            self.notice.emit(self._words("ARCHIVE_LISTED", count=count, path=path))

        self._session.runner.on_reading(
            lambda _p: write_archive_list(kept, path, language), self, done
        )
