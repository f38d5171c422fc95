"""Backup in the window: what is in the snapshots, restoring with a preview, copies that ask, removing a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from census_app import bootstrap
from census_app.domain.safekeeping import Standing
from census_app.services.editing import create_record, remove_records
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.backup_page import BackupPage
from census_app.ui.department.goes_on_dialog import GoesOnDialog
from census_app.ui.department.purge_dialog import PurgeDialog
from census_app.ui.department.restore_dialog import RestoreDialog
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.dialogs import messages
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.seen import LongerWords, cut_texts, open_placeholders

Until = Callable[[Callable[[], bool]], None]
OFFICE = "internal_office"
SECRET = "绝密编号Tango7731"  # noqa: S105
FIRST = f"{1:032x}"


@pytest.fixture
def workspace(services: bootstrap.Services, store: WorkspaceStore) -> Path:
    """A file with one snapshot, and changes since: one record more, one less."""
    gone = create_record(store, OFFICE, {"name": "撤并处"}, actor="李四", clock=services.clock)
    create_record(store, OFFICE, {"name": "办公室"}, actor="李四", clock=services.clock)
    store.snapshot("import")
    remove_records(store, OFFICE, [gone], "撤并", actor="李四", clock=services.clock)
    create_record(store, OFFICE, {"name": "新处"}, actor="李四", clock=services.clock)
    store.close()
    return store.path


@pytest.fixture
def desktop(
    themed: QApplication, services: bootstrap.Services, preferences: Preferences
) -> Iterator[Desktop]:
    made = Desktop(themed, services, preferences)
    yield made
    made.rescue.close()
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()


def opened(desktop: Desktop, path: Path, until: Until) -> DepartmentWindow:
    desktop.open_file(path)
    return settled(desktop, until)


def settled(desktop: Desktop, until: Until) -> DepartmentWindow:
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: window.session.problems.checked and not window.runner.busy)
    return window


def backup_page(window: DepartmentWindow, until: Until) -> BackupPage:
    window.guide.select("backup")
    until(lambda: isinstance(window.page("backup"), BackupPage))
    shown = window.page("backup")
    assert isinstance(shown, BackupPage)
    until(lambda: not window.runner.busy and shown.model.rowCount() > 0)
    return shown


def row(page: BackupPage, number: int) -> list[str]:
    columns = range(page.model.columnCount())
    return [str(page.model.index(number, column).data()) for column in columns]


def test_the_page_says_what_is_in_each_snapshot(
    desktop: Desktop, workspace: Path, until: Until
) -> None:
    window = opened(desktop, workspace, until)
    page = backup_page(window, until)
    _at, why, records, differs, _size = row(page, 0)
    assert (why, records) == ("导入之前", "3")
    assert differs == "找回 1 条，去掉 1 条"
    assert "本机硬盘" in page._place_text.text()
    assert "U 盘" in page._copies.text()
    page.make.click()
    until(lambda: page.model.rowCount() == 2 and not window.runner.busy)
    assert row(page, 0)[1:4] == ["手动", "3", "与现在相同"]
    assert page.table.currentIndex().row() == 0


def test_a_restore_is_previewed_done_and_taken_back(
    desktop: Desktop, workspace: Path, until: Until
) -> None:
    window = opened(desktop, workspace, until)
    page = backup_page(window, until)
    page.detail.restore.click()
    until(lambda: isinstance(window.safekeeping.dialog, RestoreDialog))
    dialog = window.safekeeping.dialog
    assert isinstance(dialog, RestoreDialog)
    told = {
        tuple(dialog.model.index(r, c).data() for c in (0, 2))
        for r in range(dialog.model.rowCount())
    }
    assert told == {("找回", "撤并处"), ("去掉", "新处")}
    dialog.restore.click()
    until(lambda: desktop.window not in {None, window})
    window = settled(desktop, until)
    titles = set(window.session.store.titles(OFFICE).values())
    assert titles == {"撤并处", "办公室"}
    assert window.guide.current() in {"backup", "department"}

    page = backup_page(window, until)
    reasons = [row(page, number)[1] for number in range(page.model.rowCount())]
    page.table.selectRow(reasons.index("恢复之前"))
    page.detail.restore.click()
    until(lambda: isinstance(window.safekeeping.dialog, RestoreDialog))
    window.safekeeping.dialog.restore.click()  # type: ignore[union-attr]
    until(lambda: desktop.window not in {None, window})
    window = settled(desktop, until)
    assert set(window.session.store.titles(OFFICE).values()) == {"办公室", "新处"}


def test_a_restore_that_fails_leaves_the_file_being_checked(
    desktop: Desktop, workspace: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened(desktop, workspace, until)
    page = backup_page(window, until)
    told: list[str] = []
    monkeypatch.setattr(messages.ErrorDialog, "exec", lambda self: told.append(self.windowTitle()))
    page.detail.restore.click()
    until(lambda: isinstance(window.safekeeping.dialog, RestoreDialog))
    dialog = window.safekeeping.dialog
    assert isinstance(dialog, RestoreDialog)
    dialog.preview.view.file.path.unlink()  # the stick it lay on was pulled out
    window.session.check_now()  # a round is under way, as after any change
    dialog.restore.click()
    until(lambda: bool(told))
    until(lambda: not window.session.round.waiting)
    checked: list[bool] = []
    window.session.checked.connect(lambda: checked.append(True))
    window.session.check_now()
    until(lambda: bool(checked))
    assert "检查中" not in window.status.left_text()


def test_a_snapshot_as_the_file_is_need_not_be_restored(
    desktop: Desktop, workspace: Path, until: Until
) -> None:
    window = opened(desktop, workspace, until)
    page = backup_page(window, until)
    page.make.click()
    until(lambda: page.model.rowCount() == 2 and not window.runner.busy)
    page.detail.restore.click()
    until(lambda: isinstance(window.safekeeping.dialog, RestoreDialog))
    assert not window.safekeeping.dialog.restore.isEnabled()  # type: ignore[union-attr]
    window.safekeeping.dialog.reject()  # type: ignore[union-attr]


def test_a_snapshot_is_looked_into_and_nothing_can_be_edited(
    desktop: Desktop, workspace: Path, until: Until
) -> None:
    window = opened(desktop, workspace, until)
    page = backup_page(window, until)
    page.detail.look.click()
    until(lambda: window.safekeeping.reader is not None)
    reader = window.safekeeping.reader
    assert reader is not None
    reader.forms.setCurrentRow(1)
    until(lambda: not reader.runner.busy and reader.model.rowCount() == 2)
    until(lambda: reader.model.index(0, 0).data() == "撤并处")
    editable = [
        w for w in reader.findChildren(QLineEdit) + reader.findChildren(QPlainTextEdit)
        if w.isEnabled() and not w.isReadOnly() and w is not reader.search
    ]  # fmt: skip
    assert editable == []
    assert "只读" in reader.windowTitle()
    assert nameless_controls(reader) == []
    reader.search.setText("没有这样的")
    until(lambda: reader.model.rowCount() == 0)
    assert open_placeholders(reader) == []
    reader.close()
    until(lambda: window.safekeeping.reader is None)


def test_a_copy_says_how_to_open_it_and_asks_what_it_is(
    desktop: Desktop, workspace: Path, until: Until, tmp_path: Path
) -> None:
    window = opened(desktop, workspace, until)
    page = backup_page(window, until)
    window.safekeeping.copy_to(tmp_path / "stick")
    until(lambda: not window.notice.isHidden())
    [copy] = (tmp_path / "stick").glob("*.censusdb")
    assert len(list((tmp_path / "stick").glob("*.txt"))) == 1
    until(lambda: str(copy) in page._copies.text())

    window = opened(desktop, copy, until)
    until(lambda: isinstance(window.safekeeping.dialog, GoesOnDialog))
    asked = window.safekeeping.dialog
    assert isinstance(asked, GoesOnDialog)
    assert asked.choice == ""
    asked.choose("moved")
    asked.go.click()
    until(lambda: not window.session.store.keeping.standing().state and not window.runner.busy)
    assert "可以正常上报" in window.notice._text.text()


def test_a_copy_that_is_not_the_one_keeps_saying_so(
    desktop: Desktop, workspace: Path, until: Until, tmp_path: Path
) -> None:
    window = opened(desktop, workspace, until)
    window.safekeeping.copy_to(tmp_path / "stick")
    until(lambda: not window.notice.isHidden())
    [copy] = (tmp_path / "stick").glob("*.censusdb")
    window = opened(desktop, copy, until)
    until(lambda: isinstance(window.safekeeping.dialog, GoesOnDialog))
    asked = window.safekeeping.dialog
    assert isinstance(asked, GoesOnDialog)
    asked.choose("second")
    asked.go.click()
    until(lambda: "部门代码加两位" in window.notice._text.text())
    window.guide.select("backup")
    until(lambda: isinstance(window.page("backup"), BackupPage) and not window.runner.busy)
    page = window.page("backup")
    assert isinstance(page, BackupPage)
    until(lambda: not page._standing.isHidden())


def test_what_must_not_be_here_is_removed_after_two_confirmations(
    desktop: Desktop, workspace: Path, until: Until
) -> None:
    window = opened(desktop, workspace, until)
    [own] = window.session.store.stream_records("department")
    window.guide.select("department")
    until(lambda: window.records_page() is not None and bool(window.records_page().record))  # type: ignore[union-attr]
    window.session.set_text("department", own.id, "address", SECRET)
    until(lambda: not window.runner.busy)
    window.session.ask(lambda store, _p: store.snapshot("manual"), window, lambda _path: None)
    until(lambda: not window.runner.busy)
    assert SECRET.encode() in everything(workspace)

    window.safekeeping.purge_action.trigger()
    until(lambda: isinstance(window.safekeeping.dialog, PurgeDialog))
    dialog = window.safekeeping.dialog
    assert isinstance(dialog, PurgeDialog)
    dialog.fields.setCurrentIndex(dialog.fields.findData("address"))
    until(lambda: dialog.plan is not None and dialog.plan.field == "address")
    assert not dialog.go.isEnabled()
    dialog.sure.click()
    dialog.go.click()
    until(lambda: isinstance(window.safekeeping.dialog, QuestionDialog))
    assert SECRET.encode() in everything(workspace)
    window.safekeeping.dialog.accept()  # type: ignore[union-attr]
    until(lambda: not window.notice.isHidden() and not window.runner.busy)
    assert "已清除" in window.notice._text.text()
    assert SECRET.encode() not in everything(workspace)
    window.undo_action.trigger()
    until(lambda: not window.runner.busy)
    assert SECRET.encode() not in everything(workspace)


def everything(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.rglob("*") if each.is_file())


@pytest.mark.parametrize("language", ["zh", "en", "longer"])
def test_dialogs_can_be_read_and_reached(
    desktop: Desktop, workspace: Path, until: Until, language: str, preferences: Preferences
) -> None:
    words = LongerWords() if language == "longer" else Words(language)
    faults: dict[str, list[str]] = {}

    def look(dialog: Any) -> None:
        dialog.show()
        QApplication.processEvents()
        found = nameless_controls(dialog) + cut_texts(dialog) + open_placeholders(dialog)
        if found:
            faults[type(dialog).__name__] = found
        dialog.close()

    for state in ("copied", "restored"):
        look(GoesOnDialog(Standing(state, "2027-01-01T08:00:00Z", "2027-01-01T08:00:00Z"), words))
    window = opened(desktop, workspace, until)
    [own] = window.session.store.stream_records("department")
    form = window.session.form_set.form("department")
    purge = PurgeDialog(window.session, form, own.id, "address", words)
    until(lambda: purge.plan is not None)
    look(purge)
    page = BackupPage(window.session, words)
    page.resize(1100, 640)
    page.enter()
    until(lambda: page.model.rowCount() > 0 and not window.runner.busy)
    look(page)
    assert faults == {}
    assert window.session.store.count(ListQuery(OFFICE)) == 2
