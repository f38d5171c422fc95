"""Package lines hold only legal values, and a record survives the way through them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

import frictionless
import msgspec
import pytest

from census_app.assets import forms_dir
from census_app.domain.records import UNKNOWN, Record, Unfit, Value, new_id
from census_app.formspec.lines import FormLines, describe, line_values, record_from_line
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import Form, FormSet

FORM_SET = load_form_set(forms_dir())
LINES = FormLines(FORM_SET)
RESOURCE, ITEM = FORM_SET.form("information_resource"), FORM_SET.form("data_item")
VALUES: dict[str, Value] = {
    "name": "排污许可证信息",
    "share_type": "2",
    "share_use": tuple(c.code for c in FORM_SET.choice_lists["share_use"].choices[:2]),
    "is_open": False,
    "size_total_gb": UNKNOWN,
    "records_total_wan": Decimal("12.5"),
    "published_on": "2017-06-30",
    "source_systems": (new_id(), new_id()),
}


def test_record_survives_the_way_through_a_line() -> None:
    record = Record("information_resource", new_id(), VALUES, unit="11320000990000017P")
    values = line_values(record, RESOURCE)
    assert LINES.fault(record.form, values) is None
    line = {
        "form": record.form,
        "id": record.id,
        "unit": record.unit,
        "op": "put",
        "values": values,
    }
    assert record_from_line(line, RESOURCE) == record


def test_child_carries_owner_and_place() -> None:
    record = Record(
        "data_item", new_id(), {"name": "许可证编号", "data_length": 22}, new_id(), 2048
    )
    values = line_values(record, ITEM)
    assert (values["parent_id"], values["position"]) == (record.parent, 2048)
    assert LINES.fault("data_item", values) is None
    line = {"form": "data_item", "id": record.id, "unit": "", "op": "put", "values": values}
    assert record_from_line(line, ITEM) == record


def test_unfit_values_do_not_travel() -> None:
    record = Record("information_resource", new_id(), {"name": "甲", "update_cycle": Unfit("常年")})
    assert line_values(record, RESOURCE) == {"name": "甲"}


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("name", ""),
        ("name", 7),
        ("no_such_field", "x"),
        ("share_type", "4"),
        ("share_use", []),
        ("share_use", ["nothing"]),
        ("is_open", 1),
        ("is_open", "true"),
        ("size_total_gb", 1.5),
        ("size_total_gb", "1.50"),
        ("size_total_gb", "-0"),
        ("size_total_gb", "1\n"),
        ("size_total_gb", "Unknown"),
        ("published_on", "2017-02-30"),
        ("published_on", "2017/02/03"),
        ("published_on", "2017-02-03\n"),
        ("published_on", "2017-02"),
        ("published_on", "20170203"),
        ("published_on", "2017-W05-5"),
        ("published_on", "unknown"),
        ("published_on", ""),
        ("published_on", "9" * 1000),
        ("provider", "x" * 32),
        ("provider", "0" * 32 + "\n"),
        ("source_systems", ["0" * 32, "0" * 32]),
        ("parent_id", "0" * 32),
    ],
)
def test_illegal_value_is_named(field: str, raw: object) -> None:
    assert LINES.fault("information_resource", {"name": "甲"}) is None
    assert LINES.fault("information_resource", {"name": "甲", field: raw}) is not None
    # One among many is found as well as alone.
    rows: list[Mapping[str, object]] = [
        {"name": "甲"},
        {"name": "甲", field: raw},
        {"name": "乙", "published_on": "2017-02-28"},
    ]
    assert not LINES.all_legal("information_resource", rows)
    assert LINES.all_legal("information_resource", [rows[0], rows[2]])


@pytest.mark.parametrize("raw", ["2017-02-28", "2016-02-29", "unknown"])
def test_a_day_that_may_be_unknown_travels(raw: str) -> None:
    form_set = with_field(RESOURCE, "published_on", unknown=True)

    assert FormLines(form_set).fault("information_resource", {"published_on": raw}) is None
    assert FormLines(form_set).fault("information_resource", {"published_on": "2017"}) is not None


def test_a_month_is_spelled_without_a_day() -> None:
    lines = FormLines(with_field(RESOURCE, "published_on", type="month"))

    assert lines.fault("information_resource", {"published_on": "2017-12"}) is None
    for raw in ("2017-13", "2017-12-01", "unknown", "2017-1"):
        assert lines.fault("information_resource", {"published_on": raw}) is not None


def with_field(form: Form, field: str, **changes: object) -> FormSet:
    """Return the form set with one field of a form changed."""
    fields = tuple(
        msgspec.structs.replace(each, **changes) if each.id == field else each
        for each in form.field
    )
    changed = msgspec.structs.replace(form, field=fields)
    forms = tuple(changed if each.id == form.id else each for each in FORM_SET.forms)
    return msgspec.structs.replace(FORM_SET, forms=forms)


def test_unknown_form_is_named() -> None:
    assert LINES.fault("no_such_form", {}) == "form no_such_form"
    assert not LINES.all_legal("no_such_form", [{}])


def test_descriptor_is_a_sound_frictionless_package() -> None:
    document = json.loads(describe(FORM_SET, {"bytes": 10, "sha256": "0" * 64}))
    package = frictionless.Package.from_descriptor(document)
    assert package.resource_names == ["records"]
    assert len(document["forms"]) == len(FORM_SET.forms)
