"""A newer program from a file: which one, what it would bring, what was done; or who brings it where it came otherwise.

Nothing is looked at or installed here: `ui.updates` does that and tells this dialog what came of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.errors import CensusError
from census_app.services.updating import Offer, Updated
from census_app.settings.installation import Way
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

CHAPTER: Final = "installing.md"


class HowToUpdateDialog(MessageDialog):
    """Says who brings the newer version to a program that cannot update itself.

    Signals:
        manual_wanted: The person wants to read the chapter on it.
    """

    manual_wanted = Signal()

    def __init__(self, words: Words, way: Way, present: str, parent: QWidget | None = None) -> None:
        super().__init__(words("UP_TITLE"), parent, width=560)
        self.add_heading(words("UP_PRESENT", version=present), Icon.INFO, theme.tokens().accent)
        self.add_text(words(f"UP_HOW_{way.name}"))
        self.add_text(words("UP_FILES_STAY"), "hint")
        self.buttons.addWidget(
            page.button(words("UP_MANUAL"), self.manual_wanted.emit, symbol=Icon.HELP)
        )
        self.buttons.addStretch(1)
        close = page.button(words("UI_CLOSE"), self.accept, "primary")
        close.setDefault(True)
        self.buttons.addWidget(close)
        self.finish()


class UpdateDialog(MessageDialog):
    """Asks for the file, says version now and then, and what happened.

    Args:
        present: The version that runs.
        saved: Name of the open file, of which a snapshot is taken before; empty when there is none.
        other: Another version that is here and can be started in the place of this one; empty when there is none.
        waiting: A version that was installed before and starts the next time; empty when it is the present one.

    Signals:
        file_chosen: path, published hash as typed. Answered by `show_offer` or `show_refusal`.
        update_wanted: path, published hash as typed. Answered by `show_done` or `show_refusal`.
        back_wanted: Let the other version be started from now on.
        restart_wanted: Close this program and start the one that was installed.
    """

    file_chosen = Signal(object, str)
    update_wanted = Signal(object, str)
    back_wanted = Signal()
    restart_wanted = Signal()

    def __init__(
        self,
        words: Words,
        present: str,
        saved: str,
        *,
        other: str = "",
        waiting: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words("UP_TITLE"), parent, width=600)
        self._words, self._present = words, present
        self._busy = False
        self._add_lead(saved, waiting)
        self._add_file()
        self._add_outcome()
        self._add_buttons(other)
        self.restart.setVisible(bool(waiting))
        self.finish()
        self.browse.setFocus()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _add_lead(self, saved: str, waiting: str) -> None:
        words = self._words
        text = words("UP_PRESENT", version=self._present)
        if waiting:
            text = words("UP_WAITING", version=self._present, waiting=waiting)
        self.add_heading(text, Icon.INFO, theme.tokens().accent)
        lead = [words("UP_LEAD"), words("UP_SAVES", file=saved) if saved else ""]
        self.lead = page.label("\n".join(filter(None, lead)), "text2", wrap=True)
        self.column.addWidget(self.lead)

    def _add_file(self) -> None:
        words = self._words
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setPlaceholderText("census-….tar.gz")
        self.browse = page.button(words("CAT_BROWSE"), self._on_browse, symbol=Icon.FOLDER)
        self.browse.setAccessibleName(words("CAT_BROWSE_FOR", what=words("UP_FILE")))
        self.asked = QWidget()
        row = QHBoxLayout(self.asked)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.file, 1)
        row.addWidget(self.browse)
        self.asked.setFocusProxy(self.browse)
        self._file_row = self._row(words("UP_FILE"), self.asked)
        self.file.setAccessibleName(words("UP_FILE"))
        self.hash = QLineEdit()
        self.hash.setPlaceholderText("3f9a 1c07 …")
        self.hash.textChanged.connect(self._on_hash)
        self._hash_row = self._row(words("UP_HASH"), self.hash, words("UP_HASH_TIP"))
        self._hash_row.hide()

    def _row(self, label: str, widget: QWidget, hint: str = "") -> QWidget:
        """Add a labelled input that can be hidden as a whole."""
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        accessibility.add_row(column, label, widget, hint=hint)
        self.column.addWidget(holder)
        return holder

    def _add_outcome(self) -> None:
        self.offer = page.label("", "strong", wrap=True, selectable=True)
        self.said = page.label("", wrap=True, selectable=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self._words("UP_TITLE"))
        for part in (self.offer, self.said, self.bar):
            self.column.addWidget(part)
            part.hide()
        self.column.addStretch(1)

    def _add_buttons(self, other: str) -> None:
        words = self._words
        self.back = page.button(words("UP_BACK", version=other), self.back_wanted.emit)
        self.back.setVisible(bool(other))
        self.close_button = page.button(words("UI_CLOSE"), self.reject)
        self.restart = page.button(words("UP_RESTART"), self.restart_wanted.emit)
        self.do = page.button(words("UP_DO"), self._on_do, "primary")
        self.do.setEnabled(False)
        self.buttons.addWidget(self.back)
        self.buttons.addStretch(1)
        for button in (self.close_button, self.restart, self.do):
            self.buttons.addWidget(button)

    # -- asking ----------------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """The file that was chosen."""
        return Path(self.file.text()) if self.file.text() else None

    def choose(self, path: Path) -> None:
        """Take a file and ask what it would bring."""
        self.file.setText(str(path))
        self._hash_row.hide()
        self.hash.clear()
        self.offer.hide()
        self.said.hide()
        self.do.setEnabled(False)
        self.file_chosen.emit(path, "")

    def _on_browse(self) -> None:
        start = str(self.path.parent) if self.path is not None else str(Path.home())
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("UP_FILE"), start, "Census (*.tar.gz)"
        )
        if name:
            self.choose(Path(name))

    def _on_hash(self, text: str) -> None:
        self.do.setEnabled(bool(text.strip()))

    def _on_do(self) -> None:
        if self.path is not None:
            self.update_wanted.emit(self.path, self.hash.text().strip())

    # -- telling ---------------------------------------------------------------------------------------------------

    def show_offer(self, offer: Offer) -> None:
        """Say which version the file brings, and whether it is known to be the published one."""
        words = self._words
        self.offer.setText(words("UP_OFFER", present=offer.present, version=offer.version))
        self.offer.show()
        self._say(
            words("UP_AGREES" if offer.published else "UP_COMPARE"),
            "good" if offer.published else "text2",
        )
        self._hash_row.setVisible(not offer.published)
        self.do.setEnabled(offer.published)
        (self.do if offer.published else self.hash).setFocus()

    def show_refusal(self, error: CensusError) -> None:
        """Say why it was refused; nothing has changed, and another file may be chosen."""
        self.show_busy(busy=False)
        told = self._words.explain(error)
        self._say(f"{told.what} {told.next_step}".strip(), "bad")
        self.do.setEnabled(
            error.code in {"UPDATE_HASH_FORM", "UPDATE_HASH"} and bool(self.hash.text())
        )

    def show_busy(self, *, busy: bool) -> None:
        """Say that it is under way, or that it is no longer; it is not stopped half way."""
        self._busy = busy
        self.bar.setVisible(busy)
        for part in (self.browse, self.hash, self.back, self.close_button, self.do):
            part.setEnabled(not busy)
        if busy:
            self._say(self._words("UP_DOING"), "text2")

    def show_done(self, done: Updated) -> None:
        """Say what was done and how the new version comes to be used."""
        words = self._words
        self.show_busy(busy=False)
        for part in (self.lead, self._file_row, self._hash_row, self.do, self.back):
            part.hide()
        self.offer.setText(words("UP_DONE", version=done.version))
        self.offer.show()
        lines = [words("CLI_UPDATE_SAVED", path=path) for path in done.snapshots]
        lines.append(words("UP_DONE_NEXT", version=done.version, before=done.before))
        self._say("\n".join(lines), "")
        theme.set_look(self.restart, "primary")
        self.restart.show()
        self.restart.setFocus()

    def _say(self, text: str, look: str) -> None:
        theme.set_look(self.said, look)
        self.said.setText(text)
        self.said.show()
        QTimer.singleShot(0, self, self._be_no_higher)

    def _be_no_higher(self) -> None:
        """Give back the room of what is no longer asked; a dialog grows by itself and never shrinks."""
        self.column.activate()
        self.resize(self.width(), self.minimumHeight())

    @override
    def reject(self) -> None:
        """Close, unless something is under way."""
        if not self._busy:
            super().reject()
