"""Believe: take a trust bundle into a file - roots, form set, own certificate, cut points (security §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from census_app.errors import CensusError, DataProblem, UserError
from census_app.exchange.bundle import TrustBundle, read_bundle
from census_app.exchange.certificate_facts import CertificateFacts, Role, read_certificate
from census_app.exchange.package import (
    TrustAnchors,
    VerifiedPackage,
    open_package,
    signer_certificate,
)
from census_app.exchange.refusals import TrustRollback, UnknownIssuer
from census_app.services.admitting import plain
from census_app.services.anchoring import anchors_of
from census_app.services.deciding import settle_after
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
from census_app.services.scratch_checks import facts_of_package
from census_app.services.upgrading import FormsTaken, upgrade_catalogue, upgrade_workspace


@dataclass(frozen=True, slots=True)
class BundleApplied:
    """What a trust bundle did to a file.

    Attributes:
        new: False when it was in force already; nothing changed then.
        root: Fingerprint of the root that signed it.
        certificate: Fingerprint of this file's own certificate that came with it, or empty.
        form_version: Form set it hands out; `forms` what became of it here, None with `forms_problem`: it could not be
            taken over, everything else of the bundle holds all the same.
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
    forms: FormsTaken | None = None
    forms_problem: CensusError | None = None
    departments: int = 0
    notices: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    released: tuple[str, ...] = ()


def apply_bundle(
    store: WorkspaceStore | CatalogueStore,
    path: Path,
    *,
    clock: Clock,
    confirm: str = "",
    actor: str = "",
    own: bool = False,
    hold_forms: bool = False,
    progress: Progress | None = None,
) -> BundleApplied:
    """Take a trust bundle: pin its roots, keep its form set, find the own certificate, cut what was revoked.

    Args:
        confirm: Fingerprint of the root that a person compared; needed while the file believes nobody.
        actor: Who does it, for the history of a workspace whose form set becomes another.
        own: The catalogue has just written it itself.
        hold_forms: Only keep a newer form set of a workspace, until a person has seen what it changes.

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
        if new:
            revoked, released = _take(store, package, bundle, clock, own, progress)
        else:
            # Power or disk may have failed before everything had followed from it.
            catalogue = as_catalogue(store)
            released = () if catalogue is None else _caught_up(catalogue, clock, progress)
            revoked = ()
        forms = _take_forms(store, bundle, actor, clock, progress, hold=hold_forms)
        _moment, notices = bundle.anchors().effective_time(clock.now())
        return BundleApplied(
            version=bundle.document.version,
            identity=package.identity,
            expires=bundle.document.expires,
            new=new,
            root=package.certificate.fingerprint,
            certificate=_adopt_certificate(store, bundle),
            form_version=bundle.document.form_set.version,
            forms=forms if isinstance(forms, FormsTaken) else None,
            forms_problem=None if isinstance(forms, FormsTaken) else forms,
            departments=len(bundle.document.departments),
            notices=notices,
            revoked=revoked,
            released=released,
        )


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
    released = _caught_up(catalogue, clock, progress)
    after = _standing(catalogue)
    gone = tuple(
        name
        for identity, (name, state) in after.items()
        if state == "revoked" and before.get(identity, ("", ""))[1] != "revoked"
    )
    stood = {name for name, state in before.values() if state == "merged"}
    return gone, tuple(name for name in released if name not in stood)


def _caught_up(
    catalogue: CatalogueStore, clock: Clock, progress: Progress | None
) -> tuple[str, ...]:
    """Draw what follows from the bundle in force, as often as one likes; return the packages that were let in."""
    restate(catalogue, clock=clock)
    return settle_after(catalogue, clock=clock, progress=progress)


def _take_forms(
    store: WorkspaceStore | CatalogueStore,
    bundle: TrustBundle,
    actor: str,
    clock: Clock,
    progress: Progress | None,
    *,
    hold: bool,
) -> FormsTaken | CensusError:
    """Take the bundle's form set over; what stands against it is an answer, as the trust of a bundle holds anyway."""
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    try:
        if workspace is not None:
            return upgrade_workspace(
                workspace, bundle.form_files, actor=actor, clock=clock, hold=hold
            )
        assert catalogue is not None  # noqa: S101 - narrowing
        return upgrade_catalogue(catalogue, bundle.form_files, clock=clock, progress=progress)
    except (UserError, DataProblem) as problem:
        return problem


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
