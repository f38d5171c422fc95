"""A list of 500,000 rows: opening, finding two characters, scrolling; beside them what the bare database needs.

No department has so many data items; the point is that nothing in a list grows with its length but the keys.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.uscc import check_character
from census_app.formspec.types import format_value
from census_app.services.lookup import context_for
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.list_columns import ColumnChoice, ListColumns
from census_app.ui.department.list_view import ListView
from census_app.ui.models.list_table import ListTableModel
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell import theme
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

ROWS = 500_000
CHILDREN = 12
NAMES = (
    "姓名", "身份证号", "统一社会信用代码", "单位名称", "登记日期", "注册资本", "排放口编号", "监测时间",
    "污染物浓度", "行政区划代码", "联系电话", "经办人", "许可证编号", "法定代表人", "备注",
)  # fmt: skip
WANTED = "浓度"
CODE = "11320000990000017"


def build(path: Path) -> None:
    """Make a workspace and fill it past all services, or building would be what is measured."""
    bootstrap.create_workspace(
        path, department="省样例厅", code=CODE + check_character(CODE)
    ).close()
    random.seed(1)
    connection = sqlite3.connect(path)
    columns = "row_key, id, parent_id, position, unit_code, name, data_type, row_sha256"
    owners = (
        (n + 1, f"{n:032x}", None, 0, "D", f"信息资源{n}", None, b"")
        for n in range(ROWS // CHILDREN + 1)
    )
    items = (
        (
            n + 1, f"{n + 10**9:032x}", f"{n // CHILDREN:032x}", n % CHILDREN * 1024, "D",
            f"{random.choice(NAMES)}{n % 97}", "C", b"",
        )
        for n in range(ROWS)
    )  # fmt: skip
    with connection:
        connection.executemany(
            "INSERT INTO information_resource "
            "(row_key, id, parent_id, position, unit_code, name, class_code, row_sha256) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            owners,
        )
        connection.executemany(
            f"INSERT INTO data_item ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", items
        )
    connection.close()


def best(work: Callable[[], object], times: int = 5) -> float:
    """Return the shortest of some runs, ms."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1000)
    return min(found)


def floors(path: Path) -> list[tuple[str, float]]:
    """Measure the same questions asked of SQLite alone."""
    connection = sqlite3.connect(path)
    told = []
    for name, sql in (
        ("row keys in order", "SELECT row_key FROM data_item ORDER BY row_key"),
        ("row keys by an indexed sort", "SELECT row_key FROM data_item ORDER BY name, id"),
        ("instr in one column", f"SELECT row_key FROM data_item WHERE instr(name, '{WANTED}') > 0"),
    ):
        told.append((name, best(lambda sql=sql: connection.execute(sql).fetchall())))
    connection.close()
    return told


def queries(store: WorkspaceStore) -> list[tuple[str, float, str]]:
    """Measure what a list asks the store for."""
    items = ListQuery("data_item")
    inside = ListQuery("information_resource", inside=True)
    asked = [
        ("open: all keys", items, "< 300"),
        ("find two characters, anywhere", ListQuery("data_item", search=WANTED), "< 150"),
        (
            "find two characters, in children",
            ListQuery(inside.form, inside=True, search=WANTED),
            "",
        ),
        ("find a Latin word (case, width)", ListQuery("data_item", search="gb3"), ""),
        ("sort by name, in pinyin", ListQuery("data_item", sort="name"), ""),
    ]
    return [(name, best(lambda q=q: store.keys(q)), goal) for name, q, goal in asked]


def scrolling(store: WorkspaceStore, keys: array[int]) -> list[tuple[str, float, str]]:
    """Measure opening in a real view, and each step of the scroll bar with the pages it asks for."""
    words = Words("zh")
    form = store.form_set.form("data_item")
    columns = ListColumns(form, (), words)
    model = ListTableModel(columns.shown(ColumnChoice(), found=False), words)
    fields = [form.field_by_id(c.id) for c in model.columns if not c.id.startswith("\0")]
    context = context_for(store)
    waiting: list[int] = []
    model.page_wanted.connect(waiting.append)
    view = ListView(model, columns, "list")
    view.resize(800, 600)
    view.show()
    QCoreApplication.processEvents()

    def answer() -> None:
        """Read the pages asked for; in the program the database thread does it."""
        while waiting:
            number = waiting.pop()
            rows = [
                TableRow(
                    r.key,
                    r.id,
                    {f.id: format_value(r.values.get(f.id), f, context) for f in fields},
                )
                for r in store.rows(form.id, model.page_keys(number), [f.id for f in fields])
            ]
            model.put_page(model.generation, number, rows)

    def shown() -> None:
        model.set_keys(keys)
        QCoreApplication.processEvents()

    opened = best(shown)
    answer()
    bar = view.verticalScrollBar()
    steps, pages = [], []
    for n in range(400):
        begun = time.perf_counter()
        bar.setValue(bar.maximum() * n // 400 if n % 2 else bar.value() + 3)
        QCoreApplication.processEvents()
        steps.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        answer()
        pages.append((time.perf_counter() - begun) * 1000)
    return [
        ("show 500,000 keys in the view", opened, ""),
        ("scroll: one step, p95", statistics.quantiles(steps, n=20)[-1], "< 16"),
        ("scroll: pages read meanwhile, p95", statistics.quantiles(pages, n=20)[-1], ""),
    ]


def main() -> None:
    app = QApplication(sys.argv[:1])
    theme.load_fonts()
    theme.apply(app, ThemeName.LIGHT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.censusdb"
        build(path)
        print(f"{ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB; ms, the best of five\n")
        for name, spent in floors(path):
            print(f"  floor  {name:38} {spent:8.1f}")
        store = bootstrap.open_workspace(path)
        for name, spent, goal in queries(store):
            print(f"  list   {name:38} {spent:8.1f}   {goal}")
        for name, spent, goal in scrolling(store, store.keys(ListQuery("data_item"))):
            print(f"  view   {name:38} {spent:8.1f}   {goal}")
        store.close()


if __name__ == "__main__":
    main()
