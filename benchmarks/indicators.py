"""The indicators of a whole province: counted the first time, kept, after one department's new package, broken down.

python benchmarks/indicators.py                     a province of 50,000 resources and 500,000 items, made first
python benchmarks/indicators.py --scale 0.1         a tenth of it
python benchmarks/indicators.py CATALOGUE           one that is there already

Beside each stands what bare counts of the same tables take in the same file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from census_app import bootstrap
from census_app.services.breaking_down import break_down
from census_app.services.measuring import keys_behind, measure
from census_app.services.populating import populate
from census_app.services.ports import CatalogueStore
from census_app.services.synthetic_province import Wanted
from census_app.storage.catalogue import Catalogue
from census_app.storage.statistics import Counter

DAY = "2018-06-30"


def made(folder: Path, scale: float) -> Path:
    """Make a province and receive its packages."""
    wanted = Wanted(
        departments=max(2, round(100 * scale)),
        resources=round(50_000 * scale),
        items=round(500_000 * scale),
        systems=max(10, round(3_000 * scale)),
        day=dt.date(2018, 1, 1),
    )
    return populate(folder, wanted, bootstrap.PracticeServices(), take_in=True).catalogue


def timed(name: str, work: Callable[[], object], times: int = 3) -> None:
    """Print the shortest of some runs, time of the processor: other people work on the machine as well."""
    best = min(_seconds(work) for _run in range(times))
    print(f"{name:<58}{best * 1000:>10,.1f} ms")


def _seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def run(store: CatalogueStore) -> None:
    """Print the table."""
    assert isinstance(store, Catalogue)  # its counter is looked into
    forms = store.form_set.forms
    with store.reading() as connection:

        def bare() -> None:
            for form in forms:
                connection.exec_driver_sql(
                    f'SELECT department_code, count(*) FROM "{form.id}" GROUP BY 1'
                ).all()

        rows = {
            form.id: connection.exec_driver_sql(f'SELECT count(*) FROM "{form.id}"').scalar_one()
            for form in forms
        }
        print({name: number for name, number in rows.items() if number})
        timed("bare: rows of every form by department", bare)

    def opened() -> None:
        store._counter = Counter(store.form_set)
        store.counts(DAY)

    def first() -> None:
        with store._database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM counted")
        opened()

    timed("counts, the first time ever", first)
    timed("counts, the first time after opening", opened)
    timed("counts, kept", lambda: store.counts(DAY))
    days = iter(f"2019-01-{day:02}" for day in range(1, 29))
    timed("counts of another day", lambda: store.counts(next(days)))

    def one_department_is_another() -> None:
        for kept in store._counter._kept.values():
            kept.pop(next(iter(kept)), None)
        store.counts(DAY)

    timed("counts, after one department's new package", one_department_is_another)
    timed("the board: with roster, ledger and lights", lambda: measure(store, DAY))
    board = measure(store, DAY)
    for by in ("department", "city", "theme", "class", "information_system.networks"):
        timed(f"broken down by {by}", lambda by=by: break_down(store, board, by, "zh"))
    for indicator in ("zombies_unjudged", "resources_shareable", "items_shareable"):
        timed(f"keys behind {indicator}", lambda i=indicator: keys_behind(store, board, i))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", nargs="?", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.catalogue or made(Path(folder), given.scale)
        store = bootstrap.open_catalogue(path)
        try:
            run(store)
        finally:
            store.close()


if __name__ == "__main__":
    main()
