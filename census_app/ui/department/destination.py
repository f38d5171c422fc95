"""Where a package goes: the sticks that are plugged in, the folder of last time, or another one; told in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from census_app.services.progress import Progress
from census_app.settings import drives
from census_app.settings.drives import Drive
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FOLDER: Final = "export_folder"
STICK: Final = "export_stick"
"""The stick that the folder of last time lies on: without it, the same path would mean a place on this computer."""
GIGABYTE: Final = 1 << 30
MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to write into, and the stick it lies on, if it does."""

    folder: Path
    stick: Path | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A drive or folder with the room it has, read off the window's thread."""

    folder: Path
    drive: Drive | None
    free: int
    there: bool


class Destination(QWidget):
    """A list of places with what is to be known of the chosen one.

    Signals:
        changed: Another place is chosen, or what is known of it is new.
    """

    changed = Signal()

    def __init__(self, session: WorkspaceSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self._seen: list[_Seen] = []
        start = preferences.text(FOLDER) or str(session.store.path.parent)
        self._folder = Path(start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.box = QuietCombo()
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(30)
        self.box.currentIndexChanged.connect(self._on_chosen)
        accessibility.add_row(column, words("UI_FOLDER"), self.box)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.told = page.label("", "hint", wrap=True)
        row.addWidget(self.told, 1)
        self.again = page.button(words("HI_LOOK_AGAIN"), self.look, "small", Icon.REFRESH)
        self.other = page.button(words("UI_CHOOSE_FOLDER"), self._on_folder, "small", Icon.FOLDER)
        row.addWidget(self.again)
        row.addWidget(self.other)
        column.addLayout(row)

    @property
    def place(self) -> Place:
        """The chosen place; the folder of last time before anything was looked at."""
        index = self.box.currentIndex()
        if 0 <= index < len(self._seen):
            seen = self._seen[index]
            return Place(seen.folder, seen.drive.path if seen.drive is not None else None)
        return Place(self._folder)

    @property
    def usable(self) -> bool:
        """Whether nothing is known that forbids writing there."""
        index = self.box.currentIndex()
        if not 0 <= index < len(self._seen):
            return True
        seen = self._seen[index]
        if self._missing(seen):
            return False
        return seen.drive is None or not seen.drive.read_only

    def _missing(self, seen: _Seen) -> bool:
        """Say whether a folder lies on a stick that is not there."""
        stick = self._preferences.text(STICK)
        return bool(stick) and seen.drive is None and seen.folder.is_relative_to(stick)

    def look(self) -> None:
        """Look for sticks and for the room in the folder; a share that answers slowly keeps nobody waiting."""
        folder = self._folder

        def work(_progress: Progress) -> list[_Seen]:
            found = [_Seen(d.path, d, d.free, there=True) for d in drives.removable_drives()]
            if all(each.folder != folder for each in found):
                above = next((p for p in (folder, *folder.parents) if p.exists()), folder)
                free = drives.free_bytes(above)
                found.append(_Seen(folder, _drive_of(folder, found), free, folder.exists()))
            return found

        self._session.runner.on_reading(work, self, self._on_seen)

    def choose(self, folder: Path) -> None:
        """Take a folder."""
        self._folder = folder
        self._preferences.remember_text(FOLDER, str(folder))
        self._preferences.remember_text(STICK, "")
        self.look()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _on_seen(self, seen: list[_Seen]) -> None:
        known = {each.folder for each in self._seen}
        chosen = self.place.folder if self._seen else self._first(seen)
        if self._seen and any(s.drive is not None and s.folder not in known for s in seen):
            fresh = next(s for s in seen if s.drive is not None and s.folder not in known)
            chosen = fresh.folder  # whoever plugs a stick in wants to write to it
        if self._folder not in known and any(s.folder == self._folder for s in seen):
            chosen = self._folder
        self._seen = seen
        own = next((s for s in seen if s.folder == self._folder), None)
        if own is not None and own.drive is not None:
            self._preferences.remember_text(STICK, str(own.drive.path))
        self.box.blockSignals(True)
        self.box.clear()
        for each in seen:
            self.box.addItem(self._label(each))
        at = next((n for n, each in enumerate(seen) if each.folder == chosen), 0)
        self.box.setCurrentIndex(at)
        self.box.blockSignals(False)
        self._on_chosen()

    def _first(self, seen: list[_Seen]) -> Path:
        """Return the folder of last time; where there is none, a stick that can be written to."""
        if self._preferences.text(FOLDER):
            return self._folder
        sticks = (s.folder for s in seen if s.drive is not None and not s.drive.read_only)
        return next(sticks, self._folder)

    def _label(self, seen: _Seen) -> str:
        words = self._words
        if seen.drive is not None and seen.drive.path == seen.folder:
            return words("HI_STICK", name=seen.drive.label, path=str(seen.folder))
        return str(seen.folder)

    def _on_chosen(self, *_index: int) -> None:
        words, index = self._words, self.box.currentIndex()
        if not 0 <= index < len(self._seen):
            return
        seen = self._seen[index]
        sticks = sum(s.drive is not None and s.drive.path == s.folder for s in self._seen)
        look, code = "hint", "HI_FREE"
        if seen.drive is not None and seen.drive.read_only:
            look, code = "bad", "HI_READ_ONLY"
        elif self._missing(seen):
            look, code = "bad", "HI_STICK_GONE"
        elif not seen.there:
            look, code = "warn", "HI_FOLDER_NEW"
        elif seen.free < MEGABYTE:
            look, code = "bad", "HI_FULL"
        text = words(code, free=_size(seen.free))
        if not sticks:
            text = words("HI_NO_STICK", more=text)
        theme.set_look(self.told, look)
        self.told.setText(text)
        self.box.setToolTip(str(seen.folder))
        self.changed.emit()

    def _on_folder(self) -> None:
        title = self._words("UI_CHOOSE_FOLDER")
        chosen = QFileDialog.getExistingDirectory(self, title, str(self.place.folder))
        if chosen:
            self.choose(Path(chosen))


def _drive_of(folder: Path, found: list[_Seen]) -> Drive | None:
    """Return the stick a folder lies on."""
    drives_found = (each.drive for each in found if each.drive is not None)
    return next((d for d in drives_found if folder.is_relative_to(d.path)), None)


def _size(count: int) -> str:
    if count >= GIGABYTE:
        return f"{count / GIGABYTE:.1f} GB"
    return f"{count / MEGABYTE:.0f} MB"
