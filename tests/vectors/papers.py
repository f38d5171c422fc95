"""Certificates and requests: honest ones by default, with any part exchanged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.vectors import der
from tests.vectors.keys import Key

ARC: Final = "2.25.14980439166735101038170436289360199341"
EKU: Final = {"department": f"{ARC}.1", "coordinator": f"{ARC}.2"}
URN: Final = {"department": "dept", "coordinator": "coord"}

CONSTRAINTS: Final = "2.5.29.19"
USAGE: Final = "2.5.29.15"
EXTENDED_USAGE: Final = "2.5.29.37"
ALTERNATIVE_NAME: Final = "2.5.29.17"

START: Final = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)

DIGITAL_SIGNATURE: Final = der.bits(b"\x80", 7)
CA_USAGE: Final = der.bits(b"\x86", 1)
"""digitalSignature, keyCertSign, cRLSign."""


@dataclass(frozen=True)
class Extension:
    """One extension of a certificate."""

    value: bytes
    critical: bool = True


@dataclass(frozen=True)
class Owner:
    """A key and the certificate that goes with it."""

    key: Key
    pem: bytes
    subject: bytes
    serial: int = 0


def name(common_name: str, organisation: str) -> bytes:
    parts = [("2.5.4.3", common_name), ("2.5.4.10", organisation)]
    return der.sequence(
        *(der.set_of(der.sequence(der.oid(kind), der.text(value))) for kind, value in parts)
    )


def constraints(*, ca: bool, path_length: int | None = None) -> Extension:
    parts = [der.boolean(True)] if ca else []
    if path_length is not None:
        parts.append(der.integer(path_length))
    return Extension(der.sequence(*parts))


def role_extensions(role: str, code: str) -> dict[str, Extension]:
    """Return what a leaf of a role carries."""
    return {
        CONSTRAINTS: constraints(ca=False),
        USAGE: Extension(DIGITAL_SIGNATURE),
        EXTENDED_USAGE: Extension(der.sequence(der.oid(EKU[role]))),
        ALTERNATIVE_NAME: alternative_name(f"urn:census:{URN[role]}:{code}"),
    }


def alternative_name(*addresses: str) -> Extension:
    names = (der.implicit(6, address.encode()) for address in addresses)
    return Extension(der.sequence(*names), critical=False)


ROOT_EXTENSIONS: Final = {
    CONSTRAINTS: constraints(ca=True, path_length=0),
    USAGE: Extension(CA_USAGE),
}


def certificate(
    key: Key,
    subject: bytes,
    extensions: Mapping[str, Extension],
    *,
    issuer: Owner | None = None,
    serial: int = 77,
    start: dt.datetime = START,
    years: int = 3,
    spki: bytes = b"",
) -> Owner:
    """Return a certificate of a key; self-signed where no issuer is named."""
    signer = issuer.key if issuer else key
    end = start.replace(year=start.year + years)
    body = der.sequence(
        der.explicit(0, der.integer(2)),
        der.integer(serial),
        signer.signature_oid,
        issuer.subject if issuer else subject,
        der.sequence(der.moment(start), der.moment(end)),
        subject,
        spki or key.spki,
        der.explicit(3, der.sequence(*(_extension(*each) for each in extensions.items()))),
    )
    whole = der.sequence(body, signer.signature_oid, der.bits(signer.sign(body)))
    return Owner(key, der.pem("CERTIFICATE", whole), subject, serial)


def _extension(kind: str, extension: Extension) -> bytes:
    critical = der.boolean(True) if extension.critical else b""
    return der.sequence(der.oid(kind), critical, der.octets(extension.value))


def revocation_list(
    issuer: Owner, serials: Iterable[int], *, signer: Key | None = None, critical: bool = False
) -> bytes:
    """Return the revocation list (PEM) of a root; another signer than its key makes it a false one."""
    signer = signer or issuer.key
    entries = [der.sequence(der.integer(n), der.moment(START)) for n in sorted(serials)]
    number = _extension("2.5.29.20", Extension(der.integer(1), critical=critical))
    body = der.sequence(
        der.integer(1),
        signer.signature_oid,
        issuer.subject,
        der.moment(START),
        der.moment(START.replace(year=START.year + 10)),
        der.sequence(*entries) if entries else b"",
        der.explicit(0, der.sequence(number)),
    )
    whole = der.sequence(body, signer.signature_oid, der.bits(signer.sign(body)))
    return der.pem("X509 CRL", whole)


def request(key: Key, code: str, organisation: str, signer: Key | None = None) -> bytes:
    """Return a PKCS#10 request (PEM); another signer than the key makes it a false one."""
    signer = signer or key
    wanted = der.sequence(_extension(ALTERNATIVE_NAME, alternative_name(f"urn:census:dept:{code}")))
    attribute = der.sequence(der.oid("1.2.840.113549.1.9.14"), der.set_of(wanted))
    body = der.sequence(
        der.integer(0), name(code, organisation), key.spki, der.explicit(0, attribute)
    )
    whole = der.sequence(body, signer.signature_oid, der.bits(signer.sign(body)))
    return der.pem("CERTIFICATE REQUEST", whole)
