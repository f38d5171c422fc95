"""The first sheet of a template: how to fill the others in, and what each of their columns means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from census_app.diagnostics import wording
from census_app.formats import own_marks
from census_app.formats.own_sheets import offered_fields
from census_app.formats.sheet_book import BookSheet, Row, row_height, sheet_name
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context

_WIDTHS: Final = (0, 16, 26, 10, 46, 30, 24, 30)
_HEADS: Final = ("SHEET", "COLUMN", "REQUIRED", "MEANING", "VALUES", "EXAMPLE", "SOURCE")
_SHOWN_ENTRIES: Final = 12


def help_sheet(forms: Sequence[tuple[str, Form]], whose: str, context: Context) -> BookSheet:
    """Return the sheet.

    Args:
        forms: Name of the sheet and form, in the order of the workbook.
        whose: Department, campaign and version in one line.
    """
    language = context.language
    title = wording.text("TEMPLATE_HELP", language)
    rows = [
        Row([(own_marks.HELP_MARK, "key")], hidden=True),
        Row([("", None), (title, "title")], 28),
        Row([("", None), (whose, "note")]),
    ]
    lines = wording.text("TEMPLATE_HELP_LINES", language).split("\n")
    rows += [Row([("", None), (line, "note")], 18) for line in lines]
    heads = [(wording.text(f"TEMPLATE_HELP_{head}", language), "required") for head in _HEADS]
    rows += [Row([]), Row([("", None), *heads], 24)]
    first = len(rows) + 1
    for name, form in forms:
        for asked in offered_fields(form):
            cells = (name, *_explained(asked, context))
            height = row_height(zip(cells, _WIDTHS[1:], strict=True), most=12)
            rows.append(Row([("", None), *((text, "cell_ruled") for text in cells)], height))
    taken = [name for name, _form in forms]
    return BookSheet(sheet_name(title, taken), rows, _WIDTHS, freeze=f"A{first}", locked=True)


def _explained(asked: Field, context: Context) -> tuple[str, str, str, str, str, str]:
    """Return label, obligation, meaning, allowed values, example and source of a field."""
    language = context.language
    if not asked.required:
        duty = "OPTIONAL"
    else:
        duty = "ALWAYS" if asked.required == "1" and not asked.relevant else "SOMETIMES"
    meaning = [t.get(language) for t in (asked.definition, asked.hint) if t is not None]
    return (
        asked.label.get(language),
        wording.text(f"TEMPLATE_{duty}", language),
        "\n".join(meaning),
        _allowed(asked, context),
        asked.example,
        asked.source,
    )


def _allowed(asked: Field, context: Context) -> str:
    language = context.language
    kind = wording.text(f"TEMPLATE_TYPE_{asked.type.upper()}", language)
    if asked.type in {"code", "codes"}:
        joint = ", " if language == "en" else "、"
        entries = context.form_set.choice_lists[asked.choices].choices
        few = joint.join(choice.label(language) for choice in entries[:_SHOWN_ENTRIES])
        return f"{kind}\n{few}{'…' if len(entries) > _SHOWN_ENTRIES else ''}"
    limits = []
    if asked.max_length:
        limits.append(wording.text("TEMPLATE_UP_TO", language, count=asked.max_length))
    if asked.unknown:
        limits.append(wording.text("TEMPLATE_UNKNOWN", language))
    return "\n".join([kind, *limits])
