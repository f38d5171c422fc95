"""Tell practice from the real census: practice files belong to a campaign of their own, and fit nowhere else."""

from __future__ import annotations

from typing import Final

TRAINING_SUFFIX: Final = "-training"


def training_census(census_id: str) -> str:
    """Return the id of the campaign in which people practise for another."""
    return census_id if is_training(census_id) else census_id + TRAINING_SUFFIX


def is_training(census_id: str) -> bool:
    """Say whether a campaign is for practice only."""
    return census_id.endswith(TRAINING_SUFFIX)
