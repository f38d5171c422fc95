"""Pasting: a plain block is written at once, everything else is shown first; what was seen is what is written."""

from __future__ import annotations

import pytest

from census_app.domain.records import RecordId, Unfit
from census_app.errors import UserError
from census_app.services import editing, pasting
from census_app.services.editing import create_record
from census_app.services.pasting import Choices, PastePlan, PasteRequest, Reason, Where
from census_app.services.ports import Clock, ListQuery, WorkspaceStore

FORM = "data_item"
FIELDS = ("name", "data_type", "data_length", "share_type", "name_en")


@pytest.fixture
def owner(store: WorkspaceStore, clock: Clock) -> RecordId:
    return create_record(
        store, "information_resource", {"name": "排污许可"}, actor="t", clock=clock
    )


def add(store: WorkspaceStore, owner: RecordId, clock: Clock, *names: str) -> None:
    rows = [{"name": name} for name in names]
    editing.set_cells(store, FORM, [], actor="t", clock=clock, parent=owner, insert=rows)


def plan(
    store: WorkspaceStore,
    owner: RecordId,
    text: str,
    choices: Choices | None = None,
    *,
    row: int = 0,
    first: int = 0,
    span: tuple[int, int] = (1, 1),
) -> PastePlan:
    keys = store.keys(ListQuery(form=FORM, parent=owner))[row:]
    request = PasteRequest(FORM, owner, text, FIELDS, first, keys, span)
    made = pasting.plan_paste(store, request, choices)
    assert made is not None
    return made


def rows(store: WorkspaceStore, *fields: str) -> list[list[object]]:
    return [[r.values.get(f, "") for f in fields] for r in store.stream_records(FORM)]


def test_a_plain_block_covers_rows_and_adds_those_below(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    add(store, owner, clock, "甲", "乙")
    made = plan(store, owner, "丙\t字符型\t20\r\n丁\tC\t8\r\n", row=1)
    assert made.plain
    assert (made.rows, made.new_rows, made.changed, made.overwritten) == (2, 1, 6, 1)
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "name", "data_type", "data_length") == [
        ["甲", "", ""],
        ["丙", "C", 20],
        ["丁", "C", 8],
    ]
    editing.undo(store, actor="t", clock=clock)
    assert rows(store, "name") == [["甲"], ["乙"]]


def test_a_row_removed_just_before_shifts_nothing(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    add(store, owner, clock, *"甲乙丙")
    keys = store.keys(ListQuery(form=FORM, parent=owner))
    _first, second, _third = (r.id for r in store.stream_records(FORM))
    editing.remove_records(store, FORM, [second], "误建", actor="t", clock=clock)
    text = "甲\t字符型\t10\n乙\t字符型\t20\n丙\t字符型\t三十\n丁\t字符型\t四十"
    made = pasting.plan_paste(store, PasteRequest(FORM, owner, text, FIELDS, 0, keys))
    assert made is not None
    assert made.new_rows == 1
    assert made.unfit == {(2, 2), (3, 2)}
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "name", "data_length") == [
        ["甲", 10],
        ["丙", Unfit("三十")],
        ["丁", Unfit("四十")],
    ]


def test_a_header_row_maps_the_columns_and_covers_nothing_that_stands_there(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    add(store, owner, clock, "甲")
    text = "序号\t数据长度（字节）\t信息项名称 ★\t说明\n1\t18\t身份证号\tx\n2\t40\t住址\ty"
    made = plan(store, owner, text)
    assert made.reasons == {Reason.HEADER, Reason.WIDE}
    assert made.columns == ("", "data_length", "name", "")
    assert (made.where, made.new_rows, made.overwritten) == (Where.END, 2, 0)
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "name", "data_length") == [["甲", ""], ["身份证号", 18], ["住址", 40]]


def test_short_headers_are_known_by_the_end_of_the_label(
    store: WorkspaceStore, owner: RecordId
) -> None:
    made = plan(store, owner, "名称\t类型\t长度\n经度\t双精度型\t8")
    assert made.header
    assert made.columns == ("name", "data_type", "data_length")


def test_a_header_that_the_person_denies_is_data(store: WorkspaceStore, owner: RecordId) -> None:
    made = plan(store, owner, "信息项名称\t数据类型\n姓名\tC", Choices(header=False))
    assert not made.header
    assert made.rows == 2
    assert made.reasons == {Reason.UNFIT}


def test_a_column_goes_where_the_person_sends_it(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    made = plan(store, owner, "NAME\t姓名\nSEX\t性别", Choices(columns=("name_en", "name")))
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "name", "name_en") == [["姓名", "NAME"], ["性别", "SEX"]]


def test_values_that_do_not_fit_are_shown_first_and_kept(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    made = plan(store, owner, "姓名\tC\t二十\n\t\t\n性别\tC\t2")
    assert made.reasons == {Reason.UNFIT}
    assert made.unfit == {(0, 2)}
    assert made.new_rows == 2  # an empty row of the block is no row
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "data_length") == [[Unfit("二十")], [2]]


def test_one_cell_that_does_not_fit_is_pasted_as_it_is_typed(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    add(store, owner, clock, "甲")
    assert plan(store, owner, "二十", first=2).plain


def test_many_new_rows_are_shown_first(store: WorkspaceStore, owner: RecordId) -> None:
    text = "\n".join(f"项{n}" for n in range(pasting.MANY_ROWS + 1))
    assert plan(store, owner, text).reasons == {Reason.MANY}


def test_a_block_is_repeated_over_chosen_cells_that_are_a_multiple_of_it(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    add(store, owner, clock, *"甲乙丙丁")
    made = plan(store, owner, "C\t18\nD\t8", first=1, span=(4, 2))
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "data_type", "data_length") == [["C", 18], ["D", 8]] * 2
    assert plan(store, owner, "C\nD", first=1, span=(3, 1)).rows == 2


def test_a_list_in_one_cell_becomes_rows_unless_the_person_keeps_it(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    text = "姓名（字符型C）、性别(C1)、出生日期/日期型"
    made = plan(store, owner, text)
    assert made.reasons == {Reason.LIST}
    assert made.sample == (("姓名", "字符型C", ""), ("性别", "C", "1"), ("出生日期", "日期型", ""))
    kept = plan(store, owner, text, Choices(listed=False))
    assert kept.plain
    assert kept.rows == 1
    assert plan(store, owner, text, first=3).plain  # only where names stand
    pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "name", "data_length") == [["姓名", ""], ["性别", 1], ["出生日期", ""]]


def test_a_refused_value_writes_nothing_of_the_block(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    request = PasteRequest(FORM, owner, "甲\t是\n乙\t否", ("name", "is_secret"))
    made = pasting.plan_paste(store, request)
    assert made is not None
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        pasting.write_paste(store, made, actor="t", clock=clock)
    assert rows(store, "name") == []


def test_an_empty_clipboard_is_nothing(store: WorkspaceStore, owner: RecordId) -> None:
    assert pasting.plan_paste(store, PasteRequest(FORM, owner, "", FIELDS)) is None
