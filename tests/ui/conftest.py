"""What the tests of the window share: an application with our theme, words, a real workspace in a temporary folder."""

from __future__ import annotations

import datetime as dt
import gc
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from census_app import bootstrap
from census_app.domain.review import Query, ReceiptStatus
from census_app.domain.uscc import check_character
from census_app.exchange.signers import Signer
from census_app.services import enrolling, exporting, querying, receiving, reviewing, trusting
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.ui.department import check_round, record_list, records_page
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell import page, theme
from census_app.ui.shell.application import GarbageInWindowThread, Preferences
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener, Until, settle
from tests.ui.watchdog import WATCH, WatchedApplication

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
    app = QApplication.instance()
    collectors = app.findChildren(GarbageInWindowThread) if app is not None else []
    for collector in collectors:  # a test that starts the program leaves it
        collector.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if collectors:  # it has set aside what is this test's own
        gc.unfreeze()
    gc.collect()
    if collectors:
        gc.freeze()
    gc.enable()


PATIENCE_MS = 90_000


@pytest.fixture(autouse=True)
def no_dialog_waits_for_ever(qapp: QApplication) -> Iterator[None]:
    """Close what still waits for an answer after 90 s, and fail: a loop inside a test ends by nothing else.

    The time limit of a test is no help: its signal is seen only when Python runs, which it does not in a waiting loop.
    """
    closed: list[str] = []
    begun = time.monotonic()

    def look() -> None:
        waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if waiting is not None and (time.monotonic() - begun) * 1000 > PATIENCE_MS:
            closed.append(f"{type(waiting).__name__} {waiting.windowTitle()}".strip())
            waiting.close()
            waiting.hide()  # a dialog that refuses to be closed ends its loop when it is hidden

    timer = QTimer(qapp, interval=500)
    timer.timeout.connect(look)
    timer.start()
    yield
    timer.stop()
    timer.deleteLater()
    assert not closed, f"waited for an answer: {closed}"


@pytest.fixture(scope="session", autouse=True)
def modules_are_set_aside() -> None:
    """Leave out of each test's collection what stays anyway: modules, forms, sentences (60 ms for each test)."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The application that measures how long each call holds the window's thread."""
    return WatchedApplication


@pytest.fixture(autouse=True)
def no_key_is_held(qapp: QApplication) -> None:
    """Let go of Ctrl and Shift: one that an earlier test clicked with counts as held until the next event.

    A row chosen by a call would else be added to the choice (it was: two records were deleted in the place of one).
    """
    target = QWidget()
    QTest.keyClick(target, Qt.Key.Key_F35)
    target.deleteLater()
    assert qapp.keyboardModifiers() == Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def nothing_holds_the_window(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which one call held the window's thread for 50 ms of CPU (300 ms when a page is made)."""
    WATCH.begin(request.node.path.name)
    yield
    assert not WATCH.slow, "\n".join(WATCH.slow)


@pytest.fixture(scope="session")
def themed(qapp: QApplication) -> QApplication:
    """The application, as the program makes it."""
    theme.load_fonts()
    theme.apply(qapp, ThemeName.LIGHT)
    _draw_once()
    return qapp


def _draw_once() -> None:
    """Have the fonts read and drawn in what the window uses most, so that no test is the first to pay for it."""
    for look in ("", "strong", "section", "hint", "figure"):
        shown = page.label("部门 Census 123", look)
        shown.resize(300, 40)
        shown.grab()
        shown.deleteLater()


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


@pytest.fixture
def quick_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the window's short waits for a resting person be over at once."""
    monkeypatch.setattr(check_round, "CHECK_AFTER_MS", 5)
    monkeypatch.setattr(records_page, "REFRESH_AFTER_MS", 5)
    monkeypatch.setattr(record_list, "SEARCH_AFTER_MS", 5)


@pytest.fixture
def open_window(
    services: bootstrap.Services,
    preferences: Preferences,
    until: Until,
    quick_timers: None,
) -> Iterator[Opener]:
    """Open a workspace in a department window, as the program does."""
    made: list[DepartmentWindow] = []

    def open_(
        store: WorkspaceStore, words: Words | None = None, *, page: str = ""
    ) -> DepartmentWindow:
        window = DepartmentWindow(services, store, preferences, words or Words("zh"))
        made.append(window)
        window.resize(1366, 768)
        window.show()
        window.start()
        if page:
            window.guide.select(page)
        settle(window, until)
        return window

    yield open_
    for window in made:
        window.close()
        window.deleteLater()
    QApplication.processEvents()


# -- a campaign ------------------------------------------------------------------------------------------------------

PASSPHRASE = "一二三四五六七八九十甲乙"  # noqa: S105
COORDINATOR = "11320000990000041Y"


@dataclass
class Campaign:
    """A coordinator with a catalogue, a root on a stick and a daily key, to write what departments receive.

    Attributes:
        folder: Holds `stick`, the catalogue and, in `post`, what travels.
    """

    folder: Path
    services: bootstrap.Services
    catalogue: CatalogueStore
    code: str

    @property
    def post(self) -> Path:
        return self.folder / "post"

    def issue(self, request: Path, fingerprint: str) -> Path:
        """Confirm a key and write the answer."""
        clock, stick = self.services.clock, self.folder / "stick"
        issued = enrolling.confirm(
            self.catalogue, request, fingerprint, stick, PASSPHRASE, clock=clock
        )
        return enrolling.write_answer(issued, self.catalogue.facts().roots_pem, self.post)

    def bundle(self, forms: Path | None = None) -> Path:
        """Write the next trust bundle, with the catalogue's form set or another one."""
        issued = trusting.issue_bundle(
            self.catalogue,
            self.folder / "stick",
            PASSPHRASE,
            self.post,
            trusting.BundlePlan(form_set_folder=forms),
            clock=self.services.clock,
            software="t",
        )
        return issued.package.path

    def enrol(self, store: WorkspaceStore, passphrase: str = PASSPHRASE) -> None:
        """Give a workspace a key and its certificate, as both sides do."""
        keys, clock = self.services.keys_dir(), self.services.clock
        made = enrolling.request_certificate(
            store, self.post, keys, passphrase, clock=clock, software="t"
        )
        answer = self.issue(made.request, made.fingerprint)
        enrolling.accept_answer(store, answer, keys, clock=clock)

    def hand_in(self, store: WorkspaceStore) -> str:
        """Hand in a workspace and receive it; return the identity of the package."""
        signer = enrolling.signer_of(store, self.services.keys_dir())
        signer.unlock(PASSPHRASE)
        done = exporting.export_package(
            store, signer, self.post, clock=self.services.clock, software="t",
            announce_unfinished=True,
        )  # fmt: skip
        outcome = receiving.receive(
            self.catalogue, done.package.path, clock=self.services.clock
        ).outcome
        assert outcome == "merged", outcome
        return done.package.identity

    def ask(self, form: str, record: str, field: str, text: str, **more: Any) -> Query:
        """Raise a query."""
        return querying.raise_query(
            self.catalogue, self.code, form=form, record=record, field=field, text=text,
            actor="王", clock=self.services.clock, **more,
        )  # fmt: skip

    def review(self) -> Path:
        """Write the review."""
        return reviewing.write_review(
            self.catalogue, self.code, self.post, self._signer(), clock=self.services.clock,
            software="t",
        ).path  # fmt: skip

    def receipt(self, package: str, status: ReceiptStatus, note: str = "") -> Path:
        """Write a receipt."""
        return reviewing.write_receipt(
            self.catalogue, package, status, note, self.post, self._signer(), actor="王",
            clock=self.services.clock, software="t",
        ).path  # fmt: skip

    def _signer(self) -> Signer:
        signer = enrolling.coordinator_signer_of(self.catalogue, self.folder / "keys")
        signer.unlock(PASSPHRASE)
        return signer


def found_campaign(folder: Path, clock: FixedClock) -> None:
    """Make root, catalogue and daily key in a folder."""
    enrolling.make_root("统筹部门", folder / "stick", PASSPHRASE, clock=clock)
    roots = (folder / "stick" / enrolling.ROOT_CERTIFICATE).read_text(encoding="ascii")
    catalogue = bootstrap.create_catalogue(
        folder / "catalogue.censusdb", name="省统筹部门", roots_pem=roots, clock=clock
    )
    enrolling.make_coordinator(
        catalogue, COORDINATOR, "省统筹部门", folder / "stick", PASSPHRASE, folder / "keys",
        PASSPHRASE, clock=clock,
    )  # fmt: skip
    catalogue.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with root, catalogue and daily key; making keys takes time, so it is made once."""
    folder = tmp_path_factory.mktemp("campaign")
    found_campaign(folder, FixedClock())
    return folder


@pytest.fixture
def campaign(
    founded: Path, tmp_path: Path, services: bootstrap.Services, code: str
) -> Iterator[Campaign]:
    folder = Path(shutil.copytree(founded, tmp_path / "campaign"))
    catalogue = bootstrap.open_catalogue(folder / "catalogue.censusdb")
    yield Campaign(folder, services, catalogue, code)
    catalogue.close()
