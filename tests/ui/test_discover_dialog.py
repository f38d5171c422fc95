"""Discovering in the window: a way, a tree to tick, one step that one undo takes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from census_app.domain.database_urls import Product
from census_app.domain.schemas import SchemaRequest
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.discover_dialog import DiscoverDialog
from census_app.ui.department.discover_sources import DICTIONARY, SCRIPT, SERVER
from census_app.ui.department.discover_tree import NAME, STANDING, TITLE, DiscoverTree
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.accessibility import nameless_controls
from tests.ui.driving import Opener

SCRIPT_TEXT = """USE rkk;
CREATE TABLE t_person (id bigint PRIMARY KEY COMMENT '编号', xm varchar(60) COMMENT '姓名') COMMENT='人口信息';
CREATE TABLE t_house (dz varchar(200) COMMENT '地址') COMMENT='房屋信息';
CREATE VIEW v AS SELECT 1;"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "rkk.sql"
    path.write_text(SCRIPT_TEXT, encoding="utf-8")
    return path


@pytest.fixture
def window(store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    return open_window(store)


@pytest.fixture
def dialog(qtbot: QtBot, window: DepartmentWindow) -> DiscoverDialog:
    made = DiscoverDialog(window.session, window.words, window)
    made.discovered.connect(window.acts.on_discovered)
    qtbot.addWidget(made)
    made.show()
    return made


def line(tree: DiscoverTree, number: int) -> QTreeWidgetItem:
    found = tree.topLevelItem(number)
    assert found is not None
    return found


def read(qtbot: QtBot, dialog: DiscoverDialog, script: Path) -> None:
    dialog._discovery = None
    dialog.read(SchemaRequest(script=script))
    qtbot.waitUntil(lambda: dialog._discovery is not None, timeout=20_000)


def test_tables_are_ticked_written_and_taken_back(
    qtbot: QtBot, window: DepartmentWindow, dialog: DiscoverDialog, script: Path
) -> None:
    read(qtbot, dialog, script)
    tree = dialog.tree
    assert [line(tree, n).text(TITLE) for n in range(2)] == ["人口信息", "房屋信息"]
    assert not dialog.verb.isEnabled(), "nothing new is ticked for anybody"
    assert nameless_controls(dialog) == []
    person = line(tree, 0)
    person.setCheckState(NAME, Qt.CheckState.Checked)
    person.setExpanded(True)
    first = person.child(0)
    assert first is not None
    first.setCheckState(NAME, Qt.CheckState.Unchecked)
    assert person.checkState(NAME) == Qt.CheckState.PartiallyChecked
    assert dialog.verb.isEnabled()
    dialog.filter.setText("房屋")
    qtbot.waitUntil(lambda: line(tree, 0).isHidden(), timeout=5_000)
    assert not line(tree, 1).isHidden()
    store, form = window.session.store, "information_resource"
    before = len(store.titles(form))
    with qtbot.waitSignal(dialog.discovered, timeout=20_000):
        dialog.verb.click()
    assert len(store.titles(form)) == before + 1
    assert "人口信息" in store.titles(form).values()
    newest = store.undo_state().undo
    assert newest is not None
    assert newest[0] == "STEP_DISCOVER"
    again = DiscoverDialog(window.session, window.words, window)
    qtbot.addWidget(again)
    read(qtbot, again, script)
    standing = {
        line(again.tree, n).text(NAME): line(again.tree, n).text(STANDING) for n in range(2)
    }
    assert standing["t_house"] == window.words("DISCOVER_STANDING_new")
    assert window.words("DISCOVER_STANDING_changed") in standing["t_person"]
    window.session.undo()
    qtbot.waitUntil(lambda: len(store.titles(form)) == before, timeout=20_000)


def test_all_and_none_tick_what_is_shown(
    qtbot: QtBot, dialog: DiscoverDialog, script: Path
) -> None:
    read(qtbot, dialog, script)
    dialog.tree.tick_all(True)
    assert len(dialog.tree.chosen) == 2
    dialog.tree.narrow("person", open_only=False)
    dialog.tree.tick_all(False)
    assert list(dialog.tree.chosen) == [("", "t_house")]
    dialog.character.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(dialog.tree.chosen) == 1, timeout=5_000)


def test_a_server_is_filled_in_by_pasting_its_address(qtbot: QtBot, dialog: DiscoverDialog) -> None:
    sources = dialog.sources
    for way in (SCRIPT, DICTIONARY, SERVER):
        sources.ways.button(way).setChecked(True)
        assert nameless_controls(dialog) == []
    assert not dialog.verb.isEnabled()
    sources.host.setText("oracle://reader:geheim@10.1.2.3/orcl")
    assert (sources.host.text(), sources.database.text()) == ("10.1.2.3", "orcl")
    assert sources.product.currentData() == Product.ORACLE.value
    assert sources.port.placeholderText() == "1521"
    assert dialog.verb.isEnabled()
    with qtbot.waitSignal(sources.asked, timeout=2_000) as asked:
        sources.asked.disconnect(dialog.read)
        sources.ask_server()
    assert asked.args is not None
    assert "geheim" not in repr(asked.args[0])


def test_what_cannot_be_read_is_said_and_the_dialog_stays(
    qtbot: QtBot, dialog: DiscoverDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    path = "census_app.ui.department.discover_dialog.ErrorDialog"
    monkeypatch.setattr(
        path, lambda _w, error, _p: type("D", (), {"exec": lambda _s: told.append(error.code)})()
    )
    dialog.read(SchemaRequest(script=tmp_path / "nowhere.sql"))
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told == ["FILE_MISSING"]
    assert dialog.isVisible()
