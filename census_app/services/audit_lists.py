"""Take in a list of the audit office: look at a file, propose what its columns mean, keep it in the ledger.

What a person says about the columns is remembered by the shape of the sheet, and can be carried as a small file. Not
responsible for comparing: see `auditing`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.records import Value
from census_app.errors import UserError
from census_app.formats.foreign_lists import (
    UNIT,
    ForeignTable,
    meanings,
    read_rows,
)
from census_app.formats.notes import Note, note
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Form, FormSet
from census_app.formspec.types import parse_value
from census_app.services import audit_book
from census_app.services.audit_book import CELL, KIND, AuditBook, AuditList, AuditRow, ColumnMap
from census_app.services.audit_columns import book_of, form_of, tables_of
from census_app.services.deciding import drafted, legible, require_reason
from census_app.services.lookup import context_for
from census_app.services.meanwhile import require_seen
from census_app.services.ports import CatalogueStore, Clock


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
    tables = tables_of(form_set, path)
    table = tables[number]
    form = form_of(form_set, table, columns.form, None)
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
    known: Collection[str] | None = None,
) -> tuple[Decision, ...]:
    """Append decisions, subject → choice, in one transaction, each in the place of what was said on it before.

    Args:
        known: Ids of the decisions the person knows; None when whatever was said is to be replaced.

    Raises:
        SaidMeanwhile: A colleague has said something else of one of the subjects that the person does not know.
    """
    with catalogue.holding(KIND):
        require_unsaid(catalogue, said, known)
        return _said_all(catalogue, said, reason, actor=actor, clock=clock)


def require_unsaid(
    catalogue: CatalogueStore,
    said: Mapping[str, str],
    known: Collection[str] | None,
    *,
    same: bool = False,
) -> None:
    """Refuse when somebody has said something else on one of the subjects; see `say_all`.

    Args:
        same: Also when it was the same: more follows from it than a line in the ledger.
    """
    standing = _standing(catalogue) if known is not None else {}
    about = ((d, said[subject]) for subject in said for d in standing.get(subject, ()))
    require_seen([d for d, choice in about if same or d.choice != choice], known)


def _said_all(
    catalogue: CatalogueStore, said: Mapping[str, str], reason: str, *, actor: str, clock: Clock
) -> tuple[Decision, ...]:
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
