"""A private key of either algorithm, so that nobody who signs, issues or keeps keys asks which one it is.

Where the key lies at rest is `keyfile`; who signs packages with it is `signers`.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from census_app.exchange import sm2
from census_app.exchange.sm2 import OtherKind, SecretRejected
from census_app.exchange.statement import P256, SM2, Algorithm


class PrivateKey(Protocol):
    """A key that signs."""

    @property
    def algorithm(self) -> Algorithm:
        """The only algorithm it signs with."""

    @property
    def spki(self) -> bytes:
        """The public key, DER."""

    def sign(self, data: bytes) -> bytes:
        """Return a signature in DER."""

    def encrypted_pem(self, secret: bytes) -> bytes:
        """Return the key as PKCS#8 under a secret, PEM."""


class P256Key:
    """A P-256 key of `cryptography`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @property
    def algorithm(self) -> Algorithm:
        """ECDSA on P-256 with SHA-256."""
        return P256

    @property
    def spki(self) -> bytes:
        """The public key, DER."""
        public = self._key.public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Return the deterministic signature (RFC 6979) in DER."""
        return sign_p256(self._key, data)

    def encrypted_pem(self, secret: bytes) -> bytes:
        """Return the key as PKCS#8 under a secret, PEM."""
        return self._key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret)
        )


AnyKey: TypeAlias = PrivateKey | ec.EllipticCurvePrivateKey
"""What callers may hand over: a key of ours, or a bare P-256 key of `cryptography`."""


def private_key(key: AnyKey) -> PrivateKey:
    """Return the key in our shape."""
    return P256Key(key) if isinstance(key, ec.EllipticCurvePrivateKey) else key


def sign_p256(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the deterministic ECDSA signature over SHA-256 of the data."""
    return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def generate(algorithm: Algorithm) -> PrivateKey:
    """Make a key.

    Raises:
        GmUnavailable: It should be an SM2 key, and SM2 does not work on this computer.
    """
    if algorithm == SM2:
        return sm2.generate()
    return P256Key(ec.generate_private_key(ec.SECP256R1()))


def from_encrypted_pem(algorithm: Algorithm, pem: bytes, secret: bytes) -> PrivateKey:
    """Read a key kept by `PrivateKey.encrypted_pem`.

    Raises:
        SecretRejected: The secret does not open it.
        OtherKind: It is another kind of key.
        GmUnavailable: It should be an SM2 key, and SM2 does not work on this computer.
    """
    if algorithm == SM2:
        return sm2.from_encrypted_pem(pem, secret)
    try:
        key = load_pem_private_key(pem, secret)
    except ValueError:
        raise SecretRejected from None
    except (TypeError, UnsupportedAlgorithm):
        raise OtherKind from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise OtherKind
    return P256Key(key)
