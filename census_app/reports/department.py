"""The summary of one department: figures, lists, every record with its facts and items, findings, index."""

from __future__ import annotations

from collections.abc import Callable

from census_app.reports.compose import Composer
from census_app.reports.content import DepartmentContent, Language, Printed, Section
from census_app.reports.front import (
    SIGNED_HEIGHT,
    figures_row,
    signature_block,
    title_block,
    to_foot,
)
from census_app.reports.paint import finish
from census_app.reports.sections import Writer, write_contents, write_index


def build_department(
    content: DepartmentContent,
    language: Language,
    *,
    progress: Callable[[int], None] | None = None,
) -> Printed:
    """Print a department's summary.

    The sections come from the caller, form by form, so whatever the form set holds is printed.

    Args:
        content: What to print, worded.
        language: Language of the furniture.
        progress: See `Composer`.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language, progress=progress)
    title_block(composer, content.facts)
    figures_row(composer, content.counts)
    writer = Writer(composer)
    composer.y -= 8
    keep = SIGNED_HEIGHT if content.signed else 0.0
    for count, block in enumerate(content.overview, start=1):
        writer.block(block, keep=keep if count == len(content.overview) else 0.0)
    if content.signed:
        words = composer.words
        to_foot(composer, SIGNED_HEIGHT)
        signature_block(composer, (words.filler, words.reviewer, words.head, words.date))
    front = len(composer.laid.pages)
    composer.start_chapter(content.head.department)
    writer.index_rows = True
    for number, section in enumerate(content.sections, start=1):
        writer.section(section, str(number))
    writer.index_rows = False
    if content.findings:
        findings = Section(composer.words.findings, content.findings)
        writer.section(findings, str(len(content.sections) + 1))
    write_index(composer, writer.names)
    write_contents(composer, before=front)
    return finish(composer, progress)
