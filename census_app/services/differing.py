"""What is different in a catalogue between two moments or rounds: added, changed, retired, vanished, field by field.

Rows are compared by their hashes, so that only what differs is read. Retired is what a package deletes with a
tombstone; what a package merely no longer carries stays in the catalogue and is a finding, `vanished`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from census_app.domain.holdings import PackageFacts
from census_app.domain.records import Record, RecordId, Value
from census_app.errors import UserError
from census_app.formspec.lines import value_json
from census_app.formspec.model import Form
from census_app.services.as_of import as_of, require_moment
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.stored import stored_package
from census_app.services.vanishing import vanished_records

DifferenceKind = Literal["added", "changed", "retired", "vanished"]
DIFFERENCE_KINDS: Final[tuple[DifferenceKind, ...]] = ("added", "changed", "retired", "vanished")

PREVIOUS: Final = "previous"
"""Each department as it stood before its newest package."""

NOW: Final = "now"

_PIECE: Final = 100
"""Records that are compared in one step: some 20 ms."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that is different.

    Attributes:
        old, new: What the catalogue showed and shows; None for empty.
        centre: A value of the centre lies, or lay, on the department's there.
    """

    field: str
    old: Value | None
    new: Value | None
    centre: bool = False


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """One record that is different.

    Attributes:
        owner: Title of the record it belongs to; empty for one of a top-level form.
        fields: Of a changed one what differs, in the order of the form; of an added or retired one its answers.
        package: Identity of the package that brought its row; of a retired one empty.
        reason: Of a retired one, the department's.
        moved: A child record has another owner or place.
        children: Of a vanished one: how many that belong to it vanished with it.
    """

    department: str
    form: str
    record: RecordId
    title: str
    kind: DifferenceKind
    owner: str = ""
    fields: tuple[FieldDifference, ...] = ()
    package: str = ""
    reason: str = ""
    moved: bool = False
    children: int = 0


@dataclass(frozen=True, slots=True)
class DepartmentDifferences:
    """What is different of one department; `records` by form, kind and title."""

    code: str
    name: str
    records: tuple[RecordDifference, ...]

    @property
    def counts(self) -> Mapping[DifferenceKind, int]:
        """Number of records of each kind."""
        return {k: sum(r.kind == k for r in self.records) for k in DIFFERENCE_KINDS}


# -- sides -------------------------------------------------------------------------------------------------------------


def round_numbers(catalogue: CatalogueStore) -> dict[str, int]:
    """Return the round of every merged package, by identity: a package that was returned begins the next."""
    returned = {d.subject for d in catalogue.decisions() if d.kind == "return"}
    found: dict[str, int] = {}
    counted: dict[str, int] = {}
    for package in _merged(catalogue):
        number = counted.get(package.department, 1)
        found[package.identity] = number
        counted[package.department] = number + (package.identity in returned)
    return found


def _merged(catalogue: CatalogueStore, department: str = "") -> list[PackageFacts]:
    return [p for p in catalogue.packages(department) if p.state == "merged"]


@contextmanager
def standing_at(
    catalogue: CatalogueStore, side: str, department: str = "", *, clock: Clock
) -> Iterator[CatalogueStore]:
    """Give the catalogue as it stood on one side of a comparison.

    Args:
        side: A day or moment; the number of a round, after whose packages each department stood so; `PREVIOUS`; `NOW`.
        department: The only one that is looked at; empty for all.

    Raises:
        UserError: `AS_OF_UNREADABLE`, `ROUND_UNKNOWN`.
    """
    moment, without = stamp(clock.now()), frozenset[str]()
    if side == NOW:
        yield catalogue
        return
    if side == PREVIOUS:
        heads = {p.department: p.identity for p in _merged(catalogue, department)}
        without = frozenset(heads.values())
    elif side.isascii() and side.isdecimal() and len(side) < 4:
        rounds = round_numbers(catalogue)
        newest = max(rounds.values(), default=1)
        if not 1 <= int(side) <= newest:
            raise UserError("ROUND_UNKNOWN", given=side, newest=newest)
        without = frozenset(i for i, number in rounds.items() if number > int(side))
    else:
        moment = require_moment(side)
    if without:
        # The other side of a fork must not take the place of what is left out.
        held = catalogue.packages(department)
        without |= {p.identity for p in held if p.state != "merged"}
        moment = max([moment, *(p.received_at for p in held)])
    with as_of(catalogue, moment, clock=clock, department=department, without=without) as past:
        yield past


# -- comparing ---------------------------------------------------------------------------------------------------------


def compare(
    catalogue: CatalogueStore,
    before: str = PREVIOUS,
    after: str = NOW,
    department: str = "",
    *,
    clock: Clock,
) -> tuple[DepartmentDifferences, ...]:
    """Return what is different between two sides, by department; departments without differences are left out.

    Raises:
        UserError: As `standing_at`; `ROUND_ORDER`, two rounds or two days in the wrong order.
    """
    return _all_of(compare_parts(catalogue, before, after, department, clock=clock))


Parts = Generator[int, None, tuple[DepartmentDifferences, ...]]
"""A comparison in pieces: each step yields how many records were compared so far; what it returns is the result."""


def compare_parts(
    catalogue: CatalogueStore,
    before: str = PREVIOUS,
    after: str = NOW,
    department: str = "",
    *,
    clock: Clock,
) -> Parts:
    """Compare as `compare`, in pieces: every step may run at another time, but all on the thread of the store.

    A side that is now is read as it is at each step; whoever lets others write in between begins again when they did.
    """
    _require_order(before, after)
    with standing_at(catalogue, before, department, clock=clock) as old:
        yield 0
        with standing_at(catalogue, after, department, clock=clock) as new:
            yield 0
            standing = after == NOW
            return (
                yield from difference_parts(old, new, department, clock=clock, standing=standing)
            )


def _all_of(parts: Parts) -> tuple[DepartmentDifferences, ...]:
    while True:
        try:
            next(parts)
        except StopIteration as end:
            found: tuple[DepartmentDifferences, ...] = end.value
            return found


def _require_order(before: str, after: str) -> None:
    if before in {PREVIOUS, NOW} or after in {PREVIOUS, NOW}:
        if before == NOW:
            raise UserError("ROUND_ORDER")
        return
    rounds = [int(side) for side in (before, after) if side.isdecimal() and len(side) < 4]
    if len(rounds) == 2 and rounds[0] > rounds[1]:
        raise UserError("ROUND_ORDER")
    if not rounds and require_moment(before) > require_moment(after):
        raise UserError("ROUND_ORDER")


def differences(
    before: CatalogueStore, after: CatalogueStore, department: str = "", *, clock: Clock
) -> tuple[DepartmentDifferences, ...]:
    """Return what is different between two catalogues of one form set, by department.

    Args:
        department: The only one that is looked at; empty for all.
        clock: To open the packages that delete something, for their reasons.
    """
    return _all_of(difference_parts(before, after, department, clock=clock))


def difference_parts(
    before: CatalogueStore,
    after: CatalogueStore,
    department: str = "",
    *,
    clock: Clock,
    standing: bool = False,
) -> Parts:
    """Find what `differences` returns, in pieces of at most `_PIECE` records.

    Args:
        standing: What had vanished before already is among it: a finding stays one until the department has said
            what became of the record, whatever it hands in meanwhile.
    """
    found: dict[str, list[RecordDifference]] = {}
    touched = _touched(before, after, department)
    looked = 0
    for form in after.form_set.forms:
        marked = _marked(before, after, form, department, touched)
        yield looked
        for code, (old, new) in marked.items():
            sides = _Sides(before, after, form, code)
            wanted = sorted(old | new)
            for start in range(0, len(wanted), _PIECE):
                piece = wanted[start : start + _PIECE]
                found.setdefault(code, []).extend(sides.differences(piece))
                looked += len(piece)
                yield looked
    earlier = set() if standing else set(before.vanished(department))
    for each in vanished_records(after, department):
        if (each.department, each.form, each.record) not in earlier:
            found.setdefault(each.department, []).append(
                RecordDifference(
                    each.department, each.form, each.record, each.title, "vanished", each.owner,
                    children=each.children,
                )
            )  # fmt: skip
    names = {entry.code: entry.name for entry in after.roster()}
    order = {form.id: n for n, form in enumerate(after.form_set.forms)}
    return tuple(
        DepartmentDifferences(
            code,
            names.get(code, code),
            tuple(
                sorted(
                    _with_reasons(before, after, code, found[code], clock),
                    key=lambda r: (
                        order[r.form],
                        DIFFERENCE_KINDS.index(r.kind),
                        r.title,
                        r.record,
                    ),
                )
            ),
        )
        for code in sorted(found)
        if found[code]
    )


_Laid = Mapping[tuple[str, str], frozenset[tuple[str, str]]]
"""(department, form) → (record, field) where a value of the centre lies differently, or lies at all."""


def _touched(before: CatalogueStore, after: CatalogueStore, department: str) -> _Laid:
    """Return where values of the centre lie differently."""
    old = {(each.place, each.ours) for each in before.laid(department)}
    new = {(each.place, each.ours) for each in after.laid(department)}
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for place, _ in old ^ new:
        found.setdefault((place.department, place.form), set()).add((place.record, place.field))
    return {key: frozenset(places) for key, places in found.items()}


def _marked(
    before: CatalogueStore, after: CatalogueStore, form: Form, department: str, touched: _Laid
) -> dict[str, tuple[set[str], set[str]]]:
    """Return, by department, the records whose rows differ: those of before and those of after."""
    old = {(m.department, m.record): m.sha256 for m in before.row_marks(form.id, department)}
    found: dict[str, tuple[set[str], set[str]]] = {}
    for mark in after.row_marks(form.id, department):
        if old.pop((mark.department, mark.record), None) != mark.sha256:
            found.setdefault(mark.department, (set(), set()))[1].add(mark.record)
    for code, record in old:
        found.setdefault(code, (set(), set()))[0].add(record)
    for (code, form_id), places in touched.items():
        if form_id == form.id:
            found.setdefault(code, (set(), set()))[1].update(record for record, _ in places)
    return found


class _Sides:
    """One form of one department on both sides."""

    def __init__(
        self, before: CatalogueStore, after: CatalogueStore, form: Form, code: str
    ) -> None:
        self._before, self._after = before, after
        self._form, self._code = form, code
        self._sources = {m.record: m.source for m in after.row_marks(form.id, code)}
        self._centre = {
            (each.place.record, each.place.field)
            for store in (before, after)
            for each in store.laid(code)
            if each.place.form == form.id
        }

    def differences(self, wanted: Sequence[str]) -> Iterator[RecordDifference]:
        """Yield those of some records that are another on either side."""
        form, code = self._form, self._code
        old = self._before.department_records(form.id, code, wanted)
        new = self._after.department_records(form.id, code, wanted)
        owners = _owners(self._before, self._after, form, code, (*old.values(), *new.values()))
        for record in wanted:
            was, now = old.get(RecordId(record)), new.get(RecordId(record))
            shown = now or was
            if shown is None:
                continue
            fields = tuple(_fields(form, record, was, now, self._centre))
            moved = was is not None and now is not None and _place(was) != _place(now)
            if was is not None and now is not None and not fields and not moved:
                continue
            yield RecordDifference(
                code,
                form.id,
                shown.id,
                str(shown.values.get(form.title, "")),
                "added" if was is None else "retired" if now is None else "changed",
                owners.get(shown.parent or "", ""),
                fields,
                self._sources.get(record, "") if now is not None else "",
                moved=moved,
            )


def _place(record: Record) -> tuple[str | None, int]:
    return record.parent, record.position


def _fields(
    form: Form,
    record: str,
    was: Record | None,
    now: Record | None,
    centre: set[tuple[str, str]],
) -> Iterator[FieldDifference]:
    for field in form.stored_fields:
        old = None if was is None else was.values.get(field.id)
        new = None if now is None else now.values.get(field.id)
        if value_json(old, field) != value_json(new, field):
            yield FieldDifference(field.id, old, new, (record, field.id) in centre)


def _owners(
    before: CatalogueStore, after: CatalogueStore, form: Form, code: str, records: Iterable[Record]
) -> dict[str, str]:
    """Return the titles of the records that own some child records."""
    if not form.parent:
        return {}
    parent = after.form_set.form(form.parent)
    ids = sorted({record.parent for record in records if record.parent})
    found = {
        **before.department_records(parent.id, code, ids),
        **after.department_records(parent.id, code, ids),
    }
    return {id_: str(record.values.get(parent.title, "")) for id_, record in found.items()}


def _with_reasons(
    before: CatalogueStore,
    after: CatalogueStore,
    code: str,
    records: Iterable[RecordDifference],
    clock: Clock,
) -> Iterator[RecordDifference]:
    """Give retired records the reasons that the packages in between carry."""
    listed = list(records)
    reasons: dict[tuple[str, str], str] = {}
    if any(each.kind == "retired" for each in listed):
        known = {p.identity for p in _merged(before, code)}
        for package in _merged(after, code):
            deletes = any(ops.get("delete") for ops in package.counts.values())
            if package.identity not in known and deletes:
                reasons |= tombstones(after, package, clock=clock)
    for each in listed:
        reason = reasons.get((each.form, each.record), "")
        yield each if each.kind != "retired" or not reason else _because(each, reason)


def _because(each: RecordDifference, reason: str) -> RecordDifference:
    return RecordDifference(
        each.department, each.form, each.record, each.title, each.kind, each.owner, each.fields,
        reason=reason,
    )  # fmt: skip


def tombstones(
    catalogue: CatalogueStore, package: PackageFacts, *, clock: Clock
) -> dict[tuple[str, str], str]:
    """Return (form, id) → reason of what a package deletes; it is verified again first."""
    with stored_package(catalogue, package, clock=clock) as opened:
        return {
            (str(line["form"]), str(line["id"])): str(line.get("reason") or "")
            for line in opened.iter_records()
            if line["op"] == "delete"
        }
