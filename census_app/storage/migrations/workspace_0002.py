"""Workspaces learn to answer: trust bundles, form sets, queries and answers, contributions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from census_app.storage.column_types import TEXT

revision = "workspace_0002"
down_revision = "workspace_0001"


def _text(name: str, *, empty: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default=sa.text("''") if empty else None)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    """Add what is new."""
    op.add_column("workspace", _text("candidate_pem", empty=True))
    for name in ("sender", "audience", "in_reply_to", "status", "note"):
        op.add_column("correspondence", _text(name, empty=True))
    trust_tables()
    _review()
    _contributions()


def trust_tables() -> None:
    """Create what workspaces and catalogues both got in this step."""
    op.create_table(
        "trust_bundle",
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        _text("identity"),
        _text("created"),
        _text("expires"),
        _text("trust_json"),
        _text("certificates_pem"),
        _text("received_at"),
        sa.PrimaryKeyConstraint("version", name="pk_trust_bundle"),
    )
    op.create_table(
        "form_file",
        _text("form_version"),
        _text("path"),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("form_version", "path", name="pk_form_file"),
    )


def _review() -> None:
    op.create_table(
        "query",
        *map(
            _text,
            ("id", "form", "record_id", "field", "value_sha256", "text", "suggestion", "rule"),
        ),
        _integer("must"),
        _text("state"),
        _integer("round"),
        _text("package"),
        _text("at"),
        sa.PrimaryKeyConstraint("id", name="pk_query"),
    )
    op.create_index("ix_query_record_id", "query", ["record_id"])
    op.create_table(
        "answer",
        *map(_text, ("query", "kind", "text", "value_sha256", "actor", "at")),
        sa.PrimaryKeyConstraint("query", name="pk_answer"),
    )
    op.create_table(
        "verdict",
        *map(
            _text,
            ("record_id", "rule", "values_sha256", "choice", "reason", "decision", "explanation"),
        ),
        sa.PrimaryKeyConstraint("record_id", "rule", "values_sha256", name="pk_verdict"),
    )


def _contributions() -> None:
    op.create_table(
        "base_line",
        *map(_text, ("identity", "form", "record_id", "line")),
        sa.PrimaryKeyConstraint("identity", "form", "record_id", name="pk_base_line"),
    )
    op.create_table(
        "conflict",
        *map(_text, ("id", "package", "form", "record_id", "field", "base", "ours", "theirs")),
        *(_text(name, empty=True) for name in ("choice", "reason", "actor", "at")),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
    )
    op.create_index("ix_conflict_choice", "conflict", ["choice"])
