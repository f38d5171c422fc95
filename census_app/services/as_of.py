"""Look at a catalogue as it stood at a moment: the packages received and the decisions taken up to then.

What comes out is a `CatalogueStore` like any other, private and thrown away afterwards: whatever counts, lists or
prints a catalogue can do so of a day in the past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from census_app.domain.moments import read_moment
from census_app.errors import UserError
from census_app.services.deciding import settle_after
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.progress import Progress


def require_moment(text: str) -> str:
    """Return the moment in UTC, `YYYY-MM-DDThh:mm:ssZ`, that a person's text means; a day as far as it goes in China.

    Raises:
        UserError: `AS_OF_UNREADABLE`.
    """
    moment = read_moment(text)
    if moment is None:
        raise UserError("AS_OF_UNREADABLE", given=text.strip()[:40])
    return moment


@contextmanager
def as_of(
    catalogue: CatalogueStore,
    moment: str,
    *,
    clock: Clock,
    department: str = "",
    without: Collection[str] = (),
    progress: Progress | None = None,
) -> Iterator[CatalogueStore]:
    """Give the catalogue as it stood, as long as the context lasts.

    Departments that stand as they stood then are copied, the others merged again from their packages. Trust, too, is
    what it was: a key that was revoked later still counted.

    Args:
        moment: A day, `CCYY-MM-DD`, or a moment in UTC.
        catalogue: Stays open and unchanged meanwhile.
        department: Only its packages and records; empty for all.
        without: Identities of packages that are left out.

    Raises:
        UserError: `AS_OF_UNREADABLE`.
        Refused: A stored package is no longer what was signed.
    """
    past = catalogue.as_it_stood(require_moment(moment), department, without)
    try:
        settle_after(past, clock=clock, progress=progress)
        yield past
    finally:
        past.close()


@contextmanager
def now_or_then(
    catalogue: CatalogueStore, moment: str | None, *, clock: Clock
) -> Iterator[CatalogueStore]:
    """Give the catalogue itself for the present or the future, else as it stood; errors as `as_of`.

    Args:
        moment: As for `as_of`; None or empty is now.
    """
    if not moment or require_moment(moment) >= stamp(clock.now()):
        yield catalogue
        return
    with as_of(catalogue, moment, clock=clock) as past:
        yield past
