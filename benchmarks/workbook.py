# ruff: noqa: E501
"""Import a workbook of 20,000 rows × 30 columns (read, map, check, store) against openpyxl's read-only read alone.

CPU time of this process, the best of three rounds; both are measured in the same round, so that a loaded machine
slows both. `template` writes the Excel template of 2,000 resources.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import openpyxl

from census_app import bootstrap
from census_app.services.importing import apply_import, plan_import
from census_app.services.templating import write_template

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
T = TypeVar("T")
ANSWERS: dict[str, object] = {
    "信息资源名称": "", "信息资源英文名": "Registration of enterprises", "信息资源分类": "江苏省工商行政管理局",
    "信息资源提供方": "江苏省样例厅", "资源提供方代码": "11320000990000017P", "信息资源摘要": "",
    "信息资源格式分类": "数据库", "信息资源格式类型": "mysql", "数据存储总量（G）": 1.5, "结构化信息记录总数（万）": 20.25,
    "已共享的数据存储量（G）": 1, "已共享的结构化记录数（万）": 10, "已开放的数据存储量（G）": 0, "已开放的结构化记录数（万）": 0,
    "信息项名称": "", "信息项英文名": "ENT_NAME", "数据类型": "字符型C", "数据长度": 50, "字符集": "UTF-8",
    "共享类型": "无条件共享", "共享条件": "无条件", "共享方式分类": "共享平台方式", "共享方式类型": "数据库", "是否向社会开放": "否",
    "开放条件": "", "更新周期": "每月", "发布日期": "2017-06-30", "是否涉密": "非涉密", "备注": "", "填表人": "张三",
}  # fmt: skip


def row(number: int) -> list[object]:
    resource = number // 10
    named = {
        "信息资源名称": f"企业登记信息第{resource}类",
        "信息资源摘要": f"第{resource}类企业的登记事项和变更情况",
        "信息项名称": f"信息项{number % 10}",
    }
    return [named.get(head, value) for head, value in ANSWERS.items()]


def write(path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("信息资源")
    sheet.append(list(ANSWERS))
    for number in range(ROWS):
        sheet.append(row(number))
    book.save(path)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    done = work()
    return time.process_time() - begun, done


def read(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True)
    return sum(len(line) for line in book.active.iter_rows(values_only=True))


def main() -> None:
    services = bootstrap.Services()
    peer, planned, ours, templates = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write(path)
        for number in range(ROUNDS):
            store = services.create_workspace(
                Path(folder) / f"{number}.censusdb", "江苏省样例厅", "11320000990000017P"
            )

            clock = services.clock
            seconds, cells = timed(partial(read, path))
            peer.append(seconds)
            seconds, made = timed(partial(plan_import, store, [path], clock=clock))
            planned.append(seconds)
            stored, _done = timed(partial(apply_import, store, made, actor="bench", clock=clock))
            ours.append(seconds + stored)
            target = Path(folder) / "t.xlsx"
            seconds, done = timed(partial(write_template, store, target, language="zh"))
            templates.append(seconds)
            store.close()
    print(f"{ROWS:,} rows, {cells:,} cells, {made.new:,} records; best CPU time of {ROUNDS} rounds")
    print(f"{'openpyxl read-only, read alone':44}{min(peer):7.2f} s")
    print(f"{'census: read, map, check':44}{min(planned):7.2f} s")
    print(
        f"{'census: and store with journal':44}{min(ours):7.2f} s   {min(ours) / min(peer):.2f} × openpyxl"
    )
    print(f"{f'census template: {done.records:,} records':44}{min(templates):7.2f} s")


if __name__ == "__main__":
    main()
