"""Two implementations agree: what the vectors' builder writes, the program writes byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from census_app.exchange import sm2
from census_app.exchange.package import PackageDraft, write_package
from census_app.exchange.statement import Algorithm
from tests.vectors.anatomy import Anatomy
from tests.vectors.keys import ALGORITHMS, P256, Sm2Key
from tests.vectors.papers import Owner
from tests.vectors.workshop import CLOCK, Workshop, make_workshop


@dataclass
class Pen:
    """The builder's key in the hands of the program."""

    owner: Owner

    @property
    def algorithm(self) -> Algorithm:
        return cast("Algorithm", self.owner.key.algorithm)

    @property
    def certificate_pem(self) -> bytes:
        return self.owner.pem

    def available(self) -> tuple[bool, str]:
        return True, ""

    def unlock(self, passphrase: str) -> None:
        del passphrase

    def lock(self) -> None:
        """Stay open."""

    def sign(self, statement_bytes: bytes) -> bytes:
        return self.owner.key.sign(statement_bytes)


def written(folder: Path, anatomy: Anatomy) -> bytes:
    """Return what the program writes for the same content."""
    rest = dict(anatomy.payload)
    description: dict[str, Any] = json.loads(rest.pop("package.json"))
    lines = rest.pop("records.ndjson", None)
    names = ("type", "sender", "audience", "sequence", "previous", "in_reply_to", "instance")
    draft = PackageDraft(
        **{name: anatomy.statement[name] for name in names},
        form_version=anatomy.statement["form_version"],
        trust_version=anatomy.statement["trust_version"],
        created=CLOCK,
        package_json=description,
        record_lines=None if lines is None else lines.splitlines(),
        datapackage=rest.pop("datapackage.json", None),
        files=rest,
    )
    return write_package(folder, draft, Pen(anatomy.signer)).path.read_bytes()


@pytest.fixture(params=ALGORITHMS)
def shop(request: pytest.FixtureRequest) -> Workshop:
    return make_workshop(request.param)


@pytest.mark.parametrize(
    "kind", ["submission", "contribution", "review", "receipt", "ledger", "enrolment"]
)
def test_builder_and_program_write_the_same_bytes(
    shop: Workshop, kind: str, tmp_path: Path
) -> None:
    anatomy = shop.package(kind)

    assert written(tmp_path, anatomy) == anatomy.sealed()


@pytest.mark.parametrize("secret", [1, 2, 3, 2**255 + 12345])
def test_sm2_in_plain_integers_agrees_with_libcrypto(secret: int) -> None:
    key = Sm2Key(secret)
    signature = key.sign(b"message")

    assert sm2.verify(key.spki, b"message", signature)
    assert not sm2.verify(key.spki, b"Message", signature)
    assert not sm2.verify(key.spki, b"message", key.sign(b"message", distid=b""))


def test_p256_is_signed_without_chance() -> None:
    key = make_workshop(P256).department.key

    assert key.sign(b"message") == key.sign(b"message") != key.sign(b"Message")
