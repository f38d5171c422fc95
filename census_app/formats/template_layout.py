"""The sheet of a form in our workbook: its columns, and what Excel can check in them, all derived from the form set.

Rows: keys (hidden), title, sections, headers, an example, then the records. Columns: identity and what formulas count
(hidden), the state of the row, for a child form whose child it is, then the fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from census_app.diagnostics import wording
from census_app.formats import own_marks
from census_app.formats.cell_formulas import CellFormulas, quoted_text
from census_app.formats.cells import column_letters
from census_app.formats.own_sheets import offered_fields
from census_app.formats.sheet_book import (
    MAX_FORMULA,
    Condition,
    SharedFormula,
    Validation,
    quoted_sheet,
    text_width,
)
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, format_value

HEADER_ROW: Final = 4
EXAMPLE_ROW: Final = 5
FIRST_ROW: Final = 6
SPARE_ROWS: Final = 300
"""Rows below the records that already have their state; colours and lists reach `CHECKED_ROWS` further."""

CHECKED_ROWS: Final = 3_000
_ROW: Final = "\x00"
"""Stands for the row's number in a formula until it is known."""

_MAX_CUSTOM: Final = 250
_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_PUNCTUATION: Final = "()[]{}<>《》“”\"'‘’、，,。.；;：:·-—_/ \u3000"
_WIDTHS: Final = {
    "longtext": 44.0, "text": 26.0, "references": 30.0, "reference": 24.0, "codes": 26.0, "code": 18.0,
    "uscc": 22.0, "phone": 16.0, "date": 13.0, "month": 11.0, "boolean": 9.0,
}  # fmt: skip
_NARROW: Final = 12.0


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Attributes:
        key: Field id, one of the keys of `own_marks`, or empty for a column that people added.
    """

    key: str
    header: str
    width: float
    look: str
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """Where the lists of choices stand: defined names.

    Attributes:
        entries: Id of a code list → name of its labels.
        parents: Id of a dependent list → name of the labels its entries belong to, row by row.
        records: Form id → name of the range with its records' names.
    """

    entries: Mapping[str, str]
    parents: Mapping[str, str]
    records: Mapping[str, str]


def columns_of(form: Form, owner: Form | None, language: str) -> tuple[Column, ...]:
    """Return the columns of a new sheet; a new field of the form has one by itself.

    Args:
        owner: The form whose children these records are.
    """
    fields = [_column(field, language) for field in offered_fields(form)]
    hidden = [
        Column(own_marks.FOLDED, own_marks.FOLDED, 0, "count"),
        Column(own_marks.MISSING, own_marks.MISSING, 0, "count"),
        Column(own_marks.WRONG, own_marks.WRONG, 0, "count"),
    ]
    state = Column(own_marks.STATE, own_marks.STATE_HEADER[language], 12, "state")
    identity = Column("", own_marks.ROW_ID_HEADER[language], 0, "identity")
    if owner is None:
        return (identity, *hidden, state, *fields)
    name = wording.text("TEMPLATE_OWNER", language, form=owner.label.get(language))
    return (
        identity,
        Column(own_marks.OWNER_ID, own_marks.OWNER_ID, 0, "identity"),
        *hidden,
        state,
        Column(own_marks.OWNER, f"* {name}", 30, "text"),
        *fields,
    )


def added_column(header: str) -> Column:
    """Return a column that people made; nothing is known of it."""
    return Column("", header, 18, "text")


def _column(field: Field, language: str) -> Column:
    star = "* " if field.required == "1" and not field.relevant else ""
    header = star + field.label.get(language)
    if field.unit is not None:
        header += f"\n（{field.unit.zh}）" if language == "zh" else f"\n({field.unit.en})"
    look = "text"
    if field.type in _NUMBERS:
        look = "number"
    elif field.type == "date":
        look = "date"
    label = text_width(field.label.get(language)) / 2 + 4
    width = max(_WIDTHS.get(field.type, _NARROW), min(label, 24.0))
    return Column(field.id, header, width, look, field)


class FormSheet:
    """The columns of one form's sheet, with the checks Excel makes while it is filled in.

    Args:
        name: Of the sheet.
        columns: In the order of the sheet; the first with an empty key and the look `identity` is the row's identity.
        records: How many records stand in it.
        spare: How many empty rows below them have their state already.
    """

    def __init__(
        self,
        form: Form,
        owner: Form | None,
        name: str,
        columns: Sequence[Column],
        context: Context,
        lists: Lists,
        records: int,
        spare: int = SPARE_ROWS,
    ) -> None:
        self.form = form
        self.owner = owner
        self.name = name
        self.columns = tuple(columns)
        self._context = context
        self._lists = lists
        self._language = context.language
        self._letters = {c.key: column_letters(n) for n, c in enumerate(columns) if c.key}
        self.stated = FIRST_ROW + records + spare
        """First row that has no state of its own."""

        self.last = FIRST_ROW + records + CHECKED_ROWS
        fields = [
            n for n, c in enumerate(columns) if c.field is not None or c.key == own_marks.OWNER
        ]
        self._span = (column_letters(fields[0]), column_letters(fields[-1]))
        self._cells = CellFormulas(form, context, self._cell)

    @property
    def identity(self) -> int:
        """Return the place of the column with the identity of the row's record."""
        return next(n for n, c in enumerate(self.columns) if c.look == "identity" and not c.key)

    def letters(self, key: str) -> str:
        """Return the letters of a column."""
        return self._letters[key]

    def area(self, key: str) -> str:
        """Return the range of a column's answers as formulas of other sheets write it."""
        column = self._letters[key]
        return f"{quoted_sheet(self.name)}!${column}${FIRST_ROW}:${column}${self.last}"

    def formulas(self, row: int) -> dict[str, str]:
        """Return the formulas of a row by the keys of their columns; only the first row's are written out."""
        if row > FIRST_ROW:
            return self._repeated
        found: dict[str, str] = {}
        for number, (key, text) in enumerate(self._formulas.items()):
            area = f"{self._letters[key]}{FIRST_ROW}:{self._letters[key]}{self.stated - 1}"
            found[key] = SharedFormula(number, area, self._at(text))
        return found

    def validations(self) -> list[Validation]:
        """Return what Excel offers and says, column by column."""
        found = [self._validation(field) for field in self._fields if field.id in self._letters]
        if self.owner is not None and own_marks.OWNER in self._letters:
            name = self._lists.records[self.owner.id]
            label = self.owner.label.get(self._language)
            prompt = wording.text("TEMPLATE_OWNER_PROMPT", self._language, form=label)
            area = self._area(own_marks.OWNER)
            found.append(Validation(area, "list", name, label, prompt, prompt))
        return found

    def conditions(self) -> list[Condition]:
        """Return the colours: a missing answer, one that is wrong, one that is not asked for."""
        found: list[Condition] = []
        used = f"COUNTA(${self._span[0]}{FIRST_ROW}:${self._span[1]}{FIRST_ROW})>0"
        for field in self._fields:
            if field.id not in self._letters:
                continue
            area, cell = self._area(field.id), self._at(self._cell(field.id) or "")
            wrong = self._wrong.get(field.id)
            if wrong is not None and len(wrong) < MAX_FORMULA:
                found.append(Condition(area, "wrong", self._at(wrong)))
            needed = self._needed(field)
            if needed is not None:
                found.append(
                    Condition(area, "missing", f'AND({cell}="",{used},{self._at(needed)})')
                )
            idle = self._idle(field)
            if idle is not None:
                found.append(Condition(area, "idle", f"AND({used},{self._at(idle)})"))
        if self.owner is not None and own_marks.OWNER in self._letters:
            cell = self._at(self._cell(own_marks.OWNER) or "")
            found.append(
                Condition(self._area(own_marks.OWNER), "missing", f'AND({cell}="",{used})')
            )
        return found

    # -- parts -------------------------------------------------------------------------------------------------------

    @cached_property
    def _fields(self) -> tuple[Field, ...]:
        return tuple(c.field for c in self.columns if c.field is not None)

    def _cell(self, key: str) -> str | None:
        letters = self._letters.get(key)
        return None if letters is None else f"${letters}{_ROW}"

    @staticmethod
    def _at(formula: str) -> str:
        return formula.replace(_ROW, str(FIRST_ROW))

    def _area(self, key: str) -> str:
        letters = self._letters[key]
        return f"{letters}{FIRST_ROW}:{letters}{self.last}"

    @cached_property
    def _repeated(self) -> dict[str, str]:
        return {key: SharedFormula(number) for number, key in enumerate(self._formulas)}

    @cached_property
    def _formulas(self) -> dict[str, str]:
        used = f"COUNTA(${self._span[0]}{_ROW}:${self._span[1]}{_ROW})=0"
        missing, wrong = self._cell(own_marks.MISSING), self._cell(own_marks.WRONG)
        words = {
            word: quoted_text(wording.text(f"TEMPLATE_STATE_{word}", self._language))
            for word in ("GOOD", "MISSING", "WRONG")
        }
        title = self._cell(self.form.title) or ""
        owner = self._cell(own_marks.OWNER)
        name = _folded(title) if owner is None else f'{_folded(owner)}&"|"&{_folded(title)}'
        state = (
            f'IF({used},"",IF({missing}+{wrong}=0,{words["GOOD"]},TRIM('
            f'IF({missing}>0,{words["MISSING"]}&" "&{missing},"")&" "&'
            f'IF({wrong}>0,{words["WRONG"]}&" "&{wrong},""))))'
        )
        found = {
            own_marks.FOLDED: f'IF({title}="","",{name})',
            own_marks.MISSING: f"IF({used},0,{self._count_missing()})",
            own_marks.WRONG: f"IF({used},0,{self._count_wrong()})",
            own_marks.STATE: state,
        }
        return {key: text for key, text in found.items() if key in self._letters}

    def _needed(self, field: Field) -> str | None:
        """Return a formula that is TRUE where an answer is required; None when never, or nothing a sheet can say."""
        if not field.required:
            return None
        both = f"({field.relevant}) AND ({field.required})" if field.relevant else field.required
        return self._cells.true(both)

    def _idle(self, field: Field) -> str | None:
        asked = self._cells.true(field.relevant) if field.relevant else None
        return None if asked is None else f"NOT({asked})"

    def _count_missing(self) -> str:
        """Count the empty cells that must not be, joining neighbours with the same condition."""
        groups: dict[str, list[int]] = {}
        for place, column in enumerate(self.columns):
            needed = (
                "TRUE" if column.key == own_marks.OWNER
                else self._needed(column.field) if column.field is not None else None
            )  # fmt: skip
            if needed is not None:
                groups.setdefault(needed, []).append(place)
        terms: list[str] = []
        for needed, places in groups.items():
            blanks = "+".join(
                f"COUNTBLANK(${column_letters(a)}{_ROW}:${column_letters(b)}{_ROW})"
                for a, b in _runs(places)
            )
            terms.append(blanks if needed == "TRUE" else f"IF({needed},{blanks},0)")
        return _summed(terms)

    def _count_wrong(self) -> str:
        # A cell that is an error value makes the sum one: something is wrong in that row, whatever else is.
        return f"IFERROR({_summed(['0', *(f'({wrong})' for wrong in self._wrong.values())])},1)"

    @cached_property
    def _wrong(self) -> dict[str, str]:
        """Return, by field, a formula that is TRUE where its cell is wrong."""
        found: dict[str, list[str]] = {}
        for field in self._fields:
            cell = self._cell(field.id)
            if cell is None:
                continue
            parts = self._wrong_type(field, cell)
            if field.max_length:
                parts.append(f"LEN({cell})>{field.max_length}")
            if field.constraint:
                broken = self._cells.false(field.constraint)
                parts += [f'AND({cell}<>"",{broken})'] if broken else []
            found[field.id] = parts
        for rule in self.form.rule:
            target = next((name for name in rule.fields if name in self._letters), None)
            if (
                target is None
                or target not in found
                or str(rule.severity) not in {"error", "refusal"}
            ):
                continue
            if rule.violated:
                broken = self._cells.true(rule.violated)
                found[target] += [self._where_asked(target, broken)] if broken else []
            elif self._is_about_names(rule.query, target):
                folded = self._letters.get(own_marks.FOLDED)
                area = f"${folded}${FIRST_ROW}:${folded}${self.last}"
                found[target].append(f'AND(${folded}{_ROW}<>"",COUNTIF({area},${folded}{_ROW})>1)')
        return {name: _either(parts) for name, parts in found.items() if parts}

    def _is_about_names(self, query: str, target: str) -> bool:
        """Say whether a rule over all records forbids two of one name, which a sheet can see for itself."""
        named = target == self.form.title and own_marks.FOLDED in self._letters
        return named and "fold(" in query and "count(*)" in query.lower()

    def _where_asked(self, target: str, broken: str) -> str:
        field = self.form.field_by_id(target)
        asked = self._cells.true(field.relevant) if field.relevant else None
        return f"AND({asked},{broken})" if asked else broken

    def _wrong_type(self, field: Field, cell: str) -> list[str]:  # noqa: PLR0911  # one return per type
        """Return formulas for a value that does not fit the type; empty ones where the program alone can tell."""
        lists = self._lists
        if field.type == "code" and field.choices in lists.entries:
            if self._context.form_set.choice_lists[field.choices].open:
                return []
            entries = lists.entries[field.choices]
            parts = [f'AND({cell}<>"",ISERROR(MATCH({cell},{entries},0)))']
            leading = self._cell(field.choices_from) if field.choices_from else None
            if leading is not None and field.choices in lists.parents:
                parents = lists.parents[field.choices]
                pairs = f"COUNTIFS({parents},{leading},{entries},{cell})"
                known = f"COUNTIF({parents},{leading})>0"
                parts.append(f'AND({cell}<>"",{leading}<>"",{known},{pairs}=0)')
            return parts
        if field.type == "boolean":
            yes, no = (quoted_text(self._answer(field, value)) for value in (True, False))
            return [f'AND({cell}<>"",{cell}<>{yes},{cell}<>{no})']
        if field.type in _NUMBERS:
            return [self._wrong_number(field, cell)]
        if field.type == "date":
            return [f'IF(OR({cell}="",ISNUMBER({cell})),FALSE,ISERROR(DATEVALUE({cell})))']
        if field.type == "month":
            day = f'SUBSTITUTE(SUBSTITUTE({cell},"/","-"),".","-")&"-01"'
            return [f'IF(OR({cell}="",ISNUMBER({cell})),FALSE,ISERROR(DATEVALUE({day})))']
        if field.type == "uscc":
            return [f'AND({cell}<>"",LEN(TRIM({cell}))<>18)']
        if field.type == "reference" and field.target in lists.records:
            return [f'AND({cell}<>"",COUNTIF({lists.records[field.target]},{cell})=0)']
        return []

    def _wrong_number(self, field: Field, cell: str) -> str:
        bounds = []
        if field.type == "integer":
            bounds.append(f"{cell}<>INT({cell})")
        if field.minimum:
            bounds.append(f"{cell}<{field.minimum}")
        if field.maximum:
            bounds.append(f"{cell}>{field.maximum}")
        outside = _either(bounds) if bounds else "FALSE"
        other = f"ISERROR(VALUE({cell}))"
        if field.unknown:
            other = f"AND({cell}<>{quoted_text(self._unknown())},{other})"
        return f'IF({cell}="",FALSE,IF(ISNUMBER({cell}),{outside},{other}))'

    def _answer(self, field: Field, value: bool) -> str:
        return format_value(value, field, self._context)

    def _unknown(self) -> str:
        return "unknown" if self._language == "en" else "未知"

    def _validation(self, field: Field) -> Validation:
        language = self._language
        area = self._area(field.id)
        title = field.label.get(language)
        prompt = self._prompt(field)
        options = self._options(field)
        if options:
            error = wording.text("TEMPLATE_NOT_IN_LIST", language, field=title)
            return Validation(area, "list", options, title, prompt, error)
        wrong = self._at(self._wrong.get(field.id, ""))
        if wrong and len(wrong) + 5 <= _MAX_CUSTOM:
            error = wording.text("TEMPLATE_NOT_FITTING", language, field=title)
            return Validation(area, "custom", f"NOT({wrong})", title, prompt, f"{error}\n{prompt}")
        return Validation(area, prompt_title=title, prompt=prompt)

    def _options(self, field: Field) -> str:
        """Return what a drop-down takes its entries from, or nothing."""
        lists = self._lists
        if field.type == "boolean":
            return quoted_text(f"{self._answer(field, True)},{self._answer(field, False)}")
        if field.type == "reference":
            return lists.records.get(field.target, "")
        if field.type != "code":
            return ""
        entries = lists.entries.get(field.choices, "")
        leading = self._cell(field.choices_from) if field.choices_from else None
        if not entries or leading is None or field.choices not in lists.parents:
            return entries
        # OFFSET and MATCH rather than INDIRECT: no name for each entry is needed, and LibreOffice keeps it.
        parents, chosen = lists.parents[field.choices], self._at(leading)
        first = f"INDEX({entries},1)"
        return (
            f"OFFSET({first},IFERROR(MATCH({chosen},{parents},0)-1,0),0,"
            f"IF(COUNTIF({parents},{chosen})=0,ROWS({entries}),COUNTIF({parents},{chosen})),1)"
        )

    def _prompt(self, field: Field) -> str:
        language = self._language
        parts = [field.hint.get(language)] if field.hint is not None else []
        if field.type in {"codes", "references"}:
            parts.append(wording.text("TEMPLATE_SEVERAL", language))
        if field.unknown:
            parts.append(wording.text("TEMPLATE_UNKNOWN", language))
        return "\n".join(parts) or field.label.get(language)


def _folded(cell: str) -> str:
    """Return a formula that folds a name as far as a sheet can: case, width, blanks, punctuation."""
    text = f"LOWER(ASC({cell}))"
    for sign in _PUNCTUATION:
        text = f'SUBSTITUTE({text},{quoted_text(sign)},"")'
    return text


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _either(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"OR({','.join(parts)})"


def _summed(terms: Sequence[str]) -> str:
    """Return a sum that Excel still takes; what does not fit is left to the program's own check."""
    kept: list[str] = []
    length = 0
    for term in terms:
        if length + len(term) + 200 > MAX_FORMULA:
            break
        kept.append(term)
        length += len(term) + 1
    return "+".join(kept) or "0"
