"""The fixed tables of the first workspaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "workspace_0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    """Create them."""
    _workspace()
    _journal()
    _texts()
    _correspondence()


def _workspace() -> None:
    op.create_table(
        "workspace",
        _integer("id"),
        _text("department_code"),
        _text("department_name"),
        _text("census_id"),
        _integer("round"),
        _text("form_version"),
        _text("form_sha256"),
        _text("instance"),
        _text("created_at"),
        _integer("training"),
        sa.Column("certificate_pem", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("roots_pem", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
    )


def _journal() -> None:
    op.create_table(
        "step",
        _integer("number"),
        _text("kind"),
        _integer("target"),
        _text("sentence"),
        _text("params"),
        _text("actor"),
        _text("origin"),
        _text("at"),
        sa.PrimaryKeyConstraint("number", name="pk_step"),
    )
    op.create_index("ix_step_target", "step", ["target"])
    op.create_index("ix_step_kind", "step", ["kind"])
    op.create_table(
        "change",
        _integer("key"),
        _integer("step"),
        _text("kind"),
        _text("form"),
        _text("record_id"),
        _text("field"),
        _text("sign"),
        _text("old"),
        _text("new"),
        _text("old_given"),
        _text("new_given"),
        _text("reason"),
        sa.PrimaryKeyConstraint("key", name="pk_change"),
        sa.ForeignKeyConstraint(["step"], ["step.number"], name="fk_change_step"),
    )
    op.create_index("ix_change_step", "change", ["step"])
    op.create_index("ix_change_record_id", "change", ["record_id"])


def _texts() -> None:
    for name in ("unfit", "understood"):
        op.create_table(
            name,
            _text("form"),
            _text("record_id"),
            _text("field"),
            _text("text"),
            sa.PrimaryKeyConstraint("form", "record_id", "field", name=f"pk_{name}"),
        )
    op.create_table(
        "explanation",
        _text("record_id"),
        _text("rule"),
        _text("values_sha256"),
        _text("reason"),
        _text("actor"),
        _text("at"),
        sa.PrimaryKeyConstraint("record_id", "rule", "values_sha256", name="pk_explanation"),
    )


def _correspondence() -> None:
    op.create_table(
        "correspondence",
        _integer("key"),
        _text("direction"),
        _text("identity"),
        _text("type"),
        _text("name"),
        _integer("sequence"),
        _text("previous"),
        _text("created"),
        _text("at"),
        _text("counts"),
        sa.PrimaryKeyConstraint("key", name="pk_correspondence"),
    )
    op.create_index(
        "uq_correspondence_identity", "correspondence", ["identity", "direction"], unique=True
    )
    op.create_table(
        "handed_in",
        _text("form"),
        _text("record_id"),
        sa.PrimaryKeyConstraint("form", "record_id", name="pk_handed_in"),
    )
