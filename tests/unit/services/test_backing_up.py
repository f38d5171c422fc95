"""What snapshots hold, what a restore would change, copies with a note; who may number packages afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.domain.records import RecordId, Value
from census_app.domain.safekeeping import SnapshotFile, Tally
from census_app.errors import UserError
from census_app.services import backing_up, going_on
from census_app.services.applying import Desk as ApplyDesk
from census_app.services.applying import apply_file
from census_app.services.contributing import write_contribution
from census_app.services.editing import create_record, remove_records, undo
from census_app.services.enrolling import signer_of
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.settings.beside import attachments_folder

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, Desk

OFFICE = "internal_office"
PASSPHRASE = "a long passphrase for tests"  # noqa: S105
VAULT = bootstrap.Services().vault


def add(store: WorkspaceStore, clock: Clock, name: str, **more: Value) -> RecordId:
    return create_record(store, OFFICE, {"name": name, **more}, actor="t", clock=clock)


def newest(store: WorkspaceStore) -> SnapshotFile:
    return backing_up.shelf_of(VAULT, store.path).snapshots[0]


def test_a_snapshot_says_what_is_in_it_and_what_restoring_it_would_change(
    store: WorkspaceStore, clock: Clock
) -> None:
    gone, changed = add(store, clock, "办公室"), add(store, clock, "信息处")
    store.snapshot("manual")
    remove_records(store, OFFICE, [gone], "撤并", actor="t", clock=clock)
    from census_app.services.checking import set_everywhere  # noqa: PLC0415

    set_everywhere(store, OFFICE, [changed], {"duties": "管信息"}, actor="t", clock=clock)
    new = add(store, clock, "新处")

    view = backing_up.look_into(VAULT, newest(store), backing_up.present_of(store))
    assert view.contents is not None
    assert view.contents.counts[OFFICE] == 2
    assert view.contents.changed_by == "t"
    assert view.tally == Tally(back=1, gone=1, changed=1)
    seen = backing_up.preview_restore(VAULT, store, newest(store))
    found = {(d.sign, d.record, d.title, d.fields) for d in seen.differences}
    assert found == {
        ("+", gone, "办公室", ()),
        ("-", new, "新处", ()),
        ("~", changed, "信息处", ("duties",)),
    }


def test_a_bad_snapshot_is_said_to_be_bad_and_the_others_are_shown(
    store: WorkspaceStore,
) -> None:
    bad = store.snapshot("manual")
    bad.write_bytes(b"nothing" * 100)
    view = backing_up.look_into(VAULT, newest(store), backing_up.present_of(store))
    assert view.contents is None
    assert view.error is not None
    assert view.error.code == "DB_FOREIGN"


def test_a_restore_and_the_restore_of_what_was_before(store: WorkspaceStore, clock: Clock) -> None:
    add(store, clock, "办公室")
    store.snapshot("manual")
    add(store, clock, "新处")
    instance = store.facts().instance
    backing_up.restore_open(store, newest(store), actor="t", clock=clock)
    assert store.count(ListQuery(OFFICE)) == 1
    assert store.facts().instance != instance
    before = newest(store)
    assert before.reason == "restore"
    backing_up.restore_open(store, before, actor="t", clock=clock)
    assert store.count(ListQuery(OFFICE)) == 2
    assert undo(store, actor="t", clock=clock) is not None
    assert store.count(ListQuery(OFFICE)) == 1


def test_a_copy_has_a_note_beside_it_and_never_replaces_another(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    copies = [
        backing_up.copy_to(
            store, tmp_path / "stick", VAULT, actor="t", clock=clock, language=language
        )
        for language in ("zh", "en")
    ]
    assert len({copy.path for copy in copies}) == 2
    assert copies[0].note.read_bytes().startswith(b"\xef\xbb\xbf")
    told = copies[0].note.read_text(encoding="utf-8-sig")
    assert copies[0].path.name in told
    assert "U 盘" in told
    opened = bootstrap.open_workspace(copies[0].path)
    assert opened.keeping.standing().state == "copied"
    opened.close()


def test_a_snapshot_in_its_folder_keeps_its_moment_and_any_other_file_has_that_of_its_writing(
    store: WorkspaceStore, tmp_path: Path
) -> None:
    path = store.snapshot("manual")
    assert backing_up.snapshot_at(path, VAULT).reason == "manual"
    other = tmp_path / "x.censusdb"
    other.write_bytes(path.read_bytes())
    found = backing_up.snapshot_at(other, VAULT)
    assert abs(found.at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    with pytest.raises(UserError):
        backing_up.snapshot_at(tmp_path / "none", VAULT)


# -- numbering after a restore -----------------------------------------------------------------------------------------


@pytest.fixture
def overtaken(desk: Desk) -> Iterator[WorkspaceStore]:
    """The department's file as of its first package, restored elsewhere after it handed in a second one."""
    file = backing_up.snapshot_at(desk.store.snapshot("manual"), VAULT)
    desk.centre.add_office(desk.store, "三处")
    desk.hand_in()
    path = desk.centre.folder / "new-pc.censusdb"
    backing_up.restore_closed(VAULT, path, file, actor="t", clock=desk.centre.clock)
    store = bootstrap.open_workspace(path)
    yield store
    store.close()


def apply(centre: Centre, store: WorkspaceStore, path: Path) -> str:
    return apply_file(store, path, ApplyDesk(keys=centre.keys, clock=centre.clock, actor="t")).code


def test_a_file_restored_in_its_place_goes_on_with_the_next_number(desk: Desk) -> None:
    file = backing_up.snapshot_at(desk.store.snapshot("manual"), VAULT)
    third = desk.centre.add_office(desk.store, "三处")
    desk.hand_in()
    backing_up.restore_open(desk.store, file, actor="t", clock=desk.centre.clock)
    done = desk.centre.export(desk.store)
    assert done.package.statement.sequence == 3
    assert desk.centre.receive(done).outcome == "merged"
    # The office that went away with the restore is deleted at the centre, not forgotten.
    deleted = [line for line in desk.centre.lines(done) if line["op"] == "delete"]
    assert [line["id"] for line in deleted] == [third]


def test_a_file_restored_alone_exports_nothing_and_hands_nothing_on(
    desk: Desk, overtaken: WorkspaceStore
) -> None:
    with pytest.raises(UserError, match="EXPORT_RESTORED"):
        desk.centre.export(overtaken)
    signer = signer_of(overtaken, desk.centre.keys)
    with pytest.raises(UserError, match="EXPORT_RESTORED"):
        write_contribution(
            overtaken, overtaken.facts().department_code + "01", desk.centre.folder, signer,
            clock=desk.centre.clock, software="t",
        )  # fmt: skip


def test_the_last_receipt_says_how_far_the_numbers_went(
    desk: Desk, overtaken: WorkspaceStore
) -> None:
    desk.receipt("accepted", package=desk.packages[0].package.identity)
    last = desk.receipt("accepted")
    assert apply(desk.centre, overtaken, last.path) == "APPLIED_ACCEPTED"
    assert overtaken.keeping.standing().state == ""
    done = desk.centre.export(overtaken)
    assert done.package.statement.sequence == 3
    assert desk.centre.receive(done).outcome == "merged"


def test_a_receipt_for_an_older_package_settles_nothing(
    desk: Desk, overtaken: WorkspaceStore
) -> None:
    apply(desk.centre, overtaken, desk.packages[1].package.path)
    overtaken.keeping.settle("nothing", "", "t", "2026-12-01T08:00:00Z")
    file = backing_up.snapshot_at(overtaken.snapshot("manual"), VAULT)
    path = desk.centre.folder / "third.censusdb"
    backing_up.restore_closed(VAULT, path, file, actor="t", clock=desk.centre.clock)
    third = bootstrap.open_workspace(path)
    old = desk.receipt("accepted", package=desk.packages[0].package.identity)
    apply(desk.centre, third, old.path)
    state = third.keeping.standing().state
    third.close()
    assert state == "restored"


def test_the_last_package_itself_says_it_too_and_what_it_carried(
    desk: Desk, overtaken: WorkspaceStore
) -> None:
    code = apply(desk.centre, overtaken, desk.packages[1].package.path)
    assert code == "APPLIED_OWN_PACKAGE"
    assert len(overtaken.handed_in()) == len(desk.store.handed_in())
    done = desk.centre.export(overtaken)
    assert done.package.statement.sequence == 3
    received = desk.centre.receive(done)
    assert received.outcome == "merged"


def test_an_own_package_is_taken_by_a_restored_file_only(desk: Desk) -> None:
    with pytest.raises(UserError, match="APPLY_TYPE"):
        apply(desk.centre, desk.store, desk.packages[0].package.path)


def test_a_person_may_say_that_nothing_was_handed_in(
    desk: Desk, overtaken: WorkspaceStore, clock: Clock
) -> None:
    going_on.go_on(overtaken, "nothing", actor="t", clock=clock)
    assert desk.centre.export(overtaken).package.statement.sequence == 2
    with pytest.raises(UserError, match="GOES_ON_ALREADY"):
        going_on.go_on(overtaken, "nothing", actor="t", clock=clock)


def test_a_copy_exports_only_after_it_was_said_to_be_the_one(desk: Desk, clock: Clock) -> None:
    copied = backing_up.copy_to(
        desk.store, desk.centre.folder / "stick", VAULT, actor="t", clock=clock, language="zh"
    )
    copy = bootstrap.open_workspace(copied.path)
    before = copy.facts().instance
    with pytest.raises(UserError, match="EXPORT_COPIED"):
        desk.centre.export(copy)
    receipt = desk.receipt("accepted")
    apply(desk.centre, copy, receipt.path)
    assert copy.keeping.standing().state == "copied", "a receipt does not say which PC goes on"
    going_on.go_on(copy, "moved", actor="t", clock=clock)
    done = desk.centre.export(copy)
    assert (done.package.statement.sequence, copy.facts().instance == before) == (2, False)
    copy.close()


def test_a_restore_does_not_settle_what_was_open(overtaken: WorkspaceStore, clock: Clock) -> None:
    overtaken.snapshot("manual")
    backing_up.restore_open(overtaken, newest(overtaken), actor="t", clock=clock)
    assert overtaken.keeping.standing().state == "restored"


def test_attached_files_go_with_a_copy_and_with_a_restore_elsewhere(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    kept = attachments_folder(store.path)
    kept.mkdir()
    (kept / f"{'a' * 64}.pdf").write_bytes(b"%PDF-1.4 content")
    copied = backing_up.copy_to(
        store, tmp_path / "stick", VAULT, actor="t", clock=clock, language="zh"
    )
    [beside] = attachments_folder(copied.path).iterdir()
    assert beside.read_bytes() == b"%PDF-1.4 content"
    store.snapshot("manual")
    other = tmp_path / "other.censusdb"
    backing_up.restore_closed(VAULT, other, newest(store), actor="t", clock=clock)
    assert [p.name for p in attachments_folder(other).iterdir()] == [beside.name]
