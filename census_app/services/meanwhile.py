"""Nobody overrules a colleague without knowing: what was decided about a matter since a person looked at it.

A later decision takes the place of an earlier one. That is meant where the person knew the earlier one; where two sit
at one catalogue, a colleague may have decided in between. Then nothing is written, and who said what is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from census_app.domain.chain import Decision
from census_app.errors import UserError
from census_app.services.letterhead import moment
from census_app.services.ports import CatalogueStore

_VERDICTS: Final = frozenset({"accepted", "accepted_with_comments", "returned"})


class SaidMeanwhile(UserError):
    """Others decided about the matter, and the person has not seen it.

    Attributes:
        seen: Ids of those decisions: who has read them and goes on knows them.
    """

    def __init__(self, unseen: Iterable[Decision]) -> None:
        listed = sorted(unseen, key=lambda d: (d.created, d.id))
        newest = listed[-1]
        self.seen = frozenset(each.id for each in listed)
        said = newest.choice.upper() if newest.choice in _VERDICTS else newest.kind.upper()
        super().__init__(
            f"MEANWHILE_{said}",
            actor=newest.actor or newest.coordinator,
            at=moment(newest.created),
            reason=newest.reason or "—",
        )


def require_seen(standing: Iterable[Decision], seen: Collection[str] | None) -> None:
    """Refuse to take the place of decisions that a person does not know.

    Whoever calls it holds the matter (`CatalogueStore.holding`) until the decision is written.

    Args:
        standing: What would be superseded.
        seen: Ids of what the person knows; None for whoever means whatever stands.

    Raises:
        SaidMeanwhile: `MEANWHILE_…`.
    """
    unseen = [each for each in standing if seen is not None and each.id not in seen]
    if unseen:
        raise SaidMeanwhile(unseen)


def known_to(catalogue: CatalogueStore, *, replace: bool) -> frozenset[str] | None:
    """Return what somebody at a command line knows: what he decided himself, or, with `replace`, whatever stands."""
    return None if replace else own_words(catalogue)


def own_words(catalogue: CatalogueStore) -> frozenset[str]:
    """Return the ids of what the coordinator who sits here decided."""
    own = catalogue.facts().coordinator_code
    return frozenset(d.id for d in catalogue.decisions() if d.coordinator == own)
