"""Lists made to hurt whoever opens them: each ends with its code, in bounded time and memory, and changes nothing."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import openpyxl.xml
import pytest

from census_app.__main__ import main
from tests.vectors.measure import measured

CODE = "11320000990000033D"
MAX_CPU_S = 2.0
MAX_GROWTH = 100 * 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Parts = dict[str, bytes]
Make = Callable[[Path], Path]


def book(folder: Path, parts: Parts, *, name: str = "清单.xlsx") -> Path:
    """Write a small workbook some of whose parts are replaced."""
    path = folder / name
    made = openpyxl.Workbook()
    made.worksheets[0].append(["信息资源名称", "信息资源摘要"])
    made.worksheets[0].append(["甲", "乙"])
    made.save(path)
    with zipfile.ZipFile(path) as archive:
        content = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in (content | parts).items():
            archive.writestr(each, data)
    return path


def sheet(cells: str, head: str = "") -> Parts:
    body = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    return {SHEET: (head + body).encode()}


def text_cell(text: str) -> str:
    return f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'


def as_book(parts: Callable[[], Parts]) -> Make:
    return lambda folder: book(folder, parts())


def as_file(name: str, content: Callable[[], bytes]) -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content())
        return path

    return make


def laughs() -> Parts:
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "哈哈哈"}">' for n in range(10)
    )
    return sheet(text_cell("&l9;"), f"<!DOCTYPE worksheet [{entities}]>")


def quadratic() -> Parts:
    return sheet(text_cell("&a;" * 20_000), f'<!DOCTYPE w [<!ENTITY a "{"哈" * 20_000}">]>')


def external() -> Parts:
    return sheet(text_cell("&f;"), '<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/hostname">]>')


def external_definition() -> Parts:
    return {"xl/styles.xml": b'<!DOCTYPE w SYSTEM "http://127.0.0.1:1/x.dtd"><styleSheet/>'}


def corner() -> Parts:
    return sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def two_corners() -> Parts:
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    return sheet(first + '<row r="20000"><c r="XFD20000"><v>1</v></c></row>')


def long_text() -> Parts:
    return sheet(text_cell("A" * (200 * 1024 * 1024)))


def long_shared_text() -> Parts:
    shared = f'<sst xmlns="{MAIN}"><si><t>{"A" * (200 * 1024 * 1024)}</t></si></sst>'
    return sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>') | {
        "xl/sharedStrings.xml": shared.encode()
    }


def cell_of(length: int) -> Parts:
    return sheet(text_cell("".join(chr(0x4E00 + n % 20_000) for n in range(length))))


def many_parts() -> Parts:
    return {f"xl/media/image{n}.png": b"" for n in range(20_000)}


def sparse(folder: Path) -> Path:
    path = folder / "清单.xlsx"
    with path.open("wb") as stream:
        stream.write(b"PK\x03\x04")
        stream.truncate(1_500 * 1024 * 1024)
    return path


REFUSED: dict[str, tuple[Make, str]] = {
    "X3 billion laughs": (as_book(laughs), "XLSX_XML"),
    "X3 quadratic": (as_book(quadratic), "XLSX_XML"),
    "X3 external entity": (as_book(external), "XLSX_XML"),
    "X3 external DTD": (as_book(external_definition), "XLSX_XML"),
    "X4 corner": (as_book(corner), "XLSX_SHEET"),
    "X4 box": (as_book(two_corners), "XLSX_SHEET"),
    "X5 text of 200 MiB": (as_book(long_text), "XLSX_SIZE"),
    "X5 shared text of 200 MiB": (as_book(long_shared_text), "XLSX_SIZE"),
    "X5 cell": (as_book(lambda: cell_of(200_000)), "XLSX_SIZE"),
    "X5 cell a little too long": (as_book(lambda: cell_of(32_768)), "FIELD_SIZE"),
    "X5 parts": (as_book(many_parts), "XLSX_SIZE"),
    "X5 file": (sparse, "XLSX_SIZE"),
    "X6 encrypted": (
        as_file(
            "a.xlsx",
            lambda: OLE + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(480),
        ),
        "XLSX_TYPE",
    ),
    "X6 page of the web": (as_file("a.xls", lambda: b"<html><table><tr><td>1"), "XLSX_TYPE"),
    "X6 PDF": (as_file("a.xlsx", lambda: b"%PDF-1.7\n" + bytes(4000)), "XLSX_TYPE"),
    "C2 UTF-16": (as_file("a.csv", lambda: "名称,摘要\n甲,乙\n".encode("utf-16")), "CSV_ENCODING"),
    "C2 NUL": (as_file("a.csv", "名称,摘要\n甲,\x00乙\n".encode), "CSV_ENCODING"),
    "C2 undecodable": (as_file("a.csv", lambda: b"\xff\xfe\x80\x81" * 500), "CSV_ENCODING"),
    "C3 open quote": (
        as_file("a.csv", '名称,摘要\n"甲,乙\n丙,丁\n'.encode),
        "CSV_SYNTAX",
    ),
    "C3 file of 100 MB": (as_file("a.csv", lambda: b"x" * 100_000_000), "CSV_SIZE"),
    "C3 line of 30 MB": (as_file("a.csv", lambda: b"a,b\n" + b"x" * 30_000_000), "CSV_SIZE"),
    "C3 long field": (
        as_file("a.csv", lambda: "名称,摘要\n甲,".encode() + b"x" * 40_000),
        "FIELD_SIZE",
    ),
    "C3 unequal rows": (
        as_file("a.csv", "名称,摘要\n甲,乙\n丙\n丁,戊\n".encode),
        "CSV_SYNTAX",
    ),
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "w.censusdb"
    command = ["new", str(path), "--department", "江苏省市场监督管理局（示例）", "--code", CODE]
    assert main(command) == 0
    return path


@pytest.mark.parametrize("row", REFUSED)
def test_each_ends_with_its_code_at_little_cost(
    row: str, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, code = REFUSED[row]
    folder = tmp_path / "lists"
    folder.mkdir()
    path, before = make(folder), hashlib.sha256(empty.read_bytes()).hexdigest()
    with measured() as cost:
        ended = main(["import", str(empty), str(path)])
    said = capsys.readouterr()
    assert (ended, re.findall(r"\b[A-Z]+_[A-Z_]+\b(?=:)", said.out + said.err)) == (3, [code])
    assert cost.cpu_s < MAX_CPU_S
    assert cost.growth < MAX_GROWTH
    assert hashlib.sha256(empty.read_bytes()).hexdigest() == before
    assert [*folder.iterdir()] == [path]


def test_a_workbook_with_macros_gives_values_and_names_its_hidden_rows(
    empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """X6: macros and links to other files are not read; a row that was hidden is taken and said."""
    rows = "".join(
        f'<row r="{n}"{hidden}><c r="A{n}" t="inlineStr"><is><t>{name}</t></is></c>'
        f'<c r="B{n}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for n, hidden, name, text in [
            (1, "", "信息资源名称", "信息资源摘要"),
            (2, "", "企业登记信息", "企业的登记情况"),
            (3, ' hidden="1"', "食品抽检信息", "食品抽检的结果"),
        ]
    )
    parts = sheet(rows) | {
        "xl/vbaProject.bin": b"not a macro",
        "xl/externalLinks/externalLink1.xml": b'<externalLink xmlns="urn:x"/>',
    }
    path = book(tmp_path, parts, name="清单.xlsm")
    assert main(["import", str(empty), str(path), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"将新增 2 条.*隐藏行 1 行（第 3 行）", said, re.DOTALL)


def test_the_reader_of_workbooks_refuses_entities_too() -> None:
    """openpyxl reads only what the scan let through; without this it would follow entities all the same."""
    assert openpyxl.xml.DEFUSEDXML is True
