"""Every refusal, hold and notice speaks both languages, and a refusal fills its sentence."""

from __future__ import annotations

import re

import pytest

from census_app.diagnostics.wording import catalogue, explain_error
from census_app.exchange.refusals import Refused, refusal_classes

CODES = sorted(refusal_classes())
HOLDS = ["PENDING", "FORK", "QUARANTINED", "FORM_UNKNOWN", "GM_UNAVAILABLE"]
NOTICES = ["DUPLICATE", "TRUST_STALE", "CLOCK"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_refusal_fills_its_sentence(code: str, language: str) -> None:
    refusal = refusal_classes()[code](where="WHERE", detail="DETAIL", file="a.census")

    words = explain_error(refusal, language)

    assert words.next_step
    assert not re.search(r"\{\w+\}", words.what + words.next_step)
    assert "a.census" in words.what or code == "CRL"


@pytest.mark.parametrize("code", HOLDS + NOTICES)
def test_hold_and_notice_have_a_sentence_and_a_next_step(code: str) -> None:
    assert set(catalogue()[code]) == {"zh", "en", "next_zh", "next_en"}


def test_each_reason_is_a_class_of_its_own() -> None:
    classes = refusal_classes()

    assert len(classes) == len(Refused.__subclasses__())
    assert all(code == each.CODE for code, each in classes.items())
