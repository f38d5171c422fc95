"""Attached files in the form: added from the disk, named with their size, opened as a copy, taken off."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.formspec.attachments import attached_files
from census_app.formspec.loader import load_form_set
from census_app.services.editing import create_record
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.accessibility import nameless_controls
from tests.ui.driving import Opener, Until, settle

OFFICE, FIELD = "internal_office", "charter"
ADDED = """
[[field]]
id = "charter"
section = "office"
type = "attachment"
label = { zh = "三定方案", en = "Charter" }
source = "试验"
"""


@pytest.fixture
def store(services: bootstrap.Services, tmp_path: Path, code: str) -> Iterator[WorkspaceStore]:
    folder = Path(shutil.copytree(forms_dir(), tmp_path / "forms" / "v1"))
    path = folder / f"{OFFICE}.toml"
    path.write_text(path.read_text(encoding="utf-8") + ADDED, encoding="utf-8")
    made = bootstrap.create_workspace(
        tmp_path / "附件.censusdb", department="江苏省样例厅", code=code,
        form_set=load_form_set(folder), clock=services.clock,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def window(store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    return open_window(store)


def test_a_file_is_added_opened_and_taken_off(
    window: DepartmentWindow,
    store: WorkspaceStore,
    services: bootstrap.Services,
    tmp_path: Path,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = create_record(store, OFFICE, {"name": "法规处"}, actor="t", clock=services.clock)
    source = tmp_path / "三定方案.pdf"
    source.write_bytes(b"%PDF" * 500)
    opened: list[Any] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a: ([str(source)], ""))
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    settle(window, until)
    window.show_record(OFFICE, office, FIELD)
    settle(window, until)
    page = window.records_page()
    assert page is not None
    assert page.record == office
    row = page._form_view().row(FIELD)
    assert row is not None

    def buttons() -> dict[str, QPushButton]:
        return {b.text(): b for b in row.editor.findChildren(QPushButton) if not b.isHidden()}

    buttons()["添加附件…"].click()
    until(lambda: "打开" in buttons())
    assert nameless_controls(row.editor) == []
    said = [label.text() for label in row.editor.findChildren(QLabel)]
    assert {"三定方案.pdf", "2 KB"} <= set(said)
    buttons()["打开"].click()
    until(lambda: bool(opened))
    assert Path(opened[0].toLocalFile()).read_bytes() == source.read_bytes()
    assert Path(opened[0].toLocalFile()).name == "三定方案.pdf"
    buttons()["移除"].click()
    until(lambda: "打开" not in buttons())
    window.session.undo()
    until(lambda: "打开" in buttons())
    found = store.record(OFFICE, office)
    assert found is not None
    (file,) = attached_files(found.values[FIELD])
    assert file.name == "三定方案.pdf"
