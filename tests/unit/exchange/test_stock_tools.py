"""A third party checks a package with tools every office has, and none of ours (security §1)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.exchange.conftest import Forge

TOOLS = ("unzip", "openssl", "jq", "sha256sum")
NAME = "11430000006122549D-000007"
STATEMENT = "signature/statement"

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"
)


@pytest.fixture
def unpacked(forge: Forge) -> Path:
    """Return the folder that `unzip` makes of a package."""
    written = forge.write()
    subprocess.run(["unzip", "-q", written.path], cwd=forge.folder, check=True)
    (forge.folder / "root.crt").write_bytes(forge.root)
    return forge.folder / NAME


def shell(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-ec", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


CERTIFICATE = "openssl verify -CAfile ../root.crt signature/signer.crt"
SIGNATURE = f"""
openssl x509 -in signature/signer.crt -pubkey -noout > ../pub.pem
openssl dgst -sha256 -verify ../pub.pem -signature {STATEMENT}.sig {STATEMENT}.json
"""
FILES = f"jq -r '.files[]|.sha256+\"  \"+.path' {STATEMENT}.json | sha256sum -c --strict --quiet"
MANIFESTS = "sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt"
BAG = f"cd .. && {sys.executable} -m bagit --validate {NAME}"
SPELLING = f"jq -cjS . {STATEMENT}.json | cmp - {STATEMENT}.json"
PEM = "openssl x509 -in signature/signer.crt | cmp - signature/signer.crt"


@pytest.mark.parametrize("script", [CERTIFICATE, SIGNATURE, FILES, MANIFESTS, BAG, SPELLING, PEM])
def test_stock_tools_agree(unpacked: Path, script: str) -> None:
    done = shell(unpacked, script)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "script"),
    [
        (f"{STATEMENT}.json", SIGNATURE),
        ("data/records.ndjson", FILES),
        ("data/records.ndjson", MANIFESTS),
        ("bag-info.txt", MANIFESTS),
        ("data/package.json", BAG),
    ],
)
def test_stock_tools_notice_a_changed_byte(unpacked: Path, path: str, script: str) -> None:
    changed = unpacked / path
    data = bytearray(changed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)

    assert shell(unpacked, script).returncode != 0


def test_openssl_reads_role_and_code_of_the_certificate(unpacked: Path) -> None:
    text = shell(unpacked, "openssl x509 -in signature/signer.crt -noout -text").stdout

    assert "2.25.14980439166735101038170436289360199341.1" in text
    assert "URI:urn:census:dept:11430000006122549D" in text
    assert "CA:FALSE" in text
