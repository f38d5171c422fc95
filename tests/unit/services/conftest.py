"""A small world for the use cases: a clock that stands, workspaces, a root, a catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.domain.records import RecordId, Value
from census_app.services.editing import create_record
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    make_root,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.exporting import ExportDone, export_package
from census_app.services.ports import CatalogueStore, WorkspaceStore

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
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


@dataclass
class Centre:
    """The coordinator with a root on a stick; lets departments in and takes what they hand in."""

    folder: Path
    clock: StandingClock
    catalogue: CatalogueStore

    def enrol(self, store: WorkspaceStore) -> None:
        keys = self.folder / "keys"
        keys.mkdir(exist_ok=True)
        made = request_certificate(
            store, self.folder, keys, PASSPHRASE, clock=self.clock, software="t"
        )
        stick = self.folder / "stick"
        issued = confirm(
            self.catalogue, made.request, made.fingerprint, stick, PASSPHRASE, clock=self.clock
        )
        answer = write_answer(issued, self.catalogue.facts().roots_pem, self.folder)
        accept_answer(store, answer, keys, clock=self.clock)

    def export(self, store: WorkspaceStore, *, announce: bool = True) -> ExportDone:
        signer = signer_of(store, self.folder / "keys")
        signer.unlock(PASSPHRASE)
        to = self.folder / "packages"
        return export_package(
            store, signer, to, clock=self.clock, software="t", announce_unfinished=announce
        )


@pytest.fixture
def centre(tmp_path: Path, clock: StandingClock) -> Iterator[Centre]:
    make_root("统筹部门", tmp_path / "stick", PASSPHRASE, clock=clock)
    roots = (tmp_path / "stick" / "root.crt").read_text(encoding="ascii")
    path = tmp_path / "catalogue.censusdb"
    catalogue = bootstrap.create_catalogue(path, name="统筹部门", roots_pem=roots, clock=clock)
    yield Centre(tmp_path, clock, catalogue)
    catalogue.close()


def finish_department(store: WorkspaceStore, clock: StandingClock) -> None:
    """Answer what the department's own record requires."""
    from census_app.services.checking import set_everywhere  # noqa: PLC0415

    (record,) = list(store.stream_records("department"))
    values: dict[str, Value | None] = {"org_kind": "government"}
    set_everywhere(store, "department", [record.id], values, actor="t", clock=clock)


def add_office(store: WorkspaceStore, clock: StandingClock, name: str) -> RecordId:
    """Add a record that needs nothing but its name."""
    return create_record(store, "internal_office", {"name": name}, actor="t", clock=clock)
