"""Make a record in the place where another one refers to it: both together are one step."""

from __future__ import annotations

from census_app.domain.changes import Insert, Origin, Put, Step
from census_app.domain.records import Record, RecordId, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.titles import title_of
from census_app.formspec.types import parse_value
from census_app.services.defaults import default_values
from census_app.services.lookup import RecordNames, context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.refusing import merged, refuse


def refer_to_new(
    store: WorkspaceStore,
    form_id: str,
    record_id: RecordId,
    field_id: str,
    title: str,
    *,
    actor: str,
    clock: Clock,
) -> RecordId:
    """Add a record with that name to the form a field points to, let the field refer to it, and return its id.

    A record that has this name already is referred to, not made twice. A field for several records keeps the others.

    Raises:
        UserError: `RECORD_GONE`; `REFERENCE_NAME`, the text cannot be a name; `REFUSED_VALUE`. Nothing is written then.
    """
    form_set = store.form_set
    form = form_set.form(form_id)
    field = form.field_by_id(field_id)
    target = form_set.form(field.target)
    current = store.record(form_id, record_id)
    if current is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    names = RecordNames(store)
    context = context_for(store, names=names)
    name = parse_value(title.strip(), target.field_by_id(target.title), context).value
    if name is None or isinstance(name, Unfit):
        raise UserError("REFERENCE_NAME", form=target.label.zh)
    at = clock.now()
    today = at.date().isoformat()
    known = names.resolve(target.id, str(name))
    referred = RecordId(known) if known else new_id()
    put = Put(
        form_id, record_id, {field_id: _with(current.values.get(field_id), field.type, referred)}
    )
    refuse(
        RecordEvaluator(form, form_set, today), form, merged(current.values, put.values), context
    )
    operations: tuple[Insert | Put, ...] = (put,)
    if not known:
        values = {**default_values(target, context), target.title: name}
        refuse(RecordEvaluator(target, form_set, today), target, values, context)
        fresh = Record(target.id, referred, values, unit=store.facts().department_code)
        operations = (Insert(fresh), put)
    params = {
        "form": target.label.zh,
        "name": str(name),
        "title": title_of(form, current.values),
        "field": field.label.zh,
    }
    store.write(Step("STEP_REFER_NEW", actor, Origin.TYPED, stamp(at), operations, params))
    return referred


def _with(value: Value | None, kind: str, referred: RecordId) -> Value:
    if kind != "references":
        return referred
    others = value if isinstance(value, tuple) else ()
    return (*(i for i in others if i != referred), referred)
