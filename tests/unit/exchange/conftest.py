"""A forge: honest packages with fixed keys and a fixed clock, and the same with one thing changed and signed again."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from census_app.exchange import certificates, container, keyfile, names, sm2, tagfiles
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.certificates import Role
from census_app.exchange.package import PackageDraft, TrustAnchors, encode_line
from census_app.exchange.private_keys import AnyKey, private_key
from census_app.exchange.reading import VerifiedPackage, open_package
from census_app.exchange.statement import P256, SM2, Algorithm, ListedFile
from census_app.exchange.writing import WrittenPackage, write_package

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
DEPARTMENT = "11430000006122549D"
COORDINATOR = "11430000MB1A23456X"


def fixed_key(number: int) -> ec.EllipticCurvePrivateKey:
    """Return the key whose secret is the number: for tests only, of course."""
    return ec.derive_private_key(number, ec.SECP256R1())


@dataclass
class MemorySigner:
    """A signer whose key lies in memory."""

    key: AnyKey
    certificate_pem: bytes

    @property
    def algorithm(self) -> Algorithm:
        return private_key(self.key).algorithm

    def available(self) -> tuple[bool, str]:
        return True, ""

    def unlock(self, passphrase: str) -> None:
        del passphrase

    def lock(self) -> None:
        """Stay open."""

    def sign(self, statement_bytes: bytes) -> bytes:
        return private_key(self.key).sign(statement_bytes)


def line(number: int, **changes: object) -> bytes:
    """Return a record line; a change to None drops the key."""
    record: dict[str, object] = {
        "form": "information_resource",
        "id": f"{number:032x}",
        "op": "put",
        "unit": DEPARTMENT,
        "values": {"is_open": True, "name": f"低保家庭信息{number}", "volume": number},
    }
    record.update(changes)
    return encode_line({key: value for key, value in record.items() if value is not None})


def description(**changes: object) -> dict[str, object]:
    """Return a `data/package.json`."""
    return {
        "attachments": [],
        "census": {"id": "hn-2026", "round": 1},
        "department": {"code": DEPARTMENT, "name": "某省民政厅", "uscc": DEPARTMENT},
        "form_set": {"sha256": "ab" * 32, "version": "v1"},
        "records": 0,
        "software": {"name": "census", "version": "0.1.0"},
        **changes,
    }


def draft(**changes: Any) -> PackageDraft:
    """Return a submission with three records."""
    base = PackageDraft(
        type="submission",
        sender=DEPARTMENT,
        audience="coordinator",
        sequence=7,
        previous="cd" * 32,
        instance="5e" * 16,
        created=NOW,
        form_version="v1",
        package_json=description(),
        record_lines=[line(1), line(2), line(3, op="delete", values=None, reason="系统已下线")],
        datapackage=b'{"name":"census-package"}',
    )
    return replace(base, **changes)


@dataclass
class Anatomy:
    """A package taken apart, to be changed in one place and sealed again.

    Attributes:
        package: Name of the folder.
        statement: What will be signed; hashes and list are filled in by `sealed` unless `relist` is off.
        files: Content by path, without the first four entries.
        signer: Who signs.
        relist: Compute list, tag files and hashes anew.
    """

    package: str
    statement: dict[str, Any]
    files: dict[str, bytes]
    signer: MemorySigner
    relist: bool = True
    tags: dict[str, bytes] = field(default_factory=dict)

    def entries(
        self,
        *,
        raw: bytes | None = None,
        signature: bytes | None = None,
        certificate: bytes | None = None,
        manifest: bytes | None = None,
    ) -> list[tuple[str, bytes]]:
        """Return names and contents in file order; each part can be replaced."""
        payload = {p: c for p, c in self.files.items() if p.startswith("data/")}
        tags = tagfiles.tag_files(self.statement["package"], self._listed(payload)) | self.tags
        found_manifest = tagfiles.tag_manifest(tags) if manifest is None else manifest
        everything = {**self.files, **tags} if self.relist else self.files
        if self.relist:
            self._fill(everything, found_manifest)
        statement = canonical_bytes(self.statement) if raw is None else raw
        first = {
            names.STATEMENT: statement,
            names.SIGNATURE: self.signer.sign(statement) if signature is None else signature,
            names.CERTIFICATE: certificate or self.signer.certificate_pem,
            names.TAG_MANIFEST: found_manifest,
        }
        rest = sorted(everything.items())
        return [(f"{self.package}/{path}", body) for path, body in [*first.items(), *rest]]

    def sealed(self, **parts: Any) -> bytes:
        """Return the whole package file."""
        return zipped(self.entries(**parts))

    def _fill(self, everything: dict[str, bytes], manifest: bytes) -> None:
        self.statement["files"] = [msgspec.to_builtins(each) for each in self._listed(everything)]
        self.statement["tagmanifest_sha256"] = hashlib.sha256(manifest).hexdigest()
        self.statement["signer_certificate_sha256"] = hashlib.sha256(
            self.signer.certificate_pem
        ).hexdigest()

    def _listed(self, files: dict[str, bytes]) -> list[ListedFile]:
        gm = self.signer.algorithm == SM2
        return [
            ListedFile(
                path,
                len(body),
                hashlib.sha256(body).hexdigest(),
                sm2.sm3_hex(body) if gm else msgspec.UNSET,
            )
            for path, body in sorted(files.items())
        ]


def zipped(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a canonical container of these entries, whatever they are."""
    return b"".join(container.stream([container.entry_of(name, body) for name, body in entries]))


@dataclass
class Forge:
    """Keys, certificates and packages of a small province."""

    folder: Path
    root_key: AnyKey
    root: bytes
    trust: TrustAnchors
    department: MemorySigner
    coordinator: MemorySigner
    candidate: MemorySigner
    now: dt.datetime = NOW

    def line(self, number: int, **changes: object) -> bytes:
        """Return a record line."""
        return line(number, **changes)

    def draft(self, **changes: Any) -> PackageDraft:
        """Return a submission with three records."""
        return draft(**changes)

    def description(self, **changes: object) -> dict[str, object]:
        """Return a `data/package.json`."""
        return description(**changes)

    def zipped(self, entries: Iterable[tuple[str, bytes]]) -> bytes:
        """Return a canonical container of these entries, whatever they are."""
        return zipped(entries)

    def issue(self, key: AnyKey, code: str, role: Role) -> MemorySigner:
        """Return a signer with a leaf of the root."""
        pem = certificates.issue_certificate(
            self.root,
            self.root_key,
            keyfile.spki_of_key(key),
            code,
            role,
            now=self.now,
            name="某省民政厅",
            serial=77,
        )
        return MemorySigner(key, pem)

    def write(self, signer: MemorySigner | None = None, **changes: Any) -> WrittenPackage:
        """Write an honest package."""
        return write_package(self.folder, draft(**changes), signer or self.department)

    def open(self, path: Path, **options: Any) -> VerifiedPackage:
        """Open a package as the coordinator would."""
        options = {"now": self.now, **options}
        return open_package(path, options.pop("trust", self.trust), **options)

    def open_bytes(self, data: bytes, **options: Any) -> VerifiedPackage:
        """Open a package given as bytes."""
        path = self.folder / "received.census"
        path.write_bytes(data)
        return self.open(path, **options)

    def take_apart(self, path: Path, signer: MemorySigner | None = None) -> Anatomy:
        """Return the parts of a written package."""
        with self.open(path, allow_candidate=True) as package:
            statement: Any = parse_strict(package.statement_bytes, where="")
            files = {each.path: package.read_file(each.path) for each in package.files()}
        for tag in (names.BAGIT, names.BAG_INFO, names.MANIFEST, names.MANIFEST_GM):
            files.pop(tag, None)
        return Anatomy(
            statement["package"], copy.deepcopy(statement), files, signer or self.department
        )

    def anatomy(self, signer: MemorySigner | None = None, **changes: Any) -> Anatomy:
        """Return the parts of a fresh honest package."""
        return self.take_apart(self.write(signer, **changes).path, signer)

    def key(self, number: int) -> ec.EllipticCurvePrivateKey:
        """Return a fixed key."""
        return fixed_key(number)

    def gm_key(self, number: int) -> sm2.Sm2Key:
        """Return a fixed SM2 key."""
        return sm2.from_scalar(number)


def make_forge(folder: Path, algorithm: Algorithm) -> Forge:
    """Return a forge with an empty folder."""
    key_of: Callable[[int], AnyKey] = sm2.from_scalar if algorithm == SM2 else fixed_key
    folder.mkdir()
    root_key = key_of(1001)
    root = certificates.create_root("某省数据局 根证书", root_key, now=NOW, serial=1)
    made = Forge(
        folder,
        root_key,
        root,
        TrustAnchors.from_pem(root),
        department=MemorySigner(key_of(2002), b""),
        coordinator=MemorySigner(key_of(3003), b""),
        candidate=MemorySigner(key_of(4004), b""),
    )
    made.department = made.issue(key_of(2002), DEPARTMENT, Role.DEPARTMENT)
    made.coordinator = made.issue(key_of(3003), COORDINATOR, Role.COORDINATOR)
    made.candidate.certificate_pem = certificates.create_candidate(
        DEPARTMENT, "某省民政厅", key_of(4004), now=NOW, serial=5
    )
    return made


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """Return a forge of P-256 keys."""
    return make_forge(tmp_path / "packages", P256)


@pytest.fixture
def gm_forge(tmp_path: Path) -> Forge:
    """Return a forge of SM2 keys."""
    return make_forge(tmp_path / "gm_packages", SM2)


@pytest.fixture
def no_gm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program look for libcrypto where there is none."""
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))
