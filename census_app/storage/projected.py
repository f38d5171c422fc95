"""What a catalogue answers about its projection: records by department, announcements, words, counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from census_app.domain.holdings import Announced, Explanation
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Answer
from census_app.formspec.model import FormSet
from census_app.storage import statistics
from census_app.storage.engine import Opened
from census_app.storage.readable import ReadableRecords


class ProjectedRecords(ReadableRecords):
    """The reading half of a catalogue; satisfies `services.projection_ports.ProjectionReader`."""

    _database: Opened
    _form_set: FormSet

    def ascending_records(self, form: str) -> Iterator[tuple[str, Record]]:
        """Yield department and record of all records of a form, by (id, department)."""
        return self._records.ascending(form)

    def announced(self) -> list[Announced]:
        """Return what departments announce as unfinished, by (form, id, department)."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT department, form, record_id, title FROM announced "
                "ORDER BY form, record_id, department"
            )
            return [Announced(row[0], row[1], RecordId(row[2]), row[3]) for row in rows]

    def answers(self, department: str) -> list[Answer]:
        """Return the answers that the department's projected package carries, by query."""
        statement = (
            'SELECT "query", kind, text, value_sha256 FROM answered '
            'WHERE department = ? ORDER BY "query"'
        )
        with self._database.reading() as connection:
            return [Answer(*row) for row in connection.exec_driver_sql(statement, (department,))]

    def explained(self, department: str) -> list[Explanation]:
        """Return the reasons for warnings that the department's projected package carries, by record and rule."""
        statement = (
            "SELECT record_id, rule, values_sha256, reason, form FROM explained "
            "WHERE department = ? ORDER BY record_id, rule, values_sha256"
        )
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(statement, (department,))
            return [Explanation(RecordId(r[0]), r[1], r[2], r[3], "", "", form=r[4]) for r in rows]

    def statistics(self, as_of: str, department: str = "") -> Mapping[str, int]:
        """Return the raw counts of `domain.statistics.COUNTS`, by name; sums of decimals in ten-thousandths.

        Args:
            as_of: Day, `CCYY-MM-DD`; what is dated later does not count.
            department: Code, or empty for all.
        """
        with self._database.reading() as connection:
            return statistics.raw_counts(connection, self._form_set, as_of, department)
