"""Small pages, places that were found, and paper: ranges, copies, 300 dpi, cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPageRanges, QWheelEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from census_app.ui.preview import finding
from census_app.ui.preview import widget as widget_module
from census_app.ui.preview.page_view import BYTES_KEPT, MOST_PIXELS
from census_app.ui.preview.print_dialog import SOME, PrintDialog
from census_app.ui.preview.printing import make_printer, sheets
from census_app.ui.preview.ranges import page_numbers
from census_app.ui.preview.side import Tab
from census_app.ui.preview.thumbnails import KEPT
from census_app.ui.preview.widget import PreviewWidget
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words
from tests.ui.test_preview_widget import make_printed

Until = Callable[[Callable[[], bool]], None]
LONG = 400


@pytest.fixture(scope="module")
def long_document() -> bytes:
    return make_printed(LONG).pdf


@pytest.fixture
def preview(themed: QApplication, long_document: bytes) -> Iterator[PreviewWidget]:
    del themed
    widget = PreviewWidget(Words("zh"))
    widget.resize(1100, 700)
    widget.show()
    printed = make_printed(1)
    widget.show_document(type(printed)(long_document, LONG, ()), "目录.pdf")
    yield widget
    widget.close_document()
    widget.runner.close()
    widget.deleteLater()


def pdf_printer(path: Path) -> QPrinter:
    printer = make_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def test_a_very_long_document_is_opened_beside_the_window(
    preview: PreviewWidget, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget_module, "LONG", 10)
    preview.show_document(make_printed(12), "first.pdf")
    assert getattr(preview, "pages") is None  # noqa: B009  # mypy holds it to be None from here on
    preview.show_document(make_printed(11), "second.pdf")
    until(lambda: preview.pages is not None)
    until(lambda: not preview.runner.busy)
    assert preview.pages is not None
    assert preview.pages.count == 11


# -- small pages -------------------------------------------------------------------------------------------------------


def test_small_pages_are_made_when_they_are_seen_and_few_are_kept(
    preview: PreviewWidget, until: Until
) -> None:
    preview._show_side(True)
    preview.side.show_tab(Tab.THUMBNAILS)
    view = preview.side.thumbnails
    until(lambda: view.pictures.kept > 1)
    until(lambda: not preview.runner.busy)
    assert view.pictures.kept < 20

    for number in range(0, LONG, 4):
        view.scrollTo(view.pictures.index(number))
        QTest.qWait(1)
    until(lambda: not preview.runner.busy)
    assert view.pictures.kept <= KEPT


def test_small_pages_lead_and_follow(preview: PreviewWidget, until: Until) -> None:
    preview._show_side(True)
    preview.side.show_tab(Tab.THUMBNAILS)
    view = preview.side.thumbnails
    view.setCurrentIndex(view.pictures.index(7))
    assert preview.view.page == 7

    preview.view.go_to(200)
    until(lambda: view.currentIndex().row() == 200)
    assert view.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) == "第 201 页，共 400 页"


# -- zoom --------------------------------------------------------------------------------------------------------------


def test_a_page_at_400_percent_stays_within_its_bounds(
    preview: PreviewWidget, until: Until
) -> None:
    preview.view.set_zoom(9.0)
    assert preview.zoom.text() == "400%"
    for number in range(4):
        preview.view.go_to(number)
        until(partial(preview.view.picture_ready, number))
    pictures = preview.view._pictures.values()
    assert max(p.width() * p.height() for p in pictures) <= MOST_PIXELS * 1.01
    assert sum(p.sizeInBytes() for p in pictures) <= BYTES_KEPT + 2 * 4 * MOST_PIXELS

    preview.view.set_zoom(0.01)
    assert preview.zoom.text() == "25%"


def test_the_wheel_zooms_with_ctrl_and_the_keyboard_as_well(preview: PreviewWidget) -> None:
    preview.view.set_zoom(1.0)
    turn = QWheelEvent(
        QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(preview.view.viewport(), turn)
    assert preview.zoom.text() == "125%"


# -- finding -----------------------------------------------------------------------------------------------------------


def test_all_places_are_listed_with_their_words_and_walked_through(
    preview: PreviewWidget, until: Until
) -> None:
    preview._show_side(True)
    preview.search.setText("of the census")
    until(lambda: preview.bar.found.text() == f"1 / {LONG}")
    assert preview.side.tab is Tab.HITS
    places = preview.side.places
    assert places.rowCount() == LONG
    assert places.index(11).data().startswith("12　")
    assert "page 12 of the census" in places.index(11).data()

    preview._on_hit_before()
    assert preview.bar.found.text() == f"{LONG} / {LONG}"
    assert preview.view.page == LONG - 1
    preview._on_hit_after()
    assert preview.view.page == 0
    preview.side.hits.setCurrentIndex(places.index(40))
    assert preview.view.page == 40


def test_places_beyond_the_limit_are_spoken_of(
    preview: PreviewWidget, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MAX_HITS", 50)
    preview.search.setText("census")
    until(lambda: preview.bar.found.text() == "1 / 前 50 处")


def test_a_new_question_forgets_the_old_one(preview: PreviewWidget, until: Until) -> None:
    preview.search.setText("census")
    until(lambda: bool(preview.side.places.hits))
    preview.search.setText("page 17 of")
    until(lambda: preview.bar.found.text() == "1 / 1")
    assert preview.view.page == 16


# -- paper -------------------------------------------------------------------------------------------------------------


def test_paper_has_300_dots_to_the_inch_and_the_page_on_it(
    preview: PreviewWidget, until: Until, tmp_path: Path
) -> None:
    printer = pdf_printer(tmp_path / "paper.pdf")
    printer.setFromTo(3, 3)
    preview.print_on(printer)
    until(lambda: preview._job is None)

    with pypdfium2.PdfDocument(tmp_path / "paper.pdf") as document:
        page = document[0]
        (picture,) = [o for o in page.get_objects() if o.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        pixels = picture.get_px_size()
        left, bottom, right, top = picture.get_bounds()
        assert pixels[0] / ((right - left) / 72) == pytest.approx(300, abs=1)
        assert pixels[1] / ((top - bottom) / 72) == pytest.approx(300, abs=1)
        drawn = page.render(scale=1, grayscale=True).to_pil()
        assert drawn.getextrema()[0] < 60
        picture.close()
        page.close()


def test_ranges_and_copies_come_out_in_the_order_of_the_stack(
    preview: PreviewWidget, until: Until, tmp_path: Path
) -> None:
    printer = pdf_printer(tmp_path / "paper.pdf")
    ranges = QPageRanges()
    for number in (2, 5):
        ranges.addPage(number)
    printer.setPageRanges(ranges)
    printer.setCopyCount(2)
    assert sheets(printer, LONG) == [1, 4, 1, 4]
    printer.setCollateCopies(False)
    assert sheets(printer, LONG) == [1, 1, 4, 4]

    preview.print_on(printer)
    until(lambda: preview._job is None)
    with pypdfium2.PdfDocument(tmp_path / "paper.pdf") as document:
        wide = [document.get_page_size(n)[0] > 700 for n in range(len(document))]
    assert wide == [True, True, False, False]


def test_printing_stops_after_the_page_under_way(
    preview: PreviewWidget, until: Until, tmp_path: Path
) -> None:
    preview.print_on(pdf_printer(tmp_path / "paper.pdf"))
    job = preview._job
    assert job is not None
    assert job.count == LONG
    done: list[int] = []
    job.progressed.connect(lambda count, _total: done.append(count))
    until(lambda: bool(done))
    job.stop()
    until(lambda: preview._job is None)
    assert done[-1] < 20


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("1-3, 8", [1, 2, 3, 8]),
        ("９－", [9, 10]),
        ("2至4；1", [2, 3, 4, 1]),
        ("-2", [1, 2]),
        ("3, 3", [3]),
        ("5 - 6", [5, 6]),
        ("0", None),
        ("11", None),
        ("4-2", None),
        ("", None),
        ("-", None),
        ("x", None),
        ("1-2-3", None),
    ],
)
def test_page_ranges_are_read_as_people_write_them(text: str, pages: list[int] | None) -> None:
    assert page_numbers(text, 10) == pages


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_print_dialog_hands_everything_to_the_printer(
    themed: QApplication, tmp_path: Path, language: str
) -> None:
    del themed
    printer = pdf_printer(tmp_path / "paper.pdf")
    dialog = PrintDialog(Words(language), printer, 40, 6, None)
    assert nameless_controls(dialog) == []
    dialog.range.setText("3-99")
    dialog._on_range()
    assert dialog.pages.checkedId() == SOME
    dialog._on_print()
    assert "40" in dialog._problem.text()
    assert dialog.result() == 0

    dialog.range.setText("3-5")
    dialog.copies.setText("2")
    dialog.sides.setCurrentIndex(1)
    dialog._on_print()
    assert dialog.result() == PrintDialog.DialogCode.Accepted
    assert printer.pageRanges().toString() == "3-5"
    assert printer.copyCount() == 2
    assert printer.collateCopies()
    dialog.deleteLater()


def test_another_program_gets_the_very_bytes(
    preview: PreviewWidget, until: Until, long_document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    preview._on_open()
    until(lambda: bool(opened))
    path = Path(opened[0].toLocalFile())
    assert path.name == "目录.pdf"
    assert path.read_bytes() == long_document

    preview.close_document()
    assert not path.exists()
