"""Revocation by cut point: what lies up to it stands in any order of arrival, what lies beyond it never does."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.errors import CensusError, UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.certificates import create_candidate, create_request, issue_certificate
from census_app.exchange.keyfile import load_key
from census_app.exchange.package import PackageDraft, write_package
from census_app.exchange.refusals import Refused
from census_app.exchange.signers import signer_for
from census_app.services.enrolling import (
    Enrolment,
    accept_answer,
    admit_request,
    describe_sender,
    request_certificate,
    request_rotation,
    signer_of,
    write_answer,
)
from census_app.services.receiving import rebuild, receive
from census_app.services.trusting import (
    BundleIssued,
    Target,
    apply_bundle,
    issue_bundle,
    revoke,
    rotate_root,
    trust_summary,
)

if TYPE_CHECKING:
    from census_app.services.exporting import ExportDone
    from census_app.services.ports import CatalogueStore, WorkspaceStore
    from tests.unit.services.conftest import Centre, MakeWorkspace

PASSPHRASE = "a long passphrase for tests"  # noqa: S105


def withdraw(centre: Centre, target: Target, reason: str = "U 盘遗失") -> BundleIssued:
    return revoke(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder / "bundles", target, reason,
        clock=centre.clock, software="t",
    )  # fmt: skip


def exported(centre: Centre, store: WorkspaceStore, number: int) -> list[ExportDone]:
    found = []
    for each in range(number):
        centre.add_office(store, f"处室{each}")
        found.append(centre.export(store))
    return found


def states(catalogue: CatalogueStore, code: str) -> list[str]:
    return [p.state for p in catalogue.packages(code)]


def test_beyond_the_cut_is_refused_up_to_it_is_accepted(centre: Centre) -> None:
    """P8."""
    store = centre.department()
    first, second, third = exported(centre, store, 3)
    centre.receive(first)
    code = store.facts().department_code
    withdraw(
        centre,
        Target(department=code, last_sequence=2, head=second.package.identity),
    )
    assert centre.receive(second).code == "MERGED"
    refused = centre.receive(third)
    assert (refused.outcome, refused.code) == ("refused", "REVOKED")
    assert states(centre.catalogue, code) == ["merged", "merged"]


def test_the_cut_is_where_the_catalogue_stands_unless_somebody_says_otherwise(
    centre: Centre,
) -> None:
    store = centre.department()
    first, second = exported(centre, store, 2)
    centre.receive(first)
    code = store.facts().department_code
    withdraw(centre, Target(department=code))
    assert centre.receive(second).code == "REVOKED"
    owner = next(
        o for o in trust_summary(centre.catalogue, clock=centre.clock).owners if o.code == code
    )
    [certificate] = owner.certificates
    assert (certificate.standing, certificate.last_sequence) == ("revoked", 1)
    assert certificate.reason == "U 盘遗失"


def test_packages_beyond_a_later_cut_leave_the_catalogue(centre: Centre) -> None:
    store = centre.department()
    first, second, third = exported(centre, store, 3)
    centre.receive(first)
    before = centre.catalogue.digest()
    for done in (second, third):
        centre.receive(done)
    code = store.facts().department_code
    issued = withdraw(centre, Target(department=code, last_sequence=1))
    assert issued.applied.revoked == (second.package.name, third.package.name)
    assert states(centre.catalogue, code) == ["merged", "revoked", "revoked"]
    assert [e.head_sequence for e in centre.catalogue.roster() if e.code == code] == [1]
    fresh = centre.other_catalogue("fresh.censusdb")
    apply_bundle(fresh, issued.package.path, clock=centre.clock)
    receive(fresh, first.package.path, clock=centre.clock)
    assert fresh.digest() == centre.catalogue.digest() != before


def test_a_forged_number_below_the_cut_is_found_out(centre: Centre) -> None:
    """A thief fills a gap: the statement has a number below the cut, but lies on no chain that ends in its head."""
    honest = centre.department()
    first, second = exported(centre, honest, 2)
    thief = centre.department(file="thief.censusdb")
    centre.add_office(thief, "伪造的处室")
    code = honest.facts().department_code
    assert centre.receive(first).code == "MERGED"
    withdraw(centre, Target(department=code, last_sequence=2, head=second.package.identity))
    forged = centre.export(thief)
    assert forged.package.statement.sequence == 3
    assert centre.receive(forged).code == "REVOKED"
    other = centre.other_catalogue("other.censusdb")
    bundle = centre.folder / "bundles" / "TRUST-000001.census"
    apply_bundle(other, bundle, clock=centre.clock)
    rival = centre.department(1)  # a stranger to this chain changes nothing
    assert receive(other, centre.export(rival).package.path, clock=centre.clock).code == "MERGED"
    assert receive(other, second.package.path, clock=centre.clock).code == "PENDING"
    assert receive(other, first.package.path, clock=centre.clock).released == (second.package.name,)


def test_a_second_statement_of_a_number_below_the_cut_is_revoked_whenever_it_comes(
    centre: Centre,
) -> None:
    honest = centre.department()
    thief = centre.department(file="thief.censusdb")
    centre.add_office(thief, "伪造的处室")
    forged = centre.folder / "forged.census"
    centre.export(thief).package.path.replace(forged)
    first, second = exported(centre, honest, 2)
    code = honest.facts().department_code
    for done in (first, second):
        centre.receive(done)
    assert centre.receive(forged).code == "FORK"
    issued = withdraw(
        centre, Target(department=code, last_sequence=2, head=second.package.identity)
    )
    assert issued.applied.revoked == (forged_name(first),)
    assert sorted(states(centre.catalogue, code)) == ["merged", "merged", "revoked"]
    digest = centre.catalogue.digest()
    fresh = centre.other_catalogue("fresh.censusdb")
    apply_bundle(fresh, issued.package.path, clock=centre.clock)
    for path in (first.package.path, second.package.path):
        receive(fresh, path, clock=centre.clock)
    late = receive(fresh, forged, clock=centre.clock)
    assert (late.outcome, late.code) == ("refused", "REVOKED")
    assert fresh.digest() == digest


def forged_name(done: ExportDone) -> str:
    return done.package.name  # the same number, and so the same name


def test_every_order_of_packages_and_bundle_gives_one_catalogue(centre: Centre) -> None:
    store = centre.department()
    done = exported(centre, store, 3)
    code = store.facts().department_code
    for each in done:
        centre.receive(each)
    bundle = withdraw(centre, Target(department=code, last_sequence=2)).package.path
    files = [*(each.package.path for each in done), bundle]
    orders = list(itertools.permutations(files))
    seed = random.SystemRandom().randrange(1 << 32)
    digests = {centre.catalogue.digest()}
    for number, order in enumerate(random.Random(seed).sample(orders, 8)):  # noqa: S311
        other = centre.other_catalogue(f"order{number}.censusdb")
        for path in order:
            receive(other, path, clock=centre.clock)
        digests.add(other.digest())
        assert rebuild(other, clock=centre.clock) in digests
    assert len(digests) == 1, f"seed {seed}"


def test_the_candidate_of_a_revoked_key_is_revoked_with_it(
    centre: Centre, make_workspace: MakeWorkspace
) -> None:
    store = make_workspace(2)
    made = request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )
    first = centre.export(store, announce=True)
    centre.receive(first)
    admit_request(
        centre.catalogue, made.request, centre.stick, PASSPHRASE, clock=centre.clock,
        fingerprint=made.fingerprint,
    )  # fmt: skip
    withdraw(centre, Target(department=store.facts().department_code))
    stolen = centre.export(store, announce=True)  # still signed with the candidate
    assert centre.receive(stolen).code == "REVOKED"
    again = another_request(centre, store, made)
    for request, code in ((made.request, "REVOKED"), (again, "KEY_REVOKED")):
        with pytest.raises(CensusError) as refused:
            admit_request(
                centre.catalogue, request, centre.stick, PASSPHRASE, clock=centre.clock,
                fingerprint=made.fingerprint,
            )  # fmt: skip
        assert refused.value.code == code


def another_request(centre: Centre, store: WorkspaceStore, made: Enrolment) -> Path:
    """Return a second request of the same key, under another candidate certificate."""
    facts = store.facts()
    key = load_key(made.key, PASSPHRASE)
    candidate = create_candidate(
        facts.department_code, facts.department_name, key, now=centre.clock.now()
    )
    signer = signer_for(made.key, candidate)
    signer.unlock(PASSPHRASE)
    draft = PackageDraft(
        type="enrolment",
        sender=facts.department_code,
        audience="coordinator",
        sequence=0,
        instance=facts.instance,
        created=centre.clock.now(),
        package_json=describe_sender(store, "t"),
        files={"request.csr": create_request(facts.department_code, "", signer)},
    )
    return write_package(centre.folder / "again.census", draft, signer).path


def test_a_number_that_is_taken_is_not_given_again(
    centre: Centre, make_workspace: MakeWorkspace
) -> None:
    """Who asks under somebody else's certificate number could be revoked with it, or escape being revoked."""
    store = make_workspace(2)
    made = request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )
    candidate = read_certificate(store.candidate().encode("ascii"))
    held = centre.catalogue.certificates()[0]
    pem = issue_certificate(
        (centre.stick / "root.crt").read_bytes(),
        load_key(centre.stick / "root.key.pem", PASSPHRASE),
        read_certificate(held.certificate_pem.encode("ascii")).spki,
        held.department,
        Role.DEPARTMENT,
        now=centre.clock.now(),
        serial=candidate.serial,
    )
    centre.catalogue.reissue(replace(held, certificate_pem=pem.decode("ascii")))
    with pytest.raises(UserError, match="REQUEST_SERIAL"):
        admit_request(
            centre.catalogue, made.request, centre.stick, PASSPHRASE, clock=centre.clock,
            fingerprint=made.fingerprint,
        )  # fmt: skip


def test_a_revoked_key_vouches_for_nothing_and_the_next_key_goes_on(centre: Centre) -> None:
    store = centre.department()
    first = centre.export(store)
    centre.receive(first)
    stolen = request_rotation(
        store, centre.folder, centre.keys, PASSPHRASE, PASSPHRASE, clock=centre.clock, software="t"
    )
    code = store.facts().department_code
    bundle = withdraw(centre, Target(department=code))
    with pytest.raises(Refused) as refused:
        admit_request(
            centre.catalogue, stolen.request, centre.stick, PASSPHRASE, clock=centre.clock
        )
    assert refused.value.code == "REVOKED"
    apply_bundle(store, bundle.package.path, clock=centre.clock)
    own = trust_summary(store, clock=centre.clock).own
    assert own is not None
    assert own.standing == "revoked"
    made = request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )
    second = centre.export(store)
    assert second.package.statement.trust_version == 1
    assert centre.receive(second).code == "QUARANTINED"
    admitted = admit_request(
        centre.catalogue, made.request, centre.stick, PASSPHRASE, clock=centre.clock,
        fingerprint=made.fingerprint,
    )  # fmt: skip
    assert admitted.released == (second.package.name,)
    answer = write_answer(admitted.issued, centre.catalogue.roots(), centre.folder)
    accept_answer(store, answer, centre.keys, clock=centre.clock)
    assert centre.receive(centre.export(store)).code == "MERGED"


def test_only_one_certificate_is_revoked_by_its_number(centre: Centre) -> None:
    store = centre.department()
    code = store.facts().department_code
    pem = next(c for c in centre.catalogue.certificates() if c.department == code).certificate_pem
    serial = f"{read_certificate(pem.encode('ascii')).serial:x}"
    withdraw(centre, Target(serial=serial.upper(), last_sequence=0))
    assert centre.receive(centre.export(store)).code == "REVOKED"
    assert centre.receive(centre.export(centre.department(1))).code == "MERGED"


@pytest.mark.parametrize(
    ("target", "reason", "code"),
    [
        (Target(department="NOBODY"), "遗失", "CERTIFICATE_UNKNOWN"),
        (Target(serial="ff"), "遗失", "CERTIFICATE_UNKNOWN"),
        (Target(department="11320000990000017P", last_sequence=5), "遗失", "CUT_UNKNOWN"),
        (Target(department="11320000990000017P"), " ", "REASON_TOO_SHORT"),
    ],
)
def test_what_cannot_be_revoked_is_said(
    target: Target, reason: str, code: str, centre: Centre
) -> None:
    with pytest.raises(UserError, match=code):
        withdraw(centre, target, reason)
    assert centre.catalogue.bundle() is None


def test_a_cut_point_stays_where_it_was_set(centre: Centre) -> None:
    store = centre.department()
    code = store.facts().department_code
    first, _second = exported(centre, store, 2)
    centre.receive(first)
    withdraw(centre, Target(department=code))
    with pytest.raises(UserError, match="CERTIFICATE_UNKNOWN"):
        withdraw(centre, Target(department=code))
    withdraw(centre, Target(department=code, last_sequence=0))
    assert states(centre.catalogue, code) == ["revoked"]


# -- roots -------------------------------------------------------------------------------------------------------------


def test_a_new_root_takes_over_and_everybody_follows(centre: Centre, tmp_path: Path) -> None:
    store = centre.department()
    before = store.roots()
    centre.receive(centre.export(store))
    new, issued = rotate_root(
        centre.catalogue, centre.stick, PASSPHRASE, tmp_path / "stick2", PASSPHRASE,
        centre.folder, clock=centre.clock, software="t",
    )  # fmt: skip
    shown = trust_summary(centre.catalogue, clock=centre.clock).roots
    assert [(r.status, r.fingerprint == new.fingerprint) for r in shown] == [
        ("active", True),
        ("standby", False),
    ]
    apply_bundle(store, issued.package.path, clock=centre.clock)
    assert store.roots() != before
    second = issue_bundle(
        centre.catalogue, tmp_path / "stick2", PASSPHRASE, centre.folder,
        clock=centre.clock, software="t",
    )  # fmt: skip
    assert apply_bundle(store, second.package.path, clock=centre.clock).version == 2
    assert centre.receive(centre.export(store)).code == "MERGED"


def test_a_retired_root_is_believed_no_longer_and_nothing_is_lost(
    centre: Centre, tmp_path: Path
) -> None:
    store = centre.department()
    late = centre.department(1)
    centre.receive(centre.export(store))
    under_old = centre.export(late)
    new, issued = rotate_root(
        centre.catalogue, centre.stick, PASSPHRASE, tmp_path / "stick2", PASSPHRASE,
        centre.folder, retire=True, clock=centre.clock, software="t",
    )  # fmt: skip
    assert {each.department for each in new.renewed} == {
        c.department for c in centre.catalogue.certificates()
    }
    [root] = trust_summary(centre.catalogue, clock=centre.clock).roots
    assert root.fingerprint == new.fingerprint
    with pytest.raises(UserError, match="ROOT_OTHER"):
        issue_bundle(
            centre.catalogue, centre.stick, PASSPHRASE, centre.folder,
            clock=centre.clock, software="t",
        )  # fmt: skip
    assert centre.receive(under_old).code == "CHAIN"
    assert rebuild(centre.catalogue, clock=centre.clock) == centre.catalogue.digest()
    applied = apply_bundle(store, issued.package.path, clock=centre.clock)
    own = read_certificate(store.certificate().encode("ascii"))
    assert applied.certificate == own.fingerprint
    signer_of(store, centre.keys).unlock(PASSPHRASE)
    assert centre.receive(centre.export(store)).code == "MERGED"


def test_the_standby_root_takes_over_when_the_active_one_is_lost(
    centre: Centre, tmp_path: Path
) -> None:
    rotate_root(
        centre.catalogue, centre.stick, PASSPHRASE, tmp_path / "stick2", PASSPHRASE,
        centre.folder, clock=centre.clock, software="t",
    )  # fmt: skip
    lost = read_certificate((tmp_path / "stick2" / "root.crt").read_bytes()).fingerprint
    new, _issued = rotate_root(
        centre.catalogue, centre.stick, PASSPHRASE, tmp_path / "stick3", PASSPHRASE,
        centre.folder, retire=True, clock=centre.clock, software="t",
    )  # fmt: skip
    shown = {
        r.fingerprint: r.status for r in trust_summary(centre.catalogue, clock=centre.clock).roots
    }
    assert lost not in shown
    assert shown[new.fingerprint] == "standby"
    assert sorted(shown.values()) == ["active", "standby"]
