#!/usr/bin/env python3
"""Two commands for a fresh machine with Python 3.11 and nothing else.

    python3 build_spec/bootstrap.py run      installs, runs the demo campaign, opens the window
    python3 build_spec/bootstrap.py test     installs, runs the whole test suite without a display

Standard library only. Everything goes into `.venv` beside this folder; where a system library is missing, root
installs it and anybody else is told the line. Running it again does only what is still to do, and needs no network
once everything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import locale
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import system_parts

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
CONSTRAINTS = ROOT / "build_spec" / "constraints.txt"
DEMO = ROOT / "demo"
OLDEST = (3, 11)
FOR_EDITABLE = "editables"  # hatchling asks for it when a project is installed in place
ENVIRONMENT_PROBLEM = 4
LANGUAGE = next(filter(None, map(os.environ.get, ("CENSUS_LANG", "LC_ALL", "LANG"))), "")
CHINESE = not (LANGUAGE or locale.getlocale()[0] or "").lower().startswith("en")  # as the program


class Stop(Exception):
    """Ends the command with a sentence for the person."""


def say(zh: str, en: str) -> None:
    """Tell the person what happens, in their language."""
    print(f"== {zh if CHINESE else en}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a Windows console may know no Chinese
    options, rest = parse(arguments)
    try:
        check_python()
        if options.command == "run":
            return run(window=not options.no_window)
        if options.command == "install":
            prepare("test")
            return 0
        return test(rest)
    except Stop as reason:
        print(f"\n{reason}", file=sys.stderr)
        return ENVIRONMENT_PROBLEM
    except KeyboardInterrupt:
        return 130


def parse(arguments: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return the options, and for `test` what pytest gets."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="install, run the demo campaign, open the window")
    running.add_argument("--no-window", action="store_true", help="do not open the window")
    commands.add_parser("install", help="only make .venv, with everything the tests need")
    commands.add_parser("test", help="install, run the tests; further arguments go to pytest")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options, rest


def check_python() -> None:
    """Refuse a Python that is too old."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Stop(
            f"需要 Python 3.11 或更新的版本，这里是 {found}（{sys.executable}）。请安装新版本后重新运行。"
            if CHINESE
            else f"Python 3.11 or newer is needed; this is {found} ({sys.executable}). "
            "Install a newer one and run this again."
        )


def run(*, window: bool) -> int:
    """Install, run the demo campaign into `demo/`, and open the window where there is a display."""
    window_possible = prepare("run")
    code = run_demo()
    if code:
        return code
    say(f"程序是 {BIN / 'census'}。", f"The program is {BIN / 'census'}.")
    if not window:
        return 0
    if not has_display():
        say("没有图形界面，不打开窗口。", "There is no display, so no window is opened.")
        return 0
    if not window_possible:
        say(
            "缺少上面列出的系统库，无法打开窗口。",
            "The window needs the system libraries named above.",
        )
        return 0
    say("打开窗口；关闭它即结束。", "Opening the window; close it to end.")
    return call([str(PYTHON), "-m", "census_app", "desktop"])


def run_demo() -> int:
    """Run the demo campaign once; what an interrupted run left behind is set aside, never deleted."""
    finished = DEMO / ".complete"
    if finished.exists():
        say(
            f"演示数据已在 {DEMO}；删除该文件夹即可重新生成。",
            f"The demo campaign is already in {DEMO}; delete that folder to make it anew.",
        )
        return 0
    if DEMO.exists() and any(DEMO.iterdir()):
        aside = next(
            path for n in range(1, 10_000) if not (path := ROOT / f"demo-incomplete-{n}").exists()
        )
        DEMO.rename(aside)
        say(f"未完成的演示已移到 {aside}。", f"An unfinished demo was moved to {aside}.")
    say(
        "运行演示：三个部门的一次完整普查。",
        "Running the demo: a whole campaign of three departments.",
    )
    code = call([str(PYTHON), "-m", "census_app", "demo", "--into", str(DEMO)])
    if code == 0:
        finished.touch()
    return code


def test(arguments: list[str]) -> int:
    """Install with the test parts and run the whole suite without a display."""
    prepare("test")
    command = [str(PYTHON), "-m", "pytest", *parallel(arguments), *arguments]
    say(f"运行测试：{shlex.join(command[1:])}", f"Running the tests: {shlex.join(command[1:])}")
    return call(command, QT_QPA_PLATFORM="offscreen")


def parallel(arguments: list[str]) -> list[str]:
    """Return pytest-xdist's options: one process for each core, unless the caller says something else.

    Not `loadfile`: when a process crashes, its scheduler waits for ever (pytest-xdist 3.8).
    """
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    chosen = any(each.startswith(("-n", "--numprocesses", "--pdb", "-s")) for each in arguments)
    return [] if chosen or cores < 2 else ["-n", str(min(cores, 8)), "--dist", "worksteal"]


def prepare(kind: str) -> bool:
    """Make everything ready for `run` or `test`; return whether a window can be opened.

    Raises:
        Stop: Something is missing that nothing can replace.
    """
    window_possible = ensure_system(kind)
    ensure_venv()
    ensure_parts(kind)
    return window_possible


def ensure_system(kind: str) -> bool:
    """Install or name what the system lacks; return whether Qt's libraries are there."""
    missing = missing_parts(kind)
    if missing and system_parts.can_install():
        say(f"安装系统包：{' '.join(missing)}", f"Installing system packages: {' '.join(missing)}")
        system_parts.install(missing)
        missing = missing_parts(kind)
    if not missing:
        return True
    line = system_parts.install_line(missing)
    sentence = (
        f"系统缺少一些部分。请运行：\n\n    {line}\n\n然后重新运行本命令。"
        if CHINESE
        else f"The system lacks some parts. Please run:\n\n    {line}\n\nand then this command again."
    )
    if kind == "test" or system_parts.missing_for_venv():
        raise Stop(sentence)
    print(f"\n{sentence}\n", flush=True)
    return False


def missing_parts(kind: str) -> list[str]:
    """Return the system packages that `run` or `test` lacks."""
    missing = system_parts.missing_for_venv() + system_parts.missing_for_window()
    return missing + (system_parts.missing_for_tests() if kind == "test" else [])


def ensure_venv() -> None:
    """Make `.venv`, or make it anew where it does not work (its Python was removed, or was an older one)."""
    question = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    if PYTHON.exists() and call([str(PYTHON), "-c", question], quiet=True) == 0:
        return
    say(f"建立虚拟环境 {VENV}", f"Making the virtual environment {VENV}")
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise Stop(
            f"无法建立虚拟环境。请运行：{system_parts.install_line(['python3-venv'])}"
            if CHINESE
            else "The virtual environment cannot be made. "
            f"Please run: {system_parts.install_line(['python3-venv'])}"
        )


def ensure_parts(kind: str) -> None:
    """Install the pinned packages and the project itself, unless this very set is installed already."""
    wanted = fingerprint(kind)
    stamp = VENV / f"census-{kind}.stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    say(
        "安装 Python 包（版本见 build_spec/constraints.txt）",
        "Installing Python packages (versions: build_spec/constraints.txt)",
    )
    began = time.monotonic()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet"]
    pinned = [*pip, "--constraint", str(CONSTRAINTS), *declared_parts(kind)]
    project = [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if call(pinned) or call(project):
        raise Stop(
            "安装没有成功，原因见上。没有网络时，请先按 docs/manual/building.md 准备安装包。"
            if CHINESE
            else "The installation did not succeed; the reason stands above. "
            "Without a network, prepare the packages as docs/manual/building.md says."
        )
    stamp.write_text(wanted, encoding="utf-8")
    seconds = round(time.monotonic() - began)
    say(f"已安装，用时 {seconds} 秒。", f"Installed in {seconds} s.")


def fingerprint(kind: str) -> str:
    """Return a hash of all that decides what is installed, and where."""
    state = hashlib.sha256(f"{kind} {sys.version} {VENV}".encode())
    for path in (CONSTRAINTS, ROOT / "pyproject.toml"):
        state.update(path.read_bytes())
    return state.hexdigest()


def declared_parts(kind: str) -> list[str]:
    """Return the direct requirements of the project, of its build, of servers and, for `test`, of its tests."""
    import tomllib  # noqa: PLC0415 - an older Python must get as far as `check_python`

    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = described["project"]
    parts: list[str] = [
        FOR_EDITABLE,
        *described["build-system"]["requires"],
        *project["dependencies"],
        *project["optional-dependencies"]["postgres"],
    ]
    return parts + (project["optional-dependencies"]["test"] if kind == "test" else [])


def has_display() -> bool:
    """Say whether a window can appear anywhere."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def call(command: list[str], *, quiet: bool = False, **environment: str) -> int:
    """Run a command in the project's folder and return its exit code."""
    variables = {k: v for k, v in os.environ.items() if k not in {"PYTHONHOME", "PYTHONPATH"}}
    variables |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment}
    output = subprocess.DEVNULL if quiet else None
    ran = subprocess.run(
        command, cwd=ROOT, env=variables, stdout=output, stderr=output, check=False
    )
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
