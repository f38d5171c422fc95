"""The program's own log: a rotating file in English, never with a password, and above DEBUG without answers and names.

A library may quote the URL it was given; what it says passes through `redaction` like everything else.
"""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from census_app.diagnostics.redaction import without_passwords

_BYTES: Final = 1 << 20
_KEEP: Final = 3


class _Formatter(logging.Formatter):
    """Writes a line, and the trace below it, without passwords."""

    def format(self, record: logging.LogRecord) -> str:
        return without_passwords(super().format(record))


def start(path: Path) -> None:
    """Send the log to a file.

    Raises:
        OSError: The file cannot be written.
    """
    handler = RotatingFileHandler(
        path, maxBytes=_BYTES, backupCount=_KEEP, encoding="utf-8", delay=True
    )
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
