"""Check 统一社会信用代码, the unified social credit code of GB 32100-2015."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_BODY_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_character(first17: str) -> str:
    """Return the 18th character for the first 17.

    Raises:
        ValueError: A character is not of the alphabet, or there are not 17.
    """
    if len(first17) != 17:
        raise ValueError(first17)
    total = sum(ALPHABET.index(c) * w for c, w in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def is_uscc(code: str) -> bool:
    """Say whether the code is well formed: 18 characters of the alphabet whose mod-31 check holds."""
    if len(code) != 18 or any(c not in ALPHABET for c in code):
        return False
    return check_character(code[:17]) == code[17]


def body_check_holds(code: str) -> bool:
    """Say whether positions 9 to 17, the 主体标识码, satisfy their own check (GB 11714)."""
    if len(code) != 18:
        return False
    body, check = code[8:16], code[16]
    if any(c not in _BODY_ALPHABET for c in body):
        return False
    total = sum(_BODY_ALPHABET.index(c) * w for c, w in zip(body, _BODY_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return check == ("X" if rest == 10 else "0" if rest == 11 else str(rest))
