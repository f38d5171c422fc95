"""A department with the sample lists in it, and people who only know Excel: they open, change and save."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formatting.formatting import ConditionalFormattingList

from census_app import bootstrap
from census_app.assets import resource
from census_app.services.import_plan import ImportPlan
from census_app.services.importing import apply_import, plan_import
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.templating import write_template


class StandingClock:
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 11, 30, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def clock() -> Clock:
    return StandingClock()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Path:
    """A closed file with the sample lists of one department."""
    path = tmp_path_factory.mktemp("sample") / "a.censusdb"
    store = bootstrap.create_workspace(
        path, department="江苏省生态环境厅（示例）", code="11320000990000017P", clock=clock
    )
    samples = Path(str(resource("samples"))) / "environment"
    lists = [samples / "systems.xlsx", samples / "resources.xlsx"]
    apply_import(store, plan_import(store, lists, clock=clock), actor="t", clock=clock)
    store.close()
    return path


@pytest.fixture
def store(sample: Path, tmp_path: Path) -> Iterator[WorkspaceStore]:
    copy = tmp_path / "a.censusdb"
    shutil.copy(sample, copy)
    opened = bootstrap.open_workspace(copy)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def full_template(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The filled template of the sample, in Chinese."""
    folder = tmp_path_factory.mktemp("template")
    copy = folder / "a.censusdb"
    shutil.copy(sample, copy)
    opened = bootstrap.open_workspace(copy)
    try:
        write_template(opened, folder / "t.xlsx", language="zh", spare=5)
    finally:
        opened.close()
    return folder / "t.xlsx"


@pytest.fixture(scope="session")
def template(full_template: Path) -> Path:
    """The same after somebody pasted over all its checks, and quick to open: what is read back needs none of them."""
    book = openpyxl.load_workbook(full_template)
    for sheet in book.worksheets:
        sheet.data_validations.dataValidation.clear()
        sheet.conditional_formatting = ConditionalFormattingList()
        for row in range(sheet.max_row, 6, -1):  # spare rows hold formulas only
            if sheet.cell(row, 1).value:
                sheet.delete_rows(row + 1, sheet.max_row)
                break
    path = full_template.with_name("plain.xlsx")
    book.save(path)
    return path


Edit = Callable[[Any], None]
EditBook = Callable[[Path, Edit], Path]


@pytest.fixture
def edited(tmp_path: Path) -> EditBook:
    """`edited(path, change)`: the workbook as a person leaves it who opened, changed and saved it."""
    count = 0

    def edit(path: Path, change: Edit) -> Path:
        nonlocal count
        count += 1
        book = openpyxl.load_workbook(path)
        change(book)
        target = tmp_path / f"edited{count}.xlsx"
        book.save(target)
        return target

    return edit


Take = Callable[[Path], ImportPlan]


@pytest.fixture
def take(store: WorkspaceStore, clock: Clock) -> Take:
    """Plan and write an import."""

    def imported(path: Path) -> ImportPlan:
        plan = plan_import(store, [path], clock=clock)
        apply_import(store, plan, actor="t", clock=clock)
        return plan

    return imported


def column(sheet: Any, header: str) -> int:
    """Return the column of a header, counted from 1, wherever header and column are by now."""
    for row in sheet.iter_rows(min_row=1, max_row=8):
        for cell in row:
            text = str(cell.value or "").split("\n", maxsplit=1)[0].removeprefix("* ")
            if text == header and cell.row > 1:
                return int(cell.column)
    raise AssertionError(header)


def rows_of(sheet: Any) -> list[int]:
    """Return the rows with records in a sheet of a template."""
    return [row for row in range(6, sheet.max_row + 1) if sheet.cell(row, 1).value]


def counts(plan: ImportPlan) -> tuple[int, int, int, int]:
    return plan.new, plan.changed, plan.unchanged, len(plan.rejected)


def office_saves(path: Path, folder: Path, kind: str = "xlsx") -> Path:
    """Open a file in LibreOffice and save it again."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            str(folder),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder / f"{path.stem}.{kind}"
