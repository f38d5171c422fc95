"""Parts of lists that need no window: widths, remembered choices, ends of ranges, the model of the rows."""

from __future__ import annotations

from array import array
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from census_app.assets import forms_dir
from census_app.domain.filtering import EMPTY, UNFIT, UNKNOWN, ColumnFilter
from census_app.domain.records import RecordId, Unfit
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import FormSet
from census_app.formspec.types import Context, NoRecords
from census_app.services.filling import FillPlan, OldAnswer
from census_app.services.removing import Referrer, RemovalPlan
from census_app.ui.department.columns_dialog import ColumnsDialog
from census_app.ui.department.delete_dialog import DeleteDialog
from census_app.ui.department.fill_dialog import FillDialog, fields_to_fill
from census_app.ui.department.filter_dialog import FilterDialog
from census_app.ui.department.filter_words import filter_text, read_bound
from census_app.ui.department.list_columns import FOUND, ColumnChoice, ListColumns
from census_app.ui.department.list_state import filters_as_plain, filters_of_plain
from census_app.ui.models.list_table import ListTableModel
from census_app.ui.models.record_table import CHILDREN, STATE, Column, TableRow
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.seen import LongerWords, cut_texts

FORM = "information_resource"


@pytest.fixture(scope="module")
def form_set() -> FormSet:
    return load_form_set(forms_dir())


@pytest.fixture(scope="module")
def context(form_set: FormSet) -> Context:
    return Context(form_set, ChoiceIndex(form_set), NoRecords(), "zh")


@pytest.fixture(scope="module")
def columns(form_set: FormSet) -> ListColumns:
    return ListColumns(form_set.form(FORM), form_set.children_of(FORM), Words("zh"))


# -- columns ---------------------------------------------------------------------------------------------------------


def test_every_stored_field_can_be_a_column(columns: ListColumns) -> None:
    fields = {f.id for f in columns.form.stored_fields}
    assert {columns.title.id, *columns.known} == fields | {CHILDREN, STATE}
    assert columns.given[-2:] == (CHILDREN, STATE)


def test_the_name_takes_what_is_left_over(columns: ListColumns) -> None:
    shown = columns.shown(ColumnChoice(), found=False)
    widths = columns.widths(shown, ColumnChoice(), 2000)
    assert sum(widths) == 2000
    assert widths[1:] == [c.width for c in shown[1:]]


def test_columns_give_way_down_to_their_least_then_the_list_is_wider(columns: ListColumns) -> None:
    shown = columns.shown(ColumnChoice(), found=False)
    least = [columns.least(c) for c in shown]
    for room in range(sum(least), sum(least) + 300, 7):
        widths = columns.widths(shown, ColumnChoice(), room)
        assert sum(widths) == room
        assert all(w >= m for w, m in zip(widths, least, strict=True))
    assert columns.widths(shown, ColumnChoice(), 300) == least


def test_a_width_set_by_hand_never_gives_way(columns: ListColumns) -> None:
    choice = ColumnChoice(widths={"share_type": 40, "name": 90})
    shown = columns.shown(choice, found=True)
    assert [c.id for c in shown[:2]] == ["name", FOUND]
    for room in (300, 5000):
        widths = dict(zip((c.id for c in shown), columns.widths(shown, choice, room), strict=True))
        assert (widths["share_type"], widths["name"]) == (40, 90)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"columns": 3}', '{"widths": {"a": "x"}}', "null"]
)
def test_what_cannot_be_read_is_no_choice(text: str) -> None:
    assert ColumnChoice.of_text(text) == ColumnChoice()


def test_a_choice_survives_a_field_that_is_gone(columns: ListColumns) -> None:
    choice = ColumnChoice(("no_such", "abstract", STATE), {"abstract": 9999})
    again = ColumnChoice.of_text(choice.to_text())
    assert again.ids == choice.ids
    assert again.widths["abstract"] < 9999
    assert [c.id for c in columns.shown(again, found=False)] == ["name", "abstract", STATE]
    assert ColumnChoice().to_text() == ""


# -- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "upper", "expected"),
    [
        ("", False, None),
        ("2016", False, "2016-01-01"),
        ("2016年", True, "2016-12-31"),
        ("2016年2月", True, "2016-02-29"),
        ("2017年9月", False, "2017-09-01"),
        ("2016/9/3", True, "2016-09-03"),
        ("去年", False, Unfit("去年")),
    ],
)
def test_the_end_of_a_range_may_be_a_year_or_a_month(
    form_set: FormSet, context: Context, text: str, upper: bool, expected: Any
) -> None:
    field = form_set.form(FORM).field_by_id("published_on")
    assert read_bound(text, field, context, upper=upper) == expected


def test_a_month_field_takes_a_year(form_set: FormSet, context: Context) -> None:
    field = next(f for form in form_set.forms for f in form.field if f.type == "month")
    assert read_bound("2016", field, context, upper=True) == "2016-12"


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (ColumnFilter("share_type", values=("1",)), "无条件共享"),
        (ColumnFilter("share_type", values=("1", EMPTY)), "无条件共享、（未填写）"),
        (ColumnFilter("share_type", values=("1", "2", UNFIT)), "无条件共享、有条件共享等 3 项"),
        (ColumnFilter("is_open", values=("0",)), "否"),
        (ColumnFilter("size_total_gb", values=(UNKNOWN,)), "未知"),
        (ColumnFilter("name", text="水"), "包含“水”"),
        (ColumnFilter("name", state="empty"), "未填写"),
        (ColumnFilter("published_on", low="2016-01-01"), "不小于 2016-01-01"),
        (ColumnFilter("published_on", high="2016-01-01"), "不大于 2016-01-01"),
        (ColumnFilter("published_on", low="2016-01-01", high="2016-01-01"), "2016-01-01"),
        (ColumnFilter("size_total_gb", low=Decimal(3), high=Decimal(4)), "3 至 4"),
    ],
)
def test_a_filter_in_words(
    form_set: FormSet, context: Context, chosen: ColumnFilter, told: str
) -> None:
    field = form_set.form(FORM).field_by_id(chosen.field)
    assert filter_text(chosen, field, context, Words("zh")) == told


def test_filters_are_kept_as_plain_values(form_set: FormSet, context: Context) -> None:
    form = form_set.form(FORM)
    chosen = (
        ColumnFilter("share_type", values=("1", EMPTY)),
        ColumnFilter("name", text="水"),
        ColumnFilter("abstract", state="filled"),
        ColumnFilter("published_on", low="2016-01-01", high="2016-12-31"),
    )
    plain = filters_as_plain(chosen)
    assert filters_of_plain(plain, form, context) == chosen
    spoilt = [*plain, {"field": "no_such"}, 3, {"field": "name", "low": "x"}, {"field": "code"}]
    kept = filters_of_plain(spoilt, form, context)
    assert {f.field for f in kept} == {f.field for f in chosen}
    assert filters_of_plain("nonsense", form, context) == ()


# -- the model -------------------------------------------------------------------------------------------------------


def test_the_model_of_a_list_is_sound(qtmodeltester: Any) -> None:
    words = Words("zh")
    model = ListTableModel([Column("name", "名称"), Column(STATE, "状态")], words)
    model.page_wanted.connect(
        lambda number: model.put_page(
            model.generation,
            number,
            [
                TableRow(k, RecordId(f"{k:032x}"), {"name": f"记录{k}"})
                for k in model.page_keys(number)
            ],
        )
    )
    qtmodeltester.check(model)
    model.set_keys(array("q", range(1, 451)))
    qtmodeltester.check(model)
    model.set_columns([Column("name", "名称"), Column("abstract", "摘要"), Column(STATE, "状态")])
    qtmodeltester.check(model)
    assert model.columnCount() == 3
    assert model.index(400, 0).data() == "记录401"
    assert model.keys_in([(0, 1), (449, 449)]) == [1, 2, 450]


# -- dialogs ---------------------------------------------------------------------------------------------------------


def dialogs(form_set: FormSet, context: Context, words: Words) -> list[QDialog]:
    """Return the dialogs of lists with long content."""
    form = form_set.form(FORM)
    columns = ListColumns(form, form_set.children_of(FORM), words)
    told = [("1", 301), ("2", 3), (EMPTY, 1)]
    chosen = {"share_type": ColumnFilter("share_type", values=("1",))}
    fields = list(form.stored_fields)
    ids = tuple(RecordId(f"{n:032x}") for n in range(4))
    plan = RemovalPlan(
        FORM, ids, ("一条名称很长的信息资源" * 4,) * 4, 12, 3,
        tuple(Referrer(FORM, i, "name", "引用它的一条记录" * 3) for i in ids), kept=True,
    )  # fmt: skip
    filled = FillPlan(
        FORM,
        "share_type",
        "1",
        ids,
        (OldAnswer("2", 3), OldAnswer(None, 1)),
        7,
        ids,
        ids,
        ids,
        1,
        2,
    )
    fill = FillDialog(
        fields_to_fill(form), 300, context, words, None, lambda _f, _v, done: done(filled)
    )
    fill._choice.setCurrentIndex([f.id for f in fill._fields].index("share_type"))
    fill.take_value("1")
    return [
        FilterDialog(fields, chosen, "share_type", lambda _f, done: done(told), context, words),
        FilterDialog(fields, chosen, "published_on", lambda _f, done: done(told), context, words),
        FilterDialog(fields, chosen, "name", lambda _f, done: done(told), context, words),
        ColumnsDialog(columns, ColumnChoice(), words),
        DeleteDialog(plan, form_set, words),
        fill,
    ]


@pytest.mark.parametrize("theme_name", [ThemeName.LIGHT, ThemeName.DARK])
@pytest.mark.parametrize("words", [Words("zh"), Words("en"), LongerWords()])
def test_dialogs_can_be_read_in_every_language_and_theme(
    themed: QApplication,
    form_set: FormSet,
    context: Context,
    words: Words,
    theme_name: ThemeName,
    qtbot: Any,
) -> None:
    theme.apply(themed, theme_name)
    for dialog in dialogs(form_set, context, words):
        qtbot.addWidget(dialog)
        dialog.show()
        name = type(dialog).__name__
        assert dialog.height() <= 700, name
        assert dialog.width() <= 1000, name
        assert cut_texts(dialog) == [], name
        assert nameless_controls(dialog) == [], name
        primary = [b for b in dialog.findChildren(QPushButton) if b.property("look") == "primary"]
        assert len(primary) <= 1, name
        dialog.close()
    theme.apply(themed, ThemeName.LIGHT)
