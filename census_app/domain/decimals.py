"""Exact decimals with one spelling (DESIGN §4, security §1)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

SPELLING: Final = re.compile(r"-?(0|[1-9][0-9]{0,10})(\.[0-9]{0,3}[1-9])?")
"""The one legal spelling in a package, except that `-0` is not legal."""

_STEP: Final = Decimal("0.0001")


def spell(value: Decimal) -> str:
    """Return the one spelling: no exponent, no trailing zeros, no `-0`."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def is_spelled(text: str) -> bool:
    """Say whether the text is the one spelling of a decimal with at most 11 integer and 4 decimal digits."""
    return SPELLING.fullmatch(text) is not None and text != "-0"


def fits(value: Decimal) -> bool:
    """Say whether the value has at most 11 integer and 4 decimal digits."""
    return value.is_finite() and is_spelled(spell(value))


def round_to_step(value: Decimal) -> Decimal:
    """Round half-up to four decimal digits, as an import does with longer ones (domain §5)."""
    return value.quantize(_STEP, rounding=ROUND_HALF_UP)


def ten_thousandths(value: Decimal) -> int:
    """Return the value as an integer count of 0.0001, in which sums are exact."""
    return int(value.scaleb(4).to_integral_exact())
