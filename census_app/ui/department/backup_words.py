"""How the backup page says things: reasons, sizes, differences, places."""

from __future__ import annotations

from census_app.diagnostics import wording
from census_app.domain.safekeeping import Place, Tally
from census_app.ui.shell.translation import Words


def reason(words: Words, name: str) -> str:
    """Return why a snapshot was taken."""
    code = f"SNAPSHOT_WHY_{name.upper()}"
    return words(code) if wording.has(code) else name


def size(count: int) -> str:
    """Return bytes as a person reads them."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GB"
    if count >= 1 << 20:
        return f"{count / (1 << 20):.1f} MB"
    return f"{max(1, count >> 10)} KB"


def tally(words: Words, found: Tally | None) -> str:
    """Return what a restore would do, in a few signs and words."""
    if found is None:
        return words("BK_NOT_COMPARED")
    if not found:
        return words("BK_SAME")
    parts = (("BK_BACK", found.back), ("BK_GONE", found.gone), ("BK_CHANGED", found.changed))
    return words("BK_JOINT").join(words(code, count=words.count(n)) for code, n in parts if n)


def place(words: Words, found: Place) -> str:
    """Return where a file lies and how much room there is."""
    text = words(f"PLACE_{found.kind.upper()}", service=found.service)
    return f"{text} · {words('BK_FREE', size=size(found.free))}" if found.total else text
