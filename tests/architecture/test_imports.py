"""Imports point downward (docs/architecture.md), and the check itself can fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from importlinter.cli import lint_imports

if TYPE_CHECKING:
    from pathlib import Path

LINT_A_COPY = """
import sys
sys.path.insert(0, sys.argv[1])
from importlinter.cli import lint_imports
sys.exit(lint_imports(config_filename=sys.argv[1] + "/pyproject.toml", no_cache=True))
"""

VIOLATIONS = {
    "services to ui": ("services/planted.py", "import census_app.ui\n", "Imports point downward"),
    "exchange to formats": (
        "exchange/planted.py",
        "import census_app.formats\n",
        "Imports point downward",
    ),
    "cli to Qt": ("cli/planted.py", "import PySide6\n", "Only ui knows Qt and PDFium"),
    "reports to PDFium": (
        "reports/planted.py",
        "import pypdfium2\n",
        "Only ui knows Qt and PDFium",
    ),
    "services to SQLAlchemy": (
        "services/planted.py",
        "import sqlalchemy\n",
        "Only storage knows SQLAlchemy",
    ),
    "ui to sqlite3": ("ui/planted.py", "import sqlite3\n", "sqlite3: storage"),
    "domain to msgspec": ("domain/planted.py", "import msgspec\n", "Domain is standard library"),
    "room without a place": ("attic/__init__.py", "", "Imports point downward"),
}


def test_the_house_keeps_its_import_contracts(root: Path) -> None:
    assert lint_imports(config_filename=str(root / "pyproject.toml"), no_cache=True) == 0


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_planted_violation_is_reported(root: Path, tmp_path: Path, name: str) -> None:
    where, text, contract = VIOLATIONS[name]
    _build_skeleton(root, tmp_path)
    planted = tmp_path / "census_app" / where
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text, encoding="utf-8")

    linted = _lint(tmp_path)

    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert any(contract in line for line in linted.stdout.splitlines() if "BROKEN" in line) or (
        name == "room without a place" and "attic" in linted.stdout
    ), linted.stdout


def test_the_skeleton_without_a_violation_is_clean(root: Path, tmp_path: Path) -> None:
    _build_skeleton(root, tmp_path)

    linted = _lint(tmp_path)

    assert linted.returncode == 0, linted.stdout + linted.stderr


def _build_skeleton(root: Path, target: Path) -> None:
    """Copy the contracts and the layout of the package, with empty modules."""
    shutil.copy(root / "pyproject.toml", target)
    for module in (root / "census_app").rglob("*.py"):
        copy = target / module.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    contracts = tomllib.loads((target / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]
    for room in re.findall(r"\w+", " ".join(contracts["contracts"][0]["layers"])):
        if not list((target / "census_app").glob(f"{room}*")):
            (target / "census_app" / room).mkdir()
            (target / "census_app" / room / "__init__.py").touch()
    evaluator = target / "census_app" / "formspec" / "evaluator.py"
    evaluator.write_text("import sqlite3\n", encoding="utf-8")


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_A_COPY, str(folder)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
