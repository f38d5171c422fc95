"""The summary of a catalogue: indicators, charts, a chapter for each department, packages, index of names."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import CatalogueContent, Language, Printed, Section
from census_app.reports.front import code_block, figures_row, title_block
from census_app.reports.layout import HEADINGS
from census_app.reports.paint import finish
from census_app.reports.sections import Writer, write_contents, write_index

TITLE_DROP = 60.0


def build_catalogue(
    content: CatalogueContent, language: Language, *, index: bool = True
) -> Printed:
    """Print a catalogue's summary, in time and memory linear in its rows.

    Args:
        content: What to print, worded.
        language: Language of the furniture.
        index: Whether names of resources are listed at the end with their pages.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    words = composer.words
    title_block(composer, content.facts, drop=TITLE_DROP)
    figures_row(composer, content.counts)
    code_block(composer, words.catalogue_digest, content.head.digest, words.catalogue_note, "")
    front = len(composer.laid.pages)
    writer = Writer(composer)
    composer.start_chapter(content.head.department)
    writer.section(Section(words.indicators, (*content.indicators, *content.charts)), "1")
    writer.index_rows = index
    _departments(composer, writer, content)
    writer.index_rows = False
    composer.start_chapter(content.head.department)
    writer.section(Section(words.packages, (content.packages,)), "3")
    if index:
        write_index(composer, writer.names)
    write_contents(composer, before=front)
    return finish(composer)


def _departments(composer: Composer, writer: Writer, content: CatalogueContent) -> None:
    """Write a chapter for every department, each on a page of its own with its name in the running head."""
    composer.start_chapter(content.head.department)
    composer.heading(f"2  {composer.words.departments}", HEADINGS[0], level=0)
    for number, department in enumerate(content.departments, start=1):
        if number > 1:
            composer.start_chapter(department.title)
        else:
            composer.running = composer.page.running = department.title
        writer.section(department, f"2.{number}", level=1)
