"""Write a package: one canonical byte string, signed, on the disk and read back before anybody calls it written."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from census_app.exchange import names, sm2, tagfiles
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.container import BLOCK, Entry, EntryHead, entry_of, stream
from census_app.exchange.reading import open_package
from census_app.exchange.records import LineSchema
from census_app.exchange.refusals import Refused, TooBig, TooManyEntries
from census_app.exchange.signers import Signer
from census_app.exchange.statement import (
    FORMAT,
    MAX_FILES,
    SM2,
    ZERO_HASH,
    ListedFile,
    PackageType,
    Statement,
    check_consistency,
    encode,
    identity_of,
    package_name,
    timestamp,
)
from census_app.exchange.trust import TrustAnchors
from census_app.settings.files import atomic_write

_EPOCH: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_SPOOL_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class RecordsFacts:
    """What is known of `records.ndjson` once all lines have been taken; `sm3` in GM mode only."""

    size: int
    sha256: str
    lines: int
    sm3: str | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDraft:
    """What shall be stated and signed.

    Attributes:
        type: What kind of package.
        sender: Code of the sender, as in its certificate.
        audience: `coordinator`, a department's code, or `all`.
        sequence: Number in the sender's chain.
        previous: Identity of the preceding statement of the chain.
        in_reply_to: Identity of the package this one answers, or empty.
        instance: 32 hex of the installation.
        created: Moment of writing.
        form_version: Form set version for submission, contribution, review; else empty.
        trust_version: Newest trust bundle known.
        package_json: `data/package.json`; `records` is filled in here.
        record_lines: Canonical lines without LF, ascending by form and id; None: no `records.ndjson`.
        datapackage: Bytes of `data/datapackage.json`, or a function that makes them once the records are known.
        units: Codes of bodies the sender reports for beside itself and its sections; what its readers must have listed.
        files: Further files by path below `data/`, such as `request.csr` or `attachments/<sha256>.pdf`.
    """

    type: PackageType
    sender: str
    audience: str
    sequence: int
    instance: str
    created: dt.datetime
    package_json: Mapping[str, object]
    previous: str = ZERO_HASH
    in_reply_to: str = ""
    form_version: str = ""
    trust_version: int = 0
    record_lines: Iterable[bytes] | None = None
    datapackage: bytes | Callable[[RecordsFacts], bytes] | None = None
    units: frozenset[str] = frozenset()
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the package and of its folder."""
        return package_name(self.type, self.sender, self.audience, self.sequence)


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """A package on the disk.

    Attributes:
        path: Where.
        identity: SHA-256 of the statement.
        statement: What was signed.
        bytes: Size of the file.
        name: Name of the package.
        counts: Lines by form and by `put`, `pending`, `delete`.
    """

    path: Path
    identity: str
    statement: Statement
    bytes: int
    name: str
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A file below the package folder, its size and hashes taken."""

    listed: ListedFile
    entry: Entry


def write_package(
    path_or_dir: Path,
    draft: PackageDraft,
    signer: Signer,
    *,
    line_schema: LineSchema | None = None,
) -> WrittenPackage:
    """Write, sign and verify a package.

    The finished file is verified as a receiver would before it gets its name; an older file survives any failure.

    Args:
        path_or_dir: The file, or a folder in which it is named `<package>.census`.
        draft: What to state.
        signer: Unlocked.
        line_schema: What the forms admit, for the verification.

    Raises:
        Refused: What a reader would refuse, such as `RECORD`, `SCHEMA`, `STATEMENT`, `EXPIRED`, `ZIP_ENTRIES`.
        UserError: The signer is locked.
        EnvironmentProblem: The file cannot be written.
    """
    path = path_or_dir
    if path.is_dir():
        path = path / (draft.name + names.EXTENSION)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        parts = _payload_parts(draft, cast("BinaryIO", spool), gm=signer.algorithm == SM2)
        entries, statement, statement_bytes = _assemble(draft, parts, signer)
        counts: dict[str, dict[str, int]] = {}

        def check(temporary: Path) -> None:
            counts.update(_verify_own(temporary, path.name, draft, signer, line_schema))

        atomic_write(path, stream(entries), check=check)
    identity = identity_of(statement_bytes)
    return WrittenPackage(path, identity, statement, path.stat().st_size, draft.name, counts)


def _verify_own(
    temporary: Path, name: str, draft: PackageDraft, signer: Signer, schema: LineSchema | None
) -> dict[str, dict[str, int]]:
    """Look at the finished file as a receiver would who believes this certificate, at the moment of writing."""
    units = {draft.sender: draft.units}
    trust = replace(TrustAnchors.pinning(signer.certificate_pem), floor=_EPOCH, units=units)
    try:
        with open_package(
            temporary, trust, now=draft.created, line_schema=schema, allow_candidate=True
        ) as package:
            return package.counts
    except Refused as refused:
        refused.params["file"] = name
        raise


def _payload_parts(draft: PackageDraft, spool: BinaryIO, *, gm: bool) -> list[_Part]:
    parts, facts = [], RecordsFacts(0, hashlib.sha256(b"").hexdigest(), 0)
    if draft.record_lines is not None:
        facts, crc = _spool_lines(draft.record_lines, spool, gm=gm)
        listed = ListedFile(names.RECORDS, facts.size, facts.sha256, facts.sm3)
        head = EntryHead(f"{draft.name}/{names.RECORDS}".encode("ascii"), facts.size, crc)
        parts.append(_Part(listed, Entry(head, lambda: _blocks_of(spool))))
    for path, content in _documents(draft, facts).items():
        parts.append(_part_of(draft.name, path, content, gm=gm))
    return parts


def _documents(draft: PackageDraft, facts: RecordsFacts) -> dict[str, bytes]:
    description = {**draft.package_json, "records": facts.lines}
    found = {names.PACKAGE_JSON: canonical_bytes(description)}
    if draft.datapackage is not None:
        make = draft.datapackage
        found[names.DATAPACKAGE] = make if isinstance(make, bytes) else make(facts)
    found.update({f"data/{path}": content for path, content in draft.files.items()})
    return found


def _spool_lines(lines: Iterable[bytes], spool: BinaryIO, *, gm: bool) -> tuple[RecordsFacts, int]:
    digest, crc, size, count = hashlib.sha256(), 0, 0, 0
    gm_digest = sm2.sm3() if gm else None
    for batch in _joined(lines):
        digest.update(batch)
        if gm_digest is not None:
            gm_digest.update(batch)
        crc = zlib.crc32(batch, crc)
        size += len(batch)
        count += batch.count(b"\n")
        if size > names.size_limit(names.RECORDS):
            raise TooBig(names.RECORDS, str(size))
        spool.write(batch)
    sm3 = msgspec.UNSET if gm_digest is None else gm_digest.finalize().hex()
    return RecordsFacts(size, digest.hexdigest(), count, sm3), crc


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"\n".join(waiting) + b"\n"
            waiting, size = [], 0
    if waiting:
        yield b"\n".join(waiting) + b"\n"


def _blocks_of(spool: BinaryIO) -> Iterator[bytes]:
    spool.seek(0)
    while block := spool.read(BLOCK):
        yield block


def _part_of(package: str, path: str, content: bytes, *, gm: bool) -> _Part:
    if len(content) > names.size_limit(path):
        raise TooBig(path, str(len(content)))
    sm3 = sm2.sm3_hex(content) if gm else msgspec.UNSET
    listed = ListedFile(path, len(content), hashlib.sha256(content).hexdigest(), sm3)
    return _Part(listed, entry_of(f"{package}/{path}", content))


def _assemble(
    draft: PackageDraft, parts: list[_Part], signer: Signer
) -> tuple[list[Entry], Statement, bytes]:
    payload = sorted((part.listed for part in parts), key=lambda each: each.path)
    tags = tagfiles.tag_files(draft.name, payload)
    manifest = tagfiles.tag_manifest(tags)
    gm = signer.algorithm == SM2
    tag_parts = [_part_of(draft.name, path, content, gm=gm) for path, content in tags.items()]
    listed = sorted([*parts, *tag_parts], key=lambda part: part.listed.path)
    if len(listed) > MAX_FILES:
        raise TooManyEntries(detail=str(len(listed)))
    statement = _statement(draft, signer, manifest, [part.listed for part in listed])
    check_consistency(statement)
    raw = encode(statement)
    first = {
        names.STATEMENT: raw,
        names.SIGNATURE: signer.sign(raw),
        names.CERTIFICATE: signer.certificate_pem,
        names.TAG_MANIFEST: manifest,
    }
    entries = [entry_of(f"{draft.name}/{path}", content) for path, content in first.items()]
    return [*entries, *(part.entry for part in listed)], statement, raw


def _statement(
    draft: PackageDraft, signer: Signer, manifest: bytes, files: list[ListedFile]
) -> Statement:
    return Statement(
        format=FORMAT,
        type=draft.type,
        package=draft.name,
        sender=draft.sender,
        audience=draft.audience,
        sequence=draft.sequence,
        previous=draft.previous,
        in_reply_to=draft.in_reply_to,
        instance=draft.instance,
        created=timestamp(draft.created),
        form_version=draft.form_version,
        trust_version=draft.trust_version,
        algorithm=signer.algorithm,
        signer_certificate_sha256=read_certificate(signer.certificate_pem).sha256,
        tagmanifest_sha256=hashlib.sha256(manifest).hexdigest(),
        files=files,
    )
