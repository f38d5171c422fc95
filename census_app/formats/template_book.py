"""Put the sheets of a template together: help, one sheet for each form, the national layout, the lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from census_app.diagnostics import wording
from census_app.formats import own_marks
from census_app.formats.book_origin import BookOrigin
from census_app.formats.cells import DateText, NumberText, column_letters
from census_app.formats.headers import FieldRef, HeaderMap, normalise_header
from census_app.formats.sheet_book import (
    BookSheet,
    Row,
    Validation,
    book_bytes,
    date_serial,
    quoted_sheet,
    row_height,
    sheet_name,
)
from census_app.formats.template_help import help_sheet
from census_app.formats.template_layout import (
    CHECKED_ROWS,
    EXAMPLE_ROW,
    FIRST_ROW,
    HEADER_ROW,
    SPARE_ROWS,
    Column,
    FormSheet,
    Lists,
    columns_of,
)
from census_app.formspec.model import Choice, ChoiceList, Form
from census_app.formspec.types import Context

_TITLE_ROW: Final = 2
_NATIONAL_FIRST: Final = 3


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One record as it stands in a sheet.

    Attributes:
        cells: By the key of the column; `NumberText` and `DateText` become numbers and dates.
        marks: Key of the column → what is wrong with that cell.
        others: Cells of columns that people added, by their place.
    """

    record: str = ""
    owner: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormRows:
    """The records of one form.

    Attributes:
        columns: In another order than a new sheet has; empty for that one.
        name: Of the sheet; empty for the form's own name.
    """

    form: Form
    rows: Sequence[TemplateRow]
    columns: Sequence[Column] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """Whose template it is.

    Attributes:
        round: Census and round it is for, as the names of the workbook say it.
        example: Whether each sheet has an example above its records.
        spare: Empty rows below the records that already say their state.
    """

    department_code: str
    department_name: str
    round: str = ""
    example: bool = True
    spare: int = SPARE_ROWS


class TemplateBook:
    """The sheets of one workbook.

    Args:
        tables: The forms, in the order of their sheets.
        taken: Names that other sheets of the same workbook have.
    """

    def __init__(
        self,
        context: Context,
        facts: TemplateFacts,
        tables: Sequence[FormRows],
        taken: Sequence[str] = (),
    ) -> None:
        self._context = context
        self._language = context.language
        self._facts = facts
        self._form_set = context.form_set
        self.names = self._sheet_names(tables, taken)
        self._lists_name = sheet_name("_lists", (*taken, *self.names))
        self._choices = [
            choices
            for choices in self._form_set.choice_lists.values()
            if any(
                f.choices == choices.id and f.type == "code" for t in tables for f in t.form.field
            )
        ]
        lists = self._places_of_lists(tables)
        self.sheets = [
            FormSheet(
                table.form,
                self._owner(table.form),
                name,
                table.columns or columns_of(table.form, self._owner(table.form), self._language),
                context,
                lists,
                len(table.rows),
                facts.spare,
            )
            for table, name in zip(tables, self.names, strict=True)
        ]
        self._tables = tables
        self._lists = lists

    def form_sheets(self) -> list[BookSheet]:
        """Return the sheets of the forms, with their checks."""
        return [
            _form_sheet(sheet, table.rows, self._facts, self._context)
            for sheet, table in zip(self.sheets, self._tables, strict=True)
        ]

    def list_sheet(self) -> BookSheet:
        """Return the hidden sheet of the lists."""
        columns = [
            (choices.id, [_label(c, self._language) for c in _ordered(choices)])
            for choices in self._choices
        ]
        columns += [
            (f"{choices.id} <", [self._parent_label(choices, c) for c in _ordered(choices)])
            for choices in self._choices
            if choices.id in self._lists.parents
        ]
        height = max((len(entries) for _, entries in columns), default=0)
        rows = [Row([(own_marks.LISTS_MARK, "key"), *((name, "key") for name, _ in columns)])]
        rows += [
            Row([("", None), *((e[n], "cell") if n < len(e) else ("", None) for _, e in columns)])
            for n in range(height)
        ]
        return BookSheet(
            self._lists_name, rows, [0, *[20.0] * len(columns)], hidden=True, locked=True
        )

    def defined_names(self) -> dict[str, str]:
        """Return what the names of the workbook stand for: the version, the department, every list."""
        found = _origin(self._facts, self._context).names
        sheet = quoted_sheet(self._lists_name)
        for number, choices in enumerate(self._choices, 1):
            letters, last = column_letters(number), len(choices.choices) + 1
            found[self._lists.entries[choices.id]] = f"{sheet}!${letters}$2:${letters}${last}"
        number = len(self._choices) + 1
        for choices in self._choices:
            if choices.id in self._lists.parents:
                letters, last = column_letters(number), len(choices.choices) + 1
                found[self._lists.parents[choices.id]] = f"{sheet}!${letters}$2:${letters}${last}"
                number += 1
        for each in self.sheets:
            name = self._lists.records.get(each.form.id)
            if name is not None:
                area = each.area(each.form.title)
                first = area.split(":", maxsplit=1)[0]
                found[name] = f"OFFSET({first},0,0,MAX(1,COUNTA({area})),1)"
        return found

    def national_sheet(self, title: str, heads: Sequence[str]) -> BookSheet:
        """Return the sheet in the layout of the national template: empty, with the same drop-downs.

        Lists that exist in that layout are pasted into it; what stands in the other sheets is not repeated, so that
        no answer stands in a workbook twice.
        """
        note = wording.text("TEMPLATE_NATIONAL_NOTE", self._language)
        rows = [
            Row([(title, "title"), *[("", None)] * 5, (note, "note")], 26),
            Row([(head.replace("（", "\n（"), "required") for head in heads], 48),
        ]
        name = sheet_name(
            wording.text("TEMPLATE_NATIONAL", self._language), (*self.names, self._lists_name)
        )
        return BookSheet(
            name, rows, [16.0] * len(heads), ["text"] * len(heads), freeze="A3",
            validations=self.national_checks(heads, _NATIONAL_FIRST),
        )  # fmt: skip

    def national_checks(self, heads: Sequence[str], first: int) -> list[Validation]:
        """Return the drop-downs and explanations of a sheet in the layout of the national template.

        Args:
            heads: By column, from A on.
            first: Row below the heads, counted from 1.
        """
        resource = self._form_set.by_role("resource_name")[0]
        known = HeaderMap(self._form_set)
        checks: list[Validation] = []
        letters: dict[FieldRef, str] = {}
        for number, head in enumerate(heads):
            ref = next(iter(known.find(resource.id, normalise_header(head))), None)
            if ref is not None and ref not in letters:
                letters[ref] = column_letters(number)
        for ref, column in letters.items():
            asked = self._form_set.form(ref.form).field_by_id(ref.field)
            offered = asked.type == "code" and not asked.choices_from
            options = self._lists.entries.get(asked.choices, "") if offered else ""
            label = asked.label.get(self._language)
            prompt = asked.hint.get(self._language) if asked.hint is not None else label
            area = f"{column}{first}:{column}{CHECKED_ROWS}"
            error = wording.text("TEMPLATE_NOT_IN_LIST", self._language, field=label)
            kind = "list" if options else ""
            checks.append(Validation(area, kind, options, label, prompt, error if options else ""))
        return checks

    def help_sheet(self) -> BookSheet:
        """Return the sheet that says how to fill the others in, and what each column means."""
        whose = wording.text(
            "TEMPLATE_WHOSE",
            self._language,
            department=self._facts.department_name,
            code=self._facts.department_code,
            version=self._form_set.version,
            campaign=self._form_set.campaign.title.get(self._language),
        )
        forms = [(sheet.name, sheet.form) for sheet in self.sheets]
        return help_sheet(forms, whose, self._context)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _owner(self, form: Form) -> Form | None:
        return self._form_set.form(form.parent) if form.parent else None

    def _sheet_names(self, tables: Sequence[FormRows], taken: Sequence[str]) -> list[str]:
        names: list[str] = []
        for table in tables:
            wanted = table.name or table.form.label.get(self._language)
            names.append(sheet_name(wanted, (*taken, *names)))
        return names

    def _places_of_lists(self, tables: Sequence[FormRows]) -> Lists:
        dependent = {f.choices for t in tables for f in t.form.field if f.choices_from}
        targets = {f.target for t in tables for f in t.form.field if f.target}
        targets |= {t.form.parent for t in tables if t.form.parent}
        here = {t.form.id for t in tables}
        return Lists(
            {c.id: f"census_list_{c.id}" for c in self._choices},
            {c.id: f"census_list_{c.id}_of" for c in self._choices if c.id in dependent},
            {form: f"census_names_{form}" for form in targets & here},
        )

    def _parent_label(self, choices: ChoiceList, choice: Choice) -> str:
        """Return the label of the entry, in the leading list, that an entry belongs to."""
        for form in self._form_set.forms:
            for asked in form.field:
                if asked.choices == choices.id and asked.choices_from:
                    leading = form.field_by_id(asked.choices_from)
                    return self._context.choices.label(
                        leading.choices, choice.parent, self._language
                    )
        return choice.parent


def template_bytes(
    book: TemplateBook, title: str, national: tuple[str, Sequence[str]] | None = None
) -> bytes:
    """Return a whole workbook.

    Args:
        title: In the properties of the file.
        national: Title and heads of the national template.
    """
    sheets = [book.help_sheet(), *book.form_sheets()]
    if national is not None:
        sheets.append(book.national_sheet(*national))
    sheets.append(book.list_sheet())
    return book_bytes(sheets, book.defined_names(), title)


def cell_text(value: str, look: str, *, bad: bool) -> tuple[str, str]:
    """Return a cell with the name of its look: what does not suit the column's format is shown as text."""
    kind = value.__class__
    if kind is NumberText:
        look = "number" if look != "date" else "odd"
    elif kind is DateText:
        look = "date" if date_serial(value) is not None else "odd"
        value = value if look == "date" else str(value)
    elif look in {"number", "date"} and value:
        look = "odd"
    return value, f"{look}_bad" if bad else look


def _form_sheet(
    sheet: FormSheet, rows: Sequence[TemplateRow], facts: TemplateFacts, context: Context
) -> BookSheet:
    comments = {
        f"{sheet.letters(key)}{FIRST_ROW + number}": text
        for number, row in enumerate(rows)
        for key, text in row.marks.items()
    }
    return BookSheet(
        sheet.name,
        _form_rows(sheet, rows, facts, context),
        [column.width for column in sheet.columns],
        [column.look for column in sheet.columns],
        freeze=_freeze(sheet),
        filter=f"{_first_shown(sheet)}{HEADER_ROW}:{column_letters(len(sheet.columns) - 1)}{sheet.last}",
        validations=sheet.validations(),
        conditions=sheet.conditions(),
        comments=comments,
        locked=True,
        grid=True,
    )


def _origin(facts: TemplateFacts, context: Context) -> BookOrigin:
    return BookOrigin(
        facts.department_code, facts.department_name, context.form_set.version, facts.round,
        context.language,
    )  # fmt: skip


def _first_shown(sheet: FormSheet) -> str:
    return column_letters(next(n for n, c in enumerate(sheet.columns) if c.width))


def _freeze(sheet: FormSheet) -> str:
    """Keep the state and, when it is among the first, the name in sight."""
    shown = [n for n, c in enumerate(sheet.columns) if c.width]
    title = next((n for n, c in enumerate(sheet.columns) if c.key == sheet.form.title), -1)
    last = title if title in shown[:3] else shown[0]
    return f"{column_letters(last + 1)}{EXAMPLE_ROW}"


def _form_rows(
    sheet: FormSheet, rows: Sequence[TemplateRow], facts: TemplateFacts, context: Context
) -> Iterator[Row]:
    language = context.language
    identity = sheet.identity
    stamp = _origin(facts, context).stamp
    mark = own_marks.FORM_MARK + sheet.form.id + own_marks.STAMP + stamp
    keys = [(mark if n == identity else c.key, "key") for n, c in enumerate(sheet.columns)]
    yield Row(keys, hidden=True)
    shown = next(n for n, c in enumerate(sheet.columns) if c.width)
    label = (sheet.form.plural or sheet.form.label).get(language)
    title = [("", None)] * shown + [(f"{facts.department_name} · {label}", "title")]
    yield Row(title, 28)
    yield Row(_bands(sheet, language), 20)
    yield Row(
        [(c.header, "required" if c.header.startswith("*") else "optional") for c in sheet.columns],
        48,
    )
    if facts.example:
        yield _fitted(sheet, [_example(c, language) for c in sheet.columns])
    else:
        yield Row([], hidden=True)
    for number, row in enumerate(rows):
        yield _fitted(sheet, _cells(sheet, row, FIRST_ROW + number))
    for number in range(FIRST_ROW + len(rows), sheet.stated):
        yield Row(_cells(sheet, TemplateRow(), number, spare=True))


def _fitted(sheet: FormSheet, cells: list[tuple[str, str | None]]) -> Row:
    """Return a row that is high enough for its texts, up to a few lines."""
    texts = (
        (text, column.width)
        for (text, _look), column in zip(cells, sheet.columns, strict=True)
        if column.width and column.key not in own_marks.COMPUTED  # a formula's text is not seen
    )
    return Row(cells, row_height(texts, most=4))


def _bands(sheet: FormSheet, language: str) -> list[tuple[str, str | None]]:
    """Return the names of the sections over their first columns."""
    labels = {section.id: section.label.get(language) for section in sheet.form.section}
    cells: list[tuple[str, str | None]] = []
    current = None
    for column in sheet.columns:
        section = column.field.section if column.field is not None else None
        if section is None:
            cells.append(("", None))
        else:
            cells.append((labels.get(section, "") if section != current else "", "band"))
        current = section
    return cells


def _example(column: Column, language: str) -> tuple[str, str | None]:
    if column.key == own_marks.STATE:
        return own_marks.EXAMPLE_WORD[language], "example"
    if column.field is None:
        return "", "example" if column.width else "key"
    return column.field.example, "example"


def _cells(
    sheet: FormSheet, row: TemplateRow, number: int, *, spare: bool = False
) -> list[tuple[str, str | None]]:
    formulas = sheet.formulas(number)
    cells: list[tuple[str, str | None]] = []
    for place, column in enumerate(sheet.columns):
        if column.key in formulas:
            cells.append((formulas[column.key], column.look))
        elif place == sheet.identity:
            cells.append((row.record, column.look))
        elif column.key == own_marks.OWNER_ID:
            cells.append((row.owner, column.look))
        elif spare:
            cells.append(("", None))
        else:
            value = row.cells.get(column.key, "") if column.key else row.others.get(place, "")
            cells.append(cell_text(value, column.look, bad=column.key in row.marks))
    return cells


def _ordered(choices: ChoiceList) -> tuple[Choice, ...]:
    """Return the entries so that those of one parent stand together, as a dependent drop-down needs them."""
    parents = list(dict.fromkeys(choice.parent for choice in choices.choices))
    return tuple(sorted(choices.choices, key=lambda choice: parents.index(choice.parent)))


def _label(choice: Choice, language: str) -> str:
    return choice.label(language)
