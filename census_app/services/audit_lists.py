"""Take in a list of the audit office: look at a file, propose what its columns mean, keep it in the ledger.

What a person says about the columns is remembered by the shape of the sheet, and can be carried as a small file. Not
responsible for comparing: see `auditing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.records import Value
from census_app.errors import DataProblem, UserError
from census_app.formats.foreign_lists import (
    UNIT,
    ForeignTable,
    foreign_tables,
    meanings,
    propose,
    read_rows,
)
from census_app.formats.notes import Note, note
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Form, FormSet
from census_app.formspec.types import parse_value
from census_app.services import audit_book
from census_app.services.audit_book import (
    KIND,
    AuditBook,
    AuditList,
    AuditRow,
    ColumnMap,
    read_book,
)
from census_app.services.deciding import drafted, legible, require_reason
from census_app.services.lookup import context_for
from census_app.services.ports import CatalogueStore, Clock
from census_app.settings.files import atomic_write, file_problem

CELL: Final = 1000
"""Characters of a cell that are kept; what stands behind them is neither compared nor shown."""

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


@dataclass(frozen=True, slots=True)
class ListTaken:
    """What reading a list did.

    Attributes:
        list: As it stands in the ledger, or would.
        again: Exactly this list was there already; nothing was written.
        notes: Rows that are none, cells that were cut, rows that must not be here.
    """

    list: AuditList
    again: bool
    notes: tuple[Note, ...]


def audit_forms(form_set: FormSet) -> list[Form]:
    """Return the forms whose records a list can be about: systems, resources."""
    return [form_set.by_role(role)[0] for role in _ROLES]


def book_of(catalogue: CatalogueStore) -> AuditBook:
    """Return what the ledger says about audits."""
    return read_book(catalogue.decisions())


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
    tables = _tables(catalogue.form_set, path)
    maps = book_of(catalogue).maps
    return [
        _proposal(catalogue.form_set, path, number, table, form, given or maps.get(table.shape))
        for number, table in enumerate(tables)
    ]


def _tables(form_set: FormSet, path: Path) -> list[ForeignTable]:
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
    form = _form_of(form_set, table, wanted, known)
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


def _form_of(form_set: FormSet, table: ForeignTable, wanted: str, known: ColumnMap | None) -> Form:
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


# -- taking ------------------------------------------------------------------------------------------------------------


def take_list(
    catalogue: CatalogueStore,
    path: Path,
    number: int,
    columns: ColumnMap,
    *,
    department: str = "",
    actor: str,
    clock: Clock,
    dry_run: bool = False,
) -> ListTaken:
    """Read a table under a mapping and keep it in the ledger, with what its columns mean.

    Args:
        number: Which of the file's tables; see `Proposal`.
        department: Code of the department all rows are about, where no column says it.
        dry_run: Read only.

    Raises:
        UserError: `AUDIT_NO_NAME`, no column names the records; `AUDIT_TWICE`, two columns mean one field;
            `AUDIT_FIELD`, the form has no such field; `AUDIT_NO_ROWS`; `AUDIT_ROW_SIZE`; `DEPARTMENT_UNKNOWN`;
            `NOT_COORDINATOR`; as `look`.
    """
    form_set = catalogue.form_set
    tables = _tables(form_set, path)
    table = tables[number]
    form = _form_of(form_set, table, columns.form, None)
    _require_sound(form, form_set, columns)
    if department and department not in {entry.code for entry in catalogue.roster()}:
        raise UserError("DEPARTMENT_UNKNOWN", department=department)
    notes: list[Note] = []
    found = read_rows(table, form, columns.targets, form_set, notes)
    rows = [
        AuditRow(row.number, legible(row.unit)[:CELL], _kept(row.texts, table, row.number, notes))
        for row in found
    ]
    rows = _admitted(catalogue, form, rows, table, notes, clock)
    if not rows:
        raise UserError("AUDIT_NO_ROWS", file=path.name, sheet=table.sheet.name)
    fields = [name for name in columns.targets if name and name != UNIT]
    name = f"{path.name} · {table.sheet.name}"
    identity = audit_book.list_id(form.id, department, fields, rows)
    made = AuditList(identity, form.id, department, tuple(fields), tuple(rows), name, actor)
    again = any(each.id == identity for each in book_of(catalogue).lists)
    if not dry_run:
        _remember(catalogue, table.shape, columns, name, actor=actor, clock=clock)
        if not again:
            _append(catalogue, made, name, actor=actor, clock=clock)
    return ListTaken(made, again, tuple(notes))


def _require_sound(form: Form, form_set: FormSet, columns: ColumnMap) -> None:
    admitted = {field.id: field for field in meanings(form, form_set)}
    seen: set[str] = set()
    for target in columns.targets:
        if target and target != UNIT and target not in admitted:
            raise UserError("AUDIT_FIELD", field=target, form=form.label.zh)
        if target and target in seen:
            label = admitted[target].label.zh if target in admitted else target
            raise UserError("AUDIT_TWICE", field=label)
        seen.add(target)
    if form.title not in seen:
        raise UserError("AUDIT_NO_NAME", field=form.field_by_id(form.title).label.zh)


def _kept(
    texts: Mapping[str, str], table: ForeignTable, number: int, notes: list[Note]
) -> dict[str, str]:
    found = {}
    for name, text in texts.items():
        clean = legible(text)
        if len(clean) > CELL:
            notes.append(note("AUDIT_CELL_CUT", table.sheet.name, f"{number}", limit=str(CELL)))
        if clean:
            found[name] = clean[:CELL]
    return found


def _admitted(
    catalogue: CatalogueStore,
    form: Form,
    rows: Sequence[AuditRow],
    table: ForeignTable,
    notes: list[Note],
    clock: Clock,
) -> list[AuditRow]:
    """Leave out rows without a name, and those that hold what must not be here at all (SEC-1, SEC-2)."""
    context = context_for(catalogue)
    today = clock.now().date().isoformat()
    evaluator = RecordEvaluator(form, catalogue.form_set, today)
    found = []
    for row in rows:
        values: dict[str, Value] = {}
        for name, text in row.texts.items():
            value = parse_value(text, form.field_by_id(name), context).value
            if value is not None:
                values[name] = value
        broken = evaluator.refusals(values)
        if broken:
            where = f"{row.number}"
            notes.append(note("AUDIT_ROW_REFUSED", table.sheet.name, where, rule=broken[0]))
        elif form.title not in row.texts:
            notes.append(note("AUDIT_ROW_NAMELESS", table.sheet.name, f"{row.number}"))
        else:
            found.append(row)
    return found


def _append(
    catalogue: CatalogueStore, made: AuditList, name: str, *, actor: str, clock: Clock
) -> None:
    """Write the list and its pieces in one transaction."""
    try:
        head, pieces = audit_book.list_choice(made.form, made.department, made.fields, made.rows)
    except ValueError as problem:
        raise UserError("AUDIT_ROW_SIZE", row=str(problem)) from None
    wanted = {f"list:{made.id}": head}
    wanted |= {f"rows:{made.id}:{n}": piece for n, piece in enumerate(pieces)}
    say_all(catalogue, wanted, name, actor=actor, clock=clock)


def _remember(
    catalogue: CatalogueStore,
    shape: str,
    columns: ColumnMap,
    name: str,
    *,
    actor: str,
    clock: Clock,
) -> None:
    if book_of(catalogue).maps.get(shape) == columns:
        return
    subject, choice = f"map:{shape}", audit_book.map_choice(columns)
    say(catalogue, subject, choice, name, actor=actor, clock=clock)


def withdraw_list(
    catalogue: CatalogueStore, listed: str, reason: str, *, actor: str, clock: Clock
) -> Decision:
    """Take a list away that should not have been read; matches and outcomes stay in the ledger for when it returns.

    Raises:
        UserError: `DECISION_REASON`; `AUDIT_LIST`, there is no such list; `NOT_COORDINATOR`.
    """
    words = require_reason(reason)
    found = find_list(book_of(catalogue), listed)
    choice = audit_book.withdrawn_choice()
    return say(catalogue, f"list:{found.id}", choice, words, actor=actor, clock=clock)


def find_list(book: AuditBook, listed: str = "") -> AuditList:
    """Return the list whose id begins so; without a beginning the newest.

    Raises:
        UserError: `AUDIT_NONE`, there is no list at all; `AUDIT_LIST`, none or several begin so.
    """
    if not book.lists:
        raise UserError("AUDIT_NONE")
    found = [each for each in book.lists if each.id.startswith(listed.lower())]
    if not listed:
        return book.lists[-1]
    if len(found) != 1:
        raise UserError("AUDIT_LIST", list=listed)
    return found[0]


def say(
    catalogue: CatalogueStore, subject: str, choice: str, reason: str, *, actor: str, clock: Clock
) -> Decision:
    """Append a decision about audits in the place of what was said on the subject before."""
    return say_all(catalogue, {subject: choice}, reason, actor=actor, clock=clock)[0]


def say_all(
    catalogue: CatalogueStore,
    said: Mapping[str, str],
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> tuple[Decision, ...]:
    """Append decisions, subject → choice, in one transaction, each in the place of what was said on it before."""
    standing = _standing(catalogue)
    made = tuple(
        drafted(
            catalogue, KIND, subject, choice, reason, actor=actor, clock=clock,
            supersedes=[d.id for d in standing.get(subject, ())],
        )
        for subject, choice in said.items()
    )  # fmt: skip
    catalogue.append_decisions(made)
    return made


def _standing(catalogue: CatalogueStore) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for decision in chain.standing(catalogue.decisions()):
        if decision.kind == KIND:
            found.setdefault(decision.subject, []).append(decision)
    return found


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
