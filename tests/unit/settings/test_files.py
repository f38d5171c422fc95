"""A file is written wholly or not at all, and its name is one every system takes."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from census_app.errors import DataProblem, EnvironmentProblem
from census_app.settings.files import (
    atomic_write,
    copy_file,
    erase,
    file_problem,
    file_sha256,
    free_name,
    safe_file_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = "普查".encode() * 100_000


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize("data", [BODY, [BODY[:7], BODY[7:]], [], b""])
def test_content_and_hash_are_those_given(tmp_path: Path, data: bytes | list[bytes]) -> None:
    whole = data if isinstance(data, bytes) else b"".join(data)
    path = tmp_path / "a.pdf"

    digest = atomic_write(path, data)

    assert path.read_bytes() == whole
    assert digest == hashlib.sha256(whole).hexdigest() == file_sha256(path)
    assert names_in(tmp_path) == ["a.pdf"]


def test_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")

    atomic_write(path, b"new")

    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights elsewhere")
def test_rights_are_those_asked_for_from_the_first_byte_on(tmp_path: Path) -> None:
    seen: list[int] = []

    def parts() -> Iterator[bytes]:
        (temporary,) = [path for path in tmp_path.iterdir() if path.suffix == ".part"]
        seen.append(stat.S_IMODE(temporary.stat().st_mode))
        yield b"secret"

    atomic_write(tmp_path / "key.pem", parts(), mode=0o600)

    assert [*seen, stat.S_IMODE((tmp_path / "key.pem").stat().st_mode)] == [0o600, 0o600]


def test_old_file_survives_a_source_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")

    def parts() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        atomic_write(path, parts())

    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.pdf"]


def test_old_file_survives_a_check_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")
    seen: list[bytes] = []

    def check(temporary: Path) -> None:
        seen.append(temporary.read_bytes())
        raise DataProblem("RECORD")

    with pytest.raises(DataProblem):
        atomic_write(path, b"new", check=check)

    assert seen == [b"new"]
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.pdf"]


def _failing(number: int) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("call", "number", "code"),
    [
        ("os.fsync", errno.ENOSPC, "FILE_DISK_FULL"),
        ("os.fsync", errno.EIO, "FILE_IO"),
        ("os.open", errno.EACCES, "FILE_DENIED"),
        ("os.open", errno.EROFS, "FILE_DENIED"),
        ("pathlib.Path.replace", errno.EISDIR, "FILE_IS_FOLDER"),
        ("pathlib.Path.replace", errno.EPERM, "FILE_DENIED"),
    ],
)
def test_old_file_survives_every_failing_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")
    monkeypatch.setattr(call, _failing(number))

    with pytest.raises(EnvironmentProblem) as caught:
        atomic_write(path, b"new")
    monkeypatch.undo()

    assert caught.value.code == code
    assert caught.value.params["path"] == str(path)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.pdf"]


def test_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(OSError, match="space") as caught:
        full.write_bytes(b"x")

    assert file_problem(caught.value, tmp_path).code == "FILE_DISK_FULL"


def test_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        atomic_write(tmp_path / "none" / "a.pdf", b"x")

    assert caught.value.code == "FOLDER_MISSING"


def test_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").mkdir()

    with pytest.raises(EnvironmentProblem) as caught:
        atomic_write(tmp_path / "a.pdf", b"x")

    assert caught.value.code == "FILE_IS_FOLDER"
    assert names_in(tmp_path) == []


def test_disk_that_lies_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    real = Path.replace

    def lying(self: Path, target: Path) -> Path:
        moved = real(self, target)
        target.write_bytes(b"nEw")
        return moved

    monkeypatch.setattr(Path, "replace", lying)

    with pytest.raises(EnvironmentProblem) as caught:
        atomic_write(path, b"new")

    assert caught.value.code == "WRITE_DIFFERS"


def test_file_and_folder_are_synced_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append("replace")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)

    atomic_write(tmp_path / "a.pdf", b"x")

    assert done == ["file", "replace", "folder"]


def test_free_name_counts_up(tmp_path: Path) -> None:
    path = tmp_path / "cover.pdf"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "cover (2).pdf").touch()

    assert free_name(path) == tmp_path / "cover (3).pdf"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("目录.pdf", "目录.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x", "C__x"),
        ("a:b", "a_b"),
        ('<>:"/\\|?*', "_________"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("nul .txt", "_nul .txt"),
        ("COM¹", "_COM¹"),
        ("LPT9.tar.gz", "_LPT9.tar.gz"),
        ("CONIN$", "_CONIN$"),
        ("console.txt", "console.txt"),
        ("a\x00b\x1fc", "a_b_c"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\ud800b", "a_b"),
        ("name. . ", "name"),
        (".hidden", "hidden"),
        ("..", "file"),
        ("", "file"),
        (" \u3000", "file"),
        ("e\u0301", "é"),
    ],
)
def test_name_becomes_safe(text: str, name: str) -> None:
    assert safe_file_name(text) == name


def test_long_name_keeps_its_extension_and_whole_characters() -> None:
    name = safe_file_name("汉" * 300 + ".pdf")

    assert name == "汉" * 38 + ".pdf"
    assert len(safe_file_name("汉" * 300).encode()) == 120


@given(st.text(max_size=200))
@example("con" + " " * 200 + "x")
@example("." * 130)
@example("a." + "b" * 200)
def test_any_text_becomes_a_name_that_can_be_written_and_stays(text: str) -> None:
    name = safe_file_name(text)

    assert 0 < len(name.encode()) <= 120
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert not set(name) & set('<>:"/\\|?*\x00')
    assert safe_file_name(name) == name


def test_a_file_is_overwritten_in_its_place_before_it_goes(tmp_path: Path) -> None:
    path, other_name = tmp_path / "secret.pdf", tmp_path / "same-blocks"
    path.write_bytes(BODY)
    other_name.hardlink_to(path)  # what the blocks hold afterwards
    erase(path)
    assert not path.exists()
    assert other_name.read_bytes() == bytes(len(BODY))


def test_a_copy_names_the_file_that_stands_in_the_way(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "none" / "b"
    with pytest.raises(EnvironmentProblem) as missing:
        copy_file(source, tmp_path / "b")
    source.write_bytes(BODY)
    with pytest.raises(EnvironmentProblem) as nowhere:
        copy_file(source, target)
    assert [each.value.params["path"] for each in (missing, nowhere)] == [str(source), str(target)]
    assert copy_file(source, tmp_path / "b") == hashlib.sha256(BODY).hexdigest()
