"""What the tests of the window share: an application with our theme, words, a real workspace in a temporary folder."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.uscc import check_character
from census_app.services.ports import WorkspaceStore
from census_app.ui.shell import theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

CODE = "11320000014000220D"
NAME = "江苏省环境保护厅"


def pytest_configure(config: pytest.Config) -> None:
    """The offscreen plugin says what it cannot do; that is no fault of ours."""
    for line in ("^This plugin does not support", "^QFont::setPoint"):
        config.addinivalue_line("qt_log_ignore", line)


@dataclass(frozen=True)
class FixedClock:
    moment: dt.datetime = dt.datetime(2027, 3, 1, 6, 32, 5, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.moment


@pytest.fixture(autouse=True)
def garbage_in_this_thread() -> Iterator[None]:
    """Collect where the widgets live, as the program does; a collection in a worker would free them there."""
    gc.disable()
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def themed(qapp: QApplication) -> QApplication:
    """The application, as the program makes it."""
    theme.load_fonts()
    theme.apply(qapp, ThemeName.LIGHT)
    return qapp


@pytest.fixture
def words() -> Words:
    return Words("zh")


@pytest.fixture
def preferences(themed: QApplication, data_dir: Path) -> Preferences:
    data_dir.mkdir(parents=True, exist_ok=True)
    made = Preferences(data_dir)
    made.language = "zh"
    made.theme = ThemeName.LIGHT
    return made


@pytest.fixture
def services() -> bootstrap.Services:
    return bootstrap.Services(clock=FixedClock(), actor="李四")


@pytest.fixture
def code() -> str:
    return CODE[:17] + check_character(CODE[:17])


@pytest.fixture
def store(services: bootstrap.Services, tmp_path: Path, code: str) -> Iterator[WorkspaceStore]:
    made = services.create_workspace(tmp_path / "环保厅.censusdb", NAME, code)
    yield made
    made.close()


@pytest.fixture
def until(qtbot: Any) -> Callable[[Callable[[], bool]], None]:
    """Wait until something is so; fails after ten seconds."""

    def wait(so: Callable[[], bool]) -> None:
        qtbot.waitUntil(so, timeout=10_000)

    return wait
