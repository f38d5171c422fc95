"""The cheat sheet says every key of the window, and no key that does nothing."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from census_app.services.ports import WorkspaceStore
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs.keys_dialog import KeysDialog
from census_app.ui.shell import key_list
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener
from tests.ui.seen import LongerWords, cut_texts


@pytest.fixture
def window(store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    return open_window(store)


def spelled(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.PortableText)


def said() -> set[str]:
    hints = [hint for group in key_list.DEPARTMENT for hint in group.hints]
    return {spelled(QKeySequence(keys)) for hint in hints for keys in hint.keys}


def answered(window: DepartmentWindow) -> set[str]:
    """Return the keys that actions, shortcuts and buttons of the window answer to."""
    found = {spelled(k) for action in window.findChildren(QAction) for k in action.shortcuts()}
    found |= {spelled(k) for made in window.findChildren(QShortcut) for k in made.keys()}  # noqa: SIM118
    found |= {spelled(button.shortcut()) for button in window.findChildren(QAbstractButton)}
    return found - {""}


def test_every_key_of_the_window_is_said(window: DepartmentWindow) -> None:
    assert answered(window) - said() == set()


def test_the_keys_said_for_everywhere_are_answered_everywhere(window: DepartmentWindow) -> None:
    everywhere = {
        spelled(QKeySequence(keys)) for hint in key_list.EVERYWHERE.hints for keys in hint.keys
    }
    assert everywhere - answered(window) == set()


@pytest.mark.parametrize("words", [Words("zh"), Words("en"), LongerWords()])
def test_the_sheet_fits_a_small_screen(themed: QApplication, words: Words) -> None:
    dialog = KeysDialog(words, key_list.DEPARTMENT, None)
    dialog.show()
    assert dialog.height() <= 700
    assert dialog.width() <= 1200
    assert cut_texts(dialog) == []
    labels = {label.text() for label in dialog.findChildren(QLabel)}
    assert words("UI_KEY_FIND") in labels
    dialog.close()
    dialog.deleteLater()
