"""The review within the department: put to review, return with a reason, approve; how it stands (ADR 0092).

Nothing is locked: an act says what a person thought of one content, and lapses with it.
"""

from __future__ import annotations

from census_app.domain.approval import ActKind, Approval, ReviewAct, approval_of
from census_app.errors import UserError
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore

LONGEST = 500
"""Characters that are kept of a remark or a reason."""


def approval(store: WorkspaceStore) -> Approval:
    """Return how the hand-in stands within the department."""
    return approval_of(store.acts(), store.content_digest())


def submit_for_review(store: WorkspaceStore, *, actor: str, clock: Clock) -> Approval:
    """Say that the records are ready for the head.

    Raises:
        UserError: `APPROVAL_NOT_NEEDED`, these very records are put to review, approved or handed in already.
    """
    standing = approval(store)
    if not standing.changed and standing.state in {"submitted", "approved", "handed_in"}:
        raise UserError("APPROVAL_NOT_NEEDED")
    return _note(store, "submitted", actor=actor, clock=clock)


def approve(
    store: WorkspaceStore, name: str, office: str, remark: str = "", *, actor: str, clock: Clock
) -> Approval:
    """Approve what would be handed in as it stands now.

    Args:
        name: Who approves, in full.
        office: The person's office or title.

    Raises:
        UserError: `APPROVAL_NAME`, name or office is missing.
    """
    if not name.strip() or not office.strip():
        raise UserError("APPROVAL_NAME")
    return _note(store, "approved", name, office, remark, actor=actor, clock=clock)


def return_to_clerk(
    store: WorkspaceStore,
    reason: str,
    name: str = "",
    office: str = "",
    *,
    actor: str,
    clock: Clock,
) -> Approval:
    """Give the records back to whoever fills in, with the reason.

    Raises:
        UserError: `REASON_TOO_SHORT`.
    """
    if len(reason.strip()) < MINIMUM_LENGTH:
        raise UserError("REASON_TOO_SHORT", minimum=MINIMUM_LENGTH)
    return _note(store, "returned", name, office, reason, actor=actor, clock=clock)


def _note(
    store: WorkspaceStore,
    kind: ActKind,
    name: str = "",
    office: str = "",
    remark: str = "",
    *,
    actor: str,
    clock: Clock,
) -> Approval:
    act = ReviewAct(
        kind=kind,
        digest=store.content_digest(),
        actor=actor,
        at=stamp(clock.now()),
        name=name.strip()[:LONGEST],
        office=office.strip()[:LONGEST],
        remark=remark.strip()[:LONGEST],
    )
    store.note_act(act)
    return approval(store)
