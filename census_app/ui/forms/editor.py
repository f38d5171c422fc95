"""What every editor of a field does, and the registry that names one for each field type.

An editor shows a value and tells what the person typed (a text) or chose (a value). It does not know services: the
form view passes both on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.records import Value
from census_app.errors import BugError
from census_app.formspec.model import Field
from census_app.formspec.types import Context
from census_app.ui.shell.translation import Words

IDLE_COMMIT_MS: Final = 1000
"""A second after the last key the text is written (DESIGN §2 idea 3)."""


@dataclass(frozen=True, slots=True)
class EditorSetting:
    """What an editor is made from.

    Attributes:
        can_create: Whether somebody makes the record that `create_wanted` asks for.
    """

    field: Field
    context: Context
    words: Words
    can_create: bool = False


class FieldEditor(QWidget):
    """Base of all editors.

    Signals:
        text_committed: What was typed, to be parsed where it is written.
        value_committed: What was chosen: a value, or None to empty the field.
        create_wanted: The name of a record that shall be made and referred to.
        record_wanted: The id of a record the field refers to, which shall be shown.
        attach_wanted: Files shall be added.
        open_wanted: The attached file that shall be opened.
    """

    text_committed = Signal(str)
    value_committed = Signal(object)
    create_wanted = Signal(str)
    record_wanted = Signal(str)
    attach_wanted = Signal()
    open_wanted = Signal(object)
    wide = False
    """Whether it takes the whole width of the page."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__()
        self.field = setting.field
        self.context = setting.context
        self.words = setting.words
        self.can_create = setting.can_create
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)

    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        """Show a value.

        Args:
            rewrite: Also replace the text a person is typing at this moment: it was changed from elsewhere.
        """
        raise NotImplementedError

    def show_context(self, context: Context) -> None:
        """Take the record's other answers, on which a dependent list hangs."""
        self.context = context

    def set_look(self, look: str) -> None:
        """Show the weight of the field's problem: `bad`, `warn` or empty."""
        raise NotImplementedError

    def set_read_only(self, note: str) -> None:
        """Let the person read and copy only; `note` stands in an empty field."""
        raise NotImplementedError

    def name_for_reader(self, label: str, description: str) -> None:
        """Tell screen readers the field's label and its problem or hint."""
        target = self.focusProxy() or self
        target.setAccessibleName(label)
        target.setAccessibleDescription(description)

    @property
    def dirty(self) -> bool:
        """Whether something was typed that is not committed yet."""
        return False

    def flush(self) -> None:
        """Commit what was typed and not yet committed."""


def composing() -> bool:
    """Say whether an input method is in the middle of a word in the control that has the cursor."""
    return bool(getattr(QApplication.focusWidget(), "composing", False))


def end_composing() -> None:
    """Let the input method write the word it is composing, because the person turns to something else."""
    if composing():
        QGuiApplication.inputMethod().commit()


def drop_composing() -> None:
    """Take back a word that is still being composed, because its field shows another record from now on."""
    widget = QApplication.focusWidget()
    if widget is not None and composing():
        QGuiApplication.inputMethod().reset()
        QApplication.sendEvent(widget, QInputMethodEvent())


class IdleCommit:
    """Commits typed text one second after the last key, but never while an input method composes.

    Args:
        owner: Parent of the timer.
        read: Returns the text in the input.
        composing: Whether an input method is in the middle of a word.
        commit: Takes the text.
    """

    def __init__(
        self,
        owner: QWidget,
        read: Callable[[], str],
        composing: Callable[[], bool],
        commit: Callable[[str], None],
    ) -> None:
        self._read = read
        self._composing = composing
        self._commit = commit
        self._timer = QTimer(owner, singleShot=True, interval=IDLE_COMMIT_MS)
        self._timer.timeout.connect(self._on_idle)
        self.committed = ""

    @property
    def dirty(self) -> bool:
        """Whether the text differs from what was committed or shown last."""
        return self._read() != self.committed

    def touched(self) -> None:
        """Note a key."""
        self._timer.start()

    def flush(self) -> None:
        """Commit now when there is something to commit."""
        self._timer.stop()
        if self.dirty:
            self.committed = self._read()
            self._commit(self.committed)

    def shown(self, text: str) -> None:
        """Note that a text was put into the input from outside."""
        self._timer.stop()
        self.committed = text

    def _on_idle(self) -> None:
        if self._composing():
            self._timer.start()
        else:
            self.flush()


class QuietCombo(QComboBox):
    """A combo box whose answer the wheel never changes; the page scrolls instead."""

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


EditorMaker = Callable[[EditorSetting], FieldEditor]
_MAKERS: dict[str, EditorMaker] = {}


def register(maker: EditorMaker, *names: str) -> None:
    """Name the editor of some field types; naming one twice is a mistake of ours.

    Raises:
        BugError: `EDITOR_TWICE`.
    """
    for name in names:
        if name in _MAKERS:
            raise BugError("EDITOR_TWICE", type=name)
        _MAKERS[name] = maker


def registered_types() -> frozenset[str]:
    """Return the names of the field types that have an editor."""
    return frozenset(_MAKERS)


def make_editor(setting: EditorSetting) -> FieldEditor:
    """Return a new editor for a field."""
    return _MAKERS[setting.field.type](setting)
