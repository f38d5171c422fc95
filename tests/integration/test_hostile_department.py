"""An enrolled department that hands in whatever the format admits: the catalogue must take it or refuse it in words.

Random packages of a few records that come and go, move between owners, are announced, deleted and said again under
other forms, by two departments that use the same identities. Whatever was merged must be merged again by a rebuild.
"""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.holdings import IssuedCertificate
from census_app.exchange.certificate_facts import read_certificate
from census_app.formspec.model import Field, FormSet
from census_app.services.ports import CatalogueStore
from census_app.services.receiving import rebuild, receive
from tests.vectors.anatomy import Anatomy, canonical
from tests.vectors.keys import P256
from tests.vectors.papers import Owner
from tests.vectors.workshop import (
    CLOCK,
    DEPARTMENT,
    NAME,
    OTHER_DEPARTMENT,
    Workshop,
    description,
    line,
    make_workshop,
)

PACKAGES = int(os.environ.get("CENSUS_HOSTILE_PACKAGES", "250"))
IDS = range(1, 5)
PARENTS = {"information_resource"}
TEXTS = ("x", "名称", "<b>&'\"%s\\", "=1+1", "\t", "1 " * 240, "秘密★", "\U00020000")


class Standing:
    """A clock that stands."""

    def now(self) -> Any:
        return CLOCK


@pytest.fixture(scope="module")
def shop() -> Workshop:
    return make_workshop(P256)


@pytest.fixture
def catalogue(tmp_path: Path, shop: Workshop) -> Iterator[CatalogueStore]:
    made = bootstrap.create_catalogue(
        tmp_path / "catalogue.censusdb",
        name="某省数据局",
        roots_pem=shop.trust_pem.decode("ascii"),
        clock=Standing(),
    )
    for code, owner in people(shop).items():
        facts, pem = read_certificate(owner.pem), owner.pem.decode("ascii")
        made.issue(IssuedCertificate(code, NAME, pem, facts.fingerprint, "2026-11-22T08:00:00Z"))
    yield made
    made.close()


def people(shop: Workshop) -> dict[str, Owner]:
    return {DEPARTMENT: shop.department, OTHER_DEPARTMENT: shop.other_department}


def value_of(field: Field, form_set: FormSet, chance: random.Random) -> object:
    """Return a value the field may carry, sensible or not."""
    if field.type in {"code", "codes"}:
        code = chance.choice([c.code for c in form_set.choice_lists[field.choices].choices])
        return code if field.type == "code" else [code]
    if field.type in {"reference", "references"}:
        found = f"{chance.choice(IDS):032x}"
        return found if field.type == "reference" else [found]
    day = chance.choice(("0001-01-01", "9999-12-31", "2026-02-28"))
    return {
        "boolean": chance.random() < 0.5,
        "integer": chance.choice((0, 1, -1, 2**53 - 1, -(2**53) + 1)),
        "decimal": chance.choice(("0", "-1", "99999999999.9999", "0.5")),
        "money": chance.choice(("0", "-1", "99999999999.9999", "0.5")),
        "date": day,
        "month": day[:7],
    }.get(field.type, chance.choice(TEXTS))


def record(code: str, form_set: FormSet, chance: random.Random) -> bytes:
    """Return a line about one of a few identities, of any form and any kind."""
    owners_and_children = [f for f in form_set.forms if f.parent or f.id in PARENTS]
    forms = owners_and_children if chance.random() < 0.7 else form_set.forms
    form, number = chance.choice(forms), chance.choice(IDS)
    head: dict[str, object] = {"form": form.id, "unit": code}
    kind = chance.random()
    if kind < 0.15:
        return line(number, **head, op="pending", values=None, title=chance.choice(TEXTS))
    if kind < 0.3:
        return line(number, **head, op="delete", values=None, reason=chance.choice(TEXTS))
    fields = chance.sample(form.stored_fields, min(len(form.stored_fields), chance.randrange(9)))
    values = {field.id: value_of(field, form_set, chance) for field in fields}
    if form.parent:
        values["parent_id"] = f"{chance.choice(IDS):032x}"
        values["position"] = chance.choice((0, 1, 1024, 2**53 - 1))
    return line(number, **head, values=values)


def words(code: str, chance: random.Random) -> bytes:
    """Return a reason or an answer about something that may not exist."""
    number = chance.choice(IDS)
    if chance.random() < 0.5:
        return line(
            number,
            form="answer",
            unit=code,
            values={
                "actor": "某",
                "at": chance.choice(("2026-12-31T23:59:59Z", "2026-02-28T00:00:00Z")),
                "kind": chance.choice(("applied", "answered", "disagreed", "resolved")),
                "text": chance.choice(TEXTS),
                "value_sha256": "ab" * 32,
            },
        )
    return line(
        number,
        form="explanation",
        unit=code,
        values={
            "form": chance.choice(("information_resource", "no_form")),
            "reason": chance.choice(TEXTS),
            "record": f"{chance.choice(IDS):032x}",
            "rule": chance.choice(("RES-3", "X-1")),
            "values_sha256": chance.choice(("", "ab" * 32)),
        },
    )


def package(
    shop: Workshop, code: str, number: int, previous: str, census: str, lines: list[bytes]
) -> Anatomy:
    anatomy = shop.submission(people(shop)[code], sender=code, sequence=number, previous=previous)
    unique = {tuple(each.split(b'"')[3:8:4]): each for each in lines}  # by form and id
    body = [unique[key] for key in sorted(unique)]
    anatomy.payload["records.ndjson"] = b"".join(body)
    anatomy.payload["package.json"] = canonical(
        description(
            census={"id": census, "round": 1},
            records=len(body),
            department={"code": code, "name": NAME, "uscc": code},
        )
    )
    return anatomy


@pytest.mark.timeout(240)
def test_no_content_breaks_the_catalogue(
    catalogue: CatalogueStore, shop: Workshop, tmp_path: Path
) -> None:
    seed = os.environ.get("CENSUS_FUZZ_SEED") or secrets.token_hex(8)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)  # noqa: S311 - guards nothing
    census, form_set = catalogue.facts().census_id, catalogue.form_set
    heads = dict.fromkeys(people(shop), (0, "0" * 64))
    outcomes: Counter[str] = Counter()

    for number in range(PACKAGES):
        code = chance.choice(list(heads))
        sequence, previous = heads[code]
        lines = [record(code, form_set, chance) for _ in range(chance.randrange(9))]
        lines += [words(code, chance) for _ in range(chance.randrange(3))]
        made = package(shop, code, sequence + 1, previous, census, lines)
        path = tmp_path / f"hostile-{number}.census"
        path.write_bytes(made.sealed())
        answer = receive(catalogue, path, clock=Standing())
        outcomes[answer.code] += 1
        if answer.code == "MERGED":
            heads[code] = sequence + 1, answer.identity
            path.unlink()

    print(dict(outcomes))  # noqa: T201
    assert outcomes.keys() <= {"MERGED", "RECORD_ORPHAN"}
    assert outcomes["MERGED"] > PACKAGES // 4
    assert rebuild(catalogue, clock=Standing()) == catalogue.digest()
