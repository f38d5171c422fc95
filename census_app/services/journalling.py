"""Tell the journal in words: who, when, which record and field, from what to what, by what, why; write it to a file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.changes import Origin, UndoState
from census_app.domain.history import HistoryQuery, HistoryRow
from census_app.domain.records import Unfit, Value
from census_app.errors import UserError
from census_app.formats.table_files import write_table
from census_app.formspec.model import Field, FormSet, Text
from census_app.formspec.types import Context, format_value, value_from_json
from census_app.services.naming import Named, records_of, removed_of, the_record
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress

PAGE: Final = 500

COLUMNS: Final = (
    "step", "at", "actor", "origin", "sentence", "form", "owner", "record", "what", "before", "after", "reason",
    "undone", "record_id", "field_id",
)  # fmt: skip
"""Columns of an exported journal; their heads are `JOURNAL_<NAME>`."""

_NAMES: Final = frozenset({"form", "field", "section"})
"""Placeholders of a step's sentence that hold names of the form set."""

_WIDTHS: Final = (7, 20, 12, 10, 34, 14, 24, 30, 24, 40, 40, 30, 8, 36, 20)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of the journal in the words of one language.

    Attributes:
        origin: By what the change came in.
        sentence: What the whole step was.
        what: The field's label, or what became of the record.
        before: The former value as text; empty when there was none.
        after: The new value as text.
    """

    row: HistoryRow
    origin: str
    sentence: str
    form: str
    what: str
    before: str
    after: str


def tell(row: HistoryRow, context: Context) -> HistoryLine:
    """Return a line of the journal in the context's language; what no longer fits is told as it stands."""
    language = context.language
    form = next((f for f in context.form_set.forms if f.id == row.form), None)
    field = next((f for f in form.field if f.id == row.field), None) if form is not None else None
    before, after = (_text(raw, row, field, context) for raw in (row.old, row.new))
    return HistoryLine(
        row=row,
        origin=wording.text(f"ORIGIN_{row.origin.name}", language),
        sentence=tell_step(row.sentence, row.params, context.form_set, language),
        form=form.label.get(language) if form is not None else row.form,
        what=_what(row, field, context),
        before=before,
        after=after,
    )


def telling(line: HistoryLine) -> bool:
    """Say whether the sentence of the step adds anything to its line: an import, a paste, one answer for many."""
    return line.row.origin is not Origin.TYPED and line.row.kind != "step"


def tell_step(sentence: str, params: Mapping[str, str], form_set: FormSet, language: str) -> str:
    """Return the sentence of a step; one that a newer program wrote is told by its code.

    The journal keeps the names of forms, sections and fields in Chinese, as they were when the step was done; another
    language gets today's, where there is one of that name.
    """
    if sentence not in wording.catalogue():
        return sentence
    told = dict(params)
    if language != "zh":
        told |= {k: _named(params[k], form_set, language) for k in _NAMES & params.keys()}
    return wording.text(sentence, language, **told)


def _named(names: str, form_set: FormSet, language: str) -> str:
    """Return the names of forms, sections or fields, as the journal joins them, in another language."""

    def told(name: str) -> str:
        known: Iterator[Text] = (
            label
            for form in form_set.forms
            for label in itertools.chain(
                filter(None, (form.label, form.plural)),
                (each.label for each in form.section),
                (each.label for each in form.field),
            )
        )
        return next((label.get(language) for label in known if label.zh == name), name)

    return ", ".join(map(told, names.split("、")))


def search(query: HistoryQuery, form_set: FormSet) -> HistoryQuery:
    """Return the query with the codes whose labels hold its text, so that "每日" finds the code `daily`."""
    text = query.text.casefold()
    if not text:
        return query
    matching: dict[str, tuple[str, ...]] = {}
    for choices in form_set.choice_lists.values():
        codes = [
            c.code for c in choices.choices if text in c.zh.casefold() or text in c.en.casefold()
        ]
        if codes:
            matching[choices.id] = tuple(json.dumps(c, ensure_ascii=False) for c in codes[:200])
    found = {
        (form.id, field.id): matching[field.choices]
        for form in form_set.forms
        for field in form.field
        if field.choices in matching and field.type == "code"
    }
    return dataclasses.replace(query, codes=found)


def day_bounds(first: dt.date | None, last: dt.date | None) -> tuple[str, str]:
    """Return the UTC stamps between which the days from `first` to `last` lie where the program runs."""

    def stamp_of(day: dt.date) -> str:
        local = dt.datetime.combine(day, dt.time()).astimezone()
        return local.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    since = stamp_of(first) if first is not None else ""
    until = stamp_of(last + dt.timedelta(days=1)) if last is not None else ""
    return since, until


def value_before(row: HistoryRow, form_set: FormSet) -> Value | None:
    """Return the value a field had before a change, to bring it back.

    Raises:
        UserError: `RESTORE_FIELD`, the line is not about a field that is still asked.
    """
    field = next((f for f in form_set.form(row.form).field if f.id == row.field), None)
    if row.kind != "field" or field is None or field not in form_set.form(row.form).stored_fields:
        raise UserError("RESTORE_FIELD")
    return value_from_journal(row.old, field)


def value_from_journal(text: str, field: Field) -> Value | None:
    """Return a value as the journal keeps it, in JSON; one that today's field does not admit stands as its text."""
    if not text:
        return None
    raw = json.loads(text)
    if isinstance(raw, dict):
        return Unfit(str(raw.get("unfit", "")))
    try:
        return value_from_json(raw, field)
    except (ValueError, TypeError):  # of a list that has other codes today, or of another type
        return Unfit(raw if isinstance(raw, str) else text)


def find_record(store: WorkspaceStore, given: str) -> Named:
    """Return the record that is meant, deleted ones included.

    Raises:
        UserError: `RECORD_UNKNOWN`, `RECORD_SEVERAL`.
    """
    forms = store.form_set.forms
    return the_record([*records_of(store, forms), *removed_of(store, forms)], given)


def undo_sentences(state: UndoState, form_set: FormSet, language: str) -> tuple[str, str]:
    """Return what an undo and a redo would do, in words; empty when there is nothing."""
    undo, redo = (
        tell_step(each[0], each[1], form_set, language) if each is not None else ""
        for each in (state.undo, state.redo)
    )
    return undo, redo


@dataclass(frozen=True, slots=True)
class JournalWritten:
    """What an exported journal holds: lines of the journal and rows of the table (a new record has one per answer)."""

    path: Path
    lines: int
    rows: int


def export_journal(
    store: WorkspaceStore,
    path: Path,
    context: Context,
    query: HistoryQuery | None = None,
    progress: Progress | None = None,
) -> JournalWritten:
    """Write the journal, oldest line first, as CSV with BOM or as a workbook, by the suffix of the path.

    Raises:
        UserError: `JOURNAL_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise UserError("JOURNAL_SUFFIX", name=path.name)
    progress = progress or Progress()
    keys = list(reversed(store.history_keys(query or HistoryQuery())))
    head = [wording.text(f"JOURNAL_{name.upper()}", context.language) for name in COLUMNS]
    counted = 0

    def rows() -> Iterator[Sequence[str]]:
        nonlocal counted
        for start in range(0, len(keys), PAGE):
            progress.step(start, len(keys))
            for row in store.history_rows(keys[start : start + PAGE]):
                for told in _table_rows(row, context):
                    counted += 1
                    yield told

    title = wording.text("JOURNAL_SHEET", context.language)
    write_table(path, title, head, rows(), _WIDTHS)
    return JournalWritten(path, len(keys), counted)


def _table_rows(row: HistoryRow, context: Context) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a line: a record that came or went also shows each of its answers."""
    told = tell(row, context)
    yield _table_row(told, context.language)
    if row.kind != "record":
        return
    form = next((f for f in context.form_set.forms if f.id == row.form), None)
    raw = row.new or row.old
    values = json.loads(raw)["values"] if raw else {}
    for name, value in values.items():
        field = next((f for f in form.field if f.id == name), None) if form is not None else None
        text = _value_text(value, field, context)
        part = dataclasses.replace(row, field=name)
        line = dataclasses.replace(
            told,
            row=part,
            what=field.label.get(context.language) if field is not None else name,
            before="" if row.new else text,
            after=text if row.new else "",
        )
        yield _table_row(line, context.language)


def _table_row(line: HistoryLine, language: str) -> tuple[str, ...]:
    row = line.row
    local = dt.datetime.fromisoformat(row.at).astimezone()
    undone = wording.text("JOURNAL_YES", language) if row.undone else ""
    return (
        str(row.step), local.strftime("%Y-%m-%d %H:%M:%S"), row.actor, line.origin, line.sentence, line.form,
        row.owner_title, row.title, line.what, line.before, line.after, row.reason, undone, row.record, row.field,
    )  # fmt: skip


def _what(row: HistoryRow, field: Field | None, context: Context) -> str:
    language = context.language
    if row.kind == "step":
        return tell_step(row.sentence, row.params, context.form_set, language)
    if row.kind == "explanation":
        rule = json.loads(row.new or row.old or "{}").get("rule", "")
        return wording.text("HISTORY_EXPLAINED", language, rule=rule)
    if row.field:
        return field.label.get(language) if field is not None else row.field
    if row.kind == "place":
        return wording.text("HISTORY_MOVED", language)
    code = {"+": "HISTORY_ADDED", "-": "HISTORY_REMOVED"}.get(row.sign, "HISTORY_CHANGED")
    return wording.text(code, language)


def _text(raw: str, row: HistoryRow, field: Field | None, context: Context) -> str:
    """Return the value of a line as text; whole records and places say nothing."""
    if not raw or row.kind in {"record", "place"}:
        return ""
    try:
        value = json.loads(raw)
    except ValueError:
        return raw
    if row.kind == "explanation":
        return str(value.get("reason", ""))
    return _value_text(value, field, context)


def _value_text(value: object, field: Field | None, context: Context) -> str:
    if isinstance(value, dict):
        return str(value.get("unfit", ""))
    if field is None:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        return format_value(value_from_json(value, field), field, context)
    except (ValueError, TypeError, KeyError):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
