"""What is different between two moments or rounds: said deletions, records that vanished, fields side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from census_app.errors import UserError
from census_app.services.correcting import correct
from census_app.services.deciding import return_package
from census_app.services.differing import NOW, PREVIOUS, RecordDifference, compare, compare_parts
from census_app.services.editing import remove_records
from census_app.services.exporting import ExportDone
from census_app.services.forking import choose_side, forks
from census_app.services.lookup import stamp
from tests.unit.services.conftest import CODES, Centre, Desk

FORM = "internal_office"


def later(desk: Desk) -> str:
    """Move the clock on and return the moment before."""
    before = stamp(desk.centre.clock.now())
    desk.centre.clock.moment += dt.timedelta(days=1)  # type: ignore[attr-defined]
    return before


def found(desk: Desk, before: str = PREVIOUS, after: str = NOW) -> dict[str, RecordDifference]:
    changes = compare(desk.catalogue, before, after, CODES[0], clock=desk.centre.clock)
    return {r.record: r for each in changes for r in each.records}


@pytest.mark.parametrize("place", ["file", "server"], indirect=True)
def test_rounds_and_days_side_by_side(desk: Desk) -> None:
    first_day = later(desk)
    desk.centre.put(desk.store, FORM, desk.first, duties="文秘")
    third = desk.centre.add_office(desk.store, "督查室")
    remove_records(
        desk.store, FORM, [desk.second], "并入综合处", actor="t", clock=desk.centre.clock
    )
    desk.hand_in()
    newest = found(desk)
    assert {r: d.kind for r, d in newest.items()} == {
        desk.first: "changed", desk.second: "retired", third: "added",
    }  # fmt: skip
    assert [(f.field, f.old, f.new) for f in newest[desk.first].fields] == [
        ("duties", None, "文秘")
    ]
    assert (newest[desk.second].title, newest[desk.second].reason) == ("信息处", "并入综合处")
    assert newest[third].package == desk.packages[-1].package.identity
    assert found(desk, first_day) == newest
    # A return begins the next round: the first two packages are round 1, the third is round 2.
    return_package(
        desk.catalogue, desk.packages[-1].package.identity, "请补充职责",
        actor="李", clock=desk.centre.clock,
    )  # fmt: skip
    later(desk)
    desk.centre.put(desk.store, FORM, third, duties="督查")
    desk.hand_in()
    assert set(found(desk, "1", "2")) == {third}
    assert compare(desk.catalogue, "1", "2", CODES[1], clock=desk.centre.clock) == ()
    assert set(found(desk, first_day, "1")) == {desk.first, desk.second, third}
    # What the centre corrects is different too, and said to be the centre's.
    day = later(desk)
    correct(
        desk.catalogue, CODES[0], FORM, third, "duties", "督查督办", "按方案更正",
        actor="李", clock=desk.centre.clock,
    )  # fmt: skip
    (field,) = found(desk, day)[third].fields
    assert (field.old, field.new, field.centre) == ("督查", "督查督办", True)
    for sides, code in (
        (("2", "1"), "ROUND_ORDER"),
        (("3", NOW), "ROUND_UNKNOWN"),
        (("0", NOW), "ROUND_UNKNOWN"),
        ((day, first_day), "ROUND_ORDER"),
        (("soon", NOW), "AS_OF_UNREADABLE"),
    ):
        with pytest.raises(UserError) as refused:
            found(desk, *sides)
        assert refused.value.code == code


def test_a_comparison_in_pieces_says_the_same_and_can_be_left_half_done(desk: Desk) -> None:
    desk.hand_in()
    desk.centre.put(desk.store, "internal_office", desk.first, duties="文秘")
    desk.hand_in()
    whole = compare(desk.catalogue, department=CODES[0], clock=desk.centre.clock)
    assert whole
    results: list[object] = []

    def counted() -> Iterator[int]:
        parts = compare_parts(desk.catalogue, department=CODES[0], clock=desk.centre.clock)
        results.append((yield from parts))

    steps = list(counted())
    assert results == [whole]
    assert steps == sorted(steps)
    assert len(steps) > len(desk.catalogue.form_set.forms)
    left = compare_parts(desk.catalogue, department=CODES[0], clock=desk.centre.clock)
    next(left)
    left.close()
    assert compare(desk.catalogue, department=CODES[0], clock=desk.centre.clock) == whole


def test_the_side_set_aside_of_a_fork_does_not_come_back(
    centre: Centre, forked: tuple[ExportDone, ExportDone, ExportDone]
) -> None:
    [fork] = forks(centre.catalogue)
    chosen = forked[1].package.identity
    choose_side(centre.catalogue, fork, chosen, "电话核实", actor="王", clock=centre.clock)
    (changes,) = compare(centre.catalogue, clock=centre.clock)
    assert [(r.title, r.kind) for r in changes.records] == [("二处", "added")]
