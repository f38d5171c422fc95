"""Folders for what is handed out: made when they are not there, and said in words when they cannot be."""

from __future__ import annotations

from pathlib import Path

from census_app.errors import EnvironmentProblem
from census_app.settings.files import file_problem


def make_folder(folder: Path) -> Path:
    """Make a folder with its parents unless it is there, and return it.

    Raises:
        EnvironmentProblem: `NOT_A_FOLDER`, a file has this name or one above it; else as for writing a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        in_the_way = next(p for p in (folder, *folder.parents) if p.exists())
        raise EnvironmentProblem("NOT_A_FOLDER", path=str(in_the_way)) from error
    except OSError as error:
        raise file_problem(error, folder) from error
    return folder
