"""Merges package after package into a catalogue and says which is merged; run as a process that is killed."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from census_app.domain.chain import BEGINNING
from census_app.domain.holdings import CatalogueFacts, PackageFacts
from census_app.formspec.model import FormSet
from census_app.storage import catalogue

FORM_SET = msgspec.json.decode(
    (Path(__file__).parents[1] / "unit" / "storage" / "small_form_set.json").read_bytes(),
    type=FormSet,
)


def lines(number: int) -> list[dict[str, object]]:
    """Return a complete state of 200 resources, all of which name the package."""
    return [
        {"form": "information_resource", "id": f"{n:032x}", "op": "put", "unit": "D1",
         "values": {"name": f"{number}", "abstract": "水" * 100}}
        for n in range(200)
    ]  # fmt: skip


def facts(number: int) -> PackageFacts:
    """Return the n-th package of the department's chain."""
    previous = f"{number - 1:064x}" if number > 1 else BEGINNING
    name = f"D1-{number:06}"
    return PackageFacts(
        f"{number:064x}", name, "submission", "D1", number, previous, "", "", "small-1", 1, {}, "pending"
    )  # fmt: skip


def main(path: Path) -> None:
    """Open or make the catalogue and go on with the chain until the end comes."""
    if path.exists():
        store = catalogue.open_(path, FORM_SET)
    else:
        store = catalogue.create(
            path, FORM_SET, CatalogueFacts("省", "province", "js", 1, "small-1", "", "", "")
        )
    while True:
        roster = store.roster()
        number = roster[0].head_sequence + 1 if roster else 1
        scratch = store.scratch()
        scratch.load(lines(number))
        store.append_package(facts(number), [bytes(100_000)])
        store.merge(facts(number), scratch)
        scratch.close()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
