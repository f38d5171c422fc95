"""Certificates and requests of SM2 keys: made, read and judged like those of P-256 (security §3 pitfall 9, §5)."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from census_app.errors import UserError
from census_app.exchange import der, refusals, sm2
from census_app.exchange.certificate_facts import (
    SIGNATURE_DER,
    SM2_SIGNATURE_OID,
    facts_of,
    is_issued_by,
    load_certificate,
    spki_of,
)
from census_app.exchange.certificates import (
    Role,
    create_candidate,
    create_request,
    create_root,
    fingerprint,
    issue_certificate,
    read_certificate,
    read_request,
)
from census_app.exchange.private_keys import private_key
from census_app.exchange.signing_x509 import key_identifier
from census_app.exchange.statement import P256, SM2
from census_app.exchange.trust import TrustAnchors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.exchange.conftest import Forge

CODE = "11430000006122549D"
DISTID = "distid:1234567812345678"


def der_of(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.split(b"-----")[2].split()))


def pem_of(content: bytes) -> bytes:
    return der.pem("CERTIFICATE", content)


def resigned(pem: bytes, key: sm2.Sm2Key, *, inner: bytes = b"", outer: bytes = b"") -> bytes:
    """Return a certificate with other algorithm identifiers, its signature genuine all the same."""
    own = SIGNATURE_DER[SM2]
    tbs = der.children(der_of(pem))[0]
    parts = [inner if inner and part == own else part for part in der.children(tbs)]
    content = der.wrap(der.SEQUENCE, *parts)
    signature = der.bit_string(key.sign(content))
    return pem_of(der.wrap(der.SEQUENCE, content, outer or own, signature))


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.COORDINATOR])
def test_leaf_of_an_sm2_root_is_believed(gm_forge: Forge, role: Role) -> None:
    signer = gm_forge.issue(gm_forge.gm_key(5), CODE, role)
    facts = gm_forge.trust.examine(
        signer.certificate_pem, moment=gm_forge.now, allow_candidate=False
    )

    assert (facts.role, facts.code, facts.algorithm) == (role, CODE, SM2)
    assert facts.spki == gm_forge.gm_key(5).spki
    assert facts.fingerprint == fingerprint(facts.spki)
    assert (facts.serial, facts.name) == (77, "某省民政厅")


def test_root_and_candidate_say_what_they_are(gm_forge: Forge) -> None:
    root = read_certificate(gm_forge.root)
    candidate = read_certificate(gm_forge.candidate.certificate_pem)

    assert (root.role, root.code, root.algorithm) == (Role.ROOT, "TRUST", SM2)
    assert (candidate.role, candidate.code, candidate.algorithm) == (Role.CANDIDATE, CODE, SM2)
    with pytest.raises(refusals.UnknownIssuer):
        gm_forge.trust.examine(
            gm_forge.candidate.certificate_pem, moment=gm_forge.now, allow_candidate=False
        )


def test_parts_differ_from_p256_in_key_and_algorithm_only(forge: Forge, gm_forge: Forge) -> None:
    for ours, theirs in (
        (gm_forge.root, forge.root),
        (gm_forge.department.certificate_pem, forge.department.certificate_pem),
        (gm_forge.candidate.certificate_pem, forge.candidate.certificate_pem),
    ):
        gm = x509.load_der_x509_certificate(der_of(ours))
        p256 = x509.load_der_x509_certificate(der_of(theirs))
        skip = {x509.SubjectKeyIdentifier.oid, x509.AuthorityKeyIdentifier.oid}

        assert gm.subject == p256.subject
        assert gm.issuer == p256.issuer
        assert gm.not_valid_after_utc == p256.not_valid_after_utc
        assert [e for e in gm.extensions if e.oid not in skip] == [
            e for e in p256.extensions if e.oid not in skip
        ]
        assert gm.signature_algorithm_oid == SM2_SIGNATURE_OID


def test_key_identifier_is_the_one_of_the_standard(forge: Forge) -> None:
    public = forge.key(5).public_key()
    expected = x509.SubjectKeyIdentifier.from_public_key(public).digest

    assert key_identifier(private_key(forge.key(5)).spki) == expected


def test_cryptography_gives_neither_key_nor_answer(gm_forge: Forge) -> None:
    """Pitfall 9: the reason for all this."""
    certificate = load_certificate(gm_forge.department.certificate_pem)
    root = load_certificate(gm_forge.root)

    with pytest.raises(UnsupportedAlgorithm):
        certificate.public_key()
    with pytest.raises((UnsupportedAlgorithm, ValueError)):
        certificate.verify_directly_issued_by(root)
    assert is_issued_by(certificate, root)
    assert spki_of(certificate) == private_key(gm_forge.department.key).spki


def test_openssl_believes_chain_and_request(gm_forge: Forge, tmp_path: Path) -> None:
    request = create_request(CODE, "某省民政厅", gm_forge.candidate)
    leaf = issue_certificate(
        gm_forge.root, gm_forge.root_key, request, CODE, Role.DEPARTMENT, now=gm_forge.now
    )
    for name, content in (("root", gm_forge.root), ("leaf", leaf), ("request", request)):
        (tmp_path / name).write_bytes(content)
    at = str(int(gm_forge.now.timestamp()))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["openssl", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    chain = ("verify", "-attime", at, "-CAfile", "root")
    assert run(*chain, "-vfyopt", DISTID, "leaf").returncode == 0
    assert run(*chain, "leaf").returncode != 0
    assert run("req", "-verify", "-noout", "-in", "request", "-vfyopt", DISTID).returncode == 0
    assert run("x509", "-in", "leaf").stdout.encode() == leaf


def test_request_of_openssl_is_read(tmp_path: Path) -> None:
    made = subprocess.run(
        [
            "openssl", "req", "-new", "-newkey", "sm2", "-nodes", "-keyout", tmp_path / "k.pem",
            "-subj", f"/CN={CODE}/O=office", "-sm3", "-sigopt", DISTID,
        ],
        capture_output=True,
        check=False,
    )  # fmt: skip
    if made.returncode:  # `-newkey sm2` came with a later OpenSSL
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "SM2", "-out", tmp_path / "k.pem"],
            check=True,
            capture_output=True,
        )
        made = subprocess.run(
            [
                "openssl", "req", "-new", "-key", tmp_path / "k.pem",
                "-subj", f"/CN={CODE}/O=office", "-sm3", "-sigopt", DISTID,
            ],
            capture_output=True,
            check=True,
        )  # fmt: skip

    facts = read_request(made.stdout)

    assert (facts.code, facts.name) == (CODE, "office")
    assert sm2.is_public_key(facts.spki)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_leaf_of_another_sm2_root_is_unknown(gm_forge: Forge) -> None:
    other = create_root("某省数据局 根证书", gm_forge.gm_key(66), now=gm_forge.now, serial=1)
    pem = issue_certificate(
        other, gm_forge.gm_key(66), gm_forge.gm_key(5).spki, CODE, Role.DEPARTMENT, now=gm_forge.now
    )

    for each in (pem, other):
        with pytest.raises(refusals.UnknownIssuer):
            gm_forge.trust.examine(each, moment=gm_forge.now, allow_candidate=True)


def test_damaged_certificate_is_refused_or_says_the_same(gm_forge: Forge) -> None:
    pem = gm_forge.department.certificate_pem
    content, genuine = der_of(pem), read_certificate(pem)
    accepted = 0
    for at in range(len(content)):
        for bit in (0, 3, 7):
            changed = pem_of(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            try:
                facts = gm_forge.trust.examine(changed, moment=gm_forge.now, allow_candidate=True)
            except refusals.Refused:
                continue
            accepted += 1
            assert facts == dataclasses.replace(genuine, sha256=facts.sha256)
            assert facts.sha256 != genuine.sha256
    assert accepted <= 1


@pytest.mark.parametrize("place", ["inner", "outer", "both"])
def test_another_algorithm_than_sm2_with_sm3_is_refused(gm_forge: Forge, place: str) -> None:
    root_key = gm_forge.root_key
    assert isinstance(root_key, sm2.Sm2Key)
    other = SIGNATURE_DER[P256]
    honest = resigned(gm_forge.department.certificate_pem, root_key)
    changes = {each: other for each in ("inner", "outer") if place in (each, "both")}
    pem = resigned(gm_forge.department.certificate_pem, root_key, **changes)

    assert gm_forge.trust.examine(honest, moment=gm_forge.now, allow_candidate=False)
    with pytest.raises(refusals.UnknownIssuer):
        gm_forge.trust.examine(pem, moment=gm_forge.now, allow_candidate=False)


def test_certificate_of_version_1_is_refused(gm_forge: Forge) -> None:
    root_key = gm_forge.root_key
    assert isinstance(root_key, sm2.Sm2Key)
    _version, *rest = der.children(der.children(der_of(gm_forge.department.certificate_pem))[0])
    content = der.wrap(der.SEQUENCE, *rest[:-1])
    signature = der.bit_string(root_key.sign(content))
    pem = pem_of(der.wrap(der.SEQUENCE, content, SIGNATURE_DER[SM2], signature))

    with pytest.raises(refusals.CertificateInvalid):
        gm_forge.trust.examine(pem, moment=gm_forge.now, allow_candidate=True)


def test_dates_count_for_sm2_too(gm_forge: Forge) -> None:
    with pytest.raises(refusals.CertificateExpired):
        gm_forge.trust.examine(
            gm_forge.department.certificate_pem,
            moment=gm_forge.now + dt.timedelta(days=1200),
            allow_candidate=False,
        )


def test_request_not_signed_by_its_key_is_refused(gm_forge: Forge) -> None:
    content = bytearray(der_of(create_request(CODE, "n", gm_forge.candidate)))
    content[-1] ^= 1

    with pytest.raises(refusals.CertificateInvalid):
        read_request(der.pem("CERTIFICATE REQUEST", bytes(content)))


def test_request_off_the_curve_is_refused(gm_forge: Forge) -> None:
    request = der_of(create_request(CODE, "n", gm_forge.candidate))
    spki = private_key(gm_forge.candidate.key).spki
    broken = request.replace(spki, spki[:-1] + bytes([spki[-1] ^ 1]))

    assert broken != request
    with pytest.raises(refusals.CertificateInvalid):
        read_request(der.pem("CERTIFICATE REQUEST", broken))
    with pytest.raises(refusals.CertificateInvalid):
        issue_certificate(
            gm_forge.root,
            gm_forge.root_key,
            spki[:-1] + bytes([spki[-1] ^ 1]),
            CODE,
            Role.DEPARTMENT,
            now=gm_forge.now,
        )


# --- one root, one algorithm ------------------------------------------------------------------------------------------


def test_root_issues_for_its_own_algorithm_only(forge: Forge, gm_forge: Forge) -> None:
    for own, stranger in ((forge, gm_forge), (gm_forge, forge)):
        request = create_request(CODE, "n", stranger.candidate)
        with pytest.raises(UserError) as caught:
            issue_certificate(own.root, own.root_key, request, CODE, Role.DEPARTMENT, now=own.now)
        assert caught.value.code == "REQUEST_ALGORITHM"
        assert caught.value.params["expected"] == private_key(own.root_key).algorithm


def test_genuine_leaf_of_the_other_algorithm_is_refused(forge: Forge, gm_forge: Forge) -> None:
    """Nobody issues it with this program; a hostile holder of the root could."""
    for own, stranger in ((forge, gm_forge), (gm_forge, forge)):
        mine = private_key(own.department.key).spki
        theirs = private_key(stranger.department.key).spki
        tbs = der.children(der_of(own.department.certificate_pem))[0]
        parts = [theirs if part == mine else part for part in der.children(tbs)]
        content = der.wrap(der.SEQUENCE, *parts)
        key = private_key(own.root_key)
        pem = pem_of(
            der.wrap(
                der.SEQUENCE,
                content,
                SIGNATURE_DER[key.algorithm],
                der.bit_string(key.sign(content)),
            )
        )

        assert is_issued_by(load_certificate(pem), load_certificate(own.root))
        with pytest.raises(refusals.CertificateRules):
            own.trust.examine(pem, moment=own.now, allow_candidate=False)


def test_roots_of_both_algorithms_may_be_pinned(forge: Forge, gm_forge: Forge) -> None:
    trust = TrustAnchors.from_pem(forge.root + gm_forge.root)

    for each in (forge, gm_forge):
        facts = trust.examine(
            each.department.certificate_pem, moment=each.now, allow_candidate=False
        )
        assert facts.algorithm == private_key(each.department.key).algorithm


# --- a computer without SM2 -------------------------------------------------------------------------------------------


def test_without_sm2_everything_of_it_is_unavailable_not_forged(
    gm_forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = create_request(CODE, "n", gm_forge.candidate)
    certificate = load_certificate(gm_forge.department.certificate_pem)
    root = load_certificate(gm_forge.root)
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))

    for call in (
        lambda: read_certificate(gm_forge.department.certificate_pem),
        lambda: facts_of(certificate, gm_forge.department.certificate_pem),
        lambda: is_issued_by(certificate, root),
        lambda: read_request(request),
        lambda: TrustAnchors.from_pem(gm_forge.root, "root.crt"),
        lambda: gm_forge.trust.examine(
            gm_forge.department.certificate_pem, moment=gm_forge.now, allow_candidate=False
        ),
    ):
        with pytest.raises(refusals.GmUnavailable):
            call()


def test_without_sm2_the_rest_goes_on(
    forge: Forge, gm_forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))

    assert forge.trust.examine(
        forge.department.certificate_pem, moment=forge.now, allow_candidate=False
    )
    with pytest.raises(refusals.GmUnavailable):
        forge.trust.examine(
            gm_forge.department.certificate_pem, moment=forge.now, allow_candidate=False
        )


def test_sm2_candidate_is_made_without_asking_the_root(gm_forge: Forge) -> None:
    pem = create_candidate(CODE, "某厅", gm_forge.gm_key(9), now=gm_forge.now)

    assert load_certificate(pem).public_bytes(Encoding.DER) == der_of(pem)
    assert gm_forge.trust.examine(pem, moment=gm_forge.now, allow_candidate=True).code == CODE
