"""The standard places on this computer. `CENSUS_DATA_DIR` moves all of them, for tests and portable use."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Return the folder for keys, snapshots and logs; it is made when it is missing."""
    moved = os.environ.get("CENSUS_DATA_DIR")
    path = Path(moved) if moved else Path(platformdirs.user_data_dir("Census", appauthor=False))
    path.mkdir(parents=True, exist_ok=True)
    return path


def keys_dir() -> Path:
    """Return the folder that holds private keys, readable by its owner only (security §4)."""
    path = data_dir() / "keys"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def holds_key(fingerprint: str) -> bool:
    """Say whether the key of that fingerprint, as people compare it, lies on this computer."""
    return (keys_dir() / f"{''.join(fingerprint.split())}.pem").is_file()


def log_file() -> Path:
    """Return the path of the rotating log."""
    return data_dir() / "census.log"


def log_files() -> list[Path]:
    """Return the logs there are: the rotating one with its predecessors, and that of crashes."""
    folder = data_dir()
    return sorted(p for p in (*folder.glob("census.log*"), folder / "crash.log") if p.is_file())


def opened_dir() -> Path:
    """Return the folder for copies of attached files that are looked at; it need not be there."""
    return data_dir() / "opened"
