"""Vectors about who signed: certificates, roles, dates, revocation, signature (rows P5-P9 and P20)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vectors import der, papers
from tests.vectors.anatomy import Anatomy
from tests.vectors.case import ACCEPTED, CANDIDATES, Belief, Build, Case
from tests.vectors.keys import P256, SM2, Sm2Key, key_of, sm3
from tests.vectors.papers import Extension, Owner
from tests.vectors.workshop import (
    COORDINATOR,
    DEPARTMENT,
    NAME,
    OTHER_DEPARTMENT,
    UNIT,
    Workshop,
    line,
)

ORDER_OF = {
    P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    SM2: 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
}
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
        _rotation,
        cut(8, "ab" * 32),
    )
    yield Case("p8b-at-the-cut", ACCEPTED, "The chain ends in this statement.", genuine, cut(7))
    yield Case("p8b-before-the-cut", ACCEPTED, "Number 7, cut after 8.", genuine, cut(8, "ab" * 32))


def signatures() -> Iterator[Case]:
    yield Case(
        "p6-wrong-key",
        "SIGNATURE",
        "Another key signed the statement.",
        lambda shop: shop.submission(
            Owner(shop.key(6), shop.department.pem, shop.department.subject)
        ).sealed(),
    )
    malformed: dict[str, Callable[[bytes, int], bytes]] = {
        "empty": lambda good, n: b"",
        "empty-sequence": lambda good, n: b"\x30\x00",
        "zeros": lambda good, n: der.sequence(der.integer(0), der.integer(0)),
        "one-one": lambda good, n: der.sequence(der.integer(1), der.integer(1)),
        "order": lambda good, n: der.sequence(der.integer(n), der.integer(n)),
        "negative": lambda good, n: der.sequence(der.integer(-1), der.integer(-1)),
        "raw": lambda good, n: bytes(64),
        "byte-behind": lambda good, n: good + b"\0",
        "cut": lambda good, n: good[:-1],
        "long-length": lambda good, n: b"\x30\x81" + good[1:],
        "three-numbers": lambda good, n: der.sequence(good[2:], der.integer(1)),
        "256-bytes": lambda good, n: good + bytes(256 - len(good)),
    }
    for name, change in malformed.items():
        yield Case(
            f"signature-{name}",
            "SIGNATURE",
            "Entry 2 is not the DER signature of this key.",
            partial(_with_signature, change=change),
        )
    yield Case(
        "signature-of-other-bytes",
        "SIGNATURE",
        "The signature belongs to the preceding package of the same sender.",
        lambda shop: shop.submission().sealed(
            signature=shop.department.key.sign(shop.submission(sequence=6).statement_bytes())
        ),
    )
    yield Case(
        "signature-without-the-distinguishing-id",
        "SIGNATURE",
        "SM2 signs an identifier too, and here it is empty.",
        lambda shop: shop.submission().sealed(signature=_empty_id(shop)),
        algorithms=(SM2,),
    )
    yield Case(
        "signature-of-the-hash",
        "SIGNATURE",
        "The hash of the statement was hashed and signed.",
        lambda shop: shop.submission().sealed(signature=_of_the_hash(shop)),
    )
    yield Case(
        "signature-mirrored",
        ACCEPTED,
        "ECDSA signatures are malleable: r, n-s is as good as r, s. The identity stays the same.",
        lambda shop: _with_signature(shop, _mirrored),
        algorithms=(P256,),
    )


def _with_signature(shop: Workshop, change: Callable[[bytes, int], bytes]) -> bytes:
    anatomy = shop.submission()
    good = anatomy.signer.key.sign(anatomy.statement_bytes())
    return anatomy.sealed(signature=change(good, ORDER_OF[shop.algorithm]))


def _empty_id(shop: Workshop) -> bytes:
    key = shop.department.key
    assert isinstance(key, Sm2Key)
    return key.sign(shop.submission().statement_bytes(), distid=b"")


def _of_the_hash(shop: Workshop) -> bytes:
    raw = shop.submission().statement_bytes()
    return shop.department.key.sign(sm3(raw) if shop.algorithm == SM2 else _sha256(raw))


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _mirrored(good: bytes, order: int) -> bytes:
    r, s = decode_dss_signature(good)
    return encode_dss_signature(r, order - s)


def algorithms() -> Iterator[Case]:
    yield Case(
        "leaf-of-another-algorithm",
        "CERT_EXT",
        "The root issued a certificate for a key of the other algorithm.",
        _leaf_of_another_algorithm,
    )
    yield Case(
        "untrue-sm3",
        "HASH",
        "SHA-256 of the records is right, SM3 is not.",
        _untrue_sm3,
        algorithms=(SM2,),
    )
    yield Case(
        "p20h-algorithm-of-another-key",
        "ALGORITHM",
        "The statement names the other algorithm than the certificate's key has.",
        _other_algorithm,
    )
    yield Case(
        "p20h-lists-of-another-algorithm",
        "SCHEMA",
        "SM3 hashes stand in the list of a P-256 package, or are missing in an SM2 one.",
        _other_lists,
    )


def _leaf_of_another_algorithm(shop: Workshop) -> bytes:
    other = P256 if shop.algorithm == SM2 else SM2
    leaf = papers.certificate(
        key_of(other, 2002),
        papers.name(DEPARTMENT, NAME),
        papers.role_extensions("department", DEPARTMENT),
        issuer=shop.root,
    )
    return shop.submission(leaf, algorithm=other).sealed()


def _untrue_sm3(shop: Workshop) -> bytes:
    """Let statement and SM3 manifest agree on a hash that the records do not have."""
    anatomy = shop.submission()
    honest = sm3(anatomy.payload["records.ndjson"]).hex().encode()
    untrue = honest[::-1]
    manifest = anatomy.files()["manifest-sm3.txt"].replace(honest, untrue)
    anatomy.tags["manifest-sm3.txt"] = manifest
    return anatomy.sealed(raw=anatomy.statement_bytes().replace(honest, untrue))


def _other_algorithm(shop: Workshop) -> bytes:
    return shop.submission(algorithm=P256 if shop.algorithm == SM2 else SM2).sealed()


def _other_lists(shop: Workshop) -> bytes:
    anatomy = shop.submission()
    other = anatomy.clone()
    other.statement["algorithm"] = P256 if shop.algorithm == SM2 else SM2
    raw = other.statement_bytes().replace(
        f'"algorithm":"{other.statement["algorithm"]}"'.encode(),
        f'"algorithm":"{shop.algorithm}"'.encode(),
    )
    return anatomy.sealed(raw=raw)


def owners() -> Iterator[Case]:
    yield Case(
        "sender-is-not-the-owner",
        "STATEMENT",
        "The certificate belongs to another department than the statement names.",
        signed_by(lambda shop: shop.other_department),
    )
    yield Case(
        "statement-of-another-certificate",
        "STATEMENT",
        "The statement names the hash of another certificate.",
        _other_certificate,
    )
    yield Case(
        "folder-of-another-package",
        "STATEMENT",
        "The folder is that of the next package.",
        _other_folder,
    )
    yield Case(
        "p20g-record-of-another-department",
        "SCOPE",
        "A record belongs to a unit that is not the sender's.",
        lambda shop: _with_unit(shop, OTHER_DEPARTMENT),
    )
    yield Case(
        "p20g-record-of-an-unlisted-unit",
        "SCOPE",
        "A record belongs to a unit that nobody listed for this sender.",
        lambda shop: _with_unit(shop, UNIT),
    )
    yield Case(
        "record-of-a-listed-unit",
        ACCEPTED,
        "The trust bundle lists the unit for this sender.",
        lambda shop: _with_unit(shop, UNIT),
        Belief(units={DEPARTMENT: (UNIT,)}),
    )
    yield Case(
        "record-of-a-section",
        ACCEPTED,
        "A section has the code of its department and two characters.",
        lambda shop: _with_unit(shop, DEPARTMENT + "A1"),
    )
    yield Case(
        "request-of-another-code",
        "STATEMENT",
        "The request asks for the code of another department.",
        lambda shop: _with_request(shop, shop.candidate, code=OTHER_DEPARTMENT),
        CANDIDATES,
    )
    yield Case(
        "request-of-another-key",
        "STATEMENT",
        "A candidate asks for another key than it signs with.",
        lambda shop: _with_request(shop, shop.department),
        CANDIDATES,
    )
    yield Case(
        "request-not-signed-by-its-key",
        "CERT",
        "The request proves no possession of its key.",
        lambda shop: _with_request(shop, shop.candidate, signer=shop.key(6)),
        CANDIDATES,
    )
    yield Case(
        "request-that-is-none",
        "CERT",
        "The request is a certificate.",
        lambda shop: _with_payload(shop, shop.candidate.pem),
        CANDIDATES,
    )


def _other_certificate(shop: Workshop) -> bytes:
    anatomy = shop.submission()
    anatomy.statement["signer_certificate_sha256"] = "00" * 32
    anatomy.fixed.add("signer_certificate_sha256")
    return anatomy.sealed()


def _other_folder(shop: Workshop) -> bytes:
    anatomy = shop.submission()
    anatomy.folder = f"{DEPARTMENT}-000008"
    return anatomy.sealed()


def _with_unit(shop: Workshop, unit: str) -> bytes:
    anatomy = shop.submission()
    anatomy.payload["records.ndjson"] = line(1) + line(2) + line(3, unit=unit)
    return anatomy.sealed()


def _with_request(shop: Workshop, owner: Owner, code: str = DEPARTMENT, **options: Any) -> bytes:
    return _with_payload(shop, papers.request(owner.key, code, NAME, **options))


def _with_payload(shop: Workshop, request: bytes) -> bytes:
    anatomy = shop.package("enrolment")
    anatomy.payload["request.csr"] = request
    return anatomy.sealed()


def genuine_types() -> Iterator[Case]:
    for kind in ("contribution", "review", "receipt", "ledger"):
        yield Case(
            f"genuine-{kind}",
            ACCEPTED,
            f"An honest {kind}.",
            partial(_genuine, kind=kind),
        )
    yield Case(
        "genuine-enrolment",
        ACCEPTED,
        "An honest request for a certificate.",
        lambda shop: shop.package("enrolment").sealed(),
        CANDIDATES,
    )
    yield Case(
        "genuine-rotation",
        ACCEPTED,
        "A request for a new key, signed with the current certificate.",
        _rotation,
    )


def _genuine(shop: Workshop, kind: str) -> bytes:
    return shop.package(kind).sealed()


def _rotation(shop: Workshop) -> bytes:
    anatomy = shop.package("enrolment", shop.department)
    anatomy.payload["request.csr"] = papers.request(shop.key(2222), DEPARTMENT, NAME)
    return anatomy.sealed()


def signed_cases() -> list[Case]:
    """Return the vectors of this module."""
    groups = (
        issuers,
        roles,
        extensions,
        certificates,
        dates,
        revocation,
        signatures,
        algorithms,
        owners,
        genuine_types,
    )
    return [case for group in groups for case in group()]
