"""Register the records that others name but that are in no list yet, such as the systems of an imported list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from census_app.domain.changes import Insert, Origin, Put, Step, StepDone
from census_app.domain.findings import Finding
from census_app.domain.records import Record, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.list_types import parts_of
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import Context, parse_value
from census_app.services.defaults import default_values
from census_app.services.lookup import RecordNames, context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.refusing import refuse, refuse_changes


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering did.

    Attributes:
        form: The form that got the records.
        made: New records.
        referring: Records that refer to them, or to ones that were there by then.
    """

    form: Form
    step: StepDone
    made: int
    referring: int


def names_missing_record(finding: Finding, form_set: FormSet) -> bool:
    """Say whether a finding is about the name of a record that is in no list."""
    field = form_set.form(finding.form).field_by_id(finding.fields[0])
    return finding.check == "unfit" and bool(field.target) and not finding.proposal


def register_named(
    store: WorkspaceStore, findings: Sequence[Finding], *, actor: str, clock: Clock
) -> Registered:
    """Add a record for each name that is not known yet and let the fields refer to them, as one step.

    Findings must be of one field. Where the text has changed since, nothing is done.

    Raises:
        UserError: `REFERENCE_NAME`, a text cannot be a name; `REFUSED_VALUE`. Nothing is written then.
    """
    form = store.form_set.form(findings[0].form)
    field = form.field_by_id(findings[0].fields[0])
    target = store.form_set.form(field.target)
    names = RecordNames(store)
    context = context_for(store, names=names)
    evaluator = RecordEvaluator(target, store.form_set, clock.now().date().isoformat())
    defaults, unit = default_values(target, context), store.facts().department_code
    inserts: list[Insert] = []
    puts: list[Put] = []
    records = store.records(form.id, [finding.record for finding in findings])
    for finding in findings:
        record = records.get(finding.record)
        text = record.values.get(field.id) if record is not None else None
        if not isinstance(text, Unfit) or text != finding.found.get(field.id):
            continue
        for name in _unknown(text.text, field, names):
            values = {**defaults, target.title: _title(name, target, context)}
            refuse(evaluator, target, values, context)
            fresh = Record(target.id, new_id(), values, unit=unit)
            names.add(target.id, fresh.id, name)
            inserts.append(Insert(fresh))
        meant = parse_value(text.text, field, context).value
        if not isinstance(meant, Unfit):
            puts.append(Put(form.id, finding.record, {field.id: meant}))
    refuse_changes(store, puts, clock)
    params = {"form": target.label.zh, "count": str(len(inserts)), "field": field.label.zh}
    moment = stamp(clock.now())
    done = store.write(Step("STEP_REGISTER", actor, Origin.SET, moment, (*inserts, *puts), params))
    return Registered(target, done, len(inserts), len(puts))


def _unknown(text: str, field: Field, names: RecordNames) -> list[str]:
    """Return the names in a text for which there is no record yet."""
    if names.resolve(field.target, text):
        return []
    parts = list(parts_of(text)) if field.type == "references" else [text.strip()]
    return [part for part in dict.fromkeys(parts) if not names.resolve(field.target, part)]


def _title(name: str, target: Form, context: Context) -> Value:
    value = parse_value(name, target.field_by_id(target.title), context).value
    if value is None or isinstance(value, Unfit):
        raise UserError("REFERENCE_NAME", form=target.label.zh)
    return value
