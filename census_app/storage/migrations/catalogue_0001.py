"""The fixed tables of the first catalogues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from census_app.storage.column_types import TEXT

revision = "catalogue_0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def upgrade() -> None:
    """Create them."""
    _catalogue()
    _packages()
    _projection()


def _catalogue() -> None:
    op.create_table(
        "catalogue",
        _integer("id"),
        _text("name"),
        _text("level"),
        _text("census_id"),
        _integer("round"),
        _text("form_version"),
        _text("form_sha256"),
        _text("roots_pem"),
        _text("created_at"),
        sa.Column("digest", TEXT, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue"),
    )
    op.create_table(
        "certificate",
        _text("fingerprint"),
        _text("department"),
        _text("name"),
        _text("certificate_pem"),
        _text("issued_at"),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_certificate"),
    )
    op.create_index("ix_certificate_department", "certificate", ["department"])


def _packages() -> None:
    op.create_table(
        "package",
        _text("identity"),
        _text("name"),
        _text("type"),
        _text("department"),
        _integer("sequence"),
        _text("previous"),
        _text("created"),
        _text("received_at"),
        _text("form_version"),
        _integer("bytes"),
        _text("counts"),
        _integer("quarantined"),
        _integer("errors"),
        _integer("warnings"),
        sa.PrimaryKeyConstraint("identity", name="pk_package"),
    )
    op.create_index("ix_package_department", "package", ["department", "sequence", "identity"])
    op.create_table(
        "package_chunk",
        _text("identity"),
        _integer("n"),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("identity", "n", name="pk_package_chunk"),
        sa.ForeignKeyConstraint(
            ["identity"], ["package.identity"], name="fk_package_chunk_identity"
        ),
    )
    op.create_table(
        "decision",
        _text("id"),
        _text("kind"),
        _text("subject"),
        _text("choice"),
        _text("reason"),
        _text("actor"),
        _text("coordinator"),
        _text("created"),
        _text("supersedes"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )


def _projection() -> None:
    op.create_table(
        "projected",
        _text("department"),
        _integer("sequence"),
        _text("identity"),
        sa.PrimaryKeyConstraint("department", "sequence", name="pk_projected"),
        sa.ForeignKeyConstraint(["identity"], ["package.identity"], name="fk_projected_identity"),
    )
    op.create_table(
        "announced",
        _text("department"),
        _text("form"),
        _text("record_id"),
        _text("unit"),
        _text("title"),
        _text("source"),
        sa.PrimaryKeyConstraint("department", "form", "record_id", name="pk_announced"),
    )
