"""Sign certificates, requests and revocation lists with any key, a token's and an SM2 key's included.

`cryptography` builds them, but signs with its own keys only and knows no SM2. So it builds them with a placeholder
key, whose public part and algorithm are then exchanged in what is to be signed, and the real key signs that.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from census_app.exchange import der
from census_app.exchange.certificate_facts import SIGNATURE_DER
from census_app.exchange.statement import P256

if TYPE_CHECKING:
    from census_app.exchange.statement import Algorithm

Builder: TypeAlias = (
    x509.CertificateBuilder
    | x509.CertificateSigningRequestBuilder
    | x509.CertificateRevocationListBuilder
)
_LABELS: Final[dict[type[Builder], str]] = {
    x509.CertificateBuilder: "CERTIFICATE",
    x509.CertificateSigningRequestBuilder: "CERTIFICATE REQUEST",
    x509.CertificateRevocationListBuilder: "X509 CRL",
}
_POINT_BYTES: Final = 65


class CanSign(Protocol):
    """A private key, or a signer whose key lies elsewhere."""

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with."""

    def sign(self, data: bytes, /) -> bytes:
        """Return a signature in DER."""


@functools.cache
def placeholder() -> ec.EllipticCurvePrivateKey:
    """Return the key builders are given; nothing that was signed with it is ever kept."""
    return ec.derive_private_key(1, ec.SECP256R1())


def signed(builder: Builder, key: CanSign, *, spki: bytes = b"") -> bytes:
    """Return what a builder describes, signed.

    Args:
        builder: Its public key, where it has one, is the placeholder's.
        key: Signs.
        spki: The public key (DER) that takes the placeholder's place; none for a revocation list.

    Returns:
        PEM text.
    """
    built = builder.sign(placeholder(), hashes.SHA256()).public_bytes(Encoding.DER)
    to_sign, *_ = der.children(built)
    exchange = {SIGNATURE_DER[P256]: SIGNATURE_DER[key.algorithm], _placeholder_spki(): spki}
    parts = [exchange.get(part, part) for part in der.children(to_sign)]
    content = der.wrap(der.SEQUENCE, *parts)
    signature = der.bit_string(key.sign(content))
    whole = der.wrap(der.SEQUENCE, content, SIGNATURE_DER[key.algorithm], signature)
    return der.pem(_LABELS[type(builder)], whole)


@functools.cache
def _placeholder_spki() -> bytes:
    public = placeholder().public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_identifier(spki: bytes) -> bytes:
    """Return the SHA-1 of a public point, as RFC 5280 4.2.1.2 (1) names keys; nothing relies on it."""
    return hashlib.sha1(spki[-_POINT_BYTES:], usedforsecurity=False).digest()
