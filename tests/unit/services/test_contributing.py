"""Contributions: handed up and down, merged field by field, conflicts decided and journalled, undone as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from census_app import bootstrap
from census_app.domain.changes import Origin
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import CensusError, DataProblem, UserError
from census_app.exchange.package import TrustAnchors, encode_line, open_package
from census_app.exchange.signers import Signer
from census_app.formspec.form_files import read_files
from census_app.services import editing
from census_app.services.contributing import (
    ContributionDone,
    ContributionPlan,
    ContributionWritten,
    apply_contribution,
    plan_contribution,
    write_contribution,
)
from census_app.services.contribution_lines import known_as, own_record
from census_app.services.contribution_peer import State
from census_app.services.editing import create_record, remove_records
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.purging import plan_purge, purge
from census_app.services.reconciling import ConflictItem, decide_conflict, open_conflicts
from census_app.services.upgrading import upgrade_workspace

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
DEPARTMENT = "11320000990000017P"
SECTION = DEPARTMENT + "A1"
OTHER = "11320000990000025J"
OFFICE = "internal_office"
RESOURCE = "information_resource"


@pytest.fixture(scope="session")
def with_section(enrolled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The centre's folder with a section of the first department, enrolled."""
    from census_app.bootstrap import SystemClock  # noqa: PLC0415

    folder = Path(shutil.copytree(enrolled, tmp_path_factory.mktemp("section") / "centre"))
    catalogue = bootstrap.open_catalogue(folder / "catalogue.censusdb")
    clock = _Standing(SystemClock())
    store = bootstrap.create_workspace(
        folder / "section.censusdb", department="江苏省第一样例厅信息处", code=SECTION, clock=clock
    )
    keys = folder / "keys"
    made = request_certificate(store, folder, keys, PASSPHRASE, clock=clock, software="t")
    issued = confirm(
        catalogue, made.request, made.fingerprint, folder / "stick", PASSPHRASE, clock=clock
    )
    answer = write_answer(issued, catalogue.facts().roots_pem, folder)
    accept_answer(store, answer, keys, clock=clock)
    store.close()
    catalogue.close()
    return folder


class _Standing:
    """The clock of the other fixtures, which is function-scoped there."""

    def __init__(self, _real: Clock) -> None:
        import datetime as dt  # noqa: PLC0415

        self._moment = dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)

    def now(self) -> Any:
        return self._moment


@dataclass
class Pair:
    """A department and a section of it, each with its workspace."""

    folder: Path
    clock: Clock
    department: WorkspaceStore
    section: WorkspaceStore
    signers: dict[str, Signer] = field(default_factory=dict)

    def send(self, store: WorkspaceStore, audience: str = "") -> ContributionWritten:
        code = store.facts().department_code
        if code not in self.signers:
            self.signers[code] = signer_of(store, self.folder / "keys")
            self.signers[code].unlock(PASSPHRASE)
        signer = self.signers[code]
        folder = self.folder / "stick2"
        return write_contribution(store, audience, folder, signer, clock=self.clock, software="t")

    def up(self) -> Path:
        return self.send(self.section).package.path

    def down(self) -> Path:
        return self.send(self.department, SECTION).package.path

    def take(self, store: WorkspaceStore, path: Path) -> ContributionDone:
        plan = plan_contribution(store, path, clock=self.clock)
        return apply_contribution(store, plan, actor="王", clock=self.clock)

    def hand_up(self) -> ContributionDone:
        return self.take(self.department, self.up())

    def hand_down(self) -> ContributionDone:
        return self.take(self.section, self.down())

    def add(self, store: WorkspaceStore, form: str, **values: Value) -> RecordId:
        return create_record(store, form, values, actor="李", clock=self.clock)

    def put(self, store: WorkspaceStore, form: str, record: RecordId, **values: str) -> None:
        edit = editing.RecordEditor(store, form, record, actor="李", clock=self.clock)
        for name, text in values.items():
            edit.set_text(name, text)

    def value(self, store: WorkspaceStore, form: str, record: RecordId, field: str) -> object:
        found = store.record(form, record)
        assert found is not None
        return found.values.get(field)

    def lines(self, path: Path) -> list[dict[str, Any]]:
        trust = TrustAnchors.from_file(self.folder / "stick" / "root.crt")
        with open_package(path, trust, now=self.clock.now()) as package:
            return list(package.iter_records())


@pytest.fixture
def pair(with_section: Path, tmp_path: Path, clock: Clock) -> Iterator[Pair]:
    folder = Path(shutil.copytree(with_section, tmp_path / "pair"))
    made = Pair(
        folder,
        clock,
        bootstrap.open_workspace(folder / "department0.censusdb"),
        bootstrap.open_workspace(folder / "section.censusdb"),
    )
    yield made
    made.department.close()
    made.section.close()


def contents(store: WorkspaceStore) -> dict[tuple[str, str], dict[str, object]]:
    """Return everything but the own record, with references to it under the name both sides know."""
    own = own_record(store)
    found: dict[tuple[str, str], dict[str, object]] = {}
    for form in store.form_set.forms:
        for record in store.stream_records(form.id):
            if record.id != own:
                values: dict[str, object] = {
                    k: "own" if v == own else v for k, v in record.values.items()
                }
                found[form.id, record.id] = values | {"_place": record.position}
    return found


def the_conflict(store: WorkspaceStore) -> ConflictItem:
    (item,) = open_conflicts(store)
    return item


# -- handing on --------------------------------------------------------------------------------------------------------


def test_a_section_hands_up_and_the_department_has_its_records(pair: Pair) -> None:
    office = pair.add(pair.section, OFFICE, name="信息处")
    done = pair.hand_up()
    assert (len(done.plan.merge.inserts), done.plan.conflicts) == (1, ())
    assert contents(pair.department) == contents(pair.section)
    record = pair.department.record(OFFICE, office)
    assert record is not None
    assert record.unit == SECTION
    (entry,) = pair.department.journal(OFFICE, office)
    assert (entry.origin, entry.actor, entry.sign) == (Origin.MERGED, "王", "+")


def test_the_package_names_both_sides_and_follows_its_own_chain(pair: Pair) -> None:
    first, second = pair.send(pair.section), pair.send(pair.section)
    assert first.package.name == f"{SECTION}-{DEPARTMENT}-000001"
    assert first.package.statement.audience == DEPARTMENT
    assert (second.package.statement.sequence, second.package.statement.previous) == (
        2,
        first.package.identity,
    )
    down = pair.send(pair.department, SECTION)
    assert (down.package.statement.sequence, down.package.statement.in_reply_to) == (1, "")


def test_a_second_pc_is_seeded_and_the_work_of_both_comes_together(pair: Pair) -> None:
    office = pair.add(pair.department, OFFICE, name="信息处", duties="旧职责")
    pair.hand_down()
    pair.put(pair.section, OFFICE, office, name="数据处")
    pair.put(pair.department, OFFICE, office, duties="新职责")
    done = pair.hand_up()
    assert done.plan.conflicts == ()
    assert pair.value(pair.department, OFFICE, office, "name") == "数据处"
    assert pair.value(pair.department, OFFICE, office, "duties") == "新职责"
    pair.hand_down()
    assert contents(pair.department) == contents(pair.section)


def test_the_own_record_stays_and_references_to_it_find_their_own(pair: Pair) -> None:
    theirs, ours = own_record(pair.section), own_record(pair.department)
    assert theirs is not None
    assert theirs != ours
    made = pair.add(pair.section, RESOURCE, name="许可信息", provider=theirs)
    path = pair.up()
    (line,) = pair.lines(path)
    assert line["values"]["provider"] == known_as(DEPARTMENT)
    pair.take(pair.department, path)
    assert pair.value(pair.department, RESOURCE, made, "provider") == ours
    assert pair.hand_down().plan.operations == ()
    assert pair.value(pair.section, RESOURCE, made, "provider") == theirs


def test_answers_that_are_not_relevant_now_travel_too(pair: Pair) -> None:
    made = pair.add(pair.section, RESOURCE, name="许可信息", is_open=False, open_condition="实名")
    pair.hand_up()
    assert pair.value(pair.department, RESOURCE, made, "open_condition") == "实名"


def test_an_answer_that_does_not_fit_stays_and_empties_nothing_there(pair: Pair) -> None:
    made = pair.add(pair.section, RESOURCE, name="许可信息")
    pair.put(pair.section, RESOURCE, made, records_total_wan="12")
    pair.hand_up()
    before = pair.value(pair.department, RESOURCE, made, "records_total_wan")
    pair.put(pair.section, RESOURCE, made, records_total_wan="约十二万", abstract="不清楚")
    assert isinstance(pair.value(pair.section, RESOURCE, made, "records_total_wan"), Unfit)
    written = pair.send(pair.section)
    assert [(x.record, x.field, x.title) for x in written.left_out] == [
        (made, "records_total_wan", "许可信息")
    ]
    pair.take(pair.department, written.package.path)
    assert pair.value(pair.department, RESOURCE, made, "records_total_wan") == before
    assert pair.value(pair.department, RESOURCE, made, "abstract") == "不清楚"


def test_a_deletion_is_handed_on_for_ever_with_its_reason(pair: Pair) -> None:
    office = pair.add(pair.section, OFFICE, name="信息处")
    pair.hand_up()
    remove_records(pair.section, OFFICE, [office], "已撤并", actor="李", clock=pair.clock)
    assert pair.hand_up().plan.merge.removes == ((OFFICE, office),)
    assert pair.department.record(OFFICE, office) is None
    assert pair.department.journal(OFFICE, office)[0].reason == "已撤并"
    again = [line for line in pair.lines(pair.up()) if line["op"] == "delete"]
    assert [(line["id"], line["reason"]) for line in again] == [(office, "已撤并")]


def test_what_the_department_seeded_can_be_deleted_by_the_section(pair: Pair) -> None:
    office = pair.add(pair.department, OFFICE, name="信息处")
    pair.hand_down()
    remove_records(pair.section, OFFICE, [office], "误建", actor="李", clock=pair.clock)
    pair.hand_up()
    assert pair.department.record(OFFICE, office) is None


def test_items_travel_with_owner_and_place(pair: Pair) -> None:
    owner = pair.add(pair.section, RESOURCE, name="许可信息")
    items = [
        create_record(
            pair.section, "data_item", {"name": n}, actor="李", clock=pair.clock, parent=owner
        )
        for n in ("编号", "名称")
    ]
    pair.hand_up()
    first = pair.section.record("data_item", items[0])
    assert first is not None
    editing.move_record(
        pair.section, "data_item", items[1], first.position // 2, actor="李", clock=pair.clock
    )
    pair.hand_up()
    assert [r.id for r in pair.department.stream_records("data_item")] == [items[1], items[0]]
    assert contents(pair.department) == contents(pair.section)


def test_reasons_for_warnings_travel(pair: Pair) -> None:
    from census_app.services.checking import check_workspace  # noqa: PLC0415
    from census_app.services.explaining import explain  # noqa: PLC0415

    made = pair.add(pair.section, RESOURCE, name="省厅许可系统")
    findings = [
        f for f in check_workspace(pair.section, clock=pair.clock).findings if f.record == made
    ]
    assert explain(pair.section, findings, "名称与台账一致。", actor="李", clock=pair.clock) > 0
    pair.hand_up()
    told = {(e.record, e.rule, e.reason) for e in pair.department.explanations()}
    assert told == {(e.record, e.rule, e.reason) for e in pair.section.explanations()}
    pair.department.undo("王", "2026-12-01T09:00:00Z")
    assert pair.department.explanations() == []


@pytest.mark.parametrize(
    ("side", "audience", "code"),
    [
        ("department", "", "CONTRIBUTION_AUDIENCE_MISSING"),
        ("department", OTHER, "CONTRIBUTION_AUDIENCE"),
        ("department", DEPARTMENT, "CONTRIBUTION_AUDIENCE"),
        ("section", OTHER, "CONTRIBUTION_AUDIENCE"),
        ("section", "../x", "CONTRIBUTION_AUDIENCE"),
    ],
)
def test_only_the_own_department_and_its_units_are_addressed(
    pair: Pair, side: str, audience: str, code: str
) -> None:
    store = pair.department if side == "department" else pair.section
    with pytest.raises(UserError, match=code):
        pair.send(store, audience)
    assert store.packages() == []


# -- admission ---------------------------------------------------------------------------------------------------------


def refused(pair: Pair, store: WorkspaceStore, path: Path) -> str:
    before = contents(store)
    with pytest.raises(CensusError) as caught:
        plan_contribution(store, path, clock=pair.clock)
    assert contents(store) == before
    return caught.value.code


def test_the_same_package_twice_changes_nothing(pair: Pair) -> None:
    pair.add(pair.section, OFFICE, name="信息处")
    path = pair.up()
    pair.take(pair.department, path)
    before = contents(pair.department)
    done = pair.take(pair.department, path)
    assert (done.plan.outcome, done.step.number, done.snapshot) == ("duplicate", 0, None)
    assert contents(pair.department) == before


def test_a_gap_waits_for_what_is_missing(pair: Pair) -> None:
    first, second = pair.up(), pair.up()
    with pytest.raises(DataProblem, match="CONTRIBUTION_GAP") as caught:
        plan_contribution(pair.department, second, clock=pair.clock)
    assert (caught.value.params["missing"], caught.value.params["sequence"]) == (1, 2)
    pair.take(pair.department, first)
    assert pair.take(pair.department, second).plan.outcome == "ready"


def test_two_packages_of_one_number_are_not_mixed(pair: Pair) -> None:
    shutil.copy(pair.section.path, pair.folder / "old.censusdb")
    path = pair.up()
    pair.take(pair.department, path)
    old = bootstrap.open_workspace(pair.folder / "old.censusdb")
    try:
        pair.add(old, OFFICE, name="另一处")
        path.unlink()
        other = pair.send(old).package.path
    finally:
        old.close()
    assert refused(pair, pair.department, other) == "CONTRIBUTION_FORK"


def test_another_audience_another_sender_and_another_type_are_refused(
    pair: Pair, centre: Centre
) -> None:
    path = pair.up()
    assert refused(pair, pair.section, path) == "AUDIENCE"
    stranger = centre.department(1)
    assert refused(pair, stranger, path) == "AUDIENCE"
    submission = centre.export(centre.department(0)).package.path
    assert refused(pair, pair.department, submission) == "NOT_CONTRIBUTION"


def test_a_stranger_with_a_good_certificate_is_out_of_scope(
    pair: Pair, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = centre.department(1)
    signer = signer_of(stranger, centre.keys)
    signer.unlock(PASSPHRASE)
    # The stranger's own program would refuse to address it; one that is not ours need not.
    monkeypatch.setattr(
        "census_app.services.contributing._audience", lambda _store, given: str(given)
    )
    written = write_contribution(
        stranger, DEPARTMENT, pair.folder, signer, clock=pair.clock, software="t"
    )
    assert refused(pair, pair.department, written.package.path) == "SCOPE"


def test_a_changed_byte_is_refused(pair: Pair) -> None:
    pair.add(pair.section, OFFICE, name="信息处")
    path = pair.up()
    raw = path.read_bytes()
    path.write_bytes(raw.replace("信息处".encode(), "信访处".encode()))
    assert refused(pair, pair.department, path) == "HASH"


def test_a_workspace_without_roots_believes_nobody(
    pair: Pair, make_workspace: Callable[..., WorkspaceStore]
) -> None:
    assert refused(pair, make_workspace(0), pair.up()) == "NOT_ENROLLED"


def test_classified_content_is_refused_although_it_is_signed(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A program that is not ours may let it in.
    monkeypatch.setattr("census_app.services.editing.refuse", lambda *_: None)
    pair.add(pair.section, RESOURCE, name="台账", secrecy="classified")
    monkeypatch.undo()
    path = pair.up()
    assert refused(pair, pair.department, path) == "REFUSED_VALUE"
    assert pair.department.contribution_lines(SECTION, "received", 9) == {}


def test_what_changed_since_the_preview_is_looked_at_again(pair: Pair) -> None:
    office = pair.add(pair.section, OFFICE, name="信息处")
    pair.hand_up()
    pair.put(pair.section, OFFICE, office, name="数据处")
    plan: ContributionPlan = plan_contribution(pair.department, pair.up(), clock=pair.clock)
    pair.put(pair.department, OFFICE, office, name="大数据处")
    with pytest.raises(UserError, match="CONTRIBUTION_CHANGED"):
        apply_contribution(pair.department, plan, actor="王", clock=pair.clock)
    assert pair.value(pair.department, OFFICE, office, "name") == "大数据处"


# -- conflicts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def torn(pair: Pair) -> tuple[Pair, RecordId]:
    """Both sides have changed one field differently, and the department has taken the section's over."""
    office = pair.add(pair.department, OFFICE, name="信息处", duties="旧")
    pair.hand_down()
    pair.put(pair.section, OFFICE, office, name="数据处", duties="新")
    pair.put(pair.department, OFFICE, office, name="大数据处")
    pair.hand_up()
    return pair, office


def test_a_conflict_waits_side_by_side_while_ours_stays(torn: tuple[Pair, RecordId]) -> None:
    pair, office = torn
    item = the_conflict(pair.department)
    assert (item.form, item.record, item.field, item.title) == (OFFICE, office, "name", "大数据处")
    assert (item.base, item.ours, item.theirs) == ("信息处", "大数据处", "数据处")
    assert item.sender == SECTION
    assert pair.value(pair.department, OFFICE, office, "name") == "大数据处"
    assert pair.value(pair.department, OFFICE, office, "duties") == "新"


def test_undecided_conflicts_block_handing_on(torn: tuple[Pair, RecordId], centre: Centre) -> None:
    pair, _office = torn
    with pytest.raises(UserError, match="EXPORT_CONFLICTS") as caught:
        centre.export(pair.department)
    assert caught.value.params == {"count": 1, "first": "大数据处"}
    with pytest.raises(UserError, match="EXPORT_CONFLICTS"):
        pair.down()


def decide(pair: Pair, choice: Any, text: str = "", reason: str = "已核对台账") -> None:
    item = the_conflict(pair.department)
    decide_conflict(
        pair.department, item.id, choice, reason, actor="赵", clock=pair.clock, text=text
    )


@pytest.mark.parametrize(
    ("choice", "text", "value"),
    [
        ("ours", "", "大数据处"),
        ("theirs", "", "数据处"),
        ("value", "数据资源处", "数据资源处"),
    ],
)
def test_a_decision_is_written_and_journalled(
    torn: tuple[Pair, RecordId], choice: str, text: str, value: str
) -> None:
    pair, office = torn
    decide(pair, choice, text)
    assert open_conflicts(pair.department) == []
    assert pair.value(pair.department, OFFICE, office, "name") == value
    entry = pair.department.journal(OFFICE, office, "name")[0]
    assert (entry.actor, entry.reason, entry.origin) == ("赵", "已核对台账", Origin.MERGED)
    assert (entry.old, entry.new) == ('"大数据处"', f'"{value}"')
    pair.hand_down()
    assert contents(pair.department) == contents(pair.section)


def test_an_undone_decision_opens_the_conflict_again(torn: tuple[Pair, RecordId]) -> None:
    pair, office = torn
    for choice in ("theirs", "ours"):
        decide(pair, choice)
        pair.department.undo("赵", "2026-12-01T09:00:00Z")
        assert the_conflict(pair.department).ours == "大数据处"
        pair.department.redo("赵", "2026-12-01T09:00:00Z")
        assert open_conflicts(pair.department) == []
        pair.department.undo("赵", "2026-12-01T09:00:00Z")
    assert pair.value(pair.department, OFFICE, office, "name") == "大数据处"


@pytest.mark.parametrize("choice", ["theirs", "ours"])
def test_a_purged_value_goes_from_conflicts_and_decisions_too(pair: Pair, choice: str) -> None:
    secret = "Tango-7731"  # noqa: S105
    office = pair.add(pair.department, OFFICE, name="信息处", duties="旧")
    pair.hand_down()
    pair.put(pair.section, OFFICE, office, duties=secret)
    pair.put(pair.department, OFFICE, office, duties="本级")
    pair.hand_up()
    decide(pair, choice, reason=f"以 {secret} 为准")
    assert secret.encode() in pair.department.path.read_bytes()
    plan = plan_purge(pair.department, OFFICE, office, "duties")
    purge(pair.department, plan, actor="赵", clock=pair.clock)
    assert secret.encode() not in pair.department.path.read_bytes()
    for _ in range(3):
        editing.undo(pair.department, actor="赵", clock=pair.clock)
    for _ in range(3):
        editing.redo(pair.department, actor="赵", clock=pair.clock)
    assert secret.encode() not in pair.department.path.read_bytes()
    assert pair.value(pair.department, OFFICE, office, "name") == "信息处"


def test_a_decision_for_ours_stands_when_the_section_sends_the_same_again(
    torn: tuple[Pair, RecordId],
) -> None:
    pair, office = torn
    decide(pair, "ours")
    assert pair.hand_up().plan.conflicts == ()
    assert pair.value(pair.department, OFFICE, office, "name") == "大数据处"
    assert open_conflicts(pair.department) == []


def test_a_conflict_settles_itself_when_both_hold_the_same(torn: tuple[Pair, RecordId]) -> None:
    pair, office = torn
    pair.put(pair.department, OFFICE, office, name="数据处")
    assert open_conflicts(pair.department) == []


def test_a_newer_answer_of_theirs_takes_the_place_of_the_conflict(
    torn: tuple[Pair, RecordId],
) -> None:
    pair, office = torn
    pair.put(pair.section, OFFICE, office, name="数据局")
    pair.hand_up()
    assert the_conflict(pair.department).theirs == "数据局"
    pair.put(pair.section, OFFICE, office, name="大数据处")
    pair.hand_up()
    assert open_conflicts(pair.department) == []


@pytest.mark.parametrize(
    ("conflict", "choice", "text", "reason", "code"),
    [
        ("", "ours", "", "已核对台账", "CONFLICT_UNKNOWN"),
        ("zz", "ours", "", "已核对台账", "CONFLICT_UNKNOWN"),
        (None, "ours", "", " ", "CONFLICT_REASON"),
    ],
)
def test_decisions_that_cannot_be_taken(
    torn: tuple[Pair, RecordId],
    conflict: str | None,
    choice: Any,
    text: str,
    reason: str,
    code: str,
) -> None:
    pair, _office = torn
    wanted = the_conflict(pair.department).id if conflict is None else conflict
    with pytest.raises(UserError, match=code):
        decide_conflict(
            pair.department, wanted, choice, reason, actor="赵", clock=pair.clock, text=text
        )
    assert len(open_conflicts(pair.department)) == 1


@pytest.mark.parametrize(
    ("field", "text", "code", "instead"),
    [
        ("records_total_wan", "许多", "CONFLICT_VALUE", "3"),
        ("abstract", "机密★10年 资料", "REFUSED_VALUE", "3"),
    ],
)
def test_a_value_that_may_not_stand_there_decides_nothing(
    pair: Pair, field: str, text: str, code: str, instead: str
) -> None:
    made = pair.add(pair.department, RESOURCE, name="许可信息")
    pair.hand_down()
    pair.put(pair.section, RESOURCE, made, **{field: "1"})
    pair.put(pair.department, RESOURCE, made, **{field: "2"})
    pair.hand_up()
    with pytest.raises(UserError, match=code):
        decide(pair, "value", text)
    assert str(pair.value(pair.department, RESOURCE, made, field)) == "2"
    decide(pair, "value", instead)
    assert str(pair.value(pair.department, RESOURCE, made, field)) == instead


@pytest.mark.parametrize("choice", ["ours", "theirs"])
@pytest.mark.parametrize("who_deleted", ["department", "section"])
def test_deleted_on_one_side_and_changed_on_the_other(
    pair: Pair, who_deleted: str, choice: str
) -> None:
    owner = pair.add(pair.department, RESOURCE, name="许可信息")
    create_record(
        pair.department, "data_item", {"name": "编号"}, actor="李", clock=pair.clock, parent=owner
    )
    pair.hand_down()
    sides = {"department": pair.department, "section": pair.section}
    remove_records(sides.pop(who_deleted), RESOURCE, [owner], "停办", actor="李", clock=pair.clock)
    (editor,) = sides.values()
    pair.put(editor, RESOURCE, owner, abstract="改写过")
    pair.hand_up()
    item = the_conflict(pair.department)
    assert (item.field, item.title, item.ours_gone) == (
        "", "许可信息", who_deleted == "department",
    )  # fmt: skip
    decide(pair, choice)
    kept = (choice == "ours") is (who_deleted == "section")
    assert (pair.department.record(RESOURCE, owner) is not None) is kept
    assert len(list(pair.department.stream_records("data_item"))) == int(kept)
    if kept:
        assert pair.value(pair.department, RESOURCE, owner, "abstract") == "改写过"
    assert open_conflicts(pair.department) == []
    assert pair.hand_up().plan.operations == ()
    pair.hand_down()
    assert contents(pair.department) == contents(pair.section)


# -- undo, crossing ----------------------------------------------------------------------------------------------------


def test_an_undo_takes_the_whole_back_and_it_can_be_taken_over_again(
    torn: tuple[Pair, RecordId],
) -> None:
    pair, office = torn
    before = pair.department.packages()
    pair.department.undo("王", "2026-12-01T09:00:00Z")
    assert pair.value(pair.department, OFFICE, office, "duties") == "旧"
    assert open_conflicts(pair.department) == []
    path = pair.folder / "stick2" / f"{SECTION}-{DEPARTMENT}-000001.census"
    again = pair.take(pair.department, path)
    assert again.plan.outcome == "ready"
    assert pair.value(pair.department, OFFICE, office, "duties") == "新"
    assert the_conflict(pair.department).theirs == "数据处"
    assert pair.department.packages() == before


def test_an_undone_merge_is_not_handed_back_as_a_deletion(pair: Pair) -> None:
    office = pair.add(pair.section, OFFICE, name="信息处")
    pair.hand_up()
    pair.department.undo("王", "2026-12-01T09:00:00Z")
    assert pair.lines(pair.down()) == []
    assert pair.take(pair.section, pair.folder / "stick2" / f"{DEPARTMENT}-{SECTION}-000001.census")
    assert pair.section.record(OFFICE, office) is not None


def test_both_sent_before_either_read_and_both_come_to_the_same(pair: Pair) -> None:
    office = pair.add(pair.department, OFFICE, name="信息处", duties="旧")
    pair.hand_down()
    pair.put(pair.section, OFFICE, office, name="数据处")
    pair.put(pair.department, OFFICE, office, duties="新")
    up, down = pair.up(), pair.down()
    pair.take(pair.department, up)
    pair.take(pair.section, down)
    assert contents(pair.department) == contents(pair.section)
    # Each goes on with what the other brought; neither is a conflict.
    pair.put(pair.section, OFFICE, office, name="数据局")
    pair.put(pair.department, OFFICE, office, duties="更新")
    up, down = pair.up(), pair.down()
    assert pair.take(pair.department, up).plan.conflicts == ()
    assert pair.take(pair.section, down).plan.conflicts == ()
    assert contents(pair.department) == contents(pair.section)
    assert pair.value(pair.section, OFFICE, office, "name") == "数据局"
    assert pair.value(pair.section, OFFICE, office, "duties") == "更新"


def test_bases_that_nobody_needs_any_more_are_forgotten(pair: Pair) -> None:
    office = pair.add(pair.section, OFFICE, name="0")
    for number in range(1, 6):
        pair.hand_up()
        pair.hand_down()
        pair.put(pair.section, OFFICE, office, name=str(number))
    from census_app.storage.workspace import Workspace  # noqa: PLC0415

    assert isinstance(pair.department, Workspace)
    with pair.department._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM base_line").scalar_one()
    assert rows <= 4
    assert pair.hand_up().plan.merge.edits[0].values == {"name": "5"}


def test_a_section_with_the_older_forms_hands_up_to_a_department_with_the_newer(
    torn: tuple[Pair, RecordId], v2_folder: Path
) -> None:
    pair, office = torn
    upgrade_workspace(pair.department, read_files(v2_folder), actor="王", clock=pair.clock)
    assert the_conflict(pair.department).theirs == "数据处"
    decide(pair, "theirs")
    pair.put(pair.section, OFFICE, office, duties="更新的职责")
    done = pair.hand_up()
    # The field has another name by now, on the line and in what both sides had in common.
    assert [edit.values for edit in done.plan.merge.edits] == [{"tasks": "更新的职责"}]
    assert done.plan.conflicts == ()
    assert pair.value(pair.department, OFFICE, office, "tasks") == "更新的职责"
    assert refused(pair, pair.section, pair.down()) == "FORM_VERSION_OTHER"


def test_an_answer_the_newer_forms_do_not_admit_empties_nothing(
    pair: Pair, v2_folder: Path
) -> None:
    body = pair.add(pair.section, "department", name="省样例中心", org_kind="mass")
    pair.hand_up()
    upgrade_workspace(pair.department, read_files(v2_folder), actor="王", clock=pair.clock)
    pair.put(pair.section, "department", body, name="省样例中心（改）")
    done = pair.hand_up()
    assert [edit.values for edit in done.plan.merge.edits] == [{"name": "省样例中心（改）"}]
    assert isinstance(pair.value(pair.department, "department", body, "org_kind"), Unfit)


def test_a_deletion_in_a_form_nobody_knows_is_nothing_to_do(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {"form": "zzz_form", "id": "0" * 32, "unit": SECTION, "op": "delete", "reason": "x"}
    told = State.encoded
    monkeypatch.setattr(State, "encoded", lambda self: [*told(self), encode_line(gone)])
    pair.add(pair.section, OFFICE, name="信息处")
    done = pair.hand_up()
    assert [key[0] for key, _line in done.plan.merge.inserts] == [OFFICE]
    assert pair.hand_up().plan.merge.inserts == ()
