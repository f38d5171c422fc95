"""Read an old `.xls` in a process of its own: its parser cannot be told how much memory it may take.

The child writes what it read as JSON to a file and ends. A damaged or hostile file can end the child, never the
program. Windows has no memory limit of this kind; the time limit holds there too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from census_app.errors import DataProblem
from census_app.formats.cells import MAX_CELL_CHARACTERS, Cell, DateText, NumberText
from census_app.formats.raw import Range, RawSheet, read_raw

CHILD_FLAG: Final = "--read-xls"
"""First argument by which a frozen program is asked to be the child: `--read-xls PATH`."""

ANSWER_VARIABLE: Final = "CENSUS_XLS_ANSWER"
"""Environment variable that names the file for the answer: a windowed program has no output to write to."""

MEMORY_LIMIT: Final = 1536 * 1024 * 1024
TIME_LIMIT: Final = 60.0
MAX_ANSWER: Final = 256 * 1024 * 1024

_EXIT_DAMAGED: Final = 11
_EXIT_ENCRYPTED: Final = 12
_EXIT_FIELD: Final = 13
_SentCell: TypeAlias = str | tuple[str, str]
_KINDS: Final = {"n": NumberText, "d": DateText}


class _SentSheet(msgspec.Struct):
    name: str
    hidden: bool
    rows: list[list[_SentCell]]
    merges: list[Range]


def run_child(path: Path) -> list[RawSheet]:
    """Read an `.xls` in a child process.

    Raises:
        DataProblem: `XLSX_TYPE` when it is encrypted, `XLSX_DAMAGED` when it cannot be read, `XLSX_SIZE` when it takes
            too much time or memory, `FIELD_SIZE`.
    """
    with tempfile.TemporaryDirectory(prefix="census-xls-") as folder:
        target = Path(folder) / "sheets.json"
        code = _run([*_command(), str(path.resolve())], target, path.name)
        if code == _EXIT_ENCRYPTED:
            raise DataProblem("XLSX_TYPE", file=path.name, found="Encrypted")
        if code == _EXIT_DAMAGED:
            raise DataProblem("XLSX_DAMAGED", file=path.name)
        if code == _EXIT_FIELD:
            raise DataProblem("FIELD_SIZE", file=path.name, place="?", limit=MAX_CELL_CHARACTERS)
        if code != 0 or not target.is_file() or target.stat().st_size > MAX_ANSWER:
            raise DataProblem("XLSX_SIZE", file=path.name, what="memory", limit="1.5 GiB")
        sent = msgspec.json.decode(target.read_bytes(), type=list[_SentSheet])
    return [_receive(sheet) for sheet in sent]


def xls_child_main(path: str) -> int:
    """Be the child: read the file, write the answer, return the exit code. For the entry point of the program.

    Args:
        path: The `.xls`. The file for the answer is named by the environment, see `ANSWER_VARIABLE`.
    """
    _limit_memory()
    try:
        sheets = [_send(sheet) for sheet in read_raw(Path(path))]
    except DataProblem as problem:
        encrypted = problem.code == "XLSX_TYPE"
        too_long = problem.code == "FIELD_SIZE"
        return _EXIT_ENCRYPTED if encrypted else _EXIT_FIELD if too_long else _EXIT_DAMAGED
    Path(os.environ[ANSWER_VARIABLE]).write_bytes(msgspec.json.encode(sheets))
    return 0


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_FLAG]
    return [sys.executable, "-m", __name__, CHILD_FLAG]


def _run(command: list[str], target: Path, name: str) -> int:
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        ANSWER_VARIABLE: str(target),
    }
    try:
        done = subprocess.run(  # noqa: S603  # our own program, and paths as arguments of a list
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=TIME_LIMIT,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise DataProblem(
            "XLSX_SIZE", file=name, what="time", limit=f"{TIME_LIMIT:.0f} s"
        ) from error
    return done.returncode


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # not on Windows

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(sheet: RawSheet) -> _SentSheet:
    rows = [[_send_cell(cell) for cell in row] for row in sheet.rows]
    return _SentSheet(sheet.name, sheet.hidden, rows, sheet.merges)


def _send_cell(cell: Cell) -> _SentCell:
    if isinstance(cell, NumberText):
        return ("n", str(cell))
    if isinstance(cell, DateText):
        return ("d", str(cell))
    return cell


def _receive(sheet: _SentSheet) -> RawSheet:
    rows = [
        [cell if isinstance(cell, str) else _KINDS[cell[0]](cell[1]) for cell in row]
        for row in sheet.rows
    ]
    return RawSheet(sheet.name, sheet.hidden, rows, sheet.merges)


if __name__ == "__main__":
    sys.exit(xls_child_main(sys.argv[2]))
