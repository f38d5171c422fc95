"""Sections and their blocks, contents, and the index of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from census_app.reports.charts import draw_chart
from census_app.reports.compose import Composer, baseline
from census_app.reports.content import Block, Chart, Entry, Pairs, Prose, Section, Table
from census_app.reports.facts import flow_pairs
from census_app.reports.index_columns import IndexColumns, initial_of
from census_app.reports.layout import (
    BODY,
    CELL_LABEL,
    CONTENTS,
    ENTRY,
    HAIRLINE,
    HEADINGS,
    INDEX,
    LABEL,
    PORTRAIT,
    Bookmark,
    LinkMark,
    Page,
    PageNumberMark,
    RuleMark,
)
from census_app.reports.lines import break_lines, shorten
from census_app.reports.pinyin_order import sort_key
from census_app.reports.tables import flow_table, measure_together

NUMBER_ROOM: Final = 34.0
INDENT: Final = 16.0
GUTTER: Final = 20.0
INDEX_COLUMNS: Final = 2
# A link takes 200 bytes that no PDF compresses: 50,000 of them would be most of the file.
LINKED_NAMES: Final = 5000


@dataclass(frozen=True, slots=True)
class Named:
    """A name for the index, and the place it leads to."""

    name: str
    target: str


class Writer:
    """Writes sections through a composer, numbers them, and collects names for the index.

    Attributes:
        index_rows: Whether rows of tables with a key column go into the index as entries do.
        label_width: Of all lists of facts, in points; 0 lets each have its own.
    """

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.names: list[Named] = []
        self.index_rows = False
        self.label_width = 0.0
        self._entries = 0

    def section(self, section: Section, number: str, level: int = 0) -> None:
        """Write a section with its own blocks and the sections in it."""
        composer = self.composer
        place = composer.place
        composer.place = (*place, section.title)
        title = f"{number}  {section.title}" if number else section.title
        composer.heading(title, HEADINGS[min(level, 2)], level=level)
        self._entries = 0
        entries = [block for block in section.blocks if isinstance(block, Entry)]
        measure_together(composer, [table for entry in entries for table in entry.tables])
        for block in section.blocks:
            self.block(block, level + 1)
        if not section.blocks and not section.sections:
            composer.paragraph(composer.words.no_rows, CELL_LABEL)
        for count, inner in enumerate(section.sections, start=1):
            self.section(inner, f"{number}.{count}" if number else "", level + 1)
        composer.place = place

    def block(self, block: Block, level: int = 1, *, keep: float = 0.0) -> None:
        """Write one block; `keep` points that follow it shall not stand on a page without any of it."""
        composer = self.composer
        match block:
            case Table():
                flow_table(composer, block, targets=self._row_targets(block), keep=keep)
            case Pairs():
                if block.title:
                    composer.heading(block.title, LABEL, level=None)
                flow_pairs(composer, block.pairs, label_width=self.label_width)
            case Prose():
                composer.turn(PORTRAIT)
                if block.title:
                    composer.heading(block.title, LABEL, level=None)
                if keep:
                    composer.reserve(keep + 2 * BODY.leading)
                composer.paragraph(block.text, BODY, block.title)
            case Chart():
                composer.turn(PORTRAIT)
                drawing = draw_chart(block, PORTRAIT.measure, composer.ink, *composer.place)
                if keep and drawing.height + keep < PORTRAIT.depth:
                    composer.reserve(drawing.height + 8 + keep)
                composer.drawing(drawing)
            case Entry():
                self._entry(block, level)

    def _entry(self, entry: Entry, level: int) -> None:
        composer = self.composer
        composer.turn(PORTRAIT)
        place = composer.place
        composer.place = (*place, entry.title)
        self._entries += 1
        title = f"{self._entries}. {entry.title}"
        target = composer.heading(title, ENTRY, level=level, note=entry.note)
        self.names.append(Named(composer.ink.line(entry.title), target))
        composer.caption = composer.ink.line(title)
        flow_pairs(composer, entry.pairs)
        for table in entry.tables:
            flow_table(composer, table)
        composer.settle()
        composer.caption = ""
        composer.place = place

    def _row_targets(self, table: Table) -> tuple[str, ...]:
        keys = [number for number, column in enumerate(table.columns) if column.key]
        if not self.index_rows or not keys:
            return ()
        targets = []
        for row in table.rows:
            name = row[keys[0]]
            target = self.composer.new_target()
            targets.append(target)
            if isinstance(name, str):
                self.names.append(Named(self.composer.ink.line(name), target))
        return tuple(targets)


# ---- contents


def write_contents(
    composer: Composer, *, before: int, levels: int = 3, promised: Sequence[Bookmark] = ()
) -> None:
    """Write the contents of what has been composed and put its pages before page number `before` (from 0).

    Written last and moved to the front: the page numbers in it are filled in when the pages are painted.

    Args:
        promised: What is still to be composed after everything else.
    """
    composer.settle()
    bookmarks = [*composer.laid.bookmarks, *promised]
    earlier = len(composer.laid.pages)
    composer.running = composer.head.department
    composer.sheet = PORTRAIT
    composer.open_page()
    composer.heading(composer.words.contents, HEADINGS[0], level=0)
    composer.settle()
    shown = [bookmark for bookmark in bookmarks if bookmark.level < levels]
    for number, bookmark in enumerate(shown):
        if number == len(shown) - 2:  # the last line does not go to a page of its own
            composer.reserve(2 * (CONTENTS[0].before + CONTENTS[0].leading))
        _contents_line(composer, bookmark.title, bookmark.level, bookmark.target)
    pages = composer.laid.pages
    composer.laid.pages[:] = pages[:before] + pages[earlier:] + pages[before:earlier]


def _contents_line(composer: Composer, title: str, level: int, target: str) -> None:
    style = CONTENTS[min(level, 2)]
    sheet = composer.sheet
    face = composer.ink.face(bold=style.bold)
    left = sheet.left + INDENT * level
    room = sheet.width - sheet.right - NUMBER_ROOM - left
    lines = break_lines(title, face, style.size, room)
    composer.reserve(style.before + style.leading * len(lines))
    if not composer.fresh:
        composer.y -= style.before
    top = composer.y
    for line in lines:
        composer.put(line, left, room, style)
        composer.y -= style.leading
    base = baseline(composer.y + style.leading, style)
    begin = left + face.width(lines[-1], style.size) + 6
    leader(composer.page, begin, sheet.width - sheet.right - NUMBER_ROOM + 10, base)
    marks = composer.page.marks
    marks.append(PageNumberMark(sheet.width - sheet.right, base, target, style.size, style.colour))
    marks.append(
        LinkMark(left, composer.y, sheet.width - sheet.right - left, top - composer.y, target)
    )


def leader(page: Page, begin: float, end: float, base: float) -> None:
    """Set a leader of dots on a base line, where there is room for one."""
    if end > begin + 4:
        # Right to left, so that the dots of all lines stand below each other.
        page.marks.append(RuleMark(end, base + 1, begin, base + 1, HAIRLINE, dots=True))


# ---- index of names


def write_index(composer: Composer, names: Sequence[Named]) -> None:
    """Write an index of names in pinyin order, in two columns, with page numbers."""
    if not names:
        return
    ordered = sorted((sort_key(each.name), number) for number, each in enumerate(names))
    composer.start_chapter(composer.head.department)
    composer.heading(composer.words.index, HEADINGS[0], level=0)
    composer.paragraph(composer.words.index_note, CELL_LABEL)
    columns = IndexColumns(composer, INDEX_COLUMNS, GUTTER, INDEX)
    for (key, _name), number in ordered:
        columns.begin(initial_of(key))
        _set_name(composer, columns, names[number], linked=len(names) <= LINKED_NAMES)


def _set_name(composer: Composer, columns: IndexColumns, named: Named, *, linked: bool) -> None:
    room = columns.width - NUMBER_ROOM
    face = composer.ink.regular
    lines = break_lines(named.name, face, INDEX.size, room)
    if len(lines) > 3:
        lines = (*lines[:2], shorten(lines[2] + "……", face, INDEX.size, room))
    columns.need(INDEX.leading * len(lines))
    left, top = columns.left, composer.y
    for line in lines:
        composer.put(line, left, room, INDEX)
        composer.y -= INDEX.leading
    base = baseline(composer.y + INDEX.leading, INDEX)
    right = left + columns.width
    begin = left + face.width(lines[-1], INDEX.size) + 5
    leader(composer.page, begin, right - NUMBER_ROOM + 10, base)
    marks = composer.page.marks
    marks.append(PageNumberMark(right, base, named.target, INDEX.size, INDEX.colour))
    if linked:
        marks.append(LinkMark(left, composer.y, columns.width, top - composer.y, named.target))
