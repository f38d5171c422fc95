"""The `openssl` command and this program believe each other: fresh keys of both kinds, both ways (security §11)."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from census_app.exchange import sm2
from census_app.exchange.private_keys import from_encrypted_pem, generate
from census_app.exchange.signers import verify
from census_app.exchange.statement import P256, SM2, Algorithm

if TYPE_CHECKING:
    from pathlib import Path

KEYS = 200
BOTH: tuple[Algorithm, ...] = (P256, SM2)
DIGEST = {
    P256: "-sha256",
    SM2: "-sm3 -sigopt distid:1234567812345678",
}
MAKE = {
    P256: "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    SM2: "genpkey -algorithm SM2",
}

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


def bash(folder: Path, script: str) -> str:
    """Run one script for all keys: starting a process for each from here would take most of the time."""
    done = subprocess.run(
        ["bash", "-ec", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def contents(folder: Path) -> dict[int, bytes]:
    """Write a different message for each key, the empty one among them."""
    found = {number: secrets.token_bytes(number * 7 % 301) for number in range(KEYS)}
    for number, data in found.items():
        (folder / f"{number}.data").write_bytes(data)
    return found


@pytest.mark.parametrize("algorithm", BOTH)
def test_openssl_believes_ours(algorithm: Algorithm, tmp_path: Path) -> None:
    for number, data in contents(tmp_path).items():
        key = generate(algorithm)
        (tmp_path / f"{number}.der").write_bytes(key.spki)
        (tmp_path / f"{number}.sig").write_bytes(key.sign(data))

    told = bash(
        tmp_path,
        f"for n in $(seq 0 {KEYS - 1}); do openssl dgst {DIGEST[algorithm]} -keyform DER"
        " -verify $n.der -signature $n.sig $n.data; done",
    )

    assert told.split("\n").count("Verified OK") == KEYS


@pytest.mark.parametrize("algorithm", BOTH)
def test_we_believe_openssl(algorithm: Algorithm, tmp_path: Path) -> None:
    messages = contents(tmp_path)
    bash(
        tmp_path,
        f"for n in $(seq 0 {KEYS - 1}); do openssl {MAKE[algorithm]} -out $n.pem 2>/dev/null;"
        f" openssl dgst {DIGEST[algorithm]} -sign $n.pem -out $n.sig $n.data;"
        " openssl pkey -in $n.pem -pubout -outform DER -out $n.der; done",
    )

    keys = set()
    for number, data in messages.items():
        spki = (tmp_path / f"{number}.der").read_bytes()
        signature = (tmp_path / f"{number}.sig").read_bytes()
        keys.add(spki)
        assert verify(algorithm, spki, data, signature), number
        assert not verify(algorithm, spki, data + b"\0", signature), number
    assert len(keys) == KEYS


@pytest.mark.parametrize("algorithm", BOTH)
def test_keys_at_rest_open_both_ways(algorithm: Algorithm, tmp_path: Path) -> None:
    ours = {}
    for number in range(KEYS // 4):
        key = generate(algorithm)
        ours[number] = key.spki
        (tmp_path / f"{number}.pem").write_bytes(key.encrypted_pem(b"secret"))

    bash(
        tmp_path,
        f"for n in $(seq 0 {len(ours) - 1}); do"
        " openssl pkey -in $n.pem -passin pass:secret -pubout -outform DER -out $n.der;"
        " openssl pkcs8 -topk8 -v2 aes-256-cbc -in $n.pem -passin pass:secret"
        " -passout pass:other -out $n.theirs; done",
    )

    for number, spki in ours.items():
        theirs = (tmp_path / f"{number}.theirs").read_bytes()
        assert (tmp_path / f"{number}.der").read_bytes() == spki
        assert from_encrypted_pem(algorithm, theirs, b"other").spki == spki


def test_cipher_of_keys_at_rest_is_aes_256(tmp_path: Path) -> None:
    for algorithm in BOTH:
        (tmp_path / "k.pem").write_bytes(generate(algorithm).encrypted_pem(b"secret"))
        told = bash(tmp_path, "openssl asn1parse -in k.pem")

        assert "aes-256-cbc" in told
        assert "PBES2" in told


def test_cryptography_still_loads_no_sm2_key() -> None:
    """The day this fails, `sm2` may become simpler."""
    key = sm2.generate()
    pem = subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-pubout"],
        input=key.spki,
        capture_output=True,
        check=True,
    ).stdout

    with pytest.raises((UnsupportedAlgorithm, ValueError)):
        load_pem_public_key(pem)
