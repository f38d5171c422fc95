"""The page of differences: what changed, what waits for a decision, and the four ways to decide, as a person would."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QToolButton

from census_app.domain.corrections import Owner
from census_app.services.correcting import correct, correction_standings
from census_app.services.receiving import receive
from census_app.ui.catalogue.act_dialog import RemarkDialog
from census_app.ui.catalogue.correct_dialog import CorrectDialog
from census_app.ui.catalogue.differences_page import CHANGES, CORRECTIONS, RESOURCES
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.seen import cut_texts, open_placeholders
from tests.ui.test_catalogue_review import (
    CODE,
    FORM,
    Services,
    Ticking,
    Until,
    World,
    build_world,
    cells,
    department_of,
    dialog_of,
    press,
    settle,
    texts,
)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world in which the department has changed a field that the centre had corrected."""
    world = build_world(tmp_path_factory.mktemp("differences"))
    with closing(world.catalogue()) as store:
        first = world.offices(store)["一处"]
        correct(
            store, CODE, FORM, first, "duties", "文秘与档案", "按三定方案更正",
            actor="王", clock=world.clock,
        )  # fmt: skip
        assert receive(store, world.hand_in("三处"), clock=world.clock).outcome == "merged"
    return world


@pytest.fixture
def world(changed: World, tmp_path: Path) -> World:
    folder = Path(shutil.copytree(changed.folder, tmp_path / "world"))
    return World(folder, Ticking(changed.clock.moment))


@pytest.fixture(params=["zh", "en"])
def window(
    request: pytest.FixtureRequest,
    themed: QApplication,
    preferences: Preferences,
    world: World,
    until: Until,
) -> Iterator[CatalogueWindow]:
    services = Services(clock=world.clock, actor="李四", software="t", keys=world.keys)
    made = CatalogueWindow(services, world.catalogue(), preferences, Words(request.param))
    made.resize(1366, 768)
    made.show()
    settle(made, until)
    until(lambda: bool(made.difference_desk.board))
    made.show_page("differences")
    settle(made, until)
    yield made
    made.close()
    made.deleteLater()


def test_every_tab_is_whole_and_named(window: CatalogueWindow, until: Until) -> None:
    page, words = window.differences, window.words
    until(lambda: len(cells(page.changes.pane.table)) == 2)
    kinds = [row[0] for row in cells(page.changes.pane.table)]
    assert sorted(kinds) == sorted([words("DIFF_added"), words("DIFF_changed")])
    for tab in (CHANGES, CORRECTIONS, RESOURCES):
        page.tabs.setCurrentIndex(tab)
        settle(window, until)
        assert nameless_controls(page) == []
        assert cut_texts(page) == []
        assert open_placeholders(page) == []
    assert page.tabs.tabText(CORRECTIONS) == words("CD_TAB_CORRECTIONS", count=1)
    # Another round is compared when it is chosen; a day only when it is one.
    page.tabs.setCurrentIndex(CHANGES)
    sides = page.changes.sides
    sides.before.setCurrentIndex(sides.before.findData("1"))
    until(lambda: cells(page.changes.pane.table) == [])
    sides.before.setCurrentIndex(sides.before.findData("day"))
    sides.before_day.setText("no day")
    assert sides.sides is None
    sides.before_day.setText("2027-02-28")
    sides.before_day.editingFinished.emit()
    until(lambda: len(cells(page.changes.pane.table)) == 4)


@pytest.mark.parametrize("window", ["zh"], indirect=True)
def test_a_value_is_corrected_decided_about_and_traced(
    window: CatalogueWindow, world: World, until: Until, qtbot: Any
) -> None:
    page = window.differences
    page.tabs.setCurrentIndex(CORRECTIONS)
    until(lambda: len(cells(page.corrections.table)) == 1)
    assert "待裁定" in cells(page.corrections.table)[0][0]
    press(qtbot, page.corrections, "保留更正")
    dialog = dialog_of(RemarkDialog)
    assert not dialog.verb.isEnabled()
    dialog.text.setPlainText("三定方案没有变化")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)
    until(lambda: "更正有效" in cells(page.corrections.table)[0][0])

    record = world.offices(window.session.store)["二处"]
    window.show_page("browse")
    window.browse.open_record(Owner(department_of(window), FORM, record))
    until(lambda: window.browse.showing_record and not window.runner.busy)
    view = window.browse.record
    button = next(
        b
        for b in view.findChildren(QToolButton)
        if b.property("field") == "duties" and b.accessibleName().startswith("更正")
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    made = dialog_of(CorrectDialog)
    made.reason.setPlainText("部门漏填，按三定补")
    qtbot.mouseClick(made.verb, Qt.MouseButton.LeftButton)
    assert "请填写正确的值" in made.trouble
    assert isinstance(made.value.text, QPlainTextEdit)
    made.value.text.setPlainText("信息化建设")
    qtbot.mouseClick(made.verb, Qt.MouseButton.LeftButton)
    settle(window, until)
    until(lambda: view.record_texts().get("duties") == "信息化建设")
    view.origins.setChecked(True)
    until(lambda: "统筹更正：李四" in texts(view) and "第 1 号数据包" in texts(view))
    assert nameless_controls(view) == []
    assert [s.state for s in correction_standings(window.session.store)] == ["active", "active"]
