"""Discover in a database: where, which tables and columns, what would be written; one undo takes it back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.records import RecordId
from census_app.domain.schemas import FoundSchema, SchemaRequest
from census_app.errors import CensusError
from census_app.services import discovering
from census_app.services.discovering import DiscoveryDone
from census_app.services.discovery_plan import Discovery, Standing, tally
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.proposing import Way
from census_app.ui.department.discover_sources import SERVER, SourcePage
from census_app.ui.department.discover_tree import DiscoverTree
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_FILTER_AFTER_MS: Final = 150
_CHARACTER_BYTES: Final = (1, 2, 3, 4)
_NAMES: Final = 40


class DiscoverDialog(QDialog):
    """Source, tree, done.

    Signals:
        discovered: `DiscoveryDone`, after it was written.
    """

    discovered = Signal(object)

    def __init__(
        self,
        session: WorkspaceSession,
        words: Words,
        parent: QWidget | None = None,
        folder: str = "",
    ) -> None:
        super().__init__(parent)
        self._session, self._words = session, words
        self._found: FoundSchema | None = None
        self._discovery: Discovery | None = None
        self.setWindowTitle(words("DI_TITLE"))
        self.resize(940, 640)
        self.sources = SourcePage(words, folder)
        self.sources.asked.connect(self.read)
        self.sources.changed.connect(self._show_stage)
        self.sources.refused.connect(self._on_refused)
        self.tree = DiscoverTree(words, session.context)
        self.tree.choice_changed.connect(self._show_tally)
        self.source, self.system, self.character = QLineEdit(), QuietCombo(), QuietCombo()
        self.filter, self.open_only = QLineEdit(), QCheckBox(words("DI_OPEN_ONLY"))
        self._filter_timer = QTimer(self, singleShot=True, interval=_FILTER_AFTER_MS)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.sources)
        self._stack.addWidget(self._tables_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("DI_TITLE"), "title"))
        self._lead = page.label(words("DI_LEAD"), "hint", wrap=True)
        column.addWidget(self._lead)
        column.addWidget(self._stack, 1)
        column.addLayout(self._buttons())
        form, _field = session.form_set.by_role("system_name")
        session.ask(lambda s, _p: s.titles(form.id), self, self._on_systems)
        self._show_stage()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _tables_page(self) -> QWidget:
        words = self._words
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._ways_row())
        row = QHBoxLayout()
        row.setSpacing(8)
        self.filter.setPlaceholderText(words("DI_FILTER"))
        self.filter.setAccessibleName(words("DI_FILTER"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda _text: self._filter_timer.start())
        self._filter_timer.timeout.connect(self._narrow)
        self.open_only.setToolTip(words("DI_OPEN_ONLY_TIP"))
        self.open_only.toggled.connect(lambda _on: self._narrow())
        row.addWidget(self.filter, 1)
        row.addWidget(self.open_only)
        row.addWidget(page.button(words("DI_ALL"), lambda: self.tree.tick_all(True)))
        row.addWidget(page.button(words("DI_NONE"), lambda: self.tree.tick_all(False)))
        column.addLayout(row)
        column.addWidget(self.tree, 1)
        self._notes = page.label("", "hint", wrap=True)
        column.addWidget(self._notes)
        self._sum = page.label("", wrap=True)
        column.addWidget(self._sum)
        return holder

    def _ways_row(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(16)
        self.source.editingFinished.connect(self._on_source)
        self.system.currentIndexChanged.connect(lambda _n: self._show_tally())
        for count in _CHARACTER_BYTES:
            self.character.addItem(words(f"DI_CHARACTER_{count}"), count)
        self.character.currentIndexChanged.connect(lambda _n: self._compare())
        add_row(row, words("DI_SOURCE"), self.source)
        self.source.setToolTip(words("DI_SOURCE_TIP"))
        add_row(row, words("DI_SYSTEM"), self.system)
        self.system.setToolTip(words("DI_SYSTEM_TIP"))
        add_row(row, words("DI_CHARACTER"), self.character)
        self.character.setToolTip(words("DI_CHARACTER_TIP"))
        for place, stretch in enumerate((3, 4, 4)):
            row.setStretch(place, stretch)
        return row

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        self._other = page.button(words("DI_OTHER"), self._on_other, symbol=Icon.DATABASE)
        self.verb = page.button(words("DI_READ"), self._on_verb, "primary")
        self.verb.setDefault(True)
        leave = page.button(words("UI_CANCEL"), self.reject)
        return page.last_row(leave, self.verb, left=self._other)

    # -- doing -----------------------------------------------------------------------------------------------------

    def read(self, request: SchemaRequest) -> None:
        """Read a schema, off every thread that somebody waits for, and show it beside what is recorded."""
        services, title = self._session.services, self._words("DI_READING")

        def work(progress: Progress) -> FoundSchema:
            return services.read_schema(request, progress)

        self._session.runner.on_reading(work, self, self._on_found, self._on_failed, title)

    def apply(self) -> None:
        """Write what is ticked."""
        discovery, chosen, way = self._discovery, self.tree.chosen, self._way
        if discovery is None:
            return
        self.verb.setEnabled(False)
        services = self._session.services

        def work(_progress: Progress) -> DiscoveryDone:
            store = self._session.store
            # Compared anew: what stands there now decides, not what stood there while the person was choosing.
            fresh = discovering.compare(store, discovery.found, way)
            plan = discovering.plan_discovery(store, fresh, chosen, way)
            return discovering.apply_discovery(
                store, plan, actor=services.actor, clock=services.clock
            )

        forms = (discovery.resource, discovery.item)
        title = self._words("DI_WRITING")
        self._session.change(work, forms, self, self._on_done, title, self._on_failed)

    @property
    def _way(self) -> Way:
        system = self.system.currentData()
        return Way(int(self.character.currentData() or 1), RecordId(system) if system else None)

    def _compare(self) -> None:
        found, way, typed = self._found, self._way, self.source.text().strip()
        if found is None:
            return

        def work(store: WorkspaceStore, progress: Progress) -> Discovery:
            name = typed or discovering.known_source(store, found)
            return discovering.compare(store, replace(found, source=name), way, progress=progress)

        self._session.ask(work, self, self._on_compared, self._on_failed, self._words("DI_READING"))

    def _on_found(self, found: FoundSchema) -> None:
        self._found = found
        self.source.clear()
        self.sources.password.clear()
        self._compare()

    def _on_compared(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self.source.setText(discovery.found.source)
        self.tree.show_discovery(discovery)
        self._show_notes(discovery)
        self._narrow()
        self._show_stage()
        self.filter.setFocus()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, CensusError):
            raise error
        self._show_stage()
        ErrorDialog(self._words, error, self).exec()

    def _on_done(self, done: DiscoveryDone) -> None:
        self.discovered.emit(done)
        self.accept()

    def _on_verb(self) -> None:
        if self._discovery is not None:
            self.apply()
        elif self.sources.ready:
            self.sources.ask_server()

    def _on_other(self) -> None:
        self._found = self._discovery = None
        self._show_stage()

    def _on_source(self) -> None:
        if (
            self._discovery is not None
            and self.source.text().strip() != self._discovery.found.source
        ):
            self._compare()

    def _on_refused(self, names: list[str]) -> None:
        self._lead.setText(self._words("DI_NOT_TAKEN", names=self._words.listed(names)))

    def _on_systems(self, titles: dict[str, str]) -> None:
        self.system.addItem(self._words("DI_NO_SYSTEM"), "")
        for record, title in sorted(titles.items(), key=lambda pair: pair[1]):
            self.system.addItem(title, record)

    # -- showing ---------------------------------------------------------------------------------------------------

    def _narrow(self) -> None:
        self.tree.narrow(self.filter.text(), open_only=self.open_only.isChecked())

    def _show_stage(self) -> None:
        words, discovery = self._words, self._discovery
        self._stack.setCurrentIndex(0 if discovery is None else 1)
        self._other.setVisible(discovery is not None)
        if discovery is None:
            self._lead.setText(words("DI_LEAD"))
            self.verb.setVisible(self.sources.way == SERVER)
            self.verb.setText(words("DI_READ"))
            self.verb.setEnabled(self.sources.ready)
            return
        columns = sum(len(t.columns) for t in discovery.found.tables)
        product = words(f"DI_PRODUCT_{discovery.found.product.value or 'any'}")
        lead = words(
            "DI_FOUND", product=product, tables=words.count(len(discovery.found.tables)),
            columns=words.count(columns),
        )  # fmt: skip
        self._lead.setText(lead)
        self.verb.setVisible(True)
        self._show_tally()

    def _show_notes(self, discovery: Discovery) -> None:
        """Say what is not in the tree, and what has gone from the database."""
        words = self._words
        counts = Counter(each.why for each in discovery.found.left_out)
        parts = [
            f"{words(f'DISCOVER_WHY_{why.value}')} {words.count(n)}" for why, n in counts.items()
        ]
        lines = [words("DI_LEFT_OUT", what=words.listed(parts))] if parts else []
        gone = discovery.count(Standing.GONE)
        if gone:
            lines.append(words("DI_GONE", count=words.count(gone)))
        told = [words(n.code, **dict(n.params)) for n in discovery.found.notes]
        if told:
            lines.append(words("DI_NOTES", count=words.count(len(told)), first=told[0]))
        self._notes.setText("　".join(lines) if words.language == "zh" else "  ".join(lines))
        names = [
            f"{e.name}（{words(f'DISCOVER_WHY_{e.why.value}')}）" for e in discovery.found.left_out
        ]
        self._notes.setToolTip("\n".join([*names[:_NAMES], *told[:_NAMES]]))
        self._notes.setVisible(bool(lines))

    def _show_tally(self) -> None:
        words, discovery = self._words, self._discovery
        if discovery is None:
            return
        sums = tally(discovery, self.tree.chosen)
        parts = [
            words(code, count=words.count(n))
            for code, n in (
                ("DI_SUM_RESOURCES", sums.resources),
                ("DI_SUM_ITEMS", sums.items),
                ("DI_SUM_CHANGED", sums.changed),
                ("DI_SUM_LINKED", sums.namesakes),
                ("DI_SUM_KEPT", sums.kept),
            )
            if n
        ]
        what = words("UI_JOINT").join(parts)
        self._sum.setText(words("DI_SUM", what=what) if parts else words("DI_SUM_NOTHING"))
        self.verb.setEnabled(sums.writes)
        count = words.count(sums.tables)
        self.verb.setText(words("DI_APPLY", count=count) if sums.tables else words("DI_APPLY_NONE"))
