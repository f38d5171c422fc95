"""What is known of the problems of a workspace: the last full check, and what was typed since. No widgets.

A full check speaks about every record; while a person types, the open record's own rules are known at once. Both are
joined here, so that list, form, panel and figures say the same. Counts are kept up to date record by record: with
hundreds of thousands of findings, counting anew at each key would be felt.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from census_app.domain.findings import Finding, Place, Severity
from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.services.checking import CheckReport
from census_app.ui.models.record_table import RowProblems

ERRORS = frozenset({Severity.ERROR, Severity.REFUSAL})
CHIPS = ("unfinished", "errors", "warnings")
Key = tuple[str, RecordId]
_WEIGHT: Final = {severity: number for number, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts for the status bar and the chips."""

    errors: int = 0
    unexplained: int = 0
    explained: int = 0
    notices: int = 0


@dataclass(slots=True)
class _Standing:
    """The records of one form: how each stands, and the counts of all."""

    rows: dict[str, RowProblems] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def put(self, record: str, findings: Sequence[Finding]) -> None:
        """Take the findings of a record in place of what was known."""
        self.stand(record, _row(findings) if findings else None)

    def stand(self, record: str, row: RowProblems | None) -> None:
        """Note how a record stands now, in place of what was known."""
        was = self.rows.pop(record, None)
        if was is not None:
            self._add(was, -1)
        if row is not None:
            self.rows[record] = row
            self._add(row, 1)

    def _add(self, row: RowProblems, sign: int) -> None:
        counts = self.counts
        if row.errors:
            counts["all_errors"] += sign * row.errors
        if row.warnings:
            counts["all_warnings"] += sign * row.warnings
        if row.explained:
            counts["all_explained"] += sign * row.explained
        if row.notices:
            counts["all_notices"] += sign * row.notices
        for chip in CHIPS:
            if _in_chip(row, chip):
                counts[chip] += sign


@dataclass(slots=True)
class Digest:
    """A report arranged for the window; made on a worker thread.

    Attributes:
        by_owner: (child form, id of the owner) → children that have findings, in their order.
        whole: Form with child forms → its records, each with the findings of its children counted in.
    """

    report: CheckReport
    by_record: dict[Key, tuple[Finding, ...]]
    by_owner: dict[Key, list[RecordId]]
    standings: dict[str, _Standing]
    whole: dict[str, _Standing] = field(default_factory=dict)


def digest(report: CheckReport, owners: Mapping[str, str] | None = None) -> Digest:
    """Arrange a report by record and by rule, and count it.

    Args:
        owners: Child form → form whose records its records belong to.
    """
    grouped: dict[Key, list[Finding]] = {}
    for finding in report.findings:
        grouped.setdefault((finding.form, finding.record), []).append(finding)
    by_record = {key: tuple(found) for key, found in grouped.items()}
    standings: dict[str, _Standing] = {}
    for (form, record), findings in by_record.items():
        standings.setdefault(form, _Standing()).put(record, findings)
    by_owner: dict[Key, list[RecordId]] = {}
    for form, child in by_record:
        place = report.places.get(child)
        if place is not None and place.owner:
            by_owner.setdefault((form, place.owner), []).append(child)
    for children in by_owner.values():
        children.sort(key=lambda child: report.places[child].number)
    made = Digest(report, by_record, by_owner, standings)
    owners = owners or {}
    for form in set(owners.values()):
        made.whole[form] = whole = _Standing()
        for identity, row in made.standings.get(form, _Standing()).rows.items():
            whole.stand(identity, row)
    for child_form, owning in by_owner:
        if child_form in owners:
            _count_in(made, owners, owners[child_form], owning)
    return made


def _count_in(arranged: Digest, owners: Mapping[str, str], form: str, record: RecordId) -> None:
    """Count the findings of a record's children in with its own."""
    own = arranged.standings.get(form, _Standing()).rows.get(record)
    rows = [own] if own is not None else []
    for child_form, owner_form in owners.items():
        if owner_form == form:
            of_children = arranged.standings.get(child_form, _Standing()).rows
            children = arranged.by_owner.get((child_form, record), ())
            rows += [of_children[child] for child in children if child in of_children]
    if not rows:
        arranged.whole[form].stand(record, None)
        return
    arranged.whole[form].stand(
        record,
        RowProblems(
            sum(r.errors for r in rows),
            sum(r.warnings for r in rows),
            sum(r.explained for r in rows),
            sum(r.notices for r in rows),
            own.fields if own is not None else {},
        ),
    )


class Problems:
    """All findings, by record.

    Args:
        form_set: Tells which rules look at several records.
    """

    def __init__(self, form_set: FormSet) -> None:
        self._across = {r.id for form in form_set.forms for r in form.rule if r.query}
        self.owners = {form.id: form.parent for form in form_set.forms if form.parent}
        """Child form → form whose records its records belong to."""
        self._digest = digest(CheckReport((), "", {}), self.owners)
        self._live: dict[Key, tuple[Finding, ...]] = {}
        self._since_mark: set[Key] = set()
        self.checked = False

    @property
    def report(self) -> CheckReport | None:
        """The last full check, or None before the first."""
        return self._digest.report if self.checked else None

    def mark(self) -> None:
        """Note that a full check begins: what is typed from now on is newer than what it will say."""
        self._since_mark.clear()

    def take_report(self, report: CheckReport) -> None:
        """Take a full check."""
        self.take_digest(digest(report, self.owners))

    def take_digest(self, arranged: Digest) -> None:
        """Take a full check that was arranged already; records typed in since `mark` keep what is known."""
        newer = {key: self._live[key] for key in self._since_mark if key in self._live}
        self._digest = arranged
        self._live = {}
        self.checked = True
        by_form: dict[str, dict[RecordId, Sequence[Finding]]] = {}
        for (form, record), findings in newer.items():
            by_form.setdefault(form, {})[record] = findings
        for form, found in by_form.items():
            self.take_records(form, found)

    def take_record(self, form: str, record: RecordId, findings: Sequence[Finding]) -> None:
        """Take what the record's own rules say now; reasons already given for the same values stay."""
        self.take_records(form, {record: findings})

    def take_records(self, form: str, found: Mapping[RecordId, Sequence[Finding]]) -> None:
        """Take the same of several records of a form; each owner's sums are made once, at the end."""
        standing = self._digest.standings.setdefault(form, _Standing())
        owns = form in self._digest.whole
        owner_form = form if owns else self.owners.get(form, "")
        touched = set(found) if owns else set()
        for record, findings in found.items():
            key = (form, record)
            known = self._live[key] = self._with_known(key, findings)
            self._since_mark.add(key)
            standing.put(record, known)
            place = self.place(record) if owner_form and not owns else None
            if place is not None and place.owner is not None:
                touched.add(place.owner)  # of a row made since the check, the next check knows it
        for owner in touched:
            _count_in(self._digest, self.owners, owner_form, owner)

    def _with_known(self, key: Key, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return findings with the reasons given for the same values, and what rules over several records said."""
        before = self._digest.by_record.get(key, ())
        own = (f for f in findings if f.rule not in self._across)
        if not before:  # of thousands of pasted rows most had none
            return tuple(own)
        known = {(f.rule, f.values_sha256): f for f in before if f.values_sha256}
        told = [_with_reason(f, known.get((f.rule, f.values_sha256))) for f in own]
        return (*told, *(f for f in before if f.rule in self._across))

    def of_record(self, form: str, record: RecordId) -> tuple[Finding, ...]:
        """Return the findings of a record, the gravest first."""
        key = (form, record)
        found = self._live[key] if key in self._live else self._digest.by_record.get(key, ())
        return tuple(sorted(found, key=weight))

    def place(self, record: RecordId) -> Place | None:
        """Return where a record stood in the last check."""
        return self._digest.report.places.get(record)

    @property
    def places(self) -> Mapping[RecordId, Place]:
        """Where the records with findings stood in the last check."""
        return self._digest.report.places

    def all(self) -> list[Finding]:
        """Return all findings, none cut off."""
        if not self._live:
            return list(self._digest.report.findings)
        found = [
            f
            for key, findings in self._digest.by_record.items()
            if key not in self._live
            for f in findings
        ]
        return found + [f for findings in self._live.values() for f in findings]

    def figures(self, form: str = "") -> Figures:
        """Return the counts of a form, or of all."""
        standings = self._digest.standings
        counted = [standings[form]] if form in standings else [] if form else standings.values()
        total: Counter[str] = Counter()
        for standing in counted:
            total.update(standing.counts)
        return Figures(
            errors=total["all_errors"],
            unexplained=total["all_warnings"],
            explained=total["all_explained"],
            notices=total["all_notices"],
        )

    def rows(self, form: str) -> Mapping[str, RowProblems]:
        """Return how each record of a form stands; records without findings are left out."""
        standing = self._digest.standings.get(form)
        return standing.rows if standing is not None else {}

    def whole_rows(self, form: str) -> Mapping[str, RowProblems]:
        """Return the same with the findings of each record's children counted in: an unfinished item is its owner's."""
        whole = self._digest.whole.get(form)
        return whole.rows if whole is not None else self.rows(form)

    def chip_count(self, form: str, chip: str) -> int:
        """Return how many records a chip of the list stands for, those with such a child included."""
        standing = self._digest.whole.get(form) or self._digest.standings.get(form)
        return standing.counts[chip] if standing is not None else 0

    def by_rule(self) -> list[tuple[str, list[Finding]]]:
        """Return all findings grouped by rule and field, errors first, then the most frequent."""
        return _by_rule(self.all())


def records_with(rows: Mapping[str, RowProblems], chip: str) -> frozenset[str]:
    """Return the ids a chip of the list stands for: one of `CHIPS`."""
    return frozenset(record for record, row in rows.items() if _in_chip(row, chip))


def _in_chip(row: RowProblems, chip: str) -> bool:
    if chip == "errors":
        return row.errors > 0
    if chip == "warnings":
        return row.warnings > 0
    return row.errors + row.warnings > 0


def _by_rule(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    groups: dict[tuple[str, str, str, bool], list[Finding]] = {}
    for finding in findings:
        key = (finding.form, finding.rule, finding.fields[0], finding.explanation is not None)
        groups.setdefault(key, []).append(finding)
    for found in groups.values():
        found.sort(key=lambda f: (f.title, f.record))
    ordered = sorted(groups.items(), key=lambda g: (weight(g[1][0]), -len(g[1]), g[0]))
    return [(rule, found) for (_form, rule, _field, _explained), found in ordered]


def _row(findings: Iterable[Finding]) -> RowProblems:
    errors = warnings = explained = notices = 0
    fields: dict[str, str] = {}
    for finding in findings:
        if finding.severity in ERRORS:
            errors += 1
            fields[finding.fields[0]] = "bad"
        elif finding.severity is Severity.NOTICE:
            notices += 1
        elif finding.explanation is None:
            warnings += 1
            fields.setdefault(finding.fields[0], "warn")
        else:
            explained += 1
    return RowProblems(errors, warnings, explained, notices, fields)


def _with_reason(finding: Finding, before: Finding | None) -> Finding:
    """Return a finding with the reason and the verdict that stand for the same values."""
    if before is None or finding.explanation is not None:
        return finding
    return dataclasses.replace(finding, explanation=before.explanation, verdict=before.verdict)


def weight(finding: Finding) -> int:
    """Return how far down a finding stands: errors, open warnings, notices, explained ones."""
    return _WEIGHT[finding.severity] + (10 if finding.explanation is not None else 0)
