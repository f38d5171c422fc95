"""How much processor time and memory a piece of work took, and what it left behind."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


@dataclass
class Cost:
    """CPU seconds, and how far the memory rose above where it began, in bytes."""

    cpu_s: float = 0.0
    growth: int = 0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure a block: on Linux the peak of the resident set, elsewhere what Python allocated."""
    cost = Cost()
    resident = _reset_peak()
    if not resident:
        tracemalloc.start()
    begun = time.process_time()
    try:
        yield cost
    finally:
        cost.cpu_s = time.process_time() - begun
        if resident:
            cost.growth = _status("VmHWM") - resident
        else:
            cost.growth = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()


def _reset_peak() -> int:
    """Let the peak begin anew and return the resident set, or 0 where the system cannot."""
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        return _status("VmRSS")
    except OSError:
        return 0


def _status(key: str) -> int:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


def listing(folders: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Return every file below the folders with its size and time of change."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for folder in folders
        for path in [folder, *folder.rglob("*")]
        if folder.exists()
        if not path.is_dir()
    }
