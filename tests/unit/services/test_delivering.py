"""Putting a package where it shall go: whole and read back, or nothing; each thing that can fail, once."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from census_app.errors import EnvironmentProblem
from census_app.services import delivering
from census_app.services.delivering import Signed, deliver, require_room, sign
from census_app.services.enrolling import signer_of
from census_app.services.ports import WorkspaceStore
from census_app.settings import files as files_module
from census_app.settings.beside import outbox_of
from census_app.settings.drives import Drive

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

PASSPHRASE = "a long passphrase for tests"  # noqa: S105


@pytest.fixture
def store(centre: Centre) -> WorkspaceStore:
    return centre.department()


@pytest.fixture
def signed(centre: Centre, store: WorkspaceStore) -> Signed:
    signer = signer_of(store, centre.keys)
    signer.unlock(PASSPHRASE)
    return sign(store, signer, clock=centre.clock, software="t", language="zh", actor="李四")


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the computer takes for a stick."""
    made = tmp_path / "KINGSTON"
    made.mkdir()
    plug(monkeypatch, Drive(made, "KINGSTON"))
    return made


def plug(monkeypatch: pytest.MonkeyPatch, *drives: Drive) -> None:
    monkeypatch.setattr(delivering, "removable_drives", lambda: list(drives))


def test_a_signed_package_stays_beside_the_file_and_a_copy_goes_out(
    signed: Signed, store: WorkspaceStore, stick: Path
) -> None:
    assert signed.done.package.path.parent == outbox_of(store.path)
    assert store.acts()[-1].actor == "李四"
    delivered = deliver(signed.files, stick, stick=stick)
    assert delivered.stick
    assert [p.read_bytes() for p in delivered.files] == [p.read_bytes() for p in signed.files]
    assert {p.name for p in stick.iterdir()} == {p.name for p in signed.files}
    assert delivered.bytes == sum(p.stat().st_size for p in signed.files)
    again = deliver(signed.files, stick / "深层" / "文件夹", stick=stick)
    assert all(p.is_file() for p in again.files)


def test_a_package_can_be_delivered_to_the_folder_it_lies_in(signed: Signed) -> None:
    folder = signed.done.package.path.parent
    delivered = deliver(signed.files, folder)
    assert delivered.files == signed.files
    assert not delivered.stick


def test_a_stick_that_is_not_there_is_told_before_anything_is_signed(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(monkeypatch)
    with pytest.raises(EnvironmentProblem, match="STICK_GONE"):
        require_room(stick, 0, stick)


def test_a_write_protected_stick_is_told(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, Drive(stick, "KINGSTON", read_only=True))
    with pytest.raises(EnvironmentProblem, match="STICK_READ_ONLY"):
        require_room(stick, 0, stick)


def test_a_folder_that_may_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_a: False)
    with pytest.raises(EnvironmentProblem, match="DESTINATION_DENIED"):
        require_room(tmp_path, 0)


def test_a_full_stick_is_told_with_what_is_missing(
    signed: Signed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "free_bytes", lambda _folder: 512)
    with pytest.raises(EnvironmentProblem, match="DESTINATION_FULL") as caught:
        deliver(signed.files, stick, stick=stick)
    assert caught.value.params["free"] == 512
    assert list(stick.iterdir()) == []


def test_a_disk_that_fills_up_while_writing_leaves_nothing_half(
    signed: Signed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = files_module._write_synced, 0

    def full(*arguments: Any) -> str:
        nonlocal calls
        calls += 1
        if calls == 2:  # the cover, after the package
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(files_module, "_write_synced", full)
    with pytest.raises(EnvironmentProblem, match="FILE_DISK_FULL"):
        deliver(signed.files, stick, stick=stick)
    assert list(stick.iterdir()) == []
    assert all(p.is_file() for p in signed.files)


def test_a_stick_pulled_out_while_writing_is_told_as_that(
    signed: Signed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulled(*_arguments: Any) -> str:
        plug(monkeypatch)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files_module, "_write_synced", pulled)
    with pytest.raises(EnvironmentProblem, match="STICK_GONE"):
        deliver(signed.files, stick, stick=stick)


def test_a_stick_pulled_out_before_it_was_said_to_be_safe_is_told(
    signed: Signed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = delivering._read_back

    def pulled(target: Path, digest: str) -> None:
        real(target, digest)
        plug(monkeypatch)

    monkeypatch.setattr(delivering, "_read_back", pulled)
    with pytest.raises(EnvironmentProblem, match="STICK_GONE"):
        deliver(signed.files, stick, stick=stick)


def test_what_comes_back_different_is_not_called_written(
    signed: Signed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "file_sha256", lambda _path: "0" * 64)
    with pytest.raises(EnvironmentProblem, match="READ_BACK"):
        deliver(signed.files, stick, stick=stick)
    assert list(stick.iterdir()) == []


def test_an_older_copy_survives_a_failure(
    signed: Signed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = stick / signed.files[0].name
    old.write_bytes(b"old")

    def full(*_arguments: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files_module, "_write_synced", full)
    with pytest.raises(EnvironmentProblem, match="FILE_DISK_FULL"):
        deliver(signed.files, stick, stick=stick)
    assert old.read_bytes() == b"old"
