"""Taking answers over from other records: whole, by section, what repeats; each is one step that undo takes back."""

from __future__ import annotations

import pytest

from census_app.domain.changes import Origin
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.services import copying, editing
from census_app.services.copying import FieldChange
from census_app.services.editing import RecordEditor, create_record
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.referring import refer_to_new

RESOURCE, SYSTEM, ITEM = "information_resource", "information_system", "data_item"


def add(
    store: WorkspaceStore, clock: Clock, form: str, parent: RecordId | None = None, **values: Value
) -> RecordId:
    return create_record(store, form, values, actor="t", clock=clock, parent=parent)


def values_of(store: WorkspaceStore, form: str, record: RecordId) -> dict[str, Value]:
    found = store.record(form, record)
    assert found is not None
    return dict(found.values)


def children(store: WorkspaceStore, record: RecordId) -> list[Value]:
    keys = store.keys(ListQuery(form=ITEM, parent=record))
    return [row.values["name"] for row in store.rows(ITEM, list(keys), ["name"])]


def test_a_copy_has_the_answers_and_items_but_not_the_code(
    store: WorkspaceStore, clock: Clock
) -> None:
    first = add(store, clock, RESOURCE, name="排污许可证信息", code="307001/000001", share_type="2")
    RecordEditor(store, RESOURCE, first, actor="t", clock=clock).set_text(
        "published_on", "2017/6/30"
    )
    for name in ("许可证编号", "单位名称"):
        add(store, clock, ITEM, first, name=name)
    done = copying.copy_record(store, RESOURCE, first, actor="t", clock=clock)
    copy = done.record
    assert (done.title, done.children) == ("排污许可证信息", 2)
    copied = values_of(store, RESOURCE, copy)
    assert copied["name"] == "排污许可证信息"
    assert copied["share_type"] == "2"
    assert "code" not in copied
    assert store.understood(RESOURCE, copy) == {"published_on": "2017/6/30"}
    assert children(store, copy) == ["许可证编号", "单位名称"]
    assert {e.origin for e in store.journal(RESOURCE, copy)} == {Origin.COPIED}
    undo = store.undo_state().undo
    assert undo is not None
    assert undo[0] == "STEP_COPY"
    editing.undo(store, actor="t", clock=clock)
    assert store.record(RESOURCE, copy) is None
    assert store.count(ListQuery(form=ITEM)) == 2


def test_a_text_that_does_not_fit_is_copied_to_the_letter(
    store: WorkspaceStore, clock: Clock
) -> None:
    first = add(store, clock, RESOURCE, name="甲", update_cycle=Unfit("每 121 日"))
    copy = copying.copy_record(store, RESOURCE, first, actor="t", clock=clock).record
    assert values_of(store, RESOURCE, copy)["update_cycle"] == Unfit("每 121 日")


def test_a_record_that_is_gone_is_not_copied(store: WorkspaceStore, clock: Clock) -> None:
    with pytest.raises(UserError, match="RECORD_GONE"):
        copying.copy_record(store, RESOURCE, RecordId("0" * 32), actor="t", clock=clock)


def test_a_section_is_shown_field_by_field_before_it_is_copied(
    store: WorkspaceStore, clock: Clock
) -> None:
    source = add(
        store, clock, RESOURCE, name="甲", abstract="甲的摘要", share_type="2",
        share_condition="依申请", is_open=False,
    )  # fmt: skip
    target = add(store, clock, RESOURCE, name="乙", share_type="1")
    section = store.form_set.form(RESOURCE).field_by_id("share_type").section
    changes = copying.section_changes(store, RESOURCE, target, source, section, clock=clock)
    assert FieldChange("share_type", "1", "2") in changes
    assert FieldChange("share_condition", None, "依申请") in changes
    assert {c.field for c in changes} <= {
        f.id for f in store.form_set.form(RESOURCE).field if f.section == section
    }
    done = copying.copy_section(
        store, RESOURCE, target, source, section, actor="t", clock=clock, fields={"share_type"}
    )
    assert done.number
    now = values_of(store, RESOURCE, target)
    assert now["share_type"] == "2"
    assert "share_condition" not in now
    assert now["name"] == "乙"
    editing.undo(store, actor="t", clock=clock)
    assert values_of(store, RESOURCE, target)["share_type"] == "1"


def test_empty_fields_of_the_source_empty_nothing(store: WorkspaceStore, clock: Clock) -> None:
    section = store.form_set.form(RESOURCE).field_by_id("abstract").section
    source = add(store, clock, RESOURCE, name="甲", name_en="A")
    target = add(store, clock, RESOURCE, name="乙", abstract="乙的摘要", name_en="B")
    changes = copying.section_changes(store, RESOURCE, target, source, section, clock=clock)
    assert {c.field for c in changes} == {"name_en"}


def test_what_repeats_is_taken_over_and_the_rest_is_not(
    store: WorkspaceStore, clock: Clock
) -> None:
    for number in range(4):
        add(
            store, clock, RESOURCE, name=f"资源{number}", update_cycle="5",
            share_type="1" if number % 3 else "3", abstract="同一段摘要", code=f"c{number}",
        )  # fmt: skip
    last = add(store, clock, RESOURCE, name="最后", update_cycle="5", share_type="3")
    new = add(store, clock, RESOURCE)
    offered = copying.usual_answers(store, RESOURCE, new, clock=clock)
    assert offered is not None
    assert offered.title == "最后"
    assert offered.source == last
    assert offered.values["update_cycle"] == "5"
    assert offered.values["share_type"] == "3"
    assert not {"name", "code", "abstract"} & set(offered.values)
    taken = copying.carry_over(store, RESOURCE, new, actor="t", clock=clock)
    assert taken == tuple(offered.values)
    undo = store.undo_state().undo
    assert undo is not None
    assert undo[0] == "STEP_CARRY_OVER"
    editing.undo(store, actor="t", clock=clock)
    assert "update_cycle" not in values_of(store, RESOURCE, new)


def test_an_answer_given_once_in_many_is_not_offered(store: WorkspaceStore, clock: Clock) -> None:
    for number in range(4):
        add(store, clock, RESOURCE, name=f"资源{number}", update_cycle="5", share_type="3")
    add(store, clock, RESOURCE, name="最后", update_cycle="1", share_type="3")
    new = add(store, clock, RESOURCE)
    offered = copying.usual_answers(store, RESOURCE, new, clock=clock)
    assert offered is not None
    assert offered.values["share_type"] == "3"
    assert "update_cycle" not in offered.values


def test_the_first_record_has_nothing_to_take_over(store: WorkspaceStore, clock: Clock) -> None:
    new = add(store, clock, RESOURCE)
    assert copying.usual_answers(store, RESOURCE, new, clock=clock) is None
    assert copying.carry_over(store, RESOURCE, new, actor="t", clock=clock) == ()


def test_a_system_never_takes_itself_over(store: WorkspaceStore, clock: Clock) -> None:
    new = add(store, clock, SYSTEM, name="乙系统")
    add(store, clock, SYSTEM, name="甲系统", disposition="merge", disposition_target=new)
    other = add(store, clock, SYSTEM, name="丙", disposition="merge")
    section = store.form_set.form(SYSTEM).field_by_id("disposition_target").section
    keys = store.keys(ListQuery(form=SYSTEM))
    source = store.rows(SYSTEM, [keys[1]], [])[0].id
    fields = {
        c.field for c in copying.section_changes(store, SYSTEM, new, source, section, clock=clock)
    }
    assert "disposition_target" not in fields
    fields = {
        c.field for c in copying.section_changes(store, SYSTEM, other, source, section, clock=clock)
    }
    assert "disposition_target" in fields


def test_a_new_record_is_made_where_it_is_referred_to_in_one_step(
    store: WorkspaceStore, clock: Clock
) -> None:
    resource = add(store, clock, RESOURCE, name="排污许可证信息")
    made = refer_to_new(
        store, RESOURCE, resource, "source_systems", "排污许可系统", actor="t", clock=clock
    )
    assert values_of(store, SYSTEM, made)["name"] == "排污许可系统"
    assert values_of(store, RESOURCE, resource)["source_systems"] == (made,)
    second = refer_to_new(
        store, RESOURCE, resource, "source_systems", "执法系统", actor="t", clock=clock
    )
    assert values_of(store, RESOURCE, resource)["source_systems"] == (made, second)
    editing.undo(store, actor="t", clock=clock)
    assert store.record(SYSTEM, second) is None
    assert values_of(store, RESOURCE, resource)["source_systems"] == (made,)


def test_a_name_that_exists_is_referred_to_and_not_made_twice(
    store: WorkspaceStore, clock: Clock
) -> None:
    known = add(store, clock, SYSTEM, name="排污许可系统")
    resource = add(store, clock, RESOURCE, name="甲")
    made = refer_to_new(
        store, RESOURCE, resource, "source_systems", "排污许可 系统", actor="t", clock=clock
    )
    assert made == known
    assert store.count(ListQuery(form=SYSTEM)) == 1


def test_what_cannot_be_a_name_makes_nothing(store: WorkspaceStore, clock: Clock) -> None:
    resource = add(store, clock, RESOURCE, name="甲")
    with pytest.raises(UserError, match="REFERENCE_NAME"):
        refer_to_new(store, RESOURCE, resource, "source_systems", "  ", actor="t", clock=clock)
    assert store.count(ListQuery(form=SYSTEM)) == 0
    assert "source_systems" not in values_of(store, RESOURCE, resource)


def test_a_copy_never_brings_in_what_may_not_be_here(store: WorkspaceStore, clock: Clock) -> None:
    source = add(store, clock, SYSTEM, name="甲", desensitized=True, secrecy="classified")
    target = add(store, clock, SYSTEM, name="乙")
    section = store.form_set.form(SYSTEM).field_by_id("secrecy").section
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        copying.copy_section(
            store, SYSTEM, target, source, section, actor="t", clock=clock, fields={"secrecy"}
        )
    assert "secrecy" not in values_of(store, SYSTEM, target)
