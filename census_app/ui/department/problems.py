"""What is known of the problems of a workspace: the last full check, and what was typed since. No widgets.

A full check speaks about every record; while a person types, the open record's own rules are known at once. Both are
joined here, so that list, form, panel and figures say the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.services.checking import CheckReport
from census_app.ui.models.record_table import RowProblems

ERRORS = frozenset({Severity.ERROR, Severity.REFUSAL})


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts for the status bar and the chips."""

    errors: int = 0
    unexplained: int = 0
    explained: int = 0
    notices: int = 0


class Problems:
    """All findings, by record.

    Args:
        form_set: Tells which rules look at several records.
    """

    def __init__(self, form_set: FormSet) -> None:
        self._across = {r.id for form in form_set.forms for r in form.rule if r.query}
        self._checked: dict[tuple[str, RecordId], tuple[Finding, ...]] = {}
        self._live: dict[tuple[str, RecordId], tuple[Finding, ...]] = {}
        self.report: CheckReport | None = None

    def take_report(self, report: CheckReport) -> None:
        """Take a full check; it knows all that was typed before it."""
        grouped: dict[tuple[str, RecordId], list[Finding]] = {}
        for finding in report.findings:
            grouped.setdefault((finding.form, finding.record), []).append(finding)
        self._checked = {key: tuple(found) for key, found in grouped.items()}
        self._live.clear()
        self.report = report

    def take_record(self, form: str, record: RecordId, findings: Sequence[Finding]) -> None:
        """Take what the record's own rules say now; reasons already given for the same values stay."""
        before = self._checked.get((form, record), ())
        reasons = {(f.rule, f.values_sha256): f.explanation for f in before if f.explanation}
        own = [
            dataclasses.replace(f, explanation=reasons.get((f.rule, f.values_sha256)))
            if f.values_sha256 and f.explanation is None
            else f
            for f in findings
        ]
        across = [f for f in before if f.rule in self._across]
        self._live[(form, record)] = tuple(own + across)

    def forget_record(self, form: str, record: RecordId) -> None:
        """Forget a record that is gone."""
        self._live.pop((form, record), None)
        self._checked.pop((form, record), None)

    def of_record(self, form: str, record: RecordId) -> tuple[Finding, ...]:
        """Return the findings of a record, the gravest first."""
        key = (form, record)
        found = self._live[key] if key in self._live else self._checked.get(key, ())
        return tuple(sorted(found, key=_weight))

    def all(self) -> list[Finding]:
        """Return all findings, none cut off."""
        found: list[Finding] = []
        for key in self._checked.keys() | self._live.keys():
            found += self._live.get(key, self._checked.get(key, ()))
        return found

    def figures(self, form: str = "") -> Figures:
        """Return the counts of a form, or of all."""
        findings = [f for f in self.all() if not form or f.form == form]
        return Figures(
            errors=sum(f.severity in ERRORS for f in findings),
            unexplained=sum(f.severity is Severity.WARNING and not f.explanation for f in findings),
            explained=sum(f.severity is Severity.WARNING and bool(f.explanation) for f in findings),
            notices=sum(f.severity is Severity.NOTICE for f in findings),
        )

    def rows(self, form: str) -> dict[str, RowProblems]:
        """Return how each record of a form stands; records without findings are left out."""
        return {
            record: _row(self._live.get((kind, record), self._checked.get((kind, record), ())))
            for kind, record in self._checked.keys() | self._live.keys()
            if kind == form
        }

    def by_rule(self) -> list[tuple[str, list[Finding]]]:
        """Return all findings grouped by rule and field, errors first, then the most frequent."""
        groups: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in self.all():
            key = (finding.form, finding.rule, finding.fields[0])
            groups.setdefault(key, []).append(finding)
        for found in groups.values():
            found.sort(key=lambda f: (f.title, f.record))
        ordered = sorted(groups.items(), key=lambda g: (_weight(g[1][0]), -len(g[1]), g[0]))
        return [(rule, found) for (_form, rule, _field), found in ordered]


def records_with(rows: Mapping[str, RowProblems], chip: str) -> frozenset[str]:
    """Return the ids a chip of the list stands for: `errors`, `warnings` or `unfinished`."""
    tests = {
        "errors": lambda r: r.errors > 0,
        "warnings": lambda r: r.warnings > 0,
        "unfinished": lambda r: r.errors + r.warnings > 0,
    }
    return frozenset(record for record, stand in rows.items() if tests[chip](stand))


def _row(findings: Iterable[Finding]) -> RowProblems:
    errors = warnings = explained = 0
    fields: dict[str, str] = {}
    for finding in findings:
        if finding.severity in ERRORS:
            errors += 1
            fields[finding.fields[0]] = "bad"
        elif finding.severity is Severity.WARNING and finding.explanation is None:
            warnings += 1
            fields.setdefault(finding.fields[0], "warn")
        elif finding.severity is Severity.WARNING:
            explained += 1
    return RowProblems(errors, warnings, explained, fields)


def _weight(finding: Finding) -> int:
    explained = finding.explanation is not None
    return list(Severity).index(finding.severity) + (10 if explained else 0)
