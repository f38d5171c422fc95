"""Acts of the review in the journal: durable, never undone; the digest of the content; what was touched since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.domain.approval import ReviewAct
from census_app.domain.changes import Insert, Operation, Put, Remove
from census_app.domain.holdings import Explanation
from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.storage import workspace
from census_app.storage.workspace import Workspace

if TYPE_CHECKING:
    from tests.unit.storage.conftest import MakeRecord, MakeStep

RESOURCE, ITEM = "information_resource", "data_item"
AT = "2018-01-06T08:00:00Z"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


def act(kind: str, digest: str = "d" * 64) -> ReviewAct:
    return ReviewAct(kind, digest, "王芳", AT, "王芳", "副处长", "同意", "p" * 64, 3)  # type: ignore[arg-type]


@pytest.fixture
def filled(store: Workspace, make_record: MakeRecord, make_step: MakeStep) -> Workspace:
    operations: list[Operation] = [
        Insert(make_record(RESOURCE, 1, name="空气")),
        Insert(make_record(RESOURCE, 2, name="水")),
        Insert(make_record(ITEM, 3, 2, 1024, name="流量")),
    ]
    store.write(make_step(*operations))
    return store


def touched(store: Workspace, step: int) -> list[tuple[str, str, bool, set[str]]]:
    return [(t.record, t.title, t.gone, set(t.fields)) for t in store.touched_since(step)]


def test_acts_survive_and_no_undo_takes_them_back(
    filled: Workspace, form_set: FormSet, make_step: MakeStep
) -> None:
    before = filled.undo_state()
    filled.note_act(act("submitted"))
    filled.note_act(act("approved"))
    assert filled.undo_state() == before
    assert filled.undo("王芳", AT) is not None  # the records, not the approval
    filled.close()
    again = workspace.open_(filled.path, form_set)
    found = again.acts()
    again.close()
    assert [each.kind for each in found] == ["submitted", "approved"]
    assert found[1].step > found[0].step > 0
    expected = act("approved")
    told = (found[1].name, found[1].office, found[1].remark, found[1].package, found[1].announced)
    assert told == (expected.name, expected.office, expected.remark, expected.package, 3)


def test_what_is_typed_after_an_act_is_a_step_of_its_own(
    filled: Workspace, make_step: MakeStep
) -> None:
    filled.write(make_step(Put(RESOURCE, rid(1), {"name": "空气质"}), key="stay"))
    filled.note_act(act("handed_in"))
    step = filled.acts()[-1].step
    filled.write(make_step(Put(RESOURCE, rid(1), {"name": "空气质量"}), key="stay"))
    assert touched(filled, step) == [(rid(1), "空气质量", False, {"name"})]


def test_the_digest_is_that_of_the_content_whatever_the_way(
    filled: Workspace, make_step: MakeStep, tmp_path: Path
) -> None:
    first = filled.content_digest()
    filled.write(make_step(Put(RESOURCE, rid(1), {"name": "大气"})))
    second = filled.content_digest()
    assert second != first
    filled.undo("王芳", AT)
    assert filled.content_digest() == first
    filled.note_act(act("submitted"))
    assert filled.content_digest() == first
    filled.explain([Explanation(rid(1), "RES-1", "e" * 64, "与台账一致", "王芳", AT)])
    assert filled.content_digest() != first


def test_touched_since_names_what_differs_and_nothing_that_was_changed_back(
    filled: Workspace, make_record: MakeRecord, make_step: MakeStep
) -> None:
    filled.note_act(act("handed_in"))
    step = filled.acts()[-1].step
    assert touched(filled, step) == []
    filled.write(make_step(Put(RESOURCE, rid(1), {"name": "大气"})))
    filled.write(make_step(Put(RESOURCE, rid(1), {"name": "空气"})))
    assert touched(filled, step) == []
    filled.write(make_step(Put(ITEM, rid(3), {"name": "流速"})))
    filled.write(make_step(make_record(RESOURCE, 9, name="噪声")))
    filled.write(make_step(Remove(RESOURCE, rid(1), "并入他类")))
    assert touched(filled, step) == [
        (rid(1), "空气", True, set()),
        (rid(2), "水", False, set()),  # its item differs
        (rid(9), "噪声", False, set()),
    ]


def test_the_child_of_a_deleted_record_does_not_bring_it_back(
    filled: Workspace, make_step: MakeStep
) -> None:
    filled.note_act(act("handed_in"))
    step = filled.acts()[-1].step
    filled.write(make_step(Remove(RESOURCE, rid(2), "不再产生")))
    assert touched(filled, step) == [(rid(2), "水", True, set())]
    filled.undo("王芳", AT)
    assert touched(filled, step) == []


def test_a_moment_stands_for_the_last_step_up_to_it(filled: Workspace, make_step: MakeStep) -> None:
    assert filled.touched_since(at="2018-01-05T08:00:00Z") == []  # all of it was written then
    found = filled.touched_since(at="2018-01-04T00:00:00Z")
    assert {each.record for each in found} >= {rid(1), rid(2)}
