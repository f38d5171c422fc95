"""A program that was put on this computer from an archive of ours: its versions side by side, and which one runs.

    ROOT/versions/0.1.0/   the program's folder, as it was packed
    ROOT/versions/0.2.0/
    ROOT/current           a link to one of them: what the menu and the command line start (ADR 0127)

The archive is a `.tar.gz` whose one top folder holds `VERSION` and `program/`. Nothing of it is believed: names, kinds
and sizes of its members are checked before anything is written, and an error leaves no trace. Standard library only.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from census_app.errors import DataProblem, UserError
from census_app.settings.files import file_problem, sync_folder

VERSION_FILE: Final = "VERSION"
PROGRAM: Final = "program"
_CURRENT: Final = "current"
_VERSIONS: Final = "versions"
_KEPT: Final = 2
"""How many versions stay: the one that runs, and the one to go back to."""
_FILES: Final = 20_000
_BYTES: Final = 1_500_000_000
_TEXT: Final = 64
_BLOCK: Final = 1 << 20
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,20}")
_SELF_TEST_S: Final = 180
_KEEP_MODE: Final = 0o755
_OF_DPKG: Final = Path("/var/lib/dpkg/info/census.list")
_UNINSTALL: Final = "uninstall.exe"
_BROKEN: Final = (tarfile.TarError, EOFError, zlib.error, OSError)


class Way(StrEnum):
    """How a program came to this computer, which decides who brings it a newer version."""

    ARCHIVE = "archive"
    """From our archive into a personal folder: it updates itself."""
    DEB = "deb"
    SETUP = "setup"
    """The set-up of Windows."""
    FOLDER = "folder"
    """A folder that somebody unpacked or copied."""
    SOURCE = "source"
    """Not frozen: a checkout, or installed by pip."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where versions lie on this computer.

    Attributes:
        root: Folder that holds `versions` and `current`.
    """

    root: Path

    @property
    def running(self) -> str:
        """The version that `current` leads to; empty when there is none."""
        link = self.root / _CURRENT
        return link.readlink().name if link.is_symlink() else ""

    def versions(self) -> list[str]:
        """Return the versions that are here, the oldest first."""
        folder = self.root / _VERSIONS
        found = [each.name for each in folder.glob("*") if _VERSION.fullmatch(each.name)]
        return sorted(found, key=order_of)

    def folder(self, version: str) -> Path:
        """Return the folder of a version."""
        return self.root / _VERSIONS / version

    def program(self) -> Path:
        """Return what the menu starts: the window of the version that `current` leads to."""
        return (
            self.root / _CURRENT / ("census-desktop.exe" if os.name == "nt" else "census-desktop")
        )

    def add(self, archive: Path) -> str:
        """Unpack an archive beside the versions that are here, let it test itself, and return its version.

        Raises:
            DataProblem: `UPDATE_ARCHIVE`, not an archive of ours or a hostile one; `UPDATE_SELFTEST`, its own test
                fails on this computer.
            UserError: `UPDATE_SAME`, that version is here.
            EnvironmentProblem: Codes of `settings.files`.
        """
        folder = self.root / _VERSIONS
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder)).resolve()
        except OSError as error:
            raise file_problem(error, folder) from error
        try:
            version = _unpack(archive, fresh)
            if self.folder(version).exists():
                raise UserError("UPDATE_SAME", version=version)
            program = fresh / PROGRAM
            _test(program, version)
            program.rename(self.folder(version))
        except OSError as error:
            raise file_problem(error, folder) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return version

    def switch_to(self, version: str) -> None:
        """Let the menu and the command line start a version that is here; in one step, also when the power fails.

        Raises:
            UserError: `UPDATE_UNKNOWN`.
            EnvironmentProblem: Codes of `settings.files`.
        """
        if version not in self.versions():
            raise UserError("UPDATE_UNKNOWN", version=version, known="、".join(self.versions()))
        link, fresh = self.root / _CURRENT, self.root / ".current-new"
        try:
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(Path(_VERSIONS) / version, target_is_directory=True)
            fresh.replace(link)
            sync_folder(self.root)
        except OSError as error:
            raise file_problem(error, link) from error

    def prune(self, *, besides: str) -> None:
        """Delete older versions: the running one and the one before it (`besides`) stay."""
        kept = {self.running, besides}
        others = [each for each in self.versions() if each not in kept]
        for version in others[: max(0, len(others) + len(kept) - _KEPT)]:
            shutil.rmtree(self.folder(version), ignore_errors=True)


def installation_of(executable: Path) -> Installation | None:
    """Return the installation a program was started from; None when it is none of this kind.

    Args:
        executable: The program's own file, links followed: `ROOT/versions/VERSION/census`.
    """
    versions = executable.parent.parent
    if versions.name != _VERSIONS or not _VERSION.fullmatch(executable.parent.name):
        return None
    return Installation(versions.parent)


def own_installation() -> Installation | None:
    """Return the installation this very program was started from."""
    if not getattr(sys, "frozen", False):
        return None
    return installation_of(Path(sys.executable).resolve())


def own_way() -> Way:
    """Return how this very program came to this computer."""
    if not getattr(sys, "frozen", False):
        return Way.SOURCE
    return way_of(Path(sys.executable).resolve())


def way_of(executable: Path, packages: Path = _OF_DPKG) -> Way:
    """Return how a frozen program came to this computer.

    Args:
        executable: The program's own file, links followed.
        packages: Dpkg's list of the files of our package; missing where there is none.
    """
    if installation_of(executable) is not None:
        return Way.ARCHIVE
    try:
        owned = packages.read_text("utf-8", "replace").splitlines()
    except OSError:
        owned = []
    if str(executable) in owned:
        return Way.DEB
    if (executable.parent.parent / _UNINSTALL).is_file():
        return Way.SETUP
    return Way.FOLDER


def read_version(archive: Path) -> str:
    """Return the version an archive says it holds.

    Raises:
        DataProblem: `UPDATE_ARCHIVE`.
        EnvironmentProblem: Codes of `settings.files`.
    """
    with _opened(archive) as tar:
        for count, member in enumerate(tar):
            path = PurePosixPath(member.name)
            if len(path.parts) == _DEPTH_OF_VERSION and path.name == VERSION_FILE:
                return _version_in(tar, member, archive)
            if count > _FILES:
                break
    raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=VERSION_FILE)


_DEPTH_OF_VERSION: Final = 2
"""`census-0.1.0-linux-x86_64/VERSION`."""


def order_of(version: str) -> tuple[tuple[int, ...], str]:
    """Return what versions are sorted by: their numbers, then what follows."""
    numbers = re.match(r"[0-9.]+", version)
    text = numbers.group(0) if numbers else ""
    return tuple(int(part) for part in text.split(".") if part), version[len(text) :]


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive; whatever is wrong with it while it is read is said in one way."""
    if not archive.is_file():
        raise UserError("FILE_MISSING", path=str(archive))
    try:
        with gzip.open(archive) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield tar
            while packed.read(_BLOCK):
                pass  # to its end, where gzip says whether all of it is there
    except OSError as error:
        if error.errno is not None:
            raise file_problem(error, archive) from error
        raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=str(error)) from error
    except _BROKEN as error:
        raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=str(error)) from error


def _version_in(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path) -> str:
    file = tar.extractfile(member) if member.isreg() and member.size <= _TEXT else None
    text = file.read().decode("ascii", "replace").strip() if file is not None else ""
    if not _VERSION.fullmatch(text):
        raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=VERSION_FILE)
    return text


def _unpack(archive: Path, target: Path) -> str:
    """Write `program/` of an archive into a folder and return the version it states."""
    version, total = "", 0
    with _opened(archive) as tar:
        for count, member in enumerate(tar):
            total += member.size
            if count >= _FILES or total > _BYTES:
                raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=f"> {_BYTES} B")
            inside = _inside(member, archive)
            if inside == PurePosixPath(VERSION_FILE):
                version = _version_in(tar, member, archive)
            elif inside.parts[:1] == (PROGRAM,):
                _write(tar, member, target, inside)
    if not version or not (target / PROGRAM).is_dir():
        raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=VERSION_FILE)
    return version


def _inside(member: tarfile.TarInfo, archive: Path) -> PurePosixPath:
    """Return the path below the one top folder; refuse a name, a link or a kind that leads elsewhere."""
    path = PurePosixPath(member.name)
    stays = _stays(PurePosixPath(), path)
    if member.issym():
        stays &= _stays(path.parent, PurePosixPath(member.linkname))
    elif member.islnk():
        stays &= _stays(PurePosixPath(), PurePosixPath(member.linkname))
    elif not (member.isreg() or member.isdir()):
        stays = False
    if not stays:
        raise DataProblem("UPDATE_ARCHIVE", path=str(archive), why=member.name)
    return PurePosixPath(*path.parts[1:])


def _stays(start: PurePosixPath, path: PurePosixPath) -> bool:
    """Say whether a path taken from a folder of the archive never leaves the archive's top folder."""
    if path.is_absolute() or "\x00" in str(path):
        return False
    depth = len(start.parts)
    for part in path.parts:
        depth += -1 if part == ".." else 1
        if depth < 1:
            return False
    return True


def _write(
    tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, inside: PurePosixPath
) -> None:
    path = target / inside
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    if path.exists() or path.is_symlink() or not path.parent.resolve().is_relative_to(target):
        raise DataProblem("UPDATE_ARCHIVE", path=tar.name or "", why=member.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        path.symlink_to(member.linkname)
        return
    if member.islnk():
        earlier = target.joinpath(*PurePosixPath(member.linkname).parts[1:])
        if earlier.is_symlink() or not earlier.is_file():
            raise DataProblem("UPDATE_ARCHIVE", path=tar.name or "", why=member.linkname)
        path.hardlink_to(earlier)
        return
    source = tar.extractfile(member)
    if source is None:
        raise DataProblem("UPDATE_ARCHIVE", path=tar.name or "", why=member.name)
    with path.open("xb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(member.mode & _KEEP_MODE)


def _test(program: Path, version: str) -> None:
    """Let the new program test itself with a data folder of its own."""
    command = program / ("census.exe" if os.name == "nt" else "census")
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "CENSUS_DATA_DIR": folder,
            "QT_QPA_PLATFORM": "offscreen",
            "PYINSTALLER_RESET_ENVIRONMENT": "1",  # another program, not a child of this one
        }
        try:
            done = subprocess.run(  # noqa: S603 - the archive was compared with the published hash before
                [str(command), "selftest"],
                env=environment,
                cwd=folder,
                capture_output=True,
                timeout=_SELF_TEST_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DataProblem("UPDATE_SELFTEST", version=version, why=str(error)) from error
    if done.returncode:
        lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        raise DataProblem("UPDATE_SELFTEST", version=version, why=lines[-1] if lines else "—")
