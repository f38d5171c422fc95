"""Keys of this computer: which algorithms it can sign with, where a key lies, and another passphrase for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import UserError
from census_app.exchange import keyfile, sm2
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.statement import P256, SM2, Algorithm
from census_app.services.ports import WorkspaceStore

ALGORITHMS: Final[dict[str, Algorithm]] = {"p256": P256, "sm2": SM2}
"""What people call an algorithm → its name in packages; the first is the default."""


@dataclass(frozen=True, slots=True)
class SigningMode:
    """An algorithm somebody could choose.

    Attributes:
        name: A key of `ALGORITHMS`.
        algorithm: Its name in packages.
        available: Whether it works on this computer; a front end greys it out otherwise.
        reason: Message code that says why not, such as `GM_LIBRARY`.
        library: What computes it, such as `OpenSSL 3.0.19`; empty where it does not work, or for P-256.
        advice: Message code of an advice, `GM_TIMING`, or empty.
    """

    name: str
    algorithm: Algorithm
    available: bool
    reason: str = ""
    library: str = ""
    advice: str = ""


def signing_modes() -> list[SigningMode]:
    """Return every algorithm, the default first; the first call tests SM2 with known answers."""
    works, reason = sm2.gm_available()
    library = sm2.library_version() if works else ""
    advice = "GM_TIMING" if works and sm2.leaks_timing() else ""
    return [
        SigningMode("p256", P256, True),
        SigningMode("sm2", SM2, works, reason, library, advice),
    ]


def key_path_of(store: WorkspaceStore, keys: Path) -> Path:
    """Return where the key of a workspace's certificate lies.

    Raises:
        UserError: `NOT_ENROLLED`, no certificate has arrived yet; `KEY_MISSING`.
    """
    pem = store.certificate()
    if not pem:
        raise UserError("NOT_ENROLLED")
    path = keys / keyfile.key_name(read_certificate(pem.encode("ascii")).spki)
    if not path.is_file():
        raise UserError("KEY_MISSING", path=str(path))
    return path


def change_passphrase(path: Path, old: str, new: str) -> None:
    """Put a key under another passphrase; copies made before still open with the old one.

    Args:
        path: The key's file, such as `key_path_of` returns or `root.key.pem` on the stick.
        old: The passphrase it has.
        new: At least 12 characters.

    Raises:
        UserError: `KEY_MISSING`, `PASSPHRASE_WRONG` (the old one), `PASSPHRASE_SHORT` (the new one).
        DataProblem: `KEY_DAMAGED`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`.
    """
    keyfile.change_passphrase(path, old, new)
