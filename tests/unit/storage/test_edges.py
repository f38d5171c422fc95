"""Small promises of the storage that no larger story tells."""

from __future__ import annotations

import getpass
import json
import sqlite3
from pathlib import Path

import msgspec
import pytest

from census_app.domain.changes import Insert, Move, Origin, Put, Step
from census_app.domain.holdings import Explanation, ListQuery
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Value
from census_app.errors import BugError, DataProblem, EnvironmentProblem
from census_app.formspec.model import Field, FormSet, Text
from census_app.storage import lockfile, rule_copy, scratch, workspace
from census_app.storage.failures import coded
from census_app.storage.rows import RowCodec, json_text, value_of_json
from census_app.storage.scratch import Scratch
from census_app.storage.workspace import Workspace

RESOURCE, ITEM = "information_resource", "data_item"
AT = "2018-01-05T08:00:00Z"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


def write(store: Workspace, *operations: Insert | Put | Move, key: str = "") -> int:
    step = Step("STEP_EDIT", "王芳", Origin.TYPED, AT, operations, {}, key)
    return store.write(step).number


def test_explaining_nothing_or_the_same_again_is_no_step(store: Workspace) -> None:
    write(store, Insert(Record(RESOURCE, rid(1))))
    reason = Explanation(rid(1), "RES-14", "a" * 64, "季报", "王芳", AT)
    store.explain([reason])
    lines = store.journal()
    store.explain([])
    store.explain([reason])

    assert store.journal() == lines


def test_an_explanation_of_a_record_that_is_gone_is_kept_without_a_form(store: Workspace) -> None:
    store.explain([Explanation(rid(9), "RES-14", "a" * 64, "季报", "王芳", AT)])
    assert store.journal()[0].form == ""


def test_the_history_of_a_field_leaves_out_births_without_it(store: Workspace) -> None:
    write(store, Insert(Record(RESOURCE, rid(1), {"name": "甲"})))
    assert store.journal(RESOURCE, rid(1), "abstract") == []


def test_two_fields_of_one_stay_are_two_lines_of_one_step(store: Workspace) -> None:
    write(store, Insert(Record(RESOURCE, rid(1))))
    first = write(store, Put(RESOURCE, rid(1), {"name": "甲"}), key="k")
    second = write(store, Put(RESOURCE, rid(1), {"abstract": "乙"}), key="k")

    assert first == second
    assert {e.field for e in store.journal() if e.step == first} == {"name", "abstract"}


def test_moving_a_child_to_where_it_is_is_no_step(store: Workspace) -> None:
    write(store, Insert(Record(RESOURCE, rid(1))), Insert(Record(ITEM, rid(2), {}, rid(1), 512)))
    assert write(store, Move(ITEM, rid(2), 512)) == 0


def test_children_without_a_place_follow_those_with_one(store: Workspace) -> None:
    write(store, Insert(Record(RESOURCE, rid(1))), Insert(Record(ITEM, rid(2), {}, rid(1), 5000)))
    children = [Record(ITEM, rid(n), {}, rid(1), place) for n, place in ((3, 9000), (4, 0), (5, 0))]
    write(store, *(Insert(each) for each in children))

    assert [r.position for r in store.stream_records(ITEM)] == [5000, 9000, 10024, 11048]


def test_a_record_removed_and_restored_keeps_every_journal_value(form_set: FormSet) -> None:
    codec = RowCodec(form_set.form(RESOURCE))
    values: dict[str, Value] = {
        "name": "甲",
        "size_total": UNKNOWN,
        "base_kind": ("legal",),
        "size_open": Unfit("x"),
    }
    assert codec.from_json(json.loads(json_text(codec.to_json(values)))) == values


def test_a_journal_value_that_is_no_longer_legal_comes_back_as_given() -> None:
    text = Text("数", "number")
    assert value_of_json("many", Field("n", "integer", text)) == Unfit("many")
    assert value_of_json([1], Field("n", "text", text)) == Unfit("[1]")


def test_a_large_package_is_loaded_in_batches(
    form_set: FormSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_BATCH", 3)
    made = Scratch(form_set)
    made.load(
        {"form": RESOURCE, "id": rid(n), "op": "put", "unit": "D", "values": {}} for n in range(8)
    )
    rules = made.rule_connection()
    assert rules.execute("SELECT count(*) FROM information_resource").fetchone() == (8,)
    made.close()


def test_an_operation_that_no_package_has_is_a_mistake_of_ours(form_set: FormSet) -> None:
    made = Scratch(form_set)
    with pytest.raises(BugError) as failure:
        made.load([{"form": RESOURCE, "id": rid(1), "op": "merge", "unit": "D"}])
    made.close()

    assert failure.value.code == "LINE_OPERATION"


def test_a_snapshot_of_an_older_form_set_is_not_looked_at_with_a_newer_one(
    store: Workspace, form_set: FormSet
) -> None:
    path = store.snapshot("exit")
    more = msgspec.structs.replace(form_set.form("department"), id="more")
    newer = msgspec.structs.replace(form_set, forms=(*form_set.forms, more))
    with pytest.raises(DataProblem) as failure:
        workspace.open_read_only(path, newer)

    assert (failure.value.code, failure.value.params["name"]) == ("DB_SCHEMA", "more")


def test_an_account_without_a_name_can_still_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no name")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert lockfile.this_process().user == ""


def test_a_copy_that_fails_is_closed(store: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("planted")

    monkeypatch.setattr(rule_copy, "_leave_only", fail)
    with pytest.raises(BugError) as failure, store.rule_copy():
        pass
    assert failure.value.code == "DB_STATEMENT"


@pytest.mark.parametrize(
    ("number", "code"),
    [(28, "DISK_FULL"), (13, "DB_READONLY"), (30, "DB_READONLY"), (5, "IO_ERROR")],
)
def test_the_systems_errors_have_codes(number: int, code: str) -> None:
    with pytest.raises(EnvironmentProblem) as failure, coded(Path("w.censusdb")):
        raise OSError(number, "planted")
    assert (failure.value.code, failure.value.params["path"]) == (code, "w.censusdb")


def test_text_that_is_no_text_is_damage() -> None:
    def decode() -> None:
        with coded("w"):
            b"\xff".decode()

    with pytest.raises(DataProblem) as failure:
        decode()
    assert failure.value.code == "DB_DAMAGED"


def test_nothing_is_found_in_an_empty_list(store: Workspace) -> None:
    assert store.keys(ListQuery(RESOURCE, search="水")).tolist() == []
