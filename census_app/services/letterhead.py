"""The head of what is printed of a department's file or a catalogue, and the words and moments of a page."""

from __future__ import annotations

import datetime as dt

from census_app.diagnostics import wording
from census_app.domain.dates import CHINA
from census_app.domain.training import is_training
from census_app.reports.content import Head
from census_app.services.ports import CatalogueStore, WorkspaceStore


class PrintWords:
    """Sentences in the language of one document."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, code: str, **params: object) -> str:
        """Return a sentence."""
        return wording.text(code, self.language, **params)


def workspace_head(
    store: WorkspaceStore, language: str, title: str, as_of: str = "", digest: str = ""
) -> Head:
    """Return the head of a page about a department's file.

    Args:
        title: Code of the title.
        as_of: Moment the content is of; empty: of the newest line of the journal.
    """
    words, facts = PrintWords(language), store.facts()
    if not as_of:
        newest = store.journal(limit=1)
        as_of = newest[0].at if newest else facts.created_at
    return Head(
        title=words(title),
        issuer=store.form_set.campaign.title.get(language),
        department=facts.department_name,
        code=facts.department_code,
        period=words("PRINT_PERIOD", round=facts.round),
        as_of=moment(as_of),
        digest=digest,
        training=facts.training,
        moment=dt.datetime.fromisoformat(as_of),
    )


def catalogue_head(store: CatalogueStore, language: str, title: str) -> Head:
    """Return the head of a page about a catalogue, of the moment of its newest package.

    Args:
        title: Code of the title.
    """
    words, facts = PrintWords(language), store.facts()
    as_of = max((p.received_at for p in store.packages()), default=facts.created_at)
    return Head(
        title=words(title),
        issuer=store.form_set.campaign.title.get(language),
        department=facts.name,
        code="",
        period=words("PRINT_PERIOD", round=store.form_set.campaign.round),
        as_of=moment(as_of),
        digest=store.known_digest(),
        training=is_training(facts.census_id),
        moment=dt.datetime.fromisoformat(as_of),
    )


def moment(stamp: str) -> str:
    """Return a moment in the province's time, whatever the computer's zone, so that bytes do not depend on it."""
    return dt.datetime.fromisoformat(stamp).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
