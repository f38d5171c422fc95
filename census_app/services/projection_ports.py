"""What use cases read of a catalogue's projection, beside its records; part of `ports.CatalogueStore`."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from census_app.domain.corrections import Laid, RowMark
from census_app.domain.holdings import Announced, Explanation
from census_app.domain.indicators import NOTHING_SAID, Said, Subject
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Answer

if TYPE_CHECKING:
    from census_app.services.ports import CatalogueStore


class ProjectionReader(Protocol):
    """What packages and decisions became, as it stands now and as it stood."""

    def ascending_records(self, form: str) -> Iterator[tuple[str, Record]]:
        """Yield department and record of all records of a form, by (id, department)."""

    def cells(
        self, form: str, fields: Sequence[str], after: int = 0, limit: int = 20_000
    ) -> list[tuple[Any, ...]]:
        """Return some columns of the rows after a row key, as they are stored, by row key.

        Returns:
            (row key, department, unit, id, parent id or None, the answers in the order of `fields`).
        """

    def announced(self) -> list[Announced]:
        """Return what departments announce as unfinished, by (form, id, department)."""

    def answers(self, department: str) -> list[Answer]:
        """Return the answers that the department's projected package carries, by query."""

    def explained(self, department: str) -> list[Explanation]:
        """Return the reasons for warnings that the department's projected package carries, by record and rule."""

    def counts(self, as_of: str, said: Said = NOTHING_SAID) -> dict[str, dict[str, int]]:
        """Return department → count of `domain.indicators.STORED` → number; sums in ten-thousandths."""

    def counts_by(
        self, as_of: str, subject: Subject, field: str, length: int = 0, said: Said = NOTHING_SAID
    ) -> dict[str, dict[str, int]]:
        """Return answer of a coded field, or its first characters → count of the subject → number."""

    def keys_behind(
        self,
        indicator: str,
        as_of: str,
        departments: Collection[str] | None = None,
        group: tuple[str, str, int] | None = None,
        said: Said = NOTHING_SAID,
    ) -> array[int]:
        """Return the row keys of the records behind an indicator; `group` is (field, answer, length)."""

    def department_records(
        self, form: str, department: str, ids: Sequence[str]
    ) -> dict[RecordId, Record]:
        """Return records of a department by id as they are shown, corrections included, read in bulk."""

    def row_marks(self, form: str, department: str = "") -> Iterator[RowMark]:
        """Yield department, id, package and hash of the rows of a form, by (department, id)."""

    def laid(self, department: str = "") -> list[Laid]:
        """Return where a value of the centre lies on a department's, by place."""

    def vanished(self, department: str = "") -> list[tuple[str, str, RecordId]]:
        """Return (department, form, id) of records that the newest package neither carries nor deletes."""

    def as_it_stood(
        self, moment: str, department: str = "", without: Collection[str] = ()
    ) -> CatalogueStore:
        """Return a private catalogue of what had arrived and was decided up to a moment, to be closed after use.

        It reads packages from this one; departments that stood otherwise then are still to be merged in it.

        Args:
            department: Only its packages and records; empty for all.
            without: Identities of packages that are left out.
        """
