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
from census_app.settings import mounts
from census_app.settings.mounts import STICK_SYSTEMS, Mount

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
_REMOVABLE: Final = STICK_SYSTEMS | {"iso9660", "udf"}
_WINDOWS_KINDS: Final[dict[int, PlaceKind]] = {2: "removable", 4: "share", 5: "removable"}

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
    return kind_among(os.path.realpath(path), mounts.mounts(), mounts.BLOCKS)


def kind_among(path: str, mounted: Iterable[Mount], blocks: Path) -> PlaceKind:
    """Return `share`, `removable` or nothing, by the longest mount point above a path.

    Args:
        path: Absolute and without links.
        blocks: Folder with an entry for each block device, as `/sys/class/block`.
    """
    best, found = "", None
    for each in mounted:
        above = each.point.rstrip("/") + "/"
        if (path + "/").startswith(above) and len(above) >= len(best):
            best, found = above, each
    if found is None:
        return ""
    if found.system in _SHARES:
        return "share"
    stick = found.system in _REMOVABLE or mounts.is_removable(found.device, blocks)
    return "removable" if stick else ""
