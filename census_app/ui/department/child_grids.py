"""The grids of one record's children, such as the data items of a resource, by the id of their form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Signal

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.ui.department.grid_acts_link import GridActs
from census_app.ui.department.grid_link import GridLink
from census_app.ui.department.grid_search import GridSearch
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.view import FormView
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words


class ChildGrids(QObject):
    """All grids of a form view.

    Signals:
        changed: What is known of the rows and their problems is new.
    """

    changed = Signal()

    def __init__(
        self, owner: Form, session: WorkspaceSession, words: Words, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._owner = owner
        self._session = session
        self._words = words
        self._links: dict[str, GridLink] = {}
        self.acts: dict[str, GridActs] = {}
        self.searches: dict[str, GridSearch] = {}

    def fill(self, view: FormView, preferences: Preferences | None) -> None:
        """Add a section for each child form; how wide its columns were is in the preferences."""
        for form in self._session.form_set.children_of(self._owner.id):
            link = GridLink(form, view, self._session, self._words, preferences, self)
            link.changed.connect(self.changed)
            self._links[form.id] = link
            self.acts[form.id] = acts = GridActs(link, self._session, self._words)
            self.searches[form.id] = GridSearch(link, acts, self._session, self._words)

    def __getitem__(self, form_id: str) -> ChildGrid:
        return self._links[form_id].grid

    def __contains__(self, form_id: str) -> bool:
        return form_id in self._links

    def __iter__(self) -> Iterator[str]:
        return iter(self._links)

    def show_owner(self, record: RecordId) -> None:
        """Show the children of a record."""
        for link in self._links.values():
            link.show_owner(record)

    def take_change(self, forms: Sequence[str]) -> None:
        """Read anew what changed."""
        for form_id in self._links.keys() & set(forms):
            self._links[form_id].load()
            self.searches[form_id].search()

    def show_problems(self) -> None:
        """Show how the rows stand now."""
        for link in self._links.values():
            link.show_problems()

    def go_to(self, form_id: str, record: RecordId, field: str) -> None:
        """Bring a cell on the screen once it is here."""
        self._links[form_id].go_to(record, field)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of all rows, in the order of record."""
        return tuple(f for link in self._links.values() for f in link.findings)
