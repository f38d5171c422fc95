"""Exchange decisions between coordinators: write one's own as a signed ledger package, take another's (security §7).

A ledger carries the complete set of one coordinator's decisions, so that the newest is enough and any order and
repetition gives the same. What a ledger says counts as soon as it is verified; only a cut point of its signer keeps it
out again. Not responsible for what a decision means: see `domain.chain`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from census_app.domain.chain import Decision
from census_app.errors import UserError
from census_app.exchange import names
from census_app.exchange.ledger import decision_line, decision_of
from census_app.exchange.package import (
    ZERO_HASH,
    PackageDraft,
    Refused,
    VerifiedPackage,
    open_package,
    write_package,
)
from census_app.exchange.refusals import RecordInvalid, ScopeViolation
from census_app.exchange.signers import Signer
from census_app.services.anchoring import anchors_of
from census_app.services.deciding import settle_after
from census_app.services.enrolling import describe_body
from census_app.services.folders import make_folder
from census_app.services.ports import CatalogueStore, Clock, PackageFacts
from census_app.services.progress import Progress
from census_app.services.receiving import Outcome, Received
from census_app.services.scratch_checks import facts_of_package
from census_app.services.settling import ContestedMatter, contested
from census_app.services.stored import keep_own, stored_package
from census_app.settings.files import atomic_write

LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class LedgerWritten:
    """A ledger package on the disk.

    Attributes:
        decisions: How many it carries.
        again: Nothing was decided since the last one; the very same package was written once more.
    """

    path: Path
    name: str
    identity: str
    sequence: int
    decisions: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class LedgerTaken:
    """What a ledger package brought.

    Attributes:
        outcome: `waiting` where its signer is revoked and the packages up to the cut point have not all arrived.
        code: `LEDGER_APPLIED`, `DUPLICATE`, or `PENDING`.
        decisions: How many it carries; `new` of them were not known.
        twins: Names of other ledgers of the same coordinator and number: two computers, or a restored backup. Both are
            kept, and the decisions of both count.
        merged: Names of packages merged because of it.
        contested: Matters in which it contradicts what was decided before.
    """

    path: Path
    outcome: Literal["applied", "duplicate", "waiting"]
    code: str
    identity: str
    name: str
    coordinator: str
    coordinator_name: str
    sequence: int
    decisions: int
    new: int = 0
    twins: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    contested: tuple[ContestedMatter, ...] = ()


def export_ledger(
    catalogue: CatalogueStore, directory: Path, signer: Signer, *, clock: Clock, software: str
) -> LedgerWritten:
    """Write this coordinator's decisions, all of them, as the next ledger package; it is kept in the catalogue too.

    Args:
        signer: Unlocked; the coordinator's daily key.

    Raises:
        UserError: `NOT_COORDINATOR`; `LEDGER_EMPTY`, nothing was decided here.
        Refused: The certificate is another's (`STATEMENT`), no coordinator's (`ROLE`), or not valid now.
        EnvironmentProblem: The file cannot be written; nothing is remembered then.
    """
    facts = catalogue.facts()
    if not facts.coordinator_code:
        raise UserError("NOT_COORDINATOR")
    own = [d for d in catalogue.decisions() if d.coordinator == facts.coordinator_code]
    if not own:
        raise UserError("LEDGER_EMPTY")
    make_folder(directory)
    earlier = _own_ledgers(catalogue, facts.coordinator_code)
    if earlier and _carried(earlier[-1]) == len(own):
        return _write_again(catalogue, earlier[-1], directory)
    bundle = catalogue.bundle()
    draft = PackageDraft(
        type="ledger",
        sender=facts.coordinator_code,
        audience="coordinator",
        sequence=earlier[-1].sequence + 1 if earlier else 1,
        previous=earlier[-1].identity if earlier else ZERO_HASH,
        instance=facts.instance or ZERO_HASH[:32],
        created=clock.now(),
        trust_version=bundle.version if bundle else 0,
        package_json=describe_coordinator(catalogue, software),
        record_lines=(decision_line(d) for d in own),
    )
    written = write_package(_ledger_file(directory, draft.name), draft, signer)
    keep_own(catalogue, written, signer, clock=clock)
    return LedgerWritten(
        written.path, written.name, written.identity, written.statement.sequence, len(own)
    )


def apply_ledger(
    catalogue: CatalogueStore, path: Path, *, clock: Clock, progress: Progress | None = None
) -> LedgerTaken:
    """Take a coordinator's ledger: keep it whole, add what it decides, merge what stands then.

    Raises:
        UserError: `NOT_LEDGER`, another type of package; `CENSUS_OTHER`; `FILE_MISSING`.
        Refused: The package is not sound, not a coordinator's (`ROLE`), or speaks for another coordinator (`SCOPE`).
        EnvironmentProblem: The catalogue's disk or database; the catalogue is as it was before.
    """
    with open_package(path, anchors_of(catalogue), now=clock.now()) as package:
        statement = package.statement
        if statement.type != LEDGER:
            raise UserError("NOT_LEDGER", file=path.name, type=statement.type)
        census, own = package.description.census.id, catalogue.facts().census_id
        if census != own:
            raise UserError("CENSUS_OTHER", given=census, own=own)
        decisions = list(_decisions(package))
        facts = facts_of_package(package, clock)
        known = {d.id for d in catalogue.decisions()}
        before = {(m.kind, m.subject) for m in contested(catalogue)}
        letters = catalogue.letters(type_=LEDGER, sender=statement.sender)
        # Whether a revoked signer's ledger counts is certain only when it lies beside the others.
        doubtful = facts.signer_serial in _revoked(catalogue)
        said = () if doubtful else decisions
        fresh = catalogue.append_package(facts, package.iter_file(), said)
    if doubtful:
        restate(catalogue, clock=clock)
    stands = _stands(catalogue, facts.identity)
    return LedgerTaken(
        path=path,
        outcome=("applied" if fresh else "duplicate") if stands else "waiting",
        code=("LEDGER_APPLIED" if fresh else "DUPLICATE") if stands else "PENDING",
        identity=facts.identity,
        name=facts.name,
        coordinator=facts.sender,
        coordinator_name=package.description.department.name,
        sequence=facts.sequence,
        decisions=len(decisions),
        new=sum(d.id not in known for d in decisions) if stands else 0,
        twins=tuple(
            each.name
            for each in letters
            if each.sequence == facts.sequence and each.identity != facts.identity
        ),
        merged=settle_after(catalogue, clock=clock, progress=progress),
        contested=tuple(m for m in contested(catalogue) if (m.kind, m.subject) not in before),
    )


def take_in(catalogue: CatalogueStore, path: Path, *, clock: Clock, progress: Progress) -> Received:
    """Take a ledger that came in among the packages; see `receiving.receive`."""
    try:
        taken = apply_ledger(catalogue, path, clock=clock, progress=progress)
    except (Refused, UserError) as problem:
        return Received(path, "refused", problem.code, problem)
    outcome: Outcome = "pending" if taken.outcome == "waiting" else taken.outcome
    return Received(
        path=path,
        outcome=outcome,
        code=outcome.upper(),
        identity=taken.identity,
        name=taken.name,
        department_name=taken.coordinator_name,
        sequence=taken.sequence,
        released=taken.merged,
        type=LEDGER,
    )


def restate(catalogue: CatalogueStore, *, clock: Clock) -> bool:
    """Make the ledger what our own decisions and all standing ledger packages say; True when that changed something.

    To be called when a ledger or a trust bundle has arrived; whoever calls it then merges again what stands
    (`deciding.settle_after`). Calling it twice changes nothing.

    Raises:
        Refused: A stored ledger is no longer what was signed.
    """
    received = [each for each in catalogue.letters(type_=LEDGER) if each.direction == "received"]
    refused = [each.identity for each in received if each.state != "merged"]

    def standing() -> Iterator[tuple[str, Decision]]:
        for each in received:
            if each.state == "merged":
                with stored_package(catalogue, each, clock=clock) as package:
                    yield from ((each.identity, decision) for decision in _decisions(package))

    return catalogue.restate_decisions(refused, list(standing()))


def describe_coordinator(catalogue: CatalogueStore, software: str) -> Mapping[str, object]:
    """Return `data/package.json` of what a coordinator writes without a form set, without its record count."""
    facts = catalogue.facts()
    name = facts.coordinator_name or facts.name
    return describe_body(catalogue, facts.coordinator_code, name, software, versioned=False)


def _decisions(package: VerifiedPackage) -> Iterator[Decision]:
    """Yield the decisions of a ledger package, each under the id its content gives it.

    Raises:
        ScopeViolation: One is another coordinator's than the sender.
        RecordInvalid: A line's id is not its decision's.
    """
    lines = cast("Iterator[dict[str, Any]]", package.iter_records())
    for number, line in enumerate(lines, 1):
        where = f"{names.RECORDS}:{number}"
        decision = decision_of(line)
        sender = package.statement.sender
        if decision.coordinator != sender or line["unit"] != sender:
            raise ScopeViolation(where, decision.coordinator, package.path.name)
        if line["id"] != decision.id[:32]:
            raise RecordInvalid(where, "id", package.path.name)
        yield decision


def _revoked(catalogue: CatalogueStore) -> Container[str]:
    """Return the serials of revoked certificates, in hex."""
    return {f"{serial:x}" for serial in anchors_of(catalogue).revoked}


def _stands(catalogue: CatalogueStore, identity: str) -> bool:
    return any(
        each.identity == identity and each.state == "merged"
        for each in catalogue.letters(type_=LEDGER)
    )


def _own_ledgers(catalogue: CatalogueStore, code: str) -> list[PackageFacts]:
    """Return the ledgers under our own code, written here or before a backup was restored, by number."""
    found = catalogue.letters(type_=LEDGER, sender=code)
    return sorted(found, key=lambda each: (each.sequence, each.direction, each.identity))


def _carried(ledger: PackageFacts) -> int:
    return ledger.counts.get("decision", {}).get("put", 0)


def _ledger_file(directory: Path, package: str) -> Path:
    """Return where a ledger is written: not as its package is called, for so is a roll-up of the same number."""
    return directory / f"{LEDGER.upper()}-{package}{names.EXTENSION}"


def _write_again(catalogue: CatalogueStore, ledger: PackageFacts, directory: Path) -> LedgerWritten:
    path = _ledger_file(directory, ledger.name)
    atomic_write(path, catalogue.package_bytes(ledger.identity))
    return LedgerWritten(
        path, ledger.name, ledger.identity, ledger.sequence, _carried(ledger), again=True
    )
