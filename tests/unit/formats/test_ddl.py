"""Scripts that make tables: as five products write them, as people edit them, and as an attacker would."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from census_app.domain.database_urls import Product
from census_app.domain.schemas import FoundSchema, Why
from census_app.errors import CensusError, DataProblem
from census_app.formats.ddl import guessed, read_ddl

MYSQL = r"""-- MySQL dump 10.13
/*!40101 SET NAMES utf8 */;
USE `rkk`;
DROP TABLE IF EXISTS `t_person`;
CREATE TABLE `t_person` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT COMMENT '主键',
  `xm` varchar(60) CHARACTER SET utf8mb4 NOT NULL DEFAULT '' COMMENT '姓名，含''曾用名''; (全)',
  `xb` enum('男','女') DEFAULT NULL COMMENT '性别:1男 2女',
  `key` decimal(10,2) DEFAULT '0.00',
  PRIMARY KEY (`id`) USING BTREE,
  KEY `idx` (`xm`,`xb`) USING BTREE COMMENT 'index; comment'
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COMMENT='人口基本信息表';
INSERT INTO `t_person` VALUES (1,'a;b\'c','CREATE TABLE x (a int);',2),(2,'(','--',1);
CREATE TABLE b (c varchar(18) NOT NULL);
ALTER TABLE `b` COMMENT '证件';
ALTER TABLE `b` MODIFY COLUMN `c` varchar(20) NOT NULL COMMENT '身份证号';
ALTER TABLE b ADD COLUMN d date COMMENT '日期';
CREATE ALGORITHM = UNDEFINED VIEW `v` AS select 1;
CREATE TEMPORARY TABLE tmp (a int);
"""
ORACLE = """
--------------------------------------------------------
--  DDL for Table T_ENT
--------------------------------------------------------
  CREATE TABLE "HR"."T_ENT"
   (	"ID" NUMBER(10,0) NOT NULL ENABLE,
	"NAME" VARCHAR2(60 CHAR) DEFAULT 'x,y)' ,
	"D" DATE DEFAULT sysdate, "C" CLOB,
	CONSTRAINT "PK" PRIMARY KEY ("ID") USING INDEX PCTFREE 10 TABLESPACE "USERS"  ENABLE
   ) SEGMENT CREATION IMMEDIATE PCTFREE 10 TABLESPACE "USERS" ;
/
COMMENT ON COLUMN "HR"."T_ENT"."NAME" IS '企业名称';
   COMMENT ON TABLE "HR"."T_ENT"  IS '企业登记信息';
CREATE GLOBAL TEMPORARY TABLE TT (A NUMBER) ON COMMIT PRESERVE ROWS;
"""
TSQL = """USE [zwk]
GO
CREATE TABLE [dbo].[T_Case](
	[id] [int] IDENTITY(1,1) NOT NULL,
	[ajmc] [nvarchar](50) NULL,
 CONSTRAINT [PK_T] PRIMARY KEY CLUSTERED
(
	[id] ASC
)WITH (PAD_INDEX = OFF) ON [PRIMARY]
) ON [PRIMARY]
GO
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'案件名称' , @level0type=N'SCHEMA',
  @level0name=N'dbo', @level1type=N'TABLE',@level1name=N'T_Case',
  @level2type=N'COLUMN',@level2name=N'ajmc'
GO
EXEC sp_addextendedproperty N'MS_Description', N'案件', N'SCHEMA', N'dbo', N'TABLE', N'T_Case'
GO
CREATE TABLE #tmp (a int)
CREATE TABLE dbo.second (a int, b as (a+1))
"""
POSTGRES = """CREATE TABLE public.t (
    id bigint NOT NULL,
    a character varying(20) DEFAULT 'x'::character varying, -- 名称
    g geometry(Point,4326), /* 位置 */
    ts timestamp(6) without time zone DEFAULT now(), arr text[],
    x numeric(10,2) DEFAULT 0.0 -- 金额（万元）
);
COPY public.t (id, a) FROM stdin;
1	it's; 'bad
2	CREATE TABLE z (a int);
\\.
ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
COMMENT ON TABLE public.t IS '测试';
CREATE FUNCTION f() RETURNS void AS $$ begin; CREATE TABLE zz(a int); end $$ language sql;
CREATE TABLE p1 PARTITION OF public.t FOR VALUES IN (1);
"""
DAMENG = """CREATE TABLE "SCH"."T"
("ID" INT IDENTITY(1,1) NOT NULL, "N" VARCHAR(50), NOT CLUSTER PRIMARY KEY("ID")) STORAGE(ON "MAIN", CLUSTERBTR) ;
COMMENT ON TABLE "SCH"."T" IS '达梦表';
"""
SQLITE = """-- 学校基本情况
CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, -- 编号
 a TEXT, -- 学校名称
 b, c NVARCHAR(20) , d VARCHAR(20) REFERENCES x(y), e DEFAULT 3);"""


def read(tmp_path: Path, text: str | bytes, **more: str) -> FoundSchema:
    path = tmp_path / "script.sql"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_ddl(path, **more)


def columns(found: FoundSchema, name: str) -> dict[str, tuple[str, str, bool]]:
    table = next(t for t in found.tables if t.name == name)
    return {c.name: (c.type_text, c.comment, c.key) for c in table.columns}


def test_a_mysql_dump_in_gbk_with_its_data(tmp_path: Path) -> None:
    found = read(tmp_path, MYSQL.encode("gb18030"))
    assert (found.source, found.product) == ("rkk", Product.MYSQL)
    assert [(t.name, t.comment) for t in found.tables] == [
        ("t_person", "人口基本信息表"),
        ("b", "证件"),
    ]
    assert columns(found, "t_person") == {
        "id": ("bigint(20) unsigned", "主键", True),
        "xm": ("varchar(60)", "姓名，含'曾用名'; (全)", False),
        "xb": ("enum('男','女')", "性别:1男 2女", False),
        "key": ("decimal(10,2)", "", False),
    }
    assert columns(found, "b") == {
        "c": ("varchar(20)", "身份证号", False), "d": ("date", "日期", False)
    }  # fmt: skip
    assert {(e.name, e.why) for e in found.left_out} == {("v", Why.VIEW), ("tmp", Why.TEMPORARY)}
    assert found.notes == ()


def test_an_oracle_script_as_its_tool_writes_it(tmp_path: Path) -> None:
    found = read(tmp_path, ORACLE)
    assert found.product is Product.ORACLE
    assert [(t.schema, t.name, t.comment) for t in found.tables] == [
        ("HR", "T_ENT", "企业登记信息")
    ]
    assert columns(found, "T_ENT")["NAME"] == ("VARCHAR2(60 CHAR)", "企业名称", False)
    assert columns(found, "T_ENT")["ID"] == ("NUMBER(10,0)", "", True)
    assert [e.why for e in found.left_out] == [Why.TEMPORARY]


def test_a_sql_server_script_with_descriptions(tmp_path: Path) -> None:
    for text in (TSQL.encode(), TSQL.encode("utf-16")):
        found = read(tmp_path, text)
        assert (found.source, found.product) == ("zwk", Product.SQLSERVER)
        assert [(t.name, t.comment) for t in found.tables] == [("T_Case", "案件"), ("second", "")]
        assert columns(found, "T_Case") == {
            "id": ("int", "", True), "ajmc": ("nvarchar(50)", "案件名称", False)
        }  # fmt: skip


def test_a_postgres_dump_with_comments_beside_its_columns(tmp_path: Path) -> None:
    found = read(tmp_path, POSTGRES)
    assert found.product is Product.POSTGRESQL
    assert [t.name for t in found.tables] == ["t"]
    assert found.tables[0].comment == "测试"
    got = columns(found, "t")
    assert got["id"][2]
    assert {n: c[1] for n, c in got.items() if c[1]} == {
        "a": "名称",
        "g": "位置",
        "x": "金额（万元）",
    }
    assert got["arr"][0] == "text[]"
    assert [(e.name, e.why) for e in found.left_out] == [("p1", Why.PARTITION)]


def test_dameng_and_sqlite(tmp_path: Path) -> None:
    found = read(tmp_path, DAMENG)
    assert (found.product, found.tables[0].comment) == (Product.DAMENG, "达梦表")
    assert columns(found, "T")["ID"] == ("INT", "", True)
    found = read(tmp_path, SQLITE)
    assert found.product is Product.SQLITE
    assert found.tables[0].comment == "学校基本情况"
    assert columns(found, "t") == {
        "id": ("INTEGER", "编号", True), "a": ("TEXT", "学校名称", False), "b": ("", "", False),
        "c": ("NVARCHAR(20)", "", False), "d": ("VARCHAR(20)", "", False), "e": ("", "", False),
    }  # fmt: skip


def test_the_dialect_can_be_named_where_nothing_tells(tmp_path: Path) -> None:
    text = "CREATE TABLE t (a varchar(3))"
    assert guessed(text) is Product.UNKNOWN
    assert read(tmp_path, text).product is Product.UNKNOWN
    assert read(tmp_path, text, dialect="kingbase").product is Product.KINGBASE


def test_what_is_not_understood_is_said_with_its_line(tmp_path: Path) -> None:
    found = read(tmp_path, "CREATE TABLE a (x int,\n ?? what, y int);\nCREATE TABLE b AS SELECT 1;")
    assert [c.name for c in found.tables[0].columns] == ["x", "y"]
    assert [dict(n.params)["line"] for n in found.notes] == ["1", "3"]


@pytest.mark.parametrize(
    ("dialect", "script", "ours"),
    [
        ("mysql", MYSQL.split("INSERT", maxsplit=1)[0], "mysql"),
        ("postgres", POSTGRES.split("COPY", maxsplit=1)[0], "postgres"),
        ("tsql", TSQL.split("GO\nEXEC", maxsplit=1)[0].split("GO\n", 1)[1].replace("\nGO", ";"), "tsql"),
        ("sqlite", SQLITE.replace(" b,", ""), "sqlite"),
    ],
)  # fmt: skip
def test_another_reader_finds_the_same_columns(
    tmp_path: Path, dialect: str, script: str, ours: str
) -> None:
    """Sqlglot is the judge, where it can read the script at all."""
    found = read(tmp_path, script, dialect=ours)
    trees = sqlglot.parse(script, dialect=dialect)
    theirs = {
        str(tree.this.this.name): [c.name for c in tree.this.find_all(exp.ColumnDef)]
        for tree in trees
        if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema)
    }
    names = {t.name: [c.name for c in t.columns if c.type_text] for t in found.tables}
    assert {n: [c for c in cs if c in names[n]] for n, cs in theirs.items()} == names


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "nested": ("CREATE TABLE t (" + "(" * 100_000 + ")" * 100_000 + ");", "DDL_NOTHING"),
    "open brackets": ("CREATE TABLE t (a int default " + "(" * 100_000 + ");", "DDL_NOTHING"),
    "open quotes": ("SELECT `a`;" + "\\';" * 50_000 + "CREATE TABLE t (a int);", "DDL_SYNTAX"),
    "open comments": ("/*" * 300_000, "DDL_NOTHING"),
    "open dollars": ("x::int " + "$a$ $b$" * 100_000, "DDL_NOTHING"),
    "one huge name": ("CREATE TABLE `" + "a" * 2_000_000, "DDL_SIZE"),
    "columns": (
        "CREATE TABLE t (" + ",".join(f"a{n} int" for n in range(5_000)) + ");",
        "DDL_SIZE",
    ),
    "binary": (bytes(range(256)) * 4_000, "DDL_ENCODING"),
    "nothing": ("SELECT 1;", "DDL_NOTHING"),
    "dots": ("CREATE TABLE " + "a." * 300_000, "DDL_NOTHING"),
    "spaces": ("CREATE TABLE t (a " + " " * 900_000 + "x y z (" * 10 + ");", "DDL_NOTHING"),
    "strings": ("CREATE TABLE t (a enum(" + "'x'," * 100_000 + "'');", "DDL_NOTHING"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_script_is_refused_in_bounded_time(tmp_path: Path, name: str) -> None:
    text, code = HOSTILE[name]
    begun = time.process_time()
    with pytest.raises(DataProblem) as refused:
        read(tmp_path, text)
    assert refused.value.code == code
    assert time.process_time() - begun < 2.0


@settings(max_examples=60)
@given(st.text(alphabet=list("(),;'\"`[]-/*$ \nabCREATE TABLE COMMENT 1"), max_size=200))
def test_no_text_gets_past_the_codes(tmp_path: Path, text: str) -> None:
    code = ""
    try:
        read(tmp_path, "CREATE TABLE t (a int);" + text)
    except CensusError as refused:
        code = refused.code
    assert code in {"", "DDL_SYNTAX", "DDL_SIZE"}
