"""What an import would do, as plain values: counts that add up to what was read, doubtful cells by address.

Not responsible for making a plan (`planning`) or for writing one (`importing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from census_app.domain.changes import Operation
from census_app.domain.records import RecordId
from census_app.formats.grouping import SheetRecord
from census_app.formats.workbook import WorkbookContent

_WITH_TABLES: Final = frozenset({"COLUMN_UNMATCHED", "COLUMN_WITHOUT_HEADER"})


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be taken at all.

    Attributes:
        found: What stands there; empty for content that must not be repeated (SEC-1, SEC-2).
        code: Why, as in `resources/messages`; `expected` is the sentence in Chinese and English.
        records: How many records are not taken: this one and those that belong to it.
    """

    file: str
    sheet: str
    cell: str
    found: str
    code: str
    expected: Mapping[str, str]
    records: int = 1


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """An answer of an existing record that the file gives differently."""

    form: str
    title: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class UnfitValue:
    """A value that is kept as given because it does not fit its field.

    Attributes:
        field: Label by language.
        nearest: The legal value that is near, as it is shown; empty when none is.
    """

    file: str
    sheet: str
    cell: str
    field: Mapping[str, str]
    found: str
    nearest: str


@dataclass(frozen=True, slots=True)
class TableNote:
    """What was recognised in a sheet.

    Attributes:
        template: Label of the known template, by language.
        unmatched: Headers that no field carries.
    """

    file: str
    sheet: str
    template: Mapping[str, str]
    form: str
    records: int
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormCounts:
    """What happens to the records of one form; the three add up to the records read less the rejected ones."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """Which record a row became: by this its cells are found again when the workbook is handed back.

    Attributes:
        read: The row as it was read.
        parent: Of a child, the record it belongs to.
    """

    path: Path
    sheet: str
    form: str
    record: RecordId
    read: SheetRecord
    parent: RecordId | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A template of another department or another round: nothing of it is taken unless a person says so.

    Attributes:
        department: Code it was written for, empty when that is this department's or has been said.
        name: What that department is called.
        round: Census and round it was written for, empty likewise.
    """

    file: str
    department: str
    name: str
    round: str

    @property
    def marks(self) -> tuple[str, ...]:
        """What a person must say to have it taken."""
        return tuple(filter(None, (self.department, self.round)))

    @property
    def code(self) -> str:
        """Why it is not taken, as in `resources/messages`."""
        return "TEMPLATE_OTHER_DEPARTMENT" if self.department else "TEMPLATE_OTHER_ROUND"

    @property
    def params(self) -> dict[str, str]:
        """Placeholders of the sentence."""
        whose = {"name": self.name, "department": self.department} if self.department else {}
        return {"file": self.file, **whose, "round": self.round, "marks": " ".join(self.marks)}


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; applying it writes exactly this.

    Attributes:
        counts: By form id.
        unfit_values: Values kept as given because they do not fit; `unfit` is their number.
        understood: (field label, text as given, value understood) with how often, most frequent first.
        placed: Every row that was taken, with its record.
        contents: What was read, file by file; never shown as a whole, for it holds what is refused as well.
        withheld: Sheet and number of the rows whose content must not be repeated anywhere (SEC-1, SEC-2).
        foreign_units: Names of providers in the file that are not this department, with how often.
        elsewhere: Templates of others among the files; nothing else of the plan speaks of their content.
    """

    files: tuple[Path, ...]
    operations: tuple[Operation, ...]
    counts: Mapping[str, FormCounts]
    rejected: tuple[RejectedRow, ...]
    changed_values: tuple[ChangedValue, ...]
    unfit_values: tuple[UnfitValue, ...]
    understood: tuple[tuple[str, str, str, int], ...]
    foreign_units: Mapping[str, int]
    tables: tuple[TableNote, ...]
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()
    placed: tuple[PlacedRow, ...] = field(default=(), repr=False)
    contents: tuple[tuple[Path, WorkbookContent], ...] = field(default=(), repr=False)
    withheld: frozenset[tuple[str, int]] = frozenset()
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def told(self) -> tuple[tuple[str, Mapping[str, str], int], ...]:
        """What a person should know of the files, each kind once for a sheet, with how often it was met.

        Columns that are not read stand with their tables.
        """
        first: dict[tuple[str, str, str], Mapping[str, str]] = {}
        times: Counter[tuple[str, str, str]] = Counter()
        for code, params in self.notes:
            if code not in _WITH_TABLES:
                key = (code, params.get("file", ""), params.get("sheet", ""))
                first.setdefault(key, params)
                times[key] += 1
        return tuple((key[0], params, times[key]) for key, params in first.items())

    @property
    def unfit(self) -> int:
        """Values that would be kept as given."""
        return len(self.unfit_values)

    @property
    def new(self) -> int:
        """Records that would be added."""
        return sum(c.new for c in self.counts.values())

    @property
    def changed(self) -> int:
        """Records that would be changed."""
        return sum(c.changed for c in self.counts.values())

    @property
    def unchanged(self) -> int:
        """Records that are already as the file says."""
        return sum(c.unchanged for c in self.counts.values())

    @property
    def rejected_records(self) -> int:
        """Records that are not taken: together with new, changed and unchanged ones, all that were read."""
        return sum(row.records for row in self.rejected)
