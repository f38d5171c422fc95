"""Give many records the same answer: first say what would change, then write it as one step.

Records where the question is not relevant are left alone, and so are those that already say so, those whose other
answers the value does not go with, and those where it would break a refusing rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import Origin, Put, Step, StepDone
from census_app.domain.findings import Severity
from census_app.domain.records import Record, RecordId, Value
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.refusing import merged

_CHUNK: Final = 200
_ERRORS: Final = frozenset({Severity.ERROR, Severity.REFUSAL})


@dataclass(frozen=True, slots=True)
class OldAnswer:
    """What some of the records say now, None for no answer, and how many they are."""

    value: Value | None
    count: int


@dataclass(frozen=True, slots=True)
class FillPlan:
    """What giving records one answer would do; the parts add up to the records asked for.

    Attributes:
        changing: Records that get the answer.
        old: What those say now, the most frequent first.
        same: Number of records that say so already.
        irrelevant: Those to which the question does not apply.
        unsuitable: Those whose other answers the value does not go with: it stands in another part of a dependent list.
        refused: Those where a refusing rule forbids it.
        gone: Number of records that are not there any more.
        worse: Of `changing`, how many get an error in this field that they do not have now.
    """

    form: str
    field: str
    value: Value | None
    changing: tuple[RecordId, ...] = ()
    old: tuple[OldAnswer, ...] = ()
    same: int = 0
    irrelevant: tuple[RecordId, ...] = ()
    unsuitable: tuple[RecordId, ...] = ()
    refused: tuple[RecordId, ...] = ()
    gone: int = 0
    worse: int = 0

    @property
    def asked(self) -> int:
        """Number of records asked for."""
        left = len(self.irrelevant) + len(self.unsuitable) + len(self.refused)
        return len(self.changing) + self.same + left + self.gone


def plan_fill(
    store: WorkspaceStore,
    form_id: str,
    records: Sequence[RecordId],
    field_id: str,
    value: Value | None,
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> FillPlan:
    """Say what giving records one answer would do; None empties the field. Nothing is written.

    Raises:
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    form = store.form_set.form(form_id)
    sorter = _Sorter(store, form, form.field_by_id(field_id), value, clock)
    for start in range(0, len(records), _CHUNK):
        progress.step(start, len(records))
        chunk = records[start : start + _CHUNK]
        here = store.records(form_id, chunk)
        for record in chunk:
            if record in here:
                sorter.take(here[record])
    return sorter.plan(gone=len(records) - sorter.seen)


def apply_fill(
    store: WorkspaceStore, plan: FillPlan, *, actor: str, clock: Clock
) -> StepDone | None:
    """Write a plan as one step that can be undone at once; None when it changes nothing."""
    if not plan.changing:
        return None
    form = store.form_set.form(plan.form)
    values: dict[str, Value | None] = {plan.field: plan.value}
    operations = tuple(Put(plan.form, record, values) for record in plan.changing)
    params = {
        "form": form.label.zh,
        "field": form.field_by_id(plan.field).label.zh,
        "count": str(len(operations)),
    }
    return store.write(Step("STEP_SET", actor, Origin.SET, stamp(clock.now()), operations, params))


class _Sorter:
    def __init__(
        self, store: WorkspaceStore, form: Form, field: Field, value: Value | None, clock: Clock
    ) -> None:
        self._form, self._field, self._value = form, field, value
        self._context = context_for(store)
        self._evaluator = RecordEvaluator(form, store.form_set, clock.now().date().isoformat())
        self._old: dict[Value | None, int] = {}
        self._changing: list[RecordId] = []
        self._left: dict[str, list[RecordId]] = {"irrelevant": [], "unsuitable": [], "refused": []}
        self._same = self._worse = 0
        self.seen = 0

    def take(self, record: Record) -> None:
        """Put a record where it belongs."""
        self.seen += 1
        old = record.values.get(self._field.id)
        if old == self._value and type(old) is type(self._value):
            self._same += 1
            return
        would_be = merged(record.values, {self._field.id: self._value})
        outcome = self._evaluator.evaluate(record.id, would_be)
        if self._field.id not in outcome.relevant and self._value is not None:
            self._left["irrelevant"].append(record.id)
        elif not _goes_with(self._value, self._field, self._context, would_be):
            self._left["unsuitable"].append(record.id)
        elif self._evaluator.refusals(would_be):
            self._left["refused"].append(record.id)
        else:
            self._changing.append(record.id)
            self._old[old] = self._old.get(old, 0) + 1
            before = self._errors(record.id, record.values)
            self._worse += bool(
                {f.rule for f in outcome.findings if self._is_error(f.fields, f.severity)} - before
            )

    def plan(self, gone: int) -> FillPlan:
        """Return what was found."""
        old = sorted(self._old.items(), key=lambda pair: -pair[1])
        return FillPlan(
            form=self._form.id,
            field=self._field.id,
            value=self._value,
            changing=tuple(self._changing),
            old=tuple(OldAnswer(value, count) for value, count in old),
            same=self._same,
            irrelevant=tuple(self._left["irrelevant"]),
            unsuitable=tuple(self._left["unsuitable"]),
            refused=tuple(self._left["refused"]),
            gone=gone,
            worse=self._worse,
        )

    def _errors(self, record: RecordId, values: Mapping[str, Value]) -> set[str]:
        findings = self._evaluator.evaluate(record, values).findings
        return {f.rule for f in findings if self._is_error(f.fields, f.severity)}

    def _is_error(self, fields: Sequence[str], severity: Severity) -> bool:
        return self._field.id in fields and severity in _ERRORS


def _goes_with(
    value: Value | None, field: Field, context: Context, would_be: Mapping[str, Value]
) -> bool:
    if value is None or not field.choices_from or not field.choices:
        return True
    parent = would_be.get(field.choices_from)
    if not isinstance(parent, str):
        return True
    allowed = {c.code for c in context.choices.options(field.choices, parent)}
    given = value if isinstance(value, tuple) else (value,)
    return not allowed or all(each in allowed for each in given)
