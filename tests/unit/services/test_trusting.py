"""Trust bundles: issued with the stick, taken by everybody, never an older one, and nobody believes a root unasked."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.errors import UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.refusals import Refused
from census_app.services.enrolling import coordinator_signer_of, make_coordinator, make_root
from census_app.services.issuing import write_bundle
from census_app.services.trusting import (
    BundleIssued,
    BundlePlan,
    anchors_of,
    apply_bundle,
    issue_bundle,
    trust_summary,
)
from census_app.services.verifying import judge_from, verify

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
    assert applied.forms is not None
    assert applied.forms.outcome == "same"
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


def test_a_bundle_that_is_not_in_force_does_not_go_out(centre: Centre) -> None:
    folder = centre.folder / "bundles"
    centre.catalogue.store_form_files("v1", {"formset.toml": b"version = 'v1'\n"})
    with pytest.raises(Refused):
        issue(centre)
    assert list(folder.glob("*.census")) == []
    assert centre.catalogue.bundle() is None


def test_the_clock_is_never_earlier_than_the_bundle(centre: Centre, clock: StandingClock) -> None:
    clock.moment += dt.timedelta(days=30)
    store = centre.department()
    apply_bundle(store, issue(centre).package.path, clock=clock)
    moment, notices = anchors_of(store).effective_time(dt.datetime(2010, 1, 1, tzinfo=dt.UTC))
    assert moment == clock.moment
    assert notices == ("CLOCK",)


def test_another_census_is_refused(centre: Centre, tmp_path: Path) -> None:
    made = issue(centre)
    store = centre.department()
    path = tmp_path / "other.censusdb"
    store.close()
    path.write_bytes(store.path.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE workspace SET census_id = 'elsewhere-2030'")
    connection.close()
    other = bootstrap.open_workspace(path)
    with pytest.raises(UserError, match="CENSUS_OTHER"):
        apply_bundle(other, made.package.path, clock=centre.clock)
    assert other.bundle() is None
    other.close()


def test_a_form_set_of_its_own_is_handed_out(centre: Centre, tmp_path: Path) -> None:
    """Milestones that moved: the same version with another campaign."""
    folder = Path(shutil.copytree(forms_dir(), tmp_path / "forms"))
    campaign = folder / "campaign.toml"
    text = campaign.read_text(encoding="utf-8")
    assert "2018-12-31" in text
    campaign.write_text(text.replace("2018-12-31", "2019-01-31"), encoding="utf-8")
    issued = issue(centre, BundlePlan(form_set_folder=folder))
    store = centre.department()
    applied = apply_bundle(store, issued.package.path, clock=centre.clock)
    assert applied.forms is not None
    assert applied.forms.outcome == "replaced"
    assert store.form_set.campaign.milestones[-1].due == "2019-01-31"
    assert store.form_files("v1")["campaign.toml"] == campaign.read_bytes()


def test_the_summary_says_what_no_bundle_carries_yet(centre: Centre) -> None:
    before = trust_summary(centre.catalogue, clock=centre.clock)
    assert (before.version, before.changed, before.own) == (0, True, None)
    issue(centre, BundlePlan(days=10))
    after = trust_summary(centre.catalogue, clock=centre.clock)
    assert (after.version, after.changed, after.stale) == (1, False, False)
    assert {c.standing for owner in after.owners for c in owner.certificates} == {"valid"}
    store = centre.department()
    apply_bundle(store, centre.folder / "bundles/TRUST-000001.census", clock=centre.clock)
    seen = trust_summary(store, clock=centre.clock)
    assert [o.code for o in seen.owners] == [o.code for o in after.owners]
    assert seen.own is not None
    assert (seen.own.standing, seen.own.listed) == ("valid", True)


def test_a_verification_may_be_judged_by_a_bundle(centre: Centre, clock: StandingClock) -> None:
    done = centre.export(centre.department())
    issued = issue(centre)
    judge = judge_from(issued.package.path, clock=clock)
    assert (judge.version, judge.roots) == (1, (issued.applied.root,))
    assert verify(done.package.path, judge.anchors, clock=clock).refused is None
    bare = judge_from(centre.stick / "root.crt", clock=clock)
    assert (bare.version, bare.roots) == (0, (issued.applied.root,))
    with pytest.raises(UserError, match="TRUST_FILE_INVALID"):
        judge_from(done.package.path, clock=clock)
    with pytest.raises(UserError, match="FILE_MISSING"):
        judge_from(centre.folder / "none", clock=clock)


def test_a_form_set_that_does_not_fit_leaves_the_trust_in_force(
    centre: Centre, tmp_path: Path
) -> None:
    """A form set that nothing leads to is not taken over; the bundle's revocations count anyway."""
    folder = Path(shutil.copytree(forms_dir(), tmp_path / "forms"))
    head = folder / "formset.toml"
    text = head.read_text(encoding="utf-8")
    head.write_text(text.replace('version = "v1"', 'version = "v9"', 1), encoding="utf-8")
    written = write_bundle(
        centre.catalogue, centre.stick, PASSPHRASE, tmp_path / "out",
        BundlePlan(form_set_folder=folder), clock=centre.clock, software="t",
    )  # fmt: skip
    store = centre.department()
    applied = apply_bundle(store, written.path, clock=centre.clock)
    assert applied.forms is None
    assert applied.forms_problem is not None
    assert applied.forms_problem.code == "FORM_SET_GAP"
    assert anchors_of(store).version == 1
