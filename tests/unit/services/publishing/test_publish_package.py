"""The data package, judged by frictionless."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import frictionless

from census_app.domain.records import Value
from census_app.services.checking import set_everywhere
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.publish_package import write_data_package
from tests.unit.services.conftest import CODES, StandingClock
from tests.unit.services.publishing.conftest import FREE, OFFICE, OPEN


def _faults(folder: Path) -> list[str]:
    report = frictionless.validate(str(folder / "datapackage.json"))
    found = [e.note for e in report.errors]
    return found + [f"{t.name}: {e.type} {e.note}" for t in report.tasks for e in t.errors]


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def test_frictionless_finds_nothing_and_a_spoiled_cell(
    catalogue: CatalogueStore, tmp_path: Path, same: Callable[[str, str], None]
) -> None:
    done = write_data_package(catalogue, tmp_path / "dp", "zh")
    assert _faults(done.path) == []
    assert done.dangling == 0
    text = (done.path / "information_resource.csv").read_text(encoding="utf-8")
    same("package-resources.csv", text)
    path = done.path / "information_resource.csv"
    _change(path, ",yearly,", ",每年,")
    _change(path, ",12.5,", ",12.5G,")
    _change(path, f"{CODES[0]}:{OFFICE}", f"{CODES[0]}:none")
    spoiled = "\n".join(_faults(done.path))
    for fault in ("constraint-error", "type-error", "foreign-key"):
        assert fault in spoiled, spoiled


def test_every_record_is_in_it_and_unknown_is_no_number(
    catalogue: CatalogueStore, tmp_path: Path
) -> None:
    done = write_data_package(catalogue, tmp_path / "dp", "en")
    for form in catalogue.form_set.forms:
        raw = (done.path / f"{form.id}.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(raw, newline="")))
        assert len(rows) == done.records[form.id] == len(list(catalogue.stream_records(form.id)))
        if form.id == "information_resource":
            by_id = {row["id"]: row for row in rows}
    assert (by_id[FREE]["size_total_gb"], by_id[FREE]["size_total_gb_unknown"]) == ("", "true")
    assert (by_id[OPEN]["size_total_gb"], by_id[OPEN]["size_total_gb_unknown"]) == ("12.5", "false")
    described = json.loads((done.path / "datapackage.json").read_text(encoding="utf-8"))
    (schema,) = [r["schema"] for r in described["resources"] if r["name"] == "information_resource"]
    (cycle,) = [f for f in schema["fields"] if f["name"] == "update_cycle"]
    assert {"value": "yearly", "label": "Yearly"} in cycle["categories"]


def test_a_reference_to_a_record_that_is_not_there_is_empty_and_counted(
    workspace: WorkspaceStore, tmp_path: Path, clock: StandingClock
) -> None:
    values: dict[str, Value | None] = {"provider_office": "f" * 32}
    set_everywhere(workspace, "information_resource", [OPEN], values, actor="t", clock=clock)
    done = write_data_package(workspace, tmp_path / "dp", "zh")
    assert done.dangling == 1
    raw = (done.path / "information_resource.csv").read_text(encoding="utf-8")
    (row,) = [r for r in csv.DictReader(io.StringIO(raw, newline="")) if r["id"] == OPEN]
    assert row["provider_office"] == ""
    assert row["provider"].startswith(f"{CODES[0]}:")
