"""Write a package that was signed once more, to another place: a stick that was full, a second copy."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from census_app.ui.department.destination import Destination
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class DeliverDialog(MessageDialog):
    """Asks for the place; nothing is signed again."""

    def __init__(
        self,
        session: WorkspaceSession,
        words: Words,
        preferences: Preferences,
        name: str,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words("HI_WRITE_AGAIN"), parent, width=560)
        self.add_heading(
            words("HI_WRITE_AGAIN_LEAD", name=name), Icon.EXPORT, theme.tokens().accent
        )
        self.destination = Destination(session, words, preferences)
        self.column.addWidget(self.destination)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.write = page.button(words("HI_WRITE"), self.accept, "primary")
        self.buttons.addWidget(self.write)
        self.destination.changed.connect(self._update)
        self.finish()
        self.destination.look()

    def _update(self) -> None:
        self.write.setEnabled(self.destination.usable)
