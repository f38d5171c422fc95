"""The conditions behind the indicators, as SQL that SQLite and PostgreSQL both understand.

Written once for each figure: what counts it also lists it. Fields stand there by role; where a form set has no field of
a role, nothing meets a condition that asks for it. Not responsible for running anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from census_app.domain.indicators import BY_ID, ROLES, STORED, Subject
from census_app.domain.statistics import QUANTITIES, UNKNOWN_SUFFIX
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.portable import portable
from census_app.formspec.schema import quoted
from census_app.storage.rows import FLAG_SUFFIX

_EIGHT_FACTS: Final = (
    "system_name",
    "system_function",
    "system_approval_dept",
    "system_approval_month",
    "system_fund_source",
)
"""Those asked of every system; how far it is used and how often is not asked of one that is not there yet. The eighth,
their number, is derived."""

_EACH: Final = "(SELECT e.value FROM json_each(CAST(:{} AS TEXT)) AS e)"
"""The texts of a bound JSON array."""

_SHAREABLE: Final = "IN ('1', '2')"

# `{role}` is the column of a role in the counted record, `{r:role}` in the resource beside it, `{answered:role}` if
# it has an answer, "unknown" included; `[name]` is another condition, false where it is unknown.
CONDITIONS: Final[Mapping[str, str]] = {
    # -- systems
    "systems": "TRUE",
    "systems_built": "{system_phase} = 'built'",
    "systems_building": "{system_phase} = 'building'",
    "systems_planned": "{system_phase} = 'planned'",
    "systems_eight_facts": (
        " AND ".join(f"{{answered:{role}}}" for role in _EIGHT_FACTS)
        + " AND ({answered:system_use_scope} OR [systems_planned])"
        + " AND ({answered:system_uses} OR NOT [systems_built])"
    ),
    "systems_undecided": "{disposition} IS NULL",
    "systems_integrated": "{disposition} IN ('merge', 'clear') AND {disposition_done_on} <= :as_of",
    "gone": "[cleared] OR [systems_integrated]",
    "cleared": "{cleared_on} <= :as_of",
    "classified": "{secrecy} = 'classified'",
    "inner_office": "{owner_level} = 'inner_office' AND NOT [gone]",
    "baseline_systems": "[systems_built]",
    "baseline_integrated": "[systems_built] AND [systems_integrated]",
    "new_targets": (
        "NOT [systems_built] AND EXISTS (SELECT 1 FROM {table:disposition} AS o "
        "WHERE o.department_code = t.department_code AND o.{name:disposition_target} = t.id "
        "AND o.{name:disposition} = 'merge' AND o.{name:disposition_done_on} <= :as_of)"
    ),
    "remaining": "([systems_built] AND NOT [systems_integrated]) OR [new_targets]",
    "zombies": "{is_zombie} = 1",
    "zombies_cleared": "[zombies] AND [gone]",
    "zombies_open": "[zombies] AND NOT [gone]",
    "zombies_unjudged": "[systems_built] AND {is_zombie} IS NULL AND NOT [gone]",
    "must_connect": "{must_connect} = 1 AND NOT [classified] AND NOT [gone]",
    "on_platform": "{connected_on} <= :as_of",
    "connected": "[must_connect] AND [on_platform]",
    "planned": "{connect_plan_on} IS NOT NULL",
    "dated": "{connected_on} IS NOT NULL",
    "connect_planned": "[must_connect] AND NOT [on_platform] AND ([planned] OR [dated])",
    "connect_no_plan": "[must_connect] AND NOT [on_platform] AND NOT [planned] AND NOT [dated]",
    "connect_undecided": "{must_connect} IS NULL AND NOT [gone]",
    "docked_national": "[on_platform] AND {platform_level} = 'national'",
    "docked_provincial": "[on_platform] AND {platform_level} = 'provincial'",
    "docked_city": "[on_platform] AND {platform_level} = 'city'",
    "funding": "[must_connect] AND NOT [on_platform] AND [systems_built]",
    "funding_unstated": "[funding] AND {om_amount} IS NULL",
    "funding_amount": "[funding] AND {om_amount} IS NOT NULL",
    "om_amount": "[systems_built] AND {om_amount} IS NOT NULL",
    "om_estimated": "[systems_built] AND {om_amount} IS NULL AND {build_amount} IS NOT NULL",
    "build_amount": "{build_amount} IS NOT NULL",
    "extranet_due": "[systems_built] AND NOT [classified] AND NOT [gone]",
    "on_extranet": "[extranet_due] AND instr({networks}, '\"extranet\"') > 0",
    "intranet_due": "[systems_built] AND [classified] AND NOT [gone]",
    "on_intranet": "[intranet_due] AND instr({networks}, '\"intranet\"') > 0",
    "network_due": "[systems_built] AND NOT [gone]",
    "on_network": "[on_extranet] OR [on_intranet]",
    "off_network": "[network_due] AND NOT [on_network]",
    "migrations": "{migrate_to} IS NOT NULL AND NOT [gone]",
    "migrated": "[migrations] AND {migrated_on} <= :as_of",
    "migrations_open": "[migrations] AND NOT [migrated]",
    "audited": "{audit_state} IN ('clean', 'findings', 'mended')",
    "audit_findings": "{audit_state} = 'findings'",
    "unaudited": "coalesce({audit_state}, 'none') IN ('none', 'running')",
    "systems_complete": "{complete:system_name}",
    "systems_incomplete": "NOT [systems_complete]",
    # -- resources
    "resources": "TRUE",
    "resources_unconditional": "{share_type} = '1'",
    "resources_conditional": "{share_type} = '2'",
    "resources_not_shared": "{share_type} = '3'",
    "resources_shareable": f"{{share_type}} {_SHAREABLE}",
    "resources_shared_already": (
        "[resources_shareable] AND (coalesce({size_shared}, 0) > 0 OR coalesce({records_shared}, 0) > 0)"
    ),
    "resources_published": f"t.department_code || ' ' || t.id IN {_EACH.format('published')}",
    "resources_shared": "[resources_shareable] AND [resources_published]",
    "resources_shared_accepted": (
        f"[resources_shareable] AND t.department_code IN {_EACH.format('accepted')}"
    ),
    "resources_coded": "{resource_code} IS NOT NULL",
    "resources_open": "{is_open} = 1",
    "resources_open_readable": "[resources_open] AND {format_class} IN ('02', '03', '06')",
    "resources_database": "{format_class} = '03'",
    "resources_database_linked": "[resources_database] AND {source_systems} IS NOT NULL",
    "resources_base_kind": "{base_kind} IS NOT NULL",
    "base_unconditional": "[resources_base_kind] AND [resources_unconditional]",
    "resources_priority_area": "{priority_area} IS NOT NULL",
    "priority_unconditional": "[resources_priority_area] AND [resources_unconditional]",
    **{role: f"{{{role}}} IS NOT NULL" for role in QUANTITIES},
    **{role + UNKNOWN_SUFFIX: f"{{unknown:{role}}}" for role in QUANTITIES},
    "resources_complete": "{complete:resource_name}",
    "resources_incomplete": "NOT [resources_complete]",
    "resource_answers": "TRUE",
    "resource_questions": "TRUE",
    # -- items, with their resource beside them
    "items": "TRUE",
    "items_shareable": f"coalesce({{item_share_type}}, {{r:share_type}}) {_SHAREABLE}",
    "items_open": "coalesce({item_is_open}, {r:is_open}) = 1",
    # -- joint applications, matters, demands
    "joint_applications": "TRUE",
    "joint_running": "{joint_status} = 'running'",
    "joint_on_site": "{joint_on_service_site} = 1",
    "uses_referred": (
        "EXISTS (SELECT 1 FROM json_each({joint_resources}) AS j WHERE EXISTS ("
        "SELECT 1 FROM (SELECT DISTINCT department FROM projected) AS p "
        "WHERE p.department <> t.department_code AND EXISTS ("
        "SELECT 1 FROM {table:share_type} AS s "
        f"WHERE s.department_code = p.department AND s.id = j.value AND s.{{name:share_type}} {_SHAREABLE})))"
    ),
    "uses_named": "trim({joint_resources_elsewhere}) <> ''",
    "joint_effective": (
        "[joint_running] AND {joint_via_platform} = 1 AND ([uses_referred] OR [uses_named])"
    ),
    "matters": "TRUE",
    "matters_on_site": "{matter_on_site} = 1",
    "demands": "TRUE",
    "demands_obtained": "{demand_obtained} = 1",
    "demands_matched": "{demand_match} IS NOT NULL",
    # -- bodies with a platform of their own
    "city_platforms": "{city_platform_state} IS NOT NULL",
    "city_platforms_built": "{city_platform_state} IN ('built', 'connected')",
    "city_platforms_linked": "{city_platform_state} = 'connected'",
    "city_platforms_open": "[city_platforms] AND NOT [city_platforms_linked]",
}
"""Name → condition about one record `t`; names that are no indicator are only parts of others."""

AMOUNTS: Final[Mapping[str, str]] = {
    **{role: f"{{{role}}} * 10000" for role in (*QUANTITIES, "om_amount", "build_amount")},
    "funding_amount": "{om_amount} * 10000",
    "om_estimated": "{build_amount} * 1000",
    "resource_answers": "{answers:resource_name} * 10000",
    "resource_questions": "{questions:resource_name} * 10000",
}
"""Sum → what each record of its list adds, in ten-thousandths."""

_OWN: Final = ("item_share_type", "item_is_open")
"""Roles of what a data item may answer instead of its resource, as the conditions above ask for it."""

_HOLE: Final = re.compile(r"\{(?:(\w+):)?(\w+)\}")
_PART: Final = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands behind one figure.

    Attributes:
        condition: About one record `t`; with it, the records are counted and listed.
        amount: What a record adds, as a whole number; empty of counts.
        inherited: Of data items: the condition for one that answers nothing itself, about its resource `r` alone.
    """

    condition: str
    amount: str = ""
    inherited: str = ""

    @property
    def number(self) -> str:
        """The aggregate over all records."""
        if not self.amount:
            return f"count(*) FILTER (WHERE {self.condition})"
        whole = f"CAST(round({self.amount}) AS BIGINT)"
        return f"coalesce(sum({whole}) FILTER (WHERE {self.condition}), 0)"


class IndicatorSql:
    """Makes the SQL of all figures over one form set."""

    def __init__(self, form_set: FormSet) -> None:
        self._form_set = form_set
        self._fields = {f.role: (form, f) for form in form_set.forms for f in form.field if f.role}
        self._silent = ""
        self.expressions: dict[str, Expression] = {
            each.id: Expression(
                self._condition(each.id),
                self._amount(each.id),
                self._inherited(each.id) if each.subject == "item" else "",
            )
            for each in STORED
        }

    def form(self, subject: Subject) -> Form | None:
        """Return the form whose records are counted; None where the form set has none."""
        found = self._fields.get(ROLES[subject])
        return found[0] if found else None

    def of_subject(self, subject: Subject) -> dict[str, Expression]:
        """Return the figures that are counted in one pass."""
        return {each.id: self.expressions[each.id] for each in STORED if each.subject == subject}

    def source(self, subject: Subject) -> str:
        """Return what stands behind FROM: the records `t`, of items with their resource `r`."""
        form = self.form(subject)
        assert form is not None  # noqa: S101  # asked only about subjects that are there
        if subject != "item":
            return f"{quoted(form.id)} AS t"
        return (
            f"{quoted(form.id)} AS t LEFT JOIN {quoted(form.parent)} AS r "
            "ON r.department_code = t.department_code AND r.id = t.parent_id"
        )

    def own_answers(self) -> str:
        """Return the condition that a data item answers something itself that a figure asks of its resource as well."""
        asked = [role for role in _OWN if role in self._fields]
        parts = [f"t.{quoted(self._fields[role][1].id)} IS NOT NULL" for role in asked]
        return f"({' OR '.join(parts)})" if parts else "FALSE"

    def listed(self, indicator: str) -> Expression:
        """Return what lists the records behind an indicator."""
        return self.expressions[BY_ID[indicator].listed]

    def _condition(self, name: str) -> str:
        """Return a condition that is true or false; false where the form set lacks a field that it asks for."""
        try:
            filled = _HOLE.sub(self._hole, CONDITIONS[name])
        except KeyError:
            return "FALSE"
        if filled == "TRUE":
            return filled
        return f"coalesce(({_PART.sub(lambda m: self._condition(m.group(1)), filled)}), FALSE)"

    def _inherited(self, name: str) -> str:
        """Return the same condition where the data item has answered nothing."""
        item = self.form("item")
        self._silent = item.id if item is not None else ""
        try:
            return self._condition(name)
        finally:
            self._silent = ""

    def _amount(self, name: str) -> str:
        if name not in AMOUNTS:
            return ""
        try:
            return _HOLE.sub(self._hole, AMOUNTS[name])
        except KeyError:
            return "0"

    def _hole(self, match: re.Match[str]) -> str:
        what, role = match.group(1), match.group(2)
        form, field = self._fields[role]
        if what is None:
            return "NULL" if form.id == self._silent else f"t.{quoted(field.id)}"
        if what == "r":
            return f"r.{quoted(field.id)}"
        if what == "table":
            return quoted(form.id)
        if what == "name":
            return quoted(field.id)
        return _about_answers(what, form, field)


def _about_answers(what: str, form: Form, field: Field) -> str:
    if what == "answered":
        return _answered(field)
    if what == "unknown":
        return f"(t.{quoted(field.id + FLAG_SUFFIX)} = 1)" if field.unknown else "FALSE"
    asked = [(f, condition) for f in form.stored_fields if (condition := asked_when(form, f))]
    if what == "complete":
        parts = [
            _answered(f) if when == "TRUE" else f"({_answered(f)} OR NOT {when})"
            for f, when in asked
        ]
        return " AND ".join(parts) or "TRUE"
    number = "{}" if what == "questions" else "{} AND {}"
    parts = [
        f"CASE WHEN {number.format(when, _answered(f))} THEN 1 ELSE 0 END" for f, when in asked
    ]
    return f"({' + '.join(parts) or '0'})"


def asked_when(form: Form, field: Field) -> str:
    """Return the condition, never NULL, under which a record must answer a question; empty when it never has to.

    A question whose conditions only the rule engine understands is left out: see `formspec.portable`.
    """
    if not field.required.strip():
        return ""
    found = [portable(each, form, "t") for each in (field.required, field.relevant) if each.strip()]
    parts = [each for each in found if each is not None and each != "TRUE"]
    if None in found or "FALSE" in parts:
        return ""
    return f"coalesce({' AND '.join(parts)}, FALSE)" if parts else "TRUE"


def _answered(field: Field) -> str:
    filled = f"t.{quoted(field.id)} IS NOT NULL"
    return f"({filled} OR t.{quoted(field.id + FLAG_SUFFIX)} = 1)" if field.unknown else filled
