"""Every page of the department window, in each language and theme: what an eye, keys and a screen reader find."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.assets import resource
from census_app.services import importing
from census_app.ui.department import check_round as check_round_module
from census_app.ui.department.step_page import StepPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.conftest import NAME, FixedClock
from tests.ui.seen import (
    LongerWords,
    StrayWindows,
    crowded_tabs,
    cut_heads,
    cut_texts,
    doubled_shortcuts,
    open_placeholders,
)

LANGUAGES = {"zh": Words("zh"), "en": Words("en"), "longer": LongerWords()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with the lists of a sample department, mistakes included."""
    path = tmp_path_factory.mktemp("filled") / "环保厅.censusdb"
    services = bootstrap.Services(clock=FixedClock(), actor="李四")
    store = services.create_workspace(path, NAME, "11320000990000017P")
    lists = sorted(resource("samples", "environment", "resources.xlsx").parent.glob("*.xlsx"))
    plan = importing.plan_import(store, lists, clock=FixedClock())
    importing.apply_import(store, plan, actor="李四", clock=FixedClock())
    store.close()
    return path


@pytest.fixture(params=[f"{name}-{theme}" for name in LANGUAGES for theme in ("light", "dark")])
def window(
    request: pytest.FixtureRequest,
    filled: Path,
    tmp_path: Path,
    preferences: Preferences,
    themed: QApplication,
    services: bootstrap.Services,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[DepartmentWindow]:
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 5)
    name, chosen = request.param.split("-")
    theme.apply(themed, ThemeName(chosen))
    stray = StrayWindows()
    path = Path(shutil.copy(filled, tmp_path / filled.name))
    store = bootstrap.open_workspace(path)
    made = DepartmentWindow(services, store, preferences, LANGUAGES[name])
    made.resize(1366, 768)
    made.show()
    made.start()
    yield made
    stray_ones = stray.found
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # a theme would dress it
    theme.apply(themed, ThemeName.LIGHT)
    assert stray_ones == []


def test_every_page_can_be_read_and_reached(
    window: DepartmentWindow, until: Callable[[Callable[[], bool]], None]
) -> None:
    found: dict[str, list[str]] = {}
    spoken = type(window.words) is Words  # in longer ones tabs may scroll and heads be cut

    def faults() -> list[str]:
        QApplication.processEvents()
        return [
            *(f"nameless {x}" for x in nameless_controls(window)),
            *(f"cut {x}" for x in cut_texts(window)),
            *(f"open {x}" for x in open_placeholders(window)),
            *(f"doubled {x}" for x in doubled_shortcuts(window)),
            *(f"crowded {x}" for x in crowded_tabs(window) if spoken),
            *(f"cut head {x}" for x in cut_heads(window) if spoken),
        ]

    def look(where: str) -> None:
        until(lambda: not window.runner.busy and not window.session.round.waiting)
        for _ in range(20):  # a layout of texts that wrap takes several turns
            found[where] = faults()
            if not found[where]:
                del found[where]
                return

    until(lambda: window.session.problems.report is not None)
    for page_id in list(window._by_id):
        window.show_page(page_id)
        look(page_id)
        shown = window.page(page_id)
        records = window.records_page()
        if isinstance(shown, StepPage) and records is not None and records._view is not None:
            for index in range(records._view.tabs.count()):
                records._view.tabs.setCurrentIndex(index)
                look(f"{page_id}/{records._view.tabs.tabText(index)}")
    assert len(list(window._by_id)) > 7
    assert not found, "\n".join(
        f"{where}: {line}" for where, lines in found.items() for line in lines
    )
