"""The preview as a person uses it: pages appear, zoom, search, save, print."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from census_app.reports.content import MissingCharacter, Printed
from census_app.ui.preview.dialog import PreviewDialog, show_preview
from census_app.ui.preview.page_view import Fit
from census_app.ui.preview.printing import make_printer
from census_app.ui.preview.widget import PreviewWidget
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words


def make_printed(pages: int = 12, missing: int = 0) -> Printed:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for number in range(1, pages + 1):
        canvas.setPageSize((842, 595) if number == 2 else (595, 842))
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Chapter {number}", f"p{number}")
        canvas.drawString(100, 500, f"page {number} of the census")
        canvas.rect(0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    lost = tuple(MissingCharacter(chr(0x20BB7 + n), "名称") for n in range(missing))
    return Printed(out.getvalue(), pages, lost)


@pytest.fixture
def words(qapp: QApplication) -> Words:
    theme.load_fonts()
    theme.apply(qapp, theme.ThemeName.LIGHT)
    return Words("zh")


@pytest.fixture
def preview(qtbot: QtBot, words: Words) -> PreviewWidget:
    widget = PreviewWidget(words)
    qtbot.addWidget(widget, before_close_func=_leave)
    widget.resize(1000, 700)
    widget.show()
    widget.show_document(make_printed(), "汇总.pdf")
    return widget


def _leave(widget: PreviewWidget) -> None:
    widget.close_document()
    widget.runner.close()


def test_only_the_pages_in_the_window_are_drawn(qtbot: QtBot, preview: PreviewWidget) -> None:
    qtbot.waitUntil(lambda: preview.view.picture_ready(0))
    qtbot.waitUntil(lambda: not preview.runner.busy)

    assert not preview.view.picture_ready(11)

    preview.view.go_to(11)
    qtbot.waitUntil(lambda: preview.view.picture_ready(11))
    assert preview.view.page == 11


def test_the_page_field_follows_and_leads(qtbot: QtBot, preview: PreviewWidget) -> None:
    preview.number.setText("5")
    preview.number.returnPressed.emit()

    assert preview.view.page == 4
    preview.view.go_to(7)
    assert preview.number.text() == "8"


def test_zoom_keeps_the_place(qtbot: QtBot, preview: PreviewWidget) -> None:
    preview.view.go_to(6)
    preview.view.set_zoom(2.0)

    assert preview.view.page == 6
    assert preview.zoom.text() == "200%"

    preview.view.set_zoom(Fit.PAGE)
    assert preview.view.page == 6
    area = preview.view.visible_area(6)
    assert area.height() <= preview.view.viewport().height()


def test_search_marks_and_moves_on(qtbot: QtBot, preview: PreviewWidget) -> None:
    preview.search.setText("PAGE 9")
    qtbot.waitUntil(lambda: preview.view.page == 8)

    preview.search.setText("of the")
    qtbot.waitUntil(lambda: preview.bar.found.text().endswith("/ 12"))
    before = preview.bar.found.text()
    preview.search.returnPressed.emit()
    assert preview.bar.found.text() != before

    preview.search.setText("no such text")
    qtbot.waitUntil(lambda: preview.bar.found.text() == "没有找到")


def test_contents_lead_to_their_pages(qtbot: QtBot, preview: PreviewWidget) -> None:
    qtbot.waitUntil(lambda: preview.side.contents.topLevelItemCount() == 12)

    item = preview.side.contents.topLevelItem(3)
    assert item is not None
    preview.side.contents.setCurrentItem(item)

    assert preview.view.page == 3


def test_what_is_saved_is_what_is_shown(
    qtbot: QtBot, preview: PreviewWidget, tmp_path: Path
) -> None:
    preview.save_to(tmp_path / "out")
    qtbot.waitUntil(lambda: not preview.notice.isHidden())

    assert (tmp_path / "out.pdf").read_bytes() == make_printed().pdf
    assert "out.pdf" in preview.notice._text.text()


def test_a_range_is_printed_on_paper_of_its_size(
    qtbot: QtBot, preview: PreviewWidget, tmp_path: Path
) -> None:
    printer = make_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    printer.setFromTo(2, 3)
    preview.print_on(printer)
    qtbot.waitUntil(lambda: preview._job is None)

    document = pypdfium2.PdfDocument(tmp_path / "paper.pdf")
    sizes = [document.get_page_size(n) for n in range(len(document))]
    document.close()
    assert [width > height for width, height in sizes] == [True, False]
    assert abs(sizes[1][0] - 595) < 2


def test_missing_characters_are_told(qtbot: QtBot, preview: PreviewWidget) -> None:
    preview.show_document(make_printed(missing=5), "x.pdf")

    text = preview.notice._text.text()
    assert "5" in text
    assert "𠮷" in text
    assert not preview.notice.isHidden()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_dialog_is_named_throughout(qtbot: QtBot, words: Words, language: str) -> None:
    dialog = show_preview(None, make_printed(1), "封面", "cover.pdf", Words(language))
    assert isinstance(dialog, PreviewDialog)
    dialog.setWindowTitle("封面")

    assert nameless_controls(dialog) == []
    dialog.close()
