"""Read the tables of a SQL script: MySQL, PostgreSQL (金仓), Oracle (达梦), SQL Server, SQLite.

A reader of our own: it takes the scripts that the products' own tools write (`NOT NULL ENABLE`, `NOT CLUSTER PRIMARY
KEY`, `) ON [PRIMARY]`), keeps the comments people write beside a column, and costs a sixth of a full grammar
(ADR 0071). Data in the script is passed over, never kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from census_app.domain.database_urls import Product
from census_app.domain.schemas import (
    FoundColumn,
    FoundSchema,
    FoundTable,
    LeftOut,
    SchemaNote,
    TableKey,
    Why,
    clean_text,
    key_of,
)
from census_app.errors import DataProblem
from census_app.formats.ddl_scan import Body, Quoting, Statement, body_of, statements

MAX_FILE: Final = 64 << 20
MAX_TABLES: Final = 20_000
MAX_COLUMNS: Final = 4_096

DIALECTS: Final = {
    "mysql": Product.MYSQL,
    "postgres": Product.POSTGRESQL,
    "oracle": Product.ORACLE,
    "tsql": Product.SQLSERVER,
    "sqlite": Product.SQLITE,
    "dameng": Product.DAMENG,
    "kingbase": Product.KINGBASE,
}
"""Name of a dialect on the command line → the product."""

_QUOTING: Final = {
    Product.MYSQL: Quoting(backslash=True),
    Product.POSTGRESQL: Quoting(dollars=True),
    Product.KINGBASE: Quoting(dollars=True),
    Product.SQLSERVER: Quoting(brackets=True),
    Product.SQLITE: Quoting(brackets=True),
}

_NAME: Final = r"(?:\"(?:[^\"]++|\"\")++\"|`(?:[^`]++|``)++`|\[[^\]\n]+\]|[^\W\d][\w$#]*|#+\w+)"
_DOTTED: Final = rf"{_NAME}(?:\s*\.\s*{_NAME}){{0,3}}"
_TEXT: Final = r"N?'((?:[^'\\]++|\\.|'')*+)'|N?'((?:[^']++|'')*+)'"

_CREATE: Final = re.compile(
    rf"CREATE\s+(?P<how>[\w\s=`@%\"]*?)\b(?P<what>TABLE|VIEW|DATABASE)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>{_DOTTED})",
    re.IGNORECASE,
)
_USE: Final = re.compile(rf"USE\s+({_NAME})", re.IGNORECASE)
_ALTER: Final = re.compile(
    rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?({_DOTTED})\s*(.*)", re.IGNORECASE | re.DOTALL
)
_COMMENT_ON: Final = re.compile(
    rf"COMMENT\s+ON\s+(TABLE|COLUMN|VIEW)\s+({_DOTTED})\s+IS\s+(?:{_TEXT})",
    re.IGNORECASE | re.DOTALL,
)
_TABLE_COMMENT: Final = re.compile(rf"\bCOMMENT\s*=?\s*(?:{_TEXT})", re.IGNORECASE | re.DOTALL)
_COLUMN_COMMENT: Final = re.compile(rf"\bCOMMENT\s+(?:{_TEXT})", re.IGNORECASE | re.DOTALL)
_COLUMN: Final = re.compile(
    rf"(?P<name>{_NAME}|'[^'\n]+')(?:\s+(?P<type>(?:double\s+precision|long\s+raw|long\s+varchar"
    r"|(?:national\s+)?char(?:acter)?\s+(?:varying|large\s+object)|binary\s+large\s+object"
    r"|(?:\[?[^\W\d][\w$]*\]?\s*\.\s*)?[\[\"]?[^\W\d][\w$]*[\]\"]?))\s*"
    r"(?P<size>\((?:[^()']++|'(?:[^']++|'')*+')*+\))?(?P<with>\s*(?:\[\]|with(?:out)?\s+(?:local\s+)?time\s+zone|unsigned))*)?",
    re.IGNORECASE,
)
_NO_TYPE: Final = re.compile(
    r"(?:NOT|NULL|DEFAULT|PRIMARY|UNIQUE|CHECK|REFERENCES|COMMENT|CONSTRAINT|GENERATED|AS|COLLATE|IDENTITY)\b",
    re.I,
)
_NOT_A_COLUMN: Final = re.compile(
    r"(?:CONSTRAINT|PRIMARY\s+KEY|FOREIGN\s+KEY|UNIQUE\b(?!\s+\w+\s*,)|CHECK\s*\(|EXCLUDE\b|LIKE\b|PERIOD\s+FOR"
    r"|(?:FULLTEXT|SPATIAL|UNIQUE)\s+(?:KEY|INDEX)|(?:KEY|INDEX)\s+(?:[\"`\[]?\w+[\"`\]]?\s*)?(?:USING\s+\w+\s*)?\("
    r"|(?:NOT\s+)?CLUSTER\b|SUPPLEMENTAL\s+LOG|INHERITS\b|PARTITION\b)",
    re.IGNORECASE,
)
_KEY: Final = re.compile(r"\bPRIMARY\s+KEY\b[^(]*+\(((?:[^()]++|\([^()]*+\))*+)\)", re.IGNORECASE)
_NOT_NULL: Final = re.compile(r"\bNOT\s+NULL\b|\bPRIMARY\s+KEY\b|\bIDENTITY\b", re.IGNORECASE)
_OWN_KEY: Final = re.compile(r"\bPRIMARY\s+KEY\b", re.IGNORECASE)
_PARTITION: Final = re.compile(r"\s+PARTITION\s+OF\b", re.IGNORECASE)
_STRINGS: Final = re.compile(r"'(?:[^']++|'')*+'")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_OF_A_TOOL: Final = re.compile(
    r"structure|records of|dumping|转储|导出|转存|表的?结构|表的?数据|主键|索引|约束|触发器|视图|序列|数据库"
    r"|日期|时间[：:]|=|Date:|Source|Target", re.IGNORECASE,
)  # fmt: skip
_PROPERTY: Final = re.compile(r"N?'((?:[^']++|'')*+)'")


@dataclass(slots=True)
class _Table:
    schema: str
    name: str
    columns: dict[str, FoundColumn] = field(default_factory=dict)
    comment: str = ""
    remark: str = ""


def read_ddl(path: Path, *, dialect: str = "") -> FoundSchema:
    """Read the tables that a script makes.

    Args:
        dialect: One of `DIALECTS`; empty to find out.

    Raises:
        DataProblem: `DDL_SIZE`, `DDL_ENCODING`, `DDL_SYNTAX`; `DDL_NOTHING`, no table in it.
        OSError: The file cannot be read.
    """
    if path.stat().st_size > MAX_FILE:
        raise DataProblem("DDL_SIZE", file=path.name, limit=f"{MAX_FILE >> 20} MiB")
    text = _decoded(path.read_bytes(), path.name)
    product = DIALECTS[dialect] if dialect else guessed(text)
    reader = _Reader(_QUOTING.get(product, Quoting()), path.name)
    for statement in statements(text, reader.quoting, path.name):
        reader.take(statement)
    tables = reader.finished()
    if not tables and not reader.left:
        raise DataProblem("DDL_NOTHING", file=path.name, product=product or "—")
    notes = tuple(SchemaNote("DISCOVER_UNREAD", p) for p in reader.unread[:50])
    source = reader.database or path.stem
    return FoundSchema(source, product, tables, tuple(reader.left), notes)


def remarks_of(statement: str) -> tuple[str, dict[str, str]]:
    """Return what comments inside a CREATE TABLE say: of the table, and by the folded name of a column."""
    reader = _Reader(Quoting(brackets=True), "")
    reader.take(Statement(statement, 1))
    tables = reader.finished()
    if not tables:
        return "", {}
    return tables[0].comment, {c.name.casefold(): c.comment for c in tables[0].columns}


def _decoded(data: bytes, name: str) -> str:
    encodings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what SQL Server Management Studio writes
        encodings = ("utf-16",)
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise DataProblem("DDL_ENCODING", file=name)


_MARKS: Final = (
    (Product.MYSQL, re.compile(r"`\w+`|ENGINE\s*=|AUTO_INCREMENT|\bCOMMENT\s*=?\s*'", re.I)),
    (Product.SQLSERVER, re.compile(
        r"\[dbo\]|^\s*GO\s*$|\bIDENTITY\s*\(\s*1|sp_addextendedproperty|\[n?varchar\]", re.I | re.M)),
    (Product.DAMENG, re.compile(r"NOT\s+CLUSTER\s+PRIMARY|CLUSTERBTR|STORAGE\s*\(\s*ON\s", re.I)),
    (Product.ORACLE, re.compile(r"\bN?VARCHAR2\b|\bNUMBER\s*[(,\s]|TABLESPACE\s+\w+\s+PCTFREE|PCTFREE", re.I)),
    (Product.KINGBASE, re.compile(r"kingbase|sys_catalog|\bKSQL\b", re.I)),
    (Product.POSTGRESQL, re.compile(
        r"character varying|::\w|\b(?:BIG)?SERIAL\b|\bbytea\b|OWNER TO|without time zone|pg_catalog|\bint[248]\b",
        re.I)),
    (Product.SQLITE, re.compile(r"\bAUTOINCREMENT\b|WITHOUT ROWID|PRAGMA\s", re.I)),
)  # fmt: skip


def guessed(text: str) -> Product:
    """Return the product whose script this seems to be; unknown when nothing tells."""
    sample = text[: 1 << 18]
    found = {product: len(mark.findall(sample)) for product, mark in _MARKS}
    for certain in (Product.DAMENG, Product.SQLSERVER, Product.KINGBASE):
        if found[certain]:
            return certain
    best = max(found, key=lambda p: found[p])
    return best if found[best] else Product.UNKNOWN


class _Reader:
    """Gathers what the statements of one script say.

    Attributes:
        unread: Placeholders of what was not understood.
        database: The one that `USE` or `CREATE DATABASE` names.
    """

    def __init__(self, quoting: Quoting, name: str) -> None:
        self.quoting = quoting
        self._file = name
        self._tables: dict[TableKey, _Table] = {}
        self.left: list[LeftOut] = []
        self.unread: list[tuple[tuple[str, str], ...]] = []
        self.database = ""

    def take(self, statement: Statement) -> None:
        """Read one statement."""
        text = statement.text.rstrip()
        word = text[:8].upper()
        if word.startswith("CREATE"):
            self._create(statement)
        elif word.startswith("ALTER"):
            self._alter(text)
        elif word.startswith("COMMENT"):
            self._comment(text)
        elif word.startswith("USE"):
            match = _USE.match(text)
            if match and not self.database:
                self.database = _plain(match[1])
        else:
            self._property(text)

    def finished(self) -> tuple[FoundTable, ...]:
        """Return the tables in the order of the script."""
        return tuple(
            FoundTable(t.name, tuple(t.columns.values()), t.schema, t.comment or t.remark)
            for t in self._tables.values()
        )

    # -- statements ------------------------------------------------------------------------------------------------

    def _create(self, statement: Statement) -> None:
        match = _CREATE.match(statement.text)
        if match is None:
            self._not_understood(statement)
            return
        schema, name = _place(match["name"])
        if match["what"].upper() == "DATABASE":
            self.database = self.database or name
            return
        rest = statement.text[match.end() :]
        why = _why(match, name, rest)
        if why is not None:
            self.left.append(LeftOut(name, why, schema))
            return
        body = body_of(rest, self.quoting)
        if body is None or body.head.strip():
            self._not_understood(statement)
            return
        self._table(_Table(schema, name), body, statement)

    def _table(self, table: _Table, body: Body, statement: Statement) -> None:
        if len(self._tables) >= MAX_TABLES or len(body.parts) > MAX_COLUMNS:
            raise DataProblem("DDL_SIZE", file=self._file, limit=str(MAX_TABLES))
        for part, beside in zip(body.parts, body.beside, strict=True):
            if part:
                self._part(table, part, beside, statement)
        table.comment = _said(_TABLE_COMMENT.search(body.tail))
        table.remark = _remark(statement.before)
        self._tables[key_of(table.schema, table.name)] = table

    def _part(self, table: _Table, part: str, beside: str, statement: Statement) -> None:
        if _NOT_A_COLUMN.match(part):
            self._keys(table, part)
            return
        column = _column(part, beside)
        if column is None:
            self._not_understood(statement, part)
            return
        table.columns[column.name.casefold()] = column

    def _keys(self, table: _Table, part: str) -> None:
        match = _KEY.search(part)
        if match is None:
            return
        for each in match[1].split(","):
            named = re.match(rf"\s*({_NAME})", each)
            held = table.columns.get(_plain(named[1]).casefold()) if named else None
            if held is not None:
                table.columns[held.name.casefold()] = replace(held, key=True, nullable=False)

    def _alter(self, text: str) -> None:
        match = _ALTER.match(text)
        table = self._known(*_place(match[1])) if match else None
        if match is None or table is None:
            return
        act = match[2]
        if re.match(r"(?:ADD|MODIFY|CHANGE)\b", act, re.IGNORECASE) and not re.match(
            r"ADD\s+(?:CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|INDEX|KEY|CHECK|PARTITION)\b",
            act,
            re.IGNORECASE,
        ):
            self._altered_column(table, act)
        elif re.match(r"COMMENT\b", act, re.IGNORECASE):
            table.comment = _said(_TABLE_COMMENT.match(act)) or table.comment
        self._keys(table, _STRINGS.sub("''", act))

    def _altered_column(self, table: _Table, act: str) -> None:
        body = re.sub(
            r"^(?:ADD|MODIFY|CHANGE)\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?", "", act, flags=re.I
        )
        if re.match(r"CHANGE\b", act, re.IGNORECASE):
            old = re.match(rf"({_NAME})\s+", body)
            if old is None:
                return
            table.columns.pop(_plain(old[1]).casefold(), None)
            body = body[old.end() :]
        parts = [body]
        if body.startswith("("):
            inside = body_of(body, self.quoting)
            parts = list(inside.parts) if inside else []
        for part in parts:
            column = _column(part.strip(), "")
            if column is not None:
                held = table.columns.get(column.name.casefold())
                if held is not None:
                    column = replace(
                        column, key=held.key or column.key, comment=column.comment or held.comment
                    )
                table.columns[column.name.casefold()] = column

    def _comment(self, text: str) -> None:
        match = _COMMENT_ON.match(text)
        if match is None:
            return
        said = _said(match, 3)
        names = _names(match[2])
        if match[1].upper() == "COLUMN" and len(names) > 1:
            table = self._known(names[-3] if len(names) > 2 else "", names[-2])
            column = table.columns.get(names[-1].casefold()) if table else None
            if table is not None and column is not None and said:
                table.columns[names[-1].casefold()] = replace(column, comment=said)
        else:
            table = self._known(*_place(match[2]))
            if table is not None and said:
                table.comment = said

    def _property(self, text: str) -> None:
        """Read a description as SQL Server keeps it: name, value, then kind and name level by level."""
        said = [clean_text(v.replace("''", "'")) for v in _PROPERTY.findall(text)]
        if len(said) < 2 or said[0].casefold() != "ms_description":
            return
        levels = {kind.casefold(): name for kind, name in zip(said[2::2], said[3::2], strict=False)}
        table = self._known(levels.get("schema", levels.get("user", "")), levels.get("table", ""))
        column = levels.get("column", "").casefold()
        if table is None:
            return
        if not column:
            table.comment = said[1]
        elif column in table.columns:
            table.columns[column] = replace(table.columns[column], comment=said[1])

    # -- look-ups --------------------------------------------------------------------------------------------------

    def _known(self, schema: str, name: str) -> _Table | None:
        exact = self._tables.get(key_of(schema, name))
        if exact is not None:
            return exact
        wanted = name.casefold()
        same = [t for t in self._tables.values() if t.name.casefold() == wanted]
        fits = [t for t in same if not schema or not t.schema]
        return fits[0] if len(fits) == 1 else None

    def _not_understood(self, statement: Statement, part: str = "") -> None:
        shown = clean_text(part or statement.text, 60)
        self.unread.append((("line", str(statement.line)), ("text", shown)))


def _why(made: re.Match[str], name: str, rest: str) -> Why | None:
    """Return why what a statement makes is no table that anybody reports."""
    how = made["how"].upper()
    if made["what"].upper() == "VIEW":
        return Why.VIEW
    if "TEMP" in how or name.startswith("#"):
        return Why.TEMPORARY
    if "VIRTUAL" in how:
        return Why.VIRTUAL
    return Why.PARTITION if _PARTITION.match(rest) else None


def _column(part: str, beside: str) -> FoundColumn | None:
    match = _COLUMN.match(part)
    if match is None:
        return None
    declared = match["type"] or ""
    size, more = match["size"] or "", match["with"] or ""
    rest = part[match.end() :]
    if declared and _NO_TYPE.match(declared):  # SQLite needs no type
        declared, size, more, rest = "", "", "", part[match.end("name") :]
    elif not declared and rest.strip():
        return None
    comment = _said(_COLUMN_COMMENT.search(rest)) or clean_text(beside)
    plain = _STRINGS.sub("''", rest)
    return FoundColumn(
        name=_plain(match["name"]),
        type_text=clean_text(_type(declared) + size.strip() + more.rstrip(), 200),
        comment=comment,
        nullable=not _NOT_NULL.search(plain),
        key=bool(_OWN_KEY.search(plain)),
    )


def _type(text: str) -> str:
    """Return a type without its quotes and the schema before it."""
    return re.split(r"\s*\.\s*", text)[-1].strip('[]"')


def _said(match: re.Match[str] | None, first: int = 1) -> str:
    if match is None:
        return ""
    text = match[first] if match[first] is not None else match[first + 1]
    text = (text or "").replace("''", "'")
    return clean_text(re.sub(r"\\([\\'\"nrt])", lambda m: " " if m[1] in "nrt" else m[1], text))


def _remark(before: str) -> str:
    """Return what the comment directly above a statement says of its table, when a person seems to have written it."""
    lines = [line.strip().strip("-/*#").strip() for line in before.strip().splitlines()]
    lines = [line for line in lines if line]
    last = lines[-1] if lines else ""
    fits = _CHINESE.search(last) and len(last) <= 60 and not _OF_A_TOOL.search(last)
    return clean_text(last) if fits else ""


def _names(dotted: str) -> list[str]:
    return [_plain(name) for name in re.findall(_NAME, dotted)]


def _place(dotted: str) -> tuple[str, str]:
    names = _names(dotted)
    return (names[-2] if len(names) > 1 else ""), names[-1]


def _plain(name: str) -> str:
    if name[:1] in "\"`['":
        inner, mark = name[1:-1], name[:1]
        name = inner.replace(mark * 2, mark)
    return clean_text(name, 200)
