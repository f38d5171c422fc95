"""The coordinator's window driven as a person would, over the shipped sample campaign."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from census_app import bootstrap
from census_app.errors import CensusError, UserError
from census_app.formats.sheets import read_sheets
from census_app.services import demonstrating
from census_app.services.archiving import find_kept, write_kept
from census_app.services.enrolling import signer_of
from census_app.services.exporting import export_package
from census_app.services.listing import write_list
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.services.receiving import Received
from census_app.ui.catalogue import browse as browse_module
from census_app.ui.catalogue import enrol_dialog
from census_app.ui.catalogue import window as window_module
from census_app.ui.catalogue.arrivals import Arrival, Stage, arrival_advice
from census_app.ui.catalogue.branches import Branch
from census_app.ui.catalogue.bundle_dialog import BundleDialog
from census_app.ui.catalogue.campaign_dialogs import DayDialog, ExpectDialog, ListDialog
from census_app.ui.catalogue.enrol_dialog import EnrolDialog, EnrolledDialog
from census_app.ui.catalogue.indicator_list_dialog import IndicatorListDialog
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.department.filter_dialog import FilterDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
PAGES = ("overview", "inbox", "departments", "browse", "reports", "archive", "campaign")
ENVIRONMENT = "11320000990000017P"


@dataclass(frozen=True)
class PracticeServices(bootstrap.Services):
    """Services whose keys lie beside the campaign."""

    keys: Path = Path()

    def keys_dir(self) -> Path:
        return self.keys


@dataclass(frozen=True)
class Campaign:
    folder: Path
    keys: Path

    @property
    def packages(self) -> list[Path]:
        return sorted((self.folder / "packages").glob("*-000001.census"))

    @property
    def request(self) -> Path:
        return self.folder / "packages" / f"{ENVIRONMENT}-000000.census"

    def of_environment(self) -> Path:
        return self.folder / "packages" / f"{ENVIRONMENT}-000001.census"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """Play the shipped campaign once: three departments, their packages, a catalogue."""
    folder = tmp_path_factory.mktemp("campaign")
    made = Campaign(folder / "demo", folder / "keys")
    services = PracticeServices(keys=made.keys)

    def tell(_code: str, /, **_params: object) -> None: ...

    demonstrating.run_demo(made.folder, services, language="zh", tell=tell)
    return made


@pytest.fixture
def services(campaign: Campaign) -> bootstrap.Services:
    return PracticeServices(keys=campaign.keys)


@pytest.fixture
def open_window(
    themed: QApplication, preferences: Preferences, services: bootstrap.Services
) -> Iterator[Callable[..., CatalogueWindow]]:
    windows: list[CatalogueWindow] = []

    def make(store: CatalogueStore, language: str = "zh") -> CatalogueWindow:
        window = CatalogueWindow(services, store, preferences, Words(language))
        window.resize(1366, 768)
        window.show()
        windows.append(window)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def full_store(campaign: Campaign, tmp_path: Path) -> CatalogueStore:
    """A catalogue with all three departments merged."""
    path = tmp_path / "目录.censusdb"
    shutil.copy(campaign.folder / "catalogue.censusdb", path)
    return bootstrap.open_catalogue(path)


@pytest.fixture
def enrolled_store(
    campaign: Campaign, full_store: CatalogueStore, tmp_path: Path
) -> CatalogueStore:
    """A catalogue whose departments are enrolled and have sent nothing."""
    store = _empty_store(campaign, tmp_path)
    with closing(full_store):
        for certificate in full_store.certificates():
            store.issue(certificate)
    return store


@pytest.fixture
def empty_store(campaign: Campaign, tmp_path: Path) -> CatalogueStore:
    return _empty_store(campaign, tmp_path)


def _empty_store(campaign: Campaign, tmp_path: Path) -> CatalogueStore:
    roots = (campaign.folder / "root.crt").read_text(encoding="ascii")
    return bootstrap.create_catalogue(tmp_path / "新.censusdb", name="测试中心", roots_pem=roots)


@pytest.fixture
def full(
    open_window: Callable[..., CatalogueWindow], full_store: CatalogueStore, until: Until
) -> CatalogueWindow:
    window = open_window(full_store)
    _settle(window, until)
    return window


@pytest.fixture
def enrolled(
    open_window: Callable[..., CatalogueWindow], enrolled_store: CatalogueStore, until: Until
) -> CatalogueWindow:
    window = open_window(enrolled_store)
    _settle(window, until)
    return window


def _settle(window: CatalogueWindow, until: Until) -> None:
    until(
        lambda: window.page("trust") is not None
    )  # the last of the pages: making all takes a while
    until(lambda: window.session.state is not None and not window.runner.busy)


def _state(window: CatalogueWindow) -> CatalogueState:
    assert window.session.state is not None
    return window.session.state


def _all(window: CatalogueWindow) -> int:
    return _state(window).counts["information_resource"]


def _of_environment(window: CatalogueWindow) -> int:
    entry = _state(window).entry(ENVIRONMENT)
    assert entry is not None
    return entry.counts["information_resource"]


def _texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def _cells(model: Any) -> list[list[str]]:
    return [
        [str(model.data(model.index(r, c)) or "") for c in range(model.columnCount())]
        for r in range(model.rowCount())
    ]


def _damaged(source: Path, target: Path) -> Path:
    data = bytearray(source.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)
    return target


# -- overview ----------------------------------------------------------------------------------------------------------


def test_the_overview_shows_the_four_figures_and_every_department(full: CatalogueWindow) -> None:
    rows = _cells(full.overview.table.model)
    figures = _texts(full.overview)

    assert [row[0] for row in rows] == [e.name for e in _state(full).roster]
    statistics = _state(full).statistics
    assert statistics is not None
    assert all(figure.label("zh") in figures for figure in statistics.headline)
    assert "第 2 号，待补 1 条" in [row[1] for row in rows]
    assert [row[4] for row in rows] == [
        str(e.counts["information_resource"]) for e in _state(full).roster
    ]


def test_the_status_bar_names_the_digest_in_groups(full: CatalogueWindow) -> None:
    digest = _state(full).facts.digest

    assert f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}" in full.status.left_text()
    assert "由 4 个数据包得出" in full.status.left_text()
    assert f"{_all(full)} 条信息资源" in full.status.left_text()


def test_a_figure_opens_the_list_behind_it(full: CatalogueWindow, until: Until) -> None:
    full.overview._cards[0]._open.click()
    until(lambda: full.indicators.findChild(IndicatorListDialog) is not None)
    assert full.guide.current() == "indicators"


def test_a_number_opens_the_records_of_its_department(full: CatalogueWindow, until: Until) -> None:
    entry = _state(full).entry(ENVIRONMENT)
    columns = {form: n for n, form in full.overview._behind.items() if form}
    full.overview.table.cell_clicked.emit(entry, columns["information_resource"])
    _settle(full, until)
    assert full.pages.currentWidget() is full.browse
    assert full.browse.model.total == _of_environment(full)
    full.overview.table.cell_clicked.emit(entry, max(full.overview._behind))
    _settle(full, until)
    assert full.pages.currentWidget() is full.review


def test_a_click_on_a_head_sorts_figures_from_the_largest(full: CatalogueWindow) -> None:
    head = full.overview.table.view.horizontalHeader()

    warnings = sorted(e.warnings for e in _state(full).roster)

    head.sectionClicked.emit(7)
    assert [int(row[7]) for row in _cells(full.overview.table.model)] == warnings[::-1]

    head.sectionClicked.emit(7)
    assert [int(row[7]) for row in _cells(full.overview.table.model)] == warnings


def test_an_empty_catalogue_says_what_to_do_first(
    open_window: Callable[..., CatalogueWindow], empty_store: CatalogueStore, until: Until
) -> None:
    window = open_window(empty_store)
    _settle(window, until)

    assert "还没有登记部门。" in _texts(window.overview)
    window.show_page("reports")
    _settle(window, until)
    assert window.reports.preview.pages is None


# -- inbox -------------------------------------------------------------------------------------------------------------


def test_each_file_gets_its_outcome_and_a_bad_one_stops_nothing(
    enrolled: CatalogueWindow, campaign: Campaign, tmp_path: Path, until: Until
) -> None:
    good = campaign.of_environment()
    damaged = _damaged(good, tmp_path / "坏.census")

    enrolled.inbox.receive([good, damaged, good, tmp_path / "没有.census"])
    until(lambda: not enrolled.inbox.queue.busy)
    _settle(enrolled, until)

    rows = enrolled.inbox.queue.rows
    assert [row.received.outcome for row in rows if row.received] == [
        "refused", "duplicate", "refused", "merged",
    ]  # fmt: skip
    assert _state(enrolled).received == 1
    assert len(_state(enrolled).packages) == 1


def test_a_refused_package_says_why_and_what_to_do(
    enrolled: CatalogueWindow, campaign: Campaign, tmp_path: Path, until: Until
) -> None:
    damaged = _damaged(campaign.of_environment(), tmp_path / "坏.census")

    enrolled.inbox.receive([damaged])
    until(lambda: not enrolled.inbox.queue.busy)
    _settle(enrolled, until)
    enrolled.inbox.table.choose("#1")

    shown = _texts(enrolled.inbox.panel)
    assert "已拒收" in shown
    assert "与已签名的内容不符" in shown
    assert "HASH" in shown
    assert "签名有效" not in shown


def test_a_package_that_comes_too_early_waits_and_is_let_in(
    enrolled: CatalogueWindow,
    campaign: Campaign,
    services: bootstrap.Services,
    tmp_path: Path,
    until: Until,
) -> None:
    second = _export_again(campaign, services, tmp_path)

    enrolled.inbox.receive([second])
    until(lambda: not enrolled.inbox.queue.busy)
    _settle(enrolled, until)
    enrolled.inbox.table.choose("#1")
    assert "第 1 号数据包尚未收到" in _texts(enrolled.inbox.panel)
    assert _state(enrolled).waiting == 1

    enrolled.inbox.receive([campaign.of_environment()])
    until(lambda: not enrolled.inbox.queue.busy)
    _settle(enrolled, until)
    assert _state(enrolled).waiting == 0
    entry = _state(enrolled).entry(ENVIRONMENT)
    assert entry is not None
    assert entry.head_sequence == 2
    assert "等候的数据包" in _texts(enrolled.inbox.panel)


def _export_again(campaign: Campaign, services: bootstrap.Services, tmp_path: Path) -> Path:
    copied = tmp_path / "environment.censusdb"
    shutil.copy(campaign.folder / "workspaces" / "environment.censusdb", copied)
    with closing(bootstrap.open_workspace(copied)) as workspace:
        signer = signer_of(workspace, campaign.keys)
        signer.unlock(demonstrating.read_campaign().passphrase)
        done = export_package(
            workspace, signer, tmp_path, clock=services.clock, software="test",
            announce_unfinished=True,
        )  # fmt: skip
    return done.package.path


def test_stopping_leaves_the_rest_alone(
    enrolled: CatalogueWindow, campaign: Campaign, until: Until
) -> None:
    enrolled.inbox.receive(campaign.packages)
    enrolled.inbox.progress.cancel.click()
    until(lambda: not enrolled.inbox.queue.busy)
    _settle(enrolled, until)

    stages = [row.stage for row in enrolled.inbox.queue.rows]
    assert stages[:2] == [Stage.STOPPED, Stage.STOPPED]  # the newest first; these were not begun
    assert _state(enrolled).received <= 1


def test_a_dropped_folder_gives_its_packages(
    enrolled: CatalogueWindow, campaign: Campaign, until: Until
) -> None:
    folder = campaign.folder / "packages"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(600, 300), copy, data, left, Qt.KeyboardModifier.NoModifier)

    enrolled.dropEvent(event)
    until(lambda: not enrolled.inbox.queue.busy)
    _settle(enrolled, until)

    assert enrolled.pages.currentWidget() is enrolled.inbox
    assert len(enrolled.inbox.queue.rows) == len(list(folder.glob("*.census")))
    assert _state(enrolled).received == 3


def test_a_kept_package_is_verified_again_from_its_bytes(
    full: CatalogueWindow, until: Until
) -> None:
    full.show_page("inbox")
    package = _state(full).packages[0]
    full.inbox.table.choose(package.identity)
    full.inbox._on_verify()
    _settle(full, until)

    shown = _texts(full.inbox.panel)
    assert "刚刚重新核验" in shown
    assert full.session.keys_of(package.department)[0].fingerprint in shown


def test_a_request_dropped_into_the_inbox_leads_to_its_enrolment(
    open_window: Callable[..., CatalogueWindow],
    empty_store: CatalogueStore,
    campaign: Campaign,
    until: Until,
) -> None:
    window = open_window(empty_store)
    _settle(window, until)
    window.show_page("inbox")
    window.inbox.receive([campaign.request])
    until(lambda: not window.inbox.queue.busy)
    _settle(window, until)

    shown = _texts(window.inbox.panel)
    assert "登记申请" in shown
    assert "已拒收" not in shown
    assert "enrolment" not in shown
    buttons = window.inbox.panel.findChildren(QPushButton)
    next(b for b in buttons if b.text() == window.words("CR_CONFIRM")).click()
    [dialog] = window.findChildren(EnrolDialog)
    assert dialog.request.path == campaign.request
    until(lambda: dialog._shown is not None)


def test_what_was_said_about_a_page_goes_with_it(full: CatalogueWindow) -> None:
    full.show_page("inbox")
    full.inbox.notice.emit("已通过")
    assert full.notice.isVisible()
    full.show_page("review")
    assert not full.notice.isVisible()


def test_a_file_that_cannot_be_received_shows_the_error_of_the_disk() -> None:
    error = CensusError("DISK_FULL", path="/x", detail="")
    row = Arrival(1, Path("a.census"), Stage.FAILED, error=error)

    advice = arrival_advice(row, None, Words("zh"))

    assert advice is not None
    assert advice.code == "DISK_FULL"
    assert advice.next_step


def test_a_package_of_unknown_forms_says_what_to_do() -> None:
    received = Received(Path("a.census"), "form_unknown", "FORM_UNKNOWN")

    advice = arrival_advice(Arrival(1, Path("a.census"), Stage.DONE, received), None, Words("zh"))

    assert advice is not None
    assert advice.code == "FORM_UNKNOWN"
    assert advice.next_step


# -- departments and enrolment -----------------------------------------------------------------------------------------


def test_a_department_shows_its_key_and_packages(full: CatalogueWindow) -> None:
    full.show_page("departments")
    full.departments.show_department(ENVIRONMENT)

    shown = _texts(full.departments.panel)
    key = full.session.keys_of(ENVIRONMENT)[0].fingerprint
    assert key[:19] in shown
    assert key[20:] in shown
    assert "第 1 号 · 已汇入" in shown


@pytest.fixture
def dialog(
    open_window: Callable[..., CatalogueWindow],
    empty_store: CatalogueStore,
    campaign: Campaign,
    until: Until,
) -> EnrolDialog:
    window = open_window(empty_store)
    _settle(window, until)
    window.departments.open_enrolment()
    found = window.findChildren(EnrolDialog)
    found[0].request.edit.setText(str(campaign.request))
    until(lambda: found[0]._shown is not None)
    return found[0]


def test_a_certificate_is_issued_only_for_a_compared_fingerprint(
    dialog: EnrolDialog, campaign: Campaign, tmp_path: Path
) -> None:
    dialog.root.edit.setText(str(campaign.folder / "stick"))
    dialog.passphrase.setText("any")
    dialog.answers.edit.setText(str(tmp_path))
    shown = dialog._shown
    assert shown is not None
    assert not dialog.issue.isEnabled()

    dialog.heard.setText(shown.fingerprint[:9].upper())
    assert "到目前为止一致" in dialog._match.text()
    assert not dialog.issue.isEnabled()

    dialog.heard.setText("0" + shown.fingerprint[1:] if shown.fingerprint[0] != "0" else "1")
    dialog.compared.setChecked(True)
    assert "不一致" in dialog._match.text()
    assert not dialog.issue.isEnabled()

    dialog.heard.setText(shown.fingerprint.replace(" ", "").upper())
    assert dialog.issue.isEnabled()

    dialog.heard.clear()
    assert dialog.issue.isEnabled()  # ticked: compared on paper


def test_enrolling_writes_the_certificate_and_adds_the_department(
    dialog: EnrolDialog, campaign: Campaign, tmp_path: Path, until: Until
) -> None:
    parent = dialog.parentWidget()
    assert parent is not None
    window = parent.window()
    assert isinstance(window, CatalogueWindow)
    dialog.compared.setChecked(True)
    dialog.root.edit.setText(str(campaign.folder / "stick"))
    dialog.passphrase.setText(demonstrating.read_campaign().root_passphrase)
    dialog.answers.edit.setText(str(tmp_path / "答复"))
    dialog.issue.click()
    until(lambda: bool(window.session.state and window.session.state.roster))
    _settle(window, until)

    assert (tmp_path / "答复" / f"{ENVIRONMENT}.crt").is_file()
    assert [e.code for e in _state(window).roster] == [ENVIRONMENT]
    assert dialog.passphrase.text() == ""
    for told in window.findChildren(EnrolledDialog):
        told.close()


@pytest.mark.parametrize("role", ["department", "coordinator"])
def test_the_role_chosen_is_the_one_issued_and_a_departments_key_is_confirmed(
    dialog: EnrolDialog, campaign: Campaign, tmp_path: Path, until: Until, role: str
) -> None:
    parent = dialog.parentWidget()
    assert parent is not None
    window = parent.window()
    assert isinstance(window, CatalogueWindow)
    dialog.role.setCurrentIndex(["department", "coordinator"].index(role))
    dialog.compared.setChecked(True)
    dialog.root.edit.setText(str(campaign.folder / "stick"))
    dialog.passphrase.setText(demonstrating.read_campaign().root_passphrase)
    dialog.issue.click()
    until(lambda: bool(window.session.state and window.session.state.certificates))
    _settle(window, until)

    assert [c.role for c in _state(window).certificates] == [role]
    confirmed = [d.choice for d in _state(window).decisions if d.kind == "confirm"]
    assert confirmed == ([ENVIRONMENT] if role == "department" else [])
    for told in window.findChildren(EnrolledDialog):
        told.close()


def test_the_certificate_goes_where_the_request_lies_when_nobody_says_otherwise(
    dialog: EnrolDialog, campaign: Campaign
) -> None:
    assert dialog.answers.path == campaign.request.parent


def test_a_wrong_passphrase_issues_nothing(
    dialog: EnrolDialog,
    campaign: Campaign,
    tmp_path: Path,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    class Recorder:
        def __init__(self, _words: Words, error: CensusError, _parent: QWidget) -> None:
            told.append(error.code)

        def exec(self) -> int:
            return 0

    monkeypatch.setattr(enrol_dialog, "ErrorDialog", Recorder)
    dialog.compared.setChecked(True)
    dialog.root.edit.setText(str(campaign.folder / "stick"))
    dialog.passphrase.setText("wrong")
    dialog.answers.edit.setText(str(tmp_path / "答复"))
    dialog.issue.click()
    until(lambda: bool(told))

    assert told == ["PASSPHRASE_WRONG"]
    assert not (tmp_path / "答复").exists()
    assert dialog.issue.isEnabled()


def test_a_file_that_is_no_request_says_so(
    dialog: EnrolDialog, campaign: Campaign, until: Until
) -> None:
    dialog.request.edit.setText(str(campaign.of_environment()))

    def refused() -> bool:
        return dialog._request_box.count() == 2 and "的密钥指纹" not in _texts(dialog)

    until(refused)
    assert dialog._shown is None
    assert not dialog.issue.isEnabled()


# -- browsing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def browsing(
    full: CatalogueWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> CatalogueWindow:
    monkeypatch.setattr(browse_module, "SEARCH_AFTER_MS", 5)
    full.browse._timer.setInterval(5)
    full.show_page("browse")
    _settle(full, until)
    return full


def test_two_characters_find_and_one_does_not(browsing: CatalogueWindow, until: Until) -> None:
    browsing.top.search.setText("许")
    _settle(browsing, until)
    assert browsing.browse.model.total == _all(browsing)
    assert "两个字" in browsing.browse._hint.text()

    browsing.top.search.setText("许可")
    until(lambda: 0 < browsing.browse.model.total < _all(browsing))

    browsing.top.search.setText("没有这样的词")
    until(lambda: browsing.browse._stack.currentIndex() == browse_module.NOTHING_FOUND)


def test_branches_narrow_the_list(browsing: CatalogueWindow, until: Until) -> None:
    browsing.browse.tree.choose(Branch(department=ENVIRONMENT))
    until(lambda: browsing.browse.model.total == _of_environment(browsing))

    total = 0
    for begins in ("1", "2", "3"):
        browsing.browse.tree.choose(Branch(class_prefix=("class_code", begins)))
        _settle(browsing, until)
        total += browsing.browse.model.total
    assert total == _all(browsing)

    browsing.browse.tree.choose(Branch())
    until(lambda: browsing.browse.model.total == _all(browsing))


def test_the_tree_keeps_its_branch_when_the_catalogue_is_read_again(
    browsing: CatalogueWindow, until: Until
) -> None:
    browsing.browse.tree.choose(Branch(department=ENVIRONMENT))
    browsing.session.refresh()
    _settle(browsing, until)

    assert browsing.browse.tree.branch() == Branch(department=ENVIRONMENT)
    assert browsing.browse.model.total == _of_environment(browsing)


def test_a_record_shows_every_field_its_items_and_where_it_comes_from(
    browsing: CatalogueWindow, until: Until
) -> None:
    browsing.browse._open_row(0)
    _settle(browsing, until)
    view = browsing.browse.record

    assert browsing.browse.showing_record
    shown = _texts(view)
    form = browsing.session.form_set.form("information_resource")
    assert all(
        field.label.zh in shown for field in form.stored_fields if field.id in view.record_texts()
    )
    package = _state(browsing).head(ENVIRONMENT)
    assert package is not None
    assert f"{package.identity[:4]} {package.identity[4:8]}" in shown
    assert browsing.session.keys_of(ENVIRONMENT)[0].fingerprint[:19] in shown


def test_only_filled_fields_when_the_person_wants(browsing: CatalogueWindow, until: Until) -> None:
    browsing.browse._open_row(0)
    _settle(browsing, until)
    view = browsing.browse.record
    assert "信息资源英文名" in _texts(view)

    view.filled.setChecked(True)

    assert "信息资源英文名" not in _texts(view)


def test_from_record_to_record_and_back(
    browsing: CatalogueWindow, until: Until, qtbot: Any
) -> None:
    browsing.browse._open_row(0)
    _settle(browsing, until)
    first = browsing.browse.record.title.text()

    qtbot.keyClick(browsing.browse.record, Qt.Key.Key_Right)
    _settle(browsing, until)
    assert browsing.browse.record.title.text() != first

    qtbot.keyClick(browsing.browse.record, Qt.Key.Key_Escape)
    assert not browsing.browse.showing_record
    assert browsing.browse.table.currentIndex().row() == 1


def test_every_form_of_the_census_can_be_browsed(browsing: CatalogueWindow, until: Until) -> None:
    for form in browsing.session.form_set.forms:
        if not form.parent:
            browsing.browse.show_query(ListQuery(form.id))
            _settle(browsing, until)
            assert browsing.browse.model.total == _state(browsing).counts[form.id]


# -- reports -----------------------------------------------------------------------------------------------------------


def test_the_summary_is_made_when_it_is_looked_at(full: CatalogueWindow, until: Until) -> None:
    full.show_page("reports")
    until(lambda: full.reports.preview.pages is not None)
    pages = full.reports.preview.pages
    assert pages is not None
    assert pages.count > 3

    full.reports._group.button(1).click()
    until(lambda: full.reports.preview.pages is not pages)
    assert full.reports.preview.pages is not None


# -- the whole ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_named_throughout(
    open_window: Callable[..., CatalogueWindow],
    full_store: CatalogueStore,
    until: Until,
    language: str,
) -> None:
    window = open_window(full_store, language)
    for page_id in PAGES:
        window.show_page(page_id)
        _settle(window, until)
    window.browse._open_row(0)
    window.departments.open_enrolment()
    _settle(window, until)

    assert nameless_controls(window) == []


def test_closing_the_window_releases_the_catalogue(
    open_window: Callable[..., CatalogueWindow],
    full_store: CatalogueStore,
    tmp_path: Path,
    until: Until,
) -> None:
    window = open_window(full_store)
    _settle(window, until)

    window.close()

    bootstrap.open_catalogue(tmp_path / "目录.censusdb").close()


# -- pages of the window -----------------------------------------------------------------------------------------------


def test_every_page_of_the_table_is_in_the_guide_and_named_throughout(
    full: CatalogueWindow, until: Until
) -> None:
    shown = [entry.id for entry in full.guide.model().entries]  # type: ignore[attr-defined]
    assert shown == [entry.id for entry in window_module.PAGES]
    for entry in window_module.PAGES:
        full.show_page(entry.id)
        _settle(full, until)
        page = full.page(entry.id)
        assert page is not None
        assert full.pages.currentWidget() is page
        assert page.minimumSizeHint().width() <= page.width()
    assert nameless_controls(full) == []


def test_a_page_says_by_signals_what_the_window_shall_do(
    full: CatalogueWindow, until: Until
) -> None:
    query = ListQuery(form="data_item", department=ENVIRONMENT, search="水质")
    full.overview.list_wanted.emit(query, "某个数字")
    _settle(full, until)
    assert full.guide.current() == "browse"
    assert 0 < full.browse.model.total < _state(full).counts["data_item"]
    assert [chip.open.text() for chip in full.browse.bar.chips] == ["某个数字"]


# -- list: themes, conditions, files -----------------------------------------------------------------------------------


def test_themes_are_branches_whose_numbers_are_those_of_the_list(
    browsing: CatalogueWindow, until: Until
) -> None:
    tree = browsing.browse.tree
    until(lambda: len(tree._themes) == 3)
    group = tree._themes[0]
    for line in (group.child(number) for number in range(group.childCount())):
        assert line is not None
        tree.setCurrentItem(line)
        _settle(browsing, until)
        assert str(browsing.browse.model.total) == line.text(1)
    assert line is not None
    assert [chip.open.text() for chip in browsing.browse.bar.chips] == [line.text(0)]
    browsing.browse.bar.chips[0].cross.click()
    _settle(browsing, until)
    assert browsing.browse.model.total == _all(browsing)
    assert tree.branch() == Branch()


def test_conditions_stand_as_chips_and_are_taken_away_one_by_one(
    browsing: CatalogueWindow, until: Until
) -> None:
    browse = browsing.browse
    browse.filter.click()
    dialog = browsing.findChild(FilterDialog)
    assert dialog is not None
    dialog.field_choice.setCurrentIndex(dialog.field_choice.findData("share_type"))
    until(lambda: dialog._ticks.total > 0)
    shared = {value: number for value, _text, number in dialog._ticks._all}
    dialog._ticks.ticked = {"1"}
    dialog.apply.click()
    _settle(browsing, until)
    assert browse.model.total == shared["1"]
    browsing.top.search.setText("信息")
    until(lambda: 0 < browse.model.total < shared["1"])
    assert [chip.open.text() for chip in browse.bar.chips] == ["含“信息”", "共享类型：无条件共享"]
    browse._on_form([f.id for f in browsing.session.form_set.forms].index("data_item"))
    _settle(browsing, until)
    assert [chip.open.text() for chip in browse.bar.chips] == [
        "含“信息”"
    ]  # of another form's field


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_listed_is_written_to_a_file_as_texts(
    browsing: CatalogueWindow, until: Until, tmp_path: Path, suffix: str
) -> None:
    told: list[str] = []
    browsing.browse.notice.connect(told.append)
    browsing.browse.show_query(ListQuery("data_item", department=ENVIRONMENT), "")
    _settle(browsing, until)
    path = tmp_path / f"信息项{suffix}"
    browsing.browse.write_list(path, ["name", "data_type"])
    _settle(browsing, until)
    [sheet] = read_sheets(path)
    assert sheet.rows[0] == ["部门", "统一社会信用代码", "信息资源", "信息项名称", "数据类型"]
    assert len(sheet.rows) - 1 == browsing.browse.model.total == int(told[0].split()[1])
    assert {row[1] for row in sheet.rows[1:]} == {ENVIRONMENT}
    assert all(row[2] and row[3] for row in sheet.rows[1:])  # each item names its resource
    with pytest.raises(UserError, match="LIST_SUFFIX"):
        write_list(
            browsing.session.store,
            ListQuery("data_item"),
            tmp_path / "x.pdf",
            browsing.session.context,
        )


# -- archive -----------------------------------------------------------------------------------------------------------


def test_the_archive_gives_out_what_came_byte_for_byte(
    full: CatalogueWindow, campaign: Campaign, until: Until, tmp_path: Path
) -> None:
    full.show_page("archive")
    _settle(full, until)
    archive = full.archive
    state = _state(full)
    assert len(archive.shown()) == len(state.packages) + len(state.letters)
    archive.search.setText("生态环境")
    archive.kind.setCurrentIndex(archive.kind.findData("submission"))
    [kept] = archive.shown()
    assert (kept.code, kept.signer) == (ENVIRONMENT, "江苏省生态环境厅（示例）")
    assert kept.facts.identity[:4] in _texts(archive)
    path = tmp_path / "out" / "x.census"
    archive.write_one(kept, path)
    _settle(full, until)
    assert path.read_bytes() == campaign.of_environment().read_bytes()
    archive.write_chosen(archive._kept, tmp_path / "all")
    _settle(full, until)
    assert len(list((tmp_path / "all").iterdir())) == len(archive._kept)
    archive._on_verify()
    _settle(full, until)
    assert "签名" in _texts(archive)
    archive.write_list(tmp_path / "list.csv")
    _settle(full, until)
    assert read_sheets(tmp_path / "list.csv")[0].rows[1][4] == ENVIRONMENT


def test_an_archived_package_that_is_not_whole_is_not_given_out(
    full_store: CatalogueStore, tmp_path: Path
) -> None:
    package = full_store.packages()[0]
    with pytest.raises(CensusError) as refused:
        write_kept(full_store, replace(package, bytes=package.bytes + 1), tmp_path / "x.census")
    assert refused.value.code == "ARCHIVE_INCOMPLETE"
    assert list(tmp_path.glob("*.census")) == []
    assert find_kept(full_store, package.identity[:9]) == package
    assert find_kept(full_store, f"{package.name}.census") == package
    for begins, code in (("ffffffff", "PACKAGE_UNKNOWN"), ("", "PACKAGE_UNKNOWN")):
        with pytest.raises(CensusError, match=code):
            find_kept(full_store, begins)
    full_store.close()


# -- campaign ----------------------------------------------------------------------------------------------------------


def test_the_campaign_lists_whom_it_expects_and_the_overview_waits_for_them(
    full: CatalogueWindow, until: Until, tmp_path: Path
) -> None:
    full.show_page("campaign")
    _settle(full, until)
    path = tmp_path / "名单.csv"
    path.write_text(
        f"部门,代码\n江苏省水利厅,11320000014000146F\n省环境厅,{ENVIRONMENT}\n错,11320000014000146X\n",
        "utf-8",
    )
    full.campaign.read_file(path)
    until(lambda: full.findChild(ListDialog) is not None)
    dialog = full.findChild(ListDialog)
    assert dialog is not None
    assert [body.name for body in dialog.news] == ["江苏省水利厅", "省环境厅"]
    assert "11320000014000146X" in _texts(dialog)
    dialog.verb.click()
    _settle(full, until)
    assert len(_state(full).expected) == 2
    assert full.campaign.bodies.model.rowCount() == 2
    assert _cells(full.campaign.bodies.model)[0][2] == "尚未登记"
    names = [row[0] for row in _cells(full.overview.table.model)]
    assert "江苏省水利厅" in names
    assert "1 个应报部门尚未登记" in [link.text() for link in full.overview.errands._links]

    full.campaign.open_change(_state(full).expected[0])
    change = full.findChild(ExpectDialog)
    assert change is not None
    change.standing.setCurrentIndex(change.standing.findData("merged"))
    change.reason.setText("机构改革")
    assert not change.verb.isEnabled()  # into whom?
    change.into.setCurrentIndex(change.into.findData(ENVIRONMENT))
    change.verb.click()
    _settle(full, until)
    assert _cells(full.campaign.bodies.model)[0][2] == "并入省环境厅"
    assert "江苏省水利厅" not in [row[0] for row in _cells(full.overview.table.model)]


def test_a_moved_date_waits_until_it_is_signed(full: CatalogueWindow, until: Until) -> None:
    full.show_page("campaign")
    _settle(full, until)
    campaign = full.campaign
    assert campaign.sign.isHidden()
    campaign.day.click()
    dialog = full.findChild(DayDialog)
    assert dialog is not None
    dialog.day.setDate(QDate(2027, 3, 1))
    dialog.verb.click()
    assert campaign.moved == {"self_check": "2027-03-01"}
    assert not campaign.sign.isHidden()
    campaign.sign.click()
    _settle(full, until)
    assert full.guide.current() == "trust"
    bundle = full.findChild(BundleDialog)
    assert bundle is not None
    until(lambda: bundle._examined != "")
    folder = bundle.forms.path
    assert folder is not None
    assert 'due   = "2027-03-01"' in (folder / "campaign.toml").read_text("utf-8")
    bundle.reject()
    full.show_page("campaign")
    campaign.undo.click()
    assert campaign.moved == {}
    assert campaign.sign.isHidden()
