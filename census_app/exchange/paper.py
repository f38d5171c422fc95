"""How identities look on screen and paper: short groups that people can read to each other (security §1)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from census_app.errors import UserError

FULL: Final = 16

LEAST_DIGITS: Final = 16
"""Hex digits by which a package may be named from paper: 64 bits, four groups."""

_WHOLE: Final = 64
_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212_.,:;·、，。]+")
_MISREAD: Final = str.maketrans("oil", "011")
_PREFIX: Final = re.compile(r"\A(sha-?256|urn:census:package)[:=]", re.IGNORECASE)


def short_groups(identity: str, groups: int = 8) -> str:
    """Return the first groups of 4 hex digits of an identity, such as `3f9a 1c07`.

    Args:
        identity: Lower-case hex: a package's identity, a digest, a fingerprint.
        groups: How many; 16 show a whole SHA-256.
    """
    text = identity.replace(" ", "")[: 4 * groups]
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def typed_digits(typed: str) -> str:
    """Return the hex digits of a short digest that somebody typed or a scanner read, lower case, without gaps.

    Full-width characters, blanks, line breaks, dashes and case make no difference, nor do the letters o, i and l,
    which hex does not have, for 0 and 1.

    Raises:
        UserError: `DIGEST_CHARACTERS`, something else stands in it; `DIGEST_SHORT`, fewer than `LEAST_DIGITS`.
    """
    text = _PREFIX.sub("", unicodedata.normalize("NFKC", typed).strip())
    digits = _SEPARATORS.sub("", text).lower().translate(_MISREAD)
    strange = sorted(set(digits) - set("0123456789abcdef"))
    if strange or len(digits) > _WHOLE:
        raise UserError("DIGEST_CHARACTERS", given=typed.strip()[:80])
    if len(digits) < LEAST_DIGITS:
        raise UserError("DIGEST_SHORT", count=len(digits), minimum=LEAST_DIGITS)
    return digits
