"""What a test vector is: a package, what a reader must say of it, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.vectors.keys import ALGORITHMS
from tests.vectors.workshop import CLOCK, Workshop

ACCEPTED = ""


@dataclass(frozen=True)
class Belief:
    """What the reader of a vector believes besides the pinned roots.

    Attributes:
        clock: The system clock.
        known_time: The latest moment known to be past; an earlier clock is not believed.
        candidates: Whether self-signed department certificates are of interest.
        revoked: Serial number → chain (its audience) → last sequence and head that still count; other chains are cut
            at their beginning.
        units: Sender → codes it may report for beyond its own and its sections'.
        admitted: Identities admitted before.
    """

    clock: dt.datetime = CLOCK
    known_time: dt.datetime = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    candidates: bool = False
    revoked: Mapping[int, Mapping[str, tuple[int, str]]] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    admitted: tuple[str, ...] = ()


NOTHING = Belief()

Build = Callable[[Workshop], bytes]


@dataclass(frozen=True)
class Case:
    """One vector of one algorithm.

    Attributes:
        name: Of the file, without its extension; begins with the row of the table of hostile input where it has one.
        code: Code of the refusal; empty: accepted.
        why: One sentence.
        build: Makes the file.
        belief: What the reader believes, or a function of the workshop and the file that says so.
        notices: Codes a reader adds to an acceptance.
        algorithms: For which it exists.
        bundle: Whether the package is to be read as a trust bundle too, its certificates, list and form set included.
    """

    name: str
    code: str
    why: str
    build: Build
    belief: Belief | Callable[[Workshop, bytes], Belief] = NOTHING
    notices: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    bundle: bool = False

    def believed(self, shop: Workshop, data: bytes) -> Belief:
        """Return what the reader of this vector believes."""
        return self.belief if isinstance(self.belief, Belief) else self.belief(shop, data)


CANDIDATES = Belief(candidates=True)
