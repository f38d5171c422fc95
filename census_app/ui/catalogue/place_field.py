"""Where a catalogue shall lie: in a file of this computer, or in a database on a server."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from census_app.domain.addresses import Target
from census_app.ui.catalogue.act_dialog import ways_row
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.server_dialog import AddressDialog, ServerPlace
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SUFFIX: Final = ".censusdb"
FILE, SERVER = range(2)


class PlaceField(QWidget):
    """A choice between a new file and an empty database, each with what names it.

    Attributes:
        server: The database that was named, once one was.

    Signals:
        changed: What is chosen.
    """

    changed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.ways = QButtonGroup(self)
        self.file = PathField(words, words("UI_FILE_PLACE"), f"Census (*{SUFFIX})", new=True)
        self.server: ServerPlace | None = None
        self.dialog: AddressDialog | None = None
        self._named = page.label(words("CS_PLACE_NONE"), "text2", wrap=True, selectable=True)
        self.ask = page.button(words("CS_PLACE_ASK"), self.ask_server, symbol=Icon.LINK)
        self._stack = QStackedWidget()
        self._build()

    def _build(self) -> None:
        words = self._words
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._named, 1)
        row.addWidget(self.ask)
        server = QWidget()
        server.setLayout(row)
        self.file.edit.setAccessibleName(words("UI_FILE_PLACE"))
        self._stack.addWidget(self.file)
        self._stack.addWidget(server)
        self._stack.setFixedHeight(self.file.sizeHint().height())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        labels = [words(code) for code in ("CS_PLACE_FILE", "CS_PLACE_SERVER")]
        column.addLayout(ways_row(self.ways, labels))
        column.addWidget(self._stack)
        self.ways.idToggled.connect(self._on_way)
        self.file.changed.connect(self.changed)

    @property
    def target(self) -> Target | None:
        """Where it shall lie, or None as long as nothing is named; a file without its ending gets one."""
        if self.ways.checkedId() == SERVER:
            return self.server.address if self.server is not None else None
        path = self.file.path
        if path is None:
            return None
        return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)

    @property
    def chosen_server(self) -> ServerPlace | None:
        """The server, where it is one."""
        return self.server if self.ways.checkedId() == SERVER else None

    def suggest(self, path: Path) -> None:
        """Fill in a file."""
        self.file.edit.setText(str(path))

    def ask_server(self) -> None:
        """Ask for the address of the database."""
        place = self.server.place if self.server is not None else ""
        dialog = AddressDialog(self._words, place, self.window())
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _on_way(self, number: int, checked: bool) -> None:  # as the signal gives it
        if checked:
            self._stack.setCurrentIndex(number)
            self.changed.emit()

    def _on_chosen(self, where: ServerPlace) -> None:
        self.server, self.dialog = where, None
        self._named.setText(str(where.address))
        self.changed.emit()
