"""The letter in which a coordinator asks a department: one page for its head, an annex where one is needed."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import Language, LetterContent, Printed
from census_app.reports.front import SIGNED_HEIGHT, signature_block, title_lines, to_foot
from census_app.reports.layout import ADDRESS, LETTER, PORTRAIT
from census_app.reports.paint import finish
from census_app.reports.tables import flow_table


def build_letter(content: LetterContent, language: Language) -> Printed:
    """Print a letter: with its whole list where that leaves it on one page, else with an overview and an annex.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = _compose(content, language, whole=True)
    if len(composer.laid.pages) > 1:
        composer = _compose(content, language, whole=False)
    return finish(composer)


def _compose(content: LetterContent, language: Language, *, whole: bool) -> Composer:
    composer = Composer(content.head, language)
    composer.place = (content.head.title,)
    title_lines(composer)
    composer.paragraph(content.salutation, ADDRESS)
    for text in content.paragraphs:
        composer.paragraph(text, LETTER)
    flow_table(composer, content.queries if whole else content.overview, after=12)
    for text in (*content.closing, *(() if whole else (content.annex,))):
        composer.paragraph(text, LETTER)
    to_foot(composer, SIGNED_HEIGHT)
    signature_block(composer, content.signers, caption=(content.sender, content.date))
    if not whole:
        composer.start_chapter(content.head.department, PORTRAIT)
        flow_table(composer, content.queries)
    return composer
