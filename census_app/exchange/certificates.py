"""Make certificates and requests: roots, leaves with one role, candidates, PKCS#10 (security §5).

Reading and judging them is in `certificate_facts`, whose public names are offered here too.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID

from census_app.errors import BugError, UserError
from census_app.exchange import der, sm2
from census_app.exchange.certificate_facts import (
    ROLE_EKU,
    ROLE_URN,
    SM2_SIGNATURE_OID,
    UNREADABLE,
    CertificateFacts,
    Role,
    algorithm_of,
    fingerprint,
    load_certificate,
    owner_of,
    read_certificate,
    spki_of,
)
from census_app.exchange.names import CODE_PATTERN
from census_app.exchange.private_keys import AnyKey, private_key
from census_app.exchange.refusals import CertificateInvalid
from census_app.exchange.signing_x509 import key_identifier, placeholder, signed

if TYPE_CHECKING:
    from census_app.exchange.signers import Signer

__all__ = [
    "CertificateFacts",
    "RequestFacts",
    "Role",
    "create_candidate",
    "create_request",
    "create_root",
    "fingerprint",
    "issue_certificate",
    "read_certificate",
    "read_request",
]

_DAY: Final = dt.timedelta(days=1)
_LEAF_YEARS: Final = 3
_ROOT_YEARS: Final = 10
_ROOT_CODE: Final = "TRUST"
_REQUEST_SPKI_AT: Final = 2
"""Place in a CertificationRequestInfo (RFC 2986, 4.1)."""


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a PKCS#10 request asks for, its proof of possession checked."""

    code: str
    name: str
    spki: bytes
    fingerprint: str


def _subject(common_name: str, name: str) -> x509.Name:
    """Return a subject whose organisation is the name, cut to the 64 characters X.509 admits."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if name.strip():
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, name.strip()[:64]))
    return x509.Name(attributes)


def _require_code(code: str) -> None:
    if re.fullmatch(CODE_PATTERN, code) is None or code == _ROOT_CODE:
        raise UserError("CODE_INVALID", value=code)


def _years_later(moment: dt.datetime, years: int) -> dt.datetime:
    return moment + dt.timedelta(days=365 * years + years // 4 + 1)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _serial(serial: int | None) -> int:
    return secrets.randbits(127) | 1 << 127 if serial is None else serial


def create_root(name: str, key: AnyKey, *, now: dt.datetime, serial: int | None = None) -> bytes:
    """Make the certificate of a root: it issues leaves, signs trust bundles and lasts 10 years.

    Args:
        name: Who stands behind it, shown to people.
        key: Kept offline; its algorithm is that of every leaf.
        now: The present moment; validity begins a day earlier.
        serial: For tests; otherwise random.

    Returns:
        PEM text.
    """
    own = private_key(key)
    subject = _subject(_ROOT_CODE, name)
    builder = (
        _builder(subject, subject, now, _ROOT_YEARS, _serial(serial))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier(key_identifier(own.spki)), critical=False)
    )
    return signed(builder, own, spki=own.spki)


def issue_certificate(
    root_cert: bytes,
    root_key: AnyKey,
    request: bytes | RequestFacts,
    code: str,
    role: Role,
    *,
    now: dt.datetime,
    name: str = "",
    serial: int | None = None,
) -> bytes:
    """Issue a leaf for three years.

    Args:
        root_cert: PEM of the root.
        root_key: Its key.
        request: A PKCS#10 request (PEM), its facts, or a bare public key (DER).
        code: Code of the owner; decides, whatever the request asks for.
        role: Department or coordinator.
        now: The present moment.
        name: Name of the owner; empty takes the request's.
        serial: For tests; otherwise random.

    Returns:
        PEM text.

    Raises:
        CertificateInvalid: The request is not one.
        UserError: `CODE_INVALID`; `ROOT_KEY_DIFFERS` when the key is another root's; `REQUEST_ALGORITHM` when the
            request's key is not of the root's kind.
        BugError: `NOT_A_ROLE`.
    """
    _require_code(code)
    root, own = load_certificate(root_cert), private_key(root_key)
    if spki_of(root) != own.spki:
        raise UserError("ROOT_KEY_DIFFERS")
    facts = _request_facts(request, code)
    _require_key(facts.spki)
    if algorithm_of(facts.spki) != own.algorithm:
        raise UserError("REQUEST_ALGORITHM", found=algorithm_of(facts.spki), expected=own.algorithm)
    subject = _subject(code, name or facts.name)
    issuer = x509.AuthorityKeyIdentifier(key_identifier(own.spki), None, None)
    builder = _leaf_builder(
        _builder(subject, root.subject, now, _LEAF_YEARS, _serial(serial)), code, role
    ).add_extension(issuer, critical=False)
    return signed(builder, own, spki=facts.spki)


def create_candidate(
    code: str,
    name: str,
    key: AnyKey,
    *,
    now: dt.datetime,
    serial: int | None = None,
) -> bytes:
    """Make the self-signed certificate a department uses until its own arrives: it proves possession only.

    Raises:
        UserError: `CODE_INVALID`.
    """
    _require_code(code)
    own, subject = private_key(key), _subject(code, name)
    builder = _builder(subject, subject, now, _LEAF_YEARS, _serial(serial))
    return signed(_leaf_builder(builder, code, Role.DEPARTMENT), own, spki=own.spki)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    now: dt.datetime,
    years: int,
    serial: int,
) -> x509.CertificateBuilder:
    start = now.astimezone(dt.UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(placeholder().public_key())
        .serial_number(serial)
        .not_valid_before(start - _DAY)
        .not_valid_after(_years_later(start, years))
    )


def _leaf_builder(
    builder: x509.CertificateBuilder, code: str, role: Role
) -> x509.CertificateBuilder:
    if role not in ROLE_EKU:
        raise BugError("NOT_A_ROLE", role=str(role))
    urn = x509.UniformResourceIdentifier(f"urn:census:{ROLE_URN[role]}:{code}")
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ROLE_EKU[role]]), critical=True)
        .add_extension(x509.SubjectAlternativeName([urn]), critical=False)
    )


def _require_key(spki: bytes, where: str = "") -> None:
    """Refuse a public key (DER) that is neither P-256 nor SM2.

    Raises:
        CertificateInvalid: It is another kind, or not on its curve.
        GmUnavailable: It is an SM2 key, and this computer cannot use one.
    """
    if sm2.is_sm2_spki(spki):
        if not sm2.is_public_key(spki):
            raise CertificateInvalid(where, "key")
        return
    try:
        key = load_der_public_key(spki)
    except UNREADABLE as error:
        raise CertificateInvalid(where, type(error).__name__) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateInvalid(where, "key")


def _request_facts(request: bytes | RequestFacts, code: str) -> RequestFacts:
    if isinstance(request, RequestFacts):
        return request
    if request.startswith(b"-----BEGIN"):
        return read_request(request)
    return RequestFacts(code, "", request, fingerprint(request))


def create_request(code: str, name: str, signer: Signer) -> bytes:
    """Make the PKCS#10 request of a key, signed with it.

    Args:
        code: Code the certificate shall carry.
        name: Name of the department.
        signer: Unlocked, of either algorithm; its certificate is the candidate (or the current leaf).

    Returns:
        PEM text.

    Raises:
        UserError: `CODE_INVALID`.
    """
    _require_code(code)
    urn = x509.UniformResourceIdentifier(f"urn:census:dept:{code}")
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_subject(code, name))
        .add_extension(x509.SubjectAlternativeName([urn]), critical=False)
    )
    return signed(request, signer, spki=spki_of(load_certificate(signer.certificate_pem)))


def read_request(pem: bytes, where: str = "") -> RequestFacts:
    """Return what a request asks for.

    Raises:
        CertificateInvalid: Not a request, not signed by its key, or neither a P-256 nor an SM2 key.
        GmUnavailable: It is an SM2 key's request, and this computer cannot check one.
    """
    try:
        request = x509.load_pem_x509_csr(pem)
        spki = _proven_key(request, where)
        codes = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        code = str(codes[0].value) if len(codes) == 1 else ""
        owner = owner_of(request.subject)
    except UNREADABLE as error:
        raise CertificateInvalid(where, type(error).__name__) from None
    _require_key(spki, where)
    if re.fullmatch(CODE_PATTERN, code) is None:
        raise CertificateInvalid(where, "code")
    return RequestFacts(code, owner, spki, fingerprint(spki))


def _proven_key(request: x509.CertificateSigningRequest, where: str) -> bytes:
    """Return the public key of a request that is signed with it."""
    try:
        spki = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        proven = request.is_signature_valid
    except UnsupportedAlgorithm:
        spki = der.children(request.tbs_certrequest_bytes)[_REQUEST_SPKI_AT]
        proven = request.signature_algorithm_oid == SM2_SIGNATURE_OID and sm2.verify(
            spki, request.tbs_certrequest_bytes, request.signature
        )
    if not proven:
        raise CertificateInvalid(where, "signature")
    return spki
