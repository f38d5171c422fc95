"""Bring a department's rows in the catalogue to the state of one package, set-based, in one transaction.

`put` inserts or replaces, `pending` leaves the last handed-in version and announces, `delete` removes, absence never
deletes (security §1). A row whose hash is unchanged keeps the package that brought it. Not responsible for the chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table

from census_app.domain.holdings import MergeDone, PackageFacts
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted, table_schema
from census_app.storage import counted
from census_app.storage.scratch import ATTACHED


@dataclass(slots=True)
class _Tally:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0


def merge_attached(connection: Connection, form_set: FormSet, facts: PackageFacts) -> MergeDone:
    """Merge the attached scratch database; the caller holds the transaction.

    Args:
        connection: In a transaction, with the scratch database attached as `scratch.ATTACHED`.
        facts: The package; its records become its department's.
    """
    tally = _Tally()
    vanished: list[tuple[str, str]] = []
    counted.forget(connection, facts.department)
    _announce(connection, facts)
    _take_words(connection, facts)
    connection.exec_driver_sql("DELETE FROM vanished WHERE department = ?", (facts.department,))
    for form in form_set.forms:
        vanished += _vanished(connection, form, facts)
        tally.deleted += _delete(connection, form, facts)
    for form in form_set.forms:
        _hold_back_children(connection, form, facts)
        _put(connection, form, facts, tally)
    connection.exec_driver_sql(
        "INSERT INTO projected (department, sequence, identity) VALUES (?, ?, ?)",
        (facts.department, facts.sequence, facts.identity),
    )
    if vanished:
        connection.exec_driver_sql(
            "INSERT INTO vanished (department, form, record_id, source) VALUES (?, ?, ?, ?)",
            [(facts.department, *record, facts.identity) for record in vanished],
        )
    announced = _count(connection, "SELECT count(*) FROM announced WHERE department = ?", facts)
    return MergeDone(
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        deleted=tally.deleted,
        announced=announced,
        vanished=tuple(sorted(vanished)),
    )


def _count(connection: Connection, statement: str, facts: PackageFacts) -> int:
    return int(connection.exec_driver_sql(statement, (facts.department,)).scalar_one())


def _announce(connection: Connection, facts: PackageFacts) -> None:
    connection.exec_driver_sql("DELETE FROM announced WHERE department = ?", (facts.department,))
    connection.exec_driver_sql(
        "INSERT INTO announced (department, form, record_id, unit, title, source) "
        f"SELECT ?, form, id, unit, title, ? FROM {ATTACHED}.package_pending ORDER BY form, id",
        (facts.department, facts.identity),
    )


_WORDS = {
    "explained": ("package_explained", "form, record_id, rule, values_sha256, reason"),
    "answered": ("package_answered", '"query", kind, text, value_sha256'),
}
"""Table → where it comes from and its columns: what a department says beside its records."""


def _take_words(connection: Connection, facts: PackageFacts) -> None:
    """Put the package's reasons and answers in the place of those before: a submission carries all that stand."""
    for table, (source, columns) in _WORDS.items():
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE department = ?", (facts.department,))
        connection.exec_driver_sql(
            f"INSERT INTO {table} (department, {columns}) SELECT ?, {columns} FROM {ATTACHED}.{source}",
            (facts.department,),
        )


def _vanished(connection: Connection, form: Form, facts: PackageFacts) -> list[tuple[str, str]]:
    name = quoted(form.id)
    rows = connection.exec_driver_sql(
        f"SELECT id FROM {name} WHERE department_code = ? "
        f"AND id NOT IN (SELECT id FROM {ATTACHED}.{name}) "
        f"AND id NOT IN (SELECT id FROM {ATTACHED}.package_pending WHERE form = ?) "
        f"AND id NOT IN (SELECT id FROM {ATTACHED}.package_deleted WHERE form = ?)",
        (facts.department, form.id, form.id),
    )
    return [(form.id, row[0]) for row in rows]


def _delete(connection: Connection, form: Form, facts: PackageFacts) -> int:
    """Delete what the package deletes, and the children of what it deletes."""
    gone = f"SELECT id FROM {ATTACHED}.package_deleted WHERE form = ?"
    condition, values = f"id IN ({gone})", [form.id]
    if form.parent:
        condition += f" OR parent_id IN ({gone})"
        values.append(form.parent)
    result = connection.exec_driver_sql(
        f"DELETE FROM {quoted(form.id)} WHERE department_code = ? AND ({condition})",
        (facts.department, *values),
    )
    return result.rowcount


def _hold_back_children(connection: Connection, form: Form, facts: PackageFacts) -> None:
    """Announce the children of a record that is itself only announced: without their owner they have no place."""
    if not form.parent or not _some_pending(connection, form.parent):
        return
    table, owner = quoted(form.id), quoted(form.parent)
    connection.exec_driver_sql(
        "INSERT INTO announced (department, form, record_id, unit, title, source) "
        f"SELECT ?, ?, c.id, c.unit_code, coalesce(c.{quoted(form.title)}, ''), ? "
        f"FROM {ATTACHED}.{table} AS c WHERE NOT {_owner_stands(owner)} ORDER BY c.id "
        "ON CONFLICT DO NOTHING",
        (facts.department, form.id, facts.identity, facts.department),
    )


def _some_pending(connection: Connection, form: str) -> bool:
    """Say whether the package announces records of a form; else every child's owner travels with it."""
    statement = f"SELECT 1 FROM {ATTACHED}.package_pending WHERE form = ? LIMIT 1"
    return connection.exec_driver_sql(statement, (form,)).first() is not None


def _owner_stands(owner: str) -> str:
    return f"EXISTS (SELECT 1 FROM {owner} AS o WHERE o.department_code = ? AND o.id = c.parent_id)"


def _put(connection: Connection, form: Form, facts: PackageFacts, tally: _Tally) -> None:
    table = quoted(form.id)
    columns = [quoted(c.name) for c in table_schema(form).columns[1:]]
    here = f"SELECT count(*) FROM {table} WHERE department_code = ?"
    before = _count(connection, here, facts)
    changed = _replace(connection, form, facts, columns) if before else 0
    conditions, values = [], []
    if before:
        conditions.append(
            f"NOT EXISTS (SELECT 1 FROM {table} AS m WHERE m.department_code = ? AND m.id = c.id)"
        )
        values.append(facts.department)
    if form.parent and _some_pending(connection, form.parent):
        conditions.append(_owner_stands(quoted(form.parent)))
        values.append(facts.department)
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    result = connection.exec_driver_sql(
        f"INSERT INTO {table} ({', '.join(columns)}, department_code, source, row_sha256) "
        f"SELECT {', '.join('c.' + c for c in columns)}, ?, ?, c.row_sha256 "
        f"FROM {ATTACHED}.{table} AS c {where}ORDER BY c.row_key",
        (facts.department, facts.identity, *values),
    )
    added = result.rowcount
    same = connection.exec_driver_sql(
        f"SELECT count(*) FROM {ATTACHED}.{table} AS c JOIN {table} AS m "
        "ON m.department_code = ? AND m.id = c.id",
        (facts.department,),
    )
    present = int(same.scalar_one()) if before else added
    tally.added += added
    tally.changed += changed
    tally.unchanged += present - added - changed


def _replace(connection: Connection, form: Form, facts: PackageFacts, columns: list[str]) -> int:
    table = quoted(form.id)
    settings = ", ".join(f"{c} = c.{c}" for c in [*columns, "row_sha256"])
    # A child that moved to a record which is only announced stays where it was.
    placed = f" AND {_owner_stands(quoted(form.parent))}" if form.parent else ""
    owner = (facts.department,) if form.parent else ()
    result = connection.exec_driver_sql(
        f"UPDATE {table} AS m SET {settings}, source = ? FROM {ATTACHED}.{table} AS c "
        "WHERE m.department_code = ? AND m.id = c.id "
        f"AND m.row_sha256 <> c.row_sha256{placed}",
        (facts.identity, facts.department, *owner),
    )
    return result.rowcount


def forget(connection: Connection, tables: Mapping[str, Table], department: str = "") -> None:
    """Empty the projection, of one department or of all; packages and decisions stay."""
    values = (department,) if department else ()
    where = " WHERE {} = ?" if department else ""
    for name in reversed(list(tables)):
        statement = f"DELETE FROM {quoted(name)}{where.format('department_code')}"
        connection.exec_driver_sql(statement, values)
    for name in ("announced", "vanished", "overlay", "projected", "counted", *_WORDS):
        connection.exec_driver_sql(f"DELETE FROM {name}{where.format('department')}", values)
