"""What is still wrong with a new passphrase that is typed twice, in words: a button that stays grey must say why."""

from __future__ import annotations

from typing import Final

from census_app.ui.shell.translation import Words

LEAST: Final = 12
"""Characters of a passphrase."""


def is_good(first: str, again: str) -> bool:
    """Say whether a passphrase is long enough and was typed twice alike."""
    return len(first) >= LEAST and first == again


def says(first: str, again: str, words: Words) -> str:
    """Return what is to be said below the two inputs."""
    code = "CT_PASSPHRASE_HINT"
    if is_good(first, again):
        code = "CT_PASSPHRASE_GOOD"
    elif first and len(first) < LEAST:
        code = "CT_PASSPHRASE_SHORT"
    elif again and not first.startswith(again):
        code = "CT_PASSPHRASE_DIFFERS"
    return words(code, count=len(first))
