"""Vectors about certificates: issuer, role, extensions, spelling, dates, revocation (rows P5 and P7-P9)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vectors import der, papers
from tests.vectors.anatomy import Anatomy
from tests.vectors.case import ACCEPTED, CANDIDATES, Belief, Build, Case
from tests.vectors.papers import Extension, Owner
from tests.vectors.workshop import (
    COORDINATOR,
    DEPARTMENT,
    NAME,
    OTHER_DEPARTMENT,
    Workshop,
)

Who = Callable[[Workshop], Owner]


def signed_by(who: Who, kind: str = "submission", **changes: Any) -> Build:
    """Return a build of an otherwise honest package with another signer."""
    return lambda shop: shop.package(kind, who(shop), **changes).sealed()


def with_extensions(**changes: Extension | None) -> Build:
    """Return a build whose leaf has other extensions; keys are names of `OIDS`, None drops one."""
    found = {OIDS[key]: value for key, value in changes.items()}
    return signed_by(lambda shop: shop.leaf(2002, DEPARTMENT, extensions=found))


OIDS = {
    "constraints": papers.CONSTRAINTS,
    "usage": papers.USAGE,
    "extended_usage": papers.EXTENDED_USAGE,
    "alternative_name": papers.ALTERNATIVE_NAME,
    "unknown": "1.2.3.4.5",
    "policy": "2.5.29.30",
}


def issuers() -> Iterator[Case]:
    yield Case(
        "p5a-leaf-of-another-root",
        "CHAIN",
        "The certificate was issued by a root that is not pinned.",
        signed_by(lambda shop: shop.leaf(2002, DEPARTMENT, issuer=shop.foreign)),
    )
    yield Case(
        "p5a-root-of-the-same-name",
        "CHAIN",
        "The issuer bears the name of the pinned root and has another key.",
        signed_by(
            lambda shop: shop.leaf(
                2002, DEPARTMENT, issuer=Owner(shop.foreign.key, b"", shop.root.subject)
            )
        ),
    )
    yield Case(
        "p5a-unpinned-root-signs-trust",
        "CHAIN",
        "A root that is not pinned signs a trust bundle.",
        signed_by(lambda shop: shop.foreign, "trust"),
    )
    yield Case(
        "p5a-leaf-issued-by-a-leaf",
        "CHAIN",
        "A department issued the certificate.",
        signed_by(lambda shop: shop.leaf(2020, DEPARTMENT, issuer=shop.department)),
    )
    yield Case(
        "p5b-candidate-signs-a-review",
        "ROLE",
        "A self-signed certificate proves possession of a key and nothing else.",
        signed_by(lambda shop: shop.candidate, "review"),
        CANDIDATES,
    )
    yield Case(
        "p5b-candidate-unasked",
        "CHAIN",
        "A self-signed certificate where candidates are of no interest.",
        signed_by(lambda shop: shop.candidate),
    )
    yield Case(
        "candidate-submission",
        ACCEPTED,
        "A self-signed certificate where candidates are of interest: accepted, for quarantine.",
        signed_by(lambda shop: shop.candidate),
        CANDIDATES,
    )
    yield Case(
        "candidate-coordinator",
        "CERT_EXT",
        "A self-signed certificate that claims to be a coordinator's.",
        signed_by(_own_coordinator, "review"),
        CANDIDATES,
    )
    yield Case(
        "standby-root",
        ACCEPTED,
        "The second pinned root issued the certificate.",
        signed_by(lambda shop: shop.leaf(2002, DEPARTMENT, issuer=shop.standby)),
    )


def _own_coordinator(shop: Workshop) -> Owner:
    return papers.certificate(
        shop.key(3030),
        papers.name(COORDINATOR, NAME),
        papers.role_extensions("coordinator", COORDINATOR),
    )


def roles() -> Iterator[Case]:
    signers: dict[str, tuple[Who, str]] = {
        "p7a-root-signs-a-submission": (lambda shop: shop.root, "submission"),
        "root-signs-a-review": (lambda shop: shop.root, "review"),
        "p20e-department-signs-a-review": (lambda shop: shop.department, "review"),
        "p20e-department-signs-a-receipt": (lambda shop: shop.department, "receipt"),
        "department-signs-a-ledger": (lambda shop: shop.department, "ledger"),
        "department-signs-trust": (lambda shop: shop.department, "trust"),
        "coordinator-signs-a-submission": (lambda shop: shop.coordinator, "submission"),
        "coordinator-signs-trust": (lambda shop: shop.coordinator, "trust"),
        "coordinator-signs-an-enrolment": (lambda shop: shop.coordinator, "enrolment"),
    }
    for name, (who, kind) in signers.items():
        yield Case(name, "ROLE", "This role may not sign this type.", signed_by(who, kind))


def extensions() -> Iterator[Case]:
    usage = Extension(der.bits(b"\xc0", 6))
    both = Extension(der.sequence(*(der.oid(each) for each in papers.EKU.values())))
    address = papers.alternative_name
    changes: dict[str, dict[str, Extension | None]] = {
        "p7b-leaf-with-ca": {"constraints": papers.constraints(ca=True)},
        "leaf-with-ca-and-usage": {
            "constraints": papers.constraints(ca=True, path_length=0),
            "usage": Extension(papers.CA_USAGE),
        },
        "no-constraints": {"constraints": None},
        "constraints-not-critical": {
            "constraints": Extension(papers.constraints(ca=False).value, critical=False)
        },
        "no-key-usage": {"usage": None},
        "key-usage-too-wide": {"usage": usage},
        "no-role": {"extended_usage": None},
        "role-not-critical": {
            "extended_usage": Extension(
                der.sequence(der.oid(papers.EKU["department"])), critical=False
            )
        },
        "two-roles": {"extended_usage": both},
        "role-of-the-web": {
            "extended_usage": Extension(der.sequence(der.oid("1.3.6.1.5.5.7.3.1")))
        },
        "no-code": {"alternative_name": None},
        "code-of-another-role": {"alternative_name": address(f"urn:census:coord:{DEPARTMENT}")},
        "code-malformed": {"alternative_name": address("urn:census:dept:d0042")},
        "two-codes": {
            "alternative_name": address(
                f"urn:census:dept:{DEPARTMENT}", f"urn:census:dept:{OTHER_DEPARTMENT}"
            )
        },
        "code-trust": {"alternative_name": address("urn:census:dept:TRUST")},
        "unknown-critical-extension": {"unknown": Extension(der.sequence())},
        "name-constraints-critical": {"policy": Extension(der.sequence())},
    }
    for name, change in changes.items():
        yield Case(
            name,
            "CERT" if name == "name-constraints-critical" else "CERT_EXT",
            "The extensions are not those of exactly one role.",
            with_extensions(**change),
        )
    yield Case(
        "unknown-extension-not-critical",
        ACCEPTED,
        "An unknown extension that is not critical is ignored.",
        with_extensions(unknown=Extension(der.sequence(), critical=False)),
    )


def certificates() -> Iterator[Case]:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda _: b"",
        "der": lambda pem: pem[:27] + b"\x30\x82",
        "two": lambda pem: pem + pem,
        "crlf": lambda pem: pem.replace(b"\n", b"\r\n"),
        "text-in-front": lambda pem: b"Certificate:\n" + pem,
        "no-last-line-end": lambda pem: pem[:-1],
        "lines-of-76": _lines_of_76,
        "base64-damaged": lambda pem: pem.replace(b"\nMII", b"\n!!!", 1),
        "cut": lambda pem: pem[:92] + pem[-26:],
        "bytes-behind": _bytes_behind,
        "request-label": lambda pem: pem.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"),
    }
    for name, change in changes.items():
        yield Case(
            f"certificate-{name}",
            "CERT",
            "Entry 3 is not exactly one certificate, spelled as openssl spells it.",
            partial(_other_text, change=change),
        )
    yield Case(
        "certificate-of-an-ed25519-key",
        "CERT",
        "The certificate is the root's, but its key is of another kind.",
        signed_by(lambda shop: shop.leaf(2002, DEPARTMENT, spki=_ed25519())),
    )
    yield Case(
        "certificate-of-a-point-off-the-curve",
        "CERT",
        "The public key is no point of the curve.",
        signed_by(
            lambda shop: shop.leaf(2002, DEPARTMENT, spki=shop.department.key.spki[:-1] + b"\0")
        ),
    )
    yield Case(
        "certificate-signature-changed",
        "CHAIN",
        "One bit of the certificate's own signature was changed.",
        lambda shop: _other_text(shop, _last_bit),
    )


def odd_facts() -> Iterator[Case]:
    """Yield what a lenient parser only warns of."""
    odd: dict[str, dict[str, Any]] = {
        "serial-zero": {"serial": 0},
        "serial-negative": {"serial": -5},
        "owner-empty": {"subject": papers.name(DEPARTMENT, "")},
    }
    for name, options in odd.items():
        yield Case(
            f"certificate-{name}",
            "CERT",
            "A part of the certificate is not what RFC 5280 allows.",
            signed_by(partial(_odd_leaf, options=options)),
        )


def _odd_leaf(shop: Workshop, options: dict[str, Any]) -> Owner:
    return shop.leaf(2002, DEPARTMENT, **options)


def _other_text(shop: Workshop, change: Callable[[bytes], bytes]) -> bytes:
    pem = change(shop.department.pem)
    owner = Owner(shop.department.key, pem, shop.department.subject)
    return shop.submission(owner).sealed()


def _body(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def _lines_of_76(pem: bytes) -> bytes:
    text = b"".join(pem.splitlines()[1:-1])
    lines = [text[at : at + 76] for at in range(0, len(text), 76)]
    return b"\n".join([pem.splitlines()[0], *lines, pem.splitlines()[-1], b""])


def _bytes_behind(pem: bytes) -> bytes:
    return der.pem("CERTIFICATE", _body(pem) + b"\0\0\0")


def _last_bit(pem: bytes) -> bytes:
    body = _body(pem)
    return der.pem("CERTIFICATE", body[:-1] + bytes([body[-1] ^ 1]))


def _ed25519() -> bytes:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x07" * 32).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def dates() -> Iterator[Case]:
    early = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    late = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    genuine = signed_by(lambda shop: shop.department)
    yield Case(
        "p9a-not-yet-valid",
        "EXPIRED",
        "The certificate begins two days from now.",
        genuine,
        Belief(clock=early),
    )
    yield Case(
        "p9a-no-longer-valid",
        "EXPIRED",
        "The certificate ended a month ago.",
        genuine,
        Belief(clock=late),
    )
    yield Case(
        "p9a-no-longer-valid-by-the-known-time",
        "EXPIRED",
        "The clock is behind what is known to be past, and by that the certificate has ended.",
        genuine,
        Belief(known_time=late),
    )
    yield Case(
        "root-no-longer-valid",
        "EXPIRED",
        "The leaf is valid, its root is not.",
        signed_by(
            lambda shop: shop.leaf(2002, DEPARTMENT, start=dt.datetime(2036, 11, 1, tzinfo=dt.UTC))
        ),
        Belief(clock=dt.datetime(2036, 12, 24, tzinfo=dt.UTC)),
    )
    yield Case(
        "p9b-clock-of-2010",
        ACCEPTED,
        "The clock is wrong; what is known to be past counts.",
        genuine,
        Belief(
            clock=dt.datetime(2010, 1, 1, tzinfo=dt.UTC),
            known_time=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
        ),
        notices=("CLOCK",),
    )
    yield Case(
        "admitted-before-the-certificate-ended",
        ACCEPTED,
        "Dates count at first admission only.",
        genuine,
        lambda shop, data: Belief(clock=late, admitted=(identity(shop.submission()),)),
    )


def identity(anatomy: Anatomy) -> str:
    """Return the identity of a package."""
    return hashlib.sha256(anatomy.statement_bytes()).hexdigest()


def revocation() -> Iterator[Case]:
    def cut(
        last: int, head: str = "", chain: str = "coordinator"
    ) -> Callable[[Workshop, bytes], Belief]:
        return lambda shop, _: Belief(
            revoked={shop.department.serial: {chain: (last, head or identity(shop.submission()))}}
        )

    genuine = signed_by(lambda shop: shop.department)
    yield Case(
        "p8a-beyond-the-cut", "REVOKED", "Number 7, cut after 6.", genuine, cut(6, "ab" * 32)
    )
    yield Case(
        "p8a-other-statement-at-the-cut",
        "REVOKED",
        "Number 7, cut after 7, but the chain ends in another statement.",
        genuine,
        cut(7, "ab" * 32),
    )
    yield Case(
        "p8a-chain-without-a-cut",
        "REVOKED",
        "The certificate was taken back, and only another chain of it still counts.",
        genuine,
        cut(8, "ab" * 32, chain=OTHER_DEPARTMENT),
    )
    yield Case(
        "p8a-request-with-a-revoked-certificate",
        "REVOKED",
        "Whoever holds a key that was taken back may not ask for the next one.",
        rotation,
        cut(8, "ab" * 32),
    )
    yield Case("p8b-at-the-cut", ACCEPTED, "The chain ends in this statement.", genuine, cut(7))
    yield Case("p8b-before-the-cut", ACCEPTED, "Number 7, cut after 8.", genuine, cut(8, "ab" * 32))


def rotation(shop: Workshop) -> bytes:
    anatomy = shop.package("enrolment", shop.department)
    anatomy.payload["request.csr"] = papers.request(shop.key(2222), DEPARTMENT, NAME)
    return anatomy.sealed()


def certificate_cases() -> list[Case]:
    """Return the vectors of this module."""
    groups = (issuers, roles, extensions, certificates, odd_facts, dates, revocation)
    return [case for group in groups for case in group()]
