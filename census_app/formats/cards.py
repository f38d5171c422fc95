"""Read a form that stands as label beside value, as sheet ① of a department's workbook does (domain §7, DW)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from census_app.formats.cells import CellText, DateText, NumberText, address, is_blank
from census_app.formats.grouping import SheetRecord
from census_app.formats.headers import FieldRef, HeaderMap, normalise_header, without_brackets
from census_app.formats.notes import Note, note
from census_app.formats.sheets import Sheet
from census_app.formats.templates import Template
from census_app.formspec.model import Form, Text

_SEARCHED_ROWS: Final = 80
_SEARCHED_COLUMNS: Final = 30
_MAX_LABEL: Final = 80
_LEAST_ANSWERS: Final = 3
_NOT_A_FORM: Final = ("说明", "字典", "示例", "样例", "指南", "代码表")


@dataclass(frozen=True, slots=True)
class Card:
    """One record that fills a sheet, or the upper part of one."""

    template: Template
    record: SheetRecord
    notes: tuple[Note, ...]


def find_card(sheet: Sheet, header_map: HeaderMap, end: int) -> Card | None:
    """Return the record of labels beside values above row `end`, or None.

    It needs the field that names the record and three answers; an explaining sheet (填写说明) is no form.
    """
    if any(word in sheet.name for word in _NOT_A_FORM):
        return None
    best: _Reading | None = None
    covered = _filled_from_above(sheet)
    for form in header_map.forms:
        reading = _read(sheet, header_map, form, min(end, _SEARCHED_ROWS), covered)
        if form.title not in reading.cells or len(reading.cells) < _LEAST_ANSWERS:
            continue
        if best is None or len(reading.cells) > len(best.cells):
            best = reading
    return _card(sheet, best) if best is not None else None


@dataclass(slots=True)
class _Reading:
    form: Form
    cells: dict[str, CellText]
    left: list[tuple[int, int]]
    first_row: int


def _read(
    sheet: Sheet, header_map: HeaderMap, form: Form, end: int, covered: set[tuple[int, int]]
) -> _Reading:
    reading = _Reading(form, {}, [], 0)
    for row in range(min(end, len(sheet.rows))):
        label: FieldRef | None = None
        for column, cell in enumerate(sheet.rows[row][:_SEARCHED_COLUMNS]):
            if is_blank(cell) or (row, column) in covered:
                continue
            ref = _label(header_map, form, cell)
            if ref is not None:
                label = ref
            elif label is not None and label.field not in reading.cells:
                reading.first_row = reading.first_row or row + 1
                reading.cells[label.field] = CellText(
                    str(cell),
                    sheet.name,
                    address(row, column),
                    isinstance(cell, DateText),
                    isinstance(cell, NumberText),
                )
                label = None
            else:
                reading.left.append((row, column))
    return reading


def _label(header_map: HeaderMap, form: Form, cell: str) -> FieldRef | None:
    if len(cell) > _MAX_LABEL:
        return None
    names = (normalise_header(cell), without_brackets(cell))
    refs = (ref for name in names for ref in header_map.find(form.id, name))
    return next((ref for ref in refs if ref.form == form.id), None)


def _filled_from_above(sheet: Sheet) -> set[tuple[int, int]]:
    """Return the cells that only repeat the first one of their merged range."""
    return {
        (row, left)
        for top, left, bottom, _ in sheet.merges
        if top < _SEARCHED_ROWS
        for row in range(top + 1, min(bottom + 1, _SEARCHED_ROWS))
    }


def _card(sheet: Sheet, reading: _Reading) -> Card:
    record = SheetRecord(reading.form.id, reading.cells, first_row=reading.first_row)
    template = Template(
        "card",
        Text(
            zh=f"{reading.form.label.zh}（单页填写）",
            en=f"{reading.form.label.en} (one page)",
        ),
        reading.form.id,
    )
    notes = [
        note(
            "CARD_CELL_NOT_READ",
            sheet.name,
            address(row, column),
            found=sheet.rows[row][column][:60],
        )
        for row, column in reading.left
        if row + 1 >= reading.first_row
    ]
    return Card(template, record, tuple(notes))
