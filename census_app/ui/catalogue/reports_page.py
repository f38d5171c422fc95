"""Reports and exports: a table of kinds at the left, at the right the document as it will come out, in either language.

Other groups of the table, such as the exports, are added with `add_group` and bring a panel of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.reports.content import Printed
from census_app.services.reporting import CATALOGUE_KINDS
from census_app.ui.catalogue.report_list import Entry, ReportList
from census_app.ui.catalogue.session import FEW_RECORDS, CatalogueSession, CatalogueState
from census_app.ui.preview.widget import PreviewWidget
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task
from census_app.ui.shell.translation import Words

LANGUAGES: Final = (("zh", "中文"), ("en", "English"))
"""Each language is named in itself, so that whoever needs it can read it."""
EMPTY, PREVIEW, MAKING, WAITING = range(4)
LIST_WIDTH: Final = 176
LONG: Final = frozenset({"catalogue"})
"""Kinds that grow with the records: of a full catalogue they are made when somebody asks for them."""

Panel = Callable[[str], QWidget]


class ReportsPage(QWidget):
    """Makes the chosen report when it is first looked at, and again when the catalogue has changed.

    Signals:
        publish_wanted: The person wants the data in a format for others.
    """

    publish_wanted = Signal()

    def __init__(self, session: CatalogueSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self._language = words.language
        self._made: tuple[str, str, str] | None = None
        self._task: Task | None = None
        self._panels: dict[str, Panel] = {}
        self._opened: dict[str, QWidget] = {}
        self.kinds = ReportList(words("CS_REPORT"))
        self.preview = PreviewWidget(words)
        self._group = QButtonGroup(self)
        self._languages = self._language_buttons()
        self.export_button = page.button(
            words("PUBLISH_MENU"), self.publish_wanted.emit, symbol=Icon.EXPORT
        )
        actions = [*self._languages, self.export_button]
        self.head = page.PageHead(words("CAT_REPORTS"), actions)
        self._bar = QProgressBar()
        self._doing = page.label("", "strong")
        self._stack = QStackedWidget()
        self._build()
        names = [Entry(kind, self._name(kind), self._hint(kind)) for kind in CATALOGUE_KINDS]
        self.kinds.add_group(words("BOOK_GROUP_PRINT"), names)
        self.kinds.chosen.connect(self._on_chosen)
        session.loaded.connect(self._on_loaded)

    def add_group(self, title: str, entries: Sequence[Entry], panel: Panel) -> None:
        """Add a group of kinds that are not printed.

        Args:
            entries: Their ids differ from those of the reports.
            panel: Makes the widget that is shown for an id; called once for each, when it is first chosen.
        """
        self._panels |= dict.fromkeys((entry.id for entry in entries), panel)
        self.kinds.add_group(title, entries)

    def close_page(self) -> None:
        """Close the document and wait for its work; called while the window closes."""
        self._stop()
        self.preview.close_document()
        self.preview.runner.close()

    def make_report(self, *, asked: bool = False) -> None:
        """Make the report anew when it is out of date; nothing is made of an empty catalogue.

        Args:
            asked: Make it also when it is long.
        """
        state, kind = self._session.state, self.kinds.entry
        if kind in self._panels:
            return
        if state is None or not state.packages:
            self._stack.setCurrentIndex(EMPTY)
            return
        wanted = (kind, state.mark, self._language)
        if wanted == self._made:
            self._stack.setCurrentIndex(PREVIEW if self._task is None else MAKING)
            return
        self._stop()
        self._made = None
        if not asked and kind in LONG and sum(state.counts.values()) > FEW_RECORDS:
            self._stack.setCurrentIndex(WAITING)
            return
        self._make(wanted, state)

    def _make(self, wanted: tuple[str, str, str], state: CatalogueState) -> None:
        def done(printed: Printed) -> None:
            if wanted == self._made:
                self._task = None
                self._show(wanted[0], printed, state)

        def failed(error: Exception) -> None:
            if wanted == self._made:
                self._made, self._task = None, None
                self._stack.setCurrentIndex(WAITING)
            self._session.runner.report(error)

        self._made = wanted
        self._on_progress(0, 0, "")
        self._stack.setCurrentIndex(MAKING)
        self._task = self._session.report(wanted[0], self._language, self, done, failed)
        self._task.progressed.connect(self._on_progress)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.make_report()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self._stack.addWidget(
            page.EmptyState(
                words("CAT_REPORT_EMPTY"), (), Icon.DOCUMENT, words("CAT_REPORT_EMPTY_TIP")
            )
        )
        self._stack.addWidget(self.preview)
        self._stack.addWidget(self._making())
        self._stack.addWidget(
            page.EmptyState(
                words("BOOK_WAITING"),
                ((words("BOOK_MAKE"), self._on_make),),
                Icon.DOCUMENT,
                words("BOOK_WAITING_TIP"),
            )
        )
        row = QHBoxLayout()
        row.setSpacing(12)
        self.kinds.setFixedWidth(LIST_WIDTH)
        row.addWidget(self.kinds)
        row.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addLayout(row, 1)

    def _making(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setSpacing(12)
        self._bar.setFixedWidth(320)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self._words("CAT_MAKING_REPORT"))
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(1)
        column.addWidget(self._doing, 0, centre)
        column.addWidget(self._bar, 0, centre)
        column.addWidget(page.button(self._words("UI_CANCEL"), self._on_cancel), 0, centre)
        column.addStretch(2)
        return made

    def _language_buttons(self) -> list[QPushButton]:
        buttons = []
        for number, (code, name) in enumerate(LANGUAGES):
            button = page.button(name, look="segment")
            button.setCheckable(True)
            button.setChecked(code == self._language)
            button.setAccessibleName(self._words("CAT_REPORT_LANGUAGE", language=name))
            self._group.addButton(button, number)
            buttons.append(button)
        self._group.idClicked.connect(self._on_language)
        return buttons

    # -- what happens ----------------------------------------------------------------------------------------------

    def _on_chosen(self, entry: str) -> None:
        printed = entry not in self._panels
        for button in self._languages:
            button.setVisible(printed)
        if printed:
            self.make_report()
            return
        self.head.set_note("")
        if entry not in self._opened:
            self._opened[entry] = self._panels[entry](entry)
            self._stack.addWidget(self._opened[entry])
        self._stack.setCurrentWidget(self._opened[entry])

    def _on_language(self, number: int) -> None:
        self._language = LANGUAGES[number][0]
        self.make_report()

    def _on_loaded(self, _state: CatalogueState) -> None:
        if self.isVisible():
            self.make_report()

    def _on_make(self) -> None:
        self.make_report(asked=True)

    def _on_cancel(self) -> None:
        self._stop()
        self._made = None
        self._stack.setCurrentIndex(WAITING)

    def _on_progress(self, done: int, total: int, text: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._doing.setText(text or self._words("CAT_MAKING_REPORT"))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _name(self, kind: str) -> str:
        return self._words(f"CS_REPORT_{kind.replace('-', '_')}")

    def _hint(self, kind: str) -> str:
        return self._words(f"BOOK_HINT_{kind.replace('-', '_')}")

    def _show(self, kind: str, printed: Printed, state: CatalogueState) -> None:
        name = f"{state.facts.name}-{self._name(kind)}.pdf"
        self.preview.show_document(printed, name)
        self._stack.setCurrentIndex(PREVIEW)
        self.head.set_note(
            self._words("CS_REPORT_PAGES", report=self._name(kind), pages=printed.pages)
        )
