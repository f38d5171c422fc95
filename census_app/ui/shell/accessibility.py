"""Names for everything a person can reach by keyboard, and the check that nothing lacks one (house style §7.8)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLayout,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)

from census_app.ui.shell import theme


def add_row(
    layout: QLayout, label: str, widget: QWidget, *, hint: str = "", required: bool = False
) -> QLabel:
    """Add a labelled input: label above, input, hint below; names the input and ties the label to it.

    Every row of every dialog and page is built here, so that none lacks a name.
    """
    box = QVBoxLayout()
    box.setSpacing(4)
    caption = QLabel(plain_caption(f"* {label}" if required else label))
    theme.set_look(caption, "label")
    caption.setBuddy(widget)
    box.addWidget(caption)
    box.addWidget(widget)
    widget.setAccessibleName(label)
    if hint:
        below = QLabel(hint)
        below.setWordWrap(True)
        theme.set_look(below, "hint")
        box.addWidget(below)
        widget.setAccessibleDescription(hint)
    holder = QWidget()
    holder.setLayout(box)
    box.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(holder)
    return caption


def plain_caption(text: str) -> str:
    """Return a text for a caption with a buddy, in which Qt would take `&` for the mark of a key ("O&M")."""
    return text.replace("&", "&&")


def nameless_controls(window: QWidget) -> list[str]:
    """Return class and object names of the controls a keyboard reaches that tell no name to a screen reader."""
    nameless = []
    for widget in [window, *window.findChildren(QWidget)]:
        if not _reachable(widget):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name) if interface is not None else ""
        if not name.strip():
            nameless.append(f"{type(widget).__name__}({widget.objectName()})")
    return nameless


def _reachable(widget: QWidget) -> bool:
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or isinstance(widget, QScrollBar):
        return False
    if _inside_combo(widget):  # the list of a combo box is a part of it
        return False
    if widget.isHidden() and not widget.isWindow():
        return False  # put away by itself; what stands on a page that is not shown is looked at all the same
    if widget.objectName().startswith("qt_"):  # inner parts of Qt's own composite widgets
        return False
    if isinstance(widget, QAbstractScrollArea) and type(widget).__name__ == "QScrollArea":
        return False
    return widget.focusProxy() is None


def _inside_combo(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QComboBox):
        above = above.parentWidget()
    return above is not None
