"""Reports: the catalogue's printed documents as they will come out, in either language."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.reports.content import Printed
from census_app.services.reporting import CATALOGUE_KINDS
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.preview.widget import PreviewWidget
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LANGUAGES = (("zh", "中文"), ("en", "English"))
"""Each language is named in itself, so that whoever needs it can read it."""
EMPTY, PREVIEW, MAKING = range(3)


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
        self.kind = QuietCombo()
        self.kind.setAccessibleName(words("CS_REPORT"))
        for kind in CATALOGUE_KINDS:
            self.kind.addItem(self._name(kind), kind)
        self.kind.currentIndexChanged.connect(self.make_report)
        self.preview = PreviewWidget(words)
        self._group = QButtonGroup(self)
        self.export_button = page.button(
            words("PUBLISH_MENU"), self.publish_wanted.emit, symbol=Icon.EXPORT
        )
        actions = [self.kind, *self._language_buttons(), self.export_button]
        self.head = page.PageHead(words("CAT_REPORTS"), actions)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            page.EmptyState(
                words("CAT_REPORT_EMPTY"), (), Icon.DOCUMENT, words("CAT_REPORT_EMPTY_TIP")
            )
        )
        self._stack.addWidget(self.preview)
        self._stack.addWidget(page.EmptyState(words("CAT_MAKING_REPORT"), (), Icon.DOCUMENT))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        session.loaded.connect(self._on_loaded)

    def close_page(self) -> None:
        """Close the document and wait for its work; called while the window closes."""
        self.preview.close_document()
        self.preview.runner.close()

    def make_report(self) -> None:
        """Make the report anew when it is out of date; nothing is made of an empty catalogue."""
        state = self._session.state
        if state is None or not state.packages:
            self._stack.setCurrentIndex(EMPTY)
            return
        kind = str(self.kind.currentData())
        wanted = (kind, state.mark, self._language)
        if wanted == self._made:
            return
        self._made = wanted
        if self._stack.currentIndex() == EMPTY:
            self._stack.setCurrentIndex(MAKING)  # which may take seconds

        def done(printed: Printed) -> None:
            if wanted == self._made:
                self._show(kind, printed, state)

        title = self._words("CAT_MAKING_REPORT")
        self._session.report(kind, self._language, self, done, title)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.make_report()

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

    def _on_language(self, number: int) -> None:
        self._language = LANGUAGES[number][0]
        self.make_report()

    def _on_loaded(self, _state: CatalogueState) -> None:
        if self.isVisible():
            self.make_report()

    def _name(self, kind: str) -> str:
        return self._words(f"CS_REPORT_{kind.replace('-', '_')}")

    def _show(self, kind: str, printed: Printed, state: CatalogueState) -> None:
        name = f"{state.facts.name}-{self._name(kind)}.pdf"
        self.preview.show_document(printed, name)
        self._stack.setCurrentIndex(PREVIEW)
        self.head.set_note(
            self._words("CS_REPORT_PAGES", report=self._name(kind), pages=printed.pages)
        )
