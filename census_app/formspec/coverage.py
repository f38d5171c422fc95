"""How much of each section of a form is answered, record by record, set-based over the private copy of the rules.

Not responsible for findings: see `evaluator`. What belongs to the centre or comes from a database's schema is not
counted: nobody in the department can fill it in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from census_app.domain.records import RecordId
from census_app.formspec.checks import is_blank
from census_app.formspec.model import Field, Form, Section
from census_app.formspec.schema import quoted

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Answered:
    """One record of a form.

    Attributes:
        parent: Id of the record that owns it, for a child form.
        sections: By section of the form, in its order: questions that matter for these answers, and how many of them
            are answered ("unknown" is an answer, and so is a text that does not fit).
    """

    record: RecordId
    parent: RecordId | None
    title: str
    sections: tuple[tuple[int, int], ...]


def counted_fields(form: Form, section: Section) -> tuple[Field, ...]:
    """Return the questions of a section that the department answers."""
    return tuple(
        f for f in form.stored_fields if f.section == section.id and f.owner == "department"
    )


def answered(connection: sqlite3.Connection, form: Form) -> Iterator[Answered]:
    """Yield how far each record of a form is, in the order the records were made.

    Args:
        connection: That of a `RuleRun`: answers that do not matter are emptied there, functions are known.
    """
    columns = [quoted("id"), quoted("parent_id"), quoted(form.title)]
    for section in form.section:
        fields = counted_fields(form, section)
        columns.append(" + ".join(_matters(f) for f in fields) or "0")
        columns.append(" + ".join(f"({_matters(f)} AND NOT {is_blank(f)})" for f in fields) or "0")
    unfit = _unfit(connection, form)
    sections = {f.id: n for n, s in enumerate(form.section) for f in counted_fields(form, s)}
    shown = ", ".join(columns)
    cursor = connection.execute(f"SELECT {shown} FROM {quoted(form.id)} ORDER BY row_key")
    for row in cursor:
        counts = [(int(row[n]), int(row[n + 1])) for n in range(3, len(row), 2)]
        texts = unfit.get(row[0], {})
        for field in texts:
            if field in sections:
                asked, given = counts[sections[field]]
                counts[sections[field]] = (asked, given + 1)
        title = str(row[2] or texts.get(form.title, ""))
        parent = RecordId(row[1]) if row[1] is not None else None
        yield Answered(RecordId(row[0]), parent, title, tuple(counts))


def _matters(field: Field) -> str:
    return f"(coalesce(({field.relevant}),0)<>0)" if field.relevant else "1"


def _unfit(connection: sqlite3.Connection, form: Form) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute("SELECT record_id, field, text FROM unfit WHERE form = ?", (form.id,))
    for record, name, text in rows:
        found.setdefault(record, {})[name] = text
    return found
