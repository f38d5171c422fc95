"""Tell departments which resource is the authoritative source of a data item that they keep too (一数一源).

What they are told travels as a query that need not be answered, one for each department. Its id follows from the
decision and the department, so that it is found again when the decision is replaced or taken back.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterable
from typing import Final

from census_app.diagnostics import wording
from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.review import Query
from census_app.services.lookup import department_names
from census_app.services.overlapping import HeldIn
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.querying import close_query, draft_query, queries_of, send_query

_NAMED: Final = 8
"""Resources of a department that are named; of more, the number is told."""


def told_id(decision: str, department: str) -> str:
    """Return the id of the query that tells a department of a decision about a source."""
    return hashlib.sha256(f"{decision}:{department}".encode()).hexdigest()[:32]


def draft_tellings(
    catalogue: CatalogueStore,
    item: str,
    home: HeldIn,
    holders: Iterable[HeldIn],
    reason: str,
    *,
    clock: Clock,
) -> list[tuple[str, Query]]:
    """Return department and query of everybody else who keeps an item; nothing is written.

    Raises:
        UserError: Those of `draft_query`.
    """
    kept: dict[str, list[str]] = {}
    for each in holders:
        if each.department != home.department:
            kept.setdefault(each.department, []).append(
                " ".join(each.name.split()) or each.record[:8]
            )
    source = department_names(catalogue).get(home.department, home.department)
    found = []
    for department, names in sorted(kept.items()):
        listed = "、".join(f"“{name}”" for name in sorted(names)[:_NAMED])
        text = wording.text(
            "SOURCE_TELL" if len(names) <= _NAMED else "SOURCE_TELL_MORE",
            "zh",
            item=item, department=source, resource=" ".join(home.name.split()), reason=reason,
            names=listed, count=len(names),
        )  # fmt: skip
        query = draft_query(catalogue, department, "", "", "", text, must=False, clock=clock)
        found.append((department, query))
    return found


def tell(
    catalogue: CatalogueStore,
    decision: Decision,
    drafts: Iterable[tuple[str, Query]],
    *,
    actor: str,
    clock: Clock,
) -> None:
    """Write what `draft_tellings` drafted, as the consequence of a decision."""
    for department, draft in drafts:
        query = dataclasses.replace(draft, id=told_id(decision.id, department))
        send_query(catalogue, department, query, actor=actor, clock=clock)


def take_back(
    catalogue: CatalogueStore,
    decisions: Collection[str],
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> None:
    """Close what departments were told because of decisions that no longer stand; the next review says so."""
    codes = catalogue.department_codes()
    told = {told_id(each, code): code for each in decisions for code in codes}
    standing = chain.standing(catalogue.decisions())
    asked = {d.subject for d in standing if d.kind == "query"} & told.keys()
    for code in sorted({told[identity] for identity in asked}):
        for each in queries_of(catalogue, code, clock=clock):
            if each.query.id in asked and each.state != "closed":
                close_query(catalogue, each.query.id, reason, actor=actor, clock=clock)
