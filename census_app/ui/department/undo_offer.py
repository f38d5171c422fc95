"""Offers, in a notice, to take the step just written back, for as long as it is the newest.

Later, one click would undo something else; and what the notice says would no longer be what happened last.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from census_app.domain.changes import UndoState
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.page import Notice


class UndoOffer(QObject):
    """One notice that speaks about the newest step."""

    def __init__(self, notice: Notice, session: WorkspaceSession, parent: QObject) -> None:
        super().__init__(parent)
        self._notice, self._session = notice, session
        self._sentence = ""
        self._number = 0
        session.undo_changed.connect(self._on_undo_state)

    def say(
        self, text: str, verb: str, sentence: str, call: Callable[[], object] | None = None
    ) -> None:
        """Say what was done, with a button.

        Args:
            sentence: Code of the step that was just written.
            call: What the button does; to undo the step unless said otherwise.
        """
        self._sentence, self._number = sentence, 0
        self._notice.say(text, verb, call or self._session.undo)

    def forget(self) -> None:
        """Say nothing more about the step: the notice is used for something else."""
        self._sentence, self._number = "", 0

    def _on_undo_state(self, state: UndoState) -> None:
        if not self._sentence:
            return
        newest = state.undo[0] if state.undo is not None else ""
        if newest == self._sentence and self._number in {0, state.number}:
            self._number = state.number
            return
        self.forget()
        self._notice.hide()
