"""What the frozen executables start: `census` on a console, `census-desktop` without one.

Both share one folder and this script; the name of the executable decides. Not used outside a frozen build.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from census_app import __main__ as program

_LIBRARIES = "LD_LIBRARY_PATH"


def start() -> int:
    """Run the command line or the window; the child that reads an old `.xls` comes through either."""
    leave_others_alone()
    if Path(sys.executable).stem.endswith("desktop"):
        return program.desktop() or 0
    return program.main() or 0


def leave_others_alone() -> None:
    """Start other programs as if there were no PyInstaller.

    The bootloader points the linker to this folder: a file manager or PDF viewer started from here would load our
    libraries in the place of its own. This process has its libraries already; a child of our own finds them anew.
    """
    original = os.environ.pop(f"{_LIBRARIES}_ORIG", "")
    os.environ.pop(_LIBRARIES, None)
    if original:
        os.environ[_LIBRARIES] = original
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"


if __name__ == "__main__":
    sys.exit(start())
