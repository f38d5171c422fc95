"""Adding a field is one edit: it appears in table, evaluator, workbook import, package, print and form view."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from pytestqt.qtbot import QtBot

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.domain.records import RecordId
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.lines import FormLines, line_values
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import FormSet
from census_app.services.department_sheet import print_department
from census_app.services.editing import RecordEditor
from census_app.services.importing import apply_import, plan_import
from census_app.services.lookup import context_for
from census_app.ui.forms.view import FormView
from census_app.ui.shell.translation import Words

ADDED = """
[[field]]
id = "green_score"
section = "{section}"
type = "integer"
label = {{ zh = "绿色评分", en = "Green score" }}
aliases = ["环保得分"]
required = "1"
minimum = "0"
source = "试验"

[[rule]]"""
SERVICES = bootstrap.Services()


@pytest.fixture
def form_set(tmp_path: Path) -> FormSet:
    folder = Path(shutil.copytree(forms_dir(), tmp_path / "forms" / "v1"))
    path = folder / "information_resource.toml"
    text = path.read_text(encoding="utf-8")
    section = load_form_set(forms_dir()).form("information_resource").section[0].id
    path.write_text(text.replace("\n[[rule]]", ADDED.format(section=section), 1), encoding="utf-8")
    return load_form_set(folder)


def test_added_field_is_found_everywhere(form_set: FormSet, tmp_path: Path, qtbot: QtBot) -> None:
    workbook = tmp_path / "list.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["信息资源名称", "信息资源摘要", "共享类型", "环保得分"])
    book.active.append(["噪声监测数据", "全省噪声自动监测站的小时数据", "无条件共享", "87"])
    book.save(workbook)

    store = bootstrap.create_workspace(
        tmp_path / "a.censusdb",
        department="江苏省样例厅",
        code="11320000990000017P",
        form_set=form_set,
    )
    plan = plan_import(store, [workbook], clock=SERVICES.clock)
    assert [t.unmatched for t in plan.tables] == [()]
    apply_import(store, plan, actor="tester", clock=SERVICES.clock)

    form = form_set.form("information_resource")
    (record,) = list(store.stream_records(form.id))
    assert record.values["green_score"] == 87  # table and workbook

    found = (
        RecordEvaluator(form, form_set, "2026-11-23")
        .evaluate(RecordId("r"), {"green_score": -1})
        .findings
    )
    assert ("range", ("green_score",)) in {(f.check, f.fields) for f in found}  # evaluator

    values = line_values(record, form)
    assert values["green_score"] == 87
    assert FormLines(form_set).fault(form.id, values) is None  # package
    assert FormLines(form_set).fault(form.id, {**values, "green_score": "87"}) is not None

    pdf = print_department(store, "zh", clock=SERVICES.clock).pdf
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    assert "绿色评分" in text  # paper
    assert "87" in text

    view = FormView(form, context_for(store), Words("zh"))
    qtbot.addWidget(view)
    editor = RecordEditor(store, form.id, record.id, actor="tester", clock=SERVICES.clock)
    view.show_state(editor.state, editor.state.findings)
    assert view.go_to("green_score")
    row = view.row("green_score")
    assert row is not None  # screen
    assert row.field.label.zh == "绿色评分"
    store.close()
