"""Writes to a workspace without end and says which step is saved; run as a process that is killed."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from census_app.domain.changes import Insert, Operation, Origin, Put, Step
from census_app.domain.holdings import ListQuery, WorkspaceFacts
from census_app.domain.records import Record, RecordId
from census_app.formspec.model import FormSet
from census_app.storage import workspace
from census_app.storage.workspace import Workspace

AT = "2018-01-05T08:00:00Z"
DEPARTMENT = RecordId("d" * 32)
FORM_SET = msgspec.json.decode(
    (Path(__file__).parents[1] / "unit" / "storage" / "small_form_set.json").read_bytes(),
    type=FormSet,
)


def create(path: Path) -> Workspace:
    """Make a workspace whose department counts the steps in its name."""
    facts = WorkspaceFacts("D0042", "厅", "js", 1, "small-1", "0" * 32, AT)
    return workspace.create(path, FORM_SET, facts, Record("department", DEPARTMENT, {"name": "0"}))


def write_next(store: Workspace) -> int:
    """Write one more resource with three items, and count it; return its number."""
    number = store.count(ListQuery("information_resource")) + 1
    owner = RecordId(f"{number:032x}")
    records = [Record("information_resource", owner, {"name": "水" * (number * 37 % 900)})]
    for place in range(3):
        item = RecordId(f"{number * 10 + place + 10**9:032x}")
        records.append(Record("data_item", item, {"name": "项"}, owner))
    count = Put("department", DEPARTMENT, {"name": str(number)})
    operations: list[Operation] = [*(Insert(each) for each in records), count]
    store.write(Step("STEP_ADD", "王芳", Origin.TYPED, AT, tuple(operations)))
    return number


def main(path: Path, most: int) -> None:
    """Open or make the file and write until the end comes."""
    store = workspace.open_(path, FORM_SET) if path.exists() else create(path)
    for _ in range(most):
        number = write_next(store)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
