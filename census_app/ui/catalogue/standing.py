"""How departments and packages stand, as a word, a symbol and a tone: decisions without widgets."""

from __future__ import annotations

from dataclasses import dataclass

from census_app.services.measuring import hands_up
from census_app.services.ports import PackageState, RosterEntry
from census_app.ui.models.text_table import Cell
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


@dataclass(frozen=True, slots=True)
class Standing:
    """A state in words.

    Attributes:
        tone: Token of the theme.
        rank: Order of urgency; what needs somebody comes first.
    """

    text: str
    symbol: Icon
    tone: str
    rank: int

    def cell(self) -> Cell:
        """Return it as a cell of a table."""
        return Cell(self.text, self.symbol, self.tone)


def department_standing(entry: RosterEntry, words: Words) -> Standing:
    """Say how far a department is, the most urgent thing first."""
    if entry.waiting_packages:
        text = words("CAT_STAND_WAITING", count=entry.waiting_packages)
        return Standing(text, Icon.ALERT, "warn", 0)
    if entry.head_sequence and entry.errors:
        text = words("CAT_STAND_ERRORS", number=entry.head_sequence, count=entry.errors)
        return Standing(text, Icon.ERROR, "bad", 1)
    if entry.head_sequence and entry.pending_records:
        text = words("CAT_STAND_ANNOUNCED", number=entry.head_sequence, count=entry.pending_records)
        return Standing(text, Icon.INFO, "warn", 2)
    if entry.head_sequence:
        text = words("CAT_STAND_MERGED", number=entry.head_sequence)
        return Standing(text, Icon.CHECK, "good", 4)
    return _not_delivered(entry, words)


def _not_delivered(entry: RosterEntry, words: Words) -> Standing:
    if hands_up(entry):
        return Standing(words("CAT_STAND_SECTION"), Icon.BUILDING, "text_2", 5)
    if not entry.certificate_fingerprint:
        return Standing(words("CC_NOT_ENROLLED"), Icon.ALERT, "warn", 3)
    return Standing(words("CAT_STAND_NOTHING"), Icon.CALENDAR, "text_2", 3)


_PACKAGES: dict[PackageState, tuple[str, Icon, str, int]] = {
    "merged": ("CAT_PACKAGE_MERGED", Icon.CHECK, "good", 4),
    "pending": ("CAT_PACKAGE_PENDING", Icon.CALENDAR, "warn", 1),
    "fork": ("CAT_PACKAGE_FORK", Icon.ALERT, "bad", 0),
    "quarantined": ("CAT_PACKAGE_QUARANTINED", Icon.ALERT, "bad", 0),
    "form_unknown": ("CAT_PACKAGE_FORM_UNKNOWN", Icon.CALENDAR, "warn", 1),
    "set_aside": ("CAT_PACKAGE_SET_ASIDE", Icon.CLOSE, "text_2", 5),
    "revoked": ("CAT_PACKAGE_REVOKED", Icon.ERROR, "bad", 3),
}


def package_standing(state: PackageState, words: Words) -> Standing:
    """Say how a kept package stands."""
    code, symbol, tone, rank = _PACKAGES[state]
    return Standing(words(code), symbol, tone, rank)
