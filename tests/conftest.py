"""Rules that hold for every test: no display, no data folder of the person, no thread left behind."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")

settings.register_profile(
    "census",
    deadline=None,  # two cores shared by several runs: a time limit would measure the neighbour
    database=None,  # a failing example belongs into a test, not into a hidden folder
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("thorough", parent=settings.get_profile("census"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "census"))

THREAD_GRACE_S = 5.0


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
