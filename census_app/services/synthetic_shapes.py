"""Shapes of synthetic records: answers that fit together, found by the form's own conditions.

A shape is drawn at random by field type and code list, then the evaluator says what is irrelevant, missing or wrong,
and those answers are dropped, added or drawn anew until nothing is. What differs from record to record - names, texts,
references - stays open in it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import ChoiceList, Field, Form, FormSet
from census_app.formspec.types import JsonValue, value_from_json
from census_app.services.synthetic_words import Words

Answers = dict[str, JsonValue]

_TRIES: Final = 200
_OFTEN: Final = 0.4
_SELDOM: Final = 0.06
"""How many optional fields of a record, and of a child record, are answered."""
_YEARS: Final = 6
_SAMPLE_ID: Final = RecordId("0" * 31 + "1")
_SAMPLE: Final = {
    "title": "示例登记信息",
    "abstract": "全省示例对象的登记信息，包括名称、代码、日期等内容。",
    "function": "示例业务的受理、审核、审批和证照管理。",
    "uscc": "11320000990000017P",
    "body": "江苏省示例厅",
    "other": "江苏省样例厅",
    "object": "示例对象",
    "province": "江苏省",
}
_PHRASES: Final[Mapping[str, str]] = {
    "abstract": "{abstract}",
    "system_function": "{function}",
    "demand_provider": "{other}",
    "joint_lead": "{body}",
    "joint_partners": "{other}",
}
"""Role → what its answer is made of; the field that names a record is always its title."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Answers that fit together.

    Attributes:
        values: As a package line carries them.
        phrases: Field → text whose braces are filled in for each record.
        references: (field, form it points to, how many; 0 for a field that holds one).
        own_node: Whether its place in the classification is that of a department: each takes its own.
    """

    values: Answers
    phrases: tuple[tuple[str, str], ...]
    references: tuple[tuple[str, str, int], ...]
    own_node: bool = False

    @property
    def targets(self) -> frozenset[str]:
        """Forms it points to."""
        return frozenset(target for _field, target, _count in self.references)


class ShapeMaker:
    """Draws shapes of one form.

    Args:
        form, form_set: What it asks.
        words: What texts answer.
        day: The day on which everything is filled in.
        chance: Decides; the same state gives the same shapes.
    """

    def __init__(
        self, form: Form, form_set: FormSet, words: Words, day: dt.date, chance: random.Random
    ) -> None:
        self._form = form
        self._form_set = form_set
        self._words = words
        self._day = day
        self._chance = chance
        self._evaluator = RecordEvaluator(form, form_set, day.isoformat())
        # Codes and what is reflected from databases are not a department's to give.
        self._fields = {
            f.id: f
            for f in form.stored_fields
            if f.owner == "department" and f.type != "attachment"
        }
        self._class = next((f for f in self._fields.values() if f.role == "class_code"), None)
        self._nodes = body_nodes(form_set)
        self._options: dict[tuple[str, str], tuple[list[str], list[int]]] = {}

    def shapes(self, count: int, fixed: Answers | None = None) -> list[Shape]:
        """Return shapes; fewer when the conditions admit hardly any.

        Args:
            fixed: Answers that are given; they are not part of the shapes.
        """
        found: list[Shape] = []
        for _ in range(count * 3):
            if len(found) == count:
                break
            shape = self._shape(fixed or {})
            if shape is not None:
                found.append(shape)
        return found

    def _shape(self, fixed: Answers) -> Shape | None:
        values: Answers = {}
        share = _SELDOM if self._form.parent else _OFTEN
        for field in self._fields.values():
            wanted = field.required == "1" or field.id == self._form.title
            if wanted or self._chance.random() < share:
                self._answer(field, values)
        for _ in range(_TRIES):
            if self._settle(values, fixed):
                return self._finished(values, fixed)
        return None

    def _settle(self, values: Answers, fixed: Answers) -> bool:
        """Mend what the conditions find; True when they find nothing."""
        values |= fixed
        typed = {
            name: value_from_json(_filled(raw), self._fields[name]) for name, raw in values.items()
        }
        seen = self._evaluator.evaluate(_SAMPLE_ID, typed)
        idle = [name for name in values if name not in seen.relevant]
        for name in idle:
            del values[name]
        missing = [name for name in seen.required if name not in values and name in self._fields]
        for name in sorted(missing):
            self._answer(self._fields[name], values)
        weighty = [
            f for f in seen.findings if f.severity is not Severity.NOTICE and f.check != "required"
        ]
        for finding in weighty:
            self._redraw(finding, values, fixed, seen.required)
        return not (idle or missing or weighty)

    def _redraw(
        self, finding: Finding, values: Answers, fixed: Answers, required: frozenset[str]
    ) -> None:
        open_ = [f for f in finding.fields if f in self._fields and f not in fixed]
        if not open_:
            return
        # What was drawn by weights is kept as long as something else can give way.
        weights = self._words.texts.weights
        yielding = [f for f in open_ if self._fields[f].role not in weights]
        name = self._chance.choice(yielding or open_)
        if name in values and name not in required and self._chance.random() < 0.5:
            del values[name]
        else:
            self._answer(self._fields[name], values)

    def _finished(self, values: Answers, fixed: Answers) -> Shape:
        plain, phrases, references = {}, [], []
        for name, raw in values.items():
            field = self._fields[name]
            if name in fixed:
                continue
            if field.type in {"reference", "references"}:
                count = len(raw) if isinstance(raw, list) else 0
                references.append((name, field.target, count))
            elif isinstance(raw, str) and "{" in raw:
                phrases.append((name, raw))
            else:
                plain[name] = raw
        node = plain.get(self._class.id) if self._class is not None else None
        return Shape(plain, tuple(phrases), tuple(references), node in self._nodes.values())

    # -- one answer ------------------------------------------------------------------------------------------------

    def _answer(self, field: Field, values: Answers) -> None:
        raw = self._draw(field, values)
        if raw is None:
            values.pop(field.id, None)
        else:
            values[field.id] = raw

    def _draw(self, field: Field, values: Answers) -> JsonValue | None:
        if field.unknown and self._chance.random() < 0.04:
            return "unknown"
        if field.type in {"code", "codes"}:
            return self._code(field, values)
        draws: Mapping[str, Callable[[Field], JsonValue | None]] = {
            "boolean": self._truth,
            "date": self._date,
            "month": self._date,
            "integer": self._number,
            "decimal": self._number,
            "money": self._number,
            "reference": self._reference,
            "references": self._reference,
        }
        return draws.get(field.type, self._text)(field)

    def _date(self, field: Field) -> str:
        age = int(365 * _YEARS * self._chance.random() ** 3)
        day = (self._day - dt.timedelta(days=age)).isoformat()
        return day if field.type == "date" else day[:7]

    def _reference(self, field: Field) -> JsonValue:
        several = [f"{n:032x}" for n in range(1, 1 + self._chance.choice((1, 1, 1, 2, 3)))]
        return several if field.type == "references" else several[0]

    def _text(self, field: Field) -> str | None:
        if field.id == self._form.title:
            return "{title}"
        if field.role in _PHRASES:
            return _PHRASES[field.role]
        if field.type == "uscc":
            return "{uscc}"
        if field.type == "phone":
            return "025-00000000"
        answers = self._words.answers(field)
        if not answers:
            return None
        words = self._chance.choice(answers)
        limit = field.max_length or 20_000
        return words if len(str(_filled(words))) + 40 * words.count("{") <= limit + 40 else None

    def _truth(self, field: Field) -> bool | None:
        weights = self._words.texts.weights.get(field.role)
        if weights is None:
            return not self._form.parent and self._chance.random() < 0.5
        drawn = self._chance.choices(list(weights), list(weights.values()))[0]
        return None if not drawn else drawn == "true"

    def _number(self, field: Field) -> JsonValue:
        chance = self._chance
        drawn = 0.0 if chance.random() < 0.15 else chance.lognormvariate(2.0, 1.6)
        whole = max(int(drawn), int(field.minimum or 0))
        if field.type == "integer":
            return whole
        return f"{min(drawn, 99_999.0):.2f}".rstrip("0").rstrip(".") or "0"

    def _code(self, field: Field, values: Answers) -> JsonValue | None:
        parent = str(values.get(field.choices_from, "")) if field.choices_from else ""
        codes, weights = self._codes(field, parent)
        if not codes:
            return None
        drawn = self._chance.choices(codes, weights)[0]
        if field.type == "code" or not drawn:
            return drawn or None
        several = set(self._chance.choices(codes, weights, k=self._chance.choice((1, 1, 2, 3))))
        return [code for code in codes if code in several]

    def _codes(self, field: Field, parent: str) -> tuple[list[str], list[int]]:
        key = field.id, parent
        if key not in self._options:
            self._options[key] = self._weighted(field, parent)
        return self._options[key]

    def _weighted(self, field: Field, parent: str) -> tuple[list[str], list[int]]:
        given = self._words.texts.weights.get(field.role, {})
        listed = self._form_set.choice_lists[field.choices]
        codes = leaves(listed)
        if field.choices_from:
            codes = [c.code for c in listed.choices if c.parent == parent]
        if field is self._class:
            return self._classes(codes)
        if set(codes) == set(self._nodes.values()):
            return [], []  # a department's own node, which it gets by its name
        weights = [given.get(code, 1) for code in codes]
        if "" in given:
            codes, weights = [*codes, ""], [*weights, given[""]]
        return codes, weights

    def _classes(self, codes: list[str]) -> tuple[list[str], list[int]]:
        """Weigh a department's own place in the classification against those that all share."""
        nodes = set(self._nodes.values())
        roots = {code[:1] for code in nodes}
        shared = [code for code in codes if code[:1] not in roots]
        own = sorted(nodes & set(codes))[:1]
        return [*shared, *own], [*(1 for _ in shared), *(2 * len(shared) for _ in own)]


def leaves(listed: ChoiceList) -> list[str]:
    """Return the codes of a list that no other entry stands below."""
    parents = {c.parent for c in listed.choices}
    return [c.code for c in listed.choices if c.code not in parents]


def body_nodes(form_set: FormSet) -> dict[str, str]:
    """Return name of a department → its node in the catalogue, from the list its own form offers for that."""
    form, _field = form_set.by_role("department_name")
    _form, classes = form_set.by_role("class_code")
    known = {c.code for c in form_set.choice_lists[classes.choices].choices}
    for field in form.stored_fields:
        if field.type == "code":
            listed = form_set.choice_lists[field.choices].choices
            if listed and {c.code for c in listed} <= known:
                return {c.zh: c.code for c in listed}
    return {}


def _filled(raw: JsonValue) -> JsonValue:
    return raw.format_map(_SAMPLE) if isinstance(raw, str) and "{" in raw else raw


def spread(
    total: int, parts: int, low: int, high: int, chance: random.Random, skew: float
) -> list[int]:
    """Return `parts` whole numbers between two bounds that add up to `total`, most of them small.

    Where the bounds cannot hold, they give way.
    """
    if not parts:
        return []
    low, high = min(low, total // parts), max(high, -(-total // parts))
    weights = [chance.lognormvariate(0, skew) for _ in range(parts)]
    share = (total - low * parts) / sum(weights)
    counts = [min(high, low + int(weight * share)) for weight in weights]
    left = total - sum(counts)
    while left:
        room = [n for n in range(parts) if counts[n] < high]
        chance.shuffle(room)
        for n in room[:left]:
            more = min(high - counts[n], max(1, left // len(room)))
            counts[n] += more
            left -= more
            if not left:
                break
    return counts


def chance_of(seed: object) -> random.Random:
    """Return what decides by lot; the same seed decides alike."""
    return random.Random(str(seed))  # noqa: S311  # nothing secret is drawn


def pick(words: Sequence[str], number: int) -> str:
    """Return an entry by a number of any size."""
    return words[number % len(words)]
