"""Every rule's examples are its test: the bad one is found, the good one is not, while typing and set-based alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from census_app.assets import forms_dir
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
