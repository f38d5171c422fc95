"""Revocation lists: only a pinned root's list counts, for both algorithms (security §2 CRL, §5)."""

from __future__ import annotations

import base64
import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from census_app.errors import UserError
from census_app.exchange import der, refusals, sm2
from census_app.exchange.certificate_facts import SIGNATURE_DER, load_certificate
from census_app.exchange.certificates import create_root
from census_app.exchange.private_keys import private_key
from census_app.exchange.revocation import create_crl, read_crl
from census_app.exchange.statement import P256, SM2
from tests.unit.exchange.conftest import make_forge

if TYPE_CHECKING:
    from pathlib import Path

    from census_app.exchange.statement import Algorithm
    from tests.unit.exchange.conftest import Forge

SERIALS = {1, 77, (1 << 128) - 1}


@pytest.fixture(params=[P256, SM2])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Forge:
    """Return a forge of each algorithm."""
    algorithm: Algorithm = request.param
    return make_forge(tmp_path / "own", algorithm)


def roots(*forges: Forge) -> list[x509.Certificate]:
    return [load_certificate(each.root) for each in forges]


def der_of(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.split(b"-----")[2].split()))


def test_list_comes_back(own: Forge) -> None:
    pem = create_crl(own.root, own.root_key, [77, 1, 77, (1 << 128) - 1], now=own.now)

    assert read_crl(pem, roots(own)) == SERIALS
    assert read_crl(create_crl(own.root, own.root_key, [], now=own.now), roots(own)) == frozenset()


def test_list_of_one_of_several_roots_is_taken(forge: Forge, gm_forge: Forge) -> None:
    for each in (forge, gm_forge):
        pem = create_crl(each.root, each.root_key, SERIALS, now=each.now)

        assert read_crl(pem, roots(forge, gm_forge)) == SERIALS
        assert read_crl(pem, roots(gm_forge, forge)) == SERIALS


def test_list_of_another_root_is_refused(own: Forge) -> None:
    other_key = own.gm_key(66) if private_key(own.root_key).algorithm == SM2 else own.key(66)
    other = create_root("某省数据局 根证书", other_key, now=own.now, serial=1)
    pem = create_crl(other, other_key, SERIALS, now=own.now)

    for known in (roots(own), []):
        with pytest.raises(refusals.RevocationListInvalid):
            read_crl(pem, known)


def test_list_with_another_name_is_refused(own: Forge) -> None:
    renamed = create_root("别的机构", own.root_key, now=own.now, serial=1)
    pem = create_crl(renamed, own.root_key, SERIALS, now=own.now)

    with pytest.raises(refusals.RevocationListInvalid):
        read_crl(pem, roots(own))


def test_list_is_not_made_with_another_key(own: Forge) -> None:
    with pytest.raises(UserError) as caught:
        create_crl(own.root, own.key(5), [], now=own.now)

    assert caught.value.code == "ROOT_KEY_DIFFERS"


def test_changed_byte_is_noticed(own: Forge) -> None:
    content = der_of(create_crl(own.root, own.root_key, SERIALS, now=own.now))
    seed = random.SystemRandom().randrange(1 << 32)
    source = random.Random(seed)  # noqa: S311  # chooses test data
    for at in range(len(content)):
        bit = 1 << source.randrange(8)
        changed = content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
        try:
            found = read_crl(der.pem("X509 CRL", changed), roots(own))
        except refusals.RevocationListInvalid:
            continue
        # The count of unused bits in front of the signature is not signed.
        assert found == SERIALS, seed


@pytest.mark.parametrize("junk", [b"", b"hello", b"-----BEGIN X509 CRL-----\nAAAA\n"])
def test_what_is_no_list_is_refused(own: Forge, junk: bytes) -> None:
    for pem in (junk, own.root):
        with pytest.raises(refusals.RevocationListInvalid):
            read_crl(pem, roots(own))


def test_critical_extension_is_refused(forge: Forge) -> None:
    key = forge.key(1001)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(load_certificate(forge.root).subject)
        .last_update(forge.now)
        .next_update(forge.now)
    )
    for critical in (False, True):
        point = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\0")
        crl = builder.add_extension(point, critical=critical).sign(key, hashes.SHA256())
        pem = der.pem("X509 CRL", crl.public_bytes(Encoding.DER))
        if critical:
            with pytest.raises(refusals.RevocationListInvalid):
                read_crl(pem, roots(forge))
        else:
            assert read_crl(pem, roots(forge)) == frozenset()


def test_inner_algorithm_counts(gm_forge: Forge) -> None:
    key = private_key(gm_forge.root_key)
    content = der_of(create_crl(gm_forge.root, gm_forge.root_key, SERIALS, now=gm_forge.now))
    own = SIGNATURE_DER[SM2]
    for inner, taken in ((own, True), (SIGNATURE_DER[P256], False)):
        parts = der.children(der.children(content)[0])
        tbs = der.wrap(der.SEQUENCE, *(inner if part == own else part for part in parts))
        pem = der.pem("X509 CRL", der.wrap(der.SEQUENCE, tbs, own, der.bit_string(key.sign(tbs))))
        if taken:
            assert read_crl(pem, roots(gm_forge)) == SERIALS
        else:
            with pytest.raises(refusals.RevocationListInvalid):
                read_crl(pem, roots(gm_forge))


def test_openssl_reads_the_list_and_believes_it(own: Forge, tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(own.root)
    (tmp_path / "crl").write_bytes(create_crl(own.root, own.root_key, SERIALS, now=own.now))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["openssl", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )

    told = run("crl", "-in", "crl", "-noout", "-text").stdout
    assert "Serial Number: 4D" in told
    if private_key(own.root_key).algorithm == P256:
        assert "verify OK" in run("crl", "-in", "crl", "-noout", "-CAfile", "root").stderr
        return
    # `openssl crl` has no option for the identity: check the signature over the signed part itself.
    crl = x509.load_pem_x509_crl((tmp_path / "crl").read_bytes())
    (tmp_path / "tbs").write_bytes(crl.tbs_certlist_bytes)
    (tmp_path / "sig").write_bytes(crl.signature)
    (tmp_path / "pub").write_bytes(private_key(own.root_key).spki)
    check = ("dgst", "-sm3", "-verify", "pub", "-keyform", "DER", "-signature", "sig")
    assert "Verified OK" in run(*check, "-sigopt", "distid:1234567812345678", "tbs").stdout


def test_sm2_list_without_sm2_is_unavailable(
    gm_forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = create_crl(gm_forge.root, gm_forge.root_key, SERIALS, now=gm_forge.now)
    known = roots(gm_forge)
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))

    with pytest.raises(refusals.GmUnavailable):
        read_crl(pem, known)
