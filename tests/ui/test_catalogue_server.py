"""The window over a catalogue on a server: opening it, a colleague's changes, a lost connection, a role that reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from census_app import bootstrap
from census_app.domain.addresses import parts_of
from census_app.services.ports import CatalogueStore
from census_app.storage import server_roles
from census_app.ui.catalogue.made_dialog import MadeDialog
from census_app.ui.catalogue.new_dialog import NewCatalogueDialog
from census_app.ui.catalogue.place_field import SERVER
from census_app.ui.catalogue.server_dialog import IN_FILE, ServerDialog
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.desktop import Desktop
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.recent import RecentModel
from census_app.ui.shell.start import StartWindow
from tests.servers import DatabaseServer
from tests.unit.services.server_worker import decisions

Until = Callable[[Callable[[], bool]], None]
TYPED = "Geheim/:@1"


@pytest.fixture(scope="module")
def made_once(database_server: DatabaseServer) -> str:
    """A database with an empty catalogue, its roles, and people who log in; copied for every test."""
    name = database_server.new()
    address = database_server.address(name)
    bootstrap.create_catalogue(address, name="江苏省发展和改革委员会", roots_pem="").close()
    server_roles.create(address, f"r_{name}")
    database_server.admin.execute(f"CREATE ROLE looks_{name} LOGIN IN ROLE r_{name}_reader")
    return name


@pytest.fixture
def database(database_server: DatabaseServer, made_once: str) -> Iterator[str]:
    name = database_server.new(like=made_once)
    yield name
    database_server.drop(name)


@pytest.fixture(autouse=True)
def no_dialog_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there to close it; that one opens is a failure of these tests."""

    def fail(dialog: ErrorDialog) -> int:
        raise AssertionError([label.text() for label in dialog.findChildren(QLabel)])

    monkeypatch.setattr(ErrorDialog, "exec", fail)


@pytest.fixture
def desktop(
    themed: QApplication,
    services: bootstrap.Services,
    preferences: Preferences,
) -> Iterator[Desktop]:
    made = Desktop(themed, services, preferences)
    made.show_start()
    yield made
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()


@pytest.fixture
def colleague(database_server: DatabaseServer, database: str) -> Iterator[CatalogueStore]:
    made = bootstrap.open_catalogue(database_server.address(database))
    yield made
    made.close()


def ask(desktop: Desktop) -> ServerDialog:
    start = desktop.window
    assert isinstance(start, StartWindow)
    start.server_button.click()
    dialog = desktop.servers.dialog
    assert dialog is not None
    return dialog


def opened(desktop: Desktop, until: Until, url: str) -> CatalogueWindow:
    """Open a catalogue as a person does who was given its URL."""
    dialog = ask(desktop)
    dialog.host.setText(url)
    dialog.verb.click()
    until(lambda: isinstance(desktop.window, CatalogueWindow))
    return settled(desktop, until)


def settled(desktop: Desktop, until: Until) -> CatalogueWindow:
    window = desktop.window
    assert isinstance(window, CatalogueWindow)
    until(
        lambda: window.page("trust") is not None
    )  # the last of the pages: making all of them takes a while
    until(lambda: window.session.state is not None and not window.runner.busy)
    return window


def test_a_pasted_address_is_taken_apart_and_its_password_is_kept_nowhere(
    desktop: Desktop,
    until: Until,
    database_server: DatabaseServer,
    database: str,
    preferences: Preferences,
    data_dir: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    url = parts_of(database_server.url(database))
    with_password = database_server.url(database).replace("postgres@", "postgres:Geheim%2F%3A%401@")
    dialog = ask(desktop)
    dialog.host.setText(with_password)
    assert (dialog.user.text(), dialog.password.text()) == ("postgres", TYPED)
    assert dialog.database.text() == database
    assert dialog.host.text() == ""  # it is reached through a socket
    assert dialog.parts.options == url.options
    dialog.verb.click()
    until(lambda: isinstance(desktop.window, CatalogueWindow))
    window = settled(desktop, until)
    assert window.session.store.shared
    assert window.inbox.choose.isEnabled()
    preferences.save()
    kept = "".join(p.read_text("utf-8", "replace") for p in data_dir.rglob("*") if p.is_file())
    assert "postgres@" in kept.replace("\\", "")
    for told in (kept, caplog.text, repr(window.__dict__), repr(desktop.__dict__)):
        assert "Geheim" not in told

    desktop.show_start()
    start = desktop.window
    assert isinstance(start, StartWindow)
    shown = start.recent.model()
    assert isinstance(shown, RecentModel)
    assert shown.lines(shown.files[0])[0] == "江苏省发展和改革委员会"
    assert shown.lines(shown.files[0])[1].startswith("服务器 · postgres@")
    start.recent.open_wanted.emit(shown.files[0].place)
    until(lambda: isinstance(desktop.window, CatalogueWindow))
    settled(desktop, until)


def test_an_address_file_is_remembered_by_its_path_alone(
    desktop: Desktop,
    until: Until,
    database_server: DatabaseServer,
    database: str,
    preferences: Preferences,
    tmp_path: Path,
) -> None:
    file = tmp_path / "目录地址.txt"
    file.write_text(database_server.url(database) + "\n", encoding="utf-8")
    dialog = ask(desktop)
    dialog.ways.button(IN_FILE).click()
    dialog.file.edit.setText(str(file))
    dialog.verb.click()
    until(lambda: isinstance(desktop.window, CatalogueWindow))
    window = settled(desktop, until)
    assert preferences.recent_places() == [f"@{file}"]

    window.language_requested.emit("en")  # the window is built anew over a new connection
    until(lambda: desktop.window is not window and isinstance(desktop.window, CatalogueWindow))
    assert settled(desktop, until).words.language == "en"


def test_what_goes_wrong_is_told_in_the_dialog_and_what_was_typed_stays(
    desktop: Desktop, until: Until, database_server: DatabaseServer, database: str
) -> None:
    dialog = ask(desktop)
    assert not dialog.verb.isEnabled()
    for place, code in (
        (database_server.url("nowhere"), "连不上数据库"),
        (database_server.url("postgres"), "还没有普查目录"),
    ):
        dialog.host.setText(place)
        dialog.verb.click()
        until(lambda: not dialog.runner.busy)
        assert code in dialog.trouble
        assert dialog.user.text() == "postgres"
        assert dialog.verb.isEnabled()
    dialog.ways.button(IN_FILE).click()
    dialog.file.edit.setText("/nowhere/url.txt")
    dialog.verb.click()
    assert "读不出" in dialog.trouble
    assert nameless_controls(dialog) == []
    dialog.reject()
    assert isinstance(desktop.window, StartWindow)


def test_what_a_colleague_does_is_seen_without_asking(
    desktop: Desktop,
    until: Until,
    database_server: DatabaseServer,
    database: str,
    colleague: CatalogueStore,
) -> None:
    window = opened(desktop, until, database_server.url(database))
    window.watch.look()
    until(lambda: not window.runner.busy)
    state = window.session.state
    assert state is not None
    colleague.append_decisions(decisions("a")[:1])
    window.watch.look()
    until(lambda: window.session.state is not state)
    assert window.session.state is not None
    assert len(window.session.state.decisions) == 1
    quiet = window.session.state
    window.watch.look()
    until(lambda: not window.runner.busy)
    assert window.session.state is quiet  # nothing has changed, nothing is read


def test_a_lost_connection_is_shown_tried_again_and_made_good(
    desktop: Desktop, until: Until, database_server: DatabaseServer, database: str
) -> None:
    window = opened(desktop, until, database_server.url(database))
    admin = database_server.admin
    admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,)
    )
    window.session.refresh()
    until(lambda: window.watch.gone)
    assert not window.band.isHidden()
    assert database in window.band.text.text()
    window.watch.look()
    until(lambda: not window.runner.busy)
    assert window.watch.gone
    admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    window.band.retry_wanted.emit()
    until(lambda: not window.watch.gone)
    assert window.band.isHidden()
    settled(desktop, until)


def test_a_role_that_reads_finds_what_changes_disabled_and_is_refused(
    desktop: Desktop,
    until: Until,
    database_server: DatabaseServer,
    database: str,
    made_once: str,
) -> None:
    url = database_server.url(database, f"looks_{made_once}")
    window = opened(desktop, until, url)
    assert not window.session.store.writable
    assert "只读" in window.top.note()
    for control in (window.inbox.choose, window.departments.enrol, window.trust.issue):
        control.setEnabled(True)  # a page that knows nothing of roles
        assert not control.isEnabled()
        assert "coordinator" in control.toolTip()
    refused: list[str] = []
    window.session.change(
        lambda store, _p: store.append_decisions(decisions("a")),
        window,
        None,
        lambda error: refused.append(getattr(error, "code", "")),
    )
    until(lambda: bool(refused))
    assert refused == ["CATALOGUE_READ_ONLY"]


def test_a_catalogue_is_made_on_a_server_and_copied_into_a_file(  # noqa: PLR0915 - one walk
    themed: QApplication,
    preferences: Preferences,
    database_server: DatabaseServer,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    """From the start window to the new catalogue's window, and from its archive into a file with an equal digest."""
    name = database_server.new()
    desktop = Desktop(themed, bootstrap.Services(actor="安娜"), preferences)
    desktop.new_catalogue()
    dialog = desktop.dialog
    assert isinstance(dialog, NewCatalogueDialog)
    dialog.name.setText("江苏省发展和改革委员会")
    dialog.code.setText("11320000990000017P")
    dialog.stick.edit.setText(str(tmp_path / "a"))
    dialog.standby.edit.setText(str(tmp_path / "b"))
    dialog.root_passphrase.fill("four quiet words here")
    dialog.daily.fill("four other words here")
    assert dialog.verb.isEnabled()
    dialog.place.ways.button(SERVER).setChecked(True)
    assert not dialog.verb.isEnabled()
    dialog.place.ask.click()
    asked = dialog.place.dialog
    assert asked is not None
    assert nameless_controls(asked) == []
    asked.host.setText(database_server.url(name))
    asked.verb.click()
    assert dialog.verb.isEnabled()
    assert nameless_controls(dialog) == []
    dialog.verb.click()
    qtbot.waitUntil(lambda: isinstance(desktop.dialog, MadeDialog), timeout=30_000)
    made = desktop.dialog
    assert isinstance(made, MadeDialog)
    made.open_button.click()
    qtbot.waitUntil(lambda: isinstance(desktop.window, CatalogueWindow), timeout=30_000)
    window = desktop.window
    assert isinstance(window, CatalogueWindow)
    qtbot.waitUntil(
        lambda: (
            window.page("trust") is not None
            and window.session.state is not None
            and not window.runner.busy
        ),
        timeout=30_000,
    )
    assert window.session.store.shared
    assert window.session.store.facts().coordinator_code == "11320000990000017P"

    window.show_page("archive")
    window.archive.copy.click()
    copying = window.archive.dialog
    assert copying is not None
    copying.place.file.edit.setText(str(tmp_path / "副本"))
    told: list[str] = []
    copying.copied.connect(told.append)
    copying.verb.click()
    qtbot.waitUntil(lambda: bool(told) or bool(copying.trouble), timeout=30_000)
    assert copying.trouble == ""
    assert "摘要相同" in told[0]
    copy = bootstrap.open_catalogue(tmp_path / "副本.censusdb")
    assert copy.digest() == window.session.store.digest()
    assert copy.facts().coordinator_code == "11320000990000017P"
    copy.close()
    window.close()
    window.deleteLater()
    database_server.drop(name)
