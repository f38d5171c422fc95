"""Buttons that change the catalogue: with a role that may only read they stand disabled, and say why.

A button says when it is made that it writes, wherever it will stand: panes make theirs anew for every row that is
chosen, and know nothing of the catalogue. Which catalogue it is the window above tells.
"""

from __future__ import annotations

from typing import Final, TypeVar

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QWidget
from typing_extensions import override

from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell.translation import Words

READ_ONLY: Final = "read_only"
"""Property of a window over a catalogue that this person may only read: the reason, for the tips."""
_W = TypeVar("_W", bound=QWidget)
_LOOKED_AT: Final = frozenset(
    {QEvent.Type.Show, QEvent.Type.EnabledChange, QEvent.Type.ParentChange, QEvent.Type.Polish}
)


class _StaysDisabled(QObject):
    """Takes back what a page says about a control that may not be used at all."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _LOOKED_AT and isinstance(watched, QWidget):
            reason = _reason(watched)
            if reason:
                _forbid(watched, reason)
        return False


def writes(widget: _W) -> _W:
    """Say of a button, or of all in a widget, that it changes the catalogue, and return the widget."""
    controls: list[QAbstractButton] = widget.findChildren(QAbstractButton)
    if isinstance(widget, QAbstractButton):
        controls.append(widget)
    for control in controls:
        control.installEventFilter(_StaysDisabled(control))
    return widget


def only_reads(window: QWidget, session: CatalogueSession, words: Words) -> None:
    """Note at a window whether this person may only read its catalogue."""
    if not session.store.writable:
        window.setProperty(READ_ONLY, words("CS_READ_ONLY_TIP"))


def _reason(control: QWidget) -> str:
    above: QWidget | None = control
    while above is not None:
        if reason := above.property(READ_ONLY):
            return str(reason)
        above = above.parentWidget()
    return ""


def _forbid(control: QWidget, reason: str) -> None:
    if control.isEnabled():
        control.setEnabled(False)
    if control.toolTip() != reason:
        control.setToolTip(reason)
        control.setAccessibleDescription(reason)


def needs_writing(session: CatalogueSession, words: Words, *controls: QWidget) -> None:
    """Disable controls for good where this person may only read, with the reason as their tip."""
    if session.store.writable:
        return
    for control in controls:
        control.setProperty(READ_ONLY, words("CS_READ_ONLY_TIP"))
        control.installEventFilter(_StaysDisabled(control))
        _forbid(control, words("CS_READ_ONLY_TIP"))


def needs_writing_action(session: CatalogueSession, words: Words, action: QAction) -> None:
    """Disable an action of a menu where this person may only read."""
    if not session.store.writable:
        action.setEnabled(False)
        action.setToolTip(words("CS_READ_ONLY_TIP"))
