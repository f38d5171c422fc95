"""Several answers out of a short list: all entries stand open on the page, each with a box to tick."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.records import Unfit, Value
from census_app.ui.forms.editor import EditorSetting, FieldEditor
from census_app.ui.forms.flow import FlowLayout
from census_app.ui.forms.options import chosen_values, options_of
from census_app.ui.shell import page, theme


class ChecklistEditor(FieldEditor):
    """A box for each entry, side by side as far as there is room."""

    wide = True

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        holder = QWidget()
        flow = FlowLayout(theme.SPACE[4], theme.SPACE[1])
        self.boxes: dict[str, QCheckBox] = {}
        for option in options_of(setting.field, setting.context):
            box = QCheckBox(option.label.replace("&", "&&"))
            box.setMinimumHeight(theme.COMPACT_ROW_HEIGHT)
            box.clicked.connect(self._on_clicked)
            flow.addWidget(box)
            self.boxes[option.value] = box
        holder.setLayout(flow)
        self._unfit = page.label("", "bad", wrap=True)
        self._unfit.hide()
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE[0])
        column.addWidget(holder)
        column.addWidget(self._unfit)
        self.row.addLayout(column, 1)
        first = next(iter(self.boxes.values()), None)
        if first is not None:
            self.setFocusProxy(first)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        given = value.text if isinstance(value, Unfit) else ""
        chosen = () if isinstance(value, Unfit) else chosen_values(value)
        for code, box in self.boxes.items():
            box.setChecked(code in chosen)
        self._unfit.setText(self.words("UI_GIVEN", text=given) if given else "")
        self._unfit.setVisible(bool(given))

    @override
    def set_look(self, look: str) -> None:
        del look  # the sentence below says it; a row of boxes in red would shout

    @override
    def set_read_only(self, note: str) -> None:
        del note
        for box in self.boxes.values():
            box.setEnabled(False)

    @override
    def name_for_reader(self, label: str, description: str) -> None:
        for box in self.boxes.values():
            box.setAccessibleName(f"{label}: {box.text()}")
            box.setAccessibleDescription(description)

    def _on_clicked(self) -> None:
        ticked = (code for code, box in self.boxes.items() if box.isChecked())
        values = self.context.choices.in_list_order(self.field.choices, ticked)
        self.value_committed.emit(values or None)
