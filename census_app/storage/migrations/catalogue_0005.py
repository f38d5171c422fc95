"""Catalogues keep what was counted of each department, so that the first look after opening counts nothing again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from census_app.storage.column_types import TEXT

revision = "catalogue_0005"
down_revision = "catalogue_0004"


def upgrade() -> None:
    """Add the table; it is a cache, and empty until somebody looks."""
    op.create_table(
        "counted",
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("scope", "day", "department", "stamp", "counts")
        ),
        sa.PrimaryKeyConstraint("scope", "day", "department", name="pk_counted"),
    )
