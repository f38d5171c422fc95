"""Start window, first questions, list of mistakes and manual: no text is cut, no control nameless, no key doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from census_app import bootstrap
from census_app.services.practising import exercises, read_practice
from census_app.ui.department.practice import PracticeDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.actor_dialog import ActorDialog
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.first_run import FirstRunDialog
from census_app.ui.shell.manual import ManualDialog
from census_app.ui.shell.recent import RecentFiles
from census_app.ui.shell.start import StartWindow
from census_app.ui.shell.translation import Words
from tests.ui.seen import LongerWords, cut_texts, doubled_shortcuts, open_placeholders


@pytest.fixture(params=["zh", "en", "longer"])
def spoken(request: pytest.FixtureRequest) -> Words:
    return LongerWords() if request.param == "longer" else Words(request.param)


def look(qtbot: Any, widget: QWidget) -> list[str]:
    widget.show()
    qtbot.waitExposed(widget)
    QApplication.processEvents()
    found = [f"nameless {x}" for x in nameless_controls(widget)]
    found += [f"cut {x}" for x in cut_texts(widget)]
    found += [f"open {x}" for x in open_placeholders(widget)]
    return found + [f"doubled {x}" for x in doubled_shortcuts(widget)]


def test_the_start_window(preferences: Preferences, qtbot: Any, spoken: Words) -> None:
    window = StartWindow(spoken, preferences, bootstrap.place_kind, "李四")
    qtbot.addWidget(window)
    assert look(qtbot, window) == []
    files = RecentFiles(preferences)
    far, at = Path("/nowhere/很远的地方/a.censusdb"), "2027-03-01T06:00:00Z"
    files.remember(far, "部门" * 30, at, training=True)
    window.show_recent()
    assert look(qtbot, window) == []


def test_the_questions(preferences: Preferences, qtbot: Any, spoken: Words, tmp_path: Path) -> None:
    kinds = iter(["share", "removable", "sync", "denied"])
    dialog = FirstRunDialog(spoken, preferences, lambda _path: next(kinds, ""), "李四")
    qtbot.addWidget(dialog)
    for code in ("", "1132", "1132O", "11320000990000017X", "11320000990000017P0"):
        dialog.code.setText(code)
        assert look(qtbot, dialog) == [], code
    dialog.name.setText("江苏省环境保护厅")
    dialog.code.setText("11320000990000017P")
    for step in range(4):
        assert dialog.stack.currentIndex() == step
        assert look(qtbot, dialog) == [], step
        if step == 2:
            for number in range(5):
                dialog.place.setText(str(tmp_path / f"{number}.censusdb"))
                assert look(qtbot, dialog) == [], number
        if step < 3:
            dialog.forth.click()
    dialog.take_lists([Path(f"很长的文件名称{n}.xlsx") for n in range(6)])
    assert look(qtbot, dialog) == []


def test_the_list_of_mistakes(qtbot: Any, themed: QApplication, spoken: Words) -> None:
    dialog = PracticeDialog(spoken)
    qtbot.addWidget(dialog)
    dialog.show_exercises(exercises(read_practice(), []))
    assert look(qtbot, dialog) == []


def test_the_manual_and_the_name(qtbot: Any, themed: QApplication, spoken: Words) -> None:
    manual, actor = ManualDialog(spoken), ActorDialog(spoken, "李四")
    for dialog in (manual, actor):
        qtbot.addWidget(dialog)
        assert look(qtbot, dialog) == []
