"""What speaks of fields beside the records, brought to a newer form set: queries, conflicts, bases of contributions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from census_app.formspec.upgrade import UpgradePlan
from census_app.storage.rows import json_text

_WHOLE = ""
"""Field of a conflict about a whole record with its children (`domain.merging.WHOLE`)."""


def upgrade_letters(connection: Connection, plan: UpgradePlan) -> None:
    """Lead queries, undecided conflicts and the common bases of contributions to the fields of the newer form set.

    A query about what is no longer asked is closed; an undecided conflict about it is void.
    """
    fields = {
        (form.id, f.id): plan.field_id(form.id, f.id)
        for form in plan.old.forms
        for f in form.stored_fields
    }
    _upgrade_queries(connection, fields)
    _upgrade_conflicts(connection, plan, fields)
    _upgrade_bases(connection, plan)


def _upgrade_queries(connection: Connection, fields: Mapping[tuple[str, str], str | None]) -> None:
    run = connection.exec_driver_sql
    for query, form, name in run('SELECT id, form, field FROM "query"').all():
        target = fields.get((form, name), name)
        if target is None:
            run("UPDATE \"query\" SET state = 'closed' WHERE id = ?", (query,))
        else:
            run('UPDATE "query" SET field = ? WHERE id = ?', (target, query))


def _upgrade_conflicts(
    connection: Connection, plan: UpgradePlan, fields: Mapping[tuple[str, str], str | None]
) -> None:
    run = connection.exec_driver_sql
    for conflict, form, name, *sides in run(
        "SELECT id, form, field, base, ours, theirs FROM conflict WHERE choice = ''"
    ).all():
        target = fields.get((form, name), name)
        if target is None or not plan.keeps_form(form):
            run("DELETE FROM conflict WHERE id = ?", (conflict,))
            continue
        if name == _WHOLE:
            texts = [_whole(plan, text) for text in sides]
        elif (form, name) in fields:
            texts = [_side(plan, (form, name, target), text) for text in sides]
        else:  # a child's place
            continue
        run(
            "UPDATE conflict SET field = ?, base = ?, ours = ?, theirs = ? WHERE id = ?",
            (target, *texts, conflict),
        )


def _side(plan: UpgradePlan, names: tuple[str, str, str], text: str) -> str:
    """Return one side of a conflict about a field; empty and `null` stay."""
    form, name, target = names
    raw = json.loads(text) if text else None
    if raw is None:
        return text
    return json_text(upgraded(plan, form, {name: raw}).get(target))


def _whole(plan: UpgradePlan, text: str) -> str:
    lines = json.loads(text) if text else None
    if not isinstance(lines, list):
        return text
    return json_text(
        [
            line | {"values": upgraded(plan, line["form"], line["values"])}
            for line in lines
            if plan.keeps_form(line["form"])
        ]
    )


def _upgrade_bases(connection: Connection, plan: UpgradePlan) -> None:
    run = connection.exec_driver_sql
    for form in plan.old.forms:
        if not plan.keeps_form(form.id):
            run("DELETE FROM base_line WHERE form = ?", (form.id,))
    known = {form.id for form in plan.old.forms}
    rows = run("SELECT identity, form, record_id, line FROM base_line").all()
    for identity, form_id, record, text in rows:
        line = json.loads(text)
        if form_id in known and "values" in line:
            line["values"] = upgraded(plan, form_id, line["values"])
            run(
                "UPDATE base_line SET line = ? WHERE identity = ? AND form = ? AND record_id = ?",
                (json_text(line), identity, form_id, record),
            )


def upgraded(plan: UpgradePlan, form: str, values: Mapping[str, Any]) -> dict[str, object]:
    """Return the values of a line, of which some may be `{"unfit": text}`, as the newer form set holds them."""
    legal = {name: raw for name, raw in values.items() if not isinstance(raw, dict)}
    unfit = {name: str(raw.get("unfit", "")) for name, raw in values.items() if name not in legal}
    after = plan.values(form, legal, unfit=unfit)
    return {**after.values, **{name: {"unfit": text} for name, text in after.unfit.items()}}
