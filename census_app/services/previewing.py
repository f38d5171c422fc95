"""Look into a package that is kept but not merged, such as one whose signer's key is not confirmed.

It was verified when it came, and is verified again; nothing of it reaches the form tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from census_app.domain.records import RecordId, Unfit, Value
from census_app.exchange.refusals import Refused
from census_app.formspec.model import Field, Form
from census_app.formspec.types import value_from_json
from census_app.services.ports import CatalogueStore, Clock, PackageFacts
from census_app.services.stored import stored_package
from census_app.services.verifying import Verified, stated


@dataclass(frozen=True, slots=True)
class PackagedRecord:
    """A record as a package carries it.

    Attributes:
        operation: `put`, `pending` or `delete`; only `put` has values.
        values: Field id → value, in the order of the form, of fields that are filled.
    """

    form: str
    record: RecordId
    title: str
    operation: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class PackageContents:
    """Records of a package, children of other records left out, in its order.

    Attributes:
        total: How many there are; `records` holds the first of them only.
    """

    records: tuple[PackagedRecord, ...]
    total: int


def package_contents(
    catalogue: CatalogueStore, package: PackageFacts, *, clock: Clock, limit: int = 5_000
) -> PackageContents:
    """Return what a stored package carries.

    Args:
        limit: Records beyond this number are counted only.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    forms = {form.id: form for form in catalogue.form_set.forms if not form.parent}
    found: list[PackagedRecord] = []
    total = 0
    with stored_package(catalogue, package, clock=clock) as opened:
        for line in cast("Iterator[dict[str, Any]]", opened.iter_records()):
            form = forms.get(line["form"])
            if form is None:
                continue
            total += 1
            if len(found) < limit:
                found.append(_record(form, line))
    return PackageContents(tuple(found), total)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a package says of its sender; of an unconfirmed key nobody vouches for the name.

    Attributes:
        fingerprint: Of the key that signed it, eight groups of four.
    """

    name: str
    fingerprint: str


def sender_claim(catalogue: CatalogueStore, package: PackageFacts, *, clock: Clock) -> Claim:
    """Return what a stored package says of its sender.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    with stored_package(catalogue, package, clock=clock) as opened:
        return Claim(opened.description.department.name, opened.certificate.fingerprint)


def verify_again(catalogue: CatalogueStore, package: PackageFacts, *, clock: Clock) -> Verified:
    """Verify a stored package from the bytes that were received; whom to believe was judged when it came."""
    path = Path(f"{package.name}.census")
    try:
        with stored_package(catalogue, package, clock=clock) as opened:
            return stated(path, opened)
    except Refused as problem:
        return Verified(path, problem)


def _record(form: Form, line: Mapping[str, Any]) -> PackagedRecord:
    raw = line.get("values", {})
    values = {f.id: _value(raw[f.id], f) for f in form.stored_fields if f.id in raw}
    title = raw.get(form.title) if line["op"] == "put" else line.get("title")
    return PackagedRecord(form.id, RecordId(line["id"]), str(title or ""), line["op"], values)


def _value(raw: object, field: Field) -> Value:
    try:
        return value_from_json(raw, field)
    except ValueError:
        return Unfit(str(raw))  # of another form set: shown as it was given
