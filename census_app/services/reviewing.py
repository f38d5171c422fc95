"""Write what goes back to a department: a review with queries and verdicts, a receipt for a package (security §6).

Both are signed by the coordinator and stand in one chain for each coordinator and department. A review is complete, as
a submission is: it carries every query of the department with its state and every verdict, so that a restored
workspace comes right by itself. Asking is `querying`'s, judging reasons `judging`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.holdings import PackageFacts
from census_app.domain.review import RECEIPT_STATUSES, Query, ReceiptStatus
from census_app.errors import UserError
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.ledger import decision_line
from census_app.exchange.package import (
    ZERO_HASH,
    PackageDraft,
    WrittenPackage,
    encode_line,
    write_package,
)
from census_app.exchange.signers import Signer
from census_app.exchange.statement import PackageType
from census_app.services.anchoring import trust_version
from census_app.services.assigning import codes_of
from census_app.services.correcting import suggestions
from census_app.services.deciding import judge
from census_app.services.enrolling import describe_body
from census_app.services.folders import make_folder
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.progress import Progress
from census_app.services.querying import queries_of, query_values, round_of
from census_app.services.receiving import release
from census_app.services.remarks import remark
from census_app.services.stored import keep_own

_LETTERS = ("review", "receipt")


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """What the next review of a department says.

    Attributes:
        queries: With the state they have now, by id; contested ones wait until they are settled. Corrections are among
            them, as suggestions.
        verdicts: Decisions about explained warnings that are in force, by id.
        codes: Record → the code it was given.
    """

    queries: tuple[Query, ...]
    verdicts: tuple[Decision, ...]
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Number of queries that wait for the department."""
        return sum(query.state == "open" for query in self.queries)

    @property
    def mark(self) -> str:
        """A hash of all it says, by which one knows that it still says what was read."""
        said = [
            [query_values(query) | {"id": query.id} for query in self.queries],
            [decision.id for decision in self.verdicts],
            dict(self.codes),
        ]
        return hashlib.sha256(canonical_bytes(said)).hexdigest()

    def __bool__(self) -> bool:
        return bool(self.queries or self.verdicts or self.codes)


@dataclass(frozen=True, slots=True)
class _Letter:
    """What a review and a receipt differ in."""

    type: PackageType
    department: str
    in_reply_to: str
    lines: tuple[bytes, ...]
    form_version: str = ""


def review_content(catalogue: CatalogueStore, department: str, *, clock: Clock) -> ReviewContent:
    """Return what the next review of a department would say."""
    queries = [
        replace(s.query, state="closed" if s.state == "closed" else "open")
        for s in queries_of(catalogue, department, clock=clock)
        if s.state != "contested"
    ]
    verdicts = [
        decision
        for decision in chain.effective(catalogue.decisions())
        if decision.kind == "explanation" and decision.subject.split(":")[0] == department
    ]
    queries += suggestions(catalogue, department)
    given = codes_of(catalogue, department)
    form = catalogue.form_set.by_role("resource_code")[0].id
    here = catalogue.department_records(form, department, [owner.record for owner in given])
    codes = {owner.record: code for owner, (code, _) in given.items() if owner.record in here}
    return ReviewContent(tuple(sorted(queries, key=lambda q: q.id)), tuple(verdicts), codes)


def write_review(
    catalogue: CatalogueStore,
    department: str,
    directory: Path,
    signer: Signer,
    *,
    clock: Clock,
    software: str,
    mark: str = "",
) -> WrittenPackage:
    """Write the next review of a department into a folder, and keep it.

    Args:
        signer: The coordinator's, unlocked.
        mark: `ReviewContent.mark` of what the person has read; empty for whoever means what there is.

    Raises:
        UserError: `REVIEW_EMPTY`, there is nothing to say; `REVIEW_NO_PACKAGE`, nothing of the department was merged;
            `REVIEW_OTHER`, it says something else than the person has read.
        EnvironmentProblem: The file cannot be written; nothing is kept then.
    """
    newest = newest_merged(catalogue, department)
    if newest is None:
        raise UserError("REVIEW_NO_PACKAGE", department=department)
    content = review_content(catalogue, department, clock=clock)
    if not content:
        raise UserError("REVIEW_EMPTY", department=department)
    require_content(content, mark)
    lines = _code_lines(catalogue, department, content.codes)
    lines += [decision_line(decision) for decision in content.verdicts]
    lines += [_query_line(query, department) for query in content.queries]
    letter = _Letter(
        "review", department, newest.identity, tuple(lines), catalogue.form_set.version
    )
    return _write(catalogue, letter, directory, signer, clock=clock, software=software)


def require_content(content: ReviewContent, mark: str) -> None:
    """Refuse to sign what a person has not read: a colleague may have asked, closed or judged since.

    Raises:
        UserError: `REVIEW_OTHER`.
    """
    if mark and content.mark != mark:
        raise UserError("REVIEW_OTHER")


def write_receipt(  # noqa: PLR0913 - what is said, by whom, and what he knows
    catalogue: CatalogueStore,
    package: str,
    status: ReceiptStatus,
    note: str,
    directory: Path,
    signer: Signer,
    *,
    actor: str,
    clock: Clock,
    software: str,
    seen: Collection[str] | None = None,
) -> WrittenPackage:
    """Decide what becomes of a package, write the receipt that says so into a folder, and keep both.

    The same status and note again write another receipt on the same decision. To accept one side of a fork chooses it.

    Args:
        package: Identity of a submission.
        note: What the department reads; needed when it is returned.
        signer: The coordinator's, unlocked.
        seen: Ids of the decisions the person knows; None when whatever was said is to be replaced.

    Raises:
        SaidMeanwhile: A colleague has said something else of it that the person has not seen; nothing is written.
        UserError: `PACKAGE_UNKNOWN`, no such submission was received; `PACKAGE_REVOKED`, `PACKAGE_SET_ASIDE` or
            `PACKAGE_QUARANTINED`, what cannot be accepted as it stands; `RECEIPT_STATUS`; `REASON_TOO_SHORT`, returned
            without a note; `REMARK_TOO_LONG`, `REFUSED_VALUE`, `NOT_COORDINATOR`.
        EnvironmentProblem: The file cannot be written; the decision stands.
    """
    if status not in RECEIPT_STATUSES:
        raise UserError("RECEIPT_STATUS", status=status)
    facts = _submission(catalogue, package)
    if status != "returned":
        _require_acceptable(facts)
    words = remark(catalogue, note, clock=clock, optional=status != "returned")
    _decide(catalogue, facts, status, words, actor=actor, clock=clock, seen=seen)
    facts = _submission(catalogue, package)
    letter = _Letter(
        "receipt",
        facts.department,
        facts.identity,
        (_receipt_line(catalogue, facts, status, words),),
    )
    return _write(catalogue, letter, directory, signer, clock=clock, software=software)


def newest_merged(catalogue: CatalogueStore, department: str) -> PackageFacts | None:
    """Return the head of a department's chain: what its records stand for."""
    merged = [p for p in catalogue.packages(department) if p.state == "merged"]
    return max(merged, key=lambda p: p.sequence, default=None)


def _submission(catalogue: CatalogueStore, identity: str) -> PackageFacts:
    for facts in catalogue.packages():
        if facts.identity == identity:
            return facts
    raise UserError("PACKAGE_UNKNOWN", package=identity[:16])


def _require_acceptable(facts: PackageFacts) -> None:
    if facts.state == "revoked":
        raise UserError("PACKAGE_REVOKED", package=facts.name)
    if facts.state == "set_aside":
        raise UserError("PACKAGE_SET_ASIDE", package=facts.name)
    if facts.state == "quarantined":
        raise UserError("PACKAGE_QUARANTINED", package=facts.name)


def _decide(
    catalogue: CatalogueStore,
    facts: PackageFacts,
    status: ReceiptStatus,
    words: str,
    *,
    actor: str,
    clock: Clock,
    seen: Collection[str] | None,
) -> None:
    said = {
        (d.choice, d.reason)
        for d in chain.standing(catalogue.decisions())
        if d.kind in {"accept", "return"} and d.subject == facts.identity
    }
    if said == {(status, words)}:
        return
    judge(catalogue, facts, status, words, actor=actor, clock=clock, seen=seen)
    release(catalogue, facts.department, clock=clock, progress=Progress())


def _receipt_line(
    catalogue: CatalogueStore, facts: PackageFacts, status: ReceiptStatus, words: str
) -> bytes:
    announced = any(ops.get("pending") for ops in facts.counts.values())
    codes = [facts.state.upper()] if facts.state != "merged" else []
    codes += ["ANNOUNCED"] if announced else []
    others = {p.identity for p in catalogue.packages(facts.department)} - {facts.identity}
    returned = {d.subject for d in catalogue.decisions() if d.kind == "return"}
    values = {
        "package": facts.identity,
        "sequence": facts.sequence,
        "status": status,
        "note": words,
        "received_at": facts.received_at,
        "round": 1 + len(others & returned),
        "errors": facts.errors,
        "warnings": facts.warnings,
        "codes": codes,
    }
    return _line("receipt", facts.identity[:32], facts.department, values)


def _code_lines(
    catalogue: CatalogueStore, department: str, codes: Mapping[str, str]
) -> list[bytes]:
    form, code_field = catalogue.form_set.by_role("resource_code")
    return [
        _line(
            "assignment",
            record,
            department,
            {"form": form.id, "field": code_field.id, "value": code},
        )
        for record, code in sorted(codes.items())
    ]


def _query_line(query: Query, department: str) -> bytes:
    return _line("query", query.id, department, query_values(query))


def _line(form: str, identity: str, unit: str, values: Mapping[str, object]) -> bytes:
    return encode_line({"form": form, "id": identity, "unit": unit, "op": "put", "values": values})


# -- the package -------------------------------------------------------------------------------------------------------


def _write(
    catalogue: CatalogueStore,
    letter: _Letter,
    directory: Path,
    signer: Signer,
    *,
    clock: Clock,
    software: str,
) -> WrittenPackage:
    sender = read_certificate(signer.certificate_pem).code
    sent = [
        each
        for each in catalogue.letters(department=letter.department, sender=sender)
        if each.type in _LETTERS and each.direction == "sent"
    ]
    head = max(sent, key=lambda each: each.sequence, default=None)
    draft = PackageDraft(
        type=letter.type,
        sender=sender,
        audience=letter.department,
        sequence=head.sequence + 1 if head is not None else 1,
        previous=head.identity if head is not None else ZERO_HASH,
        in_reply_to=letter.in_reply_to,
        instance=catalogue.facts().instance,
        created=clock.now(),
        form_version=letter.form_version,
        trust_version=trust_version(catalogue),
        package_json=_description(catalogue, letter, software),
        record_lines=letter.lines,
    )
    make_folder(directory)
    written = write_package(directory, draft, signer)
    keep_own(catalogue, written, signer, letter.department, clock=clock)
    return written


def _description(catalogue: CatalogueStore, letter: _Letter, software: str) -> dict[str, object]:
    code = letter.department
    name = next((e.name for e in catalogue.roster() if e.code == code), "")
    return describe_body(catalogue, code, name, software, versioned=bool(letter.form_version))


__all__ = [
    "ReviewContent",
    "newest_merged",
    "review_content",
    "round_of",
    "write_receipt",
    "write_review",
]
