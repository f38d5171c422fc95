"""Choosing from lists: by text, code and initials, in trees, several at once, other records, never by accident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

import census_app.ui
from census_app import bootstrap
from census_app.domain.records import Unfit
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Text
from census_app.formspec.types import Context
from census_app.ui.forms.checklist import ChecklistEditor
from census_app.ui.forms.choice_editors import ComboEditor
from census_app.ui.forms.date_editors import CalendarPopup, DateEditor
from census_app.ui.forms.editor import EditorSetting, FieldEditor, make_editor
from census_app.ui.forms.editors import registered_types
from census_app.ui.forms.initials import Initials, spell
from census_app.ui.forms.options import Option, search
from census_app.ui.forms.picker import PickerEditor
from census_app.ui.forms.picker_popup import VALUE_ROLE, PickerPopup
from census_app.ui.forms.titles import TitleCache
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words

FORM_SET = bootstrap.shipped_form_set()
SYSTEM = "information_system"


@pytest.fixture
def titles() -> TitleCache:
    made = TitleCache()
    made.put(SYSTEM, {"a" * 32: "排污许可证管理系统", "b" * 32: "环境执法系统"})
    entries = [c.zh for known in FORM_SET.choice_lists.values() for c in known.choices]
    made.initials.learn(spell([*entries, *made.names()]))
    return made


@pytest.fixture
def make(themed: QApplication, titles: TitleCache, qtbot: Any) -> Iterator[Any]:
    assert registered_types()

    def made(kind: str, **changes: Any) -> tuple[Any, list[Any]]:
        field = Field(id="f", type=kind, label=Text("字段", "Field"), **changes)  # type: ignore[arg-type]
        context = Context(FORM_SET, ChoiceIndex(FORM_SET), titles)
        editor = make_editor(EditorSetting(field, context, Words("zh"), can_create=True))
        qtbot.addWidget(editor)
        editor.show()
        values: list[Any] = []
        editor.value_committed.connect(values.append)
        return editor, values

    yield made
    for popup in QApplication.topLevelWidgets():
        if isinstance(popup, PickerPopup | CalendarPopup):
            popup.close()


def key(widget: QWidget, code: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, code, modifier)


@pytest.mark.parametrize(
    ("word", "name", "fit"),
    [
        ("sjk", "数据库", 2),
        ("yh", "银行", 2),
        ("cq", "重庆市（公安局）", 2),
        ("ga", "重庆市（公安局）", 1),
        ("pt2", "GIS 平台 2 期", 1),
        ("kj", "会计系统", 2),
        ("xyz", "数据库", 0),
        ("xx", "行行行行行行行行", 2),
    ],
)
def test_initials_find_a_name_by_any_of_its_readings(word: str, name: str, fit: int) -> None:
    assert spell([name])[name].fits(word) == fit


def test_what_begins_with_the_text_comes_before_what_holds_it_and_before_initials() -> None:
    known = Initials()
    names = ["书籍库", "地方sjk表", "sjk备份", "人口数据库"]
    known.learn(spell(names))
    found = search([Option(n, n) for n in names], "sjk", known)
    assert [o.value for o in found.options] == ["sjk备份", "地方sjk表", "书籍库", "人口数据库"]
    assert search([Option("1", "数据库")], "sjk", Initials()).total == 0


def test_a_tree_is_found_by_initials_and_says_the_way_to_the_entry(make: Any) -> None:
    editor, values = make("code", choices="classification")
    assert isinstance(editor, PickerEditor)
    QTest.keyClicks(editor.button, "z")
    popup = editor.popup
    assert popup is not None
    QTest.keyClicks(popup.search, "rzy")
    marked = popup.view.currentIndex()
    assert marked.data(VALUE_ROLE) == "103"
    assert popup._path.text() == "政务基础信息资源目录 / 自然资源和空间地理基础信息"
    key(popup.search, Qt.Key.Key_Return)
    assert values == ["103"]


def test_the_arrows_walk_and_unfold_a_tree_from_its_search_field(make: Any) -> None:
    editor, values = make("code", choices="classification")
    key(editor.button, Qt.Key.Key_Down)
    popup = editor.popup
    key(popup.search, Qt.Key.Key_Down)
    top = popup.view.currentIndex()
    assert popup.view.isExpanded(top) is False
    key(popup.search, Qt.Key.Key_Right)
    assert popup.view.isExpanded(top)
    key(popup.search, Qt.Key.Key_Down)
    key(popup.search, Qt.Key.Key_Return)
    assert values == ["101"]


def test_escape_closes_a_list_and_changes_nothing(make: Any) -> None:
    editor, values = make("code", choices="classification")
    editor.show_value("103", rewrite=True)
    editor.button.opened.emit("环境")
    popup = editor.popup
    key(popup.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert values == []


def test_typing_on_a_closed_list_searches_it_and_arrows_open_it(make: Any) -> None:
    editor, values = make("code", choices="update_cycle")
    assert isinstance(editor, ComboEditor)
    QTest.keyClicks(editor.combo, "m")
    popup = editor.popup
    assert popup is not None
    QTest.keyClicks(popup.search, "n")
    key(popup.search, Qt.Key.Key_Return)
    label = ChoiceIndex(FORM_SET).label("update_cycle", values[0], "zh")
    assert label.startswith("每年")
    for code in (Qt.Key.Key_PageDown, Qt.Key.Key_End, Qt.Key.Key_Home):
        key(editor.combo, code)
    assert len(values) == 1


def test_a_short_list_for_several_answers_stands_open(make: Any) -> None:
    editor, values = make("codes", choices="users")
    assert isinstance(editor, ChecklistEditor)
    editor.name_for_reader("使用对象", "可多选")
    assert nameless_controls(editor) == []
    boxes = list(editor.boxes.items())
    boxes[2][1].click()
    boxes[0][1].click()
    assert values == [(boxes[2][0],), (boxes[0][0], boxes[2][0])]
    boxes[2][1].click()
    boxes[0][1].click()
    assert values[-1] is None
    editor.show_value(Unfit("大家"), rewrite=True)
    assert not any(box.isChecked() for box in editor.boxes.values())
    assert any("大家" in label.text() for label in editor.findChildren(QLabel))


def test_a_check_list_wraps_where_there_is_no_room(make: Any) -> None:
    editor, _values = make("codes", choices="zombie_reasons")
    wide, narrow = editor.heightForWidth(1200), editor.heightForWidth(300)
    assert narrow > wide > 0


def test_a_name_that_is_not_there_can_be_made_on_the_spot(make: Any) -> None:
    editor, values = make("reference", target=SYSTEM)
    wanted: list[str] = []
    editor.create_wanted.connect(wanted.append)
    editor.button.opened.emit("排污 许可证管理系统")
    assert editor.popup.new.isHidden()  # there is one of that name
    editor.popup.close()
    editor.button.opened.emit("新的系统")
    assert "新建政务信息系统“新的系统”" in editor.popup.new.text()
    key(editor.popup.search, Qt.Key.Key_Return)  # finds nothing, makes nothing
    assert wanted == []
    key(editor.popup.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert wanted == ["新的系统"]
    assert values == []


def test_a_reference_leads_to_its_record(make: Any) -> None:
    editor, _values = make("references", target=SYSTEM)
    wanted: list[str] = []
    editor.record_wanted.connect(wanted.append)
    assert editor.follow.isHidden()
    editor.show_value(("b" * 32,), rewrite=True)
    assert not editor.follow.isHidden()
    key(editor.button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert wanted == ["b" * 32]


def test_the_calendar_opens_at_what_was_typed_and_knows_today(make: Any) -> None:
    editor, _values = make("date")
    assert isinstance(editor, DateEditor)
    texts: list[str] = []
    editor.text_committed.connect(texts.append)
    QTest.keyClicks(editor.line, "2016/9/30")
    key(editor.line, Qt.Key.Key_F4)
    popup = editor.findChild(CalendarPopup)
    assert popup is not None
    calendar = popup.findChild(QWidget, "qt_calendar_calendarview")
    assert calendar is not None
    assert popup._year == 2016
    QTest.keyPress(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert editor.line.text() == "2016/9/30"
    assert texts == []


def wheel(widget: QWidget) -> None:
    where = QPointF(5, 5)
    event = QWheelEvent(
        where, where, QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("code", {"choices": "share_type"}),
        ("code", {"choices": "classification"}),
        ("codes", {"choices": "users"}),
        ("month", {}),
        ("money", {"unknown": True}),
        ("boolean", {}),
        ("reference", {"target": SYSTEM}),
    ],
)
def test_the_wheel_answers_nothing(make: Any, kind: str, changes: dict[str, Any]) -> None:
    editor, values = make(kind, **changes)
    assert isinstance(editor, FieldEditor)
    texts: list[str] = []
    editor.text_committed.connect(texts.append)
    target = editor.focusProxy() or editor
    for _focused in (False, True):
        for each in [target, *editor.findChildren(QWidget)]:
            wheel(each)
        target.setFocus()
    assert values == []
    assert texts == []


def test_no_box_of_the_windows_listens_to_the_wheel() -> None:
    loud = re.compile(r"(?<!Quiet)\b(QComboBox|QSpinBox|QDoubleSpinBox|QDateEdit|QSlider)\(\)")
    bases = re.compile(r"class (?!QuietCombo)\w+\((QComboBox|QSpinBox|QDateEdit|QSlider)\)")
    found = [
        path.name
        for path in Path(next(iter(census_app.ui.__path__))).rglob("*.py")
        if loud.search(text := path.read_text(encoding="utf-8")) or bases.search(text)
    ]
    assert found == []
