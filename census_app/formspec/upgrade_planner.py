"""Compare two form sets: where each old field goes, what differs for people, what the newer one fails to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from census_app.formspec.loader import Fault
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.upgrade_steps import Move

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


class Planner:
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
