"""Trust bundles: whom everybody believes from a version on, signed by a root (security §5).

A bundle is a package of type `trust`: `data/trust.json` in a closed schema, the certificates it lists, the revocation
list of the root that signed it, and the files of the form set with the campaign. Not responsible for versions: whether
a bundle is newer than the last one only the receiver's store can say.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from census_app.errors import DataProblem
from census_app.exchange import names
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.certificate_facts import (
    CertificateFacts,
    Role,
    is_issued_by,
    load_certificate,
    read_certificate,
    split_pem,
)
from census_app.exchange.reading import VerifiedPackage
from census_app.exchange.refusals import (
    CertificateInvalid,
    Missing,
    RevocationListInvalid,
    SchemaViolation,
    StatementMismatch,
    UnknownIssuer,
)
from census_app.exchange.revocation import read_crl
from census_app.exchange.trust import BUILD_DATE, CutPoint, TrustAnchors
from census_app.formspec.loader import FormSetInvalid, load_form_files

SENDER: Final = "TRUST"

_Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Code = Annotated[str, Meta(pattern=rf"\A{names.CODE_PATTERN}\Z")]
_Name = Annotated[str, Meta(max_length=500)]
_Moment = Annotated[
    str,
    Meta(
        pattern=r"\A20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z\Z"
    ),
]
_Hashes = Annotated[list[_Hash], Meta(max_length=100)]


class _Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class RootEntry(_Closed, frozen=True):
    """A root everybody pins from now on; `standby` ones lie sealed until they are needed."""

    sha256: _Hash
    status: Literal["active", "standby"]


class CoordinatorEntry(_Closed, frozen=True):
    """Who signs reviews, receipts and ledgers; certificates by the SHA-256 of their text."""

    code: _Code
    name: _Name
    certificates: _Hashes


class UnitEntry(_Closed, frozen=True):
    """A body that a department reports for beside itself."""

    code: _Code
    name: _Name


class DepartmentEntry(_Closed, frozen=True):
    """Who hands in; a section or second PC has an entry of its own."""

    code: _Code
    name: _Name
    units: Annotated[list[UnitEntry], Meta(max_length=2000)]
    certificates: _Hashes


class RevokedEntry(_Closed, frozen=True):
    """Up to where one chain of a revoked certificate stands.

    Attributes:
        serial: Of the certificate, lower-case hex.
        chain: Audience of the statements; a chain without an entry is cut at 0.
        last_sequence: Of the last statement that stands, 0 for none; `head` its identity or zeros.
    """

    serial: Annotated[str, Meta(pattern=r"\A[1-9a-f][0-9a-f]{0,39}\Z")]
    chain: Annotated[str, Meta(pattern=rf"\A({names.CODE_PATTERN}|coordinator)\Z")]
    last_sequence: Annotated[int, Meta(ge=0, le=999_999)]
    head: _Hash
    reason: Annotated[str, Meta(max_length=500)]


class FormSetEntry(_Closed, frozen=True):
    """The form set whose files travel with the bundle."""

    version: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")]
    sha256: _Hash


class TrustDocument(_Closed, frozen=True):
    """`data/trust.json`."""

    version: Annotated[int, Meta(ge=1, le=999_999)]
    created: _Moment
    expires: _Moment
    roots: Annotated[list[RootEntry], Meta(min_length=1, max_length=8)]
    coordinators: Annotated[list[CoordinatorEntry], Meta(max_length=200)]
    departments: Annotated[list[DepartmentEntry], Meta(max_length=20_000)]
    revoked: Annotated[list[RevokedEntry], Meta(max_length=20_000)]
    form_set: FormSetEntry

    def encoded(self) -> bytes:
        """Return the canonical bytes that go into the package."""
        return canonical_bytes(msgspec.to_builtins(self))

    def listed(self) -> Iterator[tuple[str, Role, str]]:
        """Yield (SHA-256, role, owner's code) of every certificate that must be there."""
        for root in self.roots:
            yield root.sha256, Role.ROOT, SENDER
        for coordinator in self.coordinators:
            for sha256 in coordinator.certificates:
                yield sha256, Role.COORDINATOR, coordinator.code
        for department in self.departments:
            for sha256 in department.certificates:
                yield sha256, Role.DEPARTMENT, department.code


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """A bundle whose every part agrees.

    Attributes:
        document: `data/trust.json`.
        certificates: Text of every listed certificate, by its SHA-256.
        facts: What these certificates say, likewise.
        form_files: The files of the form set, by path below its folder.
    """

    document: TrustDocument
    certificates: Mapping[str, bytes]
    facts: Mapping[str, CertificateFacts]
    form_files: Mapping[str, bytes]

    @property
    def roots_pem(self) -> str:
        """Return the roots to pin, active ones first."""
        ranked = sorted(self.document.roots, key=lambda root: root.status)
        return b"".join(self.certificates[root.sha256] for root in ranked).decode("ascii")

    @property
    def certificates_pem(self) -> str:
        """Return `data/certificates.pem`."""
        return joined(self.certificates.values()).decode("ascii")

    def anchors(self) -> TrustAnchors:
        """Return what a reader believes who was given this bundle only."""
        return anchors_from(self.roots_pem, self.document)


def joined(pems: Iterable[bytes]) -> bytes:
    """Return certificates as `data/certificates.pem` holds them: ascending by the SHA-256 of their text."""
    return b"".join(sorted(set(pems), key=lambda pem: hashlib.sha256(pem).hexdigest()))


def anchors_from(roots_pem: str, document: TrustDocument) -> TrustAnchors:
    """Return what a reader believes who pinned these roots and knows this document.

    Raises:
        UserError: `TRUST_FILE_INVALID`, no roots in the text.
    """
    revoked: dict[int, dict[str, CutPoint]] = {}
    for entry in document.revoked:
        cut = CutPoint(entry.last_sequence, entry.head)
        revoked.setdefault(int(entry.serial, 16), {})[entry.chain] = cut
    return replace(
        TrustAnchors.from_pem(roots_pem.encode("ascii")),
        version=document.version,
        expires=moment_of(document.expires),
        floor=max(BUILD_DATE, moment_of(document.created)),
        units={d.code: frozenset(u.code for u in d.units) for d in document.departments if d.units},
        revoked=revoked,
    )


def moment_of(text: str) -> dt.datetime:
    """Return the moment a statement or bundle spells.

    Raises:
        SchemaViolation: There is no such day.
    """
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        raise SchemaViolation(names.TRUST_JSON, text) from None


def stored_document(trust_json: str) -> TrustDocument:
    """Return the document of a bundle that was verified when it was stored.

    Raises:
        DataProblem: `TRUST_DAMAGED`, the file that kept it is damaged.
    """
    try:
        return msgspec.json.decode(trust_json, type=TrustDocument)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise DataProblem("TRUST_DAMAGED", detail=str(error)[:200]) from None


def read_bundle(package: VerifiedPackage) -> TrustBundle:
    """Return the bundle of a verified package, every part of it checked against the others.

    Raises:
        StatementMismatch: Not a trust package, or its version is not the package's number.
        Missing: A file every bundle has is not there.
        SchemaViolation: `trust.json` breaks its schema, names something twice, or the form set has faults.
        CertificateInvalid, CertificateRules: Of one of the certificates; they are not exactly those listed.
        UnknownIssuer: A leaf was not issued by one of the bundle's roots.
        RevocationListInvalid: Not the signer's, or not exactly the revoked certificates.
        Refused: JSON codes.
    """
    if package.statement.type != "trust":
        raise StatementMismatch(names.STATEMENT, f"type: {package.statement.type}")
    there = {each.path for each in package.files()}
    for path in (names.TRUST_CERTIFICATES, names.TRUST_CRL):
        if path not in there:
            raise Missing(path)
    document = _document(package)
    certificates = _certificates(package.read_file(names.TRUST_CERTIFICATES))
    facts = {
        sha: read_certificate(pem, names.TRUST_CERTIFICATES) for sha, pem in certificates.items()
    }
    _check_listed(document, certificates, facts)
    _check_crl(package, document)
    prefix = names.FORM_SET
    files = {
        p.removeprefix(prefix): package.read_file(p) for p in sorted(there) if p.startswith(prefix)
    }
    _check_form_set(document.form_set, files)
    return TrustBundle(document, certificates, facts, files)


def _document(package: VerifiedPackage) -> TrustDocument:
    where = names.TRUST_JSON
    value = parse_strict(package.read_file(where), where=where)
    try:
        document = msgspec.convert(value, TrustDocument)
    except msgspec.ValidationError as error:
        raise SchemaViolation(where, str(error)[:200]) from None
    if document.version != package.statement.sequence:
        raise StatementMismatch(where, f"version: {document.version}")
    for moment in (document.created, document.expires):
        moment_of(moment)
    _require_once("coordinators", [each.code for each in document.coordinators])
    _require_once("departments", [each.code for each in document.departments])
    _require_once("certificates", [sha256 for sha256, _role, _code in document.listed()])
    _require_once("revoked", [f"{each.serial} {each.chain}" for each in document.revoked])
    for department in document.departments:
        _require_once("units", [unit.code for unit in department.units])
    return document


def _require_once(what: str, found: list[str]) -> None:
    if len(set(found)) != len(found):
        twice = min(each for each, times in Counter(found).items() if times > 1)
        raise SchemaViolation(names.TRUST_JSON, f"{what}: {twice}")


def _certificates(content: bytes) -> dict[str, bytes]:
    pems = split_pem(content)
    if joined(pems) != content:
        raise CertificateInvalid(names.TRUST_CERTIFICATES, "PEM")
    return {hashlib.sha256(pem).hexdigest(): pem for pem in pems}


def _check_listed(
    document: TrustDocument,
    certificates: Mapping[str, bytes],
    facts: Mapping[str, CertificateFacts],
) -> None:
    listed = {sha256: (role, code) for sha256, role, code in document.listed()}
    odd = listed.keys() ^ certificates.keys()
    if odd:
        raise CertificateInvalid(names.TRUST_CERTIFICATES, min(odd)[:16])
    roots = [load_certificate(certificates[root.sha256]) for root in document.roots]
    algorithms = [facts[root.sha256].algorithm for root in document.roots]
    for sha256, (role, code) in listed.items():
        found = facts[sha256]
        if (found.role, found.code) != (role, code):
            raise SchemaViolation(names.TRUST_JSON, f"{sha256[:16]}: {found.role} {found.code}")
        if role is Role.ROOT:
            continue
        leaf = load_certificate(certificates[sha256])
        if not any(
            algorithm == found.algorithm and is_issued_by(leaf, root)
            for root, algorithm in zip(roots, algorithms, strict=True)
        ):
            raise UnknownIssuer(names.TRUST_CERTIFICATES, found.fingerprint)


def _check_crl(package: VerifiedPackage, document: TrustDocument) -> None:
    signer = load_certificate(package.certificate_pem)
    serials = read_crl(package.read_file(names.TRUST_CRL), [signer], names.TRUST_CRL)
    if serials != {int(entry.serial, 16) for entry in document.revoked}:
        raise RevocationListInvalid(names.TRUST_CRL, "revoked")


def _check_form_set(entry: FormSetEntry, files: Mapping[str, bytes]) -> None:
    try:
        form_set = load_form_files(files)
    except FormSetInvalid as invalid:
        raise SchemaViolation(names.FORM_SET, str(invalid.faults[0])[:200]) from None
    except ValueError as error:
        raise SchemaViolation(names.FORM_SET, type(error).__name__) from None
    if (form_set.version, form_set.sha256) != (entry.version, entry.sha256):
        raise SchemaViolation(names.FORM_SET, f"{form_set.version} {form_set.sha256[:16]}")
