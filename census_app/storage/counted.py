"""What was counted of departments, kept beside the rows it was counted of: a cache, and nothing is only here.

Whoever changes a department's rows forgets what was counted of them in the same transaction. A row also names what it
was counted of, so that one written late, by somebody who still saw the rows of before, is not believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

_DAYS: Final = 4
"""Days of which counts that depend on the day are kept, the latest."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one department.

    Attributes:
        scope: What was counted, by which conditions.
        day: As of when, `CCYY-MM-DD`; empty where it does not matter.
        stamp: What the rows were, of `statistics`.
        counts: By name, or by answer and name.
    """

    scope: str
    day: str
    department: str
    stamp: str
    counts: Mapping[str, Any]


def read(connection: Connection, scope: str, day: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return department → stamp and counts."""
    rows = connection.exec_driver_sql(
        "SELECT department, stamp, counts FROM counted WHERE scope = ? AND day = ?", (scope, day)
    )
    return {row[0]: (row[1], json.loads(row[2])) for row in rows}


def write(connection: Connection, found: Iterable[Counted], version: str) -> None:
    """Keep counts in the place of those before; what other conditions counted, and days long past, go.

    Args:
        version: What scopes of these conditions begin with.
    """
    rows = sorted(
        (each.scope, each.day, each.department, each.stamp, json.dumps(each.counts, sort_keys=True))
        for each in found
    )
    connection.exec_driver_sql(
        "INSERT INTO counted (scope, day, department, stamp, counts) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (scope, day, department) "
        "DO UPDATE SET stamp = excluded.stamp, counts = excluded.counts",
        rows,
    )
    connection.exec_driver_sql(
        "DELETE FROM counted WHERE substr(scope, 1, ?) <> ?", (len(version), version)
    )
    for scope in sorted({row[0] for row in rows if row[1]}):
        connection.exec_driver_sql(
            "DELETE FROM counted WHERE scope = ? AND day NOT IN (SELECT day FROM "
            "(SELECT DISTINCT day FROM counted WHERE scope = ?) AS known ORDER BY day DESC LIMIT ?)",
            (scope, scope, _DAYS),
        )


def forget(connection: Connection, department: str) -> None:
    """Forget what was counted of a department, whose rows are about to be others."""
    connection.exec_driver_sql("DELETE FROM counted WHERE department = ?", (department,))
