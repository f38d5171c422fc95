"""Attached files: kept under their hash, named by the record, travelling in the package, found again by undo."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.domain.records import RecordId, Unfit
from census_app.domain.safekeeping import Purged
from census_app.errors import EnvironmentProblem, UserError
from census_app.exchange import names
from census_app.exchange.package import TrustAnchors, open_package
from census_app.formspec.attachments import (
    EXTENSIONS,
    MOST_FILES,
    AttachedFile,
    attached_files,
    attachment_value,
)
from census_app.formspec.loader import load_form_set
from census_app.services import attaching, editing
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.purging import plan_purge, purge
from census_app.settings.beside import attachments_folder
from tests.unit.services.conftest import CODES, enrol

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

OFFICE, FIELD = "internal_office", "charter"
ADDED = """
[[field]]
id = "charter"
section = "office"
type = "attachment"
label = { zh = "三定方案", en = "Charter" }
source = "试验"
"""


@pytest.fixture
def store(centre: Centre, tmp_path: Path, clock: Clock) -> Iterator[WorkspaceStore]:
    """A workspace whose form of offices has a field for files."""
    folder = Path(shutil.copytree(forms_dir(), tmp_path / "forms" / "v1"))
    path = folder / f"{OFFICE}.toml"
    path.write_text(path.read_text(encoding="utf-8") + ADDED, encoding="utf-8")
    made = bootstrap.create_workspace(
        centre.folder / "附件.censusdb", department="江苏省第三样例厅", code=CODES[2],
        form_set=load_form_set(folder), clock=clock,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def office(centre: Centre, store: WorkspaceStore) -> RecordId:
    return centre.add_office(store, "法规处")


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def value_of(store: WorkspaceStore, office: RecordId) -> object:
    found = store.record(OFFICE, office)
    assert found is not None
    return found.values.get(FIELD)


def attach(store: WorkspaceStore, office: RecordId, path: Path, clock: Clock) -> AttachedFile:
    kept = attaching.keep_file(store.path, path)
    attaching.attach(store, OFFICE, office, FIELD, [kept], actor="t", clock=clock)
    return kept


def test_a_file_is_kept_under_its_hash_and_named_by_the_record(
    store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    path = write(tmp_path, "盖章页.PDF", b"%PDF charter")
    kept = attach(store, office, path, clock)
    assert (kept.name, kept.ext, kept.size) == ("盖章页.PDF", "pdf", 12)
    assert attached_files(value_of(store, office)) == (kept,)
    stored = attachments_folder(store.path) / kept.stored_name
    assert stored.read_bytes() == b"%PDF charter"
    assert stored.parent.name == "附件.censusdb.attachments"
    path.unlink()
    assert attaching.attached_content(store.path, kept) == b"%PDF charter"
    attach(store, office, write(tmp_path, "再来一次.pdf", b"%PDF charter"), clock)
    assert attached_files(value_of(store, office)) == (kept,)


def test_taking_a_file_off_and_undo_bring_it_back(
    store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    kept = attach(store, office, write(tmp_path, "a.txt", b"a"), clock)
    edit = editing.RecordEditor(store, OFFICE, office, actor="t", clock=clock)
    edit.set_value(FIELD, None)
    assert value_of(store, office) is None
    editing.undo(store, actor="t", clock=clock)
    assert attached_files(value_of(store, office)) == (kept,)
    assert attaching.attached_content(store.path, kept) == b"a"


def test_what_opens_is_a_copy_under_the_name_of_the_file(
    store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    kept = attach(store, office, write(tmp_path, "说明.txt", b"a"), clock)
    lent = attaching.lend_file(store.path, kept, tmp_path / "opened")
    assert lent.name == "说明.txt"
    lent.write_bytes(b"changed")
    assert attaching.attached_content(store.path, kept) == b"a"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"x", "ATTACHMENT_KIND"),
        ("ohne", b"x", "ATTACHMENT_KIND"),
        ("a.pdf", b"", "ATTACHMENT_SIZE"),
    ],
)
def test_what_a_package_cannot_carry_is_refused_at_once(
    store: WorkspaceStore, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(UserError, match=code):
        attaching.keep_file(store.path, write(tmp_path, name, content))
    assert not attachments_folder(store.path).exists()


def test_one_field_takes_no_more_than_twenty_files(
    store: WorkspaceStore, office: RecordId, clock: Clock
) -> None:
    many = [
        AttachedFile(size=1, ext="txt", name="a.txt", sha256=f"{n:064x}")
        for n in range(MOST_FILES + 1)
    ]
    with pytest.raises(UserError, match="ATTACHMENT_MANY"):
        attaching.attach(store, OFFICE, office, FIELD, many, actor="t", clock=clock)
    assert value_of(store, office) is None


def test_a_content_that_changed_is_never_passed_off_as_the_file(
    store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    kept = attach(store, office, write(tmp_path, "a.txt", b"a"), clock)
    (attachments_folder(store.path) / kept.stored_name).write_bytes(b"b")
    with pytest.raises(UserError, match="ATTACHMENT_GONE"):
        attaching.lend_file(store.path, kept, tmp_path / "opened")


def test_files_travel_in_the_package_under_the_signature(
    centre: Centre, store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    (own,) = store.stream_records("department")
    centre.put(store, "department", own.id, org_kind="government")
    enrol(store, centre.catalogue, centre.folder, clock)
    content = b"%PDF charter"
    kept = attach(store, office, write(tmp_path, "三定方案.pdf", content), clock)
    done = centre.export(store)
    trust = TrustAnchors.from_file(centre.stick / "root.crt")
    with open_package(done.package.path, trust, now=clock.now()) as package:
        (listed,) = package.description.attachments
        assert (listed.name, listed.sha256) == ("三定方案.pdf", hashlib.sha256(content).hexdigest())
        assert package.read_file(f"data/attachments/{kept.stored_name}") == content
    (attachments_folder(store.path) / kept.stored_name).unlink()
    with pytest.raises(UserError, match="ATTACHMENT_GONE"):
        centre.export(store)


# -- removing one that must not be here --------------------------------------------------------------------------------


def purged(store: WorkspaceStore, office: RecordId, clock: Clock, opened: Path) -> Purged:
    plan = plan_purge(store, OFFICE, office, FIELD)
    done = purge(store, plan, actor="t", clock=clock, opened=opened)
    assert plan.kept == done.kept
    return done


def test_a_purged_file_goes_with_the_copies_that_were_opened(
    store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    kept = attach(store, office, write(tmp_path, "a.pdf", b"%PDF Tango-7731"), clock)
    other = attaching.keep_file(store.path, write(tmp_path, "b.pdf", b"%PDF other"))
    opened = tmp_path / "opened"
    lent = [attaching.lend_file(store.path, f, opened / "17") for f in (kept, other)]
    assert purged(store, office, clock, opened).kept == ()
    left = [path.name for path in attachments_folder(store.path).iterdir()]
    assert left == [other.stored_name]
    assert [path.exists() for path in lent] == [False, True]


def test_a_file_that_another_record_names_stays_and_the_record_is_named(
    centre: Centre, store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    other = centre.add_office(store, "综合处")
    kept = attach(store, office, write(tmp_path, "a.pdf", b"%PDF"), clock)
    attach(store, other, tmp_path / "a.pdf", clock)
    assert purged(store, office, clock, tmp_path / "opened").kept == ("综合处",)
    assert attaching.attached_content(store.path, kept) == b"%PDF"
    assert purged(store, other, clock, tmp_path / "opened").kept == ()
    assert not list(attachments_folder(store.path).iterdir())


def test_a_file_that_cannot_be_removed_is_not_forgotten(
    store: WorkspaceStore, office: RecordId, tmp_path: Path, clock: Clock
) -> None:
    kept = attach(store, office, write(tmp_path, "a.pdf", b"%PDF"), clock)
    stored = attachments_folder(store.path) / kept.stored_name
    stored.unlink()
    stored.mkdir()  # cannot be opened as a file, whoever runs the test
    with pytest.raises(EnvironmentProblem):
        purged(store, office, clock, tmp_path / "opened")
    assert attached_files(value_of(store, office)) == (kept,)


def test_what_was_lent_is_taken_back_at_the_end(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    for name in ("17", "18", "19"):
        write_deep(opened / name / "abcd", "a.txt")
    os.utime(opened / "19", (0, 0))
    attaching.take_back(opened, "17", time.time())
    assert [path.name for path in opened.iterdir()] == ["18"]
    attaching.take_back(tmp_path / "none", "17", time.time())


def write_deep(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    write(folder, name, b"x")


@pytest.mark.parametrize("text", ["有", "[]", '[{"name":"a"}]', "{}"])
def test_a_text_that_names_no_files_does_not_fit(
    store: WorkspaceStore, office: RecordId, clock: Clock, text: str
) -> None:
    edit = editing.RecordEditor(store, OFFICE, office, actor="t", clock=clock)
    assert edit.set_text(FIELD, text).values[FIELD] == Unfit(text)


def test_a_value_has_one_spelling_and_no_file_twice() -> None:
    file = AttachedFile(size=1, ext="pdf", name="甲.pdf", sha256="ab" * 32)
    assert attachment_value([file]) == (
        f'[{{"bytes":1,"ext":"pdf","name":"甲.pdf","sha256":"{"ab" * 32}"}}]'
    )
    assert attachment_value([]) is None
    with pytest.raises(ValueError, match="repeats"):
        attached_files(attachment_value([file, file]))


@pytest.mark.parametrize("ext", EXTENSIONS)
def test_every_kind_that_can_be_attached_has_a_place_in_a_package(ext: str) -> None:
    assert names.is_known_path(f"data/attachments/{'ab' * 32}.{ext}", "submission")
