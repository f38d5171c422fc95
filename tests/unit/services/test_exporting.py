"""Handing in: the complete state as a signed package, unfinished records announced, deletions repeated for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.domain.records import RecordId, Value
from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.services import editing
from census_app.services.checking import check_workspace
from census_app.services.editing import RecordEditor, create_record, remove_records
from census_app.services.enrolling import signer_of
from census_app.services.explaining import explain
from census_app.services.exporting import export_package, unfinished
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Cancelled, Progress

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
OFFICE = "internal_office"
DEMAND = "sharing_demand"
DEMAND_ANSWERS: dict[str, Value] = {"wanted_name": "婚姻登记信息", "wanted_provider": "省民政厅"}


@pytest.fixture
def store(centre: Centre) -> WorkspaceStore:
    return centre.department()


def packages(centre: Centre) -> list[Path]:
    return sorted((centre.folder / "packages").glob("*"))


def test_an_unfinished_record_blocks_the_export_or_is_announced(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    values: dict[str, Value] = {"name": "许可信息"}
    record = create_record(store, "information_resource", values, actor="t", clock=clock)
    with pytest.raises(UserError, match="EXPORT_UNFINISHED") as caught:
        centre.export(store)
    assert caught.value.params == {"count": 1, "first": "许可信息"}
    assert (packages(centre), store.packages()) == ([], [])
    done = centre.export(store, announce=True)
    assert [(u.record, u.title) for u in done.announced] == [(record, "许可信息")]
    pending = [line for line in centre.lines(done) if line["op"] == "pending"]
    assert [(line["id"], line["title"]) for line in pending] == [(record, "许可信息")]
    assert "values" not in pending[0]


def test_an_item_holds_its_resource_back(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    values: dict[str, Value] = {"name": "许可信息"}
    owner = create_record(store, "information_resource", values, actor="t", clock=clock)
    create_record(store, "data_item", {}, actor="t", clock=clock, parent=owner)
    (one,) = unfinished(store, check_workspace(store, clock=clock))
    assert (one.form, one.record, one.title) == ("information_resource", owner, "许可信息")
    assert one.errors > 1
    done = centre.export(store, announce=True)
    # The item was never handed in, so there is no earlier version of it to keep in force.
    assert {line["form"] for line in centre.lines(done)} == {"department", "information_resource"}


def test_items_of_an_announced_record_are_announced_once_they_were_handed_in(
    centre: Centre, store: WorkspaceStore, clock: Clock, good_resource: dict[str, str]
) -> None:
    owner = create_record(store, "information_resource", {}, actor="t", clock=clock)
    edit = RecordEditor(store, "information_resource", owner, actor="t", clock=clock)
    for field, text in good_resource.items():
        edit.set_text(field, text)
    values: dict[str, Value] = {"name": "编号", "data_type": "C", "data_length": 18}
    item = create_record(store, "data_item", values, actor="t", clock=clock, parent=owner)
    report = check_workspace(store, clock=clock)
    explain(store, report.findings, "已对照台账核对。", actor="t", clock=clock)
    assert centre.export(store).announced == ()
    edit.set_text("abstract", "")
    done = centre.export(store, announce=True)
    pending = {(line["form"], line["id"]) for line in centre.lines(done) if line["op"] == "pending"}
    assert pending == {("information_resource", owner), ("data_item", item)}


def test_an_answer_that_is_not_relevant_is_kept_and_does_not_travel(
    centre: Centre, store: WorkspaceStore
) -> None:
    (record,) = store.stream_records("department")
    centre.put(store, "department", record.id, city_platform_state="built")
    (line,) = centre.lines(centre.export(store))
    assert "city_platform_state" not in line["values"]
    kept = store.record("department", record.id)
    assert kept is not None
    assert kept.values["city_platform_state"] == "built"


def test_lines_ascend_and_name_their_unit(centre: Centre, store: WorkspaceStore) -> None:
    gone = [centre.add_office(store, f"{n}处") for n in range(8)]
    create_record(store, DEMAND, DEMAND_ANSWERS, actor="t", clock=centre.clock)
    centre.export(store)
    remove_records(store, OFFICE, gone[::2], "撤并", actor="t", clock=centre.clock)
    for n in range(8, 12):
        centre.add_office(store, f"{n}处")
    lines = centre.lines(centre.export(store))
    places = [(line["form"], line["id"]) for line in lines]
    assert places == sorted(places)
    assert len(places) == len(set(places)) == 1 + 12 + 1
    assert {line["unit"] for line in lines} == {store.facts().department_code}
    assert sum(line["op"] == "delete" for line in lines) == 4


def test_sequence_and_previous_are_written_from_the_first_package_on(
    centre: Centre, store: WorkspaceStore, reopen: Callable[[WorkspaceStore], WorkspaceStore]
) -> None:
    previous = "0" * 64
    for number in (1, 2, 3):
        done = centre.export(store)
        statement = done.package.statement
        assert (statement.sequence, statement.previous) == (number, previous)
        assert statement.instance == store.facts().instance
        previous = done.package.identity
        store = reopen(store)
    assert [(p.direction, p.sequence, p.identity) for p in store.packages()][-1] == (
        "sent", 3, previous,
    )  # fmt: skip


def test_deletion_of_a_handed_in_record_is_repeated_for_ever(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    kept, gone = centre.add_office(store, "一处"), centre.add_office(store, "二处")
    centre.export(store)
    never = centre.add_office(store, "三处")
    remove_records(store, OFFICE, [gone, never], "机构撤并", actor="t", clock=clock)
    for _ in range(3):
        lines = centre.lines(centre.export(store))
        deleted = [(line["id"], line["reason"]) for line in lines if line["op"] == "delete"]
        assert deleted == [(gone, "机构撤并")]
        assert kept in {line["id"] for line in lines}


def test_a_deletion_taken_back_is_no_deletion(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    office = centre.add_office(store, "一处")
    centre.export(store)
    remove_records(store, OFFICE, [office], "误删", actor="t", clock=clock)
    editing.undo(store, actor="t", clock=clock)
    operations = [line["op"] for line in centre.lines(centre.export(store))]
    assert operations == ["put", "put"]


def warned(centre: Centre, store: WorkspaceStore) -> RecordId:
    (record,) = store.stream_records("department")
    centre.put(store, "department", record.id, contact_phone="12")
    return record.id


def test_a_warning_without_a_reason_blocks_and_its_reason_travels(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    record = warned(centre, store)
    with pytest.raises(UserError, match="EXPORT_UNFINISHED"):
        centre.export(store)
    warnings = [f for f in check_workspace(store, clock=clock).findings if f.rule == "ORG-2b"]
    explain(store, warnings, "内部短号，对外不公布。", actor="t", clock=clock)
    lines = centre.lines(centre.export(store))
    (reason,) = [line["values"] for line in lines if line["form"] == "explanation"]
    assert reason == {
        "form": "department", "record": record, "rule": "ORG-2b",
        "values_sha256": warnings[0].values_sha256, "reason": "内部短号，对外不公布。",
    }  # fmt: skip


def test_a_lapsed_reason_does_not_travel(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    record = warned(centre, store)
    explain(
        store, check_workspace(store, clock=clock).findings, "内部短号。", actor="t", clock=clock
    )
    centre.put(store, "department", record, contact_phone="025-83200000")
    lines = centre.lines(centre.export(store))
    assert {line["form"] for line in lines} == {"department"}


def test_the_same_state_gives_the_same_records(centre: Centre, store: WorkspaceStore) -> None:
    centre.add_office(store, "一处")
    first, second = centre.export(store), centre.export(store)
    assert centre.lines(first) == centre.lines(second)
    assert first.package.identity != second.package.identity
    assert first.package.path != second.package.path


def test_a_folder_that_cannot_be_made_leaves_nothing_remembered(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    stone = centre.folder / "stone"
    stone.write_bytes(b"")
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    for folder in (stone, stone / "below"):
        with pytest.raises(EnvironmentProblem):
            export_package(store, signer, folder, clock=clock, software="t")
    assert store.packages() == []
    assert centre.export(store).package.statement.sequence == 1


def test_a_stopped_export_leaves_nothing(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    stop = Progress(is_cancelled=lambda: True)
    folder = centre.folder / "packages"
    with pytest.raises(Cancelled):
        export_package(store, signer, folder, clock=clock, software="t", progress=stop)
    assert (packages(centre), store.packages()) == ([], [])


def test_another_departments_certificate_signs_nothing(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    other = signer_of(centre.department(1), centre.keys)
    other.unlock(PASSPHRASE)
    with pytest.raises(CensusError):
        export_package(store, other, centre.folder / "packages", clock=clock, software="t")
    assert (packages(centre), store.packages()) == ([], [])


def test_an_export_changes_no_record(centre: Centre, store: WorkspaceStore) -> None:
    centre.add_office(store, "一处")
    before = [list(store.stream_records(form.id)) for form in store.form_set.forms]
    journal = store.journal(limit=1000)
    done = centre.export(store)
    assert [list(store.stream_records(form.id)) for form in store.form_set.forms] == before
    assert store.journal(limit=1000) == journal
    assert done.counts[OFFICE]["put"] == 1
    assert hashlib.sha256(done.package.path.read_bytes()).hexdigest() != done.package.identity
