"""Give the form set itself out: XLSForms for ODK and Kobo, JSON Schemas of the records in packages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from census_app.formats.book_parts import book_bytes
from census_app.formspec.model import FormSet
from census_app.settings.file_sets import written_together
from census_app.settings.files import atomic_write


@dataclass(frozen=True, slots=True)
class StructureWritten:
    """What was written: names of the files, and conditions that stand as notes only."""

    path: Path
    files: tuple[str, ...]
    notes: int = 0


def write_xlsforms(form_set: FormSet, folder: Path) -> StructureWritten:
    """Write an XLSForm for each top-level form, its child forms as repeats, in both languages.

    Raises:
        UserError: `FOLDER_IN_USE`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    from census_app.formats.xlsform import build_xlsform  # noqa: PLC0415  # brings sqlglot

    files: list[str] = []
    notes = 0
    with written_together(folder) as staging:
        for form in form_set.forms:
            if not form.parent:
                made = build_xlsform(form, form_set)
                files.append(f"{form.id}.xlsx")
                notes += made.notes
                atomic_write(staging / files[-1], book_bytes(made.sheets()))
    return StructureWritten(folder, tuple(files), notes)


def write_json_schemas(form_set: FormSet, folder: Path, language: str) -> StructureWritten:
    """Write a JSON Schema of the `put` line of each form.

    Args:
        language: Of titles and descriptions.

    Raises:
        UserError: `FOLDER_IN_USE`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    from census_app.formats.json_schema import record_schema  # noqa: PLC0415  # only here

    files: list[str] = []
    with written_together(folder) as staging:
        for form in form_set.forms:
            schema = record_schema(form, form_set, language)
            files.append(f"{form.id}.schema.json")
            text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
            atomic_write(staging / files[-1], text.encode())
    return StructureWritten(folder, tuple(files))
