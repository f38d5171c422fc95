"""The audit page driven as a person would: a list is read, its columns corrected, group by group worked off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import openpyxl
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton

from census_app import bootstrap
from census_app.domain.audit import GROUPS, Group
from census_app.formats.sheets import read_sheets
from census_app.services.audit_acts import settle_differences
from census_app.services.audit_columns import book_of
from census_app.services.querying import queries_of
from census_app.ui.catalogue.act_dialog import RemarkDialog
from census_app.ui.catalogue.audit_dialogs import (
    MatchDialog,
    OutcomeDialog,
    TakenListDialog,
    UnitsDialog,
)
from census_app.ui.catalogue.audit_import_dialog import AuditImportDialog
from census_app.ui.catalogue.audit_page import SAMPLE, AuditPage
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.audits import HEADS, ROWS, SECOND, made, rid
from tests.ui.seen import LongerWords, cut_texts, open_placeholders

Until = Callable[[Callable[[], bool]], None]
D = TypeVar("D", bound=QDialog)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "catalogue.censusdb"
    made(path, bootstrap.Services().clock).close()
    return path


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (["附件"], HEADS, *ROWS):
        book.worksheets[0].append(row)
    path = tmp_path / "审计.xlsx"
    book.save(path)
    return path


@pytest.fixture
def opened(
    furnished: Path, tmp_path: Path, themed: QApplication, preferences: Preferences, until: Until
) -> Iterator[Callable[..., CatalogueWindow]]:
    windows: list[CatalogueWindow] = []

    def make(words: Words | None = None) -> CatalogueWindow:
        path = tmp_path / "目录.censusdb"
        path.write_bytes(furnished.read_bytes())
        store = bootstrap.open_catalogue(path)
        window = CatalogueWindow(
            bootstrap.Services(actor="李"), store, preferences, words or Words("zh")
        )
        window.resize(1366, 768)
        window.show()
        windows.append(window)
        until(lambda: window.session.state is not None and not window.runner.busy)
        window.show_page("audit")
        until(lambda: window.audit.shown is not None)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def dark(themed: QApplication) -> Iterator[None]:
    """Asked for before a window is made, so that it is gone when the theme changes back."""
    theme.apply(themed, ThemeName.DARK)
    yield
    theme.apply(themed, ThemeName.LIGHT)


def _dialog(window: CatalogueWindow, kind: type[D], until: Until) -> D:
    def there() -> bool:
        return any(d.isVisible() for d in window.findChildren(kind))

    until(there)
    return next(d for d in window.findChildren(kind) if d.isVisible())


def _read(window: CatalogueWindow, sheet: Path, until: Until) -> None:
    window.audit.read_file(sheet)
    dialog = _dialog(window, AuditImportDialog, until)
    until(lambda: bool(dialog.combos))
    dialog.verb.click()
    until(lambda: not dialog.isVisible() and _compared(window))


def _compared(window: CatalogueWindow) -> bool:
    shown = window.audit.shown
    return shown is not None and shown.comparison is not None and not window.runner.busy


def _after(window: CatalogueWindow, until: Until, act: Callable[[], object]) -> None:
    """Do something and wait until the page shows what has become of it."""
    before = window.audit.shown
    act()
    until(lambda: window.audit.shown is not before and not window.runner.busy)


def _names(page: AuditPage, group: Group) -> list[str]:
    shown = page.shown
    assert shown is not None
    assert shown.comparison is not None
    return [entry.name for entry in shown.comparison.of_group(group)]


def _press(window: CatalogueWindow, group: Group, text: str) -> None:
    tab = window.audit.groups[group]
    window.audit.tabs.setCurrentWidget(tab)
    button = next(b for b in tab.panel.findChildren(QPushButton) if text in b.text())
    button.click()


def test_a_dropped_list_is_shown_column_by_column_before_it_is_read(
    opened: Callable[..., CatalogueWindow], sheet: Path, until: Until, tmp_path: Path
) -> None:
    window = opened()
    page = window.audit
    assert page._stack.currentIndex() == 1
    assert "还没有读入" in "".join(label.text() for label in page.findChildren(QLabel))
    page.show_sample()  # which needs no list
    assert page.sample.table.model.rowCount() == 3
    assert not page.tabs.isTabEnabled(0)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(sheet))])
    page.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    dialog = _dialog(window, AuditImportDialog, until)
    until(lambda: bool(dialog.combos))
    columns = dialog.columns
    assert columns is not None
    assert columns.targets == ("", "@unit", "name", "build_amount_wan", "in_use", "audit_finding")
    name, amount = dialog.combos[2], dialog.combos[3]
    name.setCurrentIndex(0)
    assert not dialog.verb.isEnabled()
    assert "政务信息系统名称" in dialog.problem.text()
    name.setCurrentIndex(name.findData("build_amount_wan"))
    assert "两列" in dialog.problem.text()
    name.setCurrentIndex(name.findData("name"))
    amount.setCurrentIndex(amount.findData("om_amount_wan"))
    dialog.save_map(tmp_path / "map.json")
    until(lambda: (tmp_path / "map.json").exists() and not window.runner.busy)
    amount.setCurrentIndex(0)
    dialog.load_map(tmp_path / "map.json")
    until(lambda: bool(dialog.columns and dialog.columns.targets[3] == "om_amount_wan"))
    assert nameless_controls(dialog) == []
    dialog.reject()
    assert not book_of(window.session.store).lists


def test_a_list_is_worked_off_group_by_group(
    opened: Callable[..., CatalogueWindow], sheet: Path, until: Until, tmp_path: Path
) -> None:
    window = opened()
    page = window.audit
    _read(window, sheet, until)
    assert [page.tabs.tabText(n) for n in range(len(GROUPS))] == [
        "待确认 1",
        "目录中缺 2",
        "清单中缺 2",
        "不一致 1",
        "一致 1",
    ]
    assert page.guide_note() == "6 项待处理"
    assert "某某局" in page.strange.text()

    page.units.click()
    units = _dialog(window, UnitsDialog, until)
    assert list(units.combos) == ["某某局", "省教育厅"]
    assert nameless_controls(units) == []
    units.combos["某某局"].setCurrentIndex(units.combos["某某局"].findText("江苏省水利厅"))
    _after(window, until, units.verb.click)
    assert page.units.isHidden()
    assert page.guide_note() == "7 项待处理"  # what the named department has is looked for now

    _after(window, until, lambda: _press(window, "confirm", "是同一个"))
    assert _names(page, "differs") == ["招生录取平台", "科技计划项目管理系统"]

    page.groups["differs"].table.choose("5")
    _press(window, "differs", "作出结论")
    dialog = _dialog(window, OutcomeDialog, until)
    assert not dialog.verb.isEnabled()
    dialog.reason.setPlainText("请核对投入使用时间")
    dialog.ask.setChecked(True)
    _after(window, until, dialog.verb.click)
    asked = queries_of(window.session.store, SECOND, clock=window.session.clock)
    assert [(q.query.field, q.query.suggestion) for q in asked] == [("in_use", '"2012-03"')]
    assert page.guide_note() == "6 项待处理"

    page.tabs.setCurrentWidget(page.groups["missing_there"])
    page.groups["missing_there"].table.view.selectAll()
    _press(window, "missing_there", "这 3 项")
    dialog = _dialog(window, OutcomeDialog, until)
    dialog.outcome.setCurrentIndex(dialog.outcome.findData("newer"))
    assert not dialog.ask.isEnabled()
    dialog.reason.setPlainText("审计以后建成")
    _after(window, until, dialog.verb.click)
    assert all(not e.open for e in page.shown.comparison.of_group("missing_there"))  # type: ignore[union-attr]

    window.show_page("decisions")
    model = window.decisions.ledger.pane.table.model
    cells = {str(model.data(model.index(row, 2))) for row in range(model.rowCount())}
    assert {"审计清单", "审计清单第 4 行的对应", "江苏省科学技术厅：清单中缺"} <= cells
    window.show_page("audit")

    page.write(tmp_path / "比对.xlsx")
    until(lambda: (tmp_path / "比对.xlsx").exists() and not window.runner.busy)
    assert len(read_sheets(tmp_path / "比对.xlsx")[0].rows) == 9
    page.tabs.setCurrentIndex(SAMPLE)
    page.write(tmp_path / "抽查.csv")
    until(lambda: (tmp_path / "抽查.csv").exists() and not window.runner.busy)


def test_another_record_is_chosen_or_none_and_the_list_is_taken_away(
    opened: Callable[..., CatalogueWindow], tmp_path: Path, until: Until
) -> None:
    book = openpyxl.Workbook()
    for row in (HEADS, *ROWS[:2], ["", *ROWS[1][1:]]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "怪.xlsx")
    window = opened()
    _read(window, tmp_path / "怪.xlsx", until)
    told = _dialog(window, TakenListDialog, until)
    assert "完全相同" in "".join(label.text() for label in told.findChildren(QLabel))
    told.accept()
    _press(window, "confirm", "指定记录")
    dialog = _dialog(window, MatchDialog, until)
    assert dialog.table.model.rowCount() == 2  # of its department, and nobody's for certain
    assert not dialog.verb.isEnabled()
    dialog.search.setText("教师")
    assert dialog.table.choose((dialog._entry.department, rid(3)))
    _after(window, until, dialog.verb.click)
    (entry,) = [e for e in window.audit.shown.comparison.entries if e.name == "招生录取平台"]  # type: ignore[union-attr]
    assert (entry.by, entry.kept.record if entry.kept else "") == ("person", rid(3))

    window.audit._on_choose(entry)
    dialog = _dialog(window, MatchDialog, until)
    dialog.nobody.setChecked(True)
    _after(window, until, dialog.verb.click)
    assert "招生录取平台" in _names(window.audit, "missing_here")

    window.audit.withdraw.click()
    remark = _dialog(window, RemarkDialog, until)
    remark.text.setPlainText("读错了文件")
    remark.verb.click()
    until(lambda: window.audit._stack.currentIndex() == 1)


@pytest.mark.usefixtures("dark")
def test_everything_can_be_read_and_reached(
    opened: Callable[..., CatalogueWindow], sheet: Path, until: Until
) -> None:
    window = opened(LongerWords())
    _read(window, sheet, until)
    for index in range(window.audit.tabs.count()):
        window.audit.tabs.setCurrentIndex(index)
        for _ in range(5):
            QApplication.processEvents()
        page = window.audit
        faults = [*cut_texts(page), *nameless_controls(page), *open_placeholders(page)]
        assert not faults, (index, faults)
    entry = window.audit.shown.comparison.of_group("differs")[0]  # type: ignore[union-attr]
    window.audit._on_outcome([entry])
    dialog = _dialog(window, OutcomeDialog, until)
    assert not [*cut_texts(dialog), *nameless_controls(dialog)]
    dialog.reject()
    window.audit._on_choose(window.audit.shown.comparison.of_group("confirm")[0])  # type: ignore[union-attr]
    chooser = _dialog(window, MatchDialog, until)
    assert not [*cut_texts(chooser), *nameless_controls(chooser)]
    chooser.reject()


def test_a_colleague_settles_the_same_line_meanwhile_and_what_was_said_is_taken_back(
    opened: Callable[..., CatalogueWindow], sheet: Path, until: Until
) -> None:
    window = opened()
    page = window.audit
    _read(window, sheet, until)
    tab = page.groups["missing_here"]
    tab.table.choose_first()
    _press(window, "missing_here", "作出结论")
    dialog = _dialog(window, OutcomeDialog, until)
    dialog.reason.setPlainText("请尽快补报")
    dialog.ask.setChecked(dialog.ask.isEnabled())
    entry = tab.table.current()
    assert entry is not None

    def settled(_progress: object) -> None:
        settle_differences(
            window.session.store, "", [entry.place], "out_of_scope", "不在普查范围", actor="陈",
            clock=window.session.clock,
        )  # fmt: skip

    window.runner.on_database(settled, window)
    until(lambda: not window.runner.busy)
    dialog.verb.click()
    until(lambda: dialog.trouble != "" and not window.runner.busy)
    assert "陈" in dialog.trouble
    assert "不在普查范围" in dialog.trouble
    assert not [d for d in window.session.store.decisions() if d.kind == "query"]
    dialog.reject()
    until(lambda: any(e.settled for e in page.shown.comparison.of_group("missing_here")))  # type: ignore[union-attr]

    # What turned out to be wrong is taken back, and the line waits again.
    waiting = page.guide_note()
    _press(window, "missing_here", "撤销结论…")
    remark = _dialog(window, RemarkDialog, until)
    remark.text.setPlainText("结论有误")
    _after(window, until, remark.verb.click)
    until(lambda: page.guide_note() != waiting)
    assert all(not e.settled for e in page.shown.comparison.of_group("missing_here"))  # type: ignore[union-attr]

    # So is whose record a row is: the proposal comes again.
    _after(window, until, lambda: _press(window, "confirm", "是同一个"))
    page.groups["differs"].table.choose("4")
    _press(window, "differs", "撤销结论…")
    remark = _dialog(window, RemarkDialog, until)
    remark.text.setPlainText("不是同一个")
    _after(window, until, remark.verb.click)
    assert _names(page, "confirm") == ["招生录取平台"]
