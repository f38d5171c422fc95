"""The shipped form set, stored and merged: every field of every form comes back, and rules run on what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from census_app.assets import forms_dir
from census_app.domain.chain import BEGINNING
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.decimals import fits
from census_app.domain.holdings import CatalogueFacts, ListQuery, PackageFacts, WorkspaceFacts
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Value
from census_app.exchange.records import encode_line
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.lines import FormLines, line_values
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import Field, Form, FormSet
from census_app.storage import catalogue, workspace
from census_app.storage.catalogue import Catalogue
from census_app.storage.workspace import Workspace

CODE = "11320000014000001A"
AT = "2018-01-05T08:00:00Z"
FORM_SET = load_form_set(forms_dir())
IDS = st.integers(0, 2**128 - 1).map(lambda n: f"{n:032x}")
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1
)
DECIMALS = st.decimals(-(10**10), 10**10, places=4).map(Decimal.normalize).filter(fits)


def values_of(field: Field, form_set: FormSet) -> st.SearchStrategy[Value]:
    """Return legal values of a field; unfit ones where the field's kind has them."""
    kinds: dict[str, st.SearchStrategy[Value]] = {
        "integer": st.integers(-(2**53) + 1, 2**53 - 1) | st.just(Unfit("1200条")),
        "decimal": DECIMALS | st.just(Unfit("约三")),
        "money": DECIMALS,
        "date": st.dates().map(lambda d: d.isoformat()) | st.just(Unfit("04/26")),
        "month": st.dates().map(lambda d: d.isoformat()[:7]),
        "boolean": st.booleans(),
        "reference": IDS,
        "references": st.lists(IDS, min_size=1, max_size=3, unique=True).map(tuple),
    }
    if field.type in {"code", "codes"}:
        codes = st.sampled_from([c.code for c in form_set.choice_lists[field.choices].choices])
        if field.type == "code":
            return codes
        return st.lists(codes, min_size=1, max_size=3, unique=True).map(tuple)
    found = kinds.get(field.type, TEXTS)
    return found | st.just(UNKNOWN) if field.unknown else found


@st.composite
def records(draw: st.DrawFn, form: Form, number: int) -> Record:
    chosen = draw(
        st.lists(st.sampled_from(form.stored_fields), max_size=12, unique_by=lambda f: f.id)
    )
    values = {field.id: draw(values_of(field, FORM_SET)) for field in chosen}
    parent = (
        RecordId(f"{FORM_SET.forms.index(FORM_SET.form(form.parent)):032x}")
        if form.parent
        else None
    )
    return Record(form.id, RecordId(f"{number:032x}"), values, parent, 1024 if parent else 0, CODE)


@st.composite
def wholes(draw: st.DrawFn) -> list[Record]:
    """One record of every form, children under the record of their owner's form."""
    return [draw(records(form, number)) for number, form in enumerate(FORM_SET.forms)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Workspace]:
    facts = WorkspaceFacts(CODE, "厅", "js", 1, FORM_SET.version, "0" * 32, AT)
    department = Record("department", RecordId("d" * 32), {"name": "厅"}, unit=CODE)
    made = workspace.create(tmp_path / "w.censusdb", FORM_SET, facts, department)
    yield made
    made.close()


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Catalogue]:
    facts = CatalogueFacts("省", "province", "js", 1, FORM_SET.version, "", AT, "")
    made = catalogue.create(tmp_path / "c.censusdb", FORM_SET, facts)
    yield made
    made.close()


def write(store: Workspace, given_records: list[Record]) -> None:
    operations = tuple(Insert(each) for each in given_records)
    store.write(Step("STEP_ADD", "王芳", Origin.TYPED, AT, operations))


@settings(max_examples=25)
@given(wholes())
def test_every_field_of_every_form_is_stored_undone_and_redone(
    store: Workspace, given_records: list[Record]
) -> None:
    write(store, given_records)
    for each in given_records:
        assert store.record(each.form, each.id) == each
    assert store.damaged_records() == []
    assert store.undo("王芳", AT) is not None
    assert [store.record(r.form, r.id) for r in given_records] == [None] * len(given_records)
    store.redo("王芳", AT)
    for each in given_records:
        assert store.record(each.form, each.id) == each
    store.undo("王芳", AT)


@settings(max_examples=25)
@given(wholes())
def test_what_a_package_carries_arrives_with_the_same_values_and_hashes(
    province: Catalogue, given_records: list[Record]
) -> None:
    fit = [
        Record(r.form, r.id, {k: v for k, v in r.values.items() if not isinstance(v, Unfit)},
               r.parent, r.position, r.unit)
        for r in given_records
    ]  # fmt: skip
    lines = []
    for each in fit:
        values = line_values(each, FORM_SET.form(each.form))
        assert FormLines(FORM_SET).fault(each.form, values) is None
        lines.append(
            {"form": each.form, "id": each.id, "op": "put", "unit": each.unit, "values": values}
        )
    lines.sort(key=encode_line)
    province.forget_projection()
    department = f"D{len(province.packages()):04}"
    facts = PackageFacts(
        department.encode().hex().ljust(64, "0"), department, "submission", department, 1, BEGINNING,
        AT, AT, FORM_SET.version, 1, {}, "pending",
    )  # fmt: skip
    scratch = province.scratch()
    scratch.load(lines)
    run = RuleRun(scratch.rule_connection(), FORM_SET, "2018-01-05")
    assert all(finding.rule for finding in run.findings())
    province.append_package(facts, [b"x"])
    done = province.merge(facts, scratch)
    scratch.close()

    assert done.added == len(fit)
    for each in fit:
        assert province.record(each.form, each.id) == each
    assert province.damaged_records() == []


def test_rules_run_on_the_copy_of_a_workspace(store: Workspace) -> None:
    write(store, [Record("information_resource", RecordId("1" * 32), {"name": "水"}, unit=CODE)])
    with store.rule_copy() as copy:
        rules = {f.rule for f in RuleRun(copy, FORM_SET, "2018-01-05").findings()}

    assert rules
    assert store.count(ListQuery("information_resource")) == 1
    assert store.record("information_resource", RecordId("1" * 32)) is not None


@pytest.mark.parametrize("kind", ["store", "province"])
def test_a_search_of_items_reads_nothing_but_the_index_of_their_texts(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """The first page comes in the order of the list, which ends early; all that is found comes from the index."""
    held: Workspace | Catalogue = request.getfixturevalue(kind)
    query, told = ListQuery("data_item", search="编码"), list[str]()
    with held._database.reading() as connection:

        def explain(
            _driver: object, cursor: object, statement: str, given: object, *_: object
        ) -> None:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", given)  # type: ignore[attr-defined]
            told.append(next(row[3] for row in plan if "data_item" in row[3]))

        event.listen(connection.engine, "before_cursor_execute", explain)
        held.keys(query, 200)
        held.keys(query)
        event.remove(connection.engine, "before_cursor_execute", explain)
    assert told == ["SCAN data_item", "SCAN data_item USING COVERING INDEX ix_data_item_title"]
