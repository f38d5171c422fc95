"""What a catalogue answers about its projection: records by department, announcements, words, counts."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from census_app.domain.corrections import Laid, RowMark
from census_app.domain.holdings import Announced, Explanation
from census_app.domain.indicators import NOTHING_SAID, Said, Subject
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Answer
from census_app.errors import EnvironmentProblem
from census_app.formspec.schema import quoted
from census_app.storage import counted, overlays, roster
from census_app.storage.engine import Opened
from census_app.storage.readable import ReadableRecords
from census_app.storage.records import PAGE
from census_app.storage.statistics import Counter


class ProjectedRecords(ReadableRecords):
    """The reading half of a catalogue; satisfies `services.projection_ports.ProjectionReader`."""

    _database: Opened
    _counter: Counter

    def stream_records(self, form: str, department: str = "") -> Iterator[Record]:
        """Yield all records of a form; children by (department, parent, position, id), others as they came."""
        return self._records.stream(form, department)

    def ascending_records(self, form: str) -> Iterator[tuple[str, Record]]:
        """Yield department and record of all records of a form, by (id, department)."""
        return self._records.ascending(form)

    def cells(
        self, form: str, fields: Sequence[str], after: int = 0, limit: int = 20_000
    ) -> list[tuple[Any, ...]]:
        """Return some columns of the rows after a key, as they are stored; see `Records.cells`."""
        return self._records.cells(form, fields, after, limit)

    def department_codes(self) -> frozenset[str]:
        """Return the codes on the roster, without counting anything."""
        with self._database.reading() as connection:
            return roster.codes(connection)

    def head_sequence(self, department: str) -> int:
        """Return the number of the newest package in the form tables, 0 for none."""
        statement = "SELECT coalesce(max(sequence), 0) FROM projected WHERE department = ?"
        with self._database.reading() as connection:
            return int(connection.exec_driver_sql(statement, (department,)).scalar_one())

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

    def counts(self, as_of: str, said: Said = NOTHING_SAID) -> dict[str, dict[str, int]]:
        """Return department → count of `domain.indicators.STORED` → number; sums in ten-thousandths.

        Args:
            as_of: Day, `CCYY-MM-DD`; what is dated later does not count.
            said: What the ledger says.
        """
        with self._database.reading() as connection:
            found = self._counter.by_department(connection, as_of, said)
        self._keep_counts()
        return found

    def counts_by(
        self, as_of: str, subject: Subject, field: str, length: int = 0, said: Said = NOTHING_SAID
    ) -> dict[str, dict[str, int]]:
        """Return answer of a coded field → count of the subject → number; see `statistics.Counter.by_answer`."""
        with self._database.reading() as connection:
            found = self._counter.by_answer(connection, as_of, subject, field, length, said)
        self._keep_counts()
        return found

    def _keep_counts(self) -> None:
        """Keep what was counted just now for the next who opens the catalogue; where that fails, they count anew."""
        fresh = self._counter.take_fresh()
        if fresh and not self._database.read_only:
            with contextlib.suppress(EnvironmentProblem), self._database.noting() as connection:
                counted.write(connection, fresh, self._counter.version)

    def keys_behind(
        self,
        indicator: str,
        as_of: str,
        departments: Collection[str] | None = None,
        group: tuple[str, str, int] | None = None,
        said: Said = NOTHING_SAID,
    ) -> array[int]:
        """Return the row keys of the records behind an indicator; see `statistics.Counter.keys`."""
        with self._database.reading() as connection:
            return self._counter.keys(connection, indicator, as_of, departments, group, said)

    def department_records(
        self, form: str, department: str, ids: Sequence[str]
    ) -> dict[RecordId, Record]:
        """Return records of a department by id as they are shown, corrections included, read in bulk."""
        return self._records.of_department(form, department, ids)

    def row_marks(self, form: str, department: str = "") -> Iterator[RowMark]:
        """Yield department, id, package and hash of the rows of a form, by (department, id)."""
        where, values = (" WHERE department_code = ?", (department,)) if department else ("", ())
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT department_code, id, source, lower(hex(row_sha256)) FROM {quoted(form)}"
                f"{where} ORDER BY department_code, id",
                values,
                execution_options={"stream_results": True, "max_row_buffer": PAGE},
            )
            for page in rows.partitions(PAGE):
                yield from (RowMark(*row) for row in page)

    def laid(self, department: str = "") -> list[Laid]:
        """Return where a value of the centre lies on a department's, by place."""
        with self._database.reading() as connection:
            found = overlays.said_by(connection, department)
            return [Laid(place, *said) for place, said in found.items()]

    def vanished(self, department: str = "") -> list[tuple[str, str, RecordId]]:
        """Return (department, form, id) of records that the newest package neither carries nor deletes."""
        where, values = (" WHERE department = ?", (department,)) if department else ("", ())
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT department, form, record_id FROM vanished{where} "
                "ORDER BY department, form, record_id",
                values,
            )
            return [(row[0], row[1], RecordId(row[2])) for row in rows]

    def damaged_records(self) -> list[tuple[str, RecordId]]:
        """Return (form, id) of records that no longer have the hash of the line that brought them.

        What the centre put on top is taken off for it.
        """
        found = self._records.damaged()
        if not found:
            return found
        below: dict[tuple[str, str, str], dict[str, str]] = {}
        for laid in self.laid():
            place = laid.place
            below.setdefault(place[:3], {})[place.field] = laid.theirs
        sound = {key[1:] for key, theirs in below.items() if self._is_sound(*key, theirs)}
        return [each for each in found if each not in sound]

    def _is_sound(self, department: str, form: str, record: str, theirs: Mapping[str, str]) -> bool:
        codec = self._records.codecs[form]
        shown = self.department_records(form, department, [record]).get(RecordId(record))
        with self._database.reading() as connection:
            kept = connection.exec_driver_sql(
                f"SELECT row_sha256 FROM {quoted(form)} WHERE department_code = ? AND id = ?",
                (department, record),
            ).scalar()
        if shown is None or kept is None:
            return False
        values = {name: value for name, value in shown.values.items() if name not in theirs}
        for field, text in theirs.items():
            values |= overlays.answer(codec, field, text)
        return codec.digest(replace(shown, values=values)) == bytes(kept)
