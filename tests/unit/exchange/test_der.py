"""The little DER: what it wraps it takes apart again, as `openssl` does; cut bytes are never taken."""

from __future__ import annotations

import random
import subprocess

import pytest

from census_app.exchange import der, sm2


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_element_of_every_length_comes_back(size: int) -> None:
    inner = der.wrap(0x04, b"x" * size)
    outer = der.wrap(der.SEQUENCE, inner, inner)

    assert der.children(outer) == [inner, inner]


def test_openssl_reads_what_we_wrap() -> None:
    content = der.wrap(der.SEQUENCE, der.wrap(0x02, b"\x05"), der.bit_string(b"abc" * 60))

    read = subprocess.run(
        ["openssl", "asn1parse", "-inform", "DER"], input=content, capture_output=True, check=True
    )

    assert b"INTEGER           :05" in read.stdout
    assert b"BIT STRING" in read.stdout


def test_every_cut_is_noticed() -> None:
    content = der.wrap(der.SEQUENCE, *(der.wrap(0x04, b"x" * 100) for _ in range(3)))

    for size in range(len(content)):
        with pytest.raises(ValueError, match=r"."):
            der.children(content[:size])
    with pytest.raises(ValueError, match="trailing"):
        der.children(content + b"\0")


def test_child_behind_its_frame_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"."):
        der.children(bytes.fromhex("3003040500"))
    with pytest.raises(ValueError, match=r"."):
        der.children(bytes.fromhex("300304820500"))


def test_junk_is_taken_apart_or_refused() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    source = random.Random(seed)  # noqa: S311  # chooses test data
    for _ in range(2000):
        junk = der.wrap(der.SEQUENCE, source.randbytes(source.randrange(30)))
        try:
            parts = der.children(junk)
        except ValueError:
            continue
        assert der.wrap(der.SEQUENCE, *parts) == junk, seed


def test_pem_is_spelled_as_openssl_spells_it() -> None:
    spki = sm2.generate().spki
    spelled = subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-pubout"],
        input=spki,
        capture_output=True,
        check=True,
    ).stdout

    assert der.pem("PUBLIC KEY", spki) == spelled
