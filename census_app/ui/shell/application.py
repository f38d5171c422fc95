"""The application object, the person's choices for the window, and what happens when something breaks."""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QObject,
    QSettings,
    Qt,
    QTimer,
    QtMsgType,
    QTranslator,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from census_app import __version__
from census_app.diagnostics import wording
from census_app.diagnostics.redaction import without_passwords
from census_app.domain.addresses import is_address
from census_app.ui.shell import theme
from census_app.ui.shell.theme import ThemeName

_LOG = logging.getLogger(__name__)
EXIT_BUG: Final = 70
RECENT_FILES: Final = 8
URL_FILE: Final = "@"
"""Before the path of a file whose first line names a server."""


def is_file_place(place: str) -> bool:
    """Say whether a place opened before is a file, not a server."""
    return not (place.startswith(URL_FILE) or is_address(place))


class Preferences:
    """Language, theme, window places and recent files, as an INI file in the data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._settings = QSettings(str(data_dir / "window.ini"), QSettings.Format.IniFormat)

    @property
    def has_language(self) -> bool:
        """Whether the person has chosen a language here."""
        return bool(self._settings.value("language", ""))

    @property
    def language(self) -> str:
        """The language chosen, else that of the system."""
        chosen = str(self._settings.value("language", ""))
        return chosen if chosen in wording.LANGUAGES else wording.default_language()

    @language.setter
    def language(self, language: str) -> None:
        self._settings.setValue("language", language)

    @property
    def theme(self) -> ThemeName:
        """The theme chosen; the system's at first."""
        chosen = str(self._settings.value("theme", ThemeName.SYSTEM.value))
        return ThemeName(chosen) if chosen in list(ThemeName) else ThemeName.SYSTEM

    @theme.setter
    def theme(self, name: ThemeName) -> None:
        self._settings.setValue("theme", name.value)

    def recent_files(self) -> list[Path]:
        """Return files opened before that are still there, the newest first."""
        return [Path(p) for p in self.recent_places() if is_file_place(p) and Path(p).is_file()]

    def recent_places(self) -> list[str]:
        """Return what was opened before, the newest first: paths, and servers without a password."""
        stored = self._settings.value("recent", [])
        places = [stored] if isinstance(stored, str) else stored
        return [p for p in map(str, places) if p] if isinstance(places, list) else []

    def remember_place(self, place: Path | str) -> None:
        """Put a file or a server at the head of the recent ones; a text must hold no password."""
        kept = [p for p in self.recent_places() if p != str(place)]
        self._settings.setValue("recent", [str(place), *kept][:RECENT_FILES])

    def forget_place(self, place: Path | str) -> None:
        """Take a file or a server off the recent ones; it itself stays."""
        self._settings.setValue("recent", [p for p in self.recent_places() if p != str(place)])

    def state(self, name: str) -> bytes:
        """Return a stored window or splitter state."""
        value = self._settings.value(f"state/{name}", b"")
        data = getattr(value, "data", None)
        return bytes(data()) if callable(data) else value if isinstance(value, bytes) else b""

    def remember_state(self, name: str, state: bytes) -> None:
        """Keep a window or splitter state."""
        self._settings.setValue(f"state/{name}", state)

    def text(self, name: str) -> str:
        """Return a remembered text, such as a folder last used."""
        return str(self._settings.value(f"text/{name}", ""))

    def remember_text(self, name: str, value: str) -> None:
        """Keep a text."""
        self._settings.setValue(f"text/{name}", value)

    def save(self) -> None:
        """Write what has changed."""
        self._settings.sync()


class GarbageInWindowThread(QObject):
    """Collects cyclic garbage in the window's thread only.

    Python collects in whichever thread happens to allocate, and a widget freed in a worker ends the process. A full
    collection looks at every object there is: with the program's own modules and forms it would hold the window for
    45 to 112 ms (measured). So what is there at the start is set aside, and so is what is left whenever a collection
    has taken long; `thaw` takes it back when a window was closed and its parts may be garbage.
    """

    EVERY_MS: Final = 1000
    LONG_S: Final = 0.02

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=self.EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the generations that are due, the oldest due one including the younger."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [g for g in range(3) if counts[g] > thresholds[g]]
        if not due:
            return
        began = time.thread_time()
        gc.collect(max(due))
        if time.thread_time() - began > self.LONG_S:
            gc.freeze()

    def thaw(self) -> None:
        """Look at everything once, now that a window has gone: what it held is garbage, whatever was set aside."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def create_application(
    preferences: Preferences, arguments: list[str] | None = None
) -> QApplication:
    """Return the application with font, theme, language and Qt's own translations."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        app = running
    else:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
            Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
        )
        app = QApplication(arguments or sys.argv[:1])
    app.setApplicationName("Census")
    app.setApplicationVersion(__version__)
    theme.load_fonts()
    theme.apply(app, preferences.theme, preferences.language)
    set_language(app, preferences.language)
    return app


def collect_garbage_safely(app: QApplication) -> None:
    """Let cyclic garbage be collected in the window's thread from now on."""
    if app.findChild(GarbageInWindowThread) is None:
        GarbageInWindowThread(app)


def set_language(app: QApplication, language: str) -> None:
    """Give Qt's own dialogs and the number formats a language; the window's words come from `Words`."""
    QLocale.setDefault(QLocale("en_US" if language == "en" else "zh_CN"))
    for old in app.findChildren(QTranslator, "qtbase"):
        app.removeTranslator(old)
        old.deleteLater()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator = QTranslator(app)
    translator.setObjectName("qtbase")
    if translator.load(f"qtbase_{'en' if language == 'en' else 'zh_CN'}", folder):
        app.installTranslator(translator)


class CrashReporter(QObject):
    """Turns what nobody caught into one dialog with Copy and Save; repeats are counted, not shown again.

    Args:
        data_dir: Where `crash.log` goes.
        show: Shows a report (its text and how often it came); it may raise, then stderr gets the report.
    """

    _arrived = Signal(str)

    def __init__(self, data_dir: Path, show: Callable[[str], None]) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._show = show
        self._seen: dict[str, int] = {}
        self._showing = False
        self._file = (data_dir / "crash.log").open("a", encoding="utf-8")
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over all four roads by which an error can leave: signals, hooks of both kinds, Qt's messages."""
        faulthandler.enable(self._file)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_log_qt_message)

    def remove(self) -> None:
        """Give everything back; for tests and the end of the program."""
        faulthandler.disable()
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        self._file.close()

    def report(self, error: BaseException) -> None:
        """Report an error; callable from any thread."""
        text = "".join(traceback.format_exception(error))
        _LOG.error("uncaught error", exc_info=error)
        self._arrived.emit(text)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        del trace
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(130)
            return
        self.report(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)

    def _on_arrived(self, trace: str) -> None:
        self._seen[trace] = self._seen.get(trace, 0) + 1
        if self._showing or self._seen[trace] > 1:
            return
        self._showing = True
        try:
            self._file.write(report_text(trace))
            self._file.flush()
            self._show(report_text(trace))
        except Exception:  # noqa: BLE001  # the last road out: say it on stderr and stop
            sys.stderr.write(trace)
            os._exit(EXIT_BUG)
        finally:
            self._showing = False


def report_text(trace: str) -> str:
    """Return a report without answers and passwords: versions, system, trace."""
    return (
        f"Census {__version__} · Python {platform.python_version()} · PySide6 {pyside_version}\n"
        f"{platform.platform()} · {QGuiApplication.platformName()}\n\n{without_passwords(trace)}"
    )


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    del context
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    _LOG.log(levels.get(kind, logging.WARNING), "Qt: %s", message)
