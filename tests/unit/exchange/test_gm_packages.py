"""Packages in GM mode: written, read, checked with stock tools, and refused for each thing that is only theirs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from census_app.exchange import names, refusals, sm2
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.certificates import create_request
from census_app.exchange.package import TrustAnchors
from census_app.exchange.private_keys import private_key
from census_app.exchange.statement import P256, SM2

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.exchange.conftest import Forge

TOOLS = ("unzip", "openssl", "jq", "sha256sum")
STATEMENT = "signature/statement"
DISTID = "distid:1234567812345678"


def refused(forge: Forge, data: bytes) -> refusals.Refused:
    with pytest.raises(refusals.Refused) as caught, forge.open_bytes(data):
        pass
    return caught.value


# --- round trip -------------------------------------------------------------------------------------------------------


def test_package_comes_back(gm_forge: Forge) -> None:
    written = gm_forge.write()
    with gm_forge.open(written.path) as package:
        read = [record["id"] for record in package.iter_records()]

        assert package.statement == written.statement
        assert package.statement.algorithm == package.certificate.algorithm == SM2
        assert package.identity == written.identity
        assert read == [f"{number:032x}" for number in (1, 2, 3)]
        assert b"".join(package.iter_file()) == written.path.read_bytes()


def test_every_listed_file_carries_its_sm3(gm_forge: Forge) -> None:
    with gm_forge.open(gm_forge.write().path) as package:
        paths = [each.path for each in package.files()]
        assert names.MANIFEST_GM in paths
        for each in package.files():
            assert each.sm3 == sm2.sm3_hex(package.read_file(each.path))
        manifest = package.read_file(names.MANIFEST_GM).decode()

        assert [line.split("  ")[1] for line in manifest.splitlines()] == [
            path for path in paths if path.startswith("data/")
        ]


def test_p256_package_has_nothing_of_gm(forge: Forge) -> None:
    with forge.open(forge.write().path) as package:
        assert names.MANIFEST_GM not in {each.path for each in package.files()}
        assert b"sm3" not in package.statement_bytes


def test_package_without_records_is_sound(gm_forge: Forge) -> None:
    request = create_request(gm_forge.draft().sender, "某省民政厅", gm_forge.candidate)
    written = gm_forge.write(
        gm_forge.candidate,
        type="enrolment",
        sequence=0,
        previous="0" * 64,
        form_version="",
        record_lines=None,
        datapackage=None,
        files={"request.csr": request},
    )

    with gm_forge.open(written.path, trust=TrustAnchors(()), allow_candidate=True) as package:
        assert package.statement.algorithm == SM2
        assert package.read_file("data/request.csr") == request


def test_identity_is_of_the_statement_not_of_the_signature(gm_forge: Forge) -> None:
    """SM2 signs with fresh randomness: the file differs, what it states does not."""
    first = gm_forge.write()
    first_bytes = first.path.read_bytes()
    second = gm_forge.write()

    assert second.identity == first.identity
    assert second.path.read_bytes() != first_bytes


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_p20h_statement_of_one_algorithm_under_a_key_of_the_other(
    forge: Forge, gm_forge: Forge
) -> None:
    for own, stranger in ((forge, gm_forge), (gm_forge, forge)):
        anatomy = own.anatomy()
        disguise = stranger.anatomy()
        disguise.entries()
        # A list as the other algorithm wants it, signed honestly by this key.
        statement = {
            **disguise.statement,
            "signer_certificate_sha256": own.anatomy().statement["signer_certificate_sha256"],
        }
        data = anatomy.sealed(raw=canonical_bytes(statement))

        assert isinstance(refused(own, data), refusals.AlgorithmMismatch)


def test_signature_of_the_other_algorithm_does_not_stand(forge: Forge, gm_forge: Forge) -> None:
    for own, stranger in ((forge, gm_forge), (gm_forge, forge)):
        anatomy = own.anatomy()
        entries = dict(anatomy.entries())
        raw = entries[f"{anatomy.package}/{names.STATEMENT}"]
        signature = private_key(stranger.department.key).sign(raw)

        assert isinstance(
            refused(own, anatomy.sealed(raw=raw, signature=signature)), refusals.SignatureInvalid
        )


def test_signature_without_the_identity_does_not_stand(gm_forge: Forge) -> None:
    key = gm_forge.department.key
    assert isinstance(key, sm2.Sm2Key)
    anatomy = gm_forge.anatomy()
    raw = dict(anatomy.entries())[f"{anatomy.package}/{names.STATEMENT}"]
    for distid, stands in ((sm2.DISTID, True), (b"", False), (b"1234567812345679", False)):
        signature = sm2._sign(key._library, key._pointer, raw, distid)
        data = anatomy.sealed(raw=raw, signature=signature)
        if stands:
            with gm_forge.open_bytes(data) as package:
                assert package.statement.algorithm == SM2
        else:
            assert isinstance(refused(gm_forge, data), refusals.SignatureInvalid)


@pytest.mark.parametrize("path", [names.RECORDS, names.PACKAGE_JSON, names.BAGIT])
def test_false_sm3_is_refused_though_sha256_is_true(gm_forge: Forge, path: str) -> None:
    anatomy = gm_forge.anatomy()
    anatomy.entries()
    for entry in anatomy.statement["files"]:
        if entry["path"] == path:
            entry["sm3"] = "00" * 32
    found = refused(gm_forge, anatomy.sealed(raw=canonical_bytes(anatomy.statement)))

    # The manifest of SM3 hashes is determined by the list, so a false hash of a payload file shows there first.
    expected = refusals.HashMismatch if path == names.BAGIT else refusals.TagFileMismatch
    assert isinstance(found, expected)


def test_false_sm3_in_list_and_manifest_alike_is_refused(gm_forge: Forge) -> None:
    anatomy = gm_forge.anatomy()
    with gm_forge.open(gm_forge.write().path) as package:
        true = package.read_file(names.MANIFEST_GM)
    records = sm2.sm3_hex(anatomy.files[names.RECORDS]).encode()
    false = true.replace(records, b"00" * 32)
    anatomy.tags = {names.MANIFEST_GM: false}
    anatomy.entries()
    for entry in anatomy.statement["files"]:
        if entry["path"] == names.RECORDS:
            entry["sm3"] = "00" * 32
    found = refused(gm_forge, anatomy.sealed(raw=canonical_bytes(anatomy.statement)))

    assert isinstance(found, refusals.HashMismatch)
    assert found.params["where"] == names.RECORDS


@pytest.mark.parametrize("content", [b"", b"0" * 64 + b"  data/records.ndjson\n"])
def test_untrue_manifest_of_sm3_hashes_is_refused(gm_forge: Forge, content: bytes) -> None:
    anatomy = gm_forge.anatomy()
    anatomy.tags = {names.MANIFEST_GM: content}

    found = refused(gm_forge, anatomy.sealed())
    assert isinstance(found, refusals.TagFileMismatch)
    assert found.params["where"] == names.MANIFEST_GM


def test_missing_manifest_or_hash_breaks_the_schema(gm_forge: Forge) -> None:
    for change in ("manifest", "hash"):
        anatomy = gm_forge.anatomy()
        anatomy.entries()
        listed = anatomy.statement["files"]
        if change == "hash":
            del listed[0]["sm3"]
        else:
            listed[:] = [each for each in listed if each["path"] != names.MANIFEST_GM]
        data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

        assert isinstance(refused(gm_forge, data), refusals.SchemaViolation)


def test_p256_statement_with_sm3_hashes_breaks_the_schema(gm_forge: Forge) -> None:
    anatomy = gm_forge.anatomy()
    anatomy.entries()
    anatomy.statement["algorithm"] = P256
    data = anatomy.sealed(raw=canonical_bytes(anatomy.statement))

    assert isinstance(refused(gm_forge, data), refusals.SchemaViolation)


def test_every_bit_of_signature_and_certificate_counts(gm_forge: Forge) -> None:
    """Sampled here; every bit of a whole package is flipped where the reader itself is tested."""
    honest = gm_forge.write().path.read_bytes()
    anatomy = gm_forge.anatomy()
    entries = dict(anatomy.entries())
    signature = entries[f"{anatomy.package}/{names.SIGNATURE}"]
    raw = entries[f"{anatomy.package}/{names.STATEMENT}"]
    for at in range(len(signature)):
        changed = signature[:at] + bytes([signature[at] ^ 1 << at % 8]) + signature[at + 1 :]

        assert isinstance(
            refused(gm_forge, anatomy.sealed(raw=raw, signature=changed)),
            refusals.SignatureInvalid,
        )
    with gm_forge.open_bytes(honest):
        pass


# --- a computer without SM2 -------------------------------------------------------------------------------------------


def test_without_sm2_a_gm_package_is_unavailable_not_forged(
    forge: Forge, gm_forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    gm, p256 = gm_forge.write().path, forge.write().path
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))

    with pytest.raises(refusals.GmUnavailable) as caught:
        gm_forge.open(gm)
    assert caught.value.params == {"where": "", "detail": "GM_LIBRARY", "file": gm.name}
    with forge.open(p256) as package:
        assert package.records == 3


# --- stock tools (security §1) ----------------------------------------------------------------------------------------


@pytest.fixture
def unpacked(gm_forge: Forge) -> Path:
    """Return the folder that `unzip` makes of a GM package."""
    written = gm_forge.write()
    subprocess.run(["unzip", "-q", written.path], cwd=gm_forge.folder, check=True)
    (gm_forge.folder / "root_sm2.crt").write_bytes(gm_forge.root)
    return gm_forge.folder / written.name


def shell(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-ec", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


CERTIFICATE = f"openssl verify -CAfile ../root_sm2.crt -vfyopt {DISTID} signature/signer.crt"
SIGNATURE = f"""
openssl x509 -in signature/signer.crt -pubkey -noout > ../pub.pem
openssl dgst -sm3 -verify ../pub.pem -sigopt {DISTID} -signature {STATEMENT}.sig {STATEMENT}.json
"""
FILES = f"jq -r '.files[]|.sha256+\"  \"+.path' {STATEMENT}.json | sha256sum -c --strict --quiet"
SM3 = f"""
jq -r '.files[]|.sm3+" *"+.path' {STATEMENT}.json > ../stated
jq -r '.files[].path' {STATEMENT}.json | xargs openssl dgst -sm3 -r | cmp - ../stated
"""
MANIFEST_GM = "sed 's/.*  //' manifest-sm3.txt | xargs openssl dgst -sm3 -r | sed 's/ \\*/  /' | cmp - manifest-sm3.txt"
MANIFESTS = "sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt"
BAG = f"cd .. && {sys.executable} -m bagit --validate 11430000006122549D-000007"

needs_tools = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"
)


@needs_tools
@pytest.mark.parametrize(
    "script", [CERTIFICATE, SIGNATURE, FILES, SM3, MANIFEST_GM, MANIFESTS, BAG]
)
def test_stock_tools_agree(unpacked: Path, script: str) -> None:
    done = shell(unpacked, script)

    assert done.returncode == 0, done.stdout + done.stderr


@needs_tools
@pytest.mark.parametrize(
    ("path", "script"),
    [
        (f"{STATEMENT}.json", SIGNATURE),
        (f"{STATEMENT}.sig", SIGNATURE),
        ("data/records.ndjson", FILES),
        ("data/records.ndjson", SM3),
        ("data/records.ndjson", MANIFEST_GM),
        ("manifest-sm3.txt", MANIFESTS),
        ("data/package.json", BAG),
    ],
)
def test_stock_tools_notice_a_changed_byte(unpacked: Path, path: str, script: str) -> None:
    changed = unpacked / path
    data = bytearray(changed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)

    assert shell(unpacked, script).returncode != 0
