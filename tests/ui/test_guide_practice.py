"""The practice in the window: band, list of mistakes, begin again; a real catalogue takes nothing of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from census_app import bootstrap
from census_app.errors import UserError
from census_app.services import enrolling, exporting, receiving
from census_app.services.progress import Progress
from census_app.ui.department import check_round as check_round_module
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.theme import ThemeName

if TYPE_CHECKING:
    from tests.ui.conftest import Campaign

Until = Callable[[Callable[[], bool]], None]
PASSPHRASE = "一二三四五六七八九十甲乙"  # noqa: S105


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice file; making it imports two workbooks, so it is made once."""
    path = tmp_path_factory.mktemp("practice") / "训练数据.censusdb"
    bootstrap.Services().make_practice(path, Progress()).close()
    return path


@pytest.fixture
def desktop(
    themed: QApplication,
    services: bootstrap.Services,
    preferences: Preferences,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desktop]:
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 5)
    made = Desktop(themed, services, preferences)
    yield made
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()
    theme.apply(themed, ThemeName.LIGHT)


def checked(desktop: Desktop, until: Until) -> DepartmentWindow:
    until(
        lambda: (
            isinstance(desktop.window, DepartmentWindow)
            and desktop.window.session.problems.checked
            and not desktop.window.runner.busy
            and not desktop.window.session.round.waiting
        )
    )
    assert isinstance(desktop.window, DepartmentWindow)
    return desktop.window


def test_practice_is_unmistakable_and_ticks_off_what_is_mended(
    desktop: Desktop, until: Until, planted: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(planted, tmp_path))
    desktop.open_file(path)
    window = checked(desktop, until)
    assert window.windowTitle().startswith("【训练数据】")
    band = window.compass.band
    assert band is not None
    assert band.isVisible()
    assert "8 处错误，已改正 0 处" in band.text.text()
    band.show_list()
    dialog = band.dialog
    assert dialog is not None
    assert nameless_controls(dialog) == []
    assert [r.button.isEnabled() for r in dialog._rows] == [True] * 8
    dialog._rows[0].button.click()
    until(lambda: window.records_page() is not None and not window.runner.busy)
    assert dialog.isHidden()
    page = window.records_page()
    assert page is not None
    until(lambda: page.form.id == "information_resource" and page.state is not None)
    unit = next(f for f in window.session.problems.all() if f.rule == "CEN-1")
    until(lambda: page.record == unit.record)
    window.acts.offer(unit)
    until(lambda: "已改正 1 处" in band.text.text())
    assert [r.button.isEnabled() for r in dialog._rows] == [False] + [True] * 7
    assert dialog._rows[0]._state.text() == "已改正"


def test_the_practice_starts_again_as_it_was(
    desktop: Desktop,
    until: Until,
    planted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    services: bootstrap.Services,
) -> None:
    path = Path(shutil.copy(planted, tmp_path))
    desktop.open_file(path)
    window = checked(desktop, until)
    unit = next(f for f in window.session.problems.all() if f.rule == "CEN-1")
    window.acts.offer(unit)
    band = window.compass.band
    assert band is not None
    until(lambda: "已改正 1 处" in band.text.text())
    monkeypatch.setattr(QuestionDialog, "exec", lambda _self: QDialog.DialogCode.Accepted)
    band.again_button.click()
    until(lambda: isinstance(desktop.window, DepartmentWindow) and desktop.window is not window)
    again = checked(desktop, until)
    assert again.session.store.path == path
    assert again.compass.band is not None
    until(lambda: "已改正 0 处" in again.compass.band.text.text())  # type: ignore[union-attr]


def test_the_start_window_makes_the_practice_once(
    desktop: Desktop, until: Until, preferences: Preferences
) -> None:
    desktop.show_start()
    desktop.open_practice()
    made = checked(desktop, until).session.store.path
    assert made.name == "训练数据.censusdb"
    stamp = made.stat().st_ino
    desktop.show_start()
    desktop.open_practice()
    checked(desktop, until)
    assert made.stat().st_ino == stamp


def test_a_real_file_has_no_band(desktop: Desktop, until: Until, tmp_path: Path, code: str) -> None:
    desktop.make_workspace(tmp_path / "a.censusdb", "江苏省环境保护厅", code)
    window = checked(desktop, until)
    assert window.compass.band is None
    assert not window.windowTitle().startswith("【")


def test_a_real_catalogue_takes_neither_key_nor_package_of_a_practice_file(
    campaign: Campaign, services: bootstrap.Services, tmp_path: Path, code: str
) -> None:
    store = bootstrap.create_workspace(
        tmp_path / "p.censusdb", department="厅", code=code, clock=services.clock, training=True
    )
    keys: Any = services.keys_dir()
    made = enrolling.request_certificate(
        store, campaign.post, keys, PASSPHRASE, clock=services.clock, software="t"
    )
    with pytest.raises(UserError, match="TRAINING_PACKAGE"):
        enrolling.read_enrolment(made.request, clock=services.clock, catalogue=campaign.catalogue)
    with pytest.raises(UserError, match="TRAINING_PACKAGE"):
        campaign.issue(made.request, made.fingerprint)
    signer = enrolling.signer_of(store, keys)
    signer.unlock(PASSPHRASE)
    done = exporting.export_package(
        store, signer, campaign.post, clock=services.clock, software="t", announce_unfinished=True
    )
    received = receiving.receive(campaign.catalogue, done.package.path, clock=services.clock)
    assert (received.outcome, received.code) == ("refused", "TRAINING_PACKAGE")
    assert campaign.catalogue.packages() == []
    store.close()
