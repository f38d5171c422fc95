"""The one place where the department window calls services: everything runs on the database thread.

Pages ask here and get answers in the window's thread; nothing else of the window knows a service or the store.
"""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from census_app.domain.changes import Origin, StepDone, UndoState
from census_app.domain.findings import Finding
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import CensusError
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Form
from census_app.formspec.types import Context, format_value
from census_app.services import checking, editing, explaining
from census_app.services.discovery_ports import SchemaReader
from census_app.services.editing import FormState, RecordEditor
from census_app.services.file_ports import Vault
from census_app.services.lookup import RecordNames, context_for, stamp
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.check_round import CheckRound
from census_app.ui.department.initials_feed import InitialsFeed
from census_app.ui.department.problems import Digest, Problems
from census_app.ui.department.snapshots import SnapshotKeeper
from census_app.ui.department.unwritten import Edit, Unwritten
from census_app.ui.forms.titles import TitleCache
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell.tasks import Done, Failed, Task, TaskRunner

if TYPE_CHECKING:
    from census_app.services.importing import ImportDone, ImportPlan
    from census_app.services.remembered_columns import RememberedColumns

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class DesktopServices(SchemaReader, Protocol):
    """What the window needs from outside; `bootstrap.Services` gives it."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def actor(self) -> str:
        """Who works here."""

    @property
    def software(self) -> str:
        """Version, for packages."""

    @property
    def vault(self) -> Vault:
        """Files that nobody has open."""

    def data_dir(self) -> Path:
        """Return the folder for settings and logs."""

    def keys_dir(self) -> Path:
        """Return the folder for private keys."""


class WorkspaceSession(QObject):
    """One open workspace.

    Signals:
        state_changed: `FormState` of the open record, and whether the change came from elsewhere than its form.
        saved: UTC time of the last durable change.
        records_changed: ids of the forms whose records were added, removed or changed.
        checked: A full check ended; `problems` knows its findings.
        undo_changed: `UndoState`.
        refused: field id and the error, when what was typed may not be written at all.
        unsaved_changed: `CensusError` while edits wait for the disk, None when all are written; see `unwritten`.
        titles_changed: Names of records were read anew.
    """

    state_changed = Signal(object, bool)
    saved = Signal(str)
    records_changed = Signal(object)
    checked = Signal()
    checking_changed = Signal(bool)
    undo_changed = Signal(object)
    refused = Signal(str, object)
    unsaved_changed = Signal(object)
    titles_changed = Signal()

    def __init__(
        self,
        store: WorkspaceStore,
        services: DesktopServices,
        runner: TaskRunner,
        language: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.services = services
        self.runner = runner
        self.form_set = store.form_set
        self.facts = store.facts()
        self.titles = TitleCache()
        self.context = Context(self.form_set, ChoiceIndex(self.form_set), self.titles, language)
        self.problems = Problems(self.form_set)
        self.checked_at = ""
        self.own_record = self._find_own()
        self._names = RecordNames(store)
        self._rows_context = context_for(store, language, self._names)
        self._editor: RecordEditor | None = None
        self._aside: RecordEditor | None = None  # of another record, whose edits had to wait
        self._opened = ("", RecordId(""))
        self.unwritten = Unwritten(self._at, runner, self)
        self.unwritten.wrote.connect(self._on_edited)
        self.unwritten.refused.connect(self._on_refused)
        self.unwritten.changed.connect(self.unsaved_changed)
        self.round = CheckRound(store, services.clock, runner, self)
        self.round.running_changed.connect(self._on_round)
        self.round.ended.connect(self._on_checked)
        self._snapshots = SnapshotKeeper(store, runner, self)
        self._initials = InitialsFeed(self.form_set, self.titles, runner, self)
        self.titles_changed.connect(self._initials.refresh)

    # -- reading ---------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read what the window shows first: names, undo state; then check."""
        self._read_titles(tuple(self._referenced()))
        self._read_undo()
        self.check_now()

    def keys(self, query: ListQuery, owner: QObject, done: Callable[[array[int]], None]) -> None:
        """Find the keys of a list."""
        store = self.store
        self._ask(lambda _p: store.keys(query), owner, done)

    def rows(
        self,
        form: Form,
        keys: Sequence[int],
        columns: Sequence[str],
        owner: QObject,
        done: Callable[[list[TableRow]], None],
    ) -> None:
        """Read rows in words."""
        store, context = self.store, self._rows_context

        def work(_progress: Progress) -> list[TableRow]:
            fields = [form.field_by_id(c) for c in columns]
            return [
                TableRow(
                    row.key,
                    row.id,
                    {f.id: format_value(row.values.get(f.id), f, context) for f in fields},
                    frozenset(f for f, v in row.values.items() if isinstance(v, Unfit)),
                    row.child_count,
                )
                for row in store.rows(form.id, keys, columns)
            ]

        self._ask(work, owner, done)

    def ids(
        self,
        form: str,
        keys: Sequence[int],
        owner: QObject,
        done: Callable[[list[RecordId]], None],
    ) -> None:
        """Find the ids of rows."""
        store = self.store
        self._ask(lambda _p: [row.id for row in store.rows(form, keys, [])], owner, done)

    def child_owner(
        self, form: str, record: RecordId, owner: QObject, done: Callable[[RecordId | None], None]
    ) -> None:
        """Find the record that owns a child."""
        store = self.store

        def work(_progress: Progress) -> RecordId | None:
            found = store.record(form, record)
            return found.parent if found is not None else None

        self._ask(work, owner, done)

    def ask(
        self,
        work: Callable[[WorkspaceStore, Progress], T],
        owner: QObject,
        done: Callable[[T], None],
        failed: Failed | None = None,
        title: str = "",
        *,
        settled: bool = False,
    ) -> Task:
        """Run any other use case on the database thread.

        Args:
            settled: What was typed has to be on the disk before it, as for whatever signs, copies or replaces the file.
        """
        store = self.store

        def work_on_store(progress: Progress) -> T:
            if settled:
                self.unwritten.insist()
            return work(store, progress)

        return self.runner.on_database(work_on_store, owner, done, failed, title)

    # -- one record ------------------------------------------------------------------------------------------------

    def open_record(self, form: str, record: RecordId) -> None:
        """Open a record for editing; its state comes by `state_changed`."""
        services = self.services
        self._opened = (form, record)

        def work(_progress: Progress) -> FormState:
            self._aside = None
            self._editor = RecordEditor(
                self.store, form, record, actor=services.actor, clock=services.clock
            )
            return self._editor.state

        self._ask(work, self, self._on_opened)

    def set_text(self, form: str, record: RecordId, field: str, text: str) -> None:
        """Write what was typed."""
        self.unwritten.add(Edit(form, record, field, text))

    def set_value(
        self,
        form: str,
        record: RecordId,
        field: str,
        value: Value | None,
        origin: Origin = Origin.TYPED,
    ) -> None:
        """Write what was chosen."""
        self.unwritten.add(Edit(form, record, field, value=value, origin=origin))

    def finish_stay(self) -> None:
        """End the burst of edits that is one undo step."""

        def work(_progress: Progress) -> None:
            self._aside = None
            if self._editor is not None:
                self._editor.finish_stay()

        self._ask(work, self, None)

    # -- several records -------------------------------------------------------------------------------------------

    def create(
        self,
        form: str,
        owner: QObject,
        done: Callable[[RecordId], None],
        parent: RecordId | None = None,
        after: RecordId | None = None,
    ) -> None:
        """Add a record."""
        services = self.services

        def work(_progress: Progress) -> RecordId:
            return editing.create_record(
                self.store, form, {}, actor=services.actor, clock=services.clock,
                parent=parent, after=after,
            )  # fmt: skip

        self.change(work, (form,), owner, done)

    def remove(
        self, form: str, records: Sequence[RecordId], reason: str, owner: QObject, done: Done
    ) -> None:
        """Delete records."""
        services = self.services

        def work(_progress: Progress) -> StepDone:
            return editing.remove_records(
                self.store, form, records, reason, actor=services.actor, clock=services.clock
            )

        self.change(work, (form,), owner, done)

    def set_cells(
        self,
        form: str,
        cells: Sequence[tuple[RecordId, str, str]],
        owner: QObject,
        done: Done,
        origin: Origin = Origin.PASTED,
        parent: RecordId | None = None,
        insert: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Write a block of texts as one step."""
        services = self.services

        def work(_progress: Progress) -> StepDone:
            return editing.set_cells(
                self.store, form, cells, actor=services.actor, clock=services.clock,
                origin=origin, parent=parent, insert=insert,
            )  # fmt: skip

        self.change(work, (form,), owner, done)

    def set_everywhere(
        self,
        form: str,
        records: Sequence[RecordId],
        field: str,
        value: Value,
        owner: QObject,
        done: Done,
    ) -> None:
        """Give several records the same answer, as one step."""
        services = self.services

        def work(_progress: Progress) -> StepDone:
            return checking.set_everywhere(
                self.store, form, records, {field: value}, actor=services.actor,
                clock=services.clock,
            )  # fmt: skip

        self.change(work, (form,), owner, done)

    def explain(self, findings: Sequence[Finding], reason: str, owner: QObject, done: Done) -> None:
        """Give a reason for warnings."""
        services = self.services

        def work(store: WorkspaceStore, _progress: Progress) -> int:
            return explaining.explain(
                store, findings, reason, actor=services.actor, clock=services.clock
            )

        def explained(count: int) -> None:
            self.check_now()
            self._read_undo()
            done(count)

        self.ask(work, owner, explained, settled=True)

    def undo(self) -> None:
        """Undo the last step."""
        self._step_back(editing.undo)

    def redo(self) -> None:
        """Bring back what was undone last."""
        self._step_back(editing.redo)

    @property
    def remembered_columns(self) -> RememberedColumns:
        """What was answered on this computer about unknown columns."""
        from census_app.services.remembered_columns import RememberedColumns  # noqa: PLC0415

        return RememberedColumns(self.services.data_dir())

    def plan_import(
        self,
        paths: Sequence[Path],
        settings: Mapping[str, str],
        same_unit: Sequence[str],
        as_own: Sequence[str],
        owner: QObject,
        done: Callable[[ImportPlan], None],
        failed: Failed,
        title: str,
    ) -> None:
        """Read files and say what importing them would do."""
        from census_app.services import importing  # noqa: PLC0415  # readers of workbooks load slowly

        clock, remembered = self.services.clock, self.remembered_columns
        self.runner.on_database(
            lambda progress: importing.plan_import(
                self.store, paths, clock=clock, settings=settings, same_unit=same_unit,
                remembered=remembered, as_own=as_own, progress=progress,
            ),
            owner, done, failed, title,
        )  # fmt: skip

    def apply_import(
        self,
        plan: ImportPlan,
        owner: QObject,
        done: Callable[[ImportDone], None],
        title: str,
    ) -> None:
        """Write an import."""
        from census_app.services import importing  # noqa: PLC0415

        services = self.services

        def work(_progress: Progress) -> ImportDone:
            return importing.apply_import(
                self.store, plan, actor=services.actor, clock=services.clock
            )

        self.change(work, tuple(f.id for f in self.form_set.forms), owner, done, title)

    def change(
        self,
        work: Callable[[Progress], T],
        forms: Sequence[str],
        owner: QObject,
        done: Callable[[T], None],
        title: str = "",
        failed: Failed | None = None,
    ) -> None:
        """Run a use case that changes records of some forms; what shows them reads anew."""

        def changed(result: T) -> None:
            self.tell_changed(forms)
            done(result)

        self.ask(lambda _s, progress: work(progress), owner, changed, failed, title, settled=True)

    def tell_changed(self, forms: Sequence[str]) -> None:
        """Have everything read anew that shows records of some forms."""
        self._read_titles([f for f in forms if f in set(self._referenced())])
        self._reload_open()
        self._read_undo()
        self.saved.emit(stamp(self.services.clock.now()))
        self.records_changed.emit(tuple(forms))
        self.check_soon()

    # -- checking --------------------------------------------------------------------------------------------------

    def check_soon(self) -> None:
        """Check the whole workspace after a short rest from typing."""
        self.round.soon()

    def check_now(self) -> None:
        """Check the whole workspace."""
        self.round.now()

    def write_all(self) -> tuple[Edit, ...]:
        """Wait until everything that was typed is written; return what the disk still refuses, in its order."""
        self.runner.wait_for_database()
        if self.unwritten.edits:
            self.retry()
            self.runner.wait_for_database()
        return self.unwritten.edits

    def close(self) -> None:
        """Close the file; what `write_all` left is given up."""
        self.round.stop()
        self.unwritten.stop()
        self.runner.wait_for_database()
        self.unwritten.give_up()
        self._snapshots.finish()
        self.runner.on_database(lambda _p: self.store.close(), self)
        self.runner.wait_for_database()

    def retry(self) -> None:
        """Try again to write edits that the disk refused."""
        self.unwritten.retry()

    def _find_own(self) -> RecordId:
        """Return the department's own record: the first of its form; it cannot be deleted."""
        form, _name = self.form_set.by_role("department_name")
        keys = self.store.keys(ListQuery(form=form.id))[:1]
        rows = self.store.rows(form.id, list(keys), [])
        return rows[0].id if rows else RecordId("")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _ask(
        self, work: Callable[[Progress], T], owner: QObject, done: Callable[[T], None] | None
    ) -> Task:
        return self.runner.on_database(work, owner, done)

    def _at(self, form: str, record: RecordId) -> RecordEditor:
        """Return the editor of a record; runs on the database thread. The open record keeps its own."""
        for editor in (self._editor, self._aside):
            if editor is not None and (editor.state.form, editor.state.record) == (form, record):
                return editor
        services = self.services
        made = RecordEditor(self.store, form, record, actor=services.actor, clock=services.clock)
        if (form, record) == self._opened:
            self._editor = made
        else:
            self._aside = made
        return made

    def _on_refused(self, edit: Edit, error: CensusError) -> None:
        """Say it at the field, or, when the person has gone on to another record, by itself."""
        if (edit.form, edit.record) == self._opened:
            self.refused.emit(edit.field, error)
        else:
            self.runner.report(error)

    def _step_back(self, move: Callable[..., StepDone | None]) -> None:
        services = self.services

        def work(store: WorkspaceStore, _progress: Progress) -> StepDone | None:
            return move(store, actor=services.actor, clock=services.clock)

        self.ask(work, self, self._on_stepped, settled=True)

    def _on_stepped(self, done: StepDone | None) -> None:
        if done is not None:
            self.tell_changed(sorted({form for form, _record in done.touched}))

    def _reload_open(self) -> None:
        def work(_progress: Progress) -> FormState | None:
            self._names.forget()
            self._aside = None
            if self._editor is None:
                return None
            state = self._editor.state
            if self.store.record(state.form, state.record) is None:
                self._editor = None
                return None
            return self._editor.reload()

        self._ask(work, self, self._on_reloaded)

    def _on_opened(self, state: FormState) -> None:
        self.problems.take_record(state.form, state.record, state.findings)
        self.state_changed.emit(self.unwritten.laid_over(state, self.context), True)

    def _on_reloaded(self, state: FormState | None) -> None:
        if state is not None:
            self._on_opened(state)

    def _on_edited(self, state: FormState) -> None:
        self.problems.take_record(state.form, state.record, state.findings)
        title = state.values.get(self.form_set.form(state.form).title)
        if isinstance(title, str):
            self.titles.put_one(state.form, state.record, title)
        self.state_changed.emit(state, False)
        self.saved.emit(state.saved_at)
        self._read_undo()
        self.check_soon()

    def _on_round(self, running: bool) -> None:
        if running:
            self.problems.mark()
        self.checking_changed.emit(running)

    def _on_checked(self, arranged: Digest) -> None:
        self.problems.take_digest(arranged)
        self.checked_at = arranged.report.checked_at
        self.checked.emit()

    def _read_undo(self) -> None:
        self._ask(lambda _p: self.store.undo_state(), self, self._on_undo_state)

    def _on_undo_state(self, state: UndoState) -> None:
        self.undo_changed.emit(state)

    def _referenced(self) -> list[str]:
        targets = {f.target for form in self.form_set.forms for f in form.field if f.target}
        return sorted(targets)

    def _read_titles(self, forms: Sequence[str]) -> None:
        if forms:
            self._ask(
                lambda _p: {form: self.store.titles(form) for form in forms}, self, self._on_titles
            )

    def _on_titles(self, titles: dict[str, dict[str, str]]) -> None:
        for form, names in titles.items():
            self.titles.put(form, names)
        self.titles_changed.emit()
