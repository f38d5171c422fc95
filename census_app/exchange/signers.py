"""Signers: who can put a signature under a statement, and how one is checked (security §3).

The certificate decides the algorithm, never the package. `P256File` is the default, `Sm2File` the GM mode. Two places
are kept, each for a class that satisfies `Signer` and changes nothing else in the program:

* `Pkcs11P256`, a token or HSM with PKCS#11. `unlock` logs in with the PIN, `sign` calls CKM_ECDSA with SHA-256 of the
  bytes and converts the raw answer by `raw_signatures.to_der`.
* `Skf`, a UKey with the national interface GM/T 0016. `sign` lets the token hash (SM3 of Z with `sm2.DISTID`, then the
  bytes) and sign, and converts the 64 bytes by `raw_signatures.to_der`.

`docs/manual/*/keys.md` says what a token must offer. `available` answers without a PIN.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from census_app.errors import UserError
from census_app.exchange import keyfile, sm2
from census_app.exchange.certificate_facts import load_certificate, read_certificate, spki_of
from census_app.exchange.private_keys import PrivateKey, sign_p256
from census_app.exchange.statement import P256, SM2, Algorithm

__all__ = [
    "AUTO_LOCK_S",
    "KeyFileSigner",
    "P256File",
    "Signer",
    "Sm2File",
    "sign_p256",
    "signer_for",
    "verify",
]

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


class KeyFileSigner:
    """A key in a file under a passphrase; `P256File` and `Sm2File` say which algorithm.

    Args:
        key_path: The PKCS#8 file; its parameters lie beside it (`keyfile`).
        certificate_pem: The certificate of this key.
        clock: Seconds that never go back; tests pass their own.
    """

    ALGORITHM: ClassVar[Algorithm]

    def __init__(
        self,
        key_path: Path,
        certificate_pem: bytes,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = key_path
        self._certificate_pem = certificate_pem
        self._key: PrivateKey | None = None
        self._clock = clock
        self._used = 0.0

    @property
    def algorithm(self) -> Algorithm:
        """Name of the algorithm, as in the statement."""
        return self.ALGORITHM

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
            EnvironmentProblem: `GM_UNAVAILABLE`, it is an SM2 key and this computer cannot use one.
        """
        key = keyfile.load_key(self._path, passphrase)
        certificate = load_certificate(self._certificate_pem)
        if key.algorithm != self.ALGORITHM or spki_of(certificate) != key.spki:
            raise UserError("KEY_DIFFERS", path=str(self._path))
        self._key = key
        self._used = self._clock()

    def lock(self) -> None:
        """Forget the key."""
        self._key = None

    def sign(self, statement_bytes: bytes) -> bytes:
        """Return the signature in DER.

        Raises:
            UserError: `KEY_LOCKED`.
        """
        if not self.unlocked or self._key is None:
            raise UserError("KEY_LOCKED")
        self._used = self._clock()
        return self._key.sign(statement_bytes)


class P256File(KeyFileSigner):
    """A P-256 key in a file; signatures are deterministic (RFC 6979)."""

    ALGORITHM = P256


class Sm2File(KeyFileSigner):
    """An SM2 key in a file, signing through libcrypto; each signature of the same bytes is different."""

    ALGORITHM = SM2

    def available(self) -> tuple[bool, str]:
        """Say whether SM2 works here and the key is there; otherwise `GM_LIBRARY`, `GM_SELFTEST`, `KEY_MISSING`."""
        works, reason = sm2.gm_available()
        return super().available() if works else (False, reason)


def signer_for(
    key_path: Path, certificate_pem: bytes, *, clock: Callable[[], float] = time.monotonic
) -> KeyFileSigner:
    """Return the signer of a key file; its certificate decides the algorithm.

    Raises:
        GmUnavailable: The certificate is an SM2 key's and this computer cannot use one.
        CertificateInvalid, CertificateRules: It is no certificate of ours.
    """
    algorithm = read_certificate(certificate_pem).algorithm
    kind = Sm2File if algorithm == SM2 else P256File
    return kind(key_path, certificate_pem, clock=clock)


def verify(algorithm: str, spki: bytes, data: bytes, sig: bytes) -> bool:
    """Say whether a signature stands.

    Args:
        algorithm: From the certificate.
        spki: The public key, DER.
        data: The signed bytes.
        sig: DER.

    Raises:
        GmUnavailable: It is an SM2 signature and this computer cannot check one.
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


_VERIFIERS: Final[dict[str, Callable[[bytes, bytes, bytes], bool]]] = {
    P256: _verify_p256,
    SM2: sm2.verify,
}
