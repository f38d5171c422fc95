"""Duplicates and one source for each datum: resources, data items and systems that several departments hold alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.services.overlapping import OverlapKind
from census_app.ui.catalogue.duplicates_groups import GroupsTab
from census_app.ui.catalogue.duplicates_items import ItemsTab
from census_app.ui.catalogue.duplicates_session import DuplicatesDesk
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

EMPTY, SEARCHING, FOUND = range(3)
_ORDER: Final[tuple[OverlapKind, ...]] = ("resources", "items", "systems")


class DuplicatesPage(QWidget):
    """Three tabs over one search.

    Signals:
        notice: A sentence about what was done.
        record_wanted: the `Owner`, to be shown in the catalogue.
        guide_changed: The note beside the page's name says something else.
    """

    notice = Signal(str)
    record_wanted = Signal(object)
    guide_changed = Signal()

    def __init__(self, session: CatalogueSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self.desk = DuplicatesDesk(session, self)
        self.resources = GroupsTab("resources", self.desk, words)
        self.items = ItemsTab("items", self.desk, words)
        self.systems = GroupsTab("systems", self.desk, words)
        self.tabs = QTabWidget()
        self._waiting: dict[OverlapKind, int] = {}
        self.search = page.button(words("DU_SEARCH_AGAIN"), self.begin, symbol=Icon.REFRESH)
        self.export = page.button(words("DU_EXPORT_DOTS"), self._on_export, symbol=Icon.EXPORT)
        self.head = page.PageHead(words("DU_TITLE"), [self.export, self.search])
        self.stale = page.label(words("DU_STALE"), "hint", wrap=True)
        self.read = page.label("", "hint")
        self._stack = QStackedWidget()
        self._build()
        self.desk.read.connect(self._on_read)
        self.desk.found.connect(self._on_found)
        self.desk.failed.connect(self._on_failed)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.tabs.setAccessibleName(words("DU_TABS"))
        self.tabs.tabBar().setAccessibleName(words("DU_TABS"))
        for kind, tab in zip(_ORDER, self.tabs_in_order, strict=True):
            self.tabs.addTab(tab, words(f"DUP_KIND_{kind}"))
            tab.notice.connect(self.notice)
            tab.record_wanted.connect(self.record_wanted)
            tab.counted.connect(self._counter(kind))
        self.tabs.currentChanged.connect(self._on_tab)
        self._stack.addWidget(
            page.EmptyState(
                words("DU_EMPTY"),
                [(words("DU_SEARCH"), self.begin)],
                Icon.COPY,
                words("DU_EMPTY_TIP"),
                (words("DU_MANUAL"), "duplicates.md"),
            )
        )
        self._stack.addWidget(self._searching_state())
        self._stack.addWidget(self.tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(self.stale)
        column.addWidget(self._stack, 1)
        self._show_state(EMPTY)

    def _searching_state(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.addStretch(1)
        for each in (page.label(self._words("DU_SEARCHING"), "strong"), self.read):
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(each)
            row.addStretch(1)
            column.addLayout(row)
        column.addStretch(2)
        return made

    @property
    def tabs_in_order(self) -> tuple[GroupsTab | ItemsTab, ...]:
        """The tabs as they stand."""
        return self.resources, self.items, self.systems

    def _counter(self, kind: OverlapKind) -> Callable[[int], None]:
        def show(count: int) -> None:
            words = self._words
            text = words("DU_TAB", kind=words(f"DUP_KIND_{kind}"), count=words.count(count))
            self.tabs.setTabText(_ORDER.index(kind), text)
            if not self.tabs_in_order[_ORDER.index(kind)].wanted().department:
                self._waiting[kind] = count
                self.guide_changed.emit()

        return show

    def guide_note(self) -> str:
        """Return how many groups wait for somebody, once there was a search."""
        waiting = sum(self._waiting.values())
        words = self._words
        return words("CAT_WAITING", count=words.count(waiting)) if waiting else ""

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [control for tab in self.tabs_in_order for control in tab.writing_controls()]

    # -- searching -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Search anew."""
        self.read.setText("")
        self._show_state(SEARCHING)
        self.desk.search()

    def show_tab(self, kind: OverlapKind) -> None:
        """Show one of the tabs."""
        self.tabs.setCurrentIndex(_ORDER.index(kind))

    def _show_state(self, state: int) -> None:
        self._stack.setCurrentIndex(state)
        self.search.setVisible(state == FOUND)
        self.export.setVisible(state == FOUND)
        self.stale.setVisible(state == FOUND and self.desk.stale)

    def _on_read(self, rows: int) -> None:
        self.read.setText(self._words("DU_READ", count=self._words.count(rows)))

    def _on_found(self) -> None:
        if self.desk.searching:
            return
        overlaps = self.desk.overlaps
        if overlaps is None:
            return
        self._show_state(FOUND)
        words, compared = self._words, overlaps.compared
        self.head.set_note(
            words(
                "DU_NOTE",
                at=words.moment(self.desk.searched_at),
                resources=words.count(compared.get("resources", 0)),
                items=words.count(compared.get("items", 0)),
                systems=words.count(compared.get("systems", 0)),
            )
        )
        names = self.desk.departments()
        for tab in self.tabs_in_order:
            tab.show_departments(names)
            tab.refresh()

    def _on_failed(self, error: Exception) -> None:
        self._show_state(FOUND if self.desk.overlaps is not None else EMPTY)
        self._session.runner.report(error)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.stale.setVisible(self._stack.currentIndex() == FOUND and self.desk.stale)

    def _on_tab(self, _index: int) -> None:
        self.tabs.currentWidget().setFocus()

    # -- exporting -------------------------------------------------------------------------------------------------

    def _on_export(self) -> None:
        words, kind = self._words, _ORDER[self.tabs.currentIndex()]
        name = f"{words('DU_TITLE')}-{words(f'DUP_KIND_{kind}')}.xlsx"
        start = str(Path(self._preferences.text("reports") or "") / name)
        chosen, _filter = QFileDialog.getSaveFileName(
            self, words("DU_EXPORT"), start, words("DU_EXPORT_FILTER")
        )
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write the list of the shown tab, as its filters have it."""
        self._preferences.remember_text("reports", str(path.parent))
        tab = self.tabs_in_order[self.tabs.currentIndex()]

        def done(rows: int) -> None:
            self.notice.emit(self._words("DU_EXPORTED", name=path.name, count=rows))

        self.desk.export(path, tab.wanted(), self, done, self._words("DU_EXPORT"))
