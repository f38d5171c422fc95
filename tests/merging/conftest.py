"""Random campaigns, and catalogues that take them in any order: what the merge properties are tried on.

Real catalogues in real SQLite, on a memory file system where there is one. Packages are lines and facts without
signatures: what is signed is tried elsewhere; here it is what a set of admitted things becomes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import pytest

from census_app.domain import chain
from census_app.domain.chain import BEGINNING, Chain, Cut, Decision, DecisionKind, Link
from census_app.domain.corrections import (
    assignments,
    batch_subject,
    coding,
    correcting,
    leaving,
    naming,
    publications,
    taking_back,
)
from census_app.domain.holdings import CatalogueFacts, PackageFacts, StoredBundle
from census_app.exchange.ledger import with_id
from census_app.formspec.model import FormSet
from census_app.services.assigning import block_of
from census_app.storage import catalogue, projection, server_catalogue
from census_app.storage.catalogue import Catalogue
from census_app.storage.scratch import Scratch
from tests.servers import DatabaseServer


def _form_set() -> FormSet:
    """Return the small form set with a field for the centre's codes."""
    text = (Path(__file__).parents[1] / "unit" / "storage" / "small_form_set.json").read_bytes()
    raw = json.loads(text)
    for form in raw["forms"]:
        if form["id"] == "information_resource":
            name = next(f for f in form["field"] if f["id"] == "name")
            form["field"].append(name | {"id": "code", "role": "resource_code", "owner": "centre"})
    return msgspec.convert(raw, type=FormSet)


FORM_SET = _form_set()
FACTS = CatalogueFacts("江苏省", "province", "js-2018", 1, "small-1", "ROOTS", "2018-01-01", "")
RESOURCE, ITEM = "information_resource", "data_item"
PLAIN, REVOCABLE, CANDIDATE = "D1", "D2", "D3"
COORDINATORS = ("KA", "KB")
ON_TOP = frozenset({"override", "code", "publish", "withdraw"})
"""Kinds of decisions that let no package in: nobody merges after one of them."""
BLOCKS = {code: block_of("K" * 18 + code) for code in COORDINATORS}
POOLS = 24

Line: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """A package with its lines, and a scratch database that holds them."""

    facts: PackageFacts
    lines: tuple[Line, ...]
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


Kind = Literal["real", "on a server", "last arrival wins"]
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
        repeated: What each decision that takes a taking back back says again: the taking back, and the decision that
            it had taken back.
    """

    chance: random.Random
    submissions: list[Submission] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    bundles: list[Bundle] = field(default_factory=list)
    repeated: dict[str, tuple[str, str]] = field(default_factory=dict)

    def sample(self, draw: random.Random) -> list[Thing]:
        """Draw what reaches a catalogue: most packages of one or two departments, some decisions, ledgers, bundles.

        The catalogue is the first coordinator's; the other's decisions come in ledgers.
        """
        departments = draw.sample((PLAIN, REVOCABLE, CANDIDATE), draw.choice([1, 2]))
        packages = [s for s in self.submissions if s.facts.department in departments]
        own = [Own(d) for d in self.decisions if d.coordinator == COORDINATORS[0]]
        sure = draw.choice(packages)  # a catalogue that nothing reaches shows nothing
        return [
            *(s for s in packages if s is sure or draw.random() < 0.85),
            *draw.sample(own, draw.randint(0, min(4, len(own)))),
            *draw.sample(self.ledgers, draw.randint(0, min(2, len(self.ledgers)))),
            *draw.sample(self.bundles, draw.choice([0, 0, 1, 2])),
        ]

    def forked(self) -> list[Submission]:
        """Return the packages that share department and number with another."""
        places = Counter((s.facts.department, s.facts.sequence) for s in self.submissions)
        return [s for s in self.submissions if places[s.facts.department, s.facts.sequence] > 1]

    def new_decision(
        self, coordinator: str, known: Sequence[Decision], draw: random.Random
    ) -> Decision:
        """Make a decision that may agree with, contradict or supersede what is known."""
        kind: DecisionKind = draw.choice(
            [
                "fork",
                "fork",
                "fork",
                "accept",
                "accept",
                "return",
                "release",
                "confirm",
                "override",
                "override",
            ]
        )
        package = draw.choice(self.submissions)
        subject, choice = (
            package.identity,
            {"accept": "accepted", "return": "returned"}.get(kind, ""),
        )
        if kind == "fork":
            package = draw.choice(self.forked() or self.submissions)
            subject, choice = f"{package.facts.department}:{package.facts.sequence}", subject
        elif kind == "confirm":
            subject, choice = "c" * 64, draw.choice([CANDIDATE, CANDIDATE, "D9"])
        elif kind == "override":
            record = f"{draw.randint(1, 4):032x}"
            subject = ":".join((package.facts.department, RESOURCE, record, "name"))
            theirs = hashlib.sha256(f'"{draw.choice("甲乙丙")}"'.encode()).hexdigest()
            choice = draw.choice(
                [correcting(theirs, '"丁"'), correcting(theirs, "null"), leaving(theirs)]
            )
        elif kind == "accept":
            choice = draw.choice(["accepted", "accepted", "accepted_with_comments"])
        topic = [d for d in chain.standing(known) if d.subject == subject]
        older: list[Decision] = []
        if topic and draw.random() < 0.75:
            older = draw.sample(topic, draw.randint(1, len(topic)))
        return with_id(
            Decision(
                "", kind, subject, choice, "", str(draw.randrange(10**6)), coordinator,
                "2018-01-07T08:00:00Z", tuple(sorted(d.id for d in older)),
            )
        )  # fmt: skip

    def central(self, coordinator: str, known: Sequence[Decision], draw: random.Random) -> Decision:
        """Make a decision about several records: codes, publication, or one of those taken back."""
        open_ = [d for d in chain.standing(known) if d.kind in {"publish", "withdraw"}]
        if open_ and draw.random() < 0.5:
            empty = [d for d in open_ if not json.loads(d.choice)["records"]]
            old = draw.choice(empty if empty and draw.random() < 0.5 else open_)
            return self._taking_back(coordinator, old, known, draw)
        return (self._assigning if draw.random() < 0.3 else self._publishing)(
            coordinator, known, draw
        )

    def _assigning(
        self, coordinator: str, known: Sequence[Decision], draw: random.Random
    ) -> Decision:
        """Give records codes of one's own block; now and then of the other's, as bodies with one suffix do."""
        department = draw.choice((PLAIN, REVOCABLE, CANDIDATE))
        found, given = assignments(known)
        here = {owner.record for owner in found if owner.department == department}
        numbers = {int(code.partition("/")[2]) for code in given}
        block = BLOCKS[coordinator if draw.random() < 0.7 else draw.choice(COORDINATORS)]
        number = max((n for n in numbers if block < n <= block + 9999), default=block)
        codes = {}
        for record in (f"{n:032x}" for n in range(1, 5)):
            if record not in here and draw.random() < 0.7:
                number += 1
                codes[record] = f"301/{number:06}"
        choice = coding(RESOURCE, codes)
        return self._batch("code", coordinator, department, choice, _moment(known, draw))

    def _publishing(
        self, coordinator: str, known: Sequence[Decision], draw: random.Random
    ) -> Decision:
        kind: DecisionKind = draw.choice(["publish", "publish", "withdraw"])
        department = draw.choice((PLAIN, REVOCABLE, CANDIDATE))
        records = [f"{n:032x}" for n in sorted(draw.sample(range(1, 5), draw.randint(1, 3)))]
        choice = naming(RESOURCE, records)
        return self._batch(kind, coordinator, department, choice, _moment(known, draw))

    def _taking_back(
        self, coordinator: str, old: Decision, known: Sequence[Decision], draw: random.Random
    ) -> Decision:
        """Take a publication or withdrawal back, or that; nobody can where the one taken back is not known."""
        instead = taking_back(old, known, RESOURCE)
        if instead is None:
            return self._publishing(coordinator, known, draw)
        subject, choice = instead
        made = with_id(
            Decision(
                "", old.kind, subject, choice, "", str(draw.randrange(10**6)), coordinator,
                _moment(known, draw), (old.id,),
            )
        )  # fmt: skip
        if json.loads(choice)["records"]:
            (first,) = old.supersedes
            self.repeated[made.id] = (old.id, first)
        return made

    @staticmethod
    def _batch(
        kind: DecisionKind, coordinator: str, department: str, choice: str, moment: str
    ) -> Decision:
        subject = batch_subject(department, choice)
        return with_id(Decision("", kind, subject, choice, "", "", coordinator, moment))

    def contesting(
        self, coordinator: str, theirs: Sequence[Decision], draw: random.Random
    ) -> Decision:
        """Make a decision on a matter the other coordinator has decided, mostly another one."""
        side = draw.choice(theirs)
        sides = [
            s.identity
            for s in self.submissions
            if f"{s.facts.department}:{s.facts.sequence}" == side.subject
        ]
        choice = draw.choice([*sides, side.choice])
        return with_id(replace(side, id="", choice=choice, coordinator=coordinator, supersedes=()))

    def settling(
        self, coordinator: str, group: Sequence[Decision], draw: random.Random
    ) -> Decision:
        """Make the decision that settles a contested group: one of its sides, in the place of them all."""
        side = draw.choice(group)
        return with_id(
            replace(
                side,
                id="",
                coordinator=coordinator,
                supersedes=tuple(sorted(d.id for d in group)),
            )
        )

    def revoking(
        self, before: Sequence[Bundle], ledgers: Sequence[Ledger], draw: random.Random
    ) -> Bundle:
        """Make the next bundle: it revokes whom the last one did and maybe one more, cut at one of their packages."""
        entries = json.loads(before[-1].stored.trust_json)["revoked"] if before else []
        gone = {entry["serial"] for entry in entries}
        everything = [s.facts for s in self.submissions] + [g.facts for g in ledgers]
        signed = [
            (each.signer_serial, each.identity, each.sequence)
            for each in everything
            if each.signer_serial and each.signer_serial not in gone
        ]
        if signed:
            serial, head, last = draw.choice(signed)
            if draw.random() < 0.3:
                head, last = BEGINNING, 0
            entries.append(
                {"serial": serial, "chain": "coordinator", "head": head, "last_sequence": last}
            )
        return _bundle(len(before) + 1, entries)

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


def _moment(known: Sequence[Decision], draw: random.Random) -> str:
    """Return a moment behind all that is known, or any: a colleague's clock may be fast or slow."""
    if known and draw.random() < 0.7:
        newest = dt.datetime.fromisoformat(max(d.created for d in known))
        return (newest + dt.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"2018-01-07T08:{draw.randrange(3):02}:{draw.randrange(60):02}Z"


def make_pool(seed: int) -> Pool:
    """Make the campaign of a seed."""
    pool = Pool(random.Random(seed))  # noqa: S311
    for department in (PLAIN, REVOCABLE, CANDIDATE):
        _fill_department(pool, department)
    for _ in range(18):
        coordinator = pool.chance.choice(COORDINATORS)
        make = pool.new_decision if pool.chance.random() < 0.7 else pool.central
        pool.decisions.append(make(coordinator, pool.decisions, pool.chance))
    for coordinator in COORDINATORS:
        _fill_ledgers(pool, coordinator)
    _fill_bundles(pool)
    return pool


def _fill_department(pool: Pool, department: str) -> None:
    draw = pool.chance
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
        lines = tuple(_lines(draw))
        scratch.load(lines)
        pool.submissions.append(Submission(facts, lines, scratch))
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
        **{
            serial: [
                (g.identity, g.facts.sequence, serial)
                for g in pool.ledgers
                if g.facts.signer_serial == serial
            ]
            for serial in ("5a", "5b")
        },
    }
    revoked: list[dict[str, object]] = []
    for version, serial in enumerate(["", *pool.chance.sample(sorted(chains), 2)], 1):
        if serial:
            cut = pool.chance.choice([(BEGINNING, 0, serial), *chains[serial]])
            revoked.append(
                {"serial": serial, "chain": "coordinator", "head": cut[0], "last_sequence": cut[1]}
            )
        pool.bundles.append(_bundle(version, revoked))


def _bundle(version: int, revoked: Sequence[Mapping[str, object]]) -> Bundle:
    trust = json.dumps({"revoked": list(revoked)})
    identity = digest_of("bundle", version, trust)
    return Bundle(StoredBundle(version, identity, "", "", trust, "", ""))


# -- a catalogue that takes things -------------------------------------------------------------------------------------


def turned_away(thing: Thing, cuts: Mapping[str, Cut]) -> bool:
    """Refuse as the reader does what is past a cut point that is known already."""
    if not isinstance(thing, (Submission, Ledger)) or thing.facts.signer_serial not in cuts:
        return False
    cut, at = cuts[thing.facts.signer_serial], thing.facts.sequence
    return at > cut.last_sequence or (at == cut.last_sequence and thing.identity != cut.head)


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
                  "answered", "vanished", "overlay", "counted", "package_chunk", "package", "decision",
                  "trust_bundle"]  # fmt: skip
        with self.store._writing() as connection:
            for table in tables:
                connection.exec_driver_sql(f'DELETE FROM "{table}"')  # noqa: S608
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
                if not (isinstance(thing, Own) and thing.decision.kind in ON_TOP):
                    self.settle(thing.facts.department if isinstance(thing, Submission) else "")

    def _turned_away(self, thing: Thing) -> bool:
        bundle = self.store.bundle()
        return bundle is not None and turned_away(thing, Bundle(bundle).cuts)

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

    def settle(self, department: str = "") -> None:
        """Merge what has its turn, as `services.receiving.release` does, of one department or of all."""
        heads = self.heads()
        for package in self.store.packages(department):
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

    def rows(self) -> dict[tuple[str, str, str], str]:
        """Return (department, form, id) → the package that brought it."""
        with self.store._database.reading() as connection:
            return {
                (row[0], form.id, row[1]): row[2]
                for form in FORM_SET.forms
                for row in connection.exec_driver_sql(
                    f'SELECT department_code, id, source FROM "{form.id}"'  # noqa: S608
                )
            }

    def standing(self) -> tuple[object, ...]:
        """Return states and decisions."""
        states = {p.identity: p.state for p in self.store.packages() if p.state != "revoked"}
        return states, [d.id for d in self.store.decisions()]

    def seen(self) -> tuple[object, ...]:
        """Return what must be a function of the set: digest, corrected values and codes, states, decisions."""
        return self.store.digest(), self.shown(), self.published(), *self.standing()

    def shown(self) -> list[tuple[object, ...]]:
        """Return what resources are called and their codes, corrections included."""
        statement = f'SELECT department_code, id, name, code FROM "{RESOURCE}" ORDER BY 1, 2'  # noqa: S608
        with self.store._database.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def codes(self) -> dict[tuple[str, str], str]:
        """Return the codes that resources show, by department and record."""
        return {(str(d), str(r)): str(code) for d, r, _name, code in self.shown() if code}

    def published(self) -> dict[tuple[str, str], str]:
        """Return what is published or withdrawn, by department and record."""
        found = publications(self.store.decisions())
        return {(owner.department, owner.record): each.state for owner, each in found.items()}


class LastArrivalWins(Holding):
    """The control: whatever arrives is merged over what is there, as a folder of spreadsheets does it."""

    def settle(self, department: str = "") -> None:
        del department
        newest = next(reversed(self.offered.values()), None)
        if not isinstance(newest, Submission) or self._turned_away(newest):
            return
        beside = self.store._database.beside(newest.scratch)
        with beside, self.store._writing() as connection:
            connection.exec_driver_sql("DELETE FROM projected")
            projection.merge_attached(connection, FORM_SET, newest.facts)

    def take(self, *things: Thing) -> None:
        for thing in things:
            self.offered.pop(thing.identity, None)
            super().take(thing)


def chains_of(
    submissions: Iterable[Submission], decisions: Iterable[Decision], cuts: Mapping[str, Cut]
) -> dict[str, Chain]:
    """Return every department's chain by the domain's functions alone."""
    known = tuple(decisions)
    accepted, released = chain.accepted_packages(known), chain.released_packages(known)
    confirmed = chain.confirmed_candidates(known)
    links: dict[str, list[Link]] = {}
    for each in submissions:
        facts = each.facts
        held = facts.state == "quarantined" and each.identity not in released
        held = held and confirmed.get(facts.signer_sha256) != facts.department
        link = Link(each.identity, facts.sequence, facts.previous, held, signer=facts.signer_serial)
        links.setdefault(facts.department, []).append(link)
    return {code: chain.decide(found, accepted, cuts) for code, found in links.items()}


class Modelled:
    """The same in a few dictionaries: what the storage should do, written once more and independently.

    Attributes:
        rows: (department, form, id) → the package that brought it and what it says.
    """

    def __init__(self, repeated: Mapping[str, tuple[str, str]]) -> None:
        self.repeated = repeated
        self.offered: dict[str, Thing] = {}
        self.submissions: dict[str, Submission] = {}
        self.ledgers: dict[str, Ledger] = {}
        self.own: dict[str, Decision] = {}
        self.bundle: Bundle | None = None
        self.rows: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.announced: dict[str, set[tuple[str, str]]] = {}
        self.projected: dict[str, tuple[str, ...]] = {}

    @property
    def cuts(self) -> Mapping[str, Cut]:
        return self.bundle.cuts if self.bundle else {}

    def take(self, *things: Thing) -> None:
        for thing in things:
            self.offered[thing.identity] = thing
            if turned_away(thing, self.cuts):
                continue
            if isinstance(thing, Submission):
                self.submissions[thing.identity] = thing
            elif isinstance(thing, Ledger):
                self.ledgers[thing.identity] = thing
            elif isinstance(thing, Own):
                self.own[thing.identity] = thing.decision
            elif self.bundle is None or self.bundle.stored.version < thing.stored.version:
                self.bundle = thing
            self.settle()

    def decisions(self) -> dict[str, Decision]:
        """Return our own and those of the ledgers that stand."""
        found = dict(self.own)
        senders: dict[str, list[Link]] = {}
        for each in self.ledgers.values():
            facts = each.facts
            link = Link(each.identity, facts.sequence, facts.previous, signer=facts.signer_serial)
            senders.setdefault(facts.sender, []).append(link)
        held = {i for links in senders.values() for i in chain.held_by_cuts(links, self.cuts)}
        for identity, ledger in self.ledgers.items():
            if identity not in held:
                found |= {decision.id: decision for decision in ledger.decisions}
        return found

    def chains(self) -> dict[str, Chain]:
        return chains_of(self.submissions.values(), self.decisions().values(), self.cuts)

    def settle(self) -> None:
        for department, found in self.chains().items():
            done = self.projected.get(department, ())
            if found.packages[: len(done)] != done:
                self._forget(department)
            for identity in found.packages[len(self.projected.get(department, ())) :]:
                self._merge(department, self.submissions[identity])
                self.projected[department] = (*self.projected.get(department, ()), identity)

    def rebuild(self) -> None:
        for department in list(self.projected):
            self._forget(department)
        self.settle()

    def _forget(self, department: str) -> None:
        self.rows = {key: row for key, row in self.rows.items() if key[0] != department}
        self.announced.pop(department, None)
        self.projected.pop(department, None)

    def _merge(self, department: str, submission: Submission) -> None:
        lines = sorted(submission.lines, key=lambda line: (line["form"] == ITEM, line["id"]))
        gone = {line["id"] for line in lines if line["op"] == "delete"}
        self.rows = {
            key: row
            for key, row in self.rows.items()
            if key[0] != department or (key[2] not in gone and _owner(row[1]) not in gone)
        }
        announced = {(line["form"], line["id"]) for line in lines if line["op"] == "pending"}
        for line in (line for line in lines if line["op"] == "put"):
            key = (department, line["form"], line["id"])
            text = json.dumps(line["values"], sort_keys=True)
            if line["form"] == ITEM and (department, RESOURCE, _owner(text)) not in self.rows:
                announced.add(key[1:])
            elif self.rows.get(key, ("", ""))[1] != text:
                self.rows[key] = (submission.identity, text)
        self.announced[department] = announced

    def codes(self) -> dict[tuple[str, str], str]:
        """Return the codes that resources show, by department and record: who came first has his."""
        found: dict[tuple[str, str], str] = {}
        for decision in self._in_force({"code"}):
            department = decision.subject.split(":")[0]
            for record, code in json.loads(decision.choice)["codes"].items():
                if code not in found.values():
                    found.setdefault((department, record), code)
        return {o: code for o, code in found.items() if (o[0], RESOURCE, o[1]) in self.rows}

    def published(self) -> dict[tuple[str, str], str]:
        """Return what is published or withdrawn, by department and record: the last word, said again or not."""
        known = self.decisions()

        def first(decision: Decision) -> tuple[str, str]:
            empty, old = self.repeated.get(decision.id, ("", ""))
            return first(known[old]) if {empty, old} <= known.keys() else _place(decision)

        found = {}
        for decision in sorted(
            self._in_force({"publish", "withdraw"}), key=lambda d: (first(d), d.id)
        ):
            state = {"publish": "published", "withdraw": "withdrawn"}[decision.kind]
            for record in json.loads(decision.choice)["records"]:
                found[decision.subject.split(":")[0], record] = state
        return found

    def _in_force(self, kinds: set[str]) -> list[Decision]:
        """Return decisions nobody took back, by moment; no two of these kinds contradict each other."""
        known = self.decisions()
        gone = {old for decision in known.values() for old in decision.supersedes}
        found = [d for d in known.values() if d.kind in kinds and d.id not in gone]
        return sorted(found, key=_place)

    def standing(self) -> tuple[object, ...]:
        states = {i: s for c in self.chains().values() for i, s in c.states.items()}
        shown = {i: s for i, s in states.items() if s != "revoked"}
        return shown, sorted(self.decisions())

    def seen(self) -> tuple[object, ...]:
        shown, decisions = self.standing()
        assert isinstance(shown, dict)
        announced = sorted((d, *each) for d, found in self.announced.items() for each in found)
        admitted = sorted(i for i, state in shown.items() if state != "quarantined")
        newest = self.bundle.identity if self.bundle else ""
        central = (sorted(self.codes().items()), sorted(self.published().items()))
        everything = (sorted(self.rows.items()), announced, admitted, decisions, newest, central)
        return digest_of(everything), shown, decisions


def _place(decision: Decision) -> tuple[str, str]:
    return decision.created, decision.id


def _owner(text: str) -> str:
    return str(json.loads(text).get("parent_id", ""))


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
    served: Catalogue | None = None

    def holding(self, number: int, kind: Kind = "real") -> Holding:
        """Return an empty catalogue, one of four; `on a server` the second of them is there, the others are files."""
        if kind == "on a server" and number == 1:
            assert self.served is not None
            return Holding(self.served)
        return (LastArrivalWins if kind == "last arrival wins" else Holding)(self.stores[number])

    def modelled(self, pool: Pool) -> Modelled:
        """Return an empty model of a catalogue of one campaign."""
        return Modelled(pool.repeated)

    def own(self, decision: Decision) -> Own:
        """Return a decision as its coordinator's catalogue takes it."""
        return Own(decision)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    seed = secrets.randbits(32)
    print(f"seed of this run's campaigns: {seed}")  # noqa: T201 - so that a failing run can be repeated
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


@pytest.fixture
def served(world: World, database_server: DatabaseServer) -> Iterator[World]:
    """The same with a catalogue on a server."""
    database = database_server.new()
    world.served = server_catalogue.create(database_server.address(database), FORM_SET, FACTS)
    yield world
    world.served.close()
    world.served = None
    database_server.drop(database)
