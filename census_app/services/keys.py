"""Keys of this computer: which algorithms it can sign with, where a key lies, and another passphrase for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import UserError
from census_app.exchange import keyfile, sm2
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.certificates import read_request
from census_app.exchange.statement import P256, SM2, Algorithm
from census_app.services.ports import CatalogueStore, WorkspaceStore, as_catalogue, as_workspace

ALGORITHMS: Final[dict[str, Algorithm]] = {"p256": P256, "sm2": SM2}
"""What people call an algorithm → its name in packages; the first is the default."""

_REQUEST: Final = "-----BEGIN CERTIFICATE REQUEST-----"


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


def key_of(pem: str) -> bytes:
    """Return the public key (DER) of a certificate or of a request, nothing for an empty text."""
    if not pem:
        return b""
    raw = pem.encode("ascii")
    return read_request(raw).spki if _REQUEST in pem else read_certificate(raw).spki


def signing_certificate(store: WorkspaceStore) -> str:
    """Return the certificate a workspace signs with, or the empty text.

    It is the issued one, unless a key was made since: then that key's candidate, until its own certificate arrives. A
    key that the present one vouches for waits as a request and signs nothing yet.
    """
    candidate = store.candidate()
    return store.certificate() if not candidate or _REQUEST in candidate else candidate


def coordinator_certificate_of(store: CatalogueStore) -> str:
    """Return the certificate of a catalogue's daily key.

    Raises:
        UserError: `NOT_COORDINATOR`, it has none, or its request was not answered yet.
    """
    pem = store.coordinator_certificate()
    if not pem or read_certificate(pem.encode("ascii")).role is not Role.COORDINATOR:
        raise UserError("NOT_COORDINATOR")
    return pem


def key_path_of(store: WorkspaceStore | CatalogueStore, keys: Path) -> Path:
    """Return where the key lies that a workspace or a catalogue signs with.

    Raises:
        UserError: `NOT_ENROLLED`, a workspace without a key; `NOT_COORDINATOR`, such a catalogue; `KEY_MISSING`.
    """
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    pem = signing_certificate(workspace) if workspace is not None else ""
    if catalogue is not None:
        pem = coordinator_certificate_of(catalogue)
    if not pem:
        raise UserError("NOT_ENROLLED")
    path = keys / keyfile.key_name(key_of(pem))
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
