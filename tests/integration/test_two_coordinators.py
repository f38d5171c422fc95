"""Two coordinators with keys of their own play a campaign on one PostgreSQL, by the commands a person would type.

Both receive at the same moment, in two processes. What each decides stands in the ledger under that one's own code and
is signed with that one's own key; copied, rebuilt, and put together anew from the archive the catalogue is the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.addresses import target_of
from census_app.domain.records import RecordId
from census_app.services.checking import set_everywhere
from census_app.services.receiving import rebuild
from tests.integration.test_campaign import (
    FIRST,
    FIRST_NAME,
    OFFICE,
    PROVINCE,
    SECOND,
    SECOND_NAME,
    SECRET,
    Person,
    Table,
    applicant_fingerprint,
    bundle,
    department,
    export,
    request,
    table,
    write,
)
from tests.servers import DatabaseServer

__all__ = ["table"]
SERVER = "@"
BEN = f"{PROVINCE}01"


@pytest.fixture
def url(database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    database = database_server.new()
    monkeypatch.setenv("CENSUS_DATABASE_URL", database_server.url(database))
    yield database_server.url(database)
    database_server.drop(database)


def enrolled(by: Person, applicant: Person, table: Table) -> None:
    """Let a department in, with the root that both coordinators may borrow."""
    asked = request(applicant, table)
    told = by.does(
        "catalogue", "enrol", SERVER, asked, "--confirm", applicant_fingerprint(applicant),
        "--root-key", table.stick("anna"), "--to", table.post,
    )  # fmt: skip
    applicant.does("apply", applicant.file, told["certificate"])


def typing(person: Person, *command: object) -> subprocess.Popen[str]:
    """Start a command at another computer."""
    return subprocess.Popen(
        [sys.executable, "-m", "census_app", *map(str, command)],
        env=os.environ | {"CENSUS_DATA_DIR": str(person.data), "CENSUS_PASSPHRASE": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def said_by(desk: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a command and return its exit code and what it said."""
    told = desk.communicate(timeout=60)[0]
    return desk.returncode, told


def rename(person: Person, record: str, name: str) -> None:
    store = bootstrap.open_workspace(person.file)
    clock = bootstrap.SystemClock()
    set_everywhere(store, OFFICE, [RecordId(record)], {"name": name}, actor="填报员", clock=clock)
    store.close()


def written(by: Person, to: Person, code: str, table: Table, *more: str) -> Any:
    """Write a review with a receipt, hand both over, and return what was written."""
    made = by.does("review", SERVER, "--department", code, "--to", table.post, *more)
    to.does("apply", to.file, made["receipt"]["path"], made["review"]["path"])
    return made


@pytest.mark.timeout(300)
def test_two_coordinators_on_one_server(table: Table, url: str) -> None:  # noqa: PLR0915
    anna, ben, carl = (table.person(name) for name in ("anna", "ben", "carl"))
    stick = ("--root-key", table.stick("anna"))
    anna.does("catalogue", "new", SERVER, *stick, "--code", PROVINCE, "--name", "示例省")
    ben.does("trust", "coordinator", SERVER, *stick, "--code", BEN)
    first = department(table, "first", FIRST, FIRST_NAME)
    second = department(table, "second", SECOND, SECOND_NAME)
    enrolled(anna, first, table)
    enrolled(ben, second, table)
    water, river = write(first, "水资源处", "河道处")
    forest = write(second, "造林处")[0]

    # Both receive what lies there, at the same moment: each package counts once.
    opening = [export(first, table), export(second, table)]
    desks = [
        typing(anna, "receive", SERVER, *opening),
        typing(ben, "receive", SERVER, *reversed(opening)),
    ]
    said = [said_by(desk) for desk in desks]
    assert [code for code, _ in said] == [0, 0], said
    store = bootstrap.open_catalogue(target_of(url))
    assert [p.state for p in store.packages()] == ["merged", "merged"]
    store.close()

    # Each decides and signs as oneself, although the catalogue was made by one of them.
    anna.does(
        "correct",
        SERVER,
        FIRST,
        OFFICE,
        water,
        "name",
        "--value",
        "水资源管理处",
        "--reason",
        "请用全称",
    )
    ben.does(
        "correct",
        SERVER,
        FIRST,
        OFFICE,
        river,
        "name",
        "--value",
        "河道管理处",
        "--reason",
        "也用全称",
    )
    ben.does(
        "query", SERVER, "--department", SECOND, "--form", "内设机构", "--record", "造林处",
        "--field", "name", "--text", "是否并入林业处？",
    )  # fmt: skip
    returned = written(anna, first, FIRST, table, "--status", "returned", "--note", "请改用全称")
    asked = written(ben, second, SECOND, table, "--status", "comments", "--note", "请答复")
    assert Path(returned["review"]["path"]).name.startswith(f"{PROVINCE}-")
    assert Path(asked["review"]["path"]).name.startswith(f"{BEN}-")

    # The second round: one suggestion taken, one field written otherwise, one question answered.
    taken = {q["record"]: q["id"] for q in first.does("answer", first.file, expect=0)["queries"]}
    first.does("answer", first.file, taken[water], "--apply")
    rename(first, river, "河湖管理处")
    [question] = second.does("answer", second.file, expect=1)["queries"]
    second.does("answer", second.file, question["id"], "--text", "两处各有职责，予以保留")
    again = [export(first, table), export(second, table)]
    came = ben.does("receive", SERVER, *again)
    assert [each["outcome"] for each in came] == ["merged", "merged"]
    standing = {each["record"]: each["state"] for each in anna.does("correct", SERVER, expect=1)}
    assert standing == {water: "adopted", river: "question"}
    anna.does(
        "decide", SERVER, "theirs", FIRST, OFFICE, river, "name", "--reason", "部门的说法更准确"
    )
    for each in came:
        ben.does("accept", SERVER, "--digest", each["identity"][:20])

    # Who said what: each ledger holds one's own.
    books = [
        p.does("ledger", "export", SERVER, "--to", table.folder / "books") for p in (anna, ben)
    ]
    assert [Path(book["package"]).name.split("-")[1] for book in books] == [PROVINCE, BEN]
    store = bootstrap.open_catalogue(target_of(url))
    assert {d.coordinator for d in store.decisions()} == {PROVINCE, BEN}
    assert {r.values["name"] for r in store.stream_records(OFFICE)} == {
        "水资源管理处",
        "河湖管理处",
        "造林处",
    }
    assert forest in {r.id for r in store.stream_records(OFFICE)}
    store.close()

    # Copied back, rebuilt, and put together anew by a third from archive and ledgers: the same catalogue.
    trust = bundle(Person(anna.data, Path(SERVER), anna.say), table, "anna")
    digest = anna.does("digest", SERVER)["digest"]
    copied = ben.does("catalogue", "copy", SERVER, ben.file)
    assert copied["digest"] == digest
    store = bootstrap.open_catalogue(ben.file)
    assert rebuild(store, clock=bootstrap.SystemClock()) == digest
    store.close()
    root = anna.does("trust", "show", SERVER)["roots"][0]["fingerprint"]
    carl.does("catalogue", "new", carl.file, "--trust", trust, "--confirm", root)
    anna.does("archive", SERVER, "--to", table.folder / "kept")
    files = [
        p
        for p in sorted((table.folder / "kept").glob("*.census"))
        if p.name.startswith((FIRST, SECOND))
    ]
    carl.does("receive", carl.file, *files)
    carl.does("ledger", "apply", carl.file, *(book["package"] for book in books))
    assert carl.does("digest", carl.file)["digest"] == digest
