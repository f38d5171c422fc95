"""Ask about an unknown header once: what a person answered is kept by kind of workbook and used the next time.

Answers lie in the data folder, one file a kind; those of a province can be shipped in `resources/templates/columns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.assets import resource
from census_app.diagnostics import wording
from census_app.errors import UserError
from census_app.formats.cells import is_blank
from census_app.formats.column_files import (
    ColumnFile,
    column_file,
    read_column_file,
)
from census_app.formats.headers import FieldRef, HeaderMap, normalise_header
from census_app.formats.workbook import sheet_signature
from census_app.formspec.model import FormSet
from census_app.services.import_plan import ImportPlan
from census_app.settings.files import atomic_write, file_problem

FOLDER: Final = "columns"
_SAMPLES: Final = 3
_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class ColumnQuestion:
    """A column nobody knows.

    Attributes:
        shape: Of the list it stands in.
        form: Of the list's records.
        samples: What stands in its first filled cells.
        filled: How many cells hold something.
        taken: Fields that other columns of the list give.
    """

    file: str
    sheet: str
    shape: str
    form: str
    header: str
    samples: tuple[str, ...]
    filled: int
    taken: frozenset[FieldRef]


class RememberedColumns:
    """The answers of one computer.

    Args:
        folder: The data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def recall(self, shape: str) -> Mapping[str, str]:
        """Return what is known of the headers of a kind of list; a file that cannot be read is as none."""
        found: dict[str, str] = {}
        for path in (*self._shipped(), self._path(shape)):
            try:
                known = read_column_file(path)
            except (OSError, UserError):
                continue
            if known.shape == shape:
                found |= known.columns
        return found

    def remember(self, shape: str, columns: Mapping[str, str]) -> None:
        """Keep answers beside earlier ones of the same kind of list.

        Raises:
            EnvironmentProblem: Codes of `settings.files.atomic_write`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(shape)
        earlier: Mapping[str, str] = {}
        if path.is_file():
            try:
                earlier = read_column_file(path).columns
            except UserError:
                earlier = {}
        atomic_write(path, column_file(ColumnFile(shape, {**earlier, **columns})))

    def _path(self, shape: str) -> Path:
        return self._folder / f"{shape}.toml"

    @staticmethod
    def _shipped() -> list[Path]:
        folder = resource("templates", FOLDER)
        return sorted(folder.glob("*.toml")) if folder.is_dir() else []


def read_mapping(path: Path, form_set: FormSet) -> ColumnFile:
    """Read answers a person gives as a file.

    Raises:
        UserError: `MAPPING_FILE`; `HEADER_MAPPING`, a field that does not exist.
        EnvironmentProblem: It cannot be read.
    """
    try:
        found = read_column_file(path)
    except OSError as error:
        raise file_problem(error, path) from error
    HeaderMap(form_set, found.columns)
    return found


def questions_of(plan: ImportPlan) -> list[ColumnQuestion]:
    """Return the columns of an import that no field carries."""
    return list(_questions(plan))


def _questions(plan: ImportPlan) -> Iterator[ColumnQuestion]:
    for path, content in plan.contents:
        for table in content.tables:
            shape = table.shape
            if shape is None:
                continue
            rows = shape.sheet.rows[shape.header + 1 :]
            for column in table.unmatched_columns:
                if not column.header:
                    continue
                filled = (row[column.column] for row in rows if not is_blank(row[column.column]))
                samples = tuple(
                    " ".join(text.split())[:_SHOWN]
                    for text, _ in zip(filled, range(_SAMPLES), strict=False)
                )
                yield ColumnQuestion(
                    path.name,
                    table.sheet,
                    shape.signature,
                    table.template.form,
                    column.header,
                    samples,
                    column.filled,
                    frozenset(shape.columns.values()),
                )


def remember_for(
    plan: ImportPlan, columns: Mapping[str, str], remembered: RememberedColumns
) -> None:
    """Keep answers for every kind of list in an import that has one of their headers.

    Raises:
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    wanted = {normalise_header(header): header for header in columns}
    for _path, content in plan.contents:
        for table in content.tables:
            shape = table.shape
            if shape is None or not shape.signature:
                continue
            header = shape.sheet.rows[shape.header]
            here = {wanted[h] for h in map(normalise_header, header) if h in wanted}
            if here:
                answers = {each: columns[each] for each in columns if each in here}
                remembered.remember(shape.signature, answers)
                first = sheet_signature(shape.sheet)
                if (
                    first != shape.signature
                ):  # known without any table, it is found by its first row
                    remembered.remember(first, answers)


def possible_fields(form_set: FormSet, question: ColumnQuestion) -> list[tuple[FieldRef, str, str]]:
    """Return the fields a column can be: field, its label in Chinese and in English; of a child form with its name."""
    form = form_set.form(question.form)
    found: list[tuple[FieldRef, str, str]] = []
    for each in (form, *form_set.children_of(form.id)):
        for field in each.stored_fields:
            ref = FieldRef(each.id, field.id)
            if ref in question.taken:
                continue
            before = ("", "") if each is form else (f"{each.label.zh} · ", f"{each.label.en} · ")
            found.append((ref, before[0] + field.label.zh, before[1] + field.label.en))
    return found


def write_questions(
    path: Path, questions: Sequence[ColumnQuestion], form_set: FormSet, language: str
) -> None:
    """Write the unknown columns as a file to be filled in: the answers left empty, the fields there are above.

    Raises:
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    remarks = [wording.text("MAPPING_REMARK", language)]
    for form in dict.fromkeys(question.form for question in questions):
        question = next(each for each in questions if each.form == form)
        remarks.append(form_set.form(form).label.get(language))
        remarks += [
            f"  {ref.form}.{ref.field} = {en if language == 'en' else zh}"
            for ref, zh, en in possible_fields(form_set, question)
        ]
    notes = {q.header: "、".join(q.samples) for q in questions}
    shapes = {question.shape for question in questions}
    shape = shapes.pop() if len(shapes) == 1 else ""
    columns = {question.header: "" for question in questions}
    atomic_write(path, column_file(ColumnFile(shape, columns), remarks, notes))
