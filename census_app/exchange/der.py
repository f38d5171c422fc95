"""The little DER (X.690) that certificates, requests and revocation lists need beyond what `cryptography` reads.

It takes apart what a parser has accepted already, and exchanges whole parts of what we built. Not a parser for
strangers' bytes: anything unusual is a `ValueError`.
"""

from __future__ import annotations

import base64
from typing import Final

SEQUENCE: Final = 0x30
BIT_STRING: Final = 0x03


def wrap(tag: int, *parts: bytes) -> bytes:
    """Return one element around its parts."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + body


def children(der: bytes) -> list[bytes]:
    """Return the elements inside one element, each with its own head.

    Raises:
        ValueError: Not one whole element, or its inside does not consist of whole ones.
    """
    start, end = _extent(der, 0)
    if end != len(der):
        raise ValueError("trailing bytes")
    found = []
    while start < end:
        _, after = _extent(der, start)
        found.append(der[start:after])
        start = after
    return found


def _extent(der: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the element at a place begins and ends."""
    if at + 2 > len(der):
        raise ValueError("cut off")
    size, begin = der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, begin = int.from_bytes(der[begin : begin + count]), begin + count
    if begin + size > len(der):
        raise ValueError("cut off")
    return begin, begin + size


def bit_string(content: bytes) -> bytes:
    """Return a bit string of whole bytes."""
    return wrap(BIT_STRING, b"\0", content)


def pem(label: str, der: bytes) -> bytes:
    """Return a PEM text as `openssl` spells it."""
    text = base64.b64encode(der)
    lines = b"".join(text[at : at + 64] + b"\n" for at in range(0, len(text), 64))
    name = label.encode("ascii")
    return b"-----BEGIN " + name + b"-----\n" + lines + b"-----END " + name + b"-----\n"
