"""Find a text in the children of a record, and put another one in its place, as one step.

What is searched is what stands in the cells: labels, not codes. Capital and small letters are the same unless asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import Origin, StepDone
from census_app.domain.records import RecordId
from census_app.formspec.types import Context, format_value
from census_app.services import blocks
from census_app.services.ports import Clock, ListRow, WorkspaceStore

_PAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, and where.

    Attributes:
        keys: Row keys, in the order they are shown.
        fields: The fields to look at, in the order they are shown.
        whole: Only cells that hold nothing else.
    """

    form: str
    wanted: str
    keys: Sequence[int]
    fields: Sequence[str]
    whole: bool = False
    match_case: bool = False

    def pattern(self) -> re.Pattern[str]:
        """Return what finds the text in a cell."""
        wanted = re.escape(self.wanted)
        flags = re.NOFLAG if self.match_case else re.IGNORECASE
        return re.compile(rf"\A{wanted}\Z" if self.whole else wanted, flags)


@dataclass(frozen=True, slots=True)
class Match:
    """A cell that holds the text; `row` is its number among the keys."""

    row: int
    key: int
    record: RecordId
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """What replacing would do: how many cells become another text, and how many of those would not fit."""

    block: blocks.Block
    cells: int
    misfits: int


def find_cells(store: WorkspaceStore, search: Search, context: Context) -> list[Match]:
    """Return the cells that hold a text, row by row."""
    if not search.wanted:
        return []
    pattern = search.pattern()
    form = store.form_set.form(search.form)
    fields = [form.field_by_id(name) for name in search.fields]
    found = []
    for number, row in _rows(store, search):
        for field in fields:
            value = row.values.get(field.id)
            if value is None:
                continue
            text = format_value(value, field, context)
            if pattern.search(text):
                found.append(Match(number, row.key, row.id, field.id, text))
    return found


def plan_replace(
    store: WorkspaceStore, search: Search, matches: Sequence[Match], replacement: str
) -> Replacement:
    """Say what replacing the text in some cells would do."""
    pattern = search.pattern()
    texts: dict[RecordId, dict[str, str]] = {}
    for match in matches:
        # A function, so that a backslash in the new text stays one.
        new = pattern.sub(lambda _found: replacement, match.text)
        texts.setdefault(match.record, {})[match.field] = new
    block = blocks.understand(store, search.form, texts)
    return Replacement(
        block,
        sum(len(row.changed) for row in block.rows),
        sum(len(row.unfit) for row in block.rows),
    )


def write_replace(
    store: WorkspaceStore, plan: Replacement, *, actor: str, clock: Clock
) -> StepDone:
    """Write what a plan says, as one step.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    return blocks.write(
        store, plan.block, None, sentence="STEP_REPLACE", origin=Origin.SET, actor=actor,
        clock=clock,
    )  # fmt: skip


def _rows(store: WorkspaceStore, search: Search) -> Iterator[tuple[int, ListRow]]:
    for start in range(0, len(search.keys), _PAGE):
        page = search.keys[start : start + _PAGE]
        numbers = {key: number for number, key in enumerate(page, start)}
        for row in store.rows(search.form, page, search.fields):
            yield numbers[row.key], row
