"""A workspace keeps what people gave, and says what it keeps."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from census_app.domain.changes import Insert, Move, Origin, Put, Remove, Step
from census_app.domain.holdings import Explanation, ListQuery, SentPackage, WorkspaceFacts
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Value, new_id
from census_app.errors import BugError, UserError
from census_app.formspec.model import FormSet
from census_app.storage import workspace
from census_app.storage.workspace import Workspace

RESOURCE, ITEM, SYSTEM = "information_resource", "data_item", "information_system"
AT = "2018-01-06T09:00:00Z"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


def record(form: str, number: int, parent: int | None = None, **values: Value) -> Record:
    return Record(form, rid(number), values, None if parent is None else rid(parent), 0, "D0042")


def step(*operations: Insert | Put | Move | Remove, key: str = "", actor: str = "王芳") -> Step:
    return Step("STEP_EDIT", actor, Origin.TYPED, AT, operations, {"field": "名称"}, key)


def insert(*records: Record) -> Step:
    return step(*(Insert(each) for each in records))


def test_a_new_workspace_says_what_it_was_told(store: Workspace, form_set: FormSet) -> None:
    facts = store.facts()

    assert facts == WorkspaceFacts(
        "D0042", "省水利厅", "js-2018", 1, "small-1", "0" * 32, "2018-01-05T08:00:00Z"
    )
    assert store.form_set is form_set
    assert [r.values for r in store.stream_records("department")] == [{"name": "省水利厅"}]
    assert store.undo_state().undo is None


def test_every_kind_of_value_comes_back_as_it_was_given(store: Workspace) -> None:
    values: dict[str, Value] = {
        "name": "水库\n基本信息",
        "share_type": "2",
        "size_total": Decimal("12345678901.1234"),
        "size_shared": UNKNOWN,
        "records_total": Unfit("1200条"),
        "is_open": False,
        "published_on": "2016-09-30",
        "base_kind": ("legal", "population"),
        "systems": ("a" * 32, "b" * 32),
    }
    store.write(insert(Record(RESOURCE, rid(1), values, unit="D0042"), record(SYSTEM, 2, uses=0)))

    assert store.record(RESOURCE, rid(1)) == Record(RESOURCE, rid(1), values, unit="D0042")
    assert list(store.stream_records(RESOURCE)) == [store.record(RESOURCE, rid(1))]
    [row] = store.rows(RESOURCE, store.keys(ListQuery(RESOURCE)), list(values))
    assert row.values == values
    system = store.record(SYSTEM, rid(2))
    assert system is not None
    assert system.values == {"uses": 0}


def test_only_what_differs_is_written_and_an_empty_field_is_no_value(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="水库", abstract="")))
    same = store.write(step(Put(RESOURCE, rid(1), {"name": "水库", "abstract": None})))
    emptied = store.write(step(Put(RESOURCE, rid(1), {"name": None})))

    assert same.number == 0
    assert same.touched == ()
    assert emptied.touched == ((RESOURCE, rid(1)),)
    assert store.record(RESOURCE, rid(1)) == Record(RESOURCE, rid(1), {}, unit="D0042")


def test_a_yes_is_not_a_one_and_an_unfit_text_not_its_value(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, size_total=Unfit("1"))))
    done = store.write(step(Put(RESOURCE, rid(1), {"size_total": Decimal(1)})))

    assert done.number > 0
    found = store.record(RESOURCE, rid(1))
    assert found is not None
    assert found.values == {"size_total": Decimal(1)}
    with store.rule_copy() as copy:
        assert copy.execute("SELECT count(*) FROM unfit").fetchone() == (0,)


def test_children_keep_their_order_and_go_with_their_owner(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="甲"), record(RESOURCE, 2, name="乙")))
    store.write(insert(*(record(ITEM, n, 1, name=str(n)) for n in (11, 12, 13))))
    store.write(insert(record(ITEM, 21, 2, name="21")))
    store.write(step(Move(ITEM, rid(13), 512)))
    places = [(r.id, r.position) for r in store.stream_records(ITEM)]
    assert places == [(rid(13), 512), (rid(11), 1024), (rid(12), 2048), (rid(21), 1024)]
    assert [row.child_count for row in store.rows(RESOURCE, [1, 2], [])] == [3, 1]

    store.write(step(Remove(RESOURCE, rid(1), "重复登记")))

    assert [r.id for r in store.stream_records(ITEM)] == [rid(21)]
    assert {e.reason for e in store.journal(record=rid(12)) if e.sign == "-"} == {"重复登记"}


def test_a_row_key_is_never_given_twice(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="甲")))
    [old] = store.keys(ListQuery(RESOURCE))
    store.write(step(Remove(RESOURCE, rid(1), "错")))
    store.write(insert(record(RESOURCE, 2, name="乙")))

    [new] = store.keys(ListQuery(RESOURCE))
    assert new > old
    assert store.rows(RESOURCE, [old, new], ["name"])[0].id == rid(2)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (Put(RESOURCE, rid(9), {"name": "x"}), "RECORD_GONE"),
        (Remove(RESOURCE, rid(9), "x"), "RECORD_GONE"),
        (Insert(record(RESOURCE, 1, colour="red")), "FIELD_UNKNOWN"),
        (Insert(record(ITEM, 1)), "PARENT_MISSING"),
        (Insert(record(RESOURCE, 1, 2)), "PARENT_MISSING"),
        (Insert(record(ITEM, 5, 77)), "DB_CONSTRAINT"),
        (Insert(record("department", 0xD)), "DB_CONSTRAINT"),
    ],
)
def test_a_step_that_cannot_be_done_leaves_nothing_behind(
    store: Workspace, operation: Insert | Put | Remove, code: str
) -> None:
    before = store.journal()
    with pytest.raises((UserError, BugError)) as failure:
        store.write(step(Insert(record(RESOURCE, 3, name="in the same step")), operation))

    assert failure.value.code == code
    assert store.count(ListQuery(RESOURCE)) == 0
    assert store.journal() == before


def test_the_same_record_twice_in_one_step_is_refused(store: Workspace) -> None:
    with pytest.raises(BugError) as failure:
        store.write(insert(record(RESOURCE, 1), record(RESOURCE, 1)))
    assert failure.value.code == "RECORD_EXISTS"


def test_the_history_says_who_when_from_what_to_what(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="旧")))
    store.write(step(Put(RESOURCE, rid(1), {"name": "新", "is_open": True}), actor="李强"))
    store.write(step(Put(RESOURCE, rid(1), {"name": None})))

    lines = store.journal(RESOURCE, rid(1), "name")
    assert [(e.sign, e.old, e.new) for e in lines] == [
        ("-", '"新"', ""),
        ("~", '"旧"', '"新"'),
        ("+", "", '"旧"'),
    ]
    assert (lines[1].actor, lines[1].at, lines[1].origin) == ("李强", AT, Origin.TYPED)
    whole = store.journal(limit=100)
    assert [e.field for e in whole if e.record == rid(1)] == ["name", "is_open", "name", ""]
    assert len(store.journal(limit=2)) == 2
    assert store.journal("data_item") == []


def test_a_stay_in_one_field_is_one_step_and_one_line(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="水")))
    for text in ("水库", "水库名", "水库名录"):
        store.write(step(Put(RESOURCE, rid(1), {"name": text}), key="stay-1"))
    store.write(step(Put(RESOURCE, rid(1), {"abstract": "a"}), key="stay-2"))

    lines = store.journal(RESOURCE, rid(1), "name")
    assert [(e.old, e.new) for e in lines] == [('"水"', '"水库名录"'), ("", '"水"')]
    store.undo("王芳", AT)
    store.undo("王芳", AT)
    found = store.record(RESOURCE, rid(1))
    assert found is not None
    assert found.values == {"name": "水"}


def test_a_stay_that_takes_itself_back_leaves_no_step(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="水")))
    state = store.undo_state()
    store.write(step(Put(RESOURCE, rid(1), {"name": "水库"}), key="stay"))
    store.write(step(Put(RESOURCE, rid(1), {"name": "水"}), key="stay"))

    assert store.undo_state() == state
    assert [e.sign for e in store.journal(RESOURCE, rid(1), "name")] == ["+"]


def test_a_stay_ends_with_another_person_an_undo_or_a_restart(
    store: Workspace, form_set: FormSet
) -> None:
    def typed(text: str, actor: str = "王芳") -> int:
        return store.write(step(Put(RESOURCE, rid(1), {"name": text}), key="k", actor=actor)).number

    store.write(insert(record(RESOURCE, 1)))
    first, second = typed("a"), typed("b", "李强")
    store.undo("王芳", AT)
    third = typed("c")
    path = store.path
    store.close()
    reopened = workspace.open_(path, form_set)
    fourth = reopened.write(step(Put(RESOURCE, rid(1), {"name": "d"}), key="k")).number
    reopened.close()

    assert len({first, second, third, fourth}) == 4


def test_what_was_understood_is_kept_until_the_field_changes(store: Workspace) -> None:
    store.write(
        step(Insert(record(RESOURCE, 1, published_on="2016-09-30"), {"published_on": "2016/9/30"}))
    )
    assert store.understood(RESOURCE, rid(1)) == {"published_on": "2016/9/30"}

    store.write(step(Put(RESOURCE, rid(1), {"published_on": "2016-10-01"})))
    assert store.understood(RESOURCE, rid(1)) == {}

    store.undo("王芳", AT)
    assert store.understood(RESOURCE, rid(1)) == {"published_on": "2016/9/30"}


def test_an_undo_brings_a_removed_record_back_whole(store: Workspace) -> None:
    whole = record(RESOURCE, 1, name="甲", size_total=Unfit("很多"), size_shared=UNKNOWN)
    store.write(step(Insert(whole, {"name": "甲 "}), Insert(record(RESOURCE, 2, name="乙"))))
    store.write(insert(*(record(ITEM, n, 1, name=str(n)) for n in (11, 12))))
    before = [*store.stream_records(RESOURCE), *store.stream_records(ITEM)]

    store.write(step(Remove(RESOURCE, rid(1), "错")))
    done = store.undo("王芳", AT)

    assert done is not None
    assert {key for _, key in done.touched} == {rid(1), rid(11), rid(12)}
    assert [*store.stream_records(RESOURCE), *store.stream_records(ITEM)] == before
    assert store.understood(RESOURCE, rid(1)) == {"name": "甲 "}
    newest = store.journal()[0]
    assert (newest.origin, newest.actor) == (Origin.UNDONE, "王芳")


def test_undo_and_redo_outlive_a_restart_and_name_their_step(
    store: Workspace, form_set: FormSet
) -> None:
    store.write(insert(record(RESOURCE, 1, name="甲")))
    store.undo("王芳", AT)
    path = store.path
    store.close()

    reopened = workspace.open_(path, form_set)
    assert reopened.undo_state().redo == ("STEP_EDIT", {"field": "名称"})
    reopened.redo("王芳", AT)
    assert reopened.count(ListQuery(RESOURCE)) == 1
    assert reopened.redo("王芳", AT) is None
    assert reopened.undo_state().undo == ("STEP_EDIT", {"field": "名称"})
    reopened.close()


def test_a_new_step_ends_what_could_be_redone(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1)))
    store.undo("王芳", AT)
    store.write(insert(record(RESOURCE, 2)))

    assert store.undo_state().redo is None
    assert store.redo("王芳", AT) is None
    store.undo("王芳", AT)
    assert store.undo("王芳", AT) is None


def test_an_explanation_is_kept_by_the_values_it_was_written_about(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1, name="甲")))
    first = Explanation(rid(1), "RES-14", "a" * 64, "季报", "王芳", AT)
    other = dataclasses.replace(first, values_sha256="b" * 64, reason="年报")
    store.explain([first])
    store.explain([other, first])

    assert set(store.explanations()) == {first, other}
    newest = store.journal(RESOURCE, rid(1))[0]
    assert (newest.reason, newest.sign) == ("年报", "+")
    assert store.undo_state().undo == ("STEP_EXPLAIN", {"count": "1", "rule": "RES-14"})
    store.undo("王芳", AT)
    assert store.explanations() == [first]
    store.redo("王芳", AT)
    assert set(store.explanations()) == {first, other}


def test_an_undo_brings_the_earlier_explanation_back(store: Workspace) -> None:
    store.write(insert(record(RESOURCE, 1)))
    first = Explanation(rid(1), "RES-14", "a" * 64, "季报", "王芳", AT)
    store.explain([first])
    store.explain([dataclasses.replace(first, reason="年报")])
    store.undo("王芳", AT)

    assert store.explanations() == [first]


def test_a_handed_in_record_that_is_gone_is_a_tombstone_with_its_reason(store: Workspace) -> None:
    for number in (3, 1, 2):
        store.write(insert(record(RESOURCE, number)))
    sent = SentPackage(
        "sent", "f" * 64, "submission", "D0042-000001", 1, "0" * 64, AT, AT, {RESOURCE: 3}
    )
    carried = [(RESOURCE, rid(n)) for n in (1, 2, 3)]
    store.register_sent(sent, carried)
    store.register_sent(sent, carried)
    store.write(step(Remove(RESOURCE, rid(2), "重复")))
    store.write(step(Remove(RESOURCE, rid(1), "不再产生")))

    assert store.packages() == [sent]
    assert store.handed_in() == set(carried)
    assert [(t.record, t.reason) for t in store.tombstones()] == [
        (rid(1), "不再产生"),
        (rid(2), "重复"),
    ]
    store.undo("王芳", AT)
    assert [t.record for t in store.tombstones()] == [rid(2)]


def test_an_undone_import_that_was_handed_in_leaves_tombstones_with_a_reason(
    store: Workspace,
) -> None:
    store.write(insert(record(RESOURCE, 1)))
    sent = SentPackage("sent", "f" * 64, "submission", "D0042-000001", 1, "0" * 64, AT, AT, {})
    store.register_sent(sent, [(RESOURCE, rid(1))])
    store.undo("王芳", AT)

    [stone] = store.tombstones()
    assert stone.reason


def test_the_certificate_is_empty_until_it_is_stored(store: Workspace) -> None:
    assert store.certificate() == ""
    store.store_certificate("CERT", "ROOTS")

    assert (store.certificate(), store.roots()) == ("CERT", "ROOTS")


def test_the_rule_copy_has_exactly_the_form_tables_and_unfit(
    store: Workspace, form_set: FormSet
) -> None:
    store.write(insert(record(RESOURCE, 1, name="甲", size_total=Unfit("很多"))))
    with store.rule_copy() as copy:
        names = {
            row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
        copy.execute("DELETE FROM information_resource")
        unfit = copy.execute("SELECT form, record_id, field, text FROM unfit").fetchall()

    assert names - {"sqlite_sequence"} == {f.id for f in form_set.forms} | {"unfit"}
    assert unfit == [(RESOURCE, rid(1), "size_total", "很多")]
    assert store.count(ListQuery(RESOURCE)) == 1


def test_a_large_rule_copy_lies_in_an_anonymous_file(
    store: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("census_app.storage.rule_copy.MEMORY_LIMIT", 0)
    store.write(insert(record(RESOURCE, 1, name="甲")))
    with store.rule_copy() as copy:
        assert copy.execute("SELECT name FROM information_resource").fetchall() == [("甲",)]
        assert copy.execute("PRAGMA database_list").fetchone()[2] == ""


def test_twenty_thousand_records_are_imported_and_taken_back_as_one_step(store: Workspace) -> None:
    rows = [
        Record(RESOURCE, new_id(), {"name": f"资源{n}", "size_total": Decimal(n)}, unit="D0042")
        for n in range(20_000)
    ]
    store.write(insert(*rows))
    assert store.count(ListQuery(RESOURCE)) == 20_000
    store.undo("王芳", AT)
    assert store.count(ListQuery(RESOURCE)) == 0
    store.redo("王芳", AT)
    assert [r.id for r in store.stream_records(RESOURCE)] == [r.id for r in rows]


def test_creating_over_a_file_is_refused_and_leaves_it(
    store: Workspace, form_set: FormSet, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as failure:
        workspace.create(store.path, form_set, store.facts(), record("department", 0xD))

    assert failure.value.code == "FILE_EXISTS"
    assert store.count(ListQuery("department")) == 1
    assert not list(tmp_path.glob("*.part*"))
