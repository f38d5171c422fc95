"""Make a catalogue: with roots of its own on two sticks, or as one that believes somebody else's root."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.errors import CensusError
from census_app.services.admitting import ROOT_KEY
from census_app.services.contribution_lines import USCC_LENGTH
from census_app.services.founding import (
    CatalogueFounded,
    CatalogueJoined,
    NewCatalogue,
    Sticks,
    found_catalogue,
    join_catalogue,
    root_behind,
)
from census_app.services.ports import Workshop
from census_app.settings.files import safe_file_name
from census_app.ui.catalogue.act_dialog import ActDialog, ways_row
from census_app.ui.catalogue.daily_key_dialogs import is_body_code
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.place_field import SUFFIX, PlaceField
from census_app.ui.catalogue.stick_dialog import STICK, NewPassphrase
from census_app.ui.department.algorithm_box import AlgorithmBox
from census_app.ui.dialogs.messages import ProgressDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words

FOUND, JOIN = range(2)
LEVELS = ("province", "city")


class NewCatalogueDialog(ActDialog):
    """Who, where, and the keys; makes the file. What was made is told by `MadeDialog`.

    Signals:
        founded: `CatalogueFounded`.
        joined: `CatalogueJoined`.
    """

    founded = Signal(object)
    joined = Signal(object)

    def __init__(
        self, workshop: Workshop, words: Words, preferences: Preferences, parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CT_NEW_TITLE"), parent, 780)
        self._workshop, self._preferences = workshop, preferences
        self.runner = TaskRunner(self.fail, self._show_progress, self)
        self._path_typed = False
        self._root = ""
        self.ways = QButtonGroup(self)
        self.name, self.code = QLineEdit(), QLineEdit()
        self.level = QuietCombo()
        self.place = PlaceField(words)
        self.file = self.place.file
        self.algorithm = AlgorithmBox(words)
        self.stick = PathField(words, words("CT_NEW_ROOT_STICK"))
        self.standby = PathField(words, words("CT_NEW_STANDBY_STICK"))
        self.root_passphrase = NewPassphrase(words, words("CT_ROOT_PASSPHRASE"))
        self.daily = NewPassphrase(words, words("CT_DAILY_PASSPHRASE"))
        self.trust = PathField(words, words("CT_JOIN_FILE"), words("CT_JOIN_FILTER"))
        self.compared = QCheckBox(words("CT_JOIN_COMPARED"))
        self.requests = PathField(words, words("UI_REQUEST_FOLDER"))
        self._stack = QStackedWidget()
        self._wrong = page.label(words("CT_BODY_CODE_WRONG"), "bad", wrap=True)
        self._wrong.hide()
        self._build()
        self._connect()
        self._on_way(FOUND, checked=True)
        self.name.setFocus()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self.words
        self.column.setSpacing(8)
        labels = [words(code) for code in ("CT_WAY_FOUND", "CT_WAY_JOIN")]
        self.column.addLayout(ways_row(self.ways, labels))
        self._lead = page.label("", "hint", wrap=True)
        self.column.addWidget(self._lead)
        who = QHBoxLayout()
        who.setSpacing(16)
        add_row(who, words("CT_BODY_NAME"), self.name, required=True)
        add_row(who, words("CT_BODY_CODE"), self.code, required=True)
        for level in LEVELS:
            self.level.addItem(words(f"CT_LEVEL_{level}"), level)
        add_row(who, words("CT_LEVEL"), self.level)
        who.setStretch(0, 3)
        who.setStretch(1, 3)
        who.setStretch(2, 1)
        self.column.addLayout(who)
        self.column.addWidget(self._wrong)
        self.place.suggest(Path.home() / f"{words('CT_FILE_STEM')}{SUFFIX}")
        self.column.addWidget(self.place)
        self._stack.addWidget(self._founding())
        self._stack.addWidget(self._joining())
        self.column.addWidget(self._stack)
        self.column.addWidget(self.daily)
        self.column.addStretch(1)
        self.finish(words("CT_NEW_DO"))

    def _founding(self) -> QWidget:
        words = self.words
        holder, column = _page()
        sticks = QHBoxLayout()
        sticks.setSpacing(16)
        left, right = QVBoxLayout(), QVBoxLayout()
        sticks.addLayout(left, 1)
        sticks.addLayout(right, 1)
        self.stick.add_to(left, required=True)
        self.standby.add_to(right, required=True)
        column.addLayout(sticks)
        self._stick_hint = page.label(words("CT_STICKS_HINT"), "hint", wrap=True)
        column.addWidget(self._stick_hint)
        keys = QHBoxLayout()
        keys.setSpacing(16)
        keys.addWidget(self.root_passphrase, 2)
        box = QVBoxLayout()
        hint = "\n".join(filter(None, (words("CT_ALGORITHM_HINT"), self.algorithm.note)))
        add_row(box, words("UI_ALGORITHM"), self.algorithm, hint=hint)
        box.addStretch(1)
        keys.addLayout(box, 1)
        column.addLayout(keys)
        return holder

    def _joining(self) -> QWidget:
        holder, column = _page()
        self.trust.add_to(column, self.words("CT_JOIN_HINT"), required=True)
        self._fingerprint = page.label("", "section", wrap=True, selectable=True)
        column.addWidget(self._fingerprint)
        column.addWidget(self.compared)
        self.requests.add_to(column, required=True)
        column.addStretch(1)
        return holder

    def _connect(self) -> None:
        self.ways.idToggled.connect(self._on_way)
        self.name.textChanged.connect(self._on_name)
        self.code.textChanged.connect(self._on_code)
        self.code.editingFinished.connect(self._on_code_left)
        self.file.edit.textEdited.connect(self._on_path_typed)
        self.stick.changed.connect(self._on_stick)
        self.trust.changed.connect(self._on_trust)
        self.place.changed.connect(self.update_ready)
        self.compared.toggled.connect(self.update_ready)
        lines = (
            self.code, self.standby.edit, self.requests.edit,
            *(x for each in (self.root_passphrase, self.daily) for x in (each.first, each.again)),
        )  # fmt: skip
        for line in lines:
            line.textChanged.connect(self.update_ready)

    # -- filling in ------------------------------------------------------------------------------------------------

    @property
    def way(self) -> int:
        """`FOUND` or `JOIN`."""
        return max(FOUND, self.ways.checkedId())

    @property
    def wanted(self) -> NewCatalogue:
        """What the catalogue shall be."""
        target = self.place.target or Path()
        level = str(self.level.currentData())
        code = self.code.text().strip().upper()
        return NewCatalogue(target=target, name=self.name.text().strip(), code=code, level=level)

    @property
    def _fresh(self) -> bool:
        """Whether a root is made; one that lies on the stick is used."""
        return self.stick.path is None or not (self.stick.path / ROOT_KEY).is_file()

    def _on_way(self, number: int, checked: bool) -> None:  # as the signal gives it
        if checked:
            self._stack.setCurrentIndex(number)
            self._lead.setText(self.words("CT_FOUND_LEAD" if number == FOUND else "CT_JOIN_LEAD"))
            self.update_ready()

    def _on_name(self) -> None:
        name, path = self.name.text().strip(), self.file.path
        if name and not self._path_typed and path is not None:
            self.file.edit.setText(str(path.parent / safe_file_name(name + SUFFIX)))
        self.update_ready()

    def _on_code(self) -> None:
        """Say at the last character whether the code is right, not while it is still being typed."""
        code = self.code.text().strip()
        if is_body_code(code) or not code:
            self._wrong.hide()
        elif len(code) >= USCC_LENGTH and len(code) != USCC_LENGTH + 1:  # two more may follow
            self._wrong.show()

    def _on_code_left(self) -> None:
        code = self.code.text().strip()
        self._wrong.setVisible(bool(code) and not is_body_code(code))

    def _on_path_typed(self, text: str) -> None:
        self._path_typed = bool(text)

    def _on_stick(self) -> None:
        self._stick_hint.setText(self.words("CT_STICKS_HINT" if self._fresh else "CT_STICK_USED"))
        self.root_passphrase.again.setEnabled(self._fresh)
        self.update_ready()

    def _on_trust(self) -> None:
        self._root = ""
        self._fingerprint.setText("")
        self.compared.setChecked(False)
        path = self.trust.path
        if path is not None and path.is_file():
            try:
                self._root = root_behind(path)
            except CensusError as error:
                self.fail(error)
            self._fingerprint.setText(self._root)
        self.update_ready()

    @override
    def ready(self) -> bool:
        if not (self.name.text().strip() and is_body_code(self.code.text()) and self.place.target):
            return False
        if not self.daily.good:
            return False
        if self.way == JOIN:
            return bool(self._root) and self.compared.isChecked() and self.requests.path is not None
        opened = self.root_passphrase.good if self._fresh else bool(self.root_passphrase.text)
        return self.stick.path is not None and self.standby.path is not None and opened

    # -- making ----------------------------------------------------------------------------------------------------

    @override
    def act(self) -> None:
        workshop, wanted, daily = self._workshop, self.wanted, self.daily.text
        title = self.words("CT_NEW_MAKING")
        if self.way == JOIN:
            trust, folder = self.trust.path or Path(), self.requests.path or Path()
            root = self._root
            self.runner.on_reading(
                lambda _p: join_catalogue(workshop, wanted, trust, folder, daily, confirm=root),
                self, self._on_joined, self.fail, title,
            )  # fmt: skip
            return
        root_folder = self.stick.path or Path()
        sticks = Sticks(
            root=root_folder,
            passphrase=self.root_passphrase.text,
            standby=self.standby.path,
            algorithm=self.algorithm.algorithm() if self._fresh else None,
        )
        self._preferences.remember_text(STICK, str(root_folder))
        self.runner.on_reading(
            lambda _p: found_catalogue(workshop, wanted, sticks, daily),
            self, self._on_founded, self.fail, title,
        )  # fmt: skip

    def _on_founded(self, made: CatalogueFounded) -> None:
        self._forget()
        self.accept()
        self.founded.emit(made)

    def _on_joined(self, made: CatalogueJoined) -> None:
        self._forget()
        self.accept()
        self.joined.emit(made)

    def _forget(self) -> None:
        self.root_passphrase.fill("")
        self.daily.fill("")

    def _show_progress(self, task: Task) -> None:
        dialog = ProgressDialog(self.words, task, self)
        dialog.open()

    @override
    def done(self, result: int) -> None:
        self.runner.close()
        super().done(result)


def _page() -> tuple[QWidget, QVBoxLayout]:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return holder, column
