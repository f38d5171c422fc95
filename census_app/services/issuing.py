"""Issue trust bundles: the list of whom to believe, signed with a root key that lies on a stick (security §5).

Every change of trust is a new bundle: a department let in, a certificate revoked, a root exchanged, a form set handed
out. Not responsible for what a bundle does where it arrives: see `trusting`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from census_app.assets import forms_dir
from census_app.errors import UserError
from census_app.exchange.bundle import (
    SENDER,
    CoordinatorEntry,
    DepartmentEntry,
    FormSetEntry,
    RevokedEntry,
    RootEntry,
    TrustDocument,
    UnitEntry,
    joined,
    stored_document,
)
from census_app.exchange.certificate_facts import (
    is_issued_by,
    load_certificate,
    read_certificate,
    split_pem,
)
from census_app.exchange.keyfile import load_key
from census_app.exchange.package import ZERO_HASH, PackageDraft, WrittenPackage, write_package
from census_app.exchange.revocation import create_crl
from census_app.exchange.signers import signer_for
from census_app.formspec.form_files import fingerprint
from census_app.formspec.loader import load_form_set
from census_app.services.admitting import Stick, open_stick
from census_app.services.folders import make_folder
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, IssuedCertificate

VALID_DAYS: Final = 180
RootStatus = Literal["active", "standby"]


@dataclass(frozen=True, slots=True)
class PinnedRoot:
    """A root of the catalogue and whether it is in use or lies sealed."""

    pem: bytes
    status: RootStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePlan:
    """What a new bundle shall say beside what the catalogue holds.

    Attributes:
        days: How long it counts as fresh.
        roots: To be pinned from now on; None keeps those that are.
        revoked: Entries that come to those of the bundle before; one for the same serial and chain takes its place.
        reissued: Certificates that take the place of those of the same key.
        form_set_folder: Files of the form set to hand out; None takes the catalogue's own.
    """

    days: int = VALID_DAYS
    roots: Sequence[PinnedRoot] | None = None
    revoked: Sequence[RevokedEntry] = ()
    reissued: Sequence[IssuedCertificate] = ()
    form_set_folder: Path | None = None


def pinned_roots(catalogue: CatalogueStore) -> list[PinnedRoot]:
    """Return the roots of a catalogue; before the first bundle the first one is the active one."""
    pems = split_pem(catalogue.roots().encode("ascii"))
    bundle = catalogue.bundle()
    if bundle is None:
        return [PinnedRoot(pem, "standby" if place else "active") for place, pem in enumerate(pems)]
    said = {each.sha256: each.status for each in stored_document(bundle.trust_json).roots}
    return [PinnedRoot(pem, said.get(read_certificate(pem).sha256, "standby")) for pem in pems]


def write_bundle(
    catalogue: CatalogueStore,
    root_directory: Path,
    passphrase: str,
    directory: Path,
    plan: BundlePlan,
    *,
    clock: Clock,
    software: str,
) -> WrittenPackage:
    """Write the next bundle of a catalogue into a folder; the catalogue itself has not taken it yet.

    Raises:
        UserError: `ROOT_MISSING`, `ROOT_OTHER`, `PASSPHRASE_WRONG`, `FORM_FILES_OTHER`.
        DataProblem: `FORMSET_INVALID`.
        EnvironmentProblem: The file cannot be written.
    """
    stick = open_stick(catalogue, root_directory)
    before = catalogue.bundle()
    version = before.version + 1 if before else 1
    files, form_set = form_files(catalogue, plan.form_set_folder)
    roots = plan.roots if plan.roots is not None else pinned_roots(catalogue)
    document, pems = _document(catalogue, version, roots, plan, form_set, clock.now())
    signer = signer_for(stick.key, stick.certificate)
    signer.unlock(passphrase)
    facts = catalogue.facts()
    draft = PackageDraft(
        type="trust",
        sender=SENDER,
        audience="all",
        sequence=version,
        previous=before.identity if before else ZERO_HASH,
        instance=facts.instance or "0" * 32,
        created=clock.now(),
        trust_version=version,
        package_json=_description(catalogue, software, form_set),
        files={
            "trust.json": document.encoded(),
            "certificates.pem": joined(pems),
            "crl.pem": _crl(stick, passphrase, document, clock.now()),
            **{f"formset/{path}": content for path, content in files.items()},
        },
    )
    make_folder(directory)
    return write_package(directory, draft, signer)


def _crl(stick: Stick, passphrase: str, document: TrustDocument, now: dt.datetime) -> bytes:
    serials = {int(entry.serial, 16) for entry in document.revoked}
    return create_crl(stick.certificate, load_key(stick.key, passphrase), serials, now=now)


def _description(
    catalogue: CatalogueStore, software: str, form_set: FormSetEntry
) -> dict[str, object]:
    facts = catalogue.facts()
    return {
        "attachments": [],
        "census": {"id": facts.census_id, "round": facts.round},
        "department": {"code": SENDER, "name": facts.name, "uscc": ""},
        "form_set": {"version": form_set.version, "sha256": form_set.sha256},
        "records": 0,
        "software": {"name": "Census", "version": software},
    }


def form_files(
    catalogue: CatalogueStore, folder: Path | None
) -> tuple[Mapping[str, bytes], FormSetEntry]:
    """Return the files of the form set to hand out, and its version and hash.

    Args:
        folder: Where they lie; None takes the catalogue's own form set, delivered or shipped.

    Raises:
        UserError: `FORM_FILES_OTHER`, the shipped files are not those the catalogue was made with.
        DataProblem: `FORMSET_INVALID`.
    """
    if folder is not None:
        chosen = load_form_set(folder)
        return _files_below(folder), FormSetEntry(version=chosen.version, sha256=chosen.sha256)
    own = catalogue.form_set
    entry = FormSetEntry(version=own.version, sha256=own.sha256)
    delivered = catalogue.form_files(own.version)
    if delivered:
        return delivered, entry
    shipped = forms_dir(own.version)
    if not shipped.is_dir() or fingerprint(shipped) != own.sha256:
        raise UserError("FORM_FILES_OTHER", version=own.version)
    return _files_below(shipped), entry


def _files_below(folder: Path) -> dict[str, bytes]:
    paths = [*folder.glob("*.toml"), *folder.glob("choices/*.toml"), *folder.glob("choices/*.csv")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def _document(
    catalogue: CatalogueStore,
    version: int,
    roots: Sequence[PinnedRoot],
    plan: BundlePlan,
    form_set: FormSetEntry,
    now: dt.datetime,
) -> tuple[TrustDocument, list[bytes]]:
    """Return the document and the texts of the certificates it lists."""
    renewed = {each.fingerprint: each for each in plan.reissued}
    held = [renewed.get(each.fingerprint, each) for each in catalogue.certificates()]
    issued = _believed(held, roots)
    coordinators = [each for each in issued if each.role == "coordinator"]
    departments = [each for each in issued if each.role == "department"]
    units = _units(catalogue)
    document = TrustDocument(
        version=version,
        created=stamp(now),
        expires=stamp(now + dt.timedelta(days=plan.days)),
        roots=[
            RootEntry(sha256=read_certificate(root.pem).sha256, status=root.status)
            for root in roots
        ],
        coordinators=[
            CoordinatorEntry(code=code, name=name, certificates=hashes)
            for code, (name, hashes) in _owners(coordinators).items()
        ],
        departments=[
            DepartmentEntry(code=code, name=name, units=units.get(code, []), certificates=hashes)
            for code, (name, hashes) in _owners(departments, units).items()
        ],
        revoked=_revoked(catalogue, plan.revoked),
        form_set=form_set,
    )
    texts = [each.certificate_pem.encode("ascii") for each in issued]
    return document, [*(root.pem for root in roots), *texts]


def _believed(
    issued: Iterable[IssuedCertificate], roots: Sequence[PinnedRoot]
) -> list[IssuedCertificate]:
    """Leave out what a root issued that is pinned no longer."""
    issuers = [load_certificate(root.pem) for root in roots]
    return [
        each
        for each in issued
        if any(
            is_issued_by(load_certificate(each.certificate_pem.encode("ascii")), issuer)
            for issuer in issuers
        )
    ]


def _owners(
    issued: Iterable[IssuedCertificate], further: Iterable[str] = ()
) -> dict[str, tuple[str, list[str]]]:
    """Return code → newest name and the hashes of all certificates, by code; `further` codes may have none."""
    found: dict[str, tuple[str, list[str]]] = {code: (code, []) for code in further}
    for each in sorted(issued, key=lambda c: (c.issued_at, c.fingerprint)):
        hashes = found.get(each.department, ("", []))[1]
        sha256 = read_certificate(each.certificate_pem.encode("ascii")).sha256
        found[each.department] = (each.name, [*hashes, sha256])
    return dict(sorted(found.items()))


def _units(catalogue: CatalogueStore) -> dict[str, list[UnitEntry]]:
    """Return the units of the bundle before and of the catalogue's own list, by department."""
    found: dict[str, dict[str, str]] = {}
    before = catalogue.bundle()
    for department in stored_document(before.trust_json).departments if before else ():
        for unit in department.units:
            found.setdefault(department.code, {})[unit.code] = unit.name
    for own in catalogue.units():
        found.setdefault(own.department, {})[own.code] = own.name
    return {
        department: [UnitEntry(code=code, name=name) for code, name in sorted(units.items())]
        for department, units in found.items()
    }


def _revoked(catalogue: CatalogueStore, further: Iterable[RevokedEntry]) -> list[RevokedEntry]:
    before = catalogue.bundle()
    old = stored_document(before.trust_json).revoked if before else ()
    entries = {(each.serial, each.chain): each for each in (*old, *further)}
    return [entries[key] for key in sorted(entries)]
