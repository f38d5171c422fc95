"""Real inventories go in to the letter, are mended as a person would, and come out as packages, catalogue and paper.

The workbooks are other people's and stay outside the project: `CENSUS_REAL_DATA` names their folder.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.dates import read_day
from census_app.domain.findings import Finding
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.exchange.package import TrustAnchors
from census_app.formspec.types import Context, format_value, parse_value
from census_app.services.catalogue_sheet import print_catalogue
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.department_sheet import print_department
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    make_root,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.explaining import explain
from census_app.services.exporting import export_package
from census_app.services.importing import apply_import, plan_import
from census_app.services.lookup import context_for
from census_app.services.mending import apply_offers
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.receiving import receive
from census_app.services.verifying import verify

FOLDER = os.environ.get("CENSUS_REAL_DATA", "")
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        not FOLDER, reason="CENSUS_REAL_DATA names no folder with the real workbooks"
    ),
    pytest.mark.timeout(300),
]
NAMES = [
    "01_zj_development_reform",
    "02_zj_education",
    "03_taizhou_zj_statistics",
    "04_wenzhou_big_data",
    "05_shaoxing_transport",
    "06_tonglu_data_office",
    "07_js_agriculture_rural",
    "08_yiwu_government_office",
    "09_chiayi_county_government",
    "10_taichung_police",
    "11_taoyuan_land_administration",
    "11_taoyuan_land_administration_2018-03",
    "12_zhoushan_civil_affairs",
]
ANNOUNCING = {"06_tonglu_data_office", "10_taichung_police"}
MENDS = tomllib.loads((Path(__file__).parent / "real_mends.toml").read_text(encoding="utf-8"))
PASSPHRASE = "a long passphrase for tests"  # noqa: S105
# Fields in the order of the 26 values of a line: columns 1-17 and 22-30 of the template.
FIELDS = [
    "name",
    "name_en",
    "code",
    "provider",
    "provider_office",
    "provider_uscc",
    "abstract",
    "source_systems",
    "format_class",
    "format_type",
    "format_other",
    "size_total_gb",
    "records_total_wan",
    "size_shared_gb",
    "records_shared_wan",
    "size_open_gb",
    "records_open_wan",
    "share_type",
    "share_condition",
    "share_mode_class",
    "share_mode_type",
    "is_open",
    "open_condition",
    "update_cycle",
    "published_on",
    "related_codes",
]
ITEM_FIELDS = ["name", "name_en", "data_type", "data_length"]
SERVICES = bootstrap.Services()


def published(name: str) -> list[dict[str, Any]]:
    earlier = name.endswith("2018-03")
    source = "earlier_taoyuan_2018-03.jsonl.gz" if earlier else "resources.jsonl.gz"
    with gzip.open(Path(FOLDER) / source, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return lines if earlier else [line for line in lines if line["dept_no"] == int(name[:2])]


def workspace(name: str, folder: Path) -> WorkspaceStore:
    first = published(name)[0]["row"]
    unit, code = first[FIELDS.index("provider")], first[FIELDS.index("provider_uscc")]
    path = folder / f"{name}.censusdb"
    full = MENDS["units"].get(unit, unit)
    store = bootstrap.create_workspace(path, department=full, code=code, clock=SERVICES.clock)
    plan = plan_import(
        store,
        [Path(FOLDER) / f"{name}.xlsx"],
        clock=SERVICES.clock,
        settings={"class_code": "215"},
        same_unit=[unit],
    )
    assert plan.rejected == ()
    assert plan.foreign_units == {}
    apply_import(store, plan, actor="tester", clock=SERVICES.clock)
    return store


def as_given(
    record: Record, field_id: str, understood: dict[str, str], context: Context, unit: str
) -> object:
    """Return what the cell held, as far as the workspace tells."""
    field = context.form_set.form(record.form).field_by_id(field_id)
    value = record.values.get(field_id)
    if isinstance(value, Decimal):
        return value
    if field_id == "provider" and value is not None:
        return unit
    if field_id in understood:
        return understood[field_id]
    return value.text if isinstance(value, Unfit) else format_value(value, field, context)


def folded(cell: object) -> object:
    if isinstance(cell, (int, float)):
        return Decimal(str(cell))
    return str(cell or "").replace("\r\n", "\n").replace("\r", "\n")


def same(held: object, cell: object) -> bool:
    wanted = folded(cell)
    if isinstance(held, Decimal) and not isinstance(wanted, Decimal):
        wanted = Decimal(str(wanted))
    if isinstance(wanted, Decimal) and isinstance(held, str):
        held = Decimal(held)
    # A true date cell has no spelling of its own.
    return held == wanted or (read_day(str(held)) is not None and held == read_day(str(wanted)))


@pytest.mark.parametrize("name", NAMES)
def test_workspace_holds_cell_for_cell_what_was_published(name: str, tmp_path: Path) -> None:
    store = workspace(name, tmp_path)
    context = context_for(store)
    lines = published(name)
    unit = lines[0]["row"][FIELDS.index("provider")]
    resources = list(store.stream_records("information_resource"))
    items: dict[RecordId | None, list[Record]] = {}
    for item in store.stream_records("data_item"):
        items.setdefault(item.parent, []).append(item)
    assert len(resources) == len(lines)
    for record, line in zip(resources, lines, strict=True):
        understood = store.understood(record.form, record.id)
        for field_id, cell in zip(FIELDS, line["row"], strict=True):
            held = as_given(record, field_id, understood, context, unit)
            assert same(held, cell), (line["id"], field_id)
        children = items.get(record.id, [])
        assert len(children) == len(line["items"])
        for child, cells in zip(children, line["items"], strict=True):
            heard = store.understood(child.form, child.id)
            for field_id, cell in zip(ITEM_FIELDS, cells, strict=True):
                held = as_given(child, field_id, heard, context, unit)
                assert same(held, cell), (line["id"], field_id)
    store.close()


@pytest.mark.parametrize("name", NAMES)
def test_second_import_changes_nothing(name: str, tmp_path: Path) -> None:
    store = workspace(name, tmp_path)
    unit = published(name)[0]["row"][FIELDS.index("provider")]
    again = plan_import(
        store,
        [Path(FOLDER) / f"{name}.xlsx"],
        clock=SERVICES.clock,
        settings={"class_code": "215"},
        same_unit=[unit],
    )
    assert (again.new, again.changed, again.operations) == (0, 0, ())
    assert again.unchanged > 0
    store.close()


def printed_text(pdf: bytes, folder: Path) -> str:
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode("utf-8").split())


@pytest.mark.parametrize("name", NAMES)
def test_printed_list_has_every_resource_name(name: str, tmp_path: Path) -> None:
    store = workspace(name, tmp_path)
    printed = print_department(store, "zh", clock=SERVICES.clock)
    text = printed_text(printed.pdf, tmp_path)
    missing = {m.char for m in printed.missing_characters}
    for line in published(name):
        title = "".join(str(line["row"][0]).split())
        if not missing & set(title):
            assert title in text
    store.close()


# -- the whole campaign ------------------------------------------------------------------------------------------------


def mend(store: WorkspaceStore) -> None:
    for entry in MENDS["mend"]:
        report = check_workspace(store, clock=SERVICES.clock)
        findings = [
            f
            for f in report.findings
            if f.rule == entry["rule"]
            and f.check == entry.get("check", f.check)
            and f.fields[0] == entry.get("field", f.fields[0])
        ]
        if findings:
            apply_mend(store, entry, findings)
    report = check_workspace(store, clock=SERVICES.clock)
    explain(
        store,
        [f for f in report.findings if f.severity.value == "warning"],
        MENDS["reason"],
        actor="tester",
        clock=SERVICES.clock,
    )


def apply_mend(store: WorkspaceStore, entry: dict[str, Any], findings: list[Finding]) -> None:
    form_id = findings[0].form
    context = context_for(store)
    records = [f.record for f in findings]
    if entry.get("offer"):
        apply_offers(store, findings, actor="tester", clock=SERVICES.clock)
        return
    if "number" in entry or "shorten" in entry:
        for number, finding in enumerate(findings, 1):
            record = store.record(form_id, finding.record)
            assert record is not None
            field_id = finding.fields[0]
            text = str(record.values[field_id])
            new = text[: entry["shorten"]] if "shorten" in entry else f"{text[:40]}（{number}）"
            one: dict[str, Value | None] = {field_id: new}
            set_everywhere(
                store, form_id, [finding.record], one, actor="tester", clock=SERVICES.clock
            )
        return
    values: dict[str, Value | None] = {entry["clear"]: None} if "clear" in entry else {}
    form = store.form_set.form(form_id)
    answers: dict[str, Value] = {}
    for field_id, text in entry.get("set", {}).items():
        value = parse_value(text, form.field_by_id(field_id), context.beside(answers)).value
        assert value is not None
        answers[field_id] = value
    set_everywhere(store, form_id, records, values | answers, actor="tester", clock=SERVICES.clock)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueStore]:
    make_root("统筹部门", tmp_path / "stick", PASSPHRASE, clock=SERVICES.clock)
    roots = (tmp_path / "stick" / "root.crt").read_text(encoding="ascii")
    store = bootstrap.create_catalogue(
        tmp_path / "catalogue.censusdb", name="统筹部门", roots_pem=roots
    )
    yield store
    store.close()


def enrol(store: WorkspaceStore, catalogue: CatalogueStore, folder: Path) -> None:
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    made = request_certificate(
        store, folder, keys, PASSPHRASE, clock=SERVICES.clock, software="test"
    )
    issued = confirm(
        catalogue,
        made.request,
        made.fingerprint,
        folder / "stick",
        PASSPHRASE,
        clock=SERVICES.clock,
    )
    answer = write_answer(issued, catalogue.facts().roots_pem, folder)
    accept_answer(store, answer, keys, clock=SERVICES.clock)


def test_real_departments_are_mended_exported_verified_and_merged(
    tmp_path: Path, catalogue: CatalogueStore
) -> None:
    trust = TrustAnchors.from_file(tmp_path / "stick" / "root.crt")
    titles = []
    for name in NAMES:
        if name.endswith("2018-03"):
            continue
        store = workspace(name, tmp_path)
        enrol(store, catalogue, tmp_path)
        announce = name in ANNOUNCING
        if not announce:
            mend(store)
            left = {
                (f.rule, f.title)
                for f in check_workspace(store, clock=SERVICES.clock).findings
                if f.blocks_export
            }
            assert left == set()
        signer = signer_of(store, tmp_path / "keys")
        signer.unlock(PASSPHRASE)
        done = export_package(
            store,
            signer,
            tmp_path / "packages",
            clock=SERVICES.clock,
            software="test",
            announce_unfinished=announce,
        )
        assert bool(done.announced) is announce
        if not announce:
            titles += [str(t) for t in store.titles("information_resource").values()]
        store.close()
        outcome = verify(done.package.path, trust, clock=SERVICES.clock)
        assert outcome.refused is None
        received = receive(catalogue, done.package.path, clock=SERVICES.clock)
        assert (received.code, received.errors) == ("MERGED", 0)
        assert received.merge is not None
        assert received.merge.announced == sum(ops["pending"] for ops in done.counts.values())
    text = printed_text(print_catalogue(catalogue, "zh").pdf, tmp_path)
    for title in titles:
        assert "".join(title.split()) in text
