"""A new round begins from the last one: ids stay, chains go on, and what changed since is known without asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from census_app import bootstrap
from census_app.diagnostics.wording import text
from census_app.domain.findings import Severity
from census_app.domain.holdings import DeltaState
from census_app.domain.records import RecordId, Unfit
from census_app.errors import CensusError, UserError
from census_app.exchange.package import TrustAnchors
from census_app.services import carrying, editing
from census_app.services.answering import answer_query
from census_app.services.carrying import (
    RoundBegun,
    begin_round,
    confirm_unchanged,
    delta_progress,
    mark_changing,
    unmark,
    values_of_last_round,
)
from census_app.services.checking import check_workspace
from census_app.services.ports import Clock, Explanation, WorkspaceStore
from census_app.services.purging import plan_purge, purge
from census_app.services.summarising import summarise
from census_app.services.summary_sheet import summary_content
from census_app.settings.beside import attachments_folder

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, Desk, StandingClock

OFFICE, RESOURCE, ITEM = "internal_office", "information_resource", "data_item"
Begin = Callable[..., WorkspaceStore]


class Shop(bootstrap.Services):
    """Services with a clock that stands."""


@pytest.fixture
def shop(clock: Clock) -> bootstrap.Services:
    return Shop(clock=clock, actor="李")


@pytest.fixture
def last(store: WorkspaceStore, clock: Clock) -> dict[str, RecordId]:
    """Last year's records: two offices, a resource with two items."""

    def add(form: str, parent: RecordId | None = None, **values: Any) -> RecordId:
        return editing.create_record(store, form, values, actor="李", clock=clock, parent=parent)

    resource = add(RESOURCE, name="排污许可证信息")
    return {
        "综合处": add(OFFICE, name="综合处"),
        "法规处": add(OFFICE, name="法规处"),
        "排污许可证信息": resource,
        "许可证编号": add(ITEM, resource, name="许可证编号"),
        "单位名称": add(ITEM, resource, name="单位名称"),
    }


@pytest.fixture
def begin(shop: bootstrap.Services, store: WorkspaceStore, tmp_path: Path) -> Iterator[Begin]:
    made: list[WorkspaceStore] = []

    def now(**options: Any) -> WorkspaceStore:
        store.close()
        path = tmp_path / f"this-year{len(made)}.censusdb"
        begin_round(shop, path, store.path, **options)
        made.append(bootstrap.open_workspace(path))
        return made[-1]

    yield now
    for each in made:
        each.close()


def states(store: WorkspaceStore) -> dict[str, DeltaState]:
    return {delta.title: delta.state for delta in store.deltas() if delta.form != "department"}


def test_records_keep_their_ids_and_their_owners(last: dict[str, RecordId], begin: Begin) -> None:
    new = begin()
    for form, name in ((OFFICE, "综合处"), (RESOURCE, "排污许可证信息"), (ITEM, "单位名称")):
        found = new.record(form, last[name])
        assert found is not None
        assert found.values["name"] == name
    item = new.record(ITEM, last["单位名称"])
    assert item is not None
    assert item.parent == last["排污许可证信息"]
    assert states(new) == {"综合处": "open", "法规处": "open", "排污许可证信息": "open"}


def test_the_departments_own_record_goes_on(
    store: WorkspaceStore, last: dict[str, RecordId], begin: Begin
) -> None:
    del last
    (own,) = list(store.stream_records("department"))
    (now,) = list(begin(department="江苏省改名厅").stream_records("department"))
    assert now.id == own.id
    assert now.values["name"] == "江苏省改名厅"


def test_the_file_says_what_it_was_begun_from_and_nothing_of_it_is_undone(
    store: WorkspaceStore, last: dict[str, RecordId], begin: Begin
) -> None:
    del last
    name = store.path.name
    new = begin()
    told = new.last_round()
    assert told is not None
    assert (told.kind, told.name, told.round, told.sequence) == ("workspace", name, 1, 0)
    assert new.facts().round == 2
    assert new.undo_state().undo is None


@pytest.mark.usefixtures("last")
def test_attached_files_come_along(store: WorkspaceStore, begin: Begin) -> None:
    kept = attachments_folder(store.path)
    kept.mkdir()
    (kept / f"{'a' * 64}.pdf").write_bytes(b"%PDF charter")
    [beside] = attachments_folder(begin().path).iterdir()
    assert (beside.name, beside.read_bytes()) == (f"{'a' * 64}.pdf", b"%PDF charter")


@pytest.mark.usefixtures("last")
def test_the_summary_names_the_round_of_the_file(begin: Begin, clock: Clock) -> None:
    new = begin()
    found = summarise(new, check_workspace(new, clock=clock), clock=clock)
    head = summary_content(new, found, "zh").head
    assert head.period == text("PRINT_PERIOD", "zh", round=2)
    assert new.form_set.campaign.round == 1


def test_a_file_that_began_empty_has_nothing_to_compare_with(
    store: WorkspaceStore, last: dict[str, RecordId]
) -> None:
    del last
    assert store.last_round() is None
    assert store.deltas() == []


def test_one_step_confirms_several_and_one_undo_takes_it_back(
    last: dict[str, RecordId], begin: Begin, clock: Clock
) -> None:
    new = begin()
    offices = [last["综合处"], last["法规处"]]
    confirm_unchanged(new, OFFICE, offices, actor="李", clock=clock)
    assert states(new)["综合处"] == states(new)["法规处"] == "unchanged"
    assert delta_progress(new.deltas()).done == 2
    undo = new.undo_state().undo
    assert undo is not None
    assert undo[0] == "STEP_CONFIRM"
    editing.undo(new, actor="李", clock=clock)
    assert states(new)["综合处"] == "open"
    editing.redo(new, actor="李", clock=clock)
    assert [d.actor for d in new.deltas() if d.form == OFFICE] == ["李", "李"]
    unmark(new, OFFICE, offices[:1], actor="李", clock=clock)
    assert states(new) == {"综合处": "open", "法规处": "unchanged", "排污许可证信息": "open"}


def test_saying_the_same_again_is_no_step(
    last: dict[str, RecordId], begin: Begin, clock: Clock
) -> None:
    new = begin()
    assert confirm_unchanged(new, OFFICE, [last["综合处"]], actor="李", clock=clock).number
    assert not confirm_unchanged(new, OFFICE, [last["综合处"]], actor="王", clock=clock).number


def test_a_change_is_seen_and_its_undo_brings_the_confirmation_back(
    last: dict[str, RecordId], begin: Begin, clock: Clock
) -> None:
    new = begin()
    confirm_unchanged(new, OFFICE, [last["综合处"]], actor="李", clock=clock)
    editing.set_cells(new, OFFICE, [(last["综合处"], "duties", "文稿")], actor="李", clock=clock)
    assert states(new)["综合处"] == "changed"
    assert values_of_last_round(new, OFFICE, last["综合处"]) == {"duties": None}
    editing.undo(new, actor="李", clock=clock)
    assert states(new)["综合处"] == "unchanged"
    assert values_of_last_round(new, OFFICE, last["综合处"]) == {}


@pytest.mark.parametrize("act", ["edit", "remove", "add"])
def test_what_happens_to_a_child_changes_its_owner(
    last: dict[str, RecordId], begin: Begin, clock: Clock, act: str
) -> None:
    new, owner, item = begin(), last["排污许可证信息"], last["单位名称"]
    if act == "edit":
        editing.set_cells(new, ITEM, [(item, "name", "企业名称")], actor="李", clock=clock)
    elif act == "remove":
        editing.remove_records(new, ITEM, [item], "不再采集", actor="李", clock=clock)
    else:
        editing.create_record(new, ITEM, {"name": "日期"}, actor="李", clock=clock, parent=owner)
    assert states(new)["排污许可证信息"] == "changed"


def test_retired_and_new_records_are_told(
    last: dict[str, RecordId], begin: Begin, clock: Clock
) -> None:
    new = begin()
    editing.remove_records(new, OFFICE, [last["法规处"]], "机构撤并", actor="李", clock=clock)
    editing.create_record(new, OFFICE, {"name": "督察办"}, actor="李", clock=clock)
    mark_changing(new, OFFICE, [last["综合处"]], actor="李", clock=clock)
    assert states(new) == {
        "综合处": "changing", "法规处": "retired", "督察办": "new", "排污许可证信息": "open",
    }  # fmt: skip
    progress = delta_progress(new.deltas())
    assert progress.counts == {"changing": 1, "retired": 1, "new": 1, "open": 2}
    assert (progress.done, progress.total) == (1, 4), "a new record is none of the last round"


def test_text_that_did_not_fit_comes_along(
    store: WorkspaceStore, last: dict[str, RecordId], begin: Begin, clock: Clock
) -> None:
    editing.set_cells(
        store, RESOURCE, [(last["排污许可证信息"], "published_on", "去年")], actor="李", clock=clock
    )
    new = begin()
    found = new.record(RESOURCE, last["排污许可证信息"])
    assert found is not None
    assert found.values["published_on"] == Unfit("去年")
    assert states(new)["排污许可证信息"] == "open", "it is as it was"
    (told,) = [
        f
        for f in check_workspace(new, clock=clock).findings
        if f.record == found.id and "published_on" in f.fields
    ]
    assert told.severity is Severity.ERROR


def test_reasons_for_warnings_come_along(
    store: WorkspaceStore, last: dict[str, RecordId], begin: Begin
) -> None:
    reason = Explanation(
        last["综合处"], "ORG-9", "0" * 64, "已核实无误", "李", "2026-12-01T08:00:00Z"
    )
    store.explain([reason])
    (carried,) = begin().explanations()
    assert (carried.record, carried.rule, carried.reason) == (last["综合处"], "ORG-9", "已核实无误")


def test_a_name_that_is_purged_goes_from_what_was_carried_over(
    last: dict[str, RecordId], begin: Begin, clock: Clock
) -> None:
    new, record = begin(), last["排污许可证信息"]
    plan = plan_purge(new, RESOURCE, record, "name")
    purge(new, plan, actor="李", clock=clock)
    path = new.path
    new.close()
    assert "排污许可证信息".encode() not in path.read_bytes()


def test_what_came_with_the_last_round_may_be_in_its_file_and_all_its_packages(
    centre: Centre, shop: bootstrap.Services, clock: StandingClock, tmp_path: Path
) -> None:
    old = centre.department()
    office = centre.add_office(old, "综合处")
    sent = centre.export(old)
    old.close()
    path = tmp_path / "next.censusdb"
    begin_round(shop, path, old.path)
    with closing(bootstrap.open_workspace(path)) as new:
        carried = plan_purge(new, OFFICE, office, "name")
        assert carried.packages == (sent.package.name,)
        assert carried.earlier == old.path.name
        clock.moment += dt.timedelta(days=300)
        centre.put(new, OFFICE, office, duties="今年才写的")
        fresh = plan_purge(new, OFFICE, office, "duties")
        assert (fresh.packages, fresh.earlier) == ((), "")
        done = purge(new, carried, actor="李", clock=centre.clock)
        assert done.earlier == old.path.name


def test_a_round_of_practice_stays_practice(clock: Clock, tmp_path: Path) -> None:
    shop = bootstrap.PracticeServices(clock=clock, actor="李")
    source = tmp_path / "practice.censusdb"
    shop.create_workspace(source, "江苏省样例厅", "11320000990000017P").close()
    begun = begin_round(Shop(clock=clock, actor="李"), tmp_path / "next.censusdb", source)
    with closing(bootstrap.open_workspace(begun.path)) as new:
        assert new.facts().training
        assert new.facts().census_id.endswith("-training")
        assert begun.continues


def test_a_file_that_is_there_is_not_touched(
    shop: bootstrap.Services, store: WorkspaceStore, tmp_path: Path
) -> None:
    store.close()
    there = tmp_path / "there.censusdb"
    there.write_bytes(b"x")
    with pytest.raises(UserError) as refused:
        begin_round(shop, there, store.path)
    assert refused.value.code == "FILE_EXISTS"
    assert there.read_bytes() == b"x"


def test_a_source_that_is_missing_leaves_no_file(shop: bootstrap.Services, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        begin_round(shop, tmp_path / "new.censusdb", tmp_path / "old.censusdb")
    assert refused.value.code == "FILE_MISSING"
    assert list(tmp_path.glob("new*")) == []


# -- packages ----------------------------------------------------------------------------------------------------------


def trust_of(centre: Centre) -> TrustAnchors:
    return TrustAnchors.from_file(centre.stick / "root.crt")


def from_package(centre: Centre, package: Path, **options: Any) -> RoundBegun:
    shop = Shop(clock=centre.clock, actor="李")
    return begin_round(shop, centre.folder / "next.censusdb", package, **options)


def test_a_round_begins_from_a_verified_package_and_goes_on_with_its_chain(centre: Centre) -> None:
    store = centre.department()
    office = centre.add_office(store, "综合处")
    gone = centre.add_office(store, "法规处")
    done = centre.export(store)
    centre.receive(done)
    store.close()

    begun = from_package(centre, done.package.path, trust=trust_of(centre))
    assert begun.continues
    assert begun.counts[OFFICE] == 2
    assert begun.last.identity == done.package.identity
    with closing(bootstrap.open_workspace(begun.path)) as new:
        assert states(new) == {"综合处": "open", "法规处": "open"}
        (own,) = list(new.stream_records("department"))
        assert own.values["org_kind"] == "government"
        sent = new.packages()[-1]
        assert (sent.sequence, sent.identity) == (1, done.package.identity)
        editing.remove_records(new, OFFICE, [gone], "机构撤并", actor="李", clock=centre.clock)
        assert [(t.record, t.reason) for t in new.tombstones()] == [(gone, "机构撤并")]
        assert new.record(OFFICE, office) is not None


def test_the_next_package_of_a_round_begun_from_a_file_follows_the_last_one(centre: Centre) -> None:
    store = centre.department()
    centre.add_office(store, "综合处")
    centre.receive(centre.export(store))
    store.close()
    begun = from_package(centre, store.path)
    assert begun.continues
    new = bootstrap.open_workspace(begun.path)
    centre.opened.append(new)
    done = centre.export(new)
    assert done.package.statement.sequence == 2
    assert centre.receive(done).outcome == "merged"


def test_a_package_needs_somebody_to_vouch_for_it(centre: Centre) -> None:
    store = centre.department()
    package = centre.export(store).package.path
    with pytest.raises(UserError) as refused:
        from_package(centre, package)
    assert refused.value.code == "ROUND_TRUST"


def test_a_package_that_was_tampered_with_begins_nothing(centre: Centre) -> None:
    package = centre.export(centre.department()).package.path
    content = bytearray(package.read_bytes())
    content[len(content) // 2] ^= 1
    package.write_bytes(bytes(content))
    with pytest.raises(CensusError):
        from_package(centre, package, trust=trust_of(centre))
    assert not (centre.folder / "next.censusdb").exists()


def test_only_a_hand_in_begins_a_round(desk: Desk) -> None:
    letter = desk.receipt("accepted")
    with pytest.raises(UserError) as refused:
        from_package(desk.centre, letter.path, trust=trust_of(desk.centre))
    assert refused.value.code == "ROUND_PACKAGE"


def test_reasons_come_along_with_a_package_and_answers_stay_behind(desk: Desk) -> None:
    (own,) = list(desk.store.stream_records("department"))
    query = desk.ask("duties", "请核对职责")
    desk.send()
    answer_query(desk.store, query.id, "职责无误", actor="李", clock=desk.centre.clock)
    desk.explain_warning(own.id)
    desk.store.close()
    package = desk.packages[-1].package.path
    begun = from_package(desk.centre, package, trust=trust_of(desk.centre))
    with closing(bootstrap.open_workspace(begun.path)) as new:
        assert "内部短号，对外不公布。" in {e.reason for e in new.explanations()}


def test_another_campaign_begins_a_chain_of_its_own(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = centre.department()
    done = centre.export(store)
    real = carrying._head_of_package

    def of_another(*given: Any) -> Any:
        found = real(*given)
        found.last = replace(found.last, census_id="js-2016")
        return found

    monkeypatch.setattr(carrying, "_head_of_package", of_another)
    begun = from_package(centre, done.package.path, trust=trust_of(centre))
    assert not begun.continues
    with closing(bootstrap.open_workspace(begun.path)) as new:
        assert (new.packages(), new.handed_in(), new.facts().round) == ([], set(), 1)
        assert new.last_round() is not None
