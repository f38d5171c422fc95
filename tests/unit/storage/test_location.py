"""Live files belong on a fixed disk of this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from census_app.errors import EnvironmentProblem
from census_app.storage import location
from census_app.storage.location import kind_by_mounts, require_fixed_disk

MOUNTS = [
    "/dev/sda1 / ext4 rw 0 0",
    "//server/share /mnt/share cifs rw 0 0",
    "server:/x /mnt/nfs nfs4 rw 0 0",
    "/dev/sdb1 /media/my\\040stick vfat rw 0 0",
    "/dev/sdc1 /mnt/share/inner ext4 rw 0 0",
    "broken",
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/w.censusdb", ""),
        ("/mnt/share/w.censusdb", "share"),
        ("/mnt/shared/w.censusdb", ""),
        ("/mnt/nfs/w.censusdb", "share"),
        ("/media/my stick/w.censusdb", "removable"),
        ("/mnt/share/inner/w.censusdb", ""),
    ],
)
def test_the_longest_mount_point_decides(path: str, kind: str) -> None:
    assert kind_by_mounts(path, MOUNTS) == kind


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
    monkeypatch.setattr(location, "_MOUNTS", table)
    with pytest.raises(EnvironmentProblem):
        require_fixed_disk(tmp_path / "w.censusdb")

    monkeypatch.setattr(location, "_MOUNTS", tmp_path / "none")
    require_fixed_disk(tmp_path / "w.censusdb")
