"""Parts of covers and title pages: title block, large figures, digest with QR, blanks and the place for the stamp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing

from census_app.diagnostics import wording
from census_app.reports.compose import Composer
from census_app.reports.content import Blank, Pair
from census_app.reports.facts import flow_pairs
from census_app.reports.glyphs import REGULAR
from census_app.reports.layout import (
    BLACK,
    CAPTION,
    FACT,
    FIGURE,
    GREY,
    GROUPS,
    HAIRLINE,
    ISSUER,
    MM,
    NOTICE,
    SMALL,
    SUBHEAD,
    TITLE,
    WARN,
    WARN_FILL,
    BoxMark,
    DrawingMark,
    RuleMark,
    Style,
)
from census_app.reports.lines import break_lines, shorten
from census_app.reports.paint import groups

QR_SIZE: Final = 30 * MM
# More does not scan from 30 mm of paper any more.
QR_BYTES: Final = 300
STAMP: Final = 50 * MM
SIGNED_HEIGHT: Final = STAMP + 12
GROUP_COLUMNS: Final = 8
BLANK_HEIGHT: Final = 26.0
FIGURES_ABREAST: Final = 4
NAME_LINES: Final = 3


def title_block(
    composer: Composer, facts: Sequence[Pair], *, drop: float = 0.0, style: Style = FACT
) -> None:
    """Set issuing body, title, department and period, then the facts in `style`, `drop` points down the page."""
    head, words = composer.head, composer.words
    title_lines(composer, drop=drop)
    composer.paragraph(head.department, SUBHEAD, head.title)
    composer.y -= 8
    own = [
        Pair(words.code, head.code),
        Pair(words.period, head.period),
        Pair(words.data_as_of, head.as_of),
    ]
    flow_pairs(composer, [*(pair for pair in own if pair.value), *facts], style=style)


def title_lines(composer: Composer, *, drop: float = 0.0) -> None:
    """Begin a bare page with issuing body and title, `drop` points down the page."""
    composer.open_page(bare=True)
    composer.y -= drop
    composer.paragraph(composer.head.issuer, ISSUER, composer.head.title)
    composer.paragraph(composer.head.title, TITLE)


def named_block(composer: Composer, name: str) -> None:
    """Set issuing body, title and the name of what the page is about, of which it shows a few lines at most."""
    title_lines(composer)
    sheet, face = composer.sheet, composer.ink.regular
    lines = break_lines(composer.ink.line(name), face, SUBHEAD.size, sheet.measure)
    if len(lines) > NAME_LINES:
        lines = (
            *lines[: NAME_LINES - 1],
            shorten(lines[NAME_LINES - 1] + "……", face, SUBHEAD.size, sheet.measure),
        )
    for line in lines:
        composer.put(line, sheet.left, sheet.measure, SUBHEAD)
        composer.y -= SUBHEAD.leading
    composer.y -= SUBHEAD.after + 4


def figures_row(composer: Composer, counts: Sequence[Pair]) -> None:
    """Set the figures that matter large, up to four abreast, each with its label below."""
    width = composer.sheet.measure / FIGURES_ABREAST
    for start in range(0, len(counts), FIGURES_ABREAST):
        part = counts[start : start + FIGURES_ABREAST]
        labels = [_small_lines(composer, pair.label, width - 12) for pair in part]
        height = FIGURE.leading + max(map(len, labels)) * SMALL.leading + 16
        composer.reserve(height)
        top = composer.y - 6
        for number, pair in enumerate(part):
            x = composer.sheet.left + number * width
            if number:
                composer.page.marks.append(RuleMark(x - 6, top - 4, x - 6, top - height + 16))
            value = composer.value(_figure(pair.value), pair.label).split("\n")[0]
            value = shorten(value, composer.ink.bold, FIGURE.size, width - 12)
            composer.put_at(value, x, top, width - 12, FIGURE)
            for line_number, line in enumerate(labels[number]):
                label_top = top - FIGURE.leading - line_number * SMALL.leading
                composer.put_at(line, x, label_top, width - 12, SMALL)
        composer.y -= height


def _figure(value: str | Blank) -> str | Blank:
    return value if isinstance(value, Blank) else wording.in_groups(value)


def _small_lines(composer: Composer, text: str, width: float) -> tuple[str, ...]:
    return break_lines(composer.ink.line(text), composer.ink.regular, SMALL.size, width)


def notice(composer: Composer, text: str) -> None:
    """Set a notice in a coloured box with its bar; it must catch the eye in grey print too."""
    sheet = composer.sheet
    clean = composer.ink.clean(text, composer.head.title)
    lines = break_lines(clean, composer.ink.bold, NOTICE.size, sheet.measure - 24)
    height = len(lines) * NOTICE.leading + 10
    composer.reserve(min(height, sheet.depth))
    marks = composer.page.marks
    marks.append(BoxMark(sheet.left, composer.y - height, sheet.measure, height, fill=WARN_FILL))
    marks.append(BoxMark(sheet.left, composer.y - height, 4, height, fill=WARN))
    composer.y -= 5
    for line in lines:
        composer.put(line, sheet.left + 14, sheet.measure - 24, NOTICE)
        composer.y -= NOTICE.leading
    composer.y -= 5 + 8


def qr_drawing(text: str, size: float = QR_SIZE) -> Drawing:
    """Return a QR code, `size` points wide, error correction M; leave a tenth of that free around it."""
    code = QrCodeWidget(text, barLevel="M", barWidth=size, barHeight=size, barBorder=0)
    drawing = Drawing(size, size, initialFontName=REGULAR)
    drawing.add(code)
    return drawing


def code_block(composer: Composer, label: str, code: str, note: str, qr: str) -> None:
    """Set a hex code in groups of four with its QR code at the right, and how to compare it."""
    sheet, ink = composer.sheet, composer.ink
    width = sheet.measure - QR_SIZE - 16
    shown = groups(ink.line(code)) or (composer.words.empty,)
    note_lines = _small_lines(composer, note, width)
    rows = -(-len(shown) // GROUP_COLUMNS)
    text_height = FACT.leading + rows * GROUPS.leading + len(note_lines) * SMALL.leading + 8
    height = max(QR_SIZE, text_height) + 10
    composer.reserve(height)
    top = composer.y - 4
    composer.put_at(ink.line(label), sheet.left, top, width, Style(9, FACT.leading, colour=GREY))
    top -= FACT.leading
    step = width / GROUP_COLUMNS
    for number, group in enumerate(shown):
        row, column = divmod(number, GROUP_COLUMNS)
        composer.put_at(group, sheet.left + column * step, top - row * GROUPS.leading, step, GROUPS)
    top -= rows * GROUPS.leading + 4
    for line in note_lines:
        composer.put_at(line, sheet.left, top, width, SMALL)
        top -= SMALL.leading
    scanned = ink.line(qr or code)
    if scanned and len(scanned.encode("utf-8")) <= QR_BYTES:
        x = sheet.width - sheet.right - QR_SIZE
        composer.page.marks.append(DrawingMark(x, composer.y - 4 - QR_SIZE, qr_drawing(scanned)))
    composer.y -= height


def signature_block(
    composer: Composer, labels: Sequence[str], *, caption: Sequence[str] = ()
) -> None:
    """Set blanks to sign on at the left and the place for the stamp, 50 × 50 mm, at the right.

    `caption` stands in that place below （盖章）, where the stamp will cover it: who stamps, and the date.
    """
    sheet, ink = composer.sheet, composer.ink
    height = SIGNED_HEIGHT
    composer.reserve(height)
    top = composer.y - 6
    x = sheet.width - sheet.right - STAMP
    composer.page.marks.append(BoxMark(x, top - STAMP, STAMP, STAMP, stroke=HAIRLINE, dashed=True))
    stamp = composer.words.stamp
    style = Style(10.5, 16, colour=GREY, align="center")
    below = [line for text in caption for line in _stamp_lines(composer, text)]
    middle = top - STAMP / 2 + style.leading * (1 + len(below)) / 2
    composer.put_at(stamp, x, middle, STAMP, style)
    for number, line in enumerate(below, start=1):
        composer.put_at(line, x, middle - number * style.leading, STAMP, CAPTION)
    step = STAMP / len(labels)
    label_width = max(ink.regular.width(label, FACT.size) for label in labels)
    for number, label in enumerate(labels):
        base = top - (number + 1) * step + (step - BLANK_HEIGHT) / 2
        composer.put_at(label, sheet.left, base + FACT.leading + 2, label_width, FACT)
        begin = sheet.left + label_width + 10
        composer.page.marks.append(RuleMark(begin, base, x - 28, base, BLACK))
    composer.y -= height


def _stamp_lines(composer: Composer, text: str) -> tuple[str, ...]:
    """Return a caption in the place for the stamp, two lines at most."""
    ink, width = composer.ink, STAMP - 12
    lines = break_lines(ink.line(text), ink.regular, CAPTION.size, width)
    if len(lines) > 2:
        lines = (lines[0], shorten(lines[1] + "……", ink.regular, CAPTION.size, width))
    return lines


def statement(composer: Composer, text: str) -> None:
    """Set small print that flows like any text."""
    composer.paragraph(text, Style(SMALL.size, SMALL.leading, colour=GREY, before=4))


def to_foot(composer: Composer, height: float) -> None:
    """Move down so that `height` points are left on the page, if there is more room than that."""
    composer.settle()
    if composer.room > height:
        composer.y = composer.sheet.bottom + height
