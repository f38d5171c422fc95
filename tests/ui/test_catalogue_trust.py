"""The page of trust and what belongs to it, driven as a person would, over real catalogues, keys and files."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import string
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from census_app import bootstrap, ui
from census_app.assets import forms_dir, resource
from census_app.exchange.package import TrustAnchors
from census_app.services import demonstrating
from census_app.services.checking import set_everywhere
from census_app.services.enrolling import (
    Enrolment,
    accept_answer,
    add_units,
    coordinator_signer_of,
    make_root,
    request_certificate,
    request_rotation,
    signer_of,
    write_answer,
)
from census_app.services.enrolling import confirm as confirm_request
from census_app.services.exporting import export_package
from census_app.services.founding import NewCatalogue, Sticks, found_catalogue
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.receiving import receive
from census_app.services.reviewing import write_receipt
from census_app.services.trusting import trust_summary
from census_app.services.upper_letters import UpperReply
from census_app.ui.catalogue.bundle_dialog import BundleDialog
from census_app.ui.catalogue.daily_key_dialogs import DailyKeyDialog, DailyPassphraseDialog
from census_app.ui.catalogue.enrol_dialog import EnrolDialog, EnrolledDialog
from census_app.ui.catalogue.made_dialog import MadeDialog
from census_app.ui.catalogue.new_dialog import JOIN, NewCatalogueDialog
from census_app.ui.catalogue.revoke_dialog import RevokeDialog
from census_app.ui.catalogue.root_dialog import RootDialog
from census_app.ui.catalogue.stick_dialog import StickDialog
from census_app.ui.catalogue.units_dialog import UnitsDialog
from census_app.ui.catalogue.upper_dialog import UpperDialog, reply_text
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.desktop import Desktop
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.start import StartWindow
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
OPENING = "a long passphrase for tests"
OTHER = "another long passphrase"
BODY = "113200009900000418"
CITY = "11320000990000025J"
ENVIRONMENT = "11320000990000017P"
MARKET = "11320000990000033D"


@dataclass(frozen=True)
class OwnKeys(bootstrap.Services):
    """Services whose keys lie in a folder of the test."""

    keys: Path = Path()

    def keys_dir(self) -> Path:
        return self.keys


@dataclass(frozen=True)
class World:
    """A catalogue founded by the real use case, with two roots, and a place for everything."""

    folder: Path
    services: OwnKeys

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    @property
    def standby(self) -> Path:
        return self.folder / "standby"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def open(self) -> CatalogueStore:
        return bootstrap.open_catalogue(self.folder / "目录.censusdb")

    def workspace(self, code: str = ENVIRONMENT, name: str = "第一样例厅") -> WorkspaceStore:
        store = self.services.create_workspace(self.folder / f"{code}.censusdb", name, code)
        (record,) = store.stream_records("department")
        values: dict[str, Any] = {"org_kind": "government"}
        clock = self.services.clock
        set_everywhere(store, "department", [record.id], values, actor="t", clock=clock)
        return store

    def request(self, store: WorkspaceStore) -> Enrolment:
        clock = self.services.clock
        return request_certificate(
            store, self.out, self.services.keys, OPENING, clock=clock, software="t"
        )

    def hand_in(self, store: WorkspaceStore) -> Path:
        signer = signer_of(store, self.services.keys)
        signer.unlock(OPENING)
        done = export_package(store, signer, self.out, clock=self.services.clock, software="t")
        return done.package.path


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making keys takes a second each, so once."""
    folder = tmp_path_factory.mktemp("founded")
    services = OwnKeys(keys=folder / "keys")
    wanted = NewCatalogue(target=folder / "目录.censusdb", name="样例大数据中心", code=BODY)
    sticks = Sticks(root=folder / "stick", passphrase=OPENING, standby=folder / "standby")
    found_catalogue(services, wanted, sticks, OPENING)
    return folder


@pytest.fixture
def world(founded: Path, tmp_path: Path) -> World:
    folder = Path(shutil.copytree(founded, tmp_path / "world"))
    return World(folder, OwnKeys(keys=folder / "keys"))


@pytest.fixture
def open_window(
    themed: QApplication, preferences: Preferences, until: Until
) -> Iterator[Callable[..., CatalogueWindow]]:
    windows: list[CatalogueWindow] = []

    def make(world: World, store: CatalogueStore, language: str = "zh") -> CatalogueWindow:
        window = CatalogueWindow(world.services, store, preferences, Words(language))
        window.resize(1366, 768)
        window.show()
        windows.append(window)
        window.show_page("trust")
        until(lambda: window.trust.summary is not None and not window.runner.busy)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(world: World, open_window: Callable[..., CatalogueWindow]) -> CatalogueWindow:
    return open_window(world, world.open())


@pytest.fixture
def enrolled(
    world: World, open_window: Callable[..., CatalogueWindow]
) -> tuple[CatalogueWindow, WorkspaceStore]:
    """A department with one merged package."""
    store, workspace, clock = world.open(), world.workspace(), world.services.clock
    asked = world.request(workspace)
    receive(store, world.hand_in(workspace), clock=clock)
    confirm_request(store, asked.request, asked.fingerprint, world.stick, OPENING, clock=clock)
    return open_window(world, store), workspace


def _texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def _settle(window: CatalogueWindow, until: Until) -> None:
    until(lambda: not window.runner.busy)


def _give_stick(dialog: StickDialog, world: World, stick: Path | None = None) -> None:
    dialog.root.edit.setText(str(stick or world.stick))
    dialog.passphrase.setText(OPENING)
    dialog.target.edit.setText(str(world.out))


def _do(dialog: Any, window: CatalogueWindow, until: Until) -> None:
    assert dialog.verb.isEnabled()
    dialog.verb.click()
    until(lambda: not dialog.isVisible() or bool(dialog.trouble))
    _settle(window, until)
    assert dialog.trouble == ""


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_shows_both_roots_the_missing_bundle_and_the_daily_key(
    window: CatalogueWindow,
) -> None:
    summary = window.trust.summary
    assert summary is not None
    shown = _texts(window.trust)

    for root in summary.roots:
        assert root.fingerprint[:19] in shown
        assert root.fingerprint[20:] in shown
    assert "使用中，有效期至" in shown
    assert "备用，有效期至" in shown
    assert "还没有签发过信任包" in shown
    assert BODY in _texts(window.trust.own)
    assert window.trust.upper.isHidden()
    assert [o.role for o in summary.owners] == ["coordinator"]


def test_a_bundle_is_signed_put_in_force_and_written(
    window: CatalogueWindow, world: World, until: Until
) -> None:
    window.trust.issue.click()
    dialog = window.trust.dialog
    assert isinstance(dialog, BundleDialog)
    dialog.root.edit.setText(str(world.out))
    assert not dialog.verb.isEnabled()
    _give_stick(dialog, world)
    dialog.days.setText("0")
    assert not dialog.verb.isEnabled()
    dialog.days.setText("90")
    _do(dialog, window, until)

    assert [p.name for p in world.out.glob("*.census")] == ["TRUST-000001.census"]
    summary = trust_summary(window.session.store, clock=world.services.clock)
    assert summary.version == 1
    fresh = dt.datetime.fromisoformat(summary.expires) - dt.datetime.fromisoformat(summary.created)
    assert fresh.days == 90
    assert not summary.changed
    assert dialog.passphrase.text() == ""
    until(lambda: "第 1 版" in _texts(window.trust.bundle))
    assert "现行有效" in _texts(window.trust.bundle)


def test_a_wrong_passphrase_is_told_in_the_dialog_and_nothing_is_written(
    window: CatalogueWindow, world: World, until: Until
) -> None:
    window.trust.open_bundle()
    dialog = window.trust.dialog
    assert isinstance(dialog, BundleDialog)
    _give_stick(dialog, world)
    dialog.passphrase.setText("not the passphrase")
    dialog.verb.click()
    until(lambda: bool(dialog.trouble))

    assert dialog.isVisible()
    assert not world.out.exists() or list(world.out.iterdir()) == []
    assert window.session.store.bundle() is None


def test_a_stick_of_another_root_cannot_sign(
    window: CatalogueWindow, world: World, tmp_path: Path
) -> None:
    make_root("别处", tmp_path / "foreign", OPENING, clock=world.services.clock)
    window.trust.open_bundle()
    dialog = window.trust.dialog
    assert isinstance(dialog, BundleDialog)
    _give_stick(dialog, world, tmp_path / "foreign")

    assert "不属于本目录" in _texts(dialog)
    assert not dialog.verb.isEnabled()


def test_what_a_form_set_would_do_is_told_before_it_is_signed(
    window: CatalogueWindow, world: World, until: Until, tmp_path: Path
) -> None:
    shipped = forms_dir("v1")
    changed = Path(shutil.copytree(shipped, tmp_path / "forms"))
    campaign = changed / "campaign.toml"
    campaign.write_text(campaign.read_text(encoding="utf-8") + "\n# later\n", encoding="utf-8")
    window.trust.open_bundle()
    dialog = window.trust.dialog
    assert isinstance(dialog, BundleDialog)
    _give_stick(dialog, world)

    dialog.forms.edit.setText(str(tmp_path / "none"))
    assert not dialog.verb.isEnabled()
    dialog.forms.edit.setText(str(shipped))
    until(lambda: "完全相同" in _texts(dialog))
    assert dialog.verb.isEnabled()
    dialog.forms.edit.setText(str(changed))
    until(lambda: "只有文字或时间节点不同" in _texts(dialog))
    assert dialog.verb.isEnabled()


def test_the_notice_of_the_roots_can_be_printed(window: CatalogueWindow, until: Until) -> None:
    window.trust.print.click()
    until(lambda: window.trust.dialog is not None)
    dialog: Any = window.trust.dialog
    until(lambda: dialog.preview.pages is not None)

    assert dialog.preview.pages.count == 1
    dialog.close()


# -- enrolment ---------------------------------------------------------------------------------------------------------


def _enrol_dialog(
    window: CatalogueWindow, world: World, request: Path, until: Until
) -> EnrolDialog:
    window.show_page("departments")
    window.departments.open_enrolment()
    dialog = window.findChildren(EnrolDialog)[-1]
    dialog.request.edit.setText(str(request))
    until(lambda: dialog._shown is not None)
    dialog.root.edit.setText(str(world.stick))
    dialog.passphrase.setText(OPENING)
    dialog.answers.edit.setText(str(world.out))
    return dialog


def test_a_candidate_s_waiting_package_is_named_and_merged(
    window: CatalogueWindow, world: World, until: Until
) -> None:
    workspace = world.workspace()
    asked, package = world.request(workspace), world.hand_in(workspace)
    window.show_page("inbox")
    window.inbox.receive([package])
    until(lambda: bool(window.session.state and window.session.state.held))
    dialog = _enrol_dialog(window, world, asked.request, until)
    assert f"{ENVIRONMENT}-000001" in _texts(dialog)
    assert not dialog.issue.isEnabled()

    dialog.units_dialog = UnitsDialog(Words("zh"), "厅", {}, dialog)
    dialog.units_dialog.code.setText(f"{ENVIRONMENT}01")
    dialog.units_dialog.name.setText("监测中心")
    dialog.units_dialog.add.click()
    dialog._on_units_given()
    dialog.compared.setChecked(True)
    dialog.issue.click()
    until(lambda: bool(window.findChildren(EnrolledDialog)))
    _settle(window, until)

    store = window.session.store
    assert [p.state for p in store.packages(ENVIRONMENT)] == ["merged"]
    assert [(u.code, u.name) for u in store.units(ENVIRONMENT)] == [
        (f"{ENVIRONMENT}01", "监测中心")
    ]
    told = window.findChildren(EnrolledDialog)[0]
    until(lambda: told.height() >= told.column.totalHeightForWidth(told.width()))
    assert f"{ENVIRONMENT}-000001" in _texts(told)
    told.bundle.click()
    until(lambda: isinstance(window.trust.dialog, BundleDialog))
    workspace.close()


def test_a_request_of_the_old_key_needs_no_comparison(
    enrolled: tuple[CatalogueWindow, WorkspaceStore], world: World, until: Until
) -> None:
    window, workspace = enrolled
    services, catalogue = world.services, window.session.store
    certificate = next(c for c in catalogue.certificates() if c.department == ENVIRONMENT)
    answer = write_answer(certificate, catalogue.roots(), world.out)
    accept_answer(workspace, answer, services.keys, clock=services.clock)
    asked = request_rotation(
        workspace, world.folder / "next", services.keys, OPENING, OTHER,
        clock=services.clock, software="t",
    )  # fmt: skip
    dialog = _enrol_dialog(window, world, asked.request, until)

    assert "无须再核对指纹" in _texts(dialog)
    assert dialog.compared.isHidden()
    assert dialog.issue.isEnabled()
    dialog.issue.click()
    until(lambda: bool(window.findChildren(EnrolledDialog)))
    _settle(window, until)
    assert len([c for c in catalogue.certificates() if c.department == ENVIRONMENT]) == 2
    workspace.close()


def test_a_coordinator_is_enrolled_by_choosing_the_role(
    window: CatalogueWindow, world: World, until: Until
) -> None:
    workspace = world.workspace()
    asked = world.request(workspace)
    dialog = _enrol_dialog(window, world, asked.request, until)
    dialog.role.setCurrentIndex(1)
    assert dialog.unit_button.isHidden()
    dialog.compared.setChecked(True)
    dialog.issue.click()
    until(lambda: bool(window.findChildren(EnrolledDialog)))
    _settle(window, until)

    issued = {c.department: c.role for c in window.session.store.certificates()}
    assert issued[ENVIRONMENT] == "coordinator"
    workspace.close()


# -- revoking, exchanging, units, the daily key ------------------------------------------------------------------------


def _revocation(window: CatalogueWindow) -> RevokeDialog:
    assert window.trust.choose("department", ENVIRONMENT)
    window.trust.open_revocation()
    dialog = window.trust.dialog
    assert isinstance(dialog, RevokeDialog)
    return dialog


def test_revoking_proposes_to_keep_what_is_merged(
    enrolled: tuple[CatalogueWindow, WorkspaceStore], world: World, until: Until
) -> None:
    window, workspace = enrolled
    dialog = _revocation(window)
    _give_stick(dialog, world)
    assert dialog.last == 1
    assert "第 1 号及以前的数据包继续有效" in _texts(dialog)
    assert not dialog.verb.isEnabled()  # a reason is missing
    dialog.reason.setText("电脑被盗")
    _do(dialog, window, until)

    store = window.session.store
    assert [p.state for p in store.packages(ENVIRONMENT)] == ["merged"]
    until(lambda: "已吊销" in _texts(window.trust.panel))
    assert "电脑被盗" in _texts(window.trust.panel)
    window.show_page("departments")
    window.departments.show_department(ENVIRONMENT)
    until(lambda: "已吊销" in _texts(window.departments.panel))
    assert window.words("CAT_VALID_UNTIL") not in _texts(window.departments.panel)
    workspace.close()


def test_revoking_everything_names_and_withdraws_the_package(
    enrolled: tuple[CatalogueWindow, WorkspaceStore], world: World, until: Until
) -> None:
    window, workspace = enrolled
    dialog = _revocation(window)
    _give_stick(dialog, world)
    dialog.cut.setCurrentIndex(dialog.cut.count() - 1)
    assert f"将失效并撤出目录：{ENVIRONMENT}-000001" in _texts(dialog)
    dialog.reason.setText("一直由他人使用")
    _do(dialog, window, until)

    assert [p.state for p in window.session.store.packages(ENVIRONMENT)] == ["revoked"]
    workspace.close()


@pytest.mark.parametrize(("stick", "retire"), [("active", False), ("standby", True)])
def test_the_root_is_exchanged(
    window: CatalogueWindow, world: World, until: Until, stick: str, *, retire: bool
) -> None:
    before = {
        r.sha256: r.status
        for r in trust_summary(window.session.store, clock=world.services.clock).roots
    }
    window.trust.open_rotation()
    dialog = window.trust.dialog
    assert isinstance(dialog, RootDialog)
    _give_stick(dialog, world, world.stick if stick == "active" else world.standby)
    dialog.new_folder.edit.setText(str(world.folder / "new"))
    dialog.new_passphrase.first.setText(OTHER)
    assert not dialog.verb.isEnabled()
    dialog.new_passphrase.again.setText(OTHER)
    dialog.retire.setChecked(retire)
    assert ("不再认可，由它签发的证书" in _texts(dialog)) is retire
    _do(dialog, window, until)

    roots = trust_summary(window.session.store, clock=world.services.clock).roots
    new = TrustAnchors.from_file(world.folder / "new" / "root.crt").roots[0].facts.sha256
    status = {r.sha256: r.status for r in roots}
    assert status[new] == ("standby" if retire else "active")
    gone = set(before) - set(status)
    assert gone == ({s for s, v in before.items() if v == "active"} if retire else set())


def test_units_are_added_and_told_with_the_next_bundle(
    enrolled: tuple[CatalogueWindow, WorkspaceStore], until: Until
) -> None:
    window, workspace = enrolled
    assert window.trust.choose("department", ENVIRONMENT)
    window.trust.open_units()
    dialog = window.trust.dialog
    assert isinstance(dialog, UnitsDialog)
    dialog.code.setText("123")
    dialog.name.setText("某单位")
    assert not dialog.verb.isEnabled()
    dialog.code.setText(MARKET.lower())
    dialog.add.click()
    dialog.verb.click()
    until(lambda: "某单位" in _texts(window.trust.panel))

    assert [u.code for u in window.session.store.units(ENVIRONMENT)] == [MARKET]
    workspace.close()


def test_the_daily_key_gets_another_passphrase(
    window: CatalogueWindow, world: World, until: Until
) -> None:
    window.trust.change.click()
    dialog = window.trust.dialog
    assert isinstance(dialog, DailyPassphraseDialog)
    dialog.old.setText("wrong one, surely")
    dialog.new.fill(OTHER)
    dialog.verb.click()
    until(lambda: bool(dialog.trouble))
    dialog.old.setText(OPENING)
    _do(dialog, window, until)

    coordinator_signer_of(window.session.store, world.services.keys).unlock(OTHER)


def test_a_lost_daily_key_is_made_anew_with_the_stick(
    window: CatalogueWindow, world: World, until: Until
) -> None:
    before = window.session.store.coordinator_certificate()
    for key in world.services.keys.iterdir():
        key.unlink()
    window.session.refresh()
    until(lambda: "密钥不在本机" in _texts(window.trust.own))
    assert window.trust.change.isHidden()
    window.trust.make.click()
    dialog = window.trust.dialog
    assert isinstance(dialog, DailyKeyDialog)
    _give_stick(dialog, world)
    dialog.new.fill(OTHER)
    _do(dialog, window, until)

    assert window.session.store.coordinator_certificate() != before
    coordinator_signer_of(window.session.store, world.services.keys).unlock(OTHER)


# -- the tier above ----------------------------------------------------------------------------------------------------


def test_a_city_enrols_hands_up_and_sees_the_receipt(
    world: World, open_window: Callable[..., CatalogueWindow], until: Until
) -> None:
    services, clock = world.services, world.services.clock
    make_root("样例市", world.folder / "city", OPENING, clock=clock)
    roots = (world.folder / "city" / "root.crt").read_text(encoding="ascii")
    city = bootstrap.create_catalogue(
        world.folder / "city.censusdb", name="样例市", roots_pem=roots, level="city", clock=clock
    )
    workspace = world.workspace()
    asked = world.request(workspace)
    confirm_request(
        city, asked.request, asked.fingerprint, world.folder / "city", OPENING, clock=clock
    )
    receive(city, world.hand_in(workspace), clock=clock)
    window = open_window(world, city)
    window.trust.upper.click()
    dialog = window.trust.dialog
    assert isinstance(dialog, UpperDialog)
    until(lambda: dialog.state is not None)
    assert dialog.asking
    dialog.code.setText(CITY)
    dialog.new.fill(OTHER)
    dialog.folder.edit.setText(str(world.out))
    dialog.verb.click()
    until(lambda: not dialog.asking)
    request = world.out / f"{CITY}-000000.census"
    assert list(world.out.glob("*.pdf"))

    with_province = world.open()
    fingerprint = dialog.state.fingerprint if dialog.state is not None else ""
    issued = confirm_request(with_province, request, fingerprint, world.stick, OPENING, clock=clock)
    dialog.take_file(write_answer(issued, with_province.roots(), world.out))
    until(lambda: "已在省级登记" in _texts(dialog))
    dialog.passphrase.setText(OTHER)
    dialog.verb.click()
    until(lambda: dialog.model.rowCount() == 1)
    _settle(window, until)
    rollup = world.out / f"{CITY}-000001.census"
    add_units(with_province, CITY, {ENVIRONMENT: "第一样例厅"})
    got = receive(with_province, rollup, clock=clock)
    assert got.outcome == "merged"
    signer = coordinator_signer_of(with_province, services.keys)
    signer.unlock(OPENING)
    done = write_receipt(
        with_province, got.identity, "returned", "第三处室缺报", world.out, signer,
        clock=clock, software="t", actor="t",
    )  # fmt: skip
    dialog.take_file(Path(done.path))
    until(lambda: "第三处室缺报" in str(dialog.model.data(dialog.model.index(0, 3))))
    with_province.close()
    workspace.close()


def test_answers_of_the_province_are_told_in_words() -> None:
    words = Words("zh")
    assert "2 条意见" in reply_text(UpperReply("review", "", count=2), words)
    assert reply_text(UpperReply("receipt", "", "returned", "补报"), words).endswith("附言：补报")


# -- making a catalogue ------------------------------------------------------------------------------------------------


@pytest.fixture
def new_dialog(
    themed: QApplication, preferences: Preferences, tmp_path: Path
) -> Iterator[NewCatalogueDialog]:
    services = OwnKeys(keys=tmp_path / "keys")
    dialog = NewCatalogueDialog(services, Words("zh"), preferences, None)
    dialog.open()
    dialog.name.setText("样例大数据中心")
    dialog.code.setText(BODY.lower())
    dialog.file.edit.setText(str(tmp_path / "省目录"))
    dialog.daily.fill(OTHER)
    yield dialog
    dialog.close()
    dialog.deleteLater()


def test_a_catalogue_is_founded_with_two_roots_and_a_daily_key(
    new_dialog: NewCatalogueDialog, tmp_path: Path, until: Until
) -> None:
    made: list[Any] = []
    new_dialog.founded.connect(made.append)
    new_dialog.stick.edit.setText(str(tmp_path / "a"))
    new_dialog.standby.edit.setText(str(tmp_path / "b"))
    new_dialog.root_passphrase.first.setText("short")
    assert not new_dialog.verb.isEnabled()
    assert "至少要 12 个" in _texts(new_dialog.root_passphrase)
    new_dialog.root_passphrase.fill(OPENING)
    new_dialog.verb.click()
    until(lambda: bool(made) or bool(new_dialog.trouble))

    assert new_dialog.trouble == ""
    store = bootstrap.open_catalogue(tmp_path / "省目录.censusdb")
    summary = trust_summary(store, clock=bootstrap.SystemClock())
    assert [r.status for r in summary.roots] == ["active", "standby"]
    coordinator_signer_of(store, tmp_path / "keys").unlock(OTHER)
    store.close()
    told = MadeDialog(Words("zh"), made[0], None)
    assert summary.roots[0].fingerprint[:19] in _texts(told)
    assert str(tmp_path / "b") in _texts(told)
    told.deleteLater()


def test_a_second_coordinator_joins_after_comparing_the_root(
    new_dialog: NewCatalogueDialog, world: World, tmp_path: Path, until: Until
) -> None:
    made: list[Any] = []
    new_dialog.joined.connect(made.append)
    new_dialog.ways.button(JOIN).setChecked(True)
    new_dialog.code.setText(f"{BODY}B2")
    new_dialog.trust.edit.setText(str(world.stick / "root.crt"))
    new_dialog.requests.edit.setText(str(tmp_path / "out"))
    root = TrustAnchors.from_file(world.stick / "root.crt").roots[0].facts.fingerprint
    assert root in _texts(new_dialog)
    assert not new_dialog.verb.isEnabled()
    new_dialog.compared.setChecked(True)
    new_dialog.verb.click()
    until(lambda: bool(made) or bool(new_dialog.trouble))

    assert new_dialog.trouble == ""
    assert [p.name for p in (tmp_path / "out").iterdir()] == [f"{BODY}B2-000000.census"]
    store = bootstrap.open_catalogue(tmp_path / "省目录.censusdb")
    assert store.facts().coordinator_code == f"{BODY}B2"
    store.close()


def test_a_wrong_code_is_told_when_its_field_is_left(new_dialog: NewCatalogueDialog) -> None:
    said = new_dialog.words("CT_BODY_CODE_WRONG")
    new_dialog.code.setText(BODY[:-1])
    new_dialog.code.editingFinished.emit()
    shown = [x for x in new_dialog.findChildren(QLabel) if x.isVisible()]
    assert said in [x.text() for x in shown]

    new_dialog.code.setText(BODY)
    shown = [x for x in new_dialog.findChildren(QLabel) if x.isVisible()]
    assert said not in [x.text() for x in shown]


def test_from_the_start_window_to_the_new_catalogue(
    themed: QApplication, preferences: Preferences, tmp_path: Path, until: Until
) -> None:
    desktop = Desktop(themed, OwnKeys(keys=tmp_path / "keys"), preferences)
    desktop.show_start()
    assert isinstance(desktop.window, StartWindow)
    assert nameless_controls(desktop.window) == []
    desktop.window.catalogue_button.click()
    dialog = desktop.dialog
    assert isinstance(dialog, NewCatalogueDialog)
    dialog.name.setText("样例中心")
    dialog.code.setText(BODY)
    dialog.file.edit.setText(str(tmp_path / "目录.censusdb"))
    dialog.stick.edit.setText(str(tmp_path / "a"))
    dialog.standby.edit.setText(str(tmp_path / "b"))
    dialog.root_passphrase.fill(OPENING)
    dialog.daily.fill(OTHER)
    dialog.verb.click()
    until(lambda: isinstance(desktop.dialog, MadeDialog) or bool(dialog.trouble))
    assert dialog.trouble == ""
    made = desktop.dialog
    assert isinstance(made, MadeDialog)
    made.open_button.click()

    window: Any = desktop.window
    assert isinstance(window, CatalogueWindow)
    until(lambda: window.session.state is not None and not window.runner.busy)
    assert window.session.store.facts().coordinator_code == BODY
    window.close()
    window.deleteLater()


def test_a_file_that_is_no_root_is_told(new_dialog: NewCatalogueDialog, tmp_path: Path) -> None:
    (tmp_path / "x.crt").write_text("no certificate", encoding="ascii")
    new_dialog.ways.button(JOIN).setChecked(True)
    new_dialog.trust.edit.setText(str(tmp_path / "x.crt"))

    assert new_dialog.trouble
    assert not new_dialog.verb.isEnabled()


# -- the whole ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_and_dialogs_are_named_throughout_and_fit(
    world: World,
    open_window: Callable[..., CatalogueWindow],
    preferences: Preferences,
    until: Until,
    language: str,
) -> None:
    window = open_window(world, world.open(), language)
    trust = window.trust
    openers = (
        trust.open_bundle, trust.open_revocation, trust.open_rotation, trust.open_passphrase,
        trust.open_daily_key, trust.open_upper,
    )  # fmt: skip
    for opener in openers:
        opener()
        _settle(window, until)
        dialog = trust.dialog
        assert dialog is not None
        assert nameless_controls(dialog) == []
        assert dialog.sizeHint().height() <= 728
        dialog.reject()
    new = NewCatalogueDialog(world.services, Words(language), preferences, window)
    assert nameless_controls(new) == []
    assert new.sizeHint().height() <= 728
    new.reject()
    assert nameless_controls(window) == []


OWN = tomllib.loads(resource("messages", "ui_catalogue_trust.toml").read_text(encoding="utf-8"))
SOURCE = "\n".join(
    p.read_text(encoding="utf-8") for p in sorted(Path(ui.__file__).parent.rglob("*.py"))
)
MADE = re.compile(r"CT_(CERT|FORMS|EFFECT|STICK|AFTER|LEVEL|ENROL)_\w+|CT_REVOKED_NEXT_\w+")
"""Codes that are put together when they are used."""


def test_every_text_exists_and_is_used() -> None:
    asked = set(re.findall(r'["\x27](CT_[A-Za-z0-9_]+)["\x27]', SOURCE))
    assert asked - set(OWN) == set()
    assert {c for c in OWN if c not in asked and not MADE.fullmatch(c)} == set()


@pytest.mark.parametrize("code", sorted(OWN))
def test_both_languages_take_the_same_values(code: str) -> None:
    zh, en = (
        {name for _t, name, _s, _c in string.Formatter().parse(OWN[code][each]) if name}
        for each in ("zh", "en")
    )
    assert zh == en
    assert not re.search("[\u4e00-\u9fff]", OWN[code]["en"])


def test_the_demonstration_s_page_lists_every_department(
    tmp_path: Path, open_window: Callable[..., CatalogueWindow]
) -> None:
    services = OwnKeys(keys=tmp_path / "keys")

    def tell(_code: str, /, **_params: object) -> None: ...

    demonstrating.run_demo(tmp_path / "demo", services, language="zh", tell=tell)
    store = bootstrap.open_catalogue(tmp_path / "demo" / "catalogue.censusdb")
    window = open_window(World(tmp_path / "demo", services), store)

    model = window.trust.table.model
    names = {str(model.data(model.index(row, 0))) for row in range(model.rowCount())}
    assert {entry.name for entry in store.roster()} <= names
