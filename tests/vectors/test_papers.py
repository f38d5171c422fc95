"""Certificates, requests, revocation lists and trust bundles of strangers: whatever is in them, a refusal at most.

Parts of their DER are dropped, doubled, retyped, changed and lengthened, many signed again by their key, so that
what follows the signature's check is reached too. Seeds are fresh and printed; CENSUS_FUZZ_SEED repeats a run.
"""

from __future__ import annotations

import base64
import json
import os
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from census_app.exchange.bundle import read_bundle
from census_app.exchange.certificate_facts import load_certificate
from census_app.exchange.certificates import read_request
from census_app.exchange.package import Refused, TrustAnchors, open_package
from census_app.exchange.revocation import read_crl
from tests.vectors import der, papers
from tests.vectors.anatomy import canonical
from tests.vectors.cases_trust import bundle, document
from tests.vectors.keys import P256, SM2, Key
from tests.vectors.mutations import changed_value
from tests.vectors.workshop import CLOCK, DEPARTMENT, NAME, Workshop, make_workshop

RUNS = {P256: 5000, SM2: 600}
BUNDLES = 150
TAGS = (
    1,
    2,
    3,
    4,
    5,
    6,
    0x0C,
    0x13,
    0x14,
    0x16,
    0x17,
    0x18,
    0x1E,
    0x30,
    0x31,
    0x82,
    0x86,
    0xA0,
    0xA3,
)


def parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of the values that stand side by side."""
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        yield tag, data[at : at + size]
        at += size


def count(data: bytes) -> int:
    return sum(1 + (count(content) if tag & 0x20 else 0) for tag, content in parts(data))


def changed(data: bytes, chance: random.Random) -> bytes:
    """Return DER with one value changed somewhere inside, all lengths made right."""
    left = chance.randrange(count(data))

    def walk(inside: bytes) -> bytes:
        nonlocal left
        found = b""
        for tag, content in parts(inside):
            here, left = left == 0, left - 1
            body = walk(content) if tag & 0x20 else content
            found += _mangled(tag, body, chance) if here else der.tlv(tag, body)
        return found

    return walk(data)


def _mangled(tag: int, body: bytes, chance: random.Random) -> bytes:
    return chance.choice(
        (
            lambda: b"",
            lambda: der.tlv(tag),
            lambda: der.tlv(tag, body) * 2,
            lambda: der.tlv(chance.choice(TAGS), body),
            lambda: der.tlv(tag, body + chance.randbytes(chance.choice((1, 5, 200)))),
            lambda: der.tlv(tag, chance.randbytes(len(body))),
            lambda: der.tlv(tag, body[:-1] + chance.randbytes(1)),
        )
    )()


def content_of(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def mutant(pem: bytes, label: str, key: Key, chance: random.Random) -> bytes:
    """Return a changed paper, signed again by its key or not."""
    whole = content_of(pem)
    if chance.random() < 0.4:
        return der.pem(label, changed(whole, chance))
    ((_, inside),) = parts(whole)
    tag, body = next(parts(inside))
    signed = changed(der.tlv(tag, body), chance)
    return der.pem(label, der.sequence(signed, key.signature_oid, der.bits(key.sign(signed))))


Reads = dict[str, tuple[bytes, Key, Callable[[bytes], object]]]


def readers(shop: Workshop) -> Reads:
    """Return honest papers by their label, whose key signs them, and who reads them."""
    trust, root = TrustAnchors.from_pem(shop.trust_pem), load_certificate(shop.root.pem)
    candidate = shop.candidate
    return {
        "CERTIFICATE": (
            candidate.pem,
            candidate.key,
            lambda pem: trust.examine(pem, moment=CLOCK, allow_candidate=True),
        ),
        "CERTIFICATE REQUEST": (
            papers.request(candidate.key, DEPARTMENT, NAME),
            candidate.key,
            read_request,
        ),
        "X509 CRL": (
            papers.revocation_list(shop.root, [0x63, 0x64]),
            shop.root.key,
            lambda pem: read_crl(pem, [root]),
        ),
    }


@pytest.mark.timeout(120)
@pytest.mark.parametrize("algorithm", RUNS)
@pytest.mark.parametrize("label", ["CERTIFICATE", "CERTIFICATE REQUEST", "X509 CRL"])
def test_no_paper_breaks_its_reader(label: str, algorithm: str) -> None:
    seed = os.environ.get("CENSUS_FUZZ_SEED") or secrets.token_hex(8)
    print(f"seed {seed}")  # noqa: T201
    pem, key, read = readers(make_workshop(algorithm))[label]
    outcomes: Counter[str] = Counter()
    read(pem)

    for number in range(RUNS[algorithm]):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 - guards nothing
        paper = mutant(pem, label, key, chance)
        try:
            read(paper)
        except Refused as refused:
            outcomes[refused.code] += 1
        except Exception as accident:
            raise AssertionError(f"seed {seed}, number {number}: {paper!r}") from accident
        else:
            outcomes[""] += 1

    assert outcomes.keys() <= {"", "CERT", "CERT_EXT", "CHAIN", "EXPIRED", "CRL"}
    assert outcomes.total() > outcomes[""] > 0


@pytest.mark.timeout(120)
def test_no_trust_document_breaks_its_reader(tmp_path: Path) -> None:
    seed = os.environ.get("CENSUS_FUZZ_SEED") or secrets.token_hex(8)
    print(f"seed {seed}")  # noqa: T201
    shop = make_workshop(P256)
    trust, honest = TrustAnchors.from_pem(shop.trust_pem), bundle(shop)
    path = tmp_path / "bundle.census"
    outcomes: Counter[str] = Counter()

    for number in range(BUNDLES):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 - guards nothing
        anatomy = honest.clone()
        value = changed_value(json.loads(canonical(document(shop))), chance)
        anatomy.payload["trust.json"] = canonical(value)
        path.write_bytes(anatomy.sealed())
        try:
            with open_package(path, trust, now=CLOCK) as package:
                read_bundle(package)
        except Refused as refused:
            outcomes[refused.code] += 1
        except Exception as accident:
            raise AssertionError(f"seed {seed}, number {number}: {value!r}") from accident
        else:
            outcomes[""] += 1

    assert outcomes["SCHEMA"] > BUNDLES // 4
