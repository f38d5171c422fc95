"""Count what `domain.statistics` asks for, one pass a form, in SQL over the catalogue's tables.

Fields are found by their roles. Not responsible for formulas.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from census_app.domain import statistics as asked
from census_app.formspec.model import Field, FormSet
from census_app.formspec.schema import quoted
from census_app.storage.rows import FLAG_SUFFIX

_EIGHT_FACTS = (
    "system_name",
    "system_function",
    "system_use_scope",
    "system_uses",
    "system_approval_dept",
    "system_approval_month",
    "system_fund_source",
)
"""The eighth, their number, is derived."""

Expressions = dict[str, str]
"""Name of a count → the condition that a record counts, or, of sums, the whole number to add."""


def raw_counts(
    connection: Connection, form_set: FormSet, as_of: str, department: str = ""
) -> dict[str, int]:
    """Return every count of `domain.statistics.COUNTS`.

    Args:
        as_of: Day, `CCYY-MM-DD`; dates after it have not happened yet.
        department: Code, or empty for all.
    """
    counter = _Counter(connection, form_set, as_of, department)
    found = counter.departments()
    found |= counter.counted("system_name", counter.systems())
    found |= counter.counted("resource_name", counter.resources(), counter.quantities())
    found |= counter.counted("item_name", counter.items())
    found |= counter.counted("joint_name", counter.joint())
    return {name: found[name] for name in asked.COUNTS}


class _Counter:
    def __init__(
        self, connection: Connection, form_set: FormSet, as_of: str, department: str
    ) -> None:
        self._connection = connection
        self._form_set = form_set
        self._bound = {"as_of": as_of, "department": department}
        self._department = department

    def _column(self, role: str) -> str:
        return "t." + quoted(self._form_set.by_role(role)[1].id)

    def _table(self, role: str) -> str:
        return quoted(self._form_set.by_role(role)[0].id)

    def _done(self, role: str) -> str:
        """Return the condition that a date has come."""
        column = self._column(role)
        return f"({column} IS NOT NULL AND {column} <= :as_of)"

    def counted(
        self, role: str, conditions: Expressions, numbers: Expressions | None = None
    ) -> dict[str, int]:
        """Return how many records of the role's form meet each condition, and the sums of numbers over all of them."""
        expressions = {name: f"count(*) FILTER (WHERE {sql})" for name, sql in conditions.items()}
        expressions |= {n: f"coalesce(sum({sql}), 0)" for n, sql in (numbers or {}).items()}
        parts = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in expressions.items())
        where = " WHERE t.department_code = :department" if self._department else ""
        row = _run(
            self._connection, f"SELECT {parts} FROM {self._table(role)} AS t{where}", self._bound
        )
        return {name: int(row[name]) for name in expressions}

    def departments(self) -> dict[str, int]:
        """Return how many departments are enrolled, and how many of all have a merged package."""
        where = " WHERE department = :department" if self._department else ""
        expected = f"SELECT count(DISTINCT department) FROM certificate{where}"
        received = f"SELECT count(DISTINCT department) FROM projected{where}"
        return {
            name: int(row["n"])
            for name, row in (
                (name, _run(self._connection, f"SELECT ({sql}) AS n", self._bound))
                for name, sql in (
                    ("departments_expected", expected),
                    ("departments_received", received),
                )
            )
        }

    def systems(self) -> Expressions:
        """Return the counts of systems."""
        phase, disposition = self._column("system_phase"), self._column("disposition")
        integrating = _among(disposition, asked.INTEGRATING)
        integrated = f"({integrating} AND {self._done('disposition_done_on')})"
        built = f"{phase} = '{asked.BUILT}'"
        gone = f"({self._done('cleared_on')} OR coalesce({integrated}, FALSE))"
        classified = f"coalesce({self._column('secrecy')} = '{asked.CLASSIFIED}', FALSE)"
        must = f"({self._column('must_connect')} = 1 AND NOT {classified} AND NOT {gone})"
        zombie = f"{self._column('is_zombie')} = 1"
        return {
            "systems": "TRUE",
            "systems_built": built,
            "systems_building": f"{phase} = 'building'",
            "systems_planned": f"{phase} = 'planned'",
            "systems_eight_facts": " AND ".join(self._answered(role) for role in _EIGHT_FACTS),
            "zombies": zombie,
            "zombies_cleared": f"{zombie} AND {self._done('cleared_on')}",
            "systems_integrated": integrated,
            "baseline_systems": built,
            "baseline_integrated": f"{built} AND {integrated}",
            "new_targets": f"NOT coalesce({built}, FALSE) AND {self._is_target()}",
            "must_connect": must,
            "connected": f"{must} AND {self._done('connected_on')}",
        }

    def _answered(self, role: str) -> str:
        field = self._form_set.by_role(role)[1]
        filled = f"t.{quoted(field.id)} IS NOT NULL"
        return f"({filled} OR t.{quoted(field.id + FLAG_SUFFIX)} = 1)" if field.unknown else filled

    def _is_target(self) -> str:
        form, target = self._form_set.by_role("disposition_target")
        disposition = quoted(self._form_set.by_role("disposition")[1].id)
        done = quoted(self._form_set.by_role("disposition_done_on")[1].id)
        merging = asked.INTEGRATING[0]
        return (
            f"EXISTS (SELECT 1 FROM {quoted(form.id)} AS o WHERE o.department_code = t.department_code "
            f"AND o.{quoted(target.id)} = t.id AND o.{disposition} = '{merging}' "
            f"AND o.{done} <= :as_of)"
        )

    def resources(self) -> Expressions:
        """Return the counts of resources, with those whose census quantities are unknown."""
        share = self._column("share_type")
        shareable = _among(share, asked.SHAREABLE)
        size, records = self._column("size_shared"), self._column("records_shared")
        database = f"{self._column('format_class')} = '{asked.DATABASE}'"
        expressions = {
            "resources": "TRUE",
            "resources_unconditional": f"{share} = '1'",
            "resources_conditional": f"{share} = '2'",
            "resources_not_shared": f"{share} = '3'",
            "resources_shareable": shareable,
            "resources_shared_already": f"{shareable} AND (coalesce({size}, 0) > 0 OR coalesce({records}, 0) > 0)",
            "resources_open": f"{self._column('is_open')} = 1",
            "resources_database": database,
            "resources_database_linked": f"{database} AND {self._column('source_systems')} IS NOT NULL",
            "resources_base_kind": f"{self._column('base_kind')} IS NOT NULL",
            "resources_priority_area": f"{self._column('priority_area')} IS NOT NULL",
        }
        for role in asked.QUANTITIES:
            field = self._form_set.by_role(role)[1]
            expressions[role + asked.UNKNOWN_SUFFIX] = _unknown(field)
        return expressions

    def quantities(self) -> Expressions:
        """Return the census quantities in ten-thousandths."""
        return {
            role: f"CAST(round({self._column(role)} * 10000) AS BIGINT)"
            for role in asked.QUANTITIES
        }

    def items(self) -> Expressions:
        """Return the counts of data items; one without a share type has its resource's."""
        form, share = self._form_set.by_role("share_type")
        of_resource = (
            f"(SELECT r.{quoted(share.id)} FROM {quoted(form.id)} AS r "
            "WHERE r.department_code = t.department_code AND r.id = t.parent_id)"
        )
        own = self._column("item_share_type")
        return {
            "items": "TRUE",
            "items_shareable": _among(f"coalesce({own}, {of_resource})", asked.SHAREABLE),
        }

    def joint(self) -> Expressions:
        """Return the counts of joint applications."""
        running = f"{self._column('joint_status')} = '{asked.RUNNING}'"
        over_platform = f"{self._column('joint_via_platform')} = 1"
        return {
            "joint_applications": "TRUE",
            "joint_running": running,
            "joint_effective": f"{running} AND {over_platform} AND ({self._uses_others()})",
        }

    def _uses_others(self) -> str:
        """Return whether it uses a shared resource of another department: by reference, or named in words."""
        form, share = self._form_set.by_role("share_type")
        shareable = _among(f"r.{quoted(share.id)}", asked.SHAREABLE)
        referred = (
            f"EXISTS (SELECT 1 FROM json_each({self._column('joint_resources')}) AS j "
            f"JOIN {quoted(form.id)} AS r ON r.id = j.value "
            f"WHERE r.department_code IN (SELECT department FROM projected) "
            f"AND r.department_code <> t.department_code AND {shareable})"
        )
        try:
            named = self._column("joint_resources_elsewhere")
        except KeyError:  # a form set without that field
            return referred
        return f"{referred} OR coalesce(trim({named}), '') <> ''"


def _among(sql: str, codes: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{code}'" for code in codes)
    return f"({sql} IN ({listed}))"


def _unknown(field: Field) -> str:
    return f"t.{quoted(field.id + FLAG_SUFFIX)} = 1" if field.unknown else "FALSE"


def _run(connection: Connection, statement: str, bound: Mapping[str, str]) -> Mapping[str, int]:
    used = {name: value for name, value in bound.items() if f":{name}" in statement}
    result = connection.execute(text(statement), used)
    return dict(result.mappings().one())
