"""Open packages that the catalogue holds: verified again from the bytes it kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from census_app.exchange.package import VerifiedPackage, open_package
from census_app.services.anchoring import anchors_of
from census_app.services.ports import CatalogueStore, Clock, PackageFacts


@contextmanager
def stored_package(
    catalogue: CatalogueStore, facts: PackageFacts, *, clock: Clock
) -> Iterator[VerifiedPackage]:
    """Open a package of the catalogue, whatever its state, as long as the context lasts.

    Who may sign was judged when it arrived: its root may have been exchanged since, its certificate may have expired,
    and held packages of candidates can be viewed as well. The values of records are not checked against the form set,
    which may be another by now.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    signer = frozenset({facts.signer_sha256} if facts.signer_sha256 else ())
    trust = replace(
        anchors_of(catalogue), admitted=frozenset({facts.identity}), pinned=signer, revoked={}
    )
    with tempfile.TemporaryDirectory(prefix="census-") as folder:
        path = Path(folder) / "stored.census"
        with path.open("wb") as file:
            file.writelines(catalogue.package_bytes(facts.identity))
        with open_package(path, trust, now=clock.now(), allow_candidate=True) as package:
            yield package
