"""A newer form set that a trust bundle has brought and that waits: what taking it over would do. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from census_app.exchange.bundle import stored_document
from census_app.formspec.loader import load_form_files
from census_app.formspec.upgrade import Effects, UpgradePlan, plan_path
from census_app.services.form_versions import form_set_for
from census_app.services.ports import WorkspaceStore
from census_app.services.upgrading import preview


@dataclass(frozen=True, slots=True)
class UpgradeOffer:
    """A delivered form set that is not in use yet.

    Attributes:
        version: Of the delivered form set.
        plan: What differs.
        effects: What it does to the records here.
    """

    version: str
    plan: UpgradePlan
    effects: Effects


def upgrade_offer(store: WorkspaceStore) -> UpgradeOffer | None:
    """Return what the bundle in force offers; None when nothing newer waits.

    Raises:
        DataProblem: `TRUST_DAMAGED`, `FORMSET_INVALID`.
    """
    bundle, own = store.bundle(), store.form_set
    version = stored_document(bundle.trust_json).form_set.version if bundle is not None else ""
    files = store.form_files(version) if version not in {"", own.version} else {}
    if not files:
        return None
    plan = plan_path(load_form_files(files), own.version, lambda v: form_set_for(store, v))
    return None if plan is None else UpgradeOffer(version, plan, preview(store, plan))
