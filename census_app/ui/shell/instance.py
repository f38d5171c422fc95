"""One window per file: who starts the program on a file that is open is led to its window.

SQLite's lock is what keeps two programs apart; this only saves the person the message. The name of the local connection
is made of user, data folder and file, so two people on one computer, and two files of one person, do not meet. By the
standard library: Qt's own would bring its network library along, and what that needs of the system.
"""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import sys
import threading
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

_LOG = logging.getLogger(__name__)
_SHOW: Final = b"show"
_LEAVE: Final = b"leave"
_JOIN_S: Final = 2.0


def address_of(data_dir: Path, path: Path) -> str:
    """Return the name under which the program that has a file open can be reached."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    told = "\0".join((user, os.path.realpath(data_dir), os.path.realpath(path)))
    name = f"census-{hashlib.sha256(told.encode()).hexdigest()[:24]}"
    # A pipe, or a name in Linux's abstract space: neither leaves a file behind when the program is killed.
    return rf"\\.\pipe\{name}" if sys.platform == "win32" else f"\0{name}"


def show_elsewhere(data_dir: Path, path: Path) -> bool:
    """Ask the program that has a file open to show its window; False when there is none."""
    return _say(address_of(data_dir, path), _SHOW)


def _say(address: str, word: bytes) -> bool:
    try:
        with Client(address) as connection:
            connection.send_bytes(word)
    except (OSError, EOFError):
        return False
    return True


class Instance(QObject):
    """Listens for others who want the file that is open here.

    Signals:
        wanted: Somebody started the program on this file.
    """

    wanted = Signal()

    def __init__(self, data_dir: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._data_dir = data_dir
        self._address = ""
        self._thread: threading.Thread | None = None

    def listen(self, path: Path) -> None:
        """Listen for a file that was just opened; only one file at a time."""
        self.stop()
        address = address_of(self._data_dir, path)
        try:
            listener = Listener(address)
        except OSError as error:  # no reason to keep the person from working
            _LOG.info("nobody can be led to this window: %s", type(error).__name__)
            return
        self._address = address
        self._thread = threading.Thread(
            target=self._serve, args=(listener,), name="census-instance", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening: the file is closed."""
        thread, self._thread = self._thread, None
        if thread is not None:
            _say(self._address, _LEAVE)
            thread.join(_JOIN_S)

    def _serve(self, listener: Listener) -> None:
        """Wait for words; runs on the listening thread."""
        with listener:
            while True:
                try:
                    with listener.accept() as connection:
                        word = connection.recv_bytes(len(_LEAVE))
                except (OSError, EOFError):
                    continue
                if word == _LEAVE:
                    return
                self.wanted.emit()
