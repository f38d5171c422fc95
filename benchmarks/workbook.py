# ruff: noqa: E501
"""Import a workbook of 20,000 rows (read, map, check, store) against openpyxl's read-only read alone."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import openpyxl

from census_app import bootstrap
from census_app.services.importing import apply_import, plan_import

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
HEADS = [
    "信息资源名称", "信息资源摘要", "信息资源格式分类", "信息资源格式类型", "数据存储总量（G）", "结构化信息记录总数（万）",
    "已共享的数据存储量（G）", "已共享的结构化记录数（万）", "已开放的数据存储量（G）", "已开放的结构化记录数（万）",
    "信息项名称", "数据类型", "数据长度", "共享类型", "共享条件", "共享方式分类", "共享方式类型", "是否向社会开放", "更新周期", "发布日期",
]  # fmt: skip


def write(path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("信息资源")
    sheet.append(HEADS)
    for number in range(ROWS):
        resource = number // 10
        sheet.append(
            [
                f"企业登记信息第{resource}类", f"第{resource}类企业的登记事项和变更情况", "数据库", "mysql", 1.5, 20.25, 1, 10, 0, 0,
                f"信息项{number % 10}", "字符型C", 50, "无条件共享", "无条件", "共享平台方式", "数据库", "否", "每月", "2017-06-30",
            ]
        )  # fmt: skip
    book.save(path)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write(path)
        begun = time.perf_counter()
        book = openpyxl.load_workbook(path, read_only=True)
        cells = sum(len(row) for row in book.active.iter_rows(values_only=True))
        peer = time.perf_counter() - begun
        services = bootstrap.Services()
        store = services.create_workspace(
            Path(folder) / "a.censusdb", "江苏省样例厅", "11320000990000017P"
        )
        begun = time.perf_counter()
        plan = plan_import(store, [path], clock=services.clock)
        planned = time.perf_counter() - begun
        apply_import(store, plan, actor="bench", clock=services.clock)
        ours = time.perf_counter() - begun
        store.close()
    print(f"{ROWS:,} rows, {cells:,} cells, {plan.new:,} records")
    print(f"{'openpyxl read-only, read alone':34}{peer:7.2f} s")
    print(f"{'census: read, map, check':34}{planned:7.2f} s")
    print(f"{'census: and store with journal':34}{ours:7.2f} s   {ours / peer:.2f} × openpyxl")


if __name__ == "__main__":
    main()
