"""The eye of the tests itself: it must see what is wrong, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from tests.ui.seen import (
    LongerWords,
    StrayWindows,
    cut_texts,
    doubled_shortcuts,
    open_placeholders,
)


@pytest.fixture
def window(themed: object, qtbot: Any) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(400, 200)
    return made


def test_a_label_without_room_is_seen(window: QWidget) -> None:
    label = QLabel("排污许可证核发信息", window)
    label.setFixedWidth(30)
    window.show()
    assert len(cut_texts(window)) == 1
    label.setFixedWidth(300)
    assert cut_texts(window) == []


def test_a_wrapped_text_without_height_is_seen(window: QWidget) -> None:
    label = QLabel("排污许可证核发信息" * 5, window)
    label.setWordWrap(True)
    label.setFixedSize(120, 20)
    window.show()
    assert len(cut_texts(window)) == 1


def test_a_button_pushed_out_of_its_window_is_seen(window: QWidget) -> None:
    button = QPushButton("新增", window)
    window.show()
    button.setGeometry(360, 0, 100, 30)
    assert cut_texts(window) == ["QPushButton: 新增"]


def test_an_open_placeholder_is_seen(window: QWidget) -> None:
    row = QHBoxLayout(window)
    row.addWidget(QLabel("{count} 条"))
    assert open_placeholders(window) == ["{count} 条"]


def test_a_key_that_means_two_things_is_seen(window: QWidget) -> None:
    first = QAction("撤销", window)
    first.setShortcut(QKeySequence("Ctrl+Z"))
    window.addAction(first)
    window.show()
    assert doubled_shortcuts(window) == []
    QShortcut(QKeySequence("Ctrl+Z"), window)
    assert doubled_shortcuts(window) == ["Ctrl+Z"]


def test_longer_words_are_forty_per_cent_longer() -> None:
    words = LongerWords()
    assert len(words("UI_REDO")) >= 1.4 * len("Redo")


def test_a_widget_that_flashes_up_as_a_window_is_seen(window: QWidget) -> None:
    stray = StrayWindows()
    button = QPushButton("新增")
    button.setVisible(True)
    button.setParent(window)
    window.show()
    label = QLabel("名称", window)
    label.show()
    assert stray.found[0] == "QPushButton 新增"
    assert len(stray.found) == 2, "and the plain widget of this test"
