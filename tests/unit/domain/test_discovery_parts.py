"""Types of columns, names of tables, URLs of databases: what discovery makes of them."""

from __future__ import annotations

import pytest

from census_app.domain.column_kinds import ColumnKind, column_kind
from census_app.domain.database_urls import Product, read_database_url, shown_url
from census_app.domain.schemas import (
    FoundColumn,
    FoundSchema,
    FoundTable,
    Why,
    clean_text,
    reason_to_leave,
    sifted,
)
from census_app.errors import UserError


@pytest.mark.parametrize(
    ("declared", "code", "length"),
    [
        ("varchar(18)", "C", 18), ("VARCHAR2(60 BYTE)", "C", 60), ("character varying(20)", "C", 20),
        ("nvarchar(50)", "C", 100), ("[nvarchar](50)", "C", 100), ("NVARCHAR2(30)", "C", 60),
        ("char", "C", None), ("varchar", "text", None), ("varchar(max)", "text", None), ("CLOB", "text", None),
        ("text[]", "text", None), ("enum('男','女性')", "C", 6), ("uuid", "C", 36),
        ("NUMBER(10,2)", "N", 10), ("NUMBER", "N", 38), ("numeric", "N", None), ("decimal(10, 2) unsigned", "N", 10),
        ("bigint(20) unsigned zerofill", "I", 8), ("INT", "I", 4), ("tinyint(1)", "L", 1), ("tinyint(4)", "I", 1),
        ("double precision", "B", 8), ("float(24)", "F", 4), ("float", "B", 8), ("real", "F", 4), ("money", "Y", 8),
        ("date", "D", 8), ("timestamp(6) without time zone", "T", 19), ("DATETIME2(7)", "T", 19), ("bit", "L", 1),
        ("long raw", "blob", None), ("bytea", "blob", None), ("geometry(Point,4326)", "blob", None),
        ("字符型（20）", "C", 20), ("日期型", "D", 8), ("", "", None), ("hyperwidget(3)", "", None),
    ],
)  # fmt: skip
def test_a_declared_type_becomes_a_code_and_bytes(
    declared: str, code: str, length: int | None
) -> None:
    assert column_kind(declared) == ColumnKind(code, length)


def test_characters_are_turned_into_bytes_where_they_are_counted() -> None:
    assert column_kind("varchar(20)", character_bytes=3).length == 60
    assert column_kind("nvarchar(20)", character_bytes=4).length == 80
    assert column_kind("VARCHAR2(20 BYTE)", character_bytes=3).length == 20
    assert column_kind("decimal(10)", character_bytes=3).length == 10


def test_a_hostile_type_costs_nothing() -> None:
    assert column_kind("varchar(" + "(" * 100_000) == ColumnKind()
    assert column_kind("a " * 100_000).code == ""


def test_tables_nobody_reports_are_left_out_and_said() -> None:
    column = (FoundColumn("id"),)
    names = [
        "t_person",
        "flyway_schema_history",
        "ACT_RU_TASK",
        "BIN$abc==$0",
        "#temp",
        "qrtz_triggers",
    ]
    found = FoundSchema("rkk", Product.MYSQL, tuple(FoundTable(n, column, "rkk") for n in names))
    sieved = sifted(found)
    assert [(t.schema, t.name) for t in sieved.tables] == [("", "t_person")]
    assert [e.why for e in sieved.left_out] == [
        Why.TOOL,
        Why.TOOL,
        Why.SYSTEM,
        Why.TEMPORARY,
        Why.TOOL,
    ]
    assert reason_to_leave("information_schema", "tables") is Why.SYSTEM
    assert [e.name for e in sifted(found, ["nothing*"]).left_out if e.why is Why.UNASKED] == [
        "t_person"
    ]
    assert [t.name for t in sifted(found, ["T_*"]).tables] == ["t_person"]


def test_comments_are_cleaned() -> None:
    assert clean_text("姓名\r\n\x00（全\u200b称）") == "姓名 （全 称）"
    assert len(clean_text("长" * 100_000)) == 4_000


def test_a_url_is_named_without_its_password() -> None:
    url = read_database_url("mysql+pymysql://reader:p%40ss@10.1.2.3:3307/rkk?charset=utf8")
    assert (url.product, url.host, url.port, url.database) == (
        Product.MYSQL,
        "10.1.2.3",
        3307,
        "rkk",
    )
    assert url.password == "p@ss"  # noqa: S105
    for text in (str(url), repr(url), shown_url(url), url.name):
        assert "p@ss" not in text
        assert "p%40ss" not in text


@pytest.mark.parametrize("text", ["redis://h/d", "mysql://h", "mysql://h/a/b", "mysql://h:port/d"])
def test_a_url_that_is_none_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UserError) as refused:
        read_database_url(text)
    assert refused.value.code == "DISCOVER_URL"
    assert refused.value.params == {}
