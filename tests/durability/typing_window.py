"""The real window with somebody who types into it; `test_kill_window` kills it. Says each answer that is saved.

Run as: typing_window.py FILE DATA_DIR SEED. Prints JSON lines: `typing` before an answer is typed, `left` when
its editor was left, `saved` when the window has said so.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["CENSUS_DATA_DIR"] = sys.argv[2]

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from census_app import bootstrap
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.application import Preferences, create_application
from census_app.ui.shell.translation import Words


def say(what: str, field: str, text: str) -> None:
    sys.stdout.write(json.dumps([what, field, text]) + "\n")
    sys.stdout.flush()


def text_editors(page: RecordsPage) -> dict[str, QWidget]:
    """Return the inputs of plain texts in the first section of the form, by field."""
    found: dict[str, QWidget] = {}
    rows = page._view._rows.values() if page._view is not None else ()
    for row in rows:
        if row.isHidden() or row.field.type not in {"text", "longtext"}:
            continue
        inputs: list[QLineEdit | QPlainTextEdit] = []
        for kind in (QLineEdit, QPlainTextEdit):
            inputs += row.editor.findChildren(kind)
        if isinstance(row.editor, QLineEdit | QPlainTextEdit):
            inputs.append(row.editor)
        usable = [w for w in inputs if w.isVisible() and w.isEnabled() and not w.isReadOnly()]
        if usable:
            found[row.field.id] = usable[0]
    return found


def wait(window: DepartmentWindow) -> None:
    """Let the window work until it has nothing to write."""
    window.runner.wait_for_database()
    QApplication.processEvents()


def main() -> None:
    """Type until killed."""
    chance = random.Random(int(sys.argv[3]))  # noqa: S311  # chooses moments, guards nothing
    services = bootstrap.Services()
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    preferences = Preferences(folder)
    preferences.language = "zh"
    application = create_application(preferences)
    application.setQuitOnLastWindowClosed(True)
    store = services.open_any(Path(sys.argv[1]))
    window = DepartmentWindow(services, store, preferences, Words("zh"))  # type: ignore[arg-type]
    window.resize(1366, 768)
    window.show()
    window.start()
    window.show_page("resources")
    page = window.records_page()
    assert page is not None
    for _ in range(1000):
        window.activateWindow()  # an editor is left only in a window that has the focus
        if len(text_editors(page)) > 1 and window.isActiveWindow():
            break
        QTest.qWait(30)
    wait(window)
    editors = text_editors(page)
    number = 0
    saved: list[str] = []
    window.session.saved.connect(saved.append)
    say("ready", "", "")
    while True:
        field, widget = chance.choice(list(editors.items()))
        number += 1
        tail = f"{chance.randrange(10**6)}-{number}"
        say("typing", field, "水质断面" + tail)
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        composed = QInputMethodEvent()
        composed.setCommitString("水质断面")
        QApplication.sendEvent(widget, composed)
        QTest.keyClicks(widget, tail)
        others = [w for w in editors.values() if w is not widget]
        chance.choice(others).setFocus()
        say("left", field, "水质断面" + tail)
        while not saved:
            wait(window)
        saved.clear()
        say("saved", field, "水质断面" + tail)


if __name__ == "__main__":
    main()
