"""The program itself is killed, while it imports and while somebody types: whole imports, and every acknowledged edit.

Run as a program, this module is the one who types.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from census_app.bootstrap import SystemClock, create_workspace, open_workspace
from census_app.domain.holdings import ListQuery
from census_app.domain.records import RecordId
from census_app.services.editing import RecordEditor, create_record

CODE = "11320000990000033D"
FORM = "information_resource"
ROWS = 3000
STEP_S = 0.002
"""How often a watcher looks."""


# -- an import is whole or absent --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a list of many resources."""
    path = tmp_path_factory.mktemp("lists") / "清单.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["信息资源名称", "信息资源摘要", "信息资源格式分类", "共享类型"])
    for number in range(ROWS):
        name = f"水质监测第{number}号断面信息"
        sheet.append([name, f"{name}，含监测结果。", "数据库", "无条件共享"])
    book.save(path)
    return path


def fresh(path: Path) -> Path:
    create_workspace(path, department="江苏省样例厅", code=CODE).close()
    return path


def begin_import(path: Path, workbook: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "census_app", "import", str(path), str(workbook)]
    return subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )


def wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Let the process run for a while; it may end before."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=max(seconds, 0.0))


def wait_until(process: subprocess.Popen[bytes], seen: Callable[[], bool]) -> None:
    while not seen() and process.poll() is None:
        wait(process, STEP_S)


def snapshot_of(path: Path) -> Callable[[], bool]:
    """Say whether the import has taken its snapshot: from then on it writes."""
    folder = path.with_name(path.name + ".snapshots")
    return lambda: any(folder.glob("*-import.censusdb"))


def held(path: Path) -> int:
    """Open the file as the program does, which checks it whole; return how many resources it holds."""
    with closing(open_workspace(path)) as store:
        count = store.count(ListQuery(FORM))
        journalled = {entry.step for entry in store.journal(limit=10**6) if entry.form == FORM}
        assert len(journalled) == (1 if count else 0)
        assert len(store.titles(FORM)) == count
    return count


def test_an_import_that_is_killed_is_whole_or_absent(workbook: Path, tmp_path: Path) -> None:
    measured = fresh(tmp_path / "measured.censusdb")
    start = time.monotonic()
    process = begin_import(measured, workbook)
    wait_until(process, snapshot_of(measured))
    before_writing = time.monotonic() - start
    assert process.wait() == 0
    writing = time.monotonic() - start - before_writing
    assert held(measured) == ROWS

    ends = []
    for number in range(6):
        path = fresh(tmp_path / f"{number}.censusdb")
        process = begin_import(path, workbook)
        if number < 2:
            wait(process, before_writing * (0.4, 0.9)[number])
        else:
            wait_until(process, snapshot_of(path))
            wait(process, writing * (0.05, 0.3, 0.55, 0.8)[number - 2])
        process.kill()
        ends.append(process.wait())
        assert held(path) in {0, ROWS}, number
    assert ends[0] == -signal.SIGKILL
    assert ends.count(-signal.SIGKILL) >= 3, "the moments missed the run"

    again = begin_import(tmp_path / "0.censusdb", workbook)
    assert again.wait() == 0
    assert held(tmp_path / "0.censusdb") == ROWS


# -- what was acknowledged is there ------------------------------------------------------------------------------------


def typing(path: Path) -> None:
    """Type a longer and longer number into a name, and say each one that is saved."""
    clock = SystemClock()
    with closing(open_workspace(path)) as store:
        [(record, name)] = store.titles(FORM).items()
        editor = RecordEditor(store, FORM, RecordId(record), actor="王芳", clock=clock)
        field = store.form_set.by_role("resource_name")[1].id
        number = int(name.removeprefix("资源"))
        while True:
            number += 1
            editor.set_text(field, f"资源{number}")
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


def number_held(path: Path) -> int:
    with closing(open_workspace(path)) as store:
        [name] = store.titles(FORM).values()
    return int(name.removeprefix("资源"))


def test_the_last_acknowledged_edit_survives(tmp_path: Path) -> None:
    path = tmp_path / "w.censusdb"
    with closing(create_workspace(path, department="江苏省样例厅", code=CODE)) as store:
        field = store.form_set.by_role("resource_name")[1].id
        create_record(store, FORM, {field: "资源0"}, actor="王芳", clock=SystemClock())
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311  # chooses moments, guards nothing
    acknowledged = 0
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, __file__, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with process, process.stdout:
            for _ in range(chance.randint(1, 80)):
                acknowledged = int(process.stdout.readline())
            process.kill()
            rest = process.stdout.read().split()
            acknowledged = int(rest[-1]) if rest else acknowledged
        found = number_held(path)
        assert found in {acknowledged, acknowledged + 1}, f"seed {seed}"


if __name__ == "__main__":
    typing(Path(sys.argv[1]))
