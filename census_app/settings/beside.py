"""The folders beside a workspace or catalogue, so that all moves together: what they are called, and only here.

Standard library only.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from census_app.settings.files import file_problem

_SNAPSHOTS: Final = ".snapshots"
_ATTACHMENTS: Final = ".attachments"
_PACKAGES: Final = ".packages"
_ALL: Final = (_SNAPSHOTS, _ATTACHMENTS, _PACKAGES)


def snapshots_folder(path: Path) -> Path:
    """Return the folder that holds the snapshots of a file."""
    return path.with_name(path.name + _SNAPSHOTS)


def attachments_folder(path: Path) -> Path:
    """Return where the attached files of a workspace lie."""
    return path.with_name(path.name + _ATTACHMENTS)


def outbox_of(path: Path) -> Path:
    """Return the folder in which every package that was signed stays."""
    return path.with_name(path.name + _PACKAGES)


def live_file_of(snapshot: Path) -> Path:
    """Return the file that a snapshot is of; any other path is its own."""
    owner = snapshot.parent.name
    if not owner.endswith(_SNAPSHOTS):
        return snapshot
    return snapshot.parent.with_name(owner.removesuffix(_SNAPSHOTS))


def remove_beside(path: Path) -> None:
    """Delete all folders beside a file, with what is in them.

    Raises:
        EnvironmentProblem: Codes of `settings.files`.
    """
    for suffix in _ALL:
        folder = path.with_name(path.name + suffix)
        try:
            if folder.is_dir():
                shutil.rmtree(folder)
        except OSError as error:
            raise file_problem(error, folder) from error
