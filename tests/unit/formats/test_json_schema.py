"""JSON Schemas: what packages carry fits them, what does not fit a field does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from census_app.bootstrap import shipped_form_set
from census_app.formats.json_schema import record_schema, value_schema
from census_app.formspec.lines import FormLines
from census_app.formspec.model import FormSet

GOLDEN = Path(__file__).parents[2] / "golden" / "exports" / "internal_office.schema.json"
FORMATS = Draft202012Validator.FORMAT_CHECKER
BAD: dict[str, list[object]] = {
    "text": ["", 1, True, "a\x00", "字" * 20_001],
    "code": ["no such code", "", 1, ["1"]],
    "codes": [[], "1", ["no such code"], [1]],
    "integer": ["1", 1.5, True, 2**53],
    "decimal": [1.5, "1.50", "01", "-0", "1e3", "1.00001", "123456789012", "1200条"],
    "date": ["2017-02-30", "2017/01/02", "20170102", 20170102, "2017-1-2"],
    "month": ["2017-13", "2017-1", "2017"],
    "boolean": [1, "是", "true"],
    "reference": ["abc", "A" * 32, 1],
    "references": [[], "a" * 32, ["x"]],
}
BAD["money"] = BAD["decimal"]


@pytest.fixture(scope="module")
def form_set() -> FormSet:
    return shipped_form_set()


def test_every_schema_is_one(form_set: FormSet) -> None:
    for form in form_set.forms:
        Draft202012Validator.check_schema(record_schema(form, form_set, "en"))


def test_a_schema_is_as_somebody_saw_it(form_set: FormSet) -> None:
    form = form_set.by_role("office_name")[0]
    text = json.dumps(record_schema(form, form_set, "zh"), ensure_ascii=False, indent=1) + "\n"
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_what_does_not_fit_a_field_does_not_fit_its_schema(form_set: FormSet) -> None:
    """The values are those that a package's reader refuses as well."""
    lines, accepted = FormLines(form_set), []
    seen = set()
    for form in form_set.forms:
        for field in form.stored_fields:
            validator = Draft202012Validator(
                value_schema(field, form_set, "zh"), format_checker=FORMATS
            )
            kind = field.type if field.type in BAD else "text"
            seen.add(kind)
            accepted += [(field.id, bad) for bad in BAD[kind] if validator.is_valid(bad)]
            refused = [bad for bad in BAD[kind] if lines.fault(form.id, {field.id: bad})]
            missing = [bad for bad in BAD[kind] if bad not in refused]
            assert missing in ([], ["a\x00"]), (
                field.id,
                missing,
            )  # which the canonical reader refuses
            assert not validator.is_valid("unknown") or field.unknown or kind == "text"
    assert not accepted
    assert seen == BAD.keys()


def test_a_dependent_list_depends(form_set: FormSet) -> None:
    form = form_set.by_role("format_type")[0]
    leading, led = (form_set.by_role(r)[1] for r in ("format_class", "format_type"))
    schema = record_schema(form, form_set, "zh")["properties"]["values"]  # type: ignore[index]
    rules = Draft202012Validator({"allOf": schema["allOf"]})
    assert rules.is_valid({leading.id: "03", led.id: "0310"})
    assert not rules.is_valid({leading.id: "03", led.id: "0203"})
    assert rules.is_valid({led.id: "0203"})
