"""Deciding: forks, acceptance, return, release; each moves the chain as it says and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from census_app.domain.chain import Decision
from census_app.errors import UserError
from census_app.exchange.ledger import with_id
from census_app.exchange.paper import short_groups
from census_app.services.comparing import compare_sides
from census_app.services.deciding import (
    accept_by_digest,
    accept_package,
    decide,
    find_by_digest,
    return_package,
    set_released,
    settle_after,
)
from census_app.services.enrolling import request_certificate
from census_app.services.exporting import ExportDone
from census_app.services.forking import choose_side, fork_at, forks
from census_app.services.ports import CatalogueStore, Clock, WorkspaceStore
from census_app.services.receiving import rebuild
from census_app.services.settling import contested, settle

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, DeskSigner

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
OFFICE = "internal_office"
Forked = tuple[ExportDone, ExportDone, ExportDone]


def offices(catalogue: CatalogueStore) -> set[object]:
    return {r.values["name"] for r in catalogue.stream_records(OFFICE)}


def decided(catalogue: CatalogueStore) -> list[Decision]:
    """Return the ledger without the confirmed keys of the departments."""
    return [d for d in catalogue.decisions() if d.kind != "confirm"]


def code_of(failure: pytest.ExceptionInfo[UserError]) -> str:
    return failure.value.code


def foreign(kind: str, subject: str, choice: str, *old: str) -> Decision:
    """A decision of the other coordinator."""
    return with_id(
        Decision("", kind, subject, choice, "不同意见", "李", "11320000990000041H01",  # type: ignore[arg-type]
                 "2026-12-02T08:00:00Z", old)
    )  # fmt: skip


def test_a_decision_is_of_the_coordinator_and_known_by_its_content(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    made = decide(
        centre.catalogue, "fork", "D:1", "a" * 64, "  一\r\n二\x07 ", actor="王" * 200, clock=clock
    )
    assert (made.coordinator, made.created, made.reason) == (
        first_desk.code,
        "2026-12-01T08:00:00Z",
        "一\n二",
    )
    assert len(made.actor) == 100
    assert made == with_id(made)
    assert decided(centre.catalogue) == [made]


def test_without_a_coordinator_nothing_is_decided(centre: Centre, clock: Clock) -> None:
    with pytest.raises(UserError) as failure:
        decide(centre.catalogue, "fork", "D:1", "", "因故", actor="王", clock=clock)
    assert code_of(failure) == "NOT_COORDINATOR"
    assert decided(centre.catalogue) == []


def test_what_could_not_travel_is_not_decided(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    del first_desk
    with pytest.raises(UserError) as failure:
        decide(centre.catalogue, "fork", "D:1", "", "长" * 2001, actor="王", clock=clock)
    assert code_of(failure) == "DECISION_INVALID"
    assert decided(centre.catalogue) == []


# -- forks -------------------------------------------------------------------------------------------------------------


def test_a_fork_is_shown_with_both_sides_and_their_differences(
    centre: Centre, forked: Forked, clock: Clock
) -> None:
    _first, ours, rival = forked
    [fork] = forks(centre.catalogue)
    assert (fork.sequence, fork.chosen, fork.named, fork.decisions) == (2, "", (), ())
    assert {side.identity for side in fork.sides} == {ours.package.identity, rival.package.identity}

    by_identity = {side.identity: side for side in fork.sides}
    sides = [by_identity[done.package.identity] for done in (ours, rival)]
    found = compare_sides(centre.catalogue, sides[0], sides[1], clock=clock)
    assert [(r.form, r.title, r.operation) for r in found.only_left] == [(OFFICE, "二处", "put")]
    assert [(r.form, r.title) for r in found.only_right] == [(OFFICE, "他处")]
    assert (found.different, found.same, found.one_installation) == ((), 2, True)


def test_records_that_differ_are_compared_field_by_field(centre: Centre, clock: Clock) -> None:
    store = centre.department()
    office = centre.add_office(store, "一处")
    centre.receive(centre.export(store))
    centre.put(store, OFFICE, office, name="一处（改）")
    centre.receive(centre.export(store))

    left, right = centre.catalogue.packages()
    found = compare_sides(centre.catalogue, left, right, clock=clock)
    [difference] = found.different
    assert (difference.form, difference.title) == (OFFICE, "一处（改）")
    assert [(f.field, f.left, f.right) for f in difference.fields] == [
        ("name", "一处", "一处（改）")
    ]


@pytest.mark.parametrize("side", [1, 2])
def test_the_chosen_side_stands_and_the_other_is_set_aside(
    centre: Centre, forked: Forked, clock: Clock, side: int
) -> None:
    [fork] = forks(centre.catalogue)
    chosen = forked[side].package.identity
    done = choose_side(centre.catalogue, fork, chosen, "电话核实", actor="王", clock=clock)

    assert done.package is not None
    assert (done.package.identity, done.package.state) == (chosen, "merged")
    assert done.merged == (done.package.name,)
    assert offices(centre.catalogue) == {"一处", "二处" if side == 1 else "他处"}
    states = {p.identity: p.state for p in centre.catalogue.packages()}
    assert states[forked[3 - side].package.identity] == "set_aside"
    assert forks(centre.catalogue) == []
    [decided] = forks(centre.catalogue, decided=True)
    assert decided.chosen == chosen


def test_somebody_may_change_their_mind_about_a_fork(
    centre: Centre, forked: Forked, clock: Clock
) -> None:
    [fork] = forks(centre.catalogue)
    _first, ours, rival = (done.package.identity for done in forked)
    first = choose_side(centre.catalogue, fork, ours, "电话核实", actor="王", clock=clock)
    later = fork_at(centre.catalogue, fork.department, 2)
    second = choose_side(centre.catalogue, later, rival, "又核实", actor="王", clock=clock)

    assert second.decisions[0].supersedes == (first.decisions[0].id,)
    assert offices(centre.catalogue) == {"一处", "他处"}
    before = centre.catalogue.digest()
    assert rebuild(centre.catalogue, clock=clock) == before


def test_a_side_that_is_none_and_a_missing_reason_are_refused(
    centre: Centre, forked: Forked, clock: Clock
) -> None:
    first, ours, _rival = (done.package.identity for done in forked)
    [fork] = forks(centre.catalogue)
    for identity, reason, code in (
        (first, "电话核实", "FORK_SIDE"),
        (ours, " 。 ", "DECISION_REASON"),
    ):
        with pytest.raises(UserError) as failure:
            choose_side(centre.catalogue, fork, identity, reason, actor="王", clock=clock)
        assert code_of(failure) == code
    with pytest.raises(UserError) as failure:
        choose_side(
            centre.catalogue, replace(fork, sequence=1), ours, "核实", actor="王", clock=clock
        )
    assert code_of(failure) == "FORK_NONE"
    assert decided(centre.catalogue) == []


# -- one package -------------------------------------------------------------------------------------------------------


def test_accepting_one_side_of_a_fork_makes_it_the_chain(
    centre: Centre, forked: Forked, clock: Clock
) -> None:
    identity = forked[1].package.identity
    done = accept_package(centre.catalogue, identity, actor="王", clock=clock)
    assert (done.decisions[0].kind, done.decisions[0].choice) == ("accept", "accepted")
    assert offices(centre.catalogue) == {"一处", "二处"}
    with pytest.raises(UserError) as failure:
        accept_package(centre.catalogue, forked[2].package.identity, actor="王", clock=clock)
    assert code_of(failure) == "PACKAGE_SET_ASIDE"


def test_a_package_is_accepted_returned_and_accepted_again(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    del first_desk
    identity = centre.receive(centre.export(centre.department())).identity
    first = accept_package(centre.catalogue, identity, "基本完整", actor="王", clock=clock)
    second = return_package(centre.catalogue, identity, "请补第三项", actor="王", clock=clock)
    third = accept_package(centre.catalogue, identity, actor="王", clock=clock)

    kinds = [(d.kind, d.choice) for done in (first, second, third) for d in done.decisions]
    assert kinds == [
        ("accept", "accepted_with_comments"),
        ("return", "returned"),
        ("accept", "accepted"),
    ]
    assert third.decisions[0].supersedes == (second.decisions[0].id,)
    assert third.package is not None
    assert third.package.state == "merged"
    assert contested(centre.catalogue) == []
    with pytest.raises(UserError) as failure:
        return_package(centre.catalogue, identity, "", actor="王", clock=clock)
    assert code_of(failure) == "DECISION_REASON"
    with pytest.raises(UserError) as failure:
        accept_package(centre.catalogue, "f" * 64, actor="王", clock=clock)
    assert code_of(failure) == "PACKAGE_UNKNOWN"


def test_what_waits_is_accepted_by_paper_before_it_has_its_turn(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    del first_desk
    store = centre.department()
    first, second = centre.export(store), centre.export(store)
    centre.receive(second)
    done = accept_by_digest(centre.catalogue, second.package.identity, actor="王", clock=clock)
    assert done.package is not None
    assert (done.package.state, done.merged) == ("pending", ())
    centre.receive(first)
    assert [p.state for p in centre.catalogue.packages()] == ["merged", "merged"]


# -- paper -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        lambda identity: short_groups(identity, 4),
        lambda identity: short_groups(identity, 16),
        lambda identity: identity.upper(),
        lambda identity: "-".join(short_groups(identity, 5).split()) + "\r\n",
        lambda identity: f"sha256:{identity}",
        lambda identity: short_groups(identity, 4).replace("0", "O").replace("1", "l"),
        lambda identity: "".join(chr(ord(c) + 0xFEE0) for c in identity[:20]),
    ],
)
def test_the_stamped_page_names_the_package(
    centre: Centre, forked: Forked, clock: Clock, spelling: object
) -> None:
    assert callable(spelling)
    identity = forked[2].package.identity
    done = accept_by_digest(
        centre.catalogue, spelling(identity), "封面已盖章", actor="王", clock=clock
    )
    assert done.package is not None
    assert (done.package.identity, done.package.state) == (identity, "merged")
    assert offices(centre.catalogue) == {"一处", "他处"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "DIGEST_SHORT"),
        ("3f9a 1c07 88", "DIGEST_SHORT"),
        ("3f9a 1c07 88aa 123", "DIGEST_SHORT"),
        ("3f9a 1c07 88aa 1234", "DIGEST_UNKNOWN"),
        ("0" * 65, "DIGEST_CHARACTERS"),
        ("3f9a 1c07 88aa 12g4", "DIGEST_CHARACTERS"),
    ],
)
def test_a_digest_that_names_nothing_is_refused(
    centre: Centre, forked: Forked, clock: Clock, typed: str, code: str
) -> None:
    del forked
    with pytest.raises(UserError) as failure:
        accept_by_digest(centre.catalogue, typed, actor="王", clock=clock)
    assert code_of(failure) == code
    assert decided(centre.catalogue) == []


def test_two_packages_that_begin_alike_need_more_digits(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    del first_desk
    facts = centre.receive(centre.export(centre.department()))
    [package] = centre.catalogue.packages()
    twin = package.identity[:20] + "0" * 44
    centre.catalogue.append_package(replace(package, identity=twin, sequence=2), [b"x"])
    with pytest.raises(UserError) as failure:
        find_by_digest(centre.catalogue, package.identity[:20])
    assert (code_of(failure), failure.value.params["count"]) == ("DIGEST_AMBIGUOUS", 2)
    assert find_by_digest(centre.catalogue, package.identity).identity == facts.identity


# -- contested matters -------------------------------------------------------------------------------------------------


def test_what_two_coordinators_decided_differently_waits_until_it_is_settled(
    centre: Centre, forked: Forked, clock: Clock
) -> None:
    catalogue = centre.catalogue
    _first, ours, rival = (done.package.identity for done in forked)
    [fork] = forks(catalogue)
    mine = choose_side(catalogue, fork, ours, "电话核实", actor="王", clock=clock)
    other = foreign("fork", fork.subject, rival)
    catalogue.append_decision(other, "l" * 64)
    settle_after(catalogue, clock=clock)
    assert offices(catalogue) == {"一处"}

    [matter] = contested(catalogue)
    assert (matter.kind, matter.department, matter.sequence) == ("fork", fork.department, 2)
    assert matter.department_name == fork.department_name
    assert {side.choice: side.decisions for side in matter.sides} == {
        ours: mine.decisions,
        rival: (other,),
    }
    done = settle(catalogue, matter, rival, "两处会商", actor="王", clock=clock)
    assert set(done.decisions[0].supersedes) == {mine.decisions[0].id, other.id}
    assert contested(catalogue) == []
    assert offices(catalogue) == {"一处", "他处"}
    with pytest.raises(UserError) as failure:
        settle(catalogue, matter, ours, "两处会商", actor="王", clock=clock)
    assert code_of(failure) == "SETTLE_NONE"


def test_two_accepted_sides_cancel_each_other_out_and_are_contested(
    centre: Centre, forked: Forked, clock: Clock
) -> None:
    catalogue = centre.catalogue
    _first, ours, rival = (done.package.identity for done in forked)
    accept_package(catalogue, ours, actor="王", clock=clock)
    catalogue.append_decision(foreign("accept", rival, "accepted"), "l" * 64)
    settle_after(catalogue, clock=clock)
    assert offices(catalogue) == {"一处"}

    [matter] = contested(catalogue)
    assert {side.choice for side in matter.sides} == {ours, rival}
    settle(catalogue, matter, ours, "两处会商", actor="王", clock=clock)
    assert (contested(catalogue), offices(catalogue)) == ([], {"一处", "二处"})


def test_an_acceptance_and_a_return_of_one_package_are_one_matter(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    del first_desk
    catalogue = centre.catalogue
    identity = centre.receive(centre.export(centre.department())).identity
    accept_package(catalogue, identity, actor="王", clock=clock)
    catalogue.append_decision(foreign("return", identity, "returned"), "l" * 64)

    [matter] = contested(catalogue)
    assert (matter.kind, matter.package) == ("accept", catalogue.packages()[0].name)
    with pytest.raises(UserError) as failure:
        settle(catalogue, matter, "maybe", "两处会商", actor="王", clock=clock)
    assert code_of(failure) == "SETTLE_CHOICE"
    done = settle(catalogue, matter, "returned", "两处会商", actor="王", clock=clock)
    assert (done.decisions[0].kind, contested(catalogue)) == ("return", [])


def test_only_what_is_in_quarantine_is_released(
    centre: Centre, first_desk: DeskSigner, clock: Clock
) -> None:
    del first_desk
    identity = centre.receive(centre.export(centre.department())).identity
    with pytest.raises(UserError) as failure:
        set_released(centre.catalogue, identity, "已核对", actor="王", clock=clock)
    assert code_of(failure) == "PACKAGE_NOT_HELD"


def test_the_stamped_page_lets_one_package_out_of_quarantine_and_no_other(
    centre: Centre,
    first_desk: DeskSigner,
    make_workspace: Callable[..., WorkspaceStore],
    clock: Clock,
) -> None:
    del first_desk
    store = make_workspace(2)
    (own,) = store.stream_records("department")
    centre.put(store, "department", own.id, org_kind="government")
    request_certificate(store, centre.folder, centre.keys, PASSPHRASE, clock=clock, software="t")
    held = [centre.receive(centre.export(store)) for _ in range(2)]
    assert [each.outcome for each in held] == ["quarantined", "quarantined"]
    with pytest.raises(UserError) as failure:
        accept_package(centre.catalogue, held[0].identity, actor="王", clock=clock)
    assert code_of(failure) == "PACKAGE_QUARANTINED"

    done = accept_by_digest(
        centre.catalogue, short_groups(held[0].identity, 4), actor="王", clock=clock
    )
    assert [d.kind for d in done.decisions] == ["release", "accept"]
    assert done.package is not None
    assert (done.package.state, done.merged) == ("merged", (held[0].name,))
    states = {p.identity: p.state for p in centre.catalogue.packages()}
    assert states[held[1].identity] == "quarantined"

    set_released(centre.catalogue, held[1].identity, "电话核对", actor="王", clock=clock)
    before = centre.catalogue.digest()
    assert [p.state for p in centre.catalogue.packages()] == ["merged", "merged"]
    assert rebuild(centre.catalogue, clock=clock) == before


def test_the_accepted_side_of_a_fork_that_is_returned_later_still_stands(
    centre: Centre, forked: tuple[ExportDone, ExportDone, ExportDone], clock: Clock
) -> None:
    """A return begins the next round; it takes no record out of the catalogue."""
    rival = forked[2].package.identity
    accept_by_digest(centre.catalogue, rival, actor="王", clock=clock)
    before = {r.values["name"] for r in centre.catalogue.stream_records("internal_office")}
    done = return_package(centre.catalogue, rival, "请补第三项", actor="王", clock=clock)
    assert done.package is not None
    assert done.package.state == "merged"
    assert {r.values["name"] for r in centre.catalogue.stream_records("internal_office")} == before
    (fork,) = forks(centre.catalogue, decided=True)
    assert fork.chosen == rival
