"""Begin a round from the last one, and check its records one by one: unchanged, changed, retired, new.

The last round is a department's file or a package it handed in; records keep their ids, so that a coordinator sees
changes and not a new census. What is confirmed stays in the file: the package is the state, and a record that did not
change is put again (ADR 0089).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from census_app.domain.changes import Insert, Operation, Origin, Put, Step, StepDone
from census_app.domain.holdings import (
    CarriedOver,
    Delta,
    DeltaState,
    Explanation,
    LastRound,
    SentPackage,
    StoredBundle,
)
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.domain.schemas import Sighting
from census_app.domain.training import is_training, training_census
from census_app.errors import UserError
from census_app.exchange.package import TrustAnchors, VerifiedPackage, open_package
from census_app.exchange.reserved import RESERVED_FORMS
from census_app.formspec.lines import PARENT, POSITION, line_values
from census_app.formspec.model import Form
from census_app.formspec.types import JsonValue, value_from_json
from census_app.services.backing_up import carry_attachments
from census_app.services.contribution_lines import USCC_LENGTH
from census_app.services.form_versions import UnfitText, plan_for, schema_for, upgraded_lines
from census_app.services.journalling import value_from_journal
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, Workshop, WorkspaceStore
from census_app.services.sent_packages import remembered, submissions

_BEGINS: Final = b"PK\x03\x04"
_EXPLANATION: Final = "explanation"
_BESIDE: Final = frozenset({PARENT, POSITION})
_HISTORY: Final = 10_000
"""Lines of a record's history that are read at most to find its values of the last round."""

Lines = Iterable[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class RoundBegun:
    """A workspace that was begun from the last round.

    Attributes:
        counts: Form id → records.
        unfit: Answers that the forms of today do not admit; they stand in their fields as text, to be mended.
        continues: Whether its packages go on with the numbers of the last round's.
    """

    path: Path
    last: LastRound
    department: str
    counts: Mapping[str, int]
    unfit: int
    continues: bool


@dataclass(slots=True)
class _Source:
    """What the last round says, before it is brought to the forms of today."""

    code: str
    name: str
    own: RecordId | None
    version: str
    last: LastRound
    lines: list[Mapping[str, object]] = field(default_factory=list)
    unfit: list[UnfitText] = field(default_factory=list)
    reasons: list[Explanation] = field(default_factory=list)
    packages: list[SentPackage] = field(default_factory=list)
    handed_in: set[tuple[str, str]] = field(default_factory=set)
    sightings: list[Sighting] = field(default_factory=list)
    trust: _Trust | None = None
    training: bool = False


@dataclass(frozen=True, slots=True)
class _Trust:
    """Whom the last round's file believed, and the key it had."""

    certificate: str
    roots: str
    candidate: str
    bundle: StoredBundle | None


def is_package(source: Path) -> bool:
    """Say whether the last round is a package, which only a trust file can vouch for, or a department's file.

    Raises:
        UserError: `FILE_MISSING`.
    """
    if not source.is_file():
        raise UserError("FILE_MISSING", path=str(source))
    with source.open("rb") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def begin_round(
    workshop: Workshop,
    path: Path,
    source: Path,
    *,
    department: str = "",
    trust: TrustAnchors | None = None,
) -> RoundBegun:
    """Make the workspace of a new round from the last one.

    Args:
        source: The last round's file, or the last package that was accepted.
        department: Its name today; empty keeps the last round's.
        trust: Whom to believe; needed for a package.

    Raises:
        UserError: `FILE_MISSING`, `FILE_EXISTS`; `ROUND_TRUST`, a package without anybody to vouch for it;
            `ROUND_PACKAGE`, not a hand-in; `ROUND_FORMS`, its forms are newer than this program's.
        Refused: The package is not sound.
        DataProblem, EnvironmentProblem: One of the files cannot be read or written.
    """
    if path.exists():
        raise UserError("FILE_EXISTS", path=str(path))
    if is_package(source):
        if trust is None:
            raise UserError("ROUND_TRUST", file=source.name)
        own_form = workshop.form_set().by_role("department_name")[0].id
        found = _head_of_package(source, trust, workshop.clock, own_form)
    else:
        found = _from_workspace(workshop, source)
    store = workshop.create_workspace(path, department or found.name, found.code, found.own)
    try:
        if trust is not None and found.last.kind == "package":
            _read_package(store, source, trust, workshop.clock, found)
        begun = _fill(store, found, workshop.clock)
        if found.last.kind == "workspace":
            carry_attachments(source, path)
    except BaseException:
        store.close()
        path.unlink(missing_ok=True)
        raise
    finally:
        store.close()
    return begun


# -- reading the last round --------------------------------------------------------------------------------------------


def _from_workspace(workshop: Workshop, source: Path) -> _Source:
    with closing(workshop.open_workspace(source)) as store:
        facts, form_set = store.facts(), store.form_set
        sent = submissions(store)
        newest = store.journal(limit=1)
        last = LastRound(
            kind="workspace",
            name=source.name,
            identity=sent[-1].identity if sent else "",
            sequence=sent[-1].sequence if sent else 0,
            created=newest[0].at if newest else facts.created_at,
            census_id=facts.census_id,
            round=facts.round,
            at=stamp(workshop.clock.now()),
        )
        form, _name = form_set.by_role("department_name")
        own = next(iter(store.stream_records(form.id)), None)
        found = _Source(
            facts.department_code,
            facts.department_name,
            own.id if own is not None else None,
            form_set.version,
            last,
            reasons=store.explanations(),
            sightings=store.sightings(),
            packages=sent,
            handed_in=store.handed_in(),
            training=facts.training,
            trust=_Trust(store.certificate(), store.roots(), store.candidate(), store.bundle()),
        )
        for each in form_set.forms:
            for record in store.stream_records(each.id):
                found.lines.append(_line(record, each))
                found.unfit += [
                    (each.id, record.id, name, value.text)
                    for name, value in record.values.items()
                    if isinstance(value, Unfit)
                ]
    return found


def _line(record: Record, form: Form) -> Mapping[str, object]:
    fitting = {n: v for n, v in record.values.items() if not isinstance(v, Unfit)}
    legal = Record(form.id, record.id, fitting, record.parent, record.position, record.unit)
    values = line_values(legal, form)
    return {"form": form.id, "id": record.id, "unit": record.unit, "op": "put", "values": values}


def _head_of_package(source: Path, trust: TrustAnchors, clock: Clock, own_form: str) -> _Source:
    with open_package(source, trust, now=clock.now()) as package:
        statement, told = package.statement, package.description
        if statement.type != "submission":
            raise UserError("ROUND_PACKAGE", file=source.name, type=statement.type)
        last = LastRound(
            kind="package",
            name=statement.package,
            identity=package.identity,
            sequence=statement.sequence,
            created=statement.created,
            census_id=told.census.id,
            round=told.census.round,
            at=stamp(clock.now()),
        )
        code = statement.sender[:USCC_LENGTH]
        own = [
            RecordId(line["id"])
            for line in _lines(package)
            if line["form"] == own_form and line["op"] == "put" and code in line["values"].values()
        ]
        return _Source(
            statement.sender,
            told.department.name,
            own[0] if own else None,
            statement.form_version,
            last,
            packages=[remembered(package, stamp(clock.now()), direction="sent")],
            training=is_training(told.census.id),
        )


def _lines(package: VerifiedPackage) -> Iterable[Mapping[str, Any]]:
    """Return the lines as what they are after the schema has admitted them."""
    return package.iter_records()


def _read_package(
    store: WorkspaceStore, source: Path, trust: TrustAnchors, clock: Clock, found: _Source
) -> None:
    """Read the lines of a package, now that a workspace knows what they may hold."""
    with open_package(
        source, trust, now=clock.now(), line_schema=partial(schema_for, store)
    ) as package:
        if not package.form_known:
            raise UserError("ROUND_FORMS", version=found.version)
        for line in _lines(package):
            if line["form"] == _EXPLANATION:
                found.reasons.append(_reason(line["values"], found, package))
            elif line["op"] == "put" and line["form"] not in RESERVED_FORMS:
                found.lines.append(line)
                found.handed_in.add((line["form"], line["id"]))


def _reason(values: Mapping[str, Any], found: _Source, package: VerifiedPackage) -> Explanation:
    return Explanation(
        record=RecordId(values["record"]),
        rule=values["rule"],
        values_sha256=values["values_sha256"],
        reason=values["reason"],
        actor=found.name,
        at=package.statement.created,
    )


# -- writing the new one -----------------------------------------------------------------------------------------------


def _fill(store: WorkspaceStore, found: _Source, clock: Clock) -> RoundBegun:
    form_set, facts = store.form_set, store.facts()
    plan = plan_for(store, found.version)
    if plan is None and found.version != form_set.version:
        raise UserError("ROUND_FORMS", version=found.version)
    unfit = found.unfit if plan is None else []
    if plan is not None:
        for form, identity, name, text in found.unfit:
            today = plan.field_id(form, name) if plan.keeps_form(form) else None
            if today is not None:
                unfit.append((form, identity, today, text))
    texts: dict[tuple[str, str], dict[str, Value]] = {}
    lines = [line for line in upgraded_lines(found.lines, plan, unfit) if line["op"] == "put"]
    for form, identity, name, text in unfit:
        texts.setdefault((form, identity), {})[name] = Unfit(text)
    records = [_record(form_set.form(str(line["form"])), line, texts) for line in lines]
    operations = tuple(_operations(store, _with_owners(records)))
    # Practice stays practice: its answers must not come into a real census by a detour.
    census = training_census(facts.census_id) if found.training else facts.census_id
    continues = found.last.census_id == census
    step = Step(
        "STEP_CARRY", "", Origin.SYSTEM, stamp(clock.now()), operations,
        {"name": found.last.name, "count": str(len(operations))},
    )  # fmt: skip
    over = CarriedOver(
        found.last,
        max(facts.round, found.last.round + 1) if continues else facts.round,
        census,
        found.training,
        tuple(found.reasons),
        tuple(found.packages) if continues else (),
        frozenset(found.handed_in if continues else ()),
        tuple(found.sightings),
    )
    store.carry_over(step, over)
    if continues and found.trust is not None:
        _believe(store, found.trust)
    counts: dict[str, int] = {}
    for record in records:
        counts[record.form] = counts.get(record.form, 0) + 1
    return RoundBegun(
        store.path, found.last, store.facts().department_name, counts, len(unfit), continues
    )


def _believe(store: WorkspaceStore, trust: _Trust) -> None:
    """Keep the key and the roots of the last round: the campaign is the same, and so is whoever signs."""
    if trust.certificate:
        store.store_certificate(trust.certificate, trust.roots)
    if trust.candidate:
        store.store_candidate(trust.candidate)
    if trust.bundle is not None:
        store.store_bundle(trust.bundle, trust.roots)


def _record(
    form: Form, line: Mapping[str, object], texts: Mapping[tuple[str, str], Mapping[str, Value]]
) -> Record:
    raw = cast("Mapping[str, JsonValue]", line["values"])
    values: dict[str, Value] = {
        name: value_from_json(value, form.field_by_id(name))
        for name, value in raw.items()
        if name not in _BESIDE
    }
    identity = RecordId(str(line["id"]))
    owner, place = raw.get(PARENT), raw.get(POSITION, 0)
    return Record(
        form=form.id,
        id=identity,
        values=values | dict(texts.get((form.id, identity), {})),
        parent=RecordId(str(owner)) if owner is not None else None,
        position=place if isinstance(place, int) else 0,
        unit=str(line.get("unit") or ""),
    )


def _with_owners(records: Sequence[Record]) -> list[Record]:
    """Return the records without children whose owner the last round only announced."""
    known = {record.id for record in records if record.parent is None}
    return [record for record in records if record.parent is None or record.parent in known]


def _operations(store: WorkspaceStore, records: Sequence[Record]) -> Iterable[Operation]:
    """Yield what fills the workspace, owners first; the department's own record is there already."""
    order = {form.id: number for number, form in enumerate(store.form_set.forms)}
    facts = store.facts()
    form, name = store.form_set.by_role("department_name")
    (own,) = list(store.stream_records(form.id))
    for record in sorted(records, key=lambda r: (bool(r.parent), order[r.form])):
        if record.id == own.id:
            yield Put(form.id, own.id, {**record.values, name.id: facts.department_name})
        else:
            yield Insert(record)


# -- checking the new round against the last ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeltaProgress:
    """How far the check against the last round is.

    Attributes:
        counts: State → records; `new` ones are not part of `total`.
    """

    counts: Mapping[DeltaState, int]

    @property
    def total(self) -> int:
        """Records of the last round."""
        return sum(n for state, n in self.counts.items() if state != "new")

    @property
    def done(self) -> int:
        """Records of the last round that somebody has dealt with."""
        waiting = self.counts.get("open", 0) + self.counts.get("changing", 0)
        return self.total - waiting


def delta_progress(deltas: Iterable[Delta]) -> DeltaProgress:
    """Return how far the check against the last round is."""
    counts: dict[DeltaState, int] = {}
    for delta in deltas:
        counts[delta.state] = counts.get(delta.state, 0) + 1
    return DeltaProgress(counts)


def confirm_unchanged(
    store: WorkspaceStore, form_id: str, records: Sequence[RecordId], *, actor: str, clock: Clock
) -> StepDone:
    """Say of records that they are as they were in the last round, as one step."""
    return _mark(store, form_id, records, "unchanged", "STEP_CONFIRM", actor=actor, clock=clock)


def mark_changing(
    store: WorkspaceStore, form_id: str, records: Sequence[RecordId], *, actor: str, clock: Clock
) -> StepDone:
    """Say of records that they have changed in fact and are still to be changed here, as one step."""
    return _mark(store, form_id, records, "changing", "STEP_CHANGING", actor=actor, clock=clock)


def unmark(
    store: WorkspaceStore, form_id: str, records: Sequence[RecordId], *, actor: str, clock: Clock
) -> StepDone:
    """Take back what was said of records, as one step."""
    return _mark(store, form_id, records, "", "STEP_UNMARK", actor=actor, clock=clock)


def _mark(
    store: WorkspaceStore,
    form_id: str,
    records: Sequence[RecordId],
    mark: str,
    sentence: str,
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    params = {"form": store.form_set.form(form_id).label.zh, "count": str(len(records))}
    step = Step(sentence, actor, Origin.TYPED, stamp(clock.now()), (), params)
    return store.confirm(form_id, records, mark, step)


def values_of_last_round(
    store: WorkspaceStore, form_id: str, record: RecordId
) -> dict[str, Value | None]:
    """Return, by field, what changed answers were in the last round; None for an empty one."""
    form = store.form_set.form(form_id)
    fields = {f.id: f for f in form.stored_fields}
    old: dict[str, str] = {}
    for entry in store.journal(form_id, record, limit=_HISTORY):
        if entry.field in fields and entry.origin is not Origin.SYSTEM:
            old[entry.field] = entry.old  # newest first: the last one kept is the oldest
    now = store.record(form_id, record)
    found: dict[str, Value | None] = {}
    for name, text in old.items():
        value = value_from_journal(text, fields[name])
        if now is None or now.values.get(name) != value:
            found[name] = value
    return found
