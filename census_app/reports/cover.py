"""The cover sheet: what the head signs, what is stamped, and the digest that ties the paper to the file."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import CoverContent, Language, Printed
from census_app.reports.front import (
    SIGNED_HEIGHT,
    code_block,
    notice,
    signature_block,
    statement,
    title_block,
    to_foot,
)
from census_app.reports.layout import CELL, FACT, SMALL, Style
from census_app.reports.lines import break_lines
from census_app.reports.paint import finish
from census_app.reports.tables import flow_table


def build_cover(content: CoverContent, language: Language) -> Printed:
    """Print the cover sheet of a package: one page, closer set where that makes it fit.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = _compose(content, language, FACT)
    if len(composer.laid.pages) > 1:
        composer = _compose(content, language, CELL)
    return finish(composer)


def _compose(content: CoverContent, language: Language, facts: Style) -> Composer:
    composer = Composer(content.head, language)
    composer.place = (content.head.title,)
    words = composer.words
    title_block(composer, content.facts, style=facts)
    for text in content.notices:
        notice(composer, text)
    flow_table(composer, content.counts)
    code_block(composer, words.digest, content.head.digest, words.digest_note, content.qr)
    text = words.cover_statement
    to_foot(composer, SIGNED_HEIGHT + statement_height(composer, text))
    signature_block(composer, (words.filler, words.reviewer, words.head, words.date))
    statement(composer, text)
    return composer


def statement_height(composer: Composer, text: str) -> float:
    """Return the height that `statement` needs for a text, in points."""
    clean = composer.ink.clean(text, composer.head.title)
    lines = break_lines(clean, composer.ink.regular, SMALL.size, composer.sheet.measure)
    return len(lines) * SMALL.leading + 6
