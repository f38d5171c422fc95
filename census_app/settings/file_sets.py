"""Write several files that belong together: none of them appears before all are made. Standard library only."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from census_app.errors import EnvironmentProblem, UserError
from census_app.settings.files import file_problem


@contextlib.contextmanager
def written_together(folder: Path) -> Iterator[Path]:
    """Lend an empty folder beside the wanted one, and give it the wanted name when all its files are there.

    Where the wanted folder exists it must be empty, or hold nothing but files of the same names: those are replaced.
    After a failure, or when the person stops it, everything is as it was.

    Args:
        folder: Where the files go; the folder above it exists or is made.

    Raises:
        UserError: `FOLDER_IN_USE`, there is something else in it.
        EnvironmentProblem: `NOT_A_FOLDER`; codes of `settings.files.atomic_write`.
    """
    if folder.exists() and not folder.is_dir():
        raise EnvironmentProblem("NOT_A_FOLDER", path=str(folder))
    staging = folder.with_name(f".{secrets.token_hex(8)}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging.mkdir()
    except (FileExistsError, NotADirectoryError) as error:
        in_the_way = next(p for p in folder.parents if p.exists())
        raise EnvironmentProblem("NOT_A_FOLDER", path=str(in_the_way)) from error
    except OSError as error:
        raise file_problem(error, folder) from error
    try:
        yield staging
        _hand_over(staging, folder)
    except OSError as error:
        raise file_problem(error, folder) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _hand_over(staging: Path, folder: Path) -> None:
    made = sorted(p.relative_to(staging) for p in staging.rglob("*") if p.is_file())
    if folder.exists():
        known = set(made)
        others = [
            p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder) not in known
        ]
        if others:
            raise UserError("FOLDER_IN_USE", path=str(folder), first=others[0].name)
        for name in made:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).replace(folder / name)
    else:
        staging.replace(folder)
    if os.name != "nt":
        for each in (folder, folder.parent):
            descriptor = os.open(each, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
