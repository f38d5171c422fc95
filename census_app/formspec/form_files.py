"""The files of a form set by their paths: which there may be, and the hash that names all of them together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_VERSION = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE = re.compile(r"[a-z0-9_-]{1,48}\.toml|choices/[a-z0-9_-]{1,48}\.(toml|csv)")
"""Names that `exchange.names` admits below `data/formset/`, and that a form set has a use for."""

MAX_FILES: Final = 300
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
MAX_BYTES: Final = 16 * 1024 * 1024


def is_version(text: str) -> bool:
    """Say whether a text is the name of a form set's version; such a name is also a safe folder name."""
    return _VERSION.fullmatch(text) is not None and ".." not in text


def fingerprint_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over the names and bytes of a form set's files, in path order; CRLF counts as LF."""
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def fingerprint(folder: Path) -> str:
    """Return the fingerprint of the form set in a folder."""
    return fingerprint_of(read_files(folder))


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a form set by their paths below the folder, as a trust bundle delivers them."""
    found = [*folder.glob("*.toml"), *folder.glob("choices/*.toml"), *folder.glob("choices/*.csv")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


def faults_of(files: Mapping[str, bytes]) -> Iterator[tuple[str, str, str]]:
    """Yield (code, file, detail) of every name and size that no form set may have."""
    if len(files) > MAX_FILES:
        yield ("TOO_BIG", "formset.toml", f"{len(files)} files, at most {MAX_FILES}")
    if sum(map(len, files.values())) > MAX_BYTES:
        yield ("TOO_BIG", "formset.toml", f"more than {MAX_BYTES} bytes together")
    for name, content in files.items():
        if _FILE.fullmatch(name) is None:
            yield ("BAD_NAME", ascii(name)[1:-1][:96], "no file of a form set")
        elif len(content) > MAX_FILE_BYTES:
            yield ("TOO_BIG", name, f"{len(content)} bytes, at most {MAX_FILE_BYTES}")
