"""What is still wrong with a new passphrase that is typed twice, in words: a button that stays grey must say why."""

from __future__ import annotations

from census_app.exchange.keyfile import is_long_enough
from census_app.ui.shell.translation import Words


def is_good(first: str, again: str) -> bool:
    """Say whether a passphrase is long enough and was typed twice alike."""
    return is_long_enough(first) and first == again


def says(first: str, again: str, words: Words) -> str:
    """Return what is to be said below the two inputs."""
    code = "CT_PASSPHRASE_HINT"
    if is_good(first, again):
        code = "CT_PASSPHRASE_GOOD"
    elif first and not is_long_enough(first):
        code = "CT_PASSPHRASE_SHORT"
    elif again and not first.startswith(again):
        code = "CT_PASSPHRASE_DIFFERS"
    return words(code, count=len(first))
