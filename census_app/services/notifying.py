"""The notice of the roots on paper: what departments compare before they believe their first trust bundle."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from census_app.diagnostics import wording
from census_app.domain.dates import CHINA
from census_app.domain.training import is_training
from census_app.reports.content import Head, NoticeRoot, Pair, Printed, TrustNoticeContent
from census_app.reports.trust_notice import build_trust_notice
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.trust_summary import RootShown, trust_summary


def print_trust_notice(store: CatalogueStore, language: str, *, clock: Clock) -> Printed:
    """Return the page with the fingerprint of every root that the catalogue believes, active ones first."""

    def words(code: str, **params: object) -> str:
        return wording.text(code, language, **params)

    facts, summary = store.facts(), trust_summary(store, clock=clock)
    as_of = dt.datetime.fromisoformat(summary.created or facts.created_at).astimezone(CHINA)
    code = facts.coordinator_code
    head = Head(
        title=words("PRINT_NOTICE_TITLE"),
        issuer=store.form_set.campaign.title.get(language),
        department=facts.coordinator_name or facts.name,
        code=code,
        period=words("PRINT_PERIOD", round=store.form_set.campaign.round),
        as_of=as_of.strftime("%Y-%m-%d %H:%M"),
        training=is_training(facts.census_id),
    )
    roots = sorted(summary.roots, key=lambda root: (root.status != "active", root.sha256))
    bundle = words("PRINT_NOTICE_VERSION", version=summary.version) if summary.version else "—"
    content = TrustNoticeContent(
        head=head,
        facts=(Pair(words("PRINT_NOTICE_BUNDLE"), bundle),),
        roots=tuple(_root(root, language) for root in roots),
        note=words("PRINT_NOTICE_NOTE"),
        statement=words("PRINT_NOTICE_STATEMENT"),
    )
    shown: Literal["zh", "en"] = "en" if language == "en" else "zh"
    return build_trust_notice(content, shown)


def _root(root: RootShown, language: str) -> NoticeRoot:
    status = "STANDBY" if root.status == "standby" else "ACTIVE"
    label = wording.text(
        f"PRINT_NOTICE_{status}",
        language,
        name=root.name,
        until=root.not_after.astimezone(CHINA).date().isoformat(),
    )
    return NoticeRoot(label, "".join(root.fingerprint.split()).lower())
