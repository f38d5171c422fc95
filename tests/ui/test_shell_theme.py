from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from census_app.assets import resource
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.theme import DARK, LIGHT, USED_PAIRS, ThemeName, Tokens


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", USED_PAIRS, ids="-on-".join)
def test_text_stands_out_from_its_background(colours: Tokens, pair: tuple[str, str]) -> None:
    text, background = (getattr(colours, name) for name in pair)
    assert theme.contrast(text, background) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_inputs_stand_out_from_the_surface(colours: Tokens) -> None:
    assert theme.contrast(colours.border_strong, colours.surface) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_style_sheet_uses_only_names_that_exist() -> None:
    filled = theme.style_sheet(LIGHT, dark=False)
    assert "$" not in filled
    named = re.findall(r"url\(([^)]+)\)", filled)
    assert named
    assert all(Path(path).is_file() for path in named)


def test_style_sheet_holds_no_colour_of_its_own() -> None:
    source = resource("themes", "census.qss").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b", source)


def test_only_the_theme_holds_colours(themed: QApplication) -> None:
    folder = Path(theme.__file__).parents[1]
    holders = {
        path.name
        for path in folder.rglob("*.py")
        if re.search(r"[\"']#[0-9A-Fa-f]{6}[\"']", path.read_text(encoding="utf-8"))
    }
    assert holders == {"theme.py"}


def test_themes_are_told_apart_by_the_palette(themed: QApplication) -> None:
    try:
        assert theme.apply(themed, ThemeName.DARK) is DARK
        assert theme.tokens() is DARK
        assert themed.palette().color(QPalette.ColorRole.Base).name() == DARK.surface.lower()
    finally:
        theme.apply(themed, ThemeName.LIGHT)
    assert theme.tokens() is LIGHT


def test_bundled_font_is_the_one_that_is_used(themed: QApplication) -> None:
    info = QFontInfo(theme.font())
    assert info.family() == theme.FONT_FAMILY
    assert info.pixelSize() == theme.BODY_PX


def test_no_text_is_smaller_than_twelve_pixels() -> None:
    filled = theme.style_sheet(LIGHT, dark=False)
    sizes = [int(size) for size in re.findall(r"font-size: (\d+)px", filled)]
    assert min(sizes) >= 12


@pytest.mark.parametrize("icon", list(Icon))
def test_every_icon_has_a_file_that_draws_something(themed: QApplication, icon: Icon) -> None:
    image = pixmap(icon, "#1F5FBF", 24).toImage()
    drawn = [(x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 100]
    assert len(drawn) >= 8


def test_every_icon_file_is_named_in_the_enum() -> None:
    files = {p.stem for p in resource("icons").glob("*.svg") if not p.stem.startswith("control-")}
    assert files == {icon.value for icon in Icon}


def test_icons_take_the_colour_asked_for() -> None:
    for icon in Icon:
        source = resource("icons", f"{icon.value}.svg").read_text(encoding="utf-8")
        assert "currentColor" in source
        assert not re.search(r"#[0-9A-Fa-f]{3,8}\b", source)


def test_tokens_are_colours() -> None:
    for colours in (LIGHT, DARK):
        for field in dataclasses.fields(colours):
            assert re.fullmatch(r"#[0-9A-F]{6}", getattr(colours, field.name))
