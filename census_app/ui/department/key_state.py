"""How a workspace stands with its key: none yet, asked for, certified, about to expire. No widgets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from census_app.services.keys import signing_certificate
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.trust_summary import trust_summary

Standing = Literal["none", "waiting", "valid", "expiring", "expired", "revoked"]

EXPIRING_DAYS: Final = 60
"""A certificate that ends within so many days is renewed in time."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """The key this workspace signs with.

    Attributes:
        standing: `waiting`: the coordinator has not confirmed it yet; it signs already.
        fingerprint: Groups of four hex digits; empty without a key.
        until: When the certificate ends, ISO date; empty while there is none.
        renewing: The next key is asked for; this one signs until its certificate arrives.
        before: The key is new though there was a certificate already: a passphrase was forgotten.
        rooted: The workspace knows whom to believe.
    """

    standing: Standing = "none"
    fingerprint: str = ""
    algorithm: str = ""
    until: str = ""
    renewing: bool = False
    before: bool = False
    rooted: bool = False

    @property
    def signs(self) -> bool:
        """Whether packages can be written with it."""
        return self.standing in {"waiting", "valid", "expiring"}


def read_key_state(store: WorkspaceStore, clock: Clock) -> KeyState:
    """Read it; runs on the database thread."""
    rooted = bool(store.roots())
    if not signing_certificate(store):
        return KeyState(rooted=rooted)
    own = trust_summary(store, clock=clock).own
    if own is None:
        return KeyState(rooted=rooted)
    certified = store.certificate()
    waits = own.standing == "waiting"
    return KeyState(
        standing=_soon(own.standing, own.not_after, clock.now()),
        fingerprint=own.fingerprint,
        algorithm=own.algorithm,
        until="" if waits else own.not_after.date().isoformat(),
        renewing=bool(store.candidate()) and not waits,
        before=bool(certified) and waits,
        rooted=rooted,
    )


def _soon(standing: Standing, ends: dt.datetime, now: dt.datetime) -> Standing:
    near = standing == "valid" and ends - now <= dt.timedelta(days=EXPIRING_DAYS)
    return "expiring" if near else standing
