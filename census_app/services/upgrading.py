"""Take over a form set that arrives with a trust bundle: a workspace's records, a catalogue's packages follow it.

A newer version upgrades, the same version with other words or dates only replaces the files, an older one changes
nothing. Not responsible for whether whoever sends it may do so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from census_app.domain.holdings import UpgradeDone
from census_app.errors import DataProblem, UserError
from census_app.exchange.refusals import RecordInvalid, Refused
from census_app.formspec.loader import load_form_files
from census_app.formspec.model import FormSet
from census_app.formspec.types import JsonValue
from census_app.formspec.upgrade import (
    Effects,
    UpgradePlan,
    asks_the_same,
    effects,
    legal_values,
    plan_path,
)
from census_app.services.form_versions import (
    FORM_UNKNOWN,
    form_set_for,
    plan_for,
    schema_for,
)
from census_app.services.lookup import stamp
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    PackageFacts,
    RecordReader,
    TrustStore,
    WorkspaceStore,
)
from census_app.services.progress import Progress
from census_app.services.receiving import rebuild, release
from census_app.services.scratch_checks import check_scratch, load
from census_app.services.stored import stored_package

Taking = Literal["same", "older", "held", "replaced", "upgraded"]


@dataclass(frozen=True, slots=True)
class Reexamined:
    """A package that waited for its form set.

    Attributes:
        name: The package.
        department: Who sent it.
        code: `MERGED`; `PENDING`, `FORK` or `QUARANTINED` when something else holds it; else why it is refused.
        detail: What does not follow the form set, for a refusal.
    """

    name: str
    department: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FormsTaken:
    """What became of a delivered form set.

    Attributes:
        outcome: `same`, nothing differs; `older`, kept beside but not used; `held`, a newer one that is kept until a
            person has seen what it changes; `replaced`, other words or dates of the
            same version; `upgraded`.
        version: The version in use now.
        upgrade: For a workspace that was upgraded: what that did.
        reexamined: For a catalogue that was upgraded: the packages that had waited for it.
    """

    outcome: Taking
    version: str
    upgrade: UpgradeDone | None = None
    reexamined: tuple[Reexamined, ...] = ()


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A delivered form set and how it stands to the one in use."""

    form_set: FormSet
    outcome: Taking
    plan: UpgradePlan | None = None


def upgrade_workspace(
    store: WorkspaceStore,
    files: Mapping[str, bytes],
    *,
    actor: str,
    clock: Clock,
    hold: bool = False,
) -> FormsTaken:
    """Take a delivered form set over in a department's file.

    The store goes on with the newer form set; whoever holds more of it than the store (a window) opens the file again.

    Args:
        files: The form set's files by path, as in the bundle below `data/formset/`.
        hold: Only keep a newer version, for `upgrade_offer`; it is taken over by another call.

    Raises:
        DataProblem: `FORMSET_INVALID`; `SNAPSHOT_DAMAGED`.
        UserError: `FORM_SET_GAP`, `FORM_VERSION_CHANGED`.
        EnvironmentProblem: Nothing was changed.
    """
    arrival = _examine(store, files)
    done = None
    if arrival.plan is not None and hold:
        store.store_form_files(arrival.form_set.version, files)
        return FormsTaken("held", store.form_set.version)
    if arrival.plan is not None:
        done = store.upgrade_forms(arrival.plan, files, actor, stamp(clock.now()))
    else:
        _keep(store, arrival, files)
    return FormsTaken(arrival.outcome, store.form_set.version, done)


def upgrade_catalogue(
    catalogue: CatalogueStore,
    files: Mapping[str, bytes],
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> FormsTaken:
    """Take a delivered form set over in a catalogue: its tables are made anew and filled from the packages.

    What waited for the form set is examined, merged or refused.

    Raises:
        DataProblem: `FORMSET_INVALID`.
        UserError: `FORM_SET_GAP`, `FORM_VERSION_CHANGED`.
    """
    progress = progress or Progress()
    arrival = _examine(catalogue, files)
    if arrival.plan is None:
        _keep(catalogue, arrival, files)
    else:
        catalogue.adopt_forms(arrival.form_set, files)
        rebuild(catalogue, clock=clock, progress=progress)
    found = reexamine_held(catalogue, clock=clock, progress=progress)
    return FormsTaken(arrival.outcome, catalogue.form_set.version, None, found)


def _examine(store: TrustStore, files: Mapping[str, bytes]) -> _Arrival:
    given, own = load_form_files(files), store.form_set
    if given.version == own.version:
        if given.sha256 == own.sha256:
            return _Arrival(given, "same")
        if not asks_the_same(own, given):
            raise UserError("FORM_VERSION_CHANGED", version=given.version)
        return _Arrival(given, "replaced")
    plan = plan_path(given, own.version, lambda version: form_set_for(store, version))
    if plan is not None:
        return _Arrival(given, "upgraded", plan)
    if plan_path(
        own, given.version, lambda v: given if v == given.version else form_set_for(store, v)
    ):
        return _Arrival(given, "older")
    needed = given.predecessor or given.version
    raise UserError("FORM_SET_GAP", have=own.version, given=given.version, needed=needed)


def _keep(store: TrustStore, arrival: _Arrival, files: Mapping[str, bytes]) -> None:
    if arrival.outcome == "replaced":
        store.replace_forms(arrival.form_set, files)
    elif not store.form_files(arrival.form_set.version):
        # A file that has its form set with it can be read by whoever does not have that version.
        store.store_form_files(arrival.form_set.version, files)


# -- before it is published --------------------------------------------------------------------------------------------


def preview(store: RecordReader, plan: UpgradePlan) -> Effects:
    """Count what a newer form set would do to the records here; nothing is changed.

    What it changes is `plan.changes`; the plan comes from `formspec.upgrade.plan_path`.
    """
    return effects(plan, _answers(store, plan.old))


def _answers(store: RecordReader, form_set: FormSet) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    for form in form_set.forms:
        for record in store.stream_records(form.id):
            yield form.id, legal_values(form, record.values)


# -- what waited -------------------------------------------------------------------------------------------------------


def reexamine_held(
    catalogue: CatalogueStore, *, clock: Clock, progress: Progress | None = None
) -> tuple[Reexamined, ...]:
    """Look again at the packages whose form set was not known, after form sets were stored.

    Their lines are verified now. A package that follows its form set joins its chain; one that does not is refused: it
    stays, with the reason, and counts for nothing.
    """
    progress = progress or Progress()
    looked: list[tuple[PackageFacts, Reexamined]] = []
    held = [p for p in catalogue.packages() if p.held == FORM_UNKNOWN]
    for number, facts in enumerate(held):
        if schema_for(catalogue, facts.form_version) is not None:
            progress.step(number, len(held), facts.name)
            looked.append((facts, _examine_held(catalogue, facts, clock)))
    for department in sorted({facts.department for facts, _ in looked}):
        release(catalogue, department, clock=clock, progress=progress)
    states = {p.identity: p.state for p in catalogue.packages()}
    return tuple(
        found
        if found.code
        else Reexamined(found.name, found.department, states[facts.identity].upper())
        for facts, found in looked
    )


def _examine_held(catalogue: CatalogueStore, facts: PackageFacts, clock: Clock) -> Reexamined:
    """Verify the lines and run the rules; return the refusal, or no code when nothing is wrong."""
    scratch = catalogue.scratch()
    try:
        schema = partial(schema_for, catalogue)
        with stored_package(catalogue, facts, clock=clock, line_schema=schema) as package:
            announced = load(scratch, package, plan_for(catalogue, facts.form_version))
        today = clock.now().date().isoformat()
        errors, warnings = check_scratch(catalogue.form_set, scratch, today, announced=announced)
    except DataProblem as refused:
        if isinstance(refused, Refused) and not isinstance(refused, RecordInvalid):
            # Whoever signed it is not believed now; that may change, the lines were not looked at.
            return Reexamined(facts.name, facts.department, refused.code)
        detail = " ".join(str(v) for v in refused.params.values() if v)
        catalogue.settle_hold(facts.identity, held=f"refused:{refused.code}:{detail}"[:300])
        return Reexamined(facts.name, facts.department, refused.code, detail)
    finally:
        scratch.close()
    catalogue.settle_hold(facts.identity, held="", errors=errors, warnings=warnings)
    return Reexamined(facts.name, facts.department, "")
