"""Hand up a part of a department's census, and take one over: merged field by field, three-way (security §6, §7).

A section or a second PC fills its own workspace and hands it up as a `contribution`; the department hands one down to
begin with or to bring the other up to date. Both ways are the same. Conflicts are decided in `reconciling`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from census_app.domain import merging
from census_app.domain.changes import Insert, Operation, Origin, Put, Step, StepDone
from census_app.domain.merging import WHOLE, Conflict, Key, Line, Lines, MergePlan
from census_app.domain.records import RecordId
from census_app.errors import DataProblem, UserError
from census_app.exchange.package import (
    ZERO_HASH,
    PackageDraft,
    TrustAnchors,
    VerifiedPackage,
    WrittenPackage,
    open_package,
    write_package,
)
from census_app.exchange.refusals import ScopeViolation, WrongAudience
from census_app.exchange.signers import Signer
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.lines import FormLines
from census_app.services import contribution_lines as texts
from census_app.services.anchoring import anchors_of, trust_version
from census_app.services.campaigns import require_same_census
from census_app.services.contribution_lines import LeftOut, LineCodec
from census_app.services.contribution_peer import (
    CONTRIBUTION,
    EXPLANATION,
    Peer,
    State,
    belong_together,
)
from census_app.services.enrolling import describe_sender
from census_app.services.folders import make_folder
from census_app.services.form_versions import UnfitText, plan_for, schema_for, upgraded_lines
from census_app.services.going_on import require_known_chain
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import (
    BaseLine,
    Clock,
    ConflictEntry,
    Explanation,
    SentPackage,
    WorkspaceStore,
)
from census_app.services.reconciling import require_settled
from census_app.services.refusing import refuse, refuse_changes
from census_app.services.sent_packages import remembered


@dataclass(frozen=True, slots=True)
class ContributionWritten:
    """A contribution that was handed on.

    Attributes:
        counts: Form id → operation → number of lines.
        left_out: Answers that do not fit their field and stayed here.
    """

    package: WrittenPackage
    counts: Mapping[str, Mapping[str, int]]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class ContributionPlan:
    """What taking a contribution over would do; nothing is written yet.

    Attributes:
        outcome: `ready`, or `duplicate` when it was taken over before: then there is nothing to do.
        merge: New, changed and removed records, conflicts, unchanged lines.
        lines: What the contribution says, to be kept as a base.
        explanations: Reasons for warnings that we do not have.
    """

    path: Path
    outcome: Literal["ready", "duplicate"]
    package: SentPackage
    sender_name: str
    merge: MergePlan = field(default_factory=MergePlan)
    operations: tuple[Operation, ...] = ()
    conflicts: tuple[ConflictEntry, ...] = ()
    lines: tuple[BaseLine, ...] = ()
    explanations: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class ContributionDone:
    """What taking a contribution over did; `snapshot` is the file as it was before."""

    plan: ContributionPlan
    step: StepDone
    snapshot: Path | None = None


# -- handing on --------------------------------------------------------------------------------------------------------


def write_contribution(
    store: WorkspaceStore,
    audience: str,
    directory: Path,
    signer: Signer,
    *,
    clock: Clock,
    software: str,
) -> ContributionWritten:
    """Write the next contribution to another side into a folder.

    It carries the complete state but for the department's own record, finished or not; answers that do not fit their
    field stay here and are named in the outcome.

    Args:
        audience: Code of the other side; empty: the department this section or second PC belongs to.
        signer: Unlocked.

    Raises:
        UserError: `CONTRIBUTION_AUDIENCE`, `CONTRIBUTION_AUDIENCE_MISSING`, `EXPORT_CONFLICTS`,
            `EXPORT_RESTORED`, `EXPORT_COPIED`.
        EnvironmentProblem: The file cannot be written; nothing is remembered then.
    """
    peer = _audience(store, audience)
    require_settled(store)
    require_known_chain(store)
    make_folder(directory)
    peers = Peer(store, peer)
    lines = State(store, peers)
    draft = _draft(store, peers, lines, clock, software)
    written = write_package(directory, draft, signer, line_schema=FormLines(store.form_set))
    sent = remembered(written, stamp(clock.now()), direction="sent")
    store.register_contribution(sent, lines.base_lines())
    return ContributionWritten(written, written.counts, tuple(lines.left_out))


def _audience(store: WorkspaceStore, given: str) -> str:
    own = store.facts().department_code
    code = given.strip().upper()
    if not code and len(own) <= texts.USCC_LENGTH:
        raise UserError("CONTRIBUTION_AUDIENCE_MISSING")
    code = code or own[: texts.USCC_LENGTH]
    if not code.isalnum() or not code.isascii() or not belong_together(_trust(store), own, code):
        raise UserError("CONTRIBUTION_AUDIENCE", given=code, own=own)
    return code


def _trust(store: WorkspaceStore) -> TrustAnchors:
    if not store.roots():
        raise UserError("NOT_ENROLLED")
    return anchors_of(store)


def _draft(
    store: WorkspaceStore, peer: Peer, lines: State, clock: Clock, software: str
) -> PackageDraft:
    facts = store.facts()
    return PackageDraft(
        type=CONTRIBUTION,
        sender=facts.department_code,
        audience=peer.code,
        sequence=peer.last_sent.sequence + 1 if peer.last_sent else 1,
        previous=peer.last_sent.identity if peer.last_sent else ZERO_HASH,
        in_reply_to=peer.last_taken.identity if peer.last_taken else "",
        instance=facts.instance,
        created=clock.now(),
        form_version=store.form_set.version,
        trust_version=trust_version(store),
        package_json=describe_sender(store, software),
        units=_units(store, peer.code),
        record_lines=lines.encoded(),
    )


def _units(store: WorkspaceStore, peer: str) -> frozenset[str]:
    """Return the bodies with codes of their own that either side reports for."""
    listed, none = anchors_of(store).units, frozenset[str]()
    return listed.get(store.facts().department_code, none) | listed.get(peer, none)


# -- taking over -------------------------------------------------------------------------------------------------------


def plan_contribution(store: WorkspaceStore, path: Path, *, clock: Clock) -> ContributionPlan:
    """Verify a contribution and say what taking it over would do; nothing is written.

    Raises:
        Refused: The package is not sound; `AUDIENCE`, it is for another; `SCOPE`, its sender is neither a unit of ours
            nor our department.
        UserError: `NOT_CONTRIBUTION`, `NOT_ENROLLED`, `FORM_VERSION_OTHER`, `CENSUS_OTHER`; `REFUSED_VALUE`, it holds
            what must not be here at all.
        DataProblem: `CONTRIBUTION_GAP`, an earlier one is missing; `CONTRIBUTION_FORK`, it does not follow the last
            one; `RECORD_ORPHAN`, a child without its owner.
    """
    trust = _trust(store)
    schema = partial(schema_for, store)
    with open_package(path, trust, now=clock.now(), line_schema=schema) as package:
        _admit(store, trust, package)
        peer = Peer(store, package.statement.sender)
        facts = remembered(package, stamp(clock.now()), direction="received")
        name = package.description.department.name
        if peer.has_taken(package.identity):
            return ContributionPlan(path, "duplicate", facts, name)
        _require_next(peer, package)
        form_plan = plan_for(store, package.statement.form_version)
        unfit: list[UnfitText] = []
        lines = list(upgraded_lines(package.iter_records(), form_plan, unfit))
    left_out = {(form, record, field_id) for form, record, field_id, _text in unfit}
    begun = ContributionPlan(path, "ready", facts, name)
    return _plan(store, peer, begun, lines, left_out, clock)


def _admit(store: WorkspaceStore, trust: TrustAnchors, package: VerifiedPackage) -> None:
    statement, facts = package.statement, store.facts()
    if statement.type != CONTRIBUTION:
        raise UserError("NOT_CONTRIBUTION", type=statement.type, file=package.path.name)
    if statement.audience != facts.department_code:
        raise WrongAudience("statement", statement.audience, package.path.name)
    if not belong_together(trust, facts.department_code, statement.sender):
        raise ScopeViolation("statement", statement.sender, package.path.name)
    require_same_census(package.description.census.id, facts.census_id)
    if not package.form_known:
        raise UserError("FORM_VERSION_OTHER", version=statement.form_version)


def _require_next(peer: Peer, package: VerifiedPackage) -> None:
    statement, last = package.statement, peer.last_taken
    number, head = (last.sequence, last.identity) if last else (0, ZERO_HASH)
    if statement.sequence > number + 1:
        raise DataProblem(
            "CONTRIBUTION_GAP", file=package.path.name, missing=number + 1, sequence=statement.sequence
        )  # fmt: skip
    if statement.sequence <= number or statement.previous != head:
        raise DataProblem(
            "CONTRIBUTION_FORK", file=package.path.name, sequence=statement.sequence, last=number
        )


def _plan(
    store: WorkspaceStore,
    peer: Peer,
    begun: ContributionPlan,
    lines: Sequence[Mapping[str, Any]],
    left_out: Collection[tuple[str, str, str]],
    clock: Clock,
) -> ContributionPlan:
    codec = LineCodec(store, peer.code)
    ours = {key: codec.line(record) for key, record in codec.records().items()}
    parents = {form.id: form.parent for form in store.form_set.forms}
    # What is announced, or gone from a form we do not have, is nothing to do.
    of_records = {
        (line["form"], line["id"]): line
        for line in lines
        if line["form"] in parents and line["op"] != "pending"
    }
    theirs = {key: texts.line_of(line) for key, line in of_records.items()}
    bases = peer.bases(begun.package.in_reply_to)
    for form, record, field_id in left_out:
        _as_before(theirs, (form, record), field_id, bases)
    merge = merging.merge_all(bases, ours, theirs, parents)
    _require_owners(store, merge, ours)
    reasons = {key: line["reason"] for key, line in of_records.items() if line["op"] == "delete"}
    operations = codec.operations(merge, reasons)
    _require_admissible(store, operations, clock)
    return ContributionPlan(
        path=begun.path,
        outcome="ready",
        package=begun.package,
        sender_name=begun.sender_name,
        merge=merge,
        operations=operations,
        conflicts=tuple(_entry(begun.package.identity, each) for each in merge.conflicts),
        lines=tuple(BaseLine(*key, texts.json_text(line)) for key, line in of_records.items()),
        explanations=_new_reasons(
            store, begun, lines, {*ours, *(key for key, _line in merge.inserts)}
        ),
    )


def _as_before(
    theirs: dict[Key, Line | None], key: Key, field_id: str, bases: Sequence[Lines]
) -> None:
    """Let an answer that our form set does not admit count as unchanged, rather than as emptied."""
    line = theirs[key]
    before = next((b for base in bases if (b := base.get(key)) is not None), None)
    if line is not None and before is not None and field_id in before.values:
        values = {**line.values, field_id: before.values[field_id]}
        theirs[key] = Line(line.unit, values)


def _require_owners(store: WorkspaceStore, merge: MergePlan, ours: Mapping[Key, Line]) -> None:
    here = {*ours, *(key for key, _line in merge.inserts)}
    for (form_id, record), line in merge.inserts:
        form = store.form_set.form(form_id)
        if form.parent and (form.parent, line.values.get(merging.PARENT)) not in here:
            raise DataProblem("RECORD_ORPHAN", form=form.label.zh, record=record)


def _require_admissible(
    store: WorkspaceStore, operations: Sequence[Operation], clock: Clock
) -> None:
    """Stop before anything is kept that must not be here at all, be it signed or not (SEC-1, SEC-2).

    Raises:
        UserError: `REFUSED_VALUE`.
    """
    refuse_changes(store, [each for each in operations if isinstance(each, Put)], clock)
    context, today = context_for(store), clock.now().date().isoformat()
    evaluators: dict[str, RecordEvaluator] = {}
    for each in operations:
        if isinstance(each, Insert):
            form = store.form_set.form(each.record.form)
            if form.id not in evaluators:
                evaluators[form.id] = RecordEvaluator(form, store.form_set, today)
            refuse(evaluators[form.id], form, each.record.values, context)


def _entry(package: str, conflict: Conflict) -> ConflictEntry:
    told = f"{package}:{conflict.form}:{conflict.record}:{conflict.field}"
    write: Any = texts.subtree_text if conflict.field == WHOLE else texts.json_text
    return ConflictEntry(
        id=hashlib.sha256(told.encode()).hexdigest()[:32],
        package=package,
        form=conflict.form,
        record=conflict.record,
        field=conflict.field,
        base=write(conflict.base),
        ours=write(conflict.ours),
        theirs=write(conflict.theirs),
    )


def _new_reasons(
    store: WorkspaceStore,
    begun: ContributionPlan,
    lines: Sequence[Mapping[str, Any]],
    here: Collection[Key],
) -> tuple[Explanation, ...]:
    have = {(e.record, e.rule, e.values_sha256) for e in store.explanations()}
    told = [line["values"] for line in lines if line["form"] == EXPLANATION]
    return tuple(
        Explanation(
            RecordId(each["record"]),
            each["rule"],
            each["values_sha256"],
            each["reason"],
            begun.sender_name,
            begun.package.created,
        )
        for each in told
        if (each["record"], each["rule"], each["values_sha256"]) not in have
        and (each["form"], each["record"]) in here
    )


def apply_contribution(
    store: WorkspaceStore, plan: ContributionPlan, *, actor: str, clock: Clock
) -> ContributionDone:
    """Take a planned contribution over, after a snapshot, as one step that an undo takes back as a whole.

    Where both sides changed the same field differently ours stays, and the conflict waits (`reconciling`).

    Raises:
        UserError: `CONTRIBUTION_CHANGED`, the workspace is no longer as the plan saw it; and as `plan_contribution`.
    """
    fresh = plan_contribution(store, plan.path, clock=clock)
    if fresh.package.identity != plan.package.identity or (
        (fresh.outcome, fresh.merge) != (plan.outcome, plan.merge)
    ):
        raise UserError("CONTRIBUTION_CHANGED", file=plan.path.name)
    if fresh.outcome == "duplicate":
        return ContributionDone(fresh, StepDone(0, ()))
    snapshot = store.snapshot("merge")
    params = {
        "name": fresh.sender_name,
        "count": str(len(fresh.operations)),
        "identity": fresh.package.identity,
    }
    step = Step("STEP_MERGE", actor, Origin.MERGED, stamp(clock.now()), fresh.operations, params)
    done = store.take_contribution(
        step, fresh.package, fresh.lines, fresh.conflicts, fresh.explanations
    )
    return ContributionDone(fresh, done, snapshot)
