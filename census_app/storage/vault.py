"""Files that nobody has open: their snapshots, looking into them, putting one back, copies, saving a damaged one.

Satisfies `services.file_ports.Vault`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from census_app.domain.safekeeping import Place, Salvaged, SnapshotFile
from census_app.errors import CensusError, DataProblem, UserError
from census_app.formspec.model import FormSet
from census_app.settings.files import copy_file
from census_app.storage import location, restoring, salvage, snapshots, workspace
from census_app.storage.engine import READ_ONLY
from census_app.storage.failures import coded
from census_app.storage.keeping import stamp_copy
from census_app.storage.made_with import FormSource, MadeWith, made_with
from census_app.storage.restoring import Return
from census_app.storage.workspace import Workspace


class Vault:
    """Looks after files as a whole.

    Args:
        form_set: How to find the form set a file was made with.
    """

    def __init__(self, form_set: FormSet | FormSource) -> None:
        self._form_set = form_set

    def engine(self) -> str:
        """Return the version of the database engine."""
        return sqlite3.sqlite_version

    def place(self, path: Path) -> Place:
        """Say where a file lies and how much room there is."""
        return location.place_of(path)

    def snapshots(self, path: Path) -> list[SnapshotFile]:
        """Return the snapshots of a file, oldest first."""
        return snapshots.snapshots(path)

    def look(self, path: Path, *, sound: bool = True) -> Workspace:
        """Open a file only to look at it: a snapshot, a file of a newer program, a damaged one.

        An older one is brought to the present structure in a private copy; the file itself is not touched.

        Args:
            sound: Whether a damaged file is refused.

        Raises:
            UserError, DataProblem, EnvironmentProblem: As `workspace.open_read_only`.
        """
        if not _has_journal(path):
            try:
                return workspace.open_read_only(path, self._form_set, sound=sound)
            except DataProblem as error:
                if error.code != "DB_SCHEMA":
                    raise
        folder = Path(tempfile.mkdtemp(prefix="census-"))
        try:
            copy = _copy(path, folder)
            with _for_salvage(copy):
                pass  # takes back what an interrupted write left
            if sound:
                workspace.open_private(copy, self._form_set).close()
            store = workspace.open_read_only(copy, self._form_set, sound=sound)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        store.database.after_close = lambda: shutil.rmtree(folder, ignore_errors=True)
        return store

    def restore(
        self, path: Path, snapshot: Path, *, since: str, instance: str, actor: str, at: str
    ) -> None:
        """Put a snapshot in the place of a file; a snapshot of the present one is kept.

        A damaged file is kept beside, as `<name>.damaged-…`, never overwritten.

        Args:
            since: Moment the snapshot is from, UTC.
            instance: New random id of this copy, 32 hex, so that packages tell it from the one before (security §6).

        Raises:
            EnvironmentProblem: `DB_LOCKED`, when somebody has the file open; `DB_LOCATION`, `DB_NEWER`; disk codes.
            DataProblem: `SNAPSHOT_DAMAGED`; what opening the snapshot may raise.
        """
        location.require_fixed_disk(path)
        try:
            present = workspace.open_(path, self._form_set)
        except UserError as error:
            if error.code != "FILE_MISSING":
                raise
        except DataProblem as error:
            if error.code == "DB_KIND":
                raise
        else:
            try:
                present.keeping.put_back(
                    snapshot, since=since, instance=instance, actor=actor, at=at
                )
            finally:
                present.close()
            return
        with restoring.private_part(snapshot, path) as part:
            restored = workspace.open_private(part, self._form_set)
            try:
                self._fill_alone(restored, path, Return(instance, actor, at, since))
            finally:
                restored.close()
            if path.exists():
                _set_aside(path, dt.datetime.now(dt.UTC))
            restoring.place(part, path)

    def _fill_alone(self, restored: Workspace, damaged: Path, how: Return) -> None:
        """Keep what a damaged file still says of its packages; whether that is all a person has to say."""
        try:
            store = self.look(damaged, sound=False)
        except (CensusError, OSError):
            restoring.fill(restored.database, None, how)
            return
        try:
            restoring.fill(restored.database, store.database, how, certain=False)
        except CensusError:
            restoring.fill(restored.database, None, how)
        finally:
            store.close()

    def copy_out(self, source: Path, target: Path, *, since: str, actor: str, at: str) -> Path:
        """Write a verified copy of a snapshot elsewhere; it asks what it is when it is opened.

        Raises:
            DataProblem: `SNAPSHOT_DAMAGED`; what opening it may raise.
            EnvironmentProblem: Codes of `settings.files`.
        """
        with restoring.private_part(source, source) as part:
            copy = workspace.open_private(part, self._form_set)
            stamp_copy(copy, since=since, actor=actor, at=at)
            copy_file(part, target)
        return target

    def salvage(self, path: Path, to: Path, *, actor: str, at: str) -> Salvaged:
        """Save what can be read of a damaged file into a new one; the damaged file is not touched.

        Raises:
            UserError: `FILE_EXISTS`, `FILE_MISSING`.
            DataProblem: `SALVAGE_NOTHING`.
            EnvironmentProblem: `DB_LOCATION`, disk codes.
        """
        if not path.is_file():
            raise UserError("FILE_MISSING", path=str(path))
        with tempfile.TemporaryDirectory(prefix="census-") as folder, coded(path):
            copy = _copy(path, Path(folder))
            kept = snapshots.snapshots(path)
            spare = kept[-1].path if kept else None
            with _for_salvage(copy) as driver:
                form_set = self._form_set_of(driver, copy, spare, to)
                return salvage.salvage(driver, to, form_set, spare, actor, at)

    def _form_set_of(
        self, driver: sqlite3.Connection, path: Path, spare: Path | None, to: Path
    ) -> FormSet:
        if isinstance(self._form_set, FormSet):
            return self._form_set
        for found in _made_with(driver, path, spare):
            return self._form_set(found)
        raise DataProblem("SALVAGE_NOTHING", path=str(to))


def _made_with(driver: sqlite3.Connection, path: Path, spare: Path | None) -> Iterator[MadeWith]:
    with contextlib.suppress(CensusError, sqlite3.Error, UnicodeError):
        yield made_with(driver, "workspace", path)
    if spare is not None:
        other = sqlite3.connect(f"{spare.resolve().as_uri()}?mode=ro", uri=True)
        try:
            with contextlib.suppress(CensusError, sqlite3.Error, UnicodeError):
                yield made_with(other, "workspace", spare)
        finally:
            other.close()


@contextlib.contextmanager
def _for_salvage(copy: Path) -> Iterator[sqlite3.Connection]:
    """Open a private copy so that as much as possible can be read; an interrupted write is taken back first."""
    driver = sqlite3.connect(copy, isolation_level=None)
    try:
        with contextlib.suppress(sqlite3.Error):
            driver.execute("SELECT count(*) FROM sqlite_master").fetchone()
        for name, (value, _) in READ_ONLY.items():
            if name not in {"foreign_keys", "cell_size_check"}:
                driver.execute(f"PRAGMA {name}={value}").fetchall()
        yield driver
    finally:
        driver.close()


def _has_journal(path: Path) -> bool:
    journal = path.with_name(path.name + "-journal")
    return journal.is_file() and journal.stat().st_size > 0


def _copy(path: Path, folder: Path) -> Path:
    """Copy a file with its journal into a private folder."""
    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    copy = folder / path.name
    with coded(path):
        shutil.copyfile(path, copy)
        if _has_journal(path):
            journal = path.with_name(path.name + "-journal")
            shutil.copyfile(journal, copy.with_name(journal.name))
    return copy


def _set_aside(path: Path, now: dt.datetime) -> None:
    with coded(path):
        aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
        journal = path.with_name(path.name + "-journal")
        if journal.exists():
            journal.rename(aside.with_name(aside.name + "-journal"))
        path.rename(aside)
