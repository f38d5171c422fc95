"""Asks of a copy whether this computer goes on, and of a restored file what was handed in since."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from census_app.domain.safekeeping import Standing
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_CHOICES = {
    "copied": (("moved", "BK_MOVED"), ("second", "BK_SECOND"), ("", "BK_ONLY_KEPT")),
    "restored": (("load", "BK_LOAD"), ("nothing", "BK_NOTHING"), ("", "BK_LATER")),
}


class GoesOnDialog(MessageDialog):
    """One question with three answers; `choice` is `moved`, `second`, `load`, `nothing`, or empty for later."""

    def __init__(self, standing: Standing, words: Words, parent: QWidget | None = None) -> None:
        state = standing.state.upper()
        title = words(f"BK_ASK_{state}")
        super().__init__(title, parent, width=600)
        self.add_heading(title, Icon.FORK, theme.tokens().warn)
        self.add_text(words(f"BK_ASK_{state}_WHY", since=words.moment(standing.since)))
        self._group = QButtonGroup(self)
        self._names: list[str] = []
        since = words.moment(standing.since)
        for name, code in _CHOICES[standing.state or "restored"]:
            radio = QRadioButton(words(code, since=since))
            self._group.addButton(radio, len(self._names))
            self._names.append(name)
            self.column.addWidget(radio)
            below = page.label(words(f"{code}_MEANS", since=since), "hint", wrap=True)
            below.setIndent(24)
            self.column.addWidget(below)
        self._group.button(len(self._names) - 1).setChecked(True)
        self.buttons.addStretch(1)
        self.go = page.button(words("BK_GO"), self.accept, "primary")
        self.go.setDefault(True)
        self.buttons.addWidget(self.go)
        self.finish()

    @property
    def choice(self) -> str:
        """What the person says."""
        return self._names[self._group.checkedId()]

    def choose(self, name: str) -> None:
        """Choose an answer."""
        self._group.button(self._names.index(name)).setChecked(True)
