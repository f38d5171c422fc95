"""How far two answers to one question may lie apart and still count as the same: of numbers, days, months and texts.

A tolerance is written as text in a form: `5%` of the larger of two numbers, or `10` in their unit; of a date so many
days, of a month so many months; of a text the share of it that may read differently.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from census_app.domain.name_parts import bigrams
from census_app.domain.names import match_key

_SPELLING: Final = re.compile(r"(\d{1,9}(?:\.\d{1,4})?)(%?)")
_MONTHS: Final = 12
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much may differ.

    Attributes:
        amount: In the unit of the answer (number, days, months), or in percent.
        percent: Whether it is a share.
    """

    amount: Decimal
    percent: bool = False


EXACT: Final = Tolerance(Decimal(0))


def read_tolerance(text: str) -> Tolerance:
    """Return the tolerance a text such as `5%` or `10` stands for; an empty one admits no difference.

    Raises:
        ValueError: It is no such text, or a share above 100 %.
    """
    if not text:
        return EXACT
    found = _SPELLING.fullmatch(text)
    if found is None:
        raise ValueError(text)
    amount, percent = Decimal(found[1]), bool(found[2])
    if percent and amount > _WHOLE:
        raise ValueError(text)
    return Tolerance(amount, percent)


def numbers_agree(one: Decimal, other: Decimal, tolerance: Tolerance) -> bool:
    """Say whether two numbers are the same within a tolerance; which is which does not matter."""
    room = tolerance.amount
    if tolerance.percent:
        room = room * max(abs(one), abs(other)) / _WHOLE
    return abs(one - other) <= room


def days_agree(one: str, other: str, tolerance: Tolerance) -> bool:
    """Say whether two days, `CCYY-MM-DD`, are the same within a number of days; a share admits none."""
    room = 0 if tolerance.percent else tolerance.amount
    apart = dt.date.fromisoformat(one) - dt.date.fromisoformat(other)
    return abs(apart.days) <= room


def months_agree(one: str, other: str, tolerance: Tolerance) -> bool:
    """Say whether two months, `CCYY-MM`, are the same within a number of months; a share admits none."""
    room = 0 if tolerance.percent else tolerance.amount
    return abs(_month_number(one) - _month_number(other)) <= room


def texts_agree(one: str, other: str, tolerance: Tolerance) -> bool:
    """Say whether two texts say the same: width, case, punctuation and old characters aside, up to a share of words."""
    if match_key(one) == match_key(other):
        return True
    if not tolerance.percent:
        return False
    return text_likeness(one, other) >= 1 - float(tolerance.amount) / _WHOLE


def text_likeness(one: str, other: str) -> float:
    """Return how alike two names or texts are, from 0 to 1: twice the pairs of neighbours they share, by all there are.

    Symmetric; 1 exactly for texts that fold to the same. The one place in which the audit's names are scored.
    """
    left, right = text_pairs(one), text_pairs(other)
    if not left or not right:
        return 0.0
    if left == right and match_key(one) == match_key(other):
        return 1.0
    shared = len(left & right)
    return min(2 * shared / (len(left) + len(right)), 0.999)


@lru_cache(maxsize=65536)
def text_pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of a folded text; kept, for a name is compared with many."""
    return bigrams(match_key(text))


def _month_number(month: str) -> int:
    return int(month[:4]) * _MONTHS + int(month[5:7])
