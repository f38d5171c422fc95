"""What departments hold alike is found in a province: time, memory, and how much of what was planted is found.

The floor is bare `sqlite3` reading the same columns; the peer compares every name with every name by rapidfuzz,
measured on some names and reckoned up. Copies in other words are planted beside the catalogue's rows, into other
departments. There is no half as large province beside it: one of 50 departments has hardly any two that keep the same.

    python benchmarks/duplicates.py [DEPARTMENTS [FOLDER]]

By default 100 departments with 50,000 resources, 500,000 items and 3,000 systems. Provinces that lie in FOLDER are used
again; otherwise they are made anew and thrown away.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

os.environ.setdefault("CENSUS_DATA_DIR", tempfile.mkdtemp())

from rapidfuzz import fuzz, process

from census_app.bootstrap import PracticeServices
from census_app.domain.names import fold
from census_app.domain.overlaps import Overlap
from census_app.domain.simplified import TABLE
from census_app.services.overlapping import Overlaps, Survey
from census_app.services.populating import CATALOGUE, populate
from census_app.services.synthetic_province import Wanted
from census_app.services.synthetic_words import vocabulary

SERVICES = PracticeServices()
DEPARTMENTS = 100
PLANTED = 400
"""Copies of each kind."""
TEXTS = vocabulary().texts
SCOPES = sorted(filter(None, TEXTS.scopes), key=len, reverse=True)
TRADITIONAL = {ord(simple): chr(code) for code, simple in TABLE.items()}

Row = tuple[Any, ...]


def made(folder: Path, departments: int) -> Path:
    """Make a received province of a hundredth of the large one per department, unless it is there already."""
    if not (folder / CATALOGUE).exists():
        wanted = Wanted(
            departments=departments,
            resources=departments * 500,
            items=departments * 5000,
            systems=departments * 30,
            day=SERVICES.clock.now().date(),
        )
        populate(folder, wanted, SERVICES, take_in=True)
    return folder / CATALOGUE


# -- what is planted ---------------------------------------------------------------------------------------------------


def spelled(name: str, chance: random.Random) -> str:
    """Another spelling: traditional characters, brackets, blanks."""
    half = len(name) // 2
    return chance.choice(
        (
            name.translate(TRADITIONAL),
            f"{name[:half]}（{name[half:]}）",
            f" {name[:half]}　{name[half:]}。",
        )
    )


def padded(name: str, chance: random.Random) -> str:
    """The same with words that say nothing."""
    begin, end = chance.choice((("江苏省", ""), ("全省", "数据"), ("", "明细"), ("本省", "一览表")))
    return begin + name + end


def misspelt(name: str, chance: random.Random) -> str:
    """A character left out, doubled or another one."""
    at = chance.randrange(1, len(name) - 1)
    return chance.choice(
        (name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], f"{name[:at]}之{name[at:]}")
    )


def renamed(name: str, chance: random.Random) -> str:
    """Another name altogether: only the items tell."""
    del name
    return "".join(chance.sample("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥", 7)) + "台账"


RESOURCE_KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "spelling": spelled, "filler words": padded, "misspelt": misspelt, "renamed": renamed,
}  # fmt: skip


def aliased(name: str, chance: random.Random) -> str:
    """The same system as its users call it."""
    thing = object_of(name)
    return chance.choice(("{}综合管理平台（二期）", "省级{}信息化系统", "{}一体化平台")).format(
        thing
    )


SYSTEM_KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "alias": aliased,
    "misspelt": misspelt,
}


@dataclass
class PlantedStore:
    """A catalogue and copies of some of its records in other departments; only what a survey reads.

    Attributes:
        truth: Kind → pairs of (original, copy).
        names: Original → its name.
    """

    store: Any
    truth: dict[str, list[tuple[tuple[str, str], tuple[str, str]]]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.form_set = self.store.form_set
        self._extra: dict[str, list[Row]] = {}
        self._chance = random.Random(4)
        departments = sorted(entry.code for entry in self.store.roster())
        resources = self._rows("resource_name", ("resource_name",))
        by_parent: dict[tuple[str, str], list[Row]] = {}
        for row in self._rows("item_name", ("item_name", "item_type", "item_length")):
            by_parent.setdefault((row[1], row[4]), []).append(row)
        long_enough = [r for r in resources if r[5] and len(fold(r[5])) > 5]
        for kind, change in RESOURCE_KINDS.items():
            fits = [r for r in long_enough if len(by_parent.get((r[1], r[3]), ())) > 4]
            for original in self._chance.sample(fits, PLANTED):
                copy = self._plant(
                    "resource_name", kind, original, change(original[5], self._chance), departments
                )
                items = by_parent[original[1], original[3]]
                kept = items[: max(4, len(items) - len(items) // 10)]
                extra = self._extra.setdefault(self._form("item_name"), [])
                extra += [
                    (0, copy[0], copy[0], f"{self._chance.getrandbits(128):032x}", copy[1], *i[5:])
                    for i in kept
                ]
        systems = [r for r in self._rows("system_name", ("system_name", "system_function")) if r[5]]
        for kind, change in SYSTEM_KINDS.items():
            for original in self._chance.sample(systems, PLANTED // 4):
                self._plant(
                    "system_name",
                    f"system {kind}",
                    original,
                    change(original[5], self._chance),
                    departments,
                )

    def _form(self, role: str) -> str:
        return str(self.form_set.by_role(role)[0].id)

    def _rows(self, form_role: str, roles: Sequence[str]) -> list[Row]:
        form, fields = self._form(form_role), [self.form_set.by_role(r)[1].id for r in roles]
        found: list[Row] = []
        while page := self.store.cells(form, fields, found[-1][0] if found else 0, 50_000):
            found += page
        return found

    def _plant(
        self, role: str, kind: str, original: Row, name: str, departments: list[str]
    ) -> tuple[str, str]:
        other = self._chance.choice([d for d in departments if d != original[1]])
        record = f"{self._chance.getrandbits(128):032x}"
        row = (0, other, other, record, None, name, *original[6:])
        self._extra.setdefault(self._form(role), []).append(row)
        self.truth.setdefault(kind, []).append(((original[1], original[3]), (other, record)))
        self.names[original[1], original[3]] = str(original[5])
        return other, record

    def cells(
        self, form: str, fields: Sequence[str], after: int = 0, limit: int = 20_000
    ) -> list[Row]:
        """Return the catalogue's rows, and after them the planted ones."""
        found: list[Row] = self.store.cells(form, fields, after, limit) if after < 1 << 60 else []
        if found or after >= 1 << 60:
            return found
        return [((1 << 60) + n, *row[1:]) for n, row in enumerate(self._extra.get(form, ()))]


def object_of(name: str) -> str:
    """Return what a synthetic system is about."""
    bare = name.removeprefix(TEXTS.province)
    for pattern in [*TEXTS.system_names, *TEXTS.system_aliases]:
        shape = re.escape(pattern.replace("{province}", "")).replace(re.escape("{object}"), "(.+)")
        found = re.fullmatch(shape + "(（.*）)?", bare)
        if found:
            return found[1]
    return bare


def matter_of(name: str) -> str:
    """Return what a synthetic resource is about, whatever its scope: such two have their items from one list."""
    key = re.sub(r"\d+$", "", fold(name))
    scope = next((s for s in SCOPES if key.startswith(s)), "")
    return key.removeprefix(scope)


# -- measuring ---------------------------------------------------------------------------------------------------------


def survey(store: Any) -> tuple[Overlaps, dict[str, float]]:
    """Return what is found, and the seconds of reading and comparing, on the clock and of the processor."""
    asked, clocks = Survey(store.form_set), [(time.perf_counter(), time.process_time())]
    for _ in asked.parts(store):
        pass
    clocks.append((time.perf_counter(), time.process_time()))
    found = asked.compare()
    clocks.append((time.perf_counter(), time.process_time()))
    (began, busy), (read, busy_read), (end, busy_end) = clocks
    return found, {
        "read": read - began,
        "compare": end - read,
        "together": end - began,
        "busy": busy_end - busy,
        "busy_read": busy_read - busy,
    }


def measure(catalogue: Path) -> None:
    """Search a catalogue in this process and write what it took."""
    with closing(SERVICES.open_catalogue(catalogue)) as store:
        overlaps, taken = survey(store)
    taken |= {
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "resources": len(overlaps.resources),
        "items": len(overlaps.items),
        "differing": sum(i.differs for i in overlaps.items),
        "systems": len(overlaps.systems),
    }
    print(json.dumps(taken))


def in_a_process(catalogue: Path) -> dict[str, float]:
    """Measure in a process of its own, so that the peak is its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", str(catalogue)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def floor_of(catalogue: Path) -> float:
    """Return the processor's seconds for reading the same columns with bare SQLite."""
    form_set = SERVICES.form_set()
    begun = time.process_time()
    with closing(sqlite3.connect(catalogue)) as bare:
        for roles in (
            ("resource_name",),
            ("item_name", "item_type", "item_length"),
            ("system_name", "system_function"),
        ):
            form = form_set.by_role(roles[0])[0]
            fields = ", ".join(f'"{form_set.by_role(r)[1].id}"' for r in roles)
            parent = "parent_id" if form.parent else "NULL"
            head = f"row_key, department_code, unit_code, id, {parent}, {fields}"
            for _ in bare.execute(f"SELECT {head} FROM {form.id} ORDER BY row_key"):
                pass
    return time.process_time() - begun


def peer_of(catalogue: Path, sample: int = 200) -> float:
    """Return the processor's seconds for every name against every other, reckoned from some of them."""
    with closing(SERVICES.open_catalogue(catalogue)) as store:
        names = sorted(
            {fold(n) for n in store.titles(store.form_set.by_role("resource_name")[0].id).values()}
        )
    begun = time.process_time()
    for name in random.Random(1).sample(names, sample):
        process.extract(name, names, scorer=fuzz.ratio, score_cutoff=80, limit=None)
    return (time.process_time() - begun) * len(names) / sample / 2


def recall(catalogue: Path) -> Iterator[tuple[str, int, int]]:
    """Yield kind of copy, found, planted; then the share of pairs that are about one thing, resources and systems."""
    with closing(SERVICES.open_catalogue(catalogue)) as store:
        planted = PlantedStore(store)
        overlaps, _taken = survey(planted)
    about: dict[str, dict[tuple[str, str], set[int]]] = {}
    for kind in ("resources", "systems"):
        places = about.setdefault(kind, {})
        for number, group in enumerate(overlaps.groups(kind)):
            for member in group.members:
                places.setdefault(member.at, set()).add(number)
    copies = {copy: original for pairs in planted.truth.values() for original, copy in pairs}
    names = {m.at: m.name for kind in about for g in overlaps.groups(kind) for m in g.members}
    for kind, pairs in planted.truth.items():
        of = "systems" if kind.startswith("system") else "resources"
        places, key = about[of], object_of if of == "systems" else matter_of
        beside = twin = 0
        for original, copy in pairs:
            mine = places.get(copy, set())
            beside += bool(mine & places.get(original, set()))
            others = (m.at for n in mine for m in overlaps.groups(of)[n].members if m.at != copy)
            twin += any(key(names[at]) == key(planted.names[original]) for at in others)
        yield f"planted, {kind}: found beside the original", beside, len(pairs)
        yield "… or beside another that is about the same", twin, len(pairs)
    for kind, key in (("resources", matter_of), ("systems", object_of)):
        for least in (0, 80):
            true, every = precision(overlaps.groups(kind), names, copies, key, least)
            yield f"precision of {kind}, score ≥ {least}", true, every


def precision(
    groups: Sequence[Overlap],
    names: dict[tuple[str, str], str],
    copies: dict[tuple[str, str], tuple[str, str]],
    key: Callable[[str], str],
    least: int,
) -> tuple[int, int]:
    """Return how many groups are about one thing in most pairs of their holders, and how many there are."""
    true = every = 0
    for group in groups:
        if group.score < least:
            continue
        pairs = good = 0
        for one, other in combinations(group.members[:20], 2):
            if one.holder != other.holder:
                pairs += 1
                ends = [copies.get(m.at, m.at) for m in (one, other)]
                good += ends[0] == ends[1] or len({key(names.get(e, "")) for e in ends}) == 1
        every += 1
        true += good * 2 > pairs
    return true, every


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
        return
    departments = int(sys.argv[1]) if len(sys.argv) > 1 else DEPARTMENTS
    with tempfile.TemporaryDirectory(prefix="census-duplicates-") as name:
        kept = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(name)
        catalogue = made(kept / str(departments), departments)
        taken = in_a_process(catalogue)
        print(f"{departments} departments")
        for label, figure in (
            ("processor time together, s (goal < 60)", taken["busy"]),
            ("… of it reading", taken["busy_read"]),
            ("… floor: bare SQLite reads the same columns", floor_of(catalogue)),
            ("on the clock, s", taken["together"]),
            ("peer: every name with every name, reckoned, s", peer_of(catalogue)),
            ("memory at its peak, MiB (goal < 1024)", taken["peak"]),
            ("groups of resources", taken["resources"]),
            ("items of several departments", taken["items"]),
            ("… defined differently", taken["differing"]),
            ("groups of systems", taken["systems"]),
        ):
            print(f"{label:<62}{figure:10.1f}")
        for label, found, every in recall(catalogue):
            print(f"{label:<62}{found:10}{every:10}{100 * found / max(every, 1):8.1f} %")


if __name__ == "__main__":
    main()
