"""Undo and redo against a model, over restarts: whatever is done, undoing it brings the former state back."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from census_app.domain.changes import Insert, Move, Operation, Origin, Put, Remove, Step
from census_app.domain.holdings import WorkspaceFacts
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Value
from census_app.formspec.model import FormSet
from census_app.storage import workspace
from census_app.storage.workspace import Workspace

RESOURCE, ITEM = "information_resource", "data_item"
AT = "2018-01-06T09:00:00Z"
FORM_SET = msgspec.json.decode(
    (Path(__file__).parent / "small_form_set.json").read_bytes(), type=FormSet
)
State = list[tuple[Record, dict[str, str]]]

VALUES: dict[str, st.SearchStrategy[Value | None]] = {
    "name": st.none() | st.sampled_from(["甲", "乙", "名"]),
    "size_total": st.none() | st.sampled_from([UNKNOWN, Unfit("约三条"), Unfit("1200条")]),
    "is_open": st.none() | st.booleans(),
}


class Editing(RuleBasedStateMachine):
    """Edits a workspace and remembers what it should hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "w.censusdb"
        self.store: Workspace
        self.states: list[State] = []
        self.redoable: list[State] = []
        self.made = 0

    @initialize()
    def begin(self) -> None:
        facts = WorkspaceFacts("D0042", "厅", "js", 1, "small-1", "0" * 32, AT)
        department = Record("department", self.new_id(), {"name": "厅"}, unit="D0042")
        self.store = workspace.create(self.path, FORM_SET, facts, department)
        self.states = [self.present()]

    def new_id(self) -> RecordId:
        self.made += 1
        return RecordId(f"{self.made:032x}")

    def present(self) -> State:
        records = [*self.store.stream_records(RESOURCE), *self.store.stream_records(ITEM)]
        return [(r, self.store.understood(r.form, r.id)) for r in records]

    def ids(self, form: str) -> list[RecordId]:
        return [r.id for r in self.store.stream_records(form)]

    def do(self, *operations: Operation) -> None:
        done = self.store.write(Step("STEP_EDIT", "王芳", Origin.TYPED, AT, operations))
        if done.number:
            self.states.append(self.present())
            self.redoable.clear()

    @rule(name=VALUES["name"], children=st.integers(0, 2))
    def add(self, name: Value | None, children: int) -> None:
        owner = Record(RESOURCE, self.new_id(), {"name": name} if name else {}, unit="D0042")
        items = [Record(ITEM, self.new_id(), {"name": "项"}, owner.id) for _ in range(children)]
        self.do(Insert(owner, {"name": "甲 "}), *(Insert(each) for each in items))

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        ids = self.ids(RESOURCE)
        if ids:
            field = data.draw(st.sampled_from(sorted(VALUES)))
            given = data.draw(st.sampled_from([{}, {field: " 甲"}]))
            chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True))
            value = data.draw(VALUES[field])
            self.do(*(Put(RESOURCE, each, {field: value}, given) for each in chosen))

    @rule(data=st.data())
    def insert_and_change_in_one_step(self, data: st.DataObject) -> None:
        new = Record(RESOURCE, self.new_id(), {"name": "甲"}, unit="D0042")
        operations: list[Operation] = [Insert(new), Put(RESOURCE, new.id, {"is_open": True})]
        if data.draw(st.booleans()):
            operations.append(Remove(RESOURCE, new.id, "错"))
        before = self.present()
        self.do(*operations)
        if len(operations) == 3:
            assert self.present() == before

    @rule(data=st.data(), place=st.integers(1, 5000))
    def move(self, data: st.DataObject, place: int) -> None:
        ids = self.ids(ITEM)
        if ids:
            self.do(Move(ITEM, data.draw(st.sampled_from(ids)), place))

    @rule(data=st.data(), form=st.sampled_from([RESOURCE, ITEM]))
    def remove(self, data: st.DataObject, form: str) -> None:
        ids = self.ids(form)
        if ids:
            chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True))
            self.do(*(Remove(form, each, "错") for each in chosen))

    @rule()
    def undo(self) -> None:
        done = self.store.undo("王芳", AT)
        assert (done is None) == (len(self.states) == 1)
        if done is not None:
            self.redoable.append(self.states.pop())

    @rule()
    def redo(self) -> None:
        done = self.store.redo("王芳", AT)
        assert (done is None) == (not self.redoable)
        if done is not None:
            self.states.append(self.redoable.pop())

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = workspace.open_(self.path, FORM_SET)

    @precondition(lambda self: self.states)
    @invariant()
    def holds_what_it_should(self) -> None:
        assert self.present() == self.states[-1]
        state = self.store.undo_state()
        assert (state.undo is None) == (len(self.states) == 1)
        assert (state.redo is None) == (not self.redoable)

    def teardown(self) -> None:
        if self.states:
            self.store.close()
        shutil.rmtree(self.folder)


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=12, stateful_step_count=25)
