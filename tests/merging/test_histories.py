"""The catalogue is a function of the set: order, repetition and grouping have no influence (security §7, §11)."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.profiles import thorough

if TYPE_CHECKING:
    from tests.merging.conftest import Holding, Kind, Thing, World

HISTORIES, HISTORIES_THOROUGH = 700, 2000  # ADR 0138
HISTORIES_ON_A_SERVER = 20

Seen: TypeAlias = tuple[object, ...]


class History:
    """One set of things, told in different ways."""

    def __init__(self, world: World, number: int, kind: Kind) -> None:
        self.random = random.Random(world.seed * 1_000_003 + number)  # noqa: S311
        self.world, self.kind = world, kind
        pool = self.random.choice(world.pools)
        self.things: list[Thing] = pool.sample(self.random)

    def holding(self, number: int) -> Holding:
        return self.world.holding(number, self.kind)

    def plain(self) -> Seen:
        """Each thing once, by identity."""
        holding = self.holding(0)
        holding.take(*sorted(self.things, key=lambda thing: thing.identity))
        return holding.seen()

    def shuffled(self) -> Seen:
        """Any order, with repetitions, the form tables thrown away in between and at the end."""
        told = [*self.things, *self.random.choices(self.things, k=3)]
        self.random.shuffle(told)
        holding = self.holding(1)
        middle = self.random.randrange(len(told))
        holding.take(*told[:middle])
        holding.rebuild()
        holding.take(*told[middle:])
        before = holding.seen()
        holding.rebuild()
        assert holding.seen() == before, "rebuilt"
        return before

    def united(self) -> Seen:
        """Two catalogues with a part each, joined later, once in either direction."""
        one, other = self.holding(1), self.holding(2)
        for thing in self.things:
            fate = self.random.random()
            if fate < 0.6:
                one.take(thing)
            if fate > 0.4:
                other.take(thing)
        first, second = list(one.offered.values()), list(other.offered.values())
        for holding, further in ((one, second), (other, first)):
            self.random.shuffle(further)
            holding.take(*further)
        assert one.seen() == other.seen(), "joined"
        return one.seen()


def differences(world: World, count: int, kind: Kind) -> list[str]:
    """Return in which histories the way of telling made a difference."""
    found = []
    for number in range(count):
        history = History(world, number, kind)
        told = history.shuffled if number % 3 else history.united
        try:
            assert told() == history.plain(), told.__name__
        except AssertionError as difference:
            found.append(f"seed {world.seed}, history {number}: {str(difference)[:300]}")
    return found


@pytest.mark.timeout(900)
def test_any_order_repetition_and_union_gives_the_same_catalogue(
    world: World,
) -> None:
    begun, count = time.process_time(), HISTORIES_THOROUGH if thorough() else HISTORIES
    found = differences(world, count, "real")
    print(f"{count} histories: {time.process_time() - begun:.0f} s of CPU")  # noqa: T201
    assert not found, found[:3]


@pytest.mark.timeout(300)
def test_a_catalogue_on_a_server_and_one_in_a_file_are_the_same(served: World) -> None:
    assert not differences(served, HISTORIES_ON_A_SERVER, "on a server")


def test_control_last_arrival_wins_does_not_hold_it(world: World) -> None:
    assert len(differences(world, 60, "last arrival wins")) > 10
