"""Attacks on what is signed: one thing is changed, everything else is signed and hashed again."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from census_app.exchange import refusals
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.certificates import Role, create_request
from census_app.exchange.trust import CutPoint

if TYPE_CHECKING:
    from tests.unit.exchange.conftest import Anatomy, Forge

Refusal = type[refusals.Refused]
DEPARTMENT = "11430000006122549D"


def refused(forge: Forge, data: bytes, **options: Any) -> refusals.Refused:
    """Return the refusal of a package that must not open."""
    with pytest.raises(refusals.Refused) as caught:
        forge.open_bytes(data, **options)
    assert caught.value.params["file"] == "received.census"
    return caught.value


def test_the_forge_itself_makes_packages_that_open(forge: Forge) -> None:
    with forge.open_bytes(forge.anatomy().sealed()) as package:
        assert package.records == 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", "letter"),
        ("type", 7),
        ("package", "d0042-000007"),
        ("sender", "d0042"),
        ("sender", "D" * 25),
        ("sender", "D0042\n"),
        ("audience", "Coordinator"),
        ("audience", ""),
        ("sequence", -1),
        ("sequence", 1_000_000),
        ("sequence", "7"),
        ("sequence", True),
        ("sequence", None),
        ("sequence", [7]),
        ("previous", "cd" * 31),
        ("previous", "CD" * 32),
        ("previous", "cd" * 32 + "\n"),
        ("in_reply_to", "x"),
        ("instance", "5e" * 15),
        ("created", "2026-11-23 08:00:00"),
        ("created", "2026-13-23T08:00:00Z"),
        ("created", "1999-01-01T00:00:00Z"),
        ("created", "2026-11-23T08:00:00Z\n"),
        ("created", "2026-02-30T08:00:00Z"),
        ("form_version", "V 1"),
        ("form_version", ""),
        ("form_version", "v" * 65),
        ("trust_version", 1_000_000),
        ("algorithm", "md5"),
        ("algorithm", "ECDSA-P256-SHA256"),
        ("format", "census-packages"),
        ("format", 1),
    ],
)
def test_value_outside_the_schema_is_refused(forge: Forge, key: str, value: object) -> None:
    anatomy = forge.anatomy()
    anatomy.statement[key] = value

    assert isinstance(refused(forge, _sealed_as_is(anatomy)), refusals.SchemaViolation)


def _sealed_as_is(anatomy: Anatomy) -> bytes:
    """Seal without asking the tag file writer what it thinks of a strange package name."""
    changed = dict(anatomy.statement)
    anatomy.statement["package"] = anatomy.package
    anatomy.entries()
    merged = {**anatomy.statement, **{k: v for k, v in changed.items() if k not in _DERIVED}}
    return anatomy.sealed(raw=canonical_bytes(merged))


_DERIVED = {"files", "tagmanifest_sha256", "signer_certificate_sha256"}


def test_every_key_of_the_statement_is_needed_and_no_other_admitted(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.entries()
    keys = list(anatomy.statement)

    for key in keys:
        less = {k: v for k, v in anatomy.statement.items() if k != key}
        assert isinstance(
            refused(forge, anatomy.sealed(raw=canonical_bytes(less))), refusals.SchemaViolation
        )
    more = {**anatomy.statement, "zip": 1}
    assert isinstance(
        refused(forge, anatomy.sealed(raw=canonical_bytes(more))), refusals.SchemaViolation
    )


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"1", b"true", b"null", b"{}"])
def test_statement_that_is_no_object_of_keys_is_refused(forge: Forge, raw: bytes) -> None:
    data = forge.anatomy().sealed(raw=raw)

    assert isinstance(refused(forge, data), refusals.SchemaViolation)


def test_later_format_asks_for_an_update(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.statement["format"] = "census-package/2"

    refusal = refused(forge, anatomy.sealed())

    assert isinstance(refusal, refusals.FormatVersion)
    assert refusal.params["detail"] == "census-package/2"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'\xef\xbb\xbf{"a":1}', refusals.Utf8Invalid),
        ('{"a":1}'.encode("utf-16"), refusals.Utf8Invalid),
        ('{"a":1}'.encode("utf-16-le"), refusals.Utf8Invalid),
        (b'{"a":"\xff"}', refusals.Utf8Invalid),
        (b'{"a":"\xed\xa0\x80"}', refusals.Utf8Invalid),
        (b"[" * 100_000, refusals.JsonTooDeep),
        (b'{"a":' * 7 + b"1" + b"}" * 7, refusals.JsonTooDeep),
        (b'{"a":1,"a":2}', refusals.JsonDuplicateKey),
        (b'{"a":{"b":1,"b":1}}', refusals.JsonDuplicateKey),
        (b'{"a":NaN}', refusals.JsonNumber),
        (b'{"a":-Infinity}', refusals.JsonNumber),
        (b'{"a":1e999}', refusals.JsonNumber),
        (b'{"a":1.0}', refusals.JsonNumber),
        (b'{"a":9007199254740992}', refusals.JsonNumber),
        (b'{"a":' + b"9" * 5000 + b"}", refusals.JsonNumber),
        (b'{"a":1', refusals.JsonSyntax),
        (b"{'a':1}", refusals.JsonSyntax),
        (b'{"a":1}{}', refusals.JsonSyntax),
        (b"", refusals.JsonSyntax),
        (b'{"a":"\\ud800"}', refusals.FieldCharacters),
        (b'{"a":"\\u0000"}', refusals.FieldCharacters),
        (b'{"aaaaaa":"\x00"}', refusals.FieldCharacters),
        (b'{"a":"\\u007f"}', refusals.FieldCharacters),
        (b'{"a":"\xc2\x85"}', refusals.FieldCharacters),
        (b'{"a":"\r"}', refusals.FieldCharacters),
        (b'{"\\u0001":1}', refusals.FieldCharacters),
        (b'{"a":"' + b"x" * 1_000_000 + b'"}', refusals.FieldTooLong),
        (b'{"a": 1}', refusals.NotCanonical),
        (b'{"b":1,"a":1}', refusals.NotCanonical),
        (b'{"a":-0}', refusals.NotCanonical),
        (b'{"a":"\\u0041"}', refusals.NotCanonical),
        (b'{"a":"\\/"}', refusals.NotCanonical),
        (b'{"a":1}\n', refusals.NotCanonical),
    ],
)
def test_signed_statement_that_is_not_canonical_json_is_refused(
    forge: Forge, raw: bytes, code: Refusal
) -> None:
    assert type(refused(forge, forge.anatomy().sealed(raw=raw))) is code


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 8},
        {"sequence": 0},
        {"package": "11430000006122549D-000008"},
        {"sender": "11430000006122549E"},
        {"sender": "TRUST"},
        {"audience": "all"},
        {"audience": DEPARTMENT},
        {"type": "contribution"},
        {"in_reply_to": "", "type": "receipt", "form_version": "", "audience": DEPARTMENT},
    ],
)
def test_statement_that_contradicts_itself_is_refused(
    forge: Forge, change: dict[str, object]
) -> None:
    anatomy = forge.anatomy()
    anatomy.statement.update(change)

    assert isinstance(refused(forge, _sealed_as_is(anatomy)), refusals.StatementMismatch)


def test_folder_of_another_package_is_refused(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.package = "11430000006122549D-000008"

    assert isinstance(refused(forge, anatomy.sealed()), refusals.StatementMismatch)


def test_statement_about_another_certificate_is_refused(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.entries()
    anatomy.statement["signer_certificate_sha256"] = "00" * 32

    data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

    assert isinstance(refused(forge, data), refusals.StatementMismatch)


def test_sender_must_be_the_certificate_s_owner(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.signer = forge.issue(forge.key(8), "11430000MB0000000X", Role.DEPARTMENT)

    refusal = refused(forge, anatomy.sealed())

    assert isinstance(refusal, refusals.StatementMismatch)
    assert "sender" in str(refusal.params["detail"])


def test_algorithm_must_be_the_key_s(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.relist = False
    whole = forge.anatomy()
    whole.entries()
    anatomy.statement.update(whole.statement, algorithm="sm2-sm3")
    for entry in anatomy.statement["files"]:
        entry["sm3"] = "00" * 32
    anatomy.statement["files"].append(
        {"bytes": 0, "path": "manifest-sm3.txt", "sha256": "00" * 32, "sm3": "00" * 32}
    )

    assert isinstance(refused(forge, anatomy.sealed()), refusals.AlgorithmMismatch)


@pytest.mark.parametrize("change", ["sm3 in a P-256 list", "no sm3 in an SM2 list"])
def test_sm3_hashes_belong_to_sm2_only(forge: Forge, change: str) -> None:
    anatomy = forge.anatomy()
    anatomy.entries()
    if change.startswith("sm3"):
        anatomy.statement["files"][0]["sm3"] = "00" * 32
    else:
        anatomy.statement["algorithm"] = "sm2-sm3"

    data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

    assert isinstance(refused(forge, data), refusals.SchemaViolation)


def test_signature_of_another_key_is_refused(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.signer = dataclasses.replace(anatomy.signer, key=forge.key(6))

    assert isinstance(refused(forge, anatomy.sealed()), refusals.SignatureInvalid)


@pytest.mark.parametrize(
    "signature", [b"", b"\x30\x00", bytes(64), b"\x30\x06\x02\x01\x00\x02\x01\x00"]
)
def test_malformed_signature_is_refused(forge: Forge, signature: bytes) -> None:
    data = forge.anatomy().sealed(signature=signature)

    assert isinstance(refused(forge, data), refusals.SignatureInvalid)


def test_signature_with_a_byte_behind_is_refused(forge: Forge) -> None:
    anatomy = forge.anatomy()
    entries = anatomy.entries()
    longer = entries[1][1] + b"\0"

    assert isinstance(refused(forge, anatomy.sealed(signature=longer)), refusals.SignatureInvalid)


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("root", "submission"),
        ("department", "review"),
        ("department", "ledger"),
        ("coordinator", "submission"),
        ("candidate", "review"),
        ("candidate", "receipt"),
    ],
)
def test_role_may_sign_only_its_own_types(forge: Forge, who: str, kind: str) -> None:
    signer = {
        "root": dataclasses.replace(
            forge.department, key=forge.root_key, certificate_pem=forge.root
        ),
        "department": forge.department,
        "coordinator": forge.coordinator,
        "candidate": forge.candidate,
    }[who]
    to_department = kind in {"review", "receipt"}
    sequence = f"-{DEPARTMENT}-000007" if to_department else "-000007"
    anatomy = forge.anatomy()
    anatomy.signer = signer
    anatomy.package = DEPARTMENT + sequence
    anatomy.statement.update(
        type=kind,
        package=anatomy.package,
        audience=DEPARTMENT if to_department else "coordinator",
        in_reply_to="ab" * 32,
        form_version="v1" if kind in {"submission", "review"} else "",
    )

    assert isinstance(refused(forge, anatomy.sealed(), allow_candidate=True), refusals.RoleMismatch)


def test_revoked_certificate_counts_up_to_its_cut_point(forge: Forge) -> None:
    written = forge.write()
    serial = 77

    def trust(last: int, head: str) -> Any:
        return dataclasses.replace(
            forge.trust, revoked={serial: {"coordinator": CutPoint(last, head)}}
        )

    for beyond in (trust(6, "ab" * 32), trust(7, "ab" * 32)):
        with pytest.raises(refusals.CertificateRevoked):
            forge.open(written.path, trust=beyond)
    for within in (trust(7, written.identity), trust(8, "ab" * 32)):
        forge.open(written.path, trust=within).close()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"),
        ("bag-info.txt", b"External-Identifier: x\nPayload-Oxum: 1.1\n"),
        ("manifest-sha256.txt", b""),
    ],
)
def test_signed_but_untrue_tag_file_is_refused(forge: Forge, path: str, content: bytes) -> None:
    anatomy = forge.anatomy()
    anatomy.tags = {path: content}

    refusal = refused(forge, anatomy.sealed())

    assert isinstance(refusal, refusals.TagFileMismatch)
    assert refusal.params["where"] == path


@pytest.mark.parametrize("manifest", [b"", b"x", b"00" * 32 + b"  bagit.txt\n"])
def test_untrue_tag_manifest_is_refused(forge: Forge, manifest: bytes) -> None:
    data = forge.anatomy().sealed(manifest=manifest)

    assert isinstance(refused(forge, data), refusals.TagFileMismatch)


def test_untrue_hash_of_the_tag_manifest_is_refused(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.entries()
    anatomy.statement["tagmanifest_sha256"] = "00" * 32

    data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

    assert isinstance(refused(forge, data), refusals.TagFileMismatch)


@pytest.mark.parametrize(
    "path",
    [
        "data/notes.txt",
        "data/attachments/x.pdf",
        f"data/attachments/{'ab' * 32}.exe",
        "data/request.csr",
        "data/trust.json",
        "data/formset/v1/a.toml",
        "readme.txt",
        "data/CON.txt",
        "../x",
        "manifest-sm3.txt",
    ],
)
def test_listed_path_outside_the_closed_list_is_refused(forge: Forge, path: str) -> None:
    anatomy = forge.anatomy()
    anatomy.entries()
    anatomy.statement["files"].append({"bytes": 0, "path": path, "sha256": "00" * 32})
    anatomy.statement["files"].sort(key=lambda entry: entry["path"])

    data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

    assert isinstance(refused(forge, data), refusals.SchemaViolation)


@pytest.mark.parametrize("change", ["twice", "unsorted", "empty", "long", "negative", "extra key"])
def test_list_of_files_has_one_spelling(forge: Forge, change: str) -> None:
    anatomy = forge.anatomy()
    anatomy.entries()
    files: list[dict[str, Any]] = anatomy.statement["files"]
    if change == "twice":
        files.insert(1, files[0])
    elif change == "unsorted":
        files.reverse()
    elif change == "empty":
        files.clear()
    elif change == "long":
        files.extend(
            {"bytes": 0, "path": f"data/attachments/{n:064x}.txt", "sha256": "00" * 32}
            for n in range(2000)
        )
        files.sort(key=lambda entry: str(entry["path"]))
    elif change == "negative":
        files[0]["bytes"] = -1
    else:
        files[0]["mode"] = 1

    data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

    assert isinstance(refused(forge, data), refusals.SchemaViolation)


@pytest.mark.parametrize(
    "path", ["data/package.json", "data/records.ndjson", "data/datapackage.json"]
)
def test_submission_lacks_nothing(forge: Forge, path: str) -> None:
    anatomy = forge.anatomy()
    del anatomy.files[path]

    assert isinstance(refused(forge, anatomy.sealed()), refusals.SchemaViolation)


# --- data/package.json ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"records": -1},
        {"records": "3"},
        {"department": {"code": "x", "name": "n", "uscc": ""}},
        {"department": {"code": DEPARTMENT, "name": "n"}},
        {"department": {"code": DEPARTMENT, "name": "n" * 501, "uscc": ""}},
        {"census": {"id": "../x", "round": 1}},
        {"census": {"id": "a", "round": 0}},
        {"form_set": {"version": "v1", "sha256": "zz"}},
        {"software": {"name": "census"}},
        {"extra": 1},
        {"attachments": {}},
    ],
)
def test_description_outside_its_schema_is_refused(forge: Forge, change: dict[str, object]) -> None:
    anatomy = forge.anatomy()
    anatomy.files["data/package.json"] = canonical_bytes({**forge.description(records=3), **change})

    refusal = refused(forge, anatomy.sealed())

    assert isinstance(refusal, refusals.SchemaViolation)
    assert refusal.params["where"] == "data/package.json"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", refusals.JsonSyntax),
        (b'{"a":' * 40 + b"1" + b"}" * 40, refusals.JsonTooDeep),
        (b"[" + b"[]," * 600_000 + b"[]]", refusals.JsonTooBig),
        (b'{"a":"' + b"x" * 20_001 + b'"}', refusals.FieldTooLong),
        (b'{ "a":1}', refusals.NotCanonical),
    ],
)
def test_description_that_is_not_canonical_json_is_refused(
    forge: Forge, raw: bytes, code: Refusal
) -> None:
    anatomy = forge.anatomy()
    anatomy.files["data/package.json"] = raw

    assert type(refused(forge, anatomy.sealed())) is code


@pytest.mark.parametrize(
    "change",
    [
        {"form_set": {"version": "v2", "sha256": "ab" * 32}},
        {"department": {"code": "D0099", "name": "n", "uscc": ""}},
    ],
)
def test_description_must_agree_with_the_statement(forge: Forge, change: dict[str, object]) -> None:
    anatomy = forge.anatomy()
    anatomy.files["data/package.json"] = canonical_bytes({**forge.description(records=3), **change})

    assert isinstance(refused(forge, anatomy.sealed()), refusals.StatementMismatch)


def test_number_of_records_must_be_the_announced_one(forge: Forge) -> None:
    anatomy = forge.anatomy()
    anatomy.files["data/package.json"] = canonical_bytes(forge.description(records=4))

    assert isinstance(refused(forge, anatomy.sealed()), refusals.CountMismatch)


def _attachment(body: bytes, **changes: object) -> dict[str, object]:
    digest = hashlib.sha256(body).hexdigest()
    return {"bytes": len(body), "ext": "txt", "name": "a.txt", "sha256": digest, **changes}


@pytest.mark.parametrize(
    "announced",
    [
        [],
        [_attachment(b"other")],
        [_attachment(b"hello", bytes=6)],
        [_attachment(b"hello", ext="csv")],
        [_attachment(b"hello"), _attachment(b"hello", name="b.txt")],
    ],
)
def test_attachments_must_be_the_announced_ones(
    forge: Forge, announced: list[dict[str, object]]
) -> None:
    anatomy = forge.anatomy()
    path = f"data/attachments/{hashlib.sha256(b'hello').hexdigest()}.txt"
    anatomy.files[path] = b"hello"
    anatomy.files["data/package.json"] = canonical_bytes(
        forge.description(records=3, attachments=announced)
    )

    assert isinstance(refused(forge, anatomy.sealed()), refusals.AttachmentMismatch)


def test_attachment_must_have_the_hash_of_its_name(forge: Forge) -> None:
    anatomy = forge.anatomy()
    entry = _attachment(b"hello")
    anatomy.files[f"data/attachments/{entry['sha256']}.txt"] = b"HELLO"
    anatomy.files["data/package.json"] = canonical_bytes(
        forge.description(records=3, attachments=[entry])
    )

    assert isinstance(refused(forge, anatomy.sealed()), refusals.AttachmentMismatch)


# --- enrolment ------------------------------------------------------------------------------------


def _enrolment(forge: Forge, request: bytes) -> bytes:
    genuine = create_request(DEPARTMENT, "某省民政厅", forge.candidate)
    anatomy = forge.anatomy(
        forge.candidate,
        type="enrolment",
        sequence=0,
        previous="0" * 64,
        form_version="",
        record_lines=None,
        datapackage=None,
        files={"request.csr": genuine},
    )
    anatomy.files["data/request.csr"] = request
    return anatomy.sealed()


def test_request_for_another_key_or_code_is_refused(forge: Forge) -> None:
    other_key = create_request(DEPARTMENT, "x", forge.department)
    other_code = create_request("11430000MB0000000X", "x", forge.candidate)

    for request in (other_key, other_code):
        refusal = refused(forge, _enrolment(forge, request), allow_candidate=True)
        assert isinstance(refusal, refusals.StatementMismatch)


@pytest.mark.parametrize("request_text", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n"])
def test_request_that_is_none_is_refused(forge: Forge, request_text: bytes) -> None:
    refusal = refused(forge, _enrolment(forge, request_text), allow_candidate=True)

    assert isinstance(refusal, refusals.CertificateInvalid)


def test_refusals_survive_the_way_from_a_worker_process(forge: Forge) -> None:
    refusal = refused(forge, b"%PDF" + bytes(40))

    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301 - our own bytes

    assert type(again) is refusals.NotAPackage
    assert again.params == refusal.params
