"""三数一率 and what stands behind it: names of the raw counts, and the formulas over them (domain §6).

No official counting formula exists; these are the project's. Zero denominators print as a dash; ratios have one
decimal, rounded half-up; sums of decimals are taken in integer ten-thousandths. Not responsible for counting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from census_app.domain.decimals import spell

NOTHING: Final = "—"
"""What a ratio of nothing prints as: never 0 % and never 100 %."""

# Codes of the form set's lists that the formulas ask for.
SHAREABLE: Final = ("1", "2")
CLASSIFIED: Final = "classified"
INTEGRATING: Final = ("merge", "clear")
BUILT: Final = "built"
RUNNING: Final = "running"
DATABASE: Final = "03"

DEPARTMENTS: Final = ("departments_expected", "departments_received")
SYSTEMS: Final = (
    "systems",
    "systems_built",
    "systems_building",
    "systems_planned",
    "systems_eight_facts",
    "zombies",
    "zombies_cleared",
    "systems_integrated",
    "baseline_systems",
    "baseline_integrated",
    "new_targets",
    "must_connect",
    "connected",
)
RESOURCES: Final = (
    "resources",
    "resources_unconditional",
    "resources_conditional",
    "resources_not_shared",
    "resources_shareable",
    "resources_shared_already",
    "resources_open",
    "resources_database",
    "resources_database_linked",
    "resources_base_kind",
    "resources_priority_area",
)
ITEMS: Final = ("items", "items_shareable")
JOINT: Final = ("joint_applications", "joint_running", "joint_effective")
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

COUNTS: Final = (
    *DEPARTMENTS,
    *SYSTEMS,
    *RESOURCES,
    *ITEMS,
    *JOINT,
    *QUANTITIES,
    *(name + UNKNOWN_SUFFIX for name in QUANTITIES),
)
"""Names of all raw counts, which add up over departments.

* `systems_integrated`: disposition merge or clear, done by the day; `baseline_integrated`: those of the built ones.
* `baseline_systems`: built systems (B); `new_targets`: systems not built before that others are merged into (N).
* `must_connect`: has to connect, without classified systems and those cleared or merged away; `connected`: of those.
* `resources_shareable`: shared with or without conditions; `resources_shared_already`: of those with a shared volume.
* `items_shareable`: items whose own share type, else their resource's, is shareable.
* `joint_effective`: running, over the platform, with a shared resource of another department.
"""


@dataclass(frozen=True, slots=True)
class Indicators:
    """三数一率 with the parts each figure is made of.

    Attributes:
        systems_integrated: 系统整合数.
        remaining: A = B - integrated + N, systems left of the baseline.
        compression: 压缩率, (B - A) / B.
        resources_shared: 共享信息数, `items_shared` their items.
        joint: 协同应用数.
        connection: 系统联通率.
        size_shared: Volume already shared in G, `records_shared` in 万, as decimal text.
    """

    systems_integrated: int
    baseline: int
    new_targets: int
    remaining: int
    compression: str
    resources_shared: int
    items_shared: int
    resources_shared_already: int
    size_shared: str
    records_shared: str
    joint: int
    connected: int
    must_connect: int
    connection: str


def indicators(counts: Mapping[str, int]) -> Indicators:
    """Return the figures of a set of raw counts."""
    baseline = counts["baseline_systems"]
    remaining = baseline - counts["baseline_integrated"] + counts["new_targets"]
    return Indicators(
        systems_integrated=counts["systems_integrated"],
        baseline=baseline,
        new_targets=counts["new_targets"],
        remaining=remaining,
        compression=percent(baseline - remaining, baseline),
        resources_shared=counts["resources_shareable"],
        items_shared=counts["items_shareable"],
        resources_shared_already=counts["resources_shared_already"],
        size_shared=sum_text(counts["size_shared"]),
        records_shared=sum_text(counts["records_shared"]),
        joint=counts["joint_effective"],
        connected=counts["connected"],
        must_connect=counts["must_connect"],
        connection=percent(counts["connected"], counts["must_connect"]),
    )


def percent(part: int, whole: int) -> str:
    """Return a ratio as a percentage with one decimal, half-up; a dash when there is no whole."""
    if not whole:
        return NOTHING
    ratio = Decimal(part) * 100 / Decimal(whole)
    return f"{ratio.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}%"


def sum_text(ten_thousandths: int) -> str:
    """Return a sum of decimals as text, exactly."""
    return spell(Decimal(ten_thousandths).scaleb(-4))


def total(parts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return the counts of several departments together."""
    return {name: sum(counts[name] for counts in parts.values()) for name in COUNTS}


def lights(counts: Mapping[str, int], *, systems_on_their_network: bool) -> tuple[bool, bool, bool]:
    """Return 网络通, 数据通, 应用通 of a department (S-31).

    Args:
        systems_on_their_network: Whether all unclassified systems are on the extranet and all classified ones on
            the intranet.
    """
    connected = counts["must_connect"] > 0 and counts["connected"] == counts["must_connect"]
    return (
        systems_on_their_network,
        connected and counts["resources_shared_already"] > 0,
        counts["joint_running"] > 0,
    )
