"""What came from the last round, what has changed since, and what a person confirmed of it.

A record is unchanged while its row and those of its children have the hashes they came with, so nothing has to be
compared value by value. Not responsible for reading the last round.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Final

from sqlalchemy import Connection

from census_app.domain.holdings import CarriedOver, Delta, DeltaState, LastRound
from census_app.domain.records import RecordId
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted
from census_app.storage import sightings
from census_app.storage.rows import json_text
from census_app.storage.work import Change

KIND: Final = "confirmation"
"""Kind of the journal lines about confirmations."""

_LAST: Final = "kind, name, identity, sequence, created, census_id, round, at"


def begin(connection: Connection, form_set: FormSet, over: CarriedOver) -> None:
    """Remember all records that are here now as those of the last round, and what comes with them."""
    for each in over.explanations:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO explanation (record_id, rule, values_sha256, reason, actor, at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (each.record, each.rule, each.values_sha256, each.reason, each.actor, each.at),
        )
    for record in over.handed_in:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO handed_in (form, record_id) VALUES (?, ?)", record
        )
    sightings.store(connection, sightings.lines_for(connection, over.sightings))
    connection.exec_driver_sql(
        "UPDATE workspace SET round = ?, census_id = ?, training = ?",
        (over.round, over.census_id, int(over.training)),
    )
    connection.exec_driver_sql(
        f"INSERT INTO last_round (id, {_LAST}) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(over.last),
    )
    for form in form_set.forms:
        connection.exec_driver_sql(
            "INSERT INTO carried (form, record_id, parent_id, title, row_sha256) "
            f"SELECT ?, id, coalesce(parent_id, ''), coalesce({quoted(form.title)}, ''), row_sha256 "
            f"FROM {quoted(form.id)}",
            (form.id,),
        )


def last_round(connection: Connection) -> LastRound | None:
    """Return what the workspace was begun from."""
    row = connection.exec_driver_sql(f"SELECT {_LAST} FROM last_round").first()
    return None if row is None else LastRound(*row)


# -- standing ----------------------------------------------------------------------------------------------------------


def deltas(connection: Connection, form_set: FormSet) -> list[Delta]:
    """Return how every top-level record stands against the last round: those of the last round, then the new ones.

    Without a last round there are none.
    """
    if last_round(connection) is None:
        return []
    return [
        delta
        for form in form_set.forms
        if not form.parent
        for delta in _of_form(connection, form, form_set.children_of(form.id))
    ]


def _of_form(connection: Connection, form: Form, children: Sequence[Form]) -> Iterable[Delta]:
    table, title = quoted(form.id), quoted(form.title)
    moved: set[str] = set()
    for child in children:
        moved |= _owners_of_changed(connection, child)
    rows = connection.exec_driver_sql(
        f"SELECT c.record_id, coalesce(t.{title}, c.title), t.id IS NULL, "
        "coalesce(t.row_sha256 <> c.row_sha256, 1), coalesce(m.mark, ''), coalesce(m.actor, ''), "
        f"coalesce(m.at, '') FROM carried AS c LEFT JOIN {table} AS t ON t.id = c.record_id "
        "LEFT JOIN confirmation AS m ON m.form = c.form AND m.record_id = c.record_id "
        "WHERE c.form = ? ORDER BY t.row_key IS NULL, t.row_key, c.title",
        (form.id,),
    )
    for record, name, gone, differs, mark, actor, at in rows:
        state = _state(gone=bool(gone), differs=bool(differs) or record in moved, mark=mark)
        said = (actor, at) if state in {"unchanged", "changing"} else ("", "")
        yield Delta(form.id, RecordId(record), str(name), state, *said)
    fresh = connection.exec_driver_sql(
        f"SELECT t.id, coalesce(t.{title}, '') FROM {table} AS t WHERE NOT EXISTS ("
        "SELECT 1 FROM carried AS c WHERE c.form = ? AND c.record_id = t.id) ORDER BY t.row_key",
        (form.id,),
    )
    for record, name in fresh:
        yield Delta(form.id, RecordId(record), str(name), "new")


def _state(*, gone: bool, differs: bool, mark: str) -> DeltaState:
    if gone:
        return "retired"
    if differs:
        return "changed"
    if mark == "unchanged":
        return "unchanged"
    return "changing" if mark == "changing" else "open"


def _owners_of_changed(connection: Connection, child: Form) -> set[str]:
    """Return the owners whose children are others than in the last round."""
    table = quoted(child.id)
    rows = connection.exec_driver_sql(
        f"SELECT c.parent_id FROM carried AS c LEFT JOIN {table} AS t ON t.id = c.record_id "
        "WHERE c.form = ? AND (t.id IS NULL OR t.row_sha256 <> c.row_sha256) "
        f"UNION SELECT t.parent_id FROM {table} AS t WHERE NOT EXISTS ("
        "SELECT 1 FROM carried AS c WHERE c.form = ? AND c.record_id = t.id)",
        (child.id, child.id),
    )
    return {str(row[0]) for row in rows}


# -- confirming --------------------------------------------------------------------------------------------------------


def confirm(
    connection: Connection, form: str, records: Sequence[RecordId], mark: str, who: tuple[str, str]
) -> list[Change]:
    """Store what a person says of records, and return the journal lines; an empty mark takes it back.

    Args:
        who: Actor and time.
    """
    lines = []
    for record in records:
        old = _stored(connection, form, record)
        new = json_text({"actor": who[0], "at": who[1], "mark": mark}) if mark else ""
        if (json.loads(old)["mark"] if old else "") != mark:
            _put(connection, form, record, new)
            sign = "+" if not old else "~" if new else "-"
            lines.append(Change(KIND, form, record, sign=sign, old=old, new=new))
    return lines


def invert(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """Take confirmations back, or bring them back, and return the journal lines."""
    lines = []
    for line in reversed(changes):
        _put(connection, line.form, line.record, line.old)
        sign = "+" if not line.new else "~" if line.old else "-"
        lines.append(Change(KIND, line.form, line.record, sign=sign, old=line.new, new=line.old))
    return lines


def _stored(connection: Connection, form: str, record: str) -> str:
    row = connection.exec_driver_sql(
        "SELECT mark, actor, at FROM confirmation WHERE form = ? AND record_id = ?", (form, record)
    ).first()
    return "" if row is None else json_text({"actor": row[1], "at": row[2], "mark": row[0]})


def _put(connection: Connection, form: str, record: str, text: str) -> None:
    connection.exec_driver_sql(
        "DELETE FROM confirmation WHERE form = ? AND record_id = ?", (form, record)
    )
    if text:
        said = json.loads(text)
        connection.exec_driver_sql(
            "INSERT INTO confirmation (form, record_id, mark, actor, at) VALUES (?, ?, ?, ?, ?)",
            (form, record, said["mark"], said["actor"], said["at"]),
        )


# -- a newer form set --------------------------------------------------------------------------------------------------


def as_they_came(connection: Connection, form_set: FormSet) -> dict[str, str]:
    """Return, by form, the ids of records that are as they came, as JSON text; asked before a newer form set comes."""
    found = {}
    for form in form_set.forms:
        rows = connection.exec_driver_sql(
            f"SELECT json_group_array(c.record_id) FROM carried AS c JOIN {quoted(form.id)} AS t "
            "ON t.id = c.record_id AND t.row_sha256 = c.row_sha256 WHERE c.form = ?",
            (form.id,),
        )
        found[form.id] = str(rows.scalar_one())
    return found


def after_upgrade(connection: Connection, form_set: FormSet, same: dict[str, str]) -> None:
    """Let records that were as they came count as such, though a newer form set spells them otherwise.

    Records of forms that are no longer asked are no longer compared.
    """
    kept = {form.id for form in form_set.forms}
    for form, ids in same.items():
        if form in kept:
            connection.exec_driver_sql(
                f"UPDATE carried SET row_sha256 = (SELECT t.row_sha256 FROM {quoted(form)} AS t "
                "WHERE t.id = record_id) WHERE form = ? AND record_id IN "
                f"(SELECT value FROM json_each(?)) AND record_id IN (SELECT id FROM {quoted(form)})",
                (form, ids),
            )
        else:
            connection.exec_driver_sql("DELETE FROM carried WHERE form = ?", (form,))
