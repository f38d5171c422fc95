"""The index of a long document: names in the order of pinyin, in columns, each with the pages it stands on.

It is set when the contents are, so every page before it has its number already: nothing is filled in later, and equal
names stand once with all their pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from census_app.reports.compose import Composer, baseline
from census_app.reports.index_columns import IndexColumns, initial_of
from census_app.reports.layout import (
    CELL_LABEL,
    HEADINGS,
    INDEX,
    Style,
    TextMark,
)
from census_app.reports.lines import break_lines
from census_app.reports.pinyin_order import sort_key
from census_app.reports.register import Placed
from census_app.reports.sections import leader

COLUMNS: Final = 3
GUTTER: Final = 16.0
ENTRY: Final = Style(INDEX.size - 1, INDEX.leading - 2)
HANGING: Final = 8.0
LEAST_DOTS: Final = 12.0
MOST_LINES: Final = 3
CHECK_EVERY: Final = 500


def write_name_index(
    composer: Composer,
    placed: Sequence[Placed],
    target: str,
    told: Callable[[], None] | None = None,
) -> None:
    """Write the index; it must be the last thing that is composed, after the contents.

    Args:
        target: Under which its heading was promised to the contents.
        told: Called now and then; it may stop the work.
    """
    numbers = {id(page): n for n, page in enumerate(composer.laid.pages, start=1)}
    pages: dict[str, list[int]] = {}
    for each in placed:
        found = pages.setdefault(each.name, [])
        number = numbers[id(each.page)]
        if not found or found[-1] != number:
            found.append(number)
    keyed = []
    for count, name in enumerate(pages):
        if told is not None and count % CHECK_EVERY == 0:
            told()
        keyed.append(sort_key(name))
    keyed.sort()
    composer.start_chapter(composer.head.department)
    composer.heading(composer.words.index, HEADINGS[0], level=0, target=target)
    composer.paragraph(composer.words.name_index_note, CELL_LABEL)
    columns = IndexColumns(composer, COLUMNS, GUTTER, ENTRY)
    for key, name in keyed:
        columns.begin(initial_of(key))
        _set_name(composer, columns, name, sorted(set(pages[name])))


def _set_name(composer: Composer, columns: IndexColumns, name: str, pages: Sequence[int]) -> None:
    """Set a name with its pages behind it, or below it where they are many."""
    face = composer.ink.regular
    numbers = ", ".join(map(str, pages))
    taken, room = face.width(numbers, ENTRY.size), columns.width - HANGING
    lines = break_lines(name, face, ENTRY.size, room)
    if len(lines) > MOST_LINES:
        lines = (*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…")
    used = face.width(lines[-1], ENTRY.size) + (HANGING if len(lines) > 1 else 0.0)
    beside = used + LEAST_DOTS + taken <= columns.width
    below = () if beside else break_lines(numbers, face, ENTRY.size, room - HANGING)
    columns.need(ENTRY.leading * (len(lines) + len(below)))
    for count, line in enumerate(lines):
        composer.put(line, columns.left + (HANGING if count else 0.0), room, ENTRY)
        composer.y -= ENTRY.leading
    if beside:
        base = baseline(composer.y + ENTRY.leading, ENTRY)
        begin = columns.left + columns.width - taken
        leader(composer.page, columns.left + used + 4, begin - 4, base)
        marks = composer.page.marks
        marks.append(TextMark(begin, base, numbers, ENTRY.size, False, ENTRY.colour))
    for line in below:
        width = face.width(line, ENTRY.size)
        composer.put(line, columns.left + columns.width - width, width, ENTRY)
        composer.y -= ENTRY.leading
