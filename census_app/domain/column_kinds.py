"""What a column's declared type is in the census: a code of the list of data types, and a length in bytes.

The guide asks for the declared length (1272 号, core element 8). Where a declaration counts bytes that is the length;
where it counts characters, how many bytes a character takes is the caller's to say, and at least two for the national
types (`NVARCHAR`), which keep UTF-16. Standard library only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CHARACTER, NUMERIC, CURRENCY, DATE, MOMENT = "C", "N", "Y", "D", "T"
LOGICAL, DOUBLE, INTEGER, FLOATING = "L", "B", "I", "F"
BINARY, LONG_TEXT = "blob", "text"

_BYTES_OF_MOMENT: Final = 19
_BYTES_OF_DATE: Final = 8
_BYTES_OF_TIME: Final = 8
_WIDEST_NUMBER: Final = 38
_NATIONAL: Final = 2


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """A data type of the census.

    Attributes:
        code: Of the list `data_type`; empty when the type is not known.
        length: In bytes; None where a type has none, or its declaration says none.
    """

    code: str = ""
    length: int | None = None


_INTEGERS: Final = {
    "tinyint": 1, "smallint": 2, "int2": 2, "smallserial": 2, "mediumint": 3, "int": 4, "integer": 4, "int4": 4,
    "serial": 4, "bigint": 8, "int8": 8, "bigserial": 8, "long long": 8, "整型": 4, "整数": 4, "整数型": 4, "长整型": 8,
}  # fmt: skip

_FIXED: Final = {
    "bool": ColumnKind(LOGICAL, 1), "boolean": ColumnKind(LOGICAL, 1), "bit": ColumnKind(LOGICAL, 1),
    "逻辑型": ColumnKind(LOGICAL, 1), "布尔": ColumnKind(LOGICAL, 1), "布尔型": ColumnKind(LOGICAL, 1),
    "date": ColumnKind(DATE, _BYTES_OF_DATE), "日期": ColumnKind(DATE, _BYTES_OF_DATE),
    "日期型": ColumnKind(DATE, _BYTES_OF_DATE),
    "datetime": ColumnKind(MOMENT, _BYTES_OF_MOMENT), "datetime2": ColumnKind(MOMENT, _BYTES_OF_MOMENT),
    "smalldatetime": ColumnKind(MOMENT, _BYTES_OF_MOMENT), "datetimeoffset": ColumnKind(MOMENT, _BYTES_OF_MOMENT),
    "timestamp": ColumnKind(MOMENT, _BYTES_OF_MOMENT), "timestamptz": ColumnKind(MOMENT, _BYTES_OF_MOMENT),
    "日期时间": ColumnKind(MOMENT, _BYTES_OF_MOMENT), "日期时间型": ColumnKind(MOMENT, _BYTES_OF_MOMENT),
    "时间": ColumnKind(MOMENT, _BYTES_OF_MOMENT), "时间戳": ColumnKind(MOMENT, _BYTES_OF_MOMENT),
    "time": ColumnKind(CHARACTER, _BYTES_OF_TIME), "timetz": ColumnKind(CHARACTER, _BYTES_OF_TIME),
    "year": ColumnKind(NUMERIC, 4), "interval": ColumnKind(CHARACTER, 32),
    "money": ColumnKind(CURRENCY, 8), "smallmoney": ColumnKind(CURRENCY, 4), "货币": ColumnKind(CURRENCY, 8),
    "货币型": ColumnKind(CURRENCY, 8),
    "double": ColumnKind(DOUBLE, 8), "float8": ColumnKind(DOUBLE, 8), "binary_double": ColumnKind(DOUBLE, 8),
    "双精度": ColumnKind(DOUBLE, 8), "双精度型": ColumnKind(DOUBLE, 8),
    "real": ColumnKind(FLOATING, 4), "float4": ColumnKind(FLOATING, 4), "binary_float": ColumnKind(FLOATING, 4),
    "浮点": ColumnKind(FLOATING, 4), "浮点型": ColumnKind(FLOATING, 4), "浮点数": ColumnKind(FLOATING, 4),
    "uuid": ColumnKind(CHARACTER, 36), "uniqueidentifier": ColumnKind(CHARACTER, 36),
    "rowid": ColumnKind(CHARACTER, 18), "urowid": ColumnKind(CHARACTER, 18), "inet": ColumnKind(CHARACTER, 43),
    "cidr": ColumnKind(CHARACTER, 43), "macaddr": ColumnKind(CHARACTER, 17), "sysname": ColumnKind(CHARACTER, 256),
}  # fmt: skip

_LONG_TEXTS: Final = frozenset(
    [
        "text", "tinytext", "mediumtext", "longtext", "ntext", "clob", "nclob", "long", "json", "jsonb", "xml",
        "xmltype", "citext", "hstore", "tsvector", "长文本", "大文本",
    ]
)  # fmt: skip
_BINARIES: Final = frozenset(
    [
        "blob", "tinyblob", "mediumblob", "longblob", "bytea", "binary", "varbinary", "raw", "image", "bfile",
        "rowversion", "geometry", "geography", "point", "polygon", "linestring", "multipolygon", "multipoint",
        "multilinestring", "geometrycollection", "sdo_geometry", "st_geometry", "vector", "二进制",
    ]
)  # fmt: skip
_CHARACTERS: Final = frozenset(
    [
        "char", "character", "varchar", "varchar2", "string", "bpchar", "name", "字符", "字符型", "字符串", "字符串型",
        "文本", "变长字符", "定长字符",
    ]
)  # fmt: skip
_NATIONALS: Final = frozenset(["nchar", "nvarchar", "nvarchar2"])
_NUMBERS: Final = frozenset(
    [
        "number",
        "numeric",
        "decimal",
        "dec",
        "fixed",
        "decfloat",
        "数值",
        "数值型",
        "数字",
        "数字型",
        "高精度型",
    ]
)

_WORDS: Final = (
    ("double precision", "double"), ("character varying", "varchar"), ("char varying", "varchar"),
    ("national character varying", "nvarchar"), ("national character", "nchar"), ("national varchar", "nvarchar"),
    ("long raw", "blob"), ("long varchar", "text"), ("character large object", "clob"), ("binary large object", "blob"),
)  # fmt: skip

_DECLARED: Final = re.compile(
    r"\s*[\[\"`]?([^\W\d][\w$]*)[\]\"`]?\s*(?:[(（]([^()（）]{0,4000})[)）])?([\w\s\[\]]*)"
)
_WIDTH: Final = re.compile(
    r"\s*(\d{1,9})\s*(char|byte)?\s*(?:[,，]\s*-?\d{1,4}\s*)?", re.IGNORECASE
)
_LABEL: Final = re.compile(r"'((?:[^']|'')*)'")


def column_kind(declared: str, *, character_bytes: int = 1) -> ColumnKind:
    """Return what a declared type is in the census; an unknown one has no code.

    Args:
        declared: As the schema spells it, such as `VARCHAR2(60 CHAR)`, `decimal(10, 2) unsigned`, `字符型`.
        character_bytes: Bytes of a character where a declaration counts characters; 1 takes the declared number.
    """
    text = " ".join(declared.split()).lower()
    for spelled, plain in _WORDS:
        if text.startswith(spelled):
            text = plain + text[len(spelled) :]
    match = _DECLARED.fullmatch(text[:5_000])
    if match is None:
        return ColumnKind()
    if "[" in match[3] or match[3].strip().startswith("array"):
        return ColumnKind(LONG_TEXT)
    return _kind(match[1], match[2] or "", character_bytes)


def _kind(  # noqa: PLR0911  # one return per kind of type
    word: str, inside: str, character_bytes: int
) -> ColumnKind:
    if word in {"enum", "set"}:
        labels = [len(label.encode()) for label in _LABEL.findall(inside)]
        together = (
            sum(labels) + max(0, len(labels) - 1) if word == "set" else max(labels, default=0)
        )
        return ColumnKind(CHARACTER, together or None)
    width = _WIDTH.fullmatch(inside)
    size = int(width[1]) if width else None
    if word in _CHARACTERS or word in _NATIONALS:
        return _characters(word, size, width, character_bytes)
    if word in _INTEGERS:
        # MySQL spells yes and no so.
        whole = ColumnKind(INTEGER, _INTEGERS[word])
        return ColumnKind(LOGICAL, 1) if (word, size) == ("tinyint", 1) else whole
    if word in _NUMBERS:
        return ColumnKind(
            NUMERIC, size or (_WIDEST_NUMBER if word in {"number", "高精度型"} else None)
        )
    if word == "float":
        single = size is not None and size <= 24
        return ColumnKind(FLOATING, 4) if single else ColumnKind(DOUBLE, 8)
    if word in _LONG_TEXTS:
        return ColumnKind(LONG_TEXT)
    if word in _BINARIES:
        return ColumnKind(BINARY)
    if word == "bit" and size is not None and size > 1:
        return ColumnKind(BINARY)
    return _FIXED.get(word, ColumnKind())


def _characters(
    word: str, size: int | None, width: re.Match[str] | None, character_bytes: int
) -> ColumnKind:
    if size is None:
        # Without a number: one character in a CHAR, any text in the others.
        single = word in {
            "char",
            "nchar",
            "character",
            "bpchar",
            "字符",
            "字符型",
            "字符串",
            "字符串型",
        }
        return ColumnKind(CHARACTER) if single else ColumnKind(LONG_TEXT)
    unit = (width[2] or "").lower() if width else ""
    each = character_bytes
    if unit == "byte":
        each = 1
    elif word in _NATIONALS:
        each = max(_NATIONAL, character_bytes)
    return ColumnKind(CHARACTER, size * each)
