"""Which record a row means: its code, else its name and occurrence; and what a second import may then do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from census_app.domain.records import Record, Unfit, Value
from census_app.services import editing
from census_app.services.checking import set_everywhere
from census_app.services.editing import create_record
from census_app.services.importing import ImportPlan, apply_import, plan_import
from census_app.services.ports import Clock, WorkspaceStore

WriteBook = Callable[..., Path]
Row = list[object]
RESOURCE: Row = ["信息资源名称", "信息资源代码", "信息资源摘要"]
SYSTEM: Row = ["系统名称", "业务功能", "审批部门", "资金来源"]
DEMAND: Row = ["所需信息资源名称", "所需资源提供方", "资源用途"]


def take(store: WorkspaceStore, clock: Clock, *paths: Path, **settings: str) -> ImportPlan:
    plan = plan_import(store, list(paths), clock=clock, settings=settings)
    apply_import(store, plan, actor="t", clock=clock)
    return plan


def everything(store: WorkspaceStore) -> list[Record]:
    return [r for form in store.form_set.forms for r in store.stream_records(form.id)]


def column(store: WorkspaceStore, form: str, *fields: str) -> list[tuple[Value | None, ...]]:
    return [tuple(r.values.get(f) for f in fields) for r in store.stream_records(form)]


def test_a_code_finds_the_record_under_another_name(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    take(store, clock, write_book("a.xlsx", [RESOURCE, ["许可信息", "30701/000001", "摘要"]]))
    renamed = write_book("b.xlsx", [RESOURCE, ["许可证信息", "30701/000001", "摘要"]])
    plan = take(store, clock, renamed)
    assert [(c.field, c.old, c.new) for c in plan.changed_values] == [
        ("name", "许可信息", "许可证信息")
    ]
    assert column(store, "information_resource", "name") == [("许可证信息",)]


def test_a_code_given_twice_stays_two_records(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    rows = [["甲信息", "30701/000001", "一"], ["乙信息", "30701/000001", "二"]]
    path = write_book("a.xlsx", [RESOURCE, *rows])
    take(store, clock, path)
    again = take(store, clock, path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert column(store, "information_resource", "name") == [("甲信息",), ("乙信息",)]


def test_a_name_does_not_take_the_record_another_rows_code_means(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    take(store, clock, write_book("a.xlsx", [RESOURCE, ["许可信息", "30701/000001", "旧"]]))
    rows = [["许可信息", "30701/000002", "新"], ["许可信息", "30701/000001", "旧"]]
    plan = take(store, clock, write_book("b.xlsx", [RESOURCE, *rows]))
    assert (plan.new, plan.changed, plan.unchanged) == (1, 0, 1)


def test_demands_to_the_same_provider_are_different_records(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    rows = [["人口信息", "省公安厅", "核验"], ["户籍信息", "省公安厅", "核验"]]
    take(store, clock, write_book("a.xlsx", [DEMAND, *rows]))
    only_the_second = write_book("b.xlsx", [DEMAND, rows[1]])
    assert take(store, clock, only_the_second).operations == ()
    assert column(store, "sharing_demand", "wanted_name") == [("人口信息",), ("户籍信息",)]


def test_the_same_wish_to_another_provider_is_another_record(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    rows = [["人口信息", "省公安厅", "核验"], ["人口信息", "省民政厅", "核验"]]
    take(store, clock, write_book("a.xlsx", [DEMAND, *rows]))
    assert take(store, clock, write_book("b.xlsx", [DEMAND, rows[1]])).operations == ()


def test_a_file_given_twice_is_read_once(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    path = write_book("a.xlsx", [RESOURCE, ["许可信息", None, "摘要"]])
    assert take(store, clock, path, path).new == 1


def test_a_setting_fills_only_what_is_empty_in_the_file_and_in_the_workspace(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    path = write_book("a.xlsx", [RESOURCE, ["许可信息", None, "摘要"], ["空气数据", None, "摘要"]])
    take(store, clock, path, class_code="211")
    first = next(store.stream_records("information_resource"))
    values: dict[str, Value | None] = {"class_code": "215"}
    set_everywhere(store, first.form, [first.id], values, actor="t", clock=clock)
    assert take(store, clock, path, class_code="211").operations == ()
    assert column(store, "information_resource", "class_code") == [("215",), ("211",)]


def test_a_setting_of_one_form_may_be_named_with_it(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    path = write_book("a.xlsx", [RESOURCE, ["许可信息", None, "摘要"]])
    plan = plan_import(
        store, [path], clock=clock, settings={"information_resource.share_type": "无条件共享"}
    )
    apply_import(store, plan, actor="t", clock=clock)
    assert column(store, "information_resource", "share_type") == [("1",)]


# -- references --------------------------------------------------------------------------------------------------------

MATTER: Row = ["业务事项名称", "支撑系统", "职责"]


def test_records_refer_to_others_of_the_same_import_wherever_these_stand(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    sheets = {
        "事项": [MATTER, ["排污许可核发", "许可管理系统", "核发许可证"]],
        "系统": [SYSTEM, ["许可管理系统", "许可", "省发改委", "财政资金"]],
    }
    path = write_book("a.xlsx", sheets)
    plan = take(store, clock, path)
    (system,) = store.stream_records("information_system")
    (matter,) = store.stream_records("business_matter")
    assert matter.values["systems"] == (system.id,)
    assert plan.unfit == sum(isinstance(v, Unfit) for v in system.values.values())
    assert take(store, clock, path).operations == ()


def test_a_name_nobody_has_is_kept_as_given(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    take(store, clock, write_book("a.xlsx", [MATTER, ["排污许可核发", "许可管理系统", "核发"]]))
    assert column(store, "business_matter", "systems") == [(Unfit("许可管理系统"),)]


# -- rejected rows -----------------------------------------------------------------------------------------------------

SECRET = "机密★长期"  # noqa: S105
CLASSIFIED: Row = ["信息资源名称", "信息资源摘要", "更新周期", "信息项名称", "数据长度"]


def test_rejected_rows_and_their_children_complete_the_count(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    rows = [
        CLASSIFIED,
        ["甲信息", "一", "每天", "编号", "18"],
        ["乙信息", SECRET, "常年", "姓名", "五十"],
        ["乙信息", SECRET, "常年", "住址", "五十"],
        ["丙信息", "三", "每月", "编号", "18"],
    ]
    plan = take(store, clock, write_book("a.xlsx", rows))
    assert [(r.code, r.found, r.records) for r in plan.rejected] == [("SEC-1d", "", 3)]
    assert plan.new + plan.changed + plan.unchanged + plan.rejected_records == 3 + 4
    assert sum(t.records for t in plan.tables) == 3


def test_nothing_of_a_rejected_row_is_repeated_or_counted(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    heads: Row = ["信息资源名称", "信息资源摘要", "更新周期", "信息资源提供方", "发布日期"]
    rows: list[Row] = [
        ["乙信息", SECRET, "每天", "省保密厅", "2017/6/30"],
        [None, SECRET, "每天", "省保密厅", "2017/6/30"],
    ]
    plan = take(store, clock, write_book("a.xlsx", [heads, *rows]))
    assert {r.code for r in plan.rejected} == {"SEC-1d"}
    assert (plan.understood, plan.foreign_units, plan.unfit) == ((), {}, 0)
    assert SECRET not in repr((plan.rejected, plan.understood, plan.changed_values))
    assert "乙信息" not in repr(plan.operations)
    folder = store.path.parent
    store.close()
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".xlsx"]
    assert not [p for p in files if SECRET.encode() in p.read_bytes()]


def test_an_import_that_would_make_an_answer_classified_is_rejected(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    values: dict[str, Value] = {"name": "许可系统", "phase": "built", "secrecy": "classified"}
    values["desensitized"] = True
    create_record(store, "information_system", values, actor="t", clock=clock)
    heads: Row = [*SYSTEM, "是否脱密处理"]
    rows = [heads, ["许可系统", "许可", "省发改委", "财政资金", "否"]]
    plan = take(store, clock, write_book("a.xlsx", rows))
    assert [r.code for r in plan.rejected] == ["SEC-1"]
    assert column(store, "information_system", "desensitized") == [(True,)]


def test_a_corrected_row_is_taken_at_the_next_import(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    rows: list[Row] = [["信息资源名称", "信息资源摘要"], ["甲信息", "一"], ["乙信息", SECRET]]
    take(store, clock, write_book("a.xlsx", rows))
    before = {r.id: r for r in everything(store)}
    corrected = write_book("b.xlsx", [*rows[:2], ["乙信息", "二"]])
    plan = take(store, clock, corrected)
    assert (plan.new, plan.changed, plan.unchanged, plan.rejected) == (1, 0, 1, ())
    assert {r.id: r for r in everything(store)}.items() >= before.items()


def test_a_row_without_a_name_says_what_was_found(
    store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    path = write_book(
        "a.xlsx", [["信息资源名称", "信息资源摘要"], ["甲", "一"], [None, "没有名称"]]
    )
    (row,) = take(store, clock, path).rejected
    assert (row.file, row.sheet, row.code, row.found) == (
        "a.xlsx", "清单", "IMPORT_NO_NAME", "没有名称",
    )  # fmt: skip
    assert row.expected["zh"]
    assert row.expected["en"]


# -- undo --------------------------------------------------------------------------------------------------------------


def test_undo_of_an_import_restores_every_record_even_after_the_file_was_closed(
    store: WorkspaceStore,
    clock: Clock,
    write_book: WriteBook,
    reopen: Callable[..., WorkspaceStore],
) -> None:
    rows: list[Row] = [CLASSIFIED, ["甲信息", "一", "每天", "编号", "18"]]
    take(store, clock, write_book("a.xlsx", rows))
    before = everything(store)
    changed: list[Row] = [
        CLASSIFIED,
        ["甲信息", "壹", "常年", "编号", "20"],
        ["乙", "", "", "", ""],
    ]
    take(store, clock, write_book("b.xlsx", changed))
    after = everything(store)
    store = reopen(store)
    done = editing.undo(store, actor="t", clock=clock)
    assert done is not None
    assert everything(store) == before
    store = reopen(store)
    editing.redo(store, actor="t", clock=clock)
    assert everything(store) == after


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_expected_is_said_in_both_languages(
    language: str, store: WorkspaceStore, clock: Clock, write_book: WriteBook
) -> None:
    path = write_book("a.xlsx", [["信息资源名称", "信息资源摘要"], ["乙信息", SECRET]])
    (row,) = take(store, clock, path).rejected
    assert row.expected[language]
    assert "机密" not in row.expected[language]
