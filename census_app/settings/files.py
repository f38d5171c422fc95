"""Write files so that they survive a power cut, and name them so that every system takes the name (security §8, §9).

Everything the program writes outside a database goes through `atomic_write`. Standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Final

from census_app.errors import EnvironmentProblem

_BLOCK: Final = 1 << 20
_TRIES: Final = 10
_NAME_BYTES: Final = 120
_FORBIDDEN: Final = re.compile('[<>:"/\\\\|?*\x00-\x1f\x7f-\x9f]')
_DEVICE: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])", re.IGNORECASE
)
_NOT_SHOWN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories without a shape of their own: direction marks, surrogates, unassigned."""

_CODES: Final = {
    errno.ENOSPC: "FILE_DISK_FULL",
    errno.EDQUOT: "FILE_DISK_FULL",
    errno.EFBIG: "FILE_DISK_FULL",
    errno.EACCES: "FILE_DENIED",
    errno.EPERM: "FILE_DENIED",
    errno.EROFS: "FILE_DENIED",
    errno.ENOENT: "FOLDER_MISSING",
    errno.ENOTDIR: "FOLDER_MISSING",
    errno.EISDIR: "FILE_IS_FOLDER",
    errno.ENAMETOOLONG: "NAME_TOO_LONG",
}


def atomic_write(
    path: Path,
    data: bytes | Iterable[bytes],
    *,
    mode: int | None = None,
    check: Callable[[Path], None] | None = None,
) -> str:
    """Write a file wholly or not at all, and return only when it is on the disk.

    The recipe: a temporary file in the same folder, write, flush, fsync, replace, fsync the folder, read again and
    compare the hash. An older file of this name survives every failure.

    Args:
        path: The file to make or replace; its folder exists.
        data: The content, whole or in parts.
        mode: Permission bits, such as `0o600` for a key; None takes what the system gives new files.
        check: Looks at the temporary file before it gets its name; what it raises leaves the old file in place.

    Returns:
        SHA-256 of the content, lower-case hex.

    Raises:
        EnvironmentProblem: `FILE_DISK_FULL`, `FILE_DENIED`, `FOLDER_MISSING`, `FILE_IS_FOLDER`, `NAME_TOO_LONG`,
            `FILE_BUSY`, `WRITE_DIFFERS` or `FILE_IO`.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        digest = _write_synced(temporary, data, mode)
        if check is not None:
            check(temporary)
        _replace(temporary, path)
        sync_folder(path.parent)
        if file_sha256(path) != digest:
            raise EnvironmentProblem("WRITE_DIFFERS", path=str(path))
    except OSError as error:
        raise file_problem(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return digest


def copy_file(source: Path, target: Path) -> str:
    """Copy a file as `atomic_write` writes one, and return the SHA-256 of its content, lower-case hex.

    Raises:
        EnvironmentProblem: Codes of `atomic_write`, for whichever of the two it is.
    """
    try:
        with source.open("rb") as file:
            return atomic_write(target, iter(lambda: file.read(_BLOCK), b""))
    except OSError as error:
        raise file_problem(error, source) from error


def erase(path: Path) -> None:
    """Overwrite a file in its place, on the disk, then remove it: its blocks hold nothing any more.

    A disk that spreads its writes, or a file system that copies on writing, may keep the old blocks all the same.

    Raises:
        EnvironmentProblem: As `atomic_write`.
    """
    try:
        with path.open("r+b") as file:
            overwrite(file)
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise file_problem(error, path) from error


def overwrite(file: BinaryIO) -> None:
    """Write zeros over all that an open file holds; truncating it would let its blocks go as they are."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    for start in range(0, size, _BLOCK):
        file.write(bytes(min(_BLOCK, size - start)))
    file.flush()
    os.fsync(file.fileno())


def file_problem(error: OSError, path: Path) -> EnvironmentProblem:
    """Translate an error of the operating system about a file."""
    code = _CODES.get(error.errno or 0, "FILE_IO")
    return EnvironmentProblem(code, path=str(path), detail=error.strerror or type(error).__name__)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free_name(path: Path) -> Path:
    """Return the path, or where it is taken the first free one of the form `name (2).ext`."""
    number, candidate = 1, path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate


def _write_synced(temporary: Path, data: bytes | Iterable[bytes], mode: int | None) -> str:
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666 if mode is None else mode)
    with os.fdopen(descriptor, "wb") as file:
        for part in (data,) if isinstance(data, bytes) else data:
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _replace(temporary: Path, path: Path) -> None:
    """Give the file its name; on Windows a virus scanner, Explorer or Excel may hold the old one for a moment."""
    for attempt in range(_TRIES):
        try:
            temporary.replace(path)
        except PermissionError as error:
            if os.name != "nt":
                raise
            if attempt == _TRIES - 1:
                raise EnvironmentProblem("FILE_BUSY", path=str(path)) from error
            time.sleep(0.02 * 2**attempt)
        else:
            return


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows knows no such call (security §8)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def safe_file_name(text: str) -> str:
    """Return a file name every supported system takes, as near to the text as possible (security §9 N1-N5).

    Args:
        text: What a person would call the file, extension included; a path is not kept as one.

    Returns:
        NFC, at most 120 bytes of UTF-8 with the extension kept, never blank, never a device, never hidden.
    """
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text))
    name = "".join("_" if unicodedata.category(each) in _NOT_SHOWN else each for each in name)
    name = name.strip(" .\u3000\u00a0") or "file"
    name = _shorten(name)
    if _DEVICE.fullmatch(name.split(".", 1)[0].rstrip()):
        name = _shorten("_" + name)
    return name


def _shorten(name: str) -> str:
    if len(name.encode()) <= _NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or not 0 < len(extension.encode()) <= 10:
        stem, dot, extension = name, "", ""
    room = _NAME_BYTES - len((dot + extension).encode())
    kept = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return kept + dot + extension
