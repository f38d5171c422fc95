"""What becomes of answers when a newer form set takes the place of an older one; pure, and the same for all answers.

Records in a workspace and lines of incoming packages pass through one plan, made from two form sets and what the newer
one says of the older: `[[renamed]]`, `[[removed]]`, `[[replaced]]`. Plans of several versions follow one another. Not
responsible for tables, journals or packages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from census_app.domain.records import Unfit, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.loader import Fault, FormSetInvalid
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import (
    Context,
    JsonValue,
    NoRecords,
    ReferenceResolver,
    value_to_json,
)
from census_app.formspec.upgrade_steps import Move, UpgradedValues, VersionStep

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

ChangeKind = Literal[
    "form_added",
    "form_removed",
    "parent_removed",
    "field_added",
    "field_renamed",
    "field_removed",
    "type_changed",
    "code_removed",
    "code_replaced",
]

MAX_VERSIONS: Final = 20
"""Form sets a plan passes through at most; a longer chain is a circle or a mistake."""

_SAME_SPELLING: Final = (frozenset({"decimal", "money"}), frozenset({"text", "longtext", "phone"}))
"""Types whose legal values are spelled alike in a package."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One difference between two form sets that concerns answers.

    Attributes:
        form: Form id; for a change of a code the form of the field that uses it.
        field: Field id in the newer set; of a removed field its id in the older one.
        old: Former id, type or code; empty where there was none.
        new: Present id, type or code; empty where there is none.
        reason: What the newer set says of a removal, for the people whose answers are put aside.
        required: Of an added field: it must be answered in every record.
    """

    kind: ChangeKind
    form: str
    field: str = ""
    old: str = ""
    new: str = ""
    reason: str = ""
    required: bool = False


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
    planner = _Planner(old, new)
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


class _Planner:
    """Compares two form sets."""

    def __init__(self, old: FormSet, new: FormSet) -> None:
        self.old, self.new = old, new
        self.faults: list[Fault] = []
        self.changes: list[PlannedChange] = []
        self._forms = {form.id: form for form in new.forms}
        self._renames = [r for r in new.renamed if self._speaks_of_old(r.version)]
        self._removals = [r for r in new.removed if self._speaks_of_old(r.version)]
        self._replaced = {
            (r.choices, r.code): r for r in new.replaced if self._speaks_of_old(r.version)
        }
        self._renamed = {(r.form, r.renamed_from): r.field for r in self._renames}
        self._removed = {(r.form, r.field): r.reason for r in self._removals}
        if old.version not in new.origins:
            self._fault("BAD_VALUE", f"{new.version} says nothing of {old.version}")

    def _speaks_of_old(self, version: str) -> bool:
        return (version or self.new.predecessor) == self.old.version

    def _fault(self, code: str, detail: str) -> None:
        self.faults.append(Fault(code, "formset.toml", 0, detail))

    def moves(self, form: Form) -> dict[str, Move]:
        """Return where each stored field of an old form goes."""
        target = self._forms.get(form.id)
        if target is None:
            if (form.id, "") not in self._removed:
                self._fault("DISAPPEARED", f"form {form.id}")
            return {f.id: Move(f, None, keeps=False) for f in form.stored_fields}
        self._compare_owner(form, target)
        present = {f.id: f for f in target.stored_fields}
        return {f.id: self._field(form.id, f, present) for f in form.stored_fields}

    def _compare_owner(self, form: Form, target: Form) -> None:
        if form.parent == target.parent:
            return
        if target.parent:
            detail = f"{form.id}: parent was {form.parent or '(none)'}, is {target.parent}"
            self._fault("PARENT", detail)
        else:
            self.changes.append(PlannedChange("parent_removed", form.id, old=form.parent))

    def _field(self, form_id: str, old: Field, present: Mapping[str, Field]) -> Move:
        wanted = self._renamed.get((form_id, old.id), old.id)
        new = present.get(wanted)
        if (form_id, old.id) in self._removed:
            if old.id in present:
                self._fault("BAD_VALUE", f"removed, and still there: {form_id}.{old.id}")
            reason = self._removed[(form_id, old.id)]
            self.changes.append(
                PlannedChange("field_removed", form_id, old.id, old=old.id, reason=reason)
            )
            return Move(old, None, keeps=False)
        if new is None:
            self._fault("DISAPPEARED", f"field {form_id}.{old.id}")
            return Move(old, None, keeps=False)
        if new.id != old.id:
            self.changes.append(
                PlannedChange("field_renamed", form_id, new.id, old=old.id, new=new.id)
            )
        if new.type != old.type:
            self.changes.append(
                PlannedChange("type_changed", form_id, new.id, old=old.type, new=new.type)
            )
        return Move(old, new, keeps=self._keeps(old, new))

    def _keeps(self, old: Field, new: Field) -> bool:
        if old.unknown and not new.unknown:
            return False
        if old.type != new.type:
            return any({old.type, new.type} <= group for group in _SAME_SPELLING)
        if old.type in {"code", "codes"}:
            gone = self._codes(self.old, old) - self._codes(self.new, new)
            return not gone and not any(name == old.choices for name, _ in self._replaced)
        return old.target == new.target or old.type not in {"reference", "references"}

    @staticmethod
    def _codes(form_set: FormSet, choice_field: Field) -> set[str]:
        return {c.code for c in form_set.choice_lists[choice_field.choices].choices}

    def note_forms(self) -> None:
        """Note what the newer set adds, and forms that are gone."""
        before = {form.id: form for form in self.old.forms}
        for form in self.old.forms:
            if form.id not in self._forms:
                reason = self._removed.get((form.id, ""), "")
                self.changes.append(PlannedChange("form_removed", form.id, reason=reason))
        for form in self.new.forms:
            if form.id not in before:
                self.changes.append(PlannedChange("form_added", form.id))
                continue
            known = {
                self._renamed.get((form.id, f.id), f.id) for f in before[form.id].stored_fields
            }
            for each in form.stored_fields:
                if each.id not in known:
                    required = each.required.strip() == "1"
                    self.changes.append(
                        PlannedChange("field_added", form.id, each.id, required=required)
                    )

    def note_codes(self) -> None:
        """Note, by field, the codes that are gone."""
        for form in self.old.forms:
            target = self._forms.get(form.id)
            for old in form.stored_fields if target is not None else ():
                wanted = self._renamed.get((form.id, old.id), old.id)
                new = (
                    next((f for f in target.stored_fields if f.id == wanted), None)
                    if target
                    else None
                )
                if new is None or not {old.type, new.type} <= {"code", "codes"}:
                    continue
                now = self._codes(self.new, new)
                for code in (c.code for c in self.old.choice_lists[old.choices].choices):
                    said = self._replaced.get((old.choices, code))
                    by = said.by if said is not None else ""
                    if code not in now:
                        kind: ChangeKind = "code_replaced" if by else "code_removed"
                        reason = said.reason if said is not None else ""
                        self.changes.append(
                            PlannedChange(kind, form.id, new.id, old=code, new=by, reason=reason)
                        )

    def check_entries(self) -> None:
        """Find entries of the newer set that speak of nothing."""
        before = {(form.id, f.id) for form in self.old.forms for f in form.stored_fields}
        before |= {(form.id, "") for form in self.old.forms}
        now = {(form.id, f.id) for form in self.new.forms for f in form.stored_fields}
        for each in self._renames:
            if (each.form, each.renamed_from) not in before or (each.form, each.field) not in now:
                self._fault("DANGLING", f"renamed: {each.form}.{each.renamed_from} → {each.field}")
            if (each.form, each.field) in before:
                self._fault("DUPLICATE", f"renamed: {each.form}.{each.field} was there before")
        targets = Counter((each.form, each.field) for each in self._renames)
        for (form, name), number in targets.items():
            if number > 1:
                self._fault("DUPLICATE", f"renamed: two fields become {form}.{name}")
        for gone in self._removals:
            if (gone.form, gone.field) not in before:
                self._fault("DANGLING", f"removed: {gone.form}.{gone.field}".rstrip("."))
            elif not gone.field and gone.form in self._forms:
                self._fault("BAD_VALUE", f"removed, and still there: {gone.form}")
        for choice in self._replaced.values():
            self._check_replacement(choice.choices, choice.code, choice.by)

    def _check_replacement(self, list_id: str, code: str, by: str) -> None:
        old = self.old.choice_lists.get(list_id)
        new = self.new.choice_lists.get(list_id)
        if old is None or code not in {c.code for c in old.choices}:
            self._fault("DANGLING", f"replaced: {list_id} {code}")
        elif new is not None and code in {c.code for c in new.choices}:
            self._fault("BAD_VALUE", f"replaced, and still there: {list_id} {code}")
        elif by and (new is None or by not in {c.code for c in new.choices}):
            self._fault("DANGLING", f"replaced: {list_id} {code} by {by}")

    def successors(self) -> dict[str, dict[str, str]]:
        """Return list id → code that is gone → code that stands for it."""
        found: dict[str, dict[str, str]] = {}
        for (list_id, code), said in self._replaced.items():
            if said.by:
                found.setdefault(list_id, {})[code] = said.by
        return found


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
