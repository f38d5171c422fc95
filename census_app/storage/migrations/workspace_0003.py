"""Workspaces begin from a last round and remember what a package carried by sharing type."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "workspace_0003"
down_revision = "workspace_0002"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    """Add what is new."""
    op.add_column(
        "correspondence", sa.Column("sharing", sa.Text, nullable=False, server_default="")
    )
    op.create_table(
        "last_round",
        _integer("id"),
        *map(_text, ("kind", "name", "identity")),
        _integer("sequence"),
        *map(_text, ("created", "census_id")),
        _integer("round"),
        _text("at"),
        sa.PrimaryKeyConstraint("id", name="pk_last_round"),
    )
    op.create_table(
        "carried",
        *map(_text, ("form", "record_id", "parent_id", "title")),
        sa.Column("row_sha256", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("form", "record_id", name="pk_carried"),
    )
    op.create_index("ix_carried_parent_id", "carried", ["parent_id"])
    op.create_table(
        "confirmation",
        *map(_text, ("form", "record_id", "mark", "actor", "at")),
        sa.PrimaryKeyConstraint("form", "record_id", name="pk_confirmation"),
    )
