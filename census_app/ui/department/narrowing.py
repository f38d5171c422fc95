"""What a list shows of its form's records, and in which order: search, filters, chips, sort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from census_app.domain.filtering import CHILD_COUNT, ColumnFilter
from census_app.services.deduplicating import Similar, similar, undecided
from census_app.services.ports import ListQuery
from census_app.ui.department.filter_dialog import FilterDialog, Tally
from census_app.ui.department.filter_words import filter_text
from census_app.ui.department.list_chips import ALIKE, CHIPS, QUERIES, ChipBar
from census_app.ui.department.list_feed import without
from census_app.ui.department.list_state import CHIP_JOINT, filters_as_plain, filters_of_plain
from census_app.ui.department.problems import records_with
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import Scope
from census_app.ui.models.record_table import CHILDREN
from census_app.ui.shell.translation import Words


class Narrowing(QObject):
    """Keeps what narrows and sorts one list, shows it in the chips, and makes the query of it.

    Args:
        chips: Where it is shown.
        owner: The list; parent of the dialog.

    Signals:
        changed: Another query is to be asked.
        search_cleared: The search was taken away from here, not from the search field.
    """

    changed = Signal()
    search_cleared = Signal()

    def __init__(
        self,
        scope: Scope,
        session: WorkspaceSession,
        words: Words,
        chips: ChipBar,
        owner: QWidget,
    ) -> None:
        super().__init__(owner)
        self._scope, self._session, self._words = scope, session, words
        self._chips, self._owner = chips, owner
        self.form = session.form_set.form(scope.form)
        self._inside = bool(session.form_set.children_of(self.form.id))
        self.search = ""
        self.filters: tuple[ColumnFilter, ...] = ()
        self.sort: tuple[str, bool] = ("", False)
        self._queries: frozenset[str] = frozenset()
        self._alike: list[Similar] = []
        chips.pressed.connect(self.tell)
        chips.filter_wanted.connect(self.ask)
        chips.filter_removed.connect(self.drop)
        chips.search_removed.connect(self.clear_search)
        chips.cleared.connect(self.clear)

    @property
    def narrows(self) -> bool:
        """Whether a search, a filter or a chip narrows the list."""
        return bool(self.search or self.filters or self._chips.states)

    @property
    def filtered_fields(self) -> frozenset[str]:
        """The fields with a filter."""
        return frozenset(f.field for f in self.filters)

    def query(self) -> ListQuery:
        """Return what the list asks the store for: what is given must all hold."""
        ids: frozenset[str] | None = None
        for state in self._chips.states:
            found = self._records_in(state)
            ids = found if ids is None else ids & found
        field, descending = self.sort
        return ListQuery(
            form=self.form.id,
            search=self.search,
            equals=self._scope.equals,
            ids=ids,
            sort=CHILD_COUNT if field == CHILDREN else field,
            descending=descending,
            filters=self.filters,
            inside=self._inside,
        )

    # -- changing --------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Show by what the list is narrowed, and have it asked anew."""
        self.show()
        self.changed.emit()

    def put(self, chosen: ColumnFilter) -> None:
        """Narrow by a field, in the place of an earlier filter on it."""
        kept = without(self.filters, chosen.field)
        self.filters = kept if chosen.says_nothing else (*kept, chosen)
        self.tell()

    def drop(self, field: str) -> None:
        """Take the filter on a field away."""
        self.filters = without(self.filters, field)
        self.tell()

    def clear_search(self) -> None:
        """Search for nothing any more."""
        if self.search:
            self.search = ""
            self.search_cleared.emit()
            self.tell()

    def clear(self) -> None:
        """Take search, filters and chips away."""
        searched, self.search = bool(self.search), ""
        self.filters = ()
        self._chips.release()
        if searched:
            self.search_cleared.emit()
        self.tell()

    def ask(self, field: str = "") -> None:
        """Let the person narrow the list by a field."""
        fields = [f for f in self.form.stored_fields if f.type != "attachment"]
        dialog = FilterDialog(
            fields, {f.field: f for f in self.filters}, field, self.count_answers,
            self._session.context, self._words, self._owner.window(),
        )  # fmt: skip
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.chosen is not None:
            self.put(dialog.chosen)
        dialog.deleteLater()

    def count_answers(self, field: str, done: Callable[[Tally], None]) -> None:
        """Count the answers of a field among what is listed, its own filter apart."""
        query = self.query()
        self._session.ask(lambda store, _p: store.tally(query, field), self, done)

    # -- keeping ---------------------------------------------------------------------------------------------------

    def as_plain(self) -> dict[str, object]:
        """Return what narrows and sorts the list as plain values."""
        field, descending = self.sort
        return {
            "sort": field, "descending": descending, "search": self.search,
            "chip": CHIP_JOINT.join(self._chips.states), "filters": filters_as_plain(self.filters),
        }  # fmt: skip

    def restore(self, state: Mapping[str, object], columns: frozenset[str]) -> None:
        """Take what `as_plain` said, its chips apart; columns the form no longer has are left out."""
        field = str(state.get("sort", ""))
        if field in columns:
            self.sort = (field, bool(state.get("descending")))
        self.search = str(state.get("search", ""))
        self.filters = filters_of_plain(state.get("filters"), self.form, self._session.context)
        self.show()

    def press(self, chips: str) -> None:
        """Press the chips `as_plain` told of, as far as they stand for any record."""
        if self._chips.press(chips.split(CHIP_JOINT)):
            self.tell()

    # -- showing ---------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show search and filters as chips."""
        context, words = self._session.context, self._words
        told = []
        for chosen in self.filters:
            field = self.form.field_by_id(chosen.field)
            label = field.label.get(words.language)
            text = filter_text(chosen, field, context, words)
            told.append((field.id, f"{label}{words('UI_LIST_COLON')}{text}"))
        self._chips.show_filters(self.search, told)

    def show_counts(self) -> None:
        """Show how many records each state chip stands for."""
        known = self._session.problems
        for name, _code, _look in CHIPS:
            if name == QUERIES:
                count = len(self._queries)
            elif name == ALIKE:
                count = len(undecided(self._alike))
            else:
                count = known.chip_count(self.form.id, name)
            self._chips.show_count(name, count)

    def show_queries(self, records: frozenset[str]) -> None:
        """Take the records about which queries wait for an answer."""
        if records != self._queries:
            self._queries = records
            self.show_counts()

    def read_alike(self) -> None:
        """Look for possible duplicates; in a part of a form's records nobody looks for them."""
        if not self._scope.equals:
            form = self.form.id
            self._session.ask(lambda store, _p: similar(store, form), self, self._on_alike)

    def is_alike(self, record: str) -> bool:
        """Say whether a record may be a duplicate of another."""
        return record in undecided(self._alike)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _records_in(self, state: str) -> frozenset[str]:
        if state == QUERIES:
            return self._queries
        if state == ALIKE:
            return undecided(self._alike)
        return records_with(self._session.problems.whole_rows(self.form.id), state)

    def _on_alike(self, groups: Sequence[Similar]) -> None:
        before = undecided(self._alike)
        self._alike = list(groups)
        self.show_counts()
        if ALIKE in self._chips.states and undecided(self._alike) != before:
            self.changed.emit()
