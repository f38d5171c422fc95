"""What a comparison with the audit office's list says, as plain values: entries in groups, differences, coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from census_app.domain.audit import GROUPS, Group, Kept, MatchedBy
from census_app.services.audit_book import AuditList, AuditRow, Settled


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the list and a record do not agree.

    Attributes:
        label: Name of the field in the asked language.
        ours, theirs: In words; ours is empty where the record has no answer.
        place: What an outcome about it is filed under.
        sha256: Hash of both.
        settled: The outcome in force; None also when one of the two has changed since.
    """

    field: str
    label: str
    ours: str
    theirs: str
    place: str
    sha256: str
    settled: Settled | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list, a record that is not in it, or both side by side.

    Attributes:
        row: None for a record the list lacks.
        kept: The record; with group `confirm` the one that looks like the row.
        department: Code of the department; empty where the list's text stands for none.
        department_name: As the catalogue calls it, else as the list does.
        by, score, candidates: See `domain.audit.Pairing`.
        differences: Only of a row with its record.
        said: What the list says of the audit itself, as (name of the field, text): not compared, for the department
            has nothing to say about it.
        place, sha256, settled: Of a row or record that stands alone, as for a difference.
    """

    group: Group
    row: AuditRow | None
    kept: Kept | None
    department: str
    department_name: str
    name: str
    by: MatchedBy = ""
    score: float = 0.0
    candidates: tuple[tuple[Kept, float], ...] = ()
    differences: tuple[Difference, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    place: str = ""
    sha256: str = ""
    settled: Settled | None = None

    @property
    def key(self) -> str:
        """What names it in the list: the row of the sheet, or department and record."""
        if self.row is not None:
            return str(self.row.number)
        return f"{self.kept.department}:{self.kept.record}" if self.kept is not None else ""

    @property
    def open(self) -> bool:
        """Whether somebody has to say something: confirm a match, settle what is missing or differs."""
        if self.group == "confirm":
            return True
        if self.group == "differs":
            return any(each.settled is None for each in self.differences)
        return self.group != "agrees" and self.settled is None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the audit saw of a department (S-05).

    Attributes:
        records: Records of the form in the catalogue; `audited` of them are in a list.
        listed: Rows that name the department.
        open: Entries for which nothing was decided yet.
        findings: Rows of which the list says something about the audit itself.
    """

    department: str
    name: str
    records: int
    listed: int
    audited: int
    missing_here: int
    missing_there: int
    differing: int
    agreeing: int
    to_confirm: int
    open: int
    findings: int = 0

    @property
    def covered(self) -> bool:
        """Whether the audit looked at the department at all."""
        return self.listed > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A list beside the catalogue.

    Attributes:
        entries: By group, department, name.
        guessed: Department as told → code, where only part of the name fits; `strange`: stand for none, with rows.
        not_covered: Codes of departments no row names; their records are in no group.
        free: Records that are no row's for certain, by department and name.
    """

    list: AuditList
    entries: tuple[Entry, ...]
    coverage: tuple[Coverage, ...]
    guessed: Mapping[str, str]
    strange: Mapping[str, int]
    not_covered: tuple[str, ...]
    free: tuple[Kept, ...] = ()

    def of_group(self, group: Group) -> tuple[Entry, ...]:
        """Return the entries of a group."""
        return tuple(each for each in self.entries if each.group == group)

    @property
    def counts(self) -> dict[Group, int]:
        """How many entries each group has."""
        return {group: len(self.of_group(group)) for group in GROUPS}

    @property
    def open(self) -> int:
        """How many entries wait for somebody."""
        return sum(each.open for each in self.entries)
