"""The grids of one record's children, such as the data items of a resource: what they ask, and who answers.

A grid knows no service; this is its link to the workspace.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Signal

from census_app.domain.changes import Origin
from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.services.ports import ListQuery
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.view import FormView
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell.translation import Words


class ChildGrids(QObject):
    """All grids of a form view, by the id of their form.

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

    def fill(self, view: FormView) -> None:
        """Add a section for each child form."""
        for form in self._session.form_set.children_of(self._owner.id):
            link = GridLink(form, view, self._session, self._words, self)
            link.changed.connect(self.changed)
            self._links[form.id] = link

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
        """Read anew what changed elsewhere."""
        for form_id in self._links.keys() & set(forms):
            self._links[form_id].load()

    def show_problems(self) -> None:
        """Show how the rows stand now."""
        for link in self._links.values():
            link.show_problems()

    def go_to(self, form_id: str, record: RecordId, field: str) -> None:
        """Bring a cell on the screen once it is here."""
        self._links[form_id].go_to(record, field)

    def findings(self) -> list[Finding]:
        """Return the findings of all rows."""
        return [f for link in self._links.values() for f in link.findings()]


class GridLink(QObject):
    """One grid and the workspace.

    Signals:
        changed: What is known of the rows and their problems is new.
    """

    changed = Signal()

    def __init__(
        self,
        form: Form,
        view: FormView,
        session: WorkspaceSession,
        words: Words,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._form = form
        self._view = view
        self._session = session
        self._words = words
        self._owner = RecordId("")
        self._target: tuple[RecordId, str] | None = None
        self.grid = ChildGrid(form, session.context, words)
        view.add_section(form.id, self._label, self.grid)
        self.grid.model.page_wanted.connect(self._on_page_wanted)
        self.grid.model.edited.connect(self._on_edited)
        self.grid.view.pasted.connect(self._on_pasted)
        self.grid.view.insert_wanted.connect(self._on_insert)
        self.grid.view.delete_wanted.connect(self._on_delete)

    @property
    def _label(self) -> str:
        return (self._form.plural or self._form.label).get(self._words.language)

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_owner(self, record: RecordId) -> None:
        """Show the children of a record."""
        self._owner = record
        self.load()

    def load(self) -> None:
        """Read which rows there are."""
        owner = self._owner
        if not owner:
            return

        def found(keys: array[int]) -> None:
            if owner == self._owner:
                self._on_keys(keys)

        self._session.keys(ListQuery(form=self._form.id, parent=owner), self, found)

    def show_problems(self) -> None:
        """Show how the rows stand now."""
        self.grid.model.set_problems(self._session.problems.rows(self._form.id))

    def go_to(self, record: RecordId, field: str) -> None:
        """Bring a cell on the screen once it is here."""
        self._target = (record, field)
        self._view.show_section(self._form.id)
        self.load()

    def findings(self) -> list[Finding]:
        """Return the findings of all rows."""
        found: list[Finding] = []
        for number in range(self.grid.model.total):
            row = self.grid.model.row_at(number)
            if row is not None:
                found += self._session.problems.of_record(self._form.id, row.id)
        return found

    def _on_keys(self, keys: array[int]) -> None:
        grid = self.grid
        current = grid.view.currentIndex()
        place = (current.row(), current.column())
        had_focus = grid.view.hasFocus()
        grid.model.set_keys(keys)
        self.show_problems()
        title = f"{self._label} {len(keys)}" if keys else self._label
        self._view.set_section_title(self._form.id, title)
        if place[0] >= 0 and len(keys):
            grid.view.setCurrentIndex(
                grid.model.index(min(place[0], len(keys) - 1), max(1, place[1]))
            )
            if had_focus:
                grid.view.setFocus()
        if self._target is not None:
            query = ListQuery(form=self._form.id, ids=frozenset({self._target[0]}))
            self._session.keys(query, self, self._on_target_found)

    def _on_target_found(self, keys: array[int]) -> None:
        if self._target is None or not keys:
            return
        row = self.grid.model.find_key(keys[0])
        if row >= 0:
            field = self._target[1]
            self._target = None
            self.grid.view.show_cell(row, max(1, self.grid.model.column_of(field)))

    def _on_page_wanted(self, number: int) -> None:
        model = self.grid.model
        generation = model.generation
        columns = [c.id for c in model.columns if not c.id.startswith("\0")]

        def arrived(rows: list[TableRow]) -> None:
            model.put_page(generation, number, rows)
            self.changed.emit()

        self._session.rows(self._form, model.page_keys(number), columns, self, arrived)

    # -- changing --------------------------------------------------------------------------------------------------

    def _on_edited(self, record: str, field: str, text: str) -> None:
        cells = [(RecordId(record), field, text)]
        self._session.set_cells(self._form.id, cells, self, self._on_done, Origin.TYPED)

    def _on_pasted(self, cells: object, new_rows: object) -> None:
        if not isinstance(cells, list) or not isinstance(new_rows, list) or not (cells or new_rows):
            return
        self._session.set_cells(
            self._form.id, cells, self, self._on_done, parent=self._owner, insert=new_rows
        )

    def _on_insert(self, after: str) -> None:
        sibling = RecordId(after) if after else None
        self._session.create(self._form.id, self, self._on_added, self._owner, sibling)

    def _on_delete(self, ids: object) -> None:
        if isinstance(ids, list) and ids:
            reason = self._words("UI_DELETE_REASON")
            self._session.remove(self._form.id, ids, reason, self, self._on_done)

    def _on_done(self, done: object) -> None:
        """Nothing more: the session tells that records changed, and the grid reads them anew."""

    def _on_added(self, record: RecordId) -> None:
        self.go_to(record, self._form.title)
