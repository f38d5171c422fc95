"""What came and went, as the window shows it: letters, queries, conflicts, verdicts, key. No widgets.

Read as a whole on the database thread, so that list, form, panel, guide and pages say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from census_app.domain.approval import Approval
from census_app.domain.records import RecordId
from census_app.domain.review import Verdict
from census_app.services.answering import QueryItem, query_items, round_of
from census_app.services.approving import approval
from census_app.services.checking import CheckReport
from census_app.services.ports import Clock, SentPackage, StoredBundle, WorkspaceStore
from census_app.services.reconciling import (
    ConflictItem,
    DecidedConflict,
    decided_conflicts,
    open_conflicts,
)
from census_app.ui.department.key_state import KeyState, read_key_state

About = tuple[str, str, str]
"""Record, rule and hash of the values a verdict is about."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Everything between this workspace and the others, as it stands.

    Attributes:
        packages: The oldest first.
        items: Every query, closed ones included.
        owners: Query id → form and id of the top-level record it belongs to.
        bundle: The trust bundle in force.
        verdicts: What the coordinator said of reasons for warnings.
        approval: How the hand-in stands within the department.
    """

    packages: tuple[SentPackage, ...] = ()
    items: tuple[QueryItem, ...] = ()
    owners: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    conflicts: tuple[ConflictItem, ...] = ()
    decided: tuple[DecidedConflict, ...] = ()
    verdicts: Mapping[About, Verdict] = field(default_factory=dict)
    round: int = 1
    bundle: StoredBundle | None = None
    key: KeyState = field(default_factory=KeyState)
    approval: Approval = field(default_factory=Approval)

    @property
    def open_items(self) -> tuple[QueryItem, ...]:
        """The queries that wait for an answer."""
        return tuple(i for i in self.items if i.state == "open")

    @property
    def waiting(self) -> tuple[QueryItem, ...]:
        """The queries that keep the next package from being handed in."""
        return tuple(i for i in self.items if i.waits)

    @property
    def received(self) -> tuple[SentPackage, ...]:
        """The packages that came in, the oldest first."""
        return tuple(p for p in self.packages if p.direction == "received")

    def of_record(self, form: str, record: str) -> tuple[QueryItem, ...]:
        """Return the queries of a top-level record and of its children, the open ones first."""
        found = [i for i in self.items if self.owners.get(i.query.id) == (form, record)]
        return tuple(sorted(found, key=lambda i: (i.state != "open", not i.query.must)))

    def records_of(self, form: str) -> frozenset[str]:
        """Return the top-level records of a form that have an open query, their children's included."""
        owners = (self.owners.get(i.query.id, ("", "")) for i in self.open_items)
        return frozenset(record for owner_form, record in owners if owner_form == form)


def read_mail(store: WorkspaceStore, clock: Clock, report: CheckReport | None) -> Mail:
    """Read everything; runs on the database thread.

    Args:
        report: The newest check, by which queries close themselves.
    """
    items = tuple(query_items(store, clock=clock, report=report))
    owners = {item.query.id: _owner(store, item) for item in items}
    return Mail(
        packages=tuple(store.packages()),
        items=items,
        owners=owners,
        conflicts=tuple(open_conflicts(store)),
        decided=tuple(decided_conflicts(store)),
        verdicts={(v.record, v.rule, v.values_sha256): v for v in store.verdicts()},
        round=round_of(store),
        bundle=store.bundle(),
        key=read_key_state(store, clock),
        approval=approval(store),
    )


def _owner(store: WorkspaceStore, item: QueryItem) -> tuple[str, str]:
    query = item.query
    form = next((f for f in store.form_set.forms if f.id == query.form), None)
    if form is None or not query.record:
        return "", ""
    if not form.parent:
        return form.id, query.record
    child = store.record(form.id, RecordId(query.record))
    return form.parent, (child.parent or "") if child is not None else ""
