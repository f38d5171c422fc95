"""Signs, judgement, before and after, connection and money of a department's systems."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from census_app.domain.records import UNKNOWN, RecordId, Unfit
from census_app.domain.systems import (
    Reply,
    Sign,
    Standing,
    SystemCase,
    Thresholds,
    case_of,
    complete,
    connections,
    disposed,
    funding,
    integration,
    replies_of,
    signs_of,
    standing_of,
    verdict,
)

TODAY = "2017-11-20"
LIMITS = Thresholds(uses=0, users=10)
SPEAK_FOR = {"replaced": "Z2", "stopped": "Z3", "uses": "Z3", "contract": "Z4", "users": "Z5"}
FIVE = ("Z1", "Z2", "Z3", "Z4", "Z5")


def system(name: str, **answers: object) -> SystemCase:
    return replace(SystemCase(RecordId(name), name), **answers)  # type: ignore[arg-type]


def names(cases: tuple[SystemCase, ...]) -> list[str]:
    return [case.name for case in cases]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"uses": 0}, [Sign("uses", "Z3", "0", "0")]),
        ({"uses": 1}, []),
        ({"users": 9}, [Sign("users", "Z5", "9", "10")]),
        ({"users": 10}, []),
        ({"run_state": "stopped"}, [Sign("stopped", "Z3")]),
        ({"contract_end": "2016-05"}, [Sign("contract", "Z4", "2016-05")]),
        ({"contract_end": "2017-11"}, []),
        ({"disposition": "merge", "target": "b"}, [Sign("replaced", "Z2", "乙")]),
        ({"disposition": "merge", "target": "gone"}, []),
        ({"uses": 0, "phase": "planned"}, []),
    ],
)
def test_each_sign_needs_its_threshold(answers: dict[str, object], expected: list[Sign]) -> None:
    case = system("甲", **answers)
    assert list(signs_of(case, LIMITS, TODAY, {"b": "乙"}, SPEAK_FOR)) == expected
    assert signs_of(case, LIMITS, TODAY, {"b": "乙"}, {}) == ()


def test_what_is_unknown_or_does_not_fit_is_no_sign() -> None:
    case = case_of(
        {"system_uses": UNKNOWN, "system_users": Unfit("八个"), "is_zombie": None}, RecordId("a")
    )
    assert (case.uses, case.users, case.zombie) == (None, None, None)


def test_one_yes_makes_a_zombie_and_only_five_times_no_makes_none() -> None:
    no = dict.fromkeys(FIVE, Reply.NO)
    assert verdict(FIVE, {}) is None
    assert verdict(FIVE, no) is False
    assert verdict(FIVE, no | {"Z3": Reply.UNSURE}) is None
    assert verdict(FIVE, {"Z3": Reply.YES, "Z1": Reply.UNSURE}) is True


def test_replies_come_back_from_the_answers() -> None:
    assert replies_of(FIVE, system("甲", zombie=False)) == dict.fromkeys(FIVE, Reply.NO)
    assert replies_of(FIVE, system("甲", zombie=True, reasons=("Z4",))) == {"Z4": Reply.YES}
    assert replies_of(FIVE, system("甲")) == {}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"phase": "building"}, Standing.NOT_ASKED),
        ({}, Standing.OPEN),
        ({"zombie": False}, Standing.HEALTHY),
        ({"zombie": True, "reasons": ("Z1",)}, Standing.NO_MEASURE),
        ({"zombie": True, "measure": "关停"}, Standing.NO_MEASURE),
        ({"zombie": True, "reasons": ("Z1",), "measure": "关停"}, Standing.MEASURE),
        ({"zombie": True, "cleared_on": "2017-11-01"}, Standing.NO_MEASURE),
        (
            {"zombie": True, "reasons": ("Z1",), "measure": "关停", "cleared_on": "2017-11-01"},
            Standing.CLEARED,
        ),
    ],
)
def test_how_the_judgement_stands(answers: dict[str, object], expected: Standing) -> None:
    assert standing_of(system("甲", **answers)) is expected


def test_a_decision_needs_its_target_or_reason() -> None:
    assert not disposed(system("甲"))
    assert not disposed(system("甲", disposition="merge"))
    assert disposed(system("甲", disposition="merge", target="b"))
    assert not disposed(system("甲", disposition="defer"))
    assert disposed(system("甲", disposition="defer", reason="合同未到期"))
    assert not complete(system("甲", disposition="retain"))
    assert complete(system("甲", disposition="retain", zombie=False))


def test_before_and_after_count_new_targets_and_not_the_planned() -> None:
    cases = [
        system("大系统", phase="planned"),
        system("甲", disposition="merge", target="大系统"),
        system("乙", disposition="merge", target="大系统", done_on="2017-11-01"),
        system("丙", disposition="clear"),
        system("丁", disposition="retain"),
        system("戊"),
    ]
    found = integration(cases, TODAY)
    assert (len(found.before), found.after) == (5, 3)
    assert names(found.done) == ["乙"]
    assert names(found.new_targets) == ["大系统"]
    assert names(found.merges["大系统"]) == ["甲", "乙"]
    assert {code: len(each) for code, each in found.by_disposition.items()} == {
        "": 2, "merge": 2, "clear": 1, "retain": 1,
    }  # fmt: skip


def test_chains_and_circles_are_pointed_out() -> None:
    cases = [
        system("甲", disposition="merge", target="乙"),
        system("乙", disposition="merge", target="丙"),
        system("丙", disposition="retain"),
        system("丁", disposition="merge", target="戊"),
        system("戊", disposition="merge", target="丁"),
        system("己", disposition="merge", target="己"),
        system("庚", disposition="merge", target="辛"),
        system("辛", disposition="clear"),
        system("壬", disposition="merge", target="丁"),
    ]
    found = integration(cases, TODAY)
    assert [names(path) for path in found.chains] == [["甲", "乙", "丙"]]
    assert [sorted(names(path)) for path in found.cycles] == [["丁", "戊"], ["己"]]
    assert names(found.into_cleared) == ["庚"]


def test_systems_of_inner_offices_are_told_until_they_are_gone() -> None:
    cases = [
        system("甲", owner_level="inner_office"),
        system("乙", owner_level="inner_office", disposition="clear", done_on="2017-10-01"),
        system("丙", owner_level="department"),
    ]
    assert names(integration(cases, TODAY).inner) == ["甲"]


def test_the_connect_list_and_the_money_at_stake() -> None:
    cases = [
        system("甲", must_connect=True, connected_on="2017-05-20"),
        system("乙", must_connect=True, plan_on="2018-06-30", om_amount=Decimal("18.5")),
        system("丙", must_connect=True, om_amount=Decimal(2)),
        system("丁", must_connect=True, connected_on="2018-01-01"),
        system("戊", must_connect=False),
        system("己"),
        system("庚", must_connect=True, classified=True, om_amount=Decimal(9)),
        system("辛", must_connect=True, disposition="clear", done_on="2017-11-20"),
        system("壬", must_connect=True, phase="planned", plan_on="2019-01-01"),
    ]
    found = connections(cases, TODAY)
    assert names(found.connected) == ["甲"]
    assert names(found.planned) == ["乙", "丁", "壬"]
    assert names(found.no_plan) == ["丙"]
    assert names(found.undecided) == ["己"]
    assert found.must == 5
    money = funding(cases, TODAY)
    assert names(money.systems) == ["乙", "丁", "丙"]
    assert money.amount == Decimal("20.5")
    assert names(money.unstated) == ["丁"]
