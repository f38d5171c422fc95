"""What the catalogue is measured by: one definition for each figure, as data (domain §6).

A figure is a count of records, a sum of amounts over records, or a ratio of two counts. Of each it is said which
records stand behind it; how they are found is the business of storage, the words are `IND_<id>` and `IND_<id>_HOW`.
No official counting rule exists: the definitions are the project's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from census_app.domain.statistics import QUANTITIES, UNKNOWN_SUFFIX, percent, sum_text

Kind = Literal["count", "sum", "ratio"]
Subject = Literal["system", "resource", "item", "joint", "matter", "demand", "body", "department"]

ROLES: Final[Mapping[Subject, str]] = {
    "system": "system_name",
    "resource": "resource_name",
    "item": "item_name",
    "joint": "joint_name",
    "matter": "matter_name",
    "demand": "demand_name",
    "body": "department_name",
}
"""What is counted → role of the field that names such a record. `department` is no form: it is the roster."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure.

    Attributes:
        subject: What stands in the list behind it.
        unit: Code of the unit, `IND_UNIT_<unit>`.
        part, whole: Of a ratio, the ids of the counts that are divided.
        rest: Of a ratio: what is left of the whole without the part is divided, not the part.
        open: The fewer the better: a list of what is still to be done.
    """

    id: str
    group: str
    subject: Subject
    kind: Kind = "count"
    unit: str = ""
    part: str = ""
    whole: str = ""
    rest: bool = False
    open: bool = False

    @property
    def listed(self) -> str:
        """The count or sum whose records are listed behind the figure: of a ratio its part."""
        return self.part if self.kind == "ratio" else self.id

    def number(self, counts: Mapping[str, int]) -> int:
        """Return the number that the list behind it adds up to: a count, or a sum in ten-thousandths."""
        return counts[self.listed]

    def text(self, counts: Mapping[str, int]) -> str:
        """Return the figure for people: digits, a decimal, or a percentage, with a dash for a ratio of nothing."""
        if self.kind == "sum":
            return sum_text(counts[self.id])
        if self.kind == "count":
            return str(counts[self.id])
        whole, part = counts[self.whole], counts[self.part]
        return percent(whole - part if self.rest else part, whole)


def _counts(group: str, subject: Subject, unit: str, *ids: str) -> tuple[Definition, ...]:
    """Return counts; an id with an exclamation mark says what is still to be done."""
    return tuple(
        Definition(each.rstrip("!"), group, subject, unit=unit, open=each.endswith("!"))
        for each in ids
    )


def _sum(group: str, subject: Subject, unit: str, id_: str) -> Definition:
    return Definition(id_, group, subject, "sum", unit)


def _ratio(
    group: str, subject: Subject, id_: str, part: str, whole: str, *, rest: bool = False
) -> Definition:
    return Definition(id_, group, subject, "ratio", "percent", part, whole, rest)


_S, _R, _D = "systems", "resources", "departments"
DEFINITIONS: Final[tuple[Definition, ...]] = (
    *_counts("headline", "system", _S, "systems_integrated"),
    *_counts("headline", "resource", _R, "resources_shared"),
    *_counts("headline", "joint", "applications", "joint_effective"),
    _ratio("headline", "system", "connection_rate", "connected", "must_connect"),
    *_counts("systems", "system", _S, "systems", "systems_built", "systems_building", "systems_planned"),
    *_counts("systems", "system", _S, "systems_eight_facts"),
    _ratio("systems", "system", "eight_facts_rate", "systems_eight_facts", "systems"),
    *_counts("systems", "system", _S, "systems_undecided!", "inner_office!"),
    *_counts("integration", "system", _S, "baseline_systems", "baseline_integrated", "new_targets", "remaining"),
    _ratio("integration", "system", "compression_rate", "remaining", "baseline_systems", rest=True),
    *_counts("zombies", "system", _S, "zombies", "zombies_cleared", "zombies_open!", "zombies_unjudged!"),
    _ratio("zombies", "system", "zombies_rate", "zombies_cleared", "zombies"),
    *_counts("connection", "system", _S, "must_connect", "connected", "connect_planned"),
    *_counts("connection", "system", _S, "connect_no_plan!", "connect_undecided!"),
    *_counts("platform", "system", _S, "docked_national", "docked_provincial", "docked_city"),
    *_counts("platform", "body", _D, "city_platforms", "city_platforms_built", "city_platforms_linked"),
    *_counts("platform", "body", _D, "city_platforms_open!"),
    _ratio("platform", "body", "city_platforms_rate", "city_platforms_linked", "city_platforms"),
    *_counts("funding", "system", _S, "funding!", "funding_unstated!"),
    _sum("funding", "system", "wan_yuan", "funding_amount"),
    _sum("funding", "system", "wan_yuan", "om_amount"),
    _sum("funding", "system", "wan_yuan", "om_estimated"),
    _sum("funding", "system", "wan_yuan", "build_amount"),
    *_counts("networks", "system", _S, "extranet_due", "on_extranet", "intranet_due", "on_intranet"),
    *_counts("networks", "system", _S, "network_due", "on_network", "off_network!"),
    _ratio("networks", "system", "network_rate", "on_network", "network_due"),
    *_counts("networks", "system", _S, "migrations", "migrated", "migrations_open!"),
    *_counts("audit", "system", _S, "audited", "audit_findings!", "unaudited!"),
    _ratio("audit", "system", "audit_rate", "audited", "systems"),
    *_counts("resources", "resource", _R, "resources", "resources_unconditional", "resources_conditional"),
    *_counts("resources", "resource", _R, "resources_not_shared", "resources_shareable"),
    *_counts("resources", "resource", _R, "resources_shared_already", "resources_shared_accepted"),
    *_counts("resources", "resource", _R, "resources_coded", "resources_published"),
    *_counts("resources", "resource", _R, "resources_open", "resources_open_readable"),
    *_counts("resources", "resource", _R, "resources_database", "resources_database_linked"),
    _ratio("resources", "resource", "link_rate", "resources_database_linked", "resources_database"),
    *_counts("resources", "item", "items", "items", "items_shareable", "items_open"),
    *_counts("themes", "resource", _R, "resources_base_kind", "base_unconditional"),
    _ratio("themes", "resource", "base_rate", "base_unconditional", "resources_base_kind"),
    *_counts("themes", "resource", _R, "resources_priority_area", "priority_unconditional"),
    _ratio("themes", "resource", "priority_rate", "priority_unconditional", "resources_priority_area"),
    *(_sum("quantities", "resource", "g" if q.startswith("size") else "wan", q) for q in QUANTITIES),
    *_counts("quantities", "resource", _R, *(q + UNKNOWN_SUFFIX + "!" for q in QUANTITIES)),
    *_counts("joint", "joint", "applications", "joint_applications", "joint_running", "joint_on_site"),
    *_counts("joint", "matter", "matters", "matters", "matters_on_site"),
    *_counts("joint", "demand", "demands", "demands", "demands_obtained", "demands_matched"),
    _ratio("joint", "demand", "demands_rate", "demands_obtained", "demands"),
    *_counts("completeness", "resource", _R, "resources_complete", "resources_incomplete!"),
    _ratio("completeness", "resource", "resources_complete_rate", "resources_complete", "resources"),
    *_counts("completeness", "system", _S, "systems_complete", "systems_incomplete!"),
    _ratio("completeness", "system", "systems_complete_rate", "systems_complete", "systems"),
    _sum("completeness", "resource", "answers", "resource_answers"),
    _sum("completeness", "resource", "answers", "resource_questions"),
    _ratio("completeness", "resource", "resource_answers_rate", "resource_answers", "resource_questions"),
    *_counts("submission", "department", _D, "departments_expected", "departments_received"),
    *_counts("submission", "department", _D, "departments_missing!", "departments_accepted"),
    *_counts("submission", "department", _D, "departments_returned!", "departments_announcing!"),
    _ratio("submission", "department", "received_rate", "departments_received", "departments_expected"),
    _ratio("submission", "department", "accepted_rate", "departments_accepted", "departments_expected"),
    *_counts("lights", "department", _D, "light_network", "light_data", "light_application", "lights_all"),
)  # fmt: skip
"""All figures, in the order in which they are shown; the first four are 三数一率.

* `remaining`: A = B - baseline_integrated + N; `compression_rate`: (B - A) / B.
* `must_connect`: has to connect, without classified systems and those cleared or merged away; `connected`: of those.
* `funding`: in use, must connect, is not connected: in principle no operating funds (S-23); amounts in 万元.
* `om_estimated`: a tenth of the building cost of systems in use that name no operating cost: an estimate.
* `docked_*`: connected to the platform of that level, whether they must or not.
* `network_due`: in use and not gone; the unclassified belong on the extranet, the classified on the intranet (S-14).
* `resources_shared`: shared with or without conditions, and published; `resources_shareable`: published or not.
* `resources_shared_accepted`: those shareable of departments whose newest package the centre has accepted.
* `resources_open_readable`: open, as table, database or self-describing file.
* `*_complete`: every question that is always asked is answered; `resource_answers` of `resource_questions`.
* `departments_announcing`: those that announce unfinished records.
"""

BY_ID: Final[Mapping[str, Definition]] = {each.id: each for each in DEFINITIONS}
GROUPS: Final = tuple(dict.fromkeys(each.group for each in DEFINITIONS))
HEADLINE: Final = tuple(each for each in DEFINITIONS if each.group == "headline")
STORED: Final = tuple(
    each for each in DEFINITIONS if each.kind != "ratio" and each.subject != "department"
)
"""What storage counts, department by department; the rest follows from it and from the roster."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the ledger says that figures depend on.

    Attributes:
        accepted: Departments whose newest package the centre has accepted.
        published: Resources that are published, each as `<department> <record>`.
    """

    accepted: frozenset[str] = frozenset()
    published: frozenset[str] = frozenset()


NOTHING_SAID: Final = Said()
DECIDED: Final = ("resources_shared", "resources_published", "resources_shared_accepted")
"""Counts that depend on what the ledger says, beside the records."""


def total(parts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return the counts of several departments together."""
    return {each.id: sum(counts[each.id] for counts in parts.values()) for each in STORED}
