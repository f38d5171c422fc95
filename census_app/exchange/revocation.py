"""Revocation lists: which serial numbers a root has taken back (security §5).

A list says *which* certificates; up to which statement such a certificate is still believed, its cut point, stands in
the trust bundle. So the dates of a list are not looked at: the bundle's version and expiry count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from census_app.errors import UserError
from census_app.exchange import der, sm2
from census_app.exchange.certificate_facts import (
    SIGNATURE_DER,
    SM2_SIGNATURE_OID,
    UNREADABLE,
    algorithm_of,
    load_certificate,
    spki_of,
)
from census_app.exchange.private_keys import AnyKey, private_key
from census_app.exchange.refusals import RevocationListInvalid
from census_app.exchange.signing_x509 import key_identifier, signed
from census_app.exchange.statement import P256, SM2

_PLACE: Final = "data/crl.pem"
_LASTS: Final = dt.timedelta(days=3653)
_INNER_ALGORITHM_AT: Final = 1
"""Place in a version 2 TBSCertList (RFC 5280, 5.1)."""


def create_crl(
    root_cert: bytes, root_key: AnyKey, serials: Iterable[int], *, now: dt.datetime
) -> bytes:
    """Make the list of a root.

    Args:
        root_cert: PEM of the root.
        root_key: Its key.
        serials: Serial numbers of the certificates taken back, in any order.
        now: The present moment; also the date of every entry.

    Returns:
        PEM text.

    Raises:
        UserError: `ROOT_KEY_DIFFERS` when the key is another root's.
    """
    root, own = load_certificate(root_cert), private_key(root_key)
    if spki_of(root) != own.spki:
        raise UserError("ROOT_KEY_DIFFERS")
    moment = now.astimezone(dt.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(moment)
        .next_update(moment + _LASTS)
        .add_extension(
            x509.AuthorityKeyIdentifier(key_identifier(own.spki), None, None), critical=False
        )
        .add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
    )
    for serial in sorted(set(serials)):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
        builder = builder.add_revoked_certificate(entry.build())
    return signed(builder, own)


def read_crl(pem: bytes, roots: Iterable[x509.Certificate], where: str = _PLACE) -> frozenset[int]:
    """Return the serial numbers of a list that one of the roots signed.

    Args:
        pem: The list.
        roots: Certificates of the pinned roots.
        where: Entry, for the message.

    Raises:
        RevocationListInvalid: Not a list, or of none of these roots, or with a critical extension.
        GmUnavailable: It is an SM2 root's, and this computer cannot check one.
    """
    try:
        crl = x509.load_pem_x509_crl(pem)
        if any(each.critical for each in crl.extensions):
            raise RevocationListInvalid(where, "critical")
        if not any(_is_signed_by(crl, root) for root in roots):
            raise RevocationListInvalid(where, "signature")
        return frozenset(each.serial_number for each in crl)
    except UNREADABLE as error:
        raise RevocationListInvalid(where, type(error).__name__) from None


def _is_signed_by(crl: x509.CertificateRevocationList, root: x509.Certificate) -> bool:
    spki, tbs = spki_of(root), crl.tbs_certlist_bytes
    if crl.issuer != root.subject:
        return False
    if crl.signature_algorithm_oid == SM2_SIGNATURE_OID:
        inner = der.children(tbs)[_INNER_ALGORITHM_AT]
        return inner == SIGNATURE_DER[SM2] and sm2.verify(spki, tbs, crl.signature)
    key = root.public_key() if algorithm_of(spki) == P256 else None
    return isinstance(key, ec.EllipticCurvePublicKey) and crl.is_signature_valid(key)
