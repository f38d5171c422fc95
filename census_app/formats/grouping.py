"""Turn the rows of a table into records: one record from many rows where the rows are its children.

Identity of domain §7: an equal code; else consecutive rows, or the rows of one merge range, with equal name and equal
columns of the record. A later run with the same name is another record. Nothing a row says is dropped: a row that
differs in a column becomes a record of its own, or, where only the child's own answers differ, an answer of the child.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from census_app.formats.cells import (
    Cell,
    CellText,
    DateText,
    NumberText,
    address,
    column_letters,
    is_blank,
)
from census_app.formats.guide_rows import is_example, is_explanation
from census_app.formats.headers import normalise_header
from census_app.formats.items_text import lists_items, parse_items
from census_app.formats.notes import Note, note
from census_app.formats.own_marks import identity_in
from census_app.formats.tables import TableFound
from census_app.formspec.model import FormSet

_FOOTER: Final = re.compile(
    r"\s*(?:注|备注|说明|填表说明|填写说明|填报说明|填表人|填报人|审核人|制表人|经办人|负责人|填报单位|单位盖章|盖章|合计|总计|小计)"
    r"\s*(?:[:：(（]|$)|\s*[(（](?:单位)?盖章"
)
_SUMS: Final = frozenset({"合计", "总计", "小计"})
_MAX_REMARK_CELLS: Final = 4
_SHOWN: Final = 60
_LIST_HEADERS: Final = frozenset(
    map(normalise_header, ("信息项", "信息项信息", "信息项列表", "数据项"))
)


@dataclass(slots=True)
class SheetRecord:
    """One record as its rows give it.

    Attributes:
        form: Form id.
        cells: Filled cells by field id; a field without one is empty in the file.
        class_path: Names of the classification levels, from the top.
        class_address: Where the path begins.
        children: Records of the child form.
        first_row: Number of its first row, counted from 1.
        rows: Numbers of all rows that hold something of it or of its children; empty when there is only the first.
        identity: The record the row says it is; empty where it says none.
        others: Other answers that further rows of a known record give, by field.
        owner: Of a child in a sheet of its own, the name of the record it belongs to.
        owner_identity: That record's identity when the row was written.
    """

    form: str
    cells: dict[str, CellText]
    class_path: tuple[str, ...] = ()
    class_address: str = ""
    children: list[SheetRecord] = field(default_factory=list)
    first_row: int = 0
    rows: list[int] = field(default_factory=list)
    identity: str = ""
    others: dict[str, list[CellText]] = field(default_factory=dict)
    owner: CellText | None = None
    owner_identity: str = ""


@dataclass(slots=True)
class _Open:
    """A record whose rows are being collected.

    Attributes:
        own: The record's own cells in its first row, by position.
        merge: First row of the range its name is merged over, counted from 1; 0 when it is not merged.
    """

    record: SheetRecord
    own: tuple[Cell, ...]
    merge: int


def group_records(table: TableFound, form_set: FormSet, notes: list[Note]) -> list[SheetRecord]:
    """Return the records of a table in the order of their first rows.

    Args:
        table: What was found.
        form_set: For the child form and its fields.
        notes: Receives what is not a record: remarks below the table, repeated headers, rows without a known cell.
    """
    return _Grouping(table, form_set, notes).records()


class _Grouping:
    def __init__(self, table: TableFound, form_set: FormSet, notes: list[Note]) -> None:
        self._table = table
        self._rows = table.sheet.rows
        self._name = table.sheet.name
        self._notes = notes
        own = [(c, ref.field) for c, ref in table.columns.items() if ref.form == table.form]
        sub = [(c, ref) for c, ref in table.columns.items() if ref.form != table.form]
        self._own = [(c, name, column_letters(c)) for c, name in own]
        self._sub = [(c, ref.field, column_letters(c)) for c, ref in sub]
        self._child = form_set.form(sub[0][1].form) if sub else None
        self._own_of = _cells_at([c for c, _ in own] + list(table.class_columns))
        self._sub_of = _cells_at([c for c, _ in sub])
        self._form = form_set.form(table.form)
        names = [name for _, name in own]
        codes = [name for name in self._form.identity if name != self._form.title]
        self._code = next((names.index(name) for name in codes if name in names), -1)
        self._title = names.index(self._form.title) if self._form.title in names else -1
        self._answers_of_child = self._overridable(names)
        self._merge_of, self._wide = self._merges([c for c, _ in own])
        self._listed = self._lists_items()
        self._identity, self._child_identity = table.identity, table.child_identity
        self._by_identity: dict[str, _Open] = {}
        self._records: list[SheetRecord] = []
        self._by_code: dict[Cell, _Open] = {}

    def records(self) -> list[SheetRecord]:
        header = self._rows[self._table.header[1]]
        header_cells = (self._own_of(header), self._sub_of(header))
        current: _Open | None = None
        for index in range(self._first_record(), self._table.end):
            row = self._rows[index]
            own, sub = self._own_of(row), self._sub_of(row)
            if self._is_outside(index, row, own, sub, header_cells):
                continue
            current = self._take(index, row, own, sub, current)
        return self._records

    def _first_record(self) -> int:
        """Return the row after the example and the explanations that may follow the header, and note these."""
        example: str | None = None
        for index in range(self._table.first, self._table.end):
            row = self._rows[index]
            if is_example(row):
                example = self._name_in(row)
            elif not (
                index in self._wide
                or is_explanation(row)
                or self._is_remark(row)
                or self._continues_example(row, example)
            ):
                return index
            self._notes.append(self._note("ROW_NOT_READ", index, row))
        return self._table.end

    def _continues_example(self, row: list[Cell], example: str | None) -> bool:
        """Say whether a row adds an item to the example: it has no number of its own and no other name."""
        if example is None or not is_blank(row[0]) or _all_blank(self._sub_of(row)):
            return False
        return _all_blank(self._own_of(row)) or (example != "" and self._name_in(row) == example)

    def _name_in(self, row: list[Cell]) -> str:
        return self._own_of(row)[self._title] if self._title >= 0 else ""

    # -- one row -------------------------------------------------------------------------------------------------

    def _take(
        self,
        index: int,
        row: list[Cell],
        own: tuple[Cell, ...],
        sub: tuple[Cell, ...],
        current: _Open | None,
    ) -> _Open:
        has_child = not _all_blank(sub)
        identity = self._identity_in(row, self._identity)
        if self._child is not None and identity:
            same = self._by_identity.get(identity)
            if same is not None and self._is_same(same, own):
                childs = self._continues(same, own, index, has_child) or []
                self._keep_other_answers(same, index, row, own, childs)
                self._complete(same, index, row, own)
                self._add_children(same.record, index, row, has_child, childs)
                return same
        elif self._child is not None:
            for open_record in self._candidates(own, current):
                answers = self._continues(open_record, own, index, has_child)
                if answers is not None:
                    self._complete(open_record, index, row, own)
                    self._add_children(open_record.record, index, row, has_child, answers)
                    return open_record
        opened = _Open(self._record(index, row), own, self._merge_of.get(index, 0))
        opened.record.identity = identity
        if identity:
            self._by_identity.setdefault(identity, opened)
        self._records.append(opened.record)
        if self._code >= 0 and not is_blank(own[self._code]):
            self._by_code.setdefault(own[self._code], opened)
        if has_child:
            self._add_children(opened.record, index, row, has_child, [])
        return opened

    def _identity_in(self, row: list[Cell], column: int) -> str:
        return identity_in(row[column]) if column >= 0 else ""

    def _is_same(self, opened: _Open, own: tuple[Cell, ...]) -> bool:
        """Say whether a row with the identity of an earlier one is of its record, and not a copy with another name."""
        title = own[self._title] if self._title >= 0 else ""
        return is_blank(title) or title == opened.own[self._title] or _all_blank(own)

    def _keep_other_answers(
        self,
        opened: _Open,
        index: int,
        row: list[Cell],
        own: tuple[Cell, ...],
        answers: list[int],
    ) -> None:
        """Remember what a further row of a known record says otherwise: perhaps it was mended there only."""
        pairs = zip(self._own, own, opened.own, strict=False)
        for position, ((column, name, letters), cell, before) in enumerate(pairs):
            if position not in answers and cell != before and not is_blank(cell) and before:
                kind = row[column].__class__
                given = CellText(
                    str(cell),
                    self._name,
                    f"{letters}{index + 1}",
                    kind is DateText,
                    kind is NumberText,
                )
                opened.record.others.setdefault(name, []).append(given)

    def _candidates(self, own: tuple[Cell, ...], current: _Open | None) -> Iterator[_Open]:
        if current is not None:
            yield current
        if self._code >= 0:
            earlier = self._by_code.get(own[self._code])
            if earlier is not None and earlier is not current:
                yield earlier

    def _continues(
        self, opened: _Open, own: tuple[Cell, ...], index: int, has_child: bool
    ) -> list[int] | None:
        """Say whether a row belongs to an open record.

        Returns:
            None when it does not; else the positions whose answers are the child's own.
        """
        merge = self._merge_of.get(index, 0)
        code = own[self._code] if self._code >= 0 else ""
        same_code = not is_blank(code) and code == opened.own[self._code]
        if own == opened.own:
            return [] if same_code or merge == opened.merge else None
        if _all_blank(own):
            return [] if has_child else None
        if not same_code:
            if not is_blank(code) or merge != opened.merge:
                return None
            if not merge and not self._only_name(own, opened.own):
                return None
        answers: list[int] = []
        for position, (cell, before) in enumerate(zip(own, opened.own, strict=True)):
            if cell == before or is_blank(cell) or is_blank(before):
                continue
            if position not in self._answers_of_child or not has_child:
                return None
            answers.append(position)
        return answers

    def _only_name(self, own: tuple[Cell, ...], before: tuple[Cell, ...]) -> bool:
        """Say whether a row repeats the name and leaves the other columns of the record empty."""
        if self._title < 0 or own[self._title] != before[self._title]:
            return False
        return all(is_blank(cell) for n, cell in enumerate(own) if n != self._title)

    def _complete(self, opened: _Open, index: int, row: list[Cell], own: tuple[Cell, ...]) -> None:
        """Take answers that only a later row of the record gives."""
        if own == opened.own:
            return
        cells = self._cells(self._own, index, row)
        for name, cell in cells.items():
            opened.record.cells.setdefault(name, cell)
        if not opened.record.class_path:
            self._set_class_path(opened.record, index, row)
        merged = (b if not is_blank(b) else a for a, b in zip(own, opened.own, strict=True))
        opened.own = tuple(merged)

    def _is_outside(
        self,
        index: int,
        row: list[Cell],
        own: tuple[Cell, ...],
        sub: tuple[Cell, ...],
        header: tuple[tuple[Cell, ...], tuple[Cell, ...]],
    ) -> bool:
        """Say whether a row is no record, and note it if it says anything."""
        if index in self._wide:
            self._notes.append(self._note("ROW_NOT_READ", index, row))
            return True
        if _all_blank(own) and _all_blank(sub):
            if any(cell and not cell.strip().isdigit() and not is_blank(cell) for cell in row):
                self._notes.append(self._note("ROW_NOT_READ", index, row))
            return True
        if (own, sub) == header:
            self._notes.append(self._note("HEADER_REPEATED", index, row))
            return True
        if self._is_remark(row):
            self._notes.append(self._note("ROW_NOT_READ", index, row))
            return True
        return False

    @staticmethod
    def _is_remark(row: list[Cell]) -> bool:
        first = next((cell for cell in row if not is_blank(cell)), "")
        if _FOOTER.match(first) is None:
            return False
        return len({cell for cell in row if cell}) <= _MAX_REMARK_CELLS or first.strip() in _SUMS

    # -- building ------------------------------------------------------------------------------------------------

    def _record(self, index: int, row: list[Cell]) -> SheetRecord:
        cells = self._cells(self._own, index, row)
        record = SheetRecord(self._form.id, cells, first_row=index + 1)
        self._set_class_path(record, index, row)
        return record

    def _set_class_path(self, record: SheetRecord, index: int, row: list[Cell]) -> None:
        filled = [c for c in self._table.class_columns if not is_blank(row[c])]
        if filled:
            record.class_path = tuple(str(row[column]) for column in filled)
            record.class_address = address(index, filled[0])

    def _cells(
        self, columns: list[tuple[int, str, str]], index: int, row: list[Cell]
    ) -> dict[str, CellText]:
        number = str(index + 1)
        sheet = self._name
        found: dict[str, CellText] = {}
        for column, name, letters in columns:
            cell = row[column]
            if cell:
                kind = cell.__class__
                if kind is str:
                    found[name] = CellText(cell, sheet, letters + number)
                else:
                    where = letters + number
                    was_date, was_number = kind is DateText, kind is NumberText
                    found[name] = CellText(str(cell), sheet, where, was_date, was_number)
        return found

    def _add_children(
        self, record: SheetRecord, index: int, row: list[Cell], has_child: bool, answers: list[int]
    ) -> None:
        record.rows.append(index + 1)
        if self._child is None:
            return
        if not has_child:
            self._notes.append(self._note("ROW_REPEATED", index, row))
            return
        cells = self._cells(self._sub, index, row)
        if answers:
            own = [self._own[position] for position in answers]
            answered = self._cells(own, index, row)
            for name, cell in answered.items():
                cells.setdefault(name, cell)
        identity = "" if self._listed else self._identity_in(row, self._child_identity)
        for one in self._split(cells) if self._listed else [cells]:
            child = SheetRecord(self._child.id, one, first_row=index + 1, identity=identity)
            record.children.append(child)

    def _split(self, cells: dict[str, CellText]) -> Iterator[dict[str, CellText]]:
        """Yield the items a single cell lists."""
        child = self._child
        if child is None or child.title not in cells:
            yield cells
            return
        whole = cells[child.title]
        type_field = next((f.id for f in child.field if f.role == "item_type"), "")
        for item in parse_items(whole.text):
            one = dict(cells)
            one[child.title] = CellText(item.name, whole.sheet, whole.address)
            if item.data_type and type_field:
                one[type_field] = CellText(item.data_type, whole.sheet, whole.address)
            yield one

    def _note(self, code: str, index: int, row: list[Cell]) -> Note:
        column = next((n for n, cell in enumerate(row) if not is_blank(cell)), 0)
        text = " ".join(row[column].split())
        found = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return note(code, self._name, address(index, column), found=found)

    # -- what is fixed for the table -----------------------------------------------------------------------------

    def _overridable(self, names: list[str]) -> frozenset[int]:
        """Return the positions whose answer a child can give for itself: 共享类型 and 信息项共享类型."""
        if self._child is None:
            return frozenset()
        own = {f.id: f.label.zh for f in self._child.field}
        labels = {f.id: f.label.zh for f in self._form.field}
        return frozenset(
            position
            for position, name in enumerate(names)
            if name in own and own[name] != labels[name] and own[name].endswith(labels[name])
        )

    def _merges(self, own: list[int]) -> tuple[dict[int, int], set[int]]:
        """Return the merge range of the name by row, and the rows that one cell spans as a heading or remark."""
        title = own[self._title] if self._title >= 0 else -1
        by_row: dict[int, int] = {}
        wide: set[int] = set()
        least = max(len(self._table.columns) // 2, 2)
        for top, left, bottom, right in self._table.sheet.merges:
            if top < self._table.first:
                continue
            if right - left + 1 > least:
                wide.update(range(top, bottom + 1))
            elif left <= title <= right and bottom > top:
                by_row.update(dict.fromkeys(range(top, bottom + 1), top + 1))
        return by_row, wide

    def _lists_items(self) -> bool:
        """Say whether the one column of the child lists several items in a cell."""
        if self._child is None or [name for _, name, _ in self._sub] != [self._child.title]:
            return False
        column = self._sub[0][0]
        header = normalise_header(self._rows[self._table.header[1]][column])
        if header in _LIST_HEADERS:
            return True
        cells = (row[column] for row in self._rows[self._table.first : self._table.end])
        return any(lists_items(cell) for cell in cells if "/" in cell or "／" in cell)


def _cells_at(columns: list[int]) -> Callable[[list[Cell]], tuple[Cell, ...]]:
    if not columns:
        return lambda row: ()
    if len(columns) == 1:
        only = columns[0]
        return lambda row: (row[only],)
    return itemgetter(*columns)


def _all_blank(cells: tuple[Cell, ...]) -> bool:
    return not any(cells) or all(map(is_blank, cells))
