"""Put `forms/`, `resources/` and the manual into the wheel, under `census_app/_data`, where `census_app.assets` looks.

A hook instead of a fixed table, because an installation in place (`pip install --editable`) must not copy them: it
would then show old forms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the data folders to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling which folders go where."""
        if version != "standard":
            return
        root = Path(self.root)
        for folder in ("forms", "resources"):
            build_data["force_include"][str(root / folder)] = f"census_app/_data/{folder}"
        build_data["force_include"][str(root / "docs" / "manual")] = "census_app/_data/manual"
