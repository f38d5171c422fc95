"""What the columns of a list mean: proposed from its heads, remembered by their shape, passed on as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from census_app.errors import DataProblem, UserError
from census_app.formats.foreign_lists import UNIT, ForeignTable, foreign_tables, meanings, propose
from census_app.formspec.model import Form, FormSet
from census_app.services.audit_book import AuditBook, ColumnMap, read_book
from census_app.services.ports import CatalogueStore
from census_app.settings.files import atomic_write, file_problem

MAP_FORMAT: Final = "census-audit-map-1"
_MAP_LIMIT: Final = 1 << 20
_ROLES: Final = ("system_name", "resource_name")
"""Of the forms the audit office's lists can be about, by what names their records."""


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column of the file and what it is taken for.

    Attributes:
        target: Field id, `UNIT`, or empty for left out.
        sureness: `known` by label or alias, `guessed`, `remembered` from a list of the same shape, or empty.
    """

    head: str
    samples: tuple[str, ...]
    filled: int
    target: str
    sureness: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A table of a file with what its columns are taken for.

    Attributes:
        file, sheet: Where it stands.
        rows: How many rows it has, about.
        number: Which of the file's tables it is, counted from 0.
    """

    file: str
    sheet: str
    number: int
    form: str
    rows: int
    shape: str
    columns: tuple[ProposedColumn, ...]

    @property
    def map(self) -> ColumnMap:
        """What the columns mean, for keeping."""
        return ColumnMap(
            self.form, tuple(c.head for c in self.columns), tuple(c.target for c in self.columns)
        )


def audit_forms(form_set: FormSet) -> list[Form]:
    """Return the forms whose records a list can be about: systems, resources."""
    return [form_set.by_role(role)[0] for role in _ROLES]


def book_of(catalogue: CatalogueStore) -> AuditBook:
    """Return what the ledger says about audits; a list about a form nobody here knows waits like an incomplete one."""
    book = read_book(catalogue.decisions())
    forms = {form.id for form in audit_forms(catalogue.form_set)}
    strange = tuple(each.id for each in book.lists if each.form not in forms)
    known = tuple(each for each in book.lists if each.form in forms)
    return replace(book, lists=known, incomplete=(*book.incomplete, *strange))


# -- looking -----------------------------------------------------------------------------------------------------------


def look(
    catalogue: CatalogueStore, path: Path, *, form: str = "", given: ColumnMap | None = None
) -> list[Proposal]:
    """Return the tables of a file with what their columns are taken for, the largest first; nothing is written.

    Args:
        form: Form the list is about; empty lets the heads decide.
        given: What the columns mean, where a person or a file says so; columns it does not name are proposed.

    Raises:
        UserError: `AUDIT_NO_TABLE`, no sheet has heads and rows; `AUDIT_FORM`, no list is about this form;
            `FILE_MISSING`.
        DataProblem: The codes of `formats.sheets.read_sheets`.
    """
    tables = tables_of(catalogue.form_set, path)
    maps = book_of(catalogue).maps
    return [
        _proposal(catalogue.form_set, path, number, table, form, given or maps.get(table.shape))
        for number, table in enumerate(tables)
    ]


def tables_of(form_set: FormSet, path: Path) -> list[ForeignTable]:
    """Return the tables of a file; `AUDIT_NO_TABLE` and `FILE_MISSING` as `look`."""
    try:
        tables = foreign_tables(path, form_set)
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except OSError as problem:
        raise file_problem(problem, path) from problem
    if not tables:
        raise UserError("AUDIT_NO_TABLE", file=path.name)
    return tables


def _proposal(
    form_set: FormSet,
    path: Path,
    number: int,
    table: ForeignTable,
    wanted: str,
    known: ColumnMap | None,
) -> Proposal:
    form = form_of(form_set, table, wanted, known)
    proposed: list[tuple[str, str]] = [*propose(table, form, form_set, _unit_heads(form_set))]
    if known is not None and known.form == form.id:
        proposed = _remembered(table, form, form_set, known, proposed)
    return Proposal(
        path.name,
        table.sheet.name,
        number,
        form.id,
        table.rows,
        table.shape,
        tuple(
            ProposedColumn(c.head, c.samples, c.filled, target, sure)
            for c, (target, sure) in zip(table.columns, proposed, strict=True)
        ),
    )


def form_of(form_set: FormSet, table: ForeignTable, wanted: str, known: ColumnMap | None) -> Form:
    """Return the form a table is about: asked for, remembered, recognised, or the one whose fields fit more heads."""
    forms = {form.id: form for form in audit_forms(form_set)}
    if wanted and wanted not in forms:
        raise UserError("AUDIT_FORM", form=wanted, forms="、".join(forms))
    for named in (wanted, known.form if known is not None else "", table.form):
        if named in forms:
            return forms[named]

    def fitting(form: Form) -> int:
        found = propose(table, form, form_set, _unit_heads(form_set))
        return sum(2 if sure == "known" else bool(target) for target, sure in found)

    return max(forms.values(), key=fitting)


def _remembered(
    table: ForeignTable,
    form: Form,
    form_set: FormSet,
    known: ColumnMap,
    proposed: Sequence[tuple[str, str]],
) -> list[tuple[str, str]]:
    admitted = {UNIT, "", *(field.id for field in meanings(form, form_set))}
    said = dict(zip(known.heads, known.targets, strict=True))
    named = {said[c.head] for c in table.columns if said.get(c.head) in admitted} - {""}
    found: list[tuple[str, str]] = []
    for column, (target, sure) in zip(table.columns, proposed, strict=True):
        told = said.get(column.head)
        if told is not None and told in admitted:
            found.append((told, "remembered" if told else ""))
        else:
            found.append(("", "") if target in named else (target, sure))
    return found


def _unit_heads(form_set: FormSet) -> list[str]:
    text = str(form_set.settings.get("audit_unit_heads", ""))
    return [head.strip() for head in text.split("、") if head.strip()]


# -- a mapping as a file -----------------------------------------------------------------------------------------------


class _MapFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    form: str
    columns: dict[str, str]


def write_map(path: Path, columns: ColumnMap) -> None:
    """Write what the columns of a sheet mean as a small JSON file that can be passed on.

    Raises:
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    document = _MapFile(
        MAP_FORMAT, columns.form, dict(zip(columns.heads, columns.targets, strict=True))
    )
    atomic_write(path, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def read_map(path: Path) -> ColumnMap:
    """Return what a file of `write_map` says; a person may have edited it.

    Raises:
        DataProblem: `AUDIT_MAP`, it is none.
        UserError: `FILE_MISSING`.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except OSError as problem:
        raise file_problem(problem, path) from problem
    try:
        found = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"), type=_MapFile)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise DataProblem("AUDIT_MAP", file=path.name, detail=str(error)) from None
    if found.format != MAP_FORMAT or len(raw) > _MAP_LIMIT:
        raise DataProblem("AUDIT_MAP", file=path.name, detail=found.format[:40])
    return ColumnMap(found.form, tuple(found.columns), tuple(found.columns.values()))
