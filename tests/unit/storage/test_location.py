"""Live files belong on a fixed disk of this computer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from census_app.errors import EnvironmentProblem
from census_app.settings import mounts
from census_app.storage.location import kind_among, place_of, require_fixed_disk

MOUNTS = [
    "/dev/sda1 / ext4 rw 0 0",
    "//server/share /mnt/share cifs rw 0 0",
    "server:/x /mnt/nfs nfs4 rw 0 0",
    "/dev/sdb1 /media/my\\040stick vfat rw 0 0",
    "server:/y /mnt/No\\0431 nfs4 rw 0 0",
    "/dev/sdc1 /mnt/share/inner ext4 rw 0 0",
    "broken",
    "gvfsd-fuse /run/user/1000/gvfs fuse.gvfsd-fuse rw 0 0",
    "host /mnt/c 9p rw 0 0",
    "shared /media/sf_shared vboxsf rw 0 0",
]


def kind_of(path: str, lines: Iterable[str], blocks: Path = mounts.BLOCKS) -> str:
    return kind_among(path, mounts.parse(line.encode() for line in lines), blocks)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/w.censusdb", ""),
        ("/mnt/share/w.censusdb", "share"),
        ("/mnt/shared/w.censusdb", ""),
        ("/mnt/nfs/w.censusdb", "share"),
        ("/media/my stick/w.censusdb", "removable"),
        ("/mnt/No#1/w.censusdb", "share"),
        ("/mnt/share/inner/w.censusdb", ""),
        ("/run/user/1000/gvfs/smb-share:server=s,share=x/w.censusdb", "share"),
        ("/mnt/c/Users/w.censusdb", "share"),
        ("/media/sf_shared/w.censusdb", "share"),
    ],
)
def test_the_longest_mount_point_decides(path: str, kind: str) -> None:
    assert kind_of(path, MOUNTS) == kind


@pytest.mark.parametrize("path", ["\\\\server\\share\\w.censusdb", "//server/share/w.censusdb"])
def test_a_network_name_is_refused_without_looking(path: str) -> None:
    with pytest.raises(EnvironmentProblem) as failure:
        # pathlib folds "//" on Linux only for more than two slashes
        require_fixed_disk(Path(path))
    assert (failure.value.code, failure.value.params["kind"]) == ("DB_LOCATION", "share")


def test_a_share_is_refused_by_the_mount_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"x {tmp_path.resolve()} nfs rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(mounts, "TABLE", table)
    with pytest.raises(EnvironmentProblem):
        require_fixed_disk(tmp_path / "w.censusdb")

    monkeypatch.setattr(mounts, "TABLE", tmp_path / "none")
    require_fixed_disk(tmp_path / "w.censusdb")


def test_a_stick_is_known_by_what_the_system_says_of_the_disk(tmp_path: Path) -> None:
    for disk, removable in (("sdx", "1"), ("sdy", "0")):
        partition = tmp_path / "devices" / disk / f"{disk}1"
        partition.mkdir(parents=True)
        (partition / "partition").write_text("1\n", encoding="ascii")
        (partition.parent / "removable").write_text(removable + "\n", encoding="ascii")
        (tmp_path / f"{disk}1").symlink_to(partition)
    lines = ["/dev/sdx1 /media/a ext4 rw", "/dev/sdy1 /media/b ext4 rw"]
    assert kind_of("/media/a/w.censusdb", lines, tmp_path) == "removable"
    assert kind_of("/media/b/w.censusdb", lines, tmp_path) == ""


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("OneDrive - 省环保厅", "OneDrive"),
        ("Nutstore Files", "坚果云"),
        ("BaiduSyncdisk", "百度网盘"),
        ("WPS云盘", "WPS 云盘"),
        ("onedriver notes", ""),
        ("文档", ""),
    ],
)
def test_synchronised_folders_are_warned_of_and_not_refused(
    tmp_path: Path, folder: str, service: str
) -> None:
    path = tmp_path / folder / "普查" / "w.censusdb"
    path.parent.mkdir(parents=True)
    require_fixed_disk(path)
    place = place_of(path)
    assert (place.kind, place.service) == ("sync" if service else "", service)
    assert 0 < place.free <= place.total


def test_the_mark_of_a_synchronising_program_counts(tmp_path: Path) -> None:
    (tmp_path / ".stfolder").mkdir()
    assert place_of(tmp_path / "w.censusdb").service == "Syncthing"
