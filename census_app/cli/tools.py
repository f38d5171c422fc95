"""What the commands get from `bootstrap`, which they do not import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from census_app.services.ports import Workshop, WorkspaceStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from census_app.services.demonstrating import DemoOutcome, Tell
    from census_app.services.preparing import Ground, Helper
    from census_app.services.progress import Progress


class Tools(Workshop, Protocol):
    """Making and opening files, the window, the demonstration."""

    def open_window(self, file: Path | None, language: str) -> int:
        """Open the window and return the exit code when it is closed."""

    def make_practice(self, path: Path, progress: Progress) -> WorkspaceStore:
        """Make a practice file with planted mistakes."""

    def discard_practice(self, path: Path) -> None:
        """Delete a practice file; a real one is refused."""

    def helped(self, ground: Ground, paths: Sequence[Path]) -> Helper:
        """Start the processes that prepare packages while this one merges."""

    def practice(self) -> Workshop:
        """Return what makes and opens files of a practice census, which no real catalogue takes."""

    def run_demo(self, into: Path, language: str, tell: Tell, progress: Progress) -> DemoOutcome:
        """Play the demonstration campaign into a folder."""
