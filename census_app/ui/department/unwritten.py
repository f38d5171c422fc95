"""Edits on their way to the disk: written in the order in which they were made, kept while the disk refuses them.

Nothing overtakes an edit that waits: a later one waits behind it, and whatever else writes has the waiting ones written
first. The queue is filled by the window's thread and emptied by the database thread.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from census_app.domain.changes import Origin
from census_app.domain.records import RecordId, Value
from census_app.errors import CensusError, EnvironmentProblem
from census_app.formspec.types import Context, parse_value
from census_app.services.editing import FormState, RecordEditor
from census_app.services.progress import Progress
from census_app.ui.shell.tasks import TaskRunner

RETRY_AFTER_MS: Final = 5000


@dataclass(frozen=True, slots=True)
class Edit:
    """One answer: as it was typed, or as it was chosen.

    Attributes:
        text: What was typed; None when `value` was chosen.
    """

    form: str
    record: RecordId
    field: str
    text: str | None = None
    value: Value | None = None
    origin: Origin = Origin.TYPED

    def apply(self, editor: RecordEditor) -> FormState:
        """Write it."""
        if self.text is not None:
            return editor.set_text(self.field, self.text, self.origin)
        return editor.set_value(self.field, self.value, self.origin)


@dataclass(slots=True)
class Outcome:
    """What became of the edits that were tried.

    Attributes:
        error: Why the next one could not be written; it and those behind it wait on.
    """

    written: list[FormState] = field(default_factory=list)
    refused: list[tuple[Edit, CensusError]] = field(default_factory=list)
    error: Exception | None = None


class Unwritten(QObject):
    """The queue.

    Args:
        editor_of: Returns the editor of a record; called on the database thread.

    Signals:
        wrote: `FormState` after an edit was made durable.
        refused: `Edit` and the error, when it may not be written at all.
        changed: `CensusError` while edits wait for the disk, None when all are written.
    """

    wrote = Signal(object)
    refused = Signal(object, object)
    changed = Signal(object)
    _tried = Signal(object)

    def __init__(
        self,
        editor_of: Callable[[str, RecordId], RecordEditor],
        runner: TaskRunner,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor_of, self._runner = editor_of, runner
        self._queue: deque[Edit] = deque()
        self._lock = threading.Lock()
        self._stuck = False
        self._error: EnvironmentProblem | None = None
        self._timer = QTimer(self, interval=RETRY_AFTER_MS)
        self._timer.timeout.connect(self.retry)
        self._tried.connect(self._on_tried, Qt.ConnectionType.QueuedConnection)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What is not on the disk yet, in its order."""
        with self._lock:
            return tuple(self._queue)

    @property
    def refused_by_disk(self) -> EnvironmentProblem | None:
        """Why edits wait; None while none does."""
        return self._error

    def add(self, edit: Edit) -> None:
        """Have an edit written behind those that wait."""
        with self._lock:
            self._queue.append(edit)
        self._runner.on_database(self._write_on, self, self._on_tried)

    def retry(self) -> None:
        """Try again to write what the disk refused."""
        self._runner.on_database(self._write_again, self, self._on_tried)

    def insist(self) -> None:
        """Write everything that waits; called on the database thread before anything else is written.

        Raises:
            EnvironmentProblem: The disk still refuses it; what was to be written next must not be.
        """
        if not self.edits:
            return
        outcome = self._write_again(Progress())
        self._tried.emit(outcome)
        if outcome.error is not None:
            raise outcome.error

    def give_up(self) -> None:
        """Forget what waits; the person has said so."""
        with self._lock:
            self._queue.clear()
        self._timer.stop()

    def stop(self) -> None:
        """Try nothing by itself any more."""
        self._timer.stop()

    def laid_over(self, state: FormState, context: Context) -> FormState:
        """Return a record's state with the answers that wait for the disk: they are shown as they were given."""
        given = [e for e in self.edits if (e.form, e.record) == (state.form, state.record)]
        if not given:
            return state
        form = context.form_set.form(state.form)
        values = dict(state.values)
        for edit in given:
            value = edit.value
            if edit.text is not None:
                asked = form.field_by_id(edit.field)
                value = parse_value(edit.text, asked, context.beside(values)).value
            values.pop(edit.field, None)
            if value is not None:
                values[edit.field] = value
        return dataclasses.replace(state, values=values)

    # -- on the database thread ------------------------------------------------------------------------------------

    def _write_again(self, progress: Progress) -> Outcome:
        self._stuck = False
        return self._write_on(progress)

    def _write_on(self, _progress: Progress) -> Outcome:
        """Write from the head of the queue until it is empty or the disk refuses one."""
        outcome = Outcome()
        while not self._stuck:
            with self._lock:
                head = self._queue[0] if self._queue else None
            if head is None:
                break
            try:
                outcome.written.append(head.apply(self._editor_of(head.form, head.record)))
            except EnvironmentProblem as error:
                self._stuck = True
                outcome.error = error
                break
            except CensusError as error:
                outcome.refused.append((head, error))
            except Exception as error:  # noqa: BLE001  # told with what was written before it
                outcome.error = error
                self._take(head)
                break
            self._take(head)
        return outcome

    def _take(self, head: Edit) -> None:
        with self._lock:
            if self._queue and self._queue[0] is head:  # else it was given up meanwhile
                self._queue.popleft()

    # -- in the window's thread ------------------------------------------------------------------------------------

    def _on_tried(self, outcome: Outcome) -> None:
        for state in outcome.written:
            self.wrote.emit(state)
        for edit, error in outcome.refused:
            self.refused.emit(edit, error)
        if isinstance(outcome.error, EnvironmentProblem):
            self._error = outcome.error
            self._timer.start()
        elif outcome.error is not None:
            raise outcome.error
        elif not self.edits:
            self._error = None
            self._timer.stop()
        self.changed.emit(self._error)
