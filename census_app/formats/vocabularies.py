"""What codes of the form set are called in the vocabularies of open data; the words stand in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from census_app.assets import resource
from census_app.domain.names import fold


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads(resource("vocabulary", "dcat.toml").read_text(encoding="utf-8"))


def said_as(table: str, code: object) -> str:
    """Return a code's name in the vocabulary of a table, empty where it has none."""
    return str(_words()[table].get(str(code), ""))


def on_platform(mode_class: object) -> bool:
    """Say whether a resource comes through the sharing platform."""
    return str(mode_class) == str(_words()["share_mode"]["platform"])


def is_service(mode_type: object) -> bool:
    """Say whether a resource comes through an interface."""
    return str(mode_type) == str(_words()["share_mode"]["service"])


def is_unconditional(condition: object) -> bool:
    """Say whether a condition for opening says that there is none."""
    return fold(str(condition)) in {fold(each) for each in _words()["open"]["unconditional"]}
