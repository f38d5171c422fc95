"""Ask for the reason of warnings: in the person's words, or one of those given before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidget, QPlainTextEdit, QWidget

from census_app.services.explaining import MINIMUM_LENGTH, reason_fault
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SHOWN = 5
"""Lines of the list of earlier reasons."""


class ExplainDialog(MessageDialog):
    """One reason for one or several warnings.

    Args:
        count: How many warnings it is for.
        about: What the first of them says.
        given: The reason in force, when it is to be changed.
    """

    def __init__(
        self, words: Words, count: int, about: str, given: str = "", parent: QWidget | None = None
    ) -> None:
        heading = words("UI_EXPLAIN_ASK", count=count)
        super().__init__(heading, parent, width=560)
        self._words = words
        self.add_heading(heading, Icon.INFO, theme.tokens().accent)
        self.add_text(about)
        if count > 1:
            self.add_text(words("UI_EXPLAIN_ALL", count=count), "hint")
        self._text = QPlainTextEdit(given)
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(88)
        accessibility.add_row(self.column, words("UI_REASON"), self._text, required=True)
        self._fault = page.label(words("UI_EXPLAIN_TIP"), "hint", wrap=True)
        self.column.addWidget(self._fault)
        self.recent = QListWidget()
        self.recent.setWordWrap(True)
        self.recent.setFixedHeight(SHOWN * theme.COMPACT_ROW_HEIGHT)
        self._recent_row = accessibility.add_row(
            self.column, words("UI_EXPLAIN_RECENT"), self.recent
        ).parentWidget()
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self._accept = page.button(words("UI_EXPLAIN_VERB"), self.accept, "primary")
        self._accept.setDefault(True)
        self._accept.setToolTip("Ctrl+Enter")
        self.buttons.addWidget(self._accept)
        for key in (
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):  # Enter alone begins a new line of the reason
            keys = QShortcut(QKeySequence(Qt.KeyboardModifier.ControlModifier | key), self)
            keys.activated.connect(self._accept.click)
        self._text.textChanged.connect(self._on_text)
        self.recent.itemActivated.connect(self._on_recent)
        self.recent.itemClicked.connect(self._on_recent)
        self.show_recent(())
        self._on_text()
        self.finish()
        self._text.setFocus()

    @property
    def reason(self) -> str:
        """The reason, without outer blanks."""
        return self._text.toPlainText().strip()

    def show_recent(self, reasons: Sequence[str]) -> None:
        """Offer reasons that were given before."""
        self.recent.clear()
        self.recent.addItems(list(reasons))
        if self._recent_row is not None:
            self._recent_row.setVisible(bool(reasons))

    def _on_recent(self) -> None:
        item = self.recent.currentItem()
        if item is not None:
            self._text.setPlainText(item.text())
            self._text.setFocus()

    def _on_text(self) -> None:
        fault = reason_fault(self.reason)
        self._accept.setEnabled(not fault)
        shown = fault if self.reason else ""
        code = {"REASON_TOO_SHORT": "UI_EXPLAIN_SHORT", "REASON_HOLLOW": "UI_EXPLAIN_HOLLOW"}
        text = self._words(code.get(shown, "UI_EXPLAIN_TIP"), minimum=MINIMUM_LENGTH)
        self._fault.setText(text)
        theme.set_look(self._fault, "bad" if shown else "hint")
