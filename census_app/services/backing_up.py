"""Back up and restore: snapshots with what is in them, what a restore would change, copies to take along.

A restore is itself undone by a restore: the present state becomes a snapshot first.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.records import Record, RecordId
from census_app.domain.safekeeping import (
    Contents,
    Place,
    RecordDifference,
    SnapshotFile,
    Tally,
)
from census_app.errors import CensusError, UserError
from census_app.services.file_ports import Vault
from census_app.services.folders import make_folder
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.settings.beside import attachments_folder, live_file_of
from census_app.settings.files import atomic_write, copy_file, free_name, safe_file_name

SUFFIX: Final = ".censusdb"

Prints = Mapping[str, Mapping[RecordId, bytes]]
"""Form id → record → hash of all it says."""


@dataclass(frozen=True, slots=True)
class Present:
    """The records as they are, by hash: what snapshots are compared with."""

    form_version: str
    prints: Prints


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """A snapshot and what is in it.

    Attributes:
        contents: None when it cannot be read.
        tally: What restoring it would do to records; None when that cannot be said: another version of the forms.
        error: Why it cannot be read.
    """

    file: SnapshotFile
    contents: Contents | None = None
    tally: Tally | None = None
    error: CensusError | None = None


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a restore would do; nothing is changed yet.

    Attributes:
        differences: Every record that would come back, go or change; empty when the forms are of another version.
        comparable: Whether both have the same version of the forms.
    """

    view: SnapshotView
    differences: tuple[RecordDifference, ...] = ()
    comparable: bool = True


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy to take along, and the note beside it that says how to open it."""

    path: Path
    note: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A file, its place and its snapshots, newest first."""

    path: Path
    place: Place
    snapshots: tuple[SnapshotFile, ...] = ()
    bytes: int = field(default=0)


def shelf_of(vault: Vault, path: Path) -> Shelf:
    """Return where a file lies and which snapshots there are of it."""
    found = tuple(reversed(vault.snapshots(path)))
    return Shelf(path, vault.place(path), found, sum(each.bytes for each in found))


def present_of(store: WorkspaceStore) -> Present:
    """Return the records of an open file by hash."""
    forms = [form.id for form in store.form_set.forms]
    prints = {form: store.keeping.fingerprints(form) for form in forms}
    return Present(store.form_set.version, prints)


def look_into(vault: Vault, file: SnapshotFile, present: Present | None = None) -> SnapshotView:
    """Say what is in a snapshot and, with the present records, how it differs; never raises for a bad one."""
    try:
        store = vault.look(file.path)
    except CensusError as error:
        return SnapshotView(file, error=error)
    try:
        contents = store.keeping.contents()
        then = present_of(store) if present is not None else None
    except CensusError as error:
        return SnapshotView(file, error=error)
    finally:
        store.close()
    if present is None or then is None or then.form_version != present.form_version:
        return SnapshotView(file, contents)
    return SnapshotView(file, contents, _tally(present.prints, then.prints))


def _tally(now: Prints, then: Prints) -> Tally:
    back = gone = changed = 0
    for form, before in then.items():
        present = now.get(form, {})
        back += len(before.keys() - present.keys())
        gone += len(present.keys() - before.keys())
        changed += sum(present[r] != before[r] for r in before.keys() & present.keys())
    return Tally(back, gone, changed)


def preview_restore(
    vault: Vault, store: WorkspaceStore, file: SnapshotFile, progress: Progress | None = None
) -> RestorePreview:
    """Say which records a restore would bring back, take away and change.

    Raises:
        CensusError: The snapshot cannot be read.
    """
    old = vault.look(file.path)
    try:
        now, then = present_of(store), present_of(old)
        view = SnapshotView(file, old.keeping.contents())
        if now.form_version != then.form_version:
            return RestorePreview(view, comparable=False)
        view = SnapshotView(file, view.contents, _tally(now.prints, then.prints))
        found = _differences(store, old, now.prints, then.prints, progress or Progress())
        return RestorePreview(view, tuple(found))
    finally:
        old.close()


def _differences(
    store: WorkspaceStore, old: WorkspaceStore, now: Prints, then: Prints, progress: Progress
) -> Iterable[RecordDifference]:
    for form in store.form_set.forms:
        before, present = then.get(form.id, {}), now.get(form.id, {})
        back = sorted(before.keys() - present.keys())
        gone = sorted(present.keys() - before.keys())
        changed = sorted(r for r in before.keys() & present.keys() if before[r] != present[r])
        if not (back or gone or changed):
            continue
        new, earlier = _Titles(store, form.id), _Titles(old, form.id)
        for number, record in enumerate(changed):
            progress.step(number, len(changed))
            pair = store.record(form.id, record), old.record(form.id, record)
            title, owner = new.of(record)
            yield RecordDifference("~", form.id, record, title, owner, _fields(*pair))
        for sign, records, titles in (("+", back, earlier), ("-", gone, new)):
            for record in records:
                title, owner = titles.of(record)
                yield RecordDifference(sign, form.id, record, title, owner)  # type: ignore[arg-type]


class _Titles:
    """Names of the records of a form, and of the records they belong to."""

    def __init__(self, store: WorkspaceStore, form: str) -> None:
        self._store, self._form = store, store.form_set.form(form)
        self._own = store.titles(form)
        self._owners = store.titles(self._form.parent) if self._form.parent else {}

    def of(self, record: RecordId) -> tuple[str, str]:
        """Return the name of a record and that of its owner."""
        title = self._own.get(record, "")
        if not self._form.parent:
            return title, ""
        found = self._store.record(self._form.id, record)
        owner = found.parent if found is not None else None
        return title, self._owners.get(owner or "", "")


def _fields(now: Record | None, then: Record | None) -> tuple[str, ...]:
    a = dict(now.values) if now is not None else {}
    b = dict(then.values) if then is not None else {}
    return tuple(name for name in {**a, **b} if a.get(name) != b.get(name))


def snapshot_at(path: Path, vault: Vault) -> SnapshotFile:
    """Return the snapshot that a path names; any other workspace counts as one of the moment it was written.

    Raises:
        UserError: `FILE_MISSING`.
    """
    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    live = live_file_of(path)
    if live != path:
        for each in vault.snapshots(live):
            if each.path.name == path.name:
                return each
    status = path.stat()
    written = dt.datetime.fromtimestamp(status.st_mtime, dt.UTC)
    return SnapshotFile(path, written, status.st_size)


def restore_open(store: WorkspaceStore, file: SnapshotFile, *, actor: str, clock: Clock) -> None:
    """Put a snapshot in the place of a file that is open here; the window is then to be built anew.

    Raises:
        DataProblem, EnvironmentProblem: Nothing was changed.
    """
    store.keeping.put_back(
        file.path, since=stamp(file.at), instance=secrets.token_hex(16), actor=actor,
        at=stamp(clock.now()),
    )  # fmt: skip


def restore_closed(
    vault: Vault, path: Path, file: SnapshotFile, *, actor: str, clock: Clock
) -> None:
    """Put a snapshot in the place of a file that nobody has open, or make the file.

    Raises:
        EnvironmentProblem: `DB_LOCKED`, `DB_LOCATION`, `DB_NEWER`; disk codes.
        DataProblem: `SNAPSHOT_DAMAGED`, and what opening the snapshot may raise.
    """
    vault.restore(
        path, file.path, since=stamp(file.at), instance=secrets.token_hex(16), actor=actor,
        at=stamp(clock.now()),
    )  # fmt: skip
    carry_attachments(live_file_of(file.path), path)


def copy_to(
    source: WorkspaceStore | SnapshotFile,
    folder: Path,
    vault: Vault,
    *,
    actor: str,
    clock: Clock,
    language: str,
) -> Copied:
    """Write a verified copy into a folder, on a stick say, with a note how to open it on another computer.

    Args:
        source: An open file, or a snapshot.
        language: Of the note.

    Raises:
        EnvironmentProblem: The folder cannot be written to, or what was read back differs.
        DataProblem: `SNAPSHOT_DAMAGED`.
    """
    now = clock.now()
    make_folder(folder)
    if isinstance(source, SnapshotFile):
        name, at = _name_of(source.path), source.at
        target = _target(folder, name, at)
        since = stamp(source.at)
        vault.copy_out(source.path, target, since=since, actor=actor, at=stamp(now))
    else:
        target = _target(folder, source.path.name.removesuffix(SUFFIX), now)
        since = stamp(now)
        source.keeping.copy_out(target, actor=actor, at=stamp(now))
    original = source.path
    carry_attachments(live_file_of(original), target)
    local = dt.datetime.fromisoformat(since).astimezone().strftime("%Y-%m-%d %H:%M")
    text = wording.text("BACKUP_NOTE", language, file=target.name, at=local)
    beside = wording.text("BACKUP_NOTE_NAME", language, name=target.name.removesuffix(SUFFIX))
    note = target.with_name(safe_file_name(beside))
    # With a mark and the line ends that the plainest editor of Windows understands.
    atomic_write(note, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    return Copied(target, note, target.stat().st_size)


def carry_attachments(source: Path, target: Path) -> int:
    """Copy the attached files of a workspace beside another one; return how many were new there.

    Args:
        source: The workspace they lie beside.

    Raises:
        EnvironmentProblem: They cannot be read or written.
    """
    beside, there = attachments_folder(source), attachments_folder(target)
    if beside == there or not beside.is_dir():
        return 0
    count = 0
    for path in sorted(each for each in beside.iterdir() if each.is_file()):
        make_folder(there)
        if not (there / path.name).exists():
            copy_file(path, there / path.name)
            count += 1
    return count


def _target(folder: Path, name: str, at: dt.datetime) -> Path:
    local = at.astimezone().strftime("%Y%m%d-%H%M")
    return free_name(folder / safe_file_name(f"{name}-{local}{SUFFIX}"))


def _name_of(snapshot: Path) -> str:
    return live_file_of(snapshot).name.removesuffix(SUFFIX)
