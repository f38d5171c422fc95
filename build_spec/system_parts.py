"""What the program and its tests need from the system, and how to get it on Debian, Ubuntu and their kin.

Asked by loading a library or looking for a command, never by package names, so that it holds on any system; package
names only stand in what is installed or printed. Standard library only; not responsible for Python packages.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys

QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""Libraries that Qt's wheel takes from the system (found with ldd in a bare Debian 12), with Debian's packages."""

TEST_COMMANDS = {
    "pdftotext": "poppler-utils",
    "unzip": "unzip",
    "jq": "jq",
    "strace": "strace",
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "objdump": "binutils",
    "openssl": "openssl",
}
"""Independent judges of our files, a display that nobody sees, and what PyInstaller calls."""


def missing_for_venv() -> list[str]:
    """Return the packages without which no virtual environment can be made here."""
    there = importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")
    return [] if there or sys.prefix != sys.base_prefix else ["python3-venv"]


def missing_for_window() -> list[str]:
    """Return the packages without which Qt cannot open a window."""
    if not sys.platform.startswith("linux"):
        return []
    return sorted({package for name, package in QT_LIBRARIES.items() if not _loads(name)})


def missing_for_tests() -> list[str]:
    """Return the packages that tests and the frozen build need besides Qt's."""
    if not sys.platform.startswith("linux"):
        return []
    missing = {package for command, package in TEST_COMMANDS.items() if not shutil.which(command)}
    # Debian's Python says it is built as a shared library, but the library is a package of its own.
    library = f"libpython{sys.version_info[0]}.{sys.version_info[1]}"
    if not _loads(f"{library}.so.1.0"):
        missing.add(library)
    return sorted(missing)


def can_install() -> bool:
    """Say whether this process may install packages: root, with apt-get."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_line(packages: list[str]) -> str:
    """Return the line that installs the packages, as a person would type it."""
    return "sudo apt-get install -y " + " ".join(packages)


def install(packages: list[str]) -> bool:
    """Install packages with apt-get; say whether it succeeded. Root only."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
