"""Measure how long a program needs until its window is on the screen, on a display nobody sees (Linux, Xvfb).

Asks the X server itself, so nothing in the program has to help. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEWABLE = 2
LEAST_WIDTH, LEAST_HEIGHT = 400, 300
GIVE_UP_S = 30.0


class _Attributes(ctypes.Structure):
    """XWindowAttributes of Xlib."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        *(
            (name, ctypes.c_int)
            for name in ("class", "bit_gravity", "win_gravity", "backing_store")
        ),
        ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int),
        ("all_event_masks", ctypes.c_long),
        ("your_event_mask", ctypes.c_long),
        ("do_not_propagate_mask", ctypes.c_long),
        ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    ]


def seconds_to_window(command: list[str], environment: dict[str, str]) -> float:
    """Start a program on a display of its own and return the seconds until a window of it is viewable.

    Raises:
        RuntimeError: The program ended, or showed nothing within half a minute.
    """
    with hidden_display() as name, _connection(name) as (xlib, display):
        started = time.perf_counter()
        program = subprocess.Popen(command, env={**environment, "DISPLAY": name})
        try:
            while time.perf_counter() - started < GIVE_UP_S:
                if _window_is_viewable(xlib, display):
                    return time.perf_counter() - started
                if program.poll() is not None:
                    raise RuntimeError(f"the program ended with {program.returncode}")
                time.sleep(0.01)
            raise RuntimeError("no window appeared")
        finally:
            program.terminate()
            program.wait(timeout=GIVE_UP_S)


@contextmanager
def hidden_display() -> Iterator[str]:
    """Run an X server without a screen and yield its name."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait(timeout=GIVE_UP_S)


@contextmanager
def _connection(name: str) -> Iterator[tuple[ctypes.CDLL, ctypes.c_void_p]]:
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    display = ctypes.c_void_p(xlib.XOpenDisplay(name.encode()))
    if not display:
        raise RuntimeError(f"no display {name}")
    # A window may go while it is asked about; Xlib would end this process for it.
    ignore = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: 0)
    xlib.XSetErrorHandler(ignore)
    try:
        yield xlib, display
    finally:
        xlib.XCloseDisplay(display)
        xlib.XSetErrorHandler(None)


def _window_is_viewable(xlib: ctypes.CDLL, display: ctypes.c_void_p) -> bool:
    root, parent = ctypes.c_ulong(), ctypes.c_ulong()
    children, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
    top = ctypes.c_ulong(xlib.XDefaultRootWindow(display))
    answers = (ctypes.byref(each) for each in (root, parent, children, count))
    if not xlib.XQueryTree(display, top, *answers):
        return False
    try:
        return any(_is_large(xlib, display, children[index]) for index in range(count.value))
    finally:
        if children:
            xlib.XFree(children)


def _is_large(xlib: ctypes.CDLL, display: ctypes.c_void_p, window: int) -> bool:
    found = _Attributes()
    if not xlib.XGetWindowAttributes(display, ctypes.c_ulong(window), ctypes.byref(found)):
        return False
    large = found.width >= LEAST_WIDTH and found.height >= LEAST_HEIGHT
    return large and found.map_state == VIEWABLE
