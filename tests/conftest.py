"""Rules that hold for every test: no display, no data folder of the person, no thread left behind."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.assets import forms_dir
from tests import profiles
from tests.servers import DatabaseServer, started

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")

profiles.load()

THREAD_GRACE_S = 5.0


def pytest_report_header() -> str:
    """Say which judge that is not ours is at hand: its tests are not collected elsewhere."""
    return f"LibreOffice: {shutil.which('soffice') or 'none, its tests are left out'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long tests first: one that begins last keeps one process busy while the others have nothing to do."""
    if shutil.which("soffice") is None:
        left_out = [item for item in items if item.get_closest_marker("office")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    items.sort(key=_allowance, reverse=True)


def _allowance(item: pytest.Item) -> float:
    """Return the seconds a test may take, when it says so itself."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None and marker.args else 0.0


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """Start a real PostgreSQL, once, for the first test that asks for it."""
    yield from started()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a data folder of its own, so that no key or preference of the person is touched."""
    folder = tmp_path / "census-data"
    monkeypatch.setenv("CENSUS_DATA_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread of Python behind, and name the thread."""
    before = set(threading.enumerate())
    yield
    left = _foreign_threads(before)
    deadline = time.monotonic() + THREAD_GRACE_S
    while left and time.monotonic() < deadline:
        left[0].join(timeout=0.1)
        left = _foreign_threads(before)
    assert not left, f"threads left behind: {[thread.name for thread in left]}"


def _foreign_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return live threads that are new; threads of Qt's pools (dummies to Python) may stay."""
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before
        and thread.is_alive()
        and not isinstance(thread, threading._DummyThread)
        and not thread.name.startswith(("Tmr", "execnet"))
    ]


_SUCCESSOR = """
predecessor = "v1"

[[renamed]]
form         = "internal_office"
field        = "tasks"
renamed_from = "duties"

[[removed]]
form   = "data_item"
field  = "charset"
reason = "the character set is asked once for the whole resource"

[[replaced]]
choices = "org_kind"
code    = "enterprise"
by      = "institution"
"""

_ADDED = """
[[field]]
id       = "leader"
section  = "office"
type     = "text"
label    = { zh = "负责人", en = "Head of the office" }
required = "1"
source   = "测试"

[[field]]
id      = "staff"
section = "office"
type    = "integer"
label   = { zh = "人数", en = "Staff" }
unknown = true
source  = "测试"

[[rule]]
id       = "OFF-9"
severity = "warning"
fields   = ["tasks"]
violated = "length(tasks) < 3"
message  = { zh = "职责太短。", en = "The tasks are too short." }
remedy   = { zh = "请补充。", en = "Say more." }
example  = { bad = { tasks = "无" }, good = { tasks = "水资源管理" } }
"""


def edit_form_file(folder: Path, name: str, old: str, new: str) -> None:
    """Replace one text in a file of a form set; it stands there exactly once."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def v2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped form set and a few edits: what a second version may look like.

    `internal_office.duties` is called `tasks`, `data_item.charset` is gone, `data_item.seq` is a text, the list
    `org_kind` lost `mass` and has `institution` for `enterprise`, `ten_days` became a spelling of `other`, and offices
    have a required `leader` and an optional `staff`.
    """
    folder = Path(shutil.copytree(forms_dir(), tmp_path_factory.mktemp("forms") / "v2"))
    edit_form_file(folder, "formset.toml", 'version = "v1"\n', f'version = "v2"\n{_SUCCESSOR}')
    _lift_tables(folder / "formset.toml")
    edit_form_file(folder, "internal_office.toml", 'id         = "duties"', 'id         = "tasks"')
    edit_form_file(folder, "internal_office.toml", '["name", "duties"]', '["name", "tasks"]')
    with (folder / "internal_office.toml").open("a", encoding="utf-8") as file:
        file.write(_ADDED)
    items = (folder / "data_item.toml").read_text(encoding="utf-8")
    start = items.index('[[field]]\nid         = "charset"')
    end = items.index("[[field]]", start + 1)
    seq = 'id      = "seq"\nsection = "item"\ntype    = "integer"'
    items = (items[:start] + items[end:]).replace(seq, seq.replace("integer", "text"))
    items = items.replace('minimum = "1"\n', "", 1)
    (folder / "data_item.toml").write_text(items, encoding="utf-8")
    _drop_codes(folder / "choices" / "org_kind.csv", "mass", "enterprise")
    _drop_codes(folder / "choices" / "update_cycle.csv", "ten_days")
    edit_form_file(folder, "choices/update_cycle.csv", ",其它", ",其它|每旬")
    return folder


def _lift_tables(path: Path) -> None:
    """Put the tables behind the keys of the head, where TOML wants them."""
    text = path.read_text(encoding="utf-8")
    tables = text[text.index("[[renamed]]") : text.index("label   =")]
    path.write_text(text.replace(tables, "") + "\n" + tables, encoding="utf-8")


def _drop_codes(path: Path, *codes: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split(",", 1)[0] not in codes]
    assert len(kept) == len(lines) - len(codes)
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
