"""Build the frozen program into `dist/census`, measure it and let it test itself.

    .venv/bin/python build_spec/build.py [--dist DIR]

The self-test runs in a folder of its own with an environment that knows nothing of this checkout.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import window_time

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MB = 200
LIMIT_S = 2.0
KEPT_VARIABLES = {
    "HOME",
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "DISPLAY",
}


def main() -> int:
    """Build, measure, test; return 0 when all three are well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the folder goes")
    parser.add_argument("--work", type=Path, default=ROOT / "build", help="for PyInstaller's notes")
    options = parser.parse_args()
    began = time.monotonic()
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(options.dist), "--workpath", str(options.work)]
    built = subprocess.run(
        [*command, str(ROOT / "build_spec" / "census.spec")], cwd=ROOT, check=False
    )
    if built.returncode:
        return built.returncode
    folder = options.dist / "census"
    strip_symbols(folder / "_internal")
    share_executable(folder)
    size = measure(folder)
    print(f"{folder}: {size:.0f} MB, built in {time.monotonic() - began:.0f} s")
    if size > LIMIT_MB:
        print(f"larger than {LIMIT_MB} MB", file=sys.stderr)
        return 1
    code = self_test(folder)
    return code or (0 if window_appears(folder) else 1)


def strip_symbols(folder: Path) -> None:
    """Remove the symbols of Python and its extensions (tens of MB); Qt's and other wheels' own libraries stay."""
    if not sys.platform.startswith("linux") or shutil.which("strip") is None:
        return
    libraries = [
        str(path)
        for path in folder.rglob("*.so*")
        if path.is_file() and not path.is_symlink()
        if not any(part == "PySide6" or part.endswith(".libs") for part in path.parts)
    ]
    subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)


def share_executable(folder: Path) -> None:
    """Make both executables one file on Linux, where nothing but the name tells them apart."""
    console, window = folder / "census", folder / "census-desktop"
    if sys.platform.startswith("linux") and filecmp.cmp(console, window, shallow=False):
        window.unlink()
        window.hardlink_to(console)


def measure(folder: Path) -> float:
    """Return the size of a folder in MB; links count as links."""
    sizes = {}
    for path in folder.rglob("*"):
        if path.is_file():
            status = path.lstat()
            sizes[status.st_ino or path] = status.st_size
    return sum(sizes.values()) / 10**6


def self_test(folder: Path) -> int:
    """Run `census selftest` of the frozen program away from the checkout; return its exit code."""
    suffix = ".exe" if os.name == "nt" else ""
    with tempfile.TemporaryDirectory() as elsewhere:
        environment = bare_environment(elsewhere) | {"QT_QPA_PLATFORM": "offscreen"}
        command = [str(folder / f"census{suffix}"), "selftest"]
        return subprocess.run(command, cwd=elsewhere, env=environment, check=False).returncode


def window_appears(folder: Path) -> bool:
    """Say whether the window is on the screen in time: the best of three, as a busy machine may disturb one."""
    if not sys.platform.startswith("linux") or shutil.which("Xvfb") is None:
        print("window: not measured here")
        return True
    with tempfile.TemporaryDirectory() as elsewhere:
        environment = bare_environment(elsewhere) | {"QT_QPA_PLATFORM": "xcb"}
        command = [str(folder / "census-desktop")]
        times = [window_time.seconds_to_window(command, environment) for _ in range(3)]
    print("window on the screen after " + ", ".join(f"{each:.2f} s" for each in times))
    return min(times) <= LIMIT_S


def bare_environment(data_folder: str) -> dict[str, str]:
    """Return an environment that knows nothing of this checkout."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT_VARIABLES}
    return kept | {"CENSUS_DATA_DIR": data_folder}


if __name__ == "__main__":
    sys.exit(main())
