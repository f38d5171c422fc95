"""Move the dates of a campaign: the form set's files with other days in `campaign.toml`, to be signed and handed out.

Dates are part of the form set, since departments' windows show them; so they reach everybody the way forms do, in a
trust bundle. What the departments fill in stays the same, and no record is touched.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from census_app.errors import UserError
from census_app.formspec.loader import load_form_set
from census_app.services.folders import make_folder
from census_app.services.issuing import form_files
from census_app.services.ports import CatalogueStore
from census_app.settings.files import atomic_write

CAMPAIGN: Final = "campaign.toml"
_TABLE: Final = re.compile(r"\s*\[\[?\s*([A-Za-z_.]+)\s*\]\]?\s*(#.*)?")
_ID: Final = re.compile(r"""\s*id\s*=\s*["']([^"']+)["']""")
_DUE: Final = re.compile(r"""(\s*due\s*=\s*)["'][^"']*["'](.*)""", re.DOTALL)


def with_dates(text: str, dates: Mapping[str, str]) -> str:
    """Return `campaign.toml` with other days for some milestones; everything else stays to the letter.

    Args:
        dates: Id of the milestone → day, `CCYY-MM-DD`.

    Raises:
        UserError: `MILESTONE_DAY`, a day that is none; `MILESTONE_UNKNOWN`.
    """
    for day in dates.values():
        _require_day(day)
    lines = text.splitlines(keepends=True)
    moved = set()
    for begin, end in _milestones(lines):
        ids = (_ID.match(line) for line in lines[begin:end])
        named = next((found[1] for found in ids if found), "")
        if named not in dates:
            continue
        for number in range(begin, end):
            found = _DUE.fullmatch(lines[number])
            if found:
                lines[number] = f'{found[1]}"{dates[named]}"{found[2]}'
                moved.add(named)
    unknown = sorted(dates.keys() - moved)
    if unknown:
        raise UserError("MILESTONE_UNKNOWN", given="、".join(unknown))
    changed = "".join(lines)
    said = {m["id"]: m["due"] for m in tomllib.loads(changed).get("milestone", ())}
    assert all(said.get(each) == day for each, day in dates.items())  # noqa: S101  # what was written is what is read
    return changed


def _milestones(lines: list[str]) -> list[tuple[int, int]]:
    """Return where each table of a milestone begins and ends."""
    tables = [
        (n, found[1])
        for n, line in enumerate(lines)
        if (found := _TABLE.fullmatch(line.rstrip("\r\n")))
    ]
    ends = [number for number, _name in tables[1:]] + [len(lines)]
    return [(n, end) for (n, name), end in zip(tables, ends, strict=True) if name == "milestone"]


def _require_day(day: str) -> None:
    try:
        if dt.date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    raise UserError("MILESTONE_DAY", given=day)


def write_form_set(catalogue: CatalogueStore, dates: Mapping[str, str], folder: Path) -> Path:
    """Write the catalogue's form set with other dates into a folder, to be handed out in the next trust bundle.

    Raises:
        UserError: `MILESTONE_DAY`, `MILESTONE_UNKNOWN`; `FOLDER_NOT_EMPTY`; `FORM_FILES_OTHER`.
        EnvironmentProblem: The folder cannot be written.
    """
    files, _entry = form_files(catalogue, None)
    changed = dict(files)
    changed[CAMPAIGN] = with_dates(files[CAMPAIGN].decode("utf-8"), dates).encode()
    make_folder(folder)
    if any(folder.iterdir()):
        raise UserError("FOLDER_NOT_EMPTY", path=str(folder))
    for name, content in changed.items():
        path = folder / name
        make_folder(path.parent)
        atomic_write(path, content)
    load_form_set(folder)  # it is whole, and means what was asked for
    return folder
