"""The BagIt tag files: determined by the signed list, so recomputed and compared, never parsed (security §1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from census_app.exchange import names
from census_app.exchange.refusals import TagFileMismatch

if TYPE_CHECKING:
    from census_app.exchange.statement import ListedFile, Statement

BAGIT_TEXT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def bag_info(package: str, payload: Iterable[ListedFile]) -> bytes:
    """Return `bag-info.txt`."""
    sizes = [each.size for each in payload]
    text = f"External-Identifier: {package}\nPayload-Oxum: {sum(sizes)}.{len(sizes)}\n"
    return text.encode("ascii")


def manifest(hashes: Iterable[tuple[str, str]]) -> bytes:
    """Return a manifest from pairs of path and hex hash, in path order."""
    return "".join(f"{value}  {path}\n" for path, value in sorted(hashes)).encode("ascii")


def tag_files(package: str, payload: list[ListedFile]) -> dict[str, bytes]:
    """Return the tag files of a package by path, without the tag manifest.

    Args:
        package: Name of the package.
        payload: The files below `data/`; where they carry SM3 hashes, there is a manifest of these too.
    """
    gm = [(each.path, each.sm3) for each in payload if each.sm3 is not msgspec.UNSET]
    found = {
        names.BAG_INFO: bag_info(package, payload),
        names.BAGIT: BAGIT_TEXT,
        names.MANIFEST: manifest((each.path, each.sha256) for each in payload),
    }
    return {**found, names.MANIFEST_GM: manifest(gm)} if gm else found


def tag_manifest(tags: dict[str, bytes]) -> bytes:
    """Return `tagmanifest-sha256.txt` over the tag files."""
    return manifest((path, hashlib.sha256(content).hexdigest()) for path, content in tags.items())


def check_tag_files(statement: Statement, found_manifest: bytes) -> None:
    """Refuse tag files that are not the ones the statement determines.

    Their bytes need not have been read: the signed list already says their hashes.

    Raises:
        TagFileMismatch: One differs.
    """
    payload = [each for each in statement.files if each.path.startswith("data/")]
    listed = {each.path: each for each in statement.files}
    tags = tag_files(statement.package, payload)
    for path, content in tags.items():
        entry = listed[path]
        if (entry.size, entry.sha256) != (len(content), hashlib.sha256(content).hexdigest()):
            raise TagFileMismatch(path)
    expected = tag_manifest(tags)
    if found_manifest != expected:
        raise TagFileMismatch(names.TAG_MANIFEST)
    if statement.tagmanifest_sha256 != hashlib.sha256(expected).hexdigest():
        raise TagFileMismatch(names.TAG_MANIFEST, "tagmanifest_sha256")
