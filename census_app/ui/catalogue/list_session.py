"""Where the list of the catalogue calls services: keys, rows in words, counts, and the list as a file."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from census_app.services.listing import ListWritten, write_list
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.services.progress import Progress
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell.tasks import Task

FIRST_KEYS: Final = 400
"""Of a list on a server, the keys that are shown before all others are read."""


class ListDesk:
    """What a list asks of an open catalogue; everything runs on the database thread.

    Args:
        session: The open catalogue.
    """

    def __init__(self, session: CatalogueSession) -> None:
        self._session = session

    def keys(
        self, query: ListQuery, owner: QObject, done: Callable[[array[int], int], None]
    ) -> None:
        """Find the keys of a list, and how many they are.

        A long list on a server comes in two parts, so that the first page need not wait for half a million keys; the
        second has them all.
        """

        def everything(_first: object = None) -> None:
            self._session.ask(
                lambda store, _p: store.keys(query), owner, lambda keys: done(keys, len(keys))
            )

        if not self._session.store.shared:
            everything()
            return

        def first(store: CatalogueStore, _progress: Progress) -> tuple[array[int], int]:
            keys = store.keys(query, FIRST_KEYS + 1)
            total = store.count(query) if len(keys) > FIRST_KEYS else len(keys)
            return keys, total

        def shown(found: tuple[array[int], int]) -> None:
            done(*found)
            if found[1] > len(found[0]):
                everything()

        self._session.ask(first, owner, shown)

    def rows(
        self,
        form: str,
        keys: Sequence[int],
        columns: Sequence[str],
        owner: QObject,
        done: Callable[[list[TableRow]], None],
    ) -> None:
        """Read rows in words, each with its department."""
        self._session.ask(
            lambda store, _p: self._session.rows_of(store, form, keys, columns), owner, done
        )

    def tallies(
        self,
        form: str,
        fields: Sequence[str],
        owner: QObject,
        done: Callable[[dict[str, dict[str, int]]], None],
    ) -> None:
        """Count the answers of some fields of a form, a field at a time; other questions come between."""
        found: dict[str, dict[str, int]] = {}

        def count_next() -> None:
            missing = [name for name in fields if name not in found]
            if not missing:
                done(found)
                return
            name = missing[0]

            def counted(tally: list[tuple[str, int]]) -> None:
                found[name] = dict(tally)
                count_next()

            self._session.ask(
                lambda store, _p: store.tally(ListQuery(form=form), name), owner, counted
            )

        count_next()

    def tally(
        self,
        query: ListQuery,
        field: str,
        owner: QObject,
        done: Callable[[list[tuple[str, int]]], None],
    ) -> None:
        """Count the answers of a field among what a query finds, its filter on the field apart."""
        self._session.ask(lambda store, _p: store.tally(query, field), owner, done)

    def write_list(
        self,
        query: ListQuery,
        columns: Sequence[str],
        path: Path,
        owner: QObject,
        done: Callable[[ListWritten], None],
        title: str,
    ) -> Task:
        """Write what a query finds to a file."""
        context = self._session.context
        return self._session.ask(
            lambda store, progress: write_list(store, query, path, context, columns, progress),
            owner,
            done,
            title=title,
        )
