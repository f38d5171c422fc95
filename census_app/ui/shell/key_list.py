"""The keys of the windows as one list: the cheat sheet shows it, a test compares it with what the window answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One line of the cheat sheet.

    Attributes:
        keys: As Qt spells them in its portable form, each with `+`; several are alternatives.
        text: Code of what they do.
    """

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one place; `title` is a code."""

    title: str
    hints: tuple[KeyHint, ...]


def _group(title: str, *hints: tuple[str, str]) -> KeyGroup:
    return KeyGroup(title, tuple(KeyHint(tuple(keys.split(" ")), text) for keys, text in hints))


EVERYWHERE: Final = _group(
    "UI_KEYS_EVERYWHERE",
    ("F6", "TR_KEY_TURN"),
    ("Ctrl+F", "UI_KEY_FIND"),
    ("F8 Shift+F8", "UI_KEY_PROBLEM"),
    ("Ctrl+Z", "UI_KEY_UNDO"),
    ("Ctrl+Y Ctrl+Shift+Z", "UI_KEY_REDO"),
    ("Ctrl+I", "UI_KEY_IMPORT"),
    ("Ctrl+O", "UI_KEY_TAKE"),
    ("F5", "UI_KEY_CHECK"),
    ("Ctrl+1 Ctrl+2 Ctrl+3 Ctrl+4", "UI_KEY_PANEL"),
    ("Ctrl+\\", "UI_KEY_FOLD"),
    ("F1", "GD_KEY_MANUAL"),
    ("Ctrl+/", "UI_KEY_KEYS"),
    ("Ctrl+Q", "UI_KEY_QUIT"),
)
LISTS: Final = _group(
    "UI_KEYS_LISTS",
    ("Up Down", "UI_KEY_ROWS"),
    ("Return", "UI_KEY_OPEN"),
    ("Esc", "UI_KEY_BACK"),
    ("Ctrl+N", "UI_KEY_NEW"),
    ("Del", "UI_KEY_DELETE"),
    ("Ctrl+A", "UI_KEY_ALL"),
)
FORMS: Final = _group(
    "UI_KEYS_FORMS",
    ("Tab Shift+Tab", "UI_KEY_FIELDS"),
    ("Ctrl+PgDown Ctrl+PgUp", "UI_KEY_SECTIONS"),
    ("Down F4", "UI_KEY_CHOICES"),
    ("Alt+Return", "UI_KEY_OFFER"),
    ("Ctrl+L", "UI_KEY_CARRY"),
    ("Ctrl+Shift+D", "UI_KEY_COPY"),
    ("Ctrl+P", "UI_PRINT_RECORD"),
    ("Backspace", "UI_KEY_EMPTY"),
)
GRIDS: Final = _group(
    "UI_KEYS_GRIDS",
    ("F2", "UI_KEY_EDIT"),
    ("Return", "UI_KEY_BELOW"),
    ("Ctrl+C Ctrl+V", "UI_KEY_BLOCKS"),
    ("Ctrl+D", "UI_KEY_FILL"),
    ("Ctrl++ Ins", "UI_KEY_INSERT"),
    ("Ctrl+-", "UI_KEY_REMOVE"),
    ("Alt+Up Alt+Down", "UG_KEY_MOVE"),
    ("Ctrl+H", "UG_KEY_REPLACE"),
)
JUDGING: Final = _group(
    "JG_KEYS_TITLE",
    ("1 2 3", "JG_KEY_REPLIES"),
    ("0", "JG_KEY_NONE"),
    ("Ctrl+Return Ctrl+Enter Alt+Down", "JG_KEY_NEXT"),
    ("Alt+Up", "JG_KEY_BEFORE"),
)
DEPARTMENT: Final = (EVERYWHERE, LISTS, FORMS, GRIDS, JUDGING)
"""The keys of the department window."""
