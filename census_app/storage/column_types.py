"""Column types that both databases read alike."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Text
from sqlalchemy.types import TypeEngine

TEXT: Final[TypeEngine[Any]] = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts in the order of their bytes, whatever order the server's database was made with: digests depend on it."""
