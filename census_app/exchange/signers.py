"""Signers: who can put a signature under a statement, and how one is checked (security §3).

The certificate decides the algorithm, never the package. `P256File` is the default. Places kept for `Sm2File` (SM2 by
libcrypto), `Pkcs11P256` (a UKey or HSM) and `Skf` (UKeys without PKCS#11): each satisfies `Signer` and registers its
algorithm in `_VERIFIERS`; nothing else in the program changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
)

from census_app.errors import UserError
from census_app.exchange import keyfile
from census_app.exchange.certificate_facts import load_certificate, spki_of
from census_app.exchange.statement import P256, Algorithm

AUTO_LOCK_S: Final = 600.0


class Signer(Protocol):
    """A key that can sign, wherever it lies."""

    @property
    def algorithm(self) -> Algorithm:
        """Name of the algorithm, as in the statement."""

    @property
    def certificate_pem(self) -> bytes:
        """The certificate that goes into the package."""

    def available(self) -> tuple[bool, str]:
        """Say whether the key can be reached; otherwise the reason as a message code."""

    def unlock(self, passphrase: str) -> None:
        """Make the key ready for `sign`."""

    def lock(self) -> None:
        """Forget the key."""

    def sign(self, statement_bytes: bytes) -> bytes:
        """Return the signature in DER."""


class P256File:
    """A P-256 key in a file under a passphrase.

    Args:
        key_path: The PKCS#8 file; its parameters lie beside it (`keyfile`).
        certificate_pem: The certificate of this key.
        clock: Seconds that never go back; tests pass their own.
    """

    def __init__(
        self,
        key_path: Path,
        certificate_pem: bytes,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = key_path
        self._certificate_pem = certificate_pem
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._clock = clock
        self._used = 0.0

    @property
    def algorithm(self) -> Algorithm:
        """ECDSA on P-256 with SHA-256."""
        return P256

    @property
    def certificate_pem(self) -> bytes:
        """The certificate that goes into the package."""
        return self._certificate_pem

    @property
    def unlocked(self) -> bool:
        """Say whether `sign` would work now; after ten idle minutes it locks itself."""
        if self._key is not None and self._clock() - self._used > AUTO_LOCK_S:
            self.lock()
        return self._key is not None

    def available(self) -> tuple[bool, str]:
        """Say whether the key file is there; otherwise `KEY_MISSING`."""
        return (True, "") if self._path.is_file() else (False, "KEY_MISSING")

    def unlock(self, passphrase: str) -> None:
        """Read the key.

        Raises:
            UserError: `PASSPHRASE_WRONG`, `KEY_MISSING`, or `KEY_DIFFERS` when the certificate is another key's.
            DataProblem: `KEY_DAMAGED`.
        """
        key = keyfile.load_key(self._path, passphrase)
        certificate = load_certificate(self._certificate_pem)
        if spki_of(certificate) != keyfile.spki_of_key(key):
            raise UserError("KEY_DIFFERS", path=str(self._path))
        self._key = key
        self._used = self._clock()

    def lock(self) -> None:
        """Forget the key."""
        self._key = None

    def sign(self, statement_bytes: bytes) -> bytes:
        """Return the deterministic signature (RFC 6979) in DER.

        Raises:
            UserError: `KEY_LOCKED`.
        """
        if not self.unlocked or self._key is None:
            raise UserError("KEY_LOCKED")
        self._used = self._clock()
        return sign_p256(self._key, statement_bytes)


def sign_p256(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the deterministic ECDSA signature over SHA-256 of the data."""
    return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def verify(algorithm: str, spki: bytes, data: bytes, sig: bytes) -> bool:
    """Say whether a signature stands.

    Args:
        algorithm: From the certificate.
        spki: The public key, DER.
        data: The signed bytes.
        sig: DER.
    """
    verifier = _VERIFIERS.get(algorithm)
    return verifier is not None and verifier(spki, data, sig)


def _verify_p256(spki: bytes, data: bytes, sig: bytes) -> bool:
    try:
        key = load_der_public_key(spki)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(sig, data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


_VERIFIERS: Final[dict[str, Callable[[bytes, bytes, bytes], bool]]] = {P256: _verify_p256}
