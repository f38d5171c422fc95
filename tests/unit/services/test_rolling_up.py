"""Three tiers: departments hand in to a city, the city hands its whole catalogue up, and answers come back."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.holdings import ListQuery, Unit
from census_app.domain.records import RecordId, Value
from census_app.errors import CensusError, UserError
from census_app.exchange.package import TrustAnchors, open_package
from census_app.exchange.refusals import ReplyChain, UnknownReply, WrongAudience
from census_app.exchange.signers import Signer
from census_app.services.applying import Applied, Desk, apply_file
from census_app.services.arriving import Arrived, arrive
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.editing import RecordEditor, create_record, remove_records
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    coordinator_signer_of,
    make_coordinator,
    make_root,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.explaining import explain
from census_app.services.exporting import export_package
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.receiving import Received, rebuild, receive
from census_app.services.reviewing import write_receipt
from census_app.services.rolling_up import RollupWritten, rollups, write_rollup
from census_app.services.upper_tier import request_upper, upper_signer_of

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
CODES = ("11320000990000017P", "11320000990000025J")
CITY, PROVINCE = "11320000990000033D", "113200009900000414"
NAMES = ("苏州市第一样例局", "苏州市第二样例局")
OFFICE = "internal_office"


@dataclass
class Standing:
    moment: dt.datetime = field(
        default_factory=lambda: dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)
    )

    def now(self) -> dt.datetime:
        return self.moment


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two departments, their city and its province, everybody enrolled; keys take time, so once."""
    folder, clock = tmp_path_factory.mktemp("tiers"), Standing()
    keys = folder / "keys"
    keys.mkdir()
    for level, name in (("city", "苏州市"), ("province", "江苏省")):
        make_root(name, folder / level, PASSPHRASE, clock=clock)
        roots = (folder / level / "root.crt").read_text(encoding="ascii")
        made = bootstrap.create_catalogue(
            folder / f"{level}.censusdb", name=name, roots_pem=roots, level=level, clock=clock
        )
        made.close()
    city = bootstrap.open_catalogue(folder / "city.censusdb")
    for code, name in zip(CODES, NAMES, strict=True):
        store = bootstrap.create_workspace(
            folder / f"{code}.censusdb", department=name, code=code, clock=clock
        )
        (record,) = store.stream_records("department")
        values: dict[str, Value | None] = {"org_kind": "government"}
        set_everywhere(store, "department", [record.id], values, actor="t", clock=clock)
        asked = request_certificate(store, folder, keys, PASSPHRASE, clock=clock, software="t")
        issued = confirm(
            city, asked.request, asked.fingerprint, folder / "city", PASSPHRASE, clock=clock
        )
        accept_answer(store, write_answer(issued, city.roots(), folder), keys, clock=clock)
        store.close()
    province = bootstrap.open_catalogue(folder / "province.censusdb")
    make_coordinator(
        province, PROVINCE, "江苏省", folder / "province", PASSPHRASE, keys, PASSPHRASE, clock=clock
    )
    asked = request_upper(city, CITY, folder, keys, PASSPHRASE, clock=clock, software="t")
    issued = confirm(
        province, asked.request, asked.fingerprint, folder / "province", PASSPHRASE, clock=clock
    )
    answer = write_answer(issued, province.roots(), folder)
    desk = Desk(keys=keys, clock=clock)
    apply_file(city, answer, desk)
    city.close()
    province.close()
    return folder


@dataclass
class Tiers:
    folder: Path
    clock: Standing
    city: CatalogueStore
    province: CatalogueStore
    departments: list[WorkspaceStore]
    signers: dict[str, Signer] = field(default_factory=dict)

    def signer(self, name: str) -> Signer:
        if name not in self.signers:
            keys = self.folder / "keys"
            made = {
                "city": lambda: upper_signer_of(self.city, keys),
                "province": lambda: coordinator_signer_of(self.province, keys),
            }.get(name, lambda: signer_of(self.departments[int(name)], keys))()
            made.unlock(PASSPHRASE)
            self.signers[name] = made
        return self.signers[name]

    def hand_in(self, number: int, *, announce: bool = False) -> Received:
        done = export_package(
            self.departments[number],
            self.signer(str(number)),
            self.folder / "in",
            clock=self.clock,
            software="t",
            announce_unfinished=announce,
        )
        return receive(self.city, done.package.path, clock=self.clock)

    def roll_up(self) -> RollupWritten:
        return write_rollup(
            self.city, self.folder / "up", self.signer("city"), clock=self.clock, software="t"
        )

    def hand_up(self) -> Received:
        return receive(self.province, self.roll_up().package.path, clock=self.clock)

    def lines(self, done: RollupWritten) -> list[dict[str, Any]]:
        """Return the record lines as a stranger with the province's root reads them."""
        trust = TrustAnchors.from_file(self.folder / "province" / "root.crt")
        trust = replace(trust, units={CITY: frozenset(CODES)})
        with open_package(done.package.path, trust, now=self.clock.now()) as package:
            return list(package.iter_records())

    def add(self, number: int, form: str = OFFICE, **values: Value) -> RecordId:
        return create_record(self.departments[number], form, values, actor="t", clock=self.clock)

    def receipt(self, identity: str, status: Any = "accepted", note: str = "") -> Path:
        done = write_receipt(
            self.province, identity, status, note, self.folder / "back", self.signer("province"),
            clock=self.clock, software="t", actor="t",
        )  # fmt: skip
        return Path(done.path)

    def apply(self, path: Path) -> Applied:
        return apply_file(self.city, path, Desk(keys=self.folder / "keys", clock=self.clock))


@pytest.fixture
def bare(founded: Path, tmp_path: Path) -> Iterator[Tiers]:
    """The tiers before the province has listed the city's departments."""
    folder = Path(shutil.copytree(founded, tmp_path / "tiers"))
    made = Tiers(
        folder,
        Standing(),
        bootstrap.open_catalogue(folder / "city.censusdb"),
        bootstrap.open_catalogue(folder / "province.censusdb"),
        [bootstrap.open_workspace(folder / f"{code}.censusdb") for code in CODES],
    )
    yield made
    made.city.close()
    made.province.close()
    for store in made.departments:
        store.close()


@pytest.fixture
def tiers(bare: Tiers) -> Tiers:
    named = zip(CODES, NAMES, strict=True)
    bare.province.store_units(Unit(CITY, code, name) for code, name in named)
    return bare


def offices(catalogue: CatalogueStore) -> dict[str, tuple[str, object]]:
    """Return id → unit and name of every office."""
    return {
        record.id: (record.unit, record.values.get("name"))
        for record in catalogue.stream_records(OFFICE)
    }


# -- up ----------------------------------------------------------------------------------------------------------------


def test_a_record_of_the_province_traces_to_its_department(tiers: Tiers) -> None:
    office = tiers.add(0, name="信息处")
    other = tiers.add(1, name="综合处")
    tiers.hand_in(0)
    tiers.hand_in(1)
    received = tiers.hand_up()
    assert (received.outcome, received.department, received.sequence) == ("merged", CITY, 1)
    assert offices(tiers.province) == {
        office: (CODES[0], "信息处"),
        other: (CODES[1], "综合处"),
    }
    keys = tiers.province.keys(ListQuery(form=OFFICE, department=CITY))
    rows = tiers.province.rows(OFFICE, keys, ["name"])
    assert {(row.id, row.department) for row in rows} == {(office, CITY), (other, CITY)}
    assert tiers.province.count(ListQuery(form="department")) == 2
    counts = tiers.province.counts("2026-12-01")
    assert [(code, each["city_platforms"]) for code, each in counts.items()] == [(CITY, 0)]
    (entry,) = tiers.province.roster()
    assert (entry.code, entry.name, entry.head_sequence) == (CITY, "苏州市", 1)


def test_the_province_rebuilds_to_the_same_digest(tiers: Tiers) -> None:
    tiers.add(0, name="信息处")
    tiers.hand_in(0)
    tiers.hand_up()
    before = tiers.province.digest()
    assert rebuild(tiers.province, clock=tiers.clock) == before


def test_lines_ascend_over_departments_and_name_them(tiers: Tiers) -> None:
    for number in range(12):
        tiers.add(number % 2, name=f"{number}处")
    tiers.hand_in(0)
    tiers.hand_in(1)
    done = tiers.roll_up()
    lines = tiers.lines(done)
    places = [(line["form"], line["id"]) for line in lines]
    assert places == sorted(places)
    assert len(places) == 12 + 2
    assert {line["unit"] for line in lines} == set(CODES)
    assert dict(done.departments) == dict(zip(CODES, NAMES, strict=True))


def test_a_section_s_records_go_up_under_their_department(
    tiers: Tiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = replace(tiers.departments[0].facts(), department_code=CODES[0] + "A1")
    with monkeypatch.context() as patch:
        patch.setattr(tiers.departments[0], "facts", lambda: facts)
        office = tiers.add(0, name="信息处")
    tiers.hand_in(0)
    assert offices(tiers.city)[office] == (CODES[0] + "A1", "信息处")
    assert tiers.hand_up().outcome == "merged"
    assert offices(tiers.province)[office] == (CODES[0], "信息处")


def test_roll_ups_form_a_chain_and_are_kept_whole(tiers: Tiers) -> None:
    tiers.add(0, name="信息处")
    tiers.hand_in(0)
    first, second = tiers.roll_up(), tiers.roll_up()
    statement = second.package.statement
    assert (statement.sequence, statement.previous) == (2, first.package.identity)
    assert (statement.sender, statement.audience) == (CITY, "coordinator")
    assert [p.identity for p in rollups(tiers.city)] == [
        first.package.identity,
        second.package.identity,
    ]
    kept = b"".join(tiers.city.package_bytes(first.package.identity))
    assert kept == first.package.path.read_bytes()
    assert tiers.city.packages() == [p for p in tiers.city.packages() if p.department in CODES]
    # A roll-up is no package received: the catalogue's digest does not know it.
    assert tiers.city.digest() == rebuild(tiers.city, clock=tiers.clock)


def test_what_is_gone_is_deleted_above_for_ever_with_its_reason(tiers: Tiers) -> None:
    office = tiers.add(0, name="信息处")
    tiers.hand_in(0)
    tiers.hand_up()
    remove_records(tiers.departments[0], OFFICE, [office], "已撤并", actor="t", clock=tiers.clock)
    tiers.hand_in(0)
    received = tiers.hand_up()
    assert received.merge is not None
    assert received.merge.deleted == 1
    assert offices(tiers.province) == {}
    again = [line for line in tiers.lines(tiers.roll_up()) if line["op"] == "delete"]
    assert [(x["id"], x["reason"], x["unit"]) for x in again] == [(office, "已撤并", CODES[0])]


def test_records_that_a_rebuild_cut_short_left_out_are_not_deleted_above(tiers: Tiers) -> None:
    office, other = tiers.add(0, name="信息处"), tiers.add(1, name="综合处")
    tiers.hand_in(0)
    tiers.hand_in(1)
    tiers.hand_up()
    tiers.city.forget_projection()
    # Power fails here; the other department hands in again on the next day.
    tiers.hand_in(1)
    done = tiers.roll_up()
    assert [line["id"] for line in tiers.lines(done) if line["op"] == "delete"] == []
    receive(tiers.province, done.package.path, clock=tiers.clock)
    assert set(offices(tiers.province)) == {office, other}


def test_what_a_department_announces_anew_stays_in_force_above(tiers: Tiers) -> None:
    demand: dict[str, Value] = {"wanted_name": "婚姻登记信息", "wanted_provider": "省民政厅"}
    record = tiers.add(0, "sharing_demand", **demand)
    tiers.hand_in(0)
    tiers.hand_up()
    values: dict[str, Value | None] = {"wanted_name": None}
    set_everywhere(
        tiers.departments[0], "sharing_demand", [record], values, actor="t", clock=tiers.clock
    )
    for _ in range(2):
        tiers.hand_in(0, announce=True)
        received = tiers.hand_up()
        assert received.merge is not None
        assert (received.merge.announced, received.merge.vanished) == (1, ())
        found = tiers.province.record("sharing_demand", record)
        assert found is not None
        assert found.values["wanted_name"] == "婚姻登记信息"


def test_a_version_the_province_never_saw_goes_up_although_its_successor_is_announced(
    tiers: Tiers,
) -> None:
    demand: dict[str, Value] = {"wanted_name": "婚姻登记信息", "wanted_provider": "省民政厅"}
    record = tiers.add(0, "sharing_demand", **demand)
    unfinished = tiers.add(0, "sharing_demand", wanted_provider="省公安厅")
    tiers.hand_in(0, announce=True)
    values: dict[str, Value | None] = {"wanted_name": None}
    set_everywhere(
        tiers.departments[0], "sharing_demand", [record], values, actor="t", clock=tiers.clock
    )
    tiers.hand_in(0, announce=True)
    ops = {x["id"]: x["op"] for x in tiers.lines(tiers.roll_up()) if x["form"] == "sharing_demand"}
    assert ops == {record: "put", unfinished: "pending"}


def test_reasons_for_warnings_are_passed_on(tiers: Tiers, good_resource: dict[str, str]) -> None:
    store = tiers.departments[0]
    made = tiers.add(0, "information_resource")
    edit = RecordEditor(store, "information_resource", made, actor="t", clock=tiers.clock)
    for name, text in (good_resource | {"provider": NAMES[0]}).items():
        edit.set_text(name, text)
    values: dict[str, Value] = {"name": "编号", "data_type": "C", "data_length": 18}
    create_record(store, "data_item", values, actor="t", clock=tiers.clock, parent=made)
    findings = check_workspace(store, clock=tiers.clock).findings
    assert explain(store, findings, "已对照台账核对。", actor="t", clock=tiers.clock) > 0
    tiers.hand_in(0)
    told = {(e.record, e.rule, e.values_sha256) for e in tiers.city.explained(CODES[0])}
    assert told
    tiers.hand_up()
    assert {(e.record, e.rule, e.values_sha256) for e in tiers.province.explained(CITY)} == told


def test_two_departments_with_one_record_are_named(tiers: Tiers) -> None:
    office = tiers.add(0, name="信息处")
    record = tiers.departments[0].record(OFFICE, office)
    assert record is not None
    from census_app.domain.changes import Insert, Origin, Step  # noqa: PLC0415

    copied = Insert(replace(record, unit=CODES[1]))
    tiers.departments[1].write(
        Step("STEP_ADD", "t", Origin.TYPED, "2026-12-01T08:00:00Z", (copied,))
    )
    tiers.hand_in(0)
    tiers.hand_in(1)
    with pytest.raises(UserError, match="ROLLUP_COLLISION") as caught:
        tiers.roll_up()
    params = caught.value.params
    assert (params["record"], params["first"], params["second"]) == (office, *CODES)
    assert rollups(tiers.city) == []
    assert list((tiers.folder / "up").glob("*")) == []


def test_what_waits_here_does_not_travel_and_is_counted(tiers: Tiers) -> None:
    tiers.hand_in(0)
    export_package(
        tiers.departments[1], tiers.signer("1"), tiers.folder / "lost", clock=tiers.clock,
        software="t",
    )  # fmt: skip
    tiers.add(1, name="信息处")
    assert tiers.hand_in(1).outcome == "pending"
    done = tiers.roll_up()
    assert (done.waiting, list(done.departments)) == (1, [CODES[0]])


def test_an_empty_city_hands_nothing_up(tiers: Tiers) -> None:
    with pytest.raises(UserError, match="ROLLUP_EMPTY"):
        tiers.roll_up()


def test_a_province_has_no_tier_above(tiers: Tiers) -> None:
    with pytest.raises(UserError, match="ROLLUP_LEVEL"):
        request_upper(
            tiers.province, CITY, tiers.folder, tiers.folder / "keys", PASSPHRASE,
            clock=tiers.clock, software="t",
        )  # fmt: skip
    with pytest.raises(UserError, match="ROLLUP_LEVEL"):
        write_rollup(
            tiers.province, tiers.folder, tiers.signer("city"), clock=tiers.clock, software="t"
        )


def test_a_city_that_has_handed_up_keeps_its_code(tiers: Tiers) -> None:
    tiers.hand_in(0)
    tiers.roll_up()
    with pytest.raises(UserError, match="ROLLUP_CODE"):
        request_upper(
            tiers.city, CODES[0], tiers.folder, tiers.folder / "keys", PASSPHRASE,
            clock=tiers.clock, software="t",
        )  # fmt: skip


def test_a_department_that_the_province_does_not_list_is_out_of_scope(bare: Tiers) -> None:
    bare.hand_in(0)
    received = bare.hand_up()
    assert (received.outcome, received.code) == ("refused", "SCOPE")
    assert bare.province.packages() == []
    bare.province.store_units([Unit(CITY, CODES[0], NAMES[0])])
    path = next((bare.folder / "up").glob("*"))
    assert receive(bare.province, path, clock=bare.clock).outcome == "merged"


def test_a_city_cannot_report_for_another_city_s_department(tiers: Tiers) -> None:
    tiers.hand_in(0)
    tiers.hand_in(1)
    other = bootstrap.create_catalogue(
        tiers.folder / "strict.censusdb", name="江苏省", roots_pem=tiers.province.roots(),
        clock=tiers.clock,
    )  # fmt: skip
    for certificate in tiers.province.certificates():
        other.issue(certificate)
    other.store_units([Unit(CITY, CODES[0], NAMES[0]), Unit("999", CODES[1], NAMES[1])])
    received = receive(other, tiers.roll_up().package.path, clock=tiers.clock)
    other.close()
    assert received.code == "SCOPE"


# -- back --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(tiers: Tiers) -> tuple[Tiers, str]:
    tiers.hand_in(0)
    return tiers, tiers.hand_up().identity


def test_a_receipt_of_the_province_is_kept_with_the_roll_up(answered: tuple[Tiers, str]) -> None:
    tiers, identity = answered
    path = tiers.receipt(identity, "returned", "请补充信息系统")
    before = tiers.city.digest()
    applied = tiers.apply(path)
    assert (applied.code, applied.params["status"]) == ("APPLIED_UPPER_RECEIPT", "returned")
    assert applied.further == (("APPLIED_UPPER_NOTE", {"note": "请补充信息系统"}),)
    (letter,) = tiers.city.letters(type_="receipt")
    assert (letter.in_reply_to, letter.direction) == (identity, "received")
    assert tiers.apply(path).code == "APPLIED_UPPER_KNOWN"
    assert tiers.city.digest() == before


def test_letters_from_above_come_in_turn(answered: tuple[Tiers, str]) -> None:
    tiers, identity = answered
    first = tiers.receipt(identity)
    identity = tiers.hand_up().identity
    second = tiers.receipt(identity)
    waiting = tiers.apply(second)
    assert (waiting.code, waiting.params) == (
        "APPLIED_UPPER_PENDING",
        {"sequence": 2, "missing": 1},
    )
    assert tiers.city.letters(type_="receipt") == []
    tiers.apply(first)
    assert tiers.apply(second).new


def test_a_receipt_for_somebody_else_or_for_nothing_is_refused(
    answered: tuple[Tiers, str],
) -> None:
    tiers, identity = answered
    path = tiers.receipt(identity)
    upper = tiers.city.upper()
    tiers.city.store_upper(replace(upper, code=CODES[0]))
    with pytest.raises(WrongAudience):
        tiers.apply(path)
    tiers.city.store_upper(upper)
    shutil.copy(tiers.folder / "city.censusdb", tiers.folder / "x")
    fresh = bootstrap.create_catalogue(
        tiers.folder / "fresh.censusdb", name="苏州市", roots_pem=tiers.city.roots(), level="city",
        clock=tiers.clock,
    )  # fmt: skip
    fresh.store_upper(upper)
    with pytest.raises(UnknownReply):
        apply_file(fresh, path, Desk(keys=tiers.folder / "keys", clock=tiers.clock))
    fresh.close()


def test_two_letters_of_one_number_are_refused(answered: tuple[Tiers, str]) -> None:
    tiers, identity = answered
    shutil.copy(tiers.folder / "province.censusdb", tiers.folder / "old.censusdb")
    tiers.apply(tiers.receipt(identity))
    tiers.province.close()
    tiers.province = bootstrap.open_catalogue(tiers.folder / "old.censusdb")
    with pytest.raises(ReplyChain):
        tiers.apply(tiers.receipt(identity, "returned", "请补充信息系统"))


def test_a_receipt_of_a_stranger_is_not_believed(answered: tuple[Tiers, str]) -> None:
    tiers, identity = answered
    path = tiers.receipt(identity)
    upper = tiers.city.upper()
    tiers.city.store_upper(replace(upper, roots_pem=""))
    with pytest.raises(CensusError, match="CHAIN"):
        tiers.apply(path)


# -- the city's inbox --------------------------------------------------------------------------------------------------


def arrived(tiers: Tiers, path: Path) -> Arrived:
    return arrive(tiers.city, path, Desk(keys=tiers.folder / "keys", clock=tiers.clock))


def test_a_letter_from_above_is_kept_by_the_inbox_and_says_what_it_says(
    answered: tuple[Tiers, str],
) -> None:
    tiers, identity = answered
    path = tiers.receipt(identity, "returned", "请补充信息系统")

    first, again = arrived(tiers, path), arrived(tiers, path)

    (letter,) = tiers.city.letters(type_="receipt")
    assert (first.received.outcome, first.received.identity) == ("applied", letter.identity)
    assert first.said[0][1]["status"] == "returned"
    assert first.said[1] == ("APPLIED_UPPER_NOTE", {"note": "请补充信息系统"})
    assert again.received.outcome == "duplicate"


def test_a_letter_that_comes_too_early_waits_outside(answered: tuple[Tiers, str]) -> None:
    tiers, identity = answered
    tiers.receipt(identity)
    second = tiers.receipt(tiers.hand_up().identity)

    found = arrived(tiers, second)

    assert (found.received.outcome, found.received.identity) == ("pending", "")
    assert tiers.city.letters(type_="receipt") == []


def test_a_letter_for_another_city_is_refused_for_that_reason(answered: tuple[Tiers, str]) -> None:
    tiers, identity = answered
    path = tiers.receipt(identity)
    tiers.city.store_upper(replace(tiers.city.upper(), code=CODES[0]))

    found = arrived(tiers, path)

    assert (found.received.outcome, found.received.code) == ("refused", "AUDIENCE")
    assert found.said == ()


def test_what_nobody_knows_is_refused_as_before(answered: tuple[Tiers, str]) -> None:
    tiers, _identity = answered
    path = tiers.folder / "note.census"
    path.write_text("no package", encoding="utf-8")

    found = arrived(tiers, path)

    assert (found.received.outcome, found.received.code) == (
        "refused",
        receive(tiers.city, path, clock=tiers.clock).code,
    )
