"""One answer for many records: what would change, what is left alone, one step."""

from __future__ import annotations

from census_app.domain.records import RecordId, Unfit
from census_app.services import editing
from census_app.services.editing import RecordEditor, create_record
from census_app.services.filling import OldAnswer, apply_fill, plan_fill
from census_app.services.ports import Clock, WorkspaceStore

RESOURCE = "information_resource"


def resource(store: WorkspaceStore, clock: Clock, **answers: str) -> RecordId:
    record = create_record(store, RESOURCE, {"name": "许可信息"}, actor="t", clock=clock)
    edit = RecordEditor(store, RESOURCE, record, actor="t", clock=clock)
    for field, text in answers.items():
        edit.set_text(field, text)
    return record


def test_the_plan_groups_what_is_there_and_adds_up(store: WorkspaceStore, clock: Clock) -> None:
    asked = [
        resource(store, clock, share_type="无条件共享"),
        resource(store, clock, share_type="有条件共享"),
        resource(store, clock, share_type="有条件共享"),
        resource(store, clock, share_type="看情况"),
        resource(store, clock, share_type=""),
        RecordId("f" * 32),
    ]
    plan = plan_fill(store, RESOURCE, asked, "share_type", "1", clock=clock)
    assert plan.changing == tuple(asked[1:5])
    assert plan.old[0] == OldAnswer("2", 2)
    assert set(plan.old[1:]) == {OldAnswer(Unfit("看情况"), 1), OldAnswer(None, 1)}
    assert (plan.same, plan.gone, plan.asked) == (1, 1, 6)


def test_it_is_one_step_with_one_undo(store: WorkspaceStore, clock: Clock) -> None:
    asked = [resource(store, clock, keywords=text) for text in ("甲", "乙")]
    plan = plan_fill(store, RESOURCE, asked, "keywords", "生态环境", clock=clock)
    done = apply_fill(store, plan, actor="t", clock=clock)
    assert done is not None
    assert {record for _form, record in done.touched} == set(asked)
    assert keywords(store, asked) == ["生态环境", "生态环境"]
    editing.undo(store, actor="t", clock=clock)
    assert keywords(store, asked) == ["甲", "乙"]


def keywords(store: WorkspaceStore, records: list[RecordId]) -> list[object]:
    found = [store.record(RESOURCE, record) for record in records]
    return [record.values.get("keywords") for record in found if record is not None]


def test_an_empty_plan_writes_nothing(store: WorkspaceStore, clock: Clock) -> None:
    record = resource(store, clock, keywords="甲")
    plan = plan_fill(store, RESOURCE, [record], "keywords", "甲", clock=clock)
    assert plan.changing == ()
    assert apply_fill(store, plan, actor="t", clock=clock) is None


def test_where_the_question_does_not_apply_nothing_is_written(
    store: WorkspaceStore, clock: Clock
) -> None:
    shared = resource(store, clock, share_type="有条件共享")
    not_shared = resource(store, clock, share_type="不予共享")
    plan = plan_fill(store, RESOURCE, [shared, not_shared], "share_use", ("other",), clock=clock)
    assert (plan.changing, plan.irrelevant) == ((shared,), (not_shared,))
    emptied = plan_fill(store, RESOURCE, [not_shared], "share_type", None, clock=clock)
    assert emptied.changing == (not_shared,)


def test_an_entry_of_another_part_of_a_list_is_not_given(
    store: WorkspaceStore, clock: Clock
) -> None:
    document = resource(store, clock, format_class="电子文件")
    sheet = resource(store, clock, format_class="电子表格")
    plan = plan_fill(store, RESOURCE, [document, sheet], "format_type", "0101", clock=clock)
    assert (plan.changing, plan.unsuitable) == ((document,), (sheet,))


def test_what_a_rule_refuses_is_left_out_and_the_rest_is_filled(
    store: WorkspaceStore, clock: Clock
) -> None:
    form = "information_system"
    open_system = create_record(
        store, form, {"name": "甲", "desensitized": True}, actor="t", clock=clock
    )
    other = create_record(store, form, {"name": "乙"}, actor="t", clock=clock)
    plan = plan_fill(store, form, [open_system, other], "secrecy", "classified", clock=clock)
    assert (plan.changing, plan.refused) == ((open_system,), (other,))


def test_new_errors_are_foretold(store: WorkspaceStore, clock: Clock) -> None:
    not_shared = resource(store, clock, share_type="不予共享", is_open="否")
    shared = resource(store, clock, share_type="无条件共享", is_open="否")
    plan = plan_fill(store, RESOURCE, [not_shared, shared], "is_open", True, clock=clock)
    assert (len(plan.changing), plan.worse) == (2, 1)


def test_many_records_are_read_once(store: WorkspaceStore, clock: Clock) -> None:
    asked = [
        create_record(store, "internal_office", {"name": f"处{n}"}, actor="t", clock=clock)
        for n in range(3)
    ]
    everybody = [*asked, *(RecordId(f"{n:032x}") for n in range(600))]
    plan = plan_fill(store, "internal_office", everybody, "duties", "综合", clock=clock)
    assert set(plan.changing) == set(asked)
    assert plan.gone == 600
