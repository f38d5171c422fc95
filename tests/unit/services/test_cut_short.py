"""What was cut short between two steps - power, full disk - is made good when the same file comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from census_app.errors import EnvironmentProblem
from census_app.services import believing
from census_app.services.receiving import rebuild, receive
from census_app.services.revoking import revoked_entries
from census_app.services.trusting import BundlePlan, Target, apply_bundle, issue_bundle
from census_app.storage import projection

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, Desk

CODE = "11320000990000017P"
PASSPHRASE = "a long passphrase for tests"  # noqa: S105


def fail(*_given: object, **_named: object) -> None:
    raise EnvironmentProblem("DISK_FULL", path="x")


def test_a_package_that_was_kept_and_not_merged_is_merged_when_it_comes_again(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = centre.department()
    centre.add_office(store, "一处")
    done = centre.export(store)
    monkeypatch.setattr(projection, "merge_attached", fail)
    with pytest.raises(EnvironmentProblem):
        centre.receive(done)
    monkeypatch.undo()
    again = centre.receive(done)
    assert (again.outcome, again.released) == ("duplicate", (done.package.name,))
    assert [r.values["name"] for r in centre.catalogue.stream_records("internal_office")] == [
        "一处"
    ]
    before = centre.catalogue.digest()
    assert rebuild(centre.catalogue, clock=centre.clock) == before


@pytest.mark.parametrize("step", ["restate", "settle_after"])
def test_a_bundle_that_was_cut_short_is_carried_through_when_it_comes_again(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = desk.centre
    desk.hand_in()
    entries = revoked_entries(centre.catalogue, Target(department=CODE, last_sequence=1), "遗失")
    twin = centre.other_catalogue("twin.censusdb")
    for done in desk.packages:
        receive(twin, done.package.path, clock=centre.clock)
    issued = issue_bundle(
        centre.catalogue,
        centre.stick,
        PASSPHRASE,
        centre.folder / "bundles",
        BundlePlan(revoked=entries),
        clock=centre.clock,
        software="t",
    )
    monkeypatch.setattr(believing, step, fail)
    with pytest.raises(EnvironmentProblem):
        apply_bundle(twin, issued.package.path, clock=centre.clock)
    monkeypatch.undo()
    assert not apply_bundle(twin, issued.package.path, clock=centre.clock).new
    heads = {entry.code: entry.head_sequence for entry in twin.roster()}
    assert heads[CODE] == 1
    twin_digest = twin.digest()
    assert rebuild(twin, clock=centre.clock) == twin_digest
