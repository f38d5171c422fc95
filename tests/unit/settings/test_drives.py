"""Which mount points are sticks: by file system, by the disk's own word, never a system partition."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from census_app.settings.drives import Drive, drives_among, free_bytes
from census_app.settings.mounts import is_removable, parse


def disk(blocks: Path, name: str, *, removable: bool, partition: str = "") -> None:
    folder = blocks.parent / "devices" / name
    folder.mkdir(parents=True)
    (folder / "removable").write_text("1\n" if removable else "0\n")
    blocks.mkdir(exist_ok=True)
    (blocks / name).symlink_to(folder)
    if partition:
        inner = folder / partition
        inner.mkdir()
        (inner / "partition").write_text("1\n")
        (blocks / partition).symlink_to(inner)


def test_sticks_are_found_and_fixed_disks_are_not(tmp_path: Path) -> None:
    blocks = tmp_path / "block"
    disk(blocks, "sda", removable=False, partition="sda1")
    disk(blocks, "sdb", removable=True, partition="sdb1")
    lines = [
        "/dev/sda1 / ext4 rw,relatime 0 0",
        "/dev/sdc1 /boot/efi vfat rw 0 0",
        "tmpfs /run tmpfs rw 0 0",
        "/dev/sdb1 /media/li/DATA ext4 rw,nosuid 0 0",
        "/dev/sdc2 /media/li/KING\\040STON vfat rw 0 0",
        "/dev/sdd1 /media/li/LOCKED exfat ro,nosuid 0 0",
        "/dev/sdd2 /bootleg exfat rw 0 0",
        "//server/share /mnt/share cifs rw 0 0",
        "broken",
    ]
    assert drives_among(parse(line.encode() for line in lines), blocks) == [
        Drive(Path("/media/li/DATA"), "DATA"),
        Drive(Path("/media/li/KING STON"), "KING STON"),
        Drive(Path("/media/li/LOCKED"), "LOCKED", read_only=True),
        Drive(Path("/bootleg"), "bootleg"),
    ]


def test_a_drive_that_is_gone_has_no_room(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
    assert Drive(tmp_path / "gone", "gone").free == 0


def test_every_character_a_table_escapes_is_read() -> None:
    line = "/dev/sdb1 /media/一\\040二\\011三\\012四\\134五\\043六 ntfs3".encode()
    (found,) = parse([line, b"broken", b""])
    assert found.point == "/media/一 二\t三\n四\\五#六"
    assert (found.system, found.options) == ("ntfs3", frozenset())


def test_a_name_that_is_no_utf_8_stays_the_name_of_the_folder() -> None:
    (found,) = parse([b"/dev/sdb1 /media/\xd6\xd0 vfat rw 0 0"])
    assert os.fsencode(found.point) == b"/media/\xd6\xd0"


def test_a_link_to_a_device_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = tmp_path / "block"
    disk(blocks, "sdb", removable=True, partition="sdb1")
    real = os.path.realpath

    def resolved(path: str, *, strict: bool = False) -> str:
        linked = str(path).startswith("/dev/disk/")
        return "/dev/sdb1" if linked else real(path, strict=strict)

    monkeypatch.setattr(os.path, "realpath", resolved)
    assert is_removable("/dev/disk/by-uuid/0000-1111", blocks)
    assert not is_removable("server:/dev/sdb1", blocks)
