"""A list of a department on its own: figures, tables, a remark, places to sign."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import DepartmentListContent, Language, Printed
from census_app.reports.front import (
    SIGNED_HEIGHT,
    figures_row,
    signature_block,
    title_block,
    to_foot,
)
from census_app.reports.paint import finish
from census_app.reports.sections import Writer


def build_department_list(content: DepartmentListContent, language: Language) -> Printed:
    """Print a list of a department.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    title_block(composer, content.facts)
    figures_row(composer, content.counts)
    writer = Writer(composer)
    composer.y -= 8
    keep = SIGNED_HEIGHT if content.signed else 0.0
    for number, block in enumerate(content.blocks, start=1):
        writer.block(block, keep=keep if number == len(content.blocks) else 0.0)
    if content.signed:
        words = composer.words
        to_foot(composer, SIGNED_HEIGHT)
        signature_block(composer, (words.compiler, words.reviewer, words.head, words.date))
    return finish(composer)
