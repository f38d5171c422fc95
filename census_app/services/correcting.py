"""Correct a department's value from the centre, and decide what becomes of it when the department changes it too.

A correction is a decision of kind `override`: it lies on the department's value as long as that is the value it was
written about, survives any number of submissions, and goes back as a suggestion in the review. When the department
writes something else there, nobody wins by itself: the department's value is shown, and a question is open until
somebody takes theirs, keeps ours, writes a third value, or asks. Not responsible for laying: `storage.overlays`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.corrections import (
    Correction,
    Place,
    correcting,
    corrections,
    leaving,
    place_of,
    taking_back,
)
from census_app.domain.records import RecordId, Unfit, Value, Values
from census_app.domain.review import Answer, Query
from census_app.errors import UserError
from census_app.formspec.lines import value_hash, value_json
from census_app.formspec.model import Field, Form
from census_app.formspec.types import parse_value
from census_app.services.deciding import decide
from census_app.services.lookup import context_for
from census_app.services.own_values import OwnValues, as_said, own_values, value_of
from census_app.services.ports import CatalogueStore, Clock, ListQuery
from census_app.services.querying import field_of, raise_query, round_of
from census_app.services.remarks import remark

CorrectionState = Literal["active", "adopted", "question", "contested", "left", "gone"]
"""`active`: ours is shown; `adopted`: the department has taken it over; `question`: the department has changed the
field since, theirs is shown; `contested`: coordinators decided differently, theirs is shown; `left`: theirs stands;
`gone`: the department has no such record any more."""

MAXIMUM_VALUE = 18_000
"""Characters of a corrected value as JSON: a decision, and the suggestion in a review, hold no more."""


@dataclass(frozen=True, slots=True)
class CorrectionStanding:
    """A correction as it stands.

    Attributes:
        title: Name of the record, as the department said it.
        theirs: What the department says now; None when empty, or the record is gone.
        ours: What the centre put there; None when empty, or when theirs stands.
        decision: The one that says so, the first of several alike.
        answer: What the department says to the suggestion, in its newest package.
    """

    place: Place
    title: str
    theirs: Value | None
    ours: Value | None
    state: CorrectionState
    decision: Decision
    decisions: tuple[str, ...]
    answer: Answer | None = None

    @property
    def waits(self) -> bool:
        """Say whether a person has to decide."""
        return self.state in {"question", "contested"}


# -- reading -----------------------------------------------------------------------------------------------------------


def corrected_titles(catalogue: CatalogueStore, decisions: Iterable[Decision]) -> dict[str, str]:
    """Return record → its name now, of the records that corrections in the ledger are about."""
    wanted: dict[str, set[RecordId]] = {}
    for decision in decisions:
        place = place_of(decision.subject) if decision.kind == "override" else None
        if place is not None:
            wanted.setdefault(place.form, set()).add(RecordId(place.record))
    titles: dict[str, str] = {}
    for form in catalogue.form_set.forms:
        ids = frozenset(wanted.get(form.id, ()))
        keys = catalogue.keys(ListQuery(form=form.id, ids=ids)) if ids else []
        rows = catalogue.rows(form.id, keys, [form.title]) if keys else []
        titles |= {row.id: str(row.values.get(form.title) or "") for row in rows}
    return titles


def correction_standings(
    catalogue: CatalogueStore, department: str = ""
) -> list[CorrectionStanding]:
    """Return every correction of a department, or of all, as it stands, by place."""
    said = [
        each
        for place, each in corrections(catalogue.decisions()).items()
        if department in {"", place.department}
    ]
    return [
        standing
        for code in sorted({each.place.department for each in said})
        for standing in _of_department(
            catalogue, code, [each for each in said if each.place.department == code]
        )
    ]


def _of_department(
    catalogue: CatalogueStore, department: str, said: Iterable[Correction]
) -> list[CorrectionStanding]:
    answers = {answer.query: answer for answer in catalogue.answers(department)}
    records = _Records(catalogue, department, said)
    found = []
    for each in said:
        form = next((f for f in catalogue.form_set.forms if f.id == each.place.form), None)
        field = None if form is None else field_of(form, each.place.field)
        if form is None or field is None:
            continue  # of a form set that asked more
        values = records.values(each.place)
        theirs = None if values is None else values.get(field.id)
        ours = value_of(each.value, field) if each.value else None
        title = "" if values is None else values.get(form.title, "")
        found.append(
            CorrectionStanding(
                each.place,
                str(title),
                theirs,
                ours,
                "gone" if values is None else _state(each, theirs, field),
                each.decisions[0],
                tuple(d.id for d in each.decisions),
                answers.get(each.decisions[0].id[:32]),
            )
        )
    return found


def _state(said: Correction, theirs: Value | None, field: Field) -> CorrectionState:
    if said.contested:
        return "contested"
    if not said.value:
        return "left"
    if value_json(theirs, field) == said.value:
        return "adopted"
    return "active" if value_hash(theirs, field) == said.replaces else "question"


class _Records:
    """What a department said of the records that corrections are about, read in bulk."""

    def __init__(
        self, catalogue: CatalogueStore, department: str, said: Iterable[Correction]
    ) -> None:
        wanted: dict[str, set[str]] = {}
        known = {form.id for form in catalogue.form_set.forms}
        for each in said:
            if each.place.form in known:
                wanted.setdefault(each.place.form, set()).add(each.place.record)
        self._own: OwnValues = own_values(catalogue, department)
        self._found = {
            form: catalogue.department_records(form, department, sorted(ids))
            for form, ids in wanted.items()
        }

    def values(self, place: Place) -> Values | None:
        """Return a record's values as said, None when it is gone."""
        record = self._found.get(place.form, {}).get(RecordId(place.record))
        if record is None:
            return None
        return as_said(record.values, self._own.get((place.form, place.record), {}))


def suggestions(catalogue: CatalogueStore, department: str) -> list[Query]:
    """Return what the next review says of corrections: those in force as suggestions, all earlier ones as closed.

    A contested one is left out until it is settled.
    """
    decisions = catalogue.decisions()
    standing = {each.decision.id: each for each in correction_standings(catalogue, department)}
    number = round_of(catalogue, department)
    found = []
    for decision in decisions:
        for place, said in corrections([decision]).items():
            if place.department != department or not said.value:
                continue
            now = standing.get(decision.id)
            if now is not None and now.state == "contested":
                continue
            found.append(
                Query(
                    id=decision.id[:32],
                    form=place.form,
                    record=place.record,
                    field=place.field,
                    value_sha256=said.replaces,
                    text=decision.reason,
                    suggestion="" if said.value == "null" else said.value,
                    must=False,
                    state="open" if now is not None and now.state == "active" else "closed",
                    round=number,
                )
            )
    return found


# -- deciding ----------------------------------------------------------------------------------------------------------


def correct(  # a place, a value, a reason, and who says so
    catalogue: CatalogueStore,
    department: str,
    form: str,
    record: str,
    field: str,
    value: Value | str | None,
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> Decision:
    """Put a value in the place of the department's, in the place of any earlier correction of the field.

    Args:
        value: A value, or a text that is read as a clerk's; None or an empty text empties the field.
        reason: What the department reads beside the suggestion.

    Raises:
        UserError: `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`; `QUERY_FIELD`, `RECORD_GONE`;
            `CORRECTION_CODE`, codes are assigned; `CORRECTION_VALUE`, no value of the field; `CORRECTION_SAME`, the
            department says so itself; `NOT_COORDINATOR`.
    """
    place = Place(department, form, record, field)
    asked, theirs, values = _present(catalogue, place)
    if field == catalogue.form_set.by_role("resource_code")[1].id and asked.owner == "centre":
        raise UserError("CORRECTION_CODE")
    words = remark(catalogue, reason, clock=clock)
    wanted = _legal(catalogue, asked, value, values)
    text = value_json(wanted, asked)
    if text == value_json(theirs, asked):
        raise UserError("CORRECTION_SAME")
    if len(text) > MAXIMUM_VALUE:
        raise UserError("CORRECTION_VALUE", value=text[:40])
    if asked.type == "longtext" and isinstance(wanted, str):
        remark(catalogue, wanted, clock=clock, optional=True)
    choice = correcting(value_hash(theirs, asked), text)
    return _override(catalogue, place, choice, words, actor=actor, clock=clock)


def take_theirs(
    catalogue: CatalogueStore, place: Place, reason: str, *, actor: str, clock: Clock
) -> Decision:
    """Let the department's value stand; what was corrected before no longer applies.

    Raises:
        UserError: `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`; `CORRECTION_NONE`, nothing was corrected
            there; `NOT_COORDINATOR`.
    """
    said = _said(catalogue, place)
    words = remark(catalogue, reason, clock=clock)
    try:
        asked, theirs, _ = _present(catalogue, place)
        seen = value_hash(theirs, asked)
    except UserError:  # the record is gone: what it said last stands
        seen = said.replaces
    return _override(catalogue, place, leaving(seen), words, actor=actor, clock=clock)


def keep_ours(
    catalogue: CatalogueStore, place: Place, reason: str, *, actor: str, clock: Clock
) -> Decision:
    """Put the corrected value on what the department says now.

    Raises:
        UserError: As `correct`; `CORRECTION_NONE`.
    """
    said = _said(catalogue, place)
    if not said.value or said.contested:
        raise UserError("CORRECTION_NONE")
    asked, _, _ = _present(catalogue, place)
    value = value_of(said.value, asked)
    return correct(catalogue, *place, value, reason, actor=actor, clock=clock)


def ask_about(
    catalogue: CatalogueStore, place: Place, text: str, *, actor: str, clock: Clock
) -> Query:
    """Ask the department which value is right; ours, where there is one, goes along as a suggestion.

    The question stays open here until somebody decides.

    Raises:
        UserError: As `services.querying.raise_query`.
    """
    said = corrections(catalogue.decisions()).get(place)
    asked, theirs, _ = _present(catalogue, place)
    suggestion = None
    if said is not None and said.value and not said.contested:
        ours = value_of(said.value, asked)
        suggestion = ours if ours != theirs else None
    return raise_query(catalogue, *place, text, suggestion=suggestion, actor=actor, clock=clock)


def revoke(
    catalogue: CatalogueStore, decision_id: str, reason: str, *, actor: str, clock: Clock
) -> Decision:
    """Take a decision back: what it had taken the place of applies again.

    The decision stays in the ledger, and so does who took it back and why.

    Args:
        decision_id: Its id, or the beginning of it, at least 8 digits.

    Raises:
        UserError: `DECISION_UNKNOWN`, none or several begin so; `DECISION_SUPERSEDED`, another has taken its place;
            `REVOKE_CODE`, a code is for good; `REVOKE_KIND`, of this kind there is another way back;
            `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`, `NOT_COORDINATOR`.
    """
    decisions = catalogue.decisions()
    found = [d for d in decisions if len(decision_id) >= 8 and d.id.startswith(decision_id)]
    if len(found) != 1:
        raise UserError("DECISION_UNKNOWN", given=decision_id[:64])
    (old,) = found
    if any(old.id in d.supersedes for d in decisions):
        raise UserError("DECISION_SUPERSEDED")
    if old.kind == "code":
        raise UserError("REVOKE_CODE")
    if old.kind not in {"publish", "withdraw", "override"}:
        raise UserError("REVOKE_KIND")
    words = remark(catalogue, reason, clock=clock)
    if old.kind in {"publish", "withdraw"}:
        form, _field = catalogue.form_set.by_role("resource_code")
        instead = taking_back(old, decisions, form.id)
        if instead is None:
            raise UserError("REVOKE_KIND")
        return decide(
            catalogue, old.kind, *instead, words, actor=actor, clock=clock,
            supersedes=[old.id],
        )  # fmt: skip
    standing = [d for d in chain.standing(decisions) if d.subject == old.subject]
    before = {d.choice for d in standing if d.kind == old.kind and d.id != old.id}
    before = before or {d.choice for d in decisions if d.id in old.supersedes}
    said = next(iter(corrections([old]).values()), None)
    if said is None:
        raise UserError("REVOKE_KIND")
    choice = before.pop() if len(before) == 1 else leaving(said.replaces)
    return decide(
        catalogue, "override", old.subject, choice, words, actor=actor, clock=clock,
        supersedes=[old.id],
    )  # fmt: skip


def _override(
    catalogue: CatalogueStore, place: Place, choice: str, words: str, *, actor: str, clock: Clock
) -> Decision:
    """Decide about a field, in the place of all that stands about it."""
    before = [
        d.id
        for d in chain.standing(catalogue.decisions())
        if d.kind == "override" and d.subject == place.subject
    ]
    return decide(
        catalogue, "override", place.subject, choice, words, actor=actor, clock=clock,
        supersedes=before,
    )  # fmt: skip


def _said(catalogue: CatalogueStore, place: Place) -> Correction:
    said = corrections(catalogue.decisions()).get(place)
    if said is None:
        raise UserError("CORRECTION_NONE")
    return said


def _present(catalogue: CatalogueStore, place: Place) -> tuple[Field, Value | None, Values]:
    """Return a field, the department's own value of it, and of the whole record."""
    form = _form(catalogue, place)
    field = field_of(form, place.field)
    if field is None:
        raise UserError("QUERY_FIELD", form=place.form, field=place.field)
    found = catalogue.department_records(form.id, place.department, [place.record])
    record = found.get(RecordId(place.record))
    if record is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    own = own_values(catalogue, place.department).get((form.id, place.record), {})
    values = as_said(record.values, own)
    return field, values.get(field.id), values


def _form(catalogue: CatalogueStore, place: Place) -> Form:
    for form in catalogue.form_set.forms:
        if form.id == place.form:
            return form
    raise UserError("QUERY_FIELD", form=place.form, field=place.field)


def _legal(
    catalogue: CatalogueStore, field: Field, value: Value | str | None, values: Values
) -> Value | None:
    if isinstance(value, str):
        if not value.strip():
            return None
        context = context_for(catalogue)
        value = parse_value(value, field, context.beside(values)).value
    if isinstance(value, Unfit):
        raise UserError("CORRECTION_VALUE", value=value.text[:40])
    return value
