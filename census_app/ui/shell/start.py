"""The first window: go on where one was, make a workspace, practise, open a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from census_app import __version__
from census_app.ui.shell import page, theme
from census_app.ui.shell.application import Preferences, is_file_place
from census_app.ui.shell.first_run import SUFFIX, FirstRunDialog, PlaceCheck
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.recent import RecentFiles, RecentList
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words


class StartWindow(QMainWindow):
    """Says what to do first.

    Args:
        place_kind: Says what speaks against a place for a new file; see `first_run.PlaceCheck`.
        actor: Who works here, as far as the computer knows.

    Signals:
        open_wanted: path of a file.
        server_wanted: A catalogue on a server: its place as `RecentFile.place`, or empty to ask where it is.
        new_wanted: `NewFile`, a workspace to make.
        last_year_wanted: The person wants to begin this round from last year's records.
        practice_wanted: The person wants to practise on made-up data.
        manual_wanted: The person wants to read the manual.
        update_wanted: The person wants a newer program.
        catalogue_wanted: The person wants to make a catalogue.
        language_requested: `zh` or `en`.
        theme_requested: a `ThemeName`.
    """

    catalogue_wanted = Signal()
    open_wanted = Signal(object)
    server_wanted = Signal(str)
    new_wanted = Signal(object)
    last_year_wanted = Signal()
    practice_wanted = Signal()
    manual_wanted = Signal()
    update_wanted = Signal()
    language_requested = Signal(str)
    theme_requested = Signal(str)

    def __init__(
        self,
        words: Words,
        preferences: Preferences,
        place_kind: PlaceCheck,
        actor: str = "",
    ) -> None:
        super().__init__()
        self._words, self._preferences = words, preferences
        self._place_kind, self._actor = place_kind, actor
        self.recent_files = RecentFiles(preferences)
        self.setWindowTitle(words("UI_PROGRAM"))
        self.resize(1040, 680)
        central = QWidget()
        inner = QWidget()
        inner.setMaximumWidth(1040)
        around = QHBoxLayout(central)
        around.addWidget(inner)
        outer = QVBoxLayout(inner)
        outer.setContentsMargins(32, 12, 32, 24)
        outer.addLayout(self._top())
        outer.addWidget(page.label(words("UI_PROGRAM"), "figure"))
        outer.addWidget(page.label(words("UI_START_LEAD"), "text2", wrap=True))
        outer.addSpacing(12)
        columns = QHBoxLayout()
        columns.setSpacing(24)
        columns.addWidget(self._first_card(), 1)
        columns.addWidget(self._recent_card(), 1)
        outer.addLayout(columns, 1)
        self.setCentralWidget(central)
        self.show_recent()
        start = self.recent if self.recent.current is not None else self.new_button
        start.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.label(self._words("UP_VERSION", version=__version__), "hint"))
        self.update_button = page.button(self._words("UP_MENU"), self.update_wanted.emit, "link")
        row.addWidget(self.update_button)
        row.addStretch(1)
        self.manual = page.button(
            self._words("GD_MANUAL"), self.manual_wanted.emit, symbol=Icon.HELP
        )
        self.manual.setShortcut("F1")
        self.manual.setToolTip("F1")
        row.addWidget(self.manual)
        language = page.button(self._words("UI_LANGUAGE_SHORT"), self._on_language)
        language.setAccessibleName(self._words("UI_LANGUAGE_TIP"))
        row.addWidget(language)
        row.addWidget(page.icon_button(Icon.THEME, self._words("UI_THEME_TIP"), self._on_theme))
        return row

    def _first_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=24)
        card.body.setSpacing(12)
        self.new_button = page.button(words("UI_NEW_WORKSPACE"), self._on_new, "primary", Icon.ADD)
        self.practice_button = page.button(
            words("GD_PRACTISE"), self.practice_wanted.emit, symbol=Icon.TARGET
        )
        self.catalogue_button = page.button(
            words("CT_NEW_DOTS"), self.catalogue_wanted.emit, symbol=Icon.SHIELD
        )
        parts = (
            ("UI_START_NEW", "GD_START_NEW_TIP", self.new_button),
            ("GD_START_PRACTICE", "GD_START_PRACTICE_TIP", self.practice_button),
            ("", "CT_START_CATALOGUE", self.catalogue_button),
        )
        for number, (title, tip, button) in enumerate(parts):
            if number:
                card.body.addWidget(page.line())
            if title:
                card.body.addWidget(page.label(words(title), "section"))
            card.body.addWidget(page.label(words(tip), "text2", wrap=True))
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            card.body.addWidget(button)
        card.body.addStretch(1)
        return card

    def _recent_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=24)
        card.body.setSpacing(8)
        card.body.addWidget(page.label(words("UI_START_OPEN"), "section"))
        self.nothing = page.label(words("GD_NO_RECENT"), "text2", wrap=True)
        card.body.addWidget(self.nothing)
        self.recent = RecentList(words)
        self.recent.open_wanted.connect(self._on_recent)
        self.recent.forget_wanted.connect(self._on_forget)
        self.recent.selectionModel().currentChanged.connect(self._on_current)
        card.body.addWidget(self.recent, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.button(words("UI_OPEN_FILE"), self._on_open, symbol=Icon.FOLDER))
        self.server_button = page.button(words("CS_OPEN_DOTS"), self._on_server, symbol=Icon.LINK)
        row.addWidget(self.server_button)
        row.addStretch(1)
        card.body.addLayout(row)
        self.last_year_button = page.button(
            words("DL_BEGIN_DOTS"), self.last_year_wanted.emit, symbol=Icon.HISTORY
        )
        self.last_year_button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.forget = page.button(words("GD_RECENT_FORGET"), self._on_forget_current)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.last_year_button)
        below.addWidget(self.forget)
        below.addStretch(1)
        card.body.addLayout(below)
        card.body.addStretch(0)  # takes the room while there is no list
        return card

    # -- doing -----------------------------------------------------------------------------------------------------

    def show_recent(self) -> None:
        """Show the files opened before."""
        files = self.recent_files.all()
        self.recent.show_files(files)
        self.recent.setVisible(bool(files))
        self.nothing.setVisible(not files)
        self._on_current()

    def _on_current(self) -> None:
        """Offer to take a missing file off the list; for those that are there, Delete and the menu do it."""
        file = self.recent.current
        self.forget.setVisible(file is not None and file.missing)

    def _on_recent(self, place: str) -> None:
        if is_file_place(place):
            self.open_wanted.emit(Path(place))
        else:
            self.server_wanted.emit(place)

    def _on_server(self) -> None:
        self.server_wanted.emit("")

    def _on_forget(self, place: str) -> None:
        self.recent_files.forget(place)
        self.show_recent()

    def _on_forget_current(self) -> None:
        if self.recent.current is not None:
            self._on_forget(self.recent.current.place)

    def _on_new(self) -> None:
        dialog = FirstRunDialog(self._words, self._preferences, self._place_kind, self._actor, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.new_wanted.emit(dialog.answers())
        dialog.deleteLater()

    def _on_open(self) -> None:
        files = self._preferences.recent_files()
        folder = str(files[0].parent) if files else str(Path.home())
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("UI_OPEN_FILE"), folder, f"Census (*{SUFFIX})"
        )
        if name:
            self.open_wanted.emit(Path(name))

    def _on_language(self) -> None:
        self.language_requested.emit("zh" if self._words.language == "en" else "en")

    def _on_theme(self) -> None:
        dark = theme.tokens() is theme.DARK
        self.theme_requested.emit(ThemeName.LIGHT.value if dark else ThemeName.DARK.value)
