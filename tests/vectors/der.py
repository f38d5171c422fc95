"""A few pieces of DER, enough to make certificates and requests that no library would make."""

from __future__ import annotations

import base64
import datetime as dt


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    return tlv(0x31, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def boolean(value: bool) -> bytes:
    return tlv(0x01, b"\xff" if value else b"\x00")


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = b"".join(_base_128(number) for number in (first * 40 + second, *rest))
    return tlv(0x06, body)


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def octets(*parts: bytes) -> bytes:
    return tlv(0x04, *parts)


def bits(body: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes([unused]), body)


def text(value: str) -> bytes:
    return tlv(0x0C, value.encode())


def moment(value: dt.datetime) -> bytes:
    if value.year < 2050:
        return tlv(0x17, value.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, value.strftime("%Y%m%d%H%M%SZ").encode())


def explicit(number: int, *parts: bytes) -> bytes:
    return tlv(0xA0 | number, *parts)


def implicit(number: int, body: bytes) -> bytes:
    return tlv(0x80 | number, body)


def pem(label: str, body: bytes) -> bytes:
    """Return the PEM text of DER bytes exactly as `openssl` writes it: lines of 64 characters."""
    coded = base64.b64encode(body).decode()
    lines = "".join(coded[at : at + 64] + "\n" for at in range(0, len(coded), 64))
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n".encode()
