"""A newer form set arrives: records follow it, packages of the older one too, packages of an unknown one wait."""

from __future__ import annotations

import itertools
import json
import random
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.domain.records import RecordId, Unfit
from census_app.errors import CensusError, DataProblem, EnvironmentProblem, UserError
from census_app.exchange.package import PackageDraft, encode_line, write_package
from census_app.formspec.form_files import read_files
from census_app.formspec.loader import load_form_files, load_form_set
from census_app.formspec.upgrade import plan_upgrade
from census_app.services.carrying import begin_round, confirm_unchanged
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.comparing import compare_sides
from census_app.services.editing import create_record, redo, remove_records, set_cells, undo
from census_app.services.enrolling import describe_sender, signer_of
from census_app.services.explaining import explain
from census_app.services.forking import forks
from census_app.services.form_versions import form_set_for, schema_for
from census_app.services.ports import CatalogueStore, Clock, ListQuery, WorkspaceStore
from census_app.services.receiving import rebuild, receive
from census_app.services.trusting import BundlePlan, apply_bundle, issue_bundle
from census_app.services.upgrade_offer import upgrade_offer
from census_app.services.upgrading import (
    FormsTaken,
    preview,
    reexamine_held,
    upgrade_catalogue,
    upgrade_workspace,
)
from census_app.storage import workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.services.conftest import Centre, Desk

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
OFFICE, RESOURCE, ITEM = "internal_office", "information_resource", "data_item"
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def v2(v2_folder: Path) -> Files:
    return read_files(v2_folder)


@pytest.fixture(scope="module")
def v1() -> Files:
    return read_files(forms_dir())


def edited(files: Files, name: str, old: str, new: str) -> Files:
    text = files[name].decode()
    assert old in text, (name, old)
    return files | {name: text.replace(old, new, 1).encode()}


def upgraded(store: WorkspaceStore, files: Files, clock: Clock) -> FormsTaken:
    return upgrade_workspace(store, files, actor="王芳", clock=clock)


def department(store: WorkspaceStore) -> RecordId:
    (record,) = store.stream_records("department")
    return record.id


def only(store: WorkspaceStore | CatalogueStore, form: str) -> dict[str, Any]:
    (record,) = store.stream_records(form)
    return dict(record.values)


@pytest.fixture
def filled(store: WorkspaceStore, good_resource: dict[str, str], clock: Clock) -> WorkspaceStore:
    """A workspace with answers that the second version keeps, renames, reads anew, cannot read, and drops."""

    def paste(form: str, row: dict[str, str], parent: RecordId | None = None) -> None:
        set_cells(store, form, [], insert=[row], parent=parent, actor="李军", clock=clock)

    set_cells(
        store,
        "department",
        [(department(store), "org_kind", "群团组织")],
        actor="李军",
        clock=clock,
    )
    paste(OFFICE, {"name": "水资源处", "duties": "管水"})
    paste(OFFICE, {"name": "办公室", "org": "某处"})
    paste(RESOURCE, good_resource | {"update_cycle": "按旬"})
    (resource,) = store.stream_records(RESOURCE)
    paste(ITEM, {"name": "编号", "charset": "UTF-8", "seq": "3"}, resource.id)
    paste(ITEM, {"name": "名称", "seq": "第四"}, resource.id)
    return store


# -- a workspace -----------------------------------------------------------------------------------------------------


def test_every_record_passes_through_the_plan(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    keys = filled.keys(ListQuery(ITEM))
    taken = upgraded(filled, v2, clock)
    assert (taken.outcome, taken.version) == ("upgraded", "v2")
    done = taken.upgrade
    assert done is not None
    assert (done.records, done.changed, done.unfit, done.dropped, done.removed) == (6, 3, 1, 1, 0)
    assert only(filled, "department")["org_kind"] == Unfit("群众团体")
    first, second = filled.stream_records(OFFICE)
    assert first.values == {"name": "水资源处", "tasks": "管水"}
    assert second.values == {"name": "办公室", "org": Unfit("某处")}
    resource = only(filled, RESOURCE)
    assert (resource["update_cycle"], str(resource["size_total_gb"])) == ("other", "12.5")
    (owner,) = filled.stream_records(RESOURCE)
    assert filled.understood(RESOURCE, owner.id)["update_cycle"] == "按旬"
    items = list(filled.stream_records(ITEM))
    assert [(i.parent, i.position) for i in items] == [(owner.id, 1024), (owner.id, 2048)]
    assert [i.values.get("seq") for i in items] == ["3", Unfit("第四")]
    assert all("charset" not in i.values for i in items)
    assert filled.keys(ListQuery(ITEM)) == keys
    assert filled.damaged_records() == []  # type: ignore[attr-defined]


def test_upgraded_file_opens_with_the_form_set_it_was_given(
    filled: WorkspaceStore,
    v2: Files,
    clock: Clock,
    reopen: Callable[[WorkspaceStore], WorkspaceStore],
) -> None:
    upgraded(filled, v2, clock)
    before = [r for form in filled.form_set.forms for r in filled.stream_records(form.id)]
    again = reopen(filled)
    assert again.form_set == load_form_files(v2)
    assert again.facts().form_version == "v2"
    assert [r for form in again.form_set.forms for r in again.stream_records(form.id)] == before
    assert again.form_files("v2") == v2


def test_snapshot_before_the_upgrade_holds_everything_as_it_was(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    before = [r for form in filled.form_set.forms for r in filled.stream_records(form.id)]
    done = upgraded(filled, v2, clock).upgrade
    assert done is not None
    kept = workspace.open_read_only(Path(done.snapshot), bootstrap.form_set_of)
    assert kept.form_set.version == "v1"
    assert [r for form in kept.form_set.forms for r in kept.stream_records(form.id)] == before
    kept.close()


def test_history_follows_a_renamed_field_and_keeps_a_dropped_answer(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    office = next(iter(filled.stream_records(OFFICE))).id
    for text in ("管水和防汛", "管水、防汛和抗旱"):
        set_cells(filled, OFFICE, [(office, "duties", text)], actor="李军", clock=clock)
    upgraded(filled, v2, clock)
    set_cells(filled, OFFICE, [(office, "tasks", "管水资源")], actor="王芳", clock=clock)
    found = filled.journal(OFFICE, office, "tasks")
    assert [(e.field, e.old, e.new) for e in found] == [
        ("tasks", '"管水、防汛和抗旱"', '"管水资源"'),
        ("tasks", '"管水和防汛"', '"管水、防汛和抗旱"'),
        ("tasks", '"管水"', '"管水和防汛"'),
        ("tasks", "", '"管水"'),
    ]
    assert filled.journal(OFFICE, office, "duties") == []
    whole = filled.journal(OFFICE, office)
    assert '"tasks":"管水"' in whole[-1].new
    item = next(iter(filled.stream_records(ITEM))).id
    (dropped,) = [e for e in filled.journal(ITEM, item, "charset") if e.sign == "-"]
    assert (dropped.field, dropped.old, dropped.actor) == ("charset", '"UTF-8"', "王芳")
    assert all(e.record for e in filled.journal())


def test_what_lies_before_the_upgrade_is_not_undone_and_what_comes_after_is(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    office = create_record(filled, OFFICE, {"name": "三处"}, actor="t", clock=clock)
    remove_records(filled, OFFICE, [office], "撤并", actor="t", clock=clock)
    undo(filled, actor="t", clock=clock)
    upgraded(filled, v2, clock)
    assert (filled.undo_state().undo, filled.undo_state().redo) == (None, None)
    assert undo(filled, actor="t", clock=clock) is None
    assert redo(filled, actor="t", clock=clock) is None
    set_everywhere(filled, OFFICE, [office], {"leader": "王芳"}, actor="t", clock=clock)
    state = filled.undo_state().undo
    assert state is not None
    assert state[0] == "STEP_SET"
    undo(filled, actor="t", clock=clock)
    record = filled.record(OFFICE, office)
    assert record is not None
    assert record.values == {"name": "三处"}
    redo(filled, actor="t", clock=clock)
    remove_records(filled, OFFICE, [office], "撤并", actor="t", clock=clock)
    undo(filled, actor="t", clock=clock)
    record = filled.record(OFFICE, office)
    assert record is not None
    assert record.values == {"name": "三处", "leader": "王芳"}


def test_row_key_of_a_removed_record_is_given_to_no_other(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    office = create_record(filled, OFFICE, {"name": "三处"}, actor="t", clock=clock)
    gone = max(filled.keys(ListQuery(OFFICE)))
    remove_records(filled, OFFICE, [office], "撤并", actor="t", clock=clock)
    upgraded(filled, v2, clock)
    create_record(filled, OFFICE, {"name": "四处"}, actor="t", clock=clock)
    assert max(filled.keys(ListQuery(OFFICE))) > gone


def test_new_questions_and_rules_are_asked(filled: WorkspaceStore, v2: Files, clock: Clock) -> None:
    upgraded(filled, v2, clock)
    found = {(f.rule, f.form, f.fields) for f in check_workspace(filled, clock=clock).findings}
    assert ("REQUIRED", OFFICE, ("leader",)) in found
    assert ("OFF-9", OFFICE, ("tasks",)) in found
    assert any(form == "department" and fields == ("org_kind",) for _, form, fields in found)


def test_reason_for_a_warning_holds_while_the_values_are_the_same(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    upgraded(filled, v2, clock)
    warning = next(f for f in check_workspace(filled, clock=clock).findings if f.rule == "OFF-9")
    explain(filled, [warning], "职责就是这样", actor="t", clock=clock)
    v3 = edited(v2, "formset.toml", 'version = "v2"', 'version = "v3"')
    head = v3["formset.toml"].decode()
    head = head[: head.index("[[renamed]]\nform         =")].replace(
        'predecessor = "v1"', 'predecessor = "v2"'
    )
    renamed = '[[renamed]]\nform = "internal_office"\nfield = "work"\nrenamed_from = "tasks"\n'
    v3["formset.toml"] = (head + renamed).encode()
    form = v3["internal_office.toml"].decode()
    v3["internal_office.toml"] = form.replace("tasks", "work").encode()
    assert upgraded(filled, v3, clock).version == "v3"
    again = next(f for f in check_workspace(filled, clock=clock).findings if f.rule == "OFF-9")
    assert (again.fields, again.explanation) == (("work",), "职责就是这样")
    office = next(iter(filled.stream_records(OFFICE))).id
    assert [(e.field, e.new) for e in filled.journal(OFFICE, office, "work")] == [
        ("work", '"管水"')
    ]


def test_what_was_unchanged_since_the_last_round_stays_so(
    filled: WorkspaceStore, v2: Files, clock: Clock, tmp_path: Path
) -> None:
    filled.close()
    path = tmp_path / "this-year.censusdb"
    begin_round(bootstrap.Services(clock=clock), path, filled.path)
    with closing(bootstrap.open_workspace(path)) as store:
        changed, kept = (r.id for r in store.stream_records(OFFICE))
        confirm_unchanged(store, OFFICE, [kept], actor="李军", clock=clock)
        set_cells(store, OFFICE, [(changed, "duties", "治水")], actor="李军", clock=clock)
        before = {delta.record: delta.state for delta in store.deltas()}
        upgraded(store, v2, clock)
        after = {delta.record: delta.state for delta in store.deltas()}
        assert (after[changed], after[kept]) == ("changed", "unchanged")
        assert {r: s for r, s in before.items() if r in after} == after


def test_file_that_cannot_be_upgraded_stays_as_it_was(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    (resource,) = filled.stream_records(RESOURCE)
    driver = filled._database.driver  # type: ignore[attr-defined]
    driver.execute("UPDATE information_resource SET published_on = '2026-02-31'")
    before = driver.execute("SELECT count(*) FROM step").fetchone()
    with pytest.raises(DataProblem) as failure:
        upgraded(filled, v2, clock)
    assert failure.value.code == "DB_DAMAGED"
    assert filled.form_set.version == filled.facts().form_version == "v1"
    assert driver.execute("SELECT count(*) FROM step").fetchone() == before
    assert filled.record(RESOURCE, resource.id) is not None
    driver.execute("UPDATE information_resource SET published_on = '2026-02-28'")
    assert upgraded(filled, v2, clock).outcome == "upgraded"


def test_queries_conflicts_and_bases_follow_their_fields(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    driver = filled._database.driver  # type: ignore[attr-defined]
    for number, (form, name) in enumerate([(OFFICE, "duties"), (ITEM, "charset"), (OFFICE, "")]):
        driver.execute(
            'INSERT INTO "query" VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 1, ?, ?)',
            (f"q{number}", form, "a" * 32, name, "", "?", "", "", "open", "p", "t"),
        )
    whole = json.dumps(
        [
            {
                "form": OFFICE,
                "id": "a" * 32,
                "unit": "U",
                "values": {"duties": "管水", "org": {"unfit": "某处"}},
            }
        ]
    )
    conflicts = {
        "c0": (OFFICE, "duties", '"甲"', '{"unfit":"乙"}', "null"),
        "c1": (ITEM, "charset", '"甲"', '"乙"', '"丙"'),
        "c2": (OFFICE, "", whole, whole, ""),
        "c3": ("department", "org_kind", '"court"', '"enterprise"', '"mass"'),
    }
    for conflict, (form, name, *sides) in conflicts.items():
        driver.execute(
            "INSERT INTO conflict (id, package, form, record_id, field, base, ours, theirs) "
            "VALUES (?, 'p', ?, ?, ?, ?, ?, ?)",
            (conflict, form, "a" * 32, name, *sides),
        )
    line = {"form": OFFICE, "id": "a" * 32, "op": "put", "unit": "U", "values": {"duties": "管水"}}
    driver.execute(
        "INSERT INTO base_line VALUES ('p', ?, ?, ?)", (OFFICE, "a" * 32, json.dumps(line))
    )
    upgraded(filled, v2, clock)
    found = driver.execute('SELECT id, field, state FROM "query" ORDER BY id').fetchall()
    assert found == [("q0", "tasks", "open"), ("q1", "charset", "closed"), ("q2", "", "open")]
    rows = driver.execute(
        "SELECT id, field, base, ours, theirs FROM conflict ORDER BY id"
    ).fetchall()
    assert rows[0] == ("c0", "tasks", '"甲"', '{"unfit":"乙"}', "null")
    assert [row[0] for row in rows] == ["c0", "c2", "c3"]
    assert json.loads(rows[1][2])[0]["values"] == {"tasks": "管水", "org": {"unfit": "某处"}}
    assert rows[1][4] == ""
    assert rows[2][2:] == ('"court"', '"institution"', '{"unfit":"群众团体"}')
    (text,) = driver.execute("SELECT line FROM base_line").fetchone()
    assert json.loads(text)["values"] == {"tasks": "管水"}


def test_preview_counts_and_changes_nothing(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    plan = plan_upgrade(filled.form_set, load_form_files(v2))
    found = preview(filled, plan)
    assert (found.records, found.unharmed, found.touched, found.put_aside) == (6, 2, 3, 1)
    assert filled.form_set.version == "v1"
    del clock


# -- which form set ---------------------------------------------------------------------------------------------------


def test_same_form_set_changes_nothing(
    store: WorkspaceStore,
    v1: Files,
    clock: Clock,
    reopen: Callable[[WorkspaceStore], WorkspaceStore],
) -> None:
    taken = upgraded(store, v1, clock)
    assert (taken.outcome, taken.version, taken.upgrade) == ("same", "v1", None)
    assert store.form_files("v1") == v1, "kept, so that the file can be read anywhere"
    assert reopen(store).form_set == load_form_set(forms_dir())


def test_moved_milestone_replaces_the_files_and_touches_no_record(
    store: WorkspaceStore,
    v1: Files,
    clock: Clock,
    reopen: Callable[[WorkspaceStore], WorkspaceStore],
) -> None:
    milestone = store.form_set.campaign.milestones[0]
    moved = edited(v1, "campaign.toml", milestone.due, "2031-01-02")
    step = store.journal()[0].step
    assert upgraded(store, moved, clock).outcome == "replaced"
    assert store.form_set.campaign.milestones[0].due == "2031-01-02"
    assert store.journal()[0].step == step
    assert reopen(store).form_set.campaign.milestones[0].due == "2031-01-02"


def test_same_version_with_other_questions_is_refused(
    store: WorkspaceStore, v1: Files, v2: Files, clock: Clock
) -> None:
    files = edited(v1, "internal_office.toml", 'id         = "duties"', 'id         = "tasks"')
    files = edited(files, "internal_office.toml", '"duties"]', '"tasks"]')
    with pytest.raises(UserError) as refused:
        upgraded(store, files, clock)
    assert refused.value.code == "FORM_VERSION_CHANGED"
    assert store.form_set == load_form_set(forms_dir())
    del v2


def test_files_that_were_stored_but_not_taken_over_are_not_used(
    store: WorkspaceStore,
    v1: Files,
    clock: Clock,
    reopen: Callable[[WorkspaceStore], WorkspaceStore],
) -> None:
    files = edited(v1, "internal_office.toml", 'id         = "duties"', 'id         = "tasks"')
    files = edited(files, "internal_office.toml", '"duties"]', '"tasks"]')
    store.store_form_files("v1", files)
    again = reopen(store)
    assert again.form_set == load_form_set(forms_dir())
    assert upgraded(again, v1, clock).outcome == "same"


def test_older_form_set_is_kept_beside(
    store: WorkspaceStore, v1: Files, v2: Files, clock: Clock
) -> None:
    upgraded(store, v2, clock)
    assert upgraded(store, v1, clock).outcome == "older"
    assert store.form_set.version == "v2"


def test_form_set_that_does_not_say_how_is_refused(
    store: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    far = edited(v2, "formset.toml", 'version = "v2"', 'version = "v9"')
    far = edited(far, "formset.toml", 'predecessor = "v1"', 'predecessor = "v8"')
    with pytest.raises(UserError) as refused:
        upgraded(store, far, clock)
    assert refused.value.code == "FORM_SET_GAP"
    assert refused.value.params["needed"] == "v8"
    with pytest.raises(DataProblem) as invalid:
        upgraded(store, v2 | {"data_item.toml": b"?"}, clock)
    assert invalid.value.code == "FORMSET_INVALID"
    assert store.form_set.version == "v1"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE form_file SET bytes = CAST('?' AS BLOB) WHERE path = 'formset.toml'", "FORMSET_INVALID"),
        ("UPDATE form_file SET path = '../../x.toml' WHERE path = 'formset.toml'", "FORMSET_INVALID"),
        ("UPDATE form_file SET bytes = 'text'", "DB_DAMAGED"),
        ("UPDATE form_file SET bytes = zeroblob(17 << 20) WHERE path = 'formset.toml'", "DB_DAMAGED"),
        ("UPDATE workspace SET form_version = '../../v1'", "DB_DAMAGED"),
        ("UPDATE workspace SET form_version = x'00ff'", "DB_DAMAGED"),
        ("UPDATE workspace SET form_version = 'v7'", "FORM_SET_MISSING"),
        ("UPDATE workspace SET form_version = 'v1'", "DB_NEWER"),
        ("DROP TABLE workspace", "DB_KIND"),
        ("ALTER TABLE form_file ADD COLUMN e AS (zeroblob(1 << 30))", "DB_SCHEMA"),
        ("DROP TABLE form_file; CREATE VIEW form_file AS SELECT 1 AS form_version, 2 AS path, 3 AS bytes",
         "FORM_SET_MISSING"),
    ],
)  # fmt: skip
def test_hostile_form_sets_in_a_file_are_coded_problems(
    store: WorkspaceStore, v2: Files, clock: Clock, statement: str, code: str
) -> None:
    upgraded(store, v2, clock)
    store._database.driver.executescript(statement)  # type: ignore[attr-defined]
    store.close()
    content = store.path.read_bytes()
    with pytest.raises(CensusError) as refused:
        bootstrap.open_workspace(store.path)
    assert isinstance(refused.value, DataProblem | EnvironmentProblem)
    assert refused.value.code == code
    assert store.path.read_bytes() == content


def test_damaged_form_files_never_crash_the_opening(
    store: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    upgraded(store, v2, clock)
    store.close()
    whole = store.path.read_bytes()
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    dice = random.Random(seed)  # noqa: S311
    for _ in range(60):
        spoiled = bytearray(whole)
        for _ in range(8):
            spoiled[dice.randrange(100, len(spoiled))] = dice.randrange(256)
        store.path.write_bytes(bytes(spoiled))
        try:
            bootstrap.open_workspace(store.path).close()
        except CensusError as refused:
            assert isinstance(refused, DataProblem), refused  # noqa: PT017


def test_a_spoiled_name_of_a_column_is_damage(store: WorkspaceStore) -> None:
    store.close()
    whole = store.path.read_bytes()
    assert b"form_sha256" in whole
    store.path.write_bytes(whole.replace(b"form_sha256", b"form_sha25\xc3"))
    with pytest.raises(DataProblem) as refused:
        bootstrap.open_workspace(store.path)
    assert refused.value.code == "DB_DAMAGED"


# -- a catalogue -----------------------------------------------------------------------------------------------------


@pytest.fixture
def first(centre: Centre) -> WorkspaceStore:
    return centre.department(0)


@pytest.fixture
def second(centre: Centre) -> WorkspaceStore:
    return centre.department(1)


def twin(centre: Centre, name: str) -> CatalogueStore:
    """Make another catalogue with the same departments and decisions."""
    made = centre.other_catalogue(name)
    made.append_decisions(centre.catalogue.decisions())
    return made


def offices(catalogue: CatalogueStore) -> list[dict[str, Any]]:
    return [dict(r.values) for r in catalogue.stream_records(OFFICE)]


def old_package(centre: Centre, store: WorkspaceStore) -> Path:
    office = centre.add_office(store, "一处")
    centre.put(store, OFFICE, office, duties="管水")
    return centre.export(store).package.path


def new_package(centre: Centre, store: WorkspaceStore, v2: Files, clock: Clock) -> Path:
    upgraded(store, v2, clock)
    for older in list(store.stream_records(OFFICE)):
        centre.put(store, OFFICE, older.id, leader="李军", tasks="管水和防汛")
    office = centre.add_office(store, "二处")
    centre.put(store, OFFICE, office, tasks="管电和管网", leader="王芳")
    return centre.export(store).package.path


def test_packages_of_the_older_form_set_are_upgraded_on_their_way_in(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    taken = upgrade_catalogue(centre.catalogue, v2, clock=clock)
    assert (taken.outcome, taken.version, taken.reexamined) == ("upgraded", "v2", ())
    outcome = centre.receive(old_package(centre, first))
    assert outcome.outcome == "merged", outcome
    assert offices(centre.catalogue) == [{"name": "一处", "tasks": "管水"}]
    assert outcome.errors == 1, "the new required question is not answered"
    assert centre.catalogue.packages()[0].form_version == "v1"
    assert centre.catalogue.damaged_records() == []  # type: ignore[attr-defined]


def test_answer_that_no_longer_fits_is_a_finding_of_the_package(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    centre.put(first, "department", department(first), org_kind="mass")
    path = centre.export(first).package.path
    assert centre.receive(path).errors == 0
    other = centre.other_catalogue("other.censusdb")
    upgrade_catalogue(other, v2, clock=clock)
    assert receive(other, path, clock=clock).errors >= 1
    assert "org_kind" not in only(other, "department")


def test_package_of_an_unknown_form_set_waits_and_is_released(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    early = new_package(centre, first, v2, clock)
    outcome = centre.receive(early)
    assert (outcome.outcome, outcome.code) == ("form_unknown", "FORM_UNKNOWN")
    (kept,) = centre.catalogue.packages()
    assert (kept.state, kept.held) == ("form_unknown", "form_unknown")
    assert b"".join(centre.catalogue.package_bytes(kept.identity)) == early.read_bytes()
    assert offices(centre.catalogue) == []
    assert centre.receive(early).outcome == "duplicate"
    assert reexamine_held(centre.catalogue, clock=clock) == ()
    taken = upgrade_catalogue(centre.catalogue, v2, clock=clock)
    assert [(r.name, r.code) for r in taken.reexamined] == [(kept.name, "MERGED")]
    (kept,) = centre.catalogue.packages()
    assert (kept.state, kept.held) == ("merged", "")
    assert offices(centre.catalogue) == [{"name": "二处", "tasks": "管电和管网", "leader": "王芳"}]


def test_digest_is_the_same_for_every_order_and_after_a_rebuild(
    centre: Centre, first: WorkspaceStore, second: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    old, new = old_package(centre, first), new_package(centre, first, v2, clock)
    other = old_package(centre, second)
    digests = set()
    for number, arrivals in enumerate(
        itertools.permutations([old, new, None])
    ):  # None: the form set
        order = list(arrivals)
        order.insert(number % 4, other)
        catalogue = centre.other_catalogue(f"order{number}.censusdb")
        for path in order:
            if path is None:
                upgrade_catalogue(catalogue, v2, clock=clock)
            else:
                receive(catalogue, path, clock=clock)
        assert {p.state for p in catalogue.packages()} == {"merged"}
        digests.add(catalogue.digest())
        digests.add(rebuild(catalogue, clock=clock))
        catalogue.close()
    assert len(digests) == 1
    untouched = centre.other_catalogue("v1.censusdb")
    receive(untouched, old, clock=clock)
    assert untouched.digest() not in digests


def test_upgraded_catalogue_opens_with_its_form_set(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    centre.receive(old_package(centre, first))
    upgrade_catalogue(centre.catalogue, v2, clock=clock)
    digest = centre.catalogue.digest()
    centre.catalogue.close()
    again = bootstrap.open_catalogue(centre.folder / "catalogue.censusdb")
    centre.opened.append(again)
    assert (again.form_set.version, again.digest()) == ("v2", digest)
    assert offices(again) == [{"name": "一处", "tasks": "管水"}]
    first_form_set = form_set_for(again, "v1")
    assert first_form_set is not None
    assert schema_for(again, "v1") is not None
    assert (form_set_for(again, "v3"), schema_for(again, "v3")) == (None, None)


def written(
    centre: Centre, store: WorkspaceStore, line: dict[str, Any], v2: Files, **changes: Any
) -> Path:
    """Write a package of the second version with one line, whatever the form set says of it."""
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    facts = store.facts()
    sha256 = load_form_files(v2).sha256
    draft = PackageDraft(
        type="submission",
        sender=facts.department_code,
        audience="coordinator",
        sequence=1,
        instance=facts.instance,
        created=centre.clock.now(),
        form_version="v2",
        package_json=describe_sender(store, "t")
        | {"form_set": {"version": "v2", "sha256": sha256}},
        record_lines=[encode_line(line | {"unit": facts.department_code, "op": "put"})],
        datapackage=b"{}",
        **changes,
    )
    return write_package(centre.folder / "written.census", draft, signer).path


def test_package_that_turns_out_not_to_follow_its_form_set_is_refused_and_kept(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    line = {"form": OFFICE, "id": "a" * 32, "values": {"name": "一处", "duties": "管水"}}
    path = written(centre, first, line, v2)
    assert centre.receive(path).outcome == "form_unknown"
    (found,) = upgrade_catalogue(centre.catalogue, v2, clock=clock).reexamined
    assert found.code == "RECORD"
    assert "duties" in found.detail
    (kept,) = centre.catalogue.packages()
    assert kept.state == "set_aside"
    assert kept.held.startswith("refused:RECORD:")
    assert offices(centre.catalogue) == []
    # In the other order it would have been refused at the door: the catalogues are the same.
    other = twin(centre, "other.censusdb")
    upgrade_catalogue(other, v2, clock=clock)
    assert receive(other, path, clock=clock).outcome == "refused"
    assert other.digest() == centre.catalogue.digest() == rebuild(centre.catalogue, clock=clock)
    # And the number is free for the package that does follow it.
    good = new_package(centre, first, v2, clock)
    assert centre.receive(good).outcome == "merged"


def test_waiting_package_that_makes_a_fork_takes_the_projection_back(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    copy = centre.department(0, file="copy.censusdb")
    one = old_package(centre, first).rename(centre.folder / "one.census")
    other = new_package(centre, copy, v2, clock)  # of the same number
    assert centre.receive(other).outcome == "form_unknown"
    assert centre.receive(one).outcome == "merged"
    (found,) = upgrade_catalogue(centre.catalogue, v2, clock=clock).reexamined
    assert found.code == "FORK"
    assert offices(centre.catalogue) == []
    assert {p.state for p in centre.catalogue.packages()} == {"fork"}
    late = twin(centre, "late.censusdb")
    upgrade_catalogue(late, v2, clock=clock)
    for path in (one, other):
        receive(late, path, clock=clock)
    assert late.digest() == centre.catalogue.digest()


def test_sides_of_a_fork_are_compared_as_the_newer_forms_hold_them(
    desk: Desk, good_resource: dict[str, str], v2: Files, clock: Clock
) -> None:
    centre, store = desk.centre, desk.store
    desk.add_resource(good_resource)
    (item,) = store.stream_records(ITEM)
    store.close()
    for number in (1, 2):
        side = centre.department(0, file=f"side{number}.censusdb")
        centre.put(side, ITEM, item.id, seq=number)
        path = centre.export(side).package.path.rename(centre.folder / f"{number}.census")
        centre.receive(path)
    upgrade_catalogue(centre.catalogue, v2, clock=clock)
    (fork,) = forks(centre.catalogue)
    compared = compare_sides(centre.catalogue, *fork.sides, clock=clock)
    (found,) = [f for r in compared.different for f in r.fields]
    assert (found.field, {found.left, found.right}) == ("seq", {"1", "2"})


def test_orphan_in_a_waiting_package_is_refused_when_it_is_looked_at(
    centre: Centre, first: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    values = {"name": "编号", "parent_id": "b" * 32, "position": 0}
    path = written(centre, first, {"form": ITEM, "id": "a" * 32, "values": values}, v2)
    assert centre.receive(path).outcome == "form_unknown"
    (found,) = upgrade_catalogue(centre.catalogue, v2, clock=clock).reexamined
    assert found.code == "RECORD_ORPHAN"
    assert centre.catalogue.packages()[0].state == "set_aside"


def test_moved_milestone_in_a_catalogue_keeps_the_rows(
    centre: Centre, first: WorkspaceStore, v1: Files, clock: Clock
) -> None:
    centre.receive(old_package(centre, first))
    digest = centre.catalogue.digest()
    due = centre.catalogue.form_set.campaign.milestones[0].due
    taken = upgrade_catalogue(
        centre.catalogue, edited(v1, "campaign.toml", due, "2031-01-02"), clock=clock
    )
    assert taken.outcome == "replaced"
    assert centre.catalogue.form_set.campaign.milestones[0].due == "2031-01-02"
    assert centre.catalogue.digest() == digest


# -- a person looks first --------------------------------------------------------------------------------------------


def test_held_form_set_waits_until_it_is_taken_over(
    filled: WorkspaceStore, v2: Files, clock: Clock
) -> None:
    taken = upgrade_workspace(filled, v2, actor="王芳", clock=clock, hold=True)
    assert (taken.outcome, taken.version, filled.form_set.version) == ("held", "v1", "v1")
    assert filled.form_files("v2") == v2
    assert upgraded(filled, filled.form_files("v2"), clock).outcome == "upgraded"
    again = upgrade_workspace(filled, v2, actor="王芳", clock=clock, hold=True)
    assert (again.outcome, filled.form_set.version) == ("same", "v2")


def test_bundle_offers_a_newer_form_set_with_its_effects(
    centre: Centre, v2_folder: Path, clock: Clock
) -> None:
    store = centre.department()
    centre.add_office(store, "办公室")
    plan = BundlePlan(form_set_folder=v2_folder)
    stick, post = centre.stick, centre.folder / "packages"
    issued = issue_bundle(
        centre.catalogue, stick, PASSPHRASE, post, plan, clock=clock, software="t"
    )
    assert upgrade_offer(store) is None
    apply_bundle(store, issued.package.path, clock=clock, hold_forms=True)
    offer = upgrade_offer(store)
    assert offer is not None
    assert (offer.version, store.form_set.version) == ("v2", "v1")
    assert (offer.effects.records, offer.effects.touched) == (2, 1)
    upgraded(store, store.form_files("v2"), clock)
    assert upgrade_offer(store) is None
