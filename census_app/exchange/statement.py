"""The statement: the only signed bytes of a package, its closed schema and its inner consistency (security §1)."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from census_app.exchange import names
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.refusals import (
    AlgorithmMismatch,
    FormatVersion,
    RoleMismatch,
    SchemaViolation,
    StatementMismatch,
)

if TYPE_CHECKING:
    from census_app.exchange.certificate_facts import CertificateFacts

FORMAT: Final = "census-package/1"
ZERO_HASH: Final = "0" * 64
"""`previous` of the first statement of a chain."""

PackageType: TypeAlias = Literal[
    "submission", "contribution", "review", "receipt", "ledger", "trust", "enrolment"
]
PACKAGE_TYPES: Final[tuple[PackageType, ...]] = get_args(PackageType)
Algorithm: TypeAlias = Literal["ecdsa-p256-sha256", "sm2-sm3"]
P256: Final = "ecdsa-p256-sha256"
SM2: Final = "sm2-sm3"

MAX_FILES: Final = 1996
_MAX_DEPTH: Final = 6

_Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Code = Annotated[str, Meta(pattern=rf"\A{names.CODE_PATTERN}\Z")]
_Number = Annotated[int, Meta(ge=0, le=999_999)]

_WITH_FORMS: Final = frozenset({"submission", "contribution", "review"})
_TO_DEPARTMENT: Final = frozenset({"contribution", "review", "receipt"})
_ANSWERS: Final = frozenset({"review", "receipt"})
_MAY_SIGN: Final[dict[str, frozenset[str]]] = {
    "root": frozenset({"trust"}),
    "department": frozenset({"submission", "contribution", "enrolment"}),
    "coordinator": frozenset({"review", "receipt", "ledger"}),
    "candidate": frozenset({"enrolment", "submission", "contribution"}),
}
_REQUIRED: Final[dict[str, frozenset[str]]] = {
    "submission": frozenset({names.RECORDS, names.DATAPACKAGE}),
    "contribution": frozenset({names.RECORDS}),
    "review": frozenset({names.RECORDS}),
    "receipt": frozenset({names.RECORDS}),
    "ledger": frozenset({names.RECORDS}),
    "trust": frozenset({names.TRUST_JSON}),
    "enrolment": frozenset({names.REQUEST}),
}


class ListedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the signed list.

    Attributes:
        path: Below the package folder.
        size: In bytes; the key is `bytes`.
        sha256: Lower-case hex.
        sm3: Lower-case hex, in GM mode only.
    """

    path: Annotated[str, Meta(max_length=names.MAX_PATH)]
    size: Annotated[int, Meta(ge=0, le=1 << 30)] = msgspec.field(name="bytes")
    sha256: _Hash
    sm3: _Hash | msgspec.UnsetType = msgspec.UNSET


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a signer states. The keys and limits are those of security §1."""

    format: Literal["census-package/1"]
    type: PackageType
    package: Annotated[str, Meta(pattern=rf"\A{names.PACKAGE_PATTERN}\Z")]
    sender: _Code
    audience: Annotated[str, Meta(pattern=rf"\A({names.CODE_PATTERN}|coordinator|all)\Z")]
    sequence: _Number
    previous: _Hash
    in_reply_to: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
    instance: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    created: Annotated[
        str,
        Meta(
            pattern=r"\A20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
            r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z\Z"
        ),
    ]
    form_version: Annotated[str, Meta(pattern=r"\A([a-z0-9][a-z0-9._-]{0,63})?\Z")]
    trust_version: _Number
    algorithm: Algorithm
    signer_certificate_sha256: _Hash
    tagmanifest_sha256: _Hash
    files: Annotated[list[ListedFile], Meta(min_length=4, max_length=MAX_FILES)]


def encode(statement: Statement) -> bytes:
    """Return the bytes to sign."""
    return canonical_bytes(msgspec.to_builtins(statement))


def identity_of(statement_bytes: bytes) -> str:
    """Return the identity of a package: SHA-256 of its statement, 64 hex."""
    return hashlib.sha256(statement_bytes).hexdigest()


def timestamp(moment: dt.datetime) -> str:
    """Spell a moment as `created` wants it: UTC, seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def package_name(package_type: str, sender: str, audience: str, sequence: int) -> str:
    """Return the name a package must have."""
    middle = f"-{audience}" if package_type in _TO_DEPARTMENT else ""
    return f"{sender}{middle}-{sequence:06d}"


def parse_statement(raw: bytes) -> Statement:
    """Return the statement of verified bytes.

    Raises:
        Refused: JSON codes, `NOT_CANONICAL`, `FORMAT`, `SCHEMA`.
    """
    where = names.STATEMENT
    value = parse_strict(raw, where=where, max_size=names.size_limit(where), max_depth=_MAX_DEPTH)
    announced = value.get("format") if isinstance(value, dict) else None
    if (
        isinstance(announced, str)
        and announced != FORMAT
        and re.fullmatch(r"census-package/[0-9]{1,9}", announced)
    ):
        raise FormatVersion(where, announced)
    try:
        statement = msgspec.convert(value, Statement)
    except msgspec.ValidationError as error:
        raise SchemaViolation(where, str(error)[:200]) from None
    _check_day(statement)
    _check_paths(statement)
    _check_form_version(statement)
    return statement


def _check_day(statement: Statement) -> None:
    """Refuse a day that does not exist: whoever keeps the statement reckons with its moment."""
    try:
        dt.date.fromisoformat(statement.created[:10])
    except ValueError:
        raise SchemaViolation(names.STATEMENT, f"created: {statement.created}") from None


def _check_paths(statement: Statement) -> None:
    paths = [each.path for each in statement.files]
    for path in paths:
        if not names.is_safe_path(path) or not names.is_known_path(path, statement.type):
            raise SchemaViolation(names.STATEMENT, ascii(path)[1:-1])
    if any(left >= right for left, right in itertools.pairwise(paths)):
        raise SchemaViolation(names.STATEMENT, "files: order")
    gm = statement.algorithm == SM2
    tags = {names.BAG_INFO, names.BAGIT, names.MANIFEST, names.PACKAGE_JSON}
    if gm:
        tags.add(names.MANIFEST_GM)
    missing = (tags | _REQUIRED[statement.type]) - set(paths)
    if missing:
        raise SchemaViolation(names.STATEMENT, f"files: {min(missing)}")
    if (names.MANIFEST_GM in paths) is not gm or any(
        (each.sm3 is not msgspec.UNSET) is not gm for each in statement.files
    ):
        raise SchemaViolation(names.STATEMENT, "files: sm3")


def _check_form_version(statement: Statement) -> None:
    if bool(statement.form_version) is not (statement.type in _WITH_FORMS):
        raise SchemaViolation(names.STATEMENT, "form_version")


def check_consistency(statement: Statement) -> None:
    """Refuse a statement whose parts contradict each other.

    Raises:
        StatementMismatch: Type, package, sender, audience, sequence or reply disagree.
    """
    kind, sender, audience = statement.type, statement.sender, statement.audience
    expected = package_name(kind, sender, audience, statement.sequence)
    checks = {
        "package": statement.package == expected,
        "sender": (sender == "TRUST") is (kind == "trust"),
        "audience": _audience_fits(kind, audience),
        "sequence": (statement.sequence == 0) is (kind == "enrolment"),
        "in_reply_to": bool(statement.in_reply_to) or kind not in _ANSWERS,
    }
    for key, holds in checks.items():
        if not holds:
            raise StatementMismatch(names.STATEMENT, key)


def _audience_fits(kind: str, audience: str) -> bool:
    if kind in _TO_DEPARTMENT:
        return audience not in {"coordinator", "all"}
    return audience == ("all" if kind == "trust" else "coordinator")


def check_signer(statement: Statement, folder: str, certificate: CertificateFacts) -> None:
    """Refuse a statement that is not this signer's to make.

    Args:
        statement: Consistent in itself.
        folder: The folder of the entries.
        certificate: The verified certificate of entry 3.

    Raises:
        StatementMismatch: Folder, certificate hash or code differ.
        AlgorithmMismatch: The algorithm is not the key's.
        RoleMismatch: The role may not sign this type.
    """
    if statement.package != folder:
        raise StatementMismatch(names.STATEMENT, f"package: {folder}")
    if statement.signer_certificate_sha256 != certificate.sha256:
        raise StatementMismatch(names.STATEMENT, "signer_certificate_sha256")
    if statement.algorithm != certificate.algorithm:
        raise AlgorithmMismatch(names.STATEMENT, statement.algorithm)
    if statement.type not in _MAY_SIGN[certificate.role]:
        raise RoleMismatch(names.STATEMENT, f"{certificate.role}: {statement.type}")
    if certificate.role != "root" and statement.sender != certificate.code:
        raise StatementMismatch(names.STATEMENT, f"sender: {certificate.code}")
