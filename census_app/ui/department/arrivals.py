"""Files that came: chosen or dropped, taken one after another, and what became of each in words."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from typing_extensions import override

from census_app.errors import CensusError
from census_app.services.applying import Applied
from census_app.services.contributing import ContributionDone
from census_app.ui.department.arrival_dialogs import OutcomeDialog, RootDialog
from census_app.ui.department.arrival_outcome import Outcome, outcome_of, outcome_of_error
from census_app.ui.department.contribution_dialog import ContributionDialog
from census_app.ui.department.contribution_lines import ContributionSeen
from census_app.ui.department.letterbox import Letterbox, Taken
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words

SUFFIXES: Final = (".census", ".crt", ".pem")
FOLDER: Final = "arrivals_folder"


class Arrivals(QObject):
    """Takes files that came into the workspace; also what is dropped anywhere on the window.

    Signals:
        page_wanted: The person wants to see `queries`, `conflicts` or `packages`.
        ended: The last file is through; carries whether one of them was a trust bundle.
    """

    page_wanted = Signal(str)
    ended = Signal(bool)

    def __init__(
        self, window: QWidget, post: Letterbox, words: Words, preferences: Preferences
    ) -> None:
        super().__init__(window)
        self._window, self._post = window, post
        self._words, self._preferences = words, preferences
        self._queue: deque[Path] = deque()
        self._early: list[Path] = []
        self._outcomes: list[Outcome] = []
        self._path: Path | None = None
        self.dialog: QDialog | None = None
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    @property
    def busy(self) -> bool:
        """Whether files wait or one is under way."""
        return self._path is not None

    def choose(self) -> None:
        """Ask which files came."""
        words = self._words
        pattern = f"{words('UI_ARRIVAL_FILES')} ({' '.join('*' + s for s in SUFFIXES)})"
        folder = self._preferences.text(FOLDER)
        names, _kind = QFileDialog.getOpenFileNames(
            self._window, words("UI_TAKE_FILES"), folder, pattern
        )
        if names:
            self._preferences.remember_text(FOLDER, str(Path(names[0]).parent))
            self.take([Path(name) for name in names])

    def take(self, paths: Sequence[Path]) -> None:
        """Take files, certificates and trust bundles before the packages they are needed for."""
        self._queue.extend(sorted(paths, key=_rank))
        if not self.busy:
            self._next()

    # -- one after another -----------------------------------------------------------------------------------------

    def _next(self) -> None:
        if not self._queue and self._early and any(o.new for o in self._outcomes):
            self._queue.extend(self._early)
            self._outcomes = [o for o in self._outcomes if o.path not in self._early]
            self._early = []
        if not self._queue:
            self._finish()
            return
        self._path = self._queue.popleft()
        self._ask(self._path, "")

    def _ask(self, path: Path, confirm: str) -> None:
        title = self._words("UI_TAKING", name=path.name)
        self._post.take(path, confirm, self, self._on_taken, self._on_failed, title)

    def _on_taken(self, taken: Taken) -> None:
        if isinstance(taken, ContributionSeen):
            self._preview(taken)
            return
        if taken.early:
            self._early.append(taken.path)
        self._note(outcome_of(taken, self._words))

    def _on_failed(self, error: Exception) -> None:
        path = self._path
        if not isinstance(error, CensusError) or path is None:
            self._path = None
            raise error
        if error.code == "ROOT_UNCONFIRMED":
            self._ask_root(str(error.params["fingerprint"]))
            return
        if error.code == "CONTRIBUTION_GAP":
            self._early.append(path)
        self._note(outcome_of_error(path, error, self._words))

    def _note(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._next()

    def _finish(self) -> None:
        self._path = None
        outcomes, self._outcomes, self._early = self._outcomes, [], []
        self.ended.emit(any(o.kind == "trust" and o.new for o in outcomes))
        if outcomes:
            dialog = OutcomeDialog(outcomes, self._words, self._window)
            dialog.page_wanted.connect(self.page_wanted)
            self._show(dialog)

    # -- asking the person -----------------------------------------------------------------------------------------

    def _ask_root(self, fingerprint: str) -> None:
        dialog = RootDialog(fingerprint, self._words, self._window)
        dialog.accepted.connect(self._on_root_compared)
        dialog.rejected.connect(self._on_left)
        self._show(dialog)

    def _on_root_compared(self) -> None:
        if isinstance(self.dialog, RootDialog) and self._path is not None:
            self._ask(self._path, self.dialog.fingerprint)

    def _preview(self, seen: ContributionSeen) -> None:
        dialog = ContributionDialog(seen, self._post.form_set, self._words, self._window)
        dialog.accepted.connect(self._on_contribution_wanted)
        dialog.rejected.connect(self._on_left)
        self._show(dialog)

    def _on_contribution_wanted(self) -> None:
        if isinstance(self.dialog, ContributionDialog):
            title = self._words("UI_MERGING")
            plan = self.dialog.seen.plan
            self._post.take_contribution(plan, self, self._on_merged, self._on_failed, title)

    def _on_merged(self, done: ContributionDone) -> None:
        plan = done.plan
        counts = {
            "added": len(plan.merge.inserts),
            "changed": len(plan.merge.edits),
            "removed": len(plan.merge.removes),
            "unchanged": plan.merge.unchanged,
        }
        further = [("APPLIED_CONTRIBUTION_COUNTS", counts)]
        if plan.conflicts:
            further.append(("UI_MERGED_CONFLICTS", {"count": len(plan.conflicts)}))
        applied = Applied(
            plan.path, "contribution", "UI_MERGED", {"name": plan.sender_name}, tuple(further),
            waiting=len(plan.conflicts),
        )  # fmt: skip
        self._note(outcome_of(applied, self._words))

    def _on_left(self) -> None:
        """The person said no: nothing was changed, the next file follows."""
        self._next()

    def _show(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # -- drag and drop ---------------------------------------------------------------------------------------------

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and dropped_files(event):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            files = dropped_files(event)
            if files:
                event.acceptProposedAction()
                self.take(files)
                return True
        return super().eventFilter(watched, event)


def dropped_files(event: QDropEvent) -> list[Path]:
    """Return the dragged files that could be taken."""
    if not event.mimeData().hasUrls():
        return []
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in SUFFIXES]


def _rank(path: Path) -> tuple[int, str]:
    if path.suffix.lower() != ".census":
        return 0, path.name
    return (1 if path.name.upper().startswith("TRUST") else 2), path.name
