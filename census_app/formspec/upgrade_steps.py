"""The way of one record's answers from one form set to the next; see `upgrade`, which makes the steps.

A value that stays legal stays as it is. Any other is read anew, as if somebody typed its former wording into the newer
form: other spellings that stand with a list are understood, and what does not fit is kept as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from census_app.domain.records import Unfit, Value
from census_app.formspec.lines import PARENT, POSITION
from census_app.formspec.model import Field
from census_app.formspec.types import (
    Context,
    JsonValue,
    ReferenceResolver,
    format_value,
    parse_value,
    value_from_json,
    value_to_json,
)


@dataclass(frozen=True, slots=True)
class UpgradedValues:
    """The answers of one record as the newer form set holds them.

    Attributes:
        values: Legal values in package form, by field of the newer set, with a child's owner and place.
        unfit: Texts that no longer fit, by field of the newer set.
        understood: By field of the newer set, the former text where another spelling was understood.
        dropped: What is no longer asked, as people read it, by field of the older set.
    """

    values: dict[str, JsonValue]
    unfit: dict[str, str] = field(default_factory=dict)
    understood: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """Where an old field goes: `new` is None for a field that is no longer asked."""

    old: Field
    new: Field | None
    keeps: bool
    """Every legal value of the old field is one of the new field, spelled alike."""


@dataclass(frozen=True, slots=True)
class VersionStep:
    """From one version to the next."""

    old: Context
    new: Context
    moves: Mapping[str, Mapping[str, Move]]
    owned: Mapping[str, bool]
    """Form id → whether its records have an owner in the newer set."""
    codes: Mapping[str, Mapping[str, str]]
    """Old list id → code that is gone → code that stands for it."""

    def apply(
        self, form_id: str, before: UpgradedValues, records: ReferenceResolver
    ) -> UpgradedValues:
        """Return answers of the older version as the newer one holds them."""
        moves = self.moves[form_id]
        after = UpgradedValues({}, dropped=dict(before.dropped))
        for name, raw in before.values.items():
            if name in {PARENT, POSITION}:
                if self.owned.get(form_id):
                    after.values[name] = raw
                continue
            self._move(moves[name], raw, after, records)
        for name, text in before.unfit.items():
            _move_text(moves.get(name), name, text, after.unfit, after.dropped)
        for name, text in before.understood.items():
            target = moves[name].new if name in moves else None
            if target is not None and target.id in after.values:
                after.understood[target.id] = text
        return after

    def _move(
        self, move: Move, raw: JsonValue, after: UpgradedValues, records: ReferenceResolver
    ) -> None:
        if move.new is None:
            after.dropped[move.old.id] = self._shown(move.old, raw, records)
            return
        if move.keeps:
            after.values[move.new.id] = raw
            return
        raw = self._replaced(move, raw)
        if move.old.type == move.new.type and self._is_legal(move.new, raw):
            after.values[move.new.id] = raw
            return
        text = self._shown(move.old, raw, records)
        parsed = parse_value(text, move.new, replace(self.new, records=records))
        if parsed.value is None or isinstance(parsed.value, Unfit):
            after.unfit[move.new.id] = text
            return
        after.values[move.new.id] = value_to_json(parsed.value, move.new)
        if parsed.understood:
            after.understood[move.new.id] = text

    def _replaced(self, move: Move, raw: JsonValue) -> JsonValue:
        successors = self.codes.get(move.old.choices, {})
        if not successors or move.old.type not in {"code", "codes"}:
            return raw
        if not isinstance(raw, list):
            return successors.get(str(raw), raw)
        codes = [successors.get(code, code) for code in raw]
        target = move.new
        if target is None or target.type != "codes":
            return codes
        return list(self.new.choices.in_list_order(target.choices, codes))

    def _is_legal(self, new: Field, raw: JsonValue) -> bool:
        try:
            value_from_json(raw, new)
        except ValueError:
            return False
        if raw == "unknown" and new.unknown:
            return True
        if new.type in {"code", "codes"}:
            codes = raw if isinstance(raw, list) else [str(raw)]
            return all(self.new.choices.entry(new.choices, code) for code in codes)
        return True

    def _shown(self, old: Field, raw: JsonValue, records: ReferenceResolver) -> str:
        """Return a value as the newer form set's people would type it."""
        value: Value = value_from_json(raw, old)
        if old.type in {"code", "codes"}:
            return self._labels(old, raw)
        return format_value(value, old, replace(self.old, records=records))

    def _labels(self, old: Field, raw: JsonValue) -> str:
        codes = raw if isinstance(raw, list) else [str(raw)]
        return "、".join(self.old.choices.label(old.choices, code, "zh") for code in codes)


def _move_text(
    move: Move | None, name: str, text: str, unfit: dict[str, str], dropped: dict[str, str]
) -> None:
    if move is None or move.new is None:
        dropped[name] = text
    else:
        unfit[move.new.id] = text
