"""Editing against a plain model: edits, pastes, moves, deletions, undo, redo and restarts in any order.

The model is dictionaries. After every step the file holds what they say; and the journal alone, replayed from the first
line to the last, gives the same records again.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from census_app.bootstrap import create_workspace, open_workspace
from census_app.domain.changes import StepDone
from census_app.domain.records import RecordId, Value
from census_app.errors import UserError
from census_app.formspec.types import parse_value
from census_app.services import editing
from census_app.services.defaults import default_values
from census_app.services.editing import RecordEditor
from census_app.services.lookup import context_for
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.storage.rows import value_json

OWNER, CHILD = "information_resource", "data_item"
TEXTS = st.sampled_from(
    ["", "水质", " 水质 ", "１２", "0.5", "1200条", "未知", "是", "否", "2016/09/30", "每日", "无条件", "C", "x" * 9]
)  # fmt: skip
FIELDS = {OWNER: 9, CHILD: 6}
"""How many fields of each form are edited: the first ones that a person types into."""


class Clock:
    """A clock that stands; time is no part of what is compared."""

    def now(self) -> dt.datetime:
        return dt.datetime(2018, 1, 6, 9, tzinfo=dt.UTC)


@dataclass
class Held:
    """What the file should hold: by record its answers; resources in order of making, items in order of place."""

    values: dict[RecordId, dict[str, Value]] = field(default_factory=dict)
    owners: list[RecordId] = field(default_factory=list)
    items: dict[RecordId, list[RecordId]] = field(default_factory=dict)


class Clerk(RuleBasedStateMachine):
    """A person at work, and a plain model beside."""

    who: ClassVar[dict[str, object]] = {"actor": "王芳", "clock": Clock()}

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "w.censusdb"
        self.store: WorkspaceStore | None = None
        self.held = Held()
        self.past: list[Held] = []
        self.future: list[Held] = []
        self.editor: RecordEditor | None = None
        self.burst: tuple[object, ...] = ()

    @initialize()
    def begin(self) -> None:
        code = "11320000990000033D"
        self.store = create_workspace(self.path, department="江苏省样例厅", code=code)
        self.fields = {
            form: [
                f.id
                for f in self.store.form_set.form(form).stored_fields
                if not f.target and f.type not in {"codes", "note"} and not f.choices_from
            ][:count]
            for form, count in FIELDS.items()
        }

    # -- the model's side ----------------------------------------------------------------------------------------------

    def wrote(self, held: Held, done: StepDone | None = None) -> None:
        """Take a step over into the model; one that changed nothing is no step."""
        assert (held != self.held) == (done is None or done.number != 0)
        if held != self.held:
            self.past.append(self.held)
            self.held, self.future = held, []
        self.burst = ()

    def parsed(self, form: str, field_id: str, text: str, beside: dict[str, Value]) -> Value | None:
        assert self.store is not None
        context = context_for(self.store).beside(beside)
        return parse_value(
            text, self.store.form_set.form(form).field_by_id(field_id), context
        ).value

    def typed(self, form: str, beside: dict[str, Value], texts: dict[str, str]) -> dict[str, Value]:
        """Return the answers of a record after texts were typed into some fields."""
        values = dict(beside)
        for field_id, text in texts.items():
            value = self.parsed(form, field_id, text, values)
            values.pop(field_id, None)
            if value is not None:
                values[field_id] = value
        return values

    def next(self) -> Held:
        return copy.deepcopy(self.held)

    # -- what a person does --------------------------------------------------------------------------------------------

    @rule()
    def add_resource(self) -> None:
        assert self.store is not None
        made = editing.create_record(self.store, OWNER, {}, **self.who)  # type: ignore[arg-type]
        held = self.next()
        form = self.store.form_set.form(OWNER)
        held.values[made] = default_values(form, context_for(self.store))
        held.owners.append(made)
        held.items[made] = []
        self.wrote(held)

    @precondition(lambda self: self.held.owners)
    @rule(data=st.data(), text=TEXTS, stays=st.booleans())
    def type_into_a_field(self, data: st.DataObject, text: str, stays: bool) -> None:
        assert self.store is not None
        record = data.draw(st.sampled_from(self.held.owners))
        field_id = data.draw(st.sampled_from(self.fields[OWNER]))
        if self.editor is None or self.editor.state.record != record:
            self.editor = RecordEditor(self.store, OWNER, record, **self.who)  # type: ignore[arg-type]
        elif not stays:
            self.editor.finish_stay()
        self.editor.reload()
        burst = (id(self.editor), record, field_id, self.editor._stay)
        held = self.next()
        held.values[record] = self.typed(OWNER, held.values[record], {field_id: text})
        try:
            self.editor.set_text(field_id, text)
        except UserError:
            return
        if held == self.held:
            return  # the stay goes on
        if burst == self.burst and self.past:
            self.held = held  # one undo step for the whole stay
            if held == self.past[-1]:
                self.past.pop()
                self.burst = ()
        else:
            self.wrote(held)
            self.burst = burst

    @precondition(lambda self: self.held.owners)
    @rule(data=st.data(), rows=st.integers(1, 3), over=st.booleans())
    def paste_items(self, data: st.DataObject, rows: int, over: bool) -> None:
        assert self.store is not None
        owner = data.draw(st.sampled_from(self.held.owners))
        chosen = st.dictionaries(st.sampled_from(self.fields[CHILD]), TEXTS, min_size=1, max_size=3)
        held, cells, insert = self.next(), [], []
        present = held.items[owner][:rows] if over else []
        for record in present:
            texts = data.draw(chosen)
            cells += [(record, f, t) for f, t in texts.items()]
            held.values[record] = self.typed(CHILD, held.values[record], texts)
        for _ in range(rows - len(present)):
            texts = {f: t for f, t in data.draw(chosen).items() if t}
            insert += [texts or {self.fields[CHILD][0]: "项"}]
        before = set(self.present().values)
        with suppress(UserError):
            done = editing.set_cells(
                self.store, CHILD, cells, parent=owner, insert=insert, **self.who  # type: ignore[arg-type]
            )  # fmt: skip
            made = [i for i in self.present().items[owner] if i not in before]
            for record, texts in zip(made, insert, strict=True):
                held.values[record] = self.typed(CHILD, {}, texts)
                held.items[owner].append(record)
            self.wrote(held, done)

    @precondition(lambda self: any(self.held.items.values()))
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        assert self.store is not None
        form = data.draw(st.sampled_from([OWNER, CHILD]))
        everything = [i for items in self.held.items.values() for i in items]
        gone = data.draw(st.sampled_from(self.held.owners if form == OWNER else everything))
        held = self.next()
        if form == OWNER:
            held.owners.remove(gone)
            for item in held.items.pop(gone):
                del held.values[item]
        else:
            for items in held.items.values():
                if gone in items:
                    items.remove(gone)
        del held.values[gone]
        self.wrote(held, editing.remove_records(self.store, form, [gone], "错", **self.who))  # type: ignore[arg-type]

    @rule()
    def undo(self) -> None:
        assert self.store is not None
        done = editing.undo(self.store, **self.who)  # type: ignore[arg-type]
        assert (done is None) == (not self.past)
        self.burst = ()
        if self.past:
            self.future.append(self.held)
            self.held = self.past.pop()

    @rule()
    def redo(self) -> None:
        assert self.store is not None
        done = editing.redo(self.store, **self.who)  # type: ignore[arg-type]
        assert (done is None) == (not self.future)
        self.burst = ()
        if self.future:
            self.past.append(self.held)
            self.held = self.future.pop()

    @rule()
    def restart(self) -> None:
        assert self.store is not None
        self.store.close()
        self.store, self.editor, self.burst = open_workspace(self.path), None, ()

    # -- what must hold ------------------------------------------------------------------------------------------------

    def present(self) -> Held:
        """Return what the file holds."""
        assert self.store is not None
        held = Held()
        for record in self.store.stream_records(OWNER):
            held.owners.append(record.id)
            held.items[record.id] = []
            held.values[record.id] = dict(record.values)
        for record in self.store.stream_records(CHILD):
            assert record.parent is not None
            held.items[record.parent].append(record.id)
            held.values[record.id] = dict(record.values)
        return held

    @precondition(lambda self: self.store is not None)
    @invariant()
    def the_file_holds_what_the_model_says(self) -> None:
        present = self.present()
        assert present.values == self.held.values
        assert sorted(present.owners) == sorted(self.held.owners)
        assert present.items == self.held.items

    @precondition(lambda self: self.store is not None)
    @invariant()
    def the_journal_replays_to_it(self) -> None:
        assert self.store is not None
        replayed: dict[str, dict[str, object]] = {}
        for line in reversed(self.store.journal(limit=1_000_000)):
            if line.form not in FIELDS:
                continue
            old, new = (json.loads(text) if text else None for text in (line.old, line.new))
            if line.field:
                answers = replayed[line.record]
                assert answers.pop(line.field, None) == old
                answers |= {} if new is None else {line.field: new}
            elif line.sign == "+":
                assert line.record not in replayed
                assert isinstance(new, dict)
                replayed[line.record] = new
            elif line.sign == "-":
                assert replayed.pop(line.record) == old
        form_set = self.store.form_set
        assert replayed == {
            record.id: {
                f: value_json(v, form_set.form(form).field_by_id(f))
                for f, v in record.values.items()
            }
            for form in FIELDS
            for record in self.store.stream_records(form)
        }

    def teardown(self) -> None:
        if self.store is not None:
            keys = self.store.keys(ListQuery(form=OWNER))
            assert len(keys) == len(self.held.owners)
            self.store.close()
        shutil.rmtree(self.folder)


TestClerk = Clerk.TestCase
TestClerk.settings = settings(max_examples=15, stateful_step_count=30)
