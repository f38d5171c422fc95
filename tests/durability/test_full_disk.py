"""The real window while the disk takes nothing more: what was typed waits in its order, is seen, and is not dropped."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from census_app.bootstrap import SystemClock, create_workspace, open_workspace
from census_app.services.editing import create_record

FORM = "information_resource"
CODE = "11320000990000033D"
WINDOW = Path(__file__).with_name("full_disk_window.py")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are POSIX")
def test_what_a_full_disk_refuses_waits_in_order_and_hinders_closing(tmp_path: Path) -> None:
    path = tmp_path / "w.censusdb"
    with closing(create_workspace(path, department="江苏省样例厅", code=CODE)) as store:
        first, second = (
            create_record(
                store, FORM, {"name": name, "abstract": "原来"}, actor="王", clock=SystemClock()
            )
            for name in ("水质", "空气")
        )
    arguments = [sys.executable, str(WINDOW), str(path), str(tmp_path / "data")]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)

    assert seen["code"] in {"DISK_FULL", "IO_ERROR"}
    assert seen["waiting"] == ["一", "二", "另一条"]
    assert seen["banner"]
    assert seen["status"].startswith("3 项改动尚未写入磁盘")
    assert seen["shown"] == "另一条"
    assert seen["back"].splitlines()[0].endswith("→ 一")
    assert len(seen["back"].splitlines()) == 3
    assert (seen["closed"], seen["closed again"]) == (False, True)

    with closing(open_workspace(path)) as store:
        told = [store.record(FORM, each).values["abstract"] for each in (first, second)]  # type: ignore[union-attr]
        steps = {e.step: e.new for e in store.journal(limit=100) if e.field == "abstract"}
    assert told == ["二", "另一条"]
    # Both answers to one question may be one step of the history; the other record's comes behind.
    assert [json.loads(steps[n]) for n in sorted(steps)][-2:] == ["二", "另一条"]
