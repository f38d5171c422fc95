"""The clerks' known mistakes: each is caught, its near miss is left alone, its sentence says what and how."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from census_app.assets import forms_dir
from census_app.domain.findings import Finding
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.evaluator import RecordEvaluator, RuleRun, raw_values, scratch_database
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import Field
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context, parse_value

FORM_SET = load_form_set(forms_dir())
CHOICES = ChoiceIndex(FORM_SET)
RESOURCE, ITEM, SYSTEM, DEPARTMENT = (
    "information_resource",
    "data_item",
    "information_system",
    "department",
)
OWN = {"id": "d1", "name": "江苏省民政厅", "uscc": "11320000990000017P"}
Rows = Mapping[str, Sequence[Mapping[str, object]]]


class NoRecords:
    def resolve(self, form_id: str, text: str) -> str | None:
        del form_id, text
        return None

    def title(self, form_id: str, record_id: str) -> str | None:
        del form_id, record_id
        return None


@dataclasses.dataclass(frozen=True)
class Case:
    """A line of the list.

    Attributes:
        rules: Each of them speaks about the mistake.
        said: Stands in the Chinese sentence: what was found.
        offered: What is offered as text of the first finding's proposal; empty for nothing.
    """

    line: str
    rules: tuple[str, ...]
    caught: Rows
    missed: Rows
    said: str
    offered: str = ""


def resources(*rows: Mapping[str, object]) -> Rows:
    return {RESOURCE: rows}


CASES = (
    Case(
        "M1",
        ("RES-3",),
        resources({"name": "社会组织管理信息系统"}),
        resources({"name": "信息系统等级保护备案信息"}),
        "社会组织管理信息系统",
    ),
    Case(
        "M1 declared",
        ("RES-3b",),
        {RESOURCE: [{"name": "江苏民政云"}], SYSTEM: [{"name": "江苏 民政云"}]},
        {RESOURCE: [{"name": "江苏民政云用户"}], SYSTEM: [{"name": "江苏民政云"}]},
        "江苏民政云",
    ),
    Case(
        "M2",
        ("RES-4",),
        resources({"name": "低保对象信息1"}, {"name": "低保对象信息2"}, {"name": "低保对象信息3"}),
        resources({"name": "低保对象信息"}, {"name": "特困人员信息1"}),
        "低保对象信息1、低保对象信息2、低保对象信息3",
    ),
    Case(
        "M2 years",
        ("RES-5",),
        resources({"name": "2015年统计年鉴"}, {"name": "2016年统计年鉴"}),
        resources({"name": "2015年统计年鉴"}, {"name": "2016年普查公报"}),
        "2015年统计年鉴",
    ),
    Case(
        "M3",
        ("RES-2",),
        resources({"name": "企业信息（新）１"}, {"name": "企业信息 (新)1"}),
        resources({"name": "企业信息1"}, {"name": "企业信息2"}),
        "重复",
    ),
    Case(
        "M3 items",
        ("ITEM-1",),
        {
            RESOURCE: [{"id": "r"}],
            ITEM: [{"name": "姓名", "parent_id": "r"}, {"name": "姓 名", "parent_id": "r"}],
        },
        {
            RESOURCE: [{"id": "r"}, {"id": "q"}],
            ITEM: [{"name": "姓名", "parent_id": "r"}, {"name": "姓名", "parent_id": "q"}],
        },
        "重复",
    ),
    Case(
        "M3 blanks",
        ("RES-1c",),
        resources({"name": "企业　信息Ａ"}),
        resources({"name": "企业 GIS 信息"}),
        "企业　信息Ａ",
        "企业信息A",
    ),
    Case(
        "M4 cut short",
        ("ORG-1c",),
        {DEPARTMENT: [OWN], RESOURCE: [{"provider": "d1", "provider_uscc": "113200009900000"}]},
        {DEPARTMENT: [OWN], RESOURCE: [{"provider": "d1", "provider_uscc": OWN["uscc"]}]},
        "113200009900000",
        str(OWN["uscc"]),
    ),
    Case(
        "M4 differs",
        ("ORG-1d",),
        {DEPARTMENT: [OWN], RESOURCE: [{"provider": "d1", "provider_uscc": "11320000990000025J"}]},
        {DEPARTMENT: [OWN], RESOURCE: [{"provider": "d1", "provider_uscc": OWN["uscc"]}]},
        "11320000990000025J",
        str(OWN["uscc"]),
    ),
    Case(
        "M5 provider",
        ("REQUIRED",),
        {DEPARTMENT: [OWN], RESOURCE: [{"name": "低保信息"}]},
        {DEPARTMENT: [OWN], RESOURCE: [{"name": "低保信息", "provider": "d1"}]},
        "信息资源提供方",
        "d1",
    ),
    Case(
        "M5 abstract",
        ("RES-8b",),
        resources({"name": "低保对象信息", "abstract": "低保对象信息。"}),
        resources({"name": "低保对象信息", "abstract": "全省低保对象的姓名、类别和保障金额。"}),
        "低保对象信息。",
    ),
    Case(
        "M6",
        ("RES-10a",),
        resources({"format_class": "02", "share_mode_class": "platform", "share_mode_type": "api"}),
        resources({"format_class": "03", "share_mode_class": "platform", "share_mode_type": "api"}),
        "电子表格",
        "file",
    ),
    Case(
        "M6 other",
        ("RES-9",),
        resources({"format_class": "02", "format_type": "0204", "format_other": "其他"}),
        resources({"format_class": "02", "format_type": "0204", "format_other": "CSV"}),
        "其他",
    ),
    Case(
        "M7",
        ("CEN-1",),
        resources({"records_total_wan": Unfit("1200条")}),
        resources({"records_total_wan": Decimal("0.12")}),
        "1200条",
        "0.12",
    ),
    Case(
        "M8",
        ("CEN-3c",),
        resources({"format_class": "03", "records_total_wan": Decimal(0)}),
        resources({"format_class": "03", "records_total_wan": UNKNOWN}),
        "未知",
    ),
    Case(
        "M9",
        ("ITEM-2a",),
        {
            RESOURCE: [{"id": "r"}],
            ITEM: [{"name": "姓名", "data_type": Unfit("字符型的"), "parent_id": "r"}],
        },
        {RESOURCE: [{"id": "r"}], ITEM: [{"name": "姓名", "data_type": "C", "parent_id": "r"}]},
        "字符型的",
        "C",
    ),
    Case(
        "M10 no condition",
        ("RES-11b",),
        resources({"share_type": "2", "share_condition": "同意"}),
        resources({"share_type": "2", "share_condition": "仅供公安部门核验身份使用"}),
        "同意",
    ),
    Case(
        "M10 no basis",
        ("RES-11c",),
        resources({"share_type": "3", "share_condition": "涉及内部工作"}),
        resources({"share_type": "3", "share_condition": "《中华人民共和国统计法》第九条"}),
        "涉及内部工作",
    ),
    Case(
        "M10 open",
        ("RES-13b",),
        resources({"share_type": "3", "is_open": True}),
        resources({"share_type": "3", "is_open": False}),
        "不予共享",
        "False",
    ),
    Case(
        "M11",
        ("RES-14b",),
        resources({"update_cycle": "monthly", "published_on": "2015-03-01"}),
        resources({"update_cycle": "irregular", "published_on": "2015-03-01"}),
        "2015-03-01",
    ),
)


def record_of(form_id: str, raw: Mapping[str, object], number: int) -> Record:
    given = {k: v for k, v in raw.items() if k not in {"id", "parent_id"}}
    parent = raw.get("parent_id")
    return Record(
        form_id,
        RecordId(str(raw.get("id", f"{form_id}-{number}"))),
        given,  # type: ignore[arg-type]
        RecordId(str(parent)) if parent else None,
        number,
    )


def findings(rows: Rows) -> list[Finding]:
    connection = scratch_database(FORM_SET)
    for form_id, given in rows.items():
        for number, raw in enumerate(given):
            store(connection, record_of(form_id, raw, number))
    found = RuleRun(connection, FORM_SET, "2026-11-23", mends=True).findings()
    return [with_unfit(f) for f in found]


def store(connection: sqlite3.Connection, record: Record) -> None:
    form = FORM_SET.form(record.form)
    row: dict[str, object] = {
        "id": record.id,
        "parent_id": record.parent,
        "position": record.position,
    }
    row |= raw_values(record.values, form)
    names = ", ".join(f'"{n}"' for n in row)
    marks = ", ".join("?" * len(row))
    connection.execute(f'INSERT INTO "{form.id}" ({names}) VALUES ({marks})', list(row.values()))  # noqa: S608
    for name, value in record.values.items():
        if isinstance(value, Unfit):
            connection.execute(
                "INSERT INTO unfit VALUES (?, ?, ?, ?)", (form.id, record.id, name, value.text)
            )


def with_unfit(finding: Finding) -> Finding:
    from census_app.services.editing import with_offer  # noqa: PLC0415

    return with_offer(finding, context("zh"))


def context(language: str) -> Context:
    return Context(FORM_SET, CHOICES, NoRecords(), language)


@pytest.mark.parametrize("case", CASES, ids=[c.line for c in CASES])
def test_the_mistake_is_caught_and_said_and_its_near_miss_left_alone(case: Case) -> None:
    caught = [f for f in findings(case.caught) if f.rule in case.rules and about(f, case)]
    assert caught, "not caught"
    assert not [f for f in findings(case.missed) if f.rule in case.rules and about(f, case)]
    told = sentence(caught[0], context("zh"))
    assert case.said in told.what + told.remedy
    for language in ("zh", "en"):
        words = sentence(caught[0], context(language))
        assert words.where
        assert words.what
        assert words.remedy
        assert "{" not in words.what + words.remedy
    proposed = next(iter(caught[0].proposal.values()), None)
    assert (str(proposed) if proposed is not None else "") == case.offered


def about(finding: Finding, case: Case) -> bool:
    """Leave generic findings about other fields of a sparse record out."""
    if finding.check == "required":
        return finding.fields[0] == "provider" and "provider" in case.line
    return finding.check != "unfit" or bool(case.offered)


@pytest.mark.parametrize(
    "field", [f for f in FORM_SET.form(RESOURCE).field if f.example], ids=lambda f: f.id
)
def test_every_example_is_a_legal_value(field: Field) -> None:
    form = FORM_SET.form(RESOURCE)
    assert field in form.field
    if field.type not in {"reference", "references"}:
        value = parse_value(field.example, field, context("zh")).value
        assert value is not None
        if not field.choices_from:
            assert not isinstance(value, Unfit)


def test_classified_resources_are_refused_before_anything_is_written() -> None:
    """M12."""
    for form_id, values in ((RESOURCE, {"secrecy": "classified"}), (ITEM, {"is_secret": True}),
                            (SYSTEM, {"secrecy": "classified"})):  # fmt: skip
        form = FORM_SET.form(form_id)
        assert RecordEvaluator(form, FORM_SET, "2026-11-23").refusals(values)


def test_a_run_of_three_hundred_names_is_one_finding_with_a_readable_list() -> None:
    (found,) = [
        f
        for f in findings(resources(*({"name": f"低保对象信息{n}"} for n in range(300))))
        if f.rule == "RES-4"
    ]
    told = sentence(found, context("zh"))
    assert "300 条" in told.what
    assert told.what.rstrip("。").endswith("…")
    assert len(told.what) < 260
    assert json.dumps(dict(found.params), ensure_ascii=False)
