"""What is mounted where, as Linux tells it: read in one place for the drives to choose and for where a file lies.

Standard library only. Elsewhere there are no such tables, and nothing is mounted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path("/proc/mounts")
BLOCKS: Final = Path("/sys/class/block")
STICK_SYSTEMS: Final = frozenset({"vfat", "exfat", "msdos", "fuse.exfat"})
"""File systems that fixed disks do not have."""

_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the table.

    Attributes:
        device: A path under `/dev`, `server:/folder`, or a word.
        point: Folder, absolute and without links, as `os.fsdecode` gives names.
        system: Name of the file system, such as `ext4` or `fuse.sshfs`.
        options: As `rw`, `nosuid`.
    """

    device: str
    point: str
    system: str
    options: frozenset[str]


def mounts() -> list[Mount]:
    """Return what is mounted, in the order of the system; nothing when it does not say."""
    try:
        return list(parse(TABLE.read_bytes().splitlines()))
    except OSError:
        return []


def parse(lines: Iterable[bytes]) -> Iterator[Mount]:
    r"""Yield what the lines of a table say; lines that say nothing are passed over.

    Args:
        lines: Device, point, file system, options, parted by one blank. A blank, tab, line end, backslash or `#` within
            one stands as its octal number, such as `\040`.
    """
    for line in lines:
        parts = [os.fsdecode(_ESCAPE.sub(_byte, part)) for part in line.split(b" ")]
        if len(parts) >= 3:
            options = parts[3].split(",") if len(parts) > 3 else ()
            yield Mount(parts[0], parts[1], parts[2], frozenset(options))


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8) & 0xFF])


def is_removable(device: str, blocks: Path = BLOCKS) -> bool:
    """Say whether a block device calls itself removable: a stick with ext4 or NTFS, say.

    Args:
        device: Its path; `/dev/disk/by-uuid/…` is a link to it.
        blocks: Folder with an entry for each block device.
    """
    if not device.startswith("/dev/"):
        return False
    entry = blocks / Path(os.path.realpath(device)).name
    try:
        real = entry.resolve()
        # A partition lies in the folder of its disk, which has the mark.
        disk = real.parent if (real / "partition").exists() else real
        return (disk / "removable").read_text(encoding="ascii").strip() == "1"
    except (OSError, ValueError):
        return False
