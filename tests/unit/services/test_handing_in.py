"""Handing in and receiving: complete state, announced records, tombstones, the chain, one digest for any order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.domain.records import RecordId, Value
from census_app.errors import UserError
from census_app.exchange.package import TrustAnchors, open_package
from census_app.exchange.refusals import Refused
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.editing import create_record, remove_records
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    make_root,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.explaining import explain
from census_app.services.exporting import ExportDone, export_package
from census_app.services.ports import CatalogueStore, Clock, ListQuery, WorkspaceStore
from census_app.services.receiving import rebuild, receive
from census_app.services.reporting import report

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
MakeWorkspace = Callable[..., WorkspaceStore]


@dataclass
class Centre:
    """The coordinator with a root on a stick; lets departments in and takes what they hand in."""

    folder: Path
    clock: Clock
    catalogue: CatalogueStore

    def enrol(self, store: WorkspaceStore) -> None:
        keys = self.folder / "keys"
        keys.mkdir(exist_ok=True)
        made = request_certificate(
            store, self.folder, keys, PASSPHRASE, clock=self.clock, software="t"
        )
        stick = self.folder / "stick"
        issued = confirm(
            self.catalogue, made.request, made.fingerprint, stick, PASSPHRASE, clock=self.clock
        )
        answer = write_answer(issued, self.catalogue.facts().roots_pem, self.folder)
        accept_answer(store, answer, keys, clock=self.clock)

    def export(self, store: WorkspaceStore, *, announce: bool = True) -> ExportDone:
        signer = signer_of(store, self.folder / "keys")
        signer.unlock(PASSPHRASE)
        to = self.folder / "packages"
        return export_package(
            store, signer, to, clock=self.clock, software="t", announce_unfinished=announce
        )


@pytest.fixture
def centre(tmp_path: Path, clock: Clock) -> Iterator[Centre]:
    make_root("统筹部门", tmp_path / "stick", PASSPHRASE, clock=clock)
    roots = (tmp_path / "stick" / "root.crt").read_text(encoding="ascii")
    path = tmp_path / "catalogue.censusdb"
    catalogue = bootstrap.create_catalogue(path, name="统筹部门", roots_pem=roots, clock=clock)
    yield Centre(tmp_path, clock, catalogue)
    catalogue.close()


def finish_department(store: WorkspaceStore, clock: Clock) -> None:
    """Answer what the department's own record requires."""
    (record,) = list(store.stream_records("department"))
    values: dict[str, Value | None] = {"org_kind": "government"}
    set_everywhere(store, "department", [record.id], values, actor="t", clock=clock)


def add_office(store: WorkspaceStore, clock: Clock, name: str) -> RecordId:
    """Add a record that needs nothing but its name."""
    return create_record(store, "internal_office", {"name": name}, actor="t", clock=clock)


def lines(done: ExportDone, centre: Centre) -> list[dict[str, object]]:
    trust = TrustAnchors.from_file(centre.folder / "stick" / "root.crt")
    with open_package(done.package.path, trust, now=centre.clock.now()) as package:
        return list(package.iter_records())


@pytest.fixture
def ready(make_workspace: MakeWorkspace, centre: Centre, clock: Clock) -> WorkspaceStore:
    store = make_workspace()
    finish_department(store, clock)
    centre.enrol(store)
    return store


def test_unfinished_record_blocks_the_export_or_is_announced(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    record = create_record(
        ready, "information_resource", {"name": "许可信息"}, actor="t", clock=clock
    )
    with pytest.raises(UserError, match="EXPORT_UNFINISHED"):
        centre.export(ready, announce=False)
    assert not (centre.folder / "packages").exists() or not list(
        (centre.folder / "packages").iterdir()
    )
    assert ready.packages() == []
    done = centre.export(ready)
    assert [(u.record, u.title) for u in done.announced] == [(record, "许可信息")]
    pending = [line for line in lines(done, centre) if line["op"] == "pending"]
    assert [(line["id"], line["title"]) for line in pending] == [(record, "许可信息")]


def test_answer_that_is_not_relevant_is_kept_and_does_not_travel(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    (record,) = list(ready.stream_records("department"))
    state: dict[str, Value | None] = {"city_platform_state": "built"}
    set_everywhere(ready, "department", [record.id], state, actor="t", clock=clock)
    add_office(ready, clock, "一处")
    found = lines(centre.export(ready), centre)
    assert [(line["form"], line["id"]) for line in found] == sorted(
        (line["form"], line["id"]) for line in found
    )
    (sent,) = [line["values"] for line in found if line["form"] == "department"]
    assert isinstance(sent, dict)
    assert "city_platform_state" not in sent
    kept = ready.record("department", record.id)
    assert kept is not None
    assert kept.values["city_platform_state"] == "built"


def test_sequence_and_previous_are_written_from_the_first_package_on(
    ready: WorkspaceStore, centre: Centre
) -> None:
    first, second = centre.export(ready), centre.export(ready)
    assert (first.package.statement.sequence, first.package.statement.previous) == (1, "0" * 64)
    assert (second.package.statement.sequence, second.package.statement.previous) == (
        2,
        first.package.identity,
    )


def test_deletion_of_a_handed_in_record_is_repeated_for_ever(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    kept, gone = add_office(ready, clock, "一处"), add_office(ready, clock, "二处")
    centre.export(ready)
    never = add_office(ready, clock, "三处")
    remove_records(ready, "internal_office", [gone, never], "机构撤并", actor="t", clock=clock)
    for _ in range(2):
        found = lines(centre.export(ready), centre)
        deleted = [(line["id"], line["reason"]) for line in found if line["op"] == "delete"]
        assert deleted == [(gone, "机构撤并")]
        assert kept in {line["id"] for line in found}


def test_reason_travels_and_lapses_with_the_value(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    (record,) = list(ready.stream_records("department"))
    set_everywhere(
        ready, "department", [record.id], {"contact_phone": "12"}, actor="t", clock=clock
    )
    warnings = [f for f in check_workspace(ready, clock=clock).findings if f.rule == "ORG-2b"]
    assert explain(ready, warnings, "内部短号，对外不公布。", actor="t", clock=clock) == 1
    assert check_workspace(ready, clock=clock).unexplained == 0
    reasons = [
        line["values"]
        for line in lines(centre.export(ready), centre)
        if line["form"] == "explanation"
    ]
    assert [r["rule"] for r in reasons if isinstance(r, dict)] == ["ORG-2b"]
    set_everywhere(
        ready, "department", [record.id], {"contact_phone": "34"}, actor="t", clock=clock
    )
    assert check_workspace(ready, clock=clock).unexplained == 1
    with pytest.raises(UserError, match="REASON_TOO_SHORT"):
        explain(ready, warnings, "无", actor="t", clock=clock)


def test_receiving_merges_repeats_nothing_and_waits_for_a_gap(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    add_office(ready, clock, "一处")
    first = centre.export(ready)
    add_office(ready, clock, "二处")
    second, third = centre.export(ready), centre.export(ready)
    catalogue = centre.catalogue
    assert receive(catalogue, third.package.path, clock=clock).code == "PENDING"
    assert catalogue.count(ListQuery("internal_office")) == 0
    assert receive(catalogue, first.package.path, clock=clock).code == "MERGED"
    outcome = receive(catalogue, second.package.path, clock=clock)
    assert (outcome.code, outcome.released) == ("MERGED", (third.package.name,))
    assert catalogue.count(ListQuery("internal_office")) == 2
    before = catalogue.digest()
    assert receive(catalogue, second.package.path, clock=clock).code == "DUPLICATE"
    assert catalogue.digest() == before == rebuild(catalogue, clock=clock)


def test_fork_takes_the_projection_back_to_before_it(
    ready: WorkspaceStore, centre: Centre, clock: Clock, tmp_path: Path
) -> None:
    add_office(ready, clock, "一处")
    first = centre.export(ready)
    ready.close()
    copy = tmp_path / "copy.censusdb"
    copy.write_bytes(ready.path.read_bytes())
    other = bootstrap.open_workspace(copy)
    add_office(other, clock, "他处")
    rival = centre.export(other)
    rival_path = rival.package.path.rename(tmp_path / "rival.census")
    other.close()
    store = bootstrap.open_workspace(ready.path)
    add_office(store, clock, "二处")
    second = centre.export(store)
    store.close()
    for path in (first.package.path, second.package.path):
        assert receive(centre.catalogue, path, clock=clock).code == "MERGED"
    assert receive(centre.catalogue, rival_path, clock=clock).code == "FORK"
    offices = [r.values["name"] for r in centre.catalogue.stream_records("internal_office")]
    assert offices == ["一处"]
    states = {p.identity: p.state for p in centre.catalogue.packages()}
    assert [states[p.package.identity] for p in (first, second, rival)] == [
        "merged",
        "fork",
        "fork",
    ]


def test_announced_record_keeps_what_was_handed_in_before(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    office = add_office(ready, clock, "一处")
    assert (
        receive(centre.catalogue, centre.export(ready).package.path, clock=clock).code == "MERGED"
    )
    set_everywhere(ready, "internal_office", [office], {"name": None}, actor="t", clock=clock)
    outcome = receive(centre.catalogue, centre.export(ready).package.path, clock=clock)
    assert outcome.merge is not None
    assert (outcome.merge.announced, outcome.errors) == (1, 0)
    assert [r.values["name"] for r in centre.catalogue.stream_records("internal_office")] == [
        "一处"
    ]


def test_any_order_of_arrival_gives_the_same_digest(
    make_workspace: MakeWorkspace, centre: Centre, clock: Clock, tmp_path: Path
) -> None:
    paths = []
    for number in range(2):
        store = make_workspace(number)
        finish_department(store, clock)
        centre.enrol(store)
        for name in ("一处", "二处"):
            add_office(store, clock, name)
            paths.append(centre.export(store).package.path)
    facts, digests = centre.catalogue.facts(), set()
    for number, order in enumerate(list(itertools.permutations(paths))[::3]):
        catalogue: CatalogueStore = bootstrap.create_catalogue(
            tmp_path / f"c{number}.censusdb",
            name=facts.name,
            roots_pem=facts.roots_pem,
            clock=clock,
        )
        for certificate in centre.catalogue.certificates():
            catalogue.issue(certificate)
        for path in order:
            receive(catalogue, path, clock=clock)
        digests.add(catalogue.digest())
        catalogue.close()
    assert len(digests) == 1


def test_refused_package_changes_nothing(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    path = centre.export(ready).package.path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    before = centre.catalogue.digest()
    outcome = receive(centre.catalogue, path, clock=clock)
    assert outcome.outcome == "refused"
    assert isinstance(outcome.error, Refused)
    assert (centre.catalogue.digest(), centre.catalogue.packages()) == (before, [])


def test_department_nobody_enrolled_is_refused(
    ready: WorkspaceStore, centre: Centre, clock: Clock, tmp_path: Path
) -> None:
    roots = centre.catalogue.facts().roots_pem
    elsewhere = bootstrap.create_catalogue(
        tmp_path / "e.censusdb", name="他省", roots_pem=roots, clock=clock
    )
    assert (
        receive(elsewhere, centre.export(ready).package.path, clock=clock).code
        == "DEPARTMENT_UNKNOWN"
    )
    elsewhere.close()


def test_fingerprint_must_be_the_one_compared(
    make_workspace: MakeWorkspace, centre: Centre, clock: Clock
) -> None:
    store, keys = make_workspace(), centre.folder / "k"
    keys.mkdir()
    made = request_certificate(store, centre.folder, keys, PASSPHRASE, clock=clock, software="t")
    with pytest.raises(UserError, match="FINGERPRINT_DIFFERS"):
        confirm(
            centre.catalogue,
            made.request,
            "0" * 32,
            centre.folder / "stick",
            PASSPHRASE,
            clock=clock,
        )
    assert centre.catalogue.certificates() == []
    assert b"PRIVATE" not in made.request.read_bytes()


def test_certificate_of_another_department_or_root_is_not_taken(
    make_workspace: MakeWorkspace, centre: Centre, clock: Clock, tmp_path: Path
) -> None:
    mine, other = make_workspace(0), make_workspace(1)
    keys = centre.folder / "keys"
    keys.mkdir()
    made = request_certificate(mine, centre.folder, keys, PASSPHRASE, clock=clock, software="t")
    stick = centre.folder / "stick"
    issued = confirm(
        centre.catalogue, made.request, made.fingerprint, stick, PASSPHRASE, clock=clock
    )
    answer = write_answer(issued, centre.catalogue.facts().roots_pem, centre.folder)
    with pytest.raises(UserError, match="ANSWER_OTHER"):
        accept_answer(other, answer, keys, clock=clock)
    with pytest.raises(UserError, match="KEY_MISSING"):
        accept_answer(mine, answer, tmp_path, clock=clock)
    forged = centre.folder / "forged.crt"
    forged.write_text(issued.certificate_pem + issued.certificate_pem, encoding="ascii")
    with pytest.raises((UserError, Refused)):
        accept_answer(mine, forged, keys, clock=clock)
    assert mine.certificate() == ""


def test_cover_and_reports_print_the_same_bytes_twice(
    ready: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    with pytest.raises(UserError, match="REPORT_NO_PACKAGE"):
        report("cover", ready, "zh", clock=clock)
    receive(centre.catalogue, centre.export(ready).package.path, clock=clock)
    for kind, store in (("cover", ready), ("department", ready), ("catalogue", centre.catalogue)):
        first, again = (report(kind, store, "zh", clock=clock) for _ in range(2))
        assert first.pdf == again.pdf
        assert first.pdf.startswith(b"%PDF")
    with pytest.raises(UserError, match="REPORT_KIND"):
        report("catalogue", ready, "zh", clock=clock)
