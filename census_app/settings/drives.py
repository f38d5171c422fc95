"""Sticks and cards that are plugged in, and how much room a folder has. Standard library only."""

from __future__ import annotations

import ctypes
import os
import shutil
import string
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_MOUNTS: Final = Path("/proc/mounts")
_BLOCKS: Final = Path("/sys/class/block")
_STICK_SYSTEMS: Final = frozenset({"vfat", "exfat", "msdos"})
_SYSTEM_POINTS: Final = ("/boot", "/efi")
_WINDOWS_REMOVABLE: Final = 2
_WINDOWS_READ_ONLY: Final = 0x00080000


@dataclass(frozen=True, slots=True)
class Drive:
    """A removable drive.

    Attributes:
        path: Where its files are.
        label: What the system calls it.
        read_only: Nothing can be written to it.
    """

    path: Path
    label: str
    read_only: bool = False

    @property
    def free(self) -> int:
        """Bytes that are free now; 0 when it is gone."""
        return free_bytes(self.path)


def removable_drives() -> list[Drive]:
    """Return the removable drives of this computer, in the order the system names them."""
    if sys.platform == "win32":  # pragma: no cover  # not reached on the systems the tests run on
        return _windows_drives()
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return drives_by_mounts(lines, _BLOCKS)


def drives_by_mounts(lines: Iterable[str], blocks: Path) -> list[Drive]:
    """Return the removable drives among mount points.

    Args:
        lines: As in `/proc/mounts`: device, mount point with blanks as octal escapes, type, options.
        blocks: Folder with an entry for each block device, as `/sys/class/block`.
    """
    found: dict[Path, Drive] = {}
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 4 or not parts[0].startswith("/dev/"):
            continue
        point = Path(_unescaped(parts[1]))
        if str(point).startswith(_SYSTEM_POINTS):
            continue
        if parts[2] in _STICK_SYSTEMS or _is_removable(parts[0], blocks):
            read_only = "ro" in parts[3].split(",")
            found[point] = Drive(point, point.name or str(point), read_only)
    return list(found.values())


def free_bytes(folder: Path) -> int:
    """Return how many bytes can still be written into a folder, 0 when that cannot be found out."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _unescaped(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    for number in (b"\\040", b"\\011", b"\\012", b"\\134"):
        raw = raw.replace(number, bytes([int(number[1:], 8)]))
    return raw.decode("utf-8", "replace")


def _is_removable(device: str, blocks: Path) -> bool:
    """Ask the disk a partition lies on."""
    name = Path(os.path.realpath(device)).name
    entry = blocks / name
    try:
        disk = entry.resolve() if not (entry / "partition").exists() else entry.resolve().parent
        return (disk / "removable").read_text(encoding="ascii").strip() == "1"
    except OSError:
        return False


def _windows_drives() -> list[Drive]:  # pragma: no cover  # not reached where the tests run
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009  # elsewhere there is none
    present = kernel.GetLogicalDrives()
    found = []
    for number, letter in enumerate(string.ascii_uppercase):
        root = f"{letter}:\\"
        if present >> number & 1 and kernel.GetDriveTypeW(root) == _WINDOWS_REMOVABLE:
            name = ctypes.create_unicode_buffer(261)
            flags = ctypes.c_ulong()
            known = kernel.GetVolumeInformationW(
                root, name, 261, None, None, ctypes.byref(flags), None, 0
            )
            if known:
                label = f"{name.value}（{letter}:）" if name.value else f"{letter}:"
                read_only = bool(flags.value & _WINDOWS_READ_ONLY)
                found.append(Drive(Path(root), label, read_only))
    return found
