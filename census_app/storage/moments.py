"""A catalogue as it stood at a moment: a private copy with the packages, decisions and bundles of up to then.

A department whose chain was then what the form tables stand for now is copied; any other one begins empty and is merged
from its packages. The bytes of packages are read from the catalogue it was made of. Not responsible for that merging:
see `services.as_of`.

A whole catalogue in a file is copied by its pages, and what was not there yet is taken out; one department, or what
lies on a server, is copied row by row. Both come to the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from census_app.errors import BugError
from census_app.formspec.schema import quoted
from census_app.storage import catalogue, fixed_tables, opening, overlays, packages, projection
from census_app.storage.catalogue import Catalogue
from census_app.storage.copying import insert, pages
from census_app.storage.engine import Database, Opened
from census_app.storage.form_tables import catalogue_tables
from census_app.storage.migrations import CATALOGUE_HISTORY

_DATED: Final = {
    fixed_tables.catalogue_bundle: "received_at",
    fixed_tables.package: "received_at",
    fixed_tables.decision: "created",
}
"""Table → the column that says since when a row is here."""

_TIMELESS: Final = (
    fixed_tables.catalogue,
    fixed_tables.unit,
    fixed_tables.catalogue_form_file,
)
_OF_A_DEPARTMENT: Final = (
    fixed_tables.projected,
    fixed_tables.announced,
    fixed_tables.explained,
    fixed_tables.answered,
    fixed_tables.vanished,
    fixed_tables.overlay,
)

_COPIED_PACKAGES: Final = 1024**3
"""Bytes of packages up to which the pages of a file are copied: they are private and on the disk for a while."""


class PastCatalogue(Catalogue):
    """A catalogue as it stood; satisfies `services.ports.CatalogueStore` and is gone when it is closed.

    Args:
        source: The catalogue it was made of, which stays open meanwhile.
    """

    def __init__(self, database: Opened, source: Catalogue) -> None:
        super().__init__(database, source.form_set)
        self._source = source

    def package_bytes(self, identity: str) -> Iterator[bytes]:
        """Yield a package's bytes from the catalogue this one was made of."""
        return self._source.package_bytes(identity)

    def _keep_counts(self) -> None:
        """Drop them: what was counted here is not asked for again."""
        self._counter.take_fresh()

    def snapshot(self, reason: str) -> Path:
        """Refuse: there is no file.

        Raises:
            BugError: `PAST_SNAPSHOT`.
        """
        raise BugError("PAST_SNAPSHOT", reason=reason)

    def snapshot_if_due(self, reason: str) -> None:
        """Do nothing: there is no file to be kept."""
        del reason

    def close(self) -> None:
        """Throw it away; the lock of the file it was made of is not its own."""
        self._database.close()


def as_it_stood(
    source: Catalogue,
    database: Opened,
    moment: str,
    department: str = "",
    without: Collection[str] = (),
) -> PastCatalogue:
    """Return what a catalogue held at a moment.

    Args:
        database: The one of the catalogue.
        moment: UTC, `YYYY-MM-DDThh:mm:ssZ`; what carries this very second is part of it.
        department: Only its packages and records; empty for all.
        without: Identities of packages that are left out.
    """
    kind = catalogue.kind_of(source.form_set)
    if not department and isinstance(database, Database) and _by_pages(source, moment):

        def prune(connection: Connection) -> None:
            # What stands for a package goes after the package: only the packages that are left say which.
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            _take_out_the_later(connection, moment)
            _leave_out(connection, "", without)
            connection.exec_driver_sql("UPDATE catalogue SET digest = ''")
            _forget_departments(connection, source)

        return PastCatalogue(opening.copy_nameless(database, kind, prune), source)
    with source.reading() as of_now:  # one moment for all tables

        def fill(connection: Connection) -> None:
            for table in _TIMELESS:
                insert(connection, table, pages(source, table))
            for table, column in _DATED.items():
                insert(connection, table, pages(source, table, table.c[column] <= moment))
            known = fixed_tables.certificate
            insert(connection, known, pages(source, known, _certified(moment)))
            _leave_out(connection, department, without)
            connection.exec_driver_sql("UPDATE catalogue SET digest = ''")
            _copy_departments(connection, of_now, source)

        return PastCatalogue(opening.make_nameless(source.path, kind, fill), source)


def _by_pages(source: Catalogue, moment: str) -> bool:
    """Say whether copying the pages is worth it: the packages come along for nothing, other departments are emptied."""
    package = fixed_tables.package
    size = select(func.coalesce(func.sum(package.c.bytes), 0))
    stands = select(func.count(fixed_tables.projected.c.department.distinct()))
    later = stands.join(package, package.c.identity == fixed_tables.projected.c.identity)
    with source.reading() as connection:
        kept, all_ = (int(connection.execute(each).scalar_one()) for each in (size, stands))
        others = int(connection.execute(later.where(package.c.received_at > moment)).scalar_one())
    return kept < _COPIED_PACKAGES and 2 * others <= all_


def _take_out_the_later(connection: Connection, moment: str) -> None:
    """Leave of the tables that are not about records what was there at a moment."""
    certificate = fixed_tables.certificate
    kept = {t.name for t in (*_TIMELESS, *_DATED, *_OF_A_DEPARTMENT, certificate)}
    for name in sorted(CATALOGUE_HISTORY.tables - kept):  # the bytes of packages among them
        connection.exec_driver_sql(f"DELETE FROM {quoted(name)}")
    connection.execute(certificate.delete().where(~_certified(moment)))
    for table, column in _DATED.items():
        connection.execute(table.delete().where(table.c[column] > moment))


def _forget_departments(connection: Connection, source: Catalogue) -> None:
    """Empty the departments whose chain was another one then, and lay on the others what was decided then."""
    same = _unchanged(connection, connection)
    stood = set(connection.exec_driver_sql("SELECT DISTINCT department FROM projected").scalars())
    for code in sorted(stood - set(same)):
        projection.forget(connection, catalogue_tables(source.form_set), code)
    overlays.renew(connection, source.form_set, {}, same)


def _certified(moment: str) -> ColumnElement[bool]:
    """Choose the certificates of the keys of then, and of whose packages were here; a renewed one has the name too."""
    certificate, package = fixed_tables.certificate, fixed_tables.package
    here = select(package.c.department).where(
        package.c.type == "submission", package.c.received_at <= moment
    )
    return or_(
        certificate.c.since <= moment,
        and_(certificate.c.role == "department", certificate.c.department.in_(here)),
    )


def _leave_out(connection: Connection, department: str, without: Collection[str]) -> None:
    if department:
        connection.exec_driver_sql(
            "DELETE FROM package WHERE type = 'submission' AND department <> ?", (department,)
        )
    for identity in without:
        connection.exec_driver_sql("DELETE FROM package WHERE identity = ?", (identity,))


def _copy_departments(connection: Connection, of_now: Connection, source: Catalogue) -> None:
    """Copy the rows of the departments whose projected chain was then what it is now."""
    same = _unchanged(connection, of_now)
    for table in _OF_A_DEPARTMENT:
        insert(connection, table, pages(source, table, table.c.department.in_(same)))
    for form in catalogue_tables(source.form_set).values():
        insert(connection, form, pages(source, form, _of(form, same)))
    # What lies on the copied rows is what is decided today.
    overlays.renew(connection, source.form_set, {}, same)


def _unchanged(connection: Connection, of_now: Connection) -> list[str]:
    """Return the departments whose rows of today stand for the very packages that were their chain then."""
    chains = packages.chains(connection)
    projected: dict[str, list[str]] = {}
    for code, identity in of_now.exec_driver_sql(
        "SELECT department, identity FROM projected ORDER BY department, sequence"
    ):
        projected.setdefault(code, []).append(identity)
    return [
        code
        for code, stood in projected.items()
        if code in chains and chains[code].packages == tuple(stood)
    ]


def _of(form: Table, departments: list[str]) -> ColumnElement[bool]:
    return form.c.department_code.in_(departments)
