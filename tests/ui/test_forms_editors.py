from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from census_app import bootstrap
from census_app.domain.records import UNKNOWN, Unfit, Value
from census_app.errors import BugError
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Text
from census_app.formspec.types import FIELD_TYPES, Context
from census_app.ui.forms import editor as editor_module
from census_app.ui.forms.choice_editors import BooleanEditor, ComboEditor
from census_app.ui.forms.date_editors import CalendarPopup, DateEditor
from census_app.ui.forms.editor import EditorSetting, FieldEditor, make_editor, register
from census_app.ui.forms.editors import registered_types
from census_app.ui.forms.options import SHOWN, Option, search, with_ancestors
from census_app.ui.forms.picker import PickerEditor
from census_app.ui.forms.text_editors import LineEditor, LongTextEditor, NumberEditor
from census_app.ui.forms.titles import TitleCache
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
FORM_SET = bootstrap.shipped_form_set()


def make_field(kind: str, **changes: Any) -> Field:
    return Field(id="f", type=kind, label=Text("字段", "Field"), **changes)  # type: ignore[arg-type]


def make_context(titles: TitleCache | None = None) -> Context:
    return Context(FORM_SET, ChoiceIndex(FORM_SET), titles or TitleCache())


def make(field: Field, context: Context | None = None) -> tuple[FieldEditor, list[str], list[Any]]:
    made = make_editor(EditorSetting(field, context or make_context(), Words("zh")))
    texts: list[str] = []
    values: list[Any] = []
    made.text_committed.connect(texts.append)
    made.value_committed.connect(values.append)
    made.name_for_reader("字段", "")
    return made, texts, values


def choices_of(kind: str) -> dict[str, Any]:
    if kind in {"code", "codes"}:
        return {"choices": "share_type" if kind == "code" else "update_cycle"}
    return {"target": "department"} if kind in {"reference", "references"} else {}


def test_every_field_type_has_an_editor() -> None:
    assert registered_types() == set(FIELD_TYPES)


def test_registering_a_type_twice_is_a_mistake() -> None:
    with pytest.raises(BugError, match="EDITOR_TWICE"):
        register(LineEditor, "text")


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_every_editor_is_named_and_shows_every_kind_of_value(
    themed: QApplication, kind: str
) -> None:
    made, texts, values = make(make_field(kind, **choices_of(kind)))
    for value in (None, Unfit("每 121 日"), None):
        made.show_value(value, rewrite=True)
        made.set_look("bad" if value else "")
    made.set_read_only("由统筹部门编制")
    assert nameless_controls(made) == []
    assert texts == []
    assert values == []


def _shown(editor: FieldEditor) -> str:
    if isinstance(editor, LineEditor):
        return editor.line.text()
    if isinstance(editor, LongTextEditor):
        return editor.text.toPlainText()
    if isinstance(editor, ComboEditor):
        return editor.combo.currentText()
    if isinstance(editor, PickerEditor):
        return editor.button.toolTip()
    assert isinstance(editor, BooleanEditor)
    return editor._unfit.text()


@pytest.mark.parametrize("kind", sorted(set(FIELD_TYPES) - {"calculation", "note", "attachment"}))
def test_text_that_does_not_fit_is_shown_to_the_letter(themed: QApplication, kind: str) -> None:
    made, _texts, _values = make(make_field(kind, **choices_of(kind)))
    made.show_value(Unfit("每 121 日"), rewrite=True)
    assert "每 121 日" in _shown(made)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("text", "许可证", "许可证"),
        ("integer", 1200, "1200"),
        ("money", Decimal("12.5"), "12.5"),
        ("date", "2017-11-23", "2017-11-23"),
        ("code", "2", "有条件共享"),
    ],
)
def test_values_are_shown_as_they_are_written(
    themed: QApplication, kind: str, value: Value, shown: str
) -> None:
    made, _texts, _values = make(make_field(kind, **choices_of(kind)))
    made.show_value(value, rewrite=True)
    assert _shown(made) == shown


def test_typing_is_committed_a_second_after_the_last_key(
    themed: QApplication, until: Until, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    monkeypatch.setattr(editor_module, "IDLE_COMMIT_MS", 30)
    made, texts, _values = make(make_field("text"))
    assert isinstance(made, LineEditor)
    qtbot.keyClicks(made.line, "abc")
    assert texts == []
    until(lambda: texts == ["abc"])
    made.flush()
    assert texts == ["abc"]


def test_leaving_the_field_commits_at_once(themed: QApplication, qtbot: Any) -> None:
    made, texts, _values = make(make_field("longtext"))
    assert isinstance(made, LongTextEditor)
    qtbot.keyClicks(made.text, "abc")
    made.flush()
    assert texts == ["abc"]


def test_a_word_being_composed_is_never_cut(
    themed: QApplication, qtbot: Any, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setattr(editor_module, "IDLE_COMMIT_MS", 20)
    made, texts, _values = make(make_field("text"))
    assert isinstance(made, LineEditor)
    made.show()
    qtbot.addWidget(made)
    qtbot.keyClicks(made.line, "a")
    QApplication.sendEvent(made.line, QInputMethodEvent("huanjing", []))
    assert made.line.composing
    made.idle._on_idle()
    assert texts == []
    done = QInputMethodEvent("", [])
    done.setCommitString("环境")
    QApplication.sendEvent(made.line, done)
    until(lambda: texts == ["a环境"])


def test_what_is_being_typed_is_not_rewritten_by_an_answer(
    themed: QApplication, qtbot: Any
) -> None:
    made, _texts, _values = make(make_field("integer"))
    assert isinstance(made, NumberEditor)
    qtbot.keyClicks(made.line, "1,20")
    made.show_value(120, rewrite=False)
    assert made.line.text() == "1,20"
    made.flush()
    made.show_value(1200, rewrite=False)
    assert made.line.text() == "1200"


@pytest.mark.parametrize("kind", ["code", "integer", "date"])
def test_the_wheel_never_changes_an_answer(themed: QApplication, kind: str) -> None:
    made, texts, values = make(make_field(kind, **choices_of(kind)))
    starts: dict[str, Value] = {"code": "2", "integer": 5, "date": "2017-11-23"}
    start = starts[kind]
    made.show_value(start, rewrite=True)
    before = _shown(made)
    target = made.focusProxy() or made
    for focused in (False, True):
        if focused:
            target.setFocus()
        where = QPointF(5, 5)
        event = QWheelEvent(
            where, where, QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)
    assert _shown(made) == before
    assert texts == []
    assert values == []


def test_unknown_is_an_answer_beside_the_number(themed: QApplication) -> None:
    made, _texts, values = make(make_field("decimal", unknown=True, unit=Text("G", "GB")))
    assert isinstance(made, NumberEditor)
    assert made.unknown is not None
    made.unknown.click()
    made.show_value(UNKNOWN, rewrite=False)
    assert not made.line.isEnabled()
    made.unknown.click()
    assert values == [UNKNOWN, None]
    made.show_value(Decimal(0), rewrite=True)
    assert made.line.text() == "0"
    assert not made.unknown.isChecked()


def test_yes_and_no_can_be_taken_back(themed: QApplication) -> None:
    made, _texts, values = make(make_field("boolean"))
    assert isinstance(made, BooleanEditor)
    made.yes.click()
    made.no.click()
    made.no.click()
    assert values == [True, False, None]
    assert not made.yes.isChecked()
    assert not made.no.isChecked()


def test_a_short_list_is_a_combo_and_a_tree_is_searched(themed: QApplication) -> None:
    short, _t, values = make(make_field("code", choices="share_type"))
    assert isinstance(short, ComboEditor)
    last = short.combo.count() - 1
    assert short.combo.itemText(last) == "（不选）"  # Down and Enter choose an answer, not none
    assert short.combo.currentIndex() == -1
    short.combo.setCurrentIndex(1)
    short.combo.activated.emit(1)
    short.combo.activated.emit(last)
    assert values == ["2", None]
    tree, _t2, _v2 = make(make_field("code", choices="classification"))
    assert isinstance(tree, PickerEditor)


def test_a_dependent_list_offers_only_its_part(themed: QApplication) -> None:
    field = FORM_SET.form("information_resource").field_by_id("format_type")
    made, _t, _v = make(field)
    assert isinstance(made, ComboEditor)
    whole = made.combo.count()
    made.show_context(make_context().beside({"format_class": "03"}))
    assert 1 < made.combo.count() < whole
    made.show_value("0101", rewrite=True)
    assert made.combo.currentText() == "doc"


def test_several_codes_come_in_the_order_of_the_list(themed: QApplication) -> None:
    made, _t, values = make(make_field("codes", choices="update_cycle"))
    assert isinstance(made, PickerEditor)
    codes = [c.code for c in FORM_SET.choice_lists["update_cycle"].choices]
    made._on_chosen((codes[2], codes[0]))
    made._on_chosen(())
    assert values == [(codes[0], codes[2]), None]


def test_the_popup_finds_by_text_and_by_code(themed: QApplication, qtbot: Any) -> None:
    made, _t, values = make(make_field("code", choices="classification"))
    assert isinstance(made, PickerEditor)
    qtbot.addWidget(made)
    made.show()
    made.button.opened.emit("211")
    popup = made.popup
    assert popup is not None
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert values == ["211"]


def test_references_are_found_by_name(themed: QApplication, qtbot: Any) -> None:
    titles = TitleCache()
    titles.put("department", {"a" * 32: "江苏省环境保护厅", "b" * 32: "江苏省公安厅"})
    made, _t, values = make(make_field("reference", target="department"), make_context(titles))
    assert isinstance(made, PickerEditor)
    qtbot.addWidget(made)
    made.show_value("a" * 32, rewrite=True)
    assert _shown(made) == "江苏省环境保护厅"
    made.button.opened.emit("公安")
    assert made.popup is not None
    qtbot.keyClick(made.popup.search, Qt.Key.Key_Return)
    assert values == ["b" * 32]


def test_a_long_list_says_how_many_more_there_are() -> None:
    options = [Option(str(n), f"资源{n}") for n in range(1000)]
    found = search(options, "资源")
    assert len(found.options) == SHOWN
    assert found.total == 1000
    assert search(options, "资源999").total == 1
    assert search(options, "没有").options == ()


def test_a_search_in_a_tree_shows_the_way_to_each_hit() -> None:
    tree = [Option("2", "主题"), Option("211", "生态环境", parent="2"), Option("3", "部门")]
    shown = with_ancestors(tree, search(tree, "环境").options)
    assert [o.value for o in shown] == ["2", "211"]


def test_a_day_and_a_month_are_taken_from_the_calendar(themed: QApplication) -> None:
    made, texts, _v = make(make_field("month"))
    assert isinstance(made, DateEditor)
    made.show_value("2016-05", rewrite=True)
    made._on_open()
    popup = made.findChild(CalendarPopup)
    assert popup is not None
    popup._back()
    months = [b for b in popup.findChildren(QWidget) if b.property("month") == 9]
    months[0].click()  # type: ignore[attr-defined]
    assert texts == ["2015-09"]


def _override(line: QWidget) -> bool:
    event = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier
    )
    event.ignore()
    QApplication.sendEvent(line, event)
    return event.isAccepted()


@pytest.mark.parametrize("kind", ["text", "longtext", "integer", "date"])
def test_undo_belongs_to_the_input_while_typing_and_to_the_journal_afterwards(
    themed: QApplication, qtbot: Any, kind: str
) -> None:
    made, _texts, _values = make(make_field(kind))
    line = made.focusProxy()
    assert line is not None
    qtbot.keyClicks(line, "12")
    assert _override(line)
    made.flush()
    assert not _override(line)
