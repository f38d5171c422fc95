"""Looking into a package that is not merged: what it carries, and what it says of its sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.exchange.refusals import Refused
from census_app.services.enrolling import request_certificate
from census_app.services.previewing import package_contents, sender_claim

if TYPE_CHECKING:
    from census_app.domain.holdings import PackageFacts
    from tests.unit.services.conftest import Centre

CODE = "11320000990000033D"
PASSPHRASE = "a long passphrase for tests"  # noqa: S105 - of keys that live as long as a test


@pytest.fixture
def held(centre: Centre) -> tuple[PackageFacts, str]:
    """A package of a department nobody has enrolled, and the fingerprint of its key."""
    store = bootstrap.create_workspace(
        centre.folder / "new.censusdb", department="江苏省水利厅", code=CODE, clock=centre.clock
    )
    centre.opened.append(store)
    (record,) = store.stream_records("department")
    centre.put(store, "department", record.id, org_kind="government")
    made = request_certificate(
        store, centre.folder / "r", centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )
    centre.add_office(store, "水资源处")
    assert centre.receive(centre.export(store)).outcome == "quarantined"
    (facts,) = centre.catalogue.packages(CODE)
    return facts, made.fingerprint


def test_a_held_package_can_be_looked_into_and_counts_nowhere(
    centre: Centre, held: tuple[PackageFacts, str]
) -> None:
    found = package_contents(centre.catalogue, held[0], clock=centre.clock)

    assert [(r.form, r.title, r.operation) for r in found.records] == [
        ("department", "江苏省水利厅", "put"),
        ("internal_office", "水资源处", "put"),
    ]
    assert found.records[0].values["org_kind"] == "government"
    assert found.total == 2
    assert centre.catalogue.titles("internal_office") == {}


def test_records_beyond_the_limit_are_counted_only(
    centre: Centre, held: tuple[PackageFacts, str]
) -> None:
    found = package_contents(centre.catalogue, held[0], clock=centre.clock, limit=1)

    assert (len(found.records), found.total) == (1, 2)


def test_the_sender_is_a_claim_with_the_fingerprint_of_its_key(
    centre: Centre, held: tuple[PackageFacts, str]
) -> None:
    claim = sender_claim(centre.catalogue, held[0], clock=centre.clock)

    assert (claim.name, claim.fingerprint) == ("江苏省水利厅", held[1])


def test_stored_bytes_that_were_changed_are_refused(
    centre: Centre, held: tuple[PackageFacts, str]
) -> None:
    import sqlite3  # noqa: PLC0415 - damage done behind the program's back

    centre.catalogue.close()
    path = centre.folder / "catalogue.censusdb"
    with sqlite3.connect(path) as damage:
        (data,) = damage.execute(
            "SELECT bytes FROM package_chunk WHERE identity = ?", (held[0].identity,)
        ).fetchone()
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        damage.execute(
            "UPDATE package_chunk SET bytes = ? WHERE identity = ?", (changed, held[0].identity)
        )
    damage.close()
    centre.catalogue = bootstrap.open_catalogue(path)

    with pytest.raises(Refused):
        package_contents(centre.catalogue, held[0], clock=centre.clock)
