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
    text,
)

from census_app.storage.column_types import TEXT

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

WORKSPACE: Final = MetaData(naming_convention=NAMING)
CATALOGUE: Final = MetaData(naming_convention=NAMING)
OF_MARK: Final = {"workspace": WORKSPACE, "catalogue": CATALOGUE}
"""Table that only one kind of file has → all its fixed tables."""


def _text(name: str, *, default: str | None = None) -> Column[str]:
    shown = None if default is None else text(f"'{default}'")
    return Column(name, TEXT, nullable=False, server_default=shown)


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
    _text("candidate_pem", default=""),
)
"""One row: what the workspace says of itself; the candidate certificate signs until the issued one arrives."""

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
"""The journal. Kind `field`, `record`, `place`, `explanation`, `decision`, `confirmation`, `sighting`; values: JSON."""

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
    _text("sender", default=""),
    _text("audience", default=""),
    _text("in_reply_to", default=""),
    _text("status", default=""),
    _text("note", default=""),
    _text("sharing", default=""),
    Index("uq_correspondence_identity", "identity", "direction", unique=True),
)
"""Packages sent and received; `status` and `note` are those of a receipt, `sharing` the tally of a submission."""

handed_in = Table(
    "handed_in",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    PrimaryKeyConstraint("form", "record_id"),
)


def _trust_bundle(metadata: MetaData) -> Table:
    return Table(
        "trust_bundle",
        metadata,
        Column("version", Integer, primary_key=True, autoincrement=False),
        _text("identity"),
        _text("created"),
        _text("expires"),
        _text("trust_json"),
        _text("certificates_pem"),
        _text("received_at"),
    )


def _form_file(metadata: MetaData) -> Table:
    return Table(
        "form_file",
        metadata,
        _text("form_version"),
        _text("path"),
        Column("bytes", LargeBinary, nullable=False),
        PrimaryKeyConstraint("form_version", "path"),
    )


workspace_bundle = _trust_bundle(WORKSPACE)
catalogue_bundle = _trust_bundle(CATALOGUE)
"""Trust bundles that were applied; the highest version is the one in force."""

workspace_form_file = _form_file(WORKSPACE)
catalogue_form_file = _form_file(CATALOGUE)
"""The files of form sets that did not come with the program, by version."""

query = Table(
    "query",
    WORKSPACE,
    _text("id"),
    _text("form"),
    _text("record_id"),
    _text("field"),
    _text("value_sha256"),
    _text("text"),
    _text("suggestion"),
    _text("rule"),
    _integer("must"),
    _text("state"),
    _integer("round"),
    _text("package"),
    _text("at"),
    PrimaryKeyConstraint("id"),
    Index("ix_query_record_id", "record_id"),
)
"""What coordinators ask; state `open` or `closed` as their newest review says."""

answer = Table(
    "answer",
    WORKSPACE,
    _text("query"),
    _text("kind"),
    _text("text"),
    _text("value_sha256"),
    _text("actor"),
    _text("at"),
    PrimaryKeyConstraint("query"),
)
"""What the department answered; the newest answer of a query stands."""

verdict = Table(
    "verdict",
    WORKSPACE,
    _text("record_id"),
    _text("rule"),
    _text("values_sha256"),
    _text("choice"),
    _text("reason"),
    _text("decision"),
    _text("explanation"),
    PrimaryKeyConstraint("record_id", "rule", "values_sha256"),
)
"""What coordinators said of explained warnings: `accepted` for good, or `refused` the reason in `explanation`."""

base_line = Table(
    "base_line",
    WORKSPACE,
    _text("identity"),
    _text("form"),
    _text("record_id"),
    _text("line"),
    PrimaryKeyConstraint("identity", "form", "record_id"),
)
"""Lines of contributions sent and taken over: the common base of the next three-way merge."""

conflict = Table(
    "conflict",
    WORKSPACE,
    _text("id"),
    _text("package"),
    _text("form"),
    _text("record_id"),
    _text("field"),
    _text("base"),
    _text("ours"),
    _text("theirs"),
    _text("choice", default=""),
    _text("reason", default=""),
    _text("actor", default=""),
    _text("at", default=""),
    PrimaryKeyConstraint("id"),
    Index("ix_conflict_choice", "choice"),
)
"""Fields that two sides changed differently; values are JSON texts, `choice` is empty until a person decides."""

last_round = Table(
    "last_round",
    WORKSPACE,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("name"),
    _text("identity"),
    _integer("sequence"),
    _text("created"),
    _text("census_id"),
    _integer("round"),
    _text("at"),
)
"""One row where the workspace was begun from a last round: which file or package that was, and when it was read."""

carried = Table(
    "carried",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    _text("parent_id"),
    _text("title"),
    Column("row_sha256", LargeBinary, nullable=False),
    PrimaryKeyConstraint("form", "record_id"),
    Index("ix_carried_parent_id", "parent_id"),
)
"""Records of the last round and the hash of their rows as they came: a row with another hash has changed since."""

confirmation = Table(
    "confirmation",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    _text("mark"),
    _text("actor"),
    _text("at"),
    PrimaryKeyConstraint("form", "record_id"),
)
"""What a person said of a record of the last round: `unchanged`, or `changing` while the change is still to be made."""

sighting = Table(
    "sighting",
    WORKSPACE,
    _text("form"),
    _text("record_id"),
    _text("source"),
    _text("db_schema"),
    _text("db_table"),
    _text("db_column"),
    _text("seen"),
    PrimaryKeyConstraint("form", "record_id"),
)
"""As which table or column of a database a record was found; `seen` has hashes of what discovery wrote, as JSON."""

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
    _text("coordinator_code", default=""),
    _text("coordinator_name", default=""),
    _text("coordinator_pem", default=""),
    _text("instance", default=""),
    _text("upper_code", default=""),
    _text("upper_roots_pem", default=""),
    _text("upper_certificate_pem", default=""),
    _text("upper_candidate_pem", default=""),
)
"""One row; `digest` is a cache, empty after every change. The coordinator's certificate is that of the daily key; the
`upper` columns are for handing the whole catalogue up: own code there, its roots, our certificate from it.
"""

certificate = Table(
    "certificate",
    CATALOGUE,
    _text("fingerprint"),
    _text("department"),
    _text("name"),
    _text("certificate_pem"),
    _text("issued_at"),
    _text("role", default="department"),
    _text("since", default=""),
    PrimaryKeyConstraint("fingerprint"),
    Index("ix_certificate_department", "department"),
)
"""Certificates, one for each key; `since` is when the first one of the key came, `issued_at` when this one did."""

unit = Table(
    "unit",
    CATALOGUE,
    _text("department"),
    _text("code"),
    _text("name"),
    PrimaryKeyConstraint("department", "code"),
)
"""Bodies a department may report for beside itself and its sections: subordinate units, the departments of a city."""

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
    _text("sender", default=""),
    _text("audience", default=""),
    _text("in_reply_to", default=""),
    _text("signer_serial", default=""),
    _text("signer_sha256", default=""),
    _text("direction", default="received"),
    _text("held", default=""),
    PrimaryKeyConstraint("identity"),
    Index("ix_package_department", "department", "sequence", "identity"),
)
"""Every package, whole. For a submission `department` is its sender, for a review or receipt the department it goes to,
else empty; `held` is `form_unknown` while nothing here knows the form set it was filled with.
"""

package_chunk = Table(
    "package_chunk",
    CATALOGUE,
    Column("identity", TEXT, ForeignKey("package.identity"), nullable=False),
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
    _text("source", default=""),
    PrimaryKeyConstraint("id"),
)
"""The ledger; `source` is the ledger package an entry came with, empty for our own."""

projected = Table(
    "projected",
    CATALOGUE,
    _text("department"),
    _integer("sequence"),
    Column("identity", TEXT, ForeignKey("package.identity"), nullable=False),
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

explained = Table(
    "explained",
    CATALOGUE,
    _text("department"),
    _text("form"),
    _text("record_id"),
    _text("rule"),
    _text("values_sha256"),
    _text("reason"),
    PrimaryKeyConstraint("department", "record_id", "rule", "values_sha256"),
)
"""Reasons for warnings that the newest projected package carries."""

answered = Table(
    "answered",
    CATALOGUE,
    _text("department"),
    _text("query"),
    _text("kind"),
    _text("text"),
    _text("value_sha256"),
    PrimaryKeyConstraint("department", "query"),
)
"""Answers to queries that the newest projected package carries."""

vanished = Table(
    "vanished",
    CATALOGUE,
    _text("department"),
    _text("form"),
    _text("record_id"),
    _text("source"),
    PrimaryKeyConstraint("department", "form", "record_id"),
)
"""Records that the newest projected package neither carries nor deletes: a finding, not a deletion."""

overlay = Table(
    "overlay",
    CATALOGUE,
    _text("department"),
    _text("form"),
    _text("record_id"),
    _text("field"),
    _text("theirs"),
    _text("ours"),
    _text("decision"),
    PrimaryKeyConstraint("department", "form", "record_id", "field"),
)
"""Where a value of the centre lies on a department's row: both values as JSON, and the decision that put it there."""

counted = Table(
    "counted",
    CATALOGUE,
    _text("scope"),
    _text("day"),
    _text("department"),
    _text("stamp"),
    _text("counts"),
    PrimaryKeyConstraint("scope", "day", "department"),
)
"""What was counted of a department's rows: a cache, see `storage.counted`."""
