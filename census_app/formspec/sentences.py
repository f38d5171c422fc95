"""Findings in words, from one source: the rule's own sentences, or those of the generic checks.

The window, the command line, the workbook and the PDF all read them here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.findings import Finding
from census_app.domain.records import Unfit, Value
from census_app.formspec.model import Field, Form, FormSet, Rule
from census_app.formspec.types import Context, format_value, value_from_json

LISTED: Final = 12
"""A code list up to this length is told in the remedy."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class FindingText:
    """A finding in words.

    Attributes:
        where: Label of the field it is about.
        what: What is wrong.
        remedy: How to mend it.
        offer: The offered value as text, or empty.
        source: The document the rule comes from.
        example: A legal value as text, or empty.
    """

    where: str
    what: str
    remedy: str
    offer: str
    source: str
    example: str = ""


def sentence(finding: Finding, context: Context) -> FindingText:
    """Return a finding in the context's language."""
    form = context.form_set.form(finding.form)
    field = form.field_by_id(finding.fields[0])
    offer = format_value(finding.offer, field, context)
    if finding.check == "rule":
        what, remedy, source = _of_rule(finding, form, context)
    else:
        what, remedy, source = _of_generic(finding, form, field, offer, context)
    label = field.label.get(context.language)
    return FindingText(label, what, remedy, offer, source, _example(finding, field, form, context))


def _of_rule(finding: Finding, form: Form, context: Context) -> tuple[str, str, str]:
    rule = _rules(context.form_set)[finding.rule]
    texts: dict[str, str] = dict(finding.params)
    for field in form.stored_fields:
        if field.id in finding.found:
            texts.setdefault(field.id, format_value(finding.found[field.id], field, context))
    language = context.language
    return (
        _fill(rule.message.get(language), texts),
        _fill(rule.remedy.get(language), texts),
        rule.source,
    )


def _example(finding: Finding, field: Field, form: Form, context: Context) -> str:
    """Return how it is done right: the rule's good example with all fields it is about, else the field's."""
    rule = rule_by_id(context.form_set, finding.rule) if finding.check == "rule" else None
    if rule is None or not rule.violated or field.id not in rule.example.good:
        return field.example
    told = {}
    for name in rule.fields:
        about = form.field_by_id(name)
        raw = rule.example.good.get(name)
        try:
            told[about.label.get(context.language)] = (
                format_value(value_from_json(raw, about), about, context) if raw is not None else ""
            )
        except (ValueError, TypeError, KeyError):
            return field.example
    given = {label: text for label, text in told.items() if text}
    if len(given) == 1:
        return next(iter(given.values()))
    colon, joint = (": ", "; ") if context.language == "en" else ("：", "；")
    return joint.join(f"{label}{colon}{text}" for label, text in given.items())


def _of_generic(
    finding: Finding, form: Form, field: Field, offer: str, context: Context
) -> tuple[str, str, str]:
    language = context.language
    value = finding.found.get(field.id)
    found = format_value(value, field, context)
    params: dict[str, object] = {
        "label": field.label.get(language),
        "found": found,
        "hint": _advice(finding, field, language),
        "expected": wording.text(f"TYPE_{field.type}", language),
        "offer": wording.text("FINDING_OFFER", language, offer=offer)
        if offer
        else _choices(field, context),
        "length": len(found),
        "limit": field.max_length,
        "bounds": _bounds(field, language),
        "parent": _parent(finding.found, form, field, context),
    }
    code = f"FINDING_{finding.check.upper()}"
    if finding.check == "unfit" and field.target:
        code = "FINDING_UNFIT_REFERENCE"
        params["target"] = context.form_set.form(field.target).label.get(language)
    what = wording.text(code, language, **params)
    remedy = wording.catalogue()[code][f"next_{language}"].format(**params).strip()
    return what, remedy, field.source


def says_more(finding: Finding, context: Context) -> bool:
    """Say whether the remedy tells more than the problem: “not answered; please answer it” does not."""
    if finding.check != "required":
        return True
    field = context.form_set.form(finding.form).field_by_id(finding.fields[0])
    return bool(_advice(finding, field, context.language))


def _choices(field: Field, context: Context) -> str:
    """Return what may be chosen, when the list is short enough to be read."""
    known = context.form_set.choice_lists.get(field.choices)
    if known is None or len(known.choices) > LISTED or field.choices_from:
        return ""
    labels = [entry.label(context.language) for entry in known.choices]
    joint = ", " if context.language == "en" else "、"
    return wording.text("FINDING_CHOICES", context.language, choices=joint.join(labels))


def _advice(finding: Finding, field: Field, language: str) -> str:
    if finding.check == "constraint" and field.constraint_message is not None:
        return field.constraint_message.get(language)
    return field.hint.get(language) if field.hint is not None else ""


def _bounds(field: Field, language: str) -> str:
    parts = []
    if field.minimum:
        parts.append(wording.text("BOUND_MINIMUM", language, bound=field.minimum))
    if field.maximum:
        parts.append(wording.text("BOUND_MAXIMUM", language, bound=field.maximum))
    return (", " if language == "en" else "、").join(parts)


def _parent(found: Mapping[str, Value], form: Form, field: Field, context: Context) -> str:
    if not field.choices_from:
        return ""
    parent = form.field_by_id(field.choices_from)
    value = found.get(parent.id)
    if value is None or isinstance(value, Unfit):
        return parent.label.get(context.language)
    return format_value(value, parent, context)


def _fill(template: str, texts: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda m: texts.get(m[1], ""), template)


def _rules(form_set: FormSet) -> dict[str, Rule]:
    return {rule.id: rule for form in form_set.forms for rule in form.rule}


def rule_by_id(form_set: FormSet, rule_id: str) -> Rule | None:
    """Return a rule of the form set, or None for a generic check."""
    return _rules(form_set).get(rule_id)
