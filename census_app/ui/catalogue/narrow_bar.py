"""What narrows the list of the catalogue: as values that make a query, and as chips that can be taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from census_app.domain.filtering import ColumnFilter
from census_app.formspec.model import Form
from census_app.formspec.types import Context
from census_app.services.ports import ListQuery
from census_app.ui.catalogue.branches import EVERYTHING, Branch
from census_app.ui.department.filter_words import filter_text
from census_app.ui.department.list_chips import FilterChip
from census_app.ui.forms.flow import FlowLayout
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words

GIVEN: Final = "\0given"
BRANCH: Final = "\0branch"
SEARCH: Final = "\0search"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Everything that narrows a list; all of it holds at once.

    Attributes:
        given: The query behind a number that was opened, or None.
        given_name: Which number it was.
        filters: Conditions about fields.
    """

    given: ListQuery | None = None
    given_name: str = ""
    branch: Branch = EVERYTHING
    search: str = ""
    filters: tuple[ColumnFilter, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self != Narrowing()

    def query(self, form: str, sort: str = "", *, descending: bool = False) -> ListQuery:
        """Return what the list asks for."""
        given = self.given or ListQuery(form=form)
        branch = self.branch.query(form)
        return replace(
            given,
            search=" ".join(filter(None, (given.search, self.search))),
            sort=sort or given.sort,
            descending=descending if sort else given.descending,
            department=branch.department or given.department,
            class_prefix=branch.class_prefix or given.class_prefix,
            equals={**given.equals, **branch.equals},
            filters=(*given.filters, *self.filters),
        )

    def put(self, chosen: ColumnFilter) -> Narrowing:
        """Return it with a condition in the place of an earlier one on the same field."""
        kept = tuple(f for f in self.filters if f.field != chosen.field)
        return replace(self, filters=kept if chosen.says_nothing else (*kept, chosen))

    def without(self, part: str) -> Narrowing:
        """Return it without one of its parts: `GIVEN`, `BRANCH`, `SEARCH`, or the condition on a field."""
        if part == GIVEN:
            return replace(self, given=None, given_name="")
        if part == BRANCH:
            return replace(self, branch=EVERYTHING)
        if part == SEARCH:
            return replace(self, search="")
        return replace(self, filters=tuple(f for f in self.filters if f.field != part))


class NarrowBar(QWidget):
    """The chips of a narrowed list, wrapped like words; nothing while it shows everything.

    Signals:
        wanted: Field whose condition shall be changed.
        removed: Part that goes, see `Narrowing.without`.
        cleared: Everything goes.
    """

    wanted = Signal(str)
    removed = Signal(str)
    cleared = Signal()

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._flow = FlowLayout(8, 6)
        self.setLayout(self._flow)
        self.chips: list[FilterChip] = []
        self._clear = page.button(words("CS_NARROW_CLEAR"), self.cleared.emit, "link")
        self._clear.setParent(self)
        self._clear.hide()
        self.hide()

    def show_parts(self, narrowing: Narrowing, form: Form, context: Context) -> None:
        """Show by what a list is narrowed."""
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._flow.removeWidget(self._clear)
        self.chips = [
            self._chip(part, text) for part, text in self._told(narrowing, form, context) if text
        ]
        for chip in self.chips:
            self._flow.addWidget(chip)
            chip.show()
        self._flow.addWidget(self._clear)
        self._clear.setVisible(len(self.chips) > 1)
        self.setVisible(bool(self.chips))

    def _told(self, narrowing: Narrowing, form: Form, context: Context) -> list[tuple[str, str]]:
        words = self._words
        told = (
            [(GIVEN, narrowing.given_name or words("CS_NARROW_GIVEN"))] if narrowing.given else []
        )
        if narrowing.branch != EVERYTHING:
            told.append((BRANCH, narrowing.branch.name or narrowing.branch.department))
        if narrowing.search:
            told.append((SEARCH, words("CS_NARROW_SEARCH", text=narrowing.search)))
        for chosen in narrowing.filters:
            field = form.field_by_id(chosen.field)
            said = filter_text(chosen, field, context, words)
            label = field.label.get(words.language)
            told.append((chosen.field, words("CS_NARROW_FIELD", field=label, condition=said)))
        return told

    def _chip(self, part: str, text: str) -> FilterChip:
        chip = FilterChip(part, text, self._words)
        chip.setParent(self)
        chip.wanted.connect(self._on_wanted)
        chip.removed.connect(self.removed)
        return chip

    def _on_wanted(self, part: str) -> None:
        if not part.startswith("\0"):
            self.wanted.emit(part)
