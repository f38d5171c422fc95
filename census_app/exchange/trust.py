"""Whom we believe: pinned roots, the effective time, cut points (security §5).

Built from the root certificates of a PEM file, or from a trust bundle (`bundle`), which also brings version, expiry,
units and cut points. A root issues leaves of its own algorithm only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from census_app.errors import UserError
from census_app.exchange import names
from census_app.exchange.certificate_facts import (
    CertificateFacts,
    Role,
    facts_of,
    is_issued_by,
    load_certificate,
    read_certificate,
    spki_of,
    split_pem,
)
from census_app.exchange.refusals import (
    CertificateExpired,
    CertificateRevoked,
    CertificateRules,
    GmUnavailable,
    Refused,
    UnknownIssuer,
)
from census_app.exchange.statement import ZERO_HASH
from census_app.settings.files import file_problem

if TYPE_CHECKING:
    from cryptography import x509

    from census_app.exchange.statement import Statement

BUILD_DATE: Final = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
"""No clock that shows an earlier time is believed; set at every release."""

_MAX_BUNDLE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Root:
    """A pinned root."""

    certificate: x509.Certificate
    facts: CertificateFacts


@dataclass(frozen=True, slots=True)
class CutPoint:
    """Up to where one chain of a revoked certificate is believed."""

    last_sequence: int
    head: str


NOTHING: Final = CutPoint(0, ZERO_HASH)
"""The cut point of every chain that a revocation does not name."""


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """What a reader believes.

    Attributes:
        roots: Pinned roots, active and standby.
        pinned: SHA-256 of certificate texts believed without a root; a writer checks its own package so.
        version: Version of the trust bundle behind it, 0 for bare roots.
        expires: When that bundle asks to be renewed.
        floor: The latest moment known to be past: build, newest bundle, newest receipt.
        units: Codes beyond the built-in rule that a sender may report for, by sender.
        revoked: Cut points by serial number and chain; the chain of a statement is its audience.
        admitted: Identities admitted before, whose certificate dates no longer count.
    """

    roots: tuple[Root, ...]
    pinned: frozenset[str] = frozenset()
    version: int = 0
    expires: dt.datetime | None = None
    floor: dt.datetime = BUILD_DATE
    units: Mapping[str, frozenset[str]] = field(default_factory=dict)
    revoked: Mapping[int, Mapping[str, CutPoint]] = field(default_factory=dict)
    admitted: Container[str] = frozenset()

    @classmethod
    def from_pem(cls, bundle: bytes, source: str = "") -> TrustAnchors:
        """Take the root certificates of a PEM text.

        Raises:
            UserError: `TRUST_FILE_INVALID` when it holds none, or something that is no root.
            GmUnavailable: It holds an SM2 root, and this computer cannot use one.
        """
        try:
            roots = tuple(_root(pem) for pem in split_pem(bundle))
        except GmUnavailable as refused:
            raise refused.about(source) from None
        except Refused as refused:
            raise UserError("TRUST_FILE_INVALID", path=source, reason=refused.code) from refused
        if not roots:
            raise UserError("TRUST_FILE_INVALID", path=source, reason="PEM")
        return cls(roots)

    @classmethod
    def from_file(cls, path: Path) -> TrustAnchors:
        """Read root certificates from a file.

        Raises:
            UserError: `TRUST_FILE_INVALID`.
            EnvironmentProblem: The file cannot be read.
        """
        try:
            with path.open("rb") as file:
                return cls.from_pem(file.read(_MAX_BUNDLE), str(path))
        except OSError as error:
            raise file_problem(error, path) from error

    @classmethod
    def pinning(cls, certificate_pem: bytes) -> TrustAnchors:
        """Believe exactly one certificate, whoever issued it."""
        return cls((), pinned=frozenset({read_certificate(certificate_pem).sha256}))

    def effective_time(self, now: dt.datetime) -> tuple[dt.datetime, tuple[str, ...]]:
        """Return the time that counts, and the notices `CLOCK` and `TRUST_STALE` where they apply."""
        moment = max(now, self.floor)
        notices = ["CLOCK"] if now < self.floor else []
        if self.expires is not None and moment > self.expires:
            notices.append("TRUST_STALE")
        return moment, tuple(notices)

    def examine(
        self, pem: bytes, *, moment: dt.datetime | None, allow_candidate: bool
    ) -> CertificateFacts:
        """Return the facts of a signer's certificate we have reason to believe.

        Args:
            pem: Entry 3 of the package.
            moment: Effective time, or None where dates no longer count.
            allow_candidate: Whether a self-signed department certificate is of interest.

        Raises:
            CertificateInvalid, UnknownIssuer, CertificateRules, CertificateExpired: In this order.
            GmUnavailable: The certificate is SM2's, and this computer cannot check one.
        """
        where = names.CERTIFICATE
        certificate = load_certificate(pem, where)
        spki_of(certificate, where)
        issuer = self._issuer(certificate)
        self_signed = issuer is None and is_issued_by(certificate, certificate)
        may_be_known = self_signed and (allow_candidate or bool(self.pinned))
        if issuer is None and not may_be_known and not self.pinned:
            raise UnknownIssuer(where)
        facts = facts_of(certificate, pem, where)
        if issuer is not None and issuer.facts.algorithm != facts.algorithm:
            raise CertificateRules(where, facts.algorithm)
        self._require_standing(facts, issuer, allow_candidate=allow_candidate)
        if moment is not None:
            for each in (facts, *((issuer.facts,) if issuer else ())):
                _require_dates(each, moment)
        return facts

    def _issuer(self, certificate: x509.Certificate) -> Root | None:
        return next(
            (root for root in self.roots if is_issued_by(certificate, root.certificate)), None
        )

    def _require_standing(
        self, facts: CertificateFacts, issuer: Root | None, *, allow_candidate: bool
    ) -> None:
        if facts.sha256 in self.pinned:
            return
        if facts.role is Role.ROOT:
            known = any(facts.sha256 == root.facts.sha256 for root in self.roots)
        elif facts.role is Role.CANDIDATE:
            known = allow_candidate
        else:
            known = issuer is not None
        if not known:
            raise UnknownIssuer(names.CERTIFICATE, facts.fingerprint)

    def require_not_revoked(
        self, facts: CertificateFacts, statement: Statement, identity: str
    ) -> None:
        """Refuse what lies past a revoked certificate's cut point, and every enrolment it signs.

        What lies before it must still be on the chain that ends in `head`, which only the receiver's store can say.

        Raises:
            CertificateRevoked: It lies past it, or is another statement at the very point.
        """
        cuts = self.revoked.get(facts.serial)
        if cuts is None:
            return
        cut = cuts.get(statement.audience, NOTHING)
        beyond = statement.sequence > cut.last_sequence or statement.type == "enrolment"
        other = statement.sequence == cut.last_sequence and identity != cut.head
        if beyond or other:
            raise CertificateRevoked(names.CERTIFICATE, f"{statement.sequence}>{cut.last_sequence}")

    def has_unit(self, statement: Statement, unit: str) -> bool:
        """Say whether a sender may report for a unit: itself, its sections, the units the bundle lists for it."""
        owners = {statement.sender}
        if statement.type == "contribution":
            owners.add(statement.audience)
        return any(
            unit == owner
            or (unit.startswith(owner) and len(unit) == len(owner) + 2)
            or unit in self.units.get(owner, frozenset())
            for owner in owners
        )


def _root(pem: bytes) -> Root:
    facts = read_certificate(pem)
    if facts.role is not Role.ROOT:
        raise CertificateRules(detail=str(facts.role))
    return Root(load_certificate(pem), facts)


def _require_dates(facts: CertificateFacts, moment: dt.datetime) -> None:
    if not facts.not_before <= moment <= facts.not_after:
        detail = f"{facts.not_before:%Y-%m-%d}..{facts.not_after:%Y-%m-%d}, {moment:%Y-%m-%d}"
        raise CertificateExpired(names.CERTIFICATE, detail)
