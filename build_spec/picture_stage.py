"""The stage on which the manual's pictures are taken: sample files in a temporary folder, a fixed clock, one window.

Not part of the program: it holds the clock of storage and of the texts still, and lets dialogs stand on the screen
instead of waiting for an answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import os
import shutil
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image
from PySide6.QtCore import QBuffer, QEvent, QEventLoop, QIODevice, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from census_app import bootstrap
from census_app.assets import resource
from census_app.services import approving, checking, importing
from census_app.services.carrying import begin_round
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.storage import catalogue, keeping, lockfile, opening, vault
from census_app.ui.desktop import Desktop
from census_app.ui.shell import theme
from census_app.ui.shell.application import Preferences, set_language
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

SIZE: Final = (1366, 768)
NOW: Final = dt.datetime(2026, 11, 23, 6, 32, 5, tzinfo=dt.UTC)
BEFORE: Final = dt.datetime(2026, 11, 20, 1, 10, 0, tzinfo=dt.UTC)
"""When the demonstration took place: three days earlier."""

NAME: Final = "江苏省生态环境厅（示例）"
CODE: Final = "11320000990000017P"
CLERK: Final = "李雯"
LISTS: Final = ("systems.xlsx", "resources.xlsx")
"""In this order: resources name the systems and offices of the first."""
_COLOURS: Final = 96
_STRIP: Final = 8
"""Rows of each colour of the theme that are put below a picture while its palette is made."""
_TITLE_BAR: Final = 32


@dataclass(frozen=True)
class StoppedClock:
    """A clock that stands."""

    moment: dt.datetime

    def now(self) -> dt.datetime:
        """Return the moment."""
        return self.moment


class _StoppedDatetime(dt.datetime):
    moment = NOW

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> _StoppedDatetime:
        """Return the moment at which the clock stands."""
        return cls.fromtimestamp(cls.moment.timestamp(), tz)


def hold_time() -> None:
    """Let storage and the window's texts take the stage's clock for the computer's, in Beijing time."""
    os.environ["TZ"] = "Asia/Shanghai"
    if hasattr(time, "tzset"):
        time.tzset()
    stopped = types.ModuleType("datetime")
    stopped.__dict__.update(dt.__dict__)
    stopped.__dict__["datetime"] = _StoppedDatetime
    for module in (catalogue, keeping, lockfile, opening, vault):
        vars(module)["dt"] = stopped
    moment = Words.moment

    def in_november(self: Words, at: str, now: dt.datetime | None = None) -> str:
        return moment(self, at, now or NOW)

    Words.moment = in_november  # type: ignore[method-assign]


def let_dialogs_stand() -> None:
    """Let a dialog that would wait for an answer stay on the screen until the next picture."""

    def stand(dialog: QDialog) -> int:
        vars(dialog)["deleteLater"] = lambda: None
        dialog.open()
        return QDialog.DialogCode.Rejected.value

    QDialog.exec = stand  # type: ignore[method-assign, assignment]


def make_world(folder: Path) -> None:
    """Make the files the pictures show: a campaign, a department's lists as they come, a second year, a practice."""
    _StoppedDatetime.moment = BEFORE
    services = bootstrap.Services(clock=StoppedClock(BEFORE), actor=CLERK)
    workshop = bootstrap.PracticeServices(clock=StoppedClock(BEFORE), actor=CLERK)
    from census_app.services import demonstrating  # noqa: PLC0415 - heavy, and only for this

    demonstrating.run_demo(
        folder / "demo", workshop, language="zh", tell=lambda _code, /, **_more: None, progress=None
    )
    store = services.create_workspace(folder / f"{NAME}.censusdb", NAME, CODE)
    for number, lists in enumerate(LISTS):
        _StoppedDatetime.moment = BEFORE + dt.timedelta(hours=7 * number)
        clock = StoppedClock(_StoppedDatetime.moment)
        plan = importing.plan_import(
            store, [resource("samples", "environment", lists)], clock=clock
        )
        importing.apply_import(store, plan, actor=CLERK, clock=clock)
        _StoppedDatetime.moment += dt.timedelta(hours=2)
        store.keeping.snapshot("exit")
    store.close()
    demo = folder / "demo" / "workspaces" / "environment.censusdb"
    begin_round(services, folder / "2018.censusdb", demo)
    services.make_practice(folder / "practice.censusdb", Progress()).close()
    _StoppedDatetime.moment = NOW
    (folder / "waiting").mkdir()
    waiting = services.open_workspace(
        Path(shutil.copy(demo, folder / "waiting" / f"{NAME}.censusdb"))
    )
    _change_and_submit(waiting)
    waiting.close()


def _change_and_submit(store: WorkspaceStore) -> None:
    """Change an answer, so that there is something to hand in, and put it to review."""
    clock = StoppedClock(NOW - dt.timedelta(hours=3))
    form_set = store.form_set
    form, _field = form_set.by_role("resource_name")
    record = next(iter(store.stream_records(form.id)))
    checking.set_everywhere(
        store, form.id, [record.id], {form.title: f"{record.values[form.title]}（2017年）"},
        actor=CLERK, clock=clock,
    )  # fmt: skip
    approving.submit_for_review(store, actor=CLERK, clock=StoppedClock(NOW - dt.timedelta(hours=2)))


class Stage:
    """One window at a time, of one language and theme.

    Args:
        app: With the program's fonts.
        world: Folder for what `make_world` makes, when a picture first asks for it.
        folder: For copies and settings; thrown away afterwards.
    """

    def __init__(
        self, app: QApplication, world: Path, folder: Path, language: str, name: ThemeName
    ) -> None:
        self.app, self.world, self.folder = app, world, folder
        self.services = bootstrap.Services(clock=StoppedClock(NOW), actor=CLERK)
        folder.mkdir(parents=True, exist_ok=True)
        preferences = Preferences(folder)
        preferences.language, preferences.theme = language, name
        self.preferences = preferences
        set_language(app, language)
        theme.apply(app, name, language)
        self.words = Words(language)
        self.desktop = Desktop(app, self.services, preferences)
        self._copies = 0

    # -- getting there ---------------------------------------------------------------------------------------------

    def copy(self, name: str) -> Path:
        """Return a copy of a file of the world, with what lies beside it, in a folder of its own."""
        if not self.world.exists():  # the start page needs nothing of it
            self.world.mkdir()
            make_world(self.world)
        source = self.world / name
        self._copies += 1
        target = self.folder / str(self._copies) / source.name
        target.parent.mkdir()
        for path in source.parent.glob(source.name + "*"):
            if path.is_dir():
                shutil.copytree(path, target.parent / path.name)
            else:
                shutil.copy(path, target.parent / path.name)
        return target

    def open(self, name: str, page: str = "") -> Any:
        """Open a copy of a file of the world and return its window, at a page."""
        self.desktop.open_file(self.copy(name))
        self.settle()
        window = self.window
        if page:
            window.guide.select(page)
            self.settle()
        return window

    @property
    def window(self) -> Any:
        """The window that is open."""
        return self.desktop.window

    def wait(self, milliseconds: int) -> None:
        """Let the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(self, so: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until something is so; a picture of something else would be wrong."""
        end = time.monotonic() + seconds
        while not so():
            if time.monotonic() > end:
                msg = "the window did not get there"
                raise TimeoutError(msg)
            self.wait(20)

    def settle(self) -> None:
        """Wait until nothing is under way for a quarter of a second."""
        window = self.window
        if isinstance(window, ShellWindow):
            window.resize(*SIZE)
        quiet = 0
        while quiet < 10:  # of 25 ms
            session = getattr(window, "session", None)
            check = getattr(session, "round", None)
            busy = getattr(getattr(window, "runner", None), "busy", False)
            busy = busy or getattr(check, "waiting", False)
            quiet = 0 if busy else quiet + 1
            self.wait(25)

    def later(self, call: Callable[[], object]) -> QWidget:
        """Call something that opens a dialog, and return the dialog."""
        call()
        self.settle()
        self.wait(200)
        return self.dialog

    @property
    def dialog(self) -> Any:
        """The dialog in front."""
        found = [
            w
            for w in QApplication.topLevelWidgets()
            if w is not self.desktop.window and _is_dialog(w)
        ]
        return found[-1] if found else None

    # -- the picture -----------------------------------------------------------------------------------------------

    def shot(self) -> QImage:
        """Return the window with what stands over it."""
        self.settle()
        base = self.desktop.window
        if base is None:
            msg = "no window is open"
            raise RuntimeError(msg)
        base.resize(*SIZE)
        self.wait(100)
        image = base.grab().toImage()
        painter = QPainter(image)
        for widget in QApplication.topLevelWidgets():
            if widget is base or not widget.isVisible():
                continue
            if _is_dialog(widget):
                _paint_dialog(painter, widget, image.rect())
            elif widget.windowType() in {Qt.WindowType.Popup, Qt.WindowType.Tool}:
                painter.drawPixmap(widget.pos() - base.mapToGlobal(QPoint()), widget.grab())
        painter.end()
        return image

    def clear(self) -> None:
        """Close every dialog and the window."""
        for widget in QApplication.topLevelWidgets():
            if widget is not self.desktop.window and widget.isVisible():
                widget.close()
        window, self.desktop.window = self.desktop.window, None
        if window is not None:
            window.close()
            window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _is_dialog(widget: QWidget) -> bool:
    kinds = {Qt.WindowType.Dialog, Qt.WindowType.Sheet, Qt.WindowType.Window}
    return widget.windowType() in kinds and widget.isVisible()


def _paint_dialog(painter: QPainter, dialog: QWidget, room: QRect) -> None:
    """Paint a dialog in the middle, with a title bar as a desktop gives it; what is behind is dimmed."""
    colours = theme.tokens()
    veil = QColor(0, 0, 0, 70)
    painter.fillRect(room, veil)
    frame = QRect(0, 0, dialog.width() + 2, dialog.height() + _TITLE_BAR + 2)
    frame.moveCenter(room.center())
    painter.fillRect(frame.translated(0, 4).adjusted(-3, 0, 3, 3), QColor(0, 0, 0, 40))
    painter.fillRect(frame, QColor(colours.surface_2))
    painter.setPen(QColor(colours.border_strong))
    painter.drawRect(frame.adjusted(0, 0, -1, -1))
    painter.setFont(theme.font(theme.TABLE_PX))
    painter.setPen(QColor(colours.text))
    bar = QRect(frame.left() + 13, frame.top(), frame.width() - 26, _TITLE_BAR)
    painter.drawText(bar, Qt.AlignmentFlag.AlignVCenter, dialog.windowTitle())
    painter.drawPixmap(frame.left() + 1, frame.top() + 1 + _TITLE_BAR, dialog.grab())


def write(image: QImage, path: Path) -> int:
    """Write a picture with few colours, which keeps it small; return its size in bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    full = Image.open(io.BytesIO(bytes(buffer.data().data()))).convert("RGB")
    few = _with_few_colours(full)
    path.parent.mkdir(parents=True, exist_ok=True)
    few.save(path, optimize=True)
    return path.stat().st_size


def _with_few_colours(full: Image.Image) -> Image.Image:
    """Return a picture with a palette in which the theme's colours are, however small their part of the picture."""
    width, height = full.size
    named = dataclasses.astuple(theme.tokens())
    longer = Image.new("RGB", (width, height + _STRIP * len(named)))
    longer.paste(full, (0, 0))
    for number, colour in enumerate(named):
        top = height + _STRIP * number
        longer.paste(QColor(colour).getRgb()[:3], (0, top, width, top + _STRIP))
    few = longer.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few.crop((0, 0, width, height))
