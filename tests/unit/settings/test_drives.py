"""Which mount points are sticks: by file system, by the disk's own word, never a system partition."""

from __future__ import annotations

from pathlib import Path

from census_app.settings.drives import Drive, drives_by_mounts, free_bytes


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
        "//server/share /mnt/share cifs rw 0 0",
        "broken",
    ]
    assert drives_by_mounts(lines, blocks) == [
        Drive(Path("/media/li/DATA"), "DATA"),
        Drive(Path("/media/li/KING STON"), "KING STON"),
        Drive(Path("/media/li/LOCKED"), "LOCKED", read_only=True),
    ]


def test_a_drive_that_is_gone_has_no_room(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
    assert Drive(tmp_path / "gone", "gone").free == 0
