"""The pages of one step of the guide."""

from __future__ import annotations

from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import GuideStep
from census_app.ui.shell.translation import Words


class StepPage(QWidget):
    """The pages of one step; a step with several forms has a tab for each."""

    def __init__(self, step: GuideStep, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self.step = step
        self.pages: list[RecordsPage] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words("UI_FORMS"))
        if len(step.scopes) > 1:
            self._column.addWidget(self.tabs)
        for scope in step.scopes:
            form = session.form_set.form(scope.form)
            label = (form.plural or form.label).get(words.language)
            title = words(step.title) if scope.equals and step.title else label
            self.tabs.addTab(label)
            made = RecordsPage(scope, session, words, title)
            made.hide()
            self.pages.append(made)
            self._column.addWidget(made, 1)
        self.tabs.currentChanged.connect(self._on_tab)
        self.pages[0].show()

    @property
    def current(self) -> RecordsPage:
        """The page whose tab is chosen."""
        return self.pages[max(0, self.tabs.currentIndex())]

    def enter(self) -> None:
        """Load what is seen."""
        self.current.enter()

    def choose(self, wanted: RecordsPage) -> None:
        """Show one of the pages."""
        self.tabs.setCurrentIndex(self.pages.index(wanted))

    def _on_tab(self, index: int) -> None:
        for number, each in enumerate(self.pages):
            each.setVisible(number == index)
        self.enter()
        self.current.record_shown.emit()
