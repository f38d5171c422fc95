"""Sticks and cards that are plugged in, and how much room a folder has. Standard library only."""

from __future__ import annotations

import ctypes
import shutil
import string
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from census_app.settings import mounts
from census_app.settings.mounts import STICK_SYSTEMS, Mount

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
    return drives_among(mounts.mounts(), mounts.BLOCKS)


def drives_among(mounted: Iterable[Mount], blocks: Path) -> list[Drive]:
    """Return the removable drives among what is mounted.

    Args:
        blocks: Folder with an entry for each block device, as `/sys/class/block`.
    """
    found: dict[Path, Drive] = {}
    for each in mounted:
        if not each.device.startswith("/dev/") or _is_of_the_system(each.point):
            continue
        if each.system in STICK_SYSTEMS or mounts.is_removable(each.device, blocks):
            point = Path(each.point)
            found[point] = Drive(point, point.name or str(point), "ro" in each.options)
    return list(found.values())


def _is_of_the_system(point: str) -> bool:
    return any(point == each or point.startswith(f"{each}/") for each in _SYSTEM_POINTS)


def free_bytes(folder: Path) -> int:
    """Return how many bytes can still be written into a folder, 0 when that cannot be found out."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


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
