"""What the commands get from `bootstrap`, which they do not import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from census_app.services.ports import Workshop

if TYPE_CHECKING:
    from census_app.services.demonstrating import DemoOutcome, Tell
    from census_app.services.progress import Progress


class Tools(Workshop, Protocol):
    """Making and opening files, the window, the demonstration."""

    def open_window(self, file: Path | None, language: str) -> int:
        """Open the window and return the exit code when it is closed."""

    def run_demo(self, into: Path, language: str, tell: Tell, progress: Progress) -> DemoOutcome:
        """Play the demonstration campaign into a folder."""
