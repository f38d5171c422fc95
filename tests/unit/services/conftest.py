"""A small world for the use cases: a clock that stands, and workspaces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from census_app import bootstrap
from census_app.services.ports import WorkspaceStore

CODES = ("11320000990000017P", "11320000990000025J", "11320000990000033D")
MakeWorkspace = Callable[..., WorkspaceStore]


@dataclass
class StandingClock:
    """Returns the same moment until it is moved."""

    moment: dt.datetime = field(
        default_factory=lambda: dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)
    )

    def now(self) -> dt.datetime:
        return self.moment


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def make_workspace(tmp_path: Path, clock: StandingClock) -> Iterator[MakeWorkspace]:
    made: list[WorkspaceStore] = []

    def make(number: int = 0) -> WorkspaceStore:
        path = tmp_path / f"department{number}.censusdb"
        name = f"江苏省第{'一二三'[number]}样例厅"
        store = bootstrap.create_workspace(path, department=name, code=CODES[number], clock=clock)
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_workspace: MakeWorkspace) -> WorkspaceStore:
    return make_workspace()


Sheets = dict[str, list[list[object]]]
WriteBook = Callable[..., Path]


@pytest.fixture
def write_book(tmp_path: Path) -> WriteBook:
    """`write_book("a.xlsx", [heads, row, …])`, or several sheets by name."""

    def write(name: str, sheets: Sheets | list[list[object]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in (sheets if isinstance(sheets, dict) else {"清单": sheets}).items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def reopen(clock: StandingClock) -> Iterator[Callable[[WorkspaceStore], WorkspaceStore]]:
    """Close a workspace and open its file again, as another day's work begins."""
    made: list[WorkspaceStore] = []

    def again(store: WorkspaceStore) -> WorkspaceStore:
        store.close()
        made.append(bootstrap.open_workspace(store.path))
        return made[-1]

    yield again
    for store in made:
        store.close()
