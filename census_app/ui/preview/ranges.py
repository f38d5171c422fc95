"""Page ranges as people write them: `1-3, 8, 20-`."""

from __future__ import annotations

import re
from typing import Final

_PARTS: Final = re.compile(r"[,，、;；\s]+")
_RANGE: Final = re.compile(r"^(\d*)\s*[-－—–~～至]\s*(\d*)$")


def page_numbers(text: str, count: int) -> list[int] | None:
    """Return the pages that are meant, from 1, in the order they are written; None when it cannot be understood.

    Args:
        text: Numbers and ranges, in half or full width; a range without end goes to the last page.
        count: Pages of the document; pages beyond it are not understood.
    """
    found: dict[int, None] = {}
    spaced = re.sub(r"\s*([-－—–~～至])\s*", r"\1", text.strip())
    for part in filter(None, _PARTS.split(spaced)):
        span = _RANGE.match(part)
        if span is None:
            first = last = int(part) if part.isdecimal() else 0
        elif not any(span.groups()):
            return None
        else:
            first, last = int(span[1] or 1), int(span[2] or count)
        if not 1 <= first <= last <= count:
            return None
        found |= dict.fromkeys(range(first, last + 1))
    return list(found) or None
