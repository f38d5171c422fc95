"""A file that does not open for work: in use elsewhere, damaged, or of a newer program; what can be done instead."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from census_app.diagnostics.wording import Explanation
from census_app.domain.safekeeping import SnapshotFile
from census_app.errors import CensusError, EnvironmentProblem
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

CODES = frozenset({"DB_LOCKED", "DB_DAMAGED", "DB_NEWER"})
_ACTS = {
    "DB_LOCKED": ("look_snapshot", "again"),
    "DB_DAMAGED": ("look", "salvage", "look_snapshot", "restore"),
    "DB_NEWER": ("look",),
}
_OF_SNAPSHOTS = frozenset({"look_snapshot", "restore"})


class TroubleDialog(MessageDialog):
    """The error, its next step, and buttons for what helps.

    Signals:
        chosen: `look`, `look_snapshot`, `restore`, `salvage` or `again`.
    """

    chosen = Signal(str)

    def __init__(
        self,
        words: Words,
        error: CensusError,
        newest: SnapshotFile | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words("UI_ERROR_TITLE"), parent, width=600)
        told = words.explain(_in_local_time(error, words))
        detail = ""
        if (
            error.code == "DB_DAMAGED"
        ):  # what SQLite says is for the technician, and the buttons say what to do
            file = Path(str(error.params.get("path", ""))).name
            detail = str(error.params.get("detail", ""))
            told = Explanation(told.code, words("TR_DAMAGED", file=file), words("TR_DAMAGED_NEXT"))
        self.add_heading(told.what, Icon.ERROR, theme.tokens().bad)
        self.add_text(told.next_step)
        if newest is not None:
            at = words.moment(newest.at.isoformat(timespec="seconds"))
            self.add_text(words("TR_NEWEST", at=at))
        elif error.code != "DB_NEWER":
            self.add_text(words("TR_NO_SNAPSHOT"))
        code = words("UI_ERROR_CODE", code=told.code)
        self.add_text(" · ".join(filter(None, (code, detail))), "hint")
        acts = [act for act in _ACTS[error.code] if newest is not None or act not in _OF_SNAPSHOTS]
        self.buttons.addWidget(page.button(words("UI_CLOSE"), self.reject))
        self.buttons.addStretch(1)
        self.acts = {}
        for number, act in enumerate(acts):
            last = number == len(acts) - 1
            made = page.button(words(f"TR_{act.upper()}"), self._on_act, "primary" if last else "")
            made.setProperty("act", act)
            made.setDefault(last)
            self.buttons.addWidget(made)
            self.acts[act] = made
        self.finish()

    def _on_act(self) -> None:
        sender = self.sender()
        act = str(sender.property("act")) if sender is not None else ""
        self.accept()
        self.chosen.emit(act)


def _in_local_time(error: CensusError, words: Words) -> CensusError:
    """Return the error with the moment since when somebody holds the file as a person reads it."""
    since = str(error.params.get("since", ""))
    if not since[:1].isdigit():
        return error
    return EnvironmentProblem(error.code, **error.params | {"since": words.moment(since)})
