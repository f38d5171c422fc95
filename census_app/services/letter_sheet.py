"""The review letter on paper: what the coordinator asks a department, in words its head reads (lessons K8).

It says what the next review would: the questions that wait for the department, and the centre's corrections as
suggestions. What the department has answered already is counted, not listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.holdings import PackageFacts
from census_app.domain.records import Value
from census_app.domain.review import Query
from census_app.domain.training import is_training
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.formspec.lines import value_json
from census_app.formspec.model import Field, FormSet
from census_app.formspec.types import Context
from census_app.reports.content import (
    Blank,
    Column,
    Head,
    Language,
    LetterContent,
    Printed,
    Table,
)
from census_app.reports.content import Value as PrintedValue
from census_app.reports.letter import build_letter
from census_app.services.correcting import correction_standings
from census_app.services.letterhead import PrintWords, moment
from census_app.services.lookup import RecordNames, context_for, department_names
from census_app.services.own_values import value_of
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.printed_records import shown
from census_app.services.querying import QueryStanding, field_of, queries_of
from census_app.services.reviewing import newest_merged

_INDENT: Final = "\u3000\u3000"
"""A Chinese paragraph begins two characters to the right."""
_SHOWN: Final = 60
"""Characters of a present answer that the list shows."""
_PROPOSED: Final = 5
"""Column of the suggestions, which is left out where there is none."""
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the letter tells it."""

    query: Query
    title: str
    present: Value | None
    created: str


def print_letter(
    store: CatalogueStore, department: str, language: Language, *, clock: Clock
) -> Printed:
    """Return the letter to a department.

    Raises:
        UserError: `REPORT_WHICH_DEPARTMENT`, none was named; `DEPARTMENT_UNKNOWN`; `REVIEW_NO_PACKAGE`, nothing of it
            was merged; `REPORT_NOTHING_ASKED`, nothing waits for it.
    """
    return build_letter(letter_content(store, department, language, clock=clock), language)


def letter_content(
    store: CatalogueStore, department: str, language: Language, *, clock: Clock
) -> LetterContent:
    """Return what stands in it; see `print_letter`."""
    if not department:
        raise UserError("REPORT_WHICH_DEPARTMENT")
    if department not in store.department_codes():
        raise UserError("DEPARTMENT_UNKNOWN", department=department)
    newest = newest_merged(store, department)
    if newest is None:
        raise UserError("REVIEW_NO_PACKAGE", department=department)
    standings = queries_of(store, department, clock=clock)
    asked = _asked(store, department, standings_open(standings))
    if not asked:
        name = department_names(store).get(department, department)
        raise UserError("REPORT_NOTHING_ASKED", department=name)
    words = PrintWords(language)
    answered = sum(each.state == "answered" for each in standings)
    head = _head(store, department, newest, asked, words)
    context = context_for(store, language, RecordNames(store))
    return LetterContent(
        head=head,
        salutation=words("PRINT_LETTER_TO", name=head.department),
        paragraphs=_paragraphs(store, newest, asked, answered, words),
        overview=_overview(asked, context, words),
        queries=_list(asked, context, words),
        annex=_indented(words, "PRINT_LETTER_ANNEX", count=len(asked)),
        closing=_closing(store.form_set, head.as_of[:10], words),
        signers=(
            words("PRINT_LETTER_HEAD"),
            words("PRINT_LETTER_OFFICE"),
            words("PRINT_LETTER_DONE"),
        ),
        sender=head.issuer,
        date=_day(head.as_of[:10], words),
    )


def standings_open(standings: Iterable[QueryStanding]) -> list[QueryStanding]:
    """Return the questions that wait for the department."""
    return [each for each in standings if each.state == "open"]


def _asked(
    store: CatalogueStore, department: str, questions: Sequence[QueryStanding]
) -> list[_Asked]:
    """Return the questions and the corrections that are not taken over yet, by form and record."""
    made = {decision.id: decision.created for decision in store.decisions()}
    found = [
        _Asked(
            each.query,
            each.title,
            each.present,
            max((made.get(name, "") for name in each.decisions), default=""),
        )
        for each in questions
    ]
    for each in correction_standings(store, department):
        if each.state != "active" or each.answer is not None:
            continue
        field = field_of(store.form_set.form(each.place.form), each.place.field)
        suggestion = "" if each.ours is None or field is None else value_json(each.ours, field)
        query = Query(
            each.decision.id[:32], each.place.form, each.place.record, each.place.field, "",
            each.decision.reason, suggestion=suggestion, must=False,
        )  # fmt: skip
        found.append(_Asked(query, each.title, each.theirs, each.decision.created))
    order = {form.id: number for number, form in enumerate(store.form_set.forms)}
    found.sort(
        key=lambda a: (
            order.get(a.query.form, -1),
            a.title,
            a.query.record,
            a.query.field,
            a.query.id,
        )
    )
    return found


def _head(
    store: CatalogueStore,
    department: str,
    newest: PackageFacts,
    asked: Sequence[_Asked],
    words: PrintWords,
) -> Head:
    facts = store.facts()
    stamps = [newest.received_at, *(each.created for each in asked if each.created)]
    at = max(stamps, key=dt.datetime.fromisoformat)
    return Head(
        title=words("PRINT_LETTER_TITLE"),
        issuer=facts.coordinator_name or store.form_set.campaign.coordinator.get(words.language),
        department=department_names(store).get(department, department),
        code=department,
        period=words("PRINT_PERIOD", round=store.form_set.campaign.round),
        as_of=moment(at),
        digest=newest.identity,
        training=is_training(facts.census_id),
        moment=dt.datetime.fromisoformat(at),
    )


def _paragraphs(
    store: CatalogueStore,
    newest: PackageFacts,
    asked: Sequence[_Asked],
    answered: int,
    words: PrintWords,
) -> tuple[str, ...]:
    said = [
        _indented(
            words,
            "PRINT_LETTER_RECEIVED",
            number=newest.sequence,
            day=_day(moment(newest.received_at)[:10], words),
            digest=short_groups(newest.identity, 4),
        )
    ]
    returned = [d for d in store.decisions() if d.kind == "return" and d.subject == newest.identity]
    if returned:
        reason = max(returned, key=lambda d: d.created).reason
        said.append(_indented(words, "PRINT_LETTER_RETURNED", reason=reason or "—"))
    records = len({(a.query.form, a.query.record) for a in asked if a.query.record})
    must = sum(each.query.must for each in asked)
    text = words("PRINT_LETTER_ASKED", count=len(asked), records=records, must=must)
    if answered:
        gap = " " if words.language == "en" else ""
        text += gap + words("PRINT_LETTER_ANSWERED", count=answered)
    said.append(_lead(words) + text)
    return tuple(said)


def _closing(form_set: FormSet, today: str, words: PrintWords) -> tuple[str, ...]:
    text = words("PRINT_LETTER_HOW")
    due = next(
        (
            m.due
            for m in sorted(form_set.campaign.milestones, key=lambda m: m.due)
            if m.step and m.due >= today
        ),
        "",
    )
    if due:
        gap = " " if words.language == "en" else ""
        text += gap + words("PRINT_LETTER_DUE", day=_day(due, words))
    return (_lead(words) + text,)


def _overview(asked: Iterable[_Asked], context: Context, words: PrintWords) -> Table:
    counts: dict[tuple[str, str], list[int]] = {}
    for each in asked:
        tally = counts.setdefault(_about(each.query, context, words), [0, 0])
        tally[0] += 1
        tally[1] += each.query.must
    heads = ("PRINT_SUMMARY_FORM", "PRINT_RECORD_FIELD", "PRINT_LETTER_COUNT", "PRINT_LETTER_MUST")
    columns = tuple(Column(words(h), numeric=n > 1, key=n == 0) for n, h in enumerate(heads))
    rows = tuple(
        (*about, wording.grouped(count), wording.grouped(must))
        for about, (count, must) in counts.items()
    )
    return Table(columns, rows, title=words("PRINT_LETTER_OVERVIEW"))


def _about(query: Query, context: Context, words: PrintWords) -> tuple[str, str]:
    """Return what a question is about: the kind of record, and the field or all of it."""
    form = next((f for f in context.form_set.forms if f.id == query.form), None)
    if form is None:
        return words("PRINT_LETTER_DEPARTMENT"), "—"
    field = field_of(form, query.field) if query.field else None
    label = words("PRINT_LETTER_RECORD") if field is None else field.label.get(context.language)
    return form.label.get(context.language), label


def _list(asked: Sequence[_Asked], context: Context, words: PrintWords) -> Table:
    heads = [
        "PRINT_NUMBER", "PRINT_LETTER_NAME", "PRINT_RECORD_FIELD", "PRINT_LETTER_PRESENT", "PRINT_LETTER_TEXT",
        "PRINT_LETTER_PROPOSED", "PRINT_LETTER_ANSWER",
    ]  # fmt: skip
    columns = [Column(words(h), numeric=n == 0, key=n == 1) for n, h in enumerate(heads)]
    rows = [(str(number), *_line(each, context, words)) for number, each in enumerate(asked, 1)]
    if not any(each.query.suggestion for each in asked):
        del columns[_PROPOSED]
        rows = [(*row[:_PROPOSED], *row[_PROPOSED + 1 :]) for row in rows]
    return Table(tuple(columns), tuple(rows), title=words("PRINT_LETTER_LIST"))


def _line(each: _Asked, context: Context, words: PrintWords) -> tuple[PrintedValue, ...]:
    query = each.query
    form = next((f for f in context.form_set.forms if f.id == query.form), None)
    field = field_of(form, query.field) if form is not None and query.field else None
    of_form, label = _about(query, context, words)
    name = f"{each.title or words('PRINT_UNNAMED')}\n{of_form}" if query.record else of_form
    present = Blank.EMPTY if field is None else shown(each.present, field, context)
    return (
        name,
        label,
        _short(present),
        query.text,
        _proposed(query, field, context),
        words("PRINT_YES" if query.must else "PRINT_NO"),
    )


def _short(value: PrintedValue) -> PrintedValue:
    """Return the beginning of a long answer: it only says which one is meant, and stands whole in the file."""
    if isinstance(value, Blank) or len(value) <= _SHOWN:
        return value
    return value[:_SHOWN].rstrip() + "…"


def _proposed(query: Query, field: Field | None, context: Context) -> PrintedValue:
    if field is None or not query.suggestion:
        return Blank.EMPTY
    return shown(value_of(query.suggestion, field), field, context)


def _day(day: str, words: PrintWords) -> str:
    """Return a day as a letter writes it."""
    date = dt.date.fromisoformat(day)
    month = _MONTHS[date.month - 1] if words.language == "en" else str(date.month)
    return words("PRINT_DAY_LONG", year=date.year, month=month, day=date.day)


def _lead(words: PrintWords) -> str:
    return _INDENT if words.language == "zh" else ""


def _indented(words: PrintWords, code: str, **params: object) -> str:
    return _lead(words) + words(code, **params)
