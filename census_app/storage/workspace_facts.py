"""Rows of a workspace that say what it is: its facts, the form set it was made with, the counts of an upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import Connection

from census_app.domain.holdings import UpgradeDone, WorkspaceFacts
from census_app.formspec.model import FormSet
from census_app.storage import fixed_tables, trust_store
from census_app.storage.rows import json_text


def write_facts(connection: Connection, form_set: FormSet, facts: WorkspaceFacts) -> None:
    """Write what a new workspace says of itself."""
    connection.execute(
        fixed_tables.workspace.insert().values(
            id=1,
            department_code=facts.department_code,
            department_name=facts.department_name,
            census_id=facts.census_id,
            round=facts.round,
            form_version=facts.form_version,
            form_sha256=form_set.sha256,
            instance=facts.instance,
            created_at=facts.created_at,
            training=int(facts.training),
        )
    )


def write_counts(connection: Connection, number: int, done: UpgradeDone) -> None:
    """Keep what an upgrade did as the params of its step."""
    params = {name: str(value) for name, value in asdict(done).items() if name != "snapshot"}
    connection.exec_driver_sql(
        "UPDATE step SET params = ? WHERE number = ?", (json_text(params), number)
    )


def store_forms(connection: Connection, form_set: FormSet, files: Mapping[str, bytes]) -> None:
    """Keep the files of a form set, and that it is the one in use."""
    if files:
        trust_store.store_form_files(connection, form_set.version, files)
    connection.exec_driver_sql(
        "UPDATE workspace SET form_version = ?, form_sha256 = ?",
        (form_set.version, form_set.sha256),
    )
