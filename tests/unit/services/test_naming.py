"""What is meant by a name, an id, or the beginning of one: the same for every command, and never two things at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services.editing import create_record, remove_records
from census_app.services.naming import Named, records_of, removed_of, the_field, the_record
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.purging import find_target

if TYPE_CHECKING:
    from census_app.formspec.model import Field, Form

OFFICE = "internal_office"
A, B, C = (RecordId(each * 32) for each in "abc")
NEAR_A = RecordId("aaaaab" + "0" * 26)
KNOWN = [
    Named(OFFICE, A, "综合处"),
    Named(OFFICE, NEAR_A, ""),
    Named(OFFICE, B, "法规处（政策研究）"),
    Named("information_resource", C, "aaaaab"),
    Named(OFFICE, C, ""),
]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (A, KNOWN[0]),
        (A.upper(), KNOWN[0]),
        (" 综合处 ", KNOWN[0]),
        ("法规处(政策研究)", KNOWN[2]),
        ("aaaaab0", KNOWN[1]),
        ("aaaaab", KNOWN[3]),  # a name before the beginning of an id
        ("bbbb", KNOWN[2]),
    ],
)
def test_one_is_meant(given: str, meant: Named) -> None:
    assert the_record([*KNOWN, *KNOWN], given) == meant


@pytest.mark.parametrize("given", ["", " ", "没有", "bbb", "dddd"])
def test_none_is_meant(given: str) -> None:
    with pytest.raises(UserError, match="RECORD_UNKNOWN"):
        the_record(KNOWN, given)


@pytest.mark.parametrize("given", ["aaaa", C, "cccc"])
def test_several_are_meant_and_their_ids_are_told(given: str) -> None:
    with pytest.raises(UserError, match="RECORD_SEVERAL") as refused:
        the_record(KNOWN, given)
    assert refused.value.params["count"] == 2
    for digit in str(refused.value.params["ids"]).split("、"):
        assert any(digit == each.record for each in KNOWN)


def test_of_many_ids_only_the_first_are_told() -> None:
    many = [Named(OFFICE, RecordId(f"{n:032x}"), "同名") for n in range(30)]
    with pytest.raises(UserError, match="RECORD_SEVERAL") as refused:
        the_record(many, "同名")
    ids = str(refused.value.params["ids"])
    assert ids.endswith("、…")
    assert ids.count("、") == 5


def test_a_record_without_a_name_is_named_by_its_id(store: WorkspaceStore, clock: Clock) -> None:
    form = store.form_set.form(OFFICE)
    record = create_record(store, OFFICE, {"duties": "职责"}, actor="t", clock=clock)
    assert the_record(records_of(store, [form]), record[:8]) == Named(OFFICE, record, "")
    assert find_target(store, record[:8], "duties") == (OFFICE, record, "duties")
    remove_records(store, OFFICE, [record], "误录入", actor="t", clock=clock)
    assert the_record(removed_of(store, [form]), record[:8]).record == record
    assert find_target(store, record[:8], "duties") == (OFFICE, record, "duties")


# -- fields ------------------------------------------------------------------------------------------------------------


def fields(*forms: Form) -> list[tuple[Form, Field]]:
    return [(form, field) for form in forms for field in form.field]


def test_a_label_of_two_fields_is_not_guessed(store: WorkspaceStore) -> None:
    form = store.form_set.form(OFFICE)
    name, duties = form.field_by_id("name"), form.field_by_id("duties")
    twin = msgspec.structs.replace(duties, label=name.label)
    form = msgspec.structs.replace(form, field=(name, twin))
    with pytest.raises(UserError, match="FIELD_LABEL_SEVERAL") as refused:
        the_field(fields(form), name.label.zh)
    assert {"name", "duties"} <= {
        i.split("（")[0] for i in str(refused.value.params["ids"]).split("、")
    }
    assert the_field(fields(form), "duties") == "duties"


def test_one_id_in_several_forms_is_one_field(store: WorkspaceStore) -> None:
    form = store.form_set.form(OFFICE)
    label = form.field_by_id("name").label
    assert the_field(fields(form, msgspec.structs.replace(form, id="other")), label.en) == "name"
    with pytest.raises(UserError, match="FIELD_LABEL_UNKNOWN"):
        the_field(fields(form), "no such")
    with pytest.raises(UserError, match="FIELD_LABEL_UNKNOWN"):
        the_field(fields(form), "")
