"""The three questions of a new workspace: which department, who fills in, where the file lies; then its lists.

Can be left at any step: what was answered is kept for the next time, and nothing has been made before the last step.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.uscc import ALPHABET, check_character, is_uscc
from census_app.settings.files import safe_file_name
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.drop import DropArea
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SUFFIX: Final = ".censusdb"
LISTS: Final = (".xlsx", ".xls", ".csv")
_ANSWERS: Final = "first_run"
ACTOR: Final = "actor"
"""Name of the preference that says who fills in here."""
PlaceCheck = Callable[[Path], str]
"""Says what speaks against a place: `share`, `removable`, `sync`, `denied`, or nothing."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """What the questions were answered with.

    Attributes:
        lists: Files to import once the workspace is open.
    """

    path: Path
    name: str
    code: str
    actor: str
    lists: tuple[Path, ...] = ()


def code_verdict(code: str) -> tuple[str, dict[str, object]]:
    """Return the code of the sentence about a department's code as far as it is typed, and its placeholders.

    The empty text when there is nothing to say yet; `GD_CODE_GOOD` alone means that the code can stand.
    """
    length = len(code)
    if not length:
        return "", {}
    wrong = next((c for c in code[:18] if c not in ALPHABET), "")
    if wrong:
        return "GD_CODE_LETTER", {"found": wrong}
    if length < 18:
        return "GD_CODE_SHORT", {"count": length, "missing": 18 - length}
    expected = check_character(code[:17])
    if code[17] != expected:
        return "GD_CODE_CHECK", {"found": code[17], "expected": expected}
    if length not in {18, 20} or not code.isalnum():
        return "GD_CODE_LONG", {"count": length}
    return ("GD_CODE_GOOD" if length == 18 else "GD_CODE_SECTION"), {}


class FirstRunDialog(QDialog):
    """Asks step by step; `answers` says what was answered once it is accepted.

    Args:
        place_kind: Looks at where the file shall lie.
    """

    def __init__(
        self,
        words: Words,
        preferences: Preferences,
        place_kind: PlaceCheck,
        actor: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words, self._preferences, self._place_kind = words, preferences, place_kind
        self._path_chosen = False
        self._lists: list[Path] = []
        self.setWindowTitle(words("UI_NEW_WORKSPACE"))
        self.resize(620, 460)
        self._step = page.label("", "hint")
        self._title = page.label("", "title")
        self._lead = page.label("", "text2", wrap=True)
        self.name, self.code, self.actor, self.place = (QLineEdit() for _ in range(4))
        self.code_note, self.place_note, self.lists_note = (
            page.label(" ", "hint", wrap=True) for _ in range(3)
        )
        self.stack = QStackedWidget()
        for made in (self._department(), self._person(), self._file(), self._lists_page()):
            self.stack.addWidget(made)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        for widget in (self._step, self._title, self._lead):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addWidget(self.stack, 1)
        column.addWidget(page.line())
        column.addLayout(self._buttons())
        self.actor.setText(preferences.text(ACTOR) or actor)
        self.place.setText(str(Path.home() / f"{words('UI_FILE_STEM')}{SUFFIX}"))
        self._recall()
        self.name.textChanged.connect(self._on_name)
        for field in (self.name, self.code, self.actor, self.place):
            field.textChanged.connect(self._on_changed)
        self.place.textEdited.connect(self._on_place_edited)
        self._show_step(0)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _page(self) -> tuple[QWidget, QVBoxLayout]:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        return holder, column

    def _department(self) -> QWidget:
        words = self._words
        holder, column = self._page()
        self.code.setMaxLength(24)
        accessibility.add_row(
            column, words("UI_DEPARTMENT_NAME"), self.name, hint=words("UI_DEPARTMENT_NAME_TIP"),
            required=True,
        )  # fmt: skip
        accessibility.add_row(
            column, words("UI_USCC"), self.code, hint=words("UI_USCC_TIP"), required=True
        )
        column.addWidget(self.code_note)
        column.addStretch(1)
        return holder

    def _person(self) -> QWidget:
        words = self._words
        holder, column = self._page()
        accessibility.add_row(
            column, words("GD_ACTOR"), self.actor, hint=words("GD_ACTOR_TIP"), required=True
        )
        column.addStretch(1)
        return holder

    def _file(self) -> QWidget:
        words = self._words
        holder, column = self._page()
        accessibility.add_row(
            column, words("UI_FILE_PLACE"), self.place, hint=words("UI_FILE_TIP"), required=True
        )
        row = QHBoxLayout()
        row.addWidget(page.button(words("UI_CHOOSE_PLACE"), self._on_browse, symbol=Icon.FOLDER))
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.place_note)
        column.addStretch(1)
        return holder

    def _lists_page(self) -> QWidget:
        words = self._words
        holder, column = self._page()
        self.drop = DropArea(words, words("UI_IMPORT_DROP"), LISTS, words("UI_EXCEL_FILES"))
        self.drop.folder = self._preferences.text("import_folder")
        self.drop.files_chosen.connect(self.take_lists)
        column.addWidget(self.drop, 1)
        column.addWidget(self.lists_note)
        return holder

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self.later = page.button(words("GD_LATER"), self.reject)
        self.later.setToolTip(words("GD_LATER_TIP"))
        row.addWidget(self.later)
        row.addStretch(1)
        self.back = page.button(words("GD_BACK"), self._on_back)
        self.back.setShortcut(QKeySequence("Alt+Left"))
        self.back.setToolTip("Alt+←")
        self.forth = page.button("", self._on_forth, "primary")
        self.forth.setDefault(True)
        row.addWidget(self.back)
        row.addWidget(self.forth)
        return row

    # -- answers ---------------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """Where the file shall be."""
        path = Path(self.place.text().strip()).expanduser()
        return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)

    def answers(self) -> NewFile:
        """Return what was answered."""
        return NewFile(
            self.path,
            self.name.text().strip(),
            self._code_text(),
            self.actor.text().strip(),
            tuple(self._lists),
        )

    def take_lists(self, paths: Sequence[Path]) -> None:
        """Note lists that shall be imported once the file is open."""
        self._lists += [p for p in paths if p not in self._lists]
        self._preferences.remember_text("import_folder", self.drop.folder)
        names = self._words("LIST_JOINT").join(p.name for p in self._lists)
        self._note(
            self.lists_note,
            "good",
            self._words("GD_LISTS_TAKEN", count=len(self._lists), files=names),
        )
        self.forth.setFocus(Qt.FocusReason.OtherFocusReason)

    def _code_text(self) -> str:
        return "".join(self.code.text().split()).upper()

    def _recall(self) -> None:
        """Put back what was answered before the person left."""
        with contextlib.suppress(ValueError, AttributeError):
            kept = json.loads(self._preferences.text(_ANSWERS))
            self.name.setText(str(kept.get("name", "")))
            self._on_name(self.name.text())
            self.code.setText(str(kept.get("code", "")))
            if kept.get("place"):
                self.place.setText(str(kept["place"]))
                self._path_chosen = True

    def _keep(self) -> None:
        place = self.place.text().strip() if self._path_chosen else ""
        kept = {"name": self.name.text().strip(), "code": self._code_text(), "place": place}
        self._preferences.remember_text(_ANSWERS, json.dumps(kept, ensure_ascii=False))
        if self.actor.text().strip():
            self._preferences.remember_text(ACTOR, self.actor.text().strip())
        self._preferences.save()

    @override
    def done(self, result: int) -> None:
        """Keep the answers when the person leaves; forget them once the file is made."""
        self._keep()
        if result == QDialog.DialogCode.Accepted.value:
            self._preferences.remember_text(_ANSWERS, "")
        super().done(result)

    # -- steps -----------------------------------------------------------------------------------------------------

    def _show_step(self, number: int) -> None:
        words, last = self._words, number == self.stack.count() - 1
        self.stack.setCurrentIndex(number)
        self._step.setText(words("GD_STEP_N", number=number + 1, total=self.stack.count()))
        self._title.setText(words(f"GD_ASK_{number + 1}"))
        self._lead.setText(words(f"GD_ASK_{number + 1}_TIP"))
        self.back.setEnabled(number > 0)
        self.forth.setText(words("GD_MAKE" if last else "GD_FORTH"))
        first = (self.name, self.actor, self.place, self.drop.choose)[number]
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_changed()

    def _on_changed(self) -> None:
        """Say at once what is right and what is not, and let nobody on who would be sent back later."""
        number = self.stack.currentIndex()
        checks = (self._department_stands, self._person_stands, self._place_stands, lambda: True)
        self.forth.setEnabled(checks[number]())

    def _on_name(self, name: str) -> None:
        """Name the file after the department, until the person has named it."""
        if not self._path_chosen and name.strip():
            file = safe_file_name(name.strip() + SUFFIX)
            self.place.setText(str(Path(self.place.text()).parent / file))

    def _department_stands(self) -> bool:
        code, params = code_verdict(self._code_text())
        good = code in {"GD_CODE_GOOD", "GD_CODE_SECTION"}
        look = "good" if good else "hint" if code in {"", "GD_CODE_SHORT"} else "bad"
        self._note(self.code_note, look, self._words(code, **params) if code else "")
        return good and is_uscc(self._code_text()[:18]) and bool(self.name.text().strip())

    def _person_stands(self) -> bool:
        return bool(self.actor.text().strip())

    def _place_stands(self) -> bool:
        if not self.place.text().strip():
            self._note(self.place_note, "hint", "")
            return False
        path = self.path
        kind = self._place_kind(path)
        if not kind and path.exists():
            kind = "there"
        if kind:
            text = self._words(f"GD_PLACE_{kind.upper()}", file=path.name)
            self._note(self.place_note, "bad", text)
            return False
        self._note(self.place_note, "good", self._words("GD_PLACE_GOOD"))
        return True

    def _note(self, label: QLabel, look: str, text: str) -> None:
        theme.set_look(label, look)
        mark = {"good": "✓ ", "bad": "✕ "}.get(look, "") if text else ""
        label.setText(mark + text or " ")

    def _on_back(self) -> None:
        self._show_step(max(0, self.stack.currentIndex() - 1))

    def _on_forth(self) -> None:
        number = self.stack.currentIndex()
        self._keep()
        if number + 1 < self.stack.count():
            self._show_step(number + 1)
        else:
            self.accept()

    def _on_place_edited(self, text: str) -> None:
        self._path_chosen = bool(text)

    def _on_browse(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, self._words("UI_CHOOSE_PLACE"), self.place.text(), f"Census (*{SUFFIX})"
        )
        if name:
            self._path_chosen = True
            self.place.setText(name)
