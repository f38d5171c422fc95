"""Versions side by side: unpacked from an archive that is not believed, switched in one step, the old one kept."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from census_app.errors import CensusError, DataProblem, UserError
from census_app.settings.installation import (
    Installation,
    Way,
    installation_of,
    own_way,
    read_version,
    way_of,
)

TOP = "census-9.0.0-linux-x86_64"
Edit = Callable[[tarfile.TarFile], None]


def add(tar: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(text.encode()), mode
    tar.addfile(info, io.BytesIO(text.encode()))


def link(tar: tarfile.TarFile, name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    tar.addfile(info)


def archive(path: Path, *edits: Edit, version: str = "9.0.0", selftest: str = "exit 0") -> Path:
    """Write an archive as `make.py` does, with a program that answers its self-test."""
    with tarfile.open(path, "w:gz") as tar:
        if version:
            add(tar, f"{TOP}/VERSION", version)
        add(tar, f"{TOP}/install.sh", "exit 1", 0o755)
        add(tar, f"{TOP}/program/census", f"#!/bin/sh\n{selftest}\n", 0o755)
        add(tar, f"{TOP}/program/_internal/part", "part")
        link(tar, f"{TOP}/program/_internal/alias", "part")
        link(tar, f"{TOP}/program/census-desktop", f"{TOP}/program/census", tarfile.LNKTYPE)
        for edit in edits:
            edit(tar)
    return path


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_version_comes_beside_the_old_one_and_is_switched_to(tmp_path: Path) -> None:
    place = Installation(tmp_path / "program")
    first = place.add(archive(tmp_path / "a.tar.gz", version="1.9.0"))
    place.switch_to(first)
    second = place.add(archive(tmp_path / "b.tar.gz", version="1.10.0"))
    assert (place.running, place.versions()) == ("1.9.0", ["1.9.0", "1.10.0"])
    place.switch_to(second)
    assert place.running == "1.10.0"
    program = tmp_path / "program" / "current" / "census"
    assert program.stat().st_mode & 0o777 == 0o755
    assert (program.parent / "_internal" / "alias").read_text() == "part"
    assert program.parent.joinpath("census-desktop").read_text() == program.read_text()
    assert installation_of(program.resolve()) == place
    assert installation_of(tmp_path / "elsewhere" / "census") is None


def test_only_the_version_before_stays(tmp_path: Path) -> None:
    place = Installation(tmp_path / "program")
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        place.add(archive(tmp_path / "a.tar.gz", version=version))
    place.switch_to("2.0.0")
    place.prune(besides="1.1.0")
    assert place.versions() == ["1.1.0", "2.0.0"]


def test_a_program_that_fails_its_own_test_is_not_kept(tmp_path: Path) -> None:
    place = Installation(tmp_path / "program")
    bad = archive(tmp_path / "a.tar.gz", selftest="echo no font; exit 4")
    with pytest.raises(DataProblem) as told:
        place.add(bad)
    assert (told.value.code, told.value.params["why"]) == ("UPDATE_SELFTEST", "no font")
    assert everything(tmp_path / "program") == {"versions"}


HOSTILE: dict[str, Edit] = {
    "climbs": lambda tar: add(tar, f"{TOP}/program/../../../evil", "x"),
    "absolute": lambda tar: add(tar, "/evil", "x"),
    "link out": lambda tar: link(tar, f"{TOP}/program/out", "../../../evil"),
    "link absolute": lambda tar: link(tar, f"{TOP}/program/out", "/etc/passwd"),
    "hard link out": lambda tar: link(
        tar, f"{TOP}/program/out", "../../etc/passwd", tarfile.LNKTYPE
    ),
    "hard link to nothing": lambda tar: link(
        tar, f"{TOP}/program/out", f"{TOP}/program/none", tarfile.LNKTYPE
    ),
    "device": lambda tar: link(tar, f"{TOP}/program/dev", "", tarfile.CHRTYPE),
    "twice": lambda tar: add(tar, f"{TOP}/program/census", "#!/bin/sh\nexit 0\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_leaves_nothing(tmp_path: Path, name: str) -> None:
    place = Installation(tmp_path / "program")
    bad = archive(tmp_path / "a.tar.gz", HOSTILE[name])
    with pytest.raises(DataProblem) as told:
        place.add(bad)
    assert told.value.code == "UPDATE_ARCHIVE"
    assert everything(tmp_path) == {"a.tar.gz", "program", "program/versions"}


def test_writing_through_a_link_is_refused(tmp_path: Path) -> None:
    def edit(tar: tarfile.TarFile) -> None:
        link(tar, f"{TOP}/program/lib", "../program/_internal")
        add(tar, f"{TOP}/program/lib/part", "other")

    with pytest.raises(DataProblem) as told:
        Installation(tmp_path / "program").add(archive(tmp_path / "a.tar.gz", edit))
    assert told.value.code == "UPDATE_ARCHIVE"


@pytest.mark.parametrize("version", ["", "latest", "../../evil", "1.0.0/../x"])
def test_a_version_is_a_version(tmp_path: Path, version: str) -> None:
    bad = archive(tmp_path / "a.tar.gz", version=version)
    place = Installation(tmp_path / "p")
    acts: tuple[Callable[[], str], ...] = (lambda: read_version(bad), lambda: place.add(bad))
    for act in acts:
        with pytest.raises(DataProblem) as told:
            act()
        assert told.value.code == "UPDATE_ARCHIVE"


def test_what_is_no_archive_or_is_cut_short_is_said(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.tar.gz").read_bytes()
    place = Installation(tmp_path / "program")
    for number, data in enumerate(
        (b"", b"PK\x03\x04", whole[:200], whole[: len(whole) // 2], whole[:-5], b"\x1f\x8b" * 9)
    ):
        path = tmp_path / f"{number}.tar.gz"
        path.write_bytes(data)
        with pytest.raises(CensusError) as told:
            place.add(path)
        assert told.value.code == "UPDATE_ARCHIVE", number
    assert everything(tmp_path / "program") == {"versions"}


def test_a_version_that_is_here_or_not_here_is_said(tmp_path: Path) -> None:
    place = Installation(tmp_path / "program")
    good = archive(tmp_path / "a.tar.gz")
    place.switch_to(place.add(good))
    for act, code in (
        (lambda: place.add(good), "UPDATE_SAME"),
        (lambda: place.switch_to("8.0.0"), "UPDATE_UNKNOWN"),
    ):
        with pytest.raises(UserError) as told:
            act()
        assert told.value.code == code
    assert place.running == "9.0.0"


def test_how_a_program_came_decides_who_updates_it(tmp_path: Path) -> None:
    place = Installation(tmp_path / "program")
    place.switch_to(place.add(archive(tmp_path / "a.tar.gz")))
    listed = tmp_path / "census.list"
    listed.write_text("/.\n/opt\n/opt/census/census\n")
    setup = tmp_path / "setup" / "9.0.0" / "census.exe"
    setup.parent.mkdir(parents=True)
    (setup.parent.parent / "uninstall.exe").touch()
    ways = [
        way_of(program, listed)
        for program in (
            place.program().resolve(),
            Path("/opt/census/census"),
            setup,
            tmp_path / "unpacked" / "census",
        )
    ]
    assert ways == [Way.ARCHIVE, Way.DEB, Way.SETUP, Way.FOLDER]
    assert way_of(tmp_path / "x" / "census", tmp_path / "no list") is Way.FOLDER
    assert own_way() is Way.SOURCE
