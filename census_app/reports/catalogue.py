"""The catalogue of all departments: overview, resources by class, other lists, packages, index of names.

Each page is written when the next one begins (`inking`), so a province's two thousand pages take little memory; the
contents are set after the body and the index after the contents, so nothing is set twice (ADR 0027).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.content import CatalogueContent, Language, Printed, Section
from census_app.reports.front import (
    STAMP,
    code_block,
    figures_row,
    signature_block,
    title_block,
    to_foot,
)
from census_app.reports.layout import Bookmark
from census_app.reports.name_index import write_name_index
from census_app.reports.paint import finish
from census_app.reports.register import Placed, RegisterWriter
from census_app.reports.sections import Writer, write_contents

TITLE_DROP: Final = 60.0
SIGNED: Final = 16.0
"""Room around the place for the stamp, at the foot of the title page."""
_LAYING, _WHOLE = 70, 100
"""Parts of the work: setting the rows takes about so much of it."""

Told = Callable[[int, int], None]


def build_catalogue(
    content: CatalogueContent, language: Language, *, index: bool = True, told: Told | None = None
) -> Printed:
    """Print a catalogue, in time and memory linear in its rows.

    Args:
        content: What to print, worded.
        language: Language of the furniture.
        index: Whether names of resources are listed at the end with their pages.
        told: Called with done and total after each page; it may stop the work.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    steps = _Steps(sum(each.count() for each in content.registers), told)
    composer = Composer(content.head, language, long=True, progress=steps.page)
    words = composer.words
    title_block(composer, content.facts, drop=TITLE_DROP)
    figures_row(composer, content.counts)
    code_block(composer, words.catalogue_digest, content.head.digest, words.catalogue_note, "")
    to_foot(composer, STAMP + SIGNED)
    signature_block(composer, (words.compiler, words.reviewer, words.head, words.date))
    front = len(composer.laid.pages)
    composer.start_chapter(content.head.department)
    Writer(composer).section(Section(words.indicators, content.overview), "1")
    names = _registers(composer, content, steps)
    composer.start_chapter(content.head.department)
    annex = f"{words.annex}  {words.packages}"
    Writer(composer).section(Section(annex, (content.packages,)), "")
    wanted = bool(index and names)
    target = composer.new_target()
    promised = (Bookmark(words.index, 0, target),) if wanted else ()
    write_contents(composer, before=front, promised=promised)
    if wanted:
        write_name_index(composer, names, target, steps.now)
    return finish(composer, steps.painted(len(composer.laid.pages)))


def _registers(composer: Composer, content: CatalogueContent, steps: _Steps) -> list[Placed]:
    names: list[Placed] = []
    number, before = 2, 0
    for register in content.registers:
        steps.before = before
        writer = RegisterWriter(composer, register, steps.row)
        number = writer.write(number)
        names += writer.placed
        before += register.count()
    return names


class _Steps:
    """How far the work is: rows that are set, then pages that are painted."""

    def __init__(self, rows: int, told: Told | None) -> None:
        self._rows = max(rows, 1)
        self._told = told
        self._done = 0
        self.before = 0

    def row(self, number: int) -> None:
        self._done = self.before + number

    def page(self, _pages: int) -> None:
        self.now()

    def now(self) -> None:
        if self._told is not None:
            self._told(self._done * _LAYING // self._rows, _WHOLE)

    def painted(self, pages: int) -> Callable[[int], None]:
        def painted(number: int) -> None:
            if self._told is not None:
                self._told(_LAYING + number * (_WHOLE - _LAYING) // pages, _WHOLE)

        return painted
