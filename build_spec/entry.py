"""What the frozen executables start: `census` on a console, `census-desktop` without one.

Both share one folder and this script; the name of the executable decides. Not used outside a frozen build.
"""

from __future__ import annotations

import multiprocessing
import runpy
import sys
from pathlib import Path


def start() -> int:
    """Run the command line or the window, or a module of our own that a child process was asked to run.

    A child process started as `sys.executable -m census_app.…` gets here too: in a frozen build
    `sys.executable` is this program.
    """
    multiprocessing.freeze_support()
    if len(sys.argv) > 2 and sys.argv[1] == "-m" and sys.argv[2].startswith("census_app."):
        module = sys.argv[2]
        sys.argv = [module, *sys.argv[3:]]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return 0
    from census_app import __main__ as program  # noqa: PLC0415 - not needed by a child process

    if Path(sys.executable).stem.endswith("desktop"):
        return program.desktop() or 0
    return program.main() or 0


if __name__ == "__main__":
    sys.exit(start())
