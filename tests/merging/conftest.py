"""Random campaigns, and catalogues that take them in any order: what the merge properties are tried on.

Real catalogues in real SQLite, on a memory file system where there is one. Packages are lines and facts without
signatures: what is signed is tried elsewhere; here it is what a set of admitted things becomes.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest

from census_app.domain import chain
from census_app.domain.chain import BEGINNING, Cut, Decision, DecisionKind, Link
from census_app.domain.holdings import CatalogueFacts, PackageFacts, StoredBundle
from census_app.exchange.ledger import with_id
from census_app.formspec.model import FormSet
from census_app.storage import catalogue, projection
from census_app.storage.catalogue import Catalogue
from census_app.storage.scratch import ATTACHED, Scratch

FORM_SET = msgspec.json.decode(
    (Path(__file__).parents[1] / "unit" / "storage" / "small_form_set.json").read_bytes(),
    type=FormSet,
)
FACTS = CatalogueFacts("江苏省", "province", "js-2018", 1, "small-1", "ROOTS", "2018-01-01", "")
RESOURCE, ITEM = "information_resource", "data_item"
PLAIN, REVOCABLE, CANDIDATE = "D1", "D2", "D3"
COORDINATORS = ("KA", "KB")
POOLS = 24

Line: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """A package with its lines, and a scratch database that holds them."""

    facts: PackageFacts
    scratch: Scratch

    @property
    def identity(self) -> str:
        return self.facts.identity


@dataclass(frozen=True)
class Ledger:
    """A ledger package of a coordinator with all it had decided then."""

    facts: PackageFacts
    decisions: tuple[Decision, ...]

    @property
    def identity(self) -> str:
        return self.facts.identity


@dataclass(frozen=True)
class Own:
    """A decision as the catalogue's own coordinator made it."""

    decision: Decision

    @property
    def identity(self) -> str:
        return self.decision.id


@dataclass(frozen=True)
class Bundle:
    """A trust bundle; all it says here is whom it revokes."""

    stored: StoredBundle

    @property
    def identity(self) -> str:
        return self.stored.identity

    @property
    def cuts(self) -> Mapping[str, Cut]:
        return {
            entry["serial"]: Cut(entry["last_sequence"], entry["head"])
            for entry in json.loads(self.stored.trust_json)["revoked"]
        }


Thing: TypeAlias = Submission | Ledger | Own | Bundle


def digest_of(*parts: object) -> str:
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def facts_of(
    identity: str, kind: str, sender: str, sequence: int, previous: str, **further: Any
) -> PackageFacts:
    values: dict[str, Any] = {
        "identity": identity, "name": f"{sender}-{sequence:06}", "type": kind, "sequence": sequence,
        "department": sender if kind == "submission" else "", "previous": previous, "sender": sender,
        "created": "2018-01-05T08:00:00Z", "received_at": "2018-01-06T08:00:00Z",
        "form_version": "small-1", "bytes": 2, "counts": {}, "state": "pending",
    }  # fmt: skip
    return PackageFacts(**values | further)


# -- a random campaign -------------------------------------------------------------------------------------------------


@dataclass
class Pool:
    """Everything that may arrive in one campaign.

    Attributes:
        submissions: Chains of three departments with forks, gaps and wrong predecessors; those of `REVOCABLE` are
            signed by a certificate that a bundle revokes, those of `CANDIDATE` by a key nobody has confirmed.
    """

    random: random.Random
    submissions: list[Submission] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    bundles: list[Bundle] = field(default_factory=list)

    def things(self) -> list[Thing]:
        """Return what the first coordinator's catalogue may take: the others' decisions come in ledgers."""
        own = [Own(d) for d in self.decisions if d.coordinator == COORDINATORS[0]]
        return [*self.submissions, *own, *self.ledgers, *self.bundles]

    def forks(self) -> list[tuple[str, int]]:
        return sorted({(s.facts.department, s.facts.sequence) for s in self.submissions})

    def new_decision(self, coordinator: str, known: Sequence[Decision]) -> Decision:
        """Make a decision that may agree with, contradict or supersede what is known."""
        draw = self.random
        kind: DecisionKind = draw.choice(
            ["fork", "fork", "fork", "accept", "accept", "return", "release", "confirm"]
        )
        package = draw.choice(self.submissions)
        subject, choice = (
            package.identity,
            {"accept": "accepted", "return": "returned"}.get(kind, ""),
        )
        if kind == "fork":
            subject, choice = f"{package.facts.department}:{package.facts.sequence}", subject
        elif kind == "confirm":
            subject, choice = "c" * 64, draw.choice([CANDIDATE, CANDIDATE, "D9"])
        elif kind == "accept":
            choice = draw.choice(["accepted", "accepted", "accepted_with_comments"])
        topic = [d for d in chain.standing(known) if d.subject == subject]
        older: list[Decision] = []
        if topic and draw.random() < 0.5:
            older = draw.sample(topic, draw.randint(1, len(topic)))
        return with_id(
            Decision(
                "", kind, subject, choice, "", str(draw.randrange(10**6)), coordinator,
                "2018-01-07T08:00:00Z", tuple(sorted(d.id for d in older)),
            )
        )  # fmt: skip

    def ledger_of(
        self, coordinator: str, decisions: Iterable[Decision], earlier: Sequence[Ledger]
    ) -> Ledger:
        """Write the next ledger of a coordinator."""
        carried = tuple(sorted(decisions, key=lambda d: d.id))
        number = len(earlier) + 1
        previous = earlier[-1].identity if earlier else BEGINNING
        identity = digest_of("ledger", coordinator, number, *(d.id for d in carried))
        facts = facts_of(identity, "ledger", coordinator, number, previous)
        return Ledger(replace(facts, signer_serial=f"5{coordinator[-1].lower()}"), carried)


def make_pool(seed: int) -> Pool:
    """Make the campaign of a seed."""
    pool = Pool(random.Random(seed))  # noqa: S311
    for department in (PLAIN, REVOCABLE, CANDIDATE):
        _fill_department(pool, department)
    for _ in range(14):
        coordinator = pool.random.choice(COORDINATORS)
        pool.decisions.append(pool.new_decision(coordinator, pool.decisions))
    for coordinator in COORDINATORS:
        _fill_ledgers(pool, coordinator)
    _fill_bundles(pool)
    return pool


def _fill_department(pool: Pool, department: str) -> None:
    draw = pool.random
    tips: list[tuple[str, int]] = [(BEGINNING, 0)]
    for number in range(draw.randint(4, 6) if department == PLAIN else draw.randint(3, 4)):
        previous, sequence = draw.choice([tips[-1], tips[-1], draw.choice(tips)])
        if draw.random() < 0.08:
            previous = digest_of("nowhere", number)
        identity = digest_of(draw.random(), department, number)
        further = {
            REVOCABLE: {"signer_serial": "77"},
            CANDIDATE: {"state": "quarantined", "signer_sha256": "c" * 64},
        }.get(department, {})
        facts = facts_of(identity, "submission", department, sequence + 1, previous, **further)
        scratch = Scratch(FORM_SET)
        scratch.load(_lines(draw))
        pool.submissions.append(Submission(facts, scratch))
        tips.append((identity, sequence + 1))


def _lines(draw: random.Random) -> Iterator[Line]:
    """Yield some records: named, announced, deleted or not mentioned; some have an item."""
    for number in range(1, 5):
        record, name = f"{number:032x}", draw.choice("甲乙丙")
        head: Line = {"form": RESOURCE, "id": record, "unit": "D"}
        fate = draw.choice(["put", "put", "put", "pending", "delete", ""])
        if fate == "put":
            yield head | {"op": "put", "values": {"name": name}}
        elif fate == "pending":
            yield head | {"op": "pending", "title": name}
        elif fate == "delete":
            yield head | {"op": "delete", "reason": "撤并"}
        if fate in {"put", "pending"} and draw.random() < 0.5:
            values = {"name": draw.choice("子丑"), "parent_id": record, "position": 1024}
            item = {"form": ITEM, "id": f"{number + 64:032x}", "unit": "D", "op": "put"}
            yield item | {"values": values}


def _fill_ledgers(pool: Pool, coordinator: str) -> None:
    own = [d for d in pool.decisions if d.coordinator == coordinator]
    written: list[Ledger] = []
    for end in sorted({max(1, len(own) // 2), len(own)}):
        if own:
            written.append(pool.ledger_of(coordinator, own[:end], written))
    pool.ledgers += written


def _fill_bundles(pool: Pool) -> None:
    chains: dict[str, list[tuple[str, int, str]]] = {
        "77": [
            (s.identity, s.facts.sequence, "77")
            for s in pool.submissions
            if s.facts.signer_serial == "77"
        ],
        "5b": [
            (g.identity, g.facts.sequence, "5b")
            for g in pool.ledgers
            if g.facts.signer_serial == "5b"
        ],
    }
    revoked: list[dict[str, object]] = []
    for version, serial in enumerate(["", *pool.random.sample(sorted(chains), 2)], 1):
        if serial:
            cut = pool.random.choice([(BEGINNING, 0, serial), *chains[serial]])
            revoked.append(
                {"serial": serial, "chain": "coordinator", "head": cut[0], "last_sequence": cut[1]}
            )
        trust = json.dumps({"revoked": revoked})
        identity = digest_of("bundle", version, trust)
        pool.bundles.append(Bundle(StoredBundle(version, identity, "", "", trust, "", "")))


# -- a catalogue that takes things --------------------------------------------------------------------------------------


class Holding:
    """A catalogue and what it was given; takes things as the use cases do.

    Attributes:
        offered: Everything it was given, whether the door let it in or not.
    """

    def __init__(self, store: Catalogue) -> None:
        self.store = store
        self.offered: dict[str, Thing] = {}
        self._clear()

    def _clear(self) -> None:
        """Empty the file: cheaper than another one, and the same."""
        tables = [*reversed(list(self.store._tables)), "projected", "announced", "explained",
                  "answered", "package_chunk", "package", "decision", "trust_bundle"]  # fmt: skip
        with self.store._writing() as connection:
            for table in tables:
                connection.exec_driver_sql(f'DELETE FROM "{table}"')
        self.offered.clear()

    def empty(self) -> Holding:
        """Begin afresh."""
        self._clear()
        return self

    def take(self, *things: Thing) -> None:
        for thing in things:
            self.offered[thing.identity] = thing
            if not self._turned_away(thing):
                self._admit(thing)
                self.settle()

    def _turned_away(self, thing: Thing) -> bool:
        """Refuse as the reader does what is past a cut point that is known already."""
        bundle = self.store.bundle()
        if bundle is None or not isinstance(thing, (Submission, Ledger)):
            return False
        cut = Bundle(bundle).cuts.get(thing.facts.signer_serial)
        at = thing.facts.sequence
        return cut is not None and (
            at > cut.last_sequence or (at == cut.last_sequence and thing.identity != cut.head)
        )

    def _admit(self, thing: Thing) -> None:
        if isinstance(thing, Submission):
            self.store.append_package(thing.facts, [b"PK"])
        elif isinstance(thing, Own):
            self.store.append_decision(thing.decision)
        elif isinstance(thing, Ledger):
            self.store.append_package(thing.facts, [b"PK"])
            self.restate()
        else:
            newest = self.store.bundle()
            if newest is None or newest.version < thing.stored.version:
                self.store.store_bundle(thing.stored, "ROOTS")
                self.restate()

    def restate(self) -> None:
        """Do what `services.ledgers.restate` does with signed packages."""
        letters = self.store.letters(type_="ledger")
        standing = []
        for letter in letters:
            ledger = self.offered[letter.identity]
            if letter.state == "merged" and isinstance(ledger, Ledger):
                standing += [(letter.identity, decision) for decision in ledger.decisions]
        refused = [letter.identity for letter in letters if letter.state != "merged"]
        self.store.restate_decisions(refused, standing)

    def settle(self) -> None:
        """Merge what has its turn, as `services.receiving.release` does."""
        heads = self.heads()
        for package in self.store.packages():
            department = package.department
            if package.state == "merged" and package.sequence == heads.get(department, 0) + 1:
                submission = self.offered[package.identity]
                assert isinstance(submission, Submission)
                self.store.merge(package, submission.scratch)
                heads[department] = package.sequence

    def heads(self) -> dict[str, int]:
        """Return the number of the newest package in the form tables, by department."""
        statement = "SELECT department, max(sequence) FROM projected GROUP BY 1"
        with self.store._database.reading() as connection:
            return {row[0]: row[1] for row in connection.exec_driver_sql(statement)}

    def rebuild(self) -> None:
        """Throw the form tables away and merge again what stands."""
        self.store.forget_projection()
        self.settle()

    def seen(self) -> tuple[object, ...]:
        """Return what must be a function of the set: digest, states, decisions."""
        states = {p.identity: p.state for p in self.store.packages() if p.state != "revoked"}
        return self.store.digest(), states, [d.id for d in self.store.decisions()]


class LastArrivalWins(Holding):
    """The control: whatever arrives is merged over what is there, as a folder of spreadsheets does it."""

    def settle(self) -> None:
        newest = next(reversed(self.offered.values()), None)
        if not isinstance(newest, Submission):
            return
        driver = self.store._database.driver
        driver.execute(f"ATTACH ? AS {ATTACHED}", (str(newest.scratch.path),))
        try:
            with self.store._writing() as connection:
                connection.exec_driver_sql("DELETE FROM projected")
                projection.merge_attached(connection, FORM_SET, newest.facts)
        finally:
            driver.execute(f"DETACH {ATTACHED}")

    def take(self, *things: Thing) -> None:
        for thing in things:
            self.offered.pop(thing.identity, None)
            super().take(thing)


def expected_chains(things: Iterable[Thing], store: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return by department which packages stand, by the domain's functions alone from what was offered."""
    bundles = [t for t in things if isinstance(t, Bundle)]
    cuts = max(bundles, key=lambda b: b.stored.version).cuts if bundles else {}
    decisions = store.decisions()
    accepted, released = chain.accepted_packages(decisions), chain.released_packages(decisions)
    confirmed = chain.confirmed_candidates(decisions)
    links: dict[str, list[Link]] = {}
    for each in things:
        if isinstance(each, Submission):
            facts = each.facts
            held = facts.state == "quarantined" and each.identity not in released
            held = held and confirmed.get(facts.signer_sha256) != facts.department
            link = Link(
                each.identity, facts.sequence, facts.previous, held, signer=facts.signer_serial
            )
            links.setdefault(facts.department, []).append(link)
    return {code: chain.decide(found, accepted, cuts).packages for code, found in links.items()}


# -- fixtures ----------------------------------------------------------------------------------------------------------


@dataclass
class World:
    """Pools of this run and catalogues to try them on.

    Attributes:
        seed: Fresh in every run; shown by a failing test.
    """

    seed: int
    pools: list[Pool]
    stores: list[Catalogue]

    def holding(self, number: int, kind: type[Holding] = Holding) -> Holding:
        """Return an empty catalogue, one of four."""
        return kind(self.stores[number])


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    seed = secrets.randbits(32)
    print(f"seed of this run's campaigns: {seed}")
    memory = Path("/dev/shm")  # noqa: S108
    with pytest.MonkeyPatch.context() as patch:
        folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        patch.setattr(tempfile, "tempdir", folder.name)
        pools = [make_pool(seed + number) for number in range(POOLS)]
        stores = [
            catalogue.create(Path(folder.name) / f"{n}.censusdb", FORM_SET, FACTS) for n in range(4)
        ]
        yield World(seed, pools, stores)
        for store in stores:
            store.close()
        for pool in pools:
            for submission in pool.submissions:
                submission.scratch.close()
        folder.cleanup()


@pytest.fixture(scope="session")
def holding_kind() -> type[Holding]:
    """Return the class itself: test modules cannot import each other."""
    return Holding


@pytest.fixture(scope="session")
def last_arrival_wins() -> type[LastArrivalWins]:
    return LastArrivalWins
