"""Judge explained warnings: the coordinator accepts a department's reason for good, or refuses it (lesson C4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.holdings import Explanation
from census_app.domain.review import VerdictChoice
from census_app.errors import UserError
from census_app.formspec.sentences import rule_by_id, sentence
from census_app.services.deciding import decide
from census_app.services.lookup import context_for
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.querying import (
    close_query,
    department_findings,
    finding_by_rule,
    queries_of,
    raise_about_rule,
    reopen_query,
)
from census_app.services.remarks import remark

Judged = Literal["undecided", "accepted", "refused", "contested"]


@dataclass(frozen=True, slots=True)
class ExplainedWarning:
    """A warning with the reason a department gave for it.

    Attributes:
        title: Name of the record.
        field: The first field of the rule, or empty.
        message: What the rule says, in the asked language.
        standing: What was decided for these very values; `contested` when coordinators decided differently.
        reason: The coordinator's words, when decided.
        decisions: Ids of the decisions that say so.
    """

    department: str
    explanation: Explanation
    title: str
    field: str
    message: str
    standing: Judged = "undecided"
    reason: str = ""
    decisions: tuple[str, ...] = ()


def subject_of(department: str, explanation: Explanation) -> str:
    """Return what a decision about an explained warning is about (see `domain.chain.Decision`)."""
    return f"{department}:{explanation.record}:{explanation.rule}:{explanation.values_sha256}"


def explained_warnings(
    catalogue: CatalogueStore, department: str, *, clock: Clock, language: str = "zh"
) -> list[ExplainedWarning]:
    """Return the explained warnings of a department's newest package, undecided first, then by rule and record."""
    explained = catalogue.explained(department)
    if not explained:
        return []
    findings = finding_by_rule(department_findings(catalogue, department, clock))
    context = context_for(catalogue, language)
    decided = _decisions(catalogue)
    found = []
    for explanation in explained:
        finding = findings.get((explanation.record, explanation.rule))
        rule = rule_by_id(catalogue.form_set, explanation.rule)
        message = rule.message.get(language) if rule is not None else explanation.rule
        group = decided.get(subject_of(department, explanation), [])
        found.append(
            ExplainedWarning(
                department=department,
                explanation=explanation,
                title=finding.title if finding is not None else "",
                field=finding.fields[0] if finding is not None and finding.fields else "",
                message=message if finding is None else sentence(finding, context).what,
                standing=_standing(group),
                reason=group[-1].reason if group else "",
                decisions=tuple(d.id for d in group),
            )
        )
    return sorted(
        found,
        key=lambda w: (w.standing != "undecided", w.explanation.rule, w.explanation.record),
    )


def judge_explanation(
    catalogue: CatalogueStore,
    department: str,
    explanation: Explanation,
    choice: VerdictChoice,
    reason: str = "",
    *,
    actor: str,
    clock: Clock,
) -> Decision:
    """Accept a reason for good, as long as the values stay, or refuse it; return the decision.

    A refusal asks the department: a query that must be answered and closes by itself when the warning is gone. One
    that is open already is asked again in the new words. An acceptance closes it.

    Raises:
        UserError: `EXPLANATION_GONE`, the newest package does not carry it; `REASON_TOO_SHORT` for a refusal without
            one; `REMARK_TOO_LONG`, `REFUSED_VALUE`, `NOT_COORDINATOR`; `QUERY_SAME_TEXT`.
    """
    subject = subject_of(department, explanation)
    known = {subject_of(department, each): each for each in catalogue.explained(department)}
    if subject not in known:
        raise UserError("EXPLANATION_GONE", rule=explanation.rule)
    words = remark(
        catalogue,
        reason,
        clock=clock,
        optional=choice == "accepted",
    )
    before = [d.id for d in _decisions(catalogue).get(subject, [])]
    _ask_or_settle(catalogue, department, known[subject], choice, words, actor=actor, clock=clock)
    return decide(
        catalogue,
        "explanation",
        subject,
        choice,
        words,
        actor=actor,
        clock=clock,
        supersedes=before,
    )


def _ask_or_settle(
    catalogue: CatalogueStore,
    department: str,
    explanation: Explanation,
    choice: VerdictChoice,
    words: str,
    *,
    actor: str,
    clock: Clock,
) -> None:
    asked = [
        standing
        for standing in queries_of(catalogue, department, clock=clock)
        if standing.state != "closed"
        and (standing.query.record, standing.query.rule) == (explanation.record, explanation.rule)
    ]
    if choice == "accepted":
        for standing in asked:
            close_query(catalogue, standing.query.id, words, actor=actor, clock=clock)
    elif asked:
        reopen_query(catalogue, asked[0].query.id, words, actor=actor, clock=clock)
    else:
        findings = finding_by_rule(department_findings(catalogue, department, clock))
        finding = findings.get((explanation.record, explanation.rule))
        if finding is None or finding.values_sha256 != explanation.values_sha256:
            raise UserError("EXPLANATION_GONE", rule=explanation.rule)
        raise_about_rule(catalogue, department, finding, words, actor=actor, clock=clock)


def _decisions(catalogue: CatalogueStore) -> dict[str, list[Decision]]:
    """Return the decisions about explained warnings that stand, by subject, oldest first."""
    found: dict[str, list[Decision]] = {}
    for decision in sorted(chain.standing(catalogue.decisions()), key=lambda d: (d.created, d.id)):
        if decision.kind == "explanation":
            found.setdefault(decision.subject, []).append(decision)
    return found


def _standing(group: list[Decision]) -> Judged:
    choices = {decision.choice for decision in group}
    if len(choices) > 1:
        return "contested"
    if choices == {"accepted"}:
        return "accepted"
    return "refused" if choices else "undecided"
