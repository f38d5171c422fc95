"""A catalogue as it stood: the same digest as on that day, nothing changed by looking."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from census_app.errors import UserError
from census_app.services import counting
from census_app.services.as_of import as_of
from census_app.services.deciding import accept_package
from census_app.services.lookup import stamp
from census_app.storage import moments
from tests.unit.services.conftest import CODES, Desk


def later(desk: Desk, days: int = 1) -> str:
    """Move the clock on and return the moment before."""
    before = stamp(desk.centre.clock.now())
    desk.centre.clock.moment += dt.timedelta(days=days)  # type: ignore[attr-defined]
    return before


@pytest.mark.parametrize("way", ["by pages", "by rows"])
def test_every_day_has_the_digest_it_had(
    desk: Desk, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As things stood after each step: the packages and decisions of up to then, and no others."""
    monkeypatch.setattr(moments, "_by_pages", lambda *_: way == "by pages")
    then: list[tuple[str, str]] = []

    def remember() -> None:
        then.append((stamp(desk.centre.clock.now()), desk.catalogue.digest()))
        later(desk)

    remember()
    desk.centre.put(desk.store, "internal_office", desk.first, duties="文秘")
    desk.hand_in()
    remember()
    accept_package(
        desk.catalogue, desk.packages[-1].package.identity, actor="李", clock=desk.centre.clock
    )
    remember()
    desk.centre.put(desk.store, "internal_office", desk.first, duties="档案")
    desk.hand_in()
    remember()
    for moment, digest in then:
        with as_of(desk.catalogue, moment, clock=desk.centre.clock) as past:
            assert past.digest() == digest
    with as_of(desk.catalogue, then[1][0], clock=desk.centre.clock) as past:
        record = past.record("internal_office", desk.first)
        assert record is not None
        assert record.values["duties"] == "文秘"
        assert past.head_sequence(CODES[0]) == 2
        assert counting.count(past, "2027-01-01").figures
    assert desk.catalogue.digest() == then[-1][1]


def test_a_day_ends_when_it_ends_in_china(desk: Desk) -> None:
    """1 December, 08:00 UTC is 16:00 in China: part of the day, not of the day before."""
    for day, packages in (("2026-11-30", 0), ("2026-12-01", 1), ("2026年12月1日", 1)):
        with as_of(desk.catalogue, day, clock=desk.centre.clock) as past:
            assert len(past.packages(CODES[0])) == packages
            assert past.head_sequence(CODES[0]) == packages


def test_what_is_no_day_is_refused(desk: Desk) -> None:
    for text in ("yesterday", "2026-02-30", "2026-12-01T25:00:00Z"):
        with (
            pytest.raises(UserError) as refused,
            as_of(desk.catalogue, text, clock=desk.centre.clock),
        ):
            pass
        assert refused.value.code == "AS_OF_UNREADABLE"


def test_looking_back_leaves_the_lock_of_the_file(desk: Desk) -> None:
    lock = desk.catalogue.path.with_name(desk.catalogue.path.name + ".lock")
    there = lock.exists()
    with as_of(desk.catalogue, "2026-12-01", clock=desk.centre.clock):
        pass
    assert lock.exists() == there


def test_a_department_keeps_its_name_in_the_past_when_its_certificate_is_renewed(
    desk: Desk,
) -> None:
    first_day = later(desk)
    (mine,) = [c for c in desk.catalogue.certificates() if c.department == CODES[0]]
    desk.catalogue.reissue(dataclasses.replace(mine, issued_at=stamp(desk.centre.clock.now())))
    with as_of(desk.catalogue, first_day, clock=desk.centre.clock) as past:
        assert {e.code: e.name for e in past.roster()}[CODES[0]] == mine.name
        assert past.head_sequence(CODES[0]) == 1
    with as_of(desk.catalogue, "2026-11-30", clock=desk.centre.clock) as past:
        assert CODES[0] not in {e.code for e in past.roster()}


def test_a_department_without_a_package_is_in_the_past_when_its_certificate_is_renewed(
    desk: Desk,
) -> None:
    first_day = later(desk)
    silent = dataclasses.replace(
        next(c for c in desk.catalogue.certificates() if c.department == CODES[0]),
        department="11320000990000999X", name="没有报送过的部门", fingerprint="e" * 64,
    )  # fmt: skip
    desk.catalogue.issue(silent)
    for _time in range(2):
        renewed = dataclasses.replace(silent, issued_at=stamp(desk.centre.clock.now()))
        desk.catalogue.reissue(renewed)
    with as_of(desk.catalogue, first_day, clock=desk.centre.clock) as past:
        assert {e.code: e.name for e in past.roster()}[silent.department] == silent.name
    with as_of(desk.catalogue, "2026-11-30", clock=desk.centre.clock) as past:
        assert silent.department not in {e.code for e in past.roster()}
    (kept,) = [c for c in desk.catalogue.certificates() if c.fingerprint == silent.fingerprint]
    assert kept.issued_at == renewed.issued_at
