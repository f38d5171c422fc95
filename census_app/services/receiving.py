"""Receive packages into the catalogue: verify, keep whole, check, merge along the chain, release what waited.

Nothing is interpreted before signature, chain and hashes stand (DESIGN §2 idea 4). The catalogue stays a function of
the set of packages: what arrives early waits, what arrives twice changes nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal, Protocol

from census_app.domain.findings import Severity
from census_app.errors import CensusError, DataProblem, EnvironmentProblem, UserError
from census_app.exchange.certificate_facts import Role
from census_app.exchange.package import VerifiedPackage, open_package
from census_app.exchange.refusals import CertificateRevoked, Refused
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.upgrade import UpgradePlan
from census_app.services.anchoring import anchors_of
from census_app.services.campaigns import census_problem
from census_app.services.form_versions import (
    FORM_UNKNOWN,
    UnfitText,
    plan_for,
    schema_for,
    upgraded_lines,
)
from census_app.services.lookup import stamp
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    MergeDone,
    PackageFacts,
    PackageScratch,
    PackageState,
)
from census_app.services.progress import Progress
from census_app.services.stored import stored_package

Outcome = Literal[
    "merged",
    "pending",
    "quarantined",
    "fork",
    "duplicate",
    "refused",
    "form_unknown",
    "applied",
]

MAX_SEQUENCE: Final = 999_999

_OTHER_TYPES: Final[Mapping[str, str]] = {"trust": "trusting", "ledger": "ledgers"}
"""Type of package → module of this room whose `take_in` receives it; named only, because they build on `release`."""


class TakeIn(Protocol):
    """Receives a verified package that is no submission."""

    def __call__(
        self, catalogue: CatalogueStore, path: Path, *, clock: Clock, progress: Progress
    ) -> Received:
        """Take it; a refusal is an outcome, not an exception."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file.

    Attributes:
        outcome: `applied` is what becomes of a package that is no submission.
        code: `MERGED`, `PENDING`, `FORK`, `QUARANTINED`, `DUPLICATE`, `FORM_UNKNOWN`, `APPLIED`, or the refusal's code.
        error: The refusal, for its sentences; None otherwise.
        released: Names of waiting packages that this one let in.
        counts: Form id → operation → number of lines.
        fingerprint: Of the key that signed it.
        notices: `CLOCK`, `TRUST_STALE`.
        type: Of the package: `submission`, `trust`, `ledger`.
    """

    path: Path
    outcome: Outcome
    code: str
    error: CensusError | None = None
    identity: str = ""
    name: str = ""
    department: str = ""
    department_name: str = ""
    sequence: int = 0
    merge: MergeDone | None = None
    errors: int = 0
    warnings: int = 0
    released: tuple[str, ...] = ()
    counts: Mapping[str, Mapping[str, int]] | None = None
    fingerprint: str = ""
    notices: tuple[str, ...] = ()
    type: str = "submission"


def receive(
    catalogue: CatalogueStore, path: Path, *, clock: Clock, progress: Progress | None = None
) -> Received:
    """Receive one package of any type a catalogue takes.

    A package that is refused or cannot be read is an outcome, not an exception, so that a batch goes on; nothing of
    it is kept or interpreted.

    Raises:
        EnvironmentProblem: The catalogue's disk or database; the catalogue is as it was before.
        Cancelled: The person stopped it; likewise.
    """
    progress = progress or Progress()
    try:
        # SM2 roots cannot be read on every computer: that, too, is an outcome of the package.
        package = open_package(
            path,
            anchors_of(catalogue),
            now=clock.now(),
            line_schema=partial(schema_for, catalogue),
            allow_candidate=True,
        )
    except Refused as refused:
        # The file's name is not known yet where the catalogue's own roots could not be read here (SM2).
        return Received(path, "refused", refused.code, refused.about(path.name))
    except (UserError, EnvironmentProblem) as problem:
        return Received(path, "refused", problem.code, problem)
    with package:
        other = _OTHER_TYPES.get(package.statement.type)
        if other is not None:
            take_in: TakeIn = importlib.import_module(f"census_app.services.{other}").take_in
            return take_in(catalogue, path, clock=clock, progress=progress)
        problem_found = _problem(catalogue, package)
        if problem_found is not None:
            return Received(path, "refused", problem_found.code, problem_found)
        with catalogue.holding(package.statement.sender):
            return _admit(catalogue, package, clock, progress)


def _problem(catalogue: CatalogueStore, package: VerifiedPackage) -> CensusError | None:
    if package.statement.type != "submission":
        return UserError("NOT_SUBMISSION", type=package.statement.type)
    other = census_problem(package.description.census.id, catalogue.facts().census_id)
    if other is not None:
        return other
    held, sender = package.role is Role.CANDIDATE, package.statement.sender
    known = {entry.code for entry in catalogue.roster()}
    if sender[:-2] in known:
        # Only the department's main workspace submits (security §6); else its records would count twice.
        return UserError("SECTION_SUBMITS", sender=sender, department=sender[:-2])
    if not held and sender not in known:
        return UserError("DEPARTMENT_UNKNOWN", department=sender)
    return None


def _admit(
    catalogue: CatalogueStore, package: VerifiedPackage, clock: Clock, progress: Progress
) -> Received:
    statement = package.statement
    answer = Received(
        path=package.path,
        outcome="duplicate",
        code="DUPLICATE",
        identity=package.identity,
        name=statement.package,
        department=statement.sender,
        department_name=package.description.department.name,
        sequence=statement.sequence,
        counts=package.counts,
        fingerprint=package.certificate.fingerprint,
        notices=package.notices,
    )
    if any(p.identity == package.identity for p in catalogue.packages(statement.sender)):
        # It may have been kept and not merged, because power or disk failed between the two.
        caught_up = release(catalogue, statement.sender, clock=clock, progress=progress)
        return replace(answer, released=caught_up)
    if not package.form_known:
        held = replace(_facts(package, clock), held=FORM_UNKNOWN)
        catalogue.append_package(held, package.iter_file())
        return replace(answer, outcome="form_unknown", code="FORM_UNKNOWN")
    scratch = catalogue.scratch()
    try:
        try:
            facts = _checked(catalogue, package, scratch, clock, progress)
        except DataProblem as problem:
            return replace(answer, outcome="refused", code=problem.code, error=problem)
        progress.step(2, 3, statement.package)
        catalogue.append_package(facts, package.iter_file())
        answer = replace(answer, errors=facts.errors, warnings=facts.warnings)
        state = _state(catalogue, facts)
        if state != "merged":
            # A fork may have taken the projection back to before it: what stands is merged again.
            release(catalogue, statement.sender, clock=clock, progress=progress)
            return _held(answer, state)
        # With it a chain below a cut point may have become certain: those before it come first.
        before = release(
            catalogue, statement.sender, clock=clock, progress=progress, up_to=facts.sequence - 1
        )
        merge = catalogue.merge(facts, scratch)
    finally:
        scratch.close()
    released = (
        *before,
        *release(catalogue, statement.sender, clock=clock, progress=progress),
    )
    return replace(answer, outcome="merged", code="MERGED", merge=merge, released=released)


def _held(answer: Received, state: str) -> Received:
    """Return what is said of a package that is kept but not merged."""
    if state == "revoked":
        # Only now that it lies beside the others is it certain that the cut point leaves it out.
        refused = CertificateRevoked(detail=str(answer.sequence), file=answer.path.name)
        return replace(answer, outcome="refused", code=refused.code, error=refused)
    held: Mapping[str, Outcome] = {"fork": "fork", "quarantined": "quarantined"}
    outcome = held.get(state, "pending")
    return replace(answer, outcome=outcome, code=outcome.upper())


def _checked(
    catalogue: CatalogueStore,
    package: VerifiedPackage,
    scratch: PackageScratch,
    clock: Clock,
    progress: Progress,
) -> PackageFacts:
    statement = package.statement
    progress.step(0, 3, statement.package)
    announced = load(scratch, package, plan_for(catalogue, statement.form_version))
    errors, warnings = check_scratch(
        catalogue, scratch, clock.now().date().isoformat(), announced=announced
    )
    progress.step(1, 3, statement.package)
    return replace(_facts(package, clock), errors=errors, warnings=warnings)


def _facts(package: VerifiedPackage, clock: Clock) -> PackageFacts:
    """Return the facts of a submission: held in quarantine when nobody vouches for its signer."""
    facts = facts_of_package(package, clock, department=package.statement.sender)
    state: PackageState = "quarantined" if package.role is Role.CANDIDATE else "pending"
    return replace(facts, state=state)


def facts_of_package(
    package: VerifiedPackage,
    clock: Clock,
    *,
    department: str = "",
    direction: Literal["received", "sent"] = "received",
) -> PackageFacts:
    """Return what a catalogue keeps beside the bytes of a verified package.

    Args:
        department: Of a submission its sender, of a review or receipt whom it goes to.
        direction: `sent` for what this catalogue wrote itself.
    """
    statement = package.statement
    return PackageFacts(
        identity=package.identity,
        name=statement.package,
        type=statement.type,
        department=department,
        sequence=statement.sequence,
        previous=statement.previous,
        created=statement.created,
        received_at=stamp(clock.now()),
        form_version=statement.form_version,
        bytes=package.size,
        counts=package.counts,
        state="pending",
        sender=statement.sender,
        audience=statement.audience,
        in_reply_to=statement.in_reply_to,
        signer_serial=f"{package.certificate.serial:x}",
        signer_sha256=package.certificate.sha256,
        direction=direction,
    )


def load(scratch: PackageScratch, package: VerifiedPackage, plan: UpgradePlan | None) -> set[str]:
    """Fill a scratch database with a package's records and return the ids of the announced ones.

    Args:
        plan: How the records of an older form set become those of the catalogue's.
    """
    announced: set[str] = set()
    unfit: list[UnfitText] = []

    def noting() -> Iterator[Mapping[str, object]]:
        for line in upgraded_lines(package.iter_records(), plan, unfit):
            if line["op"] == "pending":
                announced.add(str(line["id"]))
            yield line

    scratch.load(noting())
    scratch.note_unfit(unfit)
    return announced


def check_scratch(
    catalogue: CatalogueStore, scratch: PackageScratch, today: str, *, announced: Collection[str]
) -> tuple[int, int]:
    """Run the rules over a package's records and return the number of errors and of warnings."""
    connection = scratch.rule_connection()
    run = RuleRun(connection, catalogue.form_set, today, announced=announced)
    errors = warnings = 0
    for finding in run.findings():
        errors += finding.severity in {Severity.ERROR, Severity.REFUSAL}
        warnings += finding.severity is Severity.WARNING
    return errors, warnings


def release(
    catalogue: CatalogueStore,
    department: str,
    *,
    clock: Clock,
    progress: Progress,
    up_to: int = MAX_SEQUENCE,
) -> tuple[str, ...]:
    """Merge the waiting packages whose turn has come, in the order of the chain, and return their names.

    Args:
        up_to: Number of the last package to merge.
    """
    released: list[str] = []
    with catalogue.holding(department):
        while True:
            turn = _next_turn(catalogue, department, up_to)
            if turn is None:
                return tuple(released)
            merge_stored(catalogue, turn, clock=clock)
            progress.step(0, 0, turn.name)
            released.append(turn.name)


def _next_turn(catalogue: CatalogueStore, department: str, up_to: int) -> PackageFacts | None:
    """Return the package that is to be merged next, or None."""
    head = next(e.head_sequence for e in catalogue.roster() if e.code == department)
    waiting = (
        p
        for p in catalogue.packages(department)
        if p.sequence == head + 1 <= up_to and p.state == "merged"
    )
    return next(waiting, None)


def merge_stored(catalogue: CatalogueStore, facts: PackageFacts, *, clock: Clock) -> MergeDone:
    """Merge a package that the catalogue already holds; it is verified again first."""
    scratch = catalogue.scratch()
    try:
        schema = partial(schema_for, catalogue)
        with stored_package(catalogue, facts, clock=clock, line_schema=schema) as package:
            load(scratch, package, plan_for(catalogue, facts.form_version))
        return catalogue.merge(facts, scratch)
    finally:
        scratch.close()


def rebuild(catalogue: CatalogueStore, *, clock: Clock, progress: Progress | None = None) -> str:
    """Throw the projection away, build it again from the packages alone, and return the digest."""
    progress = progress or Progress()
    catalogue.forget_projection()
    waiting = [p for p in catalogue.packages() if p.state == "merged"]
    for number, facts in enumerate(waiting):
        progress.step(number, len(waiting), facts.name)
        merge_stored(catalogue, facts, clock=clock)
    return catalogue.digest()


def _state(catalogue: CatalogueStore, facts: PackageFacts) -> str:
    return next(
        p.state for p in catalogue.packages(facts.department) if p.identity == facts.identity
    )
