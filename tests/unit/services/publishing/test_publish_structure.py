"""Schemas of records and XLSForms as files; and what packages carry fits the schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from census_app import bootstrap
from census_app.domain.records import Record
from census_app.errors import UserError
from census_app.formspec.lines import line_values
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.publish_structure import write_json_schemas, write_xlsforms
from census_app.services.publishing import (
    FORMATS,
    PublishOptions,
    formats_of,
    publish_as,
)
from tests.servers import DatabaseServer
from tests.unit.services.conftest import CODES

FORMATS_CHECKED = Draft202012Validator.FORMAT_CHECKER


def _validators(folder: Path) -> dict[str, Draft202012Validator]:
    return {
        path.name.removesuffix(".schema.json"): Draft202012Validator(
            json.loads(path.read_text(encoding="utf-8")), format_checker=FORMATS_CHECKED
        )
        for path in folder.iterdir()
    }


def _line(store: CatalogueStore | WorkspaceStore, record: Record) -> dict[str, object]:
    values = line_values(record, store.form_set.form(record.form))
    unit = record.unit or CODES[0]
    return {"form": record.form, "id": record.id, "unit": unit, "op": "put", "values": values}


def test_every_record_fits_and_a_spoiled_one_does_not(
    catalogue: CatalogueStore, tmp_path: Path
) -> None:
    done = write_json_schemas(catalogue.form_set, tmp_path / "schemas", "zh")
    validators = _validators(done.path)
    assert set(validators) == {form.id for form in catalogue.form_set.forms}
    judged = 0
    for form in catalogue.form_set.forms:
        for record in catalogue.stream_records(form.id):
            line = _line(catalogue, record)
            errors = [e.message for e in validators[form.id].iter_errors(line)]
            assert errors == []
            judged += 1
            required = validators[form.id].schema["properties"]["values"]["required"]
            for name in required:
                values = {k: v for k, v in line["values"].items() if k != name}  # type: ignore[attr-defined]
                assert not validators[form.id].is_valid({**line, "values": values})
            assert not validators[form.id].is_valid({**line, "values": {"stray": "1"}})
    assert judged >= 11


def test_a_departments_file_is_written_in_every_format_it_has(
    catalogue: CatalogueStore, workspace: WorkspaceStore, tmp_path: Path
) -> None:
    for store, lacking in ((catalogue, "journal"), (workspace, "ledger")):
        assert {f.id for f in FORMATS} - {f.id for f in formats_of(store)} == {lacking}
        with pytest.raises(UserError, match="PUBLISH_HELD"):
            publish_as(store, lacking, tmp_path / "x.xlsx", PublishOptions())
    for each in formats_of(workspace):
        path = tmp_path / f"{each.id}{each.suffixes[0] if each.suffixes else ''}"
        done = publish_as(workspace, each.id, path, PublishOptions(language="en"))
        assert path.is_dir() == (each.goes == "folder")
        assert done.counts
    with pytest.raises(UserError, match="PUBLISH_SUFFIX"):
        publish_as(workspace, "dcat", tmp_path / "x.xlsx", PublishOptions())


def test_a_server_gives_what_a_file_gives(
    catalogue: CatalogueStore, database_server: DatabaseServer, tmp_path: Path
) -> None:
    database = database_server.new()
    served = bootstrap.copy_catalogue(catalogue, database_server.address(database))
    try:
        for each in formats_of(catalogue):
            suffix = each.suffixes[0] if each.suffixes else ""
            paths = [tmp_path / f"{each.id}-{place}{suffix}" for place in ("file", "server")]
            options = PublishOptions(ids="ids" in each.options, internal=True)
            for store, path in zip((catalogue, served), paths, strict=True):
                publish_as(store, each.id, path, options)
            assert _bytes_of(paths[0]) == _bytes_of(paths[1]), each.id
    finally:
        served.close()
        database_server.drop(database)


def _bytes_of(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {"": path.read_bytes()}
    return {p.name: p.read_bytes() for p in sorted(path.iterdir())}


def test_xlsforms_are_files_of_their_own(catalogue: CatalogueStore, tmp_path: Path) -> None:
    done = write_xlsforms(catalogue.form_set, tmp_path / "xlsforms")
    assert {p.name for p in done.path.iterdir()} == set(done.files)
    assert len(done.files) == sum(not form.parent for form in catalogue.form_set.forms)
    assert done.notes > 0
