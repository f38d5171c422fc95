"""The frame of both windows: top bar, guide, pages, side panel, status bar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.ui.shell import page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.guide import GuideEntry, GuideList
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words


class TopBar(QWidget):
    """Title and subtitle at the left; search, language, theme and menu at the right."""

    def __init__(self, words: Words, menu: QMenu) -> None:
        super().__init__()
        theme.set_look(self, "topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.TOP_BAR_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        self._title = page.label("", "strong")
        self._note = page.label("", "hint")
        row.addWidget(self._title)
        row.addWidget(self._note)
        row.addStretch(1)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(0)
        row.addLayout(self._tools)
        self.search = QLineEdit()
        self.search.setFixedWidth(220)
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(words("UI_SEARCH"))
        self.search.setAccessibleName(words("UI_SEARCH_NAME"))
        row.addWidget(self.search)
        self.language = page.button(words("UI_LANGUAGE_SHORT"))
        self.language.setToolTip(words("UI_LANGUAGE_TIP"))
        self.language.setAccessibleName(words("UI_LANGUAGE_TIP"))
        row.addWidget(self.language)
        self.theme = page.icon_button(Icon.THEME, words("UI_THEME_TIP"))
        row.addWidget(self.theme)
        self.more = page.icon_button(Icon.MORE, words("UI_MENU"))
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row.addWidget(self.more)

    def add_tool(self, action: QAction) -> None:
        """Show an action as an icon left of the search field."""
        tool = page.icon_button(Icon.MORE, action.text())
        tool.setDefaultAction(action)
        self._tools.addWidget(tool)

    def set_heading(self, title: str, note: str = "") -> None:
        """Say whose file this is."""
        self._title.setText(title)
        self._note.setText(note)

    def note(self) -> str:
        """Return what stands beside the title."""
        return self._note.text()


class StatusStrip(QWidget):
    """What was saved and checked, at the left; the file, at the right.

    Signals:
        left_clicked: The person wants to see what stands behind the left.
    """

    left_clicked = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        theme.set_look(self, "statusbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.STATUS_HEIGHT)
        self.setAccessibleName(words("UI_STATUS_BAR"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        self._left = page.button("", self.left_clicked.emit, "status")
        self._left.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._right = page.label("", "hint")
        row.addWidget(self._left)
        row.addStretch(1)
        row.addWidget(self._right)

    def set_left(self, parts: Sequence[str]) -> None:
        """Show the parts that say something, separated by points."""
        text = "  ·  ".join(filter(None, parts))
        text = text[:1].upper() + text[1:]
        self._left.setText(text)
        self._left.setAccessibleName(text or self.accessibleName())

    def set_right(self, parts: Sequence[str]) -> None:
        """Show the parts at the right."""
        self._right.setText("  ·  ".join(filter(None, parts)))

    def left_text(self) -> str:
        """Return what stands at the left."""
        return self._left.text()


class ShellWindow(QMainWindow):
    """A window of the program; the department's and the catalogue's differ in pages only.

    Signals:
        language_requested: The person asked for `zh` or `en`; the window is then built anew.
        theme_requested: The person asked for a `ThemeName`.
        open_requested: The person wants another file: the start page.
        server_requested: The person wants a catalogue on a server.
        closing: The window is about to close, and with it the file.
        support_requested: The person wants to see what a technician needs.
        update_requested: The person wants a newer program.
        reopen_requested: The file has changed as a whole; the window is to be built anew.
        search_changed: The text of the search field, as typed.
    """

    language_requested = Signal(str)
    theme_requested = Signal(str)
    open_requested = Signal()
    server_requested = Signal()
    support_requested = Signal()
    update_requested = Signal()
    closing = Signal()
    reopen_requested = Signal()
    search_changed = Signal(str)

    def __init__(self, words: Words, preferences: Preferences, *, name: str) -> None:
        super().__init__()
        self.words = words
        self.preferences = preferences
        self._name = name
        self.setObjectName(name)
        self.menu = QMenu(self)
        self.top = TopBar(words, self.menu)
        self.status = StatusStrip(words)
        self.guide = GuideList(words("UI_GUIDE"))
        self.pages = QStackedWidget()
        self.notice = page.Notice(words)
        self._by_id: dict[str, QWidget] = {}
        self._panel: QWidget | None = None
        self._build_frame()
        self._fill_menu()
        self.top.language.clicked.connect(self._on_language_clicked)
        self.top.theme.clicked.connect(self._on_theme_clicked)
        self.top.search.textChanged.connect(self.search_changed)
        self.guide.chosen.connect(self.show_page)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._focus_search)
        turn = QShortcut(QKeySequence("F6"), self)
        turn.activated.connect(self._on_turn)
        self.guide.activated.connect(self.enter_page)
        self.setMinimumSize(1024, 640)
        self.guide.setFocus()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Take files as if they had been dropped on the window; each window says what it takes."""
        raise NotImplementedError

    def _build_frame(self) -> None:
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._column = column
        self._body = QHBoxLayout()
        self._body.setSpacing(0)
        column.addWidget(self.top)
        column.addLayout(self._body, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)
        guide_side = QWidget()
        theme.set_look(guide_side, "guide")
        guide_side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        guide_side.setFixedWidth(theme.GUIDE_WIDTH)
        self.guide_column = QVBoxLayout(guide_side)
        self.guide_column.setContentsMargins(8, 12, 8, 12)
        self.guide_column.addWidget(self.guide, 1)
        middle = QVBoxLayout()
        middle.setContentsMargins(16, 12, 16, 12)
        middle.setSpacing(8)
        middle.addWidget(self.notice)
        middle.addWidget(self.pages, 1)
        self._body.addWidget(guide_side)
        self._body.addLayout(middle, 1)

    def _fill_menu(self) -> None:
        """Put what every window offers at the end of its menu; windows add theirs with `add_menu_action`."""
        self._menu_tail = self.menu.addSeparator()
        self._themes = themes = self.menu.addMenu(self.words("UI_THEME"))
        group = QActionGroup(self)
        for name in ThemeName:
            action = themes.addAction(self.words(f"UI_THEME_{name.name}"))
            action.setCheckable(True)
            action.setChecked(name is self.preferences.theme)
            action.setData(name.value)
            group.addAction(action)
        group.triggered.connect(self._on_theme_chosen)
        manual = self.menu.addAction(self.words("GD_MANUAL"))
        manual.setIcon(icon(Icon.HELP, theme.tokens().text_2))
        manual.setShortcut(QKeySequence("F1"))
        manual.triggered.connect(self._on_manual)
        self.addAction(manual)
        other = self.menu.addAction(self.words("UI_OPEN_OTHER"))
        other.setIcon(icon(Icon.FOLDER, theme.tokens().text_2))
        other.triggered.connect(self.open_requested)
        support = self.menu.addAction(self.words("SP_MENU"))
        support.setIcon(icon(Icon.HELP, theme.tokens().text_2))
        support.triggered.connect(self.support_requested)
        newer = self.menu.addAction(self.words("UP_MENU"))
        newer.setIcon(icon(Icon.REFRESH, theme.tokens().text_2))
        newer.triggered.connect(self.update_requested)
        leave = self.menu.addAction(self.words("UI_QUIT"))
        leave.setShortcut(QKeySequence("Ctrl+Q"))
        leave.triggered.connect(self.close)
        self.addAction(leave)

    def add_menu_action(self, text: str, symbol: Icon | None = None, shortcut: str = "") -> QAction:
        """Add an action above the common part of the menu; its shortcut works in the whole window."""
        action = QAction(text, self)
        if symbol is not None:
            action.setIcon(icon(symbol, theme.tokens().text_2))
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        self.menu.insertAction(self._menu_tail, action)
        self.addAction(action)
        return action

    def add_page(self, page_id: str, widget: QWidget) -> None:
        """Add a page, or put it in the place of another; an entry of the guide with the same id leads to it."""
        before = self._by_id.get(page_id)
        if before is not None:
            self.pages.removeWidget(before)
            before.deleteLater()
        self._by_id[page_id] = widget
        self.pages.addWidget(widget)

    def page(self, page_id: str) -> QWidget | None:
        """Return a page, or None."""
        return self._by_id.get(page_id)

    def show_page(self, page_id: str) -> None:
        """Show a page and mark it in the guide."""
        widget = self._by_id.get(page_id)
        if widget is None:
            return
        self.pages.setCurrentWidget(widget)
        if self.guide.current() != page_id:
            self.guide.select(page_id)

    def enter_page(self) -> None:
        """Put the cursor into the page: where it says itself, else on the first thing that takes keys."""
        shown = self.pages.currentWidget()
        take = getattr(shown, "take_focus", None)
        if shown is None or (take is not None and take()):
            return
        each = shown.nextInFocusChain()
        while each is not None and each is not shown:
            wanted = each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isEnabled()
            if wanted and each.isVisible() and shown.isAncestorOf(each):
                each.setFocus(Qt.FocusReason.TabFocusReason)
                return
            each = each.nextInFocusChain()

    def _on_turn(self) -> None:
        """Go from the guide to the page, and from anywhere else to the guide."""
        if self.guide.hasFocus():
            self.enter_page()
        else:
            self.guide.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_guide(self, entries: Sequence[GuideEntry]) -> None:
        """Show the entries of the guide."""
        self.guide.show_entries(entries)

    def manual_chapter(self) -> str:
        """Return the chapter of the manual that fits what is shown."""
        return ""

    def show_manual(self, chapter: str = "") -> None:
        """Show a chapter of the manual, in a window beside this one."""
        from census_app.ui.shell.manual import ManualDialog  # noqa: PLC0415

        dialog = self.findChild(ManualDialog) or ManualDialog(self.words, self)
        dialog.show_chapter(chapter or self.manual_chapter())
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def set_panel(self, panel: QWidget) -> None:
        """Put a panel at the right; Ctrl and backslash fold it away."""
        theme.set_look(panel, "panel")
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        panel.setFixedWidth(theme.PANEL_WIDTH)
        self._body.addWidget(panel)
        self._panel = panel
        fold = QAction(self.words("UI_FOLD_PANEL"), self)
        fold.setIcon(icon(Icon.PANEL, theme.tokens().text_2))
        fold.setShortcut(QKeySequence("Ctrl+\\"))
        self.menu.insertAction(self._themes.menuAction(), fold)
        self.addAction(fold)
        fold.triggered.connect(self._on_fold)

    def add_band(self, band: QWidget) -> None:
        """Put a band over the whole window, below the top bar."""
        self._column.insertWidget(1, band)

    def place(self) -> None:
        """Take the place and size of last time, or a size that suits the screen."""
        state = self.preferences.state(self._name)
        if state and self.restoreGeometry(state):
            return
        screen = QApplication.primaryScreen().availableGeometry()
        self.resize(min(1366, screen.width()), min(768, screen.height()))

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.preferences.remember_state(self._name, bytes(self.saveGeometry().data()))
        self.preferences.save()
        self.closing.emit()
        super().closeEvent(event)

    def _on_fold(self) -> None:
        if self._panel is not None:
            self._panel.setVisible(not self._panel.isVisible())

    def _on_manual(self) -> None:
        self.show_manual()

    def _on_language_clicked(self) -> None:
        self.language_requested.emit("zh" if self.words.language == "en" else "en")

    def _on_theme_clicked(self) -> None:
        dark = theme.tokens() is theme.DARK
        self.theme_requested.emit(ThemeName.LIGHT.value if dark else ThemeName.DARK.value)

    def _on_theme_chosen(self, action: QAction) -> None:
        self.theme_requested.emit(str(action.data()))

    def _focus_search(self) -> None:
        self.top.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top.search.selectAll()
