"""What fields were called before: the journal keeps its lines as they were written, and remembers every rename.

A rename is a journal line of kind `rename`: `old` and `new` are the ids as JSON texts, lines before it use the old one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection

from census_app.domain.records import RecordId
from census_app.storage.rows import json_text
from census_app.storage.work import Change


def rename_line(form: str, old: str, new: str) -> Change:
    """Return the journal line of a rename."""
    return Change("rename", form, RecordId(""), field=new, old=json_text(old), new=json_text(new))


class FieldNames:
    """Leads from the ids of the journal to those of today.

    Args:
        renames: (step, form, old id as JSON, new id as JSON).
    """

    def __init__(self, renames: Iterable[tuple[int, str, str, str]]) -> None:
        self._by_step: dict[int, dict[tuple[str, str], str]] = {}
        for step, form, old, new in sorted(renames):
            self._by_step.setdefault(step, {})[(form, json.loads(old))] = json.loads(new)

    def today(self, form: str, name: str, step: int) -> str:
        """Return what the field of a line is called today; lines of the upgrade itself use the new ids."""
        for number, names in self._by_step.items():
            if number > step:
                name = names.get((form, name), name)
        return name

    def ever(self, form: str, name: str) -> list[str]:
        """Return all ids that a field of today may have had; of every form when none is named."""
        found = {name}
        for names in reversed(self._by_step.values()):
            found |= {old for (of, old), new in names.items() if new in found and form in {"", of}}
        return sorted(found)


def field_names(connection: Connection) -> FieldNames:
    """Read the renames of a workspace."""
    rows = connection.exec_driver_sql(
        "SELECT step, form, old, new FROM change WHERE kind = 'rename'"
    )
    return FieldNames((row[0], row[1], row[2], row[3]) for row in rows)
