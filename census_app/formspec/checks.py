"""Compile a form into checks: every rule and every generic check as one SQL condition over the form's columns.

The same list serves the record being typed and a million records at export, so both give the same answer.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from census_app.domain.findings import Severity
from census_app.domain.tolerance import read_tolerance
from census_app.formspec.model import Field, Form, FormSet, Rule
from census_app.formspec.schema import quoted

GENERIC: Final = {
    "required": "REQUIRED",
    "unfit": "UNFIT",
    "too_long": "TOO_LONG",
    "range": "RANGE",
    "constraint": "CONSTRAINT",
    "choice": "CHOICE",
    "reference": "REFERENCE",
}
"""Generic checks by name, with the rule id each is reported under unless the field says otherwise."""

_BLANKS = "' ' || char(9,10,13,160,12288)"
_WORD = re.compile(r"'(?:[^']|'')*'|\"([^\"]+)\"|([A-Za-z_][A-Za-z0-9_]*)")
_TEXTUAL = frozenset({"text", "longtext", "uscc", "phone"})
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that is true when something is wrong.

    Attributes:
        name: `rule`, or the generic check's name.
        rule_id: Under which it is reported.
        condition: SQL over the form's columns; NULL and 0 are no finding. Empty for a rule with a `query`.
        needs_tables: True when the condition looks at other records.
        shown: Fields whose values the message shows.
        mend: Field → SQL of the value that certainly mends it.
    """

    name: str
    rule_id: str
    severity: Severity
    fields: tuple[str, ...]
    condition: str
    rule: Rule | None = None
    needs_tables: bool = False
    shown: tuple[str, ...] = ()
    mend: Mapping[str, str] = dataclasses.field(default_factory=dict)


def names_in(expression: str) -> frozenset[str]:
    """Return the identifiers an SQL expression mentions, outside string literals."""
    return frozenset(m[1] or m[2] for m in _WORD.finditer(expression) if m[1] or m[2])


def relevance_levels(form: Form) -> list[tuple[Field, ...]]:
    """Return the fields that have a `relevant`, grouped so that a field follows those its condition mentions.

    Raises:
        ValueError: Conditions depend on each other in a circle; the message names the fields.
    """
    waiting = {f.id: f for f in form.stored_fields if f.relevant}
    levels: list[tuple[Field, ...]] = []
    while waiting:
        ready = tuple(
            f for f in waiting.values() if not (names_in(f.relevant) & (waiting.keys() - {f.id}))
        )
        if not ready:
            raise ValueError(", ".join(waiting))
        levels.append(ready)
        for field in ready:
            del waiting[field.id]
    return levels


def is_blank(field: Field) -> str:
    """Return SQL that is true when a field holds no answer ("unknown" is an answer)."""
    column = quoted(field.id)
    if field.unknown:
        return f"({column} IS NULL AND coalesce({quoted(field.id + '_unknown')},0)=0)"
    if field.type in _TEXTUAL:
        return f"({column} IS NULL OR trim({column}, {_BLANKS})='')"
    return f"({column} IS NULL)"


def compile_checks(form: Form, form_set: FormSet) -> tuple[Check, ...]:
    """Return all checks of a form: generic ones in field order, then its rules in file order."""
    generic = [check for field in form.stored_fields for check in _generic(field, form_set)]
    return (*generic, *(_of_rule(rule, form) for rule in form.rule))


def reported(field: Field, name: str) -> str:
    """Return the rule id a generic check of a field is reported under."""
    return field.reported_as.get(name, GENERIC[name])


def _generic(field: Field, form_set: FormSet) -> list[Check]:
    conditions: Mapping[str, str] = {
        "required": _required(field),
        "too_long": f"length({quoted(field.id)}) > {field.max_length}" if field.max_length else "",
        "range": _range(field),
        "constraint": f"NOT {is_blank(field)} AND NOT ({field.constraint})"
        if field.constraint
        else "",
        "choice": _dependent(field, form_set),
        "reference": _reference(field),
    }
    return [
        Check(
            name=name,
            rule_id=reported(field, name),
            severity=Severity.ERROR,
            fields=(field.id,),
            condition=condition,
            needs_tables=name == "reference",
            shown=(field.id,),
            mend={field.id: field.mend} if name == "required" and field.mend else {},
        )
        for name, condition in conditions.items()
        if condition
    ]


def _required(field: Field) -> str:
    if not field.required:
        return ""
    relevant = f"coalesce(({field.relevant}),0) AND " if field.relevant else ""
    return f"{relevant}coalesce(({field.required}),0) AND {is_blank(field)}"


def _range(field: Field) -> str:
    column = quoted(field.id)
    value = (
        (lambda bound: f"'{bound}'") if field.type in {"date", "month"} else (lambda bound: bound)
    )
    parts = []
    if field.minimum:
        parts.append(f"{column} < {value(field.minimum)}")
    if field.maximum:
        parts.append(f"{column} > {value(field.maximum)}")
    return " OR ".join(parts)


def _dependent(field: Field, form_set: FormSet) -> str:
    if not field.choices_from:
        return ""
    by_parent: dict[str, list[str]] = {}
    for choice in form_set.choice_lists[field.choices].choices:
        by_parent.setdefault(choice.parent, []).append("'" + choice.code.replace("'", "''") + "'")
    cases = " ".join(
        f"WHEN '{parent}' THEN {quoted(field.id)} NOT IN ({','.join(codes)})"
        for parent, codes in by_parent.items()
        if parent
    )
    return (
        f"{quoted(field.id)} IS NOT NULL AND {quoted(field.choices_from)} IS NOT NULL AND "
        f"CASE {quoted(field.choices_from)} {cases} ELSE 0 END"
    )


def _reference(field: Field) -> str:
    column, target = quoted(field.id), quoted(field.target)
    if field.type == "reference":
        return f"{column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {target})"
    if field.type == "references":
        return (
            f"{column} IS NOT NULL AND EXISTS (SELECT 1 FROM json_each({column}) AS j "
            f"WHERE j.value NOT IN (SELECT id FROM {target}))"
        )
    return ""


def _of_rule(rule: Rule, form: Form) -> Check:
    ids = {f.id for f in form.stored_fields}
    mentioned = [
        p for text in (rule.message, rule.remedy) for p in _PLACEHOLDER.findall(text.zh + text.en)
    ]
    return Check(
        name="rule",
        rule_id=rule.id,
        severity=Severity(rule.severity),
        fields=rule.fields,
        condition=rule.violated,
        rule=rule,
        needs_tables=bool(rule.query),
        shown=tuple(dict.fromkeys(p for p in mentioned if p in ids)),
        mend=rule.mend,
    )


def unread_tolerances(form: Form) -> Iterator[tuple[int, str]]:
    """Yield the place and the detail of each field whose tolerance is none; see `domain.tolerance`."""
    for index, field in enumerate(form.field):
        try:
            read_tolerance(field.tolerance)
        except ValueError as error:
            yield index, f"{field.id}: tolerance {error}"
