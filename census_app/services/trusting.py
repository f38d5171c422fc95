"""Trust: take bundles, revoke certificates, exchange roots (security §5). The door of the use cases about trust.

The root key lies on a stick and is asked for; nothing here keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from census_app.errors import UserError
from census_app.exchange.bundle import SENDER, TrustBundle, read_bundle
from census_app.exchange.certificate_facts import CertificateFacts, Role, read_certificate
from census_app.exchange.package import (
    TrustAnchors,
    VerifiedPackage,
    WrittenPackage,
    open_package,
    signer_certificate,
)
from census_app.exchange.refusals import Refused, TrustRollback, UnknownIssuer
from census_app.services.admitting import plain
from census_app.services.anchoring import anchors_of
from census_app.services.applying import Applied, Desk
from census_app.services.issuing import BundlePlan, write_bundle
from census_app.services.keys import key_of
from census_app.services.ledgers import restate
from census_app.services.lookup import stamp
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    IssuedCertificate,
    StoredBundle,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
from census_app.services.progress import Progress
from census_app.services.receiving import Received, facts_of_package, release
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
class BundleApplied:
    """What a trust bundle did to a file.

    Attributes:
        new: False when it was in force already; nothing changed then.
        root: Fingerprint of the root that signed it.
        certificate: Fingerprint of this file's own certificate that came with it, or empty.
        form_version: Form set it hands out; `form_set_new` when the file was made with another.
        notices: `TRUST_STALE`, `CLOCK`.
        revoked: Names of packages that left the catalogue, because they lie past a cut point.
        released: Names of waiting packages that it let in.
    """

    version: int
    identity: str
    expires: str
    new: bool
    root: str
    certificate: str = ""
    form_version: str = ""
    form_set_new: bool = False
    departments: int = 0
    notices: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    released: tuple[str, ...] = ()


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


def apply_bundle(
    store: WorkspaceStore | CatalogueStore,
    path: Path,
    *,
    clock: Clock,
    confirm: str = "",
    own: bool = False,
    progress: Progress | None = None,
) -> BundleApplied:
    """Take a trust bundle: pin its roots, keep its form set, find the own certificate, cut what was revoked.

    Args:
        confirm: Fingerprint of the root that a person compared; needed while the file believes nobody.
        own: The catalogue has just written it itself.

    Raises:
        Refused: Not sound, or not signed by a pinned root (`CHAIN`); `TRUST_ROLLBACK`, not newer than the one in force.
        UserError: `ROOT_UNCONFIRMED`, nobody has compared the root yet; `FINGERPRINT_DIFFERS`; `CENSUS_OTHER`.
    """
    trust = anchors_of(store)
    if not trust.roots:
        trust = _first_root(path, confirm)
    with open_package(path, trust, now=clock.now()) as package:
        bundle = read_bundle(package)
        if package.certificate.sha256 not in {each.facts.sha256 for each in trust.roots}:
            raise UnknownIssuer(detail=package.certificate.fingerprint, file=path.name)
        _require_place(store, package, bundle, confirmed=bool(confirm))
        before = store.bundle()
        new = before is None or before.identity != package.identity
        revoked, released = _take(store, package, bundle, clock, own, progress) if new else ((), ())
        _moment, notices = bundle.anchors().effective_time(clock.now())
        return BundleApplied(
            version=bundle.document.version,
            identity=package.identity,
            expires=bundle.document.expires,
            new=new,
            root=package.certificate.fingerprint,
            certificate=_adopt_certificate(store, bundle),
            form_version=bundle.document.form_set.version,
            form_set_new=bundle.document.form_set.sha256 != store.form_set.sha256,
            departments=len(bundle.document.departments),
            notices=notices,
            revoked=revoked,
            released=released,
        )


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
    )


def take(store: WorkspaceStore | CatalogueStore, path: Path, desk: Desk) -> Applied:
    """Take a bundle that somebody applies; see `applying.apply_file`."""
    applied = apply_bundle(
        store, path, clock=desk.clock, confirm=desk.confirm, progress=desk.progress
    )
    further: list[tuple[str, Mapping[str, object]]] = [(code, {}) for code in applied.notices]
    if applied.certificate:
        further.append(("APPLIED_CERTIFICATE", {"fingerprint": applied.certificate}))
    if applied.form_set_new:
        further.append(("APPLIED_FORM_SET", {"version": applied.form_version}))
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


def _first_root(path: Path, confirm: str) -> TrustAnchors:
    """Return the root that signed a bundle, once a person has compared its fingerprint."""
    pem = signer_certificate(path)
    facts = read_certificate(pem)
    if facts.role is not Role.ROOT:
        raise UnknownIssuer(detail=facts.fingerprint, file=path.name)
    if not confirm:
        raise UserError("ROOT_UNCONFIRMED", file=path.name, fingerprint=facts.fingerprint)
    if plain(confirm) != plain(facts.fingerprint):
        raise UserError("FINGERPRINT_DIFFERS", shown=facts.fingerprint, given=confirm)
    return TrustAnchors.from_pem(pem)


def _require_place(
    store: WorkspaceStore | CatalogueStore,
    package: VerifiedPackage,
    bundle: TrustBundle,
    *,
    confirmed: bool,
) -> None:
    given, own = package.description.census.id, store.facts().census_id
    if given != own:
        raise UserError("CENSUS_OTHER", given=given, own=own)
    first = not store.roots() and confirmed
    if first and package.certificate.sha256 not in {r.sha256 for r in bundle.document.roots}:
        raise UnknownIssuer(detail=package.certificate.fingerprint, file=package.path.name)
    before = store.bundle()
    if before is None or before.identity == package.identity:
        return
    version = bundle.document.version
    if version <= before.version:
        raise TrustRollback(detail=f"{version}<={before.version}", file=package.path.name)


def _take(
    store: WorkspaceStore | CatalogueStore,
    package: VerifiedPackage,
    bundle: TrustBundle,
    clock: Clock,
    own: bool,
    progress: Progress | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put a bundle in force; return the packages that left a catalogue and those that were let in."""
    form_set = bundle.document.form_set
    if dict(store.form_files(form_set.version)) != dict(bundle.form_files):
        store.store_form_files(form_set.version, bundle.form_files)
    catalogue = as_catalogue(store)
    before = _standing(catalogue)
    if catalogue is not None:
        facts = facts_of_package(package, clock, direction="sent" if own else "received")
        catalogue.append_package(facts, package.iter_file())
        _register(catalogue, bundle)
    store.store_bundle(
        StoredBundle(
            version=bundle.document.version,
            identity=package.identity,
            created=bundle.document.created,
            expires=bundle.document.expires,
            trust_json=package.read_file("data/trust.json").decode("utf-8"),
            certificates_pem=bundle.certificates_pem,
            received_at=stamp(clock.now()),
        ),
        bundle.roots_pem,
    )
    if catalogue is None:
        return (), ()
    restate(catalogue, clock=clock)
    after = _standing(catalogue)
    gone = tuple(
        name
        for identity, (name, state) in after.items()
        if state == "revoked" and before.get(identity, ("", ""))[1] != "revoked"
    )
    released: list[str] = []
    for entry in catalogue.roster():
        released += release(catalogue, entry.code, clock=clock, progress=progress or Progress())
    stood = {name for name, state in before.values() if state == "merged"}
    return gone, tuple(name for name in released if name not in stood)


def _standing(catalogue: CatalogueStore | None) -> Mapping[str, tuple[str, str]]:
    found = catalogue.packages() if catalogue is not None else []
    return {each.identity: (each.name, each.state) for each in found}


def _register(catalogue: CatalogueStore, bundle: TrustBundle) -> None:
    """Let a catalogue know the departments and coordinators that another one let in."""
    known = {each.fingerprint: each for each in catalogue.certificates()}
    names = {each.code: each.name for each in bundle.document.coordinators}
    names |= {each.code: each.name for each in bundle.document.departments}
    for sha256, facts in bundle.facts.items():
        if facts.role is Role.ROOT:
            continue
        pem = bundle.certificates[sha256].decode("ascii")
        found = IssuedCertificate(
            department=facts.code,
            name=names.get(facts.code, facts.name),
            certificate_pem=pem,
            fingerprint=facts.fingerprint,
            issued_at=stamp(facts.not_before),
            role="coordinator" if facts.role is Role.COORDINATOR else "department",
        )
        if facts.fingerprint not in known:
            catalogue.issue(found)
        elif known[facts.fingerprint].certificate_pem != pem:
            catalogue.reissue(found)


def _adopt_certificate(store: WorkspaceStore | CatalogueStore, bundle: TrustBundle) -> str:
    """Take the certificate of the file's own key from a bundle; return its fingerprint, empty when there is no new one.

    The key is known from the certificate in use, the candidate, or the request of the next key.
    """
    revoked = {entry.serial for entry in bundle.document.revoked}
    mine: dict[bytes, tuple[CertificateFacts, str]] = {
        facts.spki: (facts, bundle.certificates[sha256].decode("ascii"))
        for sha256, facts in bundle.facts.items()
        if facts.role is not Role.ROOT and f"{facts.serial:x}" not in revoked
    }
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    if workspace is not None:
        held, waiting = workspace.certificate(), workspace.candidate()
        for spki in (key_of(waiting), key_of(held)):
            facts, pem = mine.get(spki, (None, ""))
            if facts is None or facts.code != workspace.facts().department_code or pem == held:
                continue
            workspace.store_certificate(pem, bundle.roots_pem)
            if spki == key_of(waiting):
                workspace.store_candidate("")
            return facts.fingerprint
    elif catalogue is not None:
        held, own = catalogue.coordinator_certificate(), catalogue.facts()
        facts, pem = mine.get(key_of(held), (None, ""))
        if facts is not None and facts.role is Role.COORDINATOR and pem != held:
            catalogue.store_coordinator(own.coordinator_code, own.coordinator_name, pem)
            return facts.fingerprint
    return ""
