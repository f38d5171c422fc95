"""A small form set made by hand, and a writer of test workbooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import openpyxl
import pytest

from census_app.formspec.model import Campaign, Field, FieldTypeName, Form, FormSet, Text

Rows: TypeAlias = Sequence[Sequence[object]]
WriteBook: TypeAlias = Callable[..., Path]


def _field(
    field_id: str,
    zh: str,
    aliases: tuple[str, ...] = (),
    kind: FieldTypeName = "text",
    role: str = "",
) -> Field:
    label = Text(zh=zh, en=field_id.replace("_", " "))
    return Field(id=field_id, type=kind, label=label, aliases=aliases, role=role)


RESOURCE = Form(
    id="information_resource",
    label=Text(zh="信息资源", en="Information resource"),
    source="1272",
    title="name",
    identity=("code", "name"),
    field=(
        _field("class_code", "信息资源分类", kind="code", role="class_code"),
        _field("name", "信息资源名称", ("信息资源",), role="resource_name"),
        _field("name_en", "信息资源英文名"),
        _field("code", "信息资源代码", ("信息资源编码",), role="resource_code"),
        _field("provider", "信息资源提供方", ("所属部门",)),
        _field("provider_office", "提供方内部部门", ("内设部门名称", "下设机构", "所属处室")),
        _field("abstract", "信息资源摘要", ("摘要",)),
        _field("source_systems", "来源信息系统名称"),
        _field("format_class", "信息资源格式分类", ("格式分类",)),
        _field("size_total_gb", "数据存储总量", kind="decimal"),
        _field("records_total_wan", "结构化信息记录总数", kind="decimal"),
        _field("share_type", "共享类型"),
        _field("share_condition", "共享条件/不予共享依据", ("共享条件",)),
        _field("update_cycle", "更新周期", ("更新每周期",)),
        _field("published_on", "发布日期", kind="date"),
    ),
)
ITEM = Form(
    id="data_item",
    label=Text(zh="信息项", en="Data item"),
    source="1272",
    title="name",
    parent="information_resource",
    field=(
        _field("name", "信息项名称", ("信息项",), role="item_name"),
        _field("name_en", "信息项英文名"),
        _field("data_type", "数据类型", role="item_type"),
        _field("data_length", "数据长度", kind="integer"),
        _field("data_element", "数据元编号", ("数据元",)),
        _field("share_type", "信息项共享类型"),
    ),
)
SYSTEM = Form(
    id="information_system",
    label=Text(zh="信息系统", en="Information system"),
    source="ZH",
    title="name",
    field=(
        _field("phase", "系统所处阶段", kind="code", role="system_phase"),
        _field("org", "单位名称", ("部门", "所属组织")),
        _field(
            "name", "政务信息系统名称", ("系统名称", "业务系统名称", "名称"), role="system_name"
        ),
        _field("function", "业务功能", ("功能",)),
        _field("use_scope", "使用范围"),
        _field("monthly_uses", "每月使用频度", ("使用频度",)),
        _field("approval_dept", "审批部门"),
        _field("approval_month", "审批时间"),
        _field("fund_source", "资金来源", ("经费来源",)),
        _field("build_type", "建设类型"),
        _field("build_stage", "当前建设阶段"),
        _field("fund_ready", "资金到位情况"),
        _field("owner_office", "建设单位", ("归口科室名称", "建设单位名称")),
        _field("owner_contact", "联系人", ("建设单位联系人",)),
        _field("builder", "承建单位", ("承建单位名称",)),
        _field("builder_contact", "承建单位联系人"),
        _field("om_amount_wan", "运维金额", kind="money"),
    ),
)
DEPARTMENT = Form(
    id="department",
    label=Text(zh="部门", en="Department"),
    source="DW",
    title="name",
    field=(
        _field("name", "单位名称", role="department_name"),
        _field("uscc", "统一社会信用代码"),
        _field("contact_name", "联系人姓名"),
        _field("functions", "部门职能"),
    ),
)
OFFICE = Form(
    id="internal_office",
    label=Text(zh="内设机构", en="Internal office"),
    source="DW",
    title="name",
    field=(
        _field("name", "内设部门名称", role="office_name"),
        _field("duties", "内设部门职责及业务范围"),
    ),
)


@pytest.fixture(scope="session")
def form_set() -> FormSet:
    label = Text(zh="测试", en="Test")
    return FormSet(
        version="test",
        label=label,
        source="",
        sha256="",
        forms=(DEPARTMENT, OFFICE, SYSTEM, RESOURCE, ITEM),
        choice_lists={},
        settings={},
        campaign=Campaign(id="test", title=label, round=1, coordinator=label),
    )


@pytest.fixture
def write_book(tmp_path: Path) -> WriteBook:
    """Return a function that writes sheets given as rows, with merged ranges by sheet."""

    def write(
        sheets: dict[str, Rows] | Rows,
        *,
        merges: dict[str, Sequence[str]] | Sequence[str] = (),
        name: str = "book.xlsx",
    ) -> Path:
        by_name = sheets if isinstance(sheets, dict) else {"Sheet1": sheets}
        merged = merges if isinstance(merges, dict) else {next(iter(by_name)): merges}
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for sheet_name, rows in by_name.items():
            sheet = book.create_sheet(sheet_name)
            for row in rows:
                sheet.append(list(row))
            for merge in merged.get(sheet_name, ()):
                sheet.merge_cells(merge)
        path = tmp_path / name
        book.save(path)
        return path

    return write
