"""An open workspace as a file: what it holds, putting a snapshot back into it, copies, removing a value.

Satisfies `services.file_ports.FileKeeping`. Not responsible for files that nobody has open (`vault`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from census_app.domain.holdings import ListQuery
from census_app.domain.records import RecordId
from census_app.domain.safekeeping import Contents, CopyMade, Purged, SnapshotFile, Standing
from census_app.errors import CensusError
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.settings.beside import snapshots_folder
from census_app.settings.files import copy_file, overwrite
from census_app.storage import purging, restoring, snapshots, standing, tracing
from census_app.storage.engine import Database
from census_app.storage.failures import coded
from census_app.storage.records import Records
from census_app.storage.restoring import Return
from census_app.storage.tracing import Target, Traces

if TYPE_CHECKING:
    from census_app.storage.workspace import Workspace

_CONTENT: Final = (
    "SELECT (SELECT max(number) || ' ' || max(at) FROM step) || ' ' || "
    "(SELECT count(*) FROM change) || ' ' || (SELECT count(*) FROM correspondence) || ' ' || "
    "(SELECT instance || certificate_pem || roots_pem || candidate_pem FROM workspace) || ' ' || "
    "(SELECT count(*) || ' ' || coalesce(max(at), '') FROM answer) || ' ' || "
    "(SELECT coalesce(max(version), 0) FROM trust_bundle) || ' ' || "
    "(SELECT count(*) || coalesce(max(form_version), '') FROM form_file)"
)
"""A text that differs when the content does, cheap to compute."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something, and when: UTC, as the journal writes it."""

    actor: str
    at: str


OpenPrivate = Callable[[Path], "Workspace"]


class Keeping:
    """Keeps one open workspace safe.

    Args:
        database: The open file.
        form_set: Its form set.
        records: Reads its records.
        open_private: Opens a copy that nobody else knows of.
        use: Tells the workspace that it has another form set now.
    """

    def __init__(
        self,
        database: Database,
        form_set: FormSet,
        records: Records,
        open_private: OpenPrivate,
        use: Callable[[FormSet], None],
    ) -> None:
        self._database = database
        self._form_set = form_set
        self._records = records
        self._open_private = open_private
        self._use = use

    @property
    def read_only(self) -> bool:
        """Whether the file is only looked at."""
        return self._database.read_only

    # -- what it holds -----------------------------------------------------------------------------------------------

    def contents(self) -> Contents:
        """Return how much the file holds and when it was changed last."""
        counts = {form.id: self._records.count(ListQuery(form.id)) for form in self._form_set.forms}
        with self._database.reading() as connection:
            last = connection.exec_driver_sql(
                "SELECT at, actor FROM step WHERE kind <> 'system' ORDER BY number DESC LIMIT 1"
            ).first()
            first = connection.exec_driver_sql("SELECT created_at FROM workspace").scalar_one()
            sent = connection.exec_driver_sql(
                "SELECT count(*) FROM correspondence WHERE direction = 'sent'"
            ).scalar_one()
        at, actor = (first, "") if last is None else last
        return Contents(self._form_set.version, counts, str(at), str(actor), int(sent))

    def fingerprints(self, form: str) -> dict[RecordId, bytes]:
        """Return record → hash of all it says; equal records have equal hashes."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(f"SELECT id, row_sha256 FROM {quoted(form)}").all()
        return {RecordId(row[0]): row[1] for row in rows}

    def inspect(self) -> dict[str, str]:
        """Return what technicians ask of a file: sizes, settings, soundness, rows of each table; no answers.

        Looking through a file of 128 MiB takes about a second.
        """
        names = (
            "page_size", "page_count", "freelist_count", "user_version", "journal_mode",
            "synchronous", "locking_mode", "foreign_keys", "encoding",
        )  # fmt: skip
        found = {name: str(self._database.pragma(name)) for name in names}
        with self._database.reading() as connection:
            checked = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            found["integrity_check"] = f"{len(checked)} findings" if checked != ["ok"] else "ok"
            found["foreign_key_check"] = f"{len(broken)} findings" if broken else "ok"
            tables = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).scalars()
            for table in list(tables):
                count = connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(table)}")
                found[f"rows {table}"] = str(count.scalar_one())
            steps = connection.exec_driver_sql(
                "SELECT kind || ' ' || sentence || ' ' || origin, count(*) FROM step GROUP BY 1"
            ).all()
            found |= {f"steps {name}": str(count) for name, count in steps}
        found["rows with another hash"] = str(len(self._records.damaged()))
        return found

    def snapshots(self) -> list[SnapshotFile]:
        """Return the snapshots of the file, oldest first."""
        return snapshots.snapshots(self._database.path)

    def snapshot(self, reason: str) -> Path:
        """Write a verified snapshot and return its path."""
        now = dt.datetime.now(dt.UTC)
        return snapshots.take(self._database.driver, self._database.path, reason, now)

    def snapshot_if_changed(self, reason: str) -> Path | None:
        """Write a snapshot unless the newest one holds the same; return its path."""
        kept = self.snapshots()[-1:]
        with self._database.reading() as connection:
            content = str(connection.exec_driver_sql(_CONTENT).scalar_one())
        if kept and snapshots.content_of(kept[0].path, _CONTENT) == content:
            return None
        return self.snapshot(reason)

    # -- whether it was overtaken ------------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """Return whether the file may go on numbering packages."""
        with self._database.reading() as connection:
            return standing.standing(connection)

    def settle(self, how: str, instance: str, actor: str, at: str) -> None:
        """Keep what a person said became of the other file: from now on packages are numbered again.

        Args:
            how: `receipt`, `package`, `nothing` or `moved`.
            instance: New random id of this copy; empty: it has one already.
        """
        with self._database.writing() as connection:
            if instance:
                connection.exec_driver_sql("UPDATE workspace SET instance = ?", (instance,))
            standing.note(connection, standing.SETTLED, {"how": how}, actor, at)

    # -- back and away -----------------------------------------------------------------------------------------------

    def put_back(self, snapshot: Path, *, since: str, instance: str, actor: str, at: str) -> None:
        """Give the file the content of a snapshot, whole or not at all; the present state becomes one first.

        What was sent and received since stays known. Afterwards `form_set` is that of the snapshot.

        Raises:
            DataProblem: `SNAPSHOT_DAMAGED`, and what opening the snapshot may raise; nothing was changed.
            EnvironmentProblem: Nothing was changed.
        """
        path = self._database.path
        with restoring.private_part(snapshot, path) as part:
            restored = self._open_private(part)
            form_set = restored.form_set
            try:
                how = Return(instance, actor, at, since)
                # What this file does not know itself it cannot hand on.
                certain = not self.standing().state
                restoring.fill(restored.database, self._database, how, certain=certain)
            finally:
                restored.close()
            # The snapshot is copied already: clearing away old ones may take it.
            self.snapshot("restore")
            restoring.replace_content(self._database, part)
        self._use(form_set)

    def copy_out(self, target: Path, *, actor: str, at: str) -> Path:
        """Write a verified copy of the file elsewhere: on a stick, say. It asks what it is when it is opened.

        Raises:
            DataProblem: `SNAPSHOT_DAMAGED`.
            EnvironmentProblem: Codes of `failures`, `FILE_DISK_FULL` and others of `settings.files`.
        """
        folder = snapshots_folder(self._database.path)
        part = folder / "copy.part"
        with _gone_afterwards(part):
            with coded(folder):
                folder.mkdir(exist_ok=True)
                part.unlink(missing_ok=True)
                snapshots.write_copy(self._database.driver, part)
            stamp_copy(self._open_private(part), since=at, actor=actor, at=at)
            copy_file(part, target)
        with self._database.writing() as connection:
            standing.note(connection, standing.COPY_MADE, {"to": str(target)}, actor, at)
        return target

    # -- removing a value --------------------------------------------------------------------------------------------

    def traces(self, form: str, record: RecordId, field: str) -> Traces:
        """Return where a field of a record says and said something."""
        with self._database.reading() as connection:
            return tracing.traces(connection, self._records.codecs, Target(form, record, field))

    def texts_ever(self, form: str, record: RecordId, field: str) -> frozenset[str]:
        """Return all that a field of a record says and ever said, as the file and its snapshots know."""
        target = Target(form, record, field)
        with self._database.reading() as connection:
            names = tracing.names_ever(connection, target)
        texts = set(self.traces(form, record, field).texts)
        for each in self.snapshots():
            texts |= self._texts_in(each.path, target, names)
        return frozenset(texts)

    def copies(self) -> list[CopyMade]:
        """Return where copies of the file were made, oldest first."""
        with self._database.reading() as connection:
            return standing.copies(connection)

    def purge(
        self,
        form: str,
        record: RecordId,
        field: str,
        *,
        actor: str,
        at: str,
        logs: Iterable[Path] = (),
        known: Iterable[str] = (),
    ) -> Purged:
        """Take all that a field of a record ever said out of the file, its snapshots and logs.

        Args:
            known: What the snapshots know of it too, of `texts_ever`.

        Raises:
            EnvironmentProblem: The file cannot be written.
        """
        target = Target(form, record, field)
        texts = {*self.traces(form, record, field).texts, *known}
        with self._database.reading() as connection:
            names = tracing.names_ever(connection, target)
        how = Author(actor, at)
        places = self._purge(self._database, target, how, texts)
        done, unreachable = [], []
        for path in (each.path for each in self.snapshots()):
            try:
                if self._purge_snapshot(path, target, names, how, texts):
                    done.append(path.name)
            except (CensusError, LookupError, OSError):
                unreachable.append(path.name)
        cleaned = [path.name for path in logs if purging.clean_log(path, texts)]
        self._use(self._form_set)  # a step that was being added to is over
        return Purged(
            places=places,
            snapshots=tuple(done),
            unreachable=tuple(unreachable),
            logs=tuple(cleaned),
        )

    def _purge(
        self, database: Database, target: Target, how: Author, texts: Iterable[str]
    ) -> Mapping[str, int]:
        return purging.purge(
            database, self._form_set, self._records.codecs, target, actor=how.actor, at=how.at,
            known=tuple(texts),
        )  # fmt: skip

    def _texts_in(self, path: Path, target: Target, names: Sequence[str]) -> frozenset[str]:
        """Return what the field says in a snapshot; nothing for one that cannot be read as it is."""
        try:
            with restoring.private_part(path, path) as part:
                store = self._open_private(part)
                try:
                    return store.keeping.traces_here(target, names).texts
                finally:
                    store.close()
        except (CensusError, LookupError, OSError):
            return frozenset()

    def _purge_snapshot(
        self, path: Path, target: Target, names: Sequence[str], how: Author, texts: Iterable[str]
    ) -> bool:
        """Purge a snapshot; True when there was something to take out."""
        with restoring.private_part(path, path) as part:
            store = self._open_private(part)
            try:
                places = store.keeping.purge_here(target, names, how, texts)
            finally:
                store.close()
            if not places and not purging.holds(path, texts):
                return False
            snapshots.verify(part)
            with path.open("rb+") as old:
                restoring.place(part, path)
                overwrite(old)  # it has no name any more; its blocks shall hold nothing
        return True

    def traces_here(self, target: Target, names: Sequence[str]) -> Traces:
        """Return where the field says something, by whatever name it has here."""
        here = tracing.target_in(self._records.codecs, target, names)
        return self.traces(here.form, here.record, here.field)

    def purge_here(
        self, target: Target, names: Sequence[str], how: Author, texts: Iterable[str]
    ) -> Mapping[str, int]:
        """Purge this file alone, without its snapshots, by whatever name the field has here."""
        here = tracing.target_in(self._records.codecs, target, names)
        return self._purge(self._database, here, how, texts)


def stamp_copy(copy: Workspace, *, since: str, actor: str, at: str) -> None:
    """Note in a private copy that it is one, and close it."""
    try:
        with copy.database.writing() as connection:
            standing.note(connection, standing.COPIED, {"since": since}, actor, at)
    finally:
        copy.close()


@contextlib.contextmanager
def _gone_afterwards(part: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for left in (part, part.with_name(part.name + "-journal")):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)
