"""Two coordinators at work, at random: whatever they do, each catalogue is what a fresh one makes of the same set."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from census_app.domain import chain
from tests.profiles import thorough

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.merging.conftest import Bundle, Holding, Kind, Ledger, Modelled, Pool, Thing, World

SIDES = st.sampled_from([0, 1])
PICKS = st.integers(0, 2**20)
NAMES = ("KA", "KB")


class Exchange(RuleBasedStateMachine):
    """Two catalogues that receive, decide, contest, give codes, publish, exchange ledgers, revoke and rebuild.

    Attributes:
        written: Ledgers by coordinator, oldest first.
        signed: Bundles by version, of which the root signs each once.
    """

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.pool: Pool
        self.desks: list[Any] = []
        self.written: tuple[list[Ledger], list[Ledger]] = ([], [])
        self.signed: list[Bundle] = []
        self.steps = 0

    def desk(self, number: int) -> Any:
        raise NotImplementedError

    @initialize(pool=PICKS)
    def begin(self, pool: int) -> None:
        self.pool = self.world.pools[pool % len(self.world.pools)]
        self.desks = [self.desk(0), self.desk(1)]
        for side in (0, 1):
            self.receive(side, pool)

    def take(self, side: int, *things: Thing) -> None:
        self.desks[side].take(*things)

    def draw(self, pick: int) -> random.Random:
        """Return chance for one step: numbers drawn by hypothesis alone are mostly small and alike."""
        self.steps += 1
        return random.Random(f"{self.world.seed}:{pick}:{self.steps}")  # noqa: S311

    @rule(side=SIDES, pick=PICKS)
    def receive(self, side: int, pick: int) -> None:
        draw = self.draw(pick)
        self.take(side, *draw.sample(self.pool.submissions, draw.choice([1, 2, 3, 5])))

    @rule(side=SIDES, pick=PICKS)
    def receive_again(self, side: int, pick: int) -> None:
        offered = list(self.desks[side].offered.values())
        self.take(side, self.draw(pick).choice(offered or self.pool.submissions))

    @rule(side=SIDES, pick=PICKS)
    def decide(self, side: int, pick: int) -> None:
        """Decide, agree, contradict or supersede."""
        draw, known = self.draw(pick), self.known(side)
        own = [self.pool.new_decision(NAMES[side], known, draw) for _ in range(draw.choice([1, 2]))]
        self.take(side, *map(self.world.own, own))

    @rule(side=SIDES, pick=PICKS)
    def put_on_top(self, side: int, pick: int) -> None:
        """Give codes, publish, withdraw, take one of those back, take that back."""
        draw, known = self.draw(pick), self.known(side)
        made: list[chain.Decision] = []
        for _ in range(draw.choice([1, 2, 3])):
            made.append(self.pool.central(NAMES[side], [*known, *made], draw))
        self.take(side, *map(self.world.own, made))

    @rule(side=SIDES, pick=PICKS)
    def contest(self, side: int, pick: int) -> None:
        """Decide on the same matter differently, not knowing of the other."""
        draw = self.draw(pick)
        theirs = [d for d in self.known(1 - side) if d.kind == "fork"]
        if theirs:
            self.take(side, self.world.own(self.pool.contesting(NAMES[side], theirs, draw)))
        else:
            self.decide(side, pick)

    @rule(side=SIDES, pick=PICKS)
    def settle(self, side: int, pick: int) -> None:
        groups, draw = chain.contested(self.known(side)), self.draw(pick)
        if groups:
            settled = self.pool.settling(NAMES[side], draw.choice(groups), draw)
            self.take(side, self.world.own(settled))
        else:
            self.exchange_ledgers(pick)

    @rule(pick=PICKS)
    def exchange_ledgers(self, pick: int) -> None:
        """Write ledgers; each reaches the other side, or nobody yet."""
        draw = self.draw(pick)
        for side in (0, 1):
            own = [d for d in self.known(side) if d.coordinator == NAMES[side]]
            if own:
                ledger = self.pool.ledger_of(NAMES[side], own, self.written[side])
                self.written[side].append(ledger)
                if draw.random() < 0.7:
                    self.take(1 - side, ledger)

    @rule(side=SIDES, pick=PICKS)
    def take_any_ledger(self, side: int, pick: int) -> None:
        """Take an older one, or one's own again."""
        written = [*self.written[0], *self.written[1]]
        if written:
            self.take(side, self.draw(pick).choice(written))

    @rule(side=SIDES, pick=PICKS)
    def revoke(self, side: int, pick: int) -> None:
        """Let the root write the next bundle, and take one of those there are."""
        draw = self.draw(pick)
        if len(self.signed) < 3 and draw.random() < 0.4:
            ledgers = [*self.written[0], *self.written[1]]
            self.signed.append(self.pool.revoking(self.signed, ledgers, draw))
        if self.signed:
            self.take(side, draw.choice(self.signed))

    @rule(side=SIDES)
    def rebuild(self, side: int) -> None:
        before = self.desks[side].seen()
        self.desks[side].rebuild()
        assert self.desks[side].seen() == before, "rebuilt"

    def known(self, side: int) -> list[chain.Decision]:
        raise NotImplementedError

    def fresh(self) -> Any:
        raise NotImplementedError

    def teardown(self) -> None:
        """Compare with fresh catalogues, then with each other after everything was exchanged."""
        if not self.desks:
            return
        for desk in self.desks:
            fresh = self.fresh()
            fresh.take(*(desk.offered[identity] for identity in sorted(desk.offered)))
            assert fresh.seen() == desk.seen(), "a fresh catalogue with the same set"
        one, other = self.desks
        first, second = list(one.offered.values()), list(other.offered.values())
        one.take(*second)
        other.take(*first)
        assert one.seen() == other.seen(), "everything exchanged"


class InModel(Exchange):
    """The domain's functions in a model of the storage."""

    def desk(self, number: int) -> Modelled:
        del number
        return self.world.modelled(self.pool)

    def fresh(self) -> Modelled:
        return self.world.modelled(self.pool)

    def known(self, side: int) -> list[chain.Decision]:
        found: dict[str, chain.Decision] = self.desks[side].decisions()
        return [found[identity] for identity in sorted(found)]


class InCatalogues(Exchange):
    """Real catalogues, each compared with the model after every step."""

    kind: ClassVar[Kind] = "real"

    def __init__(self) -> None:
        super().__init__()
        self.models: list[Modelled] = []

    def desk(self, number: int) -> Holding:
        self.models.append(self.world.modelled(self.pool))
        return self.world.holding(number, self.kind)

    def fresh(self) -> Holding:
        return self.world.holding(2, self.kind)

    def known(self, side: int) -> list[chain.Decision]:
        found: list[chain.Decision] = self.desks[side].store.decisions()
        return found

    def take(self, side: int, *things: Thing) -> None:
        desk, model = self.desks[side], self.models[side]
        desk.take(*things)
        model.take(*things)
        assert desk.standing() == model.standing(), "states and decisions"
        assert desk.rows() == {key: row[0] for key, row in model.rows.items()}, "rows"
        assert desk.codes() == model.codes(), "codes"
        assert desk.published() == model.published(), "published"


class ByLastArrival(InCatalogues):
    """The control: a catalogue in which the newest file wins."""

    kind: ClassVar[Kind] = "last arrival wins"

    def take(self, side: int, *things: Thing) -> None:
        self.desks[side].take(*things)


def play(world: World, machine: type[Exchange], runs: int, steps: int = 30) -> None:
    machine.world = world
    run: Callable[..., None] = run_state_machine_as_test
    run(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            phases=(Phase.generate,)
            if machine is ByLastArrival
            else (Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            deadline=None,
            print_blob=True,
        ),
    )


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("machine", "runs"), [(InModel, 1000), (InCatalogues, 1000 if thorough() else 350)]
)
def test_whatever_two_coordinators_do_the_set_decides(
    world: World, machine: type[Exchange], runs: int
) -> None:
    begun = time.process_time()
    play(world, machine, runs)
    spent = time.process_time() - begun
    print(f"{machine.__name__}, {runs} runs of 30 steps: {spent:.0f} s of CPU")  # noqa: T201


@pytest.mark.timeout(300)
def test_control_last_arrival_wins_is_found_out(world: World) -> None:
    with pytest.raises(AssertionError):
        play(world, ByLastArrival, 100)
