"""The grid of data items in the real window: 20,000 rows open, scroll, and take a block of 5,000 × 6 cells.

Floors in the same run: a table view over a Python list, and bare `executemany` of the same values with the same
settings and as many history lines. Run with QT_QPA_PLATFORM=offscreen where there is no screen.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractTableModel, QEventLoop, QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.records import Record, new_id
from census_app.storage.engine import SETTINGS
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell import theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

FORM = "data_item"
ROWS, PASTED = 20_000, 5_000
FIELDS = ("name", "data_type", "data_length", "share_type", "seq", "name_en")


def until(app: QApplication, so: Callable[[], bool], seconds: float = 60.0) -> None:
    """Run the event loop until something is so."""
    loop, end = QEventLoop(), time.monotonic() + seconds
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: loop.quit() if so() or time.monotonic() > end else None)
    timer.start()
    loop.exec()
    assert so()


def texts(number: int) -> tuple[str, ...]:
    return (f"字段{number}", "数值型N", "18", "有条件共享", str(number + 1), f"COL_{number}")


def fill(store: object) -> None:
    owner = new_id()
    unit = store.facts().department_code  # type: ignore[attr-defined]
    records = [Record("information_resource", owner, {"name": "排污许可"}, unit=unit)]
    records += [
        Record(FORM, new_id(), {"name": f"项{n}", "data_type": "C", "data_length": 20}, owner,
               (n + 1) * 1024, unit)
        for n in range(ROWS)
    ]  # fmt: skip
    inserts = tuple(Insert(record) for record in records)
    store.write(Step("STEP_PASTE", "t", Origin.PASTED, "2026-12-01T00:00:00Z", inserts, {}))  # type: ignore[attr-defined]


class ListModel(QAbstractTableModel):
    """The floor: texts in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = [texts(n) for n in range(ROWS)]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(FIELDS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self.rows[index.row()][index.column()] if role == 0 else None


def scroll(view: QTableView, app: QApplication, settle: Callable[[], bool]) -> list[float]:
    """Return the times of 200 steps of three pages, each painted, ms of the window's thread."""
    bar, times = view.verticalScrollBar(), []
    for step in range(200):
        begun = time.thread_time()
        bar.setValue((step * 60) % max(1, bar.maximum()))
        view.viewport().repaint()
        times.append(1000 * (time.thread_time() - begun))
        app.processEvents()
    until(app, settle)
    return sorted(times)


def floor_write(folder: Path) -> float:
    """Return the seconds of writing as many values and history lines with nothing around it."""
    driver = sqlite3.connect(folder / "floor.db", isolation_level=None)
    for name, (value, _read) in SETTINGS.items():
        driver.execute(f"PRAGMA {name}={value}").fetchall()
    columns = ", ".join(f"f{n}" for n in range(len(FIELDS)))
    driver.execute(f"CREATE TABLE item (row_key INTEGER PRIMARY KEY, id TEXT UNIQUE, {columns})")
    driver.execute("CREATE INDEX title ON item (f0, id)")
    driver.execute(
        "CREATE TABLE change (key INTEGER PRIMARY KEY, step, kind, form, record_id, field, sign, "
        "old, new, old_given, new_given, reason)"
    )
    driver.execute("CREATE INDEX by_step ON change (step)")
    driver.execute("CREATE INDEX by_record ON change (record_id)")
    ids = [new_id() for _ in range(ROWS)]
    driver.execute("BEGIN")
    driver.executemany(
        "INSERT INTO item (id, f0) VALUES (?, ?)", [(i, f"项{n}") for n, i in enumerate(ids)]
    )
    driver.execute("COMMIT")
    begun = time.perf_counter()
    driver.execute("BEGIN IMMEDIATE")
    settings = ", ".join(f"f{n} = ?" for n in range(len(FIELDS)))
    driver.executemany(
        f"UPDATE item SET {settings} WHERE id = ?",
        [(*texts(n), ids[n]) for n in range(PASTED)],
    )
    driver.executemany(
        "INSERT INTO change VALUES (NULL, 2, 'field', 'data_item', ?, ?, '~', '\"a\"', ?, '', '', '')",
        [(ids[n], f, t) for n in range(PASTED) for f, t in zip(FIELDS, texts(n), strict=True)],
    )
    driver.execute("COMMIT")
    spent = time.perf_counter() - begun
    driver.close()
    return spent


def main() -> None:
    app = QApplication([])
    theme.load_fonts()
    theme.apply(app, ThemeName.LIGHT)
    folder = Path(tempfile.mkdtemp())
    os.environ["CENSUS_DATA_DIR"] = str(folder / "data")
    services = bootstrap.Services()
    store = services.create_workspace(
        folder / "a.censusdb", "江苏省环境保护厅", "11320000990000017P"
    )
    fill(store)
    (folder / "data").mkdir(exist_ok=True)
    window = DepartmentWindow(services, store, Preferences(folder / "data"), Words("zh"))
    window.resize(1366, 768)
    window.show()
    window.start()

    quiet = [0]

    def idle() -> bool:
        busy = window.runner.busy or window.session.round.waiting
        quiet[0] = 0 if busy else quiet[0] + 1
        return quiet[0] > 200

    until(app, idle)
    window.guide.select("resources")
    until(app, idle)
    page = window.records_page()
    assert page is not None
    page.show_alone()
    until(app, idle)
    grid = page._grids[FORM]
    link = page._grids._links[FORM]
    opened = []
    for _ in range(5):
        grid.model.set_keys(type(grid.model.keys)("q"))
        begun = time.perf_counter()
        link.load()
        page._view.show_section(FORM)  # type: ignore[union-attr]
        until(app, lambda: grid.model.row_at(0) is not None)
        grid.view.viewport().repaint()
        opened.append(time.perf_counter() - begun)
        until(app, idle)
    steps = scroll(grid.view, app, idle)
    pasted = []
    for turn in range(3):
        until(app, idle)
        grid.view.show_cell(turn * PASTED, 0)
        block = "\r\n".join("\t".join(texts(n)) for n in range(PASTED))
        QGuiApplication.clipboard().setText(block)
        acts = page._grids.acts[FORM]
        shown: list[int] = []
        link.changed.connect(
            lambda into=shown: into.append(1)
        )  # the problems of the rows are there
        begun = time.perf_counter()
        grid.view.paste()
        until(app, lambda there=shown: bool(there) and not acts.busy)  # type: ignore[misc]
        grid.view.viewport().repaint()
        pasted.append(time.perf_counter() - begun)
        assert len(window.session.problems.rows(FORM)) >= PASTED * turn
    until(app, idle)
    plain = QTableView()
    plain.resize(782, 470)
    plain.setModel(ListModel())
    plain.show()
    app.processEvents()
    bare = scroll(plain, app, lambda: True)
    begun = time.perf_counter()
    again = QTableView()
    again.resize(782, 470)
    again.setModel(ListModel())
    again.show()
    app.processEvents()
    bare_open = time.perf_counter() - begun
    floor = floor_write(folder)

    def p95(times: list[float]) -> float:
        return times[int(len(times) * 0.95)]

    print(f"{'':34}{'grid':>10}{'floor':>10}   goal")
    print(f"{'open 20,000 rows, s':34}{statistics.median(opened):10.3f}{bare_open:10.3f}   < 0.3")
    print(f"{'scroll a step, p95, ms':34}{p95(steps):10.1f}{p95(bare):10.1f}   < 16")
    print(
        f"{'paste 5,000 × 6 with checking, s':34}{statistics.median(pasted):10.3f}{floor:10.3f}   < 1"
    )
    window.close()


if __name__ == "__main__":
    main()
