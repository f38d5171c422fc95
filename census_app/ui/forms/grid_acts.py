"""What can be done in a grid: the keys that do it and what the menu calls it, in the order of the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence


@dataclass(frozen=True, slots=True)
class Act:
    """One act.

    Attributes:
        text: Code of its name in the menu; empty for what only keys do.
        keys: As Qt spells them in its portable form, each with `+`; the first is shown.
    """

    id: str
    text: str = ""
    keys: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The keys as the menu shows them."""
        return self.keys[0] if self.keys else ""


ACTS: Final = (
    Act("cut", "UG_CUT", ("Ctrl+X",)),
    Act("copy", "UG_COPY", ("Ctrl+C", "Ctrl+Ins")),
    Act("paste", "UG_PASTE", ("Ctrl+V", "Shift+Ins")),
    None,
    Act("insert_above", "UG_INSERT_ABOVE", ("Ctrl++", "Ctrl+Shift++", "Ctrl+=", "Ctrl+Shift+=")),
    Act("insert_below", "UG_INSERT_BELOW", ("Ins",)),
    Act("delete_rows", "UG_DELETE_ROWS", ("Ctrl+-", "Ctrl+Del")),
    Act("move_up", "UG_MOVE_UP", ("Alt+Up",)),
    Act("move_down", "UG_MOVE_DOWN", ("Alt+Down",)),
    None,
    Act("fill_down", "UG_FILL_DOWN", ("Ctrl+D",)),
    Act("clear", "UG_CLEAR", ("Del", "Backspace")),
    None,
    Act("find", "UG_FIND", ("Ctrl+F",)),
    Act("replace", "UG_REPLACE", ("Ctrl+H",)),
    None,
    Act("sort_up", "UG_SORT_UP"),
    Act("sort_down", "UG_SORT_DOWN"),
    Act("unsort", "UG_UNSORT"),
    Act("problem", "", ("F8",)),
    Act("down", "", ("Return", "Enter")),
    Act("back", "", ("Shift+Return", "Shift+Enter")),
    Act("right", "", ("Tab",)),
    Act("left", "", ("Shift+Backtab", "Shift+Tab", "Backtab")),
)
"""None is a line in the menu."""

_BY_KEYS: Final = {
    QKeySequence(keys)[0].toCombined(): act.id  # type: ignore[index]  # a sequence of keys
    for act in ACTS
    if act is not None
    for keys in act.keys
}


def act_of(event: QKeyEvent) -> str:
    """Return the id of the act that a key asks for, or the empty text; the number pad is like the other keys."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return _BY_KEYS.get(QKeyCombination(modifiers, Qt.Key(event.key())).toCombined(), "")
