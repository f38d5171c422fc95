"""Private keys at rest: PKCS#8 under Argon2id, with the parameters in a JSON file beside it (security §4).

The file lies in the user's data folder, never in a workspace or a package. `openssl pkey -passin pass:<hex>` opens it
with the hex output of the Argon2id call the JSON describes. Keys of both algorithms are kept alike.
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
from msgspec import Meta

from census_app.errors import DataProblem, EnvironmentProblem, UserError
from census_app.exchange import private_keys
from census_app.exchange.private_keys import AnyKey, PrivateKey, private_key
from census_app.exchange.refusals import GmUnavailable
from census_app.exchange.sm2 import OtherKind, SecretRejected
from census_app.exchange.statement import P256, Algorithm
from census_app.settings.files import atomic_write, file_problem

MIN_PASSPHRASE: Final = 12
_SALT_BYTES: Final = 16
_MEMORY_KIB: Final = 64 << 10
_PASSES: Final = 3
_MAX_FILE: Final = 64 << 10


class _Derivation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the passphrase becomes the one of the PKCS#8 file; the bounds keep a foreign file from exhausting memory."""

    kdf: Literal["argon2id"]
    salt: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32,128}\Z")]
    memory_kib: Annotated[int, Meta(ge=8 << 10, le=1 << 20)]
    passes: Annotated[int, Meta(ge=1, le=16)]
    lanes: Annotated[int, Meta(ge=1, le=16)]
    length: Literal[32]

    @classmethod
    def fresh(cls, salt: bytes) -> _Derivation:
        return cls("argon2id", salt.hex(), _MEMORY_KIB, _PASSES, 1, 32)


class _Parameters(
    _Derivation, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What the JSON beside a key says.

    Attributes:
        spki_sha256: Which key it belongs to.
        algorithm: Left out for P-256.
        next: While a passphrase is being changed: how the new one is derived. Either this or the outer one opens the
            key, depending on how far the change got.
    """

    spki_sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    algorithm: Algorithm = P256
    next: _Derivation | None = None

    def derivations(self) -> list[_Derivation]:
        return [self] if self.next is None else [self, self.next]


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
    key: PrivateKey


def key_name(spki: bytes) -> str:
    """Return the file name of a key: 32 hex of its fingerprint and `.pem`."""
    return hashlib.sha256(spki).hexdigest()[:32] + ".pem"


def parameters_path(key_path: Path) -> Path:
    """Return the JSON file beside a key."""
    return key_path.with_name(key_path.name + ".json")


def create_key(target: Path, passphrase: str, *, algorithm: Algorithm = P256) -> KeyFile:
    """Make a key and write it.

    Args:
        target: A folder, in which the file is named by the key's fingerprint, or the path of the file with its
            extension. A folder that does not exist is made.
        passphrase: At least 12 characters.
        algorithm: What the key shall sign with.

    Raises:
        UserError: `PASSPHRASE_SHORT`, `KEY_EXISTS`.
        EnvironmentProblem: The file cannot be written; `GM_UNAVAILABLE`, SM2 does not work on this computer.
    """
    require_passphrase(passphrase)
    try:
        key = private_keys.generate(algorithm)
    except GmUnavailable as refused:
        raise EnvironmentProblem(
            "GM_UNAVAILABLE", file=target.name, detail=refused.params["detail"]
        ) from None
    path = target
    if target.is_dir() or not target.suffix:
        _make_private_folder(target)
        path = target / key_name(key.spki)
    return write_key(path, key, passphrase, salt=secrets.token_bytes(_SALT_BYTES))


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise file_problem(error, folder) from error


def is_long_enough(passphrase: str) -> bool:
    """Say whether a passphrase has `MIN_PASSPHRASE` characters, composed ones counted once."""
    return len(unicodedata.normalize("NFC", passphrase)) >= MIN_PASSPHRASE


def require_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short.

    Raises:
        UserError: `PASSPHRASE_SHORT`.
    """
    if not is_long_enough(passphrase):
        raise UserError("PASSPHRASE_SHORT", least=MIN_PASSPHRASE)


def write_key(path: Path, key: AnyKey, passphrase: str, *, salt: bytes) -> KeyFile:
    """Write a key that exists, under a passphrase.

    Raises:
        UserError: `KEY_EXISTS`; a key is never overwritten.
        EnvironmentProblem: The file cannot be written.
    """
    if path.exists():
        raise UserError("KEY_EXISTS", path=str(path))
    own = private_key(key)
    parameters = _parameters_of(own, _Derivation.fresh(salt))
    pem = own.encrypted_pem(_derive(passphrase, parameters))
    _write_parameters(path, parameters)
    atomic_write(path, pem, mode=0o600)
    return KeyFile(path, own.spki, own)


def load_key(path: Path, passphrase: str) -> PrivateKey:
    """Read a key.

    Raises:
        UserError: `KEY_MISSING`, `PASSPHRASE_WRONG`.
        DataProblem: `KEY_DAMAGED`: not such a file, or not the key its parameters name.
        EnvironmentProblem: `GM_UNAVAILABLE`, it is an SM2 key and this computer cannot use one.
    """
    return _open(path, passphrase)[0]


def change_passphrase(path: Path, old: str, new: str) -> None:
    """Put a key under another passphrase, with a fresh salt.

    At every moment exactly one of the two opens the key, also when the computer stops in between: first the JSON learns
    how the new passphrase is derived, then the key is replaced at one stroke, then the JSON forgets the old way.

    Raises:
        UserError: `KEY_MISSING`, `PASSPHRASE_WRONG` (the old one), `PASSPHRASE_SHORT` (the new one).
        DataProblem: `KEY_DAMAGED`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`.
    """
    key, opened_by = _open(path, old)
    require_passphrase(new)
    fresh = _Derivation.fresh(secrets.token_bytes(_SALT_BYTES))
    _write_parameters(path, _parameters_of(key, opened_by, following=fresh))
    atomic_write(path, key.encrypted_pem(_derive(new, fresh)), mode=0o600)
    _write_parameters(path, _parameters_of(key, fresh))


def spki_of_key(key: AnyKey) -> bytes:
    """Return the public key, DER."""
    return private_key(key).spki


def _open(path: Path, passphrase: str) -> tuple[PrivateKey, _Derivation]:
    pem = _read(path)
    if not pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"):
        raise DataProblem("KEY_DAMAGED", path=str(path))
    parameters = _read_parameters(path)
    for derivation in parameters.derivations():
        try:
            secret = _derive(passphrase, derivation)
            key = private_keys.from_encrypted_pem(parameters.algorithm, pem, secret)
        except SecretRejected:
            continue
        except GmUnavailable as refused:
            raise EnvironmentProblem(
                "GM_UNAVAILABLE", file=path.name, detail=refused.params["detail"]
            ) from None
        except OtherKind:
            raise DataProblem("KEY_DAMAGED", path=str(path)) from None
        if hashlib.sha256(key.spki).hexdigest() != parameters.spki_sha256:
            raise DataProblem("KEY_DAMAGED", path=str(path))
        return key, derivation
    raise UserError("PASSPHRASE_WRONG", path=str(path))


def _parameters_of(
    key: PrivateKey, how: _Derivation, *, following: _Derivation | None = None
) -> _Parameters:
    return _Parameters(
        kdf=how.kdf,
        salt=how.salt,
        memory_kib=how.memory_kib,
        passes=how.passes,
        lanes=how.lanes,
        length=how.length,
        spki_sha256=hashlib.sha256(key.spki).hexdigest(),
        algorithm=key.algorithm,
        next=following,
    )


def _write_parameters(path: Path, parameters: _Parameters) -> None:
    document = msgspec.to_builtins(parameters)
    text = json.dumps(document, indent=2) + "\n"
    atomic_write(parameters_path(path), text.encode("ascii"), mode=0o600)


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


def _derive(passphrase: str, parameters: _Derivation) -> bytes:
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
