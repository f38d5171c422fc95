"""Inbox, review and decisions of the coordinator's window, driven as a person would, over real files and keys."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QToolButton, QWidget

from census_app import bootstrap
from census_app.domain.corrections import Owner
from census_app.domain.findings import Severity
from census_app.domain.records import RecordId
from census_app.services.admitting import make_coordinator, make_root
from census_app.services.answering import answer_query, query_items
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.deciding import return_package
from census_app.services.editing import create_record
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    coordinator_signer_of,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.explaining import explain
from census_app.services.exporting import export_package
from census_app.services.forking import forks
from census_app.services.judging import explained_warnings
from census_app.services.ledgers import export_ledger
from census_app.services.letters import take_letter
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.querying import queries_of, raise_query
from census_app.services.receiving import receive
from census_app.services.reviewing import write_receipt, write_review
from census_app.services.settling import contested
from census_app.ui.catalogue.act_dialog import ActDialog, RemarkDialog
from census_app.ui.catalogue.ask_dialog import AskDialog
from census_app.ui.catalogue.contents_dialog import ContentsDialog
from census_app.ui.catalogue.decisions_page import TakenDialog
from census_app.ui.catalogue.digest_row import DigestDialog
from census_app.ui.catalogue.fork_dialog import ForkDialog
from census_app.ui.catalogue.ledger_dialog import LedgerDialog
from census_app.ui.catalogue.letter_dialog import LetterDialog, WrittenDialog
from census_app.ui.catalogue.settle_dialog import SettleDialog
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.preview.dialog import PreviewDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
Opened = Callable[..., CatalogueWindow]
D = TypeVar("D", bound=QDialog)

PASSPHRASE = "correct horse battery"  # noqa: S105 - of keys that live as long as a test
CODE, OTHER = "11320000990000017P", "11320000990000025J"
COORDINATOR = "11320000990000041Y"
NAME = "江苏省第一样例厅"
FORM = "internal_office"


@dataclass
class Ticking:
    """A clock on which every look is a second later, so that what happens has an order."""

    moment: dt.datetime = dt.datetime(2027, 3, 1, 6, 32, 5, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        self.moment += dt.timedelta(seconds=1)
        return self.moment


@dataclass(frozen=True)
class Services(bootstrap.Services):
    """Services whose keys lie beside the files."""

    keys: Path = Path()

    def keys_dir(self) -> Path:
        return self.keys


@dataclass(frozen=True)
class World:
    """A coordinator with a daily key and one department that has handed in once, its copy from before beside it."""

    folder: Path
    clock: Ticking

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def catalogue(self, name: str = "catalogue.censusdb") -> CatalogueStore:
        return bootstrap.open_catalogue(self.folder / name)

    def department(self, name: str = "department.censusdb") -> WorkspaceStore:
        return bootstrap.open_workspace(self.folder / name)

    def export(self, store: WorkspaceStore, folder: str) -> Path:
        signer = signer_of(store, self.keys)
        signer.unlock(PASSPHRASE)
        done = export_package(
            store, signer, self.folder / folder, clock=self.clock, software="t",
            announce_unfinished=True,
        )  # fmt: skip
        return done.package.path

    def hand_in(self, office: str, file: str = "department.censusdb", folder: str = "p") -> Path:
        """Add an office, change the first one's duties and write the next package."""
        with closing(self.department(file)) as store:
            create_record(store, FORM, {"name": office}, actor="t", clock=self.clock)
            first = self.offices(store)["一处"]
            self.put(store, FORM, first, duties=f"{office}交办的综合协调工作")
            return self.export(store, folder)

    def offices(self, store: WorkspaceStore | CatalogueStore) -> dict[str, RecordId]:
        return {title: RecordId(i) for i, title in store.titles(FORM).items()}

    def put(self, store: WorkspaceStore, form: str, record: RecordId, **values: Any) -> None:
        set_everywhere(store, form, [record], values, actor="t", clock=self.clock)


def department_of(window: CatalogueWindow) -> str:
    """Return the code of the one department that has handed in."""
    assert window.session.state is not None
    (entry,) = window.session.state.roster
    return entry.code


def build_world(folder: Path) -> World:
    world = World(folder, Ticking())
    clock = world.clock
    make_root("统筹部门", world.stick, PASSPHRASE, clock=clock)
    roots = (world.stick / "root.crt").read_text(encoding="ascii")
    catalogue = bootstrap.create_catalogue(
        folder / "catalogue.censusdb", name="统筹部门", roots_pem=roots, clock=clock
    )
    make_coordinator(
        catalogue, COORDINATOR, "统筹一组", world.stick, PASSPHRASE, world.keys, PASSPHRASE,
        clock=clock,
    )  # fmt: skip
    store = bootstrap.create_workspace(
        folder / "department.censusdb", department=NAME, code=CODE, clock=clock
    )
    with closing(store), closing(catalogue):
        made = request_certificate(store, folder, world.keys, PASSPHRASE, clock=clock, software="t")
        issued = confirm(
            catalogue, made.request, made.fingerprint, world.stick, PASSPHRASE, clock=clock
        )
        answer = write_answer(issued, catalogue.facts().roots_pem, folder)
        accept_answer(store, answer, world.keys, clock=clock)
        (record,) = store.stream_records("department")
        world.put(store, "department", record.id, org_kind="government", contact_phone="12")
        for name in ("一处", "二处"):
            create_record(store, FORM, {"name": name}, actor="t", clock=clock)
        warnings = [
            f
            for f in check_workspace(store, clock=clock).findings
            if f.severity is Severity.WARNING
        ]
        explain(store, warnings, "内部短号，对外不公布。", actor="t", clock=clock)
        assert receive(catalogue, world.export(store, "p"), clock=clock).outcome == "merged"
    for name in ("before", "first"):
        shutil.copy(folder / "department.censusdb", folder / f"{name}.censusdb")
    return world


@pytest.fixture(scope="module")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("review-world"))


@pytest.fixture
def world(first_world: World, tmp_path: Path) -> World:
    folder = Path(shutil.copytree(first_world.folder, tmp_path / "world"))
    return World(folder, Ticking(first_world.clock.moment))


@pytest.fixture
def opened(
    themed: QApplication, preferences: Preferences, world: World, until: Until
) -> Iterator[Opened]:
    windows: list[CatalogueWindow] = []

    def make(language: str = "zh") -> CatalogueWindow:
        services = Services(clock=world.clock, actor="李四", software="t", keys=world.keys)
        window = CatalogueWindow(services, world.catalogue(), preferences, Words(language))
        window.resize(1366, 768)
        window.show()
        windows.append(window)
        settle(window, until)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


def settle(window: CatalogueWindow, until: Until) -> None:
    until(lambda: window.session.state is not None and not window.runner.busy)


def dialog_of(kind: type[D]) -> D:
    """Return the open dialog of a kind."""
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
    assert len(found) == 1, found
    return found[0]


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def cells(table: Any) -> list[list[str]]:
    model = table.model
    return [
        [str(model.data(model.index(r, c)) or "") for c in range(model.columnCount())]
        for r in range(model.rowCount())
    ]


def press(qtbot: Any, widget: QWidget, words: str) -> None:
    """Click the button with these words."""

    def found() -> list[QPushButton]:
        buttons = widget.findChildren(QPushButton)
        return [b for b in buttons if b.text() == words and b.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1)
    qtbot.mouseClick(found()[0], Qt.MouseButton.LeftButton)


def ask(world: World, text: str = "请补充职责，写明依据。", **more: Any) -> str:
    """Raise a query about the duties of the first office; the catalogue is not open."""
    with closing(world.catalogue()) as store:
        record = world.offices(store)["一处"]
        query = raise_query(
            store, CODE, FORM, record, "duties", text, actor="王", clock=world.clock, **more
        )
        return query.id


def answered(world: World, query: str) -> None:
    """Let the query travel, be answered and come back."""
    with closing(world.catalogue()) as catalogue, closing(world.department()) as store:
        signer = coordinator_signer_of(catalogue, world.keys)
        signer.unlock(PASSPHRASE)
        review = write_review(catalogue, CODE, world.out, signer, clock=world.clock, software="t")
        take_letter(store, review.path, clock=world.clock)
        answer_query(store, query, "职责以三定方案为准。", actor="张", clock=world.clock)
        assert receive(catalogue, world.export(store, "p"), clock=world.clock).outcome == "merged"


# -- asking ------------------------------------------------------------------------------------------------------------


def test_a_field_is_asked_about_where_it_stands(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("browse")
    record = world.offices(window.session.store)["一处"]
    window.browse.open_record(Owner(department_of(window), FORM, record))
    until(lambda: window.browse.showing_record and not window.runner.busy)
    label = window.session.form_set.form(FORM).field_by_id("duties").label.zh

    button = next(
        b
        for b in window.browse.record.findChildren(QToolButton)
        if b.accessibleName() == f"对“{label}”提出意见"
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(AskDialog)
    assert "一处" in texts(dialog)
    assert not dialog.verb.isEnabled()
    dialog.text.setPlainText("请写明职责的依据文件。")
    assert dialog.suggestion is not None
    dialog.suggestion.input.setPlainText("负责综合协调，依据三定方案。")  # type: ignore[attr-defined]
    dialog.must.setChecked(False)
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (standing,) = queries_of(window.session.store, CODE, clock=world.clock)
    assert (standing.query.record, standing.query.field) == (record, "duties")
    assert standing.query.text == "请写明职责的依据文件。"
    assert standing.query.suggestion == '"负责综合协调，依据三定方案。"'
    assert not standing.query.must
    assert not dialog.isVisible()
    until(lambda: "审核意见（待答复）：请写明职责的依据文件。" in texts(window.browse.record))


def test_what_cannot_be_asked_is_told_in_the_dialog_and_nothing_typed_is_lost(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("review")
    settle(window, until)
    qtbot.mouseClick(window.review.ask, Qt.MouseButton.LeftButton)
    dialog = dialog_of(AskDialog)
    dialog.text.setPlainText("嗯")

    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    until(lambda: bool(dialog.trouble))

    assert dialog.isVisible()
    assert dialog.text.toPlainText() == "嗯"
    assert dialog.verb.isEnabled()
    assert queries_of(window.session.store, CODE, clock=world.clock) == []
    dialog.close()


def test_a_choice_is_suggested_with_the_editor_of_its_field(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("browse")
    with closing(world.department()) as store:
        (own,) = store.stream_records("department")
    window.browse.open_record(Owner(department_of(window), "department", own.id))
    until(lambda: window.browse.showing_record and not window.runner.busy)

    window.browse.record._ask_about("org_kind")
    dialog = dialog_of(AskDialog)
    assert dialog.suggestion is not None
    assert dialog.suggestion.editor is not None
    field = window.session.form_set.form("department").field_by_id("org_kind")
    choices = window.session.form_set.choice_lists[field.choices].choices
    other = next(choice.code for choice in choices if choice.code != "government")
    dialog.suggestion.editor.value_committed.emit(other)
    dialog.text.setPlainText("请核对单位类别。")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (standing,) = queries_of(window.session.store, CODE, clock=world.clock)
    assert standing.query.suggestion == f'"{other}"'


# -- following ---------------------------------------------------------------------------------------------------------


def test_the_board_counts_and_an_answer_is_closed(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    query = ask(world)
    answered(world, query)
    window = opened()
    assert [t.text() for t in window.overview.errands.findChildren(QPushButton)][:1] == [
        "1 条部门答复待阅"
    ]
    press(qtbot, window.overview.errands, "1 条部门答复待阅")
    settle(window, until)

    assert window.pages.currentWidget() is window.review
    (row,) = cells(window.review.table)
    assert row[:2] == [NAME, "1"]
    assert row[4:7] == ["1", "0", "0"]
    assert "职责以三定方案为准。" in texts(window.review.queries.panel)
    press(qtbot, window.review.queries.panel, "办结")
    remark = dialog_of(RemarkDialog)
    remark.text.setPlainText("依据充分。")
    qtbot.mouseClick(remark.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (standing,) = queries_of(window.session.store, CODE, clock=world.clock)
    assert (standing.state, standing.closed_by, standing.reason) == (
        "closed",
        "decision",
        "依据充分。",
    )
    assert cells(window.review.table)[0][4:7] == ["0", "0", "1"]


def test_the_letter_and_the_record_asked_about_are_previewed(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    ask(world)
    window = opened()
    window.show_page("review")
    settle(window, until)
    press(qtbot, window.review, "打印意见书")
    settle(window, until)
    shown = window.review.paper.preview
    assert isinstance(shown, PreviewDialog)
    assert "审核意见书" in shown.windowTitle()
    assert shown.preview.pages is not None
    shown.close()

    window.show_page("browse")
    office = world.offices(window.session.store)["一处"]
    window.browse.open_record(Owner(CODE, FORM, office))
    until(lambda: window.browse.showing_record and not window.runner.busy)
    qtbot.keyClick(window.browse.record, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    settle(window, until)
    shown = window.browse.record.paper.preview
    assert isinstance(shown, PreviewDialog)
    assert "内设机构登记表" in shown.windowTitle()
    shown.close()


def test_an_answer_that_does_not_do_is_asked_again_in_other_words(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    answered(world, ask(world))
    window = opened()
    window.show_page("review")
    settle(window, until)

    press(qtbot, window.review.queries.panel, "再次提出…")
    remark = dialog_of(RemarkDialog)
    assert remark.text.toPlainText() == "请补充职责，写明依据。"
    assert not remark.verb.isEnabled()  # the department could not tell that it was asked again
    remark.text.setPlainText("三定方案的文号是什么？")
    qtbot.mouseClick(remark.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (standing,) = queries_of(window.session.store, CODE, clock=world.clock)
    assert (standing.state, standing.query.text) == ("open", "三定方案的文号是什么？")


def test_a_double_click_on_a_query_leads_to_its_record(
    world: World, opened: Opened, until: Until
) -> None:
    ask(world)
    window = opened()
    window.show_page("review")
    settle(window, until)
    table = window.review.queries.table

    table.view.doubleClicked.emit(table.model.index(0, 0))
    until(lambda: window.browse.showing_record and not window.runner.busy)

    assert window.pages.currentWidget() is window.browse
    assert window.browse.record.title.text() == "一处"


# -- explained warnings ------------------------------------------------------------------------------------------------


def test_a_reason_is_accepted_for_good(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("review")
    window.review.tabs.setCurrentWidget(window.review.warnings)
    settle(window, until)
    assert "内部短号，对外不公布。" in texts(window.review.warnings.panel)

    press(qtbot, window.review.warnings.panel, "认可")
    settle(window, until)

    (warning,) = explained_warnings(window.session.store, CODE, clock=world.clock)
    assert warning.standing == "accepted"
    assert cells(window.review.warnings.table)[0][0] == "认可"
    assert cells(window.review.table)[0][7] == "0"


def test_a_refused_reason_needs_words_and_asks_the_department(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("review")
    window.review.tabs.setCurrentWidget(window.review.warnings)
    settle(window, until)

    press(qtbot, window.review.warnings.panel, "不予认可…")
    remark = dialog_of(RemarkDialog)
    assert not remark.verb.isEnabled()
    remark.text.setPlainText("请填写对外公布的电话。")
    qtbot.mouseClick(remark.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (warning,) = explained_warnings(window.session.store, CODE, clock=world.clock)
    (asked,) = queries_of(window.session.store, CODE, clock=world.clock)
    assert warning.standing == "refused"
    assert (asked.state, asked.query.rule) == ("open", warning.explanation.rule)


# -- letters -----------------------------------------------------------------------------------------------------------


def letter(window: CatalogueWindow, until: Until, qtbot: Any, folder: Path) -> LetterDialog:
    window.show_page("review")
    settle(window, until)
    qtbot.mouseClick(window.review.letter, Qt.MouseButton.LeftButton)
    dialog = dialog_of(LetterDialog)
    settle(window, until)
    dialog.folder.edit.setText(str(folder))
    dialog.passphrase.setText(PASSPHRASE)
    return dialog


def test_a_return_and_its_questions_reach_the_department(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    query = ask(world)
    window = opened()
    dialog = letter(window, until, qtbot, world.out)
    assert "1 条待答复" in dialog.says.text()
    assert dialog.queries.item(0).text() == "请补充职责，写明依据。"
    dialog.choose("returned")
    assert not dialog.verb.isEnabled()  # a return needs a note
    dialog.note.setPlainText("请按意见改正后再报。")

    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    written = dialog_of(WrittenDialog)
    files = sorted(world.out.glob("*.census"))
    assert len(files) == 2
    assert all(file.name in texts(written) for file in files)
    assert cells(window.review.table)[0][1] == "2"
    assert cells(window.review.table)[0][3] == "退回"
    with closing(world.department()) as store:
        for file in files:
            assert take_letter(store, file, clock=world.clock).outcome == "taken"
        (received,) = [p for p in store.packages() if p.type == "receipt"]
        assert (received.status, received.note) == ("returned", "请按意见改正后再报。")
        (item,) = query_items(store, clock=world.clock)
        assert item.query.id == query
    written.close()


def test_a_receipt_goes_alone_when_the_review_is_not_wanted(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    ask(world)
    window = opened()
    dialog = letter(window, until, qtbot, world.out)
    dialog.review.setChecked(False)

    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    dialog_of(WrittenDialog).close()
    assert len(list(world.out.glob("*.census"))) == 1
    letters = window.session.store.letters(department=CODE)
    assert [each.type for each in letters] == ["receipt"]
    window.review.tabs.setCurrentWidget(window.review.history)
    assert cells(window.review.history.table)[0][1:3] == ["签发回执（去函 1）", "通过"]


def test_a_wrong_passphrase_writes_and_decides_nothing(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    dialog = letter(window, until, qtbot, world.out)
    dialog.passphrase.setText("wrong passphrase")

    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    until(lambda: bool(dialog.trouble))
    settle(window, until)

    assert dialog.isVisible()
    assert not world.out.exists()
    assert [d.kind for d in window.session.store.decisions() if d.kind == "accept"] == []
    dialog.close()


# -- forks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def forked(world: World) -> tuple[Path, Path, Path]:
    """Two packages number 2 of the department and number 3 that follows the first of them, received."""
    ours = world.hand_in("三处")
    rival = world.hand_in("四处", "before.censusdb", "rival")
    rival = rival.rename(rival.with_name("rival.census"))
    later = world.hand_in("五处")
    with closing(world.catalogue()) as catalogue:
        outcomes = [receive(catalogue, p, clock=world.clock).outcome for p in (ours, rival, later)]
    assert outcomes == ["merged", "fork", "pending"]
    return ours, rival, later


def test_a_fork_is_compared_and_decided_with_a_reason(
    world: World,
    forked: tuple[Path, Path, Path],
    opened: Opened,
    until: Until,
    qtbot: Any,
) -> None:
    window = opened()
    press(qtbot, window.overview.errands, "1 处分叉待裁定")
    assert cells(window.decisions.forks.table) == [["待裁定", NAME, "2", "2", "1"]]
    press(qtbot, window.decisions.forks.panel, "并排比较…")
    dialog = dialog_of(ForkDialog)
    until(lambda: dialog.table.model.rowCount() > 0)

    duties = window.session.form_set.form(FORM).field_by_id("duties").label.zh
    rows = {(row[1], row[2]) for row in cells(dialog.table)}
    assert rows == {("一处", duties), ("三处", "—"), ("四处", "—")}
    assert "第 3 号" in texts(dialog)
    assert not dialog.verb.isEnabled()
    (fork,) = forks(window.session.store)
    later = next(p for p in window.session.store.packages() if p.sequence == 3)
    chosen = next(n for n, side in enumerate(fork.sides) if side.identity == later.previous)
    dialog.choices.button(chosen).setChecked(True)
    assert not dialog.verb.isEnabled()  # a decision needs its reason
    dialog.reason.setPlainText("已与办公室电话核实。")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    states = {p.identity: p.state for p in window.session.store.packages()}
    assert states[later.identity] == "merged"
    assert sorted(states.values()) == ["merged", "merged", "merged", "set_aside"]
    (decision,) = [d for d in window.session.store.decisions() if d.kind == "fork"]
    assert (decision.actor, decision.reason) == ("李四", "已与办公室电话核实。")
    assert window.notice.isVisible()
    assert cells(window.decisions.forks.table)[0][0] == "已裁定"


def test_of_three_sides_any_two_are_compared(
    world: World, forked: tuple[Path, Path, Path], opened: Opened, until: Until
) -> None:
    third = _third(world)
    with closing(world.catalogue()) as catalogue:
        assert receive(catalogue, third, clock=world.clock).outcome == "fork"
    window = opened()
    (fork,) = forks(window.session.store)
    assert len(fork.sides) == 3
    window.decisions.open_fork(fork)
    dialog = dialog_of(ForkDialog)
    until(lambda: dialog.table.model.rowCount() > 0 and not window.runner.busy)
    assert dialog.left.isVisible()
    first = cells(dialog.table)

    dialog.right.setCurrentIndex(2)
    until(lambda: cells(dialog.table) not in ([], first) and not window.runner.busy)
    dialog.right.setCurrentIndex(dialog.left.currentIndex())

    assert cells(dialog.table) == []
    assert "两边选的是同一份" in texts(dialog)
    assert len(dialog.choices.buttons()) == 3
    dialog.close()


def _third(world: World) -> Path:
    """Write a third package number 2, from a copy of the file as it was after number 1."""
    shutil.copy(world.folder / "first.censusdb", world.folder / "third.censusdb")
    path = world.hand_in("六处", "third.censusdb", "third")
    return path.rename(path.with_name("third.census"))


def test_a_waiting_package_leads_to_the_fork_it_waits_for(
    forked: tuple[Path, Path, Path], opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("inbox")
    window.inbox.show_first("pending")

    press(qtbot, window.inbox.panel, "并排比较…")

    dialog = dialog_of(ForkDialog)
    assert f"{NAME} 第 2 号数据包有两种内容" in texts(dialog)
    settle(window, until)
    dialog.close()


# -- the stamped page --------------------------------------------------------------------------------------------------


def test_a_digest_that_names_nothing_is_told_beside_the_field(
    opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("inbox")
    row = window.inbox.digest
    row.field.setText("3f9a 1c07")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    until(row.trouble.isVisible)
    assert "至少需要 16 位" in row.trouble.text()

    row.field.setText("3f9a 1c07 88d2 e410")
    assert not row.trouble.isVisible()
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    until(row.trouble.isVisible)

    assert "目录中没有摘要以 3f9a1c0788d2e410 开头的数据包" in row.trouble.text()
    assert [w for w in QApplication.topLevelWidgets() if isinstance(w, DigestDialog)] == []


def test_a_scanned_digest_accepts_the_package(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("inbox")
    (package,) = window.session.store.packages()
    window.inbox.digest.field.setText(f"sha256:{package.identity}")
    qtbot.keyClick(window.inbox.digest.field, Qt.Key.Key_Return)
    settle(window, until)
    dialog = dialog_of(DigestDialog)
    assert NAME in texts(dialog)
    dialog.comment.setPlainText("请于下轮补充职责。")

    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (decision,) = [d for d in window.session.store.decisions() if d.kind == "accept"]
    assert (decision.subject, decision.choice) == (package.identity, "accepted_with_comments")
    assert window.inbox.digest.field.text() == ""
    assert cells(window.review.table)[0][3] == "通过并附意见（未签发回执）"


# -- unconfirmed keys --------------------------------------------------------------------------------------------------


@pytest.fixture
def held(world: World) -> str:
    """A package of a department that nobody has enrolled; returns the fingerprint of its key."""
    store = bootstrap.create_workspace(
        world.folder / "new.censusdb", department="江苏省水利厅", code=OTHER, clock=world.clock
    )
    with closing(store), closing(world.catalogue()) as catalogue:
        (record,) = store.stream_records("department")
        world.put(store, "department", record.id, org_kind="government")
        made = request_certificate(
            store, world.folder / "request", world.keys, PASSPHRASE, clock=world.clock, software="t"
        )
        create_record(store, FORM, {"name": "水资源处"}, actor="t", clock=world.clock)
        path = world.export(store, "held")
        assert receive(catalogue, path, clock=world.clock).outcome == "quarantined"
        return made.fingerprint


def test_a_held_package_says_whose_key_and_can_be_looked_into(
    world: World, held: str, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    press(qtbot, window.overview.errands, "1 个数据包的密钥待确认")
    settle(window, until)

    told = texts(window.inbox.panel)
    assert held in told
    assert "江苏省水利厅（自称，尚未登记）" in told
    assert "没有证书证明这把密钥属于该部门" in told
    assert "证书由本目录认可的根证书签发" not in told
    press(qtbot, window.inbox.panel, "重新核验签名")
    until(lambda: "没有有效证书证明签发密钥属于该部门" in texts(window.inbox.panel))
    assert "由江苏省水利厅签名" not in texts(window.inbox.panel)
    press(qtbot, window.inbox.panel, "查看内容…")
    dialog = dialog_of(ContentsDialog)
    until(lambda: dialog.table.model.rowCount() == 2)
    assert [row[1] for row in cells(dialog.table)] == ["江苏省水利厅", "水资源处"]
    assert world.offices(window.session.store).keys() == {"一处", "二处"}
    dialog.close()


def test_the_stamped_page_lets_a_held_package_in(
    held: str, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("inbox")
    package = next(p for p in window.session.store.packages() if p.department == OTHER)
    window.inbox.digest.field.setText(package.identity[:16])
    qtbot.keyClick(window.inbox.digest.field, Qt.Key.Key_Return)
    settle(window, until)
    dialog = dialog_of(DigestDialog)
    assert "通过后即放行汇入" in texts(dialog)

    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    states = {p.department: p.state for p in window.session.store.packages()}
    assert states[OTHER] == "merged"


# -- the ledger --------------------------------------------------------------------------------------------------------


@pytest.fixture
def other_ledger(world: World) -> Path:
    """The ledger of a second coordinator, who returned what this one has accepted."""
    with closing(world.catalogue()) as ours:
        other = bootstrap.create_catalogue(
            world.folder / "other.censusdb", name="统筹部门",
            roots_pem=ours.facts().roots_pem, clock=world.clock,
        )  # fmt: skip
        with closing(other):
            for certificate in ours.certificates():
                other.issue(certificate)
            for path in (world.folder / "p").glob("*.census"):
                receive(other, path, clock=world.clock)
            make_coordinator(
                other, COORDINATOR + "02", "统筹二组", world.stick, PASSPHRASE, world.keys,
                PASSPHRASE, clock=world.clock,
            )  # fmt: skip
            package = next(p for p in other.packages() if p.sequence == 1)
            return_package(other, package.identity, "缺少职责。", actor="陈", clock=world.clock)
            theirs = coordinator_signer_of(other, world.keys)
            theirs.unlock(PASSPHRASE)
            done = export_ledger(other, world.folder / "l", theirs, clock=world.clock, software="t")
        signer = coordinator_signer_of(ours, world.keys)
        signer.unlock(PASSPHRASE)
        write_receipt(
            ours, package.identity, "accepted", "", world.folder / "w", signer,
            actor="王", clock=world.clock, software="t",
        )  # fmt: skip
    return done.path


def test_what_another_coordinator_decided_otherwise_is_settled(
    other_ledger: Path, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    window.show_page("decisions")
    window.decisions.apply_ledger(other_ledger)
    settle(window, until)
    taken = dialog_of(TakenDialog)
    assert "统筹二组" in texts(taken)
    assert "其中 1 项与原有裁定相互矛盾" in texts(taken)
    taken.close()
    assert window.decisions.tabs.currentWidget() is window.decisions.matters
    assert "缺少职责。" in texts(window.decisions.matters.panel)

    press(qtbot, window.decisions.matters.panel, "作出最终裁定…")
    dialog = dialog_of(SettleDialog)
    returned = next(b for b in dialog.choices.buttons() if b.text() == "退回")
    returned.setChecked(True)
    assert not dialog.verb.isEnabled()
    dialog.reason.setPlainText("两组商定后退回。")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    assert contested(window.session.store) == []
    newest = max(window.session.store.decisions(), key=lambda d: d.created)
    assert (newest.kind, newest.reason) == ("return", "两组商定后退回。")
    assert len(newest.supersedes) == 2


def test_a_ledger_among_the_packages_is_named_as_one(
    other_ledger: Path, opened: Opened, until: Until
) -> None:
    window = opened()
    window.show_page("inbox")

    window.inbox.receive([other_ledger])
    until(lambda: not window.inbox.queue.busy and not window.runner.busy)

    row = cells(window.inbox.table)[0]
    assert row[0] == "已装入"
    assert row[2] == "裁定簿 · 统筹二组"
    assert "1 项裁定" in texts(window.inbox.panel)


def test_the_ledger_is_filtered_and_written_out(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    ask(world)
    ask(world, "请核对第二处。")
    window = opened()
    window.show_page("decisions")
    ledger = window.decisions.ledger
    window.decisions.tabs.setCurrentWidget(ledger)
    everything = len(cells(ledger.pane.table))
    ledger.filter.setText("第二处")
    assert [row[3] for row in cells(ledger.pane.table)] == ["提出：请核对第二处。"]
    ledger.filter.clear()
    ledger.kind.setCurrentIndex(ledger.kind.findData("query"))
    assert len(cells(ledger.pane.table)) == 2 < everything

    qtbot.mouseClick(window.decisions.export, Qt.MouseButton.LeftButton)
    dialog = dialog_of(LedgerDialog)
    dialog.folder.edit.setText(str(world.out))
    dialog.passphrase.setText(PASSPHRASE)
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    settle(window, until)

    (file,) = world.out.glob("*.census")
    written = dialog_of(WrittenDialog)
    assert file.name in texts(written)
    written.close()
    with closing(_fresh(world)) as other:
        assert receive(other, file, clock=world.clock).outcome == "applied"


def _fresh(world: World) -> CatalogueStore:
    roots = (world.stick / "root.crt").read_text(encoding="ascii")
    return bootstrap.create_catalogue(
        world.folder / "fresh.censusdb", name="他处", roots_pem=roots, clock=world.clock
    )


# -- everybody ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_and_dialog_is_named_and_fits(
    language: str,
    held: str,
    forked: tuple[Path, Path, Path],
    other_ledger_taken: None,
    world: World,
    opened: Opened,
    until: Until,
) -> None:
    window = opened(language)
    for name in ("overview", "inbox", "review", "decisions"):
        window.show_page(name)
        settle(window, until)
        assert nameless_controls(window) == [], name
    state = window.session.state
    assert state is not None
    window.inbox.show_first("quarantined")
    window.inbox._on_contents()
    window.decisions.open_fork(state.open_forks[0])
    window.decisions.open_matter(state.contested[0])
    window.decisions._on_export()
    window.review.open_letter()
    window.review.ask_whole()
    settle(window, until)
    shown = [
        w
        for w in QApplication.topLevelWidgets()
        if isinstance(w, (ActDialog, ContentsDialog)) and w.isVisible()
    ]
    assert len(shown) == 6
    for dialog in shown:
        assert nameless_controls(dialog) == [], type(dialog).__name__
        assert dialog.minimumHeight() <= 690, type(
            dialog
        ).__name__  # 768 less bars of desktop and window
        assert dialog.width() <= 1366, type(dialog).__name__
        dialog.close()


@pytest.fixture
def other_ledger_taken(world: World, other_ledger: Path, forked: object) -> None:
    with closing(world.catalogue()) as catalogue:
        assert receive(catalogue, other_ledger, clock=world.clock).outcome == "applied"


def test_an_empty_catalogue_says_what_belongs_on_each_page(
    themed: QApplication, preferences: Preferences, world: World, until: Until
) -> None:
    services = Services(clock=world.clock, actor="李四", software="t", keys=world.keys)
    window = CatalogueWindow(services, _fresh(world), preferences, Words("zh"))
    window.show()
    settle(window, until)

    assert "没有等待处理的事项" in texts(window.overview.errands)
    assert "还没有可以审核的数据包" in texts(window.review)
    assert "没有分叉" in texts(window.decisions.forks)
    assert not window.review.letter.isVisible()

    window.close()
    window.deleteLater()
