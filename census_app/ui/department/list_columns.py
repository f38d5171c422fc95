"""Which columns a list shows, in which order and how wide. No widgets.

A person's choice is kept per list; what the form set no longer has is left out of it, so that a choice survives every
version of the forms.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from census_app.formspec.model import Form
from census_app.ui.forms.grid import column_of
from census_app.ui.models.record_table import CHILDREN, STATE, Column
from census_app.ui.shell.translation import Words

FOUND: Final = "\0found"
"""Where the search found a record, when its name does not show it; only while something is searched for."""

NAME_WIDTH: Final = 220
NAME_LEAST: Final = 160
FOUND_WIDTH: Final = 320
FOUND_LEAST: Final = 220
STATE_WIDTH: Final = 116
CHILDREN_WIDTH: Final = 68
_LEAST: Final = {"boolean": 64, "integer": 72, "decimal": 72, "money": 72, "month": 72, "code": 88}
_LEAST_OTHER: Final = 88
WIDEST: Final = 1200
WIDEST_HEAD: Final = 140
"""A title does not make its column wider than this."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A person's choice of columns.

    Attributes:
        ids: Columns behind the name, in order; None as the form gives them.
        widths: Column id → pixels, of those whose width a person has set.
    """

    ids: tuple[str, ...] | None = None
    widths: Mapping[str, int] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the choice as it is remembered."""
        if self == ColumnChoice():
            return ""
        ids = None if self.ids is None else list(self.ids)
        return json.dumps({"columns": ids, "widths": dict(self.widths)})

    @classmethod
    def of_text(cls, text: str) -> ColumnChoice:
        """Return a remembered choice; what cannot be read is no choice."""
        try:
            raw = json.loads(text or "{}")
            ids = raw.get("columns")
            widths = {str(k): int(v) for k, v in (raw.get("widths") or {}).items()}
            chosen = None if ids is None else tuple(dict.fromkeys(map(str, ids)))
        except (ValueError, TypeError, AttributeError):
            return cls()
        return cls(chosen, {k: min(max(v, 40), WIDEST) for k, v in widths.items()})


class ListColumns:
    """All columns a form's list can have.

    Args:
        form: The form of the list.
        children: Its child forms; the number of records of the first can be shown.
    """

    def __init__(self, form: Form, children: Sequence[Form], words: Words) -> None:
        language = words.language
        self._words = words
        self.form = form
        self.title = replace(
            column_of(form.field_by_id(form.title), language, wide=True),
            blank=words("UI_UNNAMED"),
            width=NAME_WIDTH,
        )
        self.known: dict[str, Column] = {
            f.id: column_of(f, language) for f in form.stored_fields if f.id != form.title
        }
        for child in children[:1]:
            label = (child.plural or child.label).get(language)
            self.known[CHILDREN] = Column(CHILDREN, label, right=True, width=84)
        self.known[STATE] = Column(STATE, words("UI_COL_STATE"), width=124)
        given = [f for f in form.list if f in self.known]
        special = [s for s in (CHILDREN, STATE) if s in self.known]
        self.given: tuple[str, ...] = (*given, *special)
        self.head_needs: Callable[[str], int] = lambda _title: 0
        """How wide a head must be to say its title, in pixels; the list that knows its font sets it."""

    def shown(self, choice: ColumnChoice, *, found: bool) -> list[Column]:
        """Return the columns of a choice, the name first.

        While something is searched for, the place where a record was found stands behind the name, and behind it how
        the record stands: those are what a person who searches wants to see without scrolling.
        """
        ids = self.given if choice.ids is None else choice.ids
        columns = [self.known[i] for i in ids if i in self.known]
        if not found:
            return [self.title, *columns]
        place = Column(FOUND, self._words("UI_COL_PLACE"), width=FOUND_WIDTH)
        columns.sort(key=lambda c: c.id != STATE)
        return [self.title, place, *columns]

    def least(self, column: Column) -> int:
        """Return the least width at which a column can still be read."""
        special = {self.title.id: NAME_LEAST, FOUND: FOUND_LEAST, STATE: STATE_WIDTH}
        if column.id == CHILDREN:
            return CHILDREN_WIDTH
        if column.id in special:
            return special[column.id]
        least = _LEAST.get(self.form.field_by_id(column.id).type, _LEAST_OTHER)
        return max(least, min(self.head_needs(column.title), WIDEST_HEAD))

    def widths(self, columns: Sequence[Column], choice: ColumnChoice, room: int) -> list[int]:
        """Return a width for each column.

        What a person set stays. The name takes what is left over; where there is too little, the others give way down
        to their least width, then the name; where even that is too little, the list is wider than its room.
        """
        kept = {c.id: choice.widths[c.id] for c in columns if c.id in choice.widths}
        least = {c.id: kept.get(c.id, self.least(c)) for c in columns}
        wanted = {c.id: kept.get(c.id, c.width) for c in columns}
        lacking = sum(wanted.values()) - room
        name = columns[0].id
        if lacking > 0:
            for ids in (_giving(columns, name), [name]):
                lacking = _give_way(wanted, least, ids, lacking)
        spare = room - sum(wanted.values())
        if spare > 0 and name not in kept:
            wanted[name] += spare
        return [wanted[c.id] for c in columns]


def _giving(columns: Iterable[Column], name: str) -> list[str]:
    return [c.id for c in columns if c.id != name]


def _give_way(
    widths: dict[str, int], least: Mapping[str, int], ids: Sequence[str], lacking: int
) -> int:
    """Take from some columns what is lacking, in proportion to what each can give; return what is still lacking."""
    give = {i: max(0, widths[i] - least[i]) for i in ids}
    total = sum(give.values())
    if lacking <= 0 or not total:
        return lacking
    share = min(1.0, lacking / total)
    for column, amount in give.items():
        widths[column] -= min(amount, math.ceil(amount * share))
    return lacking - total if total < lacking else 0
