"""One line that says how many records of last year nobody has checked, with the way there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from census_app.services.carrying import delta_progress
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class DeltaNotice(QWidget):
    """For the page of the hand-in, which it does not stop.

    Signals:
        wanted: The person wants to check them.
    """

    wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        mark = page.symbol_label(Icon.ALERT, theme.tokens().warn)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        self.text = page.label("", "said-warn", wrap=True)
        row.addWidget(self.text, 1)
        row.addWidget(page.button(words("DL_STEP"), self.wanted.emit, "small"))
        self.hide()

    def refresh(self) -> None:
        """Count anew."""

        def work(store: WorkspaceStore, _progress: object) -> int:
            progress = delta_progress(store.deltas())
            return progress.total - progress.done

        self._session.ask(work, self, self._on_counted)

    def _on_counted(self, count: int) -> None:
        self.text.setText(self._words("DL_EXPORT_NOTICE", count=count))
        self.setVisible(count > 0)
