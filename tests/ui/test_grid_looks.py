"""The grid, its bar and the preview of a paste as an eye and a screen reader find them, in each language and theme."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from census_app import bootstrap
from census_app.domain.records import RecordId
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context
from census_app.services import pasting
from census_app.services.editing import create_record
from census_app.services.pasting import PasteRequest
from census_app.services.ports import WorkspaceStore
from census_app.ui.forms.grid import ChildGrid, grid_columns
from census_app.ui.forms.paste_dialog import PasteDialog
from census_app.ui.forms.titles import TitleCache
from census_app.ui.models.record_table import RowProblems, TableRow
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.seen import LongerWords, cut_texts, open_placeholders

FORM_SET = bootstrap.Services().form_set()
FORM = FORM_SET.form("data_item")
BESIDE_THE_PANEL = QSize(782, 560)
"""What guide and panel leave of 1366 × 768."""


@pytest.fixture(params=["light", "dark"])
def painted(request: pytest.FixtureRequest, themed: QApplication) -> QApplication:
    theme.apply(themed, ThemeName(request.param))
    return themed


@pytest.fixture(params=[Words("zh"), Words("en"), LongerWords()], ids=["zh", "en", "longer"])
def spoken(request: pytest.FixtureRequest) -> Words:
    words: Words = request.param
    return words


def assert_seen(widget: QWidget) -> None:
    assert cut_texts(widget) == []
    assert nameless_controls(widget) == []
    assert open_placeholders(widget) == []


def test_the_grid_with_everything_open(painted: QApplication, spoken: Words, qtbot: Any) -> None:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache(), spoken.language)
    grid = ChildGrid(FORM, context, spoken)
    qtbot.addWidget(grid)
    grid.resize(BESIDE_THE_PANEL)
    grid.show()
    assert_seen(grid)  # empty
    grid.model.set_keys(array("q", range(9)))
    rows = [TableRow(k, RecordId(f"{k:032x}"), {"name": f"项{k}"}) for k in range(9)]
    grid.model.put_page(grid.model.generation, 0, rows)
    grid.model.tell = lambda _record, field: f"{field}：" + "说明" * 60
    grid.model.set_problems({f"{0:032x}": RowProblems(errors=1, fields={"name": "bad"})})
    grid.view.show_cell(0, 0)
    grid.view.sort_up()
    grid.bar.open(replace=True)
    grid.bar.wanted.setText("项")
    grid.bar.show_count(1999, 20_000)
    grid.view.selectAll()
    QApplication.sendPostedEvents()
    assert_seen(grid)


def test_the_preview_of_a_paste(
    painted: QApplication, spoken: Words, store: WorkspaceStore, services: Any, qtbot: Any
) -> None:
    owner = create_record(
        store, "information_resource", {"name": "甲"}, actor="t", clock=services.clock
    )
    fields = [c.id for c in grid_columns(FORM, spoken.language)]
    for text in (
        "名称\t长度\t备注\n" + "\n".join(f"项{n}\t十八\t甲" for n in range(80)),
        "姓名（字符型）、性别(C1)、住址",
    ):
        plan = pasting.plan_paste(store, PasteRequest(FORM.id, owner, text, fields))
        assert plan is not None
        dialog = PasteDialog(plan, grid_columns(FORM, spoken.language), spoken)
        qtbot.addWidget(dialog)
        dialog.show()
        QApplication.sendPostedEvents()
        assert_seen(dialog)
        assert dialog.height() <= 720
