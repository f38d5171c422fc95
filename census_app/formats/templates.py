"""Know the templates that are really in use by their headers (domain §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from census_app.formats.headers import is_class_column, normalise_header
from census_app.formats.tables import TableFound
from census_app.formspec.model import FormSet, Text


@dataclass(frozen=True, slots=True)
class Template:
    """What kind of list a table is.

    Attributes:
        id: `NT-53`, `NT-27`, `NJ-30`, `DW-1` … `DW-5`, `IS-26`, `ZH-20`, `ZH-built`, `ZH-building`, `ZH-planned`,
            `NL-19`, `BS-39`, `self-check`, `card` (labels beside values), or `plain` for
            any sheet whose headers are known.
        phase: What the template says of every system in it, as the entry of the list reads (`已建`), or empty.
    """

    id: str
    label: Text
    form: str
    phase: str = ""


@dataclass(frozen=True, slots=True)
class _Signature:
    """A template is met when all of `every`, some of `some`, and none of `none` are headers."""

    id: str
    role: str
    zh: str
    en: str
    every: tuple[str, ...]
    some: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    phase: str = ""
    by_class: bool | None = None


_SIGNATURES: Final = (
    _Signature(
        "IS-26",
        "resource_name",
        "部门信息资源导入表（26 列）",
        "Department's import sheet of resources (26 columns)",
        ("部门类信息资源分类", "信息资源名称"),
        ("开放主题分类", "下设机构"),
    ),
    _Signature(
        "DW-2",
        "resource_name",
        "部门信息资源产生清单",
        "Department workbook, sheet 2: resources produced",
        ("部门类信息资源分类", "信息资源名称"),
    ),
    _Signature(
        "NT-53",
        "resource_name",
        "政务信息资源国家模板（53 列）",
        "National template of resources (53 columns)",
        ("信息资源名称", "信息资源摘要"),
        ("数据存储总量", "信息项名称"),
        by_class=True,
    ),
    _Signature(
        "NJ-30",
        "resource_name",
        "政务信息资源模板（30 列）",
        "Template of resources with English names (30 columns)",
        ("信息资源名称", "信息资源摘要"),
        ("信息项英文名", "来源信息系统名称", "信息资源英文名"),
        by_class=False,
    ),
    _Signature(
        "NT-27",
        "resource_name",
        "政务信息资源国家模板（27 列）",
        "National template of resources (27 columns)",
        ("信息资源名称", "信息资源摘要", "数据存储总量"),
        by_class=False,
    ),
    _Signature(
        "ZH-20",
        "resource_name",
        "政务信息资源调查表（20 列）",
        "Survey of resources (20 columns)",
        ("信息资源摘要", "共享类型"),
        ("信息类分类", "数据元编号", "所属处室"),
    ),
    _Signature(
        "NL-19",
        "system_name",
        "国家政务信息系统台账（19 项）",
        "National ledger of systems (19 fields)",
        ("业务系统名称",),
        ("业务系统编码", "清理后情况", "数据状态"),
    ),
    _Signature(
        "BS-39",
        "system_name",
        "信息系统基本情况表（审计）",
        "Audit's table of systems",
        (),
        ("立项文件", "预算指标文件", "系统截图"),
    ),
    _Signature(
        "DW-3",
        "system_name",
        "部门信息系统清单",
        "Department workbook, sheet 3: systems",
        ("信息系统名称",),
        ("信息系统产生的信息资源", "信息系统建设性质", "信息系统接入网络类型"),
    ),
    _Signature(
        "ZH-building",
        "system_name",
        "部门在建政务信息系统调查表",
        "Survey of systems under construction",
        (),
        ("当前建设阶段", "系统后续计划", "约定完成时间"),
        phase="在建",
    ),
    _Signature(
        "ZH-planned",
        "system_name",
        "部门拟建政务信息系统调查表",
        "Survey of planned systems",
        (),
        ("资金到位情况", "系统建成时间要求", "拟建系统依据紧迫性"),
        phase="拟建",
    ),
    _Signature(
        "ZH-built",
        "system_name",
        "部门已建政务信息系统调查表",
        "Survey of systems in use",
        (),
        ("建设类型", "投入使用时间", "是否僵尸系统", "年度运维金额", "是否申请暂缓整合"),
        phase="已建",
    ),
    _Signature(
        "self-check",
        "system_name",
        "信息系统自查表",
        "Self-check of systems",
        ("功能", "使用范围", "使用频度", "审批部门", "审批时间", "经费来源"),
    ),
    _Signature(
        "DW-4",
        "demand_name",
        "部门信息资源需求清单",
        "Department workbook, sheet 4: resources wanted",
        ("所需政务信息资源名称",),
    ),
    _Signature(
        "DW-5",
        "matter_name",
        "部门职责清单",
        "Department workbook, sheet 5: duties",
        ("事项名称",),
        ("内设部门", "职责"),
    ),
    _Signature(
        "DW-1",
        "office_name",
        "部门职能清单：内设部门",
        "Department workbook, sheet 1: inner offices",
        ("内设部门名称",),
    ),
    _Signature(
        "DW-1",
        "department_name",
        "部门职能清单",
        "Department workbook, sheet 1: functions",
        ("单位名称",),
    ),
)
_PHASES: Final = ("已建", "在建", "拟建")


def recognise(table: TableFound, form_set: FormSet) -> Template:
    """Return the template of a table; `plain` when it is none of the known ones."""
    for signature in _SIGNATURES:
        if _form_of(form_set, signature.role) == table.form and _matches(signature, table):
            label = Text(zh=signature.zh, en=signature.en)
            return Template(signature.id, label, table.form, _phase(table) or signature.phase)
    form = form_set.form(table.form)
    label = Text(zh=f"{form.label.zh}（按列名识别）", en=f"{form.label.en} (by column names)")
    return Template("plain", label, table.form, _phase(table))


def _form_of(form_set: FormSet, role: str) -> str:
    try:
        return form_set.by_role(role)[0].id
    except KeyError:
        return ""


def _matches(signature: _Signature, table: TableFound) -> bool:
    if signature.by_class is not None and signature.by_class != any(
        map(is_class_column, table.headers)
    ):
        return False
    every = all(normalise_header(name) in table.headers for name in signature.every)
    some = not signature.some or any(
        normalise_header(name) in table.headers for name in signature.some
    )
    return every and some


def _phase(table: TableFound) -> str:
    """Return the phase that the tab or the title names, when it names exactly one."""
    texts = " ".join([table.sheet.name, *table.titles])
    named = [phase for phase in _PHASES if phase in texts]
    return named[0] if len(named) == 1 else ""
