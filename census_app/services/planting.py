"""Make the practice file: a department of the samples in which exactly the planted mistakes are wrong.

Built as a department would: import, mend by the script of the demonstration, take offers, explain. What `practice.toml`
plants is left out of the mending.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from census_app.assets import resource
from census_app.domain.findings import Finding, Severity
from census_app.errors import BugError
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.demonstrating import ANY_RULE, Campaign, Player, read_campaign
from census_app.services.explaining import explain
from census_app.services.importing import apply_import, plan_import
from census_app.services.mend_script import carry_out
from census_app.services.mending import apply_offers
from census_app.services.ports import ListQuery, Workshop, WorkspaceStore
from census_app.services.practising import SAMPLES, read_practice
from census_app.services.progress import Progress

STEPS: Final = 6
"""Steps of making a practice file, for its progress."""


def make_practice(
    path: Path, services: Workshop, *, progress: Progress | None = None
) -> WorkspaceStore:
    """Make a practice file with the planted mistakes and nothing else wrong, and return it open.

    Args:
        services: Makes practice files; see `bootstrap.PracticeServices`.

    Raises:
        UserError: `FILE_EXISTS`.
        EnvironmentProblem: A file cannot be written.
        Cancelled: The person stopped it; the unfinished file is gone then.
    """
    practice, campaign = read_practice(), read_campaign()
    player = next((p for p in campaign.department if p.name == practice.department), None)
    if player is None:
        raise BugError("DEMO_SCRIPT", field="department", text=practice.department)
    store = services.create_workspace(path, practice.name, player.code)
    try:
        _fill(store, campaign, player, practice.rules, services, progress or Progress())
    except BaseException:
        store.close()
        path.unlink(missing_ok=True)
        raise
    return store


def _fill(
    store: WorkspaceStore,
    campaign: Campaign,
    player: Player,
    planted: Collection[str],
    services: Workshop,
    progress: Progress,
) -> None:
    actor, clock = services.actor, services.clock
    # The lists know the department by its name in the samples; only so do they find its record.
    _call(store, player.name, services)
    for number, name in enumerate(player.workbooks):
        progress.step(number, STEPS, "")
        path = resource(SAMPLES, *name.split("/"))
        plan = plan_import(store, [path], clock=clock, same_unit=player.same_unit)
        apply_import(store, plan, actor=actor, clock=clock)
    progress.step(2, STEPS, "")
    found = check_workspace(store, clock=clock).findings
    for mend in player.mend:
        if mend.rule not in planted:
            carry_out(store, mend, found, actor=actor, clock=clock)
    progress.step(3, STEPS, "")
    found = check_workspace(store, clock=clock).findings
    offered = [f for f in found if f.offer is not None and f.rule not in planted]
    apply_offers(store, offered, actor=actor, clock=clock)
    progress.step(4, STEPS, "")
    _call(store, store.facts().department_name, services)
    _explain(store, campaign, planted, services)
    progress.step(STEPS, STEPS, "")


def _call(store: WorkspaceStore, name: str, services: Workshop) -> None:
    """Give the department's own record a name."""
    form, field = store.form_set.by_role("department_name")
    own = store.rows(form.id, list(store.keys(ListQuery(form.id)))[:1], [])[0].id
    set_everywhere(
        store, form.id, [own], {field.id: name}, actor=services.actor, clock=services.clock
    )


def _explain(
    store: WorkspaceStore, campaign: Campaign, planted: Collection[str], services: Workshop
) -> None:
    warnings: dict[str, list[Finding]] = {}
    for finding in check_workspace(store, clock=services.clock).findings:
        if finding.severity is Severity.WARNING and finding.rule not in planted:
            warnings.setdefault(finding.rule, []).append(finding)
    for rule, findings in warnings.items():
        reason = campaign.reasons.get(rule, campaign.reasons[ANY_RULE])
        explain(store, findings, reason, actor=services.actor, clock=services.clock)
