"""Hundreds of thousands of changed packages: none is accepted that no honest writer made, and none is an accident.

Seeds are fresh and printed. CENSUS_FUZZ_SEED repeats a run, CENSUS_FUZZ_RUNS makes it longer or shorter; a package that
should not have been accepted, or that broke the reader, is written beside the test's other files and named.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from census_app.exchange.package import Refused, TrustAnchors, open_package
from census_app.exchange.refusals import refusal_classes
from tests.vectors.anatomy import SIGNATURE, STATEMENT, Anatomy
from tests.vectors.keys import ALGORITHMS, P256, SM2
from tests.vectors.mutations import Stock, make_stock, signed, unsigned
from tests.vectors.workshop import CLOCK, make_workshop

RUNS = int(os.environ.get("CENSUS_FUZZ_RUNS", "200000"))
SHARES = {
    ("unsigned", P256): 0.86,
    ("signed", P256): 0.08,
    ("unsigned", SM2): 0.05,  # three times as slow, by its arithmetic, and the same container
    ("signed", SM2): 0.01,
}
KINDS: dict[str, Callable[[Stock, random.Random], bytes]] = {"unsigned": unsigned, "signed": signed}


class Reader:
    """Opens what is in memory, through one file."""

    def __init__(self, folder: Path, stock: Stock) -> None:
        self.trust = TrustAnchors.from_pem(stock.shop.trust_pem)
        self.path = folder / "mutant.census"
        self.path.write_bytes(b"")
        self._handle = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))

    def close(self) -> None:
        os.close(self._handle)

    def code(self, data: bytes) -> str:
        """Return the refusal's code, or an empty text; any other exception leaves."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, data)
        os.ftruncate(self._handle, len(data))
        try:
            open_package(self.path, self.trust, now=CLOCK).close()
        except Refused as refused:
            return refused.code
        return ""


def is_honest(stock: Stock, data: bytes) -> bool:
    """Say whether an honest writer would make exactly these bytes of this statement and these files."""
    files = _files(data)
    statement = json.loads(files.pop(STATEMENT))
    signature = files.pop(SIGNATURE)
    payload = {path[5:]: body for path, body in files.items() if path.startswith("data/")}
    signers = [anatomy.signer for anatomy in stock.anatomies]
    pem = hashlib.sha256
    signer = next(
        each
        for each in signers
        if pem(each.pem).hexdigest() == statement["signer_certificate_sha256"]
    )
    return Anatomy(statement, payload, signer).sealed(signature=signature) == data


def _files(data: bytes) -> dict[str, bytes]:
    """Return the entries of an accepted container, by reading its local headers only."""
    found, at = {}, 0
    while data[at : at + 4] == b"PK\x03\x04":
        size = int.from_bytes(data[at + 22 : at + 26], "little")
        length = int.from_bytes(data[at + 26 : at + 28], "little")
        name = data[at + 30 : at + 30 + length].decode()
        begin = at + 30 + length
        found[name.partition("/")[2]] = data[begin : begin + size]
        at = begin + size
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_is_accepted(kind: str, algorithm: str, tmp_path: Path) -> None:
    seed = os.environ.get("CENSUS_FUZZ_SEED") or secrets.token_hex(8)
    print(f"seed {seed}")  # noqa: T201
    runs = round(RUNS * SHARES[kind, algorithm])
    stock = make_stock(make_workshop(algorithm))
    originals = set(stock.wholes)
    reader = Reader(tmp_path, stock)
    assert [reader.code(whole) for whole in stock.wholes] == [""] * len(stock.wholes)
    outcomes: Counter[str] = Counter()

    for number in range(runs):
        chance = random.Random(f"{seed}/{kind}/{number}")  # noqa: S311 - guards nothing
        data = KINDS[kind](stock, chance)
        try:
            code = reader.code(data)
        except Exception as accident:
            raise AssertionError(_kept(tmp_path, data, seed, number)) from accident
        outcomes[code] += 1
        if not code and data not in originals:
            honest = kind == "signed" and is_honest(stock, data)
            assert honest, _kept(tmp_path, data, seed, number)
    reader.close()

    print(dict(outcomes))  # noqa: T201
    assert outcomes.total() == runs
    assert outcomes.keys() <= {"", *refusal_classes()}
    assert len(outcomes) > 10, "the mutants are all of one kind"


def _kept(folder: Path, data: bytes, seed: str, number: int) -> str:
    path = folder / f"finding-{number}.census"
    path.write_bytes(data)
    return f"{path} (seed {seed}, number {number})"


def test_the_judge_of_honesty_sees_what_is_not_honest() -> None:
    """A negative control: a changed byte that the reader might overlook would not pass here."""
    stock = make_stock(make_workshop(P256))
    whole = stock.wholes[0]

    assert is_honest(stock, whole)
    assert not is_honest(stock, whole + b"\0")
    assert not is_honest(stock, whole.replace(b"bagit.txt", b"bagIt.txt"))
    raw = stock.anatomies[0].statement_bytes().replace(b'"sequence":7', b'"sequence": 7')
    assert not is_honest(stock, stock.anatomies[0].sealed(raw=raw))
