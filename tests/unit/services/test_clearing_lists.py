"""The lists of the clean-up on paper."""

from __future__ import annotations

from typing import Any

import pypdfium2 as pdfium
import pytest

from census_app.services import editing
from census_app.services.clearing_lists import LISTS
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.reporting import report


@pytest.fixture(autouse=True)
def _systems(store: WorkspaceStore, clock: Clock) -> None:
    known: list[dict[str, Any]] = [
        {
            "name": "档案登记系统", "is_zombie": True, "zombie_reasons": ("Z4",),
            "zombie_measure": "迁移数据后关停", "disposition": "clear",
        },
        {"name": "水资源系统", "must_connect": True, "connect_plan_on": "2018-06-30"},
    ]  # fmt: skip
    for values in known:
        editing.create_record(store, "information_system", values, actor="李", clock=clock)


def text_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", LISTS)
def test_each_list_is_printed_with_its_systems(
    store: WorkspaceStore, clock: Clock, kind: str, language: str
) -> None:
    printed = report(kind, store, language, clock=clock)
    assert not printed.missing_characters
    text = text_of(printed.pdf)
    assert ("档案登记系统" if kind == "zombies" else "水资源系统") in text
    assert report(kind, store, language, clock=clock).pdf == printed.pdf


def test_the_funding_list_names_day_and_what_is_not_stated(
    store: WorkspaceStore, clock: Clock
) -> None:
    text = text_of(report("funding", store, "zh", clock=clock).pdf)
    assert "自 2018-01-01 起" in text
    assert "1 个没有填运维金额" in text
