"""Signatures of tokens: r and s side by side become DER, and nothing out of range does (security §3, pitfall 2)."""

from __future__ import annotations

import random

import pytest

from census_app.exchange import sm2
from census_app.exchange.private_keys import generate
from census_app.exchange.raw_signatures import ORDERS, to_der, to_raw
from census_app.exchange.signers import verify
from census_app.exchange.statement import P256, SM2, Algorithm

BOTH: tuple[Algorithm, ...] = (P256, SM2)


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


@pytest.mark.parametrize("algorithm", BOTH)
def test_signature_there_and_back_still_stands(algorithm: Algorithm) -> None:
    key = generate(algorithm)
    for number in range(100):
        data = number.to_bytes(4)
        signature = key.sign(data)
        token = to_raw(signature, algorithm)

        assert len(token) == 64
        assert to_der(token, algorithm) == signature
        assert verify(algorithm, key.spki, data, to_der(token, algorithm))


@pytest.mark.parametrize("algorithm", BOTH)
def test_edges_of_the_range(algorithm: Algorithm) -> None:
    n = ORDERS[algorithm]

    assert to_raw(to_der(raw(1, n - 1), algorithm), algorithm) == raw(1, n - 1)
    for r, s in ((0, 1), (1, 0), (n, 1), (1, n), (2**256 - 1, 1), (0, 0)):
        with pytest.raises(ValueError, match="range"):
            to_der(raw(r, s), algorithm)


@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="length"):
        to_der(b"\1" * size, SM2)


def test_der_out_of_range_is_refused() -> None:
    beyond = ORDERS[P256]  # legal for neither; SM2's order is smaller
    with pytest.raises(ValueError, match="range"):
        to_raw(to_der(raw(ORDERS[SM2], 1), P256), SM2)
    with pytest.raises(ValueError, match="range"):
        to_raw(b"\x30\x26\x02\x21\x00" + beyond.to_bytes(32) + b"\x02\x01\x01", P256)
    for junk in (b"", b"\x30\x00", b"\x30\x06\x02\x01\x01\x02\x01\x01\x00"):
        with pytest.raises(ValueError, match=r"."):
            to_raw(junk, SM2)


def test_der_is_the_shortest_spelling() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    source = random.Random(seed)  # noqa: S311  # chooses test data
    for _ in range(200):
        r, s = source.randrange(1, 1 << source.randrange(1, 255)), source.randrange(1, 1 << 200)
        der = to_der(raw(r, s), SM2)

        assert der[1] == len(der) - 2
        assert len(der) <= 72
        assert to_raw(der, SM2) == raw(r, s), seed


def test_orders_are_those_of_the_curves() -> None:
    """The largest secret signs; n-1 is none, because 1+d must have an inverse."""
    n = ORDERS[SM2]

    largest = sm2.from_scalar(n - 2)
    assert sm2.verify(largest.spki, b"x", largest.sign(b"x"))
    for none in (n - 1, n, n + 1):
        with pytest.raises(sm2.SecretRejected):
            sm2.from_scalar(none)
