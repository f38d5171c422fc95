"""Which table or column of a database a record was found as, and what discovery last wrote into it.

Of values only hashes are kept: enough to tell whether a person has written since, and nothing to purge. Journal lines
bring it along when a discovery is undone. Not responsible for discovering.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from census_app.domain.records import RecordId
from census_app.domain.schemas import Sighting
from census_app.storage.rows import json_text
from census_app.storage.work import Change

KIND: Final = "sighting"
"""Kind of the journal lines about sightings; no history shows them."""

_COLUMNS: Final = "form, record_id, source, db_schema, db_table, db_column, seen"


def sightings(connection: Connection) -> list[Sighting]:
    """Return all sightings, by form and record."""
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM sighting ORDER BY form, record_id"
    ).all()
    return [_sighting(*row) for row in rows]


def lines_for(connection: Connection, new: Iterable[Sighting]) -> list[Change]:
    """Return the journal lines of sightings that say something new."""
    lines = []
    held = {(s.form, s.record): _text(s) for s in sightings(connection)}
    for each in new:
        old, text = held.get((each.form, each.record), ""), _text(each)
        if old != text:
            sign = "~" if old else "+"
            lines.append(Change(KIND, each.form, each.record, sign=sign, old=old, new=text))
    return lines


def store(connection: Connection, lines: Iterable[Change]) -> None:
    """Make what the lines say so."""
    for line in lines:
        _put(connection, line.form, line.record, line.new)


def invert(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """Take sightings back, or bring them back, and return the journal lines."""
    lines = []
    for line in reversed(changes):
        _put(connection, line.form, line.record, line.old)
        sign = "+" if not line.new else "~" if line.old else "-"
        lines.append(Change(KIND, line.form, line.record, sign=sign, old=line.new, new=line.old))
    return lines


def _text(each: Sighting) -> str:
    return json_text(
        {
            "source": each.source,
            "schema": each.schema,
            "table": each.table,
            "column": each.column,
            "comment": each.comment,
            "values": dict(each.values),
        }
    )


def _sighting(
    form: str, record: str, source: str, schema: str, table: str, column: str, seen: str
) -> Sighting:
    raw = json.loads(seen)
    return Sighting(
        form, RecordId(record), source, schema, table, column, raw.get("comment", ""), raw["values"]
    )


def _put(connection: Connection, form: str, record: str, text: str) -> None:
    connection.exec_driver_sql(
        "DELETE FROM sighting WHERE form = ? AND record_id = ?", (form, record)
    )
    if not text:
        return
    said = json.loads(text)
    seen = json_text({"comment": said.get("comment", ""), "values": said["values"]})
    places = tuple(said[name] for name in ("source", "schema", "table", "column"))
    connection.exec_driver_sql(
        f"INSERT INTO sighting ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (form, record, *places, seen),
    )
