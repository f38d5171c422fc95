"""What comes and goes, driven as a person would: files dropped on the window, queries answered, keys renewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QToolButton

from census_app import bootstrap
from census_app.domain.records import RecordId
from census_app.services import (
    checking,
    editing,
    enrolling,
    explaining,
    judging,
    receiving,
)
from census_app.services.ports import WorkspaceStore
from census_app.services.trust_summary import trust_summary
from census_app.services.vanishing import ask_about_vanished
from census_app.ui.department.answer_dialog import AnswerDialog
from census_app.ui.department.arrival_dialogs import OutcomeDialog, RootDialog
from census_app.ui.department.export_page import ExportPage
from census_app.ui.department.key_dialogs import ForgottenDialog, PassphraseDialog, RenewDialog
from census_app.ui.department.key_state import read_key_state
from census_app.ui.department.packages_page import PackagesPage
from census_app.ui.department.record_list import QUERIES
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.side_panel import PROBLEMS, REVIEW
from census_app.ui.department.upgrade_dialog import UpgradeDialog
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs import messages
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words
from tests.ui.driving import Until, settle

if TYPE_CHECKING:
    from tests.ui.conftest import Campaign

PASSPHRASE = "一二三四五六七八九十甲乙"  # noqa: S105
OTHER = "甲乙丙丁戊己庚辛壬癸子丑"
OFFICE = "internal_office"


def drop(window: DepartmentWindow, *paths: Path) -> None:
    """Drag files over a page of the window and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    page = window.pages.currentWidget()
    assert page is not None
    enter = QDragEnterEvent(QPoint(60, 40), action, mime, button, none)
    QApplication.sendEvent(page, enter)
    event = QDropEvent(QPointF(60, 40), action, mime, button, none)
    QApplication.sendEvent(page, event)


def outcome(window: DepartmentWindow) -> OutcomeDialog:
    """Return the dialog that says what became of the files."""
    dialog = window.mail.arrivals.dialog
    assert isinstance(dialog, OutcomeDialog)
    assert nameless_controls(dialog) == []
    return dialog


def taken(window: DepartmentWindow, until: Until, *paths: Path) -> OutcomeDialog:
    """Drop files on the window, read what became of them, and close that."""
    drop(window, *paths)
    settle(window, until)
    dialog = outcome(window)
    dialog.accept()
    return dialog


def packages_page(window: DepartmentWindow, until: Until) -> PackagesPage:
    window.guide.select("packages")
    settle(window, until)
    page = window.page("packages")
    assert isinstance(page, PackagesPage)
    return page


def export_page(window: DepartmentWindow, until: Until) -> ExportPage:
    window.guide.select("export")
    settle(window, until)
    page = window.page("export")
    assert isinstance(page, ExportPage)
    return page


def guide_note(window: DepartmentWindow) -> str:
    return next(e.note for e in window.guide._model.entries if e.id == "packages")


def texts(widget: Any) -> str:
    """Return everything a widget and its children say."""
    labels = [each.text() for each in widget.findChildren(QLabel)]
    return "\n".join(labels + [each.text() for each in widget.findChildren(QPushButton)])


def press(widget: Any, text: str) -> None:
    """Press the button with a text."""
    buttons = [b for b in widget.findChildren(QPushButton) if b.text() == text]
    assert buttons, text
    buttons[0].click()


@pytest.fixture
def office(store: WorkspaceStore, services: bootstrap.Services) -> RecordId:
    """A department without a problem, and one office of it."""
    clock = services.clock
    (own,) = store.stream_records("department")
    values: Any = {"org_kind": "government"}
    checking.set_everywhere(store, "department", [own.id], values, actor="李四", clock=clock)
    return add_office(store, services, "办公室", "协调")


def add_office(
    store: WorkspaceStore, services: bootstrap.Services, name: str, duties: str = ""
) -> RecordId:
    values: Any = {"name": name} | ({"duties": duties} if duties else {})
    return editing.create_record(store, OFFICE, values, actor="李四", clock=services.clock)


def value(window: DepartmentWindow, record: str, field: str, form: str = OFFICE) -> object:
    found = window.session.store.record(form, RecordId(record))
    assert found is not None
    return found.values.get(field)


# -- whom to believe, and the key --------------------------------------------------------------------------------------


def test_a_key_signs_before_it_is_confirmed_and_the_first_bundle_confirms_it(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    window = open_window(store)
    page = export_page(window, until)
    card = page.certificate
    assert not card.state.signs
    card.new_pass.setText(PASSPHRASE)
    card.new_again.setText(PASSPHRASE)
    card.make_request(campaign.post)
    settle(window, until)
    assert card.state.standing == "waiting"
    page.signing.passphrase.setText(PASSPHRASE)
    page.export(campaign.post, PASSPHRASE)
    settle(window, until)
    assert page.result is not None
    clock = window.session.services.clock
    sent = page.result.path
    assert receiving.receive(campaign.catalogue, sent, clock=clock).outcome == "quarantined"

    request = card.request
    assert request is not None
    campaign.issue(request.request, request.fingerprint)
    drop(window, campaign.bundle())
    settle(window, until)
    dialog = window.mail.arrivals.dialog
    assert isinstance(dialog, RootDialog)
    assert nameless_controls(dialog) == []
    assert not dialog.trust.isEnabled()
    assert store.roots() == ""
    dialog.typed.setText("0000")
    assert not dialog.trust.isEnabled()
    dialog.compared.setChecked(True)
    assert not dialog.trust.isEnabled()  # what is typed differs, whatever is ticked
    dialog.typed.setText(dialog.fingerprint.split()[-1].upper())
    assert dialog.trust.isEnabled()
    dialog.trust.click()
    settle(window, until)
    assert outcome(window).outcomes[0].mood == "good"
    assert store.roots() == campaign.catalogue.facts().roots_pem
    assert window.post.mail.key.standing == "valid"
    assert card.state == window.post.mail.key
    letters = packages_page(window, until).letters.letters
    assert {letter.kind for letter in letters} == {"submission", "trust"}


def test_a_root_that_was_not_compared_is_not_believed(
    store: WorkspaceStore,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    window = open_window(store)
    drop(window, campaign.bundle())
    settle(window, until)
    dialog = window.mail.arrivals.dialog
    assert isinstance(dialog, RootDialog)
    dialog.reject()
    settle(window, until)
    assert store.roots() == ""
    assert store.bundle() is None
    assert not window.mail.arrivals.busy


def test_what_is_no_such_file_is_refused_with_what_and_next(
    store: WorkspaceStore,
    tmp_path: Path,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    window = open_window(store)
    wrong = tmp_path / "wrong.crt"
    wrong.write_text("no certificate", encoding="ascii")
    drop(window, tmp_path / "list.xlsx")
    assert not window.mail.arrivals.busy
    dialog = taken(window, until, wrong)
    assert [(o.mood, o.code) for o in dialog.outcomes] == [("bad", "ANSWER_INVALID")]
    assert dialog.outcomes[0].details
    assert "ANSWER_INVALID" in texts(dialog)


def test_the_passphrase_is_changed_and_the_key_renewed(
    store: WorkspaceStore,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    card = export_page(window, until).certificate
    first = card.state.fingerprint
    card.change.click()
    dialog = card.dialog
    assert isinstance(dialog, PassphraseDialog)
    assert nameless_controls(dialog) == []
    dialog.old.setText("not the passphrase")
    for line in (dialog.new, dialog.again):
        line.setText(OTHER)
    dialog.do.click()
    settle(window, until)
    assert dialog.isVisible()
    assert not dialog._problem.isHidden()
    dialog.old.setText(PASSPHRASE)
    dialog.do.click()
    settle(window, until)
    signer = enrolling.signer_of(store, window.session.services.keys_dir())
    signer.unlock(OTHER)

    card.renew.click()
    renew = card.dialog
    assert isinstance(renew, RenewDialog)
    renew.old.setText(OTHER)
    for line in (renew.new, renew.again):
        line.setText(PASSPHRASE)
    renew.request(campaign.post)
    settle(window, until)
    assert card.state.renewing
    assert card.state.fingerprint == first  # the present key goes on signing
    request = card.request
    assert request is not None
    answer = campaign.issue(request.request, request.fingerprint)
    taken(window, until, answer)
    settle(window, until)
    assert card.state.standing == "valid"
    assert card.state.fingerprint == request.fingerprint != first


def test_a_forgotten_passphrase_costs_a_request_and_no_data(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    campaign.hand_in(store)
    window = open_window(store)
    page = export_page(window, until)
    card = page.certificate
    card.forgot.click()
    dialog = card.dialog
    assert isinstance(dialog, ForgottenDialog)
    assert nameless_controls(dialog) == []
    assert "不会丢失" in texts(dialog)
    for line in (dialog.new, dialog.again):
        line.setText(OTHER)
    dialog.request(campaign.post)
    settle(window, until)
    assert (card.state.standing, card.state.before) == ("waiting", True)
    assert len(store.packages()) == 1
    page.export(campaign.post, OTHER)
    settle(window, until)
    assert page.result is not None
    assert page.result.number == 2


def test_who_makes_a_new_key_after_a_revocation_is_not_told_of_a_forgotten_passphrase(
    store: WorkspaceStore,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    page = export_page(open_window(store), until)
    page.certificate.show_state(replace(page.certificate.state, standing="revoked"))
    page.certificate.forgot.click()
    dialog = page.certificate.dialog
    assert dialog is not None

    assert "原来的密钥不能再签名" in texts(dialog)
    assert "口令无法找回，但不会丢失" not in texts(dialog)
    dialog.close()


def test_a_certificate_that_ends_soon_asks_to_be_renewed(
    store: WorkspaceStore,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    ends = trust_summary(store, clock=campaign.services.clock).own
    assert ends is not None

    def standing(days: int) -> str:
        moment = ends.not_after - dt.timedelta(days=days)
        return read_key_state(store, StandingAt(moment)).standing

    found = [standing(days) for days in (61, 59, -1)]
    assert found == ["valid", "expiring", "expired"]
    card = export_page(open_window(store), until).certificate
    for state, renew in (("expiring", True), ("expired", False)):
        card.show_state(replace(card.state, standing=state))  # type: ignore[arg-type]
        assert card.renew.isHidden() is not renew
    assert card.forgot.text() == "重新申请密钥…"


@dataclass(frozen=True)
class StandingAt:
    moment: dt.datetime

    def now(self) -> dt.datetime:
        return self.moment


# -- reviews and receipts ----------------------------------------------------------------------------------------------


@pytest.fixture
def reviewed(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> DepartmentWindow:
    """A window that has taken a receipt and a review: a suggestion, a question, one that needs no answer."""
    campaign.enrol(store)
    package = campaign.hand_in(store)
    campaign.ask(OFFICE, office, "duties", "职责请写全。", suggestion="综合协调与督办")
    campaign.ask(OFFICE, office, "name", "名称与三定方案不一致。")
    campaign.ask("", "", "", "处室是否填全？", must=False)
    receipt = campaign.receipt(package, "returned", "请于十五日前再次上报")
    review = campaign.review()
    window = open_window(store)
    dialog = taken(window, until, review, receipt)  # in the wrong order
    assert [o.mood for o in dialog.outcomes] == ["good", "good"]
    settle(window, until)
    return window


def query(window: DepartmentWindow, field: str) -> Any:
    return next(i for i in window.post.mail.items if i.query.field == field)


def show_office(window: DepartmentWindow, office: str, until: Until) -> RecordsPage:
    window.show_record(OFFICE, RecordId(office), "duties")
    settle(window, until)
    records = window.records_page()
    assert records is not None
    assert records.record == office
    return records


def test_a_submission_shows_what_became_of_it_and_what_the_coordinator_wrote(
    reviewed: DepartmentWindow, until: Until
) -> None:
    assert guide_note(reviewed) == "2 新"
    page = packages_page(reviewed, until)
    assert guide_note(reviewed) == "3 待答复"
    submission = next(each for each in page.letters.letters if each.kind == "submission")
    assert (submission.state, submission.round) == ("returned", 1)
    page.letters.table.selectRow(page.letters.letters.index(submission))
    told = texts(page.letters._detail)
    assert "已退回" in told
    assert "请于十五日前再次上报" in told
    assert page.tabs.tabText(1) == "审核意见 3"
    assert reviewed.post.mail.round == 2


def test_queries_stand_beside_the_field_in_the_list_and_in_the_panel(
    reviewed: DepartmentWindow, office: RecordId, until: Until
) -> None:
    records = show_office(reviewed, office, until)
    row = records._form_view().row("duties")
    assert row is not None
    assert row._query.text() == "审核意见 1"
    assert not row._query.isHidden()
    assert row.height() >= row.heightForWidth(row.width())  # the mark takes no room from the rest
    row._query.click()
    assert reviewed.panel.tabs.currentIndex() == REVIEW
    assert reviewed.panel.tabs.tabText(REVIEW) == "审核 2"
    told = texts(reviewed.panel._review)
    assert "综合协调与督办" in told
    assert "职责请写全。" in told
    chip = next(c for c in records.list._chips.buttons() if c.property("chip") == QUERIES)
    assert chip.text() == "有审核意见 1"
    chip.click()
    settle(reviewed, until)
    assert records.list.total == 1
    assert nameless_controls(reviewed) == []


def test_a_suggestion_is_applied_from_the_panel_and_undone(
    reviewed: DepartmentWindow, office: RecordId, until: Until
) -> None:
    records = show_office(reviewed, office, until)
    press(reviewed.panel._review, "采用建议")
    settle(reviewed, until)
    assert value(reviewed, office, "duties") == "综合协调与督办"
    assert query(reviewed, "duties").answer.kind == "applied"
    row = records._form_view().row("duties")
    assert row is not None
    assert row._query.isHidden()
    assert "已采用建议" in texts(reviewed.panel._review)
    reviewed._on_undo()
    settle(reviewed, until)
    assert value(reviewed, office, "duties") == "协调"
    assert query(reviewed, "duties").state == "open"


def test_a_suggestion_about_another_value_is_refused_and_said_so(
    reviewed: DepartmentWindow, office: RecordId, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(messages.ErrorDialog, "exec", lambda self: told.append(texts(self)))
    show_office(reviewed, office, until)
    item = query(reviewed, "duties")
    store, clock = reviewed.session.store, reviewed.session.services.clock
    values: Any = {"duties": "自己改过"}
    checking.set_everywhere(store, OFFICE, [office], values, actor="李四", clock=clock)
    reviewed.mail.apply(item)  # the window does not know of the change yet
    settle(reviewed, until)
    assert value(reviewed, office, "duties") == "自己改过"
    assert "QUERY_STALE" in told[0]
    assert query(reviewed, "duties").stale
    assert "这条意见针对的是旧值" in texts(reviewed.panel._review)


def test_an_answer_too_short_stays_in_the_dialog_and_a_good_one_can_be_taken_back(
    reviewed: DepartmentWindow, office: RecordId, until: Until
) -> None:
    show_office(reviewed, office, until)
    reviewed.mail.disagree(query(reviewed, "name"))
    dialog = reviewed.mail.dialog
    assert isinstance(dialog, AnswerDialog)
    assert nameless_controls(dialog) == []
    dialog.text.setPlainText("否")
    dialog.keep.click()
    settle(reviewed, until)
    assert dialog.isVisible()
    assert dialog.text.toPlainText() == "否"
    assert not dialog._problem.isHidden()
    assert query(reviewed, "name").state == "open"
    dialog.text.setPlainText("三定方案已经调整，以新方案为准。")
    dialog.keep.click()
    settle(reviewed, until)
    answer = query(reviewed, "name").answer
    assert (answer.kind, answer.text) == ("disagreed", "三定方案已经调整，以新方案为准。")
    press(reviewed.panel._review, "撤回答复")
    settle(reviewed, until)
    assert query(reviewed, "name").state == "open"


def test_queries_that_must_be_answered_block_the_hand_in_and_lead_there(
    reviewed: DepartmentWindow, office: RecordId, campaign: Campaign, until: Until
) -> None:
    page = export_page(reviewed, until)
    page.signing.passphrase.setText(PASSPHRASE)
    block = page.summary.blocks["queries"]
    assert not block.isHidden()
    assert not page.signing.export.isEnabled()
    block.go.click()
    settle(reviewed, until)
    shown = packages_page(reviewed, until)
    assert shown.tabs.currentIndex() == 1
    assert len(shown.queries.items) == 3
    for field in ("duties", "name"):
        reviewed.mail.answer(query(reviewed, field))
        dialog = reviewed.mail.dialog
        assert isinstance(dialog, AnswerDialog)
        dialog.text.setPlainText("已与三定方案核对")
        dialog.keep.click()
        settle(reviewed, until)
    settle(reviewed, until)
    export_page(reviewed, until)
    page.signing.passphrase.setText(PASSPHRASE)
    assert block.isHidden()
    assert page.signing.export.isEnabled()
    page.export(campaign.post, PASSPHRASE)
    settle(reviewed, until)
    letters = packages_page(reviewed, until).letters.letters
    newest = next(each for each in letters if each.kind == "submission")
    assert (newest.sequence, newest.state, newest.round) == (2, "waiting", 2)


def test_a_query_of_the_list_leads_to_the_very_field(
    reviewed: DepartmentWindow, office: RecordId, until: Until
) -> None:
    page = packages_page(reviewed, until)
    page.show_tab("queries")
    fields = [item.query.field for item in page.queries.items]
    page.queries.table.selectRow(fields.index("duties"))
    (go,) = page.queries._detail.findChildren(QToolButton)
    assert go.accessibleName() == "定位"
    go.click()
    settle(reviewed, until)
    records = reviewed.records_page()
    assert records is not None
    assert records.record == office
    assert reviewed.field_at_cursor() == "duties"


def test_a_refused_reason_opens_the_warning_again_with_the_coordinators_words(
    store: WorkspaceStore,
    office: RecordId,
    services: bootstrap.Services,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    clock = services.clock
    campaign.enrol(store)
    (own,) = store.stream_records("department")
    values: Any = {"contact_phone": "84550000", "division": "320100"}
    checking.set_everywhere(store, "department", [own.id], values, actor="李四", clock=clock)
    found = [
        f
        for f in checking.check_workspace(store, clock=clock).findings
        if f.severity.value == "warning" and f.values_sha256
    ]
    assert {f.rule for f in found} >= {"ORG-1b", "ORG-2b"}
    explaining.explain(store, found, "情况属实，已经核对", actor="李四", clock=clock)
    campaign.hand_in(store)
    warnings = judging.explained_warnings(campaign.catalogue, campaign.code, clock=clock)
    refused, accepted = warnings[0].explanation, warnings[1].explanation
    judging.judge_explanation(
        campaign.catalogue, campaign.code, refused, "refused", "请写明依据的文件", actor="王",
        clock=clock,
    )  # fmt: skip
    judging.judge_explanation(
        campaign.catalogue, campaign.code, accepted, "accepted", actor="王", clock=clock
    )
    window = open_window(store)
    taken(window, until, campaign.review())
    settle(window, until)
    findings = {(f.record, f.rule): f for f in window.session.problems.all()}
    assert findings[refused.record, refused.rule].explanation is None
    assert findings[accepted.record, accepted.rule].verdict == "accepted"
    window.go_to(findings[refused.record, refused.rule])
    window.panel.tabs.setCurrentIndex(PROBLEMS)
    settle(window, until)
    assert "请写明依据的文件" in texts(window.panel._problems)
    assert "说明已认可" in texts(window.panel._problems)


# -- contributions -----------------------------------------------------------------------------------------------------


@pytest.fixture
def section(
    services: bootstrap.Services, tmp_path: Path, code: str, campaign: Campaign
) -> Iterator[WorkspaceStore]:
    made = services.create_workspace(tmp_path / "section.censusdb", "环境监测处", f"{code}A1")
    campaign.enrol(made)
    yield made
    made.close()


def test_a_section_hands_up_and_the_department_looks_merges_and_decides(
    store: WorkspaceStore,
    office: RecordId,
    section: WorkspaceStore,
    services: bootstrap.Services,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    down = _hand_on(open_window(store), f"{campaign.code}A1", campaign, until)
    window = open_window(section)
    taken_over(window, until, down)
    assert value(window, office, "duties") == "协调"
    _rewrite(section, office, "监测处改过", services)
    add_office(section, services, "监测科")
    page = export_page(window, until)
    assert page.upwards
    page.signing.passphrase.setText(PASSPHRASE)
    assert page.signing.export.isEnabled()
    page.export(campaign.post, PASSPHRASE)
    settle(window, until)
    assert page.result is not None
    up = page.result.path
    window.close()

    store = services.open_workspace(store.path)
    _rewrite(store, office, "部门也改过", services)
    window = open_window(store)
    drop(window, up)
    settle(window, until)
    preview = window.mail.arrivals.dialog
    assert preview is not None
    assert nameless_controls(preview) == []
    kinds = [line.kind for line in preview.seen.lines]  # type: ignore[attr-defined]
    assert sorted(kinds) == ["added", "conflict"]
    assert len(list(store.stream_records(OFFICE))) == 1  # nothing is written yet
    preview.merge.click()  # type: ignore[attr-defined]
    settle(window, until)
    outcome(window).accept()
    settle(window, until)
    assert len(list(store.stream_records(OFFICE))) == 2
    assert value(window, office, "duties") == "部门也改过"
    _decide(window, office, campaign, until)


def _decide(window: DepartmentWindow, office: str, campaign: Campaign, until: Until) -> None:
    export = export_page(window, until)
    export.signing.passphrase.setText(PASSPHRASE)
    assert not export.signing.export.isEnabled()
    export.summary.blocks["conflicts"].go.click()
    settle(window, until)
    page = packages_page(window, until)
    assert page.tabs.currentIndex() == 2
    view = page.conflicts
    assert "监测处改过" in texts(view)
    assert "部门也改过" in texts(view)
    assert not view.theirs.isEnabled()  # a reason is needed
    view.reason.setText("以监测处掌握的情况为准")
    view.theirs.click()
    settle(window, until)
    assert value(window, office, "duties") == "监测处改过"
    assert view.items == []
    assert [(d.choice, d.reason) for d in view.decided] == [("theirs", "以监测处掌握的情况为准")]
    window._on_undo()
    settle(window, until)
    assert len(view.items) == 1
    view.table.selectRow(0)
    view.reason.setText("两处都不完整")
    view.other.setText("监测与协调")
    view.value.click()
    settle(window, until)
    assert value(window, office, "duties") == "监测与协调"
    export_page(window, until)
    export.signing.passphrase.setText(PASSPHRASE)
    assert export.signing.export.isEnabled()


def _rewrite(
    store: WorkspaceStore, office: RecordId, text: str, services: bootstrap.Services
) -> None:
    values: Any = {"duties": text}
    checking.set_everywhere(store, OFFICE, [office], values, actor="赵", clock=services.clock)


def _hand_on(window: DepartmentWindow, audience: str, campaign: Campaign, until: Until) -> Path:
    """Hand on by the menu, and close the window."""
    from census_app.ui.department.hand_on_dialog import HandOnDialog  # noqa: PLC0415

    window.hand_action.trigger()
    settle(window, until)
    dialog = window.findChildren(HandOnDialog)[0]
    assert nameless_controls(dialog) == []
    assert not dialog.do.isEnabled()
    dialog.folder.setText(str(campaign.post))
    dialog.audience.setEditText(audience)
    dialog.passphrase.setText(PASSPHRASE)
    dialog.do.click()
    settle(window, until)
    assert dialog.written is not None
    path = dialog.written.package.path
    dialog.accept()
    window.close()
    return path


def taken_over(window: DepartmentWindow, until: Until, path: Path) -> None:
    """Take a contribution after looking at it."""
    drop(window, path)
    settle(window, until)
    dialog = window.mail.arrivals.dialog
    assert dialog is not None
    dialog.merge.click()  # type: ignore[attr-defined]
    settle(window, until)
    outcome(window).accept()
    settle(window, until)


# -- a newer form set --------------------------------------------------------------------------------------------------


def test_a_newer_form_set_is_shown_before_it_is_taken_over(
    store: WorkspaceStore,
    office: RecordId,
    v2_folder: Path,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    reopened: list[bool] = []
    window.reopen_requested.connect(lambda: reopened.append(True))
    taken(window, until, campaign.bundle(v2_folder))
    settle(window, until)
    dialog = window.mail.dialog
    assert isinstance(dialog, UpgradeDialog)
    assert nameless_controls(dialog) == []
    assert dialog.offer.effects.touched == 1  # the office has no head yet
    assert store.form_set.version == "v1"
    dialog.reject()
    settle(window, until)
    assert store.form_set.version == "v1"
    window.post.look_for_upgrade()  # as at the next start
    settle(window, until)
    assert "v2" in window.notice._text.text()
    window.notice._action.click()
    dialog = window.mail.dialog
    assert isinstance(dialog, UpgradeDialog)
    dialog.upgrade.click()
    until(lambda: bool(reopened))
    assert store.form_set.version == "v2"
    assert list(store.path.parent.glob("*snapshots*/*upgrade*"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tab_names_its_controls(
    store: WorkspaceStore,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
    language: str,
) -> None:
    window = open_window(store, Words(language))
    page = packages_page(window, until)
    for name in ("packages", "queries", "conflicts"):
        page.show_tab(name)
        assert nameless_controls(window) == [], name
    dialog: QDialog = RootDialog("4a1e 4ada f58a dd39", window.words, window)
    assert nameless_controls(dialog) == []
    dialog.deleteLater()


# -- what this file has lost -------------------------------------------------------------------------------------------


def test_a_record_this_file_has_lost_is_confirmed_as_deleted_on_its_card(
    store: WorkspaceStore,
    office: RecordId,
    services: bootstrap.Services,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    campaign.hand_in(store)
    clock = services.clock
    editing.remove_records(store, OFFICE, [office], "t", actor="李四", clock=clock)
    with store._database.writing() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DELETE FROM handed_in WHERE record_id = ?", (office,))
    campaign.hand_in(store)
    ask_about_vanished(campaign.catalogue, campaign.code, actor="王", clock=clock)
    window = open_window(store)
    taken(window, until, campaign.review())
    page = packages_page(window, until)
    page.show_tab("queries")
    settle(window, until)
    view = page.queries
    assert "本文件中没有这条记录" in texts(view)
    assert "“办公室”" in texts(view)
    press(view, "确认已删除…")
    dialog = window.mail.dialog
    assert isinstance(dialog, AnswerDialog)
    assert nameless_controls(dialog) == []
    dialog.text.setPlainText("机构改革中撤并")
    dialog.keep.click()
    settle(window, until)
    (item,) = view.items
    assert (item.state, item.answer.kind if item.answer else "") == ("answered", "deleted")
    assert "下一次上报写明删除" in texts(view)
    press(view, "撤回答复")
    settle(window, until)
    assert view.items[0].state == "open"


def test_a_new_passphrase_says_why_it_will_not_do_yet(
    store: WorkspaceStore,
    campaign: Campaign,
    open_window: Callable[..., DepartmentWindow],
    until: Until,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    card = export_page(window, until).certificate
    card.change.click()
    dialog = card.dialog
    assert isinstance(dialog, PassphraseDialog)
    dialog.old.setText(PASSPHRASE)
    dialog.new.setText("short")
    assert "至少要 12 个" in texts(dialog)
    dialog.new.setText(OTHER)
    dialog.again.setText(OTHER[::-1])
    assert "两次输入不一致" in texts(dialog)
    assert not dialog.do.isEnabled()
    dialog.again.setText(OTHER)
    assert dialog.do.isEnabled()
    dialog.reject()
