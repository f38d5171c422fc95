"""A store for work that is done beside the database thread: each call is made over there and waited for here.

A printed catalogue takes minutes of setting and seconds of reading. On the database thread it would keep every page of
the window waiting; this way only the reading is done there, slice by slice, and nobody who cancels waits for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from census_app.services.progress import Progress
from census_app.ui.shell.tasks import TaskRunner

SLICE: Final = 200
"""Of what a store yields one by one, so many are fetched at once."""


class FarStore:
    """Stands for a store; an attribute that can be called runs on the database thread.

    Args:
        store: A workspace or a catalogue.
        progress: Of the work that asks; it ends with `Cancelled` as soon as somebody wants it to.
    """

    def __init__(self, store: Any, runner: TaskRunner, progress: Progress) -> None:
        self._store, self._runner, self._progress = store, runner, progress

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._far(found) if callable(found) else found

    def _far(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def far(*given: Any, **named: Any) -> Any:
            result = self._runner.from_database(lambda: call(*given, **named), self._progress)
            return self._fetched(result) if isinstance(result, Iterator) else result

        return far

    def _fetched(self, found: Iterator[Any]) -> Iterator[Any]:
        while some := self._runner.from_database(
            lambda: list(islice(found, SLICE)), self._progress
        ):
            yield from some
