"""Ledgers: one coordinator's decisions reach another, whole, in any order, and leave again with a revoked signer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.domain.chain import Decision, DecisionKind
from census_app.domain.holdings import StoredBundle
from census_app.errors import CensusError, UserError
from census_app.exchange.bundle import FormSetEntry, RevokedEntry, RootEntry, TrustDocument
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.ledger import decision_line, with_id
from census_app.exchange.package import ZERO_HASH, PackageDraft, encode_line, write_package
from census_app.services.deciding import decide
from census_app.services.enrolling import signer_of
from census_app.services.exporting import ExportDone
from census_app.services.forking import choose_side, fork_at, forks
from census_app.services.ledgers import (
    LedgerTaken,
    LedgerWritten,
    apply_ledger,
    describe_coordinator,
    export_ledger,
    restate,
)
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.receiving import receive
from census_app.services.settling import contested

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, DeskSigner

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
OFFICE = "internal_office"
Forked = tuple[ExportDone, ExportDone, ExportDone]


class Desk:
    """A coordinator with a catalogue, and how ledgers leave and enter it."""

    def __init__(
        self, catalogue: CatalogueStore, signer: DeskSigner, clock: Clock, folder: Path
    ) -> None:
        self.catalogue, self.signer, self.clock = catalogue, signer, clock
        self.folder = folder / signer.code
        pem = signer.certificate_pem.decode("ascii")
        catalogue.store_coordinator(signer.code, f"统筹{signer.code[-2:]}", pem)

    def decide(self, kind: DecisionKind, subject: str, choice: str, *old: str) -> Decision:
        return decide(
            self.catalogue,
            kind,
            subject,
            choice,
            "因故",
            actor="王",
            clock=self.clock,
            supersedes=old,
        )

    def export(self) -> LedgerWritten:
        return export_ledger(
            self.catalogue, self.folder, self.signer, clock=self.clock, software="t"
        )

    def take(self, written: LedgerWritten | Path) -> LedgerTaken:
        path = written if isinstance(written, Path) else written.path
        return apply_ledger(self.catalogue, path, clock=self.clock)

    def write(self, name: str, *lines: bytes, number: int = 1, previous: str = ZERO_HASH) -> Path:
        """Write a ledger by hand, past the use case."""
        draft = PackageDraft(
            type="ledger",
            sender=self.signer.code,
            audience="coordinator",
            sequence=number,
            previous=previous,
            instance="0" * 32,
            created=self.clock.now(),
            package_json=describe_coordinator(self.catalogue, "t"),
            record_lines=lines,
        )
        self.folder.mkdir(exist_ok=True)
        return write_package(self.folder / name, draft, self.signer).path

    def offices(self) -> set[object]:
        return {r.values["name"] for r in self.catalogue.stream_records(OFFICE)}

    def known(self) -> set[str]:
        """Return the ids of the ledger, without the confirmed keys of the departments."""
        return {d.id for d in self.catalogue.decisions() if d.kind != "confirm"}


@pytest.fixture
def here(centre: Centre, desks: tuple[DeskSigner, ...], clock: Clock) -> Desk:
    return Desk(centre.catalogue, desks[0], clock, centre.folder)


@pytest.fixture
def there(centre: Centre, desks: tuple[DeskSigner, ...], clock: Clock) -> Desk:
    made = Desk(centre.other_catalogue("there.censusdb"), desks[1], clock, centre.folder)
    made.catalogue.append_decisions(centre.catalogue.decisions())
    return made


def revoke(desk: Desk, whom: Desk, last: int, head: str, version: int = 1) -> None:
    """Store a bundle that revokes a coordinator's certificate."""
    serial = f"{read_certificate(whom.signer.certificate_pem).serial:x}"
    entry = RevokedEntry(
        serial=serial, chain="coordinator", last_sequence=last, head=head, reason="遗失"
    )
    moment = "2026-12-01T08:00:00Z"
    document = TrustDocument(
        version=version,
        created=moment,
        expires="2027-06-01T08:00:00Z",
        roots=[RootEntry(sha256="0" * 64, status="active")],
        coordinators=[],
        departments=[],
        revoked=[entry],
        form_set=FormSetEntry(version="v1", sha256="0" * 64),
    )
    text = document.encoded().decode()
    bundle = StoredBundle(version, f"{version:064x}", moment, document.expires, text, "", moment)
    desk.catalogue.store_bundle(bundle, desk.catalogue.facts().roots_pem)


def code_of(failure: pytest.ExceptionInfo[CensusError]) -> str:
    return failure.value.code


def test_a_decision_made_there_counts_here(
    centre: Centre, forked: Forked, here: Desk, there: Desk
) -> None:
    for done in forked:
        receive(there.catalogue, done.package.path, clock=there.clock)
    [fork] = forks(there.catalogue)
    chosen = forked[2].package.identity
    choose_side(there.catalogue, fork, chosen, "电话核实", actor="李", clock=there.clock)
    assert here.catalogue.digest() != there.catalogue.digest()

    taken = here.take(there.export())
    assert (taken.outcome, taken.code) == ("applied", "LEDGER_APPLIED")
    assert (taken.coordinator, taken.sequence, taken.decisions, taken.new) == (
        there.signer.code,
        1,
        1,
        1,
    )
    assert taken.merged == (forked[2].package.name,)
    assert here.offices() == {"一处", "他处"}
    assert here.catalogue.digest() == there.catalogue.digest()
    assert fork_at(here.catalogue, fork.department, 2).chosen == chosen


def test_the_second_time_it_is_a_duplicate(here: Desk, there: Desk) -> None:
    there.decide("fork", "D:1", "a" * 64)
    written = there.export()
    here.take(written)
    before = here.catalogue.digest()
    taken = here.take(written)
    assert (taken.outcome, taken.code, taken.new) == ("duplicate", "DUPLICATE", 0)
    assert here.catalogue.digest() == before
    [kept] = here.catalogue.letters(type_="ledger")
    assert b"".join(here.catalogue.package_bytes(kept.identity)) == written.path.read_bytes()
    assert (kept.sender, kept.direction, kept.sequence) == (there.signer.code, "received", 1)


def test_an_older_ledger_after_a_newer_adds_nothing(here: Desk, there: Desk) -> None:
    there.decide("fork", "D:1", "a" * 64)
    first = there.export()
    there.decide("fork", "D:2", "b" * 64)
    second = there.export()
    assert (second.sequence, second.decisions) == (2, 2)

    assert here.take(second).new == 2
    late = here.take(first)
    assert (late.outcome, late.new) == ("applied", 0)
    assert here.known() == there.known()
    assert [p.previous for p in here.catalogue.letters(type_="ledger")] == [
        ZERO_HASH,
        first.identity,
    ]


def test_without_anything_new_the_same_ledger_is_written_again(here: Desk) -> None:
    here.decide("fork", "D:1", "a" * 64)
    first = here.export()
    content = first.path.read_bytes()
    first.path.unlink()
    again = here.export()
    assert again == replace(first, again=True)
    assert again.path.read_bytes() == content
    assert len(here.catalogue.letters(type_="ledger")) == 1


def test_what_others_decided_is_not_handed_on(here: Desk, there: Desk) -> None:
    theirs = there.decide("fork", "D:1", "a" * 64)
    here.take(there.export())
    with pytest.raises(UserError) as failure:
        here.export()
    assert code_of(failure) == "LEDGER_EMPTY"
    here.decide("fork", "D:2", "b" * 64)
    written = here.export()
    assert written.decisions == 1
    assert theirs.id in here.known()


def test_a_catalogue_without_coordinator_writes_no_ledger(
    centre: Centre, desks: tuple[DeskSigner, ...], clock: Clock, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as failure:
        export_ledger(centre.catalogue, tmp_path, desks[0], clock=clock, software="t")
    assert code_of(failure) == "NOT_COORDINATOR"


def test_contradictions_are_named_when_they_arrive(forked: Forked, here: Desk, there: Desk) -> None:
    for done in forked:
        receive(there.catalogue, done.package.path, clock=there.clock)
    for first_desk, side in ((here, 1), (there, 2)):
        [fork] = forks(first_desk.catalogue)
        identity = forked[side].package.identity
        choose_side(
            first_desk.catalogue, fork, identity, "电话核实", actor="王", clock=first_desk.clock
        )
    ours, theirs = here.export(), there.export()
    taken = [here.take(theirs), there.take(ours)]
    assert [[m.subject for m in each.contested] for each in taken] == [[fork.subject]] * 2
    for first_desk in (here, there):
        assert [m.subject for m in contested(first_desk.catalogue)] == [fork.subject]
        assert first_desk.offices() == {"一处"}
    assert here.catalogue.digest() == there.catalogue.digest()


def test_after_a_restored_backup_our_own_ledger_gives_back_what_was_lost(
    here: Desk, there: Desk, centre: Centre, desks: tuple[DeskSigner, ...], clock: Clock
) -> None:
    here.decide("fork", "D:1", "a" * 64)
    lost = here.decide("fork", "D:2", "b" * 64)
    written = here.export()
    restored = Desk(
        centre.other_catalogue("restored.censusdb"), desks[0], clock, centre.folder / "r"
    )
    restored.take(written)
    assert lost.id in restored.known()
    restored.decide("fork", "D:3", "c" * 64)
    later = restored.export()
    assert (later.sequence, later.decisions) == (2, 3)


def test_a_ledger_is_no_file_that_a_roll_up_of_the_same_number_would_be(there: Desk) -> None:
    there.decide("fork", "D:1", "a" * 64)
    first, again = there.export(), there.export()

    assert first.path.name == f"LEDGER-{there.signer.code}-000001.census"
    assert again.path == first.path
    assert again.again


def test_two_ledgers_of_one_number_are_both_kept_and_named(here: Desk, there: Desk) -> None:
    one = there.decide("fork", "D:1", "a" * 64)
    two = with_id(replace(one, id="", subject="D:2"))
    paths = [there.write(f"{d.subject[-1]}.census", decision_line(d)) for d in (one, two)]
    assert here.take(paths[0]).twins == ()
    taken = here.take(paths[1])
    assert taken.twins == (f"{there.signer.code}-000001",)
    assert here.known() == {one.id, two.id}
    assert len(here.catalogue.letters(type_="ledger")) == 2


def test_nobody_decides_in_the_name_of_another_coordinator(here: Desk, there: Desk) -> None:
    foreign = with_id(
        Decision("", "fork", "D:1", "a" * 64, "", "", here.signer.code, "2026-12-01T08:00:00Z")
    )
    with pytest.raises(CensusError) as failure:
        here.take(there.write("forged.census", decision_line(foreign)))
    assert code_of(failure) == "SCOPE"
    assert (here.known(), here.catalogue.letters()) == (set(), [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "0" * 32}, "RECORD"),
        ({"unit": "11320000990000041H"}, "SCOPE"),
        ({"op": "delete", "reason": "撤回"}, "RECORD"),
    ],
)
def test_a_line_that_is_not_its_decision_is_refused(
    here: Desk, there: Desk, change: dict[str, object], code: str
) -> None:
    line = json.loads(decision_line(there.decide("fork", "D:1", "a" * 64))) | change
    if line["op"] == "delete":
        del line["values"]
    with pytest.raises(CensusError) as failure:
        here.take(there.write("bad.census", encode_line(line)))
    assert code_of(failure) == code
    assert here.catalogue.letters() == []


def test_a_department_signs_no_ledger(here: Desk, centre: Centre, clock: Clock) -> None:
    store = centre.department()
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    code = store.facts().department_code
    decision = with_id(Decision("", "fork", "D:1", "", "", "", code, "2026-12-01T08:00:00Z"))
    draft = PackageDraft(
        type="ledger",
        sender=code,
        audience="coordinator",
        sequence=1,
        instance="0" * 32,
        created=clock.now(),
        package_json=describe_coordinator(centre.catalogue, "t"),
        record_lines=[decision_line(decision)],
    )
    with pytest.raises(CensusError) as failure:
        write_package(centre.folder / "forged.census", draft, signer)
    assert code_of(failure) == "ROLE"


def test_a_submission_is_no_ledger_and_another_census_is_refused(
    here: Desk, there: Desk, centre: Centre
) -> None:
    with pytest.raises(CensusError) as failure:
        here.take(centre.export(centre.department()).package.path)
    assert code_of(failure) == "NOT_LEDGER"
    there.decide("fork", "D:1", "a" * 64)
    database = there.catalogue._database  # type: ignore[attr-defined]
    database.driver.execute("UPDATE catalogue SET census_id = 'other'")
    with pytest.raises(CensusError) as failure:
        here.take(there.export())
    assert code_of(failure) == "CENSUS_OTHER"


# -- a revoked coordinator ---------------------------------------------------------------------------------------------


def three_ledgers(first_desk: Desk) -> list[LedgerWritten]:
    written = []
    for number in range(3):
        first_desk.decide("fork", f"D:{number}", f"{number:064x}")
        written.append(first_desk.export())
    return written


def subjects(desk: Desk) -> list[str]:
    return sorted(d.subject for d in desk.catalogue.decisions() if d.kind != "confirm")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_past_the_cut_point_decisions_leave_again(
    here: Desk, there: Desk, order: tuple[int, ...]
) -> None:
    written = three_ledgers(there)
    for number in order:
        here.take(written[number])
    own = here.decide("fork", "E:1", "e" * 64)
    assert subjects(here) == ["D:0", "D:1", "D:2", "E:1"]

    revoke(here, there, 2, written[1].identity)
    assert restate(here.catalogue, clock=here.clock)
    assert subjects(here) == ["D:0", "D:1", "E:1"]
    assert [p.state for p in here.catalogue.letters(type_="ledger")] == [
        "merged",
        "merged",
        "revoked",
    ]
    assert not restate(here.catalogue, clock=here.clock)
    revoke(here, there, 0, ZERO_HASH, version=2)
    restate(here.catalogue, clock=here.clock)
    assert here.known() == {own.id}


def test_below_the_cut_a_ledger_waits_until_the_chain_up_to_it_is_there(
    here: Desk, there: Desk
) -> None:
    written = three_ledgers(there)
    revoke(here, there, 2, written[1].identity)
    taken = here.take(written[0])
    assert (taken.outcome, taken.code, taken.new) == ("waiting", "PENDING", 0)
    assert subjects(here) == []
    assert here.take(written[1]).outcome == "applied"
    assert subjects(here) == ["D:0", "D:1"]


def test_what_a_standing_ledger_says_too_stays(here: Desk, there: Desk) -> None:
    there.decide("fork", "D:0", "a" * 64)
    first = there.export()
    there.decide("fork", "D:1", "b" * 64)
    second = there.export()
    here.take(second)
    here.take(first)
    revoke(here, there, 1, first.identity)
    restate(here.catalogue, clock=here.clock)
    assert subjects(here) == ["D:0"]
