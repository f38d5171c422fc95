"""A newer form set that a trust bundle has brought: what taking it over would do. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from census_app.exchange.bundle import stored_document
from census_app.formspec.loader import load_form_files
from census_app.formspec.model import FormSet
from census_app.formspec.upgrade import Effects, UpgradePlan, plan_path
from census_app.services.form_versions import form_set_for
from census_app.services.ports import WorkspaceStore
from census_app.services.upgrading import preview


@dataclass(frozen=True, slots=True)
class UpgradeOffer:
    """A delivered form set that is not in use yet.

    Attributes:
        kind: `upgrade`: a newer version; `replace`: other words or dates of the same; `gap`: a version between is
            missing, so that nothing can be done here.
        new: The delivered form set.
        plan: What differs; None unless `upgrade`. `effects` likewise: what it does to the records here.
    """

    kind: Literal["upgrade", "replace", "gap"]
    new: FormSet
    plan: UpgradePlan | None = None
    effects: Effects | None = None


def upgrade_offer(store: WorkspaceStore) -> UpgradeOffer | None:
    """Return what the bundle in force offers; None when nothing newer waits.

    Raises:
        DataProblem: `TRUST_DAMAGED`, `FORMSET_INVALID`.
    """
    bundle, own = store.bundle(), store.form_set
    version = stored_document(bundle.trust_json).form_set.version if bundle is not None else ""
    files = store.form_files(version) if version else {}
    if not files:
        return None
    new = load_form_files(files)
    if new.version == own.version:
        return UpgradeOffer("replace", new) if new.sha256 != own.sha256 else None
    plan = plan_path(new, own.version, lambda known: form_set_for(store, known))
    if plan is not None:
        return UpgradeOffer("upgrade", new, plan, preview(store, plan))

    def known(wanted: str) -> FormSet | None:
        return new if wanted == new.version else form_set_for(store, wanted)

    older = plan_path(own, new.version, known) is not None
    return None if older else UpgradeOffer("gap", new)
