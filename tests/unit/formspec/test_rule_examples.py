"""Every rule's examples are its test: the bad one is found, the good one is not, while typing and set-based alike."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from census_app.assets import forms_dir
from census_app.domain.findings import Finding
from census_app.domain.records import UNKNOWN, Record, RecordId, Value
from census_app.formspec.evaluator import RecordEvaluator, RuleRun, raw_values, scratch_database
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import Form, Rule

TODAY = "2026-11-23"
FORM_SET = load_form_set(forms_dir())
ROW_RULES = [(form, rule) for form in FORM_SET.forms for rule in form.rule if rule.violated]
QUERY_RULES = [(form, rule) for form in FORM_SET.forms for rule in form.rule if rule.query]


def typed(form: Form, raw: Mapping[str, object]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, given in raw.items():
        field = form.field_by_id(name)
        if given == "unknown" and field.unknown:
            values[name] = UNKNOWN
        elif isinstance(given, list):
            values[name] = tuple(str(g) for g in given)
        elif field.type in {"decimal", "money"}:
            values[name] = Decimal(str(given))
        elif isinstance(given, (str, bool, int)):
            values[name] = given
    return values


def insert(connection: sqlite3.Connection, record: Record, form: Form) -> None:
    row: dict[str, object] = {
        "id": record.id,
        "parent_id": record.parent,
        "position": record.position,
    }
    row |= raw_values(record.values, form)
    names = ", ".join(f'"{n}"' for n in row)
    marks = ", ".join("?" for _ in row)
    connection.execute(f'INSERT INTO "{form.id}" ({names}) VALUES ({marks})', list(row.values()))  # noqa: S608


def found_set_based(records: Sequence[tuple[Form, Record]]) -> list[tuple[str, str]]:
    connection = scratch_database(FORM_SET)
    for form, record in records:
        insert(connection, record, form)
    return [(f.rule, f.record) for f in RuleRun(connection, FORM_SET, TODAY).findings()]


def records_of(example: Mapping[str, object]) -> list[tuple[Form, Record]]:
    found = []
    for form_id, rows in example.items():
        form = FORM_SET.form(form_id)
        assert isinstance(rows, list)
        for number, row in enumerate(rows):
            raw = dict(row)
            record_id = RecordId(str(raw.pop("id", f"{form_id}{number}")))
            parent = raw.pop("parent_id", None)
            position = int(raw.pop("position", number))
            unit = str(raw.pop("unit_code", "") or "")
            owner = RecordId(str(parent)) if parent else None
            found.append(
                (form, Record(form_id, record_id, typed(form, raw), owner, position, unit))
            )
    return found


@pytest.mark.parametrize(("form", "rule"), ROW_RULES, ids=[r.id for _, r in ROW_RULES])
def test_rule_over_one_record_finds_its_bad_example_only(form: Form, rule: Rule) -> None:
    evaluator = RecordEvaluator(form, FORM_SET, TODAY)
    for example, expected in ((rule.example.bad, True), (rule.example.good, False)):
        values = typed(form, example)
        while_typing = {
            f.rule for f in evaluator.evaluate(RecordId("r"), values).findings if f.check == "rule"
        }
        together = {r for r, _ in found_set_based([(form, Record(form.id, RecordId("r"), values))])}
        assert (rule.id in while_typing) is expected
        assert while_typing <= together


@pytest.mark.parametrize(("form", "rule"), QUERY_RULES, ids=[r.id for _, r in QUERY_RULES])
def test_rule_over_records_finds_its_bad_example_only(form: Form, rule: Rule) -> None:
    bad = found_set_based(records_of(rule.example.bad))
    good = found_set_based(records_of(rule.example.good))
    own = {record.id for f, record in records_of(rule.example.bad) if f.id == form.id}
    assert {record for r, record in bad if r == rule.id} <= own
    assert rule.id in {r for r, _ in bad}
    assert rule.id not in {r for r, _ in good}


def every_bad_example() -> list[tuple[Form, Record]]:
    """Return the records of all bad examples together, under ids of their own."""
    found = [
        (form, Record(form.id, RecordId(f"{rule.id} r"), typed(form, rule.example.bad)))
        for form, rule in ROW_RULES
    ]
    for _form, rule in QUERY_RULES:
        for form, record in records_of(rule.example.bad):
            owner = RecordId(f"{rule.id} {record.parent}") if record.parent else None
            renamed = RecordId(f"{rule.id} {record.id}")
            found.append((form, dataclasses.replace(record, id=renamed, parent=owner)))
    return found


@pytest.mark.parametrize(("unfit", "announced"), [(False, ()), (True, ()), (False, ("gone",))])
def test_counting_finds_what_finding_finds(unfit: bool, announced: tuple[str, ...]) -> None:
    runs = []
    for _ in range(2):
        connection = scratch_database(FORM_SET)
        for form, record in every_bad_example():
            insert(connection, record, form)
        systems = [("lost", '["gone"]'), ("found", '["gone", "elsewhere"]')]
        connection.executemany(
            "INSERT INTO information_resource (id, source_systems) VALUES (?, ?)", systems
        )
        if unfit:
            texts = [("RES-3 r", "name", "x"), ("RES-1a r", "no_such_field", "y")]
            connection.executemany(
                "INSERT INTO unfit VALUES ('information_resource', ?, ?, ?)", texts
            )
        runs.append(RuleRun(connection, FORM_SET, TODAY, announced=announced))
    findings = Counter(finding.severity for finding in runs[0].findings())
    assert runs[1].tally() == findings
    assert min(findings.values()) > 5


def test_every_rule_of_the_reference_stands_in_the_form_set() -> None:
    expected = {
        "ORG-1a",
        "ORG-1b",
        "ORG-2a",
        "ORG-2b",
        "RES-1a",
        "RES-1b",
        "RES-2",
        "RES-3",
        "RES-4",
        "RES-5",
        "RES-6",
        "RES-7a",
        "RES-7b",
        "RES-8a",
        "RES-8b",
        "RES-9",
        "RES-10a",
        "RES-10b",
        "RES-11",
        "RES-12a",
        "RES-12b",
        "RES-13a",
        "RES-13b",
        "RES-14a",
        "RES-14b",
        "RES-15a",
        "RES-15b",
        "CEN-1",
        "CEN-2a",
        "CEN-2b",
        "CEN-3",
        "ITEM-1",
        "ITEM-2a",
        "ITEM-2b",
        "ITEM-3",
        "ITEM-4",
        "ITEM-5a",
        "ITEM-5b",
        "REL-1a",
        "REL-1b",
        "SYS-1",
        "SYS-2",
        "SYS-3",
        "SYS-4a",
        "SYS-4b",
        "SYS-5",
        "SYS-6a",
        "SYS-6b",
        "SYS-7",
        "SYS-8",
        "SEC-1",
        "SEC-2",
    }
    present = {rule.id for form in FORM_SET.forms for rule in form.rule}
    missing = {e for e in expected if not any(p == e or p.startswith(e) for p in present)}
    assert missing == set()


# -- mends

MENDED = [(form, rule) for form in FORM_SET.forms for rule in form.rule if rule.mend]


def mended_findings(records: Sequence[tuple[Form, Record]]) -> list[Finding]:
    connection = scratch_database(FORM_SET)
    for form, record in records:
        insert(connection, record, form)
    return list(RuleRun(connection, FORM_SET, TODAY, mends=True).findings())


def written(records: Sequence[tuple[Form, Record]], finding: Finding) -> list[tuple[Form, Record]]:
    """Return the records as they are after the mend of a finding."""
    after = []
    for form, record in records:
        values = dict(record.values)
        if record.id == finding.record:
            values |= {k: v for k, v in finding.mend.items() if v is not None}
            values = {k: v for k, v in values.items() if finding.mend.get(k, v) is not None}
        after.append((form, dataclasses.replace(record, values=values)))
    return after


def case_of(form: Form, rule: Rule) -> list[tuple[Form, Record]]:
    """Return the rule's bad example, or a mendable one where nothing is certain about that."""
    example = MENDABLE.get(rule.id, rule.example.bad)
    if rule.query or form.id in example:
        return records_of(example)
    return [(form, Record(form.id, RecordId("r"), typed(form, example)))]


DEPARTMENT = {"id": "d1", "name": "江苏省民政厅", "uscc": "11320000990000017P"}
MENDABLE: dict[str, Mapping[str, object]] = {
    "RES-10a": {"format_class": "02", "share_mode_class": "platform", "share_mode_type": "api"},
    "RES-11": {"share_type": "1", "share_condition": "没有。"},
    "RES-13a": {"is_open": True, "open_condition": "无"},
    "ORG-1a": {"name": "江苏省水利厅", "uscc": "1132OOOO99OOOO0I7P"},
    "ORG-1c": {
        "department": [DEPARTMENT],
        "information_resource": [
            {"id": "r1", "provider": "d1", "provider_uscc": "1132000099000001"}
        ],
    },
}


@pytest.mark.parametrize(("form", "rule"), MENDED, ids=[r.id for _, r in MENDED])
def test_a_certain_mend_satisfies_its_rule(form: Form, rule: Rule) -> None:
    records = case_of(form, rule)
    found = [f for f in mended_findings(records) if f.rule == rule.id]
    assert found
    for finding in found:
        assert finding.mend
        assert finding.mend.keys() <= set(rule.fields)
        again = mended_findings(written(records, finding))
        assert (rule.id, finding.record) not in {(f.rule, f.record) for f in again}


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        ("RES-7a", {"code": "30701511_1"}),
        ("RES-10a", {"format_class": "03", "share_mode_class": "platform",
                     "share_mode_type": "file"}),
        ("RES-11", {"share_type": "1", "share_condition": "需经处室同意"}),
        ("RES-13a", {"is_open": True, "open_condition": "待定"}),
        ("ORG-1a", {"name": "江苏省水利厅", "uscc": "91110000600037341N"}),
        ("SYS-6a", {"phase": "built", "must_connect": True, "connected_on": "2999-01-01",
                    "connect_plan_on": "2998-01-01"}),
    ],
)  # fmt: skip
def test_nothing_is_certain_where_two_answers_are_possible(
    rule: str, example: Mapping[str, object]
) -> None:
    form = next(f for f in FORM_SET.forms if any(r.id == rule for r in f.rule))
    record = Record(form.id, RecordId("r"), typed(form, example))
    (finding,) = [f for f in mended_findings([(form, record)]) if f.rule == rule]
    assert finding.mend == {}


def test_typing_and_the_whole_check_offer_the_same_mend() -> None:
    form = FORM_SET.form("information_resource")
    values = typed(form, {"share_type": "1", "share_condition": "无", "name": "许可　信息"})
    record = Record(form.id, RecordId("r"), values)
    typing = RecordEvaluator(form, FORM_SET, TODAY).evaluate(record.id, values).findings
    whole = {f.rule: f.mend for f in mended_findings([(form, record)])}
    told = {f.rule: f.mend for f in typing if f.mend}
    assert told == {r: m for r, m in whole.items() if r in told}
    assert {"RES-11", "RES-1c"} <= told.keys()


def test_the_provider_is_known_when_there_is_one_department() -> None:
    records = records_of(
        {
            "department": [DEPARTMENT],
            "information_resource": [{"id": "r1", "name": "a", "share_type": "1"}, {"id": "r2"}],
        }
    )
    found = {(f.record, f.fields[0]): f.mend for f in mended_findings(records) if f.mend}
    assert found[(RecordId("r1"), "provider")] == {"provider": "d1"}
    assert found[(RecordId("r1"), "share_condition")] == {"share_condition": "无条件"}
    two = [*records, *records_of({"department": [{"id": "d2", "name": "下属单位"}]})]
    assert all("provider" not in f.mend for f in mended_findings(two))


def test_a_received_package_is_not_asked_for_mends() -> None:
    records = records_of({"information_resource": [{"id": "r1", "name": " 许可 信息"}]})
    connection = scratch_database(FORM_SET)
    for form, record in records:
        insert(connection, record, form)
    found = list(RuleRun(connection, FORM_SET, TODAY).findings())
    assert "RES-1c" in {f.rule for f in found}
    assert all(not f.mend for f in found)
