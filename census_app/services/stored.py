"""Open packages that the catalogue holds: verified again from the bytes it kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from census_app.exchange.package import TrustAnchors, VerifiedPackage, open_package
from census_app.services.ports import CatalogueStore, Clock


@contextmanager
def stored_package(
    catalogue: CatalogueStore, identity: str, *, clock: Clock
) -> Iterator[VerifiedPackage]:
    """Open a package of the catalogue, whatever its state, as long as the context lasts.

    Who may sign was judged when it arrived; held packages of candidates can be viewed as well. The values of records
    are not checked against the form set, which may be another by now.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    trust = TrustAnchors.from_pem(catalogue.facts().roots_pem.encode("ascii"))
    trust = replace(trust, admitted=frozenset({identity}))
    with tempfile.TemporaryDirectory(prefix="census-") as folder:
        path = Path(folder) / "stored.census"
        with path.open("wb") as file:
            file.writelines(catalogue.package_bytes(identity))
        with open_package(path, trust, now=clock.now(), allow_candidate=True) as package:
            yield package
