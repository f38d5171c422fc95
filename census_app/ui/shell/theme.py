"""Colour, type and space of the whole window (visual §1, §2): the only place with a colour or a size.

The style sheet, `resources/themes/census.qss`, is filled in here.

Widgets choose their looks by the dynamic property `look`; those that paint themselves ask `tokens()`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from string import Template
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from census_app.assets import resource

FONT_FAMILY: Final = "Noto Sans SC"

TITLE_PX: Final = 20
SECTION_PX: Final = 16
BODY_PX: Final = 14
TABLE_PX: Final = 13
HINT_PX: Final = 12

SPACE: Final = (4, 8, 12, 16, 24, 32)
INPUT_HEIGHT: Final = 32
ROW_HEIGHT: Final = 32
COMPACT_ROW_HEIGHT: Final = 26
HEAD_HEIGHT: Final = 31
TWO_LINE_HEAD_HEIGHT: Final = 44
RADIUS: Final = 6
TOP_BAR_HEIGHT: Final = 48
STATUS_HEIGHT: Final = 28
GUIDE_WIDTH: Final = 232
PANEL_WIDTH: Final = 320
GRID_COUNT_WIDTH: Final = 88
"""Of the count of matches, so that the bar does not jump while a person types."""

PASTE_DIALOG: Final = (960, 600)
"""Width and height of the preview of a paste."""

DETAIL_WIDTH: Final = 280
"""Of what stands beside a table, at the least."""
KEYS_DIALOG_WIDTH: Final = 1160
KEYS_WIDTH: Final = 160
"""Of the column of keys in the cheat sheet."""
TWO_COLUMN_WIDTH: Final = 760


class ThemeName(enum.StrEnum):
    """What the person chose; `system` follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Named colours of one theme, as `#RRGGBB`."""

    canvas: str
    surface: str
    surface_2: str
    border: str
    border_strong: str
    text: str
    text_2: str
    accent: str
    accent_hover: str
    accent_weak: str
    on_accent: str
    good: str
    warn: str
    warn_weak: str
    bad: str
    bad_weak: str


LIGHT: Final = Tokens(
    canvas="#F5F6F8",
    surface="#FFFFFF",
    surface_2="#FAFBFC",
    border="#E1E4E9",
    border_strong="#8A93A1",
    text="#1B2330",
    text_2="#5A6474",
    accent="#1F5FBF",
    accent_hover="#184E9E",
    accent_weak="#E8F0FB",
    on_accent="#FFFFFF",
    good="#1E7B4F",
    warn="#9A5B00",
    warn_weak="#FFF4E0",
    bad="#B3261E",
    bad_weak="#FDECEA",
)
DARK: Final = Tokens(
    canvas="#15181D",
    surface="#1D2127",
    surface_2="#23282F",
    border="#343A43",
    border_strong="#77818F",
    text="#E8EBEF",
    text_2="#A9B2BE",
    accent="#7FB0FF",
    accent_hover="#9CC3FF",
    accent_weak="#22324A",
    on_accent="#10141A",
    good="#6FCF97",
    warn="#F0B35A",
    warn_weak="#3A2E18",
    bad="#F28B82",
    bad_weak="#3B1F1D",
)

DARK_SERIES: Final = ("#7FB0FF", "#D08A9B", "#7DB57D")
"""What the bars of a chart are painted with on a dark page, in the order of those on paper."""

USED_PAIRS: Final = (
    ("text", "canvas"),
    ("text", "surface"),
    ("text", "surface_2"),
    ("text", "accent_weak"),
    ("text", "bad_weak"),
    ("text", "warn_weak"),
    ("text_2", "canvas"),
    ("text_2", "surface"),
    ("text_2", "surface_2"),
    ("text_2", "accent_weak"),
    ("accent", "canvas"),
    ("accent", "surface"),
    ("accent", "surface_2"),
    ("accent", "accent_weak"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("good", "canvas"),
    ("good", "surface"),
    ("good", "surface_2"),
    ("good", "accent_weak"),
    ("warn", "canvas"),
    ("warn", "surface"),
    ("warn", "surface_2"),
    ("warn", "warn_weak"),
    ("warn", "accent_weak"),
    ("bad", "canvas"),
    ("bad", "surface"),
    ("bad", "surface_2"),
    ("bad", "bad_weak"),
    ("bad", "accent_weak"),
)
"""Text colour and background, by token: every pair the window shows; a test holds each to 4.5 : 1."""


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours by WCAG 2.2 (relative luminance)."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def tokens() -> Tokens:
    """Return the colours of the theme in force, told from the application's palette."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def load_fonts() -> None:
    """Make the bundled font known to Qt; measured at 20 ms for both files."""
    for weight in ("Regular", "Bold"):
        QFontDatabase.addApplicationFont(str(resource("fonts", f"NotoSansSC-{weight}.ttf")))


def base_font(language: str) -> QFont:
    """Return the one family; in English its quotation marks are narrow, as Latin text wants them."""
    made = QFont(FONT_FAMILY)
    made.setPixelSize(BODY_PX)
    if language == "en":
        made.setFeature(QFont.Tag("pwid"), 1)
    return made


def font(pixels: int = BODY_PX, *, bold: bool = False) -> QFont:
    """Return the application's font in a size of the type scale."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(pixels)
    made.setBold(bold)
    return made


def apply(app: QApplication, name: ThemeName, language: str = "zh") -> Tokens:
    """Give the application style, palette, font and style sheet of a theme, and return its colours."""
    dark = name is ThemeName.DARK or (name is ThemeName.SYSTEM and _system_is_dark())
    chosen = DARK if dark else LIGHT
    style = QStyleFactory.create("Fusion")
    if style is not None and app.style().name() != "fusion":
        app.setStyle(style)
    app.setFont(base_font(language))
    app.setPalette(palette_of(chosen))
    app.setStyleSheet(style_sheet(chosen, dark=dark))
    return chosen


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def palette_of(colours: Tokens) -> QPalette:
    """Return Qt's palette made from the tokens."""
    role = QPalette.ColorRole
    palette = QPalette()
    chosen = {
        role.Window: colours.canvas,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.surface_2,
        role.Text: colours.text,
        role.PlaceholderText: colours.text_2,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.ToolTipBase: colours.surface_2,
        role.ToolTipText: colours.text,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Mid: colours.border,
        role.Midlight: colours.border,
        role.Dark: colours.border_strong,
        role.Light: colours.surface,
        role.BrightText: colours.bad,
        role.Accent: colours.accent,
    }
    for key, colour in chosen.items():
        palette.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(colours.text_2))
    return palette


def set_look(widget: QWidget, look: str) -> None:
    """Choose a widget's looks (see the style sheet), also after it has been shown."""
    if widget.property("look") == look:
        return
    widget.setProperty("look", look)
    repolish(widget)


def repolish(widget: QWidget) -> None:
    """Let the style sheet look at a widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def style_sheet(colours: Tokens, *, dark: bool) -> str:
    """Return the one style sheet of the application."""
    values = {f.name: str(getattr(colours, f.name)) for f in fields(colours)}
    values |= {
        "chevron": resource("icons", "control-chevron.svg").as_posix(),
        "check": resource("icons", f"control-check-{'dark' if dark else 'light'}.svg").as_posix(),
        "partial": resource(
            "icons", f"control-partial-{'dark' if dark else 'light'}.svg"
        ).as_posix(),
        "hint": str(HINT_PX),
        "table": str(TABLE_PX),
        "body": str(BODY_PX),
        "section": str(SECTION_PX),
        "title": str(TITLE_PX),
        "radius": str(RADIUS),
        "inner": str(INPUT_HEIGHT - 2),
    }
    sheet = resource("themes", "census.qss").read_text(encoding="utf-8")
    return Template(sheet).substitute(values)
