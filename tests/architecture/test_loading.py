"""What importing the program loads and does: no Qt for the command line, no work on import."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

QT = {"PySide6", "shiboken6", "pypdfium2"}
DATABASE = {"sqlalchemy", "alembic", "psycopg"}

LOAD_A_ROOM = """
import importlib, json, pkgutil, sys
room = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(found.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

RUN_A_COMMAND = """
import json, sys
from census_app.__main__ import main
status = 0
try:
    status = main()
except SystemExit as leaving:
    status = leaving.code
modules = sorted({name.partition(".")[0] for name in sys.modules})
print("\\n" + json.dumps({"status": status, "modules": modules}))
"""

WATCH_IMPORTS = """
import json, os, pkgutil, importlib, sys
root = sys.argv[1]
ours, done = os.path.join(root, "census_app"), []
watching = False

def watch(event, arguments):
    if not watching:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        data = isinstance(path, str) and path.startswith(
            (os.path.join(root, "forms"), os.path.join(root, "resources"))
        )
        if writes or data:
            done.append([event, str(path)])
    elif event in {
        "sqlite3.connect", "socket.__new__", "subprocess.Popen", "os.mkdir", "os.remove", "os.rename",
        "_thread.start_new_thread", "os.putenv", "signal.signal",
    }:
        done.append([event, repr(arguments)[:200]])

sys.addaudithook(watch)
import census_app
names = [found.name for found in pkgutil.walk_packages(census_app.__path__, "census_app.")
         if ".migrations" not in found.name and not found.name.endswith("__main__")]
third_party = {}
for name in names:
    importlib.import_module(name)          # first: what others do when they are imported is theirs
for name in [name for name in sys.modules if name.split(".")[0] == "census_app"]:
    del sys.modules[name]
watching = True
for name in names:
    importlib.import_module(name)
watching = False
print("\\n" + json.dumps({"modules": len(names), "done": done}))
"""


def run_python(
    code: str, *arguments: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-c", code, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
    )


def last_line(ran: subprocess.CompletedProcess[str]) -> object:
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("room", ["census_app.services", "census_app.exchange", "census_app.cli"])
def test_a_room_loads_neither_qt_nor_the_database_layer(room: str, root: Path) -> None:
    loaded = last_line(run_python(LOAD_A_ROOM, room, cwd=root))

    assert isinstance(loaded, list)
    assert "census_app" in loaded
    assert not (QT | DATABASE) & set(loaded)


def test_domain_loads_the_standard_library_only(root: Path) -> None:
    bare = last_line(run_python(LOAD_A_ROOM, "json", cwd=root))
    loaded = last_line(run_python(LOAD_A_ROOM, "census_app.domain", cwd=root))

    assert isinstance(loaded, list)
    assert isinstance(bare, list)
    foreign = set(loaded) - set(bare) - sys.stdlib_module_names - {"census_app"}
    assert not foreign


def test_storage_alone_is_what_loads_sqlalchemy(root: Path) -> None:
    loaded = last_line(run_python(LOAD_A_ROOM, "census_app.storage", cwd=root))

    assert isinstance(loaded, list)
    assert "sqlalchemy" in loaded


@pytest.mark.parametrize(
    "arguments",
    [["verify", "--help"], ["verify", "no-package", "--trust", "root.crt"], ["--help"]],
    ids=["verify --help", "verify", "--help"],
)
def test_verify_and_help_load_neither_qt_nor_the_database_layer(
    arguments: list[str], root: Path, tmp_path: Path
) -> None:
    (tmp_path / "no-package").write_bytes(b"PK\x03\x04 not one of ours")
    (tmp_path / "root.crt").write_text("no certificate either", encoding="utf-8")
    command = f"import sys; sys.path.insert(0, {str(root)!r}); sys.argv[0] = 'census'\n"

    ran = last_line(run_python(command + RUN_A_COMMAND, *arguments, cwd=tmp_path))

    assert isinstance(ran, dict)
    assert not (QT | DATABASE) & set(ran["modules"])
    assert (ran["status"] in (0, None)) is ("--help" in arguments)


def test_importing_does_no_work(root: Path) -> None:
    watched = last_line(run_python(WATCH_IMPORTS, str(root), cwd=root))

    assert isinstance(watched, dict)
    assert watched["modules"] > 30
    assert not watched["done"]
