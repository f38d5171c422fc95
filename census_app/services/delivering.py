"""Put what was signed where it shall go: a verified copy on a stick or in a folder; the first stays here (ADR 0093).

A package whose number is used must not be lost with a stick that fails: it is written beside the file first and
copied from there, as often as a person likes.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import CensusError, EnvironmentProblem
from census_app.exchange.signers import Signer
from census_app.services.exporting import ExportDone, export_package
from census_app.services.folders import make_folder
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.settings.beside import outbox_of
from census_app.settings.drives import free_bytes, removable_drives
from census_app.settings.files import copy_file, file_problem, file_sha256

ROOM: Final = 1 << 20
"""Bytes a destination has to have left beside the files themselves."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A package that was signed and lies beside the file, with its cover sheet."""

    done: ExportDone
    cover: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """What is handed over."""
        return self.done.package.path, self.cover


@dataclass(frozen=True, slots=True)
class Delivered:
    """Files that lie where they shall go: written, on the medium, read back and equal.

    Attributes:
        stick: The destination is a removable drive, which may be taken out now.
    """

    folder: Path
    files: tuple[Path, ...]
    bytes: int
    stick: bool


def sign(
    store: WorkspaceStore,
    signer: Signer,
    *,
    clock: Clock,
    software: str,
    language: str,
    actor: str = "",
    announce_unfinished: bool = False,
    progress: Progress | None = None,
) -> Signed:
    """Write the next package and its cover sheet into the outbox.

    Args:
        signer: Unlocked.

    Raises:
        UserError, EnvironmentProblem: As `export_package`.
    """
    from census_app.services.reporting import write_cover  # noqa: PLC0415  # paper loads slowly

    folder = make_folder(outbox_of(store.path))
    done = export_package(
        store, signer, folder, clock=clock, software=software, actor=actor,
        announce_unfinished=announce_unfinished, progress=progress,
    )  # fmt: skip
    return Signed(done, write_cover(store, done, folder, language))


def require_room(folder: Path, needed: int, stick: Path | None = None) -> None:
    """Refuse a destination before anything is signed for it.

    Args:
        needed: Bytes of what shall be written.
        stick: The removable drive the folder lies on, where it does.

    Raises:
        EnvironmentProblem: `STICK_GONE`, `STICK_READ_ONLY`, `DESTINATION_DENIED`, `DESTINATION_FULL`; `NOT_A_FOLDER`.
    """
    if stick is not None:
        drive = next((d for d in removable_drives() if d.path == stick), None)
        if drive is None:
            raise EnvironmentProblem("STICK_GONE", path=str(stick))
        if drive.read_only:
            raise EnvironmentProblem("STICK_READ_ONLY", path=str(stick))
    make_folder(folder)
    if not os.access(folder, os.W_OK):
        raise EnvironmentProblem("DESTINATION_DENIED", path=str(folder))
    free = free_bytes(folder)
    if free < needed + ROOM:
        raise EnvironmentProblem("DESTINATION_FULL", path=str(folder), needed=needed, free=free)


def deliver(
    files: Sequence[Path],
    folder: Path,
    *,
    stick: Path | None = None,
    progress: Progress | None = None,
) -> Delivered:
    """Copy files into a folder, wholly or not at all, and read them back from the medium.

    What was written is taken away again when one of them fails; a file that was there before stays.

    Args:
        stick: The removable drive the folder lies on, where it does.

    Raises:
        EnvironmentProblem: As `require_room`; `STICK_GONE`, it was taken out meanwhile; `READ_BACK`, what lies there
            is not what was written; `FILE_DISK_FULL` and whatever else writing a file may raise.
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    sizes = [_size(path) for path in files]
    total, done = sum(sizes), 0
    require_room(folder, total, stick)
    written: list[Path] = []
    try:
        for path, size in zip(files, sizes, strict=True):
            progress.step(done, total, path.name)
            target = folder / path.name
            fresh = not target.exists()
            if not (target.exists() and target.samefile(path)):
                digest = copy_file(path, target)
                if fresh:
                    written.append(target)
                _read_back(target, digest)
            done += size
        progress.step(total, total)
        if stick is not None and not any(d.path == stick for d in removable_drives()):
            raise EnvironmentProblem("STICK_GONE", path=str(stick))
    except CensusError as error:
        for target in written:
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
        if stick is not None and not any(d.path == stick for d in removable_drives()):
            raise EnvironmentProblem("STICK_GONE", path=str(stick)) from error
        raise
    return Delivered(folder, tuple(folder / p.name for p in files), total, stick is not None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise file_problem(error, path) from error


def _read_back(target: Path, digest: str) -> None:
    """Compare with what the medium holds: the system is asked to forget what it remembers of the file first."""
    try:
        if hasattr(os, "posix_fadvise"):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            except OSError as error:
                if error.errno not in {errno.EINVAL, errno.ENOSYS}:
                    raise
            finally:
                os.close(descriptor)
        equal = file_sha256(target) == digest
    except OSError as error:
        raise file_problem(error, target) from error
    if not equal:
        raise EnvironmentProblem("READ_BACK", path=str(target))
