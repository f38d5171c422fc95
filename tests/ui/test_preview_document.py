"""Reading a PDF for the preview: sizes, pictures, contents, search; and where pages lie."""

from __future__ import annotations

import io

import pytest
from PySide6.QtCore import QSizeF
from reportlab.pdfgen.canvas import Canvas

from census_app.services.progress import Cancelled, Progress
from census_app.ui.preview.document import PdfPages
from census_app.ui.preview.layout import GAP, fit_page, fit_width, lay_out

A4 = QSizeF(595, 842)


def make_pdf(pages: int = 3) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for number in range(1, pages + 1):
        canvas.setPageSize((842, 595) if number == 2 else (595, 842))
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Chapter {number}", f"p{number}", level=0 if number == 1 else 1)
        canvas.drawString(100, 500, f"page {number} of the census")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_each_page_keeps_its_own_size() -> None:
    pages = PdfPages(make_pdf())

    assert [size.width() for size in pages.sizes] == [595, 842, 595]
    pages.close()


def test_a_page_is_rendered_at_the_width_that_is_asked_for() -> None:
    pages = PdfPages(make_pdf())

    picture = pages.render(0, 2479)

    assert picture.width() == 2479
    assert abs(picture.height() - 2479 * 842 / 595) < 2
    assert picture.pixelColor(5, 5).name() == "#ffffff"
    pages.close()


def test_a_closed_document_gives_nothing() -> None:
    pages = PdfPages(make_pdf())
    pages.close()

    assert pages.render(0, 100).isNull()
    assert pages.bookmarks() == []
    assert pages.find("census", Progress()) == []


def test_bookmarks_come_in_reading_order_with_their_level() -> None:
    pages = PdfPages(make_pdf())

    assert [(b.title, b.page, b.level) for b in pages.bookmarks()] == [
        ("Chapter 1", 0, 0),
        ("Chapter 2", 1, 1),
        ("Chapter 3", 2, 1),
    ]
    pages.close()


def test_search_ignores_case_and_gives_places_from_above() -> None:
    pages = PdfPages(make_pdf())

    hits = pages.find("CENSUS", Progress())

    assert [hit.page for hit in hits] == [0, 1, 2]
    assert (
        320 < hits[0].areas[0].top() < 345
    )  # 842 - 500 from below, less the height of the letters
    pages.close()


def test_search_stops_when_it_is_cancelled() -> None:
    pages = PdfPages(make_pdf())

    with pytest.raises(Cancelled):
        pages.find("census", Progress(is_cancelled=lambda: True))
    pages.close()


def test_pages_lie_below_each_other_and_in_the_middle() -> None:
    sheet = lay_out([A4, QSizeF(842, 595)], 1.0, 2000)

    first, second = sheet.areas
    assert second.top() == first.bottom() + GAP
    assert abs(first.center().x() - 1000) <= 1
    assert abs(second.center().x() - 1000) <= 1


def test_only_pages_in_the_window_are_visible() -> None:
    sheet = lay_out([A4] * 500, 1.0, 900)
    high = sheet.areas[0].height()

    shown = sheet.visible(high * 250, high)

    assert len(shown) <= 3
    assert sheet.page_at(high * 250, high) in shown


def test_fitting_leaves_the_gap_around_the_page() -> None:
    across = lay_out([A4], fit_width([A4], 800), 800)
    whole = lay_out([A4], fit_page(A4, 800, 600), 800)

    assert abs(across.areas[0].width() - (800 - 2 * GAP)) <= 1
    assert abs(whole.areas[0].height() - (600 - 2 * GAP)) <= 1
