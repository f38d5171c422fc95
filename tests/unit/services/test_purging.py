"""A value that must not be here is gone: from rows, history, texts, snapshots, logs, bytes; undo does not know it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.domain.holdings import Explanation
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.editing import RecordEditor, create_record, remove_records
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.purging import find_target, plan_purge, purge

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

OFFICE = "internal_office"
SECRET = 'Tango"Zulu\\7731-绝密编号'  # noqa: S105
ALL = [SECRET.encode(), b"Zulu\\\\7731", b"7731-"]


@pytest.fixture
def record(store: WorkspaceStore, clock: Clock) -> RecordId:
    return create_record(store, OFFICE, {"name": "办公室"}, actor="t", clock=clock)


@pytest.fixture
def tainted(store: WorkspaceStore, clock: Clock, record: RecordId) -> Iterator[WorkspaceStore]:
    """A workspace in which a secret was typed, changed, taken back, and is in three snapshots."""
    edit = RecordEditor(store, OFFICE, record, actor="t", clock=clock)
    edit.set_text("duties", "开始")
    edit.finish_stay()
    edit.set_text("duties", SECRET)
    store.snapshot("manual")
    edit.finish_stay()
    edit.set_text("duties", "改过")
    store.snapshot("manual")
    editing.undo(store, actor="t", clock=clock)
    store.snapshot("manual")
    yield store
    store.close()


def bytes_of(store: WorkspaceStore) -> bytes:
    """Everything that lies beside the file, and itself."""
    folder = store.path.parent
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def clean(store: WorkspaceStore, clock: Clock, record: str, field: str, *logs: Path) -> object:
    plan = plan_purge(store, *find_target(store, record, field))
    return purge(store, plan, actor="李", clock=clock, logs=logs)


def test_the_bytes_are_gone_from_file_and_snapshots(
    tainted: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    assert any(each in bytes_of(tainted) for each in ALL), "the secret was never there"
    clean(tainted, clock, record, "duties")
    left = bytes_of(tainted)
    tainted.close()
    left += bytes_of(tainted)
    assert not [each for each in ALL if each in left]
    again = bootstrap.open_workspace(tainted.path)
    assert not again.damaged_records()  # type: ignore[attr-defined]
    found = again.record(OFFICE, record)
    again.close()
    assert found is not None
    assert found.values == {"name": "办公室"}


def test_the_snapshots_stay_usable(tainted: WorkspaceStore, clock: Clock, record: RecordId) -> None:
    before = tainted.keeping.snapshots()
    done = clean(tainted, clock, record, "duties")
    assert sorted(done.snapshots) == [each.path.name for each in before]  # type: ignore[attr-defined]
    for each in before:
        store = bootstrap.Services().vault.look(each.path)
        assert store.record(OFFICE, record) is not None
        store.close()


def test_undo_and_redo_cannot_bring_it_back(
    tainted: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    clean(tainted, clock, record, "duties")
    for _ in range(6):
        editing.undo(tainted, actor="t", clock=clock)
    for _ in range(6):
        editing.redo(tainted, actor="t", clock=clock)
    assert not [each for each in ALL if each in bytes_of(tainted)]
    steps = {entry.reason for entry in tainted.journal(OFFICE, record)}
    assert "清除 / purged" in steps


def test_a_deleted_record_and_a_name_that_sentences_quote(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = create_record(store, OFFICE, {"name": SECRET}, actor="t", clock=clock)
    edit = RecordEditor(store, OFFICE, record, actor="t", clock=clock)
    edit.set_text("duties", "职责")
    remove_records(store, OFFICE, [record], f"误录 {SECRET}", actor="t", clock=clock)
    store.snapshot("manual")
    clean(store, clock, record[:10], "name")
    assert not [each for each in ALL if each in bytes_of(store)]
    assert editing.undo(store, actor="t", clock=clock) is not None
    found = store.record(OFFICE, record)
    assert found is not None
    assert found.values == {"duties": "职责"}


def test_what_did_not_fit_its_field_goes_too(
    store: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    edit = RecordEditor(store, OFFICE, record, actor="t", clock=clock)
    fields = [f for f in edit._form.stored_fields if f.type in {"integer", "date", "phone"}]
    department = store.form_set.by_role("department_name")[0]
    if not fields:
        (own,) = store.stream_records(department.id)
        edit = RecordEditor(store, department.id, own.id, actor="t", clock=clock)
        fields = [f for f in department.stored_fields if f.type in {"integer", "date", "phone"}]
    edit.set_text(fields[0].id, SECRET)
    clean(store, clock, edit.state.record, fields[0].id)
    assert not [each for each in ALL if each in bytes_of(store)]


def test_logs_are_cleaned_in_their_place(
    tainted: WorkspaceStore, clock: Clock, record: RecordId, tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "census.log"
    log.parent.mkdir()
    log.write_text(f"before {SECRET} after\n", encoding="utf-8")
    done = clean(tainted, clock, record, "duties", log, tmp_path / "logs" / "none")
    assert log.read_text(encoding="utf-8") == "before ■■■■ after\n"
    assert done.logs == ("census.log",)  # type: ignore[attr-defined]


def test_a_snapshot_that_cannot_be_cleaned_is_named(
    tainted: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    bad = tainted.keeping.snapshots()[0].path
    bad.write_bytes(bad.read_bytes()[:30_000])
    done = clean(tainted, clock, record, "duties")
    assert done.unreachable == (bad.name,)  # type: ignore[attr-defined]
    assert len(done.snapshots) == 2  # type: ignore[attr-defined]


def test_packages_and_copies_that_left_are_named(centre: Centre, tmp_path: Path) -> None:
    store = centre.department()
    record = centre.add_office(store, "办公室")
    centre.put(store, OFFICE, record, duties="Whiskey-991")
    sent = centre.export(store)
    store.keeping.copy_out(tmp_path / "stick.censusdb", actor="t", at="2026-12-01T08:00:00Z")
    plan = plan_purge(
        store,
        *find_target(store, record, store.form_set.form(OFFICE).field_by_id("duties").label.zh),
    )
    assert plan.packages == (sent.package.name,)
    assert plan.copies == (str(tmp_path / "stick.censusdb"),)
    assert plan.places == {"record": 1, "journal": 1}
    assert plan.since


def test_other_records_and_fields_stay_as_they_are(
    tainted: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    other = create_record(
        tainted, OFFICE, {"name": "信息处", "duties": "开始"}, actor="t", clock=clock
    )
    clean(tainted, clock, record, "duties")
    found = tainted.record(OFFICE, other)
    assert found is not None
    assert found.values["duties"] == "开始"


@pytest.mark.parametrize(
    ("named", "field", "code"),
    [
        ("no such", "name", "RECORD_UNKNOWN"),
        ("", "name", "RECORD_UNKNOWN"),
        ("*", "no_such", "FIELD_LABEL_UNKNOWN"),
    ],
)
def test_what_is_not_meant_exactly_is_not_touched(
    store: WorkspaceStore, record: RecordId, named: str, field: str, code: str
) -> None:
    with pytest.raises(UserError, match=code):
        find_target(store, record if named == "*" else named, field)


def test_a_reason_that_quotes_it_stays_clean_through_undo(
    tainted: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    told = Explanation(
        record, "ORG-9", "0" * 64, f"已核实 {SECRET} 无误", "t", "2026-12-01T08:00:00Z"
    )
    tainted.explain([told])
    tainted.explain([replace(told, reason=f"再次核实 {SECRET}")])
    clean(tainted, clock, record, "duties")
    assert not [each for each in ALL if each in bytes_of(tainted)]
    editing.undo(tainted, actor="t", clock=clock)
    assert [each.reason for each in tainted.explanations()] == ["已核实 ■■■■ 无误"]
    assert tainted.explanations()[0].values_sha256 == "0" * 64


def test_a_short_figure_does_not_tear_up_what_undo_needs(
    store: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    edit = RecordEditor(store, OFFICE, record, actor="t", clock=clock)
    edit.set_text("duties", "2026")
    told = Explanation(record, "ORG-9", "2026" * 16, "2026 已核实", "t", "2026-12-01T08:00:00Z")
    store.explain([told])
    clean(store, clock, record, "duties")
    editing.undo(store, actor="t", clock=clock)
    editing.redo(store, actor="t", clock=clock)
    assert store.explanations() == [replace(told, reason="■■■■ 已核实")]


def test_json_that_holds_the_figures_elsewhere_stays_json(
    store: WorkspaceStore, clock: Clock, record: RecordId
) -> None:
    RecordEditor(store, OFFICE, record, actor="t", clock=clock).set_text("duties", "7731")
    sides = (177319, ["a7731b" + "0" * 26, "1.77310"], {"n": 7731, "t": "见 7731 号"})
    rows = [
        ("1" * 32, record, "name", *(json.dumps(each, ensure_ascii=False) for each in sides)),
    ]
    suggested = [("1" * 32, record, "name", "177319"), ("2" * 32, record, "duties", '"7731"')]
    params = json.dumps({"record": "7731" * 8, "count": 7731, "title": "共7731条"})
    with store._database.writing() as connection:  # type: ignore[attr-defined]
        for row in rows:
            connection.exec_driver_sql(
                "INSERT INTO conflict (id, record_id, field, base, ours, theirs, package, form) "
                "VALUES (?, ?, ?, ?, ?, ?, '', ?)",
                (*row, OFFICE),
            )
        for each in suggested:
            connection.exec_driver_sql(
                'INSERT INTO "query" (id, record_id, field, suggestion, form, value_sha256, text, '
                "rule, must, state, round, package, at) "
                "VALUES (?, ?, ?, ?, ?, '', '', '', 0, 'open', 1, '', '')",
                (*each, OFFICE),
            )
        connection.exec_driver_sql("UPDATE step SET params = ? WHERE number = 1", (params,))
    clean(store, clock, record, "duties")
    with store._database.reading() as connection:  # type: ignore[attr-defined]
        found = connection.exec_driver_sql("SELECT base, ours, theirs FROM conflict").one()
        left = connection.exec_driver_sql('SELECT suggestion FROM "query" ORDER BY id').scalars()
        told = connection.exec_driver_sql("SELECT params FROM step WHERE number = 1").scalar_one()
        assert [*map(json.loads, found)] == [*sides[:2], {"n": 7731, "t": "见 ■■■■ 号"}]
        assert [*left] == ["177319", ""]
        assert json.loads(told) == {"record": "7731" * 8, "count": 7731, "title": "共■■■■条"}
