"""The dialog that gives data out, in both windows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.services.enrolling import make_root
from census_app.services.ports import WorkspaceStore
from census_app.services.publishing import FORMATS
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs.publish_dialog import PublishDialog, PublishSetting
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.seen import LongerWords, cut_texts, open_placeholders

Until = Callable[[Callable[[], bool]], None]


def _dialog(window: CatalogueWindow | DepartmentWindow) -> PublishDialog:
    (found,) = window.findChildren(PublishDialog)
    return found


def _choose(dialog: PublishDialog, name: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(name))
    QApplication.processEvents()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalogue: enough for everything to be asked."""
    folder = tmp_path_factory.mktemp("played")
    services = bootstrap.Services()
    make_root("统筹部门", folder / "stick", "a long passphrase", clock=services.clock)
    roots = (folder / "stick" / "root.crt").read_text(encoding="ascii")
    services.create_catalogue(folder / "目录.censusdb", "统筹部门", roots).close()
    return folder / "目录.censusdb"


@pytest.fixture
def catalogue_window(
    played: Path,
    tmp_path: Path,
    services: bootstrap.Services,
    preferences: Preferences,
    qtbot: Any,
) -> Iterator[CatalogueWindow]:
    store = services.open_catalogue(Path(shutil.copy(played, tmp_path / played.name)))
    window = CatalogueWindow(services, store, preferences, Words("zh"))
    window.resize(1366, 768)
    window.show()
    # Its pages are made one after the other before anything is read.
    qtbot.waitUntil(lambda: window.session.state is not None, timeout=60_000)
    yield window
    window.close()
    window.deleteLater()


def test_the_page_of_reports_opens_it_and_it_tells_a_mistake_and_writes(
    catalogue_window: CatalogueWindow, tmp_path: Path, until: Until
) -> None:
    window = catalogue_window
    window.show_page("reports")
    window.reports.export_button.click()
    dialog = _dialog(window)
    shown = [dialog.format.itemData(n) for n in range(dialog.format.count())]
    assert shown == [each.id for each in FORMATS if each.held != "workspace"]
    _choose(dialog, "dcat")
    dialog.target.setText(str(tmp_path / "开放目录"))
    dialog.platform.setText("不是网址")
    dialog.do.click()
    until(dialog.do.isEnabled)
    assert "不是网址" in dialog._said.text()
    assert dialog.written is None
    assert not (tmp_path / "开放目录.jsonld").exists()
    dialog.platform.setText("https://data.example.gov.cn/")
    dialog.do.click()
    until(lambda: dialog.written is not None)
    written = json.loads((tmp_path / "开放目录.jsonld").read_text(encoding="utf-8"))
    assert written["@graph"][0]["@type"] == "dcat:Catalog"
    assert "数据集 0 个" in dialog._said.text()
    dialog.close()


def test_a_department_gets_its_own_workbook(
    store: WorkspaceStore,
    open_window: Callable[..., DepartmentWindow],
    tmp_path: Path,
    until: Until,
) -> None:
    window = open_window(store)
    window.publish_action.trigger()
    dialog = _dialog(window)
    shown = [dialog.format.itemData(n) for n in range(dialog.format.count())]
    assert "ledger" not in shown
    assert "journal" in shown
    assert not dialog.department.isVisible()  # there is one
    assert window.session.facts.department_name in dialog.target.text()
    dialog.target.setText(str(tmp_path / "own.xlsx"))
    dialog.do.click()
    until(lambda: dialog.written is not None)
    assert (tmp_path / "own.xlsx").stat().st_size > 1000
    dialog.close()


@pytest.mark.parametrize(
    "words", [Words("zh"), Words("en"), LongerWords()], ids=["zh", "en", "long"]
)
@pytest.mark.parametrize("departments", [(), (("11320000990000017P", "江苏省第一样例厅"),)])
def test_everything_can_be_read_and_has_a_name(
    store: WorkspaceStore,
    preferences: Preferences,
    words: Words,
    departments: tuple[tuple[str, str], ...],
) -> None:
    setting = PublishSetting(store, lambda *_: None, "江苏省第一样例厅", departments)
    dialog = PublishDialog(setting, words, preferences)
    dialog.show()
    for number in range(dialog.format.count()):
        dialog.format.setCurrentIndex(number)
        for _turn in range(5):
            QApplication.processEvents()
        assert nameless_controls(dialog) == []
        assert cut_texts(dialog) == []
        assert open_placeholders(dialog) == []
    dialog.close()
    dialog.deleteLater()
