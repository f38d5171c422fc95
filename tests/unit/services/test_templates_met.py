"""Every template that is met comes in whole: each column in its field, nothing dropped without a word (domain §7).

What a label means is written down here once more, from the reference's tables and not from the forms.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from census_app import bootstrap
from census_app.domain.records import Record, Value
from census_app.errors import UserError
from census_app.formats.headers import normalise_header
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, parse_value
from census_app.services import editing
from census_app.services.import_plan import ImportPlan
from census_app.services.importing import apply_import, plan_import
from census_app.services.lookup import context_for
from census_app.services.national_sheet import national_heads, write_national
from census_app.services.ports import Clock, WorkspaceStore

MakeWorkspace = Callable[..., WorkspaceStore]
HEADERS: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parents[1] / "formats" / "template_headers.toml").read_text(encoding="utf-8")
)
RESOURCE, ITEM, SYSTEM = "information_resource", "data_item", "information_system"

_RESOURCE = {
    "信息资源名称": "name", "信息资源": "name", "信息资源英文名": "name_en", "信息资源代码": "code",
    "信息资源编码": "code",
    "信息资源提供方": "provider", "所属部门": "provider", "提供方内部部门": "provider_office",
    "内设部门名称": "provider_office", "下设机构": "provider_office", "所属处室": "provider_office",
    "资源提供方代码": "provider_uscc", "信息资源摘要": "abstract", "摘要": "abstract",
    "来源信息系统名称": "source_systems",
    "关联信息系统": "source_systems", "信息资源格式分类": "format_class", "格式分类": "format_class",
    "信息资源格式": "format_class", "信息资源格式类型": "format_type", "格式类型": "format_type",
    "其他类型资源格式描述": "format_other", "其他描述": "format_other", "数据存储总量": "size_total_gb",
    "结构化信息记录总数": "records_total_wan", "已共享的数据存储量": "size_shared_gb",
    "已共享结构化记录数": "records_shared_wan", "已开放的数据存储量": "size_open_gb",
    "已开放结构化记录数": "records_open_wan", "共享类型": "share_type", "共享条件": "share_condition",
    "共享条件/不予共享依据": "share_condition", "共享方式": "share_mode_class", "共享方式分类": "share_mode_class",
    "共享方式类型": "share_mode_type", "是否向社会开放": "is_open", "开放条件": "open_condition",
    "更新周期": "update_cycle",
    "更新每周期": "update_cycle", "发布日期": "published_on", "关联及类目名称": "related_codes",
    "关联分类": "related_class",
    "关联业务事项": "affairs", "开放主题分类": "open_theme", "管理方式": "manage_mode", "备注": "remarks",
    "数据范围": "data_range", "信息资源涉密性": "secrecy",
}  # fmt: skip
_ITEM = {
    "信息项名称": "name", "信息项英文名": "name_en", "数据类型": "data_type", "数据长度": "data_length",
    "数据元": "data_element", "数据元编号": "data_element", "关联代码集": "code_set",
}  # fmt: skip
_SYSTEM = {
    "内设部门名称": "owner_office", "信息系统名称": "name", "信息系统代码": "system_code",
    "信息系统功能描述": "function",
    "信息系统产生的信息资源": "resources", "信息系统建设性质": "vertical_kind", "信息系统部署位置": "deploy_site",
    "信息系统接入网络类型": "networks", "备注": "remarks", "所属组织": "org", "业务系统编码": "system_code",
    "业务系统名称": "name", "信息系统安全等级定级情况": "mlps_level", "项目建设资金来源": "fund_source",
    "预算项目名称": "budget_item", "项目立项审批部门": "approval_dept", "项目立项审批日期": "approval_date",
    "项目预算批复总金额": "budget_total_wan", "运维费用总支出": "om_total_wan", "清理后情况": "cleanup_result",
    "数据状态": "data_state", "启用时间": "enabled_on", "承载网络": "carrier_network", "主管单位": "supervisor",
    "主管单位联系人": "supervisor_contact", "主管单位联系电话": "supervisor_phone", "运维单位": "om_unit",
    "系统描述": "description", "部门": "org", "名称": "name", "功能": "function", "使用范围": "use_scope",
    "使用频度": "monthly_uses", "审批部门": "approval_dept", "审批时间": "approval_month", "经费来源": "fund_source",
}  # fmt: skip
_DEMAND = {
    "所需政务信息资源名称": "wanted_name", "提供方": "wanted_provider", "描述": "description", "是否已获取": "obtained",
    "建议获取方式": "suggested_mode", "期望数据使用频率": "frequency", "用途": "purpose", "所需机构": "office",
}  # fmt: skip
_MATTER = {
    "内设部门": "office", "职责": "duty", "事项名称": "name", "权责清单编码": "power_code",
    "权责清单名称": "power_name",
    "依据": "basis", "服务对象": "served", "所需材料": "inputs", "产生材料": "outputs", "支撑系统": "systems",
}  # fmt: skip
MEANS = {
    RESOURCE: _RESOURCE, SYSTEM: _SYSTEM, "sharing_demand": _DEMAND, "business_matter": _MATTER, ITEM: _ITEM,
    "internal_office": {"内设部门名称": "name", "内设部门职责及业务范围": "duties"},
}  # fmt: skip

_UNITS = [f"{h}（{'G' if '量' in h else '万'}）" for h in HEADERS["census"]]
_CLASSES = ["类分类", "项分类", "目分类", "细目分类", *[f"分类{n}级" for n in HEADERS["levels"]]]
TEMPLATES: dict[str, tuple[str, list[str]]] = {
    "NT-53": (RESOURCE, [*_CLASSES, *HEADERS["nt_head"], *HEADERS["census"], *HEADERS["nt_tail"]]),
    "NT-27": (
        RESOURCE,
        [
            "更新每周期" if h == "更新周期" else h
            for h in [*HEADERS["nt_head"], *_UNITS, *HEADERS["nt_tail"]]
        ],
    ),
    "NJ-30": (RESOURCE, HEADERS["nj_30"]),
    "DW-2": (RESOURCE, HEADERS["dw_2"]),
    "IS-26": (RESOURCE, HEADERS["is_26"]),
    "ZH-20": (RESOURCE, HEADERS["zh_20"]),
    "DW-3": (SYSTEM, HEADERS["dw_3"]),
    "NL-19": (SYSTEM, HEADERS["nl_19"]),
    "self-check": (SYSTEM, HEADERS["self_check"]),
    "DW-4": ("sharing_demand", HEADERS["dw_4"]),
    "DW-5": ("business_matter", HEADERS["dw_5"]),
    "DW-1": ("internal_office", ["内设部门名称", "内设部门职责及业务范围"]),
}
_PATH = ("部门政务信息资源目录", "省（自治区、直辖市）和计划单列市", "江苏省", "江苏省民政厅")
_SERIAL = ("序号",)


@dataclass
class World:
    """A department with one office, system, matter and resource that lists may name."""

    store: WorkspaceStore
    clock: Clock
    context: Context

    def field(self, form: str, field_id: str) -> tuple[Form, Field]:
        found = self.store.form_set.form(form)
        return found, found.field_by_id(field_id)

    def plan(self, path: Path) -> ImportPlan:
        return plan_import(self.store, [path], clock=self.clock)

    def take(self, path: Path) -> ImportPlan:
        plan = self.plan(path)
        apply_import(self.store, plan, actor="t", clock=self.clock)
        return plan

    def records(self, form: str) -> list[Record]:
        return list(self.store.stream_records(form))

    def sample(self, target: Field) -> str:
        """Return a legal text for a field, another for each."""
        lists = self.store.form_set.choice_lists
        if target.type in {"code", "codes"}:
            entries = lists[target.choices].choices
            wanted = {"share_type": "有条件共享", "format_class": "数据库"}.get(target.id)
            if target.choices_from:
                first = {"format_type": "oracle", "share_mode_type": "数据库"}
                return first.get(target.id, entries[0].zh)
            return wanted or entries[0].zh
        if target.type in {"reference", "references"}:
            return {
                "department": self.store.facts().department_name, "internal_office": "综合处",
                SYSTEM: "样例系统", "business_matter": "样例事项", RESOURCE: "样例资源",
            }[target.target]  # fmt: skip
        return {
            "text": f"样例{target.id}", "longtext": f"关于{target.id}的说明文字，共享给省有关部门使用",
            "integer": str(10 + len(target.id)), "decimal": f"{len(target.id)}.5", "money": f"{len(target.id)}.25",
            "date": "2017-06-30", "month": "2017-06", "boolean": "是", "uscc": "11320000990000017P",
            "phone": "025-83300001",
        }[target.type]  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file once: each test gets a copy."""
    services = bootstrap.Services(actor="t")
    path = tmp_path_factory.mktemp("templates") / "office.censusdb"
    store = services.create_workspace(path, "江苏省第一样例厅", "11320000990000017P")
    named = (("internal_office", "综合处"), (SYSTEM, "样例系统"),
             ("business_matter", "样例事项"), (RESOURCE, "样例资源"))  # fmt: skip
    for form, name in named:
        title = store.form_set.form(form).title
        editing.create_record(store, form, {title: name}, actor="t", clock=services.clock)
    store.close()
    return path


@pytest.fixture
def world(prepared: Path, tmp_path: Path, clock: Clock) -> Iterator[World]:
    store = bootstrap.open_workspace(Path(shutil.copy(prepared, tmp_path / "office.censusdb")))
    yield World(store, clock, context_for(store))
    store.close()


def written(path: Path, rows: list[list[str]], sheet: str = "Sheet1") -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].title = sheet
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def meaning(form: str, header: str) -> tuple[str, str] | None:
    """Return form and field a header stands for by the reference; None for class columns and row numbers."""
    plain = header.split("（", maxsplit=1)[0]
    for where in (form, ITEM) if form == RESOURCE else (form,):
        if plain in MEANS[where] and (where == form or plain not in MEANS[form]):
            return where, MEANS[where][plain]
    return None


def is_class(header: str) -> bool:
    return (
        header.endswith("分类")
        and (header.startswith(("类", "项", "目", "细目", "部门类", "信息类")))
    ) or (
        normalise_header(header)
        in {normalise_header(h) for h in [*_CLASSES, "细目分类1", "细目分类2", "细目分类1.1"]}
    )


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_column_of_a_template_lands_in_its_field(
    world: World, template: str, tmp_path: Path
) -> None:
    form, heads = TEMPLATES[template]
    expected: dict[tuple[str, str], Value] = {}
    row: list[str] = []
    path = list(_PATH)
    beside: dict[str, Value] = {}
    for head in heads:
        means = meaning(form, head)
        if means is None:
            assert head in _SERIAL or is_class(head), f"{head} is in no table of the reference"
            row.append("1" if head in _SERIAL else (path.pop(0) if path else ""))
            continue
        target = world.field(*means)[1]
        text = world.sample(target)
        context = world.context.beside(beside) if target.choices_from else world.context
        value = parse_value(text, target, context).value
        assert value is not None
        expected[means] = value
        if means[0] == form:
            beside[target.id] = value
        row.append(text)
    plan = world.take(written(tmp_path / "list.xlsx", [heads, row]))
    assert [(t.records, t.unmatched) for t in plan.tables] == [(1, ())]
    assert plan.rejected == ()
    assert plan.told == ()
    found: dict[tuple[str, str], Value] = {}
    for where in dict.fromkeys([form, *(f for f, _field in expected)]):
        title = world.store.form_set.form(where).title
        record = next(
            r for r in world.records(where) if r.values.get(title) == expected[where, title]
        )
        found |= {(where, field): value for field, value in record.values.items()}
    assert {key: found.get(key) for key in expected} == expected
    if path != list(_PATH) and form == RESOURCE:
        assert found[RESOURCE, "class_code"]


def test_the_departmental_workbook_comes_in_as_one(world: World, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    name = world.store.facts().department_name
    sheets: dict[str, list[list[str]]] = {
        "①部门职能清单": [
            ["部门职能清单"], ["单位名称", name], ["统一社会信用代码", "11320000990000017P"], ["联系人姓名", "张三"],
            ["联系人电话", "025-83300002"], ["填报时间", "2020-06-30"], ["通讯地址", "南京市"],
            ["部门职能（最新颁布）", "承担全省有关工作"], [],
            ["内设部门名称", "内设部门职责及业务范围"], ["法规处", "负责法规"],
        ],
        "②部门信息资源产生清单": [HEADERS["dw_2"], ["1", "部门政务信息资源目录", *[""] * 6, "甲资源", "法规处"]],
        "③部门信息系统清单": [HEADERS["dw_3"], ["1", "法规处", "甲系统", "", "管理甲", "甲资源"]],
        "④部门信息资源需求清单": [HEADERS["dw_4"], ["1", "乙资源", "省公安厅"]],
        "⑤部门职责清单": [HEADERS["dw_5"], ["法规处", "负责许可", "丙事项"]],
    }  # fmt: skip
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "dw.xlsx")
    plan = world.take(tmp_path / "dw.xlsx")
    assert {t.form: t.unmatched for t in plan.tables} == {
        "department": (), "internal_office": (), RESOURCE: (), SYSTEM: (), "sharing_demand": (), "business_matter": ()
    }  # fmt: skip
    assert (plan.rejected, plan.told) == ((), ())
    own = world.records("department")[0].values
    assert (own["contact_name"], own["address"], own["filled_on"]) == (
        "张三",
        "南京市",
        "2020-06-30",
    )
    office = next(r for r in world.records("internal_office") if r.values["name"] == "法规处")
    system = next(r for r in world.records(SYSTEM) if r.values["name"] == "甲系统")
    resource = next(r for r in world.records(RESOURCE) if r.values["name"] == "甲资源")
    assert (system.values["owner_office"], resource.values["provider_office"]) == (
        "法规处",
        office.id,
    )
    assert system.values["resources"] == (resource.id,)


def test_what_a_province_adds_is_told_and_the_rest_comes_in(world: World, tmp_path: Path) -> None:
    extra = ["【川】信息资源最小分级单元", "信息资源指标体系", "信息资源涉密性"]
    heads = [*HEADERS["nt_head"], *_UNITS, *HEADERS["nt_tail"], *extra]
    row = ["甲资源", *[""] * (len(heads) - 4), "单元", "体系", "非涉密"]
    plan = world.take(written(tmp_path / "sc.xlsx", [heads, row]))
    assert plan.tables[0].unmatched == ("【川】信息资源最小分级单元", "信息资源指标体系")
    made = next(r for r in world.records(RESOURCE) if r.values["name"] == "甲资源")
    assert made.values["secrecy"]


def test_the_audits_table_of_systems_is_known_by_its_evidence(world: World, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["信息系统基本情况表"],
        ["序号", "单位名称", "系统名称", "立项情况", "", "", "资金来源和投入", "", "", "信息共享情况",
        "管理使用现状", ""],
        ["", "", "", "审批部门", "审批时间", "立项文件", "资金来源", "建设金额（万元）", "预算指标文件",
        "是否共享", "使用频度", "系统截图"],
        ["1", world.store.facts().department_name, "甲系统", "省发改委", "2015-03", "有", "财政资金", "12.5",
        "有", "是", "30", "有"],
    ):  # fmt: skip
        sheet.append(row)
    for merged in ("A2:A3", "B2:B3", "C2:C3", "D2:F2", "G2:I2", "K2:L2"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "bs.xlsx")
    plan = world.take(tmp_path / "bs.xlsx")
    (table,) = plan.tables
    assert table.template["zh"] == "信息系统基本情况表（审计）"
    assert [u.split(" / ")[-1] for u in table.unmatched] == [
        "立项文件",
        "预算指标文件",
        "是否共享",
        "系统截图",
    ]
    made = next(r for r in world.records(SYSTEM) if r.values["name"] == "甲系统").values
    assert (made["approval_dept"], made["approval_month"], made["monthly_uses"]) == (
        "省发改委",
        "2015-03",
        30,
    )


FINANCE = ["年度", "预算单位", "资金性质", "功能分类", "经济分类", "支付方式", "指标类型", "预算项目编码",
"预算项目名称",
           "总指标金额", "可用金额", "已用金额"]  # fmt: skip


def test_a_list_of_appropriations_is_none_of_ours(world: World, tmp_path: Path) -> None:
    rows = [
        ["2017年指标明细"],
        FINANCE,
        ["2017", "省民政厅", "一般", "208", "302", "授权", "年初", "A1", "运维", "1", "2", "3"],
    ]
    path = written(tmp_path / "money.xlsx", rows)
    with pytest.raises(UserError) as refused:
        world.plan(path)
    assert refused.value.code == "IMPORT_FOREIGN"
    assert refused.value.params["kind"] == "ZH-finance"
    book = openpyxl.load_workbook(path)
    book.create_sheet("资源").append(["信息资源名称", "信息资源摘要"])
    book["资源"].append(["甲资源", "关于甲的说明"])
    book.save(path)
    plan = world.plan(path)
    assert plan.new == 1
    assert [(code, params["sheet"], n) for code, params, n in plan.told] == [
        ("SHEET_FOREIGN", "Sheet1", 1)
    ]


def test_the_national_template_goes_out_and_comes_back_the_same(
    world: World, make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    office = world.records("internal_office")[0].id
    provider = world.records("department")[0].id
    resources: dict[str, dict[str, str]] = {
        "低保对象信息": {"share_type": "有条件共享", "share_condition": "提供给民政系统用于核对",
        "size_total_gb": "未知", "is_open": "否"},
        "社会组织登记信息": {"share_type": "无条件共享", "share_condition": "无条件", "size_total_gb": "12.5",
        "is_open": "是",
                     "open_condition": "注明来源"},
        "没有信息项的资源": {"share_type": "无条件共享", "share_condition": "无条件", "size_total_gb": "0",
        "is_open": "否"},
    }  # fmt: skip
    for name, given in resources.items():
        common = {
            "class_code": "江苏省民政厅", "abstract": f"关于{name}的\n说明", "format_class": "数据库",
            "format_type": "oracle",
            "update_cycle": "每月", "published_on": "2017-06-30", "share_mode_class": "共享平台方式",
            "share_mode_type": "数据库", **dict.fromkeys(
                ("records_total_wan", "size_shared_gb", "records_shared_wan", "size_open_gb",
                "records_open_wan"), "1.25"),
        }  # fmt: skip
        made = editing.create_record(
            world.store, RESOURCE, {"name": name, "provider": provider, "provider_office": office,
                                    "provider_uscc": "11320000990000017P"}, actor="t", clock=world.clock,
        )  # fmt: skip
        cells = [(made, field, text) for field, text in {**common, **given}.items()]
        editing.set_cells(world.store, RESOURCE, cells, actor="t", clock=world.clock)
        for item in ("姓名", "身份证号") if name != "没有信息项的资源" else ():
            child = editing.create_record(
                world.store, ITEM, {"name": item}, actor="t", clock=world.clock, parent=made
            )
            more = {"data_type": "字符型C", "data_length": "18"}
            if (name, item) == ("低保对象信息", "身份证号"):
                more |= {"share_type": "不予共享", "share_condition": "《某法》第一条规定不得提供"}
            cells = [(child, field, text) for field, text in more.items()]
            editing.set_cells(world.store, ITEM, cells, actor="t", clock=world.clock)
    path = tmp_path / "national.xlsx"
    done = write_national(path, world.store)
    assert (done.resources, done.rows, done.unknown) == (4, 6, 1)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet["A1"].value == "政务信息资源Excel模版"
    assert [sheet.cell(2, n).value for n in (1, 27, 36, 42)] == [
        "类分类\n（必填项）", "信息资源名称\n（必填项）", "信息资源大普查", "信息项名称\n（必填项）"
    ]  # fmt: skip
    assert sheet.cell(3, 36).value == "数据存储总量\n（必填项）"
    assert {"A1:BA1", "AJ2:AO2", "A2:A3", "BA2:BA3"} <= {str(r) for r in sheet.merged_cells.ranges}
    assert (sheet.freeze_panes, sheet.max_column) == ("A4", 53)
    words = {
        str(column[0].value): [c.value for c in column[1:] if c.value]
        for column in book["字典"].columns
    }
    assert "oracle" in words["信息资源格式类型"]
    assert words["信息资源提供方"] == [world.store.facts().department_name]
    assert national_heads()[0] == "类分类（必填项）"

    other = World(make_workspace(1), world.clock, world.context)
    own = other.records("department")[0]
    cells = [(own.id, "name", world.store.facts().department_name)]
    editing.set_cells(other.store, "department", cells, actor="t", clock=world.clock)
    editing.create_record(
        other.store, "internal_office", {"name": "综合处"}, actor="t", clock=world.clock
    )
    plan = other.take(path)
    assert plan.tables[0].template["zh"] == "政务信息资源国家模板（53 列）"
    assert (plan.rejected, plan.unfit) == ((), 0)

    def told(of: World) -> dict[tuple[str, str], dict[str, object]]:
        titles = {r.id: r.values["name"] for r in of.records(RESOURCE)}
        found: dict[tuple[str, str], dict[str, object]] = {}
        for record in (*of.records(RESOURCE), *of.records(ITEM)):
            values: dict[str, object] = dict(record.values)
            for field in ("provider", "provider_office"):
                values.pop(field, None)
            found[str(titles.get(record.parent or record.id)), str(values["name"])] = values
        return found

    ours, theirs = told(world), told(other)
    low = ours["低保对象信息", "低保对象信息"]
    low["size_total_gb"] = theirs["低保对象信息", "低保对象信息"][
        "size_total_gb"
    ]  # unknown, which the template spells 0
    assert str(low["size_total_gb"]) == "0"
    assert ours == theirs
    again = other.plan(path)
    assert (again.new, again.changed) == (0, 0)
