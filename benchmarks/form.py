"""From a key press to the repainted form, in the running window on the largest form with all its sections built.

Three things are measured: a key in a field (the text is on the screen), the state of the record that follows (written,
evaluated, every touched row and the problems beside it painted), and turning to the next record. The floor is a key in
a bare line of text in the same process. Milliseconds; the goal is that of the first row.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("CENSUS_DATA_DIR", tempfile.mkdtemp())

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from census_app import bootstrap
from census_app.formspec.checks import compile_checks
from census_app.services.editing import create_record
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.forms.text_editors import LineEditor
from census_app.ui.forms.view import FormView
from census_app.ui.shell import theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

KEYS = 400
STATES = 60
GOAL_MS = 16.0


def settle(ms: int = 600) -> None:
    """Let everything happen that is under way."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def painted(app: QApplication) -> None:
    """Deliver what is posted, the painting included."""
    app.sendPostedEvents()
    app.processEvents()


def keys_into(app: QApplication, line: QWidget, count: int) -> list[float]:
    """Press keys one after the other; return the time of each until its text is painted."""
    times = []
    for number in range(count):
        begun = time.perf_counter()
        if number % 40 == 39:
            QTest.keyClick(line, Qt.Key.Key_Backspace)
        else:
            QTest.keyClicks(line, "abcdefghij"[number % 10])
        painted(app)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def until(app: QApplication, so: Callable[[], bool]) -> None:
    """Deliver events until something is so."""
    while not so():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    painted(app)


def states_of(app: QApplication, window: DepartmentWindow, view: FormView) -> list[float]:
    """Commit a field again and again; return the time of each until its state is painted."""
    shown: list[object] = []
    window.session.state_changed.connect(lambda state, _elsewhere: shown.append(state))
    view.go_to("name")
    row = view.row("name")
    assert row is not None
    assert isinstance(row.editor, LineEditor)
    times = []
    for number in range(STATES):
        QTest.keyClicks(row.editor.line, "abcdefghij"[number % 10])
        shown.clear()
        begun = time.perf_counter()
        row.editor.flush()
        until(app, lambda: bool(shown))
        times.append((time.perf_counter() - begun) * 1000)
    return times


def turns_of(app: QApplication, window: DepartmentWindow) -> list[float]:
    """Turn from record to record; return the time of each until it is painted."""
    page = window.records_page()
    assert page is not None
    times = []
    ids = [r.id for r in window.session.store.stream_records(page.form.id)]
    for number in range(STATES):
        wanted = ids[number % 2]
        begun = time.perf_counter()
        page.list.chosen.emit(wanted)  # without the rest that the list takes for a key held down
        until(app, lambda: page.state is not None and page.state.record == wanted)  # noqa: B023
        times.append((time.perf_counter() - begun) * 1000)
    return times


def line_of(name: str, times: list[float], floor: float = 0.0) -> str:
    """Return a row of the table."""
    times.sort()
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    times_floor = f"{p95 / floor:6.1f} ×" if floor else "     1 ×"
    return f"{name:<44}{p50:8.2f}{p95:8.2f}{times[-1]:8.2f}   {times_floor}"


def workspace(services: bootstrap.Services, folder: Path) -> WorkspaceStore:
    """Make a file with two records of the largest form, filled as far as texts go."""
    store = services.create_workspace(
        folder / "form.censusdb", "江苏省环境保护厅", "11320000990000017P"
    )
    form = max(store.form_set.forms, key=lambda f: len(f.field))
    long = {f.id: "一段说明文字，" * 12 for f in form.field if f.type == "longtext"}
    for name in ("排污许可证管理信息系统", "行政审批系统"):
        values = {**long, "name": name, "must_connect": True, "is_zombie": False}
        create_record(store, form.id, values, actor="t", clock=services.clock)
    return store


def main() -> None:
    app = QApplication(sys.argv)
    theme.load_fonts()
    theme.apply(app, ThemeName.LIGHT)
    services = bootstrap.Services()
    folder = Path(tempfile.mkdtemp())
    store = workspace(services, folder)
    form = max(store.form_set.forms, key=lambda f: len(f.field))
    bare = QLineEdit()
    bare.resize(400, 32)
    bare.show()
    bare.setFocus()
    settle(200)
    floor = keys_into(app, bare, KEYS)
    bare.close()
    data = Path(os.environ["CENSUS_DATA_DIR"])
    data.mkdir(parents=True, exist_ok=True)
    window = DepartmentWindow(services, store, Preferences(data), Words("zh"))
    window.resize(1366, 768)
    window.show()
    window.start()
    settle()
    page = next(filter(None, (step.page_of(form.id) for step in window.steps.values())))
    first = next(iter(store.stream_records(form.id)))
    window.show_record(form.id, first.id, form.title)
    settle()
    view = page._form_view()
    page.show_alone()
    for number in range(view.tabs.count()):
        view.tabs.setCurrentIndex(number)
        painted(app)
    rows = len(view._rows)
    view.go_to("name")
    settle()
    line = app.focusWidget()
    assert line is not None
    keyed = keys_into(app, line, KEYS)
    settle(1500)
    stated = states_of(app, window, view)
    settle(1500)
    turned = turns_of(app, window)
    base = sorted(floor)[int(len(floor) * 0.95)]
    checks = len(compile_checks(form, store.form_set))
    print(f"{form.id}: {rows} rows in {view.tabs.count()} sections, {checks} checks")
    print(f"{'ms':<44}{'p50':>8}{'p95':>8}{'max':>8}{'p95/floor':>12}")
    print(line_of("floor: a key in a bare line of text", floor))
    print(line_of(f"a key in a field (goal p95 < {GOAL_MS:.0f})", keyed, base))
    print(line_of("field left: written, judged, painted", stated, base))
    print(line_of("the next record", turned, base))
    window.close()


if __name__ == "__main__":
    main()
