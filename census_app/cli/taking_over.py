"""What `census apply` says of a contribution: what taking it over changed, or with `--dry-run` would change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from census_app.cli.speech import Speech
from census_app.cli.tools import Tools
from census_app.services.contributing import (
    ContributionDone,
    ContributionPlan,
    apply_contribution,
    plan_contribution,
)
from census_app.services.ports import WorkspaceStore
from census_app.services.reconciling import open_conflicts


def take_over(
    store: WorkspaceStore, path: Path, speech: Speech, tools: Tools, *, dry_run: bool, as_json: bool
) -> int:
    """Take a contribution over, or only look at it, and return the exit code: 1 while conflicts wait."""
    plan = plan_contribution(store, path, clock=tools.clock)
    done = None
    if not dry_run:
        done = apply_contribution(store, plan, actor=tools.actor, clock=tools.clock)
    waiting = len(plan.conflicts) if done is None else len(open_conflicts(store))
    speech.answer(_document(plan, done, waiting), _lines(plan, done, speech), as_json=as_json)
    return 1 if waiting else 0


def _document(
    plan: ContributionPlan, done: ContributionDone | None, waiting: int
) -> dict[str, Any]:
    return {
        "type": plan.package.type,
        "package": plan.package.name,
        "sender": plan.package.sender,
        "outcome": plan.outcome,
        "applied": done is not None and plan.outcome == "ready",
        "new": len(plan.merge.inserts),
        "changed": len(plan.merge.edits),
        "removed": len(plan.merge.removes),
        "unchanged": plan.merge.unchanged,
        "conflicts": len(plan.conflicts),
        "waiting": waiting,
        "snapshot": str(done.snapshot) if done is not None and done.snapshot else "",
    }


def _lines(plan: ContributionPlan, done: ContributionDone | None, speech: Speech) -> list[str]:
    name = {"name": plan.sender_name, "file": plan.path.name}
    if plan.outcome == "duplicate":
        return [speech.text("CLI_MERGE_DUPLICATE", **name)]
    lines = [speech.text("CLI_MERGE_DONE" if done is not None else "CLI_MERGE_PLAN", **name)]
    lines.append(
        speech.text(
            "CLI_MERGE_COUNTS",
            new=len(plan.merge.inserts),
            changed=len(plan.merge.edits),
            removed=len(plan.merge.removes),
            unchanged=plan.merge.unchanged,
        )
    )
    if plan.conflicts:
        lines.append(speech.text("CLI_MERGE_CONFLICTS", count=len(plan.conflicts)))
    elif done is not None:
        lines.append(speech.text("CLI_MERGE_NEXT"))
    return lines
