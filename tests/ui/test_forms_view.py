from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QLabel

from census_app import bootstrap
from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId, Unfit, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Form, Text
from census_app.formspec.types import Context
from census_app.services.editing import FormState
from census_app.ui.forms.titles import TitleCache
from census_app.ui.forms.view import FormView
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
FORM_SET = bootstrap.shipped_form_set()
RESOURCE = FORM_SET.form("information_resource")
RECORD = RecordId("0" * 32)


def make_view(form: Form = RESOURCE, language: str = "zh") -> FormView:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache(), language)
    return FormView(form, context, Words(language))


def make_state(values: dict[str, Value] | None = None, **changes: Any) -> FormState:
    given: dict[str, Any] = {
        "form": RESOURCE.id,
        "record": RECORD,
        "values": values or {},
        "understood": {},
        "relevant": frozenset(f.id for f in RESOURCE.field),
        "required": frozenset({"name"}),
        "findings": (),
        "calculated": {},
    }
    return FormState(**(given | changes))


def make_finding(field: str, severity: Severity = Severity.ERROR, **changes: Any) -> Finding:
    return Finding(
        "REQUIRED", severity, RESOURCE.id, RECORD, (field,), **{"check": "required"} | changes
    )


def texts_of(view: FormView) -> list[str]:
    return [label.text() for label in view.findChildren(QLabel) if not label.isHidden()]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("form", [f.id for f in FORM_SET.forms])
def test_every_form_is_shown_whole_with_named_controls(
    themed: QApplication, form: str, language: str
) -> None:
    shown = FORM_SET.form(form)
    view = make_view(shown, language)
    view.resize(900, 600)
    view.show()
    ids = frozenset(f.id for f in shown.field)
    view.show_state(make_state(form=form, relevant=ids, required=ids), [])
    for number in range(view.tabs.count()):
        view.tabs.setCurrentIndex(number)
    assert {f.id for f in shown.field if view.row(f.id) is not None} == ids
    assert nameless_controls(view) == []
    view.close()


def test_a_field_added_to_the_form_set_appears(themed: QApplication) -> None:
    added = Field(id="added", type="text", label=Text("新加的一项", "Added"), section="basic")
    form = msgspec.structs.replace(RESOURCE, field=(*RESOURCE.field, added))
    view = make_view(form)
    view.show_state(make_state(relevant=frozenset({"name", "added"})), [])
    assert view.row("added") is not None
    assert "新加的一项" in texts_of(view)


def test_only_relevant_fields_are_shown(themed: QApplication) -> None:
    view = make_view()
    view.show_state(make_state(relevant=frozenset({"name", "open_condition"})), [])
    assert view.go_to("open_condition")
    assert view.go_to("name")
    assert not view.go_to("abstract")
    titles = [view.tabs.tabText(n) for n in range(view.tabs.count())]
    assert titles == ["基本信息", "开放属性"]
    view.show_state(make_state(relevant=frozenset({"name"})), [])
    assert not view.go_to("open_condition")


def test_an_answer_repaints_only_the_rows_it_touches(themed: QApplication) -> None:
    view = make_view()
    view.show_state(make_state({"name": "甲"}), [])
    assert view.show_state(make_state({"name": "甲"}), []) == 0
    assert view.show_state(make_state({"name": "乙"}), []) == 1
    finding = make_finding("abstract")
    assert view.show_state(make_state({"name": "乙"}), [finding]) == 1


def test_a_problem_stands_under_its_field_in_words(themed: QApplication) -> None:
    view = make_view()
    view.show_state(make_state(), [make_finding("name")])
    row = view.row("name")
    assert row is not None
    said = " ".join(label.text() for label in row.findChildren(QLabel))
    assert "“信息资源名称”还没有填写" in said
    assert row.worst is Severity.ERROR
    focused = row.editor.focusProxy()
    assert focused is not None
    assert "还没有填写" in focused.accessibleDescription()
    view.show_state(make_state({"name": "甲"}), [])
    assert row.worst is None


def test_an_offer_under_the_field_is_taken_with_a_click(themed: QApplication) -> None:
    view = make_view()
    taken: list[Finding] = []
    view.offer_taken.connect(taken.append)
    unfit = Unfit("每 121 日")
    finding = make_finding("update_cycle", check="unfit", found={"update_cycle": unfit}, offer="2")
    view.show_state(make_state({"update_cycle": unfit}), [finding])
    view.go_to("update_cycle")
    row = view.row("update_cycle")
    assert row is not None
    assert not row._offer.isHidden()
    row._offer.click()
    assert taken == [finding]


def test_what_was_understood_is_said(themed: QApplication) -> None:
    view = make_view()
    state = make_state({"published_on": "2016-09-30"}, understood={"published_on": "2016/9/30"})
    view.show_state(state, [])
    view.go_to("published_on")
    assert any("2016/9/30" in text for text in texts_of(view))
    view.show_state(make_state({"published_on": "2016-09-30"}), [])
    assert not any("2016/9/30" in text for text in texts_of(view))


def test_a_refused_text_stays_with_its_reason(themed: QApplication, qtbot: Any) -> None:
    view = make_view()
    view.show_state(make_state(), [])
    row = view.row("name")
    assert row is not None
    qtbot.keyClicks(row.editor.line, "secret")  # type: ignore[attr-defined]
    row.editor.flush()
    view.show_refusal("name", "涉密内容不能填在这里。")
    view.show_findings([])
    row.settle()
    assert row.editor.line.text() == "secret"  # type: ignore[attr-defined]
    assert any("涉密内容不能填在这里" in text for text in texts_of(view))


def test_typing_and_choosing_are_told_with_their_field(themed: QApplication, qtbot: Any) -> None:
    view = make_view()
    told: list[tuple[str, object]] = []
    view.text_committed.connect(lambda f, t: told.append((f, t)))
    view.value_committed.connect(lambda f, v: told.append((f, v)))
    view.show_state(make_state(), [])
    row = view.row("name")
    assert row is not None
    qtbot.keyClicks(row.editor.line, "ab")  # type: ignore[attr-defined]
    view.flush()
    view.go_to("is_open")
    is_open = view.row("is_open")
    assert is_open is not None
    is_open.editor.yes.click()  # type: ignore[attr-defined]
    assert told == [("name", "ab"), ("is_open", True)]


def test_a_field_the_centre_owns_can_only_be_read(themed: QApplication) -> None:
    view = make_view()
    view.show_state(make_state(), [])
    row = view.row("code")
    assert row is not None
    assert row.editor.line.isReadOnly()  # type: ignore[attr-defined]
    assert row.editor.line.placeholderText() == "由统筹部门编制"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "columns"), [(1000, 2), (600, 1)])
def test_fields_stand_in_two_columns_where_there_is_room(
    themed: QApplication, width: int, columns: int
) -> None:
    view = make_view()
    view.resize(width, 500)
    view.show()
    view.show_state(make_state(), [])
    QApplication.processEvents()
    name, english = view.row("name"), view.row("name_en")
    assert name is not None
    assert english is not None
    same_line = name.y() == english.y()
    assert same_line == (columns == 2)
    view.close()


def test_a_tab_says_that_something_is_open_in_it(themed: QApplication) -> None:
    view = make_view()
    view.show_state(make_state(), [make_finding("is_open"), make_finding("open_condition")])
    titles = [view.tabs.tabText(n) for n in range(view.tabs.count())]
    place = titles.index("开放属性")
    assert view.tabs.tabToolTip(place) == "还有 2 处要处理"
    assert not view.tabs.tabIcon(place).isNull()
    assert view.tabs.tabToolTip(titles.index("关联")) == ""
