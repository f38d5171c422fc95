"""Read certificates: roots, leaves with one role, candidates (security §5).

The checks are explicit, because a general chain builder refuses our role and accepts what we refuse. `cryptography`
parses SM2 certificates but neither gives their key nor checks their signature: both are done by `sm2`. Making
certificates: see `certificates`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import enum
import functools
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from census_app.exchange import der, sm2
from census_app.exchange.names import CODE_PATTERN
from census_app.exchange.refusals import CertificateInvalid, CertificateRules
from census_app.exchange.statement import P256, SM2, Algorithm

ROLE_ARC: Final = "2.25.14980439166735101038170436289360199341"
DEPARTMENT_EKU: Final = x509.ObjectIdentifier(f"{ROLE_ARC}.1")
COORDINATOR_EKU: Final = x509.ObjectIdentifier(f"{ROLE_ARC}.2")
SM2_SIGNATURE_OID: Final = x509.ObjectIdentifier("1.2.156.10197.1.501")
SIGNATURE_DER: Final[dict[Algorithm, bytes]] = {
    P256: bytes.fromhex("300a06082a8648ce3d040302"),
    SM2: bytes.fromhex("300a06082a811ccf55018375"),
}
"""The `AlgorithmIdentifier` of each signature, without parameters (RFC 5758; GM/T 0006)."""

_PEM: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/=]{1,64}\n)+)-----END CERTIFICATE-----\n"
)
_PEM_BLOCK: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)
_SAN: Final = re.compile(rf"urn:census:(dept|coord):({CODE_PATTERN})")
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
    Warning,
)
_KNOWN_EXTENSIONS: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    }
)


class Role(enum.StrEnum):
    """What a certificate may be used for."""

    ROOT = "root"
    DEPARTMENT = "department"
    COORDINATOR = "coordinator"
    CANDIDATE = "candidate"


ROLE_EKU: Final = {Role.DEPARTMENT: DEPARTMENT_EKU, Role.COORDINATOR: COORDINATOR_EKU}
ROLE_URN: Final = {Role.DEPARTMENT: "dept", Role.COORDINATOR: "coord"}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says, read once and checked.

    Attributes:
        role: From the extensions; a self-signed department certificate is a candidate.
        code: Unified social credit code of the owner, `TRUST` for a root.
        name: Name of the owner, for people; shortened to 64 characters.
        algorithm: The only algorithm the key may sign with.
        serial: Serial number.
        not_before: First moment of validity, UTC.
        not_after: Last moment of validity, UTC.
        spki: The public key, DER.
        fingerprint: SHA-256 of the public key, its first 128 bits in 8 groups of 4 hex.
        sha256: SHA-256 of the PEM text, as in the statement.
    """

    role: Role
    code: str
    name: str
    algorithm: Algorithm
    serial: int
    not_before: dt.datetime
    not_after: dt.datetime
    spki: bytes
    fingerprint: str
    sha256: str


def fingerprint(spki: bytes) -> str:
    """Return what people compare: 128 bits of the key's SHA-256 as 8 groups of 4 hex (security §5)."""
    digest = hashlib.sha256(spki).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def split_pem(bundle: bytes) -> list[bytes]:
    """Return each certificate of a PEM file in its canonical spelling; other text is ignored."""
    found = []
    for block in _PEM_BLOCK.findall(bundle):
        body = b"".join(block.split(b"-----")[2].split())
        try:
            found.append(der.pem("CERTIFICATE", base64.b64decode(body, validate=True)))
        except binascii.Error:
            raise CertificateInvalid(detail="base64") from None
    return found


def load_certificate(pem: bytes, where: str = "") -> x509.Certificate:
    """Return the certificate of a canonical PEM text.

    Raises:
        CertificateInvalid: Not exactly one certificate, or spelled in another way than `openssl x509` does.
    """
    found = _PEM.fullmatch(pem)
    if found is None:
        raise CertificateInvalid(where, "PEM")
    try:
        content = base64.b64decode(found[1].replace(b"\n", b""), validate=True)
        certificate = x509.load_der_x509_certificate(content)
        canonical = der.pem("CERTIFICATE", certificate.public_bytes(Encoding.DER)) == pem
    except UNREADABLE as error:
        raise CertificateInvalid(where, type(error).__name__) from None
    if not canonical:
        raise CertificateInvalid(where, "PEM")
    if certificate.serial_number <= 0:  # `cryptography` only warns
        raise CertificateInvalid(where, "serial")
    return certificate


def spki_of(certificate: x509.Certificate, where: str = "") -> bytes:
    """Return the public key of a P-256 or SM2 certificate, DER.

    Raises:
        GmUnavailable: It is an SM2 key, and this computer cannot use one.
        CertificateInvalid: It is any other key.
    """
    try:
        key = certificate.public_key()
    except UNREADABLE as error:
        spki = _field(certificate.tbs_certificate_bytes, _SPKI_AT)
        return _sm2_key(spki, type(error).__name__, where)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateInvalid(where, "key")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def algorithm_of(spki: bytes) -> Algorithm:
    """Return what a key of ours signs with."""
    return SM2 if sm2.is_sm2_spki(spki) else P256


_INNER_ALGORITHM_AT: Final = 2
_SPKI_AT: Final = 6
"""Places in a version 3 TBSCertificate (RFC 5280, 4.1)."""


def _field(tbs: bytes, place: int) -> bytes:
    try:
        return der.children(tbs)[place]
    except (ValueError, IndexError):
        return b""


def _sm2_key(spki: bytes, reason: str, where: str) -> bytes:
    if not sm2.is_sm2_spki(spki):
        raise CertificateInvalid(where, reason)
    if not sm2.is_public_key(spki):
        raise CertificateInvalid(where, "key")
    return spki


def read_certificate(pem: bytes, where: str = "") -> CertificateFacts:
    """Return the facts of a PEM text; see `facts_of`."""
    return facts_of(load_certificate(pem, where), pem, where)


def facts_of(certificate: x509.Certificate, pem: bytes, where: str = "") -> CertificateFacts:
    """Return the facts of a root, leaf or candidate certificate whose extensions are those of its role.

    Whether anybody vouches for it is not asked here: see `trust.TrustAnchors`.

    Args:
        certificate: Loaded from `pem`.
        pem: Its canonical text.
        where: Entry, for the message.

    Raises:
        CertificateInvalid: The key is neither P-256 nor SM2, or a part cannot be read.
        GmUnavailable: It is an SM2 key, and this computer cannot use one.
        CertificateRules: Its extensions are not those of a role.
    """
    spki = spki_of(certificate, where)
    try:
        role, code = _role_and_code(certificate, where)
        if role is not Role.ROOT and is_issued_by(certificate, certificate):
            if role is not Role.DEPARTMENT:
                raise CertificateRules(where, "self-signed")
            role = Role.CANDIDATE
        if (
            certificate.serial_number < 1
        ):  # nobody could issue under it, and cut points could not name it
            raise CertificateInvalid(where, "serial")
        return CertificateFacts(
            role=role,
            code=code,
            name=owner_of(certificate.subject),
            algorithm=algorithm_of(spki),
            serial=certificate.serial_number,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            spki=spki,
            fingerprint=fingerprint(spki),
            sha256=hashlib.sha256(pem).hexdigest(),
        )
    except UNREADABLE as error:
        raise CertificateInvalid(where, type(error).__name__) from None


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether the issuer's key signed the certificate and the names agree.

    Raises:
        GmUnavailable: The signature is SM2's, and this computer cannot check one.
    """
    if certificate.signature_algorithm_oid == SM2_SIGNATURE_OID:
        return _is_issued_by_sm2(certificate, issuer)
    return _is_issued_by_p256(certificate, issuer)


@functools.lru_cache(maxsize=256)
def _is_issued_by_p256(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Compute it once for each pair: a hundred departments send thousands of packages."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _is_issued_by_sm2(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    tbs = certificate.tbs_certificate_bytes
    key = _field(issuer.tbs_certificate_bytes, _SPKI_AT)
    try:
        named = certificate.issuer == issuer.subject
    except UNREADABLE:
        return False
    return (
        named
        and _field(tbs, _INNER_ALGORITHM_AT) == SIGNATURE_DER[SM2]
        and sm2.is_sm2_spki(key)
        and sm2.verify(key, tbs, certificate.signature)
    )


def _role_and_code(certificate: x509.Certificate, where: str) -> tuple[Role, str]:
    found = {each.oid: each for each in certificate.extensions}
    unknown = [
        each.oid.dotted_string
        for each in certificate.extensions
        if each.critical and each.oid not in _KNOWN_EXTENSIONS
    ]
    if unknown:
        raise CertificateRules(where, f"critical {unknown[0]}")
    constraints = _critical(found, ExtensionOID.BASIC_CONSTRAINTS, where)
    usage = _usages(_critical(found, ExtensionOID.KEY_USAGE, where))
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        if _is_root(certificate, constraints, usage, found):
            return Role.ROOT, "TRUST"
        raise CertificateRules(where, "ca")
    if usage != {"digital_signature"}:
        raise CertificateRules(where, "keyUsage")
    role = _leaf_role(_critical(found, ExtensionOID.EXTENDED_KEY_USAGE, where), where)
    return role, _leaf_code(found, role, where)


def _critical(
    found: dict[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]],
    oid: x509.ObjectIdentifier,
    where: str,
) -> x509.ExtensionType:
    extension = found.get(oid)
    if extension is None or not extension.critical:
        raise CertificateRules(where, oid.dotted_string)
    return extension.value


_USAGE_NAMES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def _usages(value: x509.ExtensionType) -> set[str]:
    return {each for each in _USAGE_NAMES if getattr(value, each, False)}


def _is_root(
    certificate: x509.Certificate,
    constraints: x509.BasicConstraints,
    usage: set[str],
    found: dict[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]],
) -> bool:
    return (
        constraints.path_length == 0
        and usage == {"digital_signature", "key_cert_sign", "crl_sign"}
        and ExtensionOID.EXTENDED_KEY_USAGE not in found
        and is_issued_by(certificate, certificate)
    )


def _leaf_role(value: x509.ExtensionType, where: str) -> Role:
    named = list(value) if isinstance(value, x509.ExtendedKeyUsage) else []
    for role, oid in ROLE_EKU.items():
        if named == [oid]:
            return role
    raise CertificateRules(where, "extendedKeyUsage")


def _leaf_code(
    found: dict[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]], role: Role, where: str
) -> str:
    extension = found.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    value = extension.value if extension else None
    names = list(value) if isinstance(value, x509.SubjectAlternativeName) else []
    if len(names) == 1 and isinstance(names[0], x509.UniformResourceIdentifier):
        matched = _SAN.fullmatch(names[0].value)
        if matched and matched[1] == ROLE_URN[role] and matched[2] != "TRUST":
            return matched[2]
    raise CertificateRules(where, "subjectAltName")


def owner_of(name: x509.Name) -> str:
    """Return the organisation a subject names, else its common name, else an empty text.

    Raises:
        ValueError: A part of the name is empty, of which `cryptography` only warns.
    """
    if not all(attribute.value for attribute in name):
        raise ValueError("empty")
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return str(attribute.value)
    return ""
