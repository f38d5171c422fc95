"""Field types: what people write is understood or kept to the letter; every value survives its round trips."""

from __future__ import annotations

import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.domain.records import UNKNOWN, Unfit, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import Field
from census_app.formspec.offers import certain, offer
from census_app.formspec.types import (
    FIELD_TYPES,
    Context,
    NoRecords,
    field_type,
    format_value,
    parse_value,
    value_from_json,
    value_to_json,
)
from census_app.formspec.unfit_mends import as_other

FORM_SET = load_form_set(forms_dir())
CONTEXT = Context(FORM_SET, ChoiceIndex(FORM_SET), NoRecords())
RESOURCE = FORM_SET.form("information_resource")
CYCLE, PUBLISHED = RESOURCE.field_by_id("update_cycle"), RESOURCE.field_by_id("published_on")
SIZE, OPEN = RESOURCE.field_by_id("size_total_gb"), RESOURCE.field_by_id("is_open")


@pytest.mark.parametrize(
    ("field", "text", "value", "understood"),
    [
        (CYCLE, "每日", "daily", False),
        (CYCLE, "  实时", "realtime", True),
        (CYCLE, "即時", "realtime", True),
        (CYCLE, "每 121 日", Unfit("每 121 日"), False),
        (PUBLISHED, "2016-09-30", "2016-09-30", False),
        (PUBLISHED, "2016/09/30", "2016-09-30", True),
        (PUBLISHED, "2016年9月3日", "2016-09-03", True),
        (PUBLISHED, "2016-02-19 10:50:50", "2016-02-19", True),
        (PUBLISHED, "04/26/2011", Unfit("04/26/2011"), False),
        (PUBLISHED, "2017-02-29", Unfit("2017-02-29"), False),
        (SIZE, "0.0022", Decimal("0.0022"), False),
        (SIZE, "1,200.50", Decimal("1200.5"), True),
        (SIZE, "1200条", Unfit("1200条"), False),
        (SIZE, "0.00005", Decimal("0.0001"), True),
        (SIZE, "未知", UNKNOWN, False),
        (SIZE, "0", Decimal(0), False),
        (OPEN, "是", True, False),
        (OPEN, "不予开放", False, True),
        (OPEN, "也许", Unfit("也许"), False),
        (OPEN, "", None, False),
    ],
)
def test_text_is_understood_or_kept(
    field: Field, text: str, value: Value | None, understood: bool
) -> None:
    parsed = parse_value(text, field, CONTEXT)
    assert parsed.value == value
    assert type(parsed.value) is type(value)
    assert parsed.understood is understood


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (SIZE, "1200条", Decimal(1200)),
        (SIZE, "约12或13", None),
        (SIZE, "1,5G", None),
        (SIZE, "约1,234.5G", Decimal("1234.5")),
        (CYCLE, "不定期(更新说明:暂无新业务数据产生)", "irregular"),
        (PUBLISHED, "2016-09-30 至今", "2016-09-30"),
        (PUBLISHED, "去年", None),
    ],
)
def test_nearest_legal_value_is_offered_when_there_is_one(
    field: Field, text: str, value: Value | None
) -> None:
    assert offer(text, field, CONTEXT) == value


WAN = RESOURCE.field_by_id("records_total_wan")
USERS = FORM_SET.form("information_system").field_by_id("monthly_users")
LENGTH = next(
    f for f in bootstrap.shipped_form_set().form("data_item").field if f.id == "data_length"
)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (SIZE, "12 GB", Decimal(12)),
        (SIZE, "１２G", Decimal(12)),
        (SIZE, "2TB", Decimal(2048)),
        (SIZE, "1200条", None),  # a number of records where storage is asked
        (SIZE, "约12G", None),
        (WAN, "1200条", Decimal("0.12")),
        (WAN, "1,200万条", Decimal(1200)),
        (WAN, "3 亿条", Decimal(30000)),
        (WAN, "7条", Decimal("0.0007")),
        (WAN, "0.5条", None),  # not exact in ten thousands
        (LENGTH, "20 bytes", 20),
        (LENGTH, "20位", None),  # bits, digits or characters
        (LENGTH, "20字符", None),  # two or three bytes each in Chinese
        (USERS, "3人", 3),
        (USERS, "30人次", None),  # visits, not people
        (USERS, "3,5人", None),
        (SIZE, "1,5G", None),
        (WAN, "12,34万条", None),
        (PUBLISHED, "2016-09-30 至今", None),
        (CYCLE, "不定期(更新说明:暂无新业务数据产生)", None),
    ],
)
def test_a_number_with_its_unit_is_certain_and_converted(
    field: Field, text: str, value: Value | None
) -> None:
    assert certain(text, field, CONTEXT) == value


def test_an_offer_with_a_known_unit_is_converted_too() -> None:
    assert offer("1200条", WAN, CONTEXT) == Decimal("0.12")


def test_control_characters_are_certainly_no_part_of_a_text() -> None:
    name = RESOURCE.field_by_id("name")
    assert certain("许可\x07信息", name, CONTEXT) == "许可信息"
    assert certain("许可信息", name, CONTEXT) is None


def test_other_in_a_dependent_list_is_read_beside_its_class() -> None:
    field = RESOURCE.field_by_id("format_type")
    for format_class in ("01", "02", "03", "04", "05", "06"):
        context = CONTEXT.beside({"format_class": format_class})
        code = parse_value("其他", field, context).value
        assert isinstance(code, str)
        assert code.startswith(format_class)


def test_every_type_is_registered_once_and_named_as_itself() -> None:
    assert all(name == entry.name for name, entry in FIELD_TYPES.items())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=50))
def test_text_is_kept_to_the_letter(text: str) -> None:
    field = RESOURCE.field_by_id("abstract")
    assert parse_value(text, field, CONTEXT).value == text


@given(st.decimals(min_value=-99999999999, max_value=99999999999, places=4, allow_nan=False))
def test_decimal_survives_database_and_json(number: Decimal) -> None:
    value = parse_value(str(number), SIZE, CONTEXT).value
    assert isinstance(value, Decimal)
    kind = field_type("decimal")
    raw = kind.to_db(value)
    assert isinstance(raw, float)
    assert kind.from_db(raw) == value == number
    assert value_from_json(value_to_json(value, SIZE), SIZE) == value


@given(st.text(alphabet=string.printable + "条年月日１２－", max_size=30))
def test_no_text_makes_a_type_fail_and_what_is_not_understood_is_shown_as_given(text: str) -> None:
    for form in FORM_SET.forms:
        for field in form.stored_fields[:40]:
            parsed = parse_value(text, field, CONTEXT)
            shown = format_value(parsed.value, field, CONTEXT)
            if isinstance(parsed.value, Unfit):
                assert shown == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(alphabet=string.digits + "-/.年月日 ", max_size=12))
def test_a_date_that_was_read_reads_back_as_itself(text: str) -> None:
    value = parse_value(text, PUBLISHED, CONTEXT).value
    if isinstance(value, str):
        again = parse_value(value, PUBLISHED, CONTEXT)
        assert (again.value, again.understood) == (value, False)
        assert value_from_json(value, PUBLISHED) == value


def test_a_text_of_no_list_is_offered_as_the_entry_that_another_field_spells_out() -> None:
    system = FORM_SET.form("information_system")
    site = system.field_by_id("deploy_site")  # its explanation is asked in two phases only
    assert as_other(system, site, " 省局自建机房 ") == {
        "deploy_site": "other",
        "deploy_site_other": "省局自建机房",
    }
    assert as_other(system, site, "  ") == {}
    assert as_other(system, site, "机" * 5000) == {}
    assert as_other(system, system.field_by_id("phase"), "在建中") == {}
