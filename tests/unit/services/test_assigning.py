"""Codes are for good, never given twice, and come back to the department; publishing follows acceptance."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any, cast

import pytest

from census_app.domain.chain import Decision
from census_app.domain.corrections import Owner, assignments, batch_subject, coding, publications
from census_app.errors import UserError
from census_app.exchange.ledger import with_id
from census_app.services.assigning import AssignDone, assign_codes, block_of
from census_app.services.correcting import correct, revoke
from census_app.services.deciding import accept_package, settle_after
from census_app.services.ports import CatalogueStore
from census_app.services.record_states import accepted_owners, publish, record_states, withdraw
from tests.unit.services.conftest import CODES, COORDINATOR, Desk

FORM = "information_resource"


def later(desk: Desk) -> None:
    desk.centre.clock.moment += dt.timedelta(minutes=1)  # type: ignore[attr-defined]


def assign(desk: Desk) -> AssignDone:
    return assign_codes(desk.catalogue, actor="李", clock=desk.centre.clock)


def state(desk: Desk) -> str:
    (found,) = record_states(desk.catalogue).values()
    return found


def accept(desk: Desk) -> None:
    later(desk)
    accept_package(
        desk.catalogue, desk.packages[-1].package.identity, actor="李", clock=desk.centre.clock
    )


class Colleague:
    """A clock that lets a colleague assign codes between one's own reading and one's own decision, a second earlier."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.theirs: AssignDone | None = None

    def now(self) -> dt.datetime:
        if self.theirs is None:
            self.theirs = assign(self.desk)
        return self.desk.centre.clock.now() + dt.timedelta(seconds=1)


@pytest.mark.parametrize("place", ["file", "server"], indirect=True)
def test_who_assigns_second_counts_what_stands(desk: Desk, good_resource: dict[str, str]) -> None:
    """Two coordinators assign at the same time: one code stands, and only one of them is told that it is theirs."""
    desk.add_resource(good_resource)
    desk.hand_in()
    accept(desk)
    clock = Colleague(desk)
    mine = assign_codes(desk.catalogue, actor="王", clock=clock)
    assert clock.theirs is not None
    assert (len(clock.theirs.codes), clock.theirs.kept) == (1, 0)
    assert (mine.codes, mine.kept) == ({}, 1)
    assert len(mine.decisions) == 1
    stand, _ = assignments(desk.catalogue.decisions())
    assert {owner: each.code for owner, each in stand.items()} == clock.theirs.codes
    assert assign(desk).kept == 1


@pytest.mark.parametrize("place", ["file", "server"], indirect=True)
def test_from_received_to_withdrawn(desk: Desk, good_resource: dict[str, str]) -> None:
    """One resource through all its states: its code is assigned once and comes home in the review."""
    record = desk.add_resource(good_resource)
    desk.hand_in()
    assert state(desk) == "received"
    assert (assign(desk).codes, assign(desk).waiting) == ({}, 1)
    accept(desk)
    assert state(desk) == "accepted"
    done = publish(desk.catalogue, actor="李", clock=desk.centre.clock)
    assert (done.published, done.without_code) == (0, 1)
    (code,) = assign(desk).codes.values()
    shown = desk.catalogue.record(FORM, record)
    assert shown is not None
    assert code == f"{shown.values['class_code']}/000001"
    assert assign(desk).kept == 1
    assert shown.values["code"] == code
    assert publish(desk.catalogue, actor="李", clock=desk.centre.clock).published == 1
    assert state(desk) == "published"
    # The department's own record gets the code with the review; handing in again changes nothing here.
    assert desk.send().codes == 1
    mine = desk.store.record(FORM, record)
    assert mine is not None
    assert mine.values["code"] == code
    later(desk)
    desk.centre.put(desk.store, FORM, record, abstract="按月汇总的登记信息，含机构名称和地址。")
    desk.hand_in()
    assert state(desk) == "changing"
    assert desk.catalogue.laid() == []
    accept(desk)
    assert state(desk) == "published"
    (gone,) = withdraw(
        desk.catalogue, CODES[0], {record}, "系统停用", actor="李", clock=desk.centre.clock
    )
    assert state(desk) == "withdrawn"
    assert publish(desk.catalogue, actor="李", clock=desk.centre.clock).published == 0
    back = revoke(desk.catalogue, gone.id, "仍在使用", actor="李", clock=desk.centre.clock)
    assert state(desk) == "published"
    later(desk)
    again = revoke(desk.catalogue, back.id, "确已停用", actor="李", clock=desk.centre.clock)
    assert state(desk) == "withdrawn"
    revoke(desk.catalogue, again.id, "仍在使用", actor="李", clock=desk.centre.clock)
    assert state(desk) == "published"
    refusals: dict[str, Callable[[], object]] = {
        "WITHDRAW_NONE": lambda: withdraw(
            desk.catalogue, CODES[0], {"0" * 32}, "系统停用", actor="李", clock=desk.centre.clock
        ),
        "CORRECTION_CODE": lambda: correct(
            desk.catalogue, CODES[0], FORM, record, "code", "1/1", "改一个代码",
            actor="李", clock=desk.centre.clock,
        ),
        "REVOKE_CODE": lambda: revoke(
            desk.catalogue,
            next(d.id for d in desk.catalogue.decisions() if d.kind == "code"),
            "不再使用", actor="李", clock=desk.centre.clock,
        ),
    }  # fmt: skip
    for expected, act in refusals.items():
        with pytest.raises(UserError) as refused:
            act()
        assert refused.value.code == expected

    # A number that was ever given is not given again, and a block has an end.
    taken = coding(FORM, {"f" * 32: code.replace("000001", "099999")})
    desk.catalogue.append_decision(decision("code", taken, "2026-12-01T08:00:00Z"))
    desk.add_resource({**good_resource, "name": "排污单位自行监测信息"})
    desk.hand_in()
    accept(desk)
    with pytest.raises(UserError) as refused:
        assign(desk)
    assert refused.value.code == "CODES_EXHAUSTED"


def decision(
    kind: str, choice: str, created: str, coordinator: str = "K1", **more: object
) -> Decision:
    values = {
        "id": "", "kind": kind, "subject": batch_subject("D1", choice), "choice": choice,
        "reason": "", "actor": "李", "coordinator": coordinator, "created": created,
    }  # fmt: skip
    return with_id(Decision(**(values | more)))  # type: ignore[arg-type]


def test_who_assigned_first_keeps_the_code() -> None:
    """Two coordinators gave one code to two records, and two codes to one: both see the same afterwards."""
    first = decision("code", coding("r", {"a": "3/1", "b": "3/2"}), "2026-12-01T08:00:00Z")
    second = decision(
        "code", coding("r", {"a": "3/9", "c": "3/2", "d": "3/3"}), "2026-12-01T08:00:01Z", "K2"
    )
    for order in ([first, second], [second, first]):
        found, given = assignments(order)
        assert {o.record: a.code for o, a in found.items()} == {"a": "3/1", "b": "3/2", "d": "3/3"}
        assert given == {"3/1", "3/2", "3/3", "3/9"}


def test_the_last_word_about_publishing_counts() -> None:
    first = decision("publish", '{"form":"r","records":["a","b"]}', "2026-12-01T08:00:00Z")
    second = decision("withdraw", '{"form":"r","records":["a"]}', "2026-12-01T08:00:01Z", "K2")
    third = dataclasses.replace(
        first, id="", created="2026-12-01T08:00:02Z", supersedes=(second.id,)
    )
    assert publications([second, first])[Owner("D1", "r", "a")].state == "withdrawn"
    assert publications([second, first])[Owner("D1", "r", "b")].state == "published"
    assert publications([second, with_id(third), first])[Owner("D1", "r", "a")].state == "published"


def test_a_colleague_counts_in_another_block() -> None:
    body = COORDINATOR[:18]
    assert [block_of(body + suffix) for suffix in ("", "00", "01", "0A", "10")] == [
        0, 0, 100_000, 1_000_000, 3_600_000,
    ]  # fmt: skip


class _Earlier:
    """The catalogue to somebody who read roster or packages just before a colleague's merge."""

    def __init__(self, catalogue: CatalogueStore, *read: str) -> None:
        self._catalogue, self._read = catalogue, read

    def __getattr__(self, name: str) -> Any:
        return list if name in self._read else getattr(self._catalogue, name)


def test_a_first_package_merged_meanwhile_is_not_judged(
    desk: Desk, good_resource: dict[str, str]
) -> None:
    desk.add_resource(good_resource)
    desk.hand_in()
    before = cast("CatalogueStore", _Earlier(desk.catalogue, "packages"))
    assert set(record_states(before).values()) == {"received"}
    assert accepted_owners(before) == frozenset()
    before = cast("CatalogueStore", _Earlier(desk.catalogue, "roster"))
    assert settle_after(before, clock=desk.centre.clock) == ()
