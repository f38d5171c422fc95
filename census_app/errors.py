"""Errors of the program: families with a stable code and parameters, and no wording.

The sentences a person reads stand in `resources/messages/*.toml`, by code, in every language; `diagnostics.wording`
joins both. So the window, the command line, the workbook and the PDF say the same.
"""

from __future__ import annotations


class CensusError(Exception):
    """Base of everything the program raises on purpose.

    Args:
        code: Stable code in capitals, listed in `resources/messages`.
        params: Values for the placeholders of the sentence; plain text, numbers and paths only.
    """

    exit_code = 70

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, object] = params

    def __str__(self) -> str:
        details = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code}({details})"


class UserError(CensusError):
    """The person can mend it: a wrong argument, a missing answer."""

    exit_code = 2


class DataProblem(CensusError):
    """A file that came from outside is not acceptable; the code says why."""

    exit_code = 3


class EnvironmentProblem(CensusError):
    """Disk, lock, database or rights stand in the way."""

    exit_code = 4


class BugError(CensusError):
    """Our own mistake: leads to a crash report."""

    exit_code = 70
