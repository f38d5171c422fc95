"""The choice of an algorithm: the default first, the GM mode greyed out where it does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from census_app.exchange.statement import P256, SM2
from census_app.services.keys import SigningMode
from census_app.ui.department.algorithm_box import AlgorithmBox
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("language", ["zh", "en"])
def test_default_comes_first_and_sm2_can_be_chosen(qtbot: QtBot, language: str) -> None:
    box = AlgorithmBox(Words(language))
    qtbot.addWidget(box)

    assert box.count() == 2
    assert box.algorithm() == P256
    box.setCurrentIndex(1)
    assert box.algorithm() == SM2
    assert "SM2" in box.currentText()


@pytest.mark.parametrize("reason", ["GM_LIBRARY", "GM_SELFTEST"])
def test_sm2_is_greyed_out_with_its_reason_where_it_does_not_work(
    qtbot: QtBot, reason: str
) -> None:
    words = Words("zh")
    modes = [SigningMode("p256", P256, True), SigningMode("sm2", SM2, False, reason)]
    box = AlgorithmBox(words, modes)
    qtbot.addWidget(box)
    sm2 = box.model().index(1, 0)

    assert not sm2.flags() & Qt.ItemFlag.ItemIsEnabled
    assert box.model().index(0, 0).flags() & Qt.ItemFlag.ItemIsEnabled
    assert sm2.data(Qt.ItemDataRole.ToolTipRole) == words(reason)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.algorithm() == P256
