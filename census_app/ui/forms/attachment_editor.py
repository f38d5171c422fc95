"""Attached files of a field: name and size of each, opened or taken off; new ones are added from the disk."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.records import Unfit, Value
from census_app.formspec.attachments import (
    MOST_FILES,
    AttachedFile,
    attached_files,
    attachment_value,
    size_text,
)
from census_app.ui.forms.editor import EditorSetting, FieldEditor
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon


class AttachmentEditor(FieldEditor):
    """A line for each file and a button that adds some."""

    wide = True

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self._files: tuple[AttachedFile, ...] = ()
        self._read_only = False
        self._label = ""
        self._given = page.label("", "bad", wrap=True)
        self._given.hide()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.SPACE[0])
        self.add = page.button(
            setting.words("UI_ATTACH_ADD"), self.attach_wanted.emit, symbol=Icon.ADD
        )
        self.add.setToolTip(setting.words("UI_ATTACH_TIP", most=MOST_FILES))
        self.add.setVisible(setting.can_create)
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE[0])
        column.addLayout(self._lines)
        column.addWidget(self._given)
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        column.addLayout(foot)
        self.row.addLayout(column, 1)
        self.setFocusProxy(self.add)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        given = value.text if isinstance(value, Unfit) else ""
        files: tuple[AttachedFile, ...] = ()
        try:
            files = () if isinstance(value, Unfit) else attached_files(value)
        except ValueError:
            given = str(value)
        self._given.setText(self.words("UI_GIVEN", text=given) if given else "")
        self._given.setVisible(bool(given))
        self.add.setEnabled(len(files) < MOST_FILES)
        if files != self._files:
            self._files = files
            self._show_lines()

    @override
    def set_look(self, look: str) -> None:
        del look  # the sentence below says it

    @override
    def set_read_only(self, note: str) -> None:
        del note
        self._read_only = True
        self.add.hide()
        self._show_lines()

    @override
    def name_for_reader(self, label: str, description: str) -> None:
        self._label = label
        self.add.setAccessibleName(f"{label}: {self.add.text()}")
        self.add.setAccessibleDescription(description)

    def _show_lines(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for number, file in enumerate(self._files):
            self._lines.addWidget(self._line(number, file))

    def _line(self, number: int, file: AttachedFile) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE[1])
        row.addWidget(page.symbol_label(Icon.DOCUMENT, theme.tokens().text_2))
        name = page.label(file.name)
        name.setToolTip(f"{file.name}\nSHA-256 {file.sha256}")
        row.addWidget(name)
        row.addWidget(page.label(size_text(file.size), "hint"))
        acts = [("UI_ATTACH_OPEN", self._on_open)]
        if not self._read_only:
            acts.append(("UI_ATTACH_REMOVE", self._on_remove))
        for code, clicked in acts:
            button = page.button(self.words(code), clicked, "small")
            button.setProperty("file", number)
            button.setAccessibleName(f"{button.text()} {file.name}")
            row.addWidget(button)
        row.addStretch(1)
        return line

    def _sent_from(self) -> AttachedFile:
        sender = self.sender()
        return self._files[int(sender.property("file"))] if sender is not None else self._files[0]

    def _on_open(self) -> None:
        self.open_wanted.emit(self._sent_from())

    def _on_remove(self) -> None:
        gone = self._sent_from()
        self.value_committed.emit(attachment_value(f for f in self._files if f != gone))
