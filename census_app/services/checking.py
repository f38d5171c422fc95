"""Check a whole workspace: every rule over every record, set-based, on a private copy."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from census_app.domain.changes import Origin, Put, Step, StepDone
from census_app.domain.findings import Finding, Place, Severity
from census_app.domain.records import RecordId, Value
from census_app.domain.review import Verdict
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.sentences import FindingText, sentence
from census_app.formspec.types import Context
from census_app.services.editing import with_offer
from census_app.services.lookup import RecordNames, context_for, stamp
from census_app.services.ports import Clock, Explanation, ListQuery, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.refusing import refuse_changes

_About = tuple[str, str, str]
"""Record, rule and hash of the values: what a reason or a verdict is about."""


@dataclass(frozen=True, slots=True)
class FormCompleteness:
    """How far one form is.

    Attributes:
        total: Records.
        clean: Records that nothing keeps from being handed in.
    """

    total: int
    clean: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of a check: all findings, none cut off.

    Attributes:
        findings: In the order of forms and records.
        checked_at: UTC.
        completeness: By form id.
        places: Where the records with findings stand; empty when nobody asked.
    """

    findings: tuple[Finding, ...]
    checked_at: str
    completeness: Mapping[str, FormCompleteness]
    places: Mapping[RecordId, Place] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """Number of records checked."""
        return sum(c.total for c in self.completeness.values())

    @property
    def errors(self) -> int:
        """Number of errors."""
        return sum(f.severity in {Severity.ERROR, Severity.REFUSAL} for f in self.findings)

    @property
    def unexplained(self) -> int:
        """Number of warnings that still lack a reason."""
        return sum(f.severity is Severity.WARNING and f.explanation is None for f in self.findings)

    @property
    def explained(self) -> int:
        """Number of warnings with a reason in force."""
        return sum(
            f.severity is Severity.WARNING and f.explanation is not None for f in self.findings
        )

    @property
    def notices(self) -> int:
        """Number of notices."""
        return sum(f.severity is Severity.NOTICE for f in self.findings)

    def by_rule(self) -> list[tuple[str, list[Finding]]]:
        """Return the findings grouped by rule, most frequent errors first."""
        groups: dict[str, list[Finding]] = {}
        for finding in self.findings:
            groups.setdefault(finding.rule, []).append(finding)
        order = list(Severity)
        return sorted(
            groups.items(), key=lambda g: (order.index(g[1][0].severity), -len(g[1]), g[0])
        )

    def blocking(self) -> frozenset[tuple[str, RecordId]]:
        """Return (form, id) of the records that cannot be handed in as they stand."""
        return frozenset((f.form, f.record) for f in self.findings if f.blocks_export)


def check_workspace(
    store: WorkspaceStore, *, clock: Clock, progress: Progress | None = None
) -> CheckReport:
    """Run every rule of the form set over every record.

    Raises:
        DataProblem: `RULE_TIMEOUT`.
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    form_set = store.form_set
    now = clock.now()
    with store.rule_copy() as connection:
        run = RuleRun(connection, form_set, now.date().isoformat(), mends=True)
        found = list(run.findings(progress.step))
        places = run.places(found)
    return report_of(standing_of(store), found, stamp(now), places)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a report needs to know of a workspace besides the findings.

    Attributes:
        totals: Form id → number of records.
    """

    context: Context
    reasons: Mapping[_About, Explanation]
    verdicts: Mapping[_About, Verdict]
    totals: Mapping[str, int]


def standing_of(store: WorkspaceStore) -> Standing:
    """Read what a report needs."""
    return Standing(
        context_for(store),
        {(e.record, e.rule, e.values_sha256): e for e in store.explanations()},
        {(v.record, v.rule, v.values_sha256): v for v in store.verdicts()},
        {form.id: store.count(ListQuery(form=form.id)) for form in store.form_set.forms},
    )


def report_of(
    standing: Standing,
    findings: Iterable[Finding],
    checked_at: str,
    places: Mapping[RecordId, Place] | None = None,
) -> CheckReport:
    """Return the report of raw findings: with offers, reasons in force, and completeness. Touches no file."""
    complete = tuple(
        _with_reason(
            with_offer(f, standing.context, names=False), standing.reasons, standing.verdicts
        )
        for f in findings
    )
    blocked = Counter(
        form for form, _record in {(f.form, f.record) for f in complete if f.blocks_export}
    )
    completeness = {
        form: FormCompleteness(total, total - blocked[form])
        for form, total in standing.totals.items()
    }
    return CheckReport(complete, checked_at, completeness, places or {})


def set_everywhere(
    store: WorkspaceStore,
    form_id: str,
    records: Sequence[RecordId],
    values: Mapping[str, Value | None],
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Give several records the same answers, as one step.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    form = store.form_set.form(form_id)
    labels = "、".join(form.field_by_id(f).label.zh for f in values)
    operations = tuple(Put(form_id, record, values) for record in records)
    refuse_changes(store, operations, clock)
    params = {"form": form.label.zh, "field": labels, "count": str(len(operations))}
    return store.write(Step("STEP_SET", actor, Origin.SET, stamp(clock.now()), operations, params))


def _with_reason(
    finding: Finding, reasons: Mapping[_About, Explanation], verdicts: Mapping[_About, Verdict]
) -> Finding:
    if not finding.values_sha256:
        return finding
    about = (finding.record, finding.rule, finding.values_sha256)
    reason = reasons.get(about)
    if reason is None:
        return finding
    verdict = verdicts.get(about)
    if verdict is None:
        return dataclasses.replace(finding, explanation=reason.reason)
    refused = verdict.choice == "refused" and verdict.explanation == reason.reason
    given = None if refused else reason.reason
    return dataclasses.replace(finding, explanation=given, verdict=verdict.choice)


def texts(findings: Iterable[Finding], store: WorkspaceStore, language: str) -> list[FindingText]:
    """Return findings in words."""
    context = context_for(store, language, RecordNames(store))
    return [sentence(f, context) for f in findings]
