"""Read a data dictionary: a workbook or CSV file that describes tables, as contractors hand it over.

Three layouts are met: one list with the table in a column (merged or repeated), one sheet for each table, and
tables one below the other with their name above the headings. Headings are data (`templates/dictionary.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from census_app.assets import resource
from census_app.domain.database_urls import Product
from census_app.domain.schemas import (
    FoundColumn,
    FoundSchema,
    FoundTable,
    SchemaNote,
    clean_text,
    key_of,
)
from census_app.errors import DataProblem
from census_app.formats.cells import Cell, is_blank
from census_app.formats.sheets import Sheet, read_sheets

MAX_TABLES: Final = 20_000
_ROLES: Final = (
    "table",
    "table_comment",
    "column",
    "comment",
    "type",
    "length",
    "scale",
    "key",
    "nullable",
    "required",
)
_AMBIGUOUS: Final = frozenset({"字段名称", "名称", "name"})
_SPLIT: Final = re.compile(
    r"^(?:[\d.、（）()一二三四五六七八九十 ]*)(.*?)\s*[（(\[【]\s*([A-Za-z_][\w$.]*)\s*[)）\]】]\s*$"
)
_LEADING: Final = re.compile(r"^\s*([A-Za-z_][\w$.]*)\s*[-—:：（( ]\s*(.+?)[)）]?\s*$")
_LABELLED: Final = re.compile(r"^\s*([^:：]{1,12})\s*[:：]\s*(.+)$")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_#][\w$#.]*")
_PLAIN: Final = re.compile(r"[\s（(\[【].*?[)）\]】]|[\s*＊_:：]+")
_NUMBER: Final = re.compile(r"\d{1,9}(?:\s*[,，.]\s*\d{1,4})?")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, tuple[str, ...]]:
    text = resource("templates", "dictionary.toml").read_text(encoding="utf-8")
    return {name: tuple(_folded(w) for w in words) for name, words in tomllib.loads(text).items()}


def _folded(text: str) -> str:
    return _PLAIN.sub("", text.casefold())


@dataclass(slots=True)
class _Table:
    name: str
    comment: str = ""
    columns: list[FoundColumn] = field(default_factory=list)


@dataclass(slots=True)
class _Head:
    """Which column stands for what below a row of headings."""

    places: Mapping[str, int]
    unmatched: tuple[str, ...]

    def text(self, row: Sequence[Cell], role: str) -> str:
        """Return the cell of a role on one line."""
        place = self.places.get(role)
        return clean_text(row[place]) if place is not None and place < len(row) else ""


@dataclass(slots=True)
class _Walk:
    """How far a sheet is read: the headings in force, the lines above the next ones, the table that is filled."""

    head: _Head | None = None
    named: list[Sequence[Cell]] = field(default_factory=list)
    table: _Table | None = None
    found: bool = False


def read_dictionary(path: Path) -> FoundSchema:
    """Read every table that a workbook or CSV file describes.

    Raises:
        DataProblem: The codes of `sheets.read_sheets`; `DICTIONARY_NOTHING`, no headings of fields are met in it.
        OSError: The file cannot be opened.
    """
    reader = _Reader()
    for sheet in read_sheets(path):
        reader.take(sheet)
    tables = reader.finished()
    if not tables:
        raise DataProblem("DICTIONARY_NOTHING", file=path.name)
    if len(tables) > MAX_TABLES:
        raise DataProblem("DDL_SIZE", file=path.name, limit=str(MAX_TABLES))
    return FoundSchema(path.stem, Product.UNKNOWN, tables, notes=tuple(reader.notes))


class _Reader:
    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], _Table] = {}
        self._comments: dict[str, str] = {}
        self.notes: list[SchemaNote] = []

    def take(self, sheet: Sheet) -> None:
        """Read one sheet."""
        if sheet.hidden:
            if sheet.rows:
                self.notes.append(SchemaNote("DISCOVER_SHEET_HIDDEN", (("sheet", sheet.name),)))
            return
        walk = _Walk()
        for row in sheet.rows:
            self._line(walk, row, sheet)
        if not walk.found and any(not all(map(is_blank, row)) for row in sheet.rows):
            self.notes.append(SchemaNote("DISCOVER_SHEET_UNREAD", (("sheet", sheet.name),)))

    def _line(self, walk: _Walk, row: Sequence[Cell], sheet: Sheet) -> None:
        if all(map(is_blank, row)):
            # One blank line ends a table that has its name above it; a list goes on.
            if walk.head is not None and "table" not in walk.head.places:
                walk.head, walk.named = None, []
            return
        labels = _label_row(row)
        new = None if labels else _heading(row, sheet.rows)
        if new is not None:
            self._begin(walk, new, sheet)
        elif walk.head is None or (walk.table is not None and labels):
            if walk.head is not None:
                walk.head, walk.named = None, []
            walk.named.append(row)
        elif {"column", "comment"} & walk.head.places.keys():
            walk.table = self._field(walk.head, row, walk.table)
        else:
            self._note_comment(walk.head, row)

    def _begin(self, walk: _Walk, head: _Head, sheet: Sheet) -> None:
        walk.head, walk.found, walk.table = head, True, None
        self._say_unmatched(sheet, head)
        if not {"table", "table_comment"} & head.places.keys():
            walk.table = self._table(*self._named(walk.named, sheet))
        walk.named = []

    def finished(self) -> tuple[FoundTable, ...]:
        """Return the tables in the order they were met."""
        return tuple(
            FoundTable(
                t.name,
                tuple(t.columns),
                comment=t.comment or self._comments.get(t.name.casefold(), ""),
            )
            for t in self._tables.values()
            if t.columns
        )

    def _table(self, name: str, comment: str) -> _Table:
        key = key_of("", name)
        if key not in self._tables:
            self._tables[key] = _Table(name, comment)
        held = self._tables[key]
        held.comment = held.comment or comment
        return held

    def _field(self, head: _Head, row: Sequence[Cell], table: _Table | None) -> _Table | None:
        name, said = head.text(row, "table"), head.text(row, "table_comment")
        if name or said:
            identifier, comment = _name_parts(name, said)
            table = self._table(identifier, comment)
        column = _column(head, row)
        if table is None or column is None:
            return table
        if all(c.name.casefold() != column.name.casefold() for c in table.columns[-2:]):
            table.columns = [c for c in table.columns if c.name.casefold() != column.name.casefold()] \
                if len(table.columns) < 4096 else table.columns  # fmt: skip
            table.columns.append(column)
        return table

    def _note_comment(self, head: _Head, row: Sequence[Cell]) -> None:
        """Take a line of the list of tables that many dictionaries begin with."""
        name, said = _name_parts(head.text(row, "table"), head.text(row, "table_comment"))
        if name and said:
            self._comments.setdefault(name.casefold(), said)

    def _named(self, rows: Sequence[Sequence[Cell]], sheet: Sheet) -> tuple[str, str]:
        """Return name and comment of a table from the lines above its headings, else from its sheet's name."""
        name = comment = ""
        for row in rows[-6:]:
            cells = [clean_text(c) for c in row if not is_blank(c)]
            found_name, found_comment = _from_labels(cells)
            name, comment = found_name or name, found_comment or comment
            if not found_name and not found_comment and len(cells) == 1:
                split, said = _name_parts(cells[0], "")
                if split != said and _IDENTIFIER.fullmatch(split):
                    name, comment = name or split, comment or said
                elif not comment:
                    comment = re.sub(r"^[\d.、 ]+", "", cells[0])
        if not name:
            name, from_tab = _name_parts(sheet.name, "")
            comment = comment or from_tab
        name, split = _name_parts(name, comment)
        return name, comment or split

    def _say_unmatched(self, sheet: Sheet, head: _Head) -> None:
        if head.unmatched:
            params = (("sheet", sheet.name), ("heads", "、".join(head.unmatched)))
            note = SchemaNote("DISCOVER_HEADS_UNREAD", params)
            if note not in self.notes:
                self.notes.append(note)


def _heading(row: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> _Head | None:
    """Return what a row's headings mean; None when it is no row of headings."""
    words = _words()
    texts = [_folded(clean_text(cell)) for cell in row]
    places: dict[str, int] = {}
    for role in _ROLES:
        for word in words[role]:
            place = next(
                (n for n, t in enumerate(texts) if t == word and n not in places.values()), None
            )
            if place is not None:
                places[role] = place
                break
    fields = {"column", "comment"} & places.keys()
    detail = {"type", "length", "key", "nullable", "required"} & places.keys()
    of_tables = {"table", "table_comment"} <= places.keys()
    if not (fields and (detail or len(fields) == 2 or "table" in places)) and not of_tables:
        return None
    if "comment" not in places and "column" in places and texts[places["column"]] in _AMBIGUOUS:
        values = [clean_text(r[places["column"]]) for r in rows if places["column"] < len(r)]
        latin = sum(bool(_IDENTIFIER.fullmatch(v)) for v in values)
        if latin * 2 < len([v for v in values if v]):
            places["comment"] = places.pop("column")
    known = set(places.values())
    passed = set(words["passed_over"])
    unmatched = [
        clean_text(c, 30) for n, c in enumerate(row)
        if n not in known and not is_blank(c) and texts[n] not in passed and texts[n] not in _everything()
    ]  # fmt: skip
    return _Head(places, tuple(unmatched))


@lru_cache(maxsize=1)
def _everything() -> frozenset[str]:
    return frozenset(word for role in _ROLES for word in _words()[role])


def _label_row(row: Sequence[Cell]) -> bool:
    cells = [clean_text(c) for c in row if not is_blank(c)]
    name, _comment = _from_labels(cells)
    heading = _folded(name)
    return bool(name) and heading not in _everything() and heading not in _words()["passed_over"]


def _from_labels(cells: Sequence[str]) -> tuple[str, str]:
    """Return table and comment where labels stand before or beside them."""
    words = _words()
    found = {"name_labels": "", "comment_labels": ""}
    for number, cell in enumerate(cells):
        labelled = _LABELLED.match(cell)
        pairs = [(cell, cells[number + 1])] if number + 1 < len(cells) else []
        if labelled:
            pairs.insert(0, (labelled[1], labelled[2]))
        for label, text in pairs:
            for kind, held in found.items():
                if _folded(label) in words[kind] and not held:
                    found[kind] = text
    name, comment = found["name_labels"], found["comment_labels"]
    if name and not comment:
        name, comment = _name_parts(name, "")
        comment = "" if comment == name else comment
    return name, comment


def _name_parts(text: str, comment: str) -> tuple[str, str]:
    """Return identifier and Chinese name of a table, however they are written together."""
    if comment and _IDENTIFIER.fullmatch(comment) and text and not _IDENTIFIER.fullmatch(text):
        return comment, text  # the headings are the other way round
    if text and not _IDENTIFIER.fullmatch(text):
        for pattern, first in ((_SPLIT, 2), (_LEADING, 1)):
            match = pattern.match(text)
            if match:
                return match[first], comment or match[3 - first].strip()
    return (text or comment), comment or ("" if _IDENTIFIER.fullmatch(text) else text)


def _column(head: _Head, row: Sequence[Cell]) -> FoundColumn | None:
    name, comment = head.text(row, "column"), head.text(row, "comment")
    if comment and _IDENTIFIER.fullmatch(comment) and name and not _IDENTIFIER.fullmatch(name):
        name, comment = comment, name
    if not name and not comment:
        return None
    yes = set(_words()["yes"])
    key = head.text(row, "key").casefold() in yes
    nullable = True
    if "nullable" in head.places:
        nullable = head.text(row, "nullable").casefold() in yes
    elif "required" in head.places:
        nullable = head.text(row, "required").casefold() not in yes
    return FoundColumn(
        name=name or comment,
        type_text=_type(head.text(row, "type"), head.text(row, "length"), head.text(row, "scale")),
        comment=comment,
        nullable=nullable and not key,
        key=key,
    )


def _type(text: str, length: str, scale: str) -> str:
    """Return a type with its length, from one cell or from two or three."""
    if not text:
        return ""
    if length and "(" not in text and "（" not in text and _NUMBER.fullmatch(length):
        width = re.sub(r"[，.]", ",", length)
        if scale.isdecimal() and scale != "0" and "," not in width:
            width = f"{width},{scale}"
        return f"{text}({width})"
    return text
