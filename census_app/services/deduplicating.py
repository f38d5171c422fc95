"""Find records that may be one thing entered twice, and remember that they are not.

What a person decides is kept as an explanation, the kind of thing it is: a written reason for which something that
looks wrong may stay (ADR 0087). Where rules of the form set warn about the same names, it explains their warnings too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.findings import Finding, Severity
from census_app.domain.likeness import LikeGroup, like_groups
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.formspec.model import Field
from census_app.services.explaining import checked_reason
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, Explanation, ListQuery, WorkspaceStore

APART: Final = "not-duplicate"
"""In the place of a rule's id: the reason why a group of alike names is no duplicate."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A group of records with alike names.

    Attributes:
        apart: The reason for which a person said that they are no duplicates; None while nobody has.
    """

    form: str
    group: LikeGroup
    apart: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of a group's records side by side.

    Attributes:
        records: In the order of the group; those that are gone are left out.
        values: Answers by record, in the same order.
        children: Number of child records of each.
        differing: Fields that are not answered alike by all of them, in the order of the form.
    """

    records: tuple[RecordId, ...]
    values: tuple[Mapping[str, Value], ...]
    children: tuple[int, ...]
    differing: tuple[Field, ...]


def similar(store: WorkspaceStore, form_id: str) -> list[Similar]:
    """Return the groups of a form's records whose names look alike, those already decided included."""
    reasons = {
        (e.record, e.values_sha256): e.reason for e in store.explanations() if e.rule == APART
    }
    return [
        Similar(form_id, group, reasons.get((_bearer(group), group.sha256)))
        for group in like_groups(store.titles(form_id))
    ]


def compare(store: WorkspaceStore, found: Similar) -> Comparison:
    """Return the answers of a group's records side by side."""
    form = store.form_set.form(found.form)
    ids = [RecordId(i) for i in found.group.ids]
    read = store.records(found.form, ids)
    records = [read[i] for i in ids if i in read]
    children = [
        sum(
            store.count(ListQuery(form=child.id, parent=record.id))
            for child in store.form_set.children_of(form.id)
        )
        for record in records
    ]
    values = [r.values for r in records]
    differing = [
        f for f in form.stored_fields if len({_comparable(v.get(f.id)) for v in values}) > 1
    ]
    return Comparison(
        tuple(r.id for r in records), tuple(values), tuple(children), tuple(differing)
    )


def keep_apart(
    store: WorkspaceStore,
    found: Similar,
    reason: str,
    findings: Iterable[Finding],
    *,
    actor: str,
    clock: Clock,
) -> None:
    """Remember that a group is no duplicate, as one step that can be undone.

    It is asked again when one of the names changes or another record joins the group.

    Args:
        findings: What is known of the records' problems; warnings over several records about their names are explained
            by the same reason.

    Raises:
        UserError: `NAMES_MUST_DIFFER`, when a rule says that equal names are an error; `REASON_TOO_SHORT`;
            `REASON_REFUSED`.
    """
    about = about_names(store, found, findings)
    if any(f.severity is Severity.ERROR for f in about):
        raise UserError("NAMES_MUST_DIFFER", name=found.group.members[0][1])
    warnings = [f for f in about if f.severity is Severity.WARNING and f.values_sha256]
    clean = checked_reason(store, warnings, reason)
    at = stamp(clock.now())
    told = [(f.record, f.rule, f.values_sha256) for f in warnings]
    told.append((_bearer(found.group), APART, found.group.sha256))
    store.explain([Explanation(*each, clean, actor, at) for each in told])


def about_names(
    store: WorkspaceStore, found: Similar, findings: Iterable[Finding]
) -> list[Finding]:
    """Return the findings that are about the names of a group: those of rules that look at several records."""
    form = store.form_set.form(found.form)
    across = {r.id for r in form.rule if r.query and r.fields[0] == form.title}
    members = set(found.group.ids)
    return [f for f in findings if f.record in members and f.rule in across]


def undecided(groups: Sequence[Similar]) -> frozenset[str]:
    """Return the ids of the records in groups about which nobody has decided."""
    return frozenset(i for each in groups if each.apart is None for i in each.group.ids)


def _bearer(group: LikeGroup) -> RecordId:
    """Return the record the decision is kept with: the same one in every order of names."""
    return RecordId(min(group.ids))


def _comparable(value: Value | None) -> object:
    return ("\0unfit", value.text) if isinstance(value, Unfit) else value
