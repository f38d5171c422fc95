"""Workspaces remember which table of a database a record was found as."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "workspace_0004"
down_revision = "workspace_0003"


def upgrade() -> None:
    """Add what is new."""
    names = ("form", "record_id", "source", "db_schema", "db_table", "db_column", "seen")
    op.create_table(
        "sighting",
        *(sa.Column(name, sa.Text, nullable=False) for name in names),
        sa.PrimaryKeyConstraint("form", "record_id", name="pk_sighting"),
    )
