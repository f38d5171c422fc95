"""Spell the entries of code lists and the names of records in the background, so that initials find them."""

from __future__ import annotations

from PySide6.QtCore import QObject

from census_app.formspec.model import FormSet
from census_app.ui.forms.initials import Spelled, spell
from census_app.ui.forms.titles import TitleCache
from census_app.ui.shell.tasks import TaskRunner


class InitialsFeed(QObject):
    """Keeps the spelled names of a window; a name that was typed a moment ago follows with the next reading."""

    def __init__(
        self, form_set: FormSet, titles: TitleCache, runner: TaskRunner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._titles, self._runner = titles, runner
        self._entries = [c.zh for known in form_set.choice_lists.values() for c in known.choices]

    def refresh(self) -> None:
        """Spell what is not spelled yet."""
        missing = self._titles.initials.missing([*self._entries, *self._titles.names()])
        if missing:
            self._runner.on_reading(lambda _p: spell(missing), self, self._on_spelled)

    def _on_spelled(self, spelled: dict[str, Spelled]) -> None:
        self._titles.initials.learn(spelled)
