"""Keys at rest: nobody reads them without the passphrase, and nobody overwrites them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import unicodedata
from typing import TYPE_CHECKING

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from census_app.errors import DataProblem, UserError
from census_app.exchange import keyfile
from census_app.exchange.certificates import create_candidate, fingerprint
from census_app.exchange.signers import AUTO_LOCK_S, P256File, sign_p256, verify
from census_app.exchange.statement import P256

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.exchange.conftest import Forge

PASSPHRASE = "正确 horse 电池 staple"  # noqa: S105 - of no key but the test's
SALT = bytes(range(16))


@pytest.fixture
def key(forge: Forge, tmp_path: Path) -> keyfile.KeyFile:
    return keyfile.write_key(tmp_path / "key.pem", forge.key(5), PASSPHRASE, salt=SALT)


def test_key_comes_back_with_its_passphrase(forge: Forge, key: keyfile.KeyFile) -> None:
    loaded = keyfile.load_key(key.path, PASSPHRASE)

    assert keyfile.spki_of_key(loaded) == keyfile.spki_of_key(forge.key(5)) == key.spki


def test_passphrase_counts_in_one_unicode_form(forge: Forge, tmp_path: Path) -> None:
    typed = unicodedata.normalize("NFD", "Tür zum Schloß")
    path = tmp_path / "k.pem"
    keyfile.write_key(path, forge.key(5), unicodedata.normalize("NFC", typed), salt=SALT)

    assert keyfile.load_key(path, typed)


@pytest.mark.parametrize("wrong", ["", PASSPHRASE + " ", PASSPHRASE.upper()])
def test_wrong_passphrase_is_said_to_be_wrong(key: keyfile.KeyFile, wrong: str) -> None:
    with pytest.raises(UserError) as caught:
        keyfile.load_key(key.path, wrong)

    assert caught.value.code == "PASSPHRASE_WRONG"
    assert wrong not in {str(value) for value in caught.value.params.values()} - {""}


def test_new_key_is_named_by_its_fingerprint(tmp_path: Path) -> None:
    made = keyfile.create_key(tmp_path, PASSPHRASE)

    assert made.path.name == fingerprint(made.spki).replace(" ", "") + ".pem"
    assert keyfile.spki_of_key(keyfile.load_key(made.path, PASSPHRASE)) == made.spki


def test_folder_for_keys_is_made_and_private(tmp_path: Path) -> None:
    made = keyfile.create_key(tmp_path / "data" / "keys", PASSPHRASE)

    assert made.path.parent == tmp_path / "data" / "keys"
    if os.name != "nt":
        assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights elsewhere")
def test_only_the_owner_may_read_key_and_parameters(key: keyfile.KeyFile) -> None:
    for path in (key.path, keyfile.parameters_path(key.path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_short_passphrase_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        keyfile.create_key(tmp_path, "elevenchars")

    assert caught.value.code == "PASSPHRASE_SHORT"
    assert not list(tmp_path.glob("*.pem*"))


def test_key_is_never_overwritten(forge: Forge, key: keyfile.KeyFile) -> None:
    with pytest.raises(UserError) as caught:
        keyfile.write_key(key.path, forge.key(6), PASSPHRASE, salt=SALT)

    assert caught.value.code == "KEY_EXISTS"
    assert keyfile.load_key(key.path, PASSPHRASE)


def test_openssl_opens_the_key_with_the_described_derivation(key: keyfile.KeyFile) -> None:
    text = json.loads(keyfile.parameters_path(key.path).read_text())
    secret = hash_secret_raw(
        PASSPHRASE.encode(),
        bytes.fromhex(text["salt"]),
        time_cost=3,
        memory_cost=64 << 10,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    ).hex()

    opened = subprocess.run(
        ["openssl", "pkey", "-in", key.path, "-passin", f"pass:{secret}", "-pubout"],
        capture_output=True,
        check=True,
    )

    assert text == {
        "kdf": "argon2id",
        "salt": SALT.hex(),
        "memory_kib": 65536,
        "passes": 3,
        "lanes": 1,
        "length": 32,
        "spki_sha256": text["spki_sha256"],
    }
    assert opened.stdout.startswith(b"-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 40},
        {"memory_kib": 1},
        {"passes": 1000},
        {"lanes": 0},
        {"salt": "00"},
        {"kdf": "pbkdf2"},
        {"length": 16},
        {"spki_sha256": "00" * 32},
        {"extra": 1},
        None,
    ],
)
def test_foreign_parameters_are_damage_not_a_memory_hog(
    key: keyfile.KeyFile, change: dict[str, object] | None
) -> None:
    path = keyfile.parameters_path(key.path)
    changed = {**json.loads(path.read_text()), **change} if change else {}
    path.write_text(json.dumps(changed))

    with pytest.raises(DataProblem) as caught:
        keyfile.load_key(key.path, PASSPHRASE)

    assert caught.value.code == "KEY_DAMAGED"


@pytest.mark.parametrize("content", ["", "hello", "plain"])
def test_file_that_is_no_protected_key_is_damage(
    forge: Forge, key: keyfile.KeyFile, content: str
) -> None:
    plain = forge.key(5).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.path.write_bytes(plain if content == "plain" else content.encode())

    with pytest.raises(DataProblem) as caught:
        keyfile.load_key(key.path, PASSPHRASE)

    assert caught.value.code == "KEY_DAMAGED"


def test_key_exchanged_for_another_is_noticed(forge: Forge, key: keyfile.KeyFile) -> None:
    parameters = json.loads(keyfile.parameters_path(key.path).read_text())
    secret = keyfile._derive(PASSPHRASE, keyfile._read_parameters(key.path))
    key.path.write_bytes(
        forge.key(6).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret)
        )
    )

    with pytest.raises(DataProblem) as caught:
        keyfile.load_key(key.path, PASSPHRASE)

    assert parameters["spki_sha256"]
    assert caught.value.code == "KEY_DAMAGED"


@pytest.mark.parametrize("lost", ["key", "parameters"])
def test_missing_file_is_said_to_be_missing(key: keyfile.KeyFile, lost: str) -> None:
    path = key.path if lost == "key" else keyfile.parameters_path(key.path)
    path.unlink()

    with pytest.raises(UserError) as caught:
        keyfile.load_key(key.path, PASSPHRASE)

    assert caught.value.code == "KEY_MISSING"
    assert caught.value.params["path"] == str(path)


# --- the signer on top ----------------------------------------------------------------------------


class HandClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def signer(forge: Forge, key: keyfile.KeyFile, clock: HandClock) -> P256File:
    pem = create_candidate("D0042", "某厅", forge.key(5), now=forge.now, serial=1)
    return P256File(key.path, pem, clock=clock)


def test_signer_signs_once_unlocked(forge: Forge, signer: P256File) -> None:
    with pytest.raises(UserError) as locked:
        signer.sign(b"x")
    signer.unlock(PASSPHRASE)
    signature = signer.sign(b"x")

    assert locked.value.code == "KEY_LOCKED"
    assert signature == sign_p256(forge.key(5), b"x")
    assert verify(P256, keyfile.spki_of_key(forge.key(5)), b"x", signature)
    assert not verify(P256, keyfile.spki_of_key(forge.key(5)), b"y", signature)
    assert not verify("sm2-sm3", keyfile.spki_of_key(forge.key(5)), b"x", signature)


def test_signer_locks_itself_after_ten_idle_minutes(signer: P256File, clock: HandClock) -> None:
    signer.unlock(PASSPHRASE)
    clock.seconds += AUTO_LOCK_S - 1
    signer.sign(b"still there")
    clock.seconds += AUTO_LOCK_S - 1
    before = signer.unlocked
    clock.seconds += 2

    assert (before, signer.unlocked) == (True, False)
    with pytest.raises(UserError):
        signer.sign(b"x")


def test_signer_can_be_locked_by_hand(signer: P256File) -> None:
    signer.unlock(PASSPHRASE)
    signer.lock()

    assert not signer.unlocked


def test_signer_says_whether_its_key_is_there(signer: P256File, key: keyfile.KeyFile) -> None:
    assert signer.available() == (True, "")
    key.path.unlink()
    assert signer.available() == (False, "KEY_MISSING")


def test_key_of_another_certificate_is_refused(forge: Forge, key: keyfile.KeyFile) -> None:
    stranger = P256File(key.path, forge.department.certificate_pem)

    with pytest.raises(UserError) as caught:
        stranger.unlock(PASSPHRASE)

    assert caught.value.code == "KEY_DIFFERS"
    assert not stranger.unlocked
