"""Take a contribution over at the door of `applying`: plan and apply in one go, or with a preview only plan."""

from __future__ import annotations

from pathlib import Path

from census_app.errors import UserError
from census_app.services.applying import Applied, Desk, Store
from census_app.services.contributing import (
    ContributionPlan,
    apply_contribution,
    plan_contribution,
)
from census_app.services.ports import as_workspace
from census_app.services.reconciling import open_conflicts


def take(store: Store, path: Path, desk: Desk) -> Applied:
    """Take a contribution over, or only look at it; what both sides changed differently waits for a person.

    Raises:
        UserError: `APPLY_TYPE`, the store is a catalogue; and what `plan_contribution` raises.
    """
    workspace = as_workspace(store)
    if workspace is None:
        raise UserError("APPLY_TYPE", file=path.name, type="contribution")
    plan = plan_contribution(workspace, path, clock=desk.clock)
    if plan.outcome == "duplicate":
        return _applied(plan, "APPLIED_CONTRIBUTION_KNOWN", 0)
    if desk.preview:
        return _applied(plan, "APPLIED_CONTRIBUTION_PREVIEW", len(plan.conflicts))
    done = apply_contribution(workspace, plan, actor=desk.actor, clock=desk.clock)
    return _applied(done.plan, "APPLIED_CONTRIBUTION", len(open_conflicts(workspace)))


def _applied(plan: ContributionPlan, code: str, waiting: int) -> Applied:
    counts = {
        "added": len(plan.merge.inserts),
        "changed": len(plan.merge.edits),
        "removed": len(plan.merge.removes),
        "unchanged": plan.merge.unchanged,
        "conflicts": len(plan.conflicts),
    }
    further = []
    if plan.outcome == "ready":
        further.append(("APPLIED_CONTRIBUTION_COUNTS", counts))
        last = "CONFLICTS" if plan.conflicts else "NEXT"
        further.append((f"APPLIED_CONTRIBUTION_{last}", {"count": len(plan.conflicts)}))
    params = {"name": plan.sender_name, "sender": plan.package.sender, **counts}
    new = code == "APPLIED_CONTRIBUTION"
    return Applied(
        plan.path, "contribution", code, params, tuple(further), new=new, waiting=waiting
    )
