"""Validly signed hostile statements: whoever holds a key can sign anything, and the reader must not fall over it.

The control shows that they are hostile: the same statements, read without the closed schema, break the very checks that
follow it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from census_app.exchange.canonical import parse_strict
from census_app.exchange.package import Refused, TrustAnchors, open_package
from census_app.exchange.statement import check_consistency, check_signer
from census_app.exchange.tagfiles import check_tag_files
from tests.vectors.keys import P256, SM2
from tests.vectors.workshop import CLOCK, Workshop, make_workshop

SEED = int(os.environ.get("CENSUS_FUZZ_SEED", "") or secrets.token_hex(4), 16)
EXAMPLES = {P256: 2500, SM2: 500}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**53 - 1, 2**53, 10**400, -(10**400)])
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(["", "0" * 64, "TRUST", "all", "../x", "\x00", "\ud800", "x" * 20_001])
)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def honest(shop: Workshop) -> dict[str, Any]:
    return dict(json.loads(shop.submission().statement_bytes()))


KEYS = sorted(honest(make_workshop(P256)))
CHANGES = st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=6), TREES, min_size=1, max_size=3
)
FILE_CHANGES = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(["bytes", "path", "sha256", "sm3", "mode"]),
        TREES,
    ),
    min_size=1,
    max_size=2,
)
NO_STATEMENTS = TREES
LACKING = st.sets(st.sampled_from(KEYS), min_size=1, max_size=3)


@st.composite
def statements(draw: st.DrawFn, base: dict[str, Any]) -> bytes:
    """Draw the bytes of a statement that is wrong in one of many ways, or of no statement at all."""
    value: Any = json.loads(json.dumps(base))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        value = draw(NO_STATEMENTS)
    elif kind < 6:
        value.update(draw(CHANGES))
    elif kind < 8:
        for at, key, change in draw(FILE_CHANGES):
            value["files"][at % len(value["files"])][key] = change
    else:
        for key in draw(LACKING):
            del value[key]
    ascii_only = draw(st.sampled_from([False, False, False, True]))
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only)
    return text.encode("utf-8", "surrogatepass")


def read_without_schema(shop: Workshop, raw: bytes) -> None:
    """Do with a statement what the reader does, with plain access to its keys instead of the closed schema."""
    value: Any = parse_strict(raw, where="", max_depth=6)
    files = [SimpleNamespace(size=each["bytes"], **each) for each in value["files"]]
    statement: Any = SimpleNamespace(**{**value, "files": files})
    certificate: Any = SimpleNamespace(
        sha256=value["signer_certificate_sha256"], algorithm=shop.algorithm, role="department"
    )
    certificate.code = value["sender"]
    check_consistency(statement)
    check_signer(statement, value["package"], certificate)
    check_tag_files(statement, b"")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("algorithm", EXAMPLES)
def test_no_signed_statement_breaks_the_reader(algorithm: str, tmp_path: Path) -> None:
    print(f"seed {SEED:x}")  # noqa: T201
    shop = make_workshop(algorithm)
    anatomy, trust = shop.submission(), TrustAnchors.from_pem(shop.trust_pem)
    path = tmp_path / "hostile.census"
    outcomes: Counter[str] = Counter()
    crashes: Counter[str] = Counter()

    @seed(SEED)
    @settings(max_examples=EXAMPLES[algorithm], suppress_health_check=list(HealthCheck))
    @given(statements(honest(shop)))
    def check(raw: bytes) -> None:
        path.write_bytes(anatomy.sealed(raw=raw))
        try:
            open_package(path, trust, now=CLOCK).close()
        except Refused as refused:
            outcomes[refused.code] += 1
        else:
            assert json.loads(raw) == honest(shop) | _harmless(raw)
            outcomes[""] += 1
        try:
            read_without_schema(shop, raw)
        except Refused:
            pass
        except Exception as crash:  # noqa: BLE001 - any: that is the point of the control
            crashes[type(crash).__name__] += 1

    check()

    print(dict(outcomes), dict(crashes))  # noqa: T201
    assert outcomes.total() >= EXAMPLES[algorithm]
    assert outcomes.keys() >= {"SCHEMA", "FIELD_CHARS", "JSON_NUMBER"}
    assert crashes.total() > EXAMPLES[algorithm] // 50
    assert len(crashes) > 1


def _harmless(raw: bytes) -> dict[str, Any]:
    """Return what a stranger may choose freely and a reader cannot judge."""
    free = ("previous", "in_reply_to", "instance", "trust_version", "created")
    value = json.loads(raw)
    return {key: value[key] for key in free}
