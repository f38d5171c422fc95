"""Importing: planned first, nothing replaced silently, twice the same, undone as one."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from census_app.domain.records import Unfit
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.importing import ImportPlan, apply_import, plan_import
from census_app.services.ports import Clock, ListQuery, WorkspaceStore

HEADS = [
    "信息资源名称",
    "信息资源摘要",
    "共享类型",
    "更新周期",
    "信息项名称",
    "数据类型",
    "数据长度",
]
ROWS = [
    ["排污许可证信息", "持证单位和许可事项", "有条件共享", "每天", "许可证编号", "字符型C", "22"],
    ["排污许可证信息", "持证单位和许可事项", "有条件共享", "每天", "单位名称", "字符串型C", "200"],
    ["空气质量数据", "", "无条件共享", "常年", "站点", "字符型C", "五十"],
]


def book(path: Path, rows: list[list[str]], heads: list[str] | None = None) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in [heads or HEADS, *rows]:
        sheet.append(row)
    workbook.save(path)
    return path


def take(store: WorkspaceStore, clock: Clock, *paths: Path, **settings: str) -> ImportPlan:
    plan = plan_import(store, list(paths), clock=clock, settings=settings)
    apply_import(store, plan, actor="t", clock=clock)
    return plan


def resources(store: WorkspaceStore) -> list[tuple[object, object]]:
    found = store.stream_records("information_resource")
    return [(r.values["name"], r.values.get("update_cycle")) for r in found]


def test_plan_counts_every_record_and_writes_nothing(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    before = store.path.read_bytes()
    plan = plan_import(store, [book(tmp_path / "a.xlsx", ROWS)], clock=clock)
    assert (plan.new, plan.changed, plan.unchanged, len(plan.rejected)) == (5, 0, 0, 0)
    assert plan.unfit == 2
    places = [(u.cell, u.field["zh"], u.found) for u in plan.unfit_values]
    assert sorted(places) == [("D4", "更新周期", "常年"), ("G4", "数据长度", "五十")]
    assert ("更新周期", "每天", "每日", 1) in plan.understood
    assert store.path.read_bytes() == before


def test_values_are_kept_to_the_letter_or_understood(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    take(store, clock, book(tmp_path / "a.xlsx", ROWS))
    assert resources(store) == [("排污许可证信息", "daily"), ("空气质量数据", Unfit("常年"))]
    lengths = [r.values.get("data_length") for r in store.stream_records("data_item")]
    assert sorted(map(str, lengths)) == sorted(["22", "200", str(Unfit("五十"))])


def test_second_import_changes_nothing(store: WorkspaceStore, clock: Clock, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ROWS)
    take(store, clock, path)
    again = take(store, clock, path)
    assert (again.new, again.changed, again.unchanged, again.operations) == (0, 0, 5, ())


def test_corrected_cell_changes_only_itself_and_an_empty_one_clears_nothing(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    take(store, clock, book(tmp_path / "a.xlsx", ROWS))
    corrected = [list(row) for row in ROWS]
    corrected[2][3] = "实时"
    corrected[0][1] = corrected[1][1] = ""
    plan = take(store, clock, book(tmp_path / "b.xlsx", corrected))
    assert [(c.title, c.field, c.old, c.new) for c in plan.changed_values] == [
        ("空气质量数据", "update_cycle", "常年", "实时")
    ]
    first = next(iter(store.stream_records("information_resource")))
    assert first.values["abstract"] == "持证单位和许可事项"


def test_later_run_of_the_same_name_is_another_record(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    rows = [
        ROWS[0],
        ROWS[2],
        ["排污许可证信息", "另一份目录", "无条件共享", "每年", "编号", "字符型C", "9"],
    ]
    path = book(tmp_path / "a.xlsx", rows)
    take(store, clock, path)
    assert [n for n, _ in resources(store)] == ["排污许可证信息", "空气质量数据", "排污许可证信息"]
    assert take(store, clock, path).operations == ()


def test_undo_takes_a_whole_import_back(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    take(store, clock, book(tmp_path / "a.xlsx", ROWS))
    editing.undo(store, actor="t", clock=clock)
    assert (
        store.count(ListQuery("information_resource")) == store.count(ListQuery("data_item")) == 0
    )
    editing.redo(store, actor="t", clock=clock)
    assert store.count(ListQuery("data_item")) == 3


def test_systems_of_a_later_file_are_known_to_resources_of_an_earlier_one(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    heads = ["信息资源名称", "信息资源摘要", "来源信息系统名称"]
    resource = book(tmp_path / "a.xlsx", [["排污许可证信息", "摘要", "排污许可管理系统"]], heads)
    heads = ["系统名称", "业务功能", "审批部门", "资金来源"]
    system = book(
        tmp_path / "b.xlsx", [["排污许可管理系统", "许可", "省发改委", "财政资金"]], heads
    )
    take(store, clock, resource, system)
    (found,) = list(store.stream_records("information_resource"))
    (made,) = list(store.stream_records("information_system"))
    assert found.values["source_systems"] == (made.id,)


def test_setting_fills_what_the_template_lacks_and_nothing_else(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    take(
        store,
        clock,
        book(tmp_path / "a.xlsx", ROWS),
        class_code="生态环境保护",
        update_cycle="每月",
    )
    records = list(store.stream_records("information_resource"))
    assert {r.values["class_code"] for r in records} == {"211"}
    assert resources(store)[0] == ("排污许可证信息", "daily")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("no_such_field", "x", "IMPORT_FIELD"), ("share_type", "也许", "IMPORT_SETTING")],
)
def test_wrong_setting_is_refused(
    name: str, value: str, code: str, store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    path = book(tmp_path / "a.xlsx", ROWS)
    with pytest.raises(UserError, match=code):
        plan_import(store, [path], clock=clock, settings={name: value})


def test_row_with_a_password_is_rejected_without_repeating_it(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    heads = ["系统名称", "业务功能", "系统访问地址"]
    rows = [
        ["许可系统", "许可", "http://10.0.0.1 账号 admin 密码 Hunter2-and-more"],
        ["监测系统", "监测", "http://10.0.0.2/"],
    ]
    plan = take(store, clock, book(tmp_path / "a.xlsx", rows, heads))
    (row,) = plan.rejected
    assert (row.code, row.cell, row.found) == ("SEC-2", "C2", "")
    assert "Hunter2" not in repr(plan)
    assert [r.values["name"] for r in store.stream_records("information_system")] == ["监测系统"]


def test_provider_of_another_name_is_reported_and_can_be_said_to_be_us(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    heads = ["信息资源名称", "信息资源摘要", "信息资源提供方"]
    path = book(tmp_path / "a.xlsx", [["许可信息", "摘要", "样例厅"]], heads)
    assert plan_import(store, [path], clock=clock).foreign_units == {"样例厅": 1}
    plan = plan_import(store, [path], clock=clock, same_unit=["样例厅"])
    assert (plan.foreign_units, plan.unfit) == ({}, 0)


def test_sheet_without_a_table_is_said_to_be_one(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    path = book(tmp_path / "a.xlsx", [["1", "2"]], ["甲", "乙"])
    with pytest.raises(UserError, match="IMPORT_NOTHING"):
        plan_import(store, [path], clock=clock)
