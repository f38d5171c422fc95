"""Find the files that ship with the program: `forms/`, `resources/` and the manual.

They lie beside the package in a checkout, under `census_app/_data` in a wheel, and in the unpacked folder of a frozen
build.
"""

from __future__ import annotations

import sys
from pathlib import Path

from census_app.errors import BugError


def data_root() -> Path:
    """Return the folder that holds `forms/` and `resources/`.

    Raises:
        BugError: `ASSETS_MISSING`, when the installation is incomplete.
    """
    here = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [here / "_data", here.parent]
    if frozen:
        candidates.insert(0, Path(frozen))
    for candidate in candidates:
        if (candidate / "forms").is_dir() and (candidate / "resources").is_dir():
            return candidate
    raise BugError("ASSETS_MISSING", searched=", ".join(map(str, candidates)))


def program_library_dirs() -> list[Path]:
    """Return the folders in which a shared library shipped with the program would lie; none in a checkout."""
    frozen = getattr(sys, "_MEIPASS", None)
    folders = [Path(frozen)] if frozen else []
    return [*folders, Path(__file__).resolve().parent / "_data" / "lib"]


def forms_dir(version: str = "v1") -> Path:
    """Return the folder of one published form set."""
    return data_root() / "forms" / version


def resource(*parts: str) -> Path:
    """Return the path of a shipped resource, for example `resource("fonts", "NotoSansSC-Regular.ttf")`."""
    return data_root().joinpath("resources", *parts)


def manual(language: str) -> Path:
    """Return the folder with the manual's chapters in a language, as Markdown."""
    root = data_root()
    shipped = root / "manual"
    return (shipped if shipped.is_dir() else root / "docs" / "manual") / language
