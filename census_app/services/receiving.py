"""Receive packages into the catalogue: verify, keep whole, check, merge along the chain, release what waited.

Nothing is interpreted before signature, chain and hashes stand (DESIGN §2 idea 4). The catalogue stays a function of
the set of packages: what arrives early waits, what arrives twice changes nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal, Protocol

from census_app.errors import CensusError, DataProblem, EnvironmentProblem, UserError
from census_app.exchange.certificate_facts import Role
from census_app.exchange.package import VerifiedPackage, open_package
from census_app.exchange.refusals import CertificateRevoked, Refused
from census_app.services.anchoring import anchors_of
from census_app.services.campaigns import census_problem
from census_app.services.form_versions import (
    FORM_UNKNOWN,
    plan_for,
    schema_for,
)
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    MergeDone,
    PackageFacts,
    PackageScratch,
    PackageState,
)
from census_app.services.preparing import (
    Ground,
    Helper,
    Prepared,
    discard,
    ground_of,
    received_now,
)
from census_app.services.progress import Progress
from census_app.services.scratch_checks import check_scratch, facts_of_package, load
from census_app.services.stored import stored_package
from census_app.services.undisturbed import undisturbed

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

HelperMaker = Callable[[Ground, Sequence[Path]], Helper]
"""Starts the processes beside that prepare packages; `bootstrap` has one such."""

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
        unexplained: Number of the warnings that came without a reason.
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
    unexplained: int = 0
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
    with undisturbed():
        return _receive(catalogue, path, clock, progress or Progress())


def _receive(catalogue: CatalogueStore, path: Path, clock: Clock, progress: Progress) -> Received:
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
    return _sender_problem(
        catalogue,
        package.description.census.id,
        package.statement.sender,
        held=package.role is Role.CANDIDATE,
    )


def _sender_problem(
    catalogue: CatalogueStore, census: str, sender: str, *, held: bool
) -> CensusError | None:
    other = census_problem(census, catalogue.facts().census_id)
    if other is not None:
        return other
    known = catalogue.department_codes()
    if sender[:-2] in known:
        # Only the department's main workspace submits (security §6); else its records would count twice.
        return UserError("SECTION_SUBMITS", sender=sender, department=sender[:-2])
    if not held and sender not in known:
        return UserError("DEPARTMENT_UNKNOWN", department=sender)
    return None


def _admit(
    catalogue: CatalogueStore, package: VerifiedPackage, clock: Clock, progress: Progress
) -> Received:
    answer, facts = _answer(package, clock), _facts(package, clock)
    known = _known(catalogue, answer, clock, progress)
    if known is not None:
        return known
    if not package.form_known:
        held = replace(facts, held=FORM_UNKNOWN)
        catalogue.append_package(held, package.iter_file())
        return replace(answer, outcome="form_unknown", code="FORM_UNKNOWN")
    scratch = catalogue.scratch()
    try:
        try:
            facts = _checked(catalogue, package, scratch, clock, progress)
        except DataProblem as problem:
            return replace(answer, outcome="refused", code=problem.code, error=problem)
        return _keep(catalogue, answer, facts, package.iter_file(), scratch, clock, progress)
    finally:
        scratch.close()


def _answer(package: VerifiedPackage, clock: Clock) -> Received:
    return _answer_about(
        package.path,
        _facts(package, clock),
        package.description.department.name,
        package.certificate.fingerprint,
        package.notices,
    )


def _answer_about(
    path: Path,
    facts: PackageFacts,
    department_name: str,
    fingerprint: str,
    notices: tuple[str, ...],
) -> Received:
    return Received(
        path=path,
        outcome="duplicate",
        code="DUPLICATE",
        identity=facts.identity,
        name=facts.name,
        department=facts.department,
        department_name=department_name,
        sequence=facts.sequence,
        counts=facts.counts,
        fingerprint=fingerprint,
        notices=notices,
    )


def _known(
    catalogue: CatalogueStore, answer: Received, clock: Clock, progress: Progress
) -> Received | None:
    """Say of a package that is kept already that it is; None for a new one."""
    if all(p.identity != answer.identity for p in catalogue.packages(answer.department)):
        return None
    # It may have been kept and not merged, because power or disk failed between the two.
    caught_up = release(catalogue, answer.department, clock=clock, progress=progress)
    return replace(answer, released=caught_up)


def _keep(
    catalogue: CatalogueStore,
    answer: Received,
    facts: PackageFacts,
    chunks: Iterable[bytes],
    scratch: PackageScratch,
    clock: Clock,
    progress: Progress,
) -> Received:
    """Keep a checked package whole and merge it when its turn has come."""
    progress.step(2, 3, facts.name)
    catalogue.append_package(facts, chunks)
    answer = replace(
        answer,
        errors=facts.errors,
        warnings=facts.warnings,
        unexplained=facts.unexplained,
    )
    state = _state(catalogue, facts)
    if state != "merged":
        # A fork may have taken the projection back to before it: what stands is merged again.
        release(catalogue, facts.department, clock=clock, progress=progress)
        return _held(answer, state)
    # With it a chain below a cut point may have become certain: those before it come first.
    before = release(
        catalogue, facts.department, clock=clock, progress=progress, up_to=facts.sequence - 1
    )
    merge = catalogue.merge(facts, scratch)
    released = (*before, *release(catalogue, facts.department, clock=clock, progress=progress))
    return replace(answer, outcome="merged", code="MERGED", merge=merge, released=released)


def receive_many(
    catalogue: CatalogueStore,
    paths: Sequence[Path],
    *,
    clock: Clock,
    progress: Progress | None = None,
    helped: HelperMaker | None = None,
) -> Iterator[Received]:
    """Receive packages one after the other and yield what became of each.

    Args:
        helped: Starts processes beside that prepare the next ones meanwhile; None works alone.

    Raises:
        EnvironmentProblem, Cancelled: As `receive`; what was yielded stays.
    """
    progress = progress or Progress()
    if helped is None or len(paths) < 2 or not catalogue.roots():
        for path in paths:
            yield receive(catalogue, path, clock=clock, progress=progress)
        return
    with helped(ground_of(catalogue), paths) as helper:
        for path in paths:
            prepared = helper.take(path)
            if prepared is None:
                yield receive(catalogue, path, clock=clock, progress=progress)
                continue
            with undisturbed():
                done = _receive_prepared(catalogue, prepared, helper.ground, clock, progress)
            yield done


def _receive_prepared(
    catalogue: CatalogueStore, prepared: Prepared, ground: Ground, clock: Clock, progress: Progress
) -> Received:
    path, facts = Path(prepared.path), received_now(prepared, clock)
    sound = ground_of(catalogue) == ground and (
        _sender_problem(catalogue, prepared.census, facts.sender, held=False) is None
    )
    if not sound:
        # Another bundle, a receipt, a newer form set came in between: it is judged anew.
        discard(prepared)
        return receive(catalogue, path, clock=clock, progress=progress)
    answer = _answer_about(
        path, facts, prepared.department_name, prepared.fingerprint, prepared.notices
    )
    scratch = catalogue.adopt_scratch(Path(prepared.scratch))
    try:
        with catalogue.holding(facts.department):
            known = _known(catalogue, answer, clock, progress)
            if known is not None:
                return known
            return _keep(catalogue, answer, facts, scratch.file(), scratch, clock, progress)
    finally:
        scratch.close()


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
        catalogue.form_set, scratch, clock.now().date().isoformat(), announced=announced
    )
    progress.step(1, 3, statement.package)
    return replace(_facts(package, clock), errors=errors, warnings=warnings)


def _facts(package: VerifiedPackage, clock: Clock) -> PackageFacts:
    """Return the facts of a submission: held in quarantine when nobody vouches for its signer."""
    facts = facts_of_package(package, clock, department=package.statement.sender)
    state: PackageState = "quarantined" if package.role is Role.CANDIDATE else "pending"
    return replace(facts, state=state)


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
    head = catalogue.head_sequence(department)
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
        with undisturbed():
            merge_stored(catalogue, facts, clock=clock)
    return catalogue.digest()


def _state(catalogue: CatalogueStore, facts: PackageFacts) -> str:
    return next(
        p.state for p in catalogue.packages(facts.department) if p.identity == facts.identity
    )
