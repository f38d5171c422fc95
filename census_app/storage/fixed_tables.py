"""Tables that do not depend on the form set, of workspaces and catalogues. Alembic owns their history."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

WORKSPACE: Final = MetaData(naming_convention=NAMING)
CATALOGUE: Final = MetaData(naming_convention=NAMING)


def _text(name: str, *, default: str | None = None) -> Column[str]:
    shown = None if default is None else text(f"'{default}'")
    return Column(name, Text, nullable=False, server_default=shown)


def _integer(name: str, *, default: int | None = None) -> Column[int]:
    shown = None if default is None else text(str(default))
    return Column(name, Integer, nullable=False, server_default=shown)


workspace = Table(
    "workspace",
    WORKSPACE,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("department_code"),
    _text("department_name"),
    _text("census_id"),
    _integer("round"),
    _text("form_version"),
    _text("form_sha256"),
    _text("instance"),
    _text("created_at"),
    _integer("training"),
    _text("certificate_pem", default=""),
    _text("roots_pem", default=""),
)
"""One row: what the workspace says of itself."""

step = Table(
    "step",
    WORKSPACE,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _integer("target"),
    _text("sentence"),
    _text("params"),
    _text("actor"),
    _text("origin"),
    _text("at"),
    Index("ix_step_target", "target"),
    Index("ix_step_kind", "kind"),
)
"""Kind `do` is undoable, `undo` and `redo` compensate the step `target`, `system` is part of no undo."""

change = Table(
    "change",
    WORKSPACE,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, ForeignKey("step.number"), nullable=False),
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
    Index("ix_change_step", "step"),
    Index("ix_change_record_id", "record_id"),
)
"""The journal. Kind `field`, `record`, `place` or `explanation`; values are JSON texts."""

unfit = Table(
    "unfit",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    _text("field"),
    _text("text"),
    PrimaryKeyConstraint("form", "record_id", "field"),
)

understood = Table(
    "understood",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    _text("field"),
    _text("text"),
    PrimaryKeyConstraint("form", "record_id", "field"),
)

explanation = Table(
    "explanation",
    WORKSPACE,
    _text("record_id"),
    _text("rule"),
    _text("values_sha256"),
    _text("reason"),
    _text("actor"),
    _text("at"),
    PrimaryKeyConstraint("record_id", "rule", "values_sha256"),
)

correspondence = Table(
    "correspondence",
    WORKSPACE,
    Column("key", Integer, primary_key=True, autoincrement=False),
    _text("direction"),
    _text("identity"),
    _text("type"),
    _text("name"),
    _integer("sequence"),
    _text("previous"),
    _text("created"),
    _text("at"),
    _text("counts"),
    Index("uq_correspondence_identity", "identity", "direction", unique=True),
)

handed_in = Table(
    "handed_in",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    PrimaryKeyConstraint("form", "record_id"),
)

catalogue = Table(
    "catalogue",
    CATALOGUE,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("name"),
    _text("level"),
    _text("census_id"),
    _integer("round"),
    _text("form_version"),
    _text("form_sha256"),
    _text("roots_pem"),
    _text("created_at"),
    _text("digest", default=""),
)
"""One row; `digest` is a cache, empty after every change."""

certificate = Table(
    "certificate",
    CATALOGUE,
    _text("fingerprint"),
    _text("department"),
    _text("name"),
    _text("certificate_pem"),
    _text("issued_at"),
    PrimaryKeyConstraint("fingerprint"),
    Index("ix_certificate_department", "department"),
)

package = Table(
    "package",
    CATALOGUE,
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
    PrimaryKeyConstraint("identity"),
    Index("ix_package_department", "department", "sequence", "identity"),
)

package_chunk = Table(
    "package_chunk",
    CATALOGUE,
    Column("identity", Text, ForeignKey("package.identity"), nullable=False),
    _integer("n"),
    Column("bytes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("identity", "n"),
)

decision = Table(
    "decision",
    CATALOGUE,
    _text("id"),
    _text("kind"),
    _text("subject"),
    _text("choice"),
    _text("reason"),
    _text("actor"),
    _text("coordinator"),
    _text("created"),
    _text("supersedes"),
    PrimaryKeyConstraint("id"),
)

projected = Table(
    "projected",
    CATALOGUE,
    _text("department"),
    _integer("sequence"),
    Column("identity", Text, ForeignKey("package.identity"), nullable=False),
    PrimaryKeyConstraint("department", "sequence"),
)
"""Which packages the form tables stand for: a cache beside the form tables, emptied with them."""

announced = Table(
    "announced",
    CATALOGUE,
    _text("department"),
    _text("form"),
    _text("record_id"),
    _text("unit"),
    _text("title"),
    _text("source"),
    PrimaryKeyConstraint("department", "form", "record_id"),
)
"""Records the newest projected package announces as unfinished."""
