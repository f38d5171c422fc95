"""Figures from date to date: the catalogue as it stood is measured again, with what had arrived and been decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.moments import day_of
from census_app.services.differing import round_numbers, standing_at
from census_app.services.lookup import stamp
from census_app.services.measuring import Board, measure
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.progress import Progress

POINTS: Final = 8
"""Days a trend has at most; each is a catalogue that is put together again."""


def days_of_arrival(catalogue: CatalogueStore) -> list[str]:
    """Return the days on which submissions arrived, `CCYY-MM-DD` in China's time, the oldest first."""
    return sorted({day_of(package.received_at) for package in catalogue.packages()})


def trend_days(days: Sequence[str], most: int = POINTS) -> list[str]:
    """Return at most so many of the days: the last of each month while that is too many, then every other one."""
    kept = list(days)
    if len(kept) > most:
        kept = list({day[:7]: day for day in kept}.values())
    while len(kept) > most:
        kept = [*kept[-1::-2]][::-1]
    return kept


def earlier_rounds(catalogue: CatalogueStore) -> list[str]:
    """Return the numbers of the rounds before the newest, as sides of a comparison."""
    newest = max(round_numbers(catalogue).values(), default=1)
    return [str(number) for number in range(1, newest)]


def trend(
    catalogue: CatalogueStore,
    sides: Sequence[str],
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> list[Board]:
    """Return the figures of some sides, each with the catalogue as it stood then.

    Args:
        sides: Days, or numbers of rounds: after those, dates count as of today.

    Raises:
        UserError: `AS_OF_UNREADABLE`, `ROUND_UNKNOWN`.
        Refused: A stored package is no longer what was signed.
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    boards = []
    for number, side in enumerate(sides):
        progress.step(number, len(sides), side)
        is_round = side.isdecimal()
        day = day_of(stamp(clock.now())) if is_round else side
        with standing_at(catalogue, side, clock=clock) as past:
            board = measure(past, day)
        boards.append(replace(board, round=int(side)) if is_round else board)
    return boards


def point_text(board: Board, language: str) -> str:
    """Return what a board is of: a day, or a round."""
    if board.round:
        return wording.text("IND_ROUND", language, number=board.round)
    return board.as_of


def change_text(indicator: str, before: Board, after: Board) -> str:
    """Return by how much a figure has changed, with its sign; empty where it is no number on both sides."""
    old, new = before.text(indicator), after.text(indicator)
    if not (_plain(old) and _plain(new)):
        return ""
    percentage = old.endswith("%")
    difference = Decimal(new.rstrip("%")) - Decimal(old.rstrip("%"))
    if not difference:
        return "±0"
    return wording.in_groups(f"{difference:+f}").replace("-", "−") + ("%" if percentage else "")


def _plain(text: str) -> bool:
    return text[:1].isdigit() or text[:2].lstrip("-").isdigit()
