"""The grid of data items in the real window: 20,000 rows open, scroll, and take a block of 5,000 × 6 cells.

Floors in the same run: a table view over a Python list, and bare `executemany` of the same values with the same
settings and as many history lines. Run with QT_QPA_PLATFORM=offscreen where there is no screen.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import (
    QAbstractTableModel,
    QEventLoop,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.records import Record, new_id
from census_app.services.ports import WorkspaceStore
from census_app.storage.engine import SETTINGS
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell import theme
from census_app.ui.shell.application import (
    Preferences,
    collect_garbage_safely,
    create_application,
)
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
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


def fill(store: WorkspaceStore) -> None:
    owner = new_id()
    unit = store.facts().department_code
    records = [Record("information_resource", owner, {"name": "排污许可"}, unit=unit)]
    records += [
        Record(FORM, new_id(), {"name": f"项{n}", "data_type": "C", "data_length": 20}, owner,
               (n + 1) * 1024, unit)
        for n in range(ROWS)
    ]  # fmt: skip
    inserts = tuple(Insert(record) for record in records)
    store.write(Step("STEP_PASTE", "t", Origin.PASTED, "2026-12-01T00:00:00Z", inserts, {}))


class ListModel(QAbstractTableModel):
    """The floor: texts in a list."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self.rows = [texts(n) for n in range(ROWS)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(FIELDS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
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


def floor_write(path: Path) -> tuple[float, float]:
    """Return the seconds and CPU seconds of writing as many values and history lines with nothing around it."""
    driver = sqlite3.connect(path, isolation_level=None)
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
    begun, cpu = time.perf_counter(), time.process_time()
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
    spent = (time.perf_counter() - begun, time.process_time() - cpu)
    driver.close()
    return spent


class Bench:
    """A window that shows the items of one resource."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        self.app = app
        self._quiet = 0
        os.environ["CENSUS_DATA_DIR"] = str(folder / "data")
        (folder / "data").mkdir()
        services = bootstrap.Services()
        name, code = "江苏省环境保护厅", "11320000990000017P"
        store = services.create_workspace(folder / "a.censusdb", name, code)
        fill(store)
        self.window = DepartmentWindow(services, store, Preferences(folder / "data"), Words("zh"))
        self.window.resize(1366, 768)
        self.window.show()
        self.window.start()
        self.settle()
        self.window.guide.select("resources")
        self.settle()
        page = self.window.records_page()
        assert page is not None
        self.page = page
        page.show_alone()
        self.settle()
        self.grid = page._grids[FORM]
        self.link = page._grids._links[FORM]
        self.acts = page._grids.acts[FORM]

    def idle(self) -> bool:
        busy = self.window.runner.busy or self.window.session.round.waiting
        self._quiet = 0 if busy else self._quiet + 1
        return self._quiet > 200

    def settle(self) -> None:
        until(self.app, self.idle)

    def open(self) -> float:
        """Return the seconds from asking for the rows to the first painted page."""
        view = self.page._view
        assert view is not None
        self.grid.model.set_keys(array("q"))
        begun = time.perf_counter()
        self.link.load()
        view.show_section(FORM)
        until(self.app, lambda: self.grid.model.row_at(0) is not None)
        self.grid.view.viewport().repaint()
        spent = time.perf_counter() - begun
        self.settle()
        return spent

    def paste(self, row: int) -> tuple[float, float]:
        """Return the seconds from the key to the moment the rows' problems are shown, all being durable.

        Then the CPU seconds of all threads, for a machine that others use as well.
        """
        self.settle()
        self.grid.view.show_cell(row, 0)
        block = "\r\n".join("\t".join(texts(n)) for n in range(PASTED))
        QGuiApplication.clipboard().setText(block)
        shown: list[int] = []
        self.link.changed.connect(lambda: shown.append(1))
        begun, cpu = time.perf_counter(), time.process_time()
        self.grid.view.paste()
        until(self.app, lambda: bool(shown))
        self.grid.view.viewport().repaint()
        spent = (time.perf_counter() - begun, time.process_time() - cpu)
        assert len(self.window.session.problems.rows(FORM)) >= PASTED
        return spent


def floor_view(app: QApplication) -> tuple[float, QTableView]:
    """Return the seconds of opening a table over a list, and the table."""
    begun = time.perf_counter()
    plain = QTableView()
    plain.resize(782, 470)
    plain.setModel(ListModel(plain))
    plain.show()
    app.processEvents()
    plain.viewport().repaint()
    return time.perf_counter() - begun, plain


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    # As the program begins: it collects garbage in the window's thread only, a third less work for a paste.
    app = create_application(Preferences(folder / "preferences"), [])
    theme.apply(app, ThemeName.LIGHT)
    collect_garbage_safely(app)
    bench = Bench(app, folder)
    opened = [bench.open() for _ in range(5)]
    steps = scroll(bench.grid.view, app, bench.idle)
    pasted = [bench.paste(turn * PASTED) for turn in range(3)]
    bench.settle()
    bare_open, plain = floor_view(app)
    bare = scroll(plain, app, lambda: True)
    floor = min(floor_write(folder / f"floor{n}.db") for n in range(3))
    at = int(len(steps) * 0.95)
    print(f"{'':34}{'grid':>10}{'floor':>10}   goal")
    print(f"{'open 20,000 rows, s':34}{min(opened):10.3f}{bare_open:10.3f}   < 0.3")
    print(f"{'scroll a step, p95, ms':34}{steps[at]:10.1f}{bare[at]:10.1f}   < 16")
    print(f"{'paste 5,000 × 6 with checking, s':34}{min(pasted)[0]:10.3f}{floor[0]:10.3f}   < 1")
    print(
        f"{'the same, CPU of all threads, s':34}{min(p[1] for p in pasted):10.3f}{floor[1]:10.3f}"
    )
    bench.window.close()


if __name__ == "__main__":
    main()
