"""Catalogues learn whom to believe and what was answered: bundles, form sets, units, signers, answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from census_app.storage.column_types import TEXT
from census_app.storage.migrations.workspace_0002 import trust_tables

revision = "catalogue_0002"
down_revision = "catalogue_0001"


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    shown = None if default is None else sa.text(f"'{default}'")
    return sa.Column(name, TEXT, nullable=False, server_default=shown)


def upgrade() -> None:
    """Add what is new."""
    for name in (
        "coordinator_code",
        "coordinator_name",
        "coordinator_pem",
        "instance",
        "upper_code",
        "upper_roots_pem",
        "upper_certificate_pem",
        "upper_candidate_pem",
    ):
        op.add_column("catalogue", _text(name, ""))
    op.add_column("certificate", _text("role", "department"))
    for name in ("sender", "audience", "in_reply_to", "signer_serial", "signer_sha256"):
        op.add_column("package", _text(name, ""))
    op.add_column("package", _text("direction", "received"))
    op.add_column("package", _text("held", ""))
    op.add_column("decision", _text("source", ""))
    trust_tables()
    _projections()


def _projections() -> None:
    op.create_table(
        "unit",
        *map(_text, ("department", "code", "name")),
        sa.PrimaryKeyConstraint("department", "code", name="pk_unit"),
    )
    op.create_table(
        "explained",
        *map(_text, ("department", "form", "record_id", "rule", "values_sha256", "reason")),
        sa.PrimaryKeyConstraint(
            "department", "record_id", "rule", "values_sha256", name="pk_explained"
        ),
    )
    op.create_table(
        "answered",
        *map(_text, ("department", "query", "kind", "text", "value_sha256")),
        sa.PrimaryKeyConstraint("department", "query", name="pk_answered"),
    )
