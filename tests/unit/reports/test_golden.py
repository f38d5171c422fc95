"""The text of our documents, page by page, as it was when somebody last looked at the print.

After a change that is meant: `CENSUS_GOLDEN_UPDATE=1 pytest tests/unit/reports/test_golden.py`, then look at the
difference and at the pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from census_app.reports.catalogue import build_catalogue
from census_app.reports.content import (
    CatalogueContent,
    CoverContent,
    DepartmentContent,
    KeyCardContent,
)
from census_app.reports.cover import build_cover
from census_app.reports.department import build_department
from census_app.reports.key_card import build_key_card

GOLDEN = Path(__file__).parents[2] / "golden" / "reports"


@pytest.fixture
def same(pages: Callable[[bytes], list[str]]) -> Callable[[str, bytes], None]:
    def compare(name: str, pdf: bytes) -> None:
        path = GOLDEN / name
        text = "".join(
            f"---- {number}\n{page.strip()}\n" for number, page in enumerate(pages(pdf), start=1)
        )
        if os.environ.get("CENSUS_GOLDEN_UPDATE"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8")

    return compare


def test_cover(same: Callable[[str, bytes], None], cover: Callable[..., CoverContent]) -> None:
    same("cover.zh.txt", build_cover(cover(), "zh").pdf)
    same("cover.en.txt", build_cover(cover(), "en").pdf)


def test_key_card(
    same: Callable[[str, bytes], None], key_card: Callable[..., KeyCardContent]
) -> None:
    same("key-card.zh.txt", build_key_card(key_card(), "zh").pdf)


def test_department(
    same: Callable[[str, bytes], None], department: Callable[..., DepartmentContent]
) -> None:
    same("department.zh.txt", build_department(department(5), "zh").pdf)


def test_catalogue(
    same: Callable[[str, bytes], None], catalogue: Callable[..., CatalogueContent]
) -> None:
    same("catalogue.zh.txt", build_catalogue(catalogue(2, 60), "zh").pdf)
