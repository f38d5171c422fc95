"""Two coordinators at one PostgreSQL whose work crosses: nothing is lost, and nobody overrules the other unknowingly.

A record that a department's file has lost, two reviews of one department, one source for a data item, and the list of
the audit office - each by the commands a person would type.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest

from census_app import bootstrap
from census_app.domain.addresses import target_of
from census_app.services.receiving import rebuild
from tests.integration.test_campaign import (
    FIRST,
    FIRST_NAME,
    OFFICE,
    PROVINCE,
    Person,
    Table,
    department,
    export,
    table,
    write,
)
from tests.integration.test_two_coordinators import BEN, SERVER, enrolled, said_by, typing, url
from tests.servers import DatabaseServer

__all__ = ["table", "url"]

ROOT_SECRET = "synthetic province root"  # noqa: S105 - it is published
SYSTEM = "information_system"


@pytest.fixture
def desks(table: Table, url: str) -> tuple[Person, Person, Person]:
    """Two coordinators with keys of their own at one catalogue, and a department that is let in."""
    anna, ben = table.person("anna"), table.person("ben")
    stick = ("--root-key", table.stick("anna"))
    anna.does("catalogue", "new", SERVER, *stick, "--code", PROVINCE, "--name", "示例省")
    ben.does("trust", "coordinator", SERVER, *stick, "--code", BEN)
    first = department(table, "first", FIRST, FIRST_NAME)
    enrolled(anna, first, table)
    return anna, ben, first


def lose(person: Person, record: str) -> None:
    """Let a file forget a record and that it was ever handed in, as one does that was put back from an old copy."""
    with closing(sqlite3.connect(person.file)) as connection:
        connection.execute(f"DELETE FROM {OFFICE} WHERE id = ?", (record,))  # noqa: S608
        connection.execute("DELETE FROM handed_in WHERE record_id = ?", (record,))
        connection.commit()


def changed(by: Person, expect: int) -> dict[str, tuple[str, str]]:
    """Return what `census diff` lists: record → kind and reason."""
    found = by.does("diff", SERVER, expect=expect)["departments"]
    return {
        r["record"]: (r["kind"], r.get("reason", "")) for each in found for r in each["records"]
    }


def reviewed(by: Person, to: Person, table: Table, *more: str) -> Any:
    made = by.does("review", SERVER, "--department", FIRST, "--to", table.post, *more)
    to.does("apply", to.file, *(each["path"] for each in made.values()))
    return made


@pytest.mark.timeout(120)
def test_a_record_that_vanished_is_settled_by_the_departments_own_word(
    table: Table, desks: tuple[Person, Person, Person]
) -> None:
    anna, ben, first = desks
    kept, lost, back = write(first, "水资源处", "河道处", "节水处")
    anna.does("receive", SERVER, export(first, table))
    saved = table.folder / "saved.censusdb"
    shutil.copy(first.file, saved)
    lose(first, lost)
    lose(first, back)
    [came] = ben.does("receive", SERVER, export(first, table))
    assert sorted(record for _form, record in came["merge"]["vanished"]) == sorted([lost, back])
    assert changed(anna, expect=1) == dict.fromkeys((lost, back), ("vanished", ""))

    # It stays a finding, whatever else is handed in meanwhile; the records stay in the catalogue.
    write(first, "水文处")
    anna.does("receive", SERVER, export(first, table))
    assert {r for r, (kind, _) in changed(ben, expect=1).items() if kind == "vanished"} == {
        lost,
        back,
    }
    assert len(anna.does("list", SERVER, OFFICE)["records"]) == 4

    # One asks; the other is told that it is asked already. The department must answer before it hands in again.
    asked = anna.does("query", SERVER, "--department", FIRST, "--vanished")
    assert {each["record"] for each in asked} == {lost, back}
    assert all("河道处" in q["text"] or "节水处" in q["text"] for q in asked)
    assert ben.refused("query", SERVER, "--department", FIRST, "--vanished") == "VANISHED_NONE"
    reviewed(anna, first, table)
    waiting = {q["record"]: q for q in first.does("answer", first.file, expect=1)["queries"]}
    assert all(each["gone"] for each in waiting.values())
    assert first.refused(*("export", first.file, "--to", table.post, "--announce-unfinished")) == (
        "EXPORT_QUERIES"
    )
    first.does("answer", first.file, waiting[lost]["id"], "--deleted", "机构改革中撤并")
    first.does("answer", first.file, waiting[back]["id"], "--disagree", "文件曾经恢复，下次补报")
    ben.does("receive", SERVER, export(first, table))
    told = changed(anna, expect=1)
    assert told == {lost: ("retired", "机构改革中撤并"), back: ("vanished", "")}
    standing = {q["record"]: q for q in ben.does("query", SERVER, "--list", expect=1)}
    assert (standing[lost]["state"], standing[lost]["closed_by"]) == ("closed", "deleted")
    assert (standing[back]["state"], standing[back]["answer"]["kind"]) == ("answered", "disagreed")

    # What comes back under its own id is a record like any other again.
    with closing(sqlite3.connect(first.file)) as connection:
        connection.execute("ATTACH ? AS saved", (str(saved),))
        connection.execute(
            f"INSERT INTO {OFFICE} SELECT * FROM saved.{OFFICE} WHERE id = ?",  # noqa: S608
            (back,),
        )
        connection.commit()
    ben.does("query", SERVER, "--close", standing[back]["id"][:8], "--text", "已补报")
    anna.does("receive", SERVER, export(first, table))
    assert changed(ben, expect=0) == {}
    names = {r["title"] for r in anna.does("list", SERVER, OFFICE)["records"]}
    assert names == {"水资源处", "节水处", "水文处"}
    assert kept in {r["id"] for r in anna.does("list", SERVER, OFFICE)["records"]}


@pytest.mark.timeout(120)
def test_two_who_review_one_department_at_once_do_not_contradict_each_other(
    table: Table, desks: tuple[Person, Person, Person], url: str
) -> None:
    anna, ben, first = desks
    write(first, "水资源处")
    anna.does("receive", SERVER, export(first, table))
    to = ("--department", FIRST, "--to", table.post)
    both = [
        typing(anna, "review", SERVER, *to, "--status", "returned", "--note", "请补充职责"),
        typing(ben, "review", SERVER, *to, "--status", "accepted"),
    ]
    said = [said_by(each) for each in both]
    assert sorted(code for code, _ in said) == [0, 2], said
    (refused,) = [text for code, text in said if code]
    assert "MEANWHILE_" in refused
    with closing(bootstrap.open_catalogue(target_of(url))) as store:
        assert [letter.type for letter in store.letters(department=FIRST)] == ["receipt"]
        (verdict,) = [d for d in store.decisions() if d.kind in {"accept", "return"}]
    # Who has read what the other decided, and knows better, takes its place; the department has both letters in order.
    second = ben if verdict.coordinator == PROVINCE else anna
    more = ("--status", "comments", "--note", "已电话补充")
    assert second.refused("review", SERVER, *to, *more).startswith("MEANWHILE_")
    assert second.refused(
        "accept", SERVER, "--digest", verdict.subject[:20], "--comments", "补充"
    ).startswith("MEANWHILE_")
    second.does("review", SERVER, *to, *more, "--replace")
    letters = sorted(table.post.glob(f"{PROVINCE}*-{FIRST}-*.census"))
    assert len(letters) == 2
    first.does("apply", first.file, *letters)
    assert anna.does("decide", SERVER)["contested"] == []


@dataclass
class Province:
    """A small synthetic province on a server, with two coordinators."""

    url: str
    anna: Person
    ben: Person


@pytest.fixture
def province(
    table: Table, database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Province]:
    anna, ben = table.person("anna"), table.person("ben")
    made = table.folder / "province"
    anna.does(
        "fill", "--to", made, "--departments", "2", "--resources", "10", "--items", "60",
        "--systems", "4", "--seed", "3",
    )  # fmt: skip
    database = database_server.new()
    monkeypatch.setenv("CENSUS_DATABASE_URL", database_server.url(database))
    anna.does("catalogue", "copy", made / "province.censusdb", SERVER)
    secret = table.folder / "secret"
    secret.write_text(ROOT_SECRET)
    root = ("--root-key", made / "stick", "--passphrase-file", secret)
    ben.does("trust", "coordinator", SERVER, *root, "--code", BEN)
    anna.does("receive", SERVER, *sorted((made / "packages").glob("*.census")))
    yield Province(database_server.url(database), anna, ben)
    database_server.drop(database)


def require_one_catalogue(place: Province, table: Table) -> None:
    """The server, a copy of it, and the copy put together anew say the same."""
    digest = place.anna.does("digest", SERVER)["digest"]
    copy = table.folder / "copy.censusdb"
    assert place.ben.does("catalogue", "copy", SERVER, copy)["digest"] == digest
    with closing(bootstrap.open_catalogue(copy)) as store:
        assert rebuild(store, clock=bootstrap.SystemClock()) == digest


@pytest.mark.timeout(120)
def test_sources_and_audit_lists_are_settled_by_whoever_is_quicker(
    province: Province, table: Table
) -> None:
    choose_one_source(province)
    settle_one_line(province, table)
    require_one_catalogue(province, table)


def choose_one_source(province: Province) -> None:
    """Let both choose the source of a data item."""
    anna, ben = province.anna, province.ben
    [item, *_] = anna.does("duplicates", SERVER, "--kind", "items", expect=1)["groups"]
    name = item["item"]
    before = anna.does("stats", SERVER)
    homes = anna.does("verdict", SERVER, "source", name)["homes"]
    one, other = homes[0], homes[-1]
    assert one["department"] != other["department"]
    anna.does("verdict", SERVER, "item", "same", name, "--reason", "含义一致")

    def source(home: Any, reason: str) -> tuple[object, ...]:
        place = f"{home['department']}/{home['record']}"
        return ("verdict", SERVER, "source", name, place, "--reason", reason)

    anna.does(*source(other, "登记产生"))
    assert ben.refused(*source(one, "另有依据")) == "MEANWHILE_SOURCE"
    shown = ben.does("verdict", SERVER, "source", name)["homes"]
    assert [h["record"] for h in shown if h["source"]] == [other["record"]]
    ben.does(*source(one, "核对以后"), "--replace", "--tell")
    # The others are told, and need not answer; what was told ends with the source.
    told = anna.does("query", SERVER, "--list")
    assert {q["department"] for q in told} == {h["department"] for h in homes} - {one["department"]}
    assert all(not q["must"] and one["name"] in q["text"] for q in told)
    assert anna.does("decide", SERVER)["contested"] == []
    assert anna.does("stats", SERVER) == before, (
        "a source says whose datum it is, and counts nothing"
    )

    standing = anna.does("verdict", SERVER)["verdicts"]
    (decision,) = [v["id"] for v in standing if v["kind"] == "source"]
    ben.does("verdict", SERVER, "withdraw", decision, "--reason", "部门有异议")
    closed = [q["closed_by"] for q in anna.does("query", SERVER, "--list")]
    assert closed == ["decision"] * len(told)
    assert not any(h["source"] for h in anna.does("verdict", SERVER, "source", name)["homes"])


def settle_one_line(province: Province, table: Table) -> None:
    """Let both settle the same line of a list of the audit office, at once and one after the other."""
    anna, ben = province.anna, province.ben
    systems = anna.does("list", SERVER, SYSTEM)["records"]
    owner = systems[0]["department"]
    sheet = table.folder / "审计.xlsx"
    book = openpyxl.Workbook()
    for row in (
        ["附件"],
        ["序号", "被审计单位", "系统全称", "建设金额（万元）"],
        [1, owner, systems[0]["title"], 999_999],
        [2, owner, "审计发现的平台", 12],
    ):
        book.worksheets[0].append(row)
    book.save(sheet)
    columns = ("--column", "建设金额（万元）=build_amount_wan", "--column", "被审计单位=@unit")
    first = anna.does("audit", SERVER, sheet, *columns, expect=1)
    again = ben.does("audit", SERVER, sheet, expect=1)
    assert (again["again"], again["list"]) == (True, first["list"]), "columns are remembered"

    def settled(outcome: str, reason: str, *more: str) -> tuple[object, ...]:
        said = ("--outcome", f"row:4={outcome}", "--reason", reason, *more)
        return ("audit", SERVER, "--list", first["list"], *said)

    desks = [
        typing(anna, *settled("to_add", "请补报该系统", "--ask")),
        typing(ben, *settled("to_add", "请尽快补报", "--ask")),
    ]
    said = [said_by(each) for each in desks]
    # Both say the same: one asks, the other is told, and the department is asked once.
    assert sorted(code for code, _ in said) == [1, 2], said
    assert any("MEANWHILE_AUDIT" in text for _code, text in said)
    waiting = [q for q in anna.does("query", SERVER, "--list") if q["state"] == "open"]
    assert len(waiting) == 1
    second = ben if said[0][0] == 1 else anna
    assert second.refused(*settled("out_of_scope", "不在普查范围")) == "MEANWHILE_AUDIT"
    second.does(*settled("out_of_scope", "不在普查范围", "--replace"), expect=1)
    assert outcome_of(anna, first["list"]) == "out_of_scope"
    second.does(*settled("undo", "结论有误"), expect=1)
    assert outcome_of(anna, first["list"]) == ""
    assert anna.refused(*settled("undo", "结论有误")) == "AUDIT_UNSAID"


def outcome_of(by: Person, listed: str) -> str:
    """Return what was said of the row the catalogue lacks."""
    found = by.does("audit", SERVER, "--list", listed, expect=1)
    (entry,) = [e for e in found["entries"] if e["group"] == "missing_here"]
    return str((entry["outcome"] or {}).get("outcome", ""))
