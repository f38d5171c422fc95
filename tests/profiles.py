"""How many examples a run tries: enough for every change, or all that one can wait for before a release."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "census")


def load() -> None:
    """Register both profiles and load the one the environment names."""
    settings.register_profile(
        "census",
        deadline=None,  # two cores shared by several runs: a time limit would measure the neighbour
        database=None,  # a failing example belongs into a test, not into a hidden folder
        max_examples=60,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    settings.register_profile("thorough", parent=settings.get_profile("census"), max_examples=1000)
    settings.load_profile(PROFILE)


def thorough() -> bool:
    """Say whether this run may take hours: before a release, not for every change (ADR 0138)."""
    return PROFILE == "thorough"
