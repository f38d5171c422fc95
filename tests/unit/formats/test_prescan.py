from __future__ import annotations

import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from census_app.errors import DataProblem
from census_app.formats import prescan
from census_app.formats.prescan import check_workbook

WriteBook = Callable[..., Path]
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def rewrite(path: Path, parts: Mapping[str, bytes]) -> Path:
    """Replace or add parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content.update(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def sheet_xml(cells: str, *, head: str = "", tail: str = "") -> bytes:
    return (
        f'{head}<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData>{tail}</worksheet>'
    ).encode()


def code_of(path: Path) -> str:
    with pytest.raises(DataProblem) as caught:
        check_workbook(path)
    assert caught.value.params["file"] == path.name
    return caught.value.code


@pytest.fixture
def book(write_book: WriteBook) -> Path:
    return write_book([["名称", "摘要"], ["甲", "乙"]])


def test_a_plain_workbook_passes_with_its_extent(book: Path) -> None:
    facts = check_workbook(book)

    assert facts.kind == "xlsx"
    assert (facts.sheets["Sheet1"].rows, facts.sheets["Sheet1"].columns) == (2, 2)


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.touch()

    assert code_of(path) == "XLSX_EMPTY"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><table>", "HTML"),
        (b"name,code\n", "text"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\x05\x06" + bytes(18), "ZIP"),
        (bytes(range(256)), "?"),
    ],
)
def test_another_kind_of_file_is_named_whatever_its_suffix(
    tmp_path: Path, content: bytes, found: str
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)

    with pytest.raises(DataProblem) as caught:
        check_workbook(path)
    assert (caught.value.code, caught.value.params["found"]) == ("XLSX_TYPE", found)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")

    with pytest.raises(DataProblem) as caught:
        check_workbook(path)
    assert (caught.value.code, caught.value.params["found"]) == ("XLSX_TYPE", "DOCX")


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    stream_name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + stream_name + bytes(480))

    assert code_of(path) == "XLSX_TYPE"


def test_every_truncation_is_refused_as_damaged(book: Path, tmp_path: Path) -> None:
    whole = book.read_bytes()
    cut = tmp_path / "cut.xlsx"
    codes = set()
    for length in range(4, len(whole) - 1, 97):
        cut.write_bytes(whole[:length])
        codes.add(code_of(cut))

    assert codes == {"XLSX_DAMAGED"}


def test_a_flipped_byte_inside_a_part_is_refused_as_damaged(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        info = archive.getinfo(SHEET)
    data = bytearray(book.read_bytes())
    data[info.header_offset + 30 + len(SHEET) + 20] ^= 0x55
    book.write_bytes(bytes(data))

    assert code_of(book) == "XLSX_DAMAGED"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "ha">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>',
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "docProps/core.xml"])
def test_a_document_type_is_refused_in_any_part(book: Path, part: str, declaration: str) -> None:
    with zipfile.ZipFile(book) as archive:
        content = archive.read(part)
    text = content.partition(b"?>")[2] if content.startswith(b"<?xml") else content
    rewrite(book, {part: declaration.encode() + text})

    assert code_of(book) == "XLSX_XML"


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_a_part_in_a_foreign_encoding_is_refused(book: Path, encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>名</t></is></c></row>'
    rewrite(book, {SHEET: sheet_xml(cells, head=head).decode().encode(encoding)})

    assert code_of(book) == "XLSX_XML"


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="20000"><c r="XFD20000" s="1" t="n"><v>1</v></c></row>',
        '<row r="20000"><c s="1" r="XFD20000"><v>1</v></c></row>',
        "<row r='20000'><c r='XFD20000'><v>1</v></c></row>",
        '<row r="20000"><c r="xfd20000"><v>1</v></c></row>',
        '<row r="20000"><c r="XFD20000"><f>1+1</f></c></row>',
        '<row r="20000"><c r="XFD20000" x="/>"><v>1</v></c></row>',
        '<row r="20000"><c r="XFD20000" x="a>b/"><v>1</v></c></row>',
        '<row r="20000"><c\n\tr="XFD20000"><v>1</v></c></row>',
        '<row r="20000"><!-- --><c r="&#88;FD20000"><v>1</v></c></row>',
        '<row r="1048576"><c>' + "</c><c><v>1</v></c><c>" * 20 + "</c></row>",
    ],
)
def test_a_far_cell_is_refused_however_it_is_spelled(book: Path, far: str) -> None:
    near = '<row r="1"><c r="A1"><v>1</v></c></row>'
    rewrite(book, {SHEET: sheet_xml(near + far)})

    assert code_of(book) == "XLSX_SHEET"


def test_a_far_cell_is_refused_behind_a_prefix(book: Path) -> None:
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="20000"><x:c r="XFD20000"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    rewrite(book, {SHEET: xml.encode()})

    assert code_of(book) == "XLSX_SHEET"


def test_formatted_cells_without_content_do_not_count(book: Path) -> None:
    cells = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>'
        '<row r="1048576"><c r="XFD1048576" s="1"></c></row>'
    )
    rewrite(book, {SHEET: sheet_xml(cells)})

    scan = check_workbook(book).sheets["Sheet1"]
    assert (scan.rows, scan.columns) == (1, 1)


def test_the_parser_and_the_quick_scan_see_the_same(book: Path) -> None:
    cells = (
        '<row r="2" hidden="1"><c r="B2" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="C3"><f>A1</f></c><c r="D3"><f>A1</f><v>2</v></c></row>'
        '<row r="4"><c r="E4" t="e"><f>A1</f><v>#REF!</v></c><c r="F4" s="2"/></row>'
    )
    columns = (
        '<cols><col hidden="1" min="2" max="3"/><col min="4" max="4" hidden="true"/>'
        '<col min="5" max="9" hidden="0"/><col min="1" hidden="1"/></cols>'
    )
    text = sheet_xml(cells).replace(b"<sheetData>", columns.encode() + b"<sheetData>")
    quick = check_workbook(rewrite(book, {SHEET: text})).sheets["Sheet1"]
    text = sheet_xml(cells + "<!-- -->").replace(b"<sheetData>", columns.encode() + b"<sheetData>")
    parsed = check_workbook(rewrite(book, {SHEET: text})).sheets["Sheet1"]

    assert quick == parsed
    assert quick.hidden_columns == [(2, 3), (4, 4)]
    assert quick.not_computed == ["C3"]
    assert quick.errors == {"B2": "#N/A", "E4": "#REF!"}
    assert quick.hidden_rows == [2]


def test_a_deflate_bomb_is_refused_quickly(book: Path) -> None:
    text = "A" * (40 * 1024 * 1024)
    cells = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
    rewrite(book, {SHEET: sheet_xml(cells)})
    started = time.process_time()

    assert code_of(book) == "XLSX_SIZE"
    assert time.process_time() - started < 2


def test_more_than_the_unpacked_limit_is_refused(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prescan, "MAX_UNPACKED", 5_000)

    assert code_of(book) == "XLSX_SIZE"


def test_a_text_longer_than_a_cell_can_hold_is_refused(book: Path) -> None:
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(200_000))
    cells = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
    rewrite(book, {SHEET: sheet_xml(cells)})

    assert code_of(book) == "XLSX_SIZE"


@pytest.mark.parametrize(
    "spelling", ['<c r="{a}" t="s"><v>0</v></c>', "<c r='{a}' t='s'><v>0</v></c>"]
)
def test_a_shared_text_used_so_often_that_memory_would_run_out_is_refused(
    book: Path, spelling: str
) -> None:
    rows = "".join(
        f'<row r="{row}">' + spelling.format(a=f"A{row}") + "</row>" for row in range(1, 20_001)
    )
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(30_000))
    shared = f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>'
    rewrite(book, {SHEET: sheet_xml(rows), "xl/sharedStrings.xml": shared.encode()})

    assert code_of(book) == "XLSX_SIZE"


def test_many_cells_that_share_many_texts_pass(tmp_path: Path) -> None:
    path = tmp_path / "shared.xlsx"
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{row % 50}</v></c></row>'
        for row in range(1, 20_001)
    )
    texts = "".join(f"<si><t>{'长' * (3000 if n == 7 else 3)}{n}</t></si>" for n in range(50))
    openpyxl.Workbook().save(path)
    shared = f'<sst xmlns="{MAIN}">{texts}</sst>'.encode()
    rewrite(path, {SHEET: sheet_xml(rows), "xl/sharedStrings.xml": shared})

    assert check_workbook(path).sheets["Sheet"].shared == 20_000


def test_any_damage_to_the_archive_is_read_or_refused(book: Path) -> None:
    whole = book.read_bytes()
    directory = len(whole) - 1000
    codes = set()
    for seed in range(1500):
        data = bytearray(whole)
        for step in range(3):
            draw = zlib.crc32(seed.to_bytes(2, "big") + bytes([step]))
            data[directory + draw % 1000] = draw >> 24
        book.write_bytes(bytes(data))
        codes.add(outcome(book))

    assert codes <= {"read", "XLSX_DAMAGED", "XLSX_TYPE", "XLSX_SIZE", "XLSX_XML"}


def outcome(path: Path) -> str:
    try:
        check_workbook(path)
    except DataProblem as problem:
        return problem.code
    return "read"


def test_two_parts_of_one_name_are_refused(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr("xl/Worksheets/Sheet1.xml", "<worksheet/>")

    assert code_of(book) == "XLSX_DAMAGED"


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.xlsx"
    with path.open("wb") as stream:
        stream.truncate(prescan.MAX_FILE + 1)

    assert code_of(path) == "XLSX_SIZE"
