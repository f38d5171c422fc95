"""What a file believes, put together for people: roots, bundle, and the certificates of everybody. Changes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from census_app.exchange.bundle import RevokedEntry, TrustDocument, stored_document
from census_app.exchange.certificate_facts import (
    CertificateFacts,
    Role,
    read_certificate,
    split_pem,
)
from census_app.services.keys import signing_certificate
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    Unit,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)

Standing = Literal["valid", "expired", "revoked", "waiting"]
"""`waiting`: a candidate, which nobody vouches for yet."""


@dataclass(frozen=True, slots=True)
class RootShown:
    """A pinned root; `status` is `active` or `standby`."""

    name: str
    fingerprint: str
    sha256: str
    algorithm: str
    status: str
    not_before: dt.datetime
    not_after: dt.datetime


@dataclass(frozen=True, slots=True)
class CertificateShown:
    """A certificate of a department or coordinator.

    Attributes:
        serial: Lower-case hex.
        listed: In the bundle in force; one that is not reaches the others with the next bundle.
        reason: Why it was revoked, else empty; `last_sequence` is up to where submissions (or ledgers) stand.
    """

    serial: str
    fingerprint: str
    algorithm: str
    not_before: dt.datetime
    not_after: dt.datetime
    standing: Standing
    listed: bool
    reason: str = ""
    last_sequence: int = 0


@dataclass(frozen=True, slots=True)
class OwnerShown:
    """A department or coordinator with its certificates, newest first, and its units."""

    code: str
    name: str
    role: str
    certificates: tuple[CertificateShown, ...]
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustSummary:
    """Whom a file believes.

    Attributes:
        version: Of the bundle in force, 0 for none; `created` and `expires` are empty then.
        stale: It asks to be renewed.
        own: The certificate this file signs with, None where it has none.
        changed: There are certificates, units or revocations that no bundle carries yet.
    """

    version: int
    identity: str
    created: str
    expires: str
    stale: bool
    form_version: str
    roots: tuple[RootShown, ...]
    owners: tuple[OwnerShown, ...]
    own: CertificateShown | None
    changed: bool


def trust_summary(store: WorkspaceStore | CatalogueStore, *, clock: Clock) -> TrustSummary:
    """Return whom a workspace or catalogue believes.

    Raises:
        DataProblem: `TRUST_DAMAGED`.
    """
    stored, now = store.bundle(), clock.now()
    document = stored_document(stored.trust_json) if stored else None
    view = _View(document, now)
    owners = _owners(store, document, view, stored.certificates_pem if stored else "")
    return TrustSummary(
        version=stored.version if stored else 0,
        identity=stored.identity if stored else "",
        created=stored.created if stored else "",
        expires=stored.expires if stored else "",
        stale=stored is not None and f"{now:%Y-%m-%dT%H:%M:%SZ}" > stored.expires,
        form_version=document.form_set.version if document else store.form_set.version,
        roots=tuple(_roots(store, document)),
        owners=owners,
        own=_own(store, view),
        changed=_changed(store, document, owners),
    )


class _View:
    """Shows certificates as a bundle, or its absence, makes them stand."""

    def __init__(self, document: TrustDocument | None, now: dt.datetime) -> None:
        self._now = now
        self._listed = {sha256 for sha256, _r, _c in document.listed()} if document else set()
        self._revoked: dict[str, list[RevokedEntry]] = {}
        for entry in document.revoked if document else ():
            self._revoked.setdefault(entry.serial, []).append(entry)

    def show(self, facts: CertificateFacts) -> CertificateShown:
        entries = self._revoked.get(f"{facts.serial:x}", [])
        main = next((each for each in entries if each.chain == "coordinator"), None)
        return CertificateShown(
            serial=f"{facts.serial:x}",
            fingerprint=facts.fingerprint,
            algorithm=facts.algorithm,
            not_before=facts.not_before,
            not_after=facts.not_after,
            standing=self._standing(facts, bool(entries)),
            listed=facts.sha256 in self._listed,
            reason=entries[0].reason if entries else "",
            last_sequence=main.last_sequence if main else 0,
        )

    def _standing(self, facts: CertificateFacts, revoked: bool) -> Standing:
        if revoked:
            return "revoked"
        if facts.role is Role.CANDIDATE:
            return "waiting"
        return "valid" if facts.not_before <= self._now <= facts.not_after else "expired"


def _roots(
    store: WorkspaceStore | CatalogueStore, document: TrustDocument | None
) -> list[RootShown]:
    said = {each.sha256: each.status for each in document.roots} if document else {}
    found = []
    for place, pem in enumerate(split_pem(store.roots().encode("ascii"))):
        facts = read_certificate(pem)
        status = said.get(facts.sha256, "standby" if place else "active")
        found.append(
            RootShown(
                facts.name,
                facts.fingerprint,
                facts.sha256,
                facts.algorithm,
                status,
                facts.not_before,
                facts.not_after,
            )
        )
    return found


def _owners(
    store: WorkspaceStore | CatalogueStore,
    document: TrustDocument | None,
    view: _View,
    certificates_pem: str,
) -> tuple[OwnerShown, ...]:
    names: dict[tuple[str, str], str] = {}
    units: dict[str, dict[str, Unit]] = {}
    facts = {
        f.sha256: f for f in map(read_certificate, split_pem(certificates_pem.encode("ascii")))
    }
    for coordinator in document.coordinators if document else ():
        names["coordinator", coordinator.code] = coordinator.name
    for department in document.departments if document else ():
        names["department", department.code] = department.name
        for unit in department.units:
            shown = Unit(department.code, unit.code, unit.name)
            units.setdefault(department.code, {})[unit.code] = shown
    catalogue = as_catalogue(store)
    for issued in catalogue.certificates() if catalogue is not None else ():
        names[issued.role, issued.department] = issued.name
        own = read_certificate(issued.certificate_pem.encode("ascii"))
        facts[own.sha256] = own
    for local in catalogue.units() if catalogue is not None else ():
        names.setdefault(("department", local.department), local.department)
        units.setdefault(local.department, {})[local.code] = local
    held: dict[tuple[str, str], list[CertificateFacts]] = {}
    for each in facts.values():
        held.setdefault((str(each.role), each.code), []).append(each)
    return tuple(
        OwnerShown(
            code=code,
            name=name,
            role=role,
            certificates=tuple(
                view.show(each)
                for each in sorted(
                    held.get((role, code), []), key=lambda f: (f.not_before, f.sha256), reverse=True
                )
            ),
            units=tuple(units.get(code, {})[u] for u in sorted(units.get(code, {})))
            if role == "department"
            else (),
        )
        for (role, code), name in sorted(names.items())
    )


def _own(store: WorkspaceStore | CatalogueStore, view: _View) -> CertificateShown | None:
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    pem = signing_certificate(workspace) if workspace is not None else ""
    if catalogue is not None:
        pem = catalogue.coordinator_certificate()
    return view.show(read_certificate(pem.encode("ascii"))) if pem else None


def _changed(
    store: WorkspaceStore | CatalogueStore,
    document: TrustDocument | None,
    owners: tuple[OwnerShown, ...],
) -> bool:
    """Say whether a catalogue knows something that the next bundle would bring to the others."""
    catalogue = as_catalogue(store)
    if catalogue is None:
        return False
    listed = (
        {(d.code, u.code) for d in document.departments for u in d.units} if document else set()
    )
    new_units = {(unit.department, unit.code) for unit in catalogue.units()} - listed
    return bool(new_units) or any(
        not certificate.listed for owner in owners for certificate in owner.certificates
    )
