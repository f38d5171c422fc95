"""Where a catalogue on a server is, when the URL is kept in a file: who may read the file may connect."""

from __future__ import annotations

from pathlib import Path

from census_app.domain.addresses import ServerAddress, read_address
from census_app.errors import EnvironmentProblem


def address_in_file(path: Path) -> ServerAddress:
    """Return the address that the first line of a file names.

    Raises:
        EnvironmentProblem: `SERVER_URL_FILE`, it cannot be read.
        UserError: `SERVER_URL`.
    """
    try:
        line = path.read_text(encoding="utf-8-sig").splitlines()[0].strip()
    except (OSError, IndexError, UnicodeDecodeError):
        raise EnvironmentProblem("SERVER_URL_FILE", path=str(path)) from None
    return read_address(line)
