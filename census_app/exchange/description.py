"""`data/package.json`: what every package says about itself beside its records (security §1, "Payload")."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from census_app.exchange import names
from census_app.exchange.canonical import parse_strict
from census_app.exchange.refusals import AttachmentMismatch, SchemaViolation, StatementMismatch
from census_app.exchange.statement import ListedFile, Statement

MAX_RECORDS: Final = 3_000_000

_Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Name = Annotated[str, Meta(max_length=500)]
_Word = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]


class _Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Campaign(_Closed, frozen=True):
    """The census campaign and its round, counted from 1."""

    id: _Word
    round: Annotated[int, Meta(ge=1, le=9999)]


class Department(_Closed, frozen=True):
    """Whose data this is; `uscc` is empty where the code is not one."""

    code: Annotated[str, Meta(pattern=rf"\A{names.CODE_PATTERN}\Z")]
    name: _Name
    uscc: Annotated[str, Meta(pattern=r"\A([0-9A-Z]{18})?\Z")]


class FormSetReference(_Closed, frozen=True):
    """The form set the records follow; both empty where a package has no form version."""

    version: Annotated[str, Meta(pattern=r"\A([a-z0-9][a-z0-9._-]{0,63})?\Z")]
    sha256: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]


class Software(_Closed, frozen=True):
    """The program that wrote the package."""

    name: _Name
    version: Annotated[str, Meta(max_length=64)]


class Attachment(_Closed, frozen=True):
    """One attached file; its name is text and never a path."""

    size: Annotated[int, Meta(ge=0, le=64 << 20)] = msgspec.field(name="bytes")
    ext: Annotated[str, Meta(pattern=r"\A[a-z]{2,4}\Z")]
    name: _Name
    sha256: _Hash


class Description(_Closed, frozen=True):
    """The whole document."""

    attachments: Annotated[list[Attachment], Meta(max_length=1996)]
    census: Campaign
    department: Department
    form_set: FormSetReference
    records: Annotated[int, Meta(ge=0, le=MAX_RECORDS)]
    software: Software


def parse_description(raw: bytes) -> Description:
    """Return the document of verified bytes.

    Raises:
        Refused: JSON codes, `NOT_CANONICAL`, `SCHEMA`.
    """
    value = parse_strict(raw, where=names.PACKAGE_JSON)
    try:
        return msgspec.convert(value, Description)
    except msgspec.ValidationError as error:
        raise SchemaViolation(names.PACKAGE_JSON, str(error)[:200]) from None


def check_description(description: Description, statement: Statement) -> None:
    """Refuse a description that contradicts the statement.

    Raises:
        StatementMismatch: Form version or department differ.
        AttachmentMismatch: The announced attachments are not the attached files.
    """
    if statement.form_version and description.form_set.version != statement.form_version:
        raise StatementMismatch(names.PACKAGE_JSON, "form_set/version")
    allowed = {
        "submission": {statement.sender},
        "enrolment": {statement.sender},
        "contribution": {statement.sender, statement.audience},
    }.get(statement.type)
    if allowed is not None and description.department.code not in allowed:
        raise StatementMismatch(names.PACKAGE_JSON, "department/code")
    _check_attachments(description, statement.files)


def _check_attachments(description: Description, files: list[ListedFile]) -> None:
    attached = {each.path: each for each in files if names.attachment_hash(each.path)}
    for path, entry in attached.items():
        if names.attachment_hash(path) != entry.sha256:
            raise AttachmentMismatch(path)
    announced = {
        f"data/attachments/{each.sha256}.{each.ext}": each.size for each in description.attachments
    }
    if announced != {path: entry.size for path, entry in attached.items()}:
        differing = announced.keys() ^ attached.keys()
        raise AttachmentMismatch(names.PACKAGE_JSON, min(differing, default="bytes"))
    if len(announced) != len(description.attachments):
        raise AttachmentMismatch(names.PACKAGE_JSON)
