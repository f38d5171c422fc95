"""No package survives a change: every single bit of a minimal one is flipped, and it is cut at every byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from census_app.exchange.package import Refused, TrustAnchors, open_package
from tests.vectors import papers
from tests.vectors.keys import ALGORITHMS
from tests.vectors.workshop import CLOCK, make_workshop

CODE = "C0"


class Bench:
    """One file that is changed in place and opened again and again."""

    def __init__(self, folder: Path, algorithm: str) -> None:
        shop = make_workshop(algorithm)
        signer = shop.leaf(9, CODE, "coordinator", subject=papers.name(CODE, "x"))
        self.whole = shop.package("ledger", signer, sender=CODE).sealed()
        self.trust = TrustAnchors.from_pem(shop.root.pem)
        self.path = folder / "bench.census"
        self.path.write_bytes(self.whole)

    def code(self) -> str:
        """Return the refusal's code, or an empty text when the file is accepted."""
        try:
            open_package(self.path, self.trust, now=CLOCK).close()
        except Refused as refused:
            return refused.code
        return ""

    @contextmanager
    def opened(self) -> Iterator[int]:
        handle = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            yield handle
        finally:
            os.close(handle)


@pytest.fixture(params=ALGORITHMS)
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


@pytest.mark.timeout(300)
def test_no_package_with_one_flipped_bit_is_accepted(bench: Bench) -> None:
    accepted = []
    with bench.opened() as file:
        for at, byte in enumerate(bench.whole):
            for bit in range(8):
                os.lseek(file, at, os.SEEK_SET)
                os.write(file, bytes([byte ^ 1 << bit]))
                if not bench.code():
                    accepted.append((at, bit))
            os.lseek(file, at, os.SEEK_SET)
            os.write(file, bytes([byte]))

    assert accepted == []
    assert bench.code() == ""
    assert bench.path.read_bytes() == bench.whole


@pytest.mark.timeout(120)
def test_p18a_no_package_that_ends_early_is_accepted(bench: Bench) -> None:
    wrong = []
    with bench.opened() as file:
        for size in range(len(bench.whole) - 1, -1, -1):
            os.truncate(file, size)
            code = bench.code()
            if code != ("TRUNCATED" if size >= 22 else "ZIP_SIZE"):
                wrong.append((size, code))

    assert wrong == []
