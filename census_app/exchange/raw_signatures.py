"""Signatures as tokens give them: r and s side by side, 32 bytes each; in certificates and packages they are DER.

Back ends for tokens convert here, and nowhere else (security §3, pitfall 2).
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from census_app.exchange import sm2
from census_app.exchange.statement import P256, SM2, Algorithm

_HALF: Final = 32
ORDERS: Final[dict[Algorithm, int]] = {
    P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    SM2: sm2.ORDER,
}
"""Order n of each curve's base point (for P-256: SEC 2)."""


def to_der(raw: bytes, algorithm: Algorithm) -> bytes:
    """Return the DER of a raw signature.

    Args:
        raw: 64 bytes, r then s, big-endian.
        algorithm: Decides the curve.

    Raises:
        ValueError: Another length, or r or s outside 1..n-1.
    """
    if len(raw) != 2 * _HALF:
        raise ValueError("length")
    r, s = int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:])
    _require_range(r, s, algorithm)
    return encode_dss_signature(r, s)


def to_raw(der: bytes, algorithm: Algorithm) -> bytes:
    """Return the 64 bytes of a DER signature.

    Raises:
        ValueError: Not such a DER, or r or s outside 1..n-1.
    """
    r, s = decode_dss_signature(der)
    _require_range(r, s, algorithm)
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def _require_range(r: int, s: int, algorithm: Algorithm) -> None:
    order = ORDERS[algorithm]
    if not (0 < r < order and 0 < s < order):
        raise ValueError("range")
