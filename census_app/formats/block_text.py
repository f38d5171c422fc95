"""Blocks of cells on the clipboard, as Excel, WPS and LibreOffice write and read them: tab-separated text."""

from __future__ import annotations

from collections.abc import Sequence


def read_block(text: str) -> list[list[str]]:
    """Return the rows and cells of a copied block.

    A cell with a line break or a tab stands in quotes, its own quotes doubled; a last line break ends the block.
    """
    if '"' not in text:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if len(lines) > 1 and not lines[-1]:
            lines.pop()
        return [[cell.strip(" ") for cell in line.split("\t")] for line in lines]
    return _read_quoted(text)


def write_block(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as a block other programs paste."""
    return "\n".join("\t".join(_quoted(cell) for cell in row) for row in rows)


def _read_quoted(text: str) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    cell: list[str] = []
    quoted = False
    at, end = 0, len(text)
    while at < end:
        char = text[at]
        if quoted:
            if char == '"' and text[at + 1 : at + 2] == '"':
                cell.append('"')
                at += 1
            elif char == '"':
                quoted = False
            else:
                cell.append(char)
        elif char == '"' and not cell and _closes(text, at):
            quoted = True
        elif char == "\t":
            rows[-1].append("".join(cell))
            cell = []
        elif char in "\r\n":
            at += char == "\r" and text[at + 1 : at + 2] == "\n"
            rows[-1].append("".join(cell))
            cell = []
            rows.append([])
        else:
            cell.append(char)
        at += 1
    rows[-1].append("".join(cell))
    if rows[-1] == [""] and len(rows) > 1:
        rows.pop()
    return [[c.replace("\r\n", "\n").replace("\r", "\n").strip(" ") for c in row] for row in rows]


def _quoted(cell: str) -> str:
    if any(c in cell for c in '\t\n\r"'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _closes(text: str, at: int) -> bool:
    """Say whether a quote opens a quoted cell: another quote ends it before a tab, a line end or the end."""
    position = at + 1
    while (position := text.find('"', position)) != -1:
        following = text[position + 1 : position + 2]
        if following == '"':
            position += 2
            continue
        return following in {"", "\t", "\r", "\n"}
    return False
