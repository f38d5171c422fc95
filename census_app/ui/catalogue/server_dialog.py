"""Name a server, and open the catalogue there: where it is, who one is there, and whatever it says to that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.addresses import ServerAddress, ServerParts, is_address, parts_of
from census_app.errors import CensusError
from census_app.services.connecting import address_in_file
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress
from census_app.ui.catalogue.act_dialog import ActDialog, ways_row
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import URL_FILE
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words

FILLED_IN, IN_FILE = range(2)
ENCRYPTION: Final = ("prefer", "require", "verify-full")
SSLMODE: Final = "sslmode"
PORT: Final = "5432"


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """A server as this window reaches it, and how that is remembered: without a password.

    Attributes:
        place: As `shell.recent.RecentFile.place`.
    """

    address: ServerAddress
    place: str


class AddressDialog(ActDialog):
    """Asks where a database is; nothing is connected yet.

    Args:
        place: A place remembered before, or empty.

    Signals:
        chosen: `ServerPlace`.
    """

    chosen = Signal(object)
    codes = ("CS_PLACE_TITLE", "CS_PLACE_LEAD", "CS_PLACE_VERB")
    """Of title, sentence below it, and verb."""

    def __init__(self, words: Words, place: str, parent: QWidget | None) -> None:
        super().__init__(words, words(self.codes[0]), parent, 600)
        self._options: tuple[tuple[str, str], ...] = ()
        self.ways = QButtonGroup(self)
        self.host, self.port = QLineEdit(), QLineEdit(PORT)
        self.database, self.user, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.encryption = QuietCombo()
        self.file = PathField(words, words("CS_URL_FILE"), words("CS_URL_FILE_KINDS"))
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._fill(place)
        self.finish(words(self.codes[2]), Icon.LINK)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self.words
        self.column.addWidget(page.label(words(self.codes[1]), "hint", wrap=True))
        labels = [words(code) for code in ("CS_WAY_FIELDS", "CS_WAY_FILE")]
        self.column.addLayout(ways_row(self.ways, labels))
        self._stack.addWidget(self._fields())
        self._stack.addWidget(self._file())
        self.column.addWidget(self._stack)
        self.column.addStretch(1)

    def _fields(self) -> QWidget:
        words = self.words
        holder, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        holder.setLayout(column)
        self.port.setValidator(QIntValidator(1, 65535, self))
        for mode in ENCRYPTION:
            self.encryption.addItem(words(f"CS_TLS_{mode.replace('-', '_')}"), mode)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        where, who = QHBoxLayout(), QHBoxLayout()
        for line in (where, who):
            line.setSpacing(16)
        add_row(where, words("CS_HOST"), self.host, required=True)
        add_row(where, words("CS_PORT"), self.port)
        where.setStretch(0, 3)
        where.setStretch(1, 1)
        column.addLayout(where)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        add_row(middle, words("CS_DATABASE"), self.database, required=True)
        add_row(middle, words("CS_TLS"), self.encryption)
        column.addLayout(middle)
        add_row(who, words("CS_USER"), self.user)
        add_row(who, words("CS_PASSWORD"), self.password)
        for line in (middle, who):
            line.setStretch(0, 1)
            line.setStretch(1, 1)
        column.addLayout(who)
        column.addWidget(page.label(words("CS_PASSWORD_HINT"), "hint", wrap=True))
        column.addStretch(1)
        return holder

    def _file(self) -> QWidget:
        holder, column = QWidget(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(column)
        self.file.add_to(column, self.words("CS_URL_FILE_HINT"), required=True)
        column.addStretch(1)
        return holder

    def _connect(self) -> None:
        self.ways.idToggled.connect(self._on_way)
        self.host.textChanged.connect(self._on_host)
        self.file.changed.connect(self.update_ready)
        for edit in (self.port, self.database, self.user, self.password):
            edit.textChanged.connect(self.update_ready)

    def _fill(self, place: str) -> None:
        """Fill in what is known of a place; the cursor goes to what is missing."""
        if place.startswith(URL_FILE):
            self.ways.button(IN_FILE).setChecked(True)
            self.file.edit.setText(place.removeprefix(URL_FILE))
            return
        if is_address(place):
            self._take(parts_of(place))
            self.password.setFocus()
        else:
            self.host.setFocus()

    def _take(self, parts: ServerParts) -> None:
        self.host.setText(parts.host)
        self.port.setText(parts.port or PORT)
        self.database.setText(parts.database)
        self.user.setText(parts.user)
        if parts.password:
            self.password.setText(parts.password)
        modes = dict(parts.options)
        self.encryption.setCurrentIndex(
            max(0, self.encryption.findData(modes.get(SSLMODE, ENCRYPTION[0])))
        )
        self._options = tuple((k, v) for k, v in parts.options if k != SSLMODE)

    # -- filling in ------------------------------------------------------------------------------------------------

    def _on_way(self, number: int, checked: bool) -> None:  # as the signal gives it
        if checked:
            self._stack.setCurrentIndex(number)
            self.update_ready()

    def _on_host(self, text: str) -> None:
        """Take a whole URL apart when somebody pastes one."""
        if is_address(text):
            try:
                parts = parts_of(text)
            except CensusError:
                return
            self._take(parts)
        self.update_ready()

    @property
    def parts(self) -> ServerParts:
        """The address that is filled in."""
        port = self.port.text().strip()
        mode = str(self.encryption.currentData())
        tls = ((SSLMODE, mode),) if mode != ENCRYPTION[0] else ()
        return ServerParts(
            host=self.host.text().strip(),
            database=self.database.text().strip(),
            user=self.user.text().strip(),
            password=self.password.text(),
            port="" if port == PORT else port,
            options=(*tls, *self._options),
        )

    @override
    def ready(self) -> bool:
        if self.ways.checkedId() == IN_FILE:
            return self.file.path is not None
        local = any(name == "host" for name, _ in self._options)
        return bool((self.host.text().strip() or local) and self.database.text().strip())

    def where(self) -> ServerPlace | None:
        """Return the place that is named, or tell what is wrong with it and return None."""
        path = self.file.path
        try:
            if self.ways.checkedId() == IN_FILE and path is not None:
                return ServerPlace(address_in_file(path), f"{URL_FILE}{path}")
            return ServerPlace(self.parts.address(), self.parts.text())
        except CensusError as error:
            self.fail(error)
            return None

    @override
    def act(self) -> None:
        where = self.where()
        if where is not None:
            self.password.clear()
            self.accept()
            self.chosen.emit(where)


class ServerDialog(AddressDialog):
    """Asks where the catalogue is and connects; whatever goes wrong is told here, and nothing typed is lost.

    Args:
        opening: Opens a catalogue; runs on another thread.
        place: A place remembered before, or empty.

    Signals:
        opened: `ServerPlace`, the open `CatalogueStore`, and the name of the body it belongs to.
    """

    opened = Signal(object, object, str)
    codes = ("CS_TITLE", "CS_LEAD", "CS_CONNECT")

    def __init__(
        self,
        opening: Callable[[ServerAddress], CatalogueStore],
        words: Words,
        place: str,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, place, parent)
        self._opening = opening
        self._over = False
        self.runner = TaskRunner(self.fail, parent=self)

    def begin(self) -> None:
        """Connect at once with what is remembered."""
        self._on_verb()

    @override
    def act(self) -> None:
        where = self.where()
        if where is None:
            return
        self.verb.setText(self.words("CS_CONNECTING"))
        opening = self._opening

        def work(_progress: Progress) -> tuple[CatalogueStore, str]:
            store = opening(where.address)
            return store, store.facts().name

        def done(made: tuple[CatalogueStore, str]) -> None:
            self._on_opened(where, *made)

        task = self.runner.on_reading(work, self, done, self._on_failed)
        task.ended.connect(self._on_ended)

    def _on_failed(self, error: Exception) -> None:
        self.verb.setText(self.words("CS_CONNECT"))
        if not self._over:
            self.fail(error)
            if isinstance(error, CensusError) and self.ways.checkedId() == FILLED_IN:
                self.password.setFocus()

    def _on_opened(self, where: ServerPlace, store: CatalogueStore, name: str) -> None:
        if self._over:  # nobody waits for it any more
            self.runner.on_reading(lambda _p: store.close(), self)
            return
        self.password.clear()
        self.accept()
        self.opened.emit(where, store, name)

    def _on_ended(self, _task: Task) -> None:
        if self._over:
            self._leave()

    def _leave(self) -> None:
        self.runner.close()
        self.deleteLater()

    @override
    def done(self, result: int) -> None:
        """Go at once; a connection that is still being made is closed when it comes."""
        self._over = True
        super().done(result)
        if not self.runner.busy:
            self._leave()
