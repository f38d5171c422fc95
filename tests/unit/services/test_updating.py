"""A newer program from a file: compared with what was published, files saved before, nothing changed by a refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.errors import CensusError, DataProblem, UserError
from census_app.services.updating import go_back, look_at, update
from census_app.settings.files import file_sha256
from census_app.settings.installation import Installation
from tests.unit.settings.test_installation import archive

CODE = "11320000990000017P"


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    made = Installation(tmp_path / "program")
    made.switch_to(made.add(archive(tmp_path / "old.tar.gz", version="1.0.0")))
    return made


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    return archive(tmp_path / "census-2.0.0.tar.gz", version="2.0.0")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "office.censusdb"
    bootstrap.create_workspace(path, department="示例厅", code=CODE).close()
    return path


def publish(path: Path, digest: str = "") -> None:
    line = f"{digest or file_sha256(path)}  {path.name}\n"
    (path.parent / "SHA256SUMS").write_text(f"{'0' * 64}  other.deb\n{line}")


def test_an_update_saves_the_files_and_can_be_taken_back(
    place: Installation, newer: Path, workspace: Path
) -> None:
    publish(newer)
    opener = bootstrap.Services(actor="li")
    gone = workspace.with_name("gone.censusdb")
    done = update(newer, place, [workspace, gone], opener, present="1.0.0")
    assert (done.version, done.before, place.running) == ("2.0.0", "1.0.0", "2.0.0")
    assert [path.name.endswith("-update.censusdb") for path in done.snapshots] == [True]
    assert done.snapshots[0].is_file()
    assert go_back(place).version == place.running == "1.0.0"


def test_the_published_hash_may_be_typed_in_groups(newer: Path) -> None:
    offer = look_at(newer, "1.0.0")
    assert (offer.version, offer.published, offer.older) == ("2.0.0", False, False)
    assert look_at(newer, "10.0.0", given=offer.sha256.upper()).published
    assert look_at(newer, "10.0.0").older


def test_another_file_than_the_published_one_is_refused(
    place: Installation, newer: Path, workspace: Path
) -> None:
    publish(newer, "ab" * 32)
    opener = bootstrap.Services(actor="li")
    with pytest.raises(DataProblem) as told:
        update(newer, place, [workspace], opener, present="1.0.0")
    assert told.value.code == "UPDATE_HASH"
    assert place.versions() == ["1.0.0"]
    assert not list(workspace.parent.rglob("*-update.censusdb"))


@pytest.mark.parametrize(
    ("given", "code"), [("", "UPDATE_UNPUBLISHED"), ("abcd", "UPDATE_HASH_FORM")]
)
def test_what_cannot_be_compared_is_not_installed(
    place: Installation, newer: Path, given: str, code: str
) -> None:
    with pytest.raises(UserError) as told:
        update(newer, place, [], bootstrap.Services(actor="li"), given=given, present="1.0.0")
    assert told.value.code == code
    assert place.versions() == ["1.0.0"]


def test_a_file_that_is_open_stops_the_update(
    place: Installation, newer: Path, workspace: Path
) -> None:
    publish(newer)
    services = bootstrap.Services(actor="li")
    store = services.open_any(workspace)
    try:
        with pytest.raises(CensusError) as told:
            update(newer, place, [workspace], services, present="1.0.0")
    finally:
        store.close()
    assert told.value.code == "DB_LOCKED"
    assert (place.running, place.versions()) == ("1.0.0", ["1.0.0"])


def test_a_program_that_was_not_installed_so_says_what_to_do(newer: Path) -> None:
    services = bootstrap.Services(actor="li")
    acts: tuple[Callable[[], object], ...] = (
        lambda: update(newer, None, [], services, present="1.0.0"),
        lambda: go_back(None),
    )
    for act in acts:
        with pytest.raises(UserError) as told:
            act()
        assert told.value.code == "UPDATE_PLACE"


def test_there_may_be_nothing_to_go_back_to(place: Installation) -> None:
    with pytest.raises(UserError) as told:
        go_back(place)
    assert told.value.code == "UPDATE_ALONE"


@pytest.mark.parametrize(("version", "code"), [("0.9.0", "UPDATE_OLDER"), ("1.0.0", "UPDATE_SAME")])
def test_what_is_no_newer_is_not_installed_and_nothing_is_saved(
    place: Installation, workspace: Path, tmp_path: Path, version: str, code: str
) -> None:
    file = archive(tmp_path / "census-x.tar.gz", version=version)
    publish(file)
    with pytest.raises(UserError) as told:
        update(file, place, [workspace], bootstrap.Services(actor="li"), present="1.0.0")
    assert told.value.code == code
    assert (place.running, place.versions()) == ("1.0.0", ["1.0.0"])
    assert not list(workspace.parent.rglob("*-update.censusdb"))
