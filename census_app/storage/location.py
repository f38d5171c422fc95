"""Where a file lies: live databases belong on a fixed disk of this computer (security §8, lesson 15)."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from census_app.errors import EnvironmentProblem

_SHARES: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs", "ncpfs", "davfs", "fuse.rclone"}
)
_REMOVABLE: Final = frozenset({"vfat", "exfat", "msdos"})
_WINDOWS_KINDS: Final = {2: "removable", 4: "share"}
_MOUNTS: Final = Path("/proc/mounts")


def require_fixed_disk(path: Path) -> None:
    """Refuse a file on a network share or a stick.

    Raises:
        EnvironmentProblem: `DB_LOCATION`.
    """
    kind = _kind(path)
    if kind:
        raise EnvironmentProblem("DB_LOCATION", path=str(path), kind=kind)


def _kind(path: Path) -> str:
    text = str(path)
    if text.startswith(("\\\\", "//")):
        return "share"
    if sys.platform == "win32":  # pragma: no cover  # not reached on the systems the tests run on
        drive = ctypes.windll.kernel32.GetDriveTypeW(path.resolve().anchor)
        return _WINDOWS_KINDS.get(drive, "")
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return kind_by_mounts(os.path.realpath(path), lines)


def kind_by_mounts(path: str, lines: Iterable[str]) -> str:
    """Return `share`, `removable` or nothing, by the longest mount point above a path.

    Args:
        path: Absolute and without links.
        lines: As in `/proc/mounts`: device, mount point with blanks as octal escapes, type.
    """
    best, kind = "", ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        above = point.rstrip("/") + "/"
        if (path + "/").startswith(above) and len(above) >= len(best):
            best, kind = above, parts[2]
    return "share" if kind in _SHARES else "removable" if kind in _REMOVABLE else ""
