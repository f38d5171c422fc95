"""Judge a department's systems and say what becomes of them, in the systems' own form (domain S-03 … S-08).

Judgement and decision are answers of that form, found by role; nothing is kept beside them. `judging` is another thing:
a coordinator's verdict on a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import Insert, Origin, Put, Step, StepDone
from census_app.domain.records import Record, RecordId, Value, new_id
from census_app.domain.systems import (
    MERGE,
    ROLES,
    Reply,
    Sign,
    SystemCase,
    Thresholds,
    case_of,
    complete,
    signs_of,
    verdict,
)
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import ChoiceList, FormSet
from census_app.services.defaults import default_values
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.refusing import refuse

_FUNDING_ENDS: Final = "funding_ends"
"""Role of the campaign's date from which unconnected systems get no operating funds."""

_USES, _USERS = "zombie_monthly_uses", "zombie_users"


@dataclass(frozen=True, slots=True)
class SystemsToClear:
    """All systems of a department, in the order they were made.

    Attributes:
        criteria: Codes of the official criteria, in their order.
        signs: By system, what its data says for the criteria.
    """

    cases: tuple[SystemCase, ...]
    criteria: tuple[str, ...]
    signs: Mapping[RecordId, tuple[Sign, ...]]
    today: str

    @property
    def done(self) -> int:
        """Systems about which nothing is left to say."""
        return sum(complete(case) for case in self.cases)


def criteria_of(form_set: FormSet) -> tuple[str, ...]:
    """Return the codes of the official criteria, in the order of their list."""
    return tuple(choice.code for choice in _criteria_list(form_set).choices)


def _criteria_list(form_set: FormSet) -> ChoiceList:
    _form, field = form_set.by_role("zombie_reasons")
    return form_set.choice_lists[field.choices]


def thresholds_of(form_set: FormSet) -> Thresholds:
    """Return the figures from which the campaign calls a system a candidate; without a setting, none is."""
    settings = form_set.settings
    return Thresholds(int(settings.get(_USES, -1)), int(settings.get(_USERS, 0)))


def funding_day(form_set: FormSet) -> str:
    """Return the day from which operating funds stop, as the campaign says; empty when it names none."""
    return next((m.due for m in form_set.campaign.milestones if m.role == _FUNDING_ENDS), "")


def systems_to_clear(store: WorkspaceStore, *, clock: Clock) -> SystemsToClear:
    """Return all systems with what the clean-up asks about them."""
    form_set = store.form_set
    form, _name = form_set.by_role("system_name")
    columns = {f.role: f.id for f in form.field if f.role in ROLES}
    keys = store.keys(ListQuery(form=form.id))
    cases = tuple(
        case_of({role: row.values.get(column) for role, column in columns.items()}, row.id)
        for row in store.rows(form.id, list(keys), sorted(columns.values()))
    )
    today = clock.now().date().isoformat()
    names = {str(case.id): case.name for case in cases}
    limits = thresholds_of(form_set)
    speaks_for = _criteria_list(form_set).signs
    signs = {case.id: signs_of(case, limits, today, names, speaks_for) for case in cases}
    return SystemsToClear(cases, criteria_of(form_set), signs, today)


def clearing_progress(store: WorkspaceStore, *, clock: Clock) -> tuple[int, int]:
    """Return of how many systems everything is said, and of how many there are."""
    found = systems_to_clear(store, clock=clock)
    return found.done, len(found.cases)


def judge_system(
    store: WorkspaceStore,
    record: RecordId,
    replies: Mapping[str, Reply],
    *,
    actor: str,
    clock: Clock,
    stay: str = "",
) -> StepDone:
    """Write the judgement that follows from the replies to the criteria: whether it is a zombie, and why.

    Replies from which nothing follows yet leave the system unjudged.

    Args:
        stay: Judgements of the same stay that follow each other directly are one undo step.

    Raises:
        UserError: `RECORD_GONE`.
    """
    form_set = store.form_set
    criteria = criteria_of(form_set)
    judged = verdict(criteria, replies)
    met = tuple(c for c in criteria if replies.get(c) is Reply.YES)
    values: dict[str, Value | None] = {
        _field(form_set, "is_zombie"): judged,
        _field(form_set, "zombie_reasons"): met or None,
    }
    return _put(store, record, values, "STEP_JUDGE", stay, actor=actor, clock=clock)


def dispose_system(
    store: WorkspaceStore,
    record: RecordId,
    disposition: str,
    *,
    actor: str,
    clock: Clock,
    target: RecordId | None = None,
    stay: str = "",
) -> StepDone:
    """Write what becomes of a system.

    Args:
        disposition: Code of its list; empty takes the decision back.
        target: The system it is merged into; None leaves that answer as it is.

    Raises:
        UserError: `RECORD_GONE`; `MERGE_INTO_ITSELF`.
    """
    if target == record:
        raise UserError("MERGE_INTO_ITSELF")
    form_set = store.form_set
    values: dict[str, Value | None] = {_field(form_set, "disposition"): disposition or None}
    if target is not None:
        values[_field(form_set, "disposition_target")] = target
    return _put(store, record, values, "STEP_DISPOSE", stay, actor=actor, clock=clock)


def merge_into_new(
    store: WorkspaceStore,
    record: RecordId,
    name: str,
    phase: str,
    *,
    actor: str,
    clock: Clock,
) -> RecordId:
    """Register a system and merge another one into it, as one step; return the new system's id.

    Args:
        phase: Code of the new system's phase.

    Raises:
        UserError: `NAME_EMPTY`; `RECORD_GONE`; `REFUSED_VALUE`.
    """
    if not name.strip():
        raise UserError("NAME_EMPTY")
    form_set, context = store.form_set, context_for(store)
    form, title = form_set.by_role("system_name")
    if store.record(form.id, record) is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    values: dict[str, Value] = default_values(form, context)
    values |= {title.id: name.strip(), _field(form_set, "system_phase"): phase}
    at = clock.now()
    refuse(RecordEvaluator(form, form_set, at.date().isoformat()), form, values, context)
    made = Record(form.id, new_id(), values, unit=store.facts().department_code)
    merged: dict[str, Value | None] = {
        _field(form_set, "disposition"): MERGE,
        _field(form_set, "disposition_target"): made.id,
    }
    operations = (Insert(made), Put(form.id, record, merged))
    params = {"form": form.label.zh, "title": name.strip()}
    store.write(Step("STEP_ADD", actor, Origin.TYPED, stamp(at), operations, params))
    return made.id


def _field(form_set: FormSet, role: str) -> str:
    return form_set.by_role(role)[1].id


def _put(
    store: WorkspaceStore,
    record: RecordId,
    values: Mapping[str, Value | None],
    sentence: str,
    stay: str,
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    form, name = store.form_set.by_role("system_name")
    found = store.record(form.id, record)
    if found is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    # Codes of lists and yes or no: there is nothing in them that a refusing rule looks for.
    put = Put(form.id, record, values)
    title = found.values.get(name.id)
    return store.write(
        Step(
            sentence, actor, Origin.TYPED, stamp(clock.now()), (put,),
            {"title": title if isinstance(title, str) else ""},
            merge_key=f"{sentence}:{record}:{stay}" if stay else "",
        )
    )  # fmt: skip
