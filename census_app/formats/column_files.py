"""What unknown headers of a kind of workbook mean, as a TOML file: kept in the data folder, given by hand, or shipped.

A kind of workbook is known by its headers: the same list of another month has the same ones. An empty answer leaves
the column out.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import UserError
from census_app.formats.headers import normalise_header

_SHAPE_DIGITS: Final = 32
_MAX_FILE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ColumnFile:
    """One file.

    Attributes:
        shape: Of the workbooks it speaks of; empty for any that have the headers.
        columns: Header as it stands in the sheet → `form.field`, or empty to leave the column out.
    """

    shape: str
    columns: Mapping[str, str]


def shape_of(headers: Iterable[str]) -> str:
    """Return by what a kind of list is known again: a hash of its headers, in whatever order they stand."""
    texts = sorted({normalise_header(header) for header in headers} - {""})
    data = json.dumps(texts, ensure_ascii=False).encode()
    return hashlib.sha256(data).hexdigest()[:_SHAPE_DIGITS]


def read_column_file(path: Path) -> ColumnFile:
    """Read a file.

    Raises:
        UserError: `MAPPING_FILE`, it is not such a file; the reason stands beside.
        OSError: It cannot be opened.
    """
    with path.open("rb") as stream:
        data = stream.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise UserError("MAPPING_FILE", path=str(path), found="> 1 MiB")
    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError("MAPPING_FILE", path=str(path), found=str(error)) from error
    columns, shape = found.get("columns"), found.get("shape", "")
    answers = list(columns.values()) if isinstance(columns, dict) else [None]
    if not isinstance(columns, dict) or not all(
        isinstance(each, str) for each in [shape, *answers]
    ):
        raise UserError("MAPPING_FILE", path=str(path), found="[columns]")
    return ColumnFile(shape, {str(header): target.strip() for header, target in columns.items()})


def column_file(
    found: ColumnFile, remarks: Sequence[str] = (), notes: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of a file.

    Args:
        remarks: Lines at its beginning.
        notes: Header → what stands behind its answer, such as the first cells of the column.
    """
    lines = [f"# {_one_line(remark)}" for remark in remarks]
    if found.shape:
        lines.append(f"shape = {_quoted(found.shape)}")
    lines += ["", "[columns]"]
    for header, target in found.columns.items():
        told = (notes or {}).get(header, "")
        behind = f"  # {_one_line(told)}" if told else ""
        lines.append(f"{_quoted(header)} = {_quoted(target)}{behind}")
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    """Return a text as TOML writes it; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())
