"""What a person says about the audit office's list: this row is that record, this difference turned out to be that.

Each act is one decision of the ledger; a later one on the same subject takes its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from census_app.diagnostics import wording
from census_app.domain.audit import ASKING, OUTCOMES, Group, Outcome
from census_app.domain.chain import Decision
from census_app.domain.review import Query
from census_app.errors import UserError
from census_app.services.audit_book import (
    KIND,
    AuditList,
    Settled,
    match_choice,
    outcome_choice,
    unit_choice,
    unit_subject,
    withdrawn_choice,
)
from census_app.services.audit_columns import book_of
from census_app.services.audit_lists import find_list, require_unsaid, say_all
from census_app.services.audit_results import Comparison, Difference, Entry
from census_app.services.auditing import compare
from census_app.services.expecting import expected_of
from census_app.services.measuring import asked_bodies
from census_app.services.ports import CatalogueStore, Clock, ListQuery
from census_app.services.querying import draft_query, send_query
from census_app.services.remarks import MAXIMUM_LENGTH, remark


@dataclass(frozen=True, slots=True)
class Target:
    """A difference of a comparison, with what it belongs to; `difference` is None for what stands alone."""

    entry: Entry
    difference: Difference | None = None

    @property
    def place(self) -> str:
        """What an outcome about it is filed under."""
        return self.difference.place if self.difference is not None else self.entry.place

    @property
    def sha256(self) -> str:
        """Hash of what stands there."""
        return self.difference.sha256 if self.difference is not None else self.entry.sha256

    @property
    def settled(self) -> Settled | None:
        """What was said of it and still counts."""
        return self.difference.settled if self.difference is not None else self.entry.settled


@dataclass(frozen=True, slots=True)
class OutcomesSaid:
    """Decisions about differences, and what departments were asked because of them."""

    decisions: tuple[Decision, ...]
    queries: tuple[Query, ...] = ()


def confirm_matches(
    catalogue: CatalogueStore,
    listed: str,
    matches: Mapping[int, tuple[str, str] | None],
    reason: str = "",
    *,
    actor: str,
    clock: Clock,
    known: Collection[str] | None = None,
) -> tuple[Decision, ...]:
    """Say which records some rows of a list are, or that they are none.

    Args:
        listed: Beginning of the list's id; empty for the newest.
        matches: Row of the sheet, counted from 1 → department and id of the record; None for no record.
        known: Ids of the decisions the person knows; None when whatever was said is to be replaced.

    Raises:
        SaidMeanwhile: A colleague has said otherwise of a row, and the person does not know it.
        UserError: `AUDIT_NONE`, `AUDIT_LIST`; `AUDIT_ROW`, the list has no such row; `RECORD_GONE`; `AUDIT_TAKEN`, the
            record was given to another row; `REMARK_TOO_LONG`, `REFUSED_VALUE`, `NOT_COORDINATOR`.
    """
    book = book_of(catalogue)
    audit = find_list(book, listed)
    words = remark(catalogue, reason, clock=clock, optional=True)
    would_be = {**book.matches.get(audit.id, {}), **matches}
    for row, target in matches.items():
        _require_row(audit, row)
        if target is None:
            continue
        if not _is_there(catalogue, audit.form, target):
            raise UserError("RECORD_GONE", form=catalogue.form_set.form(audit.form).label.zh)
        for other, held in would_be.items():
            if held == target and other != row:
                raise UserError("AUDIT_TAKEN", row=other)
    said = {f"match:{audit.id}:{row}": match_choice(target) for row, target in matches.items()}
    return say_all(catalogue, said, words, actor=actor, clock=clock, known=known)


def name_units(
    catalogue: CatalogueStore, units: Mapping[str, str], *, actor: str, clock: Clock
) -> tuple[Decision, ...]:
    """Say which departments names in the lists stand for; it holds for every list, and for those to come.

    Args:
        units: Name as a list has it → code of the department.

    Raises:
        UserError: `DEPARTMENT_UNKNOWN`, `NOT_COORDINATOR`.
    """
    asked = asked_bodies(catalogue.roster(), expected_of(catalogue.decisions()))
    known = {entry.code for entry in asked}
    for department in units.values():
        if department not in known:
            raise UserError("DEPARTMENT_UNKNOWN", department=department)
    said = {unit_subject(name): unit_choice(name, code) for name, code in units.items()}
    return say_all(catalogue, said, "、".join(units)[:200], actor=actor, clock=clock)


def settle_differences(
    catalogue: CatalogueStore,
    listed: str,
    places: Sequence[str],
    outcome: Outcome,
    reason: str,
    *,
    ask: bool = False,
    actor: str,
    clock: Clock,
    known: Collection[str] | None = None,
) -> OutcomesSaid:
    """Say what some differences turned out to be; it holds while what stands on both sides stays.

    Args:
        places: Of entries or differences; see `auditing`.
        ask: Whether the departments are asked too, in the words of the reason; with `audit_right` the list's value is
            suggested to them. What a department does not have is named to it in one query.
        known: Ids of the decisions the person knows; None when whatever was said is to be replaced.

    Raises:
        SaidMeanwhile: A colleague has settled one of them, and the person does not know it; nobody is asked then.
        UserError: `AUDIT_PLACE`, there is no such difference (any more); `AUDIT_OUTCOME`, it cannot turn out so;
            `AUDIT_ASK`, there is nothing to ask, or nobody; `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`,
            `NOT_COORDINATOR`; `AUDIT_NONE`, `AUDIT_LIST`.
    """
    with catalogue.holding(KIND):
        comparison = compare(catalogue, listed)
        targets = {place: find_target(comparison, place) for place in places}
        for target in targets.values():
            if outcome not in OUTCOMES.get(target.entry.group, ()):
                raise UserError("AUDIT_OUTCOME", outcome=outcome)
            if ask and (outcome not in ASKING or not target.entry.department):
                raise UserError("AUDIT_ASK")
        words = remark(catalogue, reason, clock=clock)
        form = comparison.list.form
        # Whatever speaks against asking shows in the drafts, before anybody has been asked or anything said.
        asked = _drafts(catalogue, form, targets.values(), words, clock=clock) if ask else []
        subjects = {f"outcome:{comparison.list.id}:{place}": t for place, t in targets.items()}
        said = {subject: outcome_choice(outcome, t.sha256) for subject, t in subjects.items()}
        # An outcome that no longer counts is nobody's word any more.
        counting = {subject: said[subject] for subject, t in subjects.items() if t.settled}
        require_unsaid(catalogue, counting, known, same=ask)
        for department, query in asked:
            send_query(catalogue, department, query, actor=actor, clock=clock)
        decisions = say_all(catalogue, said, words, actor=actor, clock=clock)
    return OutcomesSaid(decisions, tuple(query for _department, query in asked))


def withdraw_said(
    catalogue: CatalogueStore,
    listed: str,
    places: Iterable[str],
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> tuple[Decision, ...]:
    """Take back what was said of some differences or rows: they are open again, as if nobody had said anything.

    What departments were asked because of it stays asked, until somebody closes the query.

    Args:
        places: Of differences as in `settle_differences`, or `match:<row>`.

    Raises:
        UserError: `AUDIT_UNSAID`, nothing was said there; `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`,
            `NOT_COORDINATOR`; `AUDIT_NONE`, `AUDIT_LIST`.
    """
    book = book_of(catalogue)
    audit = find_list(book, listed)
    outcomes, matches = book.outcomes.get(audit.id, {}), book.matches.get(audit.id, {})
    words = remark(catalogue, reason, clock=clock)
    said: dict[str, str] = {}
    for place in places:
        topic, _, row = place.partition(":")
        matched = topic == "match" and row.isdecimal() and int(row) in matches
        if place not in outcomes and not matched:
            raise UserError("AUDIT_UNSAID", place=place)
        subject = f"match:{audit.id}:{row}" if matched else f"outcome:{audit.id}:{place}"
        said[subject] = withdrawn_choice()
    return say_all(catalogue, said, words, actor=actor, clock=clock)


def find_target(comparison: Comparison, place: str) -> Target:
    """Return the difference filed under a place.

    Raises:
        UserError: `AUDIT_PLACE`.
    """
    for entry in comparison.entries:
        if entry.place and entry.place == place:
            return Target(entry)
        for difference in entry.differences:
            if difference.place == place:
                return Target(entry, difference)
    raise UserError("AUDIT_PLACE", place=place)


def outcomes_of(group: Group) -> tuple[Outcome, ...]:
    """Return what a difference of a group can turn out to be."""
    return OUTCOMES.get(group, ())


def _drafts(
    catalogue: CatalogueStore, form: str, targets: Iterable[Target], words: str, *, clock: Clock
) -> list[tuple[str, Query]]:
    """Return department and query of all that is to be asked."""
    found: list[tuple[str, Query]] = []
    missing: dict[str, list[Entry]] = {}
    for target in targets:
        entry = target.entry
        if entry.kept is None:
            missing.setdefault(entry.department, []).append(entry)
        else:
            query = _draft(catalogue, form, target, entry.kept.record, words, clock=clock)
            found.append((entry.department, query))
    label = catalogue.form_set.form(form).label.zh
    for department, entries in missing.items():
        for text in _naming(label, entries, words):
            query = draft_query(catalogue, department, "", "", "", text, clock=clock)
            found.append((department, query))
    return found


def _draft(
    catalogue: CatalogueStore, form: str, target: Target, record: str, words: str, *, clock: Clock
) -> Query:
    department, difference = target.entry.department, target.difference
    if difference is None:
        return draft_query(catalogue, department, form, record, "", words, clock=clock)
    field = difference.field
    try:
        return draft_query(
            catalogue, department, form, record, field, words,
            suggestion=difference.theirs, clock=clock,
        )  # fmt: skip
    except UserError as error:
        if error.code != "QUERY_SUGGESTION":
            raise
        # What the list says is no answer to the field; of a reference, no record of this department is called so.
        return draft_query(catalogue, department, form, record, field, words, clock=clock)


def _naming(label: str, entries: Sequence[Entry], words: str) -> list[str]:
    """Return the words with the names of what a department lacks before them; several texts where one is too long."""
    texts: list[str] = []
    named: list[str] = []
    for entry in entries:
        row = entry.row.number if entry.row is not None else ""
        name = wording.text("AUDIT_ASK_NAME", "zh", name=entry.name, row=row)
        longer = wording.text(
            "AUDIT_ASK_MISSING", "zh", form=label, names="、".join([*named, name]), words=words
        )
        if named and len(longer) > MAXIMUM_LENGTH:
            named = []
            longer = wording.text("AUDIT_ASK_MISSING", "zh", form=label, names=name, words=words)
        elif named:
            texts.pop()
        named.append(name)
        texts.append(longer)
    return texts


def _require_row(audit: AuditList, row: int) -> None:
    if row not in {each.number for each in audit.rows}:
        raise UserError("AUDIT_ROW", row=row)


def _is_there(catalogue: CatalogueStore, form: str, target: tuple[str, str]) -> bool:
    department, record = target
    query = ListQuery(form=form, ids=frozenset({record}), department=department)
    return catalogue.count(query) > 0
