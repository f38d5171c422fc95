"""Open a package: verify everything in one forward pass, then stream its records from the same open file (security §2).

Nothing is parsed before what protects it is checked. The first failure decides, as a subclass of `Refused`. Admission -
audience, chain, replies, rollback - is the receiver's, who knows what came before.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self, TypeAlias, cast

import msgspec

from census_app.errors import UserError
from census_app.exchange import names, sm2
from census_app.exchange.certificate_facts import CertificateFacts, Role
from census_app.exchange.certificates import read_request
from census_app.exchange.container import BLOCK, EntryHead, ForwardReader, directory, local_header
from census_app.exchange.description import Description, check_description, parse_description
from census_app.exchange.records import AnyValues, LineChecker, LineSchema, batches
from census_app.exchange.refusals import (
    ChecksumMismatch,
    CountMismatch,
    HashMismatch,
    Missing,
    Refused,
    SignatureInvalid,
    SizeMismatch,
    StatementMismatch,
    TooBig,
    Unexpected,
    UnsafeName,
    WrongOrder,
)
from census_app.exchange.signers import verify
from census_app.exchange.statement import (
    ListedFile,
    Statement,
    check_consistency,
    check_signer,
    identity_of,
    parse_statement,
)
from census_app.exchange.tagfiles import check_tag_files
from census_app.settings.files import file_problem

if TYPE_CHECKING:
    import datetime as dt

    from census_app.exchange.trust import TrustAnchors

SchemaFor: TypeAlias = Callable[[str], LineSchema | None]
"""Form version → what its forms admit; None for a version that is not known."""

_WITH_SCOPE: Final = frozenset({"submission", "contribution"})


@dataclass(frozen=True, slots=True)
class _Head:
    """The first four entries."""

    folder: str
    statement: bytes
    signature: bytes
    certificate: bytes
    tag_manifest: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a verified file lies; `marks` are running digests at each block, so that a later look is guarded too."""

    offset: int
    listed: ListedFile
    marks: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """All entries in file order."""

    heads: tuple[EntryHead, ...]
    places: Mapping[str, _Place]


class VerifiedPackage:
    """A package whose every byte was checked; a context manager that closes the file.

    Attributes:
        path: Where it was opened.
        size: Bytes of the file.
        statement: The signed statement.
        statement_bytes: As signed.
        identity: SHA-256 of `statement_bytes`.
        certificate: Facts of the signer's certificate.
        certificate_pem: Its text.
        description: `data/package.json`, typed.
        package_json: The same as plain JSON.
        counts: Lines by form and by `put`, `pending`, `delete`.
        form_known: False when nobody could say what the values of its forms may be (`FORM_UNKNOWN`): its lines were
            checked in their envelope and general limits only.
        notices: Codes such as `CLOCK`.
    """

    def __init__(self, file: BinaryIO, path: Path, size: int, layout: _Layout, head: _Head) -> None:
        self._file = file
        self._layout = layout
        self.path = path
        self.size = size
        self.statement_bytes = head.statement
        self.identity = identity_of(head.statement)
        self.certificate_pem = head.certificate
        self.statement: Statement
        self.certificate: CertificateFacts
        self.description: Description
        self.package_json: dict[str, object] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.notices: tuple[str, ...] = ()
        self.form_known = True

    @property
    def role(self) -> Role:
        """Return the signer's role."""
        return self.certificate.role

    @property
    def records(self) -> int:
        """Return the number of record lines."""
        return self.description.records

    def iter_lines(self) -> Iterator[bytes]:
        """Yield each record line without its LF, in order.

        Raises:
            HashMismatch: The open file was changed since it was verified; the line was not yet yielded.
        """
        for batch in batches(self._record_blocks()):
            yield from batch.split(b"\n")[:-1]

    def iter_records(self) -> Iterator[dict[str, object]]:
        """Yield each record line as a dict, in order; see `iter_lines`."""
        decode = msgspec.json.Decoder(dict[str, object]).decode_lines
        for batch in batches(self._record_blocks()):
            yield from decode(batch)

    def files(self) -> tuple[ListedFile, ...]:
        """Return the signed list of files."""
        return tuple(self.statement.files)

    def read_file(self, path: str) -> bytes:
        """Return a file of the signed list whole; for attachments, requests, trust files.

        Args:
            path: Such as `data/request.csr`.

        Raises:
            KeyError: The package has no such file.
            HashMismatch: The open file was changed since it was verified.
        """
        return b"".join(self._blocks(self._layout.places[path]))

    def iter_file(self) -> Iterator[bytes]:
        """Yield the bytes of the whole package file, for keeping it.

        Raises:
            HashMismatch: The open file was changed since it was verified.
        """
        places = list(self._layout.places.values())
        for head, place in zip(self._layout.heads, places, strict=True):
            yield local_header(head)
            yield from self._blocks(place)
        yield directory(self._layout.heads)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _record_blocks(self) -> Iterator[bytes]:
        place = self._layout.places.get(names.RECORDS)
        return self._blocks(place) if place else iter(())

    def _blocks(self, place: _Place) -> Iterator[bytes]:
        digest = hashlib.sha256()
        left, offset = place.listed.size, place.offset
        for mark in place.marks:
            self._file.seek(offset)
            block = self._file.read(min(BLOCK, left))
            digest.update(block)
            if digest.copy().digest() != mark:
                raise HashMismatch(place.listed.path, file=self.path.name)
            left -= len(block)
            offset += len(block)
            yield block


def open_package(
    path: Path,
    trust: TrustAnchors,
    *,
    now: dt.datetime,
    line_schema: LineSchema | SchemaFor | None = None,
    allow_candidate: bool = False,
) -> VerifiedPackage:
    """Verify a package wholly and return it, open.

    Args:
        path: The file; its name does not matter.
        trust: Whom to believe.
        now: The system clock.
        line_schema: What the forms admit, or how to find it by the form version that the package names; None checks
            the envelope and the general limits only.
        allow_candidate: Accept a self-signed department certificate; the caller holds what it signed.

    Raises:
        Refused: The subclass of the first reason found.
        UserError: `FILE_MISSING`.
        EnvironmentProblem: The file cannot be read.
    """
    try:
        file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - closed by the package
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except OSError as error:
        raise file_problem(error, path) from error
    try:
        return _verify(file, path, trust, now, line_schema, allow_candidate=allow_candidate)
    except Refused as refused:
        file.close()
        raise refused.about(path.name)  # noqa: B904 - the same refusal, now with the file's name
    except OSError as error:
        file.close()
        raise file_problem(error, path) from error
    except BaseException:
        file.close()
        raise


def signer_certificate(path: Path) -> bytes:
    """Return the certificate a package claims to be signed with; nothing of the package is verified.

    For choosing whom to ask for belief, before anybody is believed.

    Raises:
        Refused: The first four entries are not those of a package.
        UserError: `FILE_MISSING`.
        EnvironmentProblem: The file cannot be read.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            facts = os.fstat(file.fileno())
            size = facts.st_size if stat.S_ISREG(facts.st_mode) else 0
            return _read_head(ForwardReader(file, size))[0].certificate
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except Refused as refused:
        raise refused.about(path.name)  # noqa: B904 - the same refusal, now with the file's name
    except OSError as error:
        raise file_problem(error, path) from error


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end, should the path be a pipe; its size then refuses it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _verify(
    file: BinaryIO,
    path: Path,
    trust: TrustAnchors,
    now: dt.datetime,
    line_schema: LineSchema | SchemaFor | None,
    *,
    allow_candidate: bool,
) -> VerifiedPackage:
    facts_of_file = os.fstat(file.fileno())
    size = facts_of_file.st_size if stat.S_ISREG(facts_of_file.st_mode) else 0
    reader = ForwardReader(file, size)
    head, first_places = _read_head(reader)
    moment, notices = trust.effective_time(now)
    identity = identity_of(head.statement)
    certificate = trust.examine(
        head.certificate,
        moment=None if identity in trust.admitted else moment,
        allow_candidate=allow_candidate,
    )
    if not verify(certificate.algorithm, certificate.spki, head.statement, head.signature):
        raise SignatureInvalid(names.SIGNATURE)
    statement = parse_statement(head.statement)
    check_consistency(statement)
    check_signer(statement, head.folder, certificate)
    trust.require_not_revoked(certificate, statement, identity)
    check_tag_files(statement, head.tag_manifest)
    layout = _read_files(reader, head.folder, statement, first_places)
    reader.finish()
    package = VerifiedPackage(file, path, size, layout, head)
    package.statement, package.certificate, package.notices = statement, certificate, notices
    _check_payload(package, trust, _schema(package, line_schema))
    return package


def _schema(package: VerifiedPackage, line_schema: LineSchema | SchemaFor | None) -> LineSchema:
    version = package.statement.form_version
    if not callable(line_schema):
        return line_schema or AnyValues()
    found = line_schema(version) if version else None
    package.form_known = found is not None or not version
    return found or AnyValues()


def _read_head(reader: ForwardReader) -> tuple[_Head, list[tuple[EntryHead, _Place]]]:
    folder, contents, places = "", [], []
    for path in names.HEAD:
        entry = reader.next_entry()
        if entry is None:
            raise WrongOrder(path)
        found_folder, found = names.split_entry_name(entry.name)
        if folder and found_folder != folder:
            raise UnsafeName(f"{found_folder}/{found}")
        folder = found_folder
        if found != path:
            raise WrongOrder(found, path)
        if entry.size > names.size_limit(path):
            raise TooBig(path, str(entry.size))
        content, place = _read_small(reader, entry, path)
        contents.append(content)
        places.append((entry, place))
    return _Head(folder, *contents), places


def _read_small(reader: ForwardReader, entry: EntryHead, path: str) -> tuple[bytes, _Place]:
    reader.require_room(entry)
    offset = reader.position()
    blocks = list(reader.blocks(entry))
    digest, marks = hashlib.sha256(), []
    for block in blocks:
        digest.update(block)
        marks.append(digest.copy().digest())
    content = b"".join(blocks)
    if zlib.crc32(content) != entry.crc:
        raise ChecksumMismatch(path)
    return content, _Place(offset, ListedFile(path, len(content), digest.hexdigest()), tuple(marks))


def _read_files(
    reader: ForwardReader,
    folder: str,
    statement: Statement,
    first: list[tuple[EntryHead, _Place]],
) -> _Layout:
    heads = [entry for entry, _ in first]
    places = {place.listed.path: place for _, place in first}
    for listed in statement.files:
        entry = reader.next_entry()
        if entry is None:
            raise Missing(listed.path)
        found_folder, found = names.split_entry_name(entry.name)
        if found_folder != folder:
            raise UnsafeName(f"{found_folder}/{found}")
        if found != listed.path:
            raise Unexpected(found, listed.path)
        if entry.size > names.size_limit(found):
            raise TooBig(found, str(entry.size))
        if entry.size != listed.size:
            raise SizeMismatch(found, f"{entry.size}/{listed.size}")
        places[found] = _read_listed(reader, entry, listed)
        heads.append(entry)
    return _Layout(tuple(heads), places)


def _read_listed(reader: ForwardReader, entry: EntryHead, listed: ListedFile) -> _Place:
    reader.require_room(entry)
    offset, crc = reader.position(), 0
    digest, marks = hashlib.sha256(), []
    gm = sm2.sm3() if listed.sm3 is not msgspec.UNSET else None
    for block in reader.blocks(entry):
        digest.update(block)
        if gm is not None:
            gm.update(block)
        crc = zlib.crc32(block, crc)
        marks.append(digest.copy().digest())
    if digest.hexdigest() != listed.sha256:
        raise HashMismatch(listed.path)
    if gm is not None and gm.finalize().hex() != listed.sm3:
        raise HashMismatch(listed.path, "SM3")
    if crc != entry.crc:
        raise HashMismatch(listed.path, "CRC")
    return _Place(offset, listed, tuple(marks))


def _check_payload(package: VerifiedPackage, trust: TrustAnchors, schema: LineSchema) -> None:
    statement = package.statement
    raw = package.read_file(names.PACKAGE_JSON)
    package.description = parse_description(raw)
    package.package_json = cast("dict[str, object]", msgspec.json.decode(raw))
    check_description(package.description, statement)
    if statement.type == "enrolment":
        _check_request(package)
    checker = LineChecker(
        schema,
        lambda unit: statement.type not in _WITH_SCOPE or trust.has_unit(statement, unit),
        statement.type,
    )
    checker.check(package._record_blocks())  # noqa: SLF001 - one module
    if checker.lines != package.description.records:
        raise CountMismatch(names.RECORDS, f"{checker.lines}/{package.description.records}")
    package.counts = checker.counts


def _check_request(package: VerifiedPackage) -> None:
    """Refuse a request for another sender's code, and a candidate that asks for another key than it signs with."""
    request = read_request(package.read_file(names.REQUEST), names.REQUEST)
    other_key = request.spki != package.certificate.spki
    if request.code != package.statement.sender:
        raise StatementMismatch(names.REQUEST, f"code: {request.code}")
    if package.role is Role.CANDIDATE and other_key:
        raise StatementMismatch(names.REQUEST, "key")
