"""Words that an input method composes are never cut: by no timer, no arriving state, no key of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QInputMethodQueryEvent
from PySide6.QtWidgets import QApplication, QWidget

from census_app import bootstrap
from census_app.domain.records import RecordId, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Text
from census_app.formspec.types import Context
from census_app.services.editing import FormState
from census_app.ui.forms import editor as editor_module
from census_app.ui.forms.choice_editors import ComboEditor
from census_app.ui.forms.editor import EditorSetting, FieldEditor, composing, make_editor
from census_app.ui.forms.editors import registered_types
from census_app.ui.forms.picker import PickerEditor
from census_app.ui.forms.picker_popup import PickerPopup
from census_app.ui.forms.text_editors import LineEditor, LongTextEditor
from census_app.ui.forms.titles import TitleCache
from census_app.ui.forms.view import FormView
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
FORM_SET = bootstrap.shipped_form_set()
RESOURCE = FORM_SET.form("information_resource")


def context() -> Context:
    return Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache())


def make(kind: str, qtbot: Any, **changes: Any) -> tuple[FieldEditor, list[str]]:
    assert kind in registered_types()
    field = Field(id="f", type=kind, label=Text("字段", "Field"), **changes)  # type: ignore[arg-type]
    made = make_editor(EditorSetting(field, context(), Words("zh")))
    qtbot.addWidget(made)
    texts: list[str] = []
    made.text_committed.connect(texts.append)
    made.show()
    made.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    return made, texts


def target(made: FieldEditor) -> QWidget:
    found = made.focusProxy()
    assert found is not None
    return found


def compose(widget: QWidget, letters: str) -> None:
    QApplication.sendEvent(widget, QInputMethodEvent(letters, []))


def finish(widget: QWidget, word: str) -> None:
    event = QInputMethodEvent("", [])
    event.setCommitString(word)
    QApplication.sendEvent(widget, event)


def shown(made: FieldEditor) -> str:
    if isinstance(made, LineEditor):
        return made.line.text()
    assert isinstance(made, LongTextEditor)
    return made.text.toPlainText()


@pytest.mark.parametrize("kind", ["text", "longtext"])
def test_the_second_that_commits_waits_for_the_word(
    themed: QApplication, qtbot: Any, until: Until, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_module, "IDLE_COMMIT_MS", 20)
    made, texts = make(kind, qtbot)
    qtbot.keyClicks(target(made), "a")
    compose(target(made), "shuju")
    made.idle._on_idle()  # type: ignore[attr-defined]
    assert composing()
    assert texts == []
    finish(target(made), "数据")
    assert not composing()
    until(lambda: texts == ["a数据"])


@pytest.mark.parametrize("kind", ["text", "longtext", "integer"])
@pytest.mark.parametrize("rewrite", [False, True])
def test_an_arriving_answer_waits_for_the_word_and_gives_way_to_it(
    themed: QApplication, qtbot: Any, kind: str, rewrite: bool
) -> None:
    made, texts = make(kind, qtbot)
    before: Value = 12 if kind == "integer" else "12"
    made.show_value(before, rewrite=True)
    compose(target(made), "shuju")
    made.show_value(99 if kind == "integer" else "99", rewrite=rewrite)
    assert shown(made) == "12"
    finish(target(made), "3")
    assert "3" in shown(made)
    assert "99" not in shown(made)
    made.flush()
    assert texts == [shown(made)]


@pytest.mark.parametrize("kind", ["text", "longtext"])
def test_an_answer_that_waited_is_shown_when_the_word_was_given_up(
    themed: QApplication, qtbot: Any, kind: str
) -> None:
    made, texts = make(kind, qtbot)
    made.show_value("甲", rewrite=True)
    compose(target(made), "shu")
    made.show_value("乙", rewrite=True)
    compose(target(made), "")
    assert shown(made) == "乙"
    assert texts == []


def test_an_input_method_that_leaves_without_a_word_holds_nothing_up(
    themed: QApplication, qtbot: Any
) -> None:
    made, _texts = make("text", qtbot)
    compose(target(made), "shu")
    target(made).clearFocus()
    assert not target(made).composing  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("code", {"choices": "share_type"}), ("code", {"choices": "classification"})],
)
def test_the_first_word_on_a_list_is_whole_when_its_search_opens(
    themed: QApplication, qtbot: Any, kind: str, changes: dict[str, str]
) -> None:
    made, _texts = make(kind, qtbot, **changes)
    assert isinstance(made, ComboEditor | PickerEditor)
    control = target(made)
    assert control.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    asked = QInputMethodQueryEvent(Qt.InputMethodQuery.ImEnabled)
    QApplication.sendEvent(control, asked)
    assert asked.value(Qt.InputMethodQuery.ImEnabled) is True
    compose(control, "ziyuan")
    assert composing()
    assert made.findChild(PickerPopup) is None
    finish(control, "共享")
    assert made.popup is not None
    assert made.popup.search.text() == "共享"
    made.popup.close()


def make_view() -> FormView:
    made = FormView(RESOURCE, context(), Words("zh"))
    made.resize(900, 600)
    made.show()
    return made


def state(record: str, **values: Value) -> FormState:
    relevant = frozenset(f.id for f in RESOURCE.field)
    return FormState(RESOURCE.id, RecordId(record * 32), values, {}, relevant, frozenset(), (), {})


def test_a_word_never_lands_in_another_record(themed: QApplication, qtbot: Any) -> None:
    view = make_view()
    qtbot.addWidget(view)
    view.show_state(state("a", name="甲"), [])
    told: list[tuple[str, str]] = []
    view.text_committed.connect(lambda f, t: told.append((f, t)))
    view.go_to("name")
    row = view.row("name")
    assert row is not None
    qtbot.waitUntil(lambda: view._editing == "name")
    compose(target(row.editor), "shuju")
    view.show_state(state("b", name="乙"), [])
    assert shown(row.editor) == "乙"
    assert not composing()
    assert told == []


def test_our_code_takes_the_cursor_from_no_word(themed: QApplication, qtbot: Any) -> None:
    view = make_view()
    qtbot.addWidget(view)
    view.show_state(state("a", name="甲"), [])
    view.go_to("name")
    row = view.row("name")
    assert row is not None
    qtbot.waitUntil(lambda: view._editing == "name")
    compose(target(row.editor), "shuju")
    view.go_to("name_en")
    assert QApplication.focusWidget() is target(row.editor)
    finish(target(row.editor), "数据")
    assert shown(row.editor).endswith("数据") or shown(row.editor).startswith("数据")
