"""Vectors about the signature and who may state what (rows P6 and P20)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.vectors import der, papers
from tests.vectors.case import ACCEPTED, CANDIDATES, Belief, Case
from tests.vectors.cases_certificates import rotation, signed_by
from tests.vectors.keys import P256, SM2, Sm2Key, key_of, sm3
from tests.vectors.papers import Owner
from tests.vectors.workshop import (
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
        "request-owner-empty",
        "CERT",
        "The request names an owner without a letter.",
        lambda shop: _with_payload(shop, papers.request(shop.candidate.key, DEPARTMENT, "")),
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
        rotation,
    )


def _genuine(shop: Workshop, kind: str) -> bytes:
    return shop.package(kind).sealed()


def signed_cases() -> list[Case]:
    """Return the vectors of this module."""
    groups = (signatures, algorithms, owners, genuine_types)
    return [case for group in groups for case in group()]
