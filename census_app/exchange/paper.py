"""How identities look on screen and paper: short groups that people can read to each other (security §1)."""

from __future__ import annotations

from typing import Final

FULL: Final = 16


def short_groups(identity: str, groups: int = 8) -> str:
    """Return the first groups of 4 hex digits of an identity, such as `3f9a 1c07`.

    Args:
        identity: Lower-case hex: a package's identity, a digest, a fingerprint.
        groups: How many; 16 show a whole SHA-256.
    """
    text = identity.replace(" ", "")[: 4 * groups]
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
