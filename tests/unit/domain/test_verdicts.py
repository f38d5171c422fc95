"""Verdicts on groups: what follows from what was said, what lapses, what contradicts."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.overlaps import MemberKey
from census_app.domain.verdicts import (
    RELATIONS,
    GroupState,
    Relation,
    Verdict,
    Verdicts,
    subject_of,
)

A, B, C, D = (("甲", f"{n}" * 32) for n in range(4))
GROUP = {A: "a", B: "b", C: "c"}


def said(
    relation: Relation,
    *members: MemberKey,
    now: dict[MemberKey, str] | None = None,
    at: str = "1",
    contested: bool = False,
) -> Verdict:
    shas = {m: (now or {**GROUP, D: "d"})[m] for m in members}
    return Verdict(f"{relation}{at}", subject_of("resources", shas), relation, shas, created=at,
                   contested=contested)  # fmt: skip


def state(*verdicts: Verdict, group: dict[MemberKey, str] | None = None) -> GroupState:
    return Verdicts(verdicts).of_group(group or GROUP).state


def test_nothing_said_is_undecided_and_a_whole_group_can_be_judged_at_once() -> None:
    assert state() is GroupState.UNDECIDED
    for relation in RELATIONS:
        assert state(said(relation, A, B, C)) is GroupState(relation)


def test_two_pairs_that_are_the_same_make_three_that_are() -> None:
    assert state(said("same", A, B)) is GroupState.PARTLY
    assert state(said("same", A, B), said("same", B, C, at="2")) is GroupState.SAME
    assert state(said("same", A, B), said("different", B, C, at="2")) is GroupState.MIXED
    assert state(said("related", A, B), said("related", B, C, at="2")) is GroupState.PARTLY


def test_a_verdict_lapses_when_one_of_its_things_changed_and_says_so() -> None:
    old = said("same", A, B, C)
    changed = {**GROUP, C: "other"}
    assert state(old, group=changed) is GroupState.LAPSED
    standing = Verdicts([old]).of_group(changed)
    assert standing.relations == {(A, B): "same"}
    assert [v.relation for v in standing.verdicts] == ["same"]
    again = said("same", B, C, now=changed, at="2")
    assert state(old, again, group=changed) is GroupState.SAME


def test_a_group_that_grows_is_partly_judged() -> None:
    assert state(said("same", A, B, C), group={**GROUP, D: "d"}) is GroupState.PARTLY


def test_the_narrower_verdict_counts() -> None:
    assert state(said("same", A, B, C), said("different", B, C, at="2")) is GroupState.MIXED
    assert state(said("different", B, C, at="2"), said("same", A, B, C)) is GroupState.MIXED


def test_a_contested_verdict_counts_for_nobody_until_it_is_settled() -> None:
    contested = [
        said("same", A, B, C, contested=True),
        said("different", A, B, C, at="2", contested=True),
    ]
    assert state(*contested) is GroupState.CONTESTED
    assert Verdicts(contested).of_group(GROUP).relations == {}


def test_two_sets_of_one_size_that_contradict_on_a_pair_are_contested() -> None:
    whole = {**GROUP, D: "d"}
    both = said("same", A, B, C), said("different", A, B, D, at="2")
    assert state(*both, group=whole) is GroupState.CONTESTED
    settled = said("same", A, B, at="3")
    assert state(*both, settled, group=whole) is not GroupState.CONTESTED


def test_an_item_lapses_with_another_definition() -> None:
    verdict = Verdict("1", "items:x", "same", {("", "姓名"): "s1"})
    verdicts = Verdicts([verdict])
    assert verdicts.of_item("姓名", "s1").state is GroupState.SAME
    assert verdicts.of_item("姓名", "s2").state is GroupState.LAPSED
    assert verdicts.of_item("性别", "s1").state is GroupState.UNDECIDED


KEYS = (A, B, C, D)
SETS = st.sets(st.sampled_from(KEYS), min_size=2).map(lambda s: tuple(sorted(s)))
SAID = st.lists(
    st.tuples(st.sampled_from(RELATIONS), SETS).map(lambda t: said(t[0], *t[1])), max_size=6
).map(
    lambda vs: [
        Verdict(str(n), v.subject, v.relation, v.members, created=str(n)) for n, v in enumerate(vs)
    ]
)


@given(SAID, st.randoms())
def test_the_order_of_decisions_does_not_count(verdicts: list[Verdict], chance: object) -> None:
    group = {**GROUP, D: "d"}
    shuffled = list(verdicts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Verdicts(verdicts).of_group(group) == Verdicts(shuffled).of_group(group)


@given(SAID)
def test_same_is_an_equivalence_and_every_known_pair_was_said_or_follows(
    verdicts: list[Verdict],
) -> None:
    group = {**GROUP, D: "d"}
    standing = Verdicts(verdicts).of_group(group)
    relations = standing.relations or {}
    assert set(relations) <= set(combinations(sorted(group), 2))
    if standing.state in {GroupState.SAME, GroupState.RELATED, GroupState.DIFFERENT}:
        assert set(relations.values()) == {standing.state.value}
        assert len(relations) == 6
    if all(v.relation == "same" for v in verdicts):
        for one, other, third in combinations(sorted(group), 3):
            pairs = [(one, other), (one, third), (other, third)]
            assert sum(p in relations for p in pairs) != 2
