"""The centre's values on top of the departments' rows: laid from the ledger, lifted before a package is merged.

The table `overlay` keeps what the department said, so that it can be put back; it is a cache of the decisions. A
correction lies only as long as the department's value is the one it was written about; a code lies always, for the
field is the centre's own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from census_app.domain.chain import Decision
from census_app.domain.corrections import LAID, Place, assignments, canonical, corrections
from census_app.domain.records import Value
from census_app.formspec.lines import value_hash, value_json
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted
from census_app.formspec.types import value_from_json
from census_app.storage import counted, ledger
from census_app.storage.rows import RowCodec

_CHUNK: Final = 200
"""Records one statement reads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that decisions put somewhere.

    Attributes:
        value: Canonical JSON.
        replaces: Hash of the department's value for which it holds; empty when it holds for any.
        decision: Id of the decision that says so.
    """

    value: str
    replaces: str
    decision: str


Want = Mapping[Place, Wanted]

_SETS: Final = 4
_KEPT: Final[dict[tuple[str, str, tuple[str, ...]], Want]] = {}
"""What sets of decisions put on top. A decision's id says all it says, so this holds for any catalogue."""


def wanted(connection: Connection, form_set: FormSet) -> Want:
    """Return what the ledger as it stands puts on top, by place; a pure function of the decisions.

    Computed once for a set of decisions, since every merge asks: a province's codes take 0.4 s to be put in order.
    """
    marks = ", ".join("?" * len(LAID))
    found = connection.exec_driver_sql(
        f"SELECT id FROM decision WHERE kind IN ({marks}) ORDER BY id", tuple(sorted(LAID))
    )
    ids = tuple(found.scalars())
    if not ids:
        return {}
    key = (form_set.version, form_set.sha256, ids)
    if key not in _KEPT:
        while len(_KEPT) >= _SETS:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = wanted_by(ledger.read(connection, LAID), form_set)
    return _KEPT[key]


def wanted_by(decisions: Sequence[Decision], form_set: FormSet) -> dict[Place, Wanted]:
    """Return what some decisions put on top."""
    found = {
        place: Wanted(said.value, said.replaces, said.decisions[0].id)
        for place, said in corrections(decisions).items()
        if said.value and not said.contested
    }
    codes, _ = assignments(decisions)
    if codes:
        form, field = form_set.by_role("resource_code")
        for owner, assigned in codes.items():
            if owner.form == form.id:
                place = Place(*owner, field.id)
                found[place] = Wanted(canonical(assigned.code), "", assigned.decision.id)
    return found


def renew(
    connection: Connection, form_set: FormSet, before: Want, departments: Collection[str] = ()
) -> None:
    """Lay anew what the ledger says otherwise than before.

    Args:
        before: What `wanted` returned before the ledger changed.
        departments: Further departments to be laid anew.
    """
    after = wanted(connection, form_set)
    touched = {p.department for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    for department in sorted(touched | set(departments)):
        counted.forget(connection, department)
        lift(connection, form_set, department)
        lay(connection, form_set, after, department)


def lift(connection: Connection, form_set: FormSet, department: str) -> None:
    """Put back what a department said, everywhere."""
    laid = connection.exec_driver_sql(
        "SELECT form, record_id, field, theirs, ours FROM overlay WHERE department = ?",
        (department,),
    ).all()
    if not laid:
        return
    codecs = {form.id: RowCodec(form) for form in form_set.forms}
    for form, record, field, theirs, ours in laid:
        codec = codecs.get(form)
        if codec is not None and field in codec.slots:
            old, new = answer(codec, field, ours), answer(codec, field, theirs)
            _update(connection, codec, (department, record), old, new)
    connection.exec_driver_sql("DELETE FROM overlay WHERE department = ?", (department,))


def lay(connection: Connection, form_set: FormSet, want: Want, department: str) -> None:
    """Put the centre's values on top of a department's rows, on which none lies now."""
    forms = {form.id: form for form in form_set.forms}
    by_form: dict[str, dict[str, dict[str, Wanted]]] = {}
    for place, each in want.items():
        if place.department == department and place.form in forms:
            records = by_form.setdefault(place.form, {})
            records.setdefault(place.record, {})[place.field] = each
    for form_id in sorted(by_form):
        codec = RowCodec(forms[form_id])
        for record, said in _rows(connection, codec, department, sorted(by_form[form_id])):
            put = dict(_fitting(forms[form_id], said, by_form[form_id][record]))
            if not put:
                continue
            ours = {
                field: answer(codec, field, each.value).get(field) for field, each in put.items()
            }
            new = {f: v for f, v in {**said, **ours}.items() if v is not None}
            _update(connection, codec, (department, record), said, new)
            connection.exec_driver_sql(
                "INSERT INTO overlay (department, form, record_id, field, theirs, ours, decision) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        department,
                        form_id,
                        record,
                        field,
                        value_json(said.get(field), codec.slots[field].field),
                        each.value,
                        each.decision,
                    )
                    for field, each in sorted(put.items())
                ],
            )


def _fitting(
    form: Form, said: Mapping[str, Value], want: Mapping[str, Wanted]
) -> Iterator[tuple[str, Wanted]]:
    """Yield what lies on top of a record: what its value was written about, and is another value, and legal."""
    fields = {f.id: f for f in form.stored_fields}
    for name, each in want.items():
        field = fields.get(name)
        if field is None:
            continue
        theirs = said.get(name)
        if each.replaces and value_hash(theirs, field) != each.replaces:
            continue
        try:
            raw = json.loads(each.value)
            value = None if raw is None else value_from_json(raw, field)
        except ValueError:
            continue  # decided under a form set that admitted more
        if value_json(value, field) != value_json(theirs, field):
            yield name, each


def answer(codec: RowCodec, field: str, text: str) -> dict[str, Value]:
    """Return a field's value of its canonical JSON, by the field's id; nothing for an empty one."""
    raw = json.loads(text)
    return {} if raw is None else {field: value_from_json(raw, codec.slots[field].field)}


def _update(
    connection: Connection,
    codec: RowCodec,
    place: tuple[str, str],
    old: Mapping[str, Value],
    new: Mapping[str, Value],
) -> None:
    changes = codec.pack_changes(old, new)
    if changes:
        settings = ", ".join(f"{quoted(name)} = ?" for name in changes)
        connection.exec_driver_sql(
            f"UPDATE {quoted(codec.form.id)} SET {settings} WHERE department_code = ? AND id = ?",
            (*changes.values(), *place),
        )


def _rows(
    connection: Connection, codec: RowCodec, department: str, records: Sequence[str]
) -> Iterator[tuple[str, dict[str, Value]]]:
    columns = ", ".join(map(quoted, codec.names))
    for start in range(0, len(records), _CHUNK):
        part = records[start : start + _CHUNK]
        marks = ", ".join("?" * len(part))
        rows = connection.exec_driver_sql(
            f"SELECT id, {columns} FROM {quoted(codec.form.id)} "
            f"WHERE department_code = ? AND id IN ({marks})",
            (department, *part),
        ).all()
        for row in rows:
            yield str(row[0]), codec.unpack(row[1:])


def said_by(connection: Connection, department: str = "") -> dict[Place, tuple[str, str, str]]:
    """Return where a value of the centre lies: place → the department's value, ours, both as JSON, the decision."""
    where, values = (" WHERE department = ?", (department,)) if department else ("", ())
    rows = connection.exec_driver_sql(
        "SELECT department, form, record_id, field, theirs, ours, decision FROM overlay"
        f"{where} ORDER BY department, form, record_id, field",
        values,
    )
    return {Place(*row[:4]): (row[4], row[5], row[6]) for row in rows}


def digest_names(connection: Connection) -> Iterable[str]:
    """Return a text for each laid value, for the catalogue's digest."""
    return [
        f"{place.subject}:{decision}" for place, (_, _, decision) in said_by(connection).items()
    ]
