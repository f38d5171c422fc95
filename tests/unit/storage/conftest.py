"""A small form set and files made with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from census_app.domain.changes import Insert, Operation, Origin, Step
from census_app.domain.holdings import WorkspaceFacts
from census_app.domain.records import Record, RecordId, Value
from census_app.formspec.model import FormSet
from census_app.storage import workspace
from census_app.storage.workspace import Workspace

NOW = "2018-01-05T08:00:00Z"

FACTS = WorkspaceFacts(
    department_code="D0042",
    department_name="省水利厅",
    census_id="js-2018",
    round=1,
    form_version="small-1",
    instance="0" * 32,
    created_at=NOW,
)


@pytest.fixture(scope="session")
def form_set() -> FormSet:
    text = (Path(__file__).parent / "small_form_set.json").read_bytes()
    return msgspec.json.decode(text, type=FormSet)


MakeRecord = Callable[..., Record]
MakeStep = Callable[..., Step]


@pytest.fixture(scope="session")
def make_record() -> MakeRecord:
    """`make_record("information_resource", 1, name="…")` with the id 0…01."""

    def make(
        form: str, number: int, parent: int | None = None, position: int = 0, **values: Value
    ) -> Record:
        owner = None if parent is None else RecordId(f"{parent:032x}")
        return Record(form, RecordId(f"{number:032x}"), values, owner, position, "D0042")

    return make


@pytest.fixture(scope="session")
def make_step() -> MakeStep:
    """`make_step(operation, …)`; records stand for their insertion."""

    def make(*operations: Operation | Record, key: str = "", sentence: str = "STEP_EDIT") -> Step:
        done = tuple(Insert(o) if isinstance(o, Record) else o for o in operations)
        return Step(sentence, "王芳", Origin.TYPED, NOW, done, {"count": "1"}, key)

    return make


@pytest.fixture
def store(tmp_path: Path, form_set: FormSet, make_record: MakeRecord) -> Iterator[Workspace]:
    """A new workspace with its department."""
    department = make_record("department", 0xD, name="省水利厅")
    made = workspace.create(tmp_path / "water.censusdb", form_set, FACTS, department)
    yield made
    made.close()
