"""The two commands of the README start on a bare machine."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

OLD_PYTHON = (3, 8)
SCRIPTS = ("bootstrap.py", "system_parts.py")


@pytest.fixture
def bootstrap(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "build_spec"))
    spec = importlib.util.spec_from_file_location(
        "census_bootstrap", root / "build_spec" / "bootstrap.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "CHINESE", False)
    return module


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_needs_the_standard_library_only(name: str, root: Path) -> None:
    tree = ast.parse((root / "build_spec" / name).read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported - sys.stdlib_module_names - {"system_parts"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_old_python_gets_as_far_as_the_sentence_about_it(name: str, root: Path) -> None:
    text = (root / "build_spec" / name).read_text(encoding="utf-8")
    assert ast.parse(text, feature_version=OLD_PYTHON)


def test_an_old_python_is_refused_in_words(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(bootstrap.Stop, match=r"3\.11 or newer is needed; this is 3\.9\.2"):
        bootstrap.check_python()


def test_who_is_not_root_is_told_the_exact_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = bootstrap.system_parts
    monkeypatch.setattr(parts, "can_install", lambda: False)
    monkeypatch.setattr(parts, "missing_for_venv", lambda: ["python3-venv"])
    monkeypatch.setattr(parts, "missing_for_window", lambda: ["libegl1", "libxcb-cursor0"])

    with pytest.raises(bootstrap.Stop) as stopped:
        bootstrap.ensure_system("run")

    line = "sudo apt-get install -y python3-venv libegl1 libxcb-cursor0"
    assert line in str(stopped.value).splitlines()[2]


def test_a_missing_window_library_does_not_stop_the_demo(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = bootstrap.system_parts
    monkeypatch.setattr(parts, "can_install", lambda: False)
    monkeypatch.setattr(parts, "missing_for_venv", list)
    monkeypatch.setattr(parts, "missing_for_window", lambda: ["libegl1"])

    assert bootstrap.ensure_system("run") is False
    assert "sudo apt-get install -y libegl1" in capsys.readouterr().out


def test_an_installed_set_is_not_installed_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)

    def succeed(command: list[str]) -> int:
        calls.append(command)
        return 0

    monkeypatch.setattr(bootstrap, "call", succeed)

    bootstrap.ensure_parts("test")
    once = len(calls)
    bootstrap.ensure_parts("test")
    assert once == len(calls) == 2

    changed = tmp_path / "constraints.txt"
    changed.write_text("click==1.0\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "CONSTRAINTS", changed)
    bootstrap.ensure_parts("test")
    assert len(calls) == 4


def test_a_failed_installation_leaves_no_stamp(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "call", lambda _command, **_: 1)

    with pytest.raises(bootstrap.Stop, match="did not succeed"):
        bootstrap.ensure_parts("run")
    assert not list(tmp_path.iterdir())


def test_an_interrupted_demo_is_set_aside(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    (demo / "half.censusdb").write_text("half", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "DEMO", demo)
    runs: list[list[str]] = []

    def finish(command: list[str]) -> int:
        runs.append(command)
        demo.mkdir()
        return 0

    monkeypatch.setattr(bootstrap, "call", finish)
    assert bootstrap.run_demo() == 0
    assert (tmp_path / "demo-incomplete-1" / "half.censusdb").read_text("utf-8") == "half"
    assert bootstrap.run_demo() == 0
    assert len(runs) == 1


def test_further_arguments_reach_pytest(bootstrap: ModuleType) -> None:
    options, rest = bootstrap.parse(["test", "-k", "signature", "-x"])
    assert options.command == "test"
    assert rest == ["-k", "signature", "-x"]


def test_an_unknown_command_is_a_usage_error(root: Path) -> None:
    asked = subprocess.run(
        [sys.executable, str(root / "build_spec" / "bootstrap.py"), "rum"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert asked.returncode == 2
    assert "run" in asked.stderr
