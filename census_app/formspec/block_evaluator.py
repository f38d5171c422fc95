"""Check many records of one form by themselves at once, as the one-record evaluator checks one.

Rules that look at other records are left to the check of the whole file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Final

from census_app.domain.findings import Finding
from census_app.domain.records import Record, RecordId, Unfit, Unknown, Value
from census_app.formspec.evaluator import RuleRun, scratch_database
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.schema import quoted
from census_app.formspec.types import field_type


def own_findings(
    form: Form, form_set: FormSet, today: str, records: Iterable[Record]
) -> dict[RecordId, tuple[Finding, ...]]:
    """Return what is wrong with each of the records by itself; one without fault has an empty entry.

    Args:
        today: The day `today()` returns.
    """
    looked_at = list(records)
    found: dict[RecordId, list[Finding]] = {record.id: [] for record in looked_at}
    unfit = [
        (form.id, record.id, name, value.text)
        for record in looked_at
        for name, value in record.values.items()
        if value.__class__ is Unfit
    ]
    columns, zeros = _columns(form, looked_at)
    with closing(scratch_database(form_set)) as connection:
        names = ", ".join(map(quoted, (*columns, *zeros)))
        marks = ", ".join((*["nullif(?, '')"] * len(columns), *"0" * len(zeros)))
        connection.execute("BEGIN")
        connection.executemany(
            f"INSERT INTO {quoted(form.id)} ({names}) VALUES ({marks})",
            zip(*columns.values(), strict=True),
        )
        connection.executemany("INSERT INTO unfit VALUES (?, ?, ?, ?)", unfit)
        connection.execute("COMMIT")
        for finding in RuleRun(connection, form_set, today).own_findings(form):
            found[finding.record].append(finding)
    return {record: tuple(findings) for record, findings in found.items()}


def _columns(
    form: Form, records: Sequence[Record]
) -> tuple[dict[str, Sequence[object]], list[str]]:
    """Return the columns that any of the records answers, and those of flags that are all 0.

    The empty text stands for NULL, since the driver binds None slowly; a blank answer is none to every rule.
    """
    answers = [record.values for record in records]
    answered = set().union(*answers)
    columns: dict[str, Sequence[object]] = {
        "row_key": range(1, len(records) + 1),
        "id": [record.id for record in records],
    }
    zeros = []
    for field in form.stored_fields:
        if field.id in answered:
            given = [each.get(field.id) for each in answers]
            columns[field.id] = _stored(field, given)
            if field.unknown:
                columns[field.id + "_unknown"] = [int(v.__class__ is Unknown) for v in given]
        elif field.unknown:
            zeros.append(field.id + "_unknown")
    return columns, zeros


def _stored(field: Field, given: Sequence[Value | None]) -> list[object]:
    to_db = field_type(field.type).to_db
    return [
        "" if value is None or value.__class__ in _NO_ANSWER else to_db(value) for value in given
    ]


_NO_ANSWER: Final = frozenset({Unfit, Unknown})
