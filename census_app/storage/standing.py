"""Whether a file may have been overtaken: put back from a snapshot, or a copy that was taken along (security §6).

The journal says it, as system steps, so it travels with the file and needs no column of its own. A file that may have
been overtaken numbers no package until a person has said what became of the other one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from census_app.domain.changes import Origin
from census_app.domain.safekeeping import CopyMade, CopyState, Standing
from census_app.storage.journal import next_number, write_step

RESTORED: Final = "STEP_RESTORED"
"""Put back, with all that was sent and received since: the numbering goes on."""

RESTORED_ALONE: Final = "STEP_RESTORED_ALONE"
COPIED: Final = "STEP_COPIED"
SALVAGED: Final = "STEP_SALVAGED"
SETTLED: Final = "STEP_GOES_ON"
COPY_MADE: Final = "STEP_COPY_MADE"
PURGED: Final = "STEP_PURGED"

_STATES: Final[Mapping[str, CopyState]] = {
    RESTORED: "",
    RESTORED_ALONE: "restored",
    SALVAGED: "restored",
    COPIED: "copied",
    SETTLED: "",
}


def note(
    connection: Connection, sentence: str, params: Mapping[str, str], actor: str, at: str
) -> int:
    """Write a system step without lines, in the caller's transaction; return its number."""
    number = next_number(connection)
    write_step(connection, number, "system", 0, (sentence, params, actor, Origin.SYSTEM, at))
    return number


def standing(connection: Connection) -> Standing:
    """Return whether a file may go on numbering packages."""
    marks = ", ".join("?" * len(_STATES))
    row = connection.exec_driver_sql(
        f"SELECT sentence, params, at FROM step WHERE kind = 'system' AND sentence IN ({marks}) "
        "ORDER BY number DESC LIMIT 1",
        tuple(_STATES),
    ).first()
    if row is None or not _STATES[row[0]]:
        return Standing()
    return Standing(_STATES[row[0]], row[2], str(json.loads(row[1]).get("since", "")))


def copies(connection: Connection) -> list[CopyMade]:
    """Return the copies of the file that were made to take along, oldest first."""
    rows = connection.exec_driver_sql(
        "SELECT params, at FROM step WHERE kind = 'system' AND sentence = ? ORDER BY number",
        (COPY_MADE,),
    ).all()
    return [CopyMade(str(json.loads(row[0]).get("to", "")), row[1]) for row in rows]
