"""Arithmetic of the figures (domain §6): ratios, sums, the three lights, and the codes they are computed with.

Zero denominators print as a dash; ratios have one decimal, rounded half-up; sums of decimals are taken in integer
ten-thousandths. What is counted stands in `domain.indicators`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from census_app.domain.decimals import spell

NOTHING: Final = "—"
"""What a ratio of nothing prints as: never 0 % and never 100 %."""

# Codes of the form set's lists that are computed with.
CLASSIFIED: Final = "classified"
INTEGRATING: Final = ("merge", "clear")
BUILT: Final = "built"

QUANTITIES: Final = (
    "size_total",
    "records_total",
    "size_shared",
    "records_shared",
    "size_open",
    "records_open",
)
"""The six census quantities, by role: sums in ten-thousandths of G and of 万; unknown answers are counted apart."""

UNKNOWN_SUFFIX: Final = "_unknown"


def percent(part: int, whole: int) -> str:
    """Return a ratio as a percentage with one decimal, half-up; a dash when there is no whole."""
    if not whole:
        return NOTHING
    ratio = Decimal(part) * 100 / Decimal(whole)
    return f"{ratio.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}%"


def sum_text(ten_thousandths: int) -> str:
    """Return a sum of decimals as text, exactly."""
    return spell(Decimal(ten_thousandths).scaleb(-4))


def lights(counts: Mapping[str, int]) -> tuple[bool | None, bool | None, bool]:
    """Return 网络通, 数据通, 应用通 of a department (S-31), None where there is nothing to judge by.

    网络通: all its systems in use are on the network they belong on; without such systems, nothing. 数据通: all that
    must be connected are, and a resource has been shared with its data; without such systems, nothing. 应用通: at
    least one joint application is running.
    """
    connected = counts["connected"] == counts["must_connect"]
    return (
        counts["off_network"] == 0 if counts["network_due"] else None,
        connected and counts["resources_shared_already"] > 0 if counts["must_connect"] else None,
        counts["joint_running"] > 0,
    )
