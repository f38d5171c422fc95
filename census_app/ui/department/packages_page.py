"""The page "correspondence": the packages this workspace handed in and received."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from census_app.exchange.paper import short_groups
from census_app.services.ports import SentPackage, WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class PackagesPage(QWidget):
    """A list, the newest first.

    Signals:
        export_wanted: There is none yet and the person wants to hand in.
    """

    export_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        headings = [
            Heading(words("UI_COL_WHEN"), 130),
            Heading(words("UI_COL_DIRECTION"), 110),
            Heading(words("UI_COL_NUMBER"), 72, right=True),
            Heading(words("UI_COL_RECORDS"), 90, right=True),
            Heading(words("UI_DIGEST"), 190),
            Heading(words("UI_COL_NAME")),
        ]
        self.model = TextTableModel(headings, self)
        self._head = page.PageHead(words("UI_STEP_PACKAGES"))
        self._stack = QStackedWidget()
        self._stack.addWidget(text_table(self.model, words("UI_STEP_PACKAGES")))
        self._stack.addWidget(
            page.EmptyState(
                words("UI_NO_PACKAGES"), [(words("UI_TO_EXPORT"), self.export_wanted.emit)],
                Icon.INBOX, words("UI_NO_PACKAGES_TIP"),
            )
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addWidget(self._stack, 1)

    def enter(self) -> None:
        """Read the packages; called when the page is shown."""

        def work(store: WorkspaceStore, progress: Progress) -> list[SentPackage]:
            del progress
            return store.packages()

        self._session.ask(work, self, self._on_packages)

    def _on_packages(self, packages: list[SentPackage]) -> None:
        words = self._words
        rows = []
        for package in reversed(packages):
            sent = package.direction == "sent"
            symbol = Icon.EXPORT if sent else Icon.INBOX
            rows.append(
                (
                    words.moment(package.at),
                    Cell(words("UI_SENT" if sent else "UI_RECEIVED"), symbol),
                    str(package.sequence),
                    words.count(sum(package.counts.values())),
                    short_groups(package.identity, 4),
                    package.name,
                )
            )
        self.model.show_rows(rows)
        self._head.set_note(words.count(len(rows)) if rows else "")
        self._stack.setCurrentIndex(0 if rows else 1)
