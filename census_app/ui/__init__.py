"""The window: everything that imports Qt. What a person can do here is a service, and the command line does it too."""

from __future__ import annotations

from census_app.ui.desktop import run_desktop

__all__ = ["run_desktop"]
