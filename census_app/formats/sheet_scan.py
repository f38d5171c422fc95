"""Scan the XML of one worksheet for what the reader must not be surprised by, or does not tell.

The reader of workbooks allocates the whole bounding box, aborts when that fails, and drops error values and formulas
without a value in silence (lessons §5). So this scan finds the farthest filled cell, hidden rows, error values and
formulas nobody has computed. A part written as office programs write it is scanned with regular expressions, chunk by
chunk; one written in any other legal way goes through an XML parser that refuses a DOCTYPE.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from census_app.errors import DataProblem
from census_app.formats.cells import MAX_CELL_CHARACTERS, address, column_number

MAX_BOX_CELLS: Final = 8_000_000
"""Rows times columns of the bounding box of a sheet (security §9, X4)."""

_MAX_CELL_BYTES: Final = 16 * 1024 * 1024
_LONG_TEXT: Final = 4 * MAX_CELL_CHARACTERS
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = b"0123456789"
_ATTRIBUTES: Final = rb'(?: [\w:]+="[^"<>]*")*'
_CELL: Final = rb'<c r="([A-Z]{1,3}[0-9]{1,7})"' + _ATTRIBUTES + rb" ?"
_FORMULA: Final = rb"<f" + _ATTRIBUTES + rb" ?(?:/>|>[^<]*</f>)"
_FILLED: Final = re.compile(_CELL + rb">(?!</c>)")
_EMPTY: Final = re.compile(_CELL + rb"(?:/>|></c>)")
_ROW_HIDDEN: Final = re.compile(rb'<row r="([0-9]{1,7})"[^<>]* hidden="(?:1|true)"')
_COLUMN: Final = re.compile(rb"<col ([^<>]*)>")
_COLUMN_GIVEN: Final = re.compile(rb'\b(min|max|hidden)="([^"]*)"')
_NOT_COMPUTED: Final = re.compile(_CELL + b">" + _FORMULA + rb"(?:<v ?/>|<v></v>)?</c>")
_ERROR_VALUE: Final = re.compile(_CELL + b">(?:" + _FORMULA + rb")?<v>(#[^<]{1,20})</v></c>")
_ROOT_PREFIX: Final = re.compile(rb"<(\w{1,20}):worksheet[\s>]")
_UNUSUAL: Final = (
    b"<!",
    b"<c>",
    b"<c/",
    b"<c\n",
    b"<c\t",
    b"<c\r",
    b":c ",
    b":c>",
    b":c/",
    b":c\n",
    b":row",
)


class UnusualXmlError(Exception):
    """The part is not written as office programs write it: use the parser."""


_COLUMN_NUMBER: Final = re.compile(r"[0-9]{1,5}")


@dataclass(slots=True)
class SheetScan:
    """What is known of a sheet before it is read.

    Attributes:
        rows: Number of the last row with a filled cell, counted from 1; 0 when there is none.
        columns: The same of columns.
        hidden_rows: Numbers of hidden rows, counted from 1.
        hidden_columns: First and last of hidden columns, counted from 1.
        not_computed: Addresses of formulas without a value.
        errors: Error values such as `#N/A`, by address.
        shared: How many cells point to a shared text.
    """

    rows: int = 0
    columns: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    not_computed: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    shared: int = 0

    def note_column(self, given: Mapping[str, str]) -> None:
        """Take note of what the sheet says of some columns."""
        ends = given.get("min", ""), given.get("max", "")
        if given.get("hidden") in {"1", "true"} and all(map(_COLUMN_NUMBER.fullmatch, ends)):
            self.hidden_columns.append((int(ends[0]), int(ends[1])))

    def reach(self, row: int, column: int) -> None:
        """Take note of a filled cell; both counted from 1.

        Raises:
            DataProblem: `XLSX_SHEET`, when the bounding box grows above the limit.
        """
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column)
        if self.rows * self.columns > MAX_BOX_CELLS:
            raise DataProblem(
                "XLSX_SHEET", rows=self.rows, columns=self.columns, limit=MAX_BOX_CELLS
            )


def scan_chunks(chunks: Iterable[bytes]) -> SheetScan:
    """Scan a part written as office programs write it.

    Raises:
        UnusualXmlError: It is written in another way.
        DataProblem: `XLSX_SHEET`, `XLSX_SIZE`.
    """
    found = SheetScan()
    rest = b""
    prefix = b""
    first = True
    for chunk in chunks:
        data = rest + chunk
        if first:
            root = _ROOT_PREFIX.search(data)
            prefix = root[1] if root else b""
            first = False
        if prefix:
            data = data.replace(b"<" + prefix + b":", b"<").replace(b"</" + prefix + b":", b"</")
        cut = _end_of_whole_cells(data)
        rest = data[cut:]
        _scan_piece(data[:cut], found)
        if len(rest) > _LONG_TEXT:
            refuse_long_text(rest)
        if len(rest) > _MAX_CELL_BYTES:
            raise DataProblem("XLSX_SIZE", what="cell", limit="16 MiB")
    _scan_piece(rest, found)
    return found


def scan_parsed(chunks: Iterable[bytes]) -> SheetScan:
    """Scan a part of any legal spelling with a parser.

    Raises:
        DataProblem: `XLSX_SHEET`, `XLSX_SIZE`, `XLSX_XML` for a DOCTYPE, `XLSX_DAMAGED`.
    """
    handler = _CellHandler()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        for chunk in chunks:
            parser.feed(chunk)
        parser.close()
    except DefusedXmlException as error:
        raise DataProblem("XLSX_XML") from error
    except SAXParseException as error:
        raise DataProblem("XLSX_DAMAGED") from error
    return handler.found


def refuse_long_text(data: bytes) -> None:
    """Refuse a piece of XML that holds a text far longer than any cell can be.

    Raises:
        DataProblem: `XLSX_SIZE`. Texts a little above the limit are found when the sheet is read.
    """
    step = MAX_CELL_CHARACTERS
    for start in range(0, len(data) - _LONG_TEXT, step):
        if data.find(b"<", start, start + _LONG_TEXT) < 0:
            raise DataProblem("XLSX_SIZE", what="cell", limit=MAX_CELL_CHARACTERS)


def _end_of_whole_cells(data: bytes) -> int:
    """Return where to cut so that no tag and no cell is torn apart."""
    last = data.rfind(b"<c ")
    if last >= 0:
        empty = _EMPTY.match(data, last)
        close = data.find(b"</c>", last)
        if empty is None and close < 0:
            return last
        last = empty.end() if empty else close + 4
    return max(last, data.rfind(b"<"), 0)


def _scan_piece(data: bytes, found: SheetScan) -> None:
    if any(mark in data for mark in _UNUSUAL):
        raise UnusualXmlError
    refuse_long_text(data)
    if b'hidden="' in data:
        found.hidden_rows.extend(int(row) for row in _ROW_HIDDEN.findall(data))
        for attributes in _COLUMN.findall(data):
            given = {a.decode(): b.decode() for a, b in _COLUMN_GIVEN.findall(attributes)}
            found.note_column(given)
    cells = data.count(b"<c ")
    if not cells:
        return
    filled = _FILLED.findall(data)
    if len(filled) + len(_EMPTY.findall(data)) != cells:
        raise UnusualXmlError
    found.shared += data.count(b' t="s"')
    if filled:
        addresses = b",".join(filled)
        columns = set(addresses.translate(None, _DIGITS).split(b","))
        rows = set(addresses.translate(None, _LETTERS).split(b","))
        found.reach(max(map(int, rows)), max(column_number(c.decode()) for c in columns) + 1)
    if b"<f" in data:
        found.not_computed.extend(a.decode() for a in _NOT_COMPUTED.findall(data))
    if b' t="e"' in data:
        found.errors.update((a.decode(), e.decode()) for a, e in _ERROR_VALUE.findall(data))


class _CellHandler(ContentHandler):
    """Follows rows and cells as the reader does: a cell without an address stands right of the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.found = SheetScan()
        self._row = 0
        self._column = 0
        self._type = ""
        self._in_cell = self._formula = self._filled = self._value = False
        self._text: list[str] = []
        self._length = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        """See the base class."""
        tag = name.rpartition(":")[2]
        if tag == "c":
            self._start_cell(attrs)
        elif tag == "row":
            number = attrs.get("r", "")
            self._row = int(number) if number.isascii() and number.isdigit() else self._row + 1
            self._column = 0
            if attrs.get("hidden") in {"1", "true"}:
                self.found.hidden_rows.append(self._row)
        elif tag == "col":
            self.found.note_column({name: attrs.get(name, "") for name in attrs.getNames()})
        elif self._in_cell and tag in {"v", "is", "f", "t"}:
            self._formula = self._formula or tag == "f"
            self._value = tag in {"v", "t"}
            self._filled = True
            self.found.reach(self._row, self._column)

    def characters(self, content: str) -> None:
        """See the base class."""
        self._length += len(content)
        if self._length > 2 * MAX_CELL_CHARACTERS:
            raise DataProblem("XLSX_SIZE", what="cell", limit=MAX_CELL_CHARACTERS)
        if self._in_cell and self._value:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """See the base class."""
        self._length = 0
        if name.rpartition(":")[2] != "c":
            return
        self._in_cell = False
        if not self._filled:
            return
        where = address(self._row - 1, self._column - 1)
        text = "".join(self._text)
        if self._formula and not text:
            self.found.not_computed.append(where)
        elif self._type == "e":
            self.found.errors[where] = text

    def _start_cell(self, attrs: AttributesImpl) -> None:
        match = re.fullmatch(r"([A-Za-z]{1,3})([0-9]{1,7})", attrs.get("r", ""))
        if match:
            self._column, self._row = column_number(match[1]) + 1, int(match[2])
        else:
            self._column += 1
        self._type = attrs.get("t", "")
        self._in_cell, self._filled, self._formula, self._value = True, False, False, False
        self._text.clear()
        self.found.shared += self._type == "s"
