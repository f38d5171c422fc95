"""What becomes of answers when a newer form set takes the place of an older one; pure, and the same for all answers.

Records in a workspace and lines of incoming packages pass through one plan, made from two form sets and what the newer
one says of the older: `[[renamed]]`, `[[removed]]`, `[[replaced]]`. Plans of several versions follow one another. Not
responsible for tables, journals or packages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from census_app.domain.records import Unfit, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.loader import FormSetInvalid
from census_app.formspec.model import Form, FormSet
from census_app.formspec.types import (
    Context,
    JsonValue,
    NoRecords,
    ReferenceResolver,
    value_to_json,
)
from census_app.formspec.upgrade_planner import PlannedChange, Planner
from census_app.formspec.upgrade_steps import UpgradedValues, VersionStep

__all__ = [
    "Effects",
    "PlannedChange",
    "UpgradePlan",
    "UpgradedValues",
    "asks_the_same",
    "effects",
    "legal_values",
    "plan_path",
    "plan_upgrade",
]

MAX_VERSIONS: Final = 20
"""Form sets a plan passes through at most; a longer chain is a circle or a mistake."""


class UpgradePlan:
    """The way of answers from one form set to a newer one.

    Attributes:
        old: Version they come from.
        new: Version they go to.
        changes: What differs, in the order of forms and fields; for people.
    """

    def __init__(self, steps: Iterable[VersionStep], changes: Iterable[PlannedChange]) -> None:
        self._steps = tuple(steps)
        self.changes = tuple(changes)

    @property
    def old(self) -> FormSet:
        """The form set the answers come from."""
        return self._steps[0].old.form_set

    @property
    def new(self) -> FormSet:
        """The form set the answers go to."""
        return self._steps[-1].new.form_set

    def then(self, later: UpgradePlan) -> UpgradePlan:
        """Return the plan that goes on with another one; it begins where this one ends."""
        if self.new.version != later.old.version:
            raise ValueError(f"{self.new.version} is not {later.old.version}")
        return UpgradePlan((*self._steps, *later._steps), (*self.changes, *later.changes))

    def keeps_form(self, form_id: str) -> bool:
        """Say whether the records of a form are still asked for."""
        return all(form_id in step.owned for step in self._steps)

    def values(
        self,
        form_id: str,
        values: Mapping[str, JsonValue],
        *,
        unfit: Mapping[str, str] | None = None,
        understood: Mapping[str, str] | None = None,
        records: ReferenceResolver | None = None,
    ) -> UpgradedValues:
        """Return the answers of one record of the older form set as the newer one holds them.

        Args:
            form_id: The record's form.
            values: Legal values of the older set in package form; a child's `parent_id` and `position` may be there.
            unfit: Texts of the record that did not fit before; they stay as given, under the field's new id.
            understood: By field, the text as given where it was another spelling of the value.
            records: Names of records, for references that must be read anew.

        Raises:
            ValueError: A value is not legal in the older set.
            KeyError: The older set has no such form or field.
        """
        names = records or NoRecords()
        now = UpgradedValues(dict(values), dict(unfit or {}), dict(understood or {}))
        for step in self._steps:
            now = step.apply(form_id, now, names)
        return now

    def field_id(self, form_id: str, field_id: str) -> str | None:
        """Return what a field of the older set is called in the newer one; None when it is no longer asked."""
        name: str | None = field_id
        for step in self._steps:
            move = step.moves.get(form_id, {}).get(name or "")
            name = move.new.id if move is not None and move.new is not None else None
        return name

    def renamed(self) -> list[tuple[str, str, str]]:
        """Return (form, old id, new id) of every field that is called differently at the end."""
        found = []
        for form in self.old.forms:
            for each in form.stored_fields:
                name = self.field_id(form.id, each.id)
                if name is not None and name != each.id:
                    found.append((form.id, each.id, name))
        return found


# -- making a plan ---------------------------------------------------------------------------------------------------


def plan_upgrade(old: FormSet, new: FormSet) -> UpgradePlan:
    """Return the plan from a form set to one that speaks of it: its successor, or a later one that names it `earlier`.

    Raises:
        FormSetInvalid: `FORMSET_INVALID`: something the older set had is gone and the newer one does not say so, says
            it of something that is still there, or turns records into children.
    """
    planner = Planner(old, new)
    moves = {form.id: planner.moves(form) for form in old.forms}
    planner.note_forms()
    planner.note_codes()
    planner.check_entries()
    if planner.faults:
        raise FormSetInvalid(planner.faults)
    step = VersionStep(
        old=Context(old, ChoiceIndex(old), NoRecords()),
        new=Context(new, ChoiceIndex(new), NoRecords()),
        moves=moves,
        owned={form.id: bool(form.parent) for form in new.forms},
        codes=planner.successors(),
    )
    return UpgradePlan((step,), planner.changes)


def plan_path(
    new: FormSet, version: str, find: Callable[[str], FormSet | None]
) -> UpgradePlan | None:
    """Return the plan from an older version to a form set, over the versions between.

    Args:
        new: Where the answers go.
        version: Where they come from.
        find: Returns a form set by its version, or None.

    Returns:
        None when no chain of predecessors that `find` knows leads from the one to the other.

    Raises:
        FormSetInvalid: As `plan_upgrade`.
    """
    later, plan = new, None
    for _ in range(MAX_VERSIONS):
        known = (find(version) if origin == version else None for origin in later.origins)
        earlier = next((form_set for form_set in known if form_set is not None), None)
        if earlier is None and later.predecessor:
            earlier = find(later.predecessor)
        if earlier is None or earlier.version not in later.origins:
            return None
        step = plan_upgrade(earlier, later)
        plan = step if plan is None else step.then(plan)
        if earlier.version == version:
            return plan
        later = earlier
    return None


def asks_the_same(old: FormSet, new: FormSet) -> bool:
    """Say whether two form sets hold the same answers in the same places: only words, rules or dates differ."""
    heir = msgspec.structs.replace(
        new,
        version=f"{old.version}-",
        predecessor=old.version,
        earlier=(),
        renamed=(),
        removed=(),
        replaced=(),
    )
    try:
        return not plan_upgrade(old, heir).changes
    except FormSetInvalid:
        return False


# -- what a change would do --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effects:
    """What a newer form set would do to some records (lesson 16: shown before it is published).

    Attributes:
        records: How many were looked at.
        unharmed: Those that keep every answer and need nobody.
        touched: Those that need the clerk: an answer no longer fits, or a new question must be answered.
        put_aside: Those that lose an answer that is no longer asked; it stays in the history.
        reasons: (form, field, `unfit` | `required` | `dropped`) → number of records, in falling number.
    """

    records: int
    unharmed: int
    touched: int
    put_aside: int
    reasons: Mapping[tuple[str, str, str], int]


def effects(
    plan: UpgradePlan,
    records: Iterable[tuple[str, Mapping[str, JsonValue]]],
    names: ReferenceResolver | None = None,
) -> Effects:
    """Count what a plan would do, without doing it.

    Args:
        plan: The change.
        records: (form id, values in package form) of each record.
        names: Names of records, for references.
    """
    required: dict[str, list[str]] = {}
    for change in plan.changes:
        if change.kind == "field_added" and change.required:
            required.setdefault(change.form, []).append(change.field)
    reasons: Counter[tuple[str, str, str]] = Counter()
    number = touched = put_aside = unharmed = 0
    for form_id, values in records:
        number += 1
        after = plan.values(form_id, values, records=names)
        asked = required.get(form_id, []) if plan.keeps_form(form_id) else []
        reasons.update((form_id, name, "unfit") for name in after.unfit)
        reasons.update((form_id, name, "required") for name in asked)
        reasons.update((form_id, name, "dropped") for name in after.dropped)
        needs = bool(after.unfit or asked)
        touched += needs
        put_aside += bool(after.dropped)
        unharmed += not needs and not after.dropped
    return Effects(number, unharmed, touched, put_aside, dict(reasons.most_common()))


def legal_values(form: Form, values: Mapping[str, Value]) -> dict[str, JsonValue]:
    """Return a record's legal values in package form; unfit ones are left out."""
    return {
        f.id: value_to_json(values[f.id], f)
        for f in form.stored_fields
        if f.id in values and not isinstance(values[f.id], Unfit)
    }
