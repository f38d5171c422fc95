"""Asks who fills in from now on."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.translation import Words


class ActorDialog(MessageDialog):
    """One name; it stands beside every change from then on."""

    def __init__(self, words: Words, actor: str, parent: QWidget | None = None) -> None:
        super().__init__(words("GD_ACTOR_TITLE"), parent)
        self.column.addWidget(page.label(words("GD_ACTOR_TITLE"), "section"))
        self.line = QLineEdit(actor)
        self.line.selectAll()
        accessibility.add_row(
            self.column, words("GD_ACTOR"), self.line, hint=words("GD_ACTOR_SHORT"), required=True
        )
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.take = page.button(words("GD_ACTOR_DONE"), self.accept, "primary")
        self.take.setDefault(True)
        self.buttons.addWidget(self.take)
        self.line.textChanged.connect(self._on_text)
        self.finish()
        self.line.setFocus()

    @property
    def actor(self) -> str:
        """The name."""
        return self.line.text().strip()

    def _on_text(self) -> None:
        self.take.setEnabled(bool(self.actor))
