"""Copy a catalogue to another place, from a file to a server or back, and prove that the copy is equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from census_app.domain.addresses import Target
from census_app.errors import BugError
from census_app.services.ports import CatalogueStore, Workshop


class Copier(Protocol):
    """Makes copies of catalogues and takes them away; a `Workshop` is one."""

    def copy_catalogue(self, store: CatalogueStore, target: Target) -> CatalogueStore:
        """Make a catalogue with everything another one has, and open it."""

    def discard_catalogue(self, target: Target) -> None:
        """Remove a catalogue that was only half made."""


@dataclass(frozen=True, slots=True)
class Relocated:
    """A copy that was made; its digest is that of the original, computed from the rows of both."""

    digest: str
    packages: int
    decisions: int


def copy_catalogue(workshop: Workshop, source: Target, target: Target) -> Relocated:
    """Copy a catalogue; the original stays as it is.

    Raises:
        UserError: `FILE_EXISTS`, `SERVER_TAKEN`, `SERVER_EMPTY`, `FILE_MISSING`.
        EnvironmentProblem: Either database.
        BugError: `COPY_DIFFERS`; the copy has been removed again.
    """
    store = workshop.open_catalogue(source)
    try:
        return copy_open_catalogue(workshop, store, target)
    finally:
        store.close()


def copy_open_catalogue(copier: Copier, store: CatalogueStore, target: Target) -> Relocated:
    """Copy a catalogue that is open; errors as `copy_catalogue`."""
    copied = copier.copy_catalogue(store, target)
    try:
        digests = store.digest(), copied.digest()
        done = Relocated(
            digests[1],
            len(copied.packages()) + len(copied.letters()),
            len(copied.decisions()),
        )
    finally:
        copied.close()
    if digests[0] != digests[1]:
        copier.discard_catalogue(target)
        raise BugError("COPY_DIFFERS", source=digests[0], copy=digests[1])
    return done
