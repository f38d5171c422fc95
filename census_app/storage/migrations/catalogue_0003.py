"""Catalogues keep what vanished without a word, and what the centre put on top of departments' records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from census_app.storage.column_types import TEXT

revision = "catalogue_0003"
down_revision = "catalogue_0002"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def upgrade() -> None:
    """Add both tables; they are projections, and empty until something is merged or decided."""
    op.create_table(
        "vanished",
        *map(_text, ("department", "form", "record_id", "source")),
        sa.PrimaryKeyConstraint("department", "form", "record_id", name="pk_vanished"),
    )
    op.create_table(
        "overlay",
        *map(_text, ("department", "form", "record_id", "field", "theirs", "ours", "decision")),
        sa.PrimaryKeyConstraint("department", "form", "record_id", "field", name="pk_overlay"),
    )
