"""Arrange findings for the page "check": filtered, grouped by rule, record or step, counted. No widgets, any thread.

Nothing is cut off; twenty thousand findings are arranged in some hundredths of a second on a worker thread.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from census_app.domain.findings import Finding, Place, Severity
from census_app.domain.names import fold
from census_app.domain.records import RecordId
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context
from census_app.ui.department.problems import ERRORS, weight
from census_app.ui.shell.translation import Words

BY_RULE: Final = "rule"
BY_RECORD: Final = "record"
BY_SECTION: Final = "section"
GROUPINGS: Final = (BY_RULE, BY_RECORD, BY_SECTION)
KINDS: Final = ("errors", "warnings", "explained", "notices")
NO_PLACE: Final = Place(1 << 60)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person wants to see.

    Attributes:
        kind: One of `KINDS`; empty for all.
        form: Form id; its children count with it. Empty for all.
        text: Must occur in the record's name or in what is said about it, after folding.
    """

    grouping: str = BY_RULE
    kind: str = ""
    form: str = ""
    text: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.kind or self.form or self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that belong together.

    Attributes:
        key: Tells the group again after the next check.
        label: What they have in common.
        remedy: How to mend them, when one sentence says it for all.
        certain: How many can be mended for certain.
    """

    key: tuple[str, ...]
    label: str
    remedy: str
    findings: tuple[Finding, ...]
    certain: int

    @property
    def first(self) -> Finding:
        """The finding that speaks for the group."""
        return self.findings[0]


@dataclass(frozen=True, slots=True)
class Arranged:
    """Groups, the gravest first, and counts by kind of what form and text leave."""

    groups: list[Group]
    counts: Mapping[str, int]
    wanted: Wanted


def kind_of(finding: Finding) -> str:
    """Return one of `KINDS`."""
    if finding.severity in ERRORS:
        return "errors"
    if finding.severity is Severity.NOTICE:
        return "notices"
    return "explained" if finding.explanation is not None else "warnings"


class Arranger:
    """Arranges the findings of one moment.

    Args:
        places: Where records stand and whose children they are.
    """

    def __init__(
        self, context: Context, words: Words, places: Mapping[RecordId, Place] | None = None
    ) -> None:
        self._context = context
        self._words = words
        self._places = places or {}
        self._owners = {f.id: f.parent or f.id for f in context.form_set.forms}
        self._order = {f.id: n for n, f in enumerate(context.form_set.forms)}

    def arrange(self, findings: Iterable[Finding], wanted: Wanted) -> Arranged:
        """Return what is wanted, in groups."""
        text = fold(wanted.text)
        counts = dict.fromkeys(KINDS, 0)
        groups: dict[tuple[str, ...], list[Finding]] = {}
        for finding in findings:
            if wanted.form and self._owners[finding.form] != wanted.form:
                continue
            if text and text not in self._told(finding):
                continue
            kind = kind_of(finding)
            counts[kind] += 1
            if not wanted.kind or kind == wanted.kind:
                groups.setdefault(self._key(finding, wanted.grouping), []).append(finding)
        made = [self._group(key, found, wanted.grouping) for key, found in groups.items()]
        made.sort(key=lambda g: self._rank(g, wanted.grouping))
        return Arranged(made, counts, wanted)

    def owner_title(self, finding: Finding) -> str:
        """Return the title of the record a child belongs to, or nothing."""
        return self._places.get(finding.record, NO_PLACE).owner_title

    def _told(self, finding: Finding) -> str:
        told = sentence(finding, self._context)
        parts = (finding.title, self.owner_title(finding), told.where, told.what, finding.rule)
        return fold(" ".join(parts)) + fold(finding.explanation or "")

    def _key(self, finding: Finding, grouping: str) -> tuple[str, ...]:
        if grouping == BY_RECORD:
            place = self._places.get(finding.record, NO_PLACE)
            return (self._owners[finding.form], place.owner or finding.record)
        if grouping == BY_SECTION:
            return (finding.form, self._section(finding))
        explained = "1" if finding.explanation is not None else ""
        return (finding.form, finding.rule, finding.fields[0], explained)

    def _section(self, finding: Finding) -> str:
        return self._context.form_set.form(finding.form).field_by_id(finding.fields[0]).section

    def _group(self, key: tuple[str, ...], found: list[Finding], grouping: str) -> Group:
        found.sort(key=self._within if grouping == BY_RULE else self._by_weight)
        first = found[0]
        remedy = common_remedy(first, self._context) if grouping == BY_RULE else ""
        certain = sum(bool(f.mend) for f in found)
        return Group(key, self._label(first, key, grouping), remedy, tuple(found), certain)

    def _within(self, finding: Finding) -> tuple[int, str]:
        return self._places.get(finding.record, NO_PLACE).number, finding.record

    def _by_weight(self, finding: Finding) -> tuple[int, int, str]:
        return weight(finding), *self._within(finding)

    def _rank(self, group: Group, grouping: str) -> tuple[object, ...]:
        first = group.first
        if grouping == BY_SECTION:
            form = self._context.form_set.form(first.form)
            sections = [s.id for s in form.section]
            place = sections.index(group.key[1]) if group.key[1] in sections else -1
            return self._order[first.form], place
        gravest = min(weight(f) for f in group.findings)
        if grouping == BY_RECORD:
            return gravest, -len(group.findings), self._within(first)
        return gravest, -len(group.findings), group.key

    def _label(self, first: Finding, key: tuple[str, ...], grouping: str) -> str:
        language, form_set = self._words.language, self._context.form_set
        form = form_set.form(first.form)
        if grouping == BY_RECORD:
            title = self.owner_title(first) if self._owners[first.form] != first.form else ""
            named = title or first.title or self._words("UI_UNNAMED")
            return f"{named} · {form_set.form(key[0]).label.get(language)}"
        if grouping == BY_SECTION:
            section = next((s.label.get(language) for s in form.section if s.id == key[1]), "")
            return " · ".join(filter(None, (form.label.get(language), section)))
        label = form.field_by_id(first.fields[0]).label.get(language)
        # The field first: where the column is narrow, the form is what a person can do without.
        parts = [label, rule_name(first, self._words), form.label.get(language)]
        if first.explanation is not None:
            parts.append(self._words("UI_ROW_EXPLAINED"))
        return " · ".join(parts)


def rule_name(finding: Finding, words: Words) -> str:
    """Return the rule's number; a generic check that no rule reports has a word instead."""
    if finding.rule.lower() != finding.check:
        return finding.rule
    return words(f"UI_CHECK_{finding.rule}")


def common_remedy(finding: Finding, context: Context) -> str:
    """Return how to mend all of a kind: without the value that is meant for one of them."""
    return sentence(dataclasses.replace(finding, offer=None), context).remedy
