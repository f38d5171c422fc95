"""What the page of trust shows about one owner: certificates with serial and time, and the bodies it reports for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from census_app.services.trust_summary import CertificateShown
from census_app.services.trusting import OwnerShown
from census_app.ui.catalogue.facts import FactGrid, grouped, standing_row
from census_app.ui.catalogue.trust_cards import KEY_GROUPS, algorithm_text
from census_app.ui.catalogue.trust_words import certificate_standing
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words


def owner_parts(
    owner: OwnerShown, actions: Sequence[QPushButton], now: dt.datetime, words: Words
) -> list[QWidget]:
    """Return the parts of the panel."""
    parts: list[QWidget] = [
        page.label(owner.name, "section", wrap=True, selectable=True),
        FactGrid([(words("CAT_CODE"), owner.code)]),
    ]
    if actions:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for button in actions:
            line.addWidget(button)
        line.addStretch(1)
        parts.append(row)
    for certificate in owner.certificates:
        parts += [page.line(), *_certificate_parts(certificate, now, words)]
    if not owner.certificates:
        parts.append(page.label(words("CT_CERT_none_TIP"), "hint", wrap=True))
    if owner.units:
        parts += [page.line(), page.label(words("CT_UNITS"), "strong")]
        parts += [
            page.label(f"{unit.code}  {unit.name}", wrap=True, selectable=True)
            for unit in owner.units
        ]
    return parts


def _certificate_parts(
    certificate: CertificateShown, now: dt.datetime, words: Words
) -> list[QWidget]:
    waiting = certificate.standing == "waiting"
    span = f"{certificate.not_before:%Y-%m-%d} — {certificate.not_after:%Y-%m-%d}"
    listed = "CT_LISTED" if certificate.listed else "CT_NOT_LISTED"
    parts: list[QWidget] = [
        standing_row(certificate_standing(certificate, now, words)),
        FactGrid(
            [
                (words("CAT_FINGERPRINT"), grouped(certificate.fingerprint, KEY_GROUPS)),
                (words("CT_SERIAL"), _grouped_serial(certificate.serial)),
                (words("CT_VALID"), "" if waiting else span),
                (words("UI_ALGORITHM"), algorithm_text(certificate.algorithm, words)),
                (words("CT_BUNDLE"), words(listed)),
            ]
        ),
    ]
    if certificate.standing == "revoked":
        code = "CT_REVOKED_WHY" if certificate.last_sequence else "CT_REVOKED_WHY_ALL"
        said = words(code, reason=certificate.reason, number=certificate.last_sequence)
        parts.append(page.label(said, "bad", wrap=True, selectable=True))
    return parts


def _grouped_serial(serial: str) -> str:
    """Return a serial number in lines of at most twenty digits."""
    return "\n".join(serial[at : at + 20] for at in range(0, len(serial), 20))
