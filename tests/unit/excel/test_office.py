"""LibreOffice as the judge: our checks survive its saving, and its formulas say what our rules say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from census_app.bootstrap import shipped_form_set
from census_app.formats import own_marks
from census_app.formats.book_origin import read_origin
from census_app.formats.cell_formulas import CellFormulas
from census_app.formats.cells import DateText, NumberText
from census_app.formats.sheet_book import book_bytes
from census_app.formats.template_book import (
    FormRows,
    TemplateBook,
    TemplateFacts,
    TemplateRow,
    template_bytes,
)
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Form, Rule
from census_app.formspec.types import Context, NoRecords, format_value, value_from_json
from census_app.services.importing import plan_import
from census_app.services.ports import Clock, WorkspaceStore
from tests.unit.excel.conftest import counts, office_saves

pytestmark = pytest.mark.office


def checks(sheet: Any) -> tuple[int, int]:
    return (
        len(sheet.data_validations.dataValidation),
        sum(len(each.rules) for each in sheet.conditional_formatting),
    )


@pytest.mark.timeout(240)
def test_checks_and_records_survive_a_save_in_libreoffice(
    full_template: Path, store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    saved = office_saves(full_template, tmp_path)
    ours, theirs = openpyxl.load_workbook(full_template), openpyxl.load_workbook(saved)
    for form in store.form_set.forms:
        name = form.label.zh
        assert checks(theirs[name]) == checks(ours[name])
        assert theirs[name].protection.sheet
        lists = [v.formula1 for v in ours[name].data_validations.dataValidation if v.type == "list"]
        kept = [
            v.formula1 for v in theirs[name].data_validations.dataValidation if v.type == "list"
        ]
        assert kept == lists
    assert set(ours.defined_names) <= set(theirs.defined_names)
    assert read_origin(saved) == read_origin(full_template)
    assert read_origin(saved) is not None
    plan = plan_import(store, [saved], clock=clock)
    records = sum(len(store.titles(form.id)) for form in store.form_set.forms)
    assert counts(plan) == (0, 0, records, 0)
    assert plan.notes == ()


def examples(form: Form, context: Context) -> Iterator[tuple[Rule, TemplateRow, TemplateRow]]:
    """Yield the rules a sheet can tell, with the record that breaks each and the one that does not."""
    formulas = CellFormulas(form, context, lambda field: f"$A{field}")
    for rule in form.rule:
        if rule.violated and rule.severity in {"error", "refusal"} and formulas.true(rule.violated):
            yield rule, row(form, rule, False, context), row(form, rule, True, context)


def row(form: Form, broken: Rule, good: bool, context: Context) -> TemplateRow:
    example = broken.example.good if good else broken.example.bad
    cells = {}
    for name, raw in example.items():
        field = form.field_by_id(name)
        if field.type in {"reference", "references", "attachment"}:
            continue
        value = raw
        if field.type == "boolean":
            value = bool(raw)
        elif field.type in {"decimal", "money"}:
            value = str(raw)
        if name == form.title and name not in broken.fields:
            continue  # examples share their names, and one name twice is wrong by itself
        cells[name] = format_value(value_from_json(value, field), field, context)
    return TemplateRow(cells={key: as_cell(form, key, text) for key, text in cells.items()})


def as_cell(form: Form, name: str, text: str) -> str:
    kind = form.field_by_id(name).type
    if kind in {"integer", "decimal", "money"} and text not in {"未知"}:
        return NumberText(text)
    return DateText(text) if kind == "date" else text


@pytest.mark.timeout(240)
def test_the_sheet_counts_what_the_rules_forbid_and_nothing_else(tmp_path: Path) -> None:
    form_set = shipped_form_set()
    context = Context(form_set, ChoiceIndex(form_set), NoRecords(), "zh")
    cases = {form.id: list(examples(form, context)) for form in form_set.forms}
    assert sum(map(len, cases.values())) >= 12
    tables = [
        FormRows(form, [r for _rule, bad, good in cases[form.id] for r in (bad, good)])
        for form in form_set.forms
        if cases[form.id]
    ]
    book = TemplateBook(context, TemplateFacts("X", "示例", example=False, spare=1), tables)
    path = tmp_path / "rules.xlsx"
    path.write_bytes(template_bytes(book, "rules"))
    read = openpyxl.load_workbook(office_saves(path, tmp_path / "out"), data_only=True)
    told: list[str] = []
    for table in tables:
        sheet = read[table.form.label.zh]
        place = next(c.column for c in sheet[1] if c.value == own_marks.WRONG)
        for number, (rule, _bad, _good) in enumerate(cases[table.form.id]):
            wrong = [int(sheet.cell(6 + 2 * number + n, place).value) for n in (0, 1)]
            if not (wrong[0] >= 1 and wrong[1] == 0):
                told.append(f"{rule.id}: bad {wrong[0]}, good {wrong[1]}")
    assert not told


@pytest.mark.timeout(240)
def test_missing_answers_follow_what_is_asked(tmp_path: Path) -> None:
    form_set = shipped_form_set()
    context = Context(form_set, ChoiceIndex(form_set), NoRecords(), "zh")
    form = form_set.form("information_resource")
    rows = [
        TemplateRow(cells={"name": "甲", "format_type": "其他"}),
        TemplateRow(cells={"name": "Ａ（甲） 表", "format_class": "电子文件"}),
        TemplateRow(cells={"name": "a甲表", "format_class": "电子文件", "format_type": "其他"}),
    ]
    book = TemplateBook(
        context, TemplateFacts("X", "示例", example=False, spare=1), [FormRows(form, rows)]
    )
    path = tmp_path / "missing.xlsx"
    path.write_bytes(template_bytes(book, "missing"))
    sheet = openpyxl.load_workbook(office_saves(path, tmp_path / "out"), data_only=True)["信息资源"]
    keys = {str(c.value): c.column for c in sheet[1] if c.value}
    missing = [sheet.cell(r, keys[own_marks.MISSING]).value for r in (6, 7, 8)]
    wrong = [sheet.cell(r, keys[own_marks.WRONG]).value for r in (6, 7, 8)]
    assert missing[2] == missing[1]  # the type is given, so its description is asked for
    assert wrong[1] == wrong[2] == 1  # one name in two spellings
    assert sheet.cell(9, keys[own_marks.STATE]).value in {None, ""}


def test_a_workbook_without_rows_opens(tmp_path: Path) -> None:
    form_set = shipped_form_set()
    context = Context(form_set, ChoiceIndex(form_set), NoRecords(), "en")
    tables = [FormRows(form, []) for form in form_set.forms]
    book = TemplateBook(context, TemplateFacts("X", "Example", spare=1), tables)
    path = tmp_path / "empty.xlsx"
    path.write_bytes(
        book_bytes([*book.form_sheets(), book.list_sheet()], book.defined_names(), "t")
    )
    assert len(openpyxl.load_workbook(path).sheetnames) == len(tables) + 1
