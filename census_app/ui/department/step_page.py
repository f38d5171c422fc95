"""The pages of one step of the guide, each built when it is first needed: a window of eight forms opens with one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import GuideStep
from census_app.ui.shell.translation import Words


class StepPage(QWidget):
    """The pages of one step; a step with several forms has a tab for each.

    Args:
        wire: Connects a page with the window; called when the page is built.
    """

    def __init__(
        self,
        step: GuideStep,
        session: WorkspaceSession,
        words: Words,
        wire: Callable[[GuideStep, RecordsPage], None],
    ) -> None:
        super().__init__()
        self.step = step
        self._session, self._words, self._wire = session, words, wire
        self._made: dict[int, RecordsPage] = {}
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
            self.tabs.addTab((form.plural or form.label).get(words.language))
        self.tabs.currentChanged.connect(self._on_tab)

    @property
    def made(self) -> list[RecordsPage]:
        """The pages that have been built."""
        return [self._made[number] for number in sorted(self._made)]

    @property
    def current(self) -> RecordsPage:
        """The page whose tab is chosen."""
        return self.page_at(max(0, self.tabs.currentIndex()))

    def page_of(self, form: str) -> RecordsPage | None:
        """Return the page on which any record of a form can be shown, or None."""
        for number, scope in enumerate(self.step.scopes):
            if scope.form == form and not scope.equals:
                return self.page_at(number)
        return None

    def enter(self) -> None:
        """Load what is seen."""
        self.current.enter()

    def take_focus(self) -> bool:
        """Put the cursor into the list, or into the form that stands alone; return whether there is either."""
        return self.current.take_focus()

    def choose(self, wanted: RecordsPage) -> None:
        """Show one of the pages."""
        number = next(n for n, each in self._made.items() if each is wanted)
        self.tabs.setCurrentIndex(number)

    def page_at(self, number: int) -> RecordsPage:
        """Return the page of a scope; it is built when it has not been yet."""
        if number not in self._made:
            scope, words = self.step.scopes[number], self._words
            title = words(self.step.title) if scope.equals and self.step.title else ""
            made = RecordsPage(
                scope, self._session, words, title or self.tabs.tabText(number).replace("&&", "&")
            )
            self._made[number] = made
            self._column.addWidget(made, 1)
            made.setVisible(number == max(0, self.tabs.currentIndex()))  # in its place: no window
            self._wire(self.step, made)
        return self._made[number]

    def _on_tab(self, index: int) -> None:
        self.page_at(index)
        for number, each in self._made.items():
            each.setVisible(number == index)
        self.enter()
        self.current.record_shown.emit()
