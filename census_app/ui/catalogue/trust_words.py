"""How roots, bundles, certificates and keys stand, in words: decisions without widgets."""

from __future__ import annotations

import datetime as dt
from typing import Final

from census_app.services.applying import Applied
from census_app.services.trust_summary import CertificateShown
from census_app.services.trusting import OwnerShown, TrustSummary
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SOON_DAYS: Final = 60
"""So long before its last day a certificate, a root or a bundle asks for attention."""

_STANDINGS: Final[dict[str, tuple[Icon, str, int]]] = {
    "revoked": (Icon.ERROR, "bad", 0),
    "expired": (Icon.ERROR, "bad", 1),
    "soon": (Icon.ALERT, "warn", 2),
    "none": (Icon.CALENDAR, "warn", 3),
    "waiting": (Icon.CALENDAR, "warn", 4),
    "valid": (Icon.CHECK, "good", 5),
}


def certificate_standing(
    certificate: CertificateShown | None, now: dt.datetime, words: Words
) -> Standing:
    """Say how a certificate stands; None is none at all."""
    name: str = certificate.standing if certificate is not None else "none"
    if certificate is not None and name == "valid" and soon(certificate.not_after, now):
        name = "soon"
    symbol, tone, rank = _STANDINGS[name]
    return Standing(words(f"CT_CERT_{name}"), symbol, tone, rank)


def current(owner: OwnerShown) -> CertificateShown | None:
    """Return the certificate an owner signs with: the newest that counts, else the newest."""
    good = [c for c in owner.certificates if c.standing == "valid"]
    return next(iter(good or owner.certificates), None)


def soon(until: dt.datetime, now: dt.datetime) -> bool:
    """Say whether a last day is near."""
    return until - now < dt.timedelta(days=SOON_DAYS)


def bundle_standing(summary: TrustSummary, now: dt.datetime, words: Words) -> Standing:
    """Say how the bundle in force stands, the most urgent thing first."""
    if not summary.version:
        return Standing(words("CT_BUNDLE_none"), Icon.ALERT, "warn", 0)
    if summary.stale:
        return Standing(words("CT_BUNDLE_stale"), Icon.ALERT, "warn", 1)
    if summary.changed:
        return Standing(words("CT_BUNDLE_changed"), Icon.ALERT, "warn", 2)
    if soon(dt.datetime.fromisoformat(summary.expires), now):
        return Standing(words("CT_BUNDLE_soon"), Icon.ALERT, "warn", 3)
    return Standing(words("CT_BUNDLE_good"), Icon.CHECK, "good", 4)


def news_of(summary: TrustSummary, words: Words) -> str:
    """Say what the next bundle brings that the one in force does not have."""
    fresh = [
        owner.name
        for owner in summary.owners
        if any(not certificate.listed for certificate in owner.certificates)
    ]
    if fresh:
        return words("CT_NEWS_CERTIFICATES", names=words("LIST_JOINT").join(fresh))
    if summary.changed:
        return words("CT_NEWS_UNITS")
    return words("CT_NEWS_NONE")


def applied_text(applied: Applied, words: Words) -> str:
    """Say what taking a file did, one line for each thing."""
    lines = []
    for code, params in [(applied.code, applied.params), *applied.further]:
        said = dict(params)
        if said.get("status"):
            said["status"] = words(f"CR_VERDICT_{said['status']}")
        lines.append(words(code, **said))
    return "\n".join(lines)
