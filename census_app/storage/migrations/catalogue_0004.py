"""Catalogues know since when a key is here, also after its certificate was renewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from census_app.storage.column_types import TEXT

revision = "catalogue_0004"
down_revision = "catalogue_0003"


def upgrade() -> None:
    """Add the moment; of a certificate that was renewed before, the renewal is all that is known."""
    op.add_column(
        "certificate", sa.Column("since", TEXT, nullable=False, server_default=sa.text("''"))
    )
    op.execute("UPDATE certificate SET since = issued_at")
