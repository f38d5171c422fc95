"""What a coordinator opens in a full province: the board, a list, where a value comes from, what a round changed.

    python benchmarks/province_pages.py FOLDER       a folder that `province.py 100 FOLDER` left

Both rounds of every department are received first. Each line is CPU time, the best of some runs: what takes more than
0.3 s on a page that is opened often, or 2 s on one that compares, is marked. Beside them stands what bare SQLite takes
to count the rows of every form by department.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import province

from census_app.domain.moments import day_of
from census_app.services.as_of import as_of
from census_app.services.audit_book import AuditList, AuditRow
from census_app.services.audit_columns import book_of
from census_app.services.auditing import AuditSurvey
from census_app.services.breaking_down import break_down
from census_app.services.differing import PREVIOUS, compare
from census_app.services.lookup import stamp
from census_app.services.measuring import measure
from census_app.services.populating import PACKAGES
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.services.provenance import provenance
from census_app.services.receiving import rebuild, receive_many
from census_app.services.trends import trend

CLOCK = province.SERVICES.clock
ITEM, RESOURCE = "data_item", "information_resource"


def timed(name: str, goal: float, work: Callable[[], object], times: int = 3) -> None:
    """Print the CPU time of the shortest of some runs."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    told = f"   goal < {goal:g} s{'' if min(found) < goal else '  MISSED'}" if goal else ""
    print(f"{name:<62}{min(found) * 1000:>10,.0f} ms{told}", flush=True)


def both_rounds(folder: Path) -> Path:
    """Return a catalogue that holds both rounds of every department."""
    whole = folder / "both_rounds.censusdb"
    if not whole.exists():
        part = whole.with_suffix(".part")
        shutil.copyfile(folder / "received.censusdb", part)
        with closing(province.SERVICES.open_catalogue(part)) as store:
            later = sorted((folder / PACKAGES).glob("*-000002.census"))
            for done in receive_many(store, later, clock=CLOCK, helped=province.helper):
                assert done.outcome == "merged", (done.path.name, done.outcome)
        part.rename(whole)
    return whole


TODAY = day_of(stamp(CLOCK.now()))


def pages(path: Path) -> None:
    """Print the table."""
    with closing(province.SERVICES.open_catalogue(path)) as store:
        timed("floor: rows of every form by department", 0, lambda: _bare(store))
        timed("board, counted for the first time ever", 0, lambda: measure(store, TODAY), 1)
        timed("board again", 0.3, lambda: measure(store, TODAY))
        board = measure(store, TODAY)
        for by in ("department", "city", "theme", "class"):
            break_down(store, board, by, "zh")
    timed("opening, which looks through the whole file", 0,
          lambda: province.SERVICES.open_catalogue(path).close())  # fmt: skip
    with closing(province.SERVICES.open_catalogue(path)) as store:
        timed("board, the first after opening", 0.3, lambda: measure(store, TODAY), 1)
        for by in ("department", "city", "theme", "class"):
            timed(
                f"indicators by {by}, after opening", 0.3,
                lambda by=by: break_down(store, board, by, "zh"), 1,
            )  # fmt: skip
        timed("roster of the overview", 0.3, store.roster)
        timed("list of items: all keys", 0.3, lambda: store.keys(ListQuery(ITEM)))
        word = ListQuery(ITEM, search="编号")
        timed("list of items: two characters, all that is found", 0.15, lambda: store.keys(word))
        timed("list of items: the first page of it", 0.15, lambda: store.keys(word, 200))
        keys = store.keys(ListQuery(ITEM))[:200]
        names = [f.id for f in store.form_set.form(ITEM).stored_fields]
        timed("list of items: a page of 200 rows", 0.05, lambda: store.rows(ITEM, keys, names))
        _histories(store)
        timed("digest", 2, store.digest)
    _rebuilt(path)


def _bare(store: CatalogueStore) -> None:
    with store.reading() as connection:  # type: ignore[attr-defined]  # looked into
        for form in store.form_set.forms:
            connection.exec_driver_sql(
                f'SELECT department_code, count(*) FROM "{form.id}" GROUP BY 1'
            ).all()


def _histories(store: CatalogueStore) -> None:
    row = store.rows(RESOURCE, store.keys(ListQuery(RESOURCE))[:1], [])[0]
    one = row.department

    def origin() -> object:
        return provenance(store, one, RESOURCE, row.id, clock=CLOCK)

    def stood(department: str) -> None:
        with as_of(store, TODAY, clock=CLOCK, department=department):
            pass

    timed("provenance of one record", 2, origin)
    timed("differences of one department's two rounds", 2,
          lambda: compare(store, PREVIOUS, department=one, clock=CLOCK), 1)  # fmt: skip
    timed("as it stood, one department", 2, lambda: stood(one), 1)
    timed("as it stood, the province", 0, lambda: stood(""), 1)
    timed("differences of the whole province", 0,
          lambda: compare(store, PREVIOUS, clock=CLOCK), 1)  # fmt: skip
    timed("trend, a point", 0, lambda: trend(store, [TODAY], clock=CLOCK), 1)
    timed("audit: systems read and laid beside a list of 3,000", 2, lambda: _audited(store), 1)


def _audited(store: CatalogueStore) -> None:
    """Lay a list of all systems of the catalogue beside it."""
    form = store.form_set.form("information_system")
    keys = store.keys(ListQuery(form.id))
    rows = tuple(
        AuditRow(number, row.department, {form.title: str(row.values.get(form.title, ""))})
        for number, row in enumerate(store.rows(form.id, keys, [form.title]), 1)
    )
    audit = AuditList("a" * 64, form.id, "", (form.title,), rows)
    survey = AuditSurvey(store.form_set, book_of(store), [audit], "zh")
    for _ in survey.parts(store):
        pass
    survey.compare(audit)


def _rebuilt(path: Path) -> None:
    again = path.with_name("rebuilt.censusdb")
    shutil.copyfile(path, again)
    with closing(province.SERVICES.open_catalogue(again)) as store:
        known = store.digest()
        timed("rebuild from the packages", 0, lambda: rebuild(store, clock=CLOCK), 1)
        assert store.digest() == known
    again.unlink()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what province.py left, such as FOLDER/100")
    pages(both_rounds(parser.parse_args().folder))


if __name__ == "__main__":
    main()
