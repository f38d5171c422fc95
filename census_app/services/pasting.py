"""Paste a block into the children of a record: what it would do, whether a person should look first, then one step.

A plain block that fits is written at once. One with a header row, with columns that fit nowhere, with many new rows,
with values that do not fit, or a list of items in one cell is shown before.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import Origin, StepDone
from census_app.domain.records import RecordId
from census_app.formats.block_text import read_block
from census_app.formats.headers import HeaderMap, normalise_header
from census_app.formspec.model import FormSet
from census_app.services import blocks
from census_app.services.item_lists import items_of
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, WorkspaceStore

MANY_ROWS: Final = 1000
"""More new rows than this are shown before they are written."""

SHOWN_ROWS: Final = 50
"""Rows a preview shows."""


class Reason(enum.StrEnum):
    """Why a paste is shown before it is written."""

    HEADER = "header"
    LIST = "list"
    WIDE = "wide"
    MANY = "many"
    UNFIT = "unfit"


class Where(enum.StrEnum):
    """Where the rows of a block go."""

    HERE = "here"
    END = "end"


@dataclass(frozen=True, slots=True)
class PasteRequest:
    """What is pasted, and where.

    Attributes:
        text: What the clipboard holds.
        fields: The fields of the grid, in its order.
        first: Number of the field of the current cell.
        keys: Row keys from the current row on, in the order of the grid.
        span: Rows and columns that were chosen; a smaller block is repeated over them.
    """

    form: str
    parent: RecordId
    text: str
    fields: Sequence[str]
    first: int = 0
    keys: Sequence[int] = ()
    span: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided in the preview; None leaves it to the program.

    Attributes:
        columns: Field of each column, empty for a column that is left out.
        header: Whether the first row is a header.
        listed: Whether a list in one cell becomes rows.
    """

    columns: tuple[str, ...] | None = None
    header: bool | None = None
    listed: bool | None = None
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class PastePlan:
    """What a paste would do.

    Attributes:
        heads: Header text of each column; empty texts without a header row.
        columns: Field of each column, empty for one that is left out.
        sample: The first rows, as texts.
        unfit: Row and column in `sample` of values that do not fit.
        rows: Number of rows of the block.
        new_rows: Rows that would be added.
        changed: Cells whose answer would become another one, those of new rows included.
        overwritten: Cells that hold another answer now.
        misfits: Cells whose value would not fit.
        reasons: Why a person should look at it first; empty for a plain block.
    """

    request: PasteRequest
    block: blocks.Block
    heads: tuple[str, ...]
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    unfit: frozenset[tuple[int, int]]
    rows: int
    new_rows: int
    changed: int
    overwritten: int
    misfits: int
    header: bool
    listed: bool
    where: Where
    reasons: frozenset[Reason]

    @property
    def plain(self) -> bool:
        """Whether it may be written without a look."""
        return not self.reasons


def plan_paste(
    store: WorkspaceStore, request: PasteRequest, choices: Choices | None = None
) -> PastePlan | None:
    """Say what a paste would do; None when the clipboard holds nothing."""
    choices = choices or Choices()
    source = _source(store, request, choices)
    if source is None:
        return None
    where = choices.where or _where(store, request, source)
    keys = request.keys[: len(source.rows)] if where is Where.HERE else ()
    ids = {row.key: row.id for row in store.rows(request.form, keys, [])}
    named = [_named(source.columns, row) for row in source.rows]
    # A row removed just now takes what was meant for it along; the others keep their places.
    covering = [(n, ids[key]) for n, key in enumerate(keys) if named[n] and key in ids]
    filled = [
        (n, row)
        for n, texts in enumerate(named[len(keys) :], len(keys))
        if (row := {f: t for f, t in texts.items() if t})
    ]
    existing = {record: named[n] for n, record in covering}
    block = blocks.understand(store, request.form, existing, [row for _n, row in filled])
    numbers = [n for n, _what in (*covering, *filled)]
    changed = [row.changed for row in block.rows]
    misfits = {n: row.unfit for n, row in zip(numbers, block.rows, strict=True) if row.unfit}
    return PastePlan(
        request=request,
        block=block,
        heads=source.heads,
        columns=source.columns,
        sample=tuple(tuple(row) for row in source.rows[:SHOWN_ROWS]),
        unfit=_unfit_cells(source, misfits),
        rows=len(source.rows),
        new_rows=len(filled),
        changed=sum(map(len, changed)),
        overwritten=sum(
            f in row.current for row, names in zip(block.rows, changed, strict=True) for f in names
        ),
        misfits=sum(map(len, misfits.values())),
        header=source.header,
        listed=source.listed,
        where=where,
        reasons=_reasons(source, len(filled), unfit=bool(misfits)),
    )


def write_paste(store: WorkspaceStore, plan: PastePlan, *, actor: str, clock: Clock) -> StepDone:
    """Write what a plan says, as one step; asked right after planning, before anything else changes.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    return blocks.write(
        store, plan.block, plan.request.parent, sentence="STEP_PASTE", origin=Origin.PASTED,
        actor=actor, clock=clock,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Source:
    """A block with its columns: heads and fields as many as there are columns."""

    rows: list[list[str]]
    heads: tuple[str, ...]
    columns: tuple[str, ...]
    header: bool = False
    listed: bool = False
    single: bool = False
    too_wide: bool = False


def _source(store: WorkspaceStore, request: PasteRequest, choices: Choices) -> _Source | None:
    table = read_block(request.text)
    if table == [[""]]:
        return None
    single = len(table) == 1 and len(table[0]) == 1
    if single and choices.listed is not False:
        listed = _listed(store, request, table[0][0], choices)
        if listed is not None:
            return listed
    width = max(map(len, table))
    table = [row + [""] * (width - len(row)) for row in table]
    columns = _by_header(store.form_set, request, table) if choices.header is not False else None
    header = choices.header if choices.header is not None else columns is not None
    heads = tuple(table[0]) if header else ("",) * width
    rows = table[1:] if header else _repeated(table, request.span)
    width = len(rows[0]) if rows else width
    if columns is None:
        places = request.fields[request.first : request.first + width]
        columns = (*places, *("",) * (width - len(places)))
    heads += ("",) * (width - len(heads))
    too_wide = any(not columns[n] and any(row[n] for row in rows) for n in range(width))
    return _Source(
        rows, heads, choices.columns or columns, header, single=single, too_wide=too_wide
    )


def _listed(
    store: WorkspaceStore, request: PasteRequest, text: str, choices: Choices
) -> _Source | None:
    """Return the rows that a text in one cell lists, when it is pasted where names stand."""
    form = store.form_set.form(request.form)
    here = request.fields[request.first] if request.first < len(request.fields) else ""
    if here != form.title and not choices.listed:
        return None
    items = items_of(text, form, context_for(store))
    if not items:
        return None
    columns = tuple(f for f in request.fields if any(f in item for item in items))
    rows = [[item.get(name, "") for name in columns] for item in items]
    heads = ("",) * len(columns)
    return _Source(rows, heads, choices.columns or columns, listed=True, single=True)


def _repeated(table: list[list[str]], span: tuple[int, int]) -> list[list[str]]:
    """Repeat a block over the chosen cells, when they are a multiple of it."""
    height, width = len(table), len(table[0])
    down, right = span[0] // height, span[1] // width
    if (down, right) == (1, 1) or down * height != span[0] or right * width != span[1]:
        return table
    return [row * right for row in table] * down


def _by_header(
    form_set: FormSet, request: PasteRequest, table: Sequence[Sequence[str]]
) -> tuple[str, ...] | None:
    """Return the field of each column when the first row is a header, else None."""
    texts = [text for text in table[0] if text.strip()]
    if len(table) < 2 or not texts:
        return None
    known = HeaderMap(form_set)
    found: list[str] = []
    for text in table[0]:
        refs = known.find(request.form, normalise_header(text)) if text.strip() else []
        names = [r.field for r in refs if r.field in request.fields and r.field not in found]
        found.append(names[0] if names else "")
    found = _by_ending(form_set, request, table[0], found)
    hits = sum(map(bool, found))
    if hits * 2 < len(texts) or (hits < 2 and len(texts) > 1) or not hits:
        return None
    return tuple(found)


def _by_ending(
    form_set: FormSet, request: PasteRequest, texts: Sequence[str], found: Sequence[str]
) -> list[str]:
    """Find fields by the end of their labels, for headers as short as `名称`, `类型`, `长度`."""
    form = form_set.form(request.form)
    taken, named = set(found), list(found)
    for number, text in enumerate(texts):
        short = normalise_header(text)
        if named[number] or len(short) < 2:
            continue
        for name in request.fields:
            label = form.field_by_id(name).label
            ends = (normalise_header(label.zh), normalise_header(label.en))
            if name not in taken and any(end.endswith(short) for end in ends):
                named[number] = name
                taken.add(name)
                break
    return named


def _where(store: WorkspaceStore, request: PasteRequest, source: _Source) -> Where:
    """Say where rows go when nobody decided: a list with a header never covers what stands there."""
    if not (source.header or source.listed) or not request.keys:
        return Where.HERE
    ids = store.ids(request.form, request.keys[: len(source.rows)])
    names = {name for name in source.columns if name}
    held = store.records(request.form, ids).values()
    return Where.END if any(names & record.values.keys() for record in held) else Where.HERE


def _named(columns: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {name: text for name, text in zip(columns, row, strict=True) if name}


def _unfit_cells(
    source: _Source, misfits: Mapping[int, Sequence[str]]
) -> frozenset[tuple[int, int]]:
    places = {name: column for column, name in enumerate(source.columns) if name}
    return frozenset(
        (row, places[name]) for row, names in misfits.items() if row < SHOWN_ROWS for name in names
    )


def _reasons(source: _Source, new_rows: int, *, unfit: bool) -> frozenset[Reason]:
    reasons = {
        Reason.HEADER: source.header,
        Reason.LIST: source.listed,
        Reason.WIDE: source.too_wide,
        Reason.MANY: new_rows > MANY_ROWS,
        Reason.UNFIT: unfit and not source.single,
    }
    return frozenset(reason for reason, so in reasons.items() if so)
