"""The review within the department, the map of completeness and the summary, on a real workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.services import approving, editing
from census_app.services.checking import check_workspace
from census_app.services.completeness import CellState, FormMap, completeness_map
from census_app.services.explaining import explain
from census_app.services.ports import WorkspaceStore
from census_app.services.reporting import print_cover, report
from census_app.services.summarising import HandInSummary, summarise
from census_app.services.summary_sheet import summary_content

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, StandingClock

OFFICE, RESOURCE, ITEM = "internal_office", "information_resource", "data_item"


@pytest.fixture
def store(centre: Centre) -> WorkspaceStore:
    return centre.department()


def approve(store: WorkspaceStore, centre: Centre) -> str:
    made = approving.approve(store, "王芳", "副处长", "同意上报", actor="李四", clock=centre.clock)
    return made.state


def summary(store: WorkspaceStore, centre: Centre) -> HandInSummary:
    return summarise(store, check_workspace(store, clock=centre.clock), clock=centre.clock)


# -- approving ---------------------------------------------------------------------------------------------------------


def test_the_way_of_a_hand_in_from_draft_to_handed_in_and_back(
    centre: Centre, store: WorkspaceStore
) -> None:
    assert approving.approval(store).state == "draft"
    submitted = approving.submit_for_review(store, actor="李四", clock=centre.clock)
    assert submitted.state == "submitted"
    returned = approving.return_to_clerk(
        store, "请补充职责", "王芳", "副处长", actor="李四", clock=centre.clock
    )
    assert returned.state == "returned"
    assert returned.act is not None
    assert returned.act.remark == "请补充职责"
    assert approve(store, centre) == "approved"
    office = centre.add_office(store, "水资源处")
    assert approving.approval(store).state == "lapsed"
    store.undo("李四", "2026-12-01T08:00:00Z")
    assert approving.approval(store).state == "approved"  # the very content is back
    centre.export(store)
    standing = approving.approval(store)
    assert (standing.state, standing.unchanged) == ("handed_in", True)
    centre.add_office(store, "节水处")
    assert approving.approval(store).state == "draft"
    assert office


def test_an_approval_needs_a_name_and_an_office(centre: Centre, store: WorkspaceStore) -> None:
    for name, office in (("", "副处长"), ("王芳", "  ")):
        with pytest.raises(UserError, match="APPROVAL_NAME"):
            approving.approve(store, name, office, actor="李四", clock=centre.clock)
    assert store.acts() == []


def test_a_return_needs_a_reason(centre: Centre, store: WorkspaceStore) -> None:
    with pytest.raises(UserError, match="REASON_TOO_SHORT"):
        approving.return_to_clerk(store, " 不行 ", actor="李四", clock=centre.clock)
    assert store.acts() == []


def test_the_same_content_is_put_to_review_once(centre: Centre, store: WorkspaceStore) -> None:
    approving.submit_for_review(store, actor="李四", clock=centre.clock)
    with pytest.raises(UserError, match="APPROVAL_NOT_NEEDED"):
        approving.submit_for_review(store, actor="李四", clock=centre.clock)
    centre.add_office(store, "水资源处")
    again = approving.submit_for_review(store, actor="李四", clock=centre.clock)
    assert (again.state, again.changed) == ("submitted", False)


def test_an_export_says_how_it_stood_before(centre: Centre, store: WorkspaceStore) -> None:
    assert centre.export(store).before.state == "draft"
    approve(store, centre)
    assert centre.export(store).before.state == "approved"
    again = centre.export(store)
    assert again.before.unchanged


def test_the_cover_names_who_approved_this_package_and_no_other(
    centre: Centre, store: WorkspaceStore
) -> None:
    centre.export(store)
    without = print_cover(store, "zh").pdf
    centre.add_office(store, "水资源处")
    approve(store, centre)
    centre.export(store)
    first, second = store.packages()
    assert print_cover(store, "zh", package=first).pdf == without
    with_name = print_cover(store, "zh", package=second).pdf
    assert len(with_name) != len(without)
    approve(store, centre)  # what comes later says nothing about it
    assert print_cover(store, "zh", package=second).pdf == with_name


# -- the map -----------------------------------------------------------------------------------------------------------


def map_of(store: WorkspaceStore, centre: Centre, form: str) -> FormMap:
    found = completeness_map(store, clock=centre.clock)[0].of(form)
    assert found is not None
    return found


def states(shown: FormMap, record: RecordId) -> dict[str, CellState]:
    row = next(r for r in shown.rows if r.record == record)
    return {c.id: cell.state for c, cell in zip(shown.columns, row.cells, strict=True)}


def test_a_cell_says_empty_filled_explained_problem_or_not_relevant(
    centre: Centre, store: WorkspaceStore, good_resource: dict[str, str]
) -> None:
    owner = editing.create_record(store, RESOURCE, {}, actor="t", clock=centre.clock)
    edit = editing.RecordEditor(store, RESOURCE, owner, actor="t", clock=centre.clock)
    for field, text in good_resource.items():
        edit.set_text(field, text)
    values: dict[str, Value] = {"name": "编号", "data_type": "C", "data_length": 18}
    item = editing.create_record(store, ITEM, values, actor="t", clock=centre.clock, parent=owner)
    found = states(map_of(store, centre, RESOURCE), owner)
    assert found["basic"] is not CellState.EMPTY
    assert found["extra"] is CellState.EMPTY
    assert found[ITEM] is CellState.FILLED
    report_now = check_workspace(store, clock=centre.clock)
    explain(store, report_now.findings, "已对照台账核对。", actor="t", clock=centre.clock)
    shown = map_of(store, centre, RESOURCE)
    assert shown.clean == 1
    assert set(states(shown, owner).values()) <= {
        CellState.EMPTY, CellState.FILLED, CellState.EXPLAINED,
    }  # fmt: skip
    edit.set_text("abstract", "")
    edit.set_text("size_total_gb", "1200条")
    centre.put(store, ITEM, item, data_type=None)
    found = states(map_of(store, centre, RESOURCE), owner)
    assert found["basic"] is CellState.PROBLEM
    assert found["volume"] is CellState.PROBLEM  # a text that does not fit
    assert found[ITEM] is CellState.PROBLEM  # the item's own


def test_a_section_that_no_answer_asks_for_is_not_relevant(
    centre: Centre, store: WorkspaceStore
) -> None:
    (own,) = store.stream_records("department")
    shown = map_of(store, centre, "department")
    assert states(shown, own.id)["city_platform"] is CellState.NOT_RELEVANT


def test_a_record_without_children_shows_that_it_has_none(
    centre: Centre, store: WorkspaceStore
) -> None:
    owner = editing.create_record(store, RESOURCE, {"name": "甲"}, actor="t", clock=centre.clock)
    assert states(map_of(store, centre, RESOURCE), owner)[ITEM] is CellState.EMPTY


def test_an_unfit_text_counts_as_given(centre: Centre, store: WorkspaceStore) -> None:
    values: dict[str, Value] = {"name": "甲", "size_total_gb": Unfit("1200条")}
    owner = editing.create_record(store, RESOURCE, values, actor="t", clock=centre.clock)
    shown = map_of(store, centre, RESOURCE)
    row = next(r for r in shown.rows if r.record == owner)
    column = [c.id for c in shown.columns].index("volume")
    assert row.cells[column].given == 1


def test_the_worst_comes_first_and_totals_count_records(
    centre: Centre, store: WorkspaceStore
) -> None:
    good = centre.add_office(store, "办公室")
    bad = [
        editing.create_record(store, OFFICE, {}, actor="t", clock=centre.clock) for _ in range(2)
    ]
    shown = map_of(store, centre, OFFICE)
    assert [row.record for row in shown.rows] == [*bad, good]
    assert [row.number for row in shown.rows] == [2, 3, 1]
    assert shown.clean == 1
    assert shown.totals()[0][CellState.PROBLEM] == 2


# -- the summary -------------------------------------------------------------------------------------------------------


def test_the_first_hand_in_compares_with_nothing(centre: Centre, store: WorkspaceStore) -> None:
    centre.add_office(store, "办公室")
    found = summary(store, centre)
    assert (found.number, found.last, found.changes) == (1, None, ())
    assert {each.form: each.total for each in found.forms} == {"department": 1, OFFICE: 1}


def test_the_summary_names_what_is_new_changed_and_removed(
    centre: Centre, store: WorkspaceStore
) -> None:
    kept, changed, gone = (centre.add_office(store, f"{n}处") for n in "甲乙丙")
    centre.export(store)
    assert summary(store, centre).approval.unchanged
    new = centre.add_office(store, "丁处")
    passing = centre.add_office(store, "戊处")
    centre.put(store, OFFICE, changed, duties="改过")
    editing.remove_records(store, OFFICE, [gone, passing], "撤并", actor="t", clock=centre.clock)
    found = summary(store, centre)
    assert {(c.delta, c.record, c.fields) for c in found.changes} == {
        ("new", new, ()), ("changed", changed, ("duties",)), ("removed", gone, ()),
    }  # fmt: skip
    assert [c.title for c in found.changes if c.delta == "removed"] == ["丙处"]
    assert kept not in {c.record for c in found.changes}
    assert found.number == 2


def test_a_record_that_was_announced_is_new_until_it_is_handed_in(
    centre: Centre, store: WorkspaceStore
) -> None:
    record = editing.create_record(store, RESOURCE, {"name": "甲"}, actor="t", clock=centre.clock)
    centre.export(store, announce=True)
    found = summary(store, centre)
    assert [(c.delta, c.record) for c in found.changes] == [("new", record)]
    assert [u.title for u in found.unfinished] == ["甲"]


def test_fields_that_changed_are_listed_as_each_language_lists_them(
    centre: Centre, store: WorkspaceStore
) -> None:
    office = centre.add_office(store, "甲处")
    centre.export(store)
    centre.put(store, OFFICE, office, duties="改过", name="乙处")
    found = summary(store, centre)
    form = store.form_set.form(OFFICE)
    for language, joint in (("zh", "、"), ("en", ", ")):
        names = [f.label.get(language) for f in form.stored_fields if f.id in {"name", "duties"}]
        tables = summary_content(store, found, language).tables
        assert joint.join(names) in {cell for t in tables for row in t.rows for cell in row}


def test_items_are_not_counted_as_announced_beside_their_owner(
    centre: Centre, store: WorkspaceStore
) -> None:
    owner = editing.create_record(store, RESOURCE, {"name": "甲"}, actor="t", clock=centre.clock)
    editing.create_record(
        store, ITEM, {"name": "编号"}, actor="t", clock=centre.clock, parent=owner
    )
    found = summary(store, centre)
    counts = {each.form: (each.total, each.announced) for each in found.forms}
    assert (counts[RESOURCE], counts[ITEM]) == ((1, 1), (1, None))
    form = store.form_set.form(ITEM)
    rows = summary_content(store, found, "zh").tables[0].rows
    assert ((form.plural or form.label).zh, "1", "—") in rows


def test_explained_warnings_carry_their_reasons(centre: Centre, store: WorkspaceStore) -> None:
    system = editing.create_record(
        store, "information_system", {"name": "系统"}, actor="t", clock=centre.clock
    )
    warnings = [f for f in check_workspace(store, clock=centre.clock).findings if f.values_sha256]
    explain(store, warnings, "按省里口径填报", actor="t", clock=centre.clock)
    found = summary(store, centre).explained
    assert {(f.record, f.explanation) for f in found} == {(system, "按省里口径填报")}


def test_the_summary_is_printed_in_both_languages(
    centre: Centre, store: WorkspaceStore, clock: StandingClock
) -> None:
    centre.add_office(store, "甲处")
    centre.export(store)
    centre.add_office(store, "乙处")
    for language in ("zh", "en"):
        printed = report("summary", store, language, clock=clock)
        assert printed.pages == 1
        assert printed.missing_characters == ()
