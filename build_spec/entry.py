"""What the frozen executables start: `census` on a console, `census-desktop` without one.

Both share one folder and this script; the name of the executable decides. Not used outside a frozen build.
"""

from __future__ import annotations

import sys
from pathlib import Path

from census_app import __main__ as program


def start() -> int:
    """Run the command line or the window; the child that reads an old `.xls` comes through either."""
    if Path(sys.executable).stem.endswith("desktop"):
        return program.desktop() or 0
    return program.main() or 0


if __name__ == "__main__":
    sys.exit(start())
