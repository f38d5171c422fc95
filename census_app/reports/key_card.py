"""The key card: by it a department and the coordinator compare a key, and the head signs for it."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import KeyCardContent, Language, Printed
from census_app.reports.cover import statement_height
from census_app.reports.front import (
    SIGNED_HEIGHT,
    code_block,
    signature_block,
    statement,
    title_block,
    to_foot,
)
from census_app.reports.paint import finish


def build_key_card(content: KeyCardContent, language: Language) -> Printed:
    """Print the card of one public key; the private key is never part of it.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    composer.place = (content.head.title,)
    words = composer.words
    title_block(composer, content.facts)
    code_block(composer, words.fingerprint, content.fingerprint, words.fingerprint_note, content.qr)
    text = words.card_statement
    to_foot(composer, SIGNED_HEIGHT + statement_height(composer, text))
    signature_block(composer, (words.key_owner, words.head, words.compared_by, words.date))
    statement(composer, text)
    return finish(composer)
