"""Where a value comes from, in words below it. No decisions."""

from __future__ import annotations

from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field
from census_app.formspec.types import Context, NoRecords, format_value
from census_app.services.provenance import Source, ValueOrigin
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell.translation import Words


def origin_texts(
    origin: ValueOrigin, field: Field, session: CatalogueSession, words: Words
) -> list[str]:
    """Return what stands below a value: who put it there and when, and what the department says instead."""
    if origin.decision is None:
        return [source_text(origin.source, words)] if origin.source is not None else []
    said = origin.decision
    code = "CD_ORIGIN_CODE" if said.kind == "code" else "CD_ORIGIN_CORRECTION"
    lines = [words(code, actor=said.actor, at=words.moment(said.created), reason=said.reason)]
    form_set = session.form_set
    context = Context(form_set, ChoiceIndex(form_set), NoRecords(), words.language)
    theirs = format_value(origin.theirs, field, context) or words("CR_EMPTY")
    source = source_text(origin.source, words) if origin.source is not None else ""
    return [*lines, words("CD_ORIGIN_THEIRS", theirs=theirs, source=source)]


def source_text(source: Source, words: Words) -> str:
    """Return a package as the origin of a value."""
    return words(
        "CD_ORIGIN_PACKAGE", number=source.sequence, round=source.round,
        at=words.moment(source.created), signer=source.signer,
    )  # fmt: skip
