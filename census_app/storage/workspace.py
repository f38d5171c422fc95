"""A department's file: create it, open it, and everything the services ask of it (`services.ports.WorkspaceStore`)."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from census_app.domain.approval import ReviewAct
from census_app.domain.changes import Insert, JournalEntry, Origin, Step, StepDone, UndoState
from census_app.domain.history import HistoryQuery, HistoryRow, RemovedRecord
from census_app.domain.holdings import (
    BaseLine,
    CarriedOver,
    ConflictEntry,
    Delta,
    Explanation,
    LastRound,
    SentPackage,
    Tombstone,
    UpgradeDone,
    WorkspaceFacts,
)
from census_app.domain.merging import Key
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Answer, Query, Verdict
from census_app.domain.schemas import Sighting
from census_app.formspec.model import FormSet
from census_app.formspec.upgrade import UpgradePlan
from census_app.storage import (
    carrying,
    contributions,
    fixed_tables,
    form_tables,
    lockfile,
    opening,
    reviews,
    sightings,
    trust_store,
)
from census_app.storage.correspondence import Correspondence, insert_package, insert_sent
from census_app.storage.engine import Database
from census_app.storage.failures import legible
from census_app.storage.history import History
from census_app.storage.journal import (
    UPGRADE_SENTENCE,
    Journal,
    next_number,
    write_step,
    write_system_step,
)
from census_app.storage.keeping import Keeping
from census_app.storage.made_with import FormSource, MadeWith
from census_app.storage.migrations import WORKSPACE_HISTORY
from census_app.storage.readable import ReadableRecords
from census_app.storage.records import Records
from census_app.storage.review_acts import ReviewJournal, step_of
from census_app.storage.rows import json_text
from census_app.storage.rule_copy import private_copy
from census_app.storage.upgraded_letters import upgrade_letters
from census_app.storage.upgrading import upgrade_records
from census_app.storage.workspace_trust import WorkspaceTrust

_FACTS: Final = "department_code, department_name, census_id, round, form_version, instance, created_at, training"


def create(
    path: Path, form_set: FormSet, facts: WorkspaceFacts, department_record: Record
) -> Workspace:
    """Make a workspace with its department's record, and open it.

    Raises:
        UserError: `FILE_EXISTS`.
        EnvironmentProblem: `DB_LOCATION`, `DISK_FULL`, `IO_ERROR`, `DB_READONLY`.
    """

    def fill(connection: Connection) -> None:
        _write_facts(connection, form_set, facts)
        params = {"form": form_set.form(department_record.form).label.zh}
        first = (Insert(department_record),)
        step = Step("STEP_ADD", "", Origin.SYSTEM, facts.created_at, first, params)
        write_system_step(connection, form_set, step)

    opening.make(path, _kind(form_set), fill)
    return open_(path, form_set)


def open_(path: Path, form_set: FormSet | FormSource) -> Workspace:
    """Open a workspace.

    Args:
        form_set: The form set it was made with, or how to find it.

    Raises:
        UserError, EnvironmentProblem, DataProblem: See `opening.open_`; what `form_set` raises.
    """
    return _opened(opening.open_, path, form_set)


def open_read_only(path: Path, form_set: FormSet | FormSource, *, sound: bool = True) -> Workspace:
    """Open a workspace or one of its snapshots only to look at it; a write raises `DB_READONLY`.

    Args:
        sound: Whether a damaged file is refused.

    Raises:
        UserError, EnvironmentProblem, DataProblem: See `opening.open_read_only`; what `form_set` raises.
    """
    return _opened(partial(opening.open_read_only, sound=sound), path, form_set)


def _opened(
    opener: Callable[[Path, opening.Kind, opening.KindOf | None], Database],
    path: Path,
    form_set: FormSet | FormSource,
) -> Workspace:
    if isinstance(form_set, FormSet):
        return Workspace(opener(path, _kind(form_set), None), form_set, form_set)
    found: list[FormSet] = []

    def kind_of(made: MadeWith) -> opening.Kind:
        found.append(form_set(made))
        return _kind(found[0])

    database = opener(path, opening.Kind("workspace", WORKSPACE_HISTORY, {}), kind_of)
    return Workspace(database, found[0], form_set)


def open_private(path: Path, form_set: FormSet | FormSource) -> Workspace:
    """Open a copy that nobody else knows of; see `opening.open_private`."""
    return _opened(opening.open_private, path, form_set)


def _kind(form_set: FormSet) -> opening.Kind:
    tables = form_tables.workspace_tables(form_set)
    return opening.Kind("workspace", WORKSPACE_HISTORY, tables, sha256=form_set.sha256)


def _write_facts(connection: Connection, form_set: FormSet, facts: WorkspaceFacts) -> None:
    connection.execute(
        fixed_tables.workspace.insert().values(
            id=1,
            department_code=facts.department_code,
            department_name=facts.department_name,
            census_id=facts.census_id,
            round=facts.round,
            form_version=facts.form_version,
            form_sha256=form_set.sha256,
            instance=facts.instance,
            created_at=facts.created_at,
            training=int(facts.training),
        )
    )


def _write_counts(connection: Connection, number: int, done: UpgradeDone) -> None:
    params = {name: str(value) for name, value in asdict(done).items() if name != "snapshot"}
    connection.exec_driver_sql(
        "UPDATE step SET params = ? WHERE number = ?", (json_text(params), number)
    )


def _store_forms(connection: Connection, form_set: FormSet, files: Mapping[str, bytes]) -> None:
    if files:
        trust_store.store_form_files(connection, form_set.version, files)
    connection.exec_driver_sql(
        "UPDATE workspace SET form_version = ?, form_sha256 = ?",
        (form_set.version, form_set.sha256),
    )


class Workspace(ReadableRecords, WorkspaceTrust, ReviewJournal):
    """An open workspace; satisfies `services.ports.WorkspaceStore`.

    Args:
        database: The open file.
        form_set: The form set it was made with.
        source: How to find the form set of another copy of it.
    """

    def __init__(
        self, database: Database, form_set: FormSet, source: FormSet | FormSource | None = None
    ) -> None:
        super().__init__(database)
        self._source = source or form_set
        self._use(form_set)

    def _use(self, form_set: FormSet) -> None:
        self._form_set = form_set
        self._forget_digest()
        tables = form_tables.workspace_tables(form_set)
        self._records = Records(self._database, form_set, tables, departments=False)
        self._journal = Journal(self._database, form_set, self._records.codecs)
        self._history = History(self._database, form_set, self._records.codecs)
        self._correspondence = Correspondence(self._database, form_set)
        self.keeping = Keeping(
            self._database,
            form_set,
            self._records,
            lambda p: open_private(p, self._source),
            self._use,
        )

    @property
    def database(self) -> Database:
        """The open file itself, for this room."""
        return self._database

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._database.path

    @property
    def form_set(self) -> FormSet:
        """The form set the file was made with."""
        return self._form_set

    def facts(self) -> WorkspaceFacts:
        """Return what the workspace says of itself."""
        with self._database.reading() as connection:
            result = connection.exec_driver_sql(f"SELECT {_FACTS} FROM workspace")
            row = dict(result.mappings().one())
        return WorkspaceFacts(**row | {"training": bool(row["training"])})

    # Reading

    def records(self, form: str, ids: Iterable[RecordId]) -> dict[RecordId, Record]:
        """Return records by id, read in bulk; ids that are not here are left out."""
        return self._records.many(form, ids)

    def ids(self, form: str, keys: Sequence[int]) -> list[RecordId]:
        """Return the ids of row keys, in their order; keys that are gone are left out."""
        return self._records.ids(form, keys)

    def places(self, form: str, parent: RecordId) -> list[tuple[RecordId, int]]:
        """Return the children of a record with their positions, in order."""
        return self._records.places(form, parent)

    def stream_records(self, form: str, department: str = "") -> Iterator[Record]:
        """Yield all records of a form; children by (parent, position, id), others in the order they were made."""
        del department  # a workspace holds one
        return self._records.stream(form)

    def understood(self, form: str, record: RecordId) -> dict[str, str]:
        """Return field → text as given, for values that were understood from another spelling."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT field, text FROM understood WHERE form = ? AND record_id = ?",
                (form, record),
            ).all()
        return {row[0]: row[1] for row in rows}

    # Writing

    def write(self, step: Step) -> StepDone:
        """Write a step with its journal lines in one transaction.

        Raises:
            UserError: `RECORD_GONE`, when it changes a record that is not there.
            EnvironmentProblem: Nothing of the step is written.
        """
        return self._journal.write(step)

    def undo_state(self) -> UndoState:
        """Return what can be undone and redone."""
        return self._journal.undo_state()

    def undo(self, actor: str, at: str) -> StepDone | None:
        """Append the step that compensates the newest step in force; None when there is none."""
        return self._journal.undo(actor, at)

    def redo(self, actor: str, at: str) -> StepDone | None:
        """Append the step that brings the last undone step back; None when there is none."""
        return self._journal.redo(actor, at)

    def journal(
        self, form: str = "", record: str = "", field: str = "", limit: int = 200
    ) -> list[JournalEntry]:
        """Return history lines, newest first."""
        return self._journal.history(form, record, field, limit)

    def history_keys(self, query: HistoryQuery) -> array[int]:
        """Return the keys of journal lines, newest first."""
        return self._history.keys(query)

    def history_rows(self, keys: Sequence[int]) -> list[HistoryRow]:
        """Return journal lines with the names of their records, in the order of `keys`."""
        return self._history.rows(keys)

    def history_people(self) -> list[str]:
        """Return who has done anything here."""
        return self._history.people()

    def history_hours(self) -> list[str]:
        """Return the hours in which anything was done, UTC, as `YYYY-MM-DDThh`."""
        return self._history.hours()

    def removed_records(self) -> list[RemovedRecord]:
        """Return the deleted records, the last one first."""
        return self._history.removed()

    def removed_as_it_was(self, record: RecordId) -> list[Insert]:
        """Return what brings a deleted record and its children back: owner first.

        Raises:
            UserError: `RESTORE_NOTHING`.
        """
        return self._history.removed_as_it_was(record)

    def explain(self, explanations: Sequence[Explanation]) -> None:
        """Store reasons for warnings, as one undoable step."""
        self._journal.explain(explanations)

    def explanations(self) -> list[Explanation]:
        """Return all stored reasons."""
        return self._journal.explanations()

    # The whole file

    def rule_copy(self) -> AbstractContextManager[sqlite3.Connection]:
        """Copy the form tables and `unfit` into a private database for the rules."""
        keep = [*(form.id for form in self._form_set.forms), "unfit"]
        return private_copy(self._database.driver, keep, self.path)

    def snapshot(self, reason: str) -> Path:
        """Write a verified snapshot and return its path."""
        return self.keeping.snapshot(reason)

    def snapshot_if_changed(self, reason: str) -> Path | None:
        """Write a snapshot unless the newest one holds the same; return its path."""
        return self.keeping.snapshot_if_changed(reason)

    def damaged_records(self) -> list[tuple[str, RecordId]]:
        """Return (form, id) of records whose row no longer has the hash it was written with."""
        return self._records.damaged()

    # Discovery

    def sightings(self) -> list[Sighting]:
        """Return as which tables and columns records were found."""
        with self._database.reading() as connection, legible(self._database.path):
            return sightings.sightings(connection)

    def write_discovery(self, step: Step, sighted: Sequence[Sighting]) -> StepDone:
        """Write a step with where its records were found, in one transaction that one undo takes back."""
        return self._journal.write(step, sighted=sighted)

    # Correspondence

    def register_sent(
        self,
        package: SentPackage,
        handed_in: Iterable[tuple[str, str]],
        act: ReviewAct | None = None,
    ) -> None:
        """Remember a package, which records, as (form, id), it carried, and the act of handing it in."""
        if act is None:
            with self._database.writing() as connection:
                insert_sent(connection, package, handed_in)
            return
        self._journal.note(step_of(act), lambda c: insert_sent(c, package, handed_in))

    def packages(self) -> list[SentPackage]:
        """Return the correspondence, oldest first."""
        return self._correspondence.packages()

    def take_letter(
        self, letter: SentPackage, queries: Iterable[Query], verdicts: Iterable[Verdict]
    ) -> None:
        """Keep a review or receipt with all it says, in one transaction."""
        with self._database.writing() as connection:
            reviews.take(connection, letter, queries, verdicts)

    def queries(self) -> list[Query]:
        """Return what coordinators asked, as their newest review says it, in the order of arrival."""
        with self._database.reading() as connection:
            return reviews.queries(connection)

    def answers(self) -> list[Answer]:
        """Return the stored answers, by query."""
        with self._database.reading() as connection:
            return reviews.answers(connection)

    def void_answer(self, query: str) -> Answer | None:
        """Return the answer after which a query was asked again, until there is another."""
        with self._database.reading() as connection:
            return reviews.void_answer(connection, query)

    def store_answer(self, answer: Answer) -> None:
        """Keep the answer to a query in the place of an earlier one."""
        with self._database.writing() as connection:
            reviews.store_answer(connection, answer)

    def withdraw_answer(self, query: str) -> None:
        """Forget the answer to a query."""
        with self._database.writing() as connection:
            reviews.forget_answer(connection, query)

    def verdicts(self) -> list[Verdict]:
        """Return what coordinators said of explained warnings."""
        with self._database.reading() as connection:
            return reviews.verdicts(connection)

    def tombstones(self) -> list[Tombstone]:
        """Return the records of earlier packages that are gone, ascending by (form, id)."""
        return self._correspondence.tombstones()

    def handed_in(self) -> set[tuple[str, str]]:
        """Return (form, id) of every record an earlier package put."""
        return self._correspondence.handed_in()

    # Contributions

    def take_contribution(
        self,
        step: Step,
        package: SentPackage,
        lines: Iterable[BaseLine],
        conflicts: Sequence[ConflictEntry],
        explanations: Sequence[Explanation] = (),
    ) -> StepDone:
        """Take a contribution over in one transaction: the step, the package, its lines, conflicts and reasons."""

        def remember(connection: Connection) -> None:
            insert_package(connection, package)
            contributions.take(connection, package, lines, conflicts)

        return self._journal.write(step, explanations=explanations, beside=remember)

    def register_contribution(self, package: SentPackage, lines: Iterable[BaseLine]) -> None:
        """Remember a contribution that was sent, and what it says."""
        with self._database.writing() as connection:
            insert_package(connection, package)
            contributions.store_lines(connection, package, package.audience, lines)

    def contribution_lines(self, peer: str, direction: str, sequence: int) -> dict[Key, str]:
        """Return the lines of a contribution sent to a peer or taken over from it, by record."""
        with self._database.reading() as connection:
            return contributions.lines_at(connection, peer, direction, sequence)

    def undone_contributions(self) -> frozenset[str]:
        """Return the identities of contributions whose merge an undo has taken back."""
        with self._database.reading() as connection:
            return contributions.undone(connection)

    def conflicts(self) -> list[ConflictEntry]:
        """Return the undecided conflicts of the merges in force, by form, record and field."""
        with self._database.reading() as connection:
            return contributions.conflicts(connection)

    def decided_conflicts(self) -> list[ConflictEntry]:
        """Return the decided conflicts of the merges in force, the newest decision first."""
        with self._database.reading() as connection:
            return contributions.decided(connection)

    def decide_conflict(self, step: Step, entry: ConflictEntry, new: str) -> StepDone:
        """Keep a decision and write what follows from it, as one step; `new` is the chosen value as JSON text."""
        line = contributions.decision_line(entry, new)
        return self._journal.write(
            step, decisions=[line], beside=lambda c: contributions.decide(c, entry)
        )

    # The last round

    def carry_over(self, step: Step, over: CarriedOver) -> None:
        """Fill a new workspace with the last round, in one transaction that no undo takes back."""
        with self._database.writing() as connection, legible(self.path):
            write_system_step(connection, self._form_set, step)
            carrying.begin(connection, self._form_set, over)
            for package in over.packages:
                insert_package(connection, package)

    def last_round(self) -> LastRound | None:
        """Return what the workspace was begun from; None for one that began empty."""
        with self._database.reading() as connection:
            return carrying.last_round(connection)

    def deltas(self) -> list[Delta]:
        """Return how every top-level record stands against the last round, by form."""
        with self._database.reading() as connection:
            return carrying.deltas(connection, self._form_set)

    def confirm(self, form: str, records: Sequence[RecordId], mark: str, step: Step) -> StepDone:
        """Store what a person says of records of the last round, as one undoable step."""
        return self._journal.confirm(form, records, mark, step)

    # A newer form set

    def upgrade_forms(
        self, plan: UpgradePlan, files: Mapping[str, bytes], actor: str, at: str
    ) -> UpgradeDone:
        """Bring all records to a newer form set, after a verified snapshot, in one transaction.

        From then on `form_set` is the newer one. What lies before is history and is not undone any more (ADR 0040).

        Args:
            plan: From the present form set to the newer one.
            files: The newer form set's files; empty for one that ships with the program.

        Raises:
            DataProblem: `SNAPSHOT_DAMAGED`.
            EnvironmentProblem: Nothing was changed.
        """
        snapshot = self.snapshot("upgrade")
        with self._database.writing() as connection, legible(self.path):
            number = next_number(connection)
            nothing_yet: dict[str, str] = {}
            same = carrying.as_they_came(connection, self._form_set)
            row = (UPGRADE_SENTENCE, nothing_yet, actor, Origin.SYSTEM, at)
            write_step(connection, number, "system", 0, row)
            tally = upgrade_records(connection, plan, number)
            done = UpgradeDone(
                old=plan.old.version,
                new=plan.new.version,
                records=tally.records,
                changed=tally.changed,
                unfit=tally.unfit,
                dropped=tally.dropped,
                removed=tally.removed,
                snapshot=str(snapshot),
            )
            _write_counts(connection, number, done)
            upgrade_letters(connection, plan)
            carrying.after_upgrade(connection, plan.new, same)
            _store_forms(connection, plan.new, files)
        self._use(plan.new)
        return done

    def replace_forms(self, form_set: FormSet, files: Mapping[str, bytes]) -> None:
        """Use a form set that asks the same in other words: moved milestones, say. No record is touched."""
        with self._database.writing() as connection:
            _store_forms(connection, form_set, files)
        self._use(form_set)

    def close(self) -> None:
        """Close the file and release its lock; a second call does nothing."""
        lockfile.release(self._database)
