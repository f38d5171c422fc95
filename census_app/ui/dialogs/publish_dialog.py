"""Give out what is open in a format for others: which one, what of it, where to; then what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from census_app.errors import CensusError
from census_app.services.progress import Cancelled, Progress
from census_app.services.publishing import (
    Published,
    PublishFormat,
    PublishOptions,
    formats_of,
    publish_as,
)
from census_app.settings.files import safe_file_name
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FOLDER: Final = "publish_folder"
PLATFORM: Final = "publish_platform"
Ask = Callable[..., Any]
"""`ask` of a session: work on the database thread, its owner, done, failed, title."""


@dataclass(frozen=True, slots=True)
class PublishSetting:
    """What the dialog is opened over.

    Attributes:
        store: The open catalogue or department's file; used on the database thread only.
        name: Of the catalogue or department, for the names of files.
        departments: Code and name of those one may choose from; empty in a department's file.
    """

    store: Any
    ask: Ask
    name: str
    departments: tuple[tuple[str, str], ...] = ()


class PublishDialog(MessageDialog):
    """One format at a time; what it does not heed is not shown."""

    def __init__(
        self,
        setting: PublishSetting,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words("PUBLISH_TITLE"), parent, width=600)
        self._setting, self._words, self._preferences = setting, words, preferences
        self._formats = formats_of(setting.store)
        self._proposed = ""
        self._rows: dict[str, QWidget] = {}
        self.written: Published | None = None
        self.add_heading(words("PUBLISH_TITLE"), Icon.EXPORT, theme.tokens().accent)
        self.format = QuietCombo()
        for each in self._formats:
            self.format.addItem(words(f"PUBLISH_{each.id.upper()}"), each.id)
        accessibility.add_row(self.column, words("PUBLISH_WHICH"), self.format)
        self._tip = page.label("", "hint", wrap=True)
        self.column.addWidget(self._tip)
        self._build_options()
        self._build_target()
        self._said = page.label("", wrap=True, selectable=True)
        self._said.hide()
        self.column.addWidget(self._said)
        self.column.addStretch(1)
        self._build_buttons()
        self.format.currentIndexChanged.connect(self._on_format)
        self._on_format()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _build_options(self) -> None:
        words = self._words
        self.scope = QuietCombo()
        self.scope.addItem(words("PUBLISH_SCOPE_OPEN"), False)
        self.scope.addItem(words("PUBLISH_SCOPE_INTERNAL"), True)
        self._add("internal", words("PUBLISH_SCOPE"), self.scope)
        self.department = QuietCombo()
        self.department.addItem(words("PUBLISH_ALL"), "")
        for code, name in self._setting.departments:
            self.department.addItem(name, code)
        self._add("department", words("PUBLISH_DEPARTMENT"), self.department)
        self.published = QCheckBox(words("PUBLISH_ONLY_PUBLISHED"))
        self._add("published", "", self.published)
        self.platform = QLineEdit(self._preferences.text(PLATFORM))
        self.platform.setPlaceholderText("https://")
        self._add("platform", words("PUBLISH_ADDRESS"), self.platform, words("PUBLISH_ADDRESS_TIP"))
        self.ids = QCheckBox(words("PUBLISH_WITH_IDS"))
        self._add("ids", "", self.ids)

    def _add(self, option: str, label: str, widget: QWidget, hint: str = "") -> None:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        if label:
            accessibility.add_row(column, label, widget, hint=hint)
        else:
            column.addWidget(widget)
        self.column.addWidget(holder)
        self._rows[option] = holder

    def _build_target(self) -> None:
        words = self._words
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.target = QLineEdit()
        self.target.setAccessibleName(words("UI_FOLDER"))
        self.target.textChanged.connect(self._update)
        browse = page.button(words("CAT_BROWSE"), self._on_browse, symbol=Icon.FOLDER)
        browse.setAccessibleName(words("CAT_BROWSE_FOR", what=words("UI_FOLDER")))
        row.addWidget(self.target, 1)
        row.addWidget(browse)
        holder.setFocusProxy(self.target)
        accessibility.add_row(self.column, words("UI_FOLDER"), holder)

    def _build_buttons(self) -> None:
        words = self._words
        self._folder = page.button(
            words("UI_OPEN_FOLDER"), self._on_open_folder, symbol=Icon.FOLDER
        )
        self._folder.setEnabled(False)
        self.buttons.addWidget(self._folder)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CLOSE"), self.reject))
        self.do = page.button(words("PUBLISH_DO"), self._on_do, "primary", Icon.EXPORT)
        self.buttons.addWidget(self.do)
        self.finish()

    # -- choosing --------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> PublishFormat:
        """The chosen format."""
        return self._formats[max(self.format.currentIndex(), 0)]

    def options(self) -> PublishOptions:
        """Return what was chosen, as far as the format heeds it."""
        heeded = self.chosen.options
        several = bool(self._setting.departments)
        return PublishOptions(
            language=self._words.language,
            department=self.department.currentData() if several and "department" in heeded else "",
            ids="ids" in heeded and self.ids.isChecked(),
            internal="internal" in heeded and bool(self.scope.currentData()),
            published=several and "published" in heeded and self.published.isChecked(),
            platform=self.platform.text().strip() if "platform" in heeded else "",
        )

    def _on_format(self) -> None:
        chosen = self.chosen
        self._tip.setText(self._words(f"PUBLISH_{chosen.id.upper()}_TIP"))
        for option, row in self._rows.items():
            of_catalogue = option in {"department", "published"}
            shown = option in chosen.options and (
                bool(self._setting.departments) or not of_catalogue
            )
            row.setVisible(shown)
        if self.target.text() == self._proposed:
            self._propose()
        self._said.hide()
        self._update()
        QTimer.singleShot(0, self, self._be_no_higher)

    def _be_no_higher(self) -> None:
        """Give back the room of what this format does not ask; a dialog grows by itself and never shrinks."""
        self.column.activate()
        self.resize(self.width(), self.minimumHeight())

    def _propose(self) -> None:
        chosen = self.chosen
        label = self._words(f"PUBLISH_{chosen.id.upper()}")
        suffix = chosen.suffixes[0] if chosen.suffixes else ""
        folder = self._preferences.text(FOLDER) or str(Path.home())
        name = safe_file_name(f"{self._setting.name}-{label}") + suffix
        self._proposed = str(Path(folder) / name)
        self.target.setText(self._proposed)
        self.target.setCursorPosition(0)

    def _on_browse(self) -> None:
        words, chosen = self._words, self.chosen
        if chosen.goes == "folder":
            above = QFileDialog.getExistingDirectory(
                self, words("UI_CHOOSE_FOLDER"), self.target.text()
            )
            # The files go into a folder of their own: what is chosen is where that lies.
            name = str(Path(above) / Path(self.target.text()).name) if above else ""
        else:
            label = words(f"PUBLISH_{chosen.id.upper()}")
            kinds = ";;".join(f"{label} (*{suffix})" for suffix in chosen.suffixes)
            name, _kind = QFileDialog.getSaveFileName(
                self, words("UI_FOLDER"), self.target.text(), kinds
            )
        if name:
            self.target.setText(name)

    def _update(self) -> None:
        self.do.setEnabled(bool(self.target.text().strip()))

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_do(self) -> None:
        path = self._path()
        self._preferences.remember_text(FOLDER, str(path.parent))
        name, options = self.chosen.id, self.options()
        if options.platform:
            self._preferences.remember_text(PLATFORM, options.platform)

        def work(store: Any, progress: Progress) -> Published:
            return publish_as(store, name, path, options, progress)

        self.do.setEnabled(False)
        self._said.hide()
        title = self._words("PUBLISH_DOING")
        self._setting.ask(work, self, self._on_written, self._on_failed, title)

    def _path(self) -> Path:
        path = Path(self.target.text().strip()).expanduser()
        suffixes = self.chosen.suffixes
        if suffixes and not path.suffix:
            path = path.with_name(path.name + suffixes[0])
        return path

    def _on_written(self, written: Published) -> None:
        self.written = written
        counts = {
            key: self._words.count(value) if isinstance(value, int) else value
            for key, value in written.counts.items()
        }
        code = f"PUBLISH_DONE_{written.format.upper()}"
        self._say(self._words(code, path=written.path, **counts), "")
        self._folder.setEnabled(True)
        self._update()

    def _on_failed(self, error: Exception) -> None:
        self._update()
        if isinstance(error, Cancelled):
            return
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._say(f"{told.what} {told.next_step}".strip(), "bad")

    def _say(self, text: str, look: str) -> None:
        theme.set_look(self._said, look)
        self._said.setText(text)
        self._said.show()

    def _on_open_folder(self) -> None:
        if self.written is not None:
            path = self.written.path
            folder = path if path.is_dir() else path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def by_name(departments: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return code and name of departments, by name."""
    return tuple(sorted(departments, key=lambda each: (each[1], each[0])))
