"""What the head will sign, to be read in two minutes: counts, what is new since the last hand-in, what stays open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from census_app.domain.approval import Approval
from census_app.domain.findings import Finding, Severity
from census_app.domain.holdings import ShareTally
from census_app.domain.records import RecordId
from census_app.services.answering import QueryItem, query_items
from census_app.services.approving import approval
from census_app.services.checking import CheckReport
from census_app.services.exporting import Unfinished, unfinished
from census_app.services.ports import Clock, ListQuery, SentPackage, WorkspaceStore
from census_app.services.sent_packages import newest_submission
from census_app.services.share_tally import tally_of_workspace

Delta = Literal["new", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class FormCount:
    """Records of one form.

    Attributes:
        announced: Those that travel as announced only; None for a child form, whose records go with their owners.
    """

    form: str
    total: int
    announced: int | None


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record that is not what the last package said.

    Attributes:
        fields: Its own fields that differ; none for a new or removed one, or where only its children do.
    """

    delta: Delta
    form: str
    record: RecordId
    title: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandInSummary:
    """What would be handed in now.

    Attributes:
        number: Of the package that would be written.
        last: The submission before it.
        sharing: Resources by sharing type, as the package would carry them.
        changes: Since the submission before; everything is new where there was none, and is not listed then.
        unfinished: Records that would travel as announced.
        explained: Warnings with a reason in force.
        waiting: Queries that must be answered first; `open` counts all that wait.
        conflicts: Merges that wait for a decision.
        approval: How it stands within the department.
    """

    number: int
    last: SentPackage | None
    forms: tuple[FormCount, ...]
    sharing: ShareTally
    changes: tuple[ChangedRecord, ...]
    unfinished: tuple[Unfinished, ...]
    explained: tuple[Finding, ...]
    waiting: tuple[QueryItem, ...]
    open: int
    conflicts: int
    approval: Approval

    def count(self, delta: Delta) -> int:
        """Return how many records are new, changed or removed."""
        return sum(each.delta == delta for each in self.changes)


def summarise(store: WorkspaceStore, report: CheckReport, *, clock: Clock) -> HandInSummary:
    """Return what would be handed in by a check that was made already."""
    standing = approval(store)
    blocked = unfinished(store, report)
    items = query_items(store, clock=clock, report=report)
    last = newest_submission(store)
    return HandInSummary(
        number=last.sequence + 1 if last else 1,
        last=last,
        forms=_forms(store, blocked),
        sharing=tally_of_workspace(store, {(b.form, b.record) for b in blocked}),
        changes=_changes(store, last, standing) if last else (),
        unfinished=blocked,
        explained=tuple(
            f
            for f in report.findings
            if f.severity is Severity.WARNING and f.explanation is not None
        ),
        waiting=tuple(i for i in items if i.waits),
        open=sum(i.state == "open" for i in items),
        conflicts=len(store.conflicts()),
        approval=standing,
    )


def _forms(store: WorkspaceStore, blocked: tuple[Unfinished, ...]) -> tuple[FormCount, ...]:
    counts = []
    for form in store.form_set.forms:
        total = store.count(ListQuery(form=form.id))
        if total:
            announced = sum(each.form == form.id for each in blocked)
            counts.append(FormCount(form.id, total, None if form.parent else announced))
    return tuple(counts)


def _changes(
    store: WorkspaceStore, last: SentPackage, standing: Approval
) -> tuple[ChangedRecord, ...]:
    """Compare with the last submission by the journal; one of an older program left no act there, only its moment."""
    act = standing.handed_in
    known = act is not None and act.package == last.identity
    touched = (
        store.touched_since(act.step)
        if known and act is not None
        else store.touched_since(at=last.at)
    )
    before = store.handed_in()
    changes = []
    for each in touched:
        carried = (each.form, each.record) in before
        if each.gone and not carried:
            continue  # came and went since: no package ever spoke of it
        delta: Delta = "removed" if each.gone else "changed" if carried else "new"
        fields = tuple(sorted(each.fields)) if delta == "changed" else ()
        changes.append(ChangedRecord(delta, each.form, each.record, each.title, fields))
    listed = {(each.form, each.record) for each in changes}
    changes += [
        ChangedRecord("new", each.form, each.record, each.title)
        for each in store.never_handed_in()
        if (each.form, each.record) not in listed
    ]
    return tuple(changes)
