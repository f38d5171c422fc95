"""Write a department's Excel template: what a clerk who only knows Excel fills in and hands back (lessons C2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.dates import is_day
from census_app.domain.records import Record, RecordId, Unfit, Unknown, Value
from census_app.errors import UserError
from census_app.formats import own_marks
from census_app.formats.cells import DateText, NumberText
from census_app.formats.own_sheets import offered_fields
from census_app.formats.sheet_book import has_controls
from census_app.formats.template_book import (
    FormRows,
    TemplateBook,
    TemplateFacts,
    TemplateRow,
    template_bytes,
)
from census_app.formats.template_layout import SPARE_ROWS
from census_app.formspec.model import Field, Form
from census_app.formspec.titles import title_of
from census_app.formspec.types import Context, format_value
from census_app.services.book_origins import round_of
from census_app.services.lookup import context_for
from census_app.services.national_sheet import national_heads, national_title
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.settings.files import atomic_write

SUFFIX: Final = ".xlsx"
_NUMBERS: Final = frozenset({"integer", "decimal", "money"})


@dataclass(frozen=True, slots=True)
class TemplateWritten:
    """A template that was written.

    Attributes:
        sheets: Forms that have a sheet.
        records: Records in them.
        controls: Values in which a sign no workbook can hold was replaced.
    """

    path: Path
    sheets: int
    records: int
    controls: int


def write_template(
    store: WorkspaceStore,
    path: Path,
    *,
    language: str,
    empty: bool = False,
    spare: int = SPARE_ROWS,
    progress: Progress | None = None,
) -> TemplateWritten:
    """Write the template of a workspace's form set.

    Args:
        language: Of headers, lists and explanations.
        empty: Without the records there are.
        spare: Empty rows below the records that already say their state; more can be filled in all the same.

    Raises:
        UserError: `TEMPLATE_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; nothing is written.
    """
    if path.suffix.lower() != SUFFIX:
        raise UserError("TEMPLATE_SUFFIX", path=str(path))
    progress = progress or Progress()
    context = context_for(store, language)
    facts = store.facts()
    rows = _Rows(store, context)
    forms = context.form_set.forms
    tables = []
    for number, form in enumerate(forms):
        progress.step(number, len(forms), form.label.get(language))
        tables.append(FormRows(form, [] if empty else list(rows.of(form))))
    book = TemplateBook(
        context,
        TemplateFacts(facts.department_code, facts.department_name, round_of(facts), spare=spare),
        tables,
    )
    title = wording.text("TEMPLATE_TITLE", language, department=facts.department_name)
    data = template_bytes(book, title, (national_title(), national_heads()))
    progress.step(len(forms), len(forms), path.name)
    atomic_write(path, data)
    return TemplateWritten(path, len(tables), sum(len(t.rows) for t in tables), rows.controls)


class _Rows:
    """Records as rows of a sheet."""

    def __init__(self, store: WorkspaceStore, context: Context) -> None:
        self._store = store
        self._context = context
        self._titles: dict[RecordId, str] = {}
        self.controls = 0

    def of(self, form: Form) -> Iterator[TemplateRow]:
        """Yield the rows of a form; a child stands with its siblings, these in the order of their owners."""
        fields = offered_fields(form)
        records = self._store.stream_records(form.id)
        if form.parent:
            order = {record: n for n, record in enumerate(self._titles)}
            records = iter(
                sorted(records, key=lambda r: (order.get(r.parent or RecordId(""), 0), r.position))
            )
        for record in records:
            self._titles[record.id] = title_of(form, record.values)
            yield self._row(record, fields, form)

    def _row(self, record: Record, fields: tuple[Field, ...], form: Form) -> TemplateRow:
        cells: dict[str, str] = {}
        for field in fields:
            value = record.values.get(field.id)
            if value is not None:
                cells[field.id] = text = sheet_value(value, field, self._context)
                self.controls += has_controls(text)
        if form.parent and record.parent is not None:
            cells[own_marks.OWNER] = self._titles.get(record.parent, "")
        return TemplateRow(record.id, record.parent or "", cells)


def sheet_value(value: Value, field: Field, context: Context) -> str:
    """Return a value as a cell has it: numbers and days as such, everything else as the text that is shown."""
    text = format_value(value, field, context)
    if isinstance(value, (Unfit, Unknown)):
        return text
    if field.type in _NUMBERS:
        return NumberText(text)
    return DateText(text) if field.type == "date" and is_day(text) else text
