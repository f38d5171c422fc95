"""What the frozen executables start: `census` on a console, `census-desktop` without one.

Both share one folder and this script; the name of the executable decides. Not used outside a frozen build.
"""

from __future__ import annotations

import sys
from pathlib import Path

READ_XLS = "--read-xls"


def start() -> int:
    """Run the command line, the window, or the child that reads an old `.xls`.

    In a frozen build `sys.executable` is this program, so the child of `census_app.formats.xls` starts here too.
    """
    if sys.argv[1:2] == [READ_XLS]:
        from census_app.formats.xls import xls_child_main  # noqa: PLC0415 - the child needs no more

        return xls_child_main(*sys.argv[2:4])
    from census_app import __main__ as program  # noqa: PLC0415 - not needed by the child

    if Path(sys.executable).stem.endswith("desktop"):
        return program.desktop() or 0
    return program.main() or 0


if __name__ == "__main__":
    sys.exit(start())
