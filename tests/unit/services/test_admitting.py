"""Who is let in, and when: a candidate's packages wait, the old key vouches for the new one, coordinators join."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.domain.chain import confirmed_candidates
from census_app.errors import UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.refusals import Refused
from census_app.services.enrolling import (
    Admitted,
    Enrolment,
    accept_answer,
    accept_coordinator_answer,
    add_units,
    admit_request,
    coordinator_signer_of,
    make_coordinator,
    make_root,
    read_enrolment,
    request_certificate,
    request_coordinator,
    request_rotation,
    signer_of,
    write_answer,
)
from census_app.services.ledgers import export_ledger
from census_app.services.receiving import rebuild, receive
from census_app.services.trusting import apply_bundle, issue_bundle, trust_summary

if TYPE_CHECKING:
    from census_app.services.ports import CatalogueStore, WorkspaceStore
    from tests.unit.services.conftest import Centre, MakeWorkspace, StandingClock

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
NEXT = "the passphrase of the next key"
COORDINATOR = "11320000014000015K"


def ask(store: WorkspaceStore, centre: Centre) -> Enrolment:
    return request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )


def admit(
    centre: Centre,
    request: Path,
    fingerprint: str = "",
    *,
    catalogue: CatalogueStore | None = None,
    role: Role = Role.DEPARTMENT,
) -> Admitted:
    return admit_request(
        catalogue or centre.catalogue,
        request,
        centre.stick,
        PASSPHRASE,
        clock=centre.clock,
        fingerprint=fingerprint,
        role=role,
        actor="张三",
    )


def rotate(store: WorkspaceStore, centre: Centre) -> Enrolment:
    return request_rotation(
        store, centre.folder, centre.keys, PASSPHRASE, NEXT, clock=centre.clock, software="t"
    )


@pytest.fixture
def newcomer(make_workspace: MakeWorkspace) -> WorkspaceStore:
    return make_workspace(2)


# -- quarantine --------------------------------------------------------------------------------------------------------


def test_what_a_candidate_signs_waits_and_is_merged_without_being_sent_again(
    newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    first = centre.export(newcomer, announce=True)
    centre.add_office(newcomer, "办公室")
    second = centre.export(newcomer, announce=True)
    for done in (second, first):
        assert centre.receive(done).outcome == "quarantined"
    code = newcomer.facts().department_code
    states = [p.state for p in centre.catalogue.packages(code)]
    assert states == ["quarantined", "quarantined"]
    before = centre.catalogue.digest()
    assert [e.head_sequence for e in centre.catalogue.roster() if e.code == code] == [0]

    admitted = admit(centre, made.request, made.fingerprint)
    assert admitted.released == (first.package.name, second.package.name)
    assert [p.state for p in centre.catalogue.packages(code)] == ["merged", "merged"]
    assert centre.catalogue.digest() != before
    [decision] = centre.catalogue.decisions()
    assert (decision.kind, decision.choice, decision.actor) == ("confirm", code, "张三")
    candidate = read_certificate(newcomer.candidate().encode("ascii"))
    assert confirmed_candidates([decision]) == {candidate.sha256: code}


def test_a_confirmed_candidate_is_merged_at_once_and_survives_a_rebuild(
    newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    done = centre.export(newcomer, announce=True)
    admit(centre, made.request, made.fingerprint)
    assert centre.receive(done).code == "MERGED"
    digest = centre.catalogue.digest()
    assert rebuild(centre.catalogue, clock=centre.clock) == digest


def test_the_order_of_confirming_and_arriving_does_not_matter(
    newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    done = centre.export(newcomer, announce=True)
    centre.receive(done)
    admit(centre, made.request, made.fingerprint)
    other = centre.other_catalogue("other.censusdb")
    for decision in centre.catalogue.decisions():
        other.append_decision(decision)
    assert receive(other, done.package.path, clock=centre.clock).code == "MERGED"
    assert other.digest() == centre.catalogue.digest()


def test_both_keys_continue_one_chain(newcomer: WorkspaceStore, centre: Centre) -> None:
    made = ask(newcomer, centre)
    first = centre.export(newcomer, announce=True)
    answer = write_answer(
        admit(centre, made.request, made.fingerprint).issued,
        centre.catalogue.roots(),
        centre.folder,
    )
    accept_answer(newcomer, answer, centre.keys, clock=centre.clock)
    assert newcomer.candidate() == ""
    second = centre.export(newcomer, announce=True)
    assert second.package.statement.previous == first.package.identity
    assert centre.receive(second).code == "PENDING"
    assert centre.receive(first).released == (second.package.name,)


def test_a_forged_candidate_of_an_enrolled_department_merges_nothing(centre: Centre) -> None:
    honest = centre.department()
    centre.receive(centre.export(honest))
    before = centre.catalogue.digest()
    forger = centre.department(file="forger.censusdb")
    ask(forger, centre)
    centre.add_office(forger, "假冒的处室")
    received = centre.receive(centre.export(forger))
    assert received.outcome == "quarantined"
    assert centre.catalogue.digest() == before
    centre.add_office(honest, "真正的处室")
    assert centre.receive(centre.export(honest)).code == "MERGED"


def test_a_forgotten_passphrase_costs_no_data(centre: Centre) -> None:
    store = centre.department()
    first = centre.export(store)
    office = centre.add_office(store, "办公室")
    made = ask(store, centre)  # the old key still exists, but nobody can open it
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    assert read_certificate(signer.certificate_pem).fingerprint == made.fingerprint
    second = centre.export(store)
    assert second.package.statement.previous == first.package.identity
    assert centre.receive(first).code == "MERGED"
    assert centre.receive(second).code == "QUARANTINED"
    assert admit(centre, made.request, made.fingerprint).released == (second.package.name,)
    assert centre.catalogue.record("internal_office", office) is not None


# -- rotation ----------------------------------------------------------------------------------------------------------


def test_the_old_key_vouches_for_the_new_one(centre: Centre) -> None:
    store = centre.department()
    old = store.certificate()
    first = centre.export(store)
    made = rotate(store, centre)
    assert store.certificate() == old
    assert signer_of(store, centre.keys).certificate_pem.decode("ascii") == old
    shown = read_enrolment(made.request, clock=centre.clock, catalogue=centre.catalogue)
    assert shown.by_old_key
    assert shown.fingerprint == made.fingerprint

    admitted = admit(centre, made.request)
    assert admitted.by_old_key
    assert centre.catalogue.decisions() == []
    answer = write_answer(admitted.issued, centre.catalogue.roots(), centre.folder)
    accept_answer(store, answer, centre.keys, clock=centre.clock)
    signer = signer_of(store, centre.keys)
    with pytest.raises(UserError, match="PASSPHRASE_WRONG"):
        signer.unlock(PASSPHRASE)
    signer.unlock(NEXT)
    assert centre.receive(first).code == "MERGED"


def test_a_bundle_brings_the_next_certificate(centre: Centre) -> None:
    store = centre.department()
    made = rotate(store, centre)
    admit(centre, made.request)
    issued = issue_bundle(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder, clock=centre.clock, software="t"
    )
    applied = apply_bundle(store, issued.package.path, clock=centre.clock)
    assert applied.certificate == made.fingerprint
    assert read_certificate(store.certificate().encode("ascii")).fingerprint == made.fingerprint
    assert store.candidate() == ""
    assert apply_bundle(store, issued.package.path, clock=centre.clock).certificate == ""


def test_only_a_key_that_is_enrolled_vouches(newcomer: WorkspaceStore, centre: Centre) -> None:
    with pytest.raises(UserError, match="NOT_ENROLLED"):
        rotate(newcomer, centre)
    ask(newcomer, centre)
    with pytest.raises(UserError, match="NOT_ENROLLED"):
        rotate(newcomer, centre)
    made = rotate(centre.department(), centre)
    with pytest.raises(Refused) as refused:  # without the catalogue nobody knows the old key
        read_enrolment(made.request, clock=centre.clock)
    assert refused.value.code == "CHAIN"


def test_a_vouched_request_makes_no_coordinator(centre: Centre) -> None:
    made = rotate(centre.department(), centre)
    with pytest.raises(UserError, match="FINGERPRINT_DIFFERS"):
        admit(centre, made.request, role=Role.COORDINATOR)


# -- certificates ------------------------------------------------------------------------------------------------------


def test_the_same_request_gets_the_same_answer_again(
    newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    first = admit(centre, made.request, made.fingerprint)
    assert admit(centre, made.request, made.fingerprint) == first
    assert len(centre.catalogue.decisions()) == 1


def test_the_certificate_keeps_the_number_of_the_candidate(
    newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    issued = admit(centre, made.request, made.fingerprint).issued
    leaf = read_certificate(issued.certificate_pem.encode("ascii"))
    assert leaf.serial == read_certificate(newcomer.candidate().encode("ascii")).serial


def test_an_answer_from_another_root_than_the_pinned_one_is_refused(
    centre: Centre, tmp_path: Path
) -> None:
    store = centre.department()
    held = store.certificate()
    made = ask(store, centre)
    make_root("他省", tmp_path / "other", PASSPHRASE, clock=centre.clock)
    roots = (tmp_path / "other" / "root.crt").read_text(encoding="ascii")
    other = bootstrap.create_catalogue(
        tmp_path / "o.censusdb", name="他省", roots_pem=roots, clock=centre.clock
    )
    foreign = admit_request(
        other, made.request, tmp_path / "other", PASSPHRASE, clock=centre.clock,
        fingerprint=made.fingerprint,
    )  # fmt: skip
    other.close()
    answer = write_answer(foreign.issued, roots, tmp_path)
    with pytest.raises(Refused) as refused:
        accept_answer(store, answer, centre.keys, clock=centre.clock)
    assert refused.value.code == "CHAIN"
    assert store.certificate() == held
    with pytest.raises(UserError, match="FINGERPRINT_DIFFERS"):
        accept_answer(store, answer, centre.keys, clock=centre.clock, confirm="0" * 32)
    (root,) = trust_summary(store, clock=centre.clock).roots
    fingerprint = read_certificate(roots.encode("ascii")).fingerprint
    assert root.fingerprint != fingerprint
    accept_answer(store, answer, centre.keys, clock=centre.clock, confirm=fingerprint)
    assert store.roots() == roots


def test_an_expired_certificate_admits_nothing_new_but_what_came_before_stays(
    centre: Centre, clock: StandingClock
) -> None:
    """P9: dates count at first admission only."""
    store = centre.department()
    first, late = centre.export(store), centre.export(store)
    assert centre.receive(first).code == "MERGED"
    clock.moment += dt.timedelta(days=4 * 365)
    assert centre.receive(late).code == "EXPIRED"
    assert centre.receive(first).code == "DUPLICATE"
    digest = centre.catalogue.digest()
    assert rebuild(centre.catalogue, clock=clock) == digest


def test_a_clock_that_went_back_is_noticed_and_believed_less(
    centre: Centre, clock: StandingClock
) -> None:
    """P9: system clock 2010."""
    done = centre.export(centre.department())
    clock.moment = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
    issue = centre.catalogue.certificates()[0]
    begins = read_certificate(issue.certificate_pem.encode("ascii")).not_before
    received = centre.receive(done)
    if begins <= dt.datetime(2026, 11, 1, tzinfo=dt.UTC):
        assert (received.code, received.notices) == ("MERGED", ("CLOCK",))
    else:  # the build is older than the certificate: only a newer bundle tells the time
        assert received.code == "EXPIRED"
        clock.moment = dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)
        issue_bundle(
            centre.catalogue, centre.stick, PASSPHRASE, centre.folder, clock=clock, software="t"
        )
        clock.moment = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
        again = centre.receive(done)
        assert (again.code, again.notices) == ("MERGED", ("CLOCK",))


# -- units and coordinators --------------------------------------------------------------------------------------------


def test_units_travel_with_the_bundle(centre: Centre) -> None:
    code = centre.department().facts().department_code
    with pytest.raises(UserError, match="CODE_INVALID"):
        add_units(centre.catalogue, code, {"ä": "x"})
    add_units(centre.catalogue, code, {"UNIT01": "环境监测中心"})
    assert trust_summary(centre.catalogue, clock=centre.clock).changed
    issued = issue_bundle(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder, clock=centre.clock, software="t"
    )
    assert not trust_summary(centre.catalogue, clock=centre.clock).changed
    other = centre.other_catalogue("other.censusdb", certificates=False)
    apply_bundle(other, issued.package.path, clock=centre.clock)
    owner = next(o for o in trust_summary(other, clock=centre.clock).owners if o.code == code)
    assert [(u.code, u.name) for u in owner.units] == [("UNIT01", "环境监测中心")]
    assert {e.code for e in other.roster()} == {e.code for e in centre.catalogue.roster()}


def test_a_second_coordinator_asks_and_is_answered(centre: Centre) -> None:
    second = centre.other_catalogue("second.censusdb", certificates=False)
    made = request_coordinator(
        second, COORDINATOR, "数据局", centre.folder, centre.keys, PASSPHRASE,
        clock=centre.clock, software="t",
    )  # fmt: skip
    with pytest.raises(UserError, match="NOT_COORDINATOR"):
        coordinator_signer_of(second, centre.keys)
    own = trust_summary(second, clock=centre.clock).own
    assert own is not None
    assert own.standing == "waiting"
    admitted = admit(centre, made.request, made.fingerprint, role=Role.COORDINATOR)
    assert admitted.issued.role == "coordinator"
    assert centre.catalogue.decisions() == []
    answer = write_answer(admitted.issued, centre.catalogue.roots(), centre.folder)
    accept_coordinator_answer(second, answer, centre.keys, clock=centre.clock)
    coordinator_signer_of(second, centre.keys).unlock(PASSPHRASE)


def test_a_bundle_brings_a_coordinators_certificate(centre: Centre) -> None:
    second = centre.other_catalogue("second.censusdb", certificates=False)
    made = request_coordinator(
        second, COORDINATOR, "数据局", centre.folder, centre.keys, PASSPHRASE,
        clock=centre.clock, software="t",
    )  # fmt: skip
    admit(centre, made.request, made.fingerprint, role=Role.COORDINATOR)
    issued = issue_bundle(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder, clock=centre.clock, software="t"
    )
    received = receive(second, issued.package.path, clock=centre.clock)
    assert received.code == "APPLIED"
    coordinator_signer_of(second, centre.keys).unlock(PASSPHRASE)
    assert receive(second, issued.package.path, clock=centre.clock).code == "DUPLICATE"


def test_a_departments_certificate_makes_no_coordinator(centre: Centre) -> None:
    second = centre.other_catalogue("second.censusdb", certificates=False)
    made = request_coordinator(
        second, COORDINATOR, "数据局", centre.folder, centre.keys, PASSPHRASE,
        clock=centre.clock, software="t",
    )  # fmt: skip
    issued = admit(centre, made.request, made.fingerprint).issued
    answer = write_answer(issued, centre.catalogue.roots(), centre.folder)
    with pytest.raises(Refused) as refused:
        accept_coordinator_answer(second, answer, centre.keys, clock=centre.clock)
    assert refused.value.code == "ROLE"


def test_a_long_name_of_who_admitted_does_not_stop_the_ledger(
    centre: Centre, make_workspace: MakeWorkspace
) -> None:
    """A decision is never taken back: one that could not travel would stop every ledger from then on."""
    issued = make_coordinator(
        centre.catalogue, COORDINATOR, "统筹部门", centre.stick, PASSPHRASE, centre.keys, PASSPHRASE,
        clock=centre.clock,
    )  # fmt: skip
    assert issued.role == "coordinator"
    made = ask(make_workspace(2), centre)
    admit_request(
        centre.catalogue, made.request, centre.stick, PASSPHRASE,
        clock=centre.clock, fingerprint=made.fingerprint, actor="张\x07三" * 60,
    )  # fmt: skip
    signer = coordinator_signer_of(centre.catalogue, centre.keys)
    signer.unlock(PASSPHRASE)
    written = export_ledger(
        centre.catalogue, centre.folder / "ledgers", signer, clock=centre.clock, software="t"
    )
    assert written.decisions == 1
