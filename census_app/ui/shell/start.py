"""The first window: make a workspace, open a file, or go on where one was."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.uscc import is_uscc
from census_app.settings.files import safe_file_name
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

SUFFIX = ".censusdb"


class StartWindow(QMainWindow):
    """Says what to do first.

    Signals:
        open_wanted: path of a file.
        new_wanted: path, department name, code of a workspace to make.
        catalogue_wanted: The person wants to make a catalogue.
        language_requested: `zh` or `en`.
        theme_requested: a `ThemeName`.
    """

    catalogue_wanted = Signal()
    open_wanted = Signal(object)
    new_wanted = Signal(object, str, str)
    language_requested = Signal(str)
    theme_requested = Signal(str)

    def __init__(self, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._words = words
        self._preferences = preferences
        self.setWindowTitle(words("UI_PROGRAM"))
        self.resize(900, 600)
        central = QWidget()
        inner = QWidget()
        inner.setMaximumWidth(960)
        around = QHBoxLayout(central)
        around.addWidget(inner)
        outer = QVBoxLayout(inner)
        outer.setContentsMargins(32, 16, 32, 32)
        outer.addLayout(self._top())
        outer.addStretch(1)
        title = page.label(words("UI_PROGRAM"), "figure")
        outer.addWidget(title)
        outer.addWidget(page.label(words("UI_START_LEAD"), "text2", wrap=True))
        outer.addSpacing(24)
        columns = QHBoxLayout()
        columns.setSpacing(24)
        columns.addWidget(self._first_card(), 1)
        columns.addWidget(self._recent_card(), 1)
        outer.addLayout(columns)
        outer.addStretch(2)
        self.setCentralWidget(central)
        self.new_button.setFocus()

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        language = page.button(self._words("UI_LANGUAGE_SHORT"), self._on_language)
        language.setAccessibleName(self._words("UI_LANGUAGE_TIP"))
        row.addWidget(language)
        row.addWidget(page.icon_button(Icon.THEME, self._words("UI_THEME_TIP"), self._on_theme))
        return row

    def _first_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=24)
        card.body.setSpacing(12)
        card.body.addWidget(page.label(words("UI_START_NEW"), "section"))
        card.body.addWidget(page.label(words("UI_START_NEW_TIP"), "text2", wrap=True))
        self.new_button = page.button(words("UI_NEW_WORKSPACE"), self._on_new, "primary", Icon.ADD)
        row = QHBoxLayout()
        row.addWidget(self.new_button)
        row.addStretch(1)
        card.body.addLayout(row)
        card.body.addStretch(1)
        card.body.addWidget(page.line())
        card.body.addWidget(page.label(words("CT_START_CATALOGUE"), "text2", wrap=True))
        self.catalogue_button = page.button(
            words("CT_NEW_DOTS"), self.catalogue_wanted.emit, symbol=Icon.SHIELD
        )
        below = QHBoxLayout()
        below.addWidget(self.catalogue_button)
        below.addStretch(1)
        card.body.addLayout(below)
        return card

    def _recent_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=24)
        card.body.setSpacing(8)
        card.body.addWidget(page.label(words("UI_START_OPEN"), "section"))
        files = self._preferences.recent_files()
        if not files:
            card.body.addWidget(page.label(words("UI_NO_RECENT"), "text2", wrap=True))
        for path in files:
            entry = _RecentButton(path)
            entry.clicked.connect(self._on_recent)
            card.body.addWidget(entry)
        row = QHBoxLayout()
        row.addWidget(page.button(words("UI_OPEN_FILE"), self._on_open, symbol=Icon.FOLDER))
        row.addStretch(1)
        card.body.addSpacing(4)
        card.body.addLayout(row)
        card.body.addStretch(1)
        return card

    def _on_new(self) -> None:
        dialog = NewWorkspaceDialog(self._words, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.new_wanted.emit(dialog.path, dialog.name, dialog.code)
        dialog.deleteLater()

    def _on_open(self) -> None:
        files = self._preferences.recent_files()
        folder = str(files[0].parent) if files else str(Path.home())
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("UI_OPEN_FILE"), folder, f"Census (*{SUFFIX})"
        )
        if name:
            self.open_wanted.emit(Path(name))

    def _on_recent(self) -> None:
        sender = self.sender()
        if isinstance(sender, _RecentButton):
            self.open_wanted.emit(sender.path)

    def _on_language(self) -> None:
        self.language_requested.emit("zh" if self._words.language == "en" else "en")

    def _on_theme(self) -> None:
        dark = theme.tokens() is theme.DARK
        self.theme_requested.emit(ThemeName.LIGHT.value if dark else ThemeName.DARK.value)


class _RecentButton(QPushButton):
    """A file opened before: its name, and the folder below it in the tooltip."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name}".replace("&", "&&"))
        self.path = path
        self.setAutoDefault(False)
        theme.set_look(self, "recent")
        self.setToolTip(str(path))
        self.setAccessibleDescription(str(path.parent))


class NewWorkspaceDialog(QDialog):
    """Asks the three things a workspace needs: who, which code, where."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._path_chosen = False
        self.setWindowTitle(words("UI_NEW_WORKSPACE"))
        self.setMinimumWidth(560)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_NEW_WORKSPACE"), "title"))
        self._name = QLineEdit()
        self._code = QLineEdit()
        self._code.setMaxLength(20)
        self._file = QLineEdit(str(Path.home() / f"{words('UI_FILE_STEM')}{SUFFIX}"))
        accessibility.add_row(
            column, words("UI_DEPARTMENT_NAME"), self._name, hint=words("UI_DEPARTMENT_NAME_TIP"),
            required=True,
        )  # fmt: skip
        accessibility.add_row(
            column, words("UI_USCC"), self._code, hint=words("UI_USCC_TIP"), required=True
        )
        accessibility.add_row(column, words("UI_FILE_PLACE"), self._file, hint=words("UI_FILE_TIP"))
        self.problem = page.label(" ", "bad", wrap=True)
        column.addWidget(self.problem)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.button(words("UI_CHOOSE_PLACE"), self._on_place, symbol=Icon.FOLDER))
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.make = page.button(words("UI_MAKE"), self._on_make, "primary")
        self.make.setDefault(True)
        row.addWidget(self.make)
        column.addLayout(row)
        self._name.textChanged.connect(self._on_changed)
        self._code.textChanged.connect(self._on_changed)
        self._file.textEdited.connect(self._on_path_edited)
        self._on_changed()
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def name(self) -> str:
        """The department's name."""
        return self._name.text().strip()

    @property
    def code(self) -> str:
        """The unified social credit code, in capitals."""
        return self._code.text().strip().upper()

    @property
    def path(self) -> Path:
        """Where the file shall be."""
        path = Path(self._file.text().strip()).expanduser()
        return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)

    def fill(self, name: str, code: str, path: Path) -> None:
        """Put answers into the fields."""
        self._name.setText(name)
        self._code.setText(code)
        self._file.setText(str(path))
        self._path_chosen = True

    def _on_changed(self) -> None:
        if self.name and not self._path_chosen:
            folder = Path(self._file.text()).parent
            self._file.setText(str(folder / safe_file_name(self.name + SUFFIX)))
        self.make.setEnabled(bool(self.name and self.code))

    def _on_make(self) -> None:
        """Look at the answers here, where they can still be mended."""
        if not is_uscc(self.code[:18]) or len(self.code) not in {18, 20}:
            self.problem.setText(self._words("UI_USCC_WRONG"))
            self._code.setFocus()
        elif self.path.exists():
            self.problem.setText(self._words("UI_FILE_THERE", file=self.path.name))
            self._file.setFocus()
        else:
            self.accept()

    def _on_path_edited(self, text: str) -> None:
        self._path_chosen = bool(text)

    def _on_place(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, self._words("UI_CHOOSE_PLACE"), self._file.text(), f"Census (*{SUFFIX})"
        )
        if name:
            self._file.setText(name)
            self._path_chosen = True
