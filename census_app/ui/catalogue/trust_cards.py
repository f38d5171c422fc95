"""The cards at the head of the page of trust: bundle in force, roots, the coordinator's own key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from census_app.services.trusting import TrustSummary
from census_app.ui.catalogue.act_dialog import clear
from census_app.ui.catalogue.facts import FactGrid, grouped, standing_row
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.trust_words import (
    bundle_standing,
    certificate_standing,
    soon,
)
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

Clicked = Callable[[], object]
KEY_GROUPS = 8


class TrustCard(page.Card):
    """Title, facts that are shown anew, buttons at the foot."""

    def __init__(self, title: str, buttons: list[QPushButton]) -> None:
        super().__init__(margin=12)
        self.body.setSpacing(6)
        self.body.addWidget(page.label(title, "strong"))
        self._content = QVBoxLayout()
        self._content.setSpacing(6)
        self.body.addLayout(self._content)
        self.body.addStretch(1)
        if buttons:
            row = QHBoxLayout()
            row.setSpacing(8)
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
            self.body.addLayout(row)

    def show_parts(self, parts: list[QWidget]) -> None:
        """Show other facts."""
        clear(self._content)
        for part in parts:
            self._content.addWidget(part)


def bundle_parts(summary: TrustSummary, now: dt.datetime, words: Words) -> list[QWidget]:
    """Return what the card of the bundle shows."""
    parts: list[QWidget] = [standing_row(bundle_standing(summary, now, words), "")]
    if summary.version:
        parts.append(
            FactGrid(
                [
                    (words("CT_VERSION"), words("CT_VERSION_N", version=summary.version)),
                    (words("CT_ISSUED"), summary.created[:10]),
                    (words("CT_FRESH_UNTIL"), summary.expires[:10]),
                    (words("CT_FORM_SET"), summary.form_version),
                ]
            )
        )
    else:
        parts.append(page.label(words("CT_BUNDLE_none_TIP"), "hint", wrap=True))
    return parts


def root_parts(summary: TrustSummary, now: dt.datetime, words: Words) -> list[QWidget]:
    """Return what the card of the roots shows: each with its fingerprint and where its stick belongs."""
    parts: list[QWidget] = []
    for root in summary.roots:
        near = soon(root.not_after, now)
        symbol, tone = (Icon.ALERT, "warn") if near else (Icon.KEY, "accent")
        active = root.status == "active"
        said = words(
            "CT_ROOT_active" if active else "CT_ROOT_standby",
            until=f"{root.not_after:%Y-%m-%d}",
        )
        parts.append(standing_row(Standing(said, symbol, tone if near or active else "text_2", 0)))
        key = page.label(grouped(root.fingerprint, KEY_GROUPS), selectable=True)
        key.setAccessibleName(words("CT_ROOT_FINGERPRINT"))
        tip = page.label(
            words("CT_STICK_HERE" if active else "CT_STICK_ELSEWHERE"), "hint", wrap=True
        )
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(24, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(key)
        line.addWidget(tip, 1)
        parts.append(row)
    if len(summary.roots) == 1:
        parts.append(page.label(words("CT_ROOT_NO_STANDBY"), "hint", wrap=True))
    return parts


def own_parts(
    summary: TrustSummary, code: str, present: bool, now: dt.datetime, words: Words
) -> list[QWidget]:
    """Return what the card of the daily key shows.

    Args:
        code: Under which the catalogue signs.
        present: Whether the key lies on this computer.
    """
    own = summary.own
    parts: list[QWidget] = []
    if own is not None and own.standing != "waiting" and not present:
        parts.append(standing_row(Standing(words("CT_DAILY_missing"), Icon.ERROR, "bad", 0), ""))
    else:
        parts.append(standing_row(certificate_standing(own, now, words), ""))
    if own is None:
        parts.append(page.label(words("CT_DAILY_none_TIP"), "hint", wrap=True))
        return parts
    until = "" if own.standing == "waiting" else f"{own.not_after:%Y-%m-%d}"
    parts.append(
        FactGrid(
            [
                (words("CAT_CODE"), code),
                (words("CAT_FINGERPRINT"), grouped(own.fingerprint, KEY_GROUPS)),
                (words("CT_VALID_UNTIL"), until),
                (words("UI_ALGORITHM"), algorithm_text(own.algorithm, words)),
            ]
        )
    )
    return parts


def algorithm_text(algorithm: str, words: Words) -> str:
    """Return what people call an algorithm."""
    return words("CT_ALGORITHM_SM2" if "SM2" in algorithm.upper() else "CT_ALGORITHM_P256")
