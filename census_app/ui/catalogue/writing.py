"""Buttons that change the catalogue: with a role that may only read they stand disabled, and say why."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell.translation import Words


class _StaysDisabled(QObject):
    """Takes back what a page says about a control that may not be used at all."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        changed = event.type() == QEvent.Type.EnabledChange
        if changed and isinstance(watched, QWidget) and watched.isEnabled():
            watched.setEnabled(False)
        return False


def needs_writing(session: CatalogueSession, words: Words, *controls: QWidget) -> None:
    """Disable controls for good where this person may only read, with the reason as their tip."""
    if session.store.writable:
        return
    for control in controls:
        control.setEnabled(False)
        control.setToolTip(words("CS_READ_ONLY_TIP"))
        control.setAccessibleDescription(words("CS_READ_ONLY_TIP"))
        control.installEventFilter(_StaysDisabled(control))


def needs_writing_action(session: CatalogueSession, words: Words, action: QAction) -> None:
    """Disable an action of a menu where this person may only read."""
    if not session.store.writable:
        action.setEnabled(False)
        action.setToolTip(words("CS_READ_ONLY_TIP"))
