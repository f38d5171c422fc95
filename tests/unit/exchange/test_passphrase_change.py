"""Another passphrase for a key, and keys of both algorithms at rest: at every moment one passphrase opens the key."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from census_app.errors import DataProblem, EnvironmentProblem, UserError
from census_app.exchange import keyfile, sm2
from census_app.exchange.certificates import create_candidate
from census_app.exchange.keyfile import change_passphrase, create_key, load_key, parameters_path
from census_app.exchange.private_keys import generate
from census_app.exchange.refusals import GmUnavailable
from census_app.exchange.signers import P256File, Sm2File, signer_for, verify
from census_app.exchange.statement import P256, SM2
from census_app.settings.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from census_app.exchange.keyfile import KeyFile
    from census_app.exchange.statement import Algorithm
    from tests.unit.exchange.conftest import Forge

OLD = "旧口令 old horse battery"
NEW = "新口令 new horse battery"
BOTH: tuple[Algorithm, ...] = (P256, SM2)


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive as cheaply as the parameters admit; `test_keyfile` keeps what new keys really get."""
    monkeypatch.setattr(keyfile, "_MEMORY_KIB", 8 << 10)
    monkeypatch.setattr(keyfile, "_PASSES", 1)


@pytest.fixture(params=BOTH)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> KeyFile:
    """Return a key of each algorithm under the old passphrase."""
    return create_key(tmp_path, OLD, algorithm=request.param)


def opens(path: Path, passphrase: str) -> bool:
    try:
        load_key(path, passphrase)
    except UserError as error:
        return error.code != "PASSPHRASE_WRONG"
    return True


def derived(passphrase: str, text: dict[str, Any]) -> str:
    """Compute what opens the PKCS#8 file from the JSON alone, as a stranger would."""
    return hash_secret_raw(
        passphrase.encode(),
        bytes.fromhex(text["salt"]),
        time_cost=text["passes"],
        memory_cost=text["memory_kib"],
        parallelism=text["lanes"],
        hash_len=32,
        type=Type.ID,
    ).hex()


# --- at rest ----------------------------------------------------------------------------------------------------------


def test_key_of_either_algorithm_comes_back(made: KeyFile) -> None:
    loaded = load_key(made.path, OLD)

    assert loaded.spki == made.spki == made.key.spki
    assert loaded.algorithm == made.key.algorithm
    assert verify(loaded.algorithm, made.spki, b"x", loaded.sign(b"x"))
    assert not opens(made.path, NEW)
    if os.name != "nt":
        for path in (made.path, parameters_path(made.path)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_openssl_opens_it_with_the_described_derivation(made: KeyFile) -> None:
    text = json.loads(parameters_path(made.path).read_text())

    opened = subprocess.run(
        [
            "openssl", "pkey", "-in", made.path, "-passin", f"pass:{derived(OLD, text)}",
            "-pubout", "-outform", "DER",
        ],
        capture_output=True,
        check=True,
    )  # fmt: skip

    assert opened.stdout == made.spki
    assert text.get("algorithm", P256) == made.key.algorithm


def test_algorithm_told_falsely_is_damage(made: KeyFile) -> None:
    path = parameters_path(made.path)
    text = json.loads(path.read_text())
    other = P256 if made.key.algorithm == SM2 else SM2
    path.write_text(json.dumps({**text, "algorithm": other}))

    with pytest.raises(DataProblem) as caught:
        load_key(made.path, OLD)

    assert caught.value.code == "KEY_DAMAGED"


def test_key_of_a_third_kind_is_damage(made: KeyFile) -> None:
    text = json.loads(parameters_path(made.path).read_text())
    other = ec.generate_private_key(ec.SECP384R1())
    secret = BestAvailableEncryption(derived(OLD, text).encode())
    made.path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))

    with pytest.raises(DataProblem) as caught:
        load_key(made.path, OLD)

    assert caught.value.code == "KEY_DAMAGED"


# --- change -----------------------------------------------------------------------------------------------------------


def test_new_passphrase_opens_the_same_key_and_the_old_no_longer(made: KeyFile) -> None:
    before = json.loads(parameters_path(made.path).read_text())
    change_passphrase(made.path, OLD, NEW)
    after = json.loads(parameters_path(made.path).read_text())

    assert load_key(made.path, NEW).spki == made.spki
    assert not opens(made.path, OLD)
    assert after["salt"] != before["salt"]
    assert set(after) == set(before)
    assert {path.name for path in made.path.parent.iterdir()} == {
        made.path.name,
        parameters_path(made.path).name,
    }
    subprocess.run(
        ["openssl", "pkey", "-in", made.path, "-passin", f"pass:{derived(NEW, after)}", "-noout"],
        check=True,
    )


class PowerCut(Exception):
    """The computer stops here."""


def cut_at(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> Callable[[], None]:
    """Let the writing of file `number` be the last thing that happens, done or not done."""
    real, done = atomic_write, []

    def write(path: Path, data: bytes, *, mode: int | None = None) -> str:
        done.append(path)
        if len(done) == number and not after:
            raise PowerCut
        digest = real(path, data, mode=mode)
        if len(done) == number:
            raise PowerCut
        return digest

    monkeypatch.setattr(keyfile, "atomic_write", write)
    return lambda: monkeypatch.setattr(keyfile, "atomic_write", real)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_one_passphrase_opens_the_key_wherever_it_stops(
    made: KeyFile, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    restore = cut_at(monkeypatch, number, after=after)
    with pytest.raises(PowerCut):
        change_passphrase(made.path, OLD, NEW)
    restore()

    changed = (number, after) >= (2, True)
    assert opens(made.path, NEW) is changed
    assert opens(made.path, OLD) is not changed
    # The change can be made again from there, and then nothing is left of the interruption.
    change_passphrase(made.path, NEW if changed else OLD, "third passphrase, long")
    text = json.loads(parameters_path(made.path).read_text())
    assert load_key(made.path, "third passphrase, long").spki == made.spki
    assert "next" not in text


def test_disk_that_takes_nothing_leaves_the_old_passphrase(
    made: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes, *, mode: int | None = None) -> str:
        del data, mode
        raise EnvironmentProblem("FILE_DISK_FULL", path=str(path), detail="")

    with monkeypatch.context() as patch:
        patch.setattr(keyfile, "atomic_write", full)
        with pytest.raises(EnvironmentProblem):
            change_passphrase(made.path, OLD, NEW)

    assert opens(made.path, OLD)


def test_wrong_old_or_short_new_passphrase_changes_nothing(made: KeyFile) -> None:
    before = [path.read_bytes() for path in (made.path, parameters_path(made.path))]
    for old, new, code in (
        (NEW, OLD, "PASSPHRASE_WRONG"),
        (OLD, "elevenchars", "PASSPHRASE_SHORT"),
    ):
        with pytest.raises(UserError) as caught:
            change_passphrase(made.path, old, new)
        assert caught.value.code == code

    assert [path.read_bytes() for path in (made.path, parameters_path(made.path))] == before
    with pytest.raises(UserError) as missing:
        change_passphrase(made.path.with_name("none.pem"), OLD, NEW)
    assert missing.value.code == "KEY_MISSING"


# --- signers ----------------------------------------------------------------------------------------------------------


def test_certificate_decides_the_signer(made: KeyFile, forge: Forge) -> None:
    pem = create_candidate("D0042", "某厅", made.key, now=forge.now)
    signer = signer_for(made.path, pem)

    assert type(signer) is (Sm2File if made.key.algorithm == SM2 else P256File)
    assert signer.algorithm == made.key.algorithm
    assert signer.available() == (True, "")
    signer.unlock(OLD)
    assert verify(signer.algorithm, made.spki, b"x", signer.sign(b"x"))
    signer.lock()
    with pytest.raises(UserError):
        signer.sign(b"x")


def test_signer_of_the_other_algorithm_takes_no_key(made: KeyFile, forge: Forge) -> None:
    pem = create_candidate("D0042", "某厅", made.key, now=forge.now)
    kind = P256File if made.key.algorithm == SM2 else Sm2File

    with pytest.raises(UserError) as caught:
        kind(made.path, pem).unlock(OLD)

    assert caught.value.code == "KEY_DIFFERS"


def test_without_sm2_its_keys_are_unavailable_not_damaged(
    tmp_path: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create_key(tmp_path, OLD, algorithm=SM2)
    pem = create_candidate("D0042", "某厅", made.key, now=forge.now)
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))

    for call in (
        lambda: create_key(tmp_path / "more", OLD, algorithm=SM2),
        lambda: load_key(made.path, OLD),
        lambda: change_passphrase(made.path, OLD, NEW),
    ):
        with pytest.raises(EnvironmentProblem) as caught:
            call()
        assert caught.value.code == "GM_UNAVAILABLE"
        assert caught.value.params["detail"] == "GM_LIBRARY"
    assert not (tmp_path / "more").exists()
    assert Sm2File(made.path, pem).available() == (False, "GM_LIBRARY")
    with pytest.raises(GmUnavailable):
        signer_for(made.path, pem)
    assert generate(P256).algorithm == P256


def test_missing_sm2_key_is_said_to_be_missing(tmp_path: Path, forge: Forge) -> None:
    made = create_key(tmp_path, OLD, algorithm=SM2)
    pem = create_candidate("D0042", "某厅", made.key, now=forge.now)
    made.path.unlink()

    assert Sm2File(made.path, pem).available() == (False, "KEY_MISSING")
