"""The manual's pictures: each is made by the script, lies beside its chapter, and stands in both languages."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "build_spec" / "manual_pictures.py"
MANUALS = ("zh", "en")
MOST_IN_ALL = 4_000_000


def shown(language: str) -> set[str]:
    text = "".join(p.read_text("utf-8") for p in (ROOT / "docs" / "manual" / language).glob("*.md"))
    return set(re.findall(r"!\[[^\]]+\]\(pictures/([^)\s]+)\.png\)", text))


def size_of(path: Path) -> tuple[int, int, int]:
    """Return width, height and colour type of a PNG."""
    head = path.read_bytes()[:26]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height, head[25]


def test_every_picture_is_made_and_shown_and_none_is_left_over() -> None:
    env = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", MANUALS)
def test_pictures_are_of_a_window_and_small(language: str) -> None:
    folder = ROOT / "docs" / "manual" / language / "pictures"
    assert {path.stem for path in folder.glob("*.png")} == shown(language)
    sizes = {path.name: size_of(path) for path in folder.glob("*.png")}
    assert {n: s for n, s in sizes.items() if s[:2] != (1366, 768)} == {}
    assert {n: s for n, s in sizes.items() if s[2] != 3} == {}  # 3: with a palette


def test_both_manuals_show_the_same_and_stay_small() -> None:
    assert shown("zh") == shown("en")
    whole = [p.stat().st_size for p in (ROOT / "docs" / "manual").rglob("*.png")]
    assert len(whole) > 50
    assert sum(whole) < MOST_IN_ALL


def test_the_script_makes_a_picture(tmp_path: Path) -> None:
    env = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    arguments = ["--only", "start", "--language", "en", "--to", str(tmp_path / "out")]
    arguments += ["--scratch", str(tmp_path / "scratch")]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert size_of(tmp_path / "out" / "en" / "start.png")[:2] == (1366, 768), done.stdout
