"""SM2 with SM3 by libcrypto (GM/T 0003, GM/T 0009): sign, verify, make, keep and read keys (security §3).

The identity that is hashed before the message is always `DISTID`. Signatures are DER. Before the first use a
known-answer test runs; where it fails, or no library is found, nothing here works and `gm_available` says why.
"""

from __future__ import annotations

import ctypes
import platform
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_size_t, c_void_p
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from census_app.exchange import libcrypto
from census_app.exchange.libcrypto import FailedCall, Library, LibraryMissing
from census_app.exchange.refusals import GmUnavailable
from census_app.exchange.statement import SM2, Algorithm

DISTID: Final = b"1234567812345678"
"""Identity of the signer as GM/T 0009 fixes it where no other is agreed; OpenSSL's own default is empty."""

SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""What stands before the 64 bytes of the point in the public key, DER."""

ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""Order n of the base point (GM/T 0003.5); secrets are 1..n-2."""

_SPKI_BYTES: Final = 91
_AVAILABLE: Final = (True, "")


class SecretRejected(Exception):
    """An encrypted key does not open with this secret, or is damaged."""


class OtherKind(Exception):
    """An encrypted key opens, but is another kind of key."""


def is_sm2_spki(spki: bytes) -> bool:
    """Say whether a public key (DER) has the one shape an SM2 key may have here; the point is not looked at."""
    return len(spki) == _SPKI_BYTES and spki.startswith(SPKI_PREFIX)


# --- the mode ---------------------------------------------------------------------------------------------------------


class GmMode:
    """The library, found and tested at the first use.

    Args:
        candidates: For tests: where to look instead of `libcrypto.places()`.
    """

    def __init__(self, candidates: Iterable[str] | None = None) -> None:
        self._candidates = candidates
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._reason: str | None = None

    def available(self) -> tuple[bool, str]:
        """Say whether SM2 works here; otherwise `GM_LIBRARY` (none found) or `GM_SELFTEST` (a wrong answer)."""
        with self._lock:
            if self._reason is None:
                self._reason = self._start()
        return (not self._reason, self._reason)

    def library(self) -> Library:
        """Return the library.

        Raises:
            GmUnavailable: `detail` is the reason.
        """
        _, reason = self.available()
        if self._library is None:
            raise GmUnavailable(detail=reason)
        return self._library

    def _start(self) -> str:
        try:
            library = libcrypto.load(self._candidates)
        except LibraryMissing:
            return "GM_LIBRARY"
        if not known_answers(library):
            return "GM_SELFTEST"
        self._library = library
        return ""


_mode = GmMode()


def gm_available() -> tuple[bool, str]:
    """Say whether this computer can sign and check SM2; otherwise the reason as a message code."""
    return _mode.available()


def library_version() -> str:
    """Return name and version of the library in use.

    Raises:
        GmUnavailable: There is none.
    """
    return _mode.library().version


def leaks_timing() -> bool:
    """Say whether signing here should better be left to a token (security §3, pitfall 12).

    Raises:
        GmUnavailable: There is no library.
    """
    return _mode.library().leaks_timing(platform.machine())


# --- verify and sign --------------------------------------------------------------------------------------------------


def verify(spki: bytes, data: bytes, signature: bytes) -> bool:
    """Say whether a DER signature over SM3 of identity and data stands.

    Args:
        spki: The public key, DER; anything but an SM2 key is refused, whatever it signed.
        data: The signed bytes.
        signature: DER.

    Raises:
        GmUnavailable: SM2 does not work on this computer.
    """
    return _verify(_mode.library(), spki, data, signature, DISTID)


def is_public_key(spki: bytes) -> bool:
    """Say whether a public key (DER) is an SM2 key whose point lies on the curve.

    Raises:
        GmUnavailable: SM2 does not work on this computer.
    """
    library = _mode.library()
    try:
        with _public_key(library, spki):
            return True
    except FailedCall:
        return False


def _verify(library: Library, spki: bytes, data: bytes, signature: bytes, distid: bytes) -> bool:
    try:
        with (
            _public_key(library, spki) as key,
            _context(library, "EVP_DigestVerifyInit", key, distid) as context,
        ):
            library.call("EVP_DigestVerify", context, signature, len(signature), data, len(data))
    except FailedCall:
        return False
    return True


def _sign(library: Library, key: Any, data: bytes, distid: bytes) -> bytes:
    with _context(library, "EVP_DigestSignInit", key, distid) as context:
        size = c_size_t(0)
        library.call("EVP_DigestSign", context, None, byref(size), data, len(data))
        buffer = ctypes.create_string_buffer(size.value)
        library.call("EVP_DigestSign", context, buffer, byref(size), data, len(data))
    return buffer.raw[: size.value]


@contextmanager
def _context(library: Library, start: str, key: Any, distid: bytes) -> Iterator[Any]:
    """Yield a digest context that signs or verifies with a key.

    The identity is set before the start, and `set_pkey_ctx` does not pass the key's context on: all three are freed
    here.
    """
    with (
        library.owned("EVP_PKEY_CTX_free", "EVP_PKEY_CTX_new", key, None) as key_context,
        library.owned("EVP_MD_free", "EVP_MD_fetch", None, b"SM3", None) as md,
        library.owned("EVP_MD_CTX_free", "EVP_MD_CTX_new") as context,
    ):
        library.call("EVP_PKEY_CTX_set1_id", key_context, distid, len(distid))
        library.functions["EVP_MD_CTX_set_pkey_ctx"](context, key_context)
        library.call(start, context, None, md, None, key)
        yield context


@contextmanager
def _public_key(library: Library, spki: bytes) -> Iterator[Any]:
    if not is_sm2_spki(spki):
        # libcrypto would take any kind of key, and verify with it.
        raise FailedCall
    start = c_char_p(spki)
    with library.owned("EVP_PKEY_free", "d2i_PUBKEY", None, byref(start), len(spki)) as key:
        yield key


# --- private keys -----------------------------------------------------------------------------------------------------


class Sm2Key:
    """A private key inside libcrypto; freed, and its memory wiped, with this object.

    Args:
        library: Where it lives.
        pointer: Its `EVP_PKEY`, now owned by this object.

    Raises:
        FailedCall: It is not an SM2 key.
    """

    def __init__(self, library: Library, pointer: Any) -> None:
        self._library = library
        self._pointer = pointer
        weakref.finalize(self, library.free, "EVP_PKEY_free", pointer)
        self._spki = self._read_spki()

    @property
    def algorithm(self) -> Algorithm:
        """SM2 with SM3."""
        return SM2

    @property
    def spki(self) -> bytes:
        """The public key, DER."""
        return self._spki

    def sign(self, data: bytes) -> bytes:
        """Return a signature in DER; each one is different."""
        return _sign(self._library, self._pointer, data, DISTID)

    def encrypted_pem(self, secret: bytes) -> bytes:
        """Return the key as PKCS#8 under a secret: PBES2 with AES-256-CBC, PEM.

        Args:
            secret: What opens it; may be empty.
        """
        library, secret = self._library, _plain_bytes(secret)
        with library.owned("BIO_free", "BIO_new", library.call("BIO_s_mem")) as bio:
            cipher = library.call("EVP_aes_256_cbc")
            library.call(
                "PEM_write_bio_PKCS8PrivateKey",
                bio,
                self._pointer,
                cipher,
                secret,
                len(secret),
                None,
                None,
            )
            return library.read_all(bio)

    def _read_spki(self) -> bytes:
        library = self._library
        size = library.call("i2d_PUBKEY", self._pointer, None)
        buffer = ctypes.create_string_buffer(size)
        start = ctypes.cast(buffer, c_char_p)
        library.call("i2d_PUBKEY", self._pointer, byref(start))
        if not is_sm2_spki(buffer.raw):
            raise FailedCall("SM2")
        return buffer.raw


def _plain_bytes(secret: bytes) -> bytes:
    """Return a secret libcrypto can be given: never NULL, for which it would ask on the terminal and wait."""
    if not isinstance(secret, bytes) or b"\0" in secret:
        raise TypeError
    return secret


def generate() -> Sm2Key:
    """Make a key.

    Raises:
        GmUnavailable: SM2 does not work on this computer.
    """
    library, pointer = _mode.library(), c_void_p()
    with library.owned(
        "EVP_PKEY_CTX_free", "EVP_PKEY_CTX_new_from_name", None, b"SM2", None
    ) as context:
        library.call("EVP_PKEY_keygen_init", context)
        library.call("EVP_PKEY_generate", context, byref(pointer))
    return Sm2Key(library, pointer.value)


def from_encrypted_pem(pem: bytes, secret: bytes) -> Sm2Key:
    """Read a key kept by `Sm2Key.encrypted_pem`.

    Raises:
        SecretRejected: The secret does not open it.
        OtherKind: It is another kind of key.
        GmUnavailable: SM2 does not work on this computer.
    """
    library, secret = _mode.library(), _plain_bytes(secret)
    try:
        with library.owned("BIO_free", "BIO_new_mem_buf", pem, len(pem)) as bio:
            pointer = library.call("PEM_read_bio_PrivateKey", bio, None, None, secret)
    except FailedCall:
        raise SecretRejected from None
    try:
        return Sm2Key(library, pointer)
    except FailedCall:
        raise OtherKind from None


def from_scalar(secret: int) -> Sm2Key:
    """Return the key whose secret is the number: for known answers and tests, of course.

    Raises:
        SecretRejected: The number is not one.
        GmUnavailable: SM2 does not work on this computer.
    """
    library = _mode.library()
    if not 0 < secret < ORDER - 1:  # libcrypto does not look
        raise SecretRejected
    return _from_scalar(library, secret)


def _from_scalar(library: Library, secret: int) -> Sm2Key:
    # SEC 1 ECPrivateKey: version, secret, [0] curve; libcrypto computes the public key.
    body = b"\x02\x01\x01\x04\x20" + secret.to_bytes(32) + b"\xa0\x0a\x06\x08" + SPKI_PREFIX[15:23]
    der = b"\x30" + bytes([len(body)]) + body
    start = c_char_p(der)
    return Sm2Key(library, library.call("d2i_AutoPrivateKey", None, byref(start), len(der)))


# --- known answers ----------------------------------------------------------------------------------------------------

_ABC: Final = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
_SECRET: Final = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
_POINT: Final = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
_MESSAGE: Final = b"message digest"
_SIGNATURE: Final = bytes.fromhex(
    "3046"
    "022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def known_answers(library: Library) -> bool:
    """Say whether a library gives the published answers (GM/T 0003.5, GM/T 0004), and refuses the wrong ones."""
    spki = SPKI_PREFIX + _POINT
    try:
        key = _from_scalar(library, _SECRET)
        own = _sign(library, key._pointer, _MESSAGE, DISTID)  # noqa: SLF001 - one module
        return (
            library.digest(b"SM3", b"abc").hex() == sm3_hex(b"abc") == _ABC
            and key.spki == spki
            and _verify(library, spki, _MESSAGE, _SIGNATURE, DISTID)
            and _verify(library, spki, _MESSAGE, own, DISTID)
            and not _verify(library, spki, _MESSAGE + b".", _SIGNATURE, DISTID)
            and not _verify(library, spki, _MESSAGE, _SIGNATURE, b"ALICE123@YAHOO.COM")
            and not _verify(library, spki, _MESSAGE, own, b"")
        )
    except (FailedCall, UnsupportedAlgorithm):
        return False


def sm3_hex(data: bytes) -> str:
    """Return SM3 of bytes, lower-case hex."""
    digest = sm3()
    digest.update(data)
    return digest.finalize().hex()


def sm3() -> hashes.Hash:
    """Return a running SM3 by `cryptography`; `hashlib` has one on some computers only."""
    return hashes.Hash(hashes.SM3())
