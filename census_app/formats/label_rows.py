"""Tell rows of labels beside their values (a card) from rows of headers above their columns (a table).

`单位名称｜…｜统一社会信用代码｜…` is both a row of a card and a header with two known columns. It is a card when no
label stands directly right of another and the row above or below is of the same kind, or no records follow.
"""

from __future__ import annotations

from typing import Final

from census_app.formats.cells import is_blank
from census_app.formats.header_block import Block, HeaderRows
from census_app.formats.headers import HeaderMap, normalise_header, without_brackets

_MAX_LABEL: Final = 80


def is_of_card(rows: HeaderRows, known: HeaderMap, block: Block) -> bool:
    """Say whether header rows, understood as a table's, really are rows of a card."""
    for row in range(block.top, block.bottom + 1):
        labels = _labels(rows, known, block.form.id, row)
        if not labels:
            continue
        for other in (_next_filled(rows, row, -1), _next_filled(rows, row, 1)):
            if other is not None:
                beside = _labels(rows, known, block.form.id, other)
                if beside and labels.isdisjoint(beside):
                    return True
    return False


def holds_values(rows: HeaderRows, known: HeaderMap, block: Block) -> bool:
    """Say whether a header row reads like a row of a card; a table whose header does and that has no rows is one."""
    return block.top == block.bottom and bool(_labels(rows, known, block.form.id, block.top))


def _next_filled(rows: HeaderRows, row: int, step: int) -> int | None:
    """Return the next row above or below that holds anything, if at most one blank row is between."""
    for other in (row + step, row + 2 * step):
        if 0 <= other < rows.height and not rows.is_blank(other):
            return other
    return None


def _labels(rows: HeaderRows, known: HeaderMap, form: str, row: int) -> set[str]:
    """Return the labels of a row of a card; none when the row is not one.

    Such a row begins with a label; what stands right of a label, behind its merged range, is a value or blank.
    """
    cells = rows.sheet.rows[row]
    last = {(top, left): right for top, left, _, right in rows.sheet.merges}
    labels: set[str] = set()
    values = 0
    after_label = -1
    for column, cell in enumerate(cells):
        if is_blank(cell):
            continue
        if _is_label(known, form, cell):
            if column == after_label:
                return set()
            labels.add(normalise_header(cell))
            after_label = last.get((row, column), column) + 1
        elif not labels:
            return set()
        else:
            values += column == after_label
    return labels if values else set()


def _is_label(known: HeaderMap, form: str, cell: str) -> bool:
    if len(cell) > _MAX_LABEL:
        return False
    return any(known.find(form, name) for name in (normalise_header(cell), without_brackets(cell)))
