"""Where to discover: a database file, a server, a script, a data dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.database_urls import (
    PORTS,
    DatabaseUrl,
    Product,
    is_database_url,
    read_database_url,
)
from census_app.domain.schemas import SchemaRequest
from census_app.errors import CensusError
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.drop import DropArea
from census_app.ui.shell.translation import Words

FILE, SERVER, SCRIPT, DICTIONARY = range(4)
_WAYS: Final = ("FILE", "SERVER", "SCRIPT", "DICTIONARY")
_SUFFIXES: Final = {
    FILE: (".db", ".sqlite", ".sqlite3", ".db3", ".s3db"),
    SCRIPT: (".sql", ".ddl", ".txt"),
    DICTIONARY: (".xlsx", ".xls", ".csv"),
}
_DIALECTS: Final = ("", "mysql", "oracle", "tsql", "postgres", "dameng", "kingbase", "sqlite")
_SERVERS: Final = (
    Product.MYSQL,
    Product.ORACLE,
    Product.SQLSERVER,
    Product.POSTGRESQL,
    Product.DAMENG,
    Product.KINGBASE,
)


class SourcePage(QWidget):
    """Asks where; nothing of it is remembered, least of all a password.

    Signals:
        asked: A `SchemaRequest` to be read.
        changed: Something was filled in or another way chosen.
        refused: Names of files that are not taken.
    """

    asked = Signal(object)
    changed = Signal()
    refused = Signal(object)

    def __init__(self, words: Words, folder: str) -> None:
        super().__init__()
        self._words = words
        self.ways = QButtonGroup(self)
        self.drops: dict[int, DropArea] = {}
        self.dialect = QuietCombo()
        self.product = QuietCombo()
        self.host, self.port, self.database = QLineEdit(), QLineEdit(), QLineEdit()
        self.user, self.password = QLineEdit(), QLineEdit()
        self.counts = {FILE: QCheckBox(), SERVER: QCheckBox()}
        self._options: tuple[tuple[str, str], ...] = ()
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._ways_row())
        column.addWidget(self._stack, 1)
        for way in range(len(_WAYS)):
            self._stack.addWidget(self._server() if way == SERVER else self._files(way, folder))
        self.ways.idToggled.connect(self._on_way)

    # -- building --------------------------------------------------------------------------------------------------

    def _ways_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(24)
        for number, way in enumerate(_WAYS):
            radio = QRadioButton(self._words(f"DI_WAY_{way}"))
            radio.setToolTip(self._words(f"DI_WAY_{way}_TIP"))
            radio.setChecked(not number)
            self.ways.addButton(radio, number)
            row.addWidget(radio)
        row.addStretch(1)
        return row

    def _files(self, way: int, folder: str) -> QWidget:
        words, name = self._words, _WAYS[way]
        holder, column = _column()
        drop = DropArea(words, words(f"DI_DROP_{name}"), _SUFFIXES[way], words(f"DI_WAY_{name}"))
        drop.choose.setAccessibleName(words(f"DI_CHOOSE_{name}"))
        drop.folder = folder
        drop.files_chosen.connect(self._on_files)
        drop.others_dropped.connect(self.refused)
        self.drops[way] = drop
        if way == SCRIPT:
            row = QHBoxLayout()
            for dialect in _DIALECTS:
                self.dialect.addItem(words(f"DI_DIALECT_{dialect or 'any'}"), dialect)
            add_row(row, words("DI_DIALECT"), self.dialect)
            row.addStretch(2)
            row.setStretch(0, 1)
            column.addLayout(row)
        column.addWidget(drop, 1)
        if way in self.counts:
            column.addWidget(self._count_box(way))
        return holder

    def _count_box(self, way: int) -> QCheckBox:
        box = self.counts[way]
        box.setText(self._words("DI_COUNT"))
        box.setToolTip(self._words("DI_COUNT_TIP"))
        return box

    def _server(self) -> QWidget:
        words = self._words
        holder, column = _column()
        for product in _SERVERS:
            self.product.addItem(words(f"DI_PRODUCT_{product.value}"), product.value)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.port.setValidator(QIntValidator(1, 65535, self))
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        add_row(first, words("DI_PRODUCT"), self.product)
        add_row(first, words("CS_HOST"), self.host, required=True)
        add_row(first, words("CS_PORT"), self.port)
        add_row(
            second,
            words("DI_DATABASE"),
            self.database,
            hint=words("DI_DATABASE_HINT"),
            required=True,
        )
        add_row(third, words("CS_USER"), self.user)
        add_row(third, words("CS_PASSWORD"), self.password)
        for row, stretches in ((first, (2, 4, 1)), (second, (1,)), (third, (1, 1))):
            row.setSpacing(16)
            for place, stretch in enumerate(stretches):
                row.setStretch(place, stretch)
            column.addLayout(row)
        column.addWidget(page.label(words("DI_PASSWORD_HINT"), "hint", wrap=True))
        column.addWidget(self._count_box(SERVER))
        column.addStretch(1)
        self.product.currentIndexChanged.connect(self._show_port)
        self.host.textChanged.connect(self._on_host)
        for edit in (self.port, self.database, self.user, self.password):
            edit.textChanged.connect(lambda _text: self.changed.emit())
        self._show_port()
        return holder

    def _show_port(self) -> None:
        self.port.setPlaceholderText(str(PORTS[Product(self.product.currentData())]))

    # -- what is filled in -----------------------------------------------------------------------------------------

    @property
    def way(self) -> int:
        """Which way is chosen."""
        return self.ways.checkedId()

    @property
    def ready(self) -> bool:
        """Whether a server can be asked with what is filled in; files are read when they are chosen."""
        return self.way == SERVER and bool(
            self.host.text().strip() and self.database.text().strip()
        )

    @property
    def folder(self) -> str:
        """Where files were chosen last."""
        drop = self.drops.get(self.way)
        return drop.folder if drop is not None else ""

    def ask_server(self) -> None:
        """Ask for the schema of the server that is filled in."""
        product = Product(self.product.currentData())
        url = DatabaseUrl(
            product, self.host.text().strip(), self.database.text().strip(), self.user.text().strip(),
            self.password.text(), int(self.port.text() or 0), self._options,
        )  # fmt: skip
        self.asked.emit(SchemaRequest(place=url, count=self.counts[SERVER].isChecked()))

    def take_file(self, path: Path) -> None:
        """Ask for what a file of the chosen way says."""
        if self.way == FILE:
            request = SchemaRequest(place=path, count=self.counts[FILE].isChecked())
        elif self.way == SCRIPT:
            request = SchemaRequest(script=path, dialect=str(self.dialect.currentData()))
        else:
            request = SchemaRequest(dictionary=path)
        self.asked.emit(request)

    def _on_files(self, paths: Sequence[Path]) -> None:
        self.take_file(paths[0])

    def _on_host(self, text: str) -> None:
        """Take a whole URL apart when somebody pastes one."""
        if is_database_url(text):
            try:
                url = read_database_url(text)
            except CensusError:
                return
            self.product.setCurrentIndex(max(0, self.product.findData(url.product.value)))
            self._options = url.options
            pairs = (
                (self.host, url.host), (self.database, url.database), (self.user, url.user),
                (self.password, url.password), (self.port, str(url.port or "")),
            )  # fmt: skip
            for edit, value in pairs:
                edit.setText(value)
        self.changed.emit()

    def _on_way(self, number: int, checked: bool) -> None:  # as the signal gives it
        if checked:
            self._stack.setCurrentIndex(number)
            self.changed.emit()


def _column() -> tuple[QWidget, QVBoxLayout]:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    return holder, column
