"""A coordinator at a desk of his own: opens a catalogue on a server, waits for the start, receives and decides."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from census_app import bootstrap
from census_app.domain.addresses import target_of
from census_app.domain.chain import Decision
from census_app.services.receiving import receive

DECISIONS = 15


class _Clock:
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)


def decisions(desk: str) -> list[Decision]:
    """Return what a desk decides."""
    return [
        Decision(
            f"{desk}{n:063x}", "accept", f"{n}", "accepted", "", desk, "", "2026-12-01T08:00:00Z"
        )
        for n in range(DECISIONS)
    ]


def main() -> None:
    """Arguments: URL, desk (one hex digit), packages."""
    url, desk, *packages = sys.argv[1:]
    store = bootstrap.open_catalogue(target_of(url))
    made = iter(decisions(desk))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for path in packages:
        for decision in (next(made), next(made)):
            store.append_decision(decision)
        print(receive(store, Path(path), clock=_Clock()).outcome, flush=True)  # noqa: T201
    store.append_decisions(made)
    store.close()


if __name__ == "__main__":
    main()
