"""The real window on a disk that takes nothing more; `test_full_disk` runs it. Says what was seen, as JSON.

Run as: full_disk_window.py FILE DATA_DIR. No file of this process may grow beyond a limit while the disk is "full":
the operating system refuses the write as it does on a disk without room.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["CENSUS_DATA_DIR"] = sys.argv[2]

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.records import RecordId
from census_app.ui.department.unwritten_dialog import UnwrittenDialog
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.shell.application import Preferences, create_application
from census_app.ui.shell.translation import Words

FORM = "information_resource"


def disk(*, full: bool) -> None:
    """Let files grow, or not at all."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 if full else hard, hard))


def until(so: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    for _ in range(2000):
        if so():
            return
        QTest.qWait(10)
    raise TimeoutError


def idle(window: DepartmentWindow) -> bool:
    """Whether nothing is under way and no check waits."""
    return not window.runner.busy and not window.session.round.waiting


def close_errors() -> None:
    """Read an error that came up by itself, and go on."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, ErrorDialog):
        dialog.accept()


def answer_dialog(seen: dict[str, object], press: str) -> None:
    """Look at the dialog that asks about what is not written, and press one of its buttons."""
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, UnwrittenDialog)
    seen[press] = dialog.text.toPlainText()
    if press == "again":
        disk(full=False)
    getattr(dialog, press).click()


def main() -> None:
    """Fill in with room, without, and with room again; close twice."""
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    preferences = Preferences(folder)
    preferences.language = "zh"
    create_application(preferences)
    services = bootstrap.Services()
    store = services.open_workspace(Path(sys.argv[1]))
    first, second = map(RecordId, store.titles(FORM))
    window = DepartmentWindow(services, store, preferences, Words("zh"))
    window.resize(1366, 768)
    window.show()
    window.start()
    window.guide.select("resources")
    until(lambda: idle(window))
    page = window.records_page()
    assert page is not None
    seen: dict[str, object] = {}
    session = window.session

    disk(full=True)
    session.set_text(FORM, first, "abstract", "一")
    until(lambda: session.unwritten.refused_by_disk is not None)
    seen["code"] = str(session.unwritten.refused_by_disk.code)  # type: ignore[union-attr]
    session.set_text(FORM, first, "abstract", "二")
    session.set_text(FORM, second, "abstract", "另一条")
    errors = QTimer(interval=20)
    errors.timeout.connect(close_errors)
    errors.start()
    session.undo()  # must not take back what was written before
    session.retry()
    until(lambda: idle(window))
    seen["waiting"] = [e.text for e in session.unwritten.edits]
    seen["banner"] = not window.notice.isHidden()
    seen["status"] = window.status.left_text()

    page.show_record(FORM, second, "abstract")  # who comes back to a record sees what was typed
    until(lambda: idle(window) and page.record == second and page.state is not None)
    seen["shown"] = page.state.values.get("abstract") if page.state is not None else None

    QTimer.singleShot(0, lambda: answer_dialog(seen, "back"))
    seen["closed"] = window.close()
    QTimer.singleShot(0, lambda: answer_dialog(seen, "again"))
    seen["closed again"] = window.close()
    sys.stdout.write(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main()
