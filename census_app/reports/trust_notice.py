"""The notice of the roots: the page, stamped, by which a department compares whom it is going to believe."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import Language, Printed, TrustNoticeContent
from census_app.reports.cover import statement_height
from census_app.reports.front import (
    SIGNED_HEIGHT,
    code_block,
    signature_block,
    statement,
    title_block,
    to_foot,
)
from census_app.reports.layout import SUBHEAD
from census_app.reports.paint import finish


def build_trust_notice(content: TrustNoticeContent, language: Language) -> Printed:
    """Print the fingerprints of the roots, each with its QR code, and the place for the stamp.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    composer.place = (content.head.title,)
    words = composer.words
    title_block(composer, content.facts)
    for root in content.roots:
        composer.paragraph(root.label, SUBHEAD, content.head.title)
        code_block(composer, words.fingerprint, root.fingerprint, content.note, root.qr)
    to_foot(composer, SIGNED_HEIGHT + statement_height(composer, content.statement))
    signature_block(composer, (words.compared_by, words.head, words.date))
    statement(composer, content.statement)
    return finish(composer)
