"""The summary of what would be handed in on paper, in the words of its head: nothing here but wording."""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

from census_app.diagnostics import wording
from census_app.domain.holdings import ShareTally
from census_app.exchange.paper import short_groups
from census_app.formspec.model import FormSet
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context
from census_app.reports.content import Column, Pair, Printed, SummaryContent, Table
from census_app.reports.summary import build_summary
from census_app.services.letterhead import PrintWords, moment, workspace_head
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import WorkspaceStore
from census_app.services.summarising import HandInSummary

_DELTAS: Final = ("new", "changed", "removed")


def print_summary(store: WorkspaceStore, summary: HandInSummary, language: str) -> Printed:
    """Return the page or two that a head reads before signing."""
    shown: Literal["zh", "en"] = "en" if language == "en" else "zh"
    return build_summary(summary_content(store, summary, language), shown)


def summary_content(store: WorkspaceStore, summary: HandInSummary, language: str) -> SummaryContent:
    """Return what stands on those pages."""
    words = PrintWords(language)
    context = context_for(store, language, RecordNames(store))
    tables = (
        _forms(summary, context, words),
        _sharing(summary, context, words),
        _changes(summary, context, words),
        _unfinished(summary, context, words),
        _explained(summary, context, words),
        _queries(summary, words),
    )
    return SummaryContent(
        head=workspace_head(store, language, "PRINT_SUMMARY_TITLE"),
        facts=_facts(summary, words),
        counts=_counts(summary, context),
        notices=_notices(summary, words),
        tables=tuple(table for table in tables if table.rows),
        note=words("PRINT_SUMMARY_NOTE"),
    )


def _facts(summary: HandInSummary, words: PrintWords) -> tuple[Pair, ...]:
    pairs = [
        Pair(words("PRINT_SEQUENCE"), str(summary.number)),
        Pair(words("PRINT_SUMMARY_DIGEST"), short_groups(summary.approval.digest, 4)),
    ]
    if summary.last is not None:
        last = words("PRINT_SUMMARY_LAST", number=summary.last.sequence, at=moment(summary.last.at))
        pairs.append(Pair(words("PRINT_SUMMARY_BEFORE"), last))
    act = summary.approval.act
    if summary.approval.state == "approved" and act is not None:
        who = words("PRINT_APPROVED_BY", name=act.name, office=act.office)
        pairs.append(Pair(words("PRINT_APPROVED"), f"{who}  {moment(act.at)}"))
    return tuple(pairs)


def _counts(summary: HandInSummary, context: Context) -> tuple[Pair, ...]:
    large = sorted(summary.forms, key=lambda each: -each.total)[:4]
    order = {form.id: n for n, form in enumerate(context.form_set.forms)}
    large.sort(key=lambda each: order[each.form])
    return tuple(Pair(_plural(context, each.form), wording.grouped(each.total)) for each in large)


def _notices(summary: HandInSummary, words: PrintWords) -> tuple[str, ...]:
    told = []
    if summary.unfinished:
        told.append(words("PRINT_SUMMARY_UNFINISHED", count=len(summary.unfinished)))
    if summary.waiting:
        told.append(words("PRINT_SUMMARY_WAITING", count=len(summary.waiting)))
    if summary.conflicts:
        told.append(words("PRINT_SUMMARY_CONFLICTS", count=summary.conflicts))
    return tuple(told)


def _forms(summary: HandInSummary, context: Context, words: PrintWords) -> Table:
    columns = (
        Column(words("PRINT_SUMMARY_FORM"), key=True),
        Column(words("PRINT_SUMMARY_RECORDS"), numeric=True),
        Column(words("PRINT_SUMMARY_OF_THESE"), numeric=True),
    )
    rows = tuple(
        (
            _plural(context, f.form),
            wording.grouped(f.total),
            "—" if f.announced is None else wording.grouped(f.announced),
        )
        for f in summary.forms
    )
    return Table(columns, rows, title=words("PRINT_SUMMARY_COUNTS"))


def share_table(form_set: FormSet, tally: ShareTally | None, language: str) -> Table:
    """Return the resources of a package by sharing type, those only announced on a line of their own.

    Args:
        tally: None where it is not known any more; a sentence says so then.
    """
    words = PrintWords(language)
    _form, field = form_set.by_role("share_type")
    labels = {c.code: c.label(language) for c in form_set.choice_lists[field.choices].choices}
    columns = (
        Column(field.label.get(language), key=True),
        Column(words("PRINT_RESOURCES"), numeric=True),
    )
    title = words("PRINT_BY_SHARE_TYPE")
    if tally is None:
        return Table(columns, (), title=title, empty=words("PRINT_SHARE_UNKNOWN"))
    rows = [
        (labels.get(code) or words("PRINT_NOT_GIVEN"), wording.grouped(count))
        for code, count in tally.whole.items()
    ]
    if tally.announced:
        rows.append((words("PRINT_SHARE_ANNOUNCED"), wording.grouped(tally.announced)))
    return Table(columns, tuple(rows), title=title)


def _sharing(summary: HandInSummary, context: Context, words: PrintWords) -> Table:
    table = share_table(context.form_set, summary.sharing, words.language)
    some = summary.sharing.announced or any(summary.sharing.whole.values())
    return table if some else dataclasses.replace(table, rows=())


def _changes(summary: HandInSummary, context: Context, words: PrintWords) -> Table:
    columns = (
        Column(words("PRINT_SUMMARY_DELTA")),
        Column(words("PRINT_SUMMARY_FORM")),
        Column(words("PRINT_SUMMARY_NAME"), key=True),
        Column(words("PRINT_SUMMARY_FIELDS")),
    )
    joint = ", " if words.language == "en" else "、"
    rows = []
    for delta in _DELTAS:
        for each in (c for c in summary.changes if c.delta == delta):
            form = context.form_set.form(each.form)
            labels = joint.join(
                f.label.get(words.language) for f in form.stored_fields if f.id in each.fields
            )
            label = form.label.get(words.language)
            title = each.title or words("PRINT_UNNAMED")
            rows.append((words(f"PRINT_DELTA_{delta.upper()}"), label, title, labels))
    return Table(columns, tuple(rows), title=words("PRINT_SUMMARY_CHANGES"))


def _unfinished(summary: HandInSummary, context: Context, words: PrintWords) -> Table:
    columns = (
        Column(words("PRINT_SUMMARY_NAME"), key=True),
        Column(words("PRINT_SUMMARY_FORM")),
        Column(words("PRINT_SUMMARY_OPEN"), numeric=True),
    )
    rows = tuple(
        (
            each.title or words("PRINT_UNNAMED"),
            context.form_set.form(each.form).label.get(words.language),
            wording.grouped(each.errors),
        )
        for each in summary.unfinished
    )
    return Table(columns, rows, title=words("PRINT_SUMMARY_UNFINISHED_TITLE"))


def _explained(summary: HandInSummary, context: Context, words: PrintWords) -> Table:
    columns = (
        Column(words("PRINT_SUMMARY_NAME"), key=True),
        Column(words("PRINT_SUMMARY_WARNING")),
        Column(words("PRINT_SUMMARY_REASON")),
    )
    rows = tuple(
        (f.title or words("PRINT_UNNAMED"), sentence(f, context).what, f.explanation or "")
        for f in summary.explained
    )
    return Table(columns, rows, title=words("PRINT_SUMMARY_EXPLAINED"))


def _queries(summary: HandInSummary, words: PrintWords) -> Table:
    columns = (
        Column(words("PRINT_SUMMARY_NAME"), key=True),
        Column(words("PRINT_SUMMARY_QUERY")),
    )
    rows = tuple((item.title or "—", item.query.text) for item in summary.waiting)
    return Table(columns, rows, title=words("PRINT_SUMMARY_QUERIES"))


def _plural(context: Context, form_id: str) -> str:
    form = context.form_set.form(form_id)
    return (form.plural or form.label).get(context.language)
