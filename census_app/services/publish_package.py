"""Write a catalogue's or a department's records as a Frictionless Data Package: a folder of CSV and a descriptor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from census_app.formats.data_package import (
    LIST_COLUMNS,
    LISTS,
    ROSTER,
    PackageFile,
    RowWriter,
    columns_of,
    descriptor,
    list_rows,
)
from census_app.formats.table_files import csv_parts
from census_app.formspec.model import Form
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.publish_source import PublishSource, Steps, publish_source
from census_app.settings.file_sets import written_together
from census_app.settings.files import atomic_write

DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True, slots=True)
class DataPackageWritten:
    """What was written: records by form, and references left empty because the record has not been handed in."""

    path: Path
    records: Mapping[str, int]
    dangling: int


def write_data_package(
    store: WorkspaceStore | CatalogueStore,
    folder: Path,
    language: str,
    *,
    department: str = "",
    progress: Progress | None = None,
) -> DataPackageWritten:
    """Write the package into a folder.

    Args:
        language: Of titles and descriptions in the descriptor.
        department: Of a catalogue only this one's records.

    Raises:
        UserError: `FOLDER_IN_USE`; `DEPARTMENT_UNKNOWN`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    with publish_source(store, language, department) as source:
        files = _Files(source, progress)
        with written_together(folder) as staging:
            files.write(staging)
    return DataPackageWritten(folder, files.records, files.dangling)


class _Files:
    def __init__(self, source: PublishSource, progress: Progress | None) -> None:
        self._source = source
        self._form_set = source.context.form_set
        self._steps = Steps(progress, source.total())
        stated = self._form_set.by_role("resource_code")[0].id
        self._stated = stated if source.facts.catalogue else ""
        self.records: dict[str, int] = {}
        self.dangling = 0

    def write(self, folder: Path) -> None:
        written = [
            _table(folder, ROSTER, ("code", "name"), self._source.departments.items()),
            _table(folder, LISTS, LIST_COLUMNS, list_rows(self._form_set)),
        ]
        for form in self._form_set.forms:
            heads = columns_of(form, stated=form.id == self._stated)
            written.append(_table(folder, form.id, heads, self._rows(form)))
        facts = self._source.facts
        top = {
            "name": f"census-{facts.census_id}".lower(),
            "id": facts.digest or f"{facts.census_id}:{facts.code}",
            "title": facts.name,
            "version": facts.form_version,
        }
        language = self._source.context.language
        made = descriptor(self._form_set, top, written, language, stated=self._stated)
        atomic_write(folder / DESCRIPTOR, made)

    def _rows(self, form: Form) -> Iterator[Sequence[str]]:
        self.records[form.id] = 0
        writer = RowWriter(form)
        targets = {f.target for f in form.stored_fields if f.type == "reference"}
        for department in self._source.departments:
            known = {t: self._source.ids(self._form_set.form(t), department) for t in targets}
            for record in self._source.records(form, department):
                self._steps.one()
                self.records[form.id] += 1
                state = None
                if form.id == self._stated:
                    state = self._source.state(form, department, record.id) or ""
                yield writer.row(record, department, known, state)
        self.dangling += writer.dangling


def _table(
    folder: Path, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]
) -> PackageFile:
    path = folder / f"{name}.csv"
    digest = atomic_write(
        path, csv_parts((row for part in ([heads], rows) for row in part), mark=False)
    )
    return PackageFile(name, path.stat().st_size, digest)
