"""Certificates: what we make is what we accept, and nothing else is."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from census_app.errors import BugError, EnvironmentProblem, UserError
from census_app.exchange import keyfile, refusals
from census_app.exchange.certificate_facts import (
    COORDINATOR_EKU,
    DEPARTMENT_EKU,
    load_certificate,
    split_pem,
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
from census_app.exchange.statement import P256
from census_app.exchange.trust import TrustAnchors
from tests.vectors import papers
from tests.vectors.keys import key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from tests.unit.exchange.conftest import Forge

CODE = "11430000006122549D"
URN = x509.UniformResourceIdentifier(f"urn:census:dept:{CODE}")


def usage(**changes: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: changes.get(each, False) for each in names})


LEAF: dict[str, tuple[x509.ExtensionType, bool]] = {
    "constraints": (x509.BasicConstraints(ca=False, path_length=None), True),
    "usage": (usage(digital_signature=True), True),
    "eku": (x509.ExtendedKeyUsage([DEPARTMENT_EKU]), True),
    "san": (x509.SubjectAlternativeName([URN]), False),
}


def forged(forge: Forge, **changes: Any) -> bytes:
    """Return a certificate of the root in which one thing differs; an extension set to None is left out."""
    public: CertificatePublicKeyTypes = changes.pop("public", forge.key(2002).public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(changes.pop("subject", x509.Name([])))
        .issuer_name(load_certificate(forge.root).subject)
        .public_key(public)
        .serial_number(9)
        .not_valid_before(changes.pop("start", forge.now - dt.timedelta(days=1)))
        .not_valid_after(changes.pop("end", forge.now + dt.timedelta(days=9)))
    )
    signer = changes.pop("key", forge.root_key)
    for extension in {**LEAF, **changes}.values():
        if extension is not None:
            builder = builder.add_extension(extension[0], critical=extension[1])
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


def pem_of(der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = b"".join(text[at : at + 64] + b"\n" for at in range(0, len(text), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"


def examine(forge: Forge, pem: bytes, **options: Any) -> Role:
    options = {"moment": forge.now, "allow_candidate": False, **options}
    return forge.trust.examine(pem, **options).role


def test_forged_certificate_without_a_change_is_accepted(forge: Forge) -> None:
    assert examine(forge, forged(forge)) is Role.DEPARTMENT


def test_root_is_what_the_rules_ask_for(forge: Forge) -> None:
    facts = read_certificate(forge.root)
    lasting = facts.not_after - forge.now

    assert facts.role is Role.ROOT
    assert facts.name == "某省数据局 根证书"
    assert facts.not_before == forge.now - dt.timedelta(days=1)
    assert dt.timedelta(days=3650) <= lasting <= dt.timedelta(days=3660)


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.COORDINATOR])
def test_leaf_carries_code_role_and_three_years(forge: Forge, role: Role) -> None:
    signer = forge.issue(forge.key(5), CODE, role)
    facts = read_certificate(signer.certificate_pem)

    assert (facts.role, facts.code, facts.name, facts.serial) == (role, CODE, "某省民政厅", 77)
    assert facts.not_before == forge.now - dt.timedelta(days=1)
    assert dt.timedelta(days=1095) <= facts.not_after - forge.now <= dt.timedelta(days=1097)
    assert examine(forge, signer.certificate_pem) is role


def test_issuing_is_deterministic(forge: Forge) -> None:
    first = forge.issue(forge.key(5), CODE, Role.DEPARTMENT)
    second = forge.issue(forge.key(5), CODE, Role.DEPARTMENT)

    assert first.certificate_pem == second.certificate_pem


def test_random_serial_is_positive_and_new(forge: Forge) -> None:
    serials = {
        read_certificate(create_root("r", forge.key(5), now=forge.now)).serial for _ in range(20)
    }

    assert len(serials) == 20
    assert all(0 < serial < 1 << 159 for serial in serials)


def test_long_names_are_shortened_not_refused(forge: Forge) -> None:
    pem = create_candidate(CODE, "某" * 90, forge.key(5), now=forge.now)

    assert read_certificate(pem).name == "某" * 64


def test_candidate_counts_only_where_it_is_asked_for(forge: Forge) -> None:
    pem = forge.candidate.certificate_pem

    assert examine(forge, pem, allow_candidate=True) is Role.CANDIDATE
    with pytest.raises(refusals.UnknownIssuer):
        examine(forge, pem)


def test_request_becomes_a_certificate(forge: Forge) -> None:
    request = create_request(CODE, "某省民政厅", forge.candidate)
    facts = read_request(request)
    pem = issue_certificate(
        forge.root, forge.root_key, request, CODE, Role.DEPARTMENT, now=forge.now
    )

    assert (facts.code, facts.name) == (CODE, "某省民政厅")
    assert facts.spki == keyfile.spki_of_key(forge.candidate.key)
    assert read_certificate(pem).spki == facts.spki
    assert read_certificate(pem).name == "某省民政厅"


def test_fingerprint_is_eight_groups_of_the_key_s_hash(forge: Forge) -> None:
    spki = keyfile.spki_of_key(forge.key(5))

    assert fingerprint(spki).replace(" ", "") == hashlib.sha256(spki).hexdigest()[:32]
    assert [len(group) for group in fingerprint(spki).split()] == [4] * 8


@pytest.mark.parametrize("code", ["", "d0042", "TRUST", "D" * 25, "D0042\n", "某"])
def test_no_certificate_for_what_is_no_code(forge: Forge, code: str) -> None:
    with pytest.raises(UserError) as caught:
        forge.issue(forge.key(5), code, Role.DEPARTMENT)

    assert caught.value.code == "CODE_INVALID"


def test_no_certificate_with_another_root_s_key(forge: Forge) -> None:
    spki = keyfile.spki_of_key(forge.key(5))

    with pytest.raises(UserError) as caught:
        issue_certificate(forge.root, forge.key(6), spki, CODE, Role.DEPARTMENT, now=forge.now)

    assert caught.value.code == "ROOT_KEY_DIFFERS"


@pytest.mark.parametrize("role", [Role.ROOT, Role.CANDIDATE])
def test_leaves_have_leaf_roles(forge: Forge, role: Role) -> None:
    with pytest.raises(BugError):
        forge.issue(forge.key(5), CODE, role)


def test_pem_must_be_spelled_as_openssl_spells_it(forge: Forge) -> None:
    pem = forge.department.certificate_pem
    body = pem.split(b"-----")[2]

    for other in (
        b"",
        b"x",
        pem + b"\n",
        pem[:-1],
        b"text\n" + pem,
        pem + pem,
        pem.replace(b"\n", b"\r\n"),
        pem.replace(body, b"\n" + b"".join(body.split()) + b"\n"),
        pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
        pem.replace(body, b"\nAAAA\n"),
        pem.replace(body, b"\n====\n"),
        pem.replace(b"=\n-----END", b"A\n-----END"),
    ):
        with pytest.raises(refusals.CertificateInvalid):
            examine(forge, other)


def test_bytes_behind_the_certificate_are_refused(forge: Forge) -> None:
    der = load_certificate(forge.department.certificate_pem).public_bytes(Encoding.DER)

    with pytest.raises(refusals.CertificateInvalid):
        examine(forge, pem_of(der + b"\0"))


@pytest.mark.parametrize("kind", ["rsa", "p384", "ed25519"])
def test_other_keys_are_refused(forge: Forge, kind: str) -> None:
    public: CertificatePublicKeyTypes
    if kind == "rsa":
        public = rsa.generate_private_key(65537, 2048).public_key()
    elif kind == "p384":
        public = ec.generate_private_key(ec.SECP384R1()).public_key()
    else:
        public = ed25519.Ed25519PrivateKey.generate().public_key()

    with pytest.raises(refusals.CertificateInvalid):
        examine(forge, forged(forge, public=public))


def test_sm2_key_off_its_curve_is_refused(forge: Forge) -> None:
    der = load_certificate(forged(forge)).public_bytes(Encoding.DER)
    p256 = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    sm2 = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")

    with pytest.raises(refusals.CertificateInvalid):
        examine(forge, pem_of(der.replace(p256, sm2)))


def test_leaf_of_another_root_is_unknown(forge: Forge) -> None:
    other = create_root("某省数据局 根证书", forge.key(66), now=forge.now, serial=1)
    spki = keyfile.spki_of_key(forge.key(5))
    pem = issue_certificate(other, forge.key(66), spki, CODE, Role.DEPARTMENT, now=forge.now)

    with pytest.raises(refusals.UnknownIssuer):
        examine(forge, pem)
    with pytest.raises(refusals.UnknownIssuer):
        examine(forge, pem, allow_candidate=True)
    with pytest.raises(refusals.UnknownIssuer):
        examine(forge, other, allow_candidate=True)


def test_self_signed_coordinator_is_never_accepted(forge: Forge) -> None:
    key = forge.key(5)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CODE)])
    urn = x509.UniformResourceIdentifier(f"urn:census:coord:{CODE}")
    changes = {
        "eku": (x509.ExtendedKeyUsage([COORDINATOR_EKU]), True),
        "san": (x509.SubjectAlternativeName([urn]), False),
    }
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(9)
        .not_valid_before(forge.now)
        .not_valid_after(forge.now + dt.timedelta(days=9))
    )
    for value, critical in {**LEAF, **changes}.values():
        builder = builder.add_extension(value, critical=critical)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

    with pytest.raises(refusals.CertificateRules):
        examine(forge, pem, allow_candidate=True)
    with pytest.raises(refusals.UnknownIssuer):
        examine(forge, pem)


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("constraints", None),
        ("constraints", (x509.BasicConstraints(ca=False, path_length=None), False)),
        ("constraints", (x509.BasicConstraints(ca=True, path_length=0), True)),
        ("constraints", (x509.BasicConstraints(ca=True, path_length=None), True)),
        ("usage", None),
        ("usage", (usage(digital_signature=True), False)),
        ("usage", (usage(key_agreement=True), True)),
        ("usage", (usage(digital_signature=True, key_cert_sign=True), True)),
        ("usage", (usage(digital_signature=True, content_commitment=True), True)),
        ("eku", None),
        ("eku", (x509.ExtendedKeyUsage([DEPARTMENT_EKU]), False)),
        ("eku", (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), True)),
        ("eku", (x509.ExtendedKeyUsage([DEPARTMENT_EKU, COORDINATOR_EKU]), True)),
        ("eku", (x509.ExtendedKeyUsage([COORDINATOR_EKU]), True)),
        ("san", None),
        ("san", (x509.SubjectAlternativeName([URN, URN]), False)),
        ("san", (x509.SubjectAlternativeName([x509.DNSName("census.example")]), False)),
        (
            "san",
            (x509.SubjectAlternativeName([x509.UniformResourceIdentifier("urn:x:y")]), False),
        ),
        (
            "san",
            (
                x509.SubjectAlternativeName(
                    [x509.UniformResourceIdentifier("urn:census:dept:TRUST")]
                ),
                False,
            ),
        ),
        ("other", (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), True)),
        ("names", (x509.NameConstraints(None, [x509.DNSName("x")]), True)),
    ],
)
def test_extensions_other_than_those_of_a_role_are_refused(
    forge: Forge, name: str, extension: tuple[x509.ExtensionType, bool] | None
) -> None:
    pem = forged(forge, **{name: extension})

    with pytest.raises(refusals.CertificateRules):
        examine(forge, pem)


def test_unknown_extension_that_is_not_critical_is_ignored(forge: Forge) -> None:
    other = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), False)

    assert examine(forge, forged(forge, other=other)) is Role.DEPARTMENT


@pytest.mark.parametrize("days", [-2, 10])
def test_dates_outside_validity_are_refused(forge: Forge, days: int) -> None:
    pem = forged(forge)

    with pytest.raises(refusals.CertificateExpired):
        examine(forge, pem, moment=forge.now + dt.timedelta(days=days))
    assert examine(forge, pem, moment=None) is Role.DEPARTMENT


def test_root_that_ran_out_takes_its_leaves_along(forge: Forge) -> None:
    pem = forged(forge, end=forge.now + dt.timedelta(days=9000))

    with pytest.raises(refusals.CertificateExpired):
        examine(forge, pem, moment=forge.now + dt.timedelta(days=4000))


def test_damaged_certificate_is_refused_or_says_the_same(forge: Forge) -> None:
    """The count of unused bits in front of the signature may change; the statement's hash sees that."""
    pem = forge.department.certificate_pem
    der = load_certificate(pem).public_bytes(Encoding.DER)
    genuine = read_certificate(pem)
    accepted = 0
    for at in range(len(der)):
        for bit in (0, 3, 7):
            changed = pem_of(der[:at] + bytes([der[at] ^ 1 << bit]) + der[at + 1 :])
            try:
                facts = forge.trust.examine(changed, moment=forge.now, allow_candidate=True)
            except refusals.Refused:
                continue
            accepted += 1
            assert facts == dataclasses.replace(genuine, sha256=facts.sha256)
            assert facts.sha256 != genuine.sha256
    assert accepted <= 1


# --- trust files ----------------------------------------------------------------------------------


def test_two_roots_of_one_file_are_both_believed(forge: Forge) -> None:
    standby = create_root("备用根证书", forge.key(12), now=forge.now, serial=2)
    trust = TrustAnchors.from_pem(b"# roots\r\n" + forge.root + b"\n" + standby)
    spki = keyfile.spki_of_key(forge.key(5))
    pem = issue_certificate(standby, forge.key(12), spki, CODE, Role.DEPARTMENT, now=forge.now)

    assert len(trust.roots) == 2
    for each in (pem, forge.department.certificate_pem):
        assert trust.examine(each, moment=forge.now, allow_candidate=False).code == CODE


def test_root_file_with_windows_line_ends_is_read(forge: Forge) -> None:
    assert split_pem(forge.root.replace(b"\n", b"\r\n")) == [forge.root]


@pytest.mark.parametrize("content", ["", "hello", "leaf", "broken"])
def test_file_without_a_usable_root_is_no_trust_file(forge: Forge, content: str) -> None:
    texts = {
        "leaf": forge.department.certificate_pem,
        "broken": forge.root.replace(b"MII", b"MIJ"),
    }

    with pytest.raises(UserError) as caught:
        TrustAnchors.from_pem(texts.get(content, content.encode()), "roots.pem")

    assert caught.value.code == "TRUST_FILE_INVALID"
    assert caught.value.params["path"] == "roots.pem"


def test_trust_file_is_read_from_the_disk(forge: Forge) -> None:
    path = forge.folder / "root.crt"
    path.write_bytes(forge.root)

    assert TrustAnchors.from_file(path).roots == forge.trust.roots
    with pytest.raises(EnvironmentProblem):
        TrustAnchors.from_file(forge.folder / "none" / "root.crt")


# --- requests -------------------------------------------------------------------------------------


def test_request_not_signed_by_its_key_is_refused(forge: Forge) -> None:
    request = create_request(CODE, "n", forge.candidate)
    csr = x509.load_pem_x509_csr(request)
    der = bytearray(csr.public_bytes(Encoding.DER))
    der[-1] ^= 1
    pem = (
        b"-----BEGIN CERTIFICATE REQUEST-----\n"
        + base64.encodebytes(bytes(der))
        + b"-----END CERTIFICATE REQUEST-----\n"
    )

    with pytest.raises(refusals.CertificateInvalid):
        read_request(pem)


@pytest.mark.parametrize("names", [[], ["d0042"], [CODE, CODE]])
def test_request_without_one_code_is_refused(forge: Forge, names: list[str]) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .sign(forge.key(5), hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )

    with pytest.raises(refusals.CertificateInvalid):
        read_request(request)


def test_certificate_can_be_issued_from_facts_or_a_bare_key_only_if_it_is_one(forge: Forge) -> None:
    facts = read_request(create_request(CODE, "某厅", forge.candidate))
    pem = issue_certificate(
        forge.root, forge.root_key, facts, CODE, Role.DEPARTMENT, now=forge.now, serial=7
    )

    assert read_certificate(pem).spki == facts.spki
    for spki in (b"", b"hello", _spki(ec.generate_private_key(ec.SECP384R1()))):
        with pytest.raises(refusals.CertificateInvalid):
            issue_certificate(
                forge.root, forge.root_key, spki, CODE, Role.DEPARTMENT, now=forge.now
            )


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_request_for_another_kind_of_key_is_refused(forge: Forge) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CODE)])
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )

    with pytest.raises(refusals.CertificateInvalid):
        read_request(request)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("serial", [0, -5])
def test_a_number_no_issuer_could_give_again_is_refused(serial: int) -> None:
    """A candidate's number becomes that of its certificate; outside tests a warning is only a warning."""
    extensions = papers.role_extensions("department", CODE)
    made = papers.certificate(key_of(P256, 2002), papers.name(CODE, "x"), extensions, serial=serial)
    with pytest.raises(refusals.CertificateInvalid):
        read_certificate(made.pem)
