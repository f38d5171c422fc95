"""The program's own log: a rotating file in English, without answers or personal data above DEBUG."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

_BYTES: Final = 1 << 20
_KEEP: Final = 3


def start(path: Path) -> None:
    """Send the log to a file.

    Raises:
        OSError: The file cannot be written.
    """
    handler = RotatingFileHandler(
        path, maxBytes=_BYTES, backupCount=_KEEP, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
