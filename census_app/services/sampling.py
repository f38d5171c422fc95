"""The sampling list: which departments were late, careless or at odds with the audit, each with its reasons.

Measures come from packages, letters' verdicts and comparisons; how much of one is a point stands in the campaign.
Nothing is decided or written here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from census_app.domain import chain
from census_app.domain.audit import EXCUSED
from census_app.domain.holdings import PackageFacts
from census_app.domain.moments import day_of
from census_app.domain.sampling import STEPS, Conduct, Measure, Sampled, Step, sample
from census_app.formspec.model import FormSet, Milestone
from census_app.services.audit_book import Settled
from census_app.services.audit_columns import book_of
from census_app.services.audit_results import Comparison
from census_app.services.auditing import AuditSurvey
from census_app.services.expecting import expected_of
from census_app.services.lookup import stamp
from census_app.services.measuring import asked_bodies
from census_app.services.ports import CatalogueStore, Clock


@dataclass(frozen=True, slots=True)
class SamplingList:
    """The departments in the order in which they should be looked at.

    Attributes:
        as_of: Day, `CCYY-MM-DD`.
        missed: The milestones whose days are over, by which lateness is measured.
        lists: Number of audit lists that were taken into account.
    """

    as_of: str
    departments: tuple[Sampled, ...]
    steps: Mapping[Measure, Step]
    missed: tuple[Milestone, ...]
    lists: int


def sampling_list(
    catalogue: CatalogueStore, *, clock: Clock, comparisons: Iterable[Comparison] | None = None
) -> SamplingList:
    """Return all that deliver or are waited for with their points, most points first.

    A department is late from the first milestone with a step for departments that it missed, until the first of its
    packages that stands.

    Args:
        comparisons: Those of all lists, where they were made already.
    """
    today = dt.date.fromisoformat(day_of(stamp(clock.now())))
    made = list(comparisons) if comparisons is not None else compare_all(catalogue)
    missed = _missed(catalogue.form_set, today)
    refused = _refused(catalogue)
    announced: dict[str, int] = {}
    for each in catalogue.announced():
        announced[each.department] = announced.get(each.department, 0) + 1
    packages: dict[str, list[PackageFacts]] = {}
    for package in catalogue.packages():
        if package.state == "merged":
            packages.setdefault(package.department, []).append(package)
    forms = [form.id for form in catalogue.form_set.forms if not form.parent]
    conducts = []
    for entry in asked_bodies(catalogue.roster(counted=True), expected_of(catalogue.decisions())):
        merged = sorted(packages.get(entry.code, []), key=lambda p: p.sequence)
        newest = merged[-1] if merged else None
        counted = _counted(made, entry.code)
        conducts.append(
            Conduct(
                code=entry.code,
                name=entry.name,
                days_late=_days_late(merged, missed, today),
                delivered=newest is not None,
                records=sum(entry.counts.get(form, 0) for form in forms),
                errors=newest.errors if newest is not None else 0,
                warnings=newest.warnings if newest is not None else 0,
                refused=refused.get(entry.code, 0),
                announced=announced.get(entry.code, 0),
                **counted,
            )
        )
    steps = steps_of(catalogue.form_set)
    return SamplingList(
        today.isoformat(), tuple(sample(conducts, steps)), steps, tuple(missed), len(made)
    )


def compare_all(catalogue: CatalogueStore, language: str = "zh") -> list[Comparison]:
    """Return the comparison of every list, the oldest first."""
    book = book_of(catalogue)
    survey = AuditSurvey(catalogue.form_set, book, book.lists, language)
    for _rows in survey.parts(catalogue):
        pass
    return [survey.compare(each) for each in book.lists]


def steps_of(form_set: FormSet) -> dict[Measure, Step]:
    """Return what one point stands for in this campaign; a setting that is no positive number is passed over."""
    found: dict[Measure, Step] = {}
    for measure, step in STEPS.items():
        found[measure] = step
        given = form_set.settings.get(f"sample_{measure}")
        if given is not None:
            try:
                size = Decimal(str(given))
            except InvalidOperation:
                continue
            if size.is_finite() and size > 0:
                found[measure] = Step(size, step.limit)
    return found


def _missed(form_set: FormSet, today: dt.date) -> list[Milestone]:
    own = [m for m in form_set.campaign.milestones if m.step and m.due < today.isoformat()]
    return sorted(own, key=lambda m: (m.due, m.id))


def _days_late(merged: list[PackageFacts], missed: list[Milestone], today: dt.date) -> int:
    if not missed:
        return 0
    due = dt.date.fromisoformat(missed[0].due)
    done = dt.date.fromisoformat(day_of(merged[0].created)) if merged else today
    return max((done - due).days, 0)


def _refused(catalogue: CatalogueStore) -> dict[str, int]:
    """Return department → reasons for warnings that were refused, for values that may have changed since."""
    found: dict[str, int] = {}
    for decision in chain.effective(catalogue.decisions()):
        if decision.kind == "explanation" and decision.choice == "refused":
            department = decision.subject.partition(":")[0]
            found[department] = found.get(department, 0) + 1
    return found


def _counted(comparisons: Iterable[Comparison], department: str) -> dict[str, int]:
    """Count what a department has to answer for: not what turned out to be somebody else's mistake."""
    entries = [e for c in comparisons for e in c.entries if e.department == department]
    return {
        "listed": sum(e.row is not None for e in entries),
        "missing_here": sum(e.group == "missing_here" and not _excused(e.settled) for e in entries),
        "paired": sum(e.group in {"differs", "agrees"} for e in entries),
        "differing": sum(any(not _excused(d.settled) for d in e.differences) for e in entries),
    }


def _excused(settled: Settled | None) -> bool:
    return settled is not None and settled.outcome in EXCUSED
