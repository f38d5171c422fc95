"""What the commands say: sentences in the person's language, or JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from census_app.diagnostics import wording
from census_app.errors import CensusError, DataProblem, EnvironmentProblem, UserError


class Speech:
    """Writes answers to standard output and progress to a terminal's error stream.

    Args:
        language: `zh` or `en`.
    """

    def __init__(self, language: str, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.language = language
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._last_progress = 0.0

    def text(self, code: str, /, **params: object) -> str:
        """Return a sentence."""
        return wording.text(code, self.language, **params)

    def moment(self, at: str) -> str:
        """Return a moment of a ledger or package (UTC) as people read it: this computer's time, to the minute."""
        return dt.datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M") if at else "—"

    def knows(self, code: str) -> bool:
        """Say whether there is a sentence for a code."""
        return wording.has(code)

    def say(self, line: str = "") -> None:
        """Write one line."""
        print(line, file=self._out)

    def sentence(self, code: str, /, **params: object) -> None:
        """Write a sentence."""
        self.say(self.text(code, **params))

    def answer(
        self, document: Mapping[str, Any] | Sequence[Any], lines: Sequence[str], *, as_json: bool
    ) -> None:
        """Write an answer: the document with `--json`, else its lines."""
        if as_json:
            self.say(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        else:
            for line in lines:
                self.say(line)

    def error(self, error: CensusError, *, as_json: bool = False) -> None:
        """Write what happened and what to do next."""
        told = wording.explain_error(error, self.language)
        if as_json:
            document = {"error": told.code, "what": told.what, "next": told.next_step}
            self.say(json.dumps(document, ensure_ascii=False, indent=2))
            return
        print(f"{told.code}: {told.what}", file=self._err)
        if told.next_step:
            print(f"→ {told.next_step}", file=self._err)

    def progress(self, done: int, total: int, text: str) -> None:
        """Show progress on a terminal, at most ten times a second; a file or pipe sees nothing."""
        now = time.monotonic()
        if not self._err.isatty() or now - self._last_progress < 0.1:
            return
        self._last_progress = now
        share = f"{done}/{total}" if total else str(done)
        print(f"\r\x1b[K{share} {text}", end="", file=self._err, flush=True)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
        """Return lines of aligned columns; wide characters count two."""
        texts = [[str(h) for h in heads], *([str(c) for c in row] for row in rows)]
        widths = [max(_width(row[i]) for row in texts) for i in range(len(heads))]
        return [
            "  ".join(
                cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)
            ).rstrip()
            for row in texts
        ]


def _width(text: str) -> int:
    return sum(2 if ord(c) >= 0x2E80 else 1 for c in text)


JSON_OPTION = click.Option(["--json", "as_json"], is_flag=True, help="JSON")


def replace_option(speech: Speech) -> click.Option:
    """Return the option by which a person overrules a colleague knowingly."""
    return click.Option(["--replace"], is_flag=True, help=speech.text("CLI_REPLACE"))


def passphrase(
    file: Path | None, speech: Speech, *, new: bool = False, variable: str = "CENSUS_PASSPHRASE"
) -> str:
    """Return the passphrase from a file, from the environment (which then forgets it), or asked on the terminal.

    Raises:
        UserError: `PASSPHRASE_MISSING`, when there is nobody to ask.
        EnvironmentProblem: `FILE_UNREADABLE`.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError, UnicodeDecodeError):
            raise EnvironmentProblem("PASSPHRASE_FILE", path=str(file)) from None
    given = os.environ.pop(variable, None)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UserError("PASSPHRASE_MISSING", variable=variable)
    question = speech.text("CLI_ASK_NEW_PASSPHRASE" if new else "CLI_ASK_PASSPHRASE")
    answer: str = click.prompt(question, hide_input=True, confirmation_prompt=new, err=True)
    return answer


def refusal_code(errors: Iterable[CensusError]) -> int:
    """Return how a batch ends in which some files were not taken: 4 environment, 3 refused, 2 not there, 0 none."""
    return max((_refusal_code(error) for error in errors), default=0)


def _refusal_code(error: CensusError) -> int:
    # What a catalogue will not take is refused, whoever could mend it; only a wrong path is a wrong call.
    keeps = isinstance(error, EnvironmentProblem) or error.code == "FILE_MISSING"
    return error.exit_code if keeps else DataProblem.exit_code


def path_argument(name: str, *, several: bool = False, required: bool = True) -> click.Argument:
    """Return an argument that is a path."""
    return click.Argument(
        [name], type=click.Path(path_type=Path), nargs=-1 if several else 1, required=required
    )


def algorithm_option(
    names: Iterable[str], help_text: str, *, default: str | None = None
) -> click.Option:
    """Return the option that chooses what a new key signs with.

    Args:
        names: Those of `services.keys.ALGORITHMS`, which only the commands that make keys load.
        help_text: What it decides.
        default: One of the names; None where leaving it out means something of its own.
    """
    return click.Option(
        ["--algorithm"], type=click.Choice(list(names)), default=default, help=help_text
    )


def path_option(*names: str, required: bool = False, help_text: str = "") -> click.Option:
    """Return an option that is a path."""
    return click.Option(
        list(names), type=click.Path(path_type=Path), required=required, help=help_text
    )


def unit_option(speech: Speech) -> click.Option:
    """Return the option that names bodies a department reports for; see `named_units`."""
    return click.Option(
        ["--unit", "units"], multiple=True, metavar="CODE=NAME", help=speech.text("CLI_UNIT")
    )


def named_units(texts: Iterable[str]) -> dict[str, str]:
    """Return code → name of units given as `CODE=NAME`.

    Raises:
        UserError: `UNIT_FORM`.
    """
    found = {}
    for text in texts:
        code, equals, name = text.partition("=")
        if not (code.strip() and equals and name.strip()):
            raise UserError("UNIT_FORM", given=text)
        found[code.strip().upper()] = name.strip()
    return found
