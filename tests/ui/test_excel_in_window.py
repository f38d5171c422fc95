"""The Excel template and the workbook that is handed back, from the window; unknown columns are asked about once."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from census_app.services.ports import WorkspaceStore
from census_app.services.templating import write_template
from census_app.ui.department.headers_dialog import HeadersDialog
from census_app.ui.department.import_dialog import ImportDialog
from census_app.ui.department.window import DepartmentWindow
from tests.ui.driving import Opener, Until


@pytest.fixture
def window(store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    return open_window(store)


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["信息资源名称", "信息资源摘要", "牵头科室", "更新周期"])
    sheet.append(["甲信息", "甲的摘要说明文字", "大气处", "常年"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    return path


def opened(window: DepartmentWindow, until: Until, path: Path) -> ImportDialog:
    dialog = ImportDialog(window.session, window.words, window)
    dialog.show()
    dialog.take_files([path])
    until(lambda: dialog.plan is not None)
    return dialog


def test_the_template_is_written_where_the_person_says(
    window: DepartmentWindow, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "模板"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(path), ""))
    window.template_action.trigger()
    written = path.with_name("模板.xlsx")
    until(lambda: any(written.name in label.text() for label in window.notice.findChildren(QLabel)))
    assert "信息资源" in openpyxl.load_workbook(written, read_only=True).sheetnames


def test_an_import_hands_the_workbook_back(
    window: DepartmentWindow,
    until: Until,
    listing: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proposed: list[str] = []

    def choose(_parent: object, _title: str, path: str, *_more: object) -> tuple[str, str]:
        proposed.append(path)
        return str(tmp_path / "back.xlsx"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    dialog = opened(window, until, listing)
    done: list[object] = []
    dialog.imported.connect(done.append)
    dialog.heal_box.setChecked(True)
    dialog.apply()
    until(lambda: bool(done))
    assert dialog.healed is not None
    assert dialog.healed.issues > 0
    assert Path(proposed[0]).parent == listing.parent
    assert openpyxl.load_workbook(tmp_path / "back.xlsx")["Sheet"]["D2"].comment is not None
    window.acts.on_imported(done[0], dialog.healed)  # type: ignore[arg-type]
    told = [label.text() for label in window.notice.findChildren(QLabel)]
    assert any("back.xlsx" in text for text in told)


def test_anothers_template_is_taken_when_the_person_ticks_so(
    window: DepartmentWindow, store: WorkspaceStore, until: Until, tmp_path: Path
) -> None:
    path = write_template(store, tmp_path / "别处.xlsx", language="zh", spare=1).path
    book = openpyxl.load_workbook(path)
    book.defined_names["census_department"].attr_text = '"11320000014000039B"'
    sheet = book["内设机构"]
    place = next(cell.column for cell in sheet[1] if cell.value == "name")
    sheet.cell(sheet.max_row + 1, place).value = "他处的科室"
    book.save(path)
    dialog = opened(window, until, path)
    assert not dialog.apply_button.isEnabled()
    assert dialog.as_own_box.isVisible()
    told = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert any("11320000014000039B" in text for text in told)
    dialog.as_own_box.click()
    until(lambda: dialog.plan is not None and dialog.plan.new == 1)
    assert dialog.apply_button.isEnabled()
    assert dialog.as_own_box.isChecked()
    dialog.as_own_box.click()
    until(lambda: dialog.plan is not None and dialog.plan.new == 0)
    assert not dialog.apply_button.isEnabled()
    dialog.close()


def test_unknown_columns_are_asked_about_and_remembered(
    window: DepartmentWindow, until: Until, listing: Path
) -> None:
    dialog = opened(window, until, listing)
    assert dialog.columns_button.isVisible()

    def answer() -> None:
        asked = QApplication.activeModalWidget()
        assert isinstance(asked, HeadersDialog)
        combo = asked.combos[0]
        combo.setCurrentIndex(combo.findData("information_resource.provider_office"))
        asked.take.click()

    QTimer.singleShot(0, answer)
    dialog.columns_button.click()
    until(
        lambda: (
            dialog.plan is not None
            and dialog.plan.placed[0].read.cells.get("provider_office") is not None
        )
    )
    assert not dialog.columns_button.isVisible()
    dialog.close()
    again = opened(window, until, listing)
    assert not again.columns_button.isVisible()
    again.close()
