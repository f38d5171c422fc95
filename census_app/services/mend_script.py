"""Mend findings by a script: what the departments of the demonstration and of the practice do, as data.

Not responsible for where scripts stand; they are read by `demonstrating` and `practising`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import BugError
from census_app.formspec.types import parse_value
from census_app.services.checking import set_everywhere
from census_app.services.editing import remove_records
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, WorkspaceStore


class Mend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a department does by hand about some findings.

    Attributes:
        rule: The findings of this rule; empty when the record is named instead.
        form: Only records of this form; needed when there is no rule.
        record: Only the record of this name, as imported.
        set: Field id → text as a person would type it; an empty text clears the field.
        remove: Why the records are deleted; empty when they are changed.
        keep_first: Delete all but the first.
    """

    rule: str = ""
    form: str = ""
    record: str = ""
    set: dict[str, str] = {}
    remove: str = ""
    keep_first: bool = False


def carry_out(
    store: WorkspaceStore, mend: Mend, findings: Sequence[Finding], *, actor: str, clock: Clock
) -> int:
    """Do what a script says about some findings, and return how many records it touched.

    Raises:
        BugError: `DEMO_SCRIPT`, the script writes what does not fit its field.
    """
    return sum(
        _apply(store, mend, form, records, actor=actor, clock=clock)
        for form, records in _targets(store, mend, findings).items()
    )


def _apply(
    store: WorkspaceStore,
    mend: Mend,
    form: str,
    records: Sequence[RecordId],
    *,
    actor: str,
    clock: Clock,
) -> int:
    if mend.remove:
        gone = records[1:] if mend.keep_first else records
        return len(remove_records(store, form, gone, mend.remove, actor=actor, clock=clock).touched)
    values = _typed(store, form, mend.set)
    return len(set_everywhere(store, form, records, values, actor=actor, clock=clock).touched)


def _targets(
    store: WorkspaceStore, mend: Mend, findings: Iterable[Finding]
) -> dict[str, list[RecordId]]:
    """Return the records a step is about, by form."""
    if not mend.rule:
        named = (i for i, title in store.titles(mend.form).items() if title == mend.record)
        return {mend.form: [RecordId(i) for i in named]}
    found: dict[str, dict[RecordId, None]] = {}
    for finding in _matching(mend, findings):
        found.setdefault(finding.form, {})[finding.record] = None
    return {form: list(records) for form, records in found.items()}


def _matching(mend: Mend, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (
        f
        for f in findings
        if f.rule == mend.rule and mend.form in {"", f.form} and mend.record in {"", f.title}
    )


def _typed(
    store: WorkspaceStore, form_id: str, texts: Mapping[str, str]
) -> dict[str, Value | None]:
    """Return what texts mean for the fields of a form, as if they were typed."""
    form = store.form_set.form(form_id)
    context = context_for(store)
    values: dict[str, Value | None] = {}
    for name, text in texts.items():
        value = parse_value(text, form.field_by_id(name), context).value
        if isinstance(value, Unfit):
            raise BugError("DEMO_SCRIPT", field=name, text=text)
        values[name] = value
    return values
