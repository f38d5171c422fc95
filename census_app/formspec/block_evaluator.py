"""Check many records of one form by themselves at once, as the one-record evaluator checks one.

Rules that look at other records are left to the check of the whole file.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from census_app.domain.findings import Finding
from census_app.domain.records import Record, RecordId, Unfit
from census_app.formspec.evaluator import RuleRun, raw_values, scratch_database
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted, table_schema


def own_findings(
    form: Form, form_set: FormSet, today: str, records: Iterable[Record]
) -> dict[RecordId, tuple[Finding, ...]]:
    """Return what is wrong with each of the records by itself; one without fault has an empty entry.

    Args:
        today: The day `today()` returns.
    """
    found: dict[RecordId, list[Finding]] = {}
    names = [c.name for c in table_schema(form).columns if c.field is not None]
    rows, unfit = [], []
    for key, record in enumerate(records, 1):
        found[record.id] = []
        raw = raw_values(record.values, form)
        rows.append((key, record.id, *(raw[name] for name in names)))
        unfit += [
            (form.id, record.id, name, value.text)
            for name, value in record.values.items()
            if isinstance(value, Unfit)
        ]
    with closing(scratch_database(form_set)) as connection:
        columns = ", ".join(map(quoted, ("row_key", "id", *names)))
        marks = ", ".join("?" * (len(names) + 2))
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO {quoted(form.id)} ({columns}) VALUES ({marks})", rows)
        connection.executemany("INSERT INTO unfit VALUES (?, ?, ?, ?)", unfit)
        connection.execute("COMMIT")
        for finding in RuleRun(connection, form_set, today).own_findings(form):
            found[finding.record].append(finding)
    return {record: tuple(findings) for record, findings in found.items()}
