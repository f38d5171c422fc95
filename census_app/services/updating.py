"""Bring a newer program from a file: compare it with what was published, snapshot the files, then switch (ADR 0127)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from census_app.errors import DataProblem, UserError
from census_app.services.progress import Progress
from census_app.settings.files import file_problem, file_sha256
from census_app.settings.installation import Installation, order_of, read_version

SUMS: Final = "SHA256SUMS"
"""The list of published hashes, as `sha256sum` writes it."""
_SUMS_BYTES: Final = 1 << 16
_LINE: Final = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*)")
_GROUP: Final = 4


class Snapshotted(Protocol):
    """A file that was opened in order to be saved once more."""

    def snapshot(self, reason: str) -> Path:
        """Write a snapshot and return where it lies."""

    def close(self) -> None:
        """Release the file."""


class Opener(Protocol):
    """What opens a workspace or a catalogue."""

    def open_any(self, path: Path) -> Snapshotted:
        """Open a file as what it is."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a file would bring.

    Attributes:
        version: The version it says it holds.
        present: The version that runs.
        sha256: Hash of the file, in groups of four.
        published: A list of published hashes was beside it or a hash was given, and it agrees.
    """

    version: str
    present: str
    sha256: str
    published: bool

    @property
    def older(self) -> bool:
        """Whether it is older than what runs."""
        return order_of(self.version) < order_of(self.present)


@dataclass(frozen=True, slots=True)
class Updated:
    """What was done.

    Attributes:
        before: Version that ran before.
        snapshots: Where each file was saved once more.
    """

    version: str
    before: str
    snapshots: tuple[Path, ...]


def look_at(archive: Path, present: str, *, given: str = "") -> Offer:
    """Say what an archive would bring, without believing it.

    Args:
        present: The version that runs.
        given: The published SHA-256, typed from paper or a website; blanks and case do not matter.

    Raises:
        UserError: `FILE_MISSING`, `UPDATE_HASH_FORM`.
        DataProblem: `UPDATE_ARCHIVE`; `UPDATE_HASH`, it is not the file that was published.
        EnvironmentProblem: Codes of `settings.files`.
    """
    if not archive.is_file():
        raise UserError("FILE_MISSING", path=str(archive))
    try:
        digest = file_sha256(archive)
    except OSError as error:
        raise file_problem(error, archive) from error
    wanted = _plain(given) if given.strip() else _published(archive)
    if wanted and not hmac.compare_digest(wanted, digest):
        raise DataProblem(
            "UPDATE_HASH", path=archive.name, found=grouped(digest), wanted=grouped(wanted)
        )
    return Offer(read_version(archive), present, grouped(digest), published=bool(wanted))


def update(
    archive: Path,
    place: Installation | None,
    files: Sequence[Path],
    opener: Opener,
    *,
    given: str = "",
    present: str,
    progress: Progress | None = None,
) -> Updated:
    """Save every file once more, put the new version beside the old one, and let it be started from now on.

    Args:
        place: Where this program is installed; None when it came another way.
        files: Workspaces and catalogues of this computer; none of them is open. One that is gone is left out.

    Raises:
        UserError: `UPDATE_PLACE`, this program was not installed from an archive; `UPDATE_UNPUBLISHED`, nothing says
            that the file is genuine; `UPDATE_SAME`; `UPDATE_OLDER`; codes of `look_at`.
        DataProblem: Codes of `look_at`, `UPDATE_SELFTEST`.
        EnvironmentProblem: `DB_LOCKED`, one of the files is open; codes of `settings.files`. Nothing has changed then.
    """
    progress = progress or Progress()
    if place is None:
        raise UserError("UPDATE_PLACE")
    offer = look_at(archive, present, given=given)
    refuse_no_newer(offer, place)
    if not offer.published:
        raise UserError("UPDATE_UNPUBLISHED", path=archive.name, sha256=offer.sha256)
    there = [file for file in files if file.is_file()]
    snapshots = []
    for number, file in enumerate(there):
        progress.step(number, len(there) + 1)
        snapshots.append(_save(file, opener))
    version = place.add(archive)
    before = place.running
    place.switch_to(version)
    place.prune(besides=before)
    progress.step(len(there) + 1, len(there) + 1)
    return Updated(version, before, tuple(snapshots))


def refuse_no_newer(offer: Offer, place: Installation) -> None:
    """Refuse a version that is here already, or one older than what runs.

    Raises:
        UserError: `UPDATE_SAME`, `UPDATE_OLDER`.
    """
    if offer.version == offer.present or offer.version in place.versions():
        raise UserError("UPDATE_SAME", version=offer.version)
    if offer.older:
        raise UserError("UPDATE_OLDER", version=offer.version, present=offer.present)


def go_back(place: Installation | None) -> Updated:
    """Let the version before the running one be started again.

    Raises:
        UserError: `UPDATE_PLACE`; `UPDATE_ALONE`, there is no other version here.
        EnvironmentProblem: Codes of `settings.files`.
    """
    if place is None:
        raise UserError("UPDATE_PLACE")
    running, other = place.running, other_version(place)
    if not other:
        raise UserError("UPDATE_ALONE", version=running)
    place.switch_to(other)
    return Updated(other, running, ())


def other_version(place: Installation) -> str:
    """Return the version that `go_back` would let be started; empty when there is none."""
    return next((each for each in reversed(place.versions()) if each != place.running), "")


def grouped(digest: str) -> str:
    """Return a hash in groups of four, as it is read out and compared."""
    return " ".join(digest[at : at + _GROUP] for at in range(0, len(digest), _GROUP))


def _save(file: Path, opener: Opener) -> Path:
    store = opener.open_any(file)
    try:
        return store.snapshot("update")
    finally:
        store.close()


def _plain(given: str) -> str:
    text = "".join(given.split()).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise UserError("UPDATE_HASH_FORM", given=given)
    return text


def _published(archive: Path) -> str:
    """Return the hash that the list beside the archive states for it; empty without a list or a line."""
    try:
        with (archive.parent / SUMS).open("rb") as file:
            text = file.read(_SUMS_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    for line in text.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found and found.group(2) == archive.name:
            return found.group(1).lower()
    return ""
