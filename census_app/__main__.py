"""`python -m census_app`, and the two entry points of the installed program."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (DESIGN §6)."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["--read-xls"]:
        # The child process that reads .xls files under a memory limit, also in a frozen build.
        from census_app.formats.xls import xls_child_main

        return xls_child_main(given[1])
    if given == ["--prepare-packages"]:
        # A process beside a receiver.
        from census_app.bootstrap import prepare_packages

        return prepare_packages()
    from census_app.bootstrap import run

    return run(given)


def desktop() -> int:
    """Open the window; the windowed executable also serves as the child that reads .xls files."""
    given = sys.argv[1:]
    return main(given if given[:1] == ["--read-xls"] else ["desktop", *given])


if __name__ == "__main__":
    sys.exit(main())
