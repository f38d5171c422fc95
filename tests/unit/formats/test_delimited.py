from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.errors import DataProblem
from census_app.formats.delimited import read_rows

TEXT = "名称,功能\n系统甲,办公\n系统乙,会议"


def write(folder: Path, content: bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content)
    return path


def refused(path: Path) -> DataProblem:
    with pytest.raises(DataProblem) as caught:
        read_rows(path)
    return caught.value


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_utf8_its_mark_and_gb18030_are_understood(
    tmp_path: Path, codec: str, encoding: str
) -> None:
    read = read_rows(write(tmp_path, TEXT.encode(codec)))

    assert read.encoding == encoding
    assert read.rows == [["名称", "功能"], ["系统甲", "办公"], ["系统乙", "会议"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = TEXT.replace(",", delimiter).replace("办公", "办公 和，会议")
    read = read_rows(write(tmp_path, content.encode()))

    assert read.delimiter == delimiter
    assert read.rows[1] == ["系统甲", "办公 和，会议"]


def test_a_delimiter_named_in_the_first_line_is_used_and_rows_keep_their_numbers(
    tmp_path: Path,
) -> None:
    read = read_rows(write(tmp_path, b"sep=;\nname;use\na,b;c,d\n"))

    assert read.rows == [[], ["name", "use"], ["a,b", "c,d"]]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-16"),
        TEXT.encode() + b"\x00",
        b"%PDF-1.7\n\xff\xfe\x80\x81" * 50,
        ("名称很长" * 100).encode() + b"\xe4\xb8",
        b"\xef\xbb\xbf\xff",
    ],
)
def test_an_encoding_that_is_none_of_these_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refused(write(tmp_path, content)).code == "CSV_ENCODING"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\nc,d\ne,f,g\n", 3),
        ("a,b\nc\ne,f\n", 2),
        ('a,b\n"c,d\ne,f\n', 3),
        ('a,b\n"c"x,d\n', 2),
    ],
)
def test_unequal_rows_and_open_quotes_are_refused_with_their_line(
    tmp_path: Path, content: str, line: int
) -> None:
    problem = refused(write(tmp_path, content.encode()))

    assert (problem.code, problem.params["line"]) == ("CSV_SYNTAX", line)


def test_titles_blank_rows_and_empty_cells_at_the_end_are_no_mistake(tmp_path: Path) -> None:
    read = read_rows(write(tmp_path, "清单\n\na,b\nc,d\n\n,\ne,f,,\n".encode()))

    assert [row[:2] for row in read.rows if len(row) > 1] == [
        ["a", "b"],
        ["c", "d"],
        ["", ""],
        ["e", "f"],
    ]


def test_a_line_of_megabytes_is_refused(tmp_path: Path) -> None:
    content = "a,b\n" + "x," * 700_000 + "\n"
    problem = refused(write(tmp_path, content.encode()))

    assert (problem.code, problem.params["line"]) == ("CSV_SIZE", 2)


def test_a_long_field_is_refused_with_its_line(tmp_path: Path) -> None:
    problem = refused(write(tmp_path, f"a,b\nc,d\n{'x' * 40_000},e\n".encode()))

    assert (problem.code, problem.params["place"]) == ("FIELD_SIZE", "3")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n  \n"])
def test_a_file_without_content_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refused(write(tmp_path, content)).code == "CSV_EMPTY"


def test_a_file_of_delimiters_only_has_blank_rows(tmp_path: Path) -> None:
    assert read_rows(write(tmp_path, b",,\n,,\n")).rows == [["", "", ""]] * 2


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_a_code(tmp_path: Path, content: bytes) -> None:
    assert outcome(write(tmp_path, content)) in {"read", "CSV_EMPTY", "CSV_ENCODING", "CSV_SYNTAX"}


def outcome(path: Path) -> str:
    try:
        read_rows(path)
    except DataProblem as problem:
        return problem.code
    return "read"
