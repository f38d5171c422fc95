"""Make certificates and requests: roots, leaves with one role, candidates, PKCS#10 (security §5).

Reading and judging them is in `certificate_facts`, whose public names are offered here too.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID

from census_app.errors import BugError, UserError
from census_app.exchange.certificate_facts import (
    ROLE_EKU,
    ROLE_URN,
    UNREADABLE,
    CertificateFacts,
    Role,
    fingerprint,
    load_certificate,
    owner_of,
    read_certificate,
    spki_of,
)
from census_app.exchange.names import CODE_PATTERN
from census_app.exchange.refusals import CertificateInvalid

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


def create_root(
    name: str, key: ec.EllipticCurvePrivateKey, *, now: dt.datetime, serial: int | None = None
) -> bytes:
    """Make the certificate of a root: it issues leaves, signs trust bundles and lasts 10 years.

    Args:
        name: Who stands behind it, shown to people.
        key: A P-256 key, kept offline.
        now: The present moment; validity begins a day earlier.
        serial: For tests; otherwise random.

    Returns:
        PEM text.
    """
    subject = _subject(_ROOT_CODE, name)
    public = key.public_key()
    builder = (
        _builder(subject, subject, public, now, _ROOT_YEARS, _serial(serial))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return _sign(builder, key)


def issue_certificate(
    root_cert: bytes,
    root_key: ec.EllipticCurvePrivateKey,
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
        UserError: `CODE_INVALID`, or `ROOT_KEY_DIFFERS` when the key is another root's.
        BugError: `NOT_A_ROLE`.
    """
    _require_code(code)
    root = load_certificate(root_cert)
    if spki_of(root) != _public_bytes(root_key.public_key()):
        raise UserError("ROOT_KEY_DIFFERS")
    facts = _request_facts(request, code)
    public = _load_p256(facts.spki)
    builder = _leaf_builder(
        _builder(
            _subject(code, name or facts.name),
            root.subject,
            public,
            now,
            _LEAF_YEARS,
            _serial(serial),
        ),
        code,
        role,
    ).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
    )
    return _sign(builder, root_key)


def create_candidate(
    code: str,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    now: dt.datetime,
    serial: int | None = None,
) -> bytes:
    """Make the self-signed certificate a department uses until its own arrives: it proves possession only.

    Raises:
        UserError: `CODE_INVALID`.
    """
    _require_code(code)
    subject = _subject(code, name)
    public = key.public_key()
    builder = _builder(subject, subject, public, now, _LEAF_YEARS, _serial(serial))
    return _sign(_leaf_builder(builder, code, Role.DEPARTMENT), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    years: int,
    serial: int,
) -> x509.CertificateBuilder:
    start = now.astimezone(dt.UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
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


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    certificate = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    return certificate.public_bytes(Encoding.PEM)


def _public_bytes(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _load_p256(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(spki)
    except UNREADABLE as error:
        raise CertificateInvalid(detail=type(error).__name__) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateInvalid(detail="key")
    return key


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
        signer: Unlocked; its certificate is the candidate (or the current leaf).

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
        .sign(_SignerKey(signer), hashes.SHA256())
    )
    return request.public_bytes(Encoding.PEM)


def read_request(pem: bytes, where: str = "") -> RequestFacts:
    """Return what a request asks for.

    Raises:
        CertificateInvalid: Not a request, not signed by its key, or not a P-256 key.
    """
    try:
        request = x509.load_pem_x509_csr(pem)
        if not request.is_signature_valid:
            raise CertificateInvalid(where, "signature")
        public = request.public_key()
        codes = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        code = str(codes[0].value) if len(codes) == 1 else ""
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UNREADABLE as error:
        raise CertificateInvalid(where, type(error).__name__) from None
    _load_p256(spki)
    if re.fullmatch(CODE_PATTERN, code) is None:
        raise CertificateInvalid(where, "code")
    return RequestFacts(code, owner_of(request.subject), spki, fingerprint(spki))


class _SignerKey(ec.EllipticCurvePrivateKey):
    """A signer in the shape `cryptography` builds requests with, so that a UKey can request a certificate too."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def sign(
        self,
        data: bytes | bytearray | memoryview,
        signature_algorithm: ec.EllipticCurveSignatureAlgorithm,
    ) -> bytes:
        """Let the signer sign; only SHA-256 of the whole data is asked for."""
        if isinstance(signature_algorithm.algorithm, Prehashed):
            raise BugError("NOT_A_SIGNATURE")
        return self._signer.sign(bytes(data))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the key of the signer's certificate."""
        key = load_certificate(self._signer.certificate_pem).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise BugError("NOT_A_SIGNATURE")
        return key

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return ec.SECP256R1()

    @property
    def key_size(self) -> int:
        """256 bits."""
        return 256

    def exchange(self, algorithm: object, peer_public_key: object) -> NoReturn:
        """Not for signing keys."""
        raise BugError("NOT_A_SIGNATURE")

    def private_numbers(self) -> NoReturn:
        """Never handed out."""
        raise BugError("NOT_A_SIGNATURE")

    def private_bytes(self, *_: object) -> NoReturn:
        """Never handed out."""
        raise BugError("NOT_A_SIGNATURE")

    def __copy__(self) -> _SignerKey:
        return self

    def __deepcopy__(self, _memo: dict[object, object]) -> _SignerKey:
        return self
