"""Receiving: verified, kept whole, merged along the chain; the catalogue is a function of what arrived, not of when."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.domain.records import Record, RecordId
from census_app.errors import CensusError
from census_app.exchange.package import PackageDraft, encode_line, write_package
from census_app.exchange.refusals import Refused
from census_app.services.differing import compare
from census_app.services.editing import remove_records
from census_app.services.enrolling import describe_sender, request_certificate, signer_of
from census_app.services.exporting import ExportDone
from census_app.services.ports import CatalogueStore, Clock, ListQuery, WorkspaceStore
from census_app.services.progress import Cancelled, Progress
from census_app.services.receiving import rebuild, receive

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
OFFICE = "internal_office"


@pytest.fixture
def store(centre: Centre) -> WorkspaceStore:
    return centre.department()


def offices(catalogue: CatalogueStore) -> list[object]:
    return [r.values["name"] for r in catalogue.stream_records(OFFICE)]


def held(catalogue: CatalogueStore) -> list[Record]:
    return [r for form in catalogue.form_set.forms for r in catalogue.stream_records(form.id)]


def test_a_package_is_merged_and_kept_whole(centre: Centre, store: WorkspaceStore) -> None:
    centre.add_office(store, "一处")
    done = centre.export(store)
    outcome = centre.receive(done)
    assert (outcome.code, outcome.outcome, outcome.sequence) == ("MERGED", "merged", 1)
    assert outcome.department_name == store.facts().department_name
    assert outcome.merge is not None
    assert (outcome.merge.added, outcome.merge.changed, outcome.merge.deleted) == (2, 0, 0)
    kept = b"".join(centre.catalogue.package_bytes(outcome.identity))
    assert kept == done.package.path.read_bytes()
    sent = [r for form in store.form_set.forms for r in store.stream_records(form.id)]
    assert {r.id: dict(r.values) for r in held(centre.catalogue)} == {
        r.id: dict(r.values) for r in sent
    }


def test_the_second_time_it_is_a_duplicate_and_changes_nothing(
    centre: Centre, store: WorkspaceStore
) -> None:
    done = centre.export(store)
    centre.receive(done)
    before = centre.catalogue.digest()
    outcome = centre.receive(done)
    assert (outcome.code, outcome.merge) == ("DUPLICATE", None)
    assert centre.catalogue.digest() == before
    assert len(centre.catalogue.packages()) == 1


def test_what_arrives_early_waits_and_is_released_in_order(
    centre: Centre, store: WorkspaceStore
) -> None:
    made = []
    for number in range(4):
        centre.add_office(store, f"{number}处")
        made.append(centre.export(store))
    for late in (made[3], made[2], made[1]):
        assert centre.receive(late).code == "PENDING"
    assert held(centre.catalogue) == []
    (entry,) = [e for e in centre.catalogue.roster() if e.code == store.facts().department_code]
    assert (entry.head_sequence, entry.waiting_packages) == (0, 3)
    outcome = centre.receive(made[0])
    assert outcome.code == "MERGED"
    assert outcome.released == tuple(done.package.name for done in made[1:])
    assert offices(centre.catalogue) == ["0处", "1处", "2处", "3处"]


def fork(centre: Centre, store: WorkspaceStore) -> tuple[ExportDone, ExportDone, ExportDone]:
    """Return a first package and two that both call themselves its successor."""
    centre.add_office(store, "一处")
    first = centre.export(store)
    store.close()
    copy = centre.department(file="copy.censusdb")
    centre.add_office(copy, "他处")
    rival = centre.export(copy)
    path = rival.package.path.rename(centre.folder / "rival.census")
    rival = dataclasses.replace(rival, package=dataclasses.replace(rival.package, path=path))
    again = centre.department()
    centre.add_office(again, "二处")
    return first, centre.export(again), rival


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_fork_takes_the_projection_back_and_shows_both(
    order: tuple[int, ...], centre: Centre, store: WorkspaceStore
) -> None:
    made = fork(centre, store)
    outcomes = [centre.receive(made[n]) for n in order]
    assert offices(centre.catalogue) == ["一处"]
    states = {p.identity: p.state for p in centre.catalogue.packages()}
    assert [states[done.package.identity] for done in made] == ["merged", "fork", "fork"]
    assert "FORK" in {o.code for o in outcomes} or order[-1] == 0


def test_an_announced_record_keeps_what_was_handed_in_before(
    centre: Centre, store: WorkspaceStore
) -> None:
    office = centre.add_office(store, "一处")
    centre.receive(centre.export(store))
    centre.put(store, OFFICE, office, name=None)
    outcome = centre.receive(centre.export(store, announce=True))
    assert outcome.merge is not None
    assert (outcome.merge.announced, outcome.merge.deleted, outcome.merge.vanished) == (1, 0, ())
    assert offices(centre.catalogue) == ["一处"]
    centre.put(store, OFFICE, office, name="一处（改）")
    outcome = centre.receive(centre.export(store))
    assert outcome.merge is not None
    assert (outcome.merge.announced, outcome.merge.changed) == (0, 1)
    assert offices(centre.catalogue) == ["一处（改）"]


def test_a_deletion_is_said_and_done(centre: Centre, store: WorkspaceStore, clock: Clock) -> None:
    office = centre.add_office(store, "一处")
    centre.add_office(store, "二处")
    centre.receive(centre.export(store))
    remove_records(store, OFFICE, [office], "撤并", actor="t", clock=clock)
    outcome = centre.receive(centre.export(store))
    assert outcome.merge is not None
    assert (outcome.merge.deleted, outcome.merge.unchanged) == (1, 2)
    assert offices(centre.catalogue) == ["二处"]


def test_what_is_neither_sent_nor_deleted_stays_and_is_a_finding(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    office = centre.add_office(store, "一处")
    first = centre.export(store)
    centre.receive(first)
    # A program that forgets a record writes the next package: absence never deletes.
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    second = centre.export(store)
    kept = [line for line in centre.lines(second) if line["id"] != office]
    facts = store.facts()
    draft = PackageDraft(
        type="submission",
        sender=facts.department_code,
        audience="coordinator",
        sequence=2,
        previous=first.package.identity,
        instance=facts.instance,
        created=clock.now(),
        form_version=store.form_set.version,
        package_json=describe_sender(store, "t"),
        record_lines=[encode_line(line) for line in kept],
        datapackage=b"{}",
    )
    written = write_package(centre.folder / "forgetful.census", draft, signer)
    outcome = centre.receive(written.path)
    assert outcome.merge is not None, outcome
    assert outcome.merge.vanished == ((OFFICE, office),)
    (found,) = compare(centre.catalogue, clock=clock)
    assert [(r.record, r.kind, r.title) for r in found.records] == [(office, "vanished", "一处")]
    assert offices(centre.catalogue) == ["一处"]


# -- refusals ----------------------------------------------------------------------------------------------------------


def require_untouched(centre: Centre, path: Path, code: str = "") -> None:
    before = (centre.catalogue.digest(), centre.catalogue.packages(), held(centre.catalogue))
    outcome = centre.receive(path)
    assert outcome.outcome == "refused", outcome
    assert outcome.error is not None
    assert outcome.code == outcome.error.code
    assert not code or outcome.code == code
    after = (centre.catalogue.digest(), centre.catalogue.packages(), held(centre.catalogue))
    assert after == before


def test_a_changed_byte_anywhere_leaves_the_catalogue_as_it_was(
    centre: Centre, store: WorkspaceStore
) -> None:
    whole = centre.export(store).package.path.read_bytes()
    path = centre.folder / "spoiled.census"
    for place in range(0, len(whole), len(whole) // 24):
        data = bytearray(whole)
        data[place] ^= 0x20
        path.write_bytes(bytes(data))
        require_untouched(centre, path)


def test_a_missing_file_or_a_folder_is_an_outcome_so_that_a_batch_goes_on(centre: Centre) -> None:
    require_untouched(centre, centre.folder / "nowhere.census", "FILE_MISSING")
    require_untouched(centre, centre.folder)


def test_a_department_nobody_let_in_is_refused(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    elsewhere = centre.other_catalogue("empty.censusdb", certificates=False)
    outcome = receive(elsewhere, centre.export(store).package.path, clock=clock)
    assert outcome.code == "DEPARTMENT_UNKNOWN"
    assert elsewhere.packages() == []


def test_a_request_is_no_submission(centre: Centre, store: WorkspaceStore, clock: Clock) -> None:
    made = request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=clock, software="t"
    )
    require_untouched(centre, made.request)


def written_with(centre: Centre, store: WorkspaceStore, **changes: object) -> Path:
    """Write what the department would hand in, but for some changes of the draft."""
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    facts = store.facts()
    draft = PackageDraft(
        type="submission",
        sender=facts.department_code,
        audience="coordinator",
        sequence=1,
        instance=facts.instance,
        created=centre.clock.now(),
        form_version=store.form_set.version,
        package_json=describe_sender(store, "t"),
        record_lines=[],
        datapackage=b"{}",
    )
    path = centre.folder / "other.census"
    return write_package(path, dataclasses.replace(draft, **changes), signer).path  # type: ignore[arg-type]


def test_another_form_version_waits(centre: Centre, store: WorkspaceStore) -> None:
    description = describe_sender(store, "t") | {
        "form_set": {"version": "v0", "sha256": store.form_set.sha256}
    }
    path = written_with(centre, store, form_version="v0", package_json=description)
    assert centre.receive(path).code == "FORM_UNKNOWN"
    assert [p.state for p in centre.catalogue.packages()] == ["form_unknown"]


def test_another_campaign_is_refused(centre: Centre, store: WorkspaceStore) -> None:
    description = describe_sender(store, "t") | {"census": {"id": "elsewhere-2031", "round": 1}}
    require_untouched(centre, written_with(centre, store, package_json=description), "CENSUS_OTHER")


def test_a_record_of_another_department_is_refused(centre: Centre, store: WorkspaceStore) -> None:
    line = {
        "form": OFFICE, "id": "a" * 32, "op": "put", "unit": "11320000990000025J",
        "values": {"name": "一处"},
    }  # fmt: skip
    with pytest.raises(Refused):
        # Already the writer, who reads its package as a receiver would, refuses it.
        written_with(centre, store, record_lines=[encode_line(line)])
    assert not (centre.folder / "other.census").exists()


def test_a_stopped_reception_leaves_the_catalogue_as_it_was(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    path = centre.export(store).package.path
    before = centre.catalogue.digest()
    for asked in range(3):
        count = itertools.count()
        stop = Progress(is_cancelled=lambda c=count, n=asked: next(c) >= n)  # type: ignore[misc]
        with pytest.raises(Cancelled):
            receive(centre.catalogue, path, clock=clock, progress=stop)
        assert (centre.catalogue.digest(), centre.catalogue.packages()) == (before, [])
    assert centre.receive(path).code == "MERGED"


# -- one digest --------------------------------------------------------------------------------------------------------


def test_every_order_of_arrival_gives_the_same_digest(
    centre: Centre, clock: Clock, enrolled: Path
) -> None:
    made: list[Path] = []
    for number in range(2):
        store = centre.department(number)
        gone = centre.add_office(store, "一处")
        made.append(centre.export(store).package.path)
        remove_records(store, OFFICE, [gone], "撤并", actor="t", clock=clock)
        centre.add_office(store, "二处")
        made.append(centre.export(store).package.path)
    digests, contents = set(), set()
    for number, order in enumerate(itertools.permutations(made)):
        empty = shutil.copy(enrolled / "catalogue.censusdb", centre.folder / f"c{number}.censusdb")
        catalogue = bootstrap.open_catalogue(Path(empty))
        for path in order:
            receive(catalogue, path, clock=clock)
        digests.add(catalogue.digest())
        contents.add(tuple(sorted(r.id for r in held(catalogue))))
        catalogue.close()
    assert len(digests) == len(contents) == 1


def test_the_projection_is_rebuilt_from_the_packages_alone(
    centre: Centre, store: WorkspaceStore, clock: Clock
) -> None:
    other = centre.department(1)
    for name in ("一处", "二处"):
        centre.add_office(store, name)
        centre.receive(centre.export(store))
    centre.receive(centre.export(other))
    catalogue = centre.catalogue
    before, records = catalogue.digest(), held(catalogue)
    catalogue.forget_projection()
    assert catalogue.count(ListQuery(OFFICE)) == 0
    assert catalogue.digest() != before
    assert rebuild(catalogue, clock=clock) == before
    assert sorted(r.id for r in held(catalogue)) == sorted(r.id for r in records)
    entry = next(e for e in catalogue.roster() if e.code == store.facts().department_code)
    assert entry.head_sequence == 2


def test_findings_of_a_package_are_counted(centre: Centre, store: WorkspaceStore) -> None:
    (record,) = store.stream_records("department")
    centre.put(store, "department", RecordId(record.id), contact_phone="12")
    outcome = centre.receive(centre.export(store, announce=True))
    assert (outcome.errors, outcome.warnings) == (0, 0)  # what is announced is not checked
    assert not isinstance(outcome.error, CensusError)


def test_a_section_neither_exports_nor_is_received(
    centre: Centre, tmp_path: Path, clock: Clock
) -> None:
    """Only the department's main workspace submits (security §6), or its records would count twice."""
    code = centre.department().facts().department_code + "01"
    section = bootstrap.create_workspace(
        tmp_path / "section.censusdb", department="一处", code=code, clock=clock
    )
    centre.opened.append(section)
    request_certificate(section, tmp_path, centre.keys, PASSPHRASE, clock=clock, software="t")
    with pytest.raises(CensusError) as failure:
        centre.export(section, announce=True)
    assert failure.value.code == "EXPORT_SECTION"

    signer = signer_of(section, centre.keys)
    signer.unlock(PASSPHRASE)
    draft = PackageDraft(
        type="submission",
        sender=code,
        audience="coordinator",
        sequence=1,
        instance=section.facts().instance,
        created=clock.now(),
        form_version=section.form_set.version,
        package_json=describe_sender(section, "t"),
        record_lines=[],
        datapackage=b"{}",
    )
    before = centre.catalogue.digest()
    written = write_package(tmp_path, draft, signer)
    outcome = receive(centre.catalogue, written.path, clock=clock)
    assert (outcome.outcome, outcome.code) == ("refused", "SECTION_SUBMITS")
    assert centre.catalogue.digest() == before
