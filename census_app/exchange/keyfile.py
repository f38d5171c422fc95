"""Private keys at rest: PKCS#8 under Argon2id, with the parameters in a JSON file beside it (security §4).

The file lies in the user's data folder, never in a workspace or a package. `openssl pkey -passin pass:<hex>` opens it
with the hex output of the Argon2id call the JSON describes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from msgspec import Meta

from census_app.errors import DataProblem, EnvironmentProblem, UserError
from census_app.settings.files import atomic_write, file_problem

MIN_PASSPHRASE: Final = 12
_SALT_BYTES: Final = 16
_MEMORY_KIB: Final = 64 << 10
_PASSES: Final = 3
_MAX_FILE: Final = 64 << 10


class _Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the passphrase becomes the one of the PKCS#8 file; the bounds keep a foreign file from exhausting memory."""

    kdf: Literal["argon2id"]
    salt: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32,128}\Z")]
    memory_kib: Annotated[int, Meta(ge=8 << 10, le=1 << 20)]
    passes: Annotated[int, Meta(ge=1, le=16)]
    lanes: Annotated[int, Meta(ge=1, le=16)]
    length: Literal[32]
    spki_sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key that was made.

    Attributes:
        path: The PKCS#8 file, mode 0600.
        spki: The public key, DER.
        key: The key itself, for the certificate that is made next; not kept by this module.
    """

    path: Path
    spki: bytes
    key: ec.EllipticCurvePrivateKey


def key_name(spki: bytes) -> str:
    """Return the file name of a key: 32 hex of its fingerprint and `.pem`."""
    return hashlib.sha256(spki).hexdigest()[:32] + ".pem"


def parameters_path(key_path: Path) -> Path:
    """Return the JSON file beside a key."""
    return key_path.with_name(key_path.name + ".json")


def create_key(target: Path, passphrase: str) -> KeyFile:
    """Make a P-256 key and write it.

    Args:
        target: A folder, in which the file is named by the key's fingerprint, or the path of the file with its
            extension. A folder that does not exist is made.
        passphrase: At least 12 characters.

    Raises:
        UserError: `PASSPHRASE_SHORT`, `KEY_EXISTS`.
        EnvironmentProblem: The file cannot be written.
    """
    require_passphrase(passphrase)
    key = ec.generate_private_key(ec.SECP256R1())
    path = target
    if target.is_dir() or not target.suffix:
        _make_private_folder(target)
        path = target / key_name(spki_of_key(key))
    return write_key(path, key, passphrase, salt=secrets.token_bytes(_SALT_BYTES))


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise file_problem(error, folder) from error


def require_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short.

    Raises:
        UserError: `PASSPHRASE_SHORT`.
    """
    if len(unicodedata.normalize("NFC", passphrase)) < MIN_PASSPHRASE:
        raise UserError("PASSPHRASE_SHORT", least=MIN_PASSPHRASE)


def write_key(
    path: Path, key: ec.EllipticCurvePrivateKey, passphrase: str, *, salt: bytes
) -> KeyFile:
    """Write a key that exists, under a passphrase.

    Raises:
        UserError: `KEY_EXISTS`; a key is never overwritten.
        EnvironmentProblem: The file cannot be written.
    """
    if path.exists():
        raise UserError("KEY_EXISTS", path=str(path))
    spki = spki_of_key(key)
    parameters = _Parameters(
        kdf="argon2id",
        salt=salt.hex(),
        memory_kib=_MEMORY_KIB,
        passes=_PASSES,
        lanes=1,
        length=32,
        spki_sha256=hashlib.sha256(spki).hexdigest(),
    )
    secret = _derive(passphrase, parameters)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret))
    text = json.dumps(msgspec.to_builtins(parameters), indent=2) + "\n"
    atomic_write(parameters_path(path), text.encode("ascii"), mode=0o600)
    atomic_write(path, pem, mode=0o600)
    return KeyFile(path, spki, key)


def load_key(path: Path, passphrase: str) -> ec.EllipticCurvePrivateKey:
    """Read a key.

    Raises:
        UserError: `KEY_MISSING`, `PASSPHRASE_WRONG`.
        DataProblem: `KEY_DAMAGED`: not such a file, or not the key its parameters name.
    """
    pem = _read(path)
    if not pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"):
        raise DataProblem("KEY_DAMAGED", path=str(path))
    parameters = _read_parameters(path)
    try:
        key = load_pem_private_key(pem, _derive(passphrase, parameters))
    except ValueError:
        raise UserError("PASSPHRASE_WRONG", path=str(path)) from None
    except (TypeError, UnsupportedAlgorithm):
        raise DataProblem("KEY_DAMAGED", path=str(path)) from None
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey)
        or not isinstance(key.curve, ec.SECP256R1)
        or hashlib.sha256(spki_of_key(key)).hexdigest() != parameters.spki_sha256
    ):
        raise DataProblem("KEY_DAMAGED", path=str(path))
    return key


def spki_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key, DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read_parameters(path: Path) -> _Parameters:
    try:
        return msgspec.json.decode(_read(parameters_path(path)), type=_Parameters)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DataProblem("KEY_DAMAGED", path=str(parameters_path(path))) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE)
    except FileNotFoundError:
        raise UserError("KEY_MISSING", path=str(path)) from None
    except OSError as error:
        raise file_problem(error, path) from error


def _derive(passphrase: str, parameters: _Parameters) -> bytes:
    """Return the passphrase of the PKCS#8 file: lower-case hex of Argon2id (security §4)."""
    # Loaded here because verifying a package needs no key.
    from argon2.exceptions import Argon2Error  # noqa: PLC0415
    from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415

    try:
        secret = hash_secret_raw(
            unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"),
            bytes.fromhex(parameters.salt),
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=parameters.length,
            type=Type.ID,
        )
    except Argon2Error as error:
        raise EnvironmentProblem("KEY_MEMORY", reason=str(error)) from error
    return secret.hex().encode("ascii")
