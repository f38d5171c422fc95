"""Looks after a catalogue that others change as well: sees what they did, notices a lost connection, tries again."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from census_app.errors import CensusError
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task
from census_app.ui.shell.translation import Words

EVERY_MS: Final = 5_000
"""How often is looked whether somebody else has changed anything: two or three statements over short tables."""

RETRY_MS: Final = (2_000, 5_000, 10_000, 30_000)
"""How long is waited before the first, second, third and every further attempt to reach the server again."""

GONE: Final = frozenset({"SERVER_LOST", "SERVER_UNREACHABLE"})


class CatalogueWatch(QObject):
    """Polls a shared catalogue's change mark; of a file nobody else can change there is nothing to watch.

    Signals:
        lost: The `CensusError` with which the connection went, once.
        back: It has come back.
        forms_changed: A colleague has taken over another form set; the window has to be built anew.
    """

    lost = Signal(object)
    back = Signal()
    forms_changed = Signal()

    def __init__(self, session: CatalogueSession, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._attempts = 0
        self._asking = False
        self.gone = False
        self._timer = QTimer(self, singleShot=True, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        if session.store.shared:
            self._timer.start()

    def stop(self) -> None:
        """Look no more: the window closes."""
        self._timer.stop()

    def lose(self, error: CensusError) -> bool:
        """Take note of an error; False when it does not say that the connection is gone."""
        if not self._session.store.shared or error.code not in GONE:
            return False
        if not self.gone:
            self.gone, self._attempts = True, 0
            self.lost.emit(error)
        self._wait()
        return True

    def look(self) -> None:
        """Ask the server now; does nothing while the last question is not answered or other work is under way."""
        if self._asking or (self._session.runner.busy and not self.gone):
            self._wait()
            return
        self._asking = True
        self._timer.stop()
        task = self._session.ask(
            lambda store, _p: store.change_mark(), self, self._on_mark, self._on_failed
        )
        task.ended.connect(self._on_ended)

    def _on_mark(self, mark: str) -> None:
        state = self._session.state
        if self.gone:
            self.gone = False
            self.back.emit()
            self._session.refresh()
        elif state is not None and mark.split(" ", 2)[:2] != state.mark.split(" ", 2)[:2]:
            self.forms_changed.emit()
        elif state is None or mark != state.mark:
            self._session.refresh()

    def _on_failed(self, error: Exception) -> None:
        if not (isinstance(error, CensusError) and self.lose(error)):
            self._session.runner.report(error)

    def _on_ended(self, _task: Task) -> None:
        self._asking = False
        self._wait()

    def _wait(self) -> None:
        if not self.gone:
            self._timer.start(EVERY_MS)
        elif not self._timer.isActive():
            self._timer.start(RETRY_MS[min(self._attempts, len(RETRY_MS) - 1)])
            self._attempts += 1


class ConnectionBand(QFrame):
    """Says over the whole window that the server is not reached, and that it is tried again.

    Signals:
        retry_wanted: The person does not want to wait for the next attempt.
    """

    retry_wanted = Signal()

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        theme.set_look(self, "banner")
        self._words = words
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(8)
        self.text = page.label("", wrap=True, selectable=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(page.symbol_label(Icon.ALERT, theme.tokens().warn))
        row.addWidget(self.text, 1)
        row.addWidget(page.button(words("CS_RETRY"), self.retry_wanted.emit, "small", Icon.REFRESH))
        self.hide()

    def say(self, error: CensusError) -> None:
        """Show that the connection is gone."""
        self.text.setText(self._words("CS_LOST", place=error.params.get("path", "")))
        self.text.setToolTip(str(error.params.get("detail", "")))
        self.show()
