"""Conditions written anew mean the same, and what cannot be written anew is left alone."""

from __future__ import annotations

import random
import sqlite3

import pytest

from census_app import bootstrap
from census_app.formspec.functions import has
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.portable import portable
from census_app.formspec.schema import quoted


@pytest.fixture(scope="module")
def form_set() -> FormSet:
    return bootstrap.shipped_form_set()


@pytest.fixture(scope="module")
def system(form_set: FormSet) -> Form:
    return form_set.form("information_system")


def conditions(form: Form) -> list[str]:
    return sorted({c for f in form.stored_fields for c in (f.required, f.relevant) if c.strip()})


def some(field: Field, form_set: FormSet, chance: random.Random) -> object:
    """Return an answer, often none."""
    if chance.random() < 0.3:
        return None
    codes = [c.code for c in form_set.choice_lists[field.choices].choices] if field.choices else []
    if field.type == "codes":
        return str(chance.sample(codes, 1)).replace("'", '"')
    if field.type in {"boolean", "integer", "decimal", "money"}:
        return chance.randrange(2)
    return chance.choice(codes or ["2017-01-01"])


def test_every_condition_of_the_census_means_the_same_when_written_anew(form_set: FormSet) -> None:
    chance = random.Random(20180131)  # noqa: S311
    database = sqlite3.connect(":memory:")
    database.create_function("has", 2, has)
    seen = set()
    for role in ("system_name", "resource_name"):  # those whose completeness is counted
        form = form_set.by_role(role)[0]
        anew = {c: portable(c, form, "t") for c in conditions(form)}
        assert None not in anew.values(), [c for c, text in anew.items() if text is None]
        asked = ", ".join(f"coalesce(({c}), 0), coalesce(({text}), 0)" for c, text in anew.items())
        for _ in range(60):
            values = [some(f, form_set, chance) for f in form.stored_fields]
            columns = ", ".join(f"? AS {quoted(f.id)}" for f in form.stored_fields)
            statement = f"SELECT {asked} FROM (SELECT {columns}) AS t"  # noqa: S608
            row = database.execute(statement, values).fetchone()
            assert row[::2] == row[1::2]
            seen |= set(zip(anew, row[::2], strict=True))
    assert len(seen) > 60, "conditions that are met and conditions that are not"


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "phase",
        "phase = 1",
        "must_connect = 'yes'",
        "phase = 'a:b'",
        "phase = 'a%s'",
        "phase = name",
        "phase LIKE 'b%'",
        "pg_sleep(9) = 1",
        "name IN (SELECT name FROM information_system)",
        "phase = 'built'; DROP TABLE package",
        "phase = 'built' -- so",
        "phase = 'built",
        "(phase = 'built'",
        "phase = 'built')",
        "phase NOT = 'built'",
        "phase IS 'built'",
        "has(phase, 'built')",
        "has(networks, 'a\"b')",
        "has(networks, name)",
        "no_such_field = 1",
        "substr(phase, 0, 1) = 'b'",
        "substr(must_connect, 1, 1) = 1",
        "coalesce(phase, name) = 'b'",
        "(" * 100 + "1" + ")" * 100,
    ],
)
def test_what_the_databases_may_understand_differently_is_left_alone(
    system: Form, condition: str
) -> None:
    assert portable(condition, system, "t") is None


def test_a_condition_is_written_with_its_table(system: Form) -> None:
    given = "phase IN ('built', 'it''s') AND NOT (must_connect = 1 OR connected_on IS NOT NULL)"
    assert portable(given, system, "t") == (
        """((t."phase" IN ('built', 'it''s')) AND (NOT ("""
        """(t."must_connect" = 1) OR (t."connected_on" IS NOT NULL))))"""
    )
