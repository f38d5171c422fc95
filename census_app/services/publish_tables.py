"""The whole of a catalogue or a department's file as tables: a workbook with a sheet for each form, or a folder of CSV.

Heads are the labels of the fields and coded answers their labels; with ids, heads are field ids and answers are codes,
for other programs. Code lists have a table of their own in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain import decimals
from census_app.domain.records import Record, Unfit, Value
from census_app.errors import UserError
from census_app.formats.book_parts import BookSheet, Cell, book_bytes, cell_of_day
from census_app.formats.table_files import csv_parts
from census_app.formspec.model import Field, Form
from census_app.formspec.titles import title_of
from census_app.formspec.types import Context, format_value, value_to_json
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.publish_source import Origin, PublishSource, Steps, publish_source
from census_app.settings.file_sets import written_together
from census_app.settings.files import atomic_write, safe_file_name

_WIDE, _NARROW, _CODE, _ID = 40, 18, 24, 36
_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_LEAD: Final = ("department", "department_code", "unit_code")
_ORIGIN: Final = ("package", "round")
_FIRST_WIDTHS: Final = {
    "owner": _WIDE,
    "department": _WIDE,
    "package": _CODE,
    "department_code": _CODE,
    "unit_code": _CODE,
}


@dataclass(frozen=True, slots=True)
class TablesWritten:
    """What was written: records by form."""

    path: Path
    records: Mapping[str, int]


def write_book(
    store: WorkspaceStore | CatalogueStore,
    path: Path,
    language: str,
    *,
    department: str = "",
    ids: bool = False,
    progress: Progress | None = None,
) -> TablesWritten:
    """Write one workbook: about the whole, a sheet for each form, the code lists.

    Args:
        department: Of a catalogue only this one's records.
        ids: Heads are ids and answers are codes.

    Raises:
        UserError: `BOOK_SUFFIX`; `DEPARTMENT_UNKNOWN`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UserError("BOOK_SUFFIX", name=path.name)
    with publish_source(store, language, department) as source:
        tables = _Tables(source, progress, ids=ids)
        atomic_write(path, book_bytes(tables.sheets()))
        return TablesWritten(path, tables.written)


def write_csv_folder(
    store: WorkspaceStore | CatalogueStore,
    folder: Path,
    language: str,
    *,
    department: str = "",
    ids: bool = False,
    progress: Progress | None = None,
) -> TablesWritten:
    """Write a folder with one CSV for each form and one for the code lists, UTF-8 with BOM.

    Arguments and errors are those of `write_book`, but `ids` names the files as well, and a folder that is in use is
    refused (`FOLDER_IN_USE`) where the book minds its suffix.
    """
    with publish_source(store, language, department) as source:
        tables = _Tables(source, progress, ids=ids)
        with written_together(folder) as staging:
            for name, sheet in zip(tables.names(), tables.sheets(), strict=True):
                rows: Iterable[Sequence[Cell]] = (
                    row for part in (sheet.heads, sheet.rows) for row in part
                )
                parts = csv_parts([_plain(cell) for cell in row] for row in rows)
                atomic_write(staging / f"{safe_file_name(name)}.csv", parts)
        return TablesWritten(folder, tables.written)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return decimals.spell(cell) if isinstance(cell, Decimal) else str(cell)


class _Tables:
    """All tables of one export.

    Attributes:
        written: Records by form, as far as their tables were read.
    """

    def __init__(self, source: PublishSource, progress: Progress | None, *, ids: bool) -> None:
        self._source, self._ids = source, ids
        self._context = source.context
        self._language = source.context.language
        self._forms = source.context.form_set.forms
        self._steps = Steps(progress, source.total())
        self.written: dict[str, int] = {}

    def names(self) -> Iterator[str]:
        """Yield what the tables are called, in the order of `sheets`."""
        yield "about" if self._ids else self._word("PUBLISH_ABOUT")
        for form in self._forms:
            yield form.id if self._ids else self._label(form)
        yield "choices" if self._ids else self._word("PUBLISH_CHOICES")

    def sheets(self) -> Iterator[BookSheet]:
        """Yield the tables; the rows of each are to be read before the next is asked for."""
        names = self.names()
        yield BookSheet(next(names), (), self._about(), (_CODE, 2 * _WIDE))
        for form in self._forms:
            yield self._of_form(form, next(names))
        heads = ["list", "code", "zh", "en", "parent"]
        if not self._ids:
            heads = [self._word(f"PUBLISH_CHOICE_{each.upper()}") for each in heads]
        yield BookSheet(
            next(names), [heads], self._choices(), (_WIDE, _NARROW, _WIDE, _WIDE, _NARROW)
        )

    def _about(self) -> Iterator[Sequence[Cell]]:
        facts = self._source.facts
        for code, value in (
            ("NAME", facts.name), ("BODY", facts.body), ("CENSUS", facts.census_id),
            ("FORMS", facts.form_version), ("DIGEST", facts.digest),
        ):  # fmt: skip
            if value:
                yield self._word(f"PUBLISH_ABOUT_{code}"), value
        for form in self._forms:
            yield self._label(form), self._source.total((form,))

    def _choices(self) -> Iterator[Sequence[Cell]]:
        form_set = self._context.form_set
        used = {f.choices for form in self._forms for f in form.stored_fields if f.choices}
        for name in sorted(used):
            entries = form_set.choice_lists[name]
            shown = name if self._ids else entries.label.get(self._language)
            for choice in entries.choices:
                yield shown, choice.code, choice.zh, choice.en, choice.parent

    def _of_form(self, form: Form, title: str) -> BookSheet:
        columns = _Columns(form, self._source, ids=self._ids)
        return BookSheet(title, [columns.heads()], self._rows(form, columns), columns.widths())

    def _rows(self, form: Form, columns: _Columns) -> Iterator[Sequence[Cell]]:
        self.written[form.id] = 0
        for department, name in self._source.departments.items():
            origins = self._source.origins(form, department)
            owners = self._owners(form, department)
            for record in self._source.records(form, department):
                self._steps.one()
                self.written[form.id] += 1
                yield columns.row(record, department, name, origins.get(record.id), owners)

    def _owners(self, form: Form, department: str) -> Mapping[str, str]:
        """Return id → name of the records that the department's children belong to."""
        if not form.parent:
            return {}
        above = self._context.form_set.form(form.parent)
        return {r.id: title_of(above, r.values) for r in self._source.records(above, department)}

    def _label(self, form: Form) -> str:
        return (form.plural or form.label).get(self._language)

    def _word(self, code: str) -> str:
        return wording.text(code, self._language)


class _Columns:
    """The columns of one form: where a record is from, its answers, its id."""

    def __init__(self, form: Form, source: PublishSource, *, ids: bool) -> None:
        self._form, self._source, self._ids = form, source, ids
        self._context = source.context
        self._has_state = source.facts.catalogue and any(
            f.role == "resource_code" for f in form.stored_fields
        )
        self._first = [*_LEAD]
        if source.facts.catalogue:
            self._first += _ORIGIN
        if self._has_state:
            self._first.append("state")
        if form.parent:
            self._first.append("owner")
        self._last = ["id", "parent_id"] if form.parent else ["id"]

    def heads(self) -> list[str]:
        """Return the names of the columns."""
        fields = self._form.stored_fields
        if self._ids:
            return [*self._first, *(f.id for f in fields), *self._last]
        language = self._context.language
        named = {
            each: wording.text(f"PUBLISH_COLUMN_{each.upper()}", language)
            for each in (*self._first, *self._last)
        }
        if self._form.parent:
            named["owner"] = self._context.form_set.form(self._form.parent).label.get(language)
        labels = [_headed(f, language) for f in fields]
        return [*(named[c] for c in self._first), *labels, *(named[c] for c in self._last)]

    def widths(self) -> list[int]:
        """Return the widths of the columns in characters."""
        title = self._form.title
        fields = [
            _WIDE if f.type == "longtext" or f.id == title else _NARROW
            for f in self._form.stored_fields
        ]
        first = [_FIRST_WIDTHS.get(each, _NARROW) for each in self._first]
        return [*first, *fields, *[_ID] * len(self._last)]

    def row(
        self,
        record: Record,
        department: str,
        name: str,
        origin: Origin | None,
        owners: Mapping[str, str],
    ) -> list[Cell]:
        """Return a record's cells."""
        first: list[Cell] = [name, department, record.unit or department]
        if self._source.facts.catalogue:
            first += [origin.package, origin.round] if origin is not None else [None, None]
        if self._has_state:
            first.append(self._state(department, record))
        if self._form.parent:
            first.append(owners.get(record.parent or "", ""))
        context = self._context.beside(record.values)
        values = record.values
        cells = [
            _cell(values.get(f.id), f, context, ids=self._ids) for f in self._form.stored_fields
        ]
        last: list[Cell] = [record.id]
        if self._form.parent:
            last.append(record.parent)
        return [*first, *cells, *last]

    def _state(self, department: str, record: Record) -> str:
        state = self._source.state(self._form, department, record.id)
        if state is None or self._ids:
            return state or ""
        return wording.text(f"RECORD_STATE_{state}", self._context.language)


def _headed(field: Field, language: str) -> str:
    """Return a field's label with its unit, which stands in no cell."""
    label = field.label.get(language)
    if field.unit is None:
        return label
    brackets = "{} ({})" if language == "en" else "{}（{}）"
    return brackets.format(label, field.unit.get(language))


def _cell(value: Value | None, field: Field, context: Context, *, ids: bool) -> Cell:
    if value is None:
        return None
    if field.type in _NUMBERS and isinstance(value, (int, Decimal)):
        return value
    if field.type == "date" and isinstance(value, str):
        return cell_of_day(value)
    if isinstance(value, Unfit) or not ids:
        return format_value(value, field, context)
    raw = value_to_json(value, field)
    if isinstance(raw, list):
        return "|".join(raw)
    return int(raw) if isinstance(raw, bool) else raw
