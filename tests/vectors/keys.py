"""Keys with known secrets and deterministic signatures, for both algorithms. For tests only, of course.

SM2 is written out here in plain integers, apart from the program and from OpenSSL: a second implementation that agrees
is worth more than the same one twice. It is slow and leaks its key to who can measure time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vectors import der

P256: Final = "ecdsa-p256-sha256"
SM2: Final = "sm2-sm3"
ALGORITHMS: Final = (P256, SM2)

DISTID: Final = b"1234567812345678"

_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A: Final = _P - 3
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_GX: Final = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY: Final = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

Point = tuple[int, int, int]
"""Jacobian coordinates; z = 0 is the point at infinity."""


class Key(Protocol):
    """A private key: what certificates and statements are signed with."""

    @property
    def algorithm(self) -> str:
        """As in the statement."""

    @property
    def spki(self) -> bytes:
        """The public key, DER."""

    @property
    def signature_oid(self) -> bytes:
        """The AlgorithmIdentifier of its signatures, DER."""

    def sign(self, data: bytes) -> bytes:
        """Return the deterministic signature, DER."""


@dataclass(frozen=True)
class P256Key:
    """A P-256 key; signatures after RFC 6979."""

    secret: int
    algorithm: str = P256
    signature_oid: bytes = der.sequence(der.oid("1.2.840.10045.4.3.2"))

    @property
    def spki(self) -> bytes:
        public = _p256(self.secret).public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        return _p256(self.secret).sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


@dataclass(frozen=True)
class Sm2Key:
    """An SM2 key (GB/T 32918.2); the nonce is a hash of secret and message."""

    secret: int
    algorithm: str = SM2
    signature_oid: bytes = der.sequence(der.oid("1.2.156.10197.1.501"))
    public: tuple[int, int] = field(default=(0, 0), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "public", _affine(_times_base(self.secret)))

    @property
    def spki(self) -> bytes:
        kind = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.156.10197.1.301"))
        return der.sequence(kind, der.bits(b"\x04" + _bytes(*self.public)))

    def sign(self, data: bytes, distid: bytes = DISTID) -> bytes:
        known = (len(distid) * 8).to_bytes(2, "big") + distid
        identity = sm3(known + _bytes(_A, _B, _GX, _GY, *self.public))
        return self._sign(int.from_bytes(sm3(identity + data), "big"))

    def _sign(self, digest: int) -> bytes:
        seed = _bytes(self.secret, digest)
        while True:
            seed = hashlib.sha256(seed).digest()
            nonce = int.from_bytes(seed, "big") % _N
            r = (digest + _affine(_times_base(nonce))[0]) % _N if nonce else 0
            s = pow(1 + self.secret, -1, _N) * (nonce - r * self.secret) % _N
            if r and s and (r + nonce) % _N:
                return der.sequence(der.integer(r), der.integer(s))


@cache
def _p256(secret: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(secret, ec.SECP256R1())


def key_of(algorithm: str, secret: int) -> Key:
    """Return the key of an algorithm whose secret is the number."""
    return P256Key(secret) if algorithm == P256 else Sm2Key(secret)


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _bytes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def _twice(point: Point) -> Point:
    x, y, z = point
    square = y * y % _P
    s = 4 * x * square % _P
    m = 3 * (x - z * z) * (x + z * z) % _P  # a = -3
    found = (m * m - 2 * s) % _P
    return found, (m * (s - found) - 8 * square * square) % _P, 2 * y * z % _P


def _plus(left: Point, right: Point) -> Point:
    (x1, y1, z1), (x2, y2, z2) = left, right
    if not z1 or not z2:
        return right if not z1 else left
    u1, u2 = x1 * z2 * z2 % _P, x2 * z1 * z1 % _P
    s1, s2 = y1 * z2**3 % _P, y2 * z1**3 % _P
    if u1 == u2:
        return _twice(left) if s1 == s2 else (1, 1, 0)
    h, r = u2 - u1, s2 - s1
    x = (r * r - h**3 - 2 * u1 * h * h) % _P
    return x, (r * (u1 * h * h - x) - s1 * h**3) % _P, h * z1 * z2 % _P


@cache
def _doubled_base() -> tuple[Point, ...]:
    """Return 1, 2, 4, ... times the base point."""
    found: list[Point] = [(_GX, _GY, 1)]
    for _ in range(255):
        x, y = _affine(_twice(found[-1]))
        found.append((x, y, 1))
    return tuple(found)


def _times_base(number: int) -> Point:
    found = (1, 1, 0)
    for at, doubled in enumerate(_doubled_base()):
        if number >> at & 1:
            found = _plus(found, doubled)
    return found


def _affine(point: Point) -> tuple[int, int]:
    x, y, z = point
    inverse = pow(z, -1, _P)
    return x * inverse**2 % _P, y * inverse**3 % _P
