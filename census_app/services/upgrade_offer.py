"""A newer form set that a trust bundle has brought and that waits: what taking it over would do. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from census_app.exchange.bundle import stored_document
from census_app.formspec.loader import load_form_files, load_form_set
from census_app.formspec.model import FormSet
from census_app.formspec.upgrade import Effects, UpgradePlan, plan_path
from census_app.services.form_versions import form_set_for
from census_app.services.ports import CatalogueStore, WorkspaceStore
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


@dataclass(frozen=True, slots=True)
class FormsExamined:
    """A form set that lies in a folder, compared with the one a catalogue uses.

    Attributes:
        kind: `same`: nothing differs; `replace`: other words or dates of the same version; `upgrade`: a newer version;
            `older`; `gap`: nothing leads from the one in use to it, so that it could not be taken over.
        plan: What differs; None unless `upgrade`. `effects` likewise: what it does to the records here.
    """

    kind: Literal["same", "replace", "upgrade", "older", "gap"]
    new: FormSet
    plan: UpgradePlan | None = None
    effects: Effects | None = None


def examine_forms(catalogue: CatalogueStore, folder: Path) -> FormsExamined:
    """Say what handing out the form set of a folder would do to the records of a catalogue, before it is signed.

    Raises:
        DataProblem: `FORMSET_INVALID`.
    """
    new, own = load_form_set(folder), catalogue.form_set
    if new.version == own.version:
        return FormsExamined("same" if new.sha256 == own.sha256 else "replace", new)
    plan = plan_path(new, own.version, lambda known: form_set_for(catalogue, known))
    if plan is not None:
        return FormsExamined("upgrade", new, plan, preview(catalogue, plan))

    def known(wanted: str) -> FormSet | None:
        return new if wanted == new.version else form_set_for(catalogue, wanted)

    older = plan_path(own, new.version, known) is not None
    return FormsExamined("older" if older else "gap", new)
