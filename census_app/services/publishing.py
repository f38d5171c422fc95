"""Every format in which a file's content is given out, for both faces: its name, what it goes into, who has it.

Not responsible for the formats themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from census_app.errors import BugError, UserError
from census_app.services.journalling import export_journal
from census_app.services.ledger_sheet import write_ledger_sheet
from census_app.services.lookup import context_for
from census_app.services.national_sheet import write_national
from census_app.services.ports import (
    CatalogueStore,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
from census_app.services.progress import Progress
from census_app.services.publish_open import Scope, write_ckan, write_dcat
from census_app.services.publish_package import write_data_package
from census_app.services.publish_structure import write_json_schemas, write_xlsforms
from census_app.services.publish_tables import write_book, write_csv_folder

Goes = Literal["file", "folder"]
Held = Literal["both", "catalogue", "workspace"]


@dataclass(frozen=True, slots=True)
class PublishFormat:
    """A format.

    Attributes:
        id: Its name on the command line; `PUBLISH_<ID>` is its label, `PUBLISH_<ID>_TIP` what it is for.
        goes: Whether it is one file or a folder of several.
        suffixes: What the file may end with, the usual one first.
        held: Which files can be given out so.
        options: Names of the attributes of `PublishOptions` it heeds.
    """

    id: str
    goes: Goes
    suffixes: tuple[str, ...] = ()
    held: Held = "both"
    options: frozenset[str] = frozenset()


_TABLES: Final = frozenset({"department", "ids"})
_OPEN: Final = frozenset({"department", "internal", "published", "platform"})
FORMATS: Final = (
    PublishFormat("workbook", "file", (".xlsx",), options=_TABLES),
    PublishFormat("csv", "folder", options=_TABLES),
    PublishFormat("national", "file", (".xlsx", ".csv"), options=frozenset({"department"})),
    PublishFormat("dcat", "file", (".jsonld", ".json"), options=_OPEN),
    PublishFormat("ckan", "folder", options=_OPEN),
    PublishFormat("datapackage", "folder", options=frozenset({"department"})),
    PublishFormat("xlsform", "folder"),
    PublishFormat("jsonschema", "folder"),
    PublishFormat("ledger", "file", (".xlsx", ".csv"), held="catalogue"),
    PublishFormat("journal", "file", (".xlsx", ".csv"), held="workspace"),
)


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """What a person may choose; a format heeds those it names.

    Attributes:
        language: Of heads, labels and descriptions.
        department: Of a catalogue only this one's records; empty for all.
        ids: Heads are ids and answers are codes.
        internal: For those within the government: everything; else what is open.
        published: Only published resources.
        platform: Address of the website where the data are had.
    """

    language: str = "zh"
    department: str = ""
    ids: bool = False
    internal: bool = False
    published: bool = False
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What was written.

    Attributes:
        counts: Numbers by name, for the sentence `PUBLISH_DONE_<FORMAT>` and for `--json`.
    """

    format: str
    path: Path
    counts: Mapping[str, Any]


def formats_of(store: WorkspaceStore | CatalogueStore) -> tuple[PublishFormat, ...]:
    """Return the formats in which a file can be given out."""
    kind = "workspace" if as_workspace(store) is not None else "catalogue"
    return tuple(each for each in FORMATS if each.held in {"both", kind})


def format_named(name: str) -> PublishFormat:
    """Return a format by its id."""
    return next(each for each in FORMATS if each.id == name)


def publish_as(
    store: WorkspaceStore | CatalogueStore,
    name: str,
    path: Path,
    options: PublishOptions,
    progress: Progress | None = None,
) -> Published:
    """Write the content of a file in a format.

    Raises:
        UserError: `PUBLISH_HELD`, such a file is not given out so; `PUBLISH_SUFFIX`; `PUBLISH_URL`; `FOLDER_IN_USE`;
            `DEPARTMENT_UNKNOWN`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; nothing is written.
    """
    wanted = format_named(name)
    if wanted not in formats_of(store):
        raise UserError("PUBLISH_HELD", format=name)
    if wanted.suffixes and path.suffix.lower() not in wanted.suffixes:
        raise UserError("PUBLISH_SUFFIX", name=path.name, suffixes="、".join(wanted.suffixes))
    return Published(name, path, _write(store, name, path, options, progress))


def _write(
    store: WorkspaceStore | CatalogueStore,
    name: str,
    path: Path,
    options: PublishOptions,
    progress: Progress | None,
) -> Mapping[str, Any]:
    if name in {"workbook", "csv"}:
        return _tables(store, name, path, options, progress)
    if name in {"dcat", "ckan"}:
        return _open(store, name, path, options, progress)
    if name in {"xlsform", "jsonschema"}:
        return _structure(store, name, path, options)
    if name == "datapackage":
        done = write_data_package(
            store, path, options.language, department=options.department, progress=progress
        )
        return {"records": sum(done.records.values()), "dangling": done.dangling}
    return _one_sheet(store, name, path, options, progress)


def _tables(
    store: WorkspaceStore | CatalogueStore,
    name: str,
    path: Path,
    options: PublishOptions,
    progress: Progress | None,
) -> Mapping[str, Any]:
    write = write_book if name == "workbook" else write_csv_folder
    done = write(
        store,
        path,
        options.language,
        department=options.department,
        ids=options.ids,
        progress=progress,
    )
    return {"records": sum(done.records.values()), "forms": dict(done.records)}


def _open(
    store: WorkspaceStore | CatalogueStore,
    name: str,
    path: Path,
    options: PublishOptions,
    progress: Progress | None,
) -> Mapping[str, Any]:
    scope = Scope(options.internal, options.published, options.department, options.platform)
    if name == "dcat":
        done = write_dcat(store, path, scope, progress=progress)
    else:
        done = write_ckan(store, path, scope, options.language, progress=progress)
    counts = dataclasses.asdict(done)
    del counts["path"]
    return counts


def _structure(
    store: WorkspaceStore | CatalogueStore, name: str, path: Path, options: PublishOptions
) -> Mapping[str, Any]:
    if name == "xlsform":
        done = write_xlsforms(store.form_set, path)
    else:
        done = write_json_schemas(store.form_set, path, options.language)
    return {"files": len(done.files), "notes": done.notes}


def _one_sheet(
    store: WorkspaceStore | CatalogueStore,
    name: str,
    path: Path,
    options: PublishOptions,
    progress: Progress | None,
) -> Mapping[str, Any]:
    catalogue, workspace = as_catalogue(store), as_workspace(store)
    if name == "national":
        sheet = write_national(path, store, options.department)
        return {
            "resources": sheet.resources, "rows": sheet.rows, "unknown": sheet.unknown, "hidden": sheet.hidden,
        }  # fmt: skip
    if name == "ledger" and catalogue is not None:
        ledger = write_ledger_sheet(catalogue, path, options.language, progress)
        return {"decisions": ledger.decisions, "rows": ledger.rows}
    if name == "journal" and workspace is not None:
        context = context_for(workspace, options.language)
        journal = export_journal(workspace, path, context, progress=progress)
        return {"lines": journal.lines, "rows": journal.rows}
    raise BugError("PUBLISH_FORMAT", format=name)
