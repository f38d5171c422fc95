"""Whom a file believes: its pinned roots, and what its trust bundle and its letters add (security §5).

Every reader of packages asks here. Not responsible for taking or issuing bundles: see `trusting`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from census_app.exchange.bundle import anchors_from, moment_of, stored_document
from census_app.exchange.package import TrustAnchors
from census_app.services.ports import CatalogueStore, WorkspaceStore, as_catalogue, as_workspace


def anchors_of(
    store: WorkspaceStore | CatalogueStore, admitted: Iterable[str] = ()
) -> TrustAnchors:
    """Return whom a workspace or catalogue believes now.

    Args:
        store: Its pinned roots, its bundle, a catalogue's own list of units, and what it received count.
        admitted: Further identities whose certificate dates no longer count, beside those the file already holds and
            those a receipt in it names.

    Returns:
        Anchors without any root where none is pinned yet: nothing is believed then.

    Raises:
        DataProblem: `TRUST_DAMAGED`.
    """
    roots = store.roots()
    if not roots:
        return TrustAnchors(())
    bundle = store.bundle()
    if bundle is None:
        anchors = TrustAnchors.from_pem(roots.encode("ascii"))
    else:
        anchors = anchors_from(roots, stored_document(bundle.trust_json))
    known = _Known(store, frozenset(admitted))
    newest = max(known.receipts, default="")
    floor = max(anchors.floor, moment_of(newest)) if newest else anchors.floor
    return replace(anchors, floor=floor, units=_units(store, anchors), admitted=known)


def trust_version(store: WorkspaceStore | CatalogueStore) -> int:
    """Return the version of the newest bundle a file knows, 0 for none: what its statements name."""
    bundle = store.bundle()
    return bundle.version if bundle is not None else 0


def _units(
    store: WorkspaceStore | CatalogueStore, anchors: TrustAnchors
) -> dict[str, frozenset[str]]:
    found = {code: set(units) for code, units in anchors.units.items()}
    catalogue = as_catalogue(store)
    for unit in catalogue.units() if catalogue is not None else ():
        found.setdefault(unit.department, set()).add(unit.code)
    return {code: frozenset(units) for code, units in found.items()}


class _Known:
    """The packages a file holds, or holds a receipt for: the dates of their certificates count no longer.

    Attributes:
        receipts: Moments at which the receipts it holds were made.
    """

    def __init__(self, store: WorkspaceStore | CatalogueStore, further: frozenset[str]) -> None:
        self._catalogue = as_catalogue(store)
        workspace = as_workspace(store)
        letters = workspace.packages() if workspace is not None else []
        found = letters if self._catalogue is None else self._catalogue.letters(type_="receipt")
        receipts = [each for each in found if each.type == "receipt"]
        self.receipts = [each.created for each in receipts]
        self._named = further | {each.in_reply_to for each in receipts}
        self._named |= {each.identity for each in letters}

    def __contains__(self, identity: object) -> bool:
        if identity in self._named:
            return True
        if self._catalogue is None:
            return False
        return next(iter(self._catalogue.package_bytes(str(identity))), None) is not None
