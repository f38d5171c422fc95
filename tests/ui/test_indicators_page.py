"""The page of indicators driven as a person would: numbers open their lists, lists are saved, nothing is cut."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from census_app import bootstrap
from census_app.domain.corrections import Owner
from census_app.domain.holdings import ListQuery
from census_app.domain.indicators import BY_ID
from census_app.errors import CensusError
from census_app.reports.content import Chart, Series
from census_app.services.indicator_charts import drawn
from census_app.services.measuring import Narrowed
from census_app.storage import catalogue
from census_app.ui.catalogue.chart_view import recoloured
from census_app.ui.catalogue.indicator_list_dialog import IndicatorListDialog
from census_app.ui.catalogue.indicators_page import (
    BREAKDOWN,
    LIGHTS,
    MILESTONES,
    TREND,
    IndicatorsPage,
)
from census_app.ui.catalogue.session import CatalogueSession, RecordPage
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.seen import LongerWords, cut_texts, open_placeholders
from tests.unit.services.province_lines import HEALTH, LABOUR, SILENT, SYSTEM, fill, line
from tests.unit.storage.test_catalogue import FACTS, deliver, first, rid

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def make(
    themed: QApplication,
    preferences: Preferences,
    services: bootstrap.Services,
    tmp_path: Path,
    until: Until,
) -> Iterator[Callable[..., IndicatorsPage]]:
    """Make the page as large as it is in the window, over a catalogue of its own."""
    made: list[IndicatorsPage] = []
    failed: list[CensusError] = []

    def page(words: Words | None = None, *, filled: bool = True) -> IndicatorsPage:
        path = tmp_path / f"{len(made)}.censusdb"
        store = catalogue.create(path, bootstrap.shipped_form_set(), FACTS)
        spoken = words or Words("zh")
        runner = TaskRunner(failed.append, lambda _task: None)
        session = CatalogueSession(
            fill(store) if filled else store, services, runner, spoken.language
        )
        shown = IndicatorsPage(session, spoken, preferences)
        made.append(shown)
        shown.resize(1102, 660)
        shown.show()
        session.refresh()
        until(lambda: session.state is not None and not runner.busy)
        if filled:
            until(lambda: shown.desk.board is not None)
        return shown

    yield page
    for shown in made:
        session = shown.desk.session
        session.close()
        session.runner.close()
        shown.close()
        shown.deleteLater()
    assert failed == []


def opened(page: IndicatorsPage, until: Until) -> IndicatorListDialog:
    until(lambda: page.list is not None and page.list.isVisible())
    assert page.list is not None
    return page.list


def test_of_two_departments_with_one_id_each_row_opens_its_own_record(
    make: Callable[..., IndicatorsPage], until: Until
) -> None:
    page = make()
    session = page.desk.session
    twin = first("s", line(SYSTEM, 50, phase="built", name="同号的"), department=SILENT)
    deliver(cast("catalogue.Catalogue", session.store), [twin])
    query = ListQuery(form=SYSTEM, ids=frozenset({rid(50)}))
    found: list[RecordPage | None] = []
    for key in session.store.keys(query):
        session.record_at(SYSTEM, key, page, found.append)
    until(lambda: len(found) == 2)
    names = {each.department: each.record.values["name"] for each in found if each is not None}
    assert names == {LABOUR: "系统50", SILENT: "同号的"}
    found.clear()
    for department in names:
        session.record_of(Owner(department, SYSTEM, rid(50)), page, found.append)
    until(lambda: len(found) == 2)
    assert {each.department: each.record.values["name"] for each in found if each} == names
    assert rid(50) not in session.store.titles(SYSTEM), "a name that only one of them gives"


def test_a_card_opens_the_list_behind_its_number(
    make: Callable[..., IndicatorsPage], until: Until
) -> None:
    page = make()
    board = page.desk.board
    assert board is not None
    assert [card.value.text() for card in page.cards] == ["2", "0", "1", "66.7%"]
    page.cards[3].open.click()
    dialog = opened(page, until)
    assert dialog.model.total == board.counts["connected"] == 4
    until(lambda: dialog.model.row_at(0) is not None)
    dialog.search.setText("系统50")
    until(lambda: dialog.model.total == 1)
    until(lambda: dialog.model.row_at(0) is not None)
    dialog.view.setCurrentIndex(dialog.model.index(0, 0))
    wanted: list[Owner] = []
    page.record_wanted.connect(wanted.append)
    dialog.go.click()
    assert [(owner.form, owner.record) for owner in wanted] == [(SYSTEM, rid(50))]
    assert wanted[0].department


def test_every_figure_of_the_table_opens_a_list_of_that_length(
    make: Callable[..., IndicatorsPage], until: Until
) -> None:
    page = make()
    board = page.desk.board
    assert board is not None
    for indicator in ("zombies_open", "resources_open", "departments_missing", "items", "matters"):
        assert page.figures.table.choose(indicator)
        page.figures.open.click()
        dialog = opened(page, until)
        assert len(dialog.listing) == board.counts[BY_ID[indicator].listed]
        dialog.reject()
        page.list = None


def test_a_cell_of_a_breakdown_opens_its_own_list(
    make: Callable[..., IndicatorsPage], until: Until
) -> None:
    page = make()
    page.tabs.setCurrentIndex(BREAKDOWN)
    until(lambda: page.breakdown.model.rowCount() == 4)
    page.breakdown.by.setCurrentIndex(page.breakdown.by.findData("information_system.networks"))
    until(lambda: page.breakdown.model.headings[0].title == "网络类型")
    shown = page.breakdown._shown
    assert shown is not None
    assert QSvgRenderer(recoloured(shown.chart)).isValid()
    row = [line.label for line in shown.breakdown.lines].index("政务外网")
    assert page.breakdown.model.index(row, 1).data() == "3"
    page.breakdown.view.setCurrentIndex(page.breakdown.model.index(row, 1))
    page.breakdown.open.click()
    dialog = opened(page, until)
    assert dialog.model.total == 3
    assert "政务外网" in dialog.windowTitle()


def test_who_is_late_and_which_lights_are_on(
    make: Callable[..., IndicatorsPage], until: Until
) -> None:
    page = make()
    page.tabs.setCurrentIndex(MILESTONES)
    assert page.milestones.table.choose("om_funding")
    assert "2 个单位没有完成" in page.milestones.who.text()
    reasons = {
        page.milestones.late.model.index(n, 0).data(): page.milestones.late.model.index(n, 1).data()
        for n in range(page.milestones.late.model.rowCount())
    }
    assert reasons == {"卫生厅": "应停运维经费的系统 2", "沉默厅": "未报送"}
    chosen = page.milestones.table.current()
    assert chosen is not None
    nobody = replace(chosen, concerned=0, open=())
    page.milestones._on_chosen(nobody)
    assert page.milestones.who.text().startswith("目前没有涉及")
    assert (page.milestones._done(nobody), page.milestones._open(nobody)) == ("—", "—")
    page.tabs.setCurrentIndex(LIGHTS)
    lights = page.lights.table
    assert lights.choose(HEALTH)
    row = lights.view.currentIndex().row()
    assert [lights.model.index(row, n).data() for n in (2, 3, 4)] == ["未通", "未通", "未通"]
    lights.view.setCurrentIndex(lights.model.index(row, 2))
    QTest.keyClick(lights.view, Qt.Key.Key_Return)
    page.lights._on_cell(lights.view.currentIndex())
    assert opened(page, until).model.total > 0


def test_what_is_shown_is_saved(
    make: Callable[..., IndicatorsPage], until: Until, tmp_path: Path
) -> None:
    page = make()
    told: list[str] = []
    page.notice.connect(told.append)
    path = tmp_path / "指标.csv"
    page.save_to(path)
    until(lambda: bool(told))
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert len(rows) == len(BY_ID) + 1
    page.open_list("must_connect", Narrowed(departments=(HEALTH,)))
    dialog = opened(page, until)
    dialog.save_to(tmp_path / "清单.csv")
    until(lambda: (tmp_path / "清单.csv").is_file() and "清单.csv" in dialog.note.text())
    assert (
        len((tmp_path / "清单.csv").read_text("utf-8-sig").splitlines()) == dialog.model.total + 1
    )
    page.tabs.setCurrentIndex(TREND)
    page._on_save()
    assert told[-1] == page._words("CI_NOTHING_TO_SAVE")


def test_figures_are_compared_with_an_earlier_day(
    make: Callable[..., IndicatorsPage], until: Until
) -> None:
    page = make()
    assert page.compare.count() == 2
    page.compare.setCurrentIndex(1)
    page.compare.activated.emit(1)
    until(lambda: page.desk.earlier is not None)
    earlier = page.desk.earlier
    assert earlier is not None
    assert earlier.as_of == "2018-01-06"
    assert (earlier.text("systems_integrated"), page.cards[0].value.text()) == ("1", "2")
    assert "+1" in page.cards[0].change.text()
    page.tabs.setCurrentIndex(TREND)
    page.trend.make()
    until(lambda: page.trend.stack.currentIndex() == 1)
    assert page.trend.model.columnCount() == 3


def test_an_empty_catalogue_says_what_to_do_first(
    make: Callable[..., IndicatorsPage],
) -> None:
    page = make(filled=False)
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert page._words("CI_EMPTY") in texts
    assert not page._print.isEnabled()


@pytest.mark.parametrize(
    ("words", "chosen"), [(Words("zh"), ThemeName.LIGHT), (LongerWords(), ThemeName.DARK)]
)
def test_nothing_is_cut_or_nameless(
    make: Callable[..., IndicatorsPage],
    themed: QApplication,
    until: Until,
    words: Words,
    chosen: ThemeName,
) -> None:
    theme.apply(themed, chosen)
    try:
        page = make(words)
        for tab in range(page.tabs.count()):
            page.tabs.setCurrentIndex(tab)
            until(lambda: not page.desk.session.runner.busy)
            for _turn in range(20):  # a layout of texts that wrap takes several turns
                QApplication.processEvents()
                faults = [
                    *nameless_controls(page),
                    *cut_texts(page),
                    *open_placeholders(page),
                ]
                if not faults:
                    break
            assert faults == [], tab
    finally:
        theme.apply(themed, ThemeName.LIGHT)


def test_a_chart_takes_the_colours_of_the_window(themed: QApplication) -> None:
    chart = Chart("标题", ("甲",), (Series("一", (None,)), Series("二", (None,))))
    svg = drawn(chart, 300)
    theme.apply(themed, ThemeName.DARK)
    try:
        dark = recoloured(svg).decode()
        assert theme.tokens().text in dark
        assert "rgb(0%,0%,0%)" not in dark
        assert "rgb(12%,37%,74%)" not in dark
    finally:
        theme.apply(themed, ThemeName.LIGHT)
    assert "rgb(12%,37%,74%)" in recoloured(svg).decode()
