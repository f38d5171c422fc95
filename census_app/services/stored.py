"""Open packages that the catalogue holds: verified again from the bytes it kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from census_app.exchange.package import VerifiedPackage, open_package
from census_app.exchange.reading import SchemaFor
from census_app.services.anchoring import anchors_of
from census_app.services.ports import CatalogueStore, Clock, PackageFacts


@contextmanager
def stored_package(
    catalogue: CatalogueStore,
    facts: PackageFacts,
    *,
    clock: Clock,
    line_schema: SchemaFor | None = None,
) -> Iterator[VerifiedPackage]:
    """Open a package of the catalogue, whatever its state, as long as the context lasts.

    Who may sign was judged when it arrived: its root may have been exchanged since, its certificate may have expired,
    and held packages of candidates can be viewed as well. What a cut point leaves out, the chain has sorted out.

    Args:
        line_schema: How to find what the forms admit; None leaves the values of records unchecked, as the form set may
            be another by now.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    signer = frozenset({facts.signer_sha256} if facts.signer_sha256 else ())
    trust = replace(
        anchors_of(catalogue), admitted=frozenset({facts.identity}), pinned=signer, revoked={}
    )
    with tempfile.TemporaryDirectory(prefix="census-") as folder:
        path = Path(folder) / f"{facts.name}.census"
        with path.open("wb") as file:
            file.writelines(catalogue.package_bytes(facts.identity))
        with open_package(
            path, trust, now=clock.now(), line_schema=line_schema, allow_candidate=True
        ) as package:
            yield package
