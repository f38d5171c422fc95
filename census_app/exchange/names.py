"""Names inside a package: what may stand there, and which paths exist (security §1, "Names").

Names are ASCII of one narrow spelling, so that no file system, shell or reader can take one for something else.
"""

from __future__ import annotations

import re
from typing import Final

from census_app.exchange.refusals import UnsafeName

MAX_NAME: Final = 160
MAX_PATH: Final = 96
EXTENSION: Final = ".census"

CODE_PATTERN: Final = r"[A-Z0-9]{2,24}"
PACKAGE_PATTERN: Final = rf"{CODE_PATTERN}(-{CODE_PATTERN})?-[0-9]{{6}}"

STATEMENT: Final = "signature/statement.json"
SIGNATURE: Final = "signature/statement.sig"
CERTIFICATE: Final = "signature/signer.crt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
HEAD: Final = (STATEMENT, SIGNATURE, CERTIFICATE, TAG_MANIFEST)
"""The first four entries, in this order; the statement's files follow."""

BAG_INFO: Final = "bag-info.txt"
BAGIT: Final = "bagit.txt"
MANIFEST: Final = "manifest-sha256.txt"
MANIFEST_GM: Final = "manifest-sm3.txt"
PACKAGE_JSON: Final = "data/package.json"
RECORDS: Final = "data/records.ndjson"
DATAPACKAGE: Final = "data/datapackage.json"
REQUEST: Final = "data/request.csr"
TRUST_JSON: Final = "data/trust.json"
TRUST_CERTIFICATES: Final = "data/certificates.pem"
TRUST_CRL: Final = "data/crl.pem"
FORM_SET: Final = "data/formset/"

_PACKAGE: Final = re.compile(PACKAGE_PATTERN)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_ATTACHMENT: Final = re.compile(
    r"data/attachments/([0-9a-f]{64})\.(pdf|ofd|png|jpg|xlsx|docx|wps|et|csv|txt)"
)
_TRUST_FILE: Final = re.compile(
    r"data/(trust\.json|certificates\.pem|crl\.pem"
    r"|formset/([a-z0-9_-]{1,48}/)?[a-z0-9_-]{1,48}\.(toml|csv))"
)
_TAG_FILES: Final = frozenset({BAG_INFO, BAGIT, MANIFEST, MANIFEST_GM})
_EVERY_TYPE: Final = frozenset({PACKAGE_JSON, RECORDS, DATAPACKAGE})


def is_package_name(text: str) -> bool:
    """Say whether the text is `<sender>-<sequence>` or `<sender>-<audience>-<sequence>` by its shape."""
    return _PACKAGE.fullmatch(text) is not None


def is_safe_path(path: str) -> bool:
    """Say whether every segment of a path below the package folder obeys the name rule."""
    return len(path) <= MAX_PATH and all(_is_safe_segment(part) for part in path.split("/"))


def _is_safe_segment(segment: str) -> bool:
    if _SEGMENT.fullmatch(segment) is None:
        return False
    return _DEVICE.fullmatch(segment.split(".", 1)[0]) is None


def split_entry_name(raw: bytes) -> tuple[str, str]:
    """Return folder and path of an entry name.

    Raises:
        UnsafeName: The name breaks the rule in any way.
    """
    name = raw.decode("latin-1")
    folder, slash, path = name.partition("/")
    if not (slash and len(raw) <= MAX_NAME and is_package_name(folder) and is_safe_path(path)):
        raise UnsafeName(where=ascii(name)[1:-1])
    return folder, path


def attachment_hash(path: str) -> str | None:
    """Return the SHA-256 that an attachment's path claims, or None for any other path."""
    found = _ATTACHMENT.fullmatch(path)
    return found[1] if found else None


def is_known_path(path: str, package_type: str) -> bool:
    """Say whether the closed list of paths has this one for the type of package."""
    if path in _TAG_FILES or path in _EVERY_TYPE or attachment_hash(path):
        return True
    if package_type == "trust":
        return _TRUST_FILE.fullmatch(path) is not None
    return package_type == "enrolment" and path == REQUEST


def size_limit(path: str) -> int:
    """Return how many bytes the file at a path may have."""
    mib = 1 << 20
    limits = {
        STATEMENT: mib,
        SIGNATURE: 256,
        CERTIFICATE: 16 << 10,
        TAG_MANIFEST: 64 << 10,
        RECORDS: 1 << 30,
    }
    return limits.get(path, 64 * mib)
