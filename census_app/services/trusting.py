"""Trust: issue bundles, revoke certificates, exchange roots (security §5). The door of the use cases about trust.

The root key lies on a stick and is asked for; nothing here keeps it. What a bundle does where it arrives: see
`believing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from census_app.errors import UserError
from census_app.exchange.bundle import SENDER
from census_app.exchange.package import WrittenPackage
from census_app.exchange.refusals import Refused
from census_app.services.anchoring import anchors_of
from census_app.services.applying import Applied, Desk
from census_app.services.believing import BundleApplied, apply_bundle
from census_app.services.issuing import BundlePlan, write_bundle
from census_app.services.ports import CatalogueStore, Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.receiving import Received
from census_app.services.revoking import NewRoot, Target, prepare_root, revoked_entries
from census_app.services.trust_summary import OwnerShown, TrustSummary, trust_summary

__all__ = [
    "BundleApplied",
    "BundleIssued",
    "BundlePlan",
    "NewRoot",
    "OwnerShown",
    "Target",
    "TrustSummary",
    "anchors_of",
    "apply_bundle",
    "issue_bundle",
    "revoke",
    "rotate_root",
    "take",
    "take_in",
    "trust_summary",
]


@dataclass(frozen=True, slots=True)
class BundleIssued:
    """A bundle that was written and that the catalogue took at once."""

    package: WrittenPackage
    applied: BundleApplied


def issue_bundle(
    catalogue: CatalogueStore,
    root_directory: Path,
    passphrase: str,
    directory: Path,
    plan: BundlePlan | None = None,
    *,
    clock: Clock,
    software: str,
    progress: Progress | None = None,
) -> BundleIssued:
    """Write the next trust bundle of a catalogue into a folder and put it in force here.

    Args:
        root_directory: Folder (stick) with a root key the catalogue believes; `passphrase` opens it.
        plan: What it shall say beside what the catalogue holds.

    Raises:
        UserError, DataProblem, EnvironmentProblem: See `issuing.write_bundle`; the folder holds no new file then.
    """
    written = write_bundle(
        catalogue,
        root_directory,
        passphrase,
        directory,
        plan or BundlePlan(),
        clock=clock,
        software=software,
    )
    try:
        applied = apply_bundle(catalogue, written.path, clock=clock, progress=progress, own=True)
    except BaseException:
        # A bundle that is not in force here must not go out: its number will be given to another.
        held = catalogue.bundle()
        if held is None or held.identity != written.identity:
            written.path.unlink(missing_ok=True)
        raise
    return BundleIssued(written, applied)


def revoke(
    catalogue: CatalogueStore,
    root_directory: Path,
    passphrase: str,
    directory: Path,
    target: Target,
    reason: str,
    *,
    clock: Clock,
    software: str,
) -> BundleIssued:
    """Revoke certificates: write the bundle that says so and put it in force here.

    Raises:
        UserError: `CERTIFICATE_UNKNOWN`, `CUT_UNKNOWN`, `REASON_TOO_SHORT`; else as `issue_bundle`.
    """
    plan = BundlePlan(revoked=revoked_entries(catalogue, target, reason))
    return issue_bundle(
        catalogue, root_directory, passphrase, directory, plan, clock=clock, software=software
    )


def rotate_root(
    catalogue: CatalogueStore,
    root_directory: Path,
    passphrase: str,
    new_directory: Path,
    new_passphrase: str,
    directory: Path,
    *,
    retire: bool = False,
    clock: Clock,
    software: str,
) -> tuple[NewRoot, BundleIssued]:
    """Make a new root on another stick and the bundle, signed by an old one, that makes everybody believe it.

    Raises:
        UserError: See `revoking.prepare_root` and `issue_bundle`.
    """
    new = prepare_root(
        catalogue,
        root_directory,
        passphrase,
        new_directory,
        new_passphrase,
        retire=retire,
        clock=clock,
    )
    plan = replace(new.plan, reissued=new.renewed)
    issued = issue_bundle(
        catalogue, root_directory, passphrase, directory, plan, clock=clock, software=software
    )
    return new, issued


def take_in(catalogue: CatalogueStore, path: Path, *, clock: Clock, progress: Progress) -> Received:
    """Take a bundle that came in among the packages; see `receiving.receive`."""
    try:
        applied = apply_bundle(catalogue, path, clock=clock, progress=progress)
    except (Refused, UserError) as problem:
        return Received(path, "refused", problem.code, problem)
    return Received(
        path=path,
        outcome="applied" if applied.new else "duplicate",
        code="APPLIED" if applied.new else "DUPLICATE",
        identity=applied.identity,
        name=f"{SENDER}-{applied.version:06d}",
        department_name=catalogue.facts().name,
        sequence=applied.version,
        released=applied.released,
        fingerprint=applied.root,
        notices=applied.notices,
        type="trust",
    )


def take(store: WorkspaceStore | CatalogueStore, path: Path, desk: Desk) -> Applied:
    """Take a bundle that somebody applies; see `applying.apply_file`."""
    applied = apply_bundle(
        store,
        path,
        clock=desk.clock,
        confirm=desk.confirm,
        actor=desk.actor,
        hold_forms=desk.hold_forms,
        progress=desk.progress,
    )
    further: list[tuple[str, Mapping[str, object]]] = [(code, {}) for code in applied.notices]
    if applied.certificate:
        further.append(("APPLIED_CERTIFICATE", {"fingerprint": applied.certificate}))
    own = trust_summary(store, clock=desk.clock).own
    if own is not None and own.standing == "revoked":
        cut = {"reason": own.reason, "number": own.last_sequence}
        further.append(("APPLIED_OWN_REVOKED", cut))
    further += _told_of_forms(applied)
    further += [("APPLIED_REVOKED", {"name": name}) for name in applied.revoked]
    further += [("APPLIED_RELEASED", {"name": name}) for name in applied.released]
    said = {
        "version": applied.version,
        "root": applied.root,
        "expires": applied.expires[:10],
        "departments": applied.departments,
    }
    code = "APPLIED_TRUST" if applied.new else "APPLIED_TRUST_KNOWN"
    return Applied(path, "trust", code, said, tuple(further), new=applied.new)


def _told_of_forms(applied: BundleApplied) -> list[tuple[str, Mapping[str, object]]]:
    if applied.forms_problem is not None:
        code = applied.forms_problem.code
        return [("APPLIED_FORMS_PROBLEM", {"version": applied.form_version, "code": code})]
    if applied.forms is None or applied.forms.outcome == "same":
        return []
    told: list[tuple[str, Mapping[str, object]]] = [
        (f"APPLIED_FORMS_{applied.forms.outcome}", {"version": applied.form_version})
    ]
    told += [
        ("APPLIED_REEXAMINED", {"name": each.name, "code": each.code})
        for each in applied.forms.reexamined
    ]
    return told
