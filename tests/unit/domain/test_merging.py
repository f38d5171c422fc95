"""Three-way merging: disjoint edits combine, overlaps are conflicts, both sides come to the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from census_app.domain.merging import (
    POSITION,
    WHOLE,
    Edit,
    FieldConflict,
    Key,
    Line,
    Lines,
    LineValues,
    MergePlan,
    Present,
    merge_all,
    merge_record,
    same,
)

PARENTS: Final = {"resource": "", "item": "resource"}
FIELDS: Final = ("a", "b", "c")
IDS: Final = ("1", "2", "3")

values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["x", "y", 1, True, ["x"]]))


def item(owner: str, place: int = 1024, **answers: object) -> Line:
    return Line("D1", {"parent_id": owner, "position": place, **answers})


def resource(**answers: object) -> Line:
    return Line("D1", answers)


# -- one record --------------------------------------------------------------------------------------------------------


def test_a_side_that_changed_nothing_gets_what_the_other_did() -> None:
    base: LineValues = {"a": "x"}
    assert merge_record([base], base, {"a": "y"}).values == {"a": "y"}
    assert merge_record([base], {"a": "y"}, base).values == {"a": "y"}
    assert merge_record([base], base, {}).values == {}


def test_different_changes_of_one_field_are_a_conflict_and_ours_stays() -> None:
    merged = merge_record([{"a": "x", "b": "x"}], {"a": "y", "b": "x"}, {"a": "z", "b": "w"})
    assert merged.values == {"a": "y", "b": "w"}
    assert merged.conflicts == (FieldConflict("a", "x", "y", "z"),)


def test_emptied_here_and_changed_there_is_a_conflict() -> None:
    merged = merge_record([{"a": "x"}], {}, {"a": "z"})
    assert merged.conflicts == (FieldConflict("a", "x", None, "z"),)
    assert merged.values == {}


def test_without_a_common_base_only_equal_answers_agree() -> None:
    merged = merge_record([], {"a": "x", "b": "y"}, {"a": "x", "b": "z", "c": "w"})
    assert merged.values == {"a": "x", "b": "y", "c": "w"}
    assert [c.field for c in merged.conflicts] == ["b"]


def test_a_deleted_record_that_the_other_side_changed_is_a_conflict_as_a_whole() -> None:
    base: LineValues = {"a": "x"}
    assert merge_record([base], None, base).values is None
    assert merge_record([base], base, None).values is None
    gone_here = merge_record([base], None, {"a": "y"})
    assert (gone_here.values, [c.field for c in gone_here.conflicts]) == (None, [WHOLE])
    gone_there = merge_record([base], {"a": "y"}, None)
    assert (gone_there.values, [c.field for c in gone_there.conflicts]) == ({"a": "y"}, [WHOLE])


def test_true_is_not_one() -> None:
    assert not same({"a": True}, {"a": 1})
    assert merge_record([{"a": 1}], {"a": 1}, {"a": True}).values == {"a": True}


def test_of_two_bases_a_side_is_unchanged_where_it_holds_either_and_the_other_side_does_not() -> (
    None
):
    first, second = {"a": "x"}, {"a": "y"}
    assert merge_record([first, second], {"a": "y"}, {"a": "z"}).values == {"a": "z"}
    assert merge_record([first, second], {"a": "z"}, {"a": "y"}).values == {"a": "z"}
    stuck = merge_record([first, second], {"a": "x"}, {"a": "y"})
    assert [c.field for c in stuck.conflicts] == ["a"]


def test_two_places_are_settled_without_asking_and_alike_on_both_sides() -> None:
    base, ours, theirs = ({POSITION: n, "a": "x"} for n in (1024, 3072, 2048))
    assert merge_record([base], ours, theirs).values == {POSITION: 2048, "a": "x"}
    assert merge_record([base], theirs, ours).values == {POSITION: 2048, "a": "x"}
    assert merge_record([base], ours, theirs).conflicts == ()


@settings(max_examples=500)
@given(base=values, ours=values, theirs=values)
def test_a_merge_is_symmetric_and_loses_no_field(
    base: LineValues, ours: LineValues, theirs: LineValues
) -> None:
    one, other = merge_record([base], ours, theirs), merge_record([base], theirs, ours)
    in_conflict = {c.field for c in one.conflicts}
    assert in_conflict == {c.field for c in other.conflicts}
    assert one.values is not None
    assert other.values is not None
    for field in FIELDS:
        now = one.values.get(field)
        if field in in_conflict:
            assert same(now, ours.get(field))
            assert same(other.values.get(field), theirs.get(field))
            continue
        assert same(now, other.values.get(field))
        changed = [v.get(field) for v in (ours, theirs) if not same(v.get(field), base.get(field))]
        assert all(same(now, each) for each in changed)
        assert changed or same(now, base.get(field))


@settings(max_examples=300)
@given(
    base=values, here=values, there=values,
    fields=st.lists(st.sampled_from(FIELDS), unique=True),
)  # fmt: skip
def test_edits_of_different_fields_combine(
    base: LineValues, here: LineValues, there: LineValues, fields: list[str]
) -> None:
    ours = {f: v for f in FIELDS if (v := (here if f in fields else base).get(f)) is not None}
    theirs = {f: v for f in FIELDS if (v := (base if f in fields else there).get(f)) is not None}
    merged = merge_record([base], ours, theirs)
    wanted = {f: v for f in FIELDS if (v := (here if f in fields else there).get(f)) is not None}
    assert merged.conflicts == ()
    assert merged.values is not None
    assert same(dict(merged.values), wanted)


# -- all records -------------------------------------------------------------------------------------------------------


def state() -> st.SearchStrategy[dict[Key, Line]]:
    """Resources with items; a place is the same everywhere, because it is never asked about."""
    resources = st.dictionaries(st.sampled_from(IDS), values)
    items = st.dictionaries(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), values)

    def build(
        drawn: tuple[Mapping[str, LineValues], Mapping[tuple[str, str], LineValues]],
    ) -> dict[Key, Line]:
        found = {("resource", i): Line("D1", v) for i, v in drawn[0].items()}
        for (owner, number), answers in drawn[1].items():
            if owner in drawn[0]:
                found["item", owner + number] = item(owner, 1024, **answers)
        return found

    return st.tuples(resources, items).map(build)


def said(side: Present, *before: Present) -> Lines:
    """Return what a side's complete contribution says: its records, and what it knows is gone."""
    gone = {key: None for each in before for key in each if key not in side}
    return {**gone, **side}


def after(ours: Present, plan: MergePlan) -> dict[Key, Line]:
    held = dict(ours)
    for key in plan.removes:
        held = {
            k: line
            for k, line in held.items()
            if k != key and (k[0], line.values.get("parent_id")) != ("item", key[1])
        }
    for key, line in plan.inserts:
        held[key] = line
    for edit in plan.edits:
        line = held[edit.key]
        changed = {**line.values, **edit.values}
        held[edit.key] = Line(line.unit, {f: v for f, v in changed.items() if v is not None})
    return held


def unlike(one: Present, other: Present) -> set[Key]:
    return {
        key
        for key in {*one, *other}
        if key not in one or key not in other or not same(one[key].values, other[key].values)
    }


@settings(max_examples=500)
@given(base=state(), ours=state(), theirs=state())
def test_both_sides_come_to_the_same_but_for_conflicts(
    base: Present, ours: Present, theirs: Present
) -> None:
    here = merge_all([base], ours, said(theirs, base), PARENTS)
    there = merge_all([base], theirs, said(ours, base), PARENTS)
    assert {(c.form, c.record, c.field) for c in here.conflicts} == {
        (c.form, c.record, c.field) for c in there.conflicts
    }
    in_conflict = {(c.form, c.record) for c in here.conflicts}
    whole = {c.record for c in here.conflicts if c.field == WHOLE and c.form == "resource"}
    for form, record in unlike(after(ours, here), after(theirs, there)):
        assert (form, record) in in_conflict or (form == "item" and record[0] in whole)


@settings(max_examples=500)
@given(base=state(), ours=state(), theirs=state())
def test_every_item_keeps_its_owner_and_no_record_is_lost_silently(
    base: Present, ours: Present, theirs: Present
) -> None:
    plan = merge_all([base], ours, said(theirs, base), PARENTS)
    now = after(ours, plan)
    owners = {record for form, record in now if form == "resource"}
    assert all(line.values["parent_id"] in owners for key, line in now.items() if key[0] == "item")
    for key, line in ours.items():
        untouched = key in base and same(base[key].values, line.values)
        assert untouched or key in now, "ours was changed and is gone"
    told = {(c.form, c.record) for c in plan.conflicts}
    whole = {c.record for c in plan.conflicts if c.field == WHOLE and c.form == "resource"}
    for key, line in theirs.items():
        untouched = key in base and same(base[key].values, line.values)
        of_whole = key[0] == "item" and key[1][0] in whole
        assert untouched or key in now or key in told or of_whole, "theirs was changed and is gone"


@settings(max_examples=300)
@given(base=state(), ours=state(), theirs=state())
def test_taking_the_same_over_again_changes_nothing(
    base: Present, ours: Present, theirs: Present
) -> None:
    said_once = said(theirs, base)
    now = after(ours, merge_all([base], ours, said_once, PARENTS))
    again = merge_all([theirs], now, said_once, PARENTS)
    assert (again.inserts, again.edits, again.removes, again.conflicts) == ((), (), (), ())


@settings(max_examples=300)
@given(base=state(), ours=state(), theirs=state(), later=state())
def test_both_sent_before_either_read_and_one_goes_on(
    base: Present, ours: Present, theirs: Present, later: Present
) -> None:
    here = merge_all([base], ours, said(theirs, base), PARENTS)
    assume(not here.conflicts)
    common = after(ours, here)  # there they come to the same
    plan = merge_all([said(ours, base), said(theirs, base)], common, said(later, common), PARENTS)
    whole = {c.record for c in plan.conflicts if c.field == WHOLE and c.form == "resource"}
    told = {(c.form, c.record) for c in plan.conflicts}
    assert {k for k in unlike(after(common, plan), later) if k[1][0] not in whole} <= told


def test_an_owner_that_goes_takes_its_unchanged_items_with_it() -> None:
    base = {("resource", "1"): resource(a="x"), ("item", "11"): item("1", b="x")}
    plan = merge_all([base], base, said({}, base), PARENTS)
    assert plan == MergePlan(removes=(("resource", "1"),))


@pytest.mark.parametrize(
    "ours",
    [
        {("resource", "1"): resource(a="x"), ("item", "11"): item("1", b="y")},
        {("resource", "1"): resource(a="x"), ("item", "12"): item("1")},
        {("resource", "1"): resource(a="x")},
    ],
    ids=["changed", "added", "removed"],
)
def test_an_owner_whose_items_went_on_is_not_deleted(ours: Present) -> None:
    base: Present = {("resource", "1"): resource(a="x"), ("item", "11"): item("1", b="x")}
    if ("item", "11") in ours or ("item", "12") in ours:
        ours = {("item", "11"): item("1", b="x"), **ours}
    plan = merge_all([base], ours, said({}, base), PARENTS)
    (conflict,) = plan.conflicts
    assert (conflict.form, conflict.record, conflict.field) == ("resource", "1", WHOLE)
    assert (plan.removes, plan.edits, plan.inserts) == ((), (), ())
    assert conflict.theirs == ()
    back = merge_all([base], {}, said(ours, base), PARENTS)
    assert [c.field for c in back.conflicts] == [WHOLE]
    assert back.inserts == ()


def test_a_moved_item_does_not_keep_its_owner_from_going() -> None:
    base = {("resource", "1"): resource(a="x"), ("item", "11"): item("1", 1024, b="x")}
    moved = {**base, ("item", "11"): item("1", 4096, b="x")}
    assert merge_all([base], moved, said({}, base), PARENTS).removes == (("resource", "1"),)


def test_what_they_do_not_mention_stays() -> None:
    held = {("resource", "1"): resource(a="x"), ("resource", "2"): resource(a="x")}
    plan = merge_all([held], held, {("resource", "1"): resource(a="y")}, PARENTS)
    assert plan == MergePlan(edits=(Edit(("resource", "1"), {"a": "y"}),))


def test_an_owner_named_alone_comes_back_with_the_items_nobody_mentions() -> None:
    base = {("resource", "1"): resource(a="x"), ("item", "11"): item("1")}
    plan = merge_all([base], {}, {("resource", "1"): resource(a="x")}, PARENTS)
    assert plan == MergePlan(unchanged=1)


def test_a_deletion_of_what_was_never_common_deletes_nothing() -> None:
    plan = merge_all([], {("resource", "1"): resource(a="x")}, {("resource", "1"): None}, PARENTS)
    assert plan == MergePlan(unchanged=1)
