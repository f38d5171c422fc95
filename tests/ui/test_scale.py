"""The same pages at 150 and 200 per cent; the factor is set before the application is made: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).with_name("test_every_page.py")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("factor", ["1.5", "2"])
def test_every_page_can_be_read_on_a_scaled_screen(factor: str, tmp_path: Path) -> None:
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(PAGES)]
    arguments += ["-k", "zh-light or longer-dark"]
    env = dict(os.environ, QT_SCALE_FACTOR=factor, TMPDIR=str(tmp_path))
    done = subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "2 passed" in done.stdout
