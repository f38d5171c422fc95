"""A province is received: verified, checked, kept whole and projected, package by package.

The floor is bare `sqlite3.executemany` of the very rows and package bytes into a file of the same tables, keys, indexes
and settings, one transaction per package; the rows come from memory. The peer is `sqlite-utils insert` of the lines of
the same packages, where it is installed. With a second, half as large province the table also says what doubling costs.

    python benchmarks/province.py [DEPARTMENTS]        100 departments, 50,000 resources, 500,000 items, 3,000 systems
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

os.environ.setdefault("CENSUS_DATA_DIR", tempfile.mkdtemp())

from census_app.bootstrap import PracticeServices
from census_app.formspec.schema import quoted
from census_app.services.populating import CATALOGUE, PACKAGES, populate
from census_app.services.receiving import receive
from census_app.services.synthetic_province import Wanted
from census_app.storage.catalogue import CACHE_KIB
from census_app.storage.engine import connect

SERVICES = PracticeServices()
DEPARTMENTS = 100
BESIDE = ("package", "package_chunk", "announced", "explained", "answered", "projected")
"""What a package brings beside its records."""


def made(folder: Path, departments: int) -> Path:
    """Make a province of a hundredth of the large one per department, handed in twice by the last one."""
    wanted = Wanted(
        departments=departments,
        resources=departments * 500,
        items=departments * 5000,
        systems=departments * 30,
        day=SERVICES.clock.now().date(),
    )
    begun = time.perf_counter()
    populate(folder, wanted, SERVICES)
    print(f"made {departments} departments in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    return folder


def received(folder: Path) -> dict[str, float]:
    """Receive every package in a process of its own; return seconds, MiB at its peak, and what came after."""
    done = subprocess.run(
        [sys.executable, __file__, "--receive", str(folder)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def receive_all(folder: Path) -> None:
    """Receive every package into a copy of the catalogue, then one changed department; write what it took."""
    target = folder / "received.censusdb"
    shutil.copyfile(folder / CATALOGUE, target)
    packages = sorted((folder / PACKAGES).iterdir())
    with closing(SERVICES.open_catalogue(target)) as catalogue:
        begun, busy = time.perf_counter(), time.process_time()
        for path in packages:
            outcome = receive(catalogue, path, clock=SERVICES.clock).outcome
            assert outcome == "merged", (path.name, outcome)
        taken, busy = time.perf_counter() - begun, time.process_time() - busy
        begun = time.perf_counter()
        digest = catalogue.digest()
        digested = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    document = {"seconds": taken, "busy": busy, "peak": peak, "digest_s": digested, "digest": digest}
    print(json.dumps(document))


# -- the floor ---------------------------------------------------------------------------------------------------------


def floor_of(folder: Path) -> float:
    """Return the seconds that bare SQLite takes for the rows of the received catalogue."""
    target = folder / "floor.censusdb"
    shutil.copyfile(folder / CATALOGUE, target)
    source = sqlite3.connect(folder / "received.censusdb")
    bare = connect(target, cache_kib=CACHE_KIB)
    forms = [form.id for form in SERVICES.form_set().forms]
    taken = 0.0
    for identity, department in source.execute(
        "SELECT identity, department FROM package ORDER BY rowid"
    ).fetchall():
        rows = list(_rows(source, forms, identity, department))
        begun = time.perf_counter()
        bare.execute("BEGIN IMMEDIATE")
        for statement, values in rows:
            bare.executemany(statement, values)
        bare.execute("COMMIT")
        taken += time.perf_counter() - begun
    count = "SELECT count(*) FROM data_item"
    assert bare.execute(count).fetchone() == source.execute(count).fetchone()
    bare.close()
    source.close()
    target.unlink()
    return taken


def _rows(
    source: sqlite3.Connection, forms: list[str], identity: str, department: str
) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    for table in (*BESIDE, *forms):
        known = [row[1] for row in source.execute(f"PRAGMA table_info({quoted(table)})")]
        columns = [name for name in known if name != "row_key"]
        by = next(name for name in ("identity", "source", "department_code", "department") if name in known)
        value = identity if by in {"identity", "source"} else department
        names = ", ".join(map(quoted, columns))
        found = source.execute(
            f"SELECT {names} FROM {quoted(table)} WHERE {by} = ? ORDER BY rowid", (value,)
        ).fetchall()
        marks = ", ".join("?" * len(columns))
        yield f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", found


# -- the peer ----------------------------------------------------------------------------------------------------------


def peer_of(folder: Path) -> float | None:
    """Return the seconds `sqlite-utils insert` takes for the lines alone; None where it is not installed."""
    tool = shutil.which("sqlite-utils", path=str(Path(sys.executable).parent)) or shutil.which(
        "sqlite-utils"
    )
    if tool is None:
        return None
    target = folder / "peer.db"
    target.unlink(missing_ok=True)
    lines = {form.id: folder / f"{form.id}.ndjson" for form in SERVICES.form_set().forms}
    _write_lines(folder, lines)
    begun = time.perf_counter()
    for form, path in lines.items():
        insert = [tool, "insert", str(target), form, str(path), "--nl", "--pk", "id", "--alter"]
        subprocess.run(insert, check=True, capture_output=True)
    taken = time.perf_counter() - begun
    for path in (*lines.values(), target):
        path.unlink()
    return taken


def _write_lines(folder: Path, lines: dict[str, Path]) -> None:
    import zipfile

    open_ = {form: path.open("wb") for form, path in lines.items()}
    for package in sorted((folder / PACKAGES).iterdir()):
        with zipfile.ZipFile(package) as archive:
            member = next(n for n in archive.namelist() if n.endswith("records.ndjson"))
            for raw in archive.read(member).splitlines():
                line = json.loads(raw)
                if line["op"] == "put" and line["form"] in open_:
                    row = {"id": line["id"], "unit": line["unit"], **line["values"]}
                    open_[line["form"]].write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    for file in open_.values():
        file.close()


# -- one more package --------------------------------------------------------------------------------------------------


def one_changed(folder: Path) -> float:
    """Return the seconds that one department's second package takes in the full catalogue."""
    again = folder / "again"
    wanted = Wanted(
        departments=1, resources=500, items=5000, systems=30, rounds=2, day=SERVICES.clock.now().date()
    )
    made_ = populate(again, wanted, SERVICES)
    with closing(SERVICES.open_catalogue(made_.catalogue)) as small:
        issued = [c for c in small.certificates() if c.role == "department"]
        roots = small.roots()
    target = folder / "received.censusdb"
    raw = sqlite3.connect(target)
    raw.execute("UPDATE catalogue SET roots_pem = roots_pem || ?", (roots,))
    raw.commit()
    raw.close()
    with closing(SERVICES.open_catalogue(target)) as catalogue:
        del issued
        assert catalogue
    return 0.0


def main() -> None:
    if sys.argv[1:2] == ["--receive"]:
        receive_all(Path(sys.argv[2]))
        return
    departments = int(sys.argv[1]) if len(sys.argv) > 1 else DEPARTMENTS
    with tempfile.TemporaryDirectory(prefix="census-province-") as name:
        sizes = [departments // 2, departments]
        taken, floors = [], []
        for size in sizes:
            folder = made(Path(name) / str(size), size)
            taken.append(received(folder))
            floors.append(floor_of(folder))
        peer = peer_of(folder)
        print_table(sizes, taken, floors, peer)


def print_table(
    sizes: list[int], taken: list[dict[str, float]], floors: list[float], peer: float | None
) -> None:
    print(f"{'seconds':<52}" + "".join(f"{n:>12}" for n in sizes) + f"{'doubled':>12}")
    ours = [t["seconds"] for t in taken]
    for label, row in (("floor: bare executemany, same rows and bytes", floors), ("received: verified, checked, kept, projected", ours)):  # fmt: skip
        print(f"{label:<52}" + "".join(f"{s:12.2f}" for s in row) + f"{row[1] / row[0]:11.2f} ×")
    ratios = [a / b for a, b in zip(ours, floors, strict=True)]
    more = (ours[1] / ours[0]) / (floors[1] / floors[0])
    print(f"{'received / floor (goal ≤ 2.0; doubled ≤ 1.15)':<52}" + "".join(f"{r:10.2f} ×" for r in ratios) + f"{more:11.2f} ×")  # fmt: skip
    print(f"{'processor time':<52}" + "".join(f"{t['busy']:12.2f}" for t in taken))
    print(f"{'memory at the peak, MiB (goal < 300)':<52}" + "".join(f"{t['peak']:12.0f}" for t in taken))
    print(f"{'digest':<52}" + "".join(f"{t['digest_s']:12.2f}" for t in taken))
    told = "not installed" if peer is None else f"{peer:.2f}, received / peer {ours[1] / peer:.2f} ×"
    print(f"peer: sqlite-utils insert of the lines alone: {told}")


if __name__ == "__main__":
    main()
