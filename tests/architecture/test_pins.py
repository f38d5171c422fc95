"""Versions: every part is pinned once, by name and version, and the pinned Qt does not abort."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[0-9][A-Za-z0-9.!+]*)")

EMIT = """
import sys
from PySide6.QtCore import QObject, Signal

class Canary(QObject):
    sang = Signal(bool)

canary, heard = Canary(), []
canary.sang.connect(heard.append)
before = sys.getrefcount(True)
for _ in range(5000):
    canary.sang.emit(True)
lost = before + 5000 - sys.getrefcount(True)
print(len(heard), lost if sys.version_info < (3, 12) else 0)
"""


@pytest.fixture(scope="module")
def lines(root: Path) -> list[str]:
    text = (root / "build_spec" / "constraints.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, object]:
    loaded = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(loaded, dict)
    return loaded


def test_a_constraint_is_a_name_and_a_version_and_nothing_else(lines: list[str]) -> None:
    assert lines
    assert not [line for line in lines if not PIN.fullmatch(line)]


def test_nothing_is_pinned_twice(lines: list[str]) -> None:
    names = [canonicalize_name(line.partition("==")[0]) for line in lines]
    assert len(names) == len(set(names))


def test_every_declared_part_is_pinned_to_a_version_it_admits(
    lines: list[str], project: dict[str, object]
) -> None:
    pins = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in lines}
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    declared = [*project["dependencies"], *(name for group in extras.values() for name in group)]  # type: ignore[misc]
    unpinned = [
        name
        for name in declared
        for part in [Requirement(name)]
        if not part.specifier.contains(pins.get(canonicalize_name(part.name), "0"))
        or canonicalize_name(part.name) not in pins
    ]
    assert not unpinned


def test_qt_survives_five_thousand_signals() -> None:
    """PySide6 6.12.0 on Python 3.11 drops a reference to True at every emit and then aborts."""
    sang = subprocess.run(
        [sys.executable, "-c", EMIT], capture_output=True, encoding="utf-8", check=False
    )
    assert sang.returncode == 0, sang.stderr
    heard, lost = map(int, sang.stdout.split())
    assert heard == 5000
    assert abs(lost) < 50


def test_the_pins_for_old_desktops_differ_in_qt_alone(root: Path, lines: list[str]) -> None:
    text = (root / "build_spec" / "constraints-glibc228.txt").read_text(encoding="utf-8")
    old = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert not [line for line in old if not PIN.fullmatch(line)]
    assert set(old) - set(lines) == {"PySide6_Essentials==6.9.3", "shiboken6==6.9.3"}
    assert {line.partition("==")[0] for line in set(lines) - set(old)} == {
        "PySide6_Essentials",
        "shiboken6",
    }
