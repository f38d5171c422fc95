"""The figures on the cover sheet are those of the lines of the package, whatever stands in the file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from census_app.diagnostics.wording import text
from census_app.domain.records import RecordId, Value
from census_app.reports.content import Table
from census_app.services.checking import check_workspace
from census_app.services.editing import RecordEditor, create_record
from census_app.services.explaining import explain
from census_app.services.exporting import ExportDone
from census_app.services.ports import WorkspaceStore
from census_app.services.reporting import cover_content
from census_app.services.summarising import summarise

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

RESOURCE, ITEM = "information_resource", "data_item"


@pytest.fixture
def store(centre: Centre) -> WorkspaceStore:
    return centre.department()


def good(centre: Centre, store: WorkspaceStore, name: str, answers: dict[str, str]) -> RecordId:
    owner = create_record(store, RESOURCE, {}, actor="t", clock=centre.clock)
    edit = RecordEditor(store, RESOURCE, owner, actor="t", clock=centre.clock)
    for field, given in {**answers, "name": name}.items():
        edit.set_text(field, given)
    values: dict[str, Value] = {"name": "编号", "data_type": "C", "data_length": 18}
    create_record(store, ITEM, values, actor="t", clock=centre.clock, parent=owner)
    return owner


def export(centre: Centre, store: WorkspaceStore) -> ExportDone:
    report = check_workspace(store, clock=centre.clock)
    explain(store, report.findings, "已对照台账核对。", actor="t", clock=centre.clock)
    return centre.export(store, announce=True)


def figures(table: Table) -> dict[str, int]:
    return {str(label): int(str(number)) for label, number in table.rows}


def test_the_cover_counts_what_the_package_carries_and_announced_ones_apart(
    centre: Centre, store: WorkspaceStore, good_resource: dict[str, str]
) -> None:
    for name in ("甲", "乙"):
        good(centre, store, name, good_resource)
    share_type = store.form_set.by_role("share_type")[1]
    code = next(iter(store.form_set.choice_lists[share_type.choices].choices)).code
    for given in ({"name": "丙", share_type.id: code}, {"name": "丁"}):
        create_record(store, RESOURCE, {**given}, actor="t", clock=centre.clock)
    done = export(centre, store)
    lines = [line for line in centre.lines(done) if line["form"] == RESOURCE]
    types = Counter(line["values"][share_type.id] for line in lines if line["op"] == "put")
    assert (types.total(), len(lines)) == (2, 4)

    content = cover_content(store, "zh")
    labels = {
        c.code: c.label("zh") for c in store.form_set.choice_lists[share_type.choices].choices
    }
    shown = figures(content.counts)
    assert shown.pop(text("PRINT_SHARE_ANNOUNCED", "zh")) == 2
    assert {k: n for k, n in shown.items() if n} == {labels[c]: n for c, n in types.items()}
    label = store.form_set.form(RESOURCE).label.get("zh")
    assert {p.label: p.value for p in content.facts}[label] == str(sum(shown.values()))
    summary = summarise(store, check_workspace(store, clock=centre.clock), clock=centre.clock)
    assert summary.sharing == store.packages()[-1].sharing


def test_a_cover_printed_again_says_the_same_after_the_file_has_changed(
    centre: Centre, store: WorkspaceStore, good_resource: dict[str, str]
) -> None:
    good(centre, store, "甲", good_resource)
    export(centre, store)
    first = cover_content(store, "zh")
    assert text("PRINT_SHARE_ANNOUNCED", "zh") not in figures(first.counts)
    good(centre, store, "乙", good_resource)
    assert cover_content(store, "zh") == first


def test_a_package_without_a_tally_shows_no_figures_of_the_file(
    centre: Centre, store: WorkspaceStore, good_resource: dict[str, str]
) -> None:
    good(centre, store, "甲", good_resource)
    export(centre, store)
    driver = store._database.driver  # type: ignore[attr-defined]
    driver.execute("UPDATE correspondence SET sharing = ''")  # as an older program left it
    content = cover_content(store, "zh")
    assert content.counts.rows == ()
    assert content.counts.empty == text("PRINT_SHARE_UNKNOWN", "zh")
