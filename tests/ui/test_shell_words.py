from __future__ import annotations

import datetime as dt
import re
import string
import tomllib
from pathlib import Path

import pytest

from census_app import ui
from census_app.assets import resource
from census_app.diagnostics import wording
from census_app.errors import UserError
from census_app.ui.shell.translation import Words

FOLDER = Path(ui.__file__).parent
SOURCE = "\n".join(p.read_text(encoding="utf-8") for p in sorted(FOLDER.rglob("*.py")))
FILES = ("ui.toml", "ui_department_review.toml")
OWN = {
    code: texts
    for file in FILES
    for code, texts in tomllib.loads(resource("messages", file).read_text(encoding="utf-8")).items()
}
MADE = re.compile(
    r"UI_(THEME|CHECK|ALGORITHM|KIND)_\w+|UI_\w+_TIP|ORIGIN_\w+|EDITOR_TWICE|UI_CERT_(IS|NEXT)_\w+|UI_BLOCK_\w+_GO"
    r"|UI_LETTER_[A-Z]+_(SENT|RECEIVED)|UI_LETTER_(STATE|NEXT|ABOUT)_\w+|UI_CONFLICT_DONE_\w+"
    r"|UI_UPGRADE_(FORM|PARENT|FIELD|TYPE|CODE)_\w+"
)
"""Codes that are put together when they are used."""


def _placeholders(text: str) -> set[str]:
    return {name for _t, name, _s, _c in string.Formatter().parse(text) if name}


def test_every_text_the_window_asks_for_exists() -> None:
    asked = set(re.findall(r'["\x27](UI_[A-Z0-9_]+)["\x27]', SOURCE))
    assert asked
    assert {code for code in asked if not wording.has(code)} == set()


def test_every_text_of_the_window_is_asked_for() -> None:
    asked = set(re.findall(r'["\x27]([A-Z]+_[A-Z0-9_]+)["\x27]', SOURCE))
    assert {code for code in OWN if code not in asked and not MADE.fullmatch(code)} == set()


@pytest.mark.parametrize("code", sorted(OWN))
def test_both_languages_say_the_same_with_the_same_values(code: str) -> None:
    texts = OWN[code]
    assert texts["zh"].strip()
    assert texts["en"].strip()
    assert _placeholders(texts["zh"]) == _placeholders(texts["en"])


def test_no_chinese_is_left_in_english_texts() -> None:
    han = re.compile("[\u4e00-\u9fff]")
    left = {c for c, t in OWN.items() if han.search(t["en"])}
    assert left == {"UI_LANGUAGE_SHORT", "UI_LANGUAGE_TIP"}


def test_moments_are_short_when_they_are_near() -> None:
    words = Words("zh")
    now = dt.datetime(2017, 11, 23, 12, 0, tzinfo=dt.UTC).astimezone()
    at = now.replace(hour=14, minute=32).astimezone(dt.UTC).isoformat()
    assert words.moment(at, now) == "14:32"
    earlier = now.replace(month=2, day=3, hour=9, minute=5).astimezone(dt.UTC).isoformat()
    assert words.moment(earlier, now) == "02-03 09:05"
    last_year = now.replace(year=2016, hour=9, minute=5).astimezone(dt.UTC).isoformat()
    assert words.moment(last_year, now).startswith("2016-11-23")
    assert words.moment("", now) == ""


def test_counts_are_grouped() -> None:
    assert Words("zh").count(38204) == "38\u00a0204"


def test_an_error_is_told_with_its_next_step() -> None:
    told = Words("en").explain(UserError("EXPORT_UNFINISHED", count=3, first="x"))
    assert told.code == "EXPORT_UNFINISHED"
    assert "3" in told.what
