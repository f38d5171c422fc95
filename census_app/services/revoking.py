"""Revoke certificates by cut point, and exchange roots: both are a new trust bundle (security §5).

Not time but the chain says what still counts: exactly the statements on the chain that ends in the cut point's head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from census_app.errors import UserError
from census_app.exchange.bundle import RevokedEntry, stored_document
from census_app.exchange.certificate_facts import (
    CertificateFacts,
    Role,
    is_issued_by,
    load_certificate,
    read_certificate,
)
from census_app.exchange.certificates import issue_certificate
from census_app.exchange.keyfile import load_key
from census_app.exchange.package import ZERO_HASH
from census_app.services.admitting import ROOT_CERTIFICATE, ROOT_KEY, Stick, make_root, open_stick
from census_app.services.issuing import BundlePlan, PinnedRoot, pinned_roots
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, IssuedCertificate, PackageFacts

COORDINATOR_CHAIN = "coordinator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which certificates to revoke, and up to where they stand.

    Attributes:
        department: Code of the owner, department or coordinator; all of its certificates.
        serial: Or one certificate, by its serial in hex.
        last_sequence: Last submission (of a coordinator: ledger) that stands; None takes the last one merged here.
        head: Its identity; empty takes the package of that number that stands here.
    """

    department: str = ""
    serial: str = ""
    last_sequence: int | None = None
    head: str = ""


def revoked_entries(
    catalogue: CatalogueStore, target: Target, reason: str
) -> tuple[RevokedEntry, ...]:
    """Return the entries a bundle needs to revoke certificates.

    Every certificate of the same key goes with them. A chain that gets no entry is cut at 0.

    Raises:
        UserError: `CERTIFICATE_UNKNOWN`, there is none to revoke; `CUT_UNKNOWN`, no such package stands here;
            `REASON_TOO_SHORT`.
    """
    if len(reason.strip()) < 2:
        raise UserError("REASON_TOO_SHORT", minimum=2)
    found = _chosen(catalogue, target)
    entries: list[RevokedEntry] = []
    for facts in found:
        for chain, last, head in _cuts(catalogue, facts, target):
            entries.append(
                RevokedEntry(
                    serial=f"{facts.serial:x}",
                    chain=chain,
                    last_sequence=last,
                    head=head,
                    reason=reason.strip()[:500],
                )
            )
    return tuple(entries)


def _chosen(catalogue: CatalogueStore, target: Target) -> list[CertificateFacts]:
    issued = [read_certificate(c.certificate_pem.encode("ascii")) for c in catalogue.certificates()]
    bundle = catalogue.bundle()
    before = {e.serial for e in stored_document(bundle.trust_json).revoked} if bundle else set()
    wanted = target.serial.strip().lower().lstrip("0")
    named = [
        each
        for each in issued
        if (f"{each.serial:x}" == wanted if wanted else each.code == target.department)
    ]
    keys = {each.spki for each in named}
    chosen = [each for each in issued if each.spki in keys]
    if target.last_sequence is None:
        # A cut point that was set once stays, unless somebody names another one.
        chosen = [each for each in chosen if f"{each.serial:x}" not in before]
    if not chosen:
        raise UserError("CERTIFICATE_UNKNOWN", name=target.serial or target.department)
    return chosen


def _cuts(
    catalogue: CatalogueStore, facts: CertificateFacts, target: Target
) -> Iterator[tuple[str, int, str]]:
    """Yield (chain, last sequence, head) of a certificate."""
    if facts.role is Role.COORDINATOR:
        yield from _coordinator_cuts(catalogue, facts.code, target)
        return
    standing = [p for p in catalogue.packages(facts.code) if p.state == "merged"]
    last, head = _cut(standing, target)
    yield COORDINATOR_CHAIN, last, head


def _coordinator_cuts(
    catalogue: CatalogueStore, code: str, target: Target
) -> Iterator[tuple[str, int, str]]:
    letters = catalogue.letters(sender=code)
    ledgers = [each for each in letters if each.type == "ledger"]
    last, head = _cut(ledgers, target)
    yield COORDINATOR_CHAIN, last, head
    for department in sorted({each.department for each in letters if each.department}):
        answers = [
            each
            for each in letters
            if each.department == department and each.type in {"review", "receipt"}
        ]
        if answers and target.last_sequence != 0:
            newest = max(answers, key=lambda each: each.sequence)
            yield department, newest.sequence, newest.identity


def _cut(standing: Sequence[PackageFacts], target: Target) -> tuple[int, str]:
    """Return sequence and identity of the last statement that shall stand."""
    last = target.last_sequence
    if last is None:
        last = max((each.sequence for each in standing), default=0)
    if last == 0:
        return 0, ZERO_HASH
    if target.head:
        return last, target.head
    for each in standing:
        if each.sequence == last:
            return last, each.identity
    raise UserError("CUT_UNKNOWN", sequence=last)


# -- roots -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewRoot:
    """A root that was made and is not in force yet.

    Attributes:
        stick: Its folder's certificate and key.
        fingerprint: To be told to everybody who pins roots by hand.
        plan: What the bundle must say that brings it.
        renewed: Certificates issued anew because their root goes.
    """

    stick: Stick
    fingerprint: str
    plan: BundlePlan
    renewed: tuple[IssuedCertificate, ...] = ()


def prepare_root(
    catalogue: CatalogueStore,
    root_directory: Path,
    passphrase: str,
    new_directory: Path,
    new_passphrase: str,
    *,
    retire: bool,
    clock: Clock,
) -> NewRoot:
    """Make a new root on another stick, and say what the bundle must say that an old root signs.

    Signed with the active root, the new one takes its place. Signed with a standby root, because the active one is
    lost, the standby becomes the active one and the new one lies ready.

    Args:
        retire: Pin what was active until now no longer; what it issued is issued anew.

    Raises:
        UserError: `ROOT_MISSING`, `ROOT_OTHER`, `PASSPHRASE_WRONG`, `PASSPHRASE_SHORT`, `KEY_EXISTS`.
    """
    old = open_stick(catalogue, root_directory)
    old_key = load_key(old.key, passphrase)
    before = pinned_roots(catalogue)
    by_standby = any(each.pem == old.certificate and each.status == "standby" for each in before)
    name = catalogue.facts().name
    make_root(name, new_directory, new_passphrase, clock=clock, algorithm=old_key.algorithm)
    new = Stick((new_directory / ROOT_CERTIFICATE).read_bytes(), new_directory / ROOT_KEY)
    active = old if by_standby else new
    kept = [PinnedRoot(active.certificate, "active")]
    kept += [
        PinnedRoot(each.pem, "standby")
        for each in before
        if each.pem != active.certificate and not (retire and each.status == "active")
    ]
    if by_standby:
        kept.append(PinnedRoot(new.certificate, "standby"))
    renewed: tuple[IssuedCertificate, ...] = ()
    if retire:
        secret = passphrase if by_standby else new_passphrase
        renewed = tuple(_renewed(catalogue, kept, active, secret, clock))
    shown = read_certificate(new.certificate).fingerprint
    return NewRoot(new, shown, BundlePlan(roots=kept), renewed)


def _renewed(
    catalogue: CatalogueStore, kept: Iterable[PinnedRoot], active: Stick, secret: str, clock: Clock
) -> Iterator[IssuedCertificate]:
    """Yield what the active root issues in the place of certificates whose root goes.

    The serial stays, so that a cut point that names it goes on to hold.
    """
    roots, key = [load_certificate(each.pem) for each in kept], load_key(active.key, secret)
    for each in catalogue.certificates():
        pem = each.certificate_pem.encode("ascii")
        leaf, facts = load_certificate(pem), read_certificate(pem)
        if any(is_issued_by(leaf, root) for root in roots):
            continue
        certificate = issue_certificate(
            active.certificate, key, facts.spki, facts.code, facts.role, now=clock.now(),
            name=each.name, serial=facts.serial,
        )  # fmt: skip
        text = certificate.decode("ascii")
        yield replace(each, certificate_pem=text, issued_at=stamp(clock.now()))
