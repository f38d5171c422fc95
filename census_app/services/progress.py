"""Progress of long work, shared by the window and the command line; knows neither."""

from __future__ import annotations

from collections.abc import Callable

from census_app.errors import UserError


class Cancelled(UserError):
    """The person stopped the work; nothing was changed."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__("CANCELLED")


class Progress:
    """Tells how far a piece of work is, and whether it should stop.

    Args:
        on_step: Called with done, total and a word on what is being done.
        is_cancelled: Asked between pieces of work.
    """

    def __init__(
        self,
        on_step: Callable[[int, int, str], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._on_step = on_step
        self._is_cancelled = is_cancelled

    def step(self, done: int, total: int, text: str = "") -> None:
        """Report, and stop here when the person asked for it.

        Raises:
            Cancelled: The work shall stop.
        """
        self.raise_if_cancelled()
        if self._on_step is not None:
            self._on_step(done, total, text)

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        return self._is_cancelled is not None and self._is_cancelled()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when the person asked to stop."""
        if self.cancelled:
            raise Cancelled
