"""Whose workbook it is: what a template says of itself in names that Excel, WPS and LibreOffice keep.

A name of a workbook stands for a constant here, never for cells, so that nothing a person does to the sheets changes
it. Every sheet of a form says the same behind its mark: a sheet that was moved into another workbook, or saved as
`.xls`, has lost the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.formats.prescan import workbook_names

DEPARTMENT: Final = "census_department"
DEPARTMENT_NAME: Final = "census_department_name"
FORM_SET: Final = "census_form_set"
ROUND: Final = "census_round"
LANGUAGE: Final = "census_language"
_LONGEST: Final = 200
"""Characters of a constant; Excel takes 255 in a formula."""

_BETWEEN: Final = "|"
_STAMPED: Final = 5
_CONSTANT: Final = re.compile(r'=?"((?:[^"]|"")*)"')


@dataclass(frozen=True, slots=True)
class BookOrigin:
    """What a workbook was written for; anything may be empty.

    Attributes:
        department: Code of the department.
        department_name: What it is called.
        form_set: Version of the forms.
        round: Census and round, as `js-2017/1`.
        language: Of its headers.
    """

    department: str = ""
    department_name: str = ""
    form_set: str = ""
    round: str = ""
    language: str = ""

    @property
    def names(self) -> dict[str, str]:
        """Return what the names of a workbook stand for."""
        given = {
            DEPARTMENT: self.department,
            DEPARTMENT_NAME: self.department_name,
            FORM_SET: self.form_set,
            ROUND: self.round,
            LANGUAGE: self.language,
        }
        return {name: _constant(text) for name, text in given.items() if text}

    @property
    def stamp(self) -> str:
        """Return the same in one cell."""
        return _BETWEEN.join(
            text.replace(_BETWEEN, "/")
            for text in (
                self.department, self.department_name, self.form_set, self.round, self.language,
            )
        )  # fmt: skip


def read_stamp(text: str) -> BookOrigin | None:
    """Return what a sheet says behind its mark; None where it says nothing, or nothing that can be understood."""
    parts = [part.strip()[:_LONGEST] for part in text.split(_BETWEEN)]
    return BookOrigin(*parts) if len(parts) == _STAMPED else None


def read_origin(path: Path) -> BookOrigin | None:
    """Return what a workbook that has been found safe says of itself; None when it is none of ours.

    Raises:
        OSError: The file cannot be opened.
    """
    found = _constants(workbook_names(path))
    if not found.keys() & {DEPARTMENT, FORM_SET, ROUND}:
        return None
    return BookOrigin(
        found.get(DEPARTMENT, ""),
        found.get(DEPARTMENT_NAME, ""),
        found.get(FORM_SET, ""),
        found.get(ROUND, ""),
        found.get(LANGUAGE, ""),
    )


def _constants(names: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, text in names.items():
        constant = _CONSTANT.fullmatch(text.strip())
        if constant is not None:
            found[name.casefold()] = constant[1].replace('""', '"').strip()[:_LONGEST]
    return found


def _constant(text: str) -> str:
    return '"' + text[:_LONGEST].replace('"', '""') + '"'
