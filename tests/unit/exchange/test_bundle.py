"""Trust bundles: every part agrees with every other, or the bundle is refused with the code of what does not."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from census_app.assets import forms_dir
from census_app.errors import DataProblem
from census_app.exchange import bundle, certificates
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.certificates import Role
from census_app.exchange.package import TrustAnchors, open_package
from census_app.exchange.refusals import Refused
from census_app.exchange.revocation import create_crl
from census_app.exchange.writing import write_package
from census_app.formspec.form_files import fingerprint

if TYPE_CHECKING:
    from tests.unit.exchange.conftest import Forge, MemorySigner

CODE = "11430000006122549D"
COORDINATOR = "11430000MB1A23456X"
VERSION = 3


def form_files() -> dict[str, bytes]:
    folder = forms_dir()
    paths = [*folder.glob("*.toml"), *folder.glob("choices/*")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@dataclass
class Parts:
    """A bundle taken apart, to be changed in one place and signed again."""

    document: dict[str, Any]
    pems: list[bytes]
    serials: set[int] = field(default_factory=set)
    forms: dict[str, bytes] = field(default_factory=form_files)
    raw: bytes | None = None
    crl: bytes | None = None
    listed: bytes | None = None
    drop: str = ""


def sha(pem: bytes) -> str:
    return certificates.read_certificate(pem).sha256


@pytest.fixture
def parts(forge: Forge) -> Parts:
    return Parts(
        {
            "version": VERSION,
            "created": "2026-11-20T08:00:00Z",
            "expires": "2027-05-20T08:00:00Z",
            "roots": [{"sha256": sha(forge.root), "status": "active"}],
            "coordinators": [
                {
                    "code": COORDINATOR,
                    "name": "统筹部门",
                    "certificates": [sha(forge.coordinator.certificate_pem)],
                }
            ],
            "departments": [
                {
                    "code": CODE,
                    "name": "某省民政厅",
                    "units": [{"code": "UNIT01", "name": "救助站"}],
                    "certificates": [sha(forge.department.certificate_pem)],
                }
            ],
            "revoked": [],
            "form_set": {"version": "v1", "sha256": fingerprint(forms_dir())},
        },
        [forge.root, forge.department.certificate_pem, forge.coordinator.certificate_pem],
    )


def root_signer(forge: Forge) -> MemorySigner:
    signer = copy.copy(forge.department)
    signer.key, signer.certificate_pem = forge.root_key, forge.root
    return signer


def written(forge: Forge, parts: Parts) -> Path:
    files = {
        "trust.json": parts.raw or canonical_bytes(parts.document),
        "certificates.pem": parts.listed or bundle.joined(parts.pems),
        "crl.pem": parts.crl
        or create_crl(forge.root, forge.root_key, parts.serials, now=forge.now),
        **{f"formset/{path}": content for path, content in parts.forms.items()},
    }
    files.pop(parts.drop, None)
    draft = forge.draft(
        type="trust",
        sender="TRUST",
        audience="all",
        sequence=VERSION,
        form_version="",
        record_lines=None,
        datapackage=None,
        package_json=forge.description(department={"code": "TRUST", "name": "统筹", "uscc": ""}),
        files=files,
    )
    return write_package(forge.folder, draft, root_signer(forge)).path


def read(forge: Forge, parts: Parts) -> bundle.TrustBundle:
    with forge.open(written(forge, parts)) as package:
        return bundle.read_bundle(package)


def test_a_genuine_bundle_says_whom_to_believe(forge: Forge, parts: Parts) -> None:
    serial = certificates.read_certificate(forge.department.certificate_pem).serial
    parts.serials = {serial}
    parts.document["revoked"] = [
        {
            "serial": f"{serial:x}",
            "chain": "coordinator",
            "last_sequence": 7,
            "head": "ab" * 32,
            "reason": "U 盘遗失",
        }
    ]
    found = read(forge, parts)
    anchors = found.anchors()
    assert anchors.version == VERSION
    assert anchors.expires == dt.datetime(2027, 5, 20, 8, 0, tzinfo=dt.UTC)
    assert anchors.floor == dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
    assert anchors.units == {CODE: frozenset({"UNIT01"})}
    assert anchors.revoked[serial]["coordinator"].last_sequence == 7
    assert found.roots_pem.encode("ascii") == forge.root
    assert bundle.stored_document(canonical_bytes(parts.document).decode()) == found.document
    assert set(found.form_files) == set(form_files())


def _drop(path: str) -> Callable[[Parts, Forge], None]:
    def change(parts: Parts, forge: Forge) -> None:
        del forge
        parts.drop = path

    return change


def _set(key: str, value: object) -> Callable[[Parts, Forge], None]:
    def change(parts: Parts, forge: Forge) -> None:
        del forge
        parts.document[key] = value

    return change


def _twice(key: str) -> Callable[[Parts, Forge], None]:
    def change(parts: Parts, forge: Forge) -> None:
        del forge
        parts.document[key] = parts.document[key] * 2

    return change


def _foreign_leaf(parts: Parts, forge: Forge) -> None:
    other_key = forge.key(9001)
    other = certificates.create_root("他省", other_key, now=forge.now, serial=9)
    leaf = certificates.issue_certificate(
        other, other_key, forge.key(9002).public_key().public_bytes(*_DER), CODE, Role.DEPARTMENT,
        now=forge.now, serial=11,
    )  # fmt: skip
    parts.pems.append(leaf)
    parts.document["departments"][0]["certificates"].append(sha(leaf))


def _foreign_crl(parts: Parts, forge: Forge) -> None:
    other_key = forge.key(9001)
    other = certificates.create_root("他省", other_key, now=forge.now, serial=9)
    parts.crl = create_crl(other, other_key, set(), now=forge.now)


def _silent_crl(parts: Parts, forge: Forge) -> None:
    del forge
    parts.serials = {99}


def _unlisted(parts: Parts, forge: Forge) -> None:
    del forge
    parts.document["departments"][0]["certificates"] = []


def _absent(parts: Parts, forge: Forge) -> None:
    parts.pems.remove(forge.department.certificate_pem)


def _as_coordinator(parts: Parts, forge: Forge) -> None:
    parts.document["departments"][0]["certificates"] = []
    parts.document["coordinators"][0]["certificates"].append(sha(forge.department.certificate_pem))


def _other_code(parts: Parts, forge: Forge) -> None:
    del forge
    parts.document["departments"][0]["code"] = "D0043"


def _root_as_leaf(parts: Parts, forge: Forge) -> None:
    leaf = sha(forge.department.certificate_pem)
    parts.document["departments"][0]["certificates"] = []
    parts.document["roots"].append({"sha256": leaf, "status": "standby"})


def _spelled(parts: Parts, forge: Forge) -> None:
    del forge
    parts.listed = b"# our certificates\n" + bundle.joined(parts.pems)


def _form_missing(parts: Parts, forge: Forge) -> None:
    del forge
    del parts.forms["data_item.toml"]


def _form_changed(parts: Parts, forge: Forge) -> None:
    del forge
    parts.forms["campaign.toml"] += b"\n# later\n"


def _form_text(parts: Parts, forge: Forge) -> None:
    del forge
    parts.forms["department.toml"] = b"\xff\xfe"


def _spaced(parts: Parts, forge: Forge) -> None:
    del forge
    parts.raw = canonical_bytes(parts.document) + b"\n"


def _extra(parts: Parts, forge: Forge) -> None:
    del forge
    parts.document["admin"] = True


_DER = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_drop("certificates.pem"), "MISSING"),
        (_drop("crl.pem"), "MISSING"),
        (_set("version", VERSION + 1), "STATEMENT"),
        (_set("version", 0), "SCHEMA"),
        (_set("roots", []), "SCHEMA"),
        (_set("created", "2026-02-31T08:00:00Z"), "SCHEMA"),
        (_set("form_set", {"version": "v2", "sha256": "ab" * 32}), "SCHEMA"),
        (_twice("roots"), "SCHEMA"),
        (_twice("departments"), "SCHEMA"),
        (_extra, "SCHEMA"),
        (_spaced, "NOT_CANONICAL"),
        (_foreign_leaf, "CHAIN"),
        (_foreign_crl, "CRL"),
        (_silent_crl, "CRL"),
        (_unlisted, "CERT"),
        (_absent, "CERT"),
        (_spelled, "CERT"),
        (_as_coordinator, "SCHEMA"),
        (_other_code, "SCHEMA"),
        (_root_as_leaf, "SCHEMA"),
        (_form_missing, "SCHEMA"),
        (_form_changed, "SCHEMA"),
        (_form_text, "SCHEMA"),
    ],
)
def test_a_bundle_whose_parts_disagree_is_refused(
    change: Callable[[Parts, Forge], None], code: str, forge: Forge, parts: Parts
) -> None:
    change(parts, forge)
    with pytest.raises(Refused) as refused:
        read(forge, parts)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "entry",
    [
        {"serial": "0"},
        {"serial": "0A"},
        {"chain": "all"},
        {"last_sequence": -1},
        {"head": ""},
        {"reason": "x" * 501},
        {"until": "2027-01-01"},
    ],
    ids=str,
)
def test_a_revocation_that_is_not_spelled_as_the_format_says_is_refused(
    entry: dict[str, object], forge: Forge, parts: Parts
) -> None:
    honest = {"serial": "4d", "chain": "coordinator", "last_sequence": 0, "head": "00" * 32}
    parts.serials = {0x4D}
    parts.document["revoked"] = [{**honest, "reason": "遗失", **entry}]
    with pytest.raises(Refused) as refused:
        read(forge, parts)
    assert refused.value.code == "SCHEMA"


def test_only_a_root_signs_a_bundle(forge: Forge, parts: Parts) -> None:
    anatomy = forge.take_apart(written(forge, parts), root_signer(forge))
    anatomy.signer = forge.coordinator
    with pytest.raises(Refused) as refused:
        forge.open_bytes(anatomy.sealed())
    assert refused.value.code == "ROLE"


def test_a_root_that_nobody_pinned_signs_nothing(forge: Forge, parts: Parts) -> None:
    other = certificates.create_root("他省", forge.key(9001), now=forge.now, serial=9)
    path = written(forge, parts)
    with pytest.raises(Refused) as refused:
        open_package(path, TrustAnchors.from_pem(other), now=forge.now)
    assert refused.value.code == "CHAIN"


def test_a_submission_is_no_bundle(forge: Forge) -> None:
    with forge.open(forge.write().path) as package, pytest.raises(Refused) as refused:
        bundle.read_bundle(package)
    assert refused.value.code == "STATEMENT"


@pytest.mark.parametrize("text", ["", "{}", '{"version":1}', "\ud800"])
def test_a_damaged_copy_of_a_bundle_is_said_to_be_damaged(text: str) -> None:
    with pytest.raises(DataProblem, match="TRUST_DAMAGED"):
        bundle.stored_document(text)
