"""Where a file lies: live databases belong on a fixed disk of this computer (security §8, lesson 15).

Shares and sticks are refused; a synchronised folder cannot be told for certain and is only warned of.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from census_app.domain.safekeeping import Place, PlaceKind
from census_app.errors import EnvironmentProblem

# fmt: off
_SHARES: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ncpfs", "ncp",
    "davfs", "coda", "ceph", "gluster", "glusterfs", "lustre", "beegfs",
    # folders of the host inside a virtual machine, and what desktops mount for a person
    "9p", "vboxsf", "vmhgfs", "virtiofs", "prl_fs", "drvfs", "fuse.vmhgfs-fuse", "fuse.gvfsd-fuse",
    "fuse.kio-fuse", "fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.curlftpfs", "fuse.s3fs",
    "fuse.glusterfs", "fuse.smbnetfs", "fuse.ceph", "fuse.onedriver", "fuse.google-drive-ocamlfuse", "fuse.nutstore",
})
# fmt: on
_REMOVABLE: Final = frozenset({"vfat", "exfat", "msdos", "fuse.exfat", "iso9660", "udf"})
_WINDOWS_KINDS: Final[dict[int, PlaceKind]] = {2: "removable", 4: "share", 5: "removable"}
_MOUNTS: Final = Path("/proc/mounts")
_BLOCKS: Final = Path("/sys/class/block")

_SYNCED: Final = (
    (re.compile(r"onedrive(\s-\s.*)?"), "OneDrive"),
    (re.compile(r"dropbox(\s\(.*\))?"), "Dropbox"),
    (re.compile(r"google ?drive|my drive"), "Google Drive"),
    (re.compile(r"iclouddrive|icloud drive|com~apple~clouddocs"), "iCloud"),
    (re.compile(r"nextcloud|owncloud"), "Nextcloud"),
    (re.compile(r"nutstore.*|坚果云|我的坚果云"), "坚果云"),
    (
        re.compile(r"baidunetdisk(workspace|download)?|baidusyncdisk|百度网盘.*|百度云.*"),
        "百度网盘",
    ),
    (re.compile(r"wps ?(cloud files|drive|云盘)|wps网盘"), "WPS 云盘"),
    (re.compile(r"aliyundrive|adrive|阿里云盘.*"), "阿里云盘"),
    (re.compile(r"微云.*|weiyun.*"), "微云"),
    (re.compile(r"syncthing|resilio sync"), "Syncthing"),
)
"""Folder names, lower case, by which synchronising programs are known."""
_MARKS: Final = {".stfolder": "Syncthing", ".sync": "Resilio Sync", ".dropbox": "Dropbox"}
"""What such programs leave in their folder."""


def require_fixed_disk(path: Path) -> None:
    """Refuse a file on a network share or a stick.

    Raises:
        EnvironmentProblem: `DB_LOCATION`.
    """
    kind = _kind(path)
    if kind:
        raise EnvironmentProblem("DB_LOCATION", path=str(path), kind=kind)


def place_of(path: Path) -> Place:
    """Say where a file lies and how much room there is; the file need not exist."""
    kind, service = _kind(path), ""
    if not kind:
        service = sync_service(path)
        kind = "sync" if service else ""
    folder = path if path.is_dir() else path.parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return Place(kind, service)
    return Place(kind, service, usage.free, usage.total)


def sync_service(path: Path) -> str:
    """Return the name of the program that seems to synchronise the folder of a file, or the empty text."""
    for folder in path.parents:
        name = folder.name.lower()
        for pattern, service in _SYNCED:
            if name and pattern.fullmatch(name):
                return service
        for mark, service in _MARKS.items():
            try:
                if (folder / mark).exists():
                    return service
            except OSError:
                continue
    return ""


def _kind(path: Path) -> PlaceKind:
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


def kind_by_mounts(path: str, lines: Iterable[str]) -> PlaceKind:
    """Return `share`, `removable` or nothing, by the longest mount point above a path.

    Args:
        path: Absolute and without links.
        lines: As in `/proc/mounts`: device, mount point with blanks as octal escapes, type.
    """
    best, kind, device = "", "", ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = _unescaped(parts[1])
        above = point.rstrip("/") + "/"
        if (path + "/").startswith(above) and len(above) >= len(best):
            best, kind, device = above, parts[2], parts[0]
    if kind in _SHARES:
        return "share"
    return "removable" if kind in _REMOVABLE or _is_stick(device) else ""


def _unescaped(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point)


def _is_stick(device: str) -> bool:
    """Say whether a block device calls itself removable: a stick with ext4 or NTFS, say."""
    if not device.startswith("/dev/"):
        return False
    block = _BLOCKS / Path(device).name
    try:
        real = block.resolve()
        # A partition lies in the folder of its disk, which has the mark.
        return any(
            (folder / "removable").is_file()
            and (folder / "removable").read_text(encoding="ascii").strip() == "1"
            for folder in (real, real.parent)
        )
    except (OSError, ValueError):
        return False
