"""Trust bundles: issued with the stick, taken by everybody, never an older one, and nobody believes a root unasked."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.errors import UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.refusals import Refused
from census_app.services.enrolling import coordinator_signer_of, make_coordinator, make_root
from census_app.services.trusting import (
    BundleIssued,
    BundlePlan,
    anchors_of,
    apply_bundle,
    issue_bundle,
)

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, MakeWorkspace, StandingClock

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
COORDINATOR = "11320000014000015X"


def issue(centre: Centre, plan: BundlePlan | None = None, to: str = "bundles") -> BundleIssued:
    return issue_bundle(
        centre.catalogue,
        centre.stick,
        PASSPHRASE,
        centre.folder / to,
        plan,
        clock=centre.clock,
        software="t",
    )


def test_a_coordinator_has_a_daily_key_of_its_own(centre: Centre) -> None:
    with pytest.raises(UserError, match="NOT_COORDINATOR"):
        coordinator_signer_of(centre.catalogue, centre.keys)
    issued = make_coordinator(
        centre.catalogue,
        COORDINATOR,
        "统筹部门",
        centre.stick,
        PASSPHRASE,
        centre.keys,
        PASSPHRASE,
        clock=centre.clock,
    )
    signer = coordinator_signer_of(centre.catalogue, centre.keys)
    signer.unlock(PASSPHRASE)
    facts = read_certificate(signer.certificate_pem)
    assert (facts.role, facts.code) == ("coordinator", COORDINATOR)
    assert centre.catalogue.facts().coordinator_code == COORDINATOR
    assert facts.fingerprint == issued.fingerprint
    assert COORDINATOR not in {entry.code for entry in centre.catalogue.roster()}


def test_a_bundle_lists_everybody_and_is_in_force_at_once(centre: Centre) -> None:
    issued = issue(centre)
    assert issued.package.path.name == "TRUST-000001.census"
    assert issued.applied.new
    assert issued.applied.departments == 2
    bundle = centre.catalogue.bundle()
    assert bundle is not None
    assert (bundle.version, bundle.identity) == (1, issued.package.identity)
    assert anchors_of(centre.catalogue).version == 1
    (kept,) = centre.catalogue.letters(type_="trust")
    assert kept.identity == issued.package.identity
    assert (
        b"".join(centre.catalogue.package_bytes(kept.identity)) == issued.package.path.read_bytes()
    )


def test_a_department_takes_the_bundle_and_then_names_it(centre: Centre) -> None:
    store = centre.department()
    applied = apply_bundle(store, issue(centre).package.path, clock=centre.clock)
    assert applied.new
    assert store.form_files("v1") != {}
    assert not applied.form_set_new
    again = apply_bundle(store, centre.folder / "bundles/TRUST-000001.census", clock=centre.clock)
    assert not again.new
    second = issue(centre)
    assert second.package.statement.sequence == 2
    assert second.package.statement.previous == applied.identity
    assert apply_bundle(store, second.package.path, clock=centre.clock).version == 2


def test_an_older_bundle_is_refused(centre: Centre) -> None:
    first, second = issue(centre), issue(centre)
    store = centre.department()
    apply_bundle(store, second.package.path, clock=centre.clock)
    for holder in (store, centre.catalogue):
        with pytest.raises(Refused) as refused:
            apply_bundle(holder, first.package.path, clock=centre.clock)
        assert refused.value.code == "TRUST_ROLLBACK"
        assert anchors_of(holder).version == 2


def test_nobody_believes_a_root_unasked(centre: Centre, make_workspace: MakeWorkspace) -> None:
    newcomer = make_workspace(2)
    issued = issue(centre)
    with pytest.raises(UserError, match="ROOT_UNCONFIRMED") as asked:
        apply_bundle(newcomer, issued.package.path, clock=centre.clock)
    assert asked.value.params["fingerprint"] == issued.applied.root
    with pytest.raises(UserError, match="FINGERPRINT_DIFFERS"):
        apply_bundle(newcomer, issued.package.path, clock=centre.clock, confirm="0" * 32)
    assert newcomer.roots() == ""
    apply_bundle(
        newcomer, issued.package.path, clock=centre.clock, confirm=issued.applied.root.upper()
    )
    assert newcomer.roots() == centre.catalogue.roots()


def test_a_bundle_of_another_root_is_refused(
    centre: Centre, clock: StandingClock, tmp_path: Path
) -> None:
    other_stick = tmp_path / "other"
    make_root("他省", other_stick, PASSPHRASE, clock=clock)
    other = bootstrap.create_catalogue(
        tmp_path / "other.censusdb",
        name="他省",
        roots_pem=(other_stick / "root.crt").read_text(encoding="ascii"),
        clock=clock,
    )
    foreign = issue_bundle(other, other_stick, PASSPHRASE, tmp_path, clock=clock, software="t")
    other.close()
    store = centre.department()
    with pytest.raises(Refused) as refused:
        apply_bundle(store, foreign.package.path, clock=clock)
    assert refused.value.code == "CHAIN"
    assert store.bundle() is None
    with pytest.raises(UserError, match="ROOT_OTHER"):
        issue_bundle(centre.catalogue, other_stick, PASSPHRASE, tmp_path, clock=clock, software="t")


def test_an_expired_bundle_is_noticed_and_taken(centre: Centre, clock: StandingClock) -> None:
    issued = issue(centre, BundlePlan(days=1))
    clock.moment += dt.timedelta(days=2)
    store = centre.department()
    assert apply_bundle(store, issued.package.path, clock=clock).notices == ("TRUST_STALE",)
    assert anchors_of(store).version == 1


def test_a_bundle_that_is_not_in_force_does_not_go_out(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = centre.folder / "bundles"
    centre.catalogue.store_form_files("v1", {"formset.toml": b"version = 'v1'\n"})
    with pytest.raises(Refused):
        issue(centre)
    assert list(folder.glob("*.census")) == []
    assert centre.catalogue.bundle() is None
    del monkeypatch


def test_the_clock_is_never_earlier_than_the_bundle(centre: Centre, clock: StandingClock) -> None:
    clock.moment += dt.timedelta(days=30)
    store = centre.department()
    apply_bundle(store, issue(centre).package.path, clock=clock)
    moment, notices = anchors_of(store).effective_time(dt.datetime(2010, 1, 1, tzinfo=dt.UTC))
    assert moment == clock.moment
    assert notices == ("CLOCK",)
    assert dataclasses.is_dataclass(anchors_of(store))
