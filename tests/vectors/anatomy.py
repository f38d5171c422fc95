"""A package in parts: written after the published format alone, to be changed in one place and sealed again.

Nothing here uses the program. What an honest department would write comes out byte for byte as the program writes it,
and a test says so; what a dishonest one would write comes out as easily.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.vectors.keys import SM2, sm3
from tests.vectors.papers import Owner

STATEMENT: Final = "signature/statement.json"
SIGNATURE: Final = "signature/statement.sig"
CERTIFICATE: Final = "signature/signer.crt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
PACKAGE_JSON: Final = "data/package.json"
RECORDS: Final = "data/records.ndjson"

_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<4sHHHHIIH")


def canonical(value: object) -> bytes:
    """Return RFC 8785 for what a package may hold: ASCII keys, texts, integers, booleans."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


@dataclass(frozen=True)
class Item:
    """One entry of the container; `local` and `central` replace header fields by name."""

    name: bytes
    content: bytes
    local: Mapping[str, int | bytes] = field(default_factory=dict)
    central: Mapping[str, int | bytes] = field(default_factory=dict)


def local_header(item: Item) -> bytes:
    size = len(item.content)
    fields: dict[str, Any] = {
        "magic": b"PK\x03\x04",
        "version": 20,
        "flags": 0,
        "method": 0,
        "time": 0,
        "date": 0x0021,
        "crc": zlib.crc32(item.content),
        "packed": size,
        "size": size,
        "name_length": len(item.name),
        "extra_length": 0,
        "name": item.name,
        "extra": b"",
        **item.local,
    }
    name, extra = fields.pop("name"), fields.pop("extra")
    return bytes(_LOCAL.pack(*fields.values()) + name + extra)


def central_header(item: Item, offset: int) -> bytes:
    size = len(item.content)
    fields: dict[str, Any] = {
        "magic": b"PK\x01\x02",
        "made_by": 0x0314,
        "version": 20,
        "flags": 0,
        "method": 0,
        "time": 0,
        "date": 0x0021,
        "crc": zlib.crc32(item.content),
        "packed": size,
        "size": size,
        "name_length": len(item.name),
        "extra_length": 0,
        "comment_length": 0,
        "disk": 0,
        "internal": 0,
        "external": 0o100644 << 16,
        "offset": offset,
        "name": item.name,
        **item.central,
    }
    name = fields.pop("name")
    return bytes(_CENTRAL.pack(*fields.values()) + name)


def container(items: Iterable[Item], **end: int | bytes) -> bytes:
    """Return the container of these entries; `end` replaces fields of the end record."""
    parts, central, offset, count = [], [], 0, 0
    for item in items:
        head = local_header(item)
        parts += [head, item.content]
        central.append(central_header(item, offset))
        offset += len(head) + len(item.content)
        count += 1
    directory = b"".join(central)
    fields: dict[str, Any] = {
        "magic": b"PK\x05\x06",
        "disk": 0,
        "start_disk": 0,
        "here": count,
        "total": count,
        "directory_size": len(directory),
        "directory_offset": offset,
        "comment_length": 0,
        **end,
    }
    return b"".join(parts) + directory + _END.pack(*fields.values())


@dataclass
class Anatomy:
    """The parts of one package.

    Attributes:
        statement: What will be signed. `files` and the two hashes are filled in by `statement_bytes`, except for keys
            named in `fixed`.
        payload: Content by path below `data/`.
        signer: Who signs.
        tags: Replaces tag files.
        fixed: Keys of the statement that stay as they are.
        folder: Name of the folder; empty: the package's.
        manifest: Replaces the tag manifest.
    """

    statement: dict[str, Any]
    payload: dict[str, bytes]
    signer: Owner
    tags: dict[str, bytes] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    folder: str = ""
    manifest: bytes | None = None

    def clone(self) -> Anatomy:
        """Return a copy whose parts can be exchanged."""
        return replace(
            self,
            statement=dict(self.statement),
            payload=dict(self.payload),
            tags=dict(self.tags),
            fixed=set(self.fixed),
        )

    @property
    def gm(self) -> bool:
        return bool(self.statement["algorithm"] == SM2)

    def files(self) -> dict[str, bytes]:
        """Return every listed file by path, in order, tag files included."""
        payload = {f"data/{path}": body for path, body in sorted(self.payload.items())}
        oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
        tags = {
            "bag-info.txt": f"External-Identifier: {self._package}\nPayload-Oxum: {oxum}\n".encode(),
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "manifest-sha256.txt": _manifest(payload, gm=False),
        }
        if self.gm:
            tags["manifest-sm3.txt"] = _manifest(payload, gm=True)
        return dict(sorted({**payload, **tags, **self.tags}.items()))

    @property
    def _package(self) -> str:
        return self.folder or str(self.statement["package"])

    def _tag_manifest(self, files: Mapping[str, bytes]) -> bytes:
        if self.manifest is not None:
            return self.manifest
        return _manifest({p: body for p, body in files.items() if "/" not in p}, gm=False)

    def statement_bytes(self) -> bytes:
        """Return what is signed."""
        files = self.files()
        return self._statement_bytes(files, self._tag_manifest(files))

    def _statement_bytes(self, files: Mapping[str, bytes], manifest: bytes) -> bytes:
        derived = {
            "files": [self._listed(path, body) for path, body in files.items()],
            "signer_certificate_sha256": hashlib.sha256(self.signer.pem).hexdigest(),
            "tagmanifest_sha256": hashlib.sha256(manifest).hexdigest(),
        }
        kept = {key: value for key, value in derived.items() if key not in self.fixed}
        return canonical({**self.statement, **kept})

    def _listed(self, path: str, body: bytes) -> dict[str, object]:
        entry: dict[str, object] = {
            "bytes": len(body),
            "path": path,
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        return {**entry, "sm3": sm3(body).hex()} if self.gm else entry

    def items(
        self, raw: bytes | None = None, signature: bytes | None = None, pem: bytes | None = None
    ) -> list[Item]:
        """Return all entries; statement, signature and certificate can be replaced."""
        files = self.files()
        manifest = self._tag_manifest(files)
        raw = self._statement_bytes(files, manifest) if raw is None else raw
        first = {
            STATEMENT: raw,
            SIGNATURE: self.signer.key.sign(raw) if signature is None else signature,
            CERTIFICATE: self.signer.pem if pem is None else pem,
            TAG_MANIFEST: manifest,
        }
        whole = {**first, **files}
        return [self.item(path, body) for path, body in whole.items()]

    def item(self, path: str, body: bytes = b"", **local: int | bytes) -> Item:
        """Return an entry in the folder of the package."""
        return Item(f"{self._package}/{path}".encode(), body, local)

    def sealed(self, **parts: bytes | None) -> bytes:
        """Return the whole file."""
        return container(self.items(**parts))


def _manifest(files: Mapping[str, bytes], *, gm: bool) -> bytes:
    return b"".join(
        (sm3(body).hex() if gm else hashlib.sha256(body).hexdigest()).encode()
        + b"  "
        + path.encode()
        + b"\n"
        for path, body in sorted(files.items())
    )
