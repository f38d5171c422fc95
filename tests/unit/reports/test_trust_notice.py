"""The notice of the roots: every root in eight groups, on one page, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from census_app.reports.content import Head, Language, NoticeRoot, Pair, TrustNoticeContent
from census_app.reports.trust_notice import build_trust_notice

if TYPE_CHECKING:
    from tests.unit.reports.conftest import Pages

ROOTS = ("3f9a1c0788aa1234" * 2, "0123456789abcdef" * 2)


def content(roots: tuple[str, ...] = ROOTS) -> TrustNoticeContent:
    head = Head(
        "信任根告知书", "普查", "省发展和改革委员会", "11320000014000015K", "第 1 轮", "2026-12-01"
    )
    shown = tuple(NoticeRoot(f"信任根 {n}", each) for n, each in enumerate(roots, 1))
    return TrustNoticeContent(head, (Pair("信任包", "第 1 版"),), shown, "逐组核对", "盖章为准")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_root_stands_in_eight_groups_on_one_page(pages: Pages, language: Language) -> None:
    printed = build_trust_notice(content(), language)
    assert printed.pages == 1
    [text] = pages(printed.pdf)
    for number, root in enumerate(ROOTS, 1):
        assert f"信任根 {number}" in text
        for group in (root[at : at + 4] for at in range(0, 32, 4)):
            assert group in text
    assert text.count("逐组核对") == len(ROOTS)
    assert "盖章为准" in text


def test_many_roots_flow_to_another_page_and_none_is_lost(pages: Pages) -> None:
    roots = tuple(f"{n:032x}" for n in range(1, 9))
    printed = build_trust_notice(content(roots), "zh")
    assert printed.pages > 1
    everything = "".join(pages(printed.pdf))
    assert all(f"{n:04x}" in everything for n in range(1, 9))


def test_the_same_content_gives_the_same_bytes() -> None:
    assert build_trust_notice(content(), "zh").pdf == build_trust_notice(content(), "zh").pdf
