"""Steps and their journal: every change is written with who, when, from what and to what; undo appends.

What can be undone and redone is derived from the journal, so a restart changes nothing. Not responsible for how rows
are written (`work`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from census_app.domain.changes import (
    Insert,
    JournalEntry,
    Move,
    Operation,
    Origin,
    Put,
    Remove,
    Step,
    StepDone,
    UndoState,
)
from census_app.domain.holdings import Explanation
from census_app.domain.records import RecordId
from census_app.domain.schemas import Sighting
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage import carrying, contributions, sightings
from census_app.storage.engine import Database
from census_app.storage.failures import legible
from census_app.storage.renames import FieldNames, field_names
from census_app.storage.rows import RowCodec, json_text
from census_app.storage.work import Change, Work

UNDONE_REASON: Final = "撤销 / undone"
"""Reason of a deletion that an undo makes; a tombstone needs one."""

UPGRADE_SENTENCE: Final = "STEP_UPGRADE"
"""Sentence of the system step by which a newer form set came; what lies before it is history, not undone any more."""

_SINCE_UPGRADE: Final = (
    "coalesce((SELECT max(number) FROM step WHERE kind = 'system' "
    f"AND sentence = '{UPGRADE_SENTENCE}'), 0)"
)

_UNDOABLE: Final = f"""
SELECT number, sentence, params FROM step AS s WHERE kind = 'do' AND s.number > {_SINCE_UPGRADE}
AND NOT EXISTS (
  SELECT 1 FROM step AS u WHERE u.target = s.number AND u.kind = 'undo'
  AND u.number = (SELECT max(number) FROM step WHERE target = s.number))
ORDER BY number DESC LIMIT 1"""

_REDOABLE: Final = f"""
SELECT s.number, s.sentence, s.params, u.number FROM step AS u JOIN step AS s ON s.number = u.target
WHERE u.kind = 'undo' AND u.number > {_SINCE_UPGRADE} AND u.number > (SELECT max(number) FROM step WHERE kind = 'do')
AND u.number = (SELECT max(number) FROM step WHERE target = u.target)
ORDER BY s.number LIMIT 1"""

_OF_RECORDS: Final = frozenset({"record", "field", "place"})
"""Kinds of lines that say what became of a record; the others say something about one."""

_LINE: Final = "kind, form, record_id, field, sign, old, new, old_given, new_given, reason"


@dataclass(frozen=True, slots=True)
class _Burst:
    """The step that a following one with the same key joins."""

    number: int
    merge_key: str
    actor: str
    origin: Origin

    def admits(self, step: Step) -> bool:
        """Say whether a step belongs to this stay in a field."""
        same = self.actor == step.actor and self.origin == step.origin
        return same and self.merge_key == step.merge_key


class Journal:
    """Writes steps into a workspace and takes them back.

    Args:
        database: The open workspace.
        form_set: Its form set.
        codecs: Form id → codec.
    """

    def __init__(
        self, database: Database, form_set: FormSet, codecs: Mapping[str, RowCodec]
    ) -> None:
        self._database = database
        self._form_set = form_set
        self._codecs = codecs
        self._burst: _Burst | None = None

    def write(
        self,
        step: Step,
        *,
        decisions: Sequence[Change] = (),
        sighted: Sequence[Sighting] = (),
        explanations: Sequence[Explanation] = (),
        beside: Callable[[Connection], None] | None = None,
    ) -> StepDone:
        """Write a step in one transaction; number 0 when nothing differed.

        Args:
            decisions: Lines of kind `decision`; undo reopens what they decided.
            sighted: Where the records of the step were found; undo takes that back as well.
            explanations: Reasons for warnings that come with the step.
            beside: What else belongs into the transaction; runs even when nothing differed.
        """
        burst, self._burst = self._burst, None
        with self._database.writing() as connection:
            work = Work(connection, self._form_set, self._codecs)
            with legible(self._database.path):
                _load(step.operations, work)
            for operation in step.operations:
                _apply(operation, work)
            touched = work.flush()
            seen = sightings.lines_for(connection, sighted)
            sightings.store(connection, seen)
            work.changes += [*decisions, *seen, *self._put_explanations(connection, explanations)]
            if beside is not None:
                beside(connection)
            if not work.changes:
                self._burst = burst
                return StepDone(0, ())
            joinable = bool(step.merge_key) and all(c.kind == "field" for c in work.changes)
            if joinable and burst is not None and burst.admits(step):
                number, stays = burst.number, _join(connection, burst.number, step, work.changes)
            else:
                number, stays = _append(connection, step, "do", work.changes), joinable
        if stays:
            self._burst = _Burst(number, step.merge_key, step.actor, step.origin)
        return StepDone(number, touched)

    def note(self, step: Step, beside: Callable[[Connection], None] | None = None) -> None:
        """Write a step without lines, which no undo takes back; what is typed next is a step of its own.

        Args:
            beside: What else belongs into the transaction.
        """
        self._burst = None
        with self._database.writing() as connection:
            if beside is not None:
                beside(connection)
            _append(connection, step, "system", ())

    # Undo and redo

    def undo_state(self) -> UndoState:
        """Return the sentences of what can be undone and redone."""
        with self._database.reading() as connection:
            undo = connection.exec_driver_sql(_UNDOABLE).first()
            redo = connection.exec_driver_sql(_REDOABLE).first()
        with legible(self._database.path):
            return UndoState(
                undo=None if undo is None else (undo[1], json.loads(undo[2])),
                redo=None if redo is None else (redo[1], json.loads(redo[2])),
                number=0 if undo is None else int(undo[0]),
            )

    def undo(self, actor: str, at: str) -> StepDone | None:
        """Append the step that takes the newest step in force back."""
        return self._compensate(_UNDOABLE, "undo", (actor, at))

    def redo(self, actor: str, at: str) -> StepDone | None:
        """Append the step that takes the last undo back."""
        return self._compensate(_REDOABLE, "redo", (actor, at))

    def _compensate(self, query: str, kind: str, who: tuple[str, str]) -> StepDone | None:
        self._burst = None
        with self._database.writing() as connection:
            found = connection.exec_driver_sql(query).first()
            if found is None:
                return None
            target = found[0]
            changes = read_changes(connection, target if kind == "undo" else found[3])
            work = Work(connection, self._form_set, self._codecs)
            with legible(self._database.path):
                work.invert([c for c in changes if c.kind in _OF_RECORDS], UNDONE_REASON)
            touched = work.flush()
            explained = [c for c in changes if c.kind == "explanation"]
            decided = [c for c in changes if c.kind == "decision"]
            confirmed = [c for c in changes if c.kind == carrying.KIND]
            sighted = [c for c in changes if c.kind == sightings.KIND]
            lines = [
                *work.changes,
                *_invert_explanations(connection, explained),
                *contributions.invert_decisions(connection, decided),
                *carrying.invert(connection, confirmed),
                *sightings.invert(connection, sighted),
            ]
            number = next_number(connection)
            sentence, origin = (
                ("STEP_UNDO", Origin.UNDONE) if kind == "undo" else ("STEP_REDO", Origin.REDONE)
            )
            row = (sentence, {"number": str(target)}, who[0], origin, who[1])
            write_step(connection, number, kind, target, row)
            write_changes(connection, number, lines)
        beside = tuple((c.form, c.record) for c in (*explained, *decided, *confirmed))
        return StepDone(number, touched or beside)

    # Explanations

    def explain(self, explanations: Sequence[Explanation]) -> None:
        """Store reasons as one undoable step; one for the same values replaces the earlier one."""
        if not explanations:
            return
        self._burst = None
        first = explanations[0]
        with self._database.writing() as connection:
            lines = self._put_explanations(connection, explanations)
            if not lines:
                return
            number = next_number(connection)
            params = {"count": str(len(lines)), "rule": first.rule}
            row = ("STEP_EXPLAIN", params, first.actor, Origin.TYPED, first.at)
            write_step(connection, number, "do", 0, row)
            write_changes(connection, number, lines)

    def _put_explanations(
        self, connection: Connection, explanations: Sequence[Explanation]
    ) -> list[Change]:
        lines = []
        for each in explanations:
            old = _stored_explanation(connection, each)
            new = _explanation_text(each)
            if old != new:
                form = self._form_of(connection, each.record)
                lines.append(_explanation_line(form, each, old, new))
                _put_explanation(connection, each)
        return lines

    def explanations(self) -> list[Explanation]:
        """Return all stored reasons, by record and rule."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT record_id, rule, values_sha256, reason, actor, at FROM explanation "
                "ORDER BY record_id, rule, at"
            ).all()
        return [Explanation(RecordId(row[0]), *row[1:]) for row in rows]

    def _form_of(self, connection: Connection, record: str) -> str:
        for form in self._form_set.forms:
            statement = f"SELECT 1 FROM {quoted(form.id)} WHERE id = ?"
            if connection.exec_driver_sql(statement, (record,)).first() is not None:
                return form.id
        return ""

    # Confirmations

    def confirm(self, form: str, records: Sequence[RecordId], mark: str, step: Step) -> StepDone:
        """Store what a person says of records of the last round as one undoable step; see `carrying.confirm`."""
        self._burst = None
        with self._database.writing() as connection:
            lines = carrying.confirm(connection, form, records, mark, (step.actor, step.at))
            if not lines:
                return StepDone(0, ())
            number = _append(connection, step, "do", lines)
        return StepDone(number, tuple((line.form, line.record) for line in lines))

    # History

    def history(
        self, form: str = "", record: str = "", field: str = "", limit: int = 200
    ) -> list[JournalEntry]:
        """Return history lines, newest first; with a field, a record's birth and end show that field's value.

        Fields go by their ids of today; one that is no longer asked keeps its last id.
        """
        with self._database.reading() as connection:
            names = field_names(connection)
            conditions, values = ["c.kind NOT IN ('rename', 'sighting')"], []
            for column, wanted in (("c.form", form), ("c.record_id", record)):
                if wanted:
                    conditions.append(f"{column} = ?")
                    values.append(wanted)
            if field:
                ids = names.ever(form, field)
                conditions.append(
                    f"(c.field IN ({', '.join('?' * len(ids))}) OR c.kind = 'record')"
                )
                values += ids
            statement = (
                "SELECT c.step, s.at, s.actor, s.origin, c.kind, c.form, c.record_id, c.field, "
                "c.sign, c.old, c.new, c.reason FROM change AS c JOIN step AS s ON s.number = c.step "
                f"WHERE {' AND '.join(conditions)} ORDER BY c.key DESC"
            )
            rows = connection.exec_driver_sql(statement, tuple(values))
            with legible(self._database.path):
                return list(_limited(_entries(rows, field, names), limit))


def write_system_step(connection: Connection, form_set: FormSet, step: Step) -> None:
    """Write a step that is no undo step, in the caller's transaction: what a file begins with."""
    work = Work(connection, form_set, {form.id: RowCodec(form) for form in form_set.forms})
    for operation in step.operations:
        _apply(operation, work)
    work.flush()
    _append(connection, step, "system", work.changes)


def _limited(entries: Iterator[JournalEntry], limit: int) -> Iterator[JournalEntry]:
    for _, entry in zip(range(limit), entries, strict=False):
        yield entry


def _entries(rows: object, field: str, names: FieldNames) -> Iterator[JournalEntry]:
    for row in rows:  # type: ignore[attr-defined]
        step, at, actor, origin, kind, form, record, name, sign, old, new, reason = row
        if kind == "record":
            name = field
            values = (_values_of_record(text, form, step, names) for text in (old, new))
            old, new = (_part_of_record(each, field) for each in values)
            if field and not old and not new:
                continue
        elif name:
            name = names.today(form, name, step)
            if field and name != field:
                continue
        yield JournalEntry(
            step=step,
            at=at,
            actor=actor,
            origin=Origin(origin),
            form=form,
            record=RecordId(record),
            field=name,
            sign=sign,
            old=old,
            new=new,
            reason=reason,
        )


def _values_of_record(
    text: str, form: str, step: int, names: FieldNames
) -> dict[str, object] | None:
    if not text:
        return None
    return {names.today(form, n, step): v for n, v in json.loads(text)["values"].items()}


def _part_of_record(values: Mapping[str, object] | None, field: str) -> str:
    """Return the values of a whole record, or one of them, as JSON text."""
    if values is None:
        return ""
    if not field:
        return json_text(values)
    return json_text(values[field]) if field in values else ""


def _load(operations: Sequence[Operation], work: Work) -> None:
    """Read the records that operations touch, in bulk."""
    inserted = {o.record.id for o in operations if isinstance(o, Insert)}
    by_form: dict[str, list[RecordId]] = {}
    for operation in operations:
        if not isinstance(operation, Insert) and operation.record not in inserted:
            by_form.setdefault(operation.form, []).append(operation.record)
    for form, ids in by_form.items():
        work.load(form, ids)


def _apply(operation: Operation, work: Work) -> None:
    match operation:
        case Insert(record, understood):
            work.insert(record, understood)
        case Put(form, record_id, values, understood):
            work.put((form, record_id), values, understood)
        case Move(form, record_id, position):
            work.move((form, record_id), position)
        case Remove(form, record_id, reason):
            work.remove((form, record_id), reason)


def _append(connection: Connection, step: Step, kind: str, changes: Sequence[Change]) -> int:
    number = next_number(connection)
    row = (step.sentence, dict(step.params), step.actor, step.origin, step.at)
    write_step(connection, number, kind, 0, row)
    write_changes(connection, number, changes)
    return number


def _join(connection: Connection, number: int, step: Step, changes: Sequence[Change]) -> bool:
    """Fold a burst's next changes into its step: one line per field, from the first value to the last.

    Returns:
        False when the burst has taken itself back, and its step is gone.
    """
    for line in changes:
        row = connection.exec_driver_sql(
            "SELECT key, old FROM change WHERE step = ? AND form = ? AND record_id = ? AND field = ?",
            (number, line.form, line.record, line.field),
        ).first()
        if row is None:
            write_changes(connection, number, [line])
        elif row[1] == line.new:
            connection.exec_driver_sql("DELETE FROM change WHERE key = ?", (row[0],))
        else:
            sign = "+" if not row[1] else "-" if not line.new else "~"
            connection.exec_driver_sql(
                "UPDATE change SET new = ?, new_given = ?, sign = ? WHERE key = ?",
                (line.new, line.new_given, sign, row[0]),
            )
    statement = "SELECT count(*) FROM change WHERE step = ?"
    if not connection.exec_driver_sql(statement, (number,)).scalar_one():
        connection.exec_driver_sql("DELETE FROM step WHERE number = ?", (number,))
        return False
    connection.exec_driver_sql(
        "UPDATE step SET at = ?, params = ? WHERE number = ?",
        (step.at, json_text(dict(step.params)), number),
    )
    return True


def next_number(connection: Connection) -> int:
    """Return the number of the next step."""
    statement = "SELECT coalesce(max(number), 0) + 1 FROM step"
    return int(connection.exec_driver_sql(statement).scalar_one())


def write_step(
    connection: Connection,
    number: int,
    kind: str,
    target: int,
    row: tuple[str, Mapping[str, str], str, Origin, str],
) -> None:
    """Write a step without its lines; `row` is sentence, params, actor, origin, moment."""
    sentence, params, actor, origin, at = row
    connection.exec_driver_sql(
        "INSERT INTO step (number, kind, target, sentence, params, actor, origin, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, kind, target, sentence, json_text(params), actor, str(origin), at),
    )


def write_changes(connection: Connection, number: int, changes: Sequence[Change]) -> None:
    """Add journal lines to a step."""
    if not changes:
        return
    connection.exec_driver_sql(
        f"INSERT INTO change (step, {_LINE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *line) for line in changes],
    )


def read_changes(connection: Connection, number: int) -> list[Change]:
    """Return the journal lines of a step, in the order they were made."""
    rows = connection.exec_driver_sql(
        f"SELECT {_LINE} FROM change WHERE step = ? ORDER BY key", (number,)
    )
    return [Change(row[0], row[1], RecordId(row[2]), *row[3:]) for row in rows]


def _explanation_text(each: Explanation) -> str:
    return json_text(
        {
            "actor": each.actor,
            "at": each.at,
            "reason": each.reason,
            "rule": each.rule,
            "values_sha256": each.values_sha256,
        }
    )


def _explanation_line(form: str, each: Explanation, old: str, new: str) -> Change:
    sign = "~" if old else "+"
    return Change("explanation", form, each.record, sign=sign, old=old, new=new, reason=each.reason)


def _stored_explanation(connection: Connection, each: Explanation) -> str:
    row = connection.exec_driver_sql(
        "SELECT record_id, rule, values_sha256, reason, actor, at FROM explanation "
        "WHERE record_id = ? AND rule = ? AND values_sha256 = ?",
        (each.record, each.rule, each.values_sha256),
    ).first()
    return "" if row is None else _explanation_text(Explanation(RecordId(row[0]), *row[1:]))


def _put_explanation(connection: Connection, each: Explanation) -> None:
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO explanation "
        "(record_id, rule, values_sha256, reason, actor, at) VALUES (?, ?, ?, ?, ?, ?)",
        (each.record, each.rule, each.values_sha256, each.reason, each.actor, each.at),
    )


def _invert_explanations(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    lines = []
    for line in reversed(changes):
        if line.new:
            gone = json.loads(line.new)
            connection.exec_driver_sql(
                "DELETE FROM explanation WHERE record_id = ? AND rule = ? AND values_sha256 = ?",
                (line.record, gone["rule"], gone["values_sha256"]),
            )
        if line.old:
            _put_explanation(connection, Explanation(record=line.record, **json.loads(line.old)))
        sign = "+" if not line.new else "-" if not line.old else "~"
        lines.append(
            Change(
                "explanation",
                line.form,
                line.record,
                sign=sign,
                old=line.new,
                new=line.old,
                reason=line.reason,
            )
        )
    return lines
