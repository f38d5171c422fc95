from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from census_app.errors import DataProblem
from census_app.formats import xls
from census_app.formats.cells import NumberText
from census_app.formats.sheets import read_sheets

XlsCell: TypeAlias = str | float | None
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def write_xls(
    path: Path,
    rows: Sequence[Sequence[XlsCell]],
    *,
    merges: Sequence[tuple[int, int, int, int]] = (),
    sheet: str = "Sheet1",
    far: tuple[int, int] | None = None,
) -> Path:
    """Write one sheet; merges are first row, first column, last row, last column, counted from 0."""
    path.write_bytes(_compound("Workbook", _workbook(rows, merges, sheet, far)))
    return path


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _text(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _workbook(
    rows: Sequence[Sequence[XlsCell]],
    merges: Sequence[tuple[int, int, int, int]],
    sheet: str,
    far: tuple[int, int] | None,
) -> bytes:
    cells = b"".join(
        _cell(row, column, value)
        for row, line in enumerate(rows)
        for column, value in enumerate(line)
        if value is not None
    )
    if far is not None:
        cells += _cell(*far, 1.0)
    ranges = b"".join(struct.pack("<HHHH", a, c, b, d) for a, b, c, d in merges)
    merged = _record(0x00E5, struct.pack("<H", len(merges)) + ranges) if merges else b""
    height, width = len(rows), max(map(len, rows), default=0)
    dimensions = _record(0x0200, struct.pack("<IIHHH", 0, height, 0, width, 0))
    substream = _begin(0x0010) + dimensions + cells + merged + _record(0x000A, b"")
    head = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    name = sheet.encode("utf-16-le")
    bound_size = 4 + 8 + len(name)
    offset = len(head) + bound_size + 4
    bound = struct.pack("<IBBB", offset, 0, 0, len(sheet)) + b"\x01" + name
    stream = head + _record(0x0085, bound) + _record(0x000A, b"") + substream
    return stream.ljust(4096, b"\x00")


def _cell(row: int, column: int, value: str | float) -> bytes:
    where = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, where + _text(value, "<H"))
    return _record(0x0203, where + struct.pack("<d", value))


def _compound(name: str, stream: bytes) -> bytes:
    sectors = -(-len(stream) // _SECTOR)
    fat = [_FAT, _END, *range(3, sectors + 2), _END]
    fat_bytes = b"".join(struct.pack("<I", n) for n in fat).ljust(_SECTOR, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0)
    header += b"\xff" * (_SECTOR - len(header))
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry(name, 2, 2, len(stream))
    directory += bytes(2 * 128)
    padded = stream.ljust(sectors * _SECTOR, b"\x00")
    return header + fat_bytes + directory + padded


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    raw = (name + "\x00").encode("utf-16-le")
    entry = raw.ljust(64, b"\x00") + struct.pack("<HBB", len(raw), kind, 1)
    entry += struct.pack("<III", _FREE, _FREE, child) + bytes(16 + 4 + 16)
    return entry + struct.pack("<IQ", start, size)


ROWS: list[list[XlsCell]] = [["系统名称", "业务功能"], ["甲", 12.5], [None, "x"]]


def code_of(path: Path) -> str:
    with pytest.raises(DataProblem) as caught:
        read_sheets(path)
    assert caught.value.params["file"] == path.name
    return caught.value.code


def test_an_xls_is_read_in_a_child_with_its_merged_cells_and_numbers(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "清单.xls", ROWS, merges=[(1, 0, 2, 0)], sheet="系统")
    (sheet,) = read_sheets(path)

    assert sheet.name == "系统"
    assert sheet.rows == [["系统名称", "业务功能"], ["甲", "12.5"], ["甲", "x"]]
    assert isinstance(sheet.rows[1][1], NumberText)
    assert sheet.merges == ((1, 0, 2, 0),)


def test_an_xls_named_xlsx_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "list.xlsx", ROWS)

    assert read_sheets(path)[0].rows[0] == ["系统名称", "业务功能"]


def test_a_compound_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.xls"
    path.write_bytes(_compound("WordDocument", bytes(4096)))

    assert code_of(path) in {"XLSX_DAMAGED", "XLSX_TYPE"}


def test_a_truncated_xls_is_refused(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "list.xls", ROWS)
    path.write_bytes(path.read_bytes()[:700])

    assert code_of(path) == "XLSX_DAMAGED"


def test_a_child_that_takes_too_long_is_ended_and_the_file_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xls(tmp_path / "list.xls", ROWS)
    monkeypatch.setattr(xls, "TIME_LIMIT", 0.0)

    assert code_of(path) == "XLSX_SIZE"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such memory limit")
def test_a_child_that_runs_out_of_memory_takes_nothing_down(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "list.xls", ROWS, far=(65_535, 65_535))

    assert code_of(path) == "XLSX_SIZE"


def test_any_damage_to_an_xls_is_read_or_refused(tmp_path: Path) -> None:
    whole = write_xls(tmp_path / "list.xls", ROWS, merges=[(1, 0, 2, 0)]).read_bytes()
    path = tmp_path / "damaged.xls"
    codes = set()
    for seed in range(12):
        data = bytearray(whole)
        for step in range(4):
            draw = zlib.crc32(bytes([seed, step]))
            data[8 + draw % (len(data) - 8)] = draw >> 24
        path.write_bytes(bytes(data))
        try:
            read_sheets(path)
        except DataProblem as problem:
            codes.add(problem.code)

    assert codes <= {"XLSX_DAMAGED", "XLSX_TYPE", "XLSX_SIZE"}


def test_the_child_answers_a_frozen_program_by_its_hidden_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = tmp_path / "census"
    launcher.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "from census_app.formats import xls\n"
        "assert sys.argv[1] == xls.CHILD_FLAG\n"
        "sys.exit(xls.xls_child_main(*sys.argv[2:]))\n",
        encoding="utf-8",
    )
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(launcher))
    path = write_xls(tmp_path / "list.xls", ROWS)

    assert xls.run_child(path)[0].rows[0] == ["系统名称", "业务功能"]


def test_the_child_writes_its_answer_where_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xls(tmp_path / "list.xls", ROWS)
    target = tmp_path / "answer.json"
    monkeypatch.setenv(xls.ANSWER_VARIABLE, str(target))
    command = [sys.executable, "-m", xls.__name__, xls.CHILD_FLAG, str(path)]

    assert subprocess.run(command, check=False).returncode == 0
    assert target.read_bytes().startswith(b'[{"name":"Sheet1"')


def test_the_program_itself_is_the_child_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xls(tmp_path / "list.xls", ROWS)
    target = tmp_path / "answer.json"
    monkeypatch.setenv(xls.ANSWER_VARIABLE, str(target))
    command = [sys.executable, "-m", "census_app", xls.CHILD_FLAG, str(path)]

    assert subprocess.run(command, check=False).returncode == 0
    assert target.is_file()
