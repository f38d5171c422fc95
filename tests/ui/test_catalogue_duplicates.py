"""The page of duplicates, driven as a person would over a small synthetic province."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.corrections import Owner
from census_app.domain.verdicts import GroupState
from census_app.errors import CensusError
from census_app.services import likening, overlapping
from census_app.services.populating import CATALOGUE, populate
from census_app.services.receiving import receive
from census_app.services.synthetic_province import Wanted
from census_app.ui.catalogue.duplicates_page import EMPTY, FOUND, DuplicatesPage
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.catalogue.verdict_dialog import ReasonDialog, SourceDialog, VerdictDialog
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.conftest import Campaign, FixedClock
from tests.ui.seen import cut_texts, open_placeholders

Until = Callable[[Callable[[], bool]], None]
SERVICES = bootstrap.Services(clock=FixedClock(), actor="李四")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of 50 departments, so that two keep the same things: the 49th begins the spheres anew.

    Twenty of them have handed in.
    """
    folder = tmp_path_factory.mktemp("province")
    wanted = Wanted(
        departments=50,
        resources=100,
        items=400,
        systems=50,
        mistakes=0.0,
        day=dt.date(2026, 11, 23),
    )
    practice = bootstrap.PracticeServices(clock=FixedClock(), actor="t")
    made = populate(folder, wanted, practice)
    with closing(practice.open_catalogue(made.catalogue)) as store:
        for path in (*made.packages[:16], *made.packages[46:]):
            assert receive(store, path, clock=practice.clock).outcome == "merged"
    return folder / CATALOGUE


@pytest.fixture
def open_page(
    province: Path, tmp_path: Path, preferences: Preferences, themed: QApplication, until: Until
) -> Iterator[Callable[..., DuplicatesPage]]:
    """The page over its session, as large as the window gives it; the other pages would read 50 departments each."""
    opened: list[tuple[DuplicatesPage, CatalogueSession, TaskRunner]] = []

    def open_(language: str = "zh", look: str = "light") -> DuplicatesPage:
        theme.apply(themed, ThemeName(look))
        path = Path(shutil.copy(province, tmp_path / "目录.censusdb"))
        store = bootstrap.open_catalogue(path)
        runner = TaskRunner(fail)
        session = CatalogueSession(store, SERVICES, runner, language)
        page = DuplicatesPage(session, Words(language), preferences)
        opened.append((page, session, runner))
        page.resize(1102, 668)
        page.show()
        session.refresh()
        until(lambda: session.state is not None and not runner.busy)
        return page

    yield open_
    for page, session, runner in opened:
        session.close()
        runner.close()
        page.close()
        page.deleteLater()
    QApplication.processEvents()
    theme.apply(themed, ThemeName.LIGHT)


def fail(error: CensusError) -> None:
    raise error


def settle(page: DuplicatesPage, until: Until) -> None:
    quiet = 0

    def so() -> bool:
        nonlocal quiet
        quiet = 0 if page.desk.session.runner.busy or page.desk.searching else quiet + 1
        return quiet > 3

    until(so)


def search(page: DuplicatesPage, until: Until) -> None:
    page.begin()
    settle(page, until)


def decide(page: DuplicatesPage, dialog: ReasonDialog | None, until: Until) -> None:
    assert dialog is not None
    assert not dialog.ready()
    dialog.reason.setPlainText("已电话核实")
    assert dialog.ready()
    dialog.verb.click()
    settle(page, until)
    assert dialog.trouble == ""


@pytest.mark.parametrize(("language", "look"), [("zh", "light"), ("en", "dark")])
def test_the_page_can_be_read_and_reached_from_its_empty_state_on(
    open_page: Callable[..., DuplicatesPage], until: Until, language: str, look: str
) -> None:
    page = open_page(language, look)
    assert page._stack.currentIndex() == EMPTY
    faults: dict[str, list[str]] = {}

    def look_at(where: str) -> None:
        for _ in range(20):
            QApplication.processEvents()
            found = [*nameless_controls(page), *cut_texts(page), *open_placeholders(page)]  # fmt: skip
            if not found:
                return
        faults[where] = found

    look_at("empty")
    search(page, until)
    assert page._stack.currentIndex() == FOUND
    for number in range(page.tabs.count()):
        page.tabs.setCurrentIndex(number)
        look_at(page.tabs.tabText(number))
        page.tabs_in_order[number].which.setCurrentIndex(1)
        settle(page, until)
        look_at(f"{page.tabs.tabText(number)} decided")
    assert not faults


def test_a_group_is_looked_at_judged_and_withdrawn(
    open_page: Callable[..., DuplicatesPage], until: Until
) -> None:
    page = open_page()
    search(page, until)
    tab = page.resources
    row = tab.table.current()
    assert row is not None
    waiting = len(page.desk.overlaps.resources)  # type: ignore[union-attr]
    assert page.tabs.tabText(0) == f"信息资源  {waiting} 待判定"
    assert page.guide_note()

    texts = [tab.model.index(n, 0).data() for n in range(tab.model.rowCount())]
    assert texts[0] == "信息资源名称"
    assert any(text.startswith("≠ ") for text in texts)
    assert tab.model.columnCount() == len(row.overlap.members) + 1
    tab.only_unlike.setChecked(False)
    assert tab.model.rowCount() > len(texts)

    tab.same.click()
    decide(page, tab.dialog, until)
    assert page.tabs.tabText(0) == f"信息资源  {waiting - 1} 待判定"
    tab.which.setCurrentIndex(1)
    settle(page, until)
    decided = tab.table.current()
    assert decided is not None
    assert decided.standing.state is GroupState.SAME
    assert "已电话核实" in tab.said.text()
    assert tab.withdraw.isVisible()

    assert not page.stale.isVisible()
    page.desk._searched = ("packages", "of", "an", "earlier", "search")
    page.hide()
    page.show()
    assert page.stale.isVisible()

    tab.withdraw.click()
    decide(page, tab.dialog, until)
    assert page.tabs.tabText(0) == f"信息资源  {waiting} 待判定"
    assert tab.stack.currentIndex() == 1


def test_what_changed_meanwhile_is_told_in_the_dialog_and_nothing_is_decided(
    open_page: Callable[..., DuplicatesPage], until: Until
) -> None:
    page = open_page()
    search(page, until)
    tab = page.resources
    members = tab.table.current().overlap.members  # type: ignore[union-attr]
    tab.different.click()
    dialog = tab.dialog
    assert isinstance(dialog, VerdictDialog)
    dialog._members = (members[0], *(replace(m, sha="0" * 16) for m in members[1:]))
    dialog.reason.setPlainText("核实")
    dialog.verb.click()
    until(lambda: dialog.trouble != "")
    settle(page, until)
    assert "有了变化" in dialog.trouble
    assert dialog.isVisible()
    dialog.reject()
    assert not [d for d in page.desk.session.store.decisions() if d.kind == "similarity"]


def test_an_item_gets_its_source_and_the_list_is_written(
    open_page: Callable[..., DuplicatesPage], until: Until, tmp_path: Path
) -> None:
    page = open_page()
    search(page, until)
    page.show_tab("items")
    tab = page.items
    first = tab.table.current()
    assert first is not None
    assert first.item.differs
    assert tab.variants.model.rowCount() == len(first.item.variants)
    assert tab.homes.model.rowCount() == first.item.resources
    home = tab.homes.current()
    tab.source.click()
    assert isinstance(tab.dialog, SourceDialog)
    assert not [*cut_texts(tab.dialog), *nameless_controls(tab.dialog)]
    tab.dialog.tell.setChecked(True)
    decide(page, tab.dialog, until)
    told = [d for d in page.desk.session.store.decisions() if d.kind == "query"]
    assert len(told) == first.item.departments - 1
    tab.same.click()
    decide(page, tab.dialog, until)
    tab.which.setCurrentIndex(1)
    settle(page, until)
    row = tab.table.current()
    assert row is not None
    assert row.source is not None
    assert home is not None
    assert (row.source.record, row.source_state) == (home.record, "chosen")

    tab.which.setCurrentIndex(2)
    settle(page, until)
    page.export_to(tmp_path / "清单.xlsx")
    settle(page, until)
    cells = list(openpyxl.load_workbook(tmp_path / "清单.xlsx").worksheets[0].values)
    items = page.desk.overlaps.items  # type: ignore[union-attr]
    assert len(cells) == 1 + sum(len(i.variants) for i in items)
    tab.unsource.click()
    decide(page, tab.dialog, until)
    again = next(d for d in page.desk.session.store.decisions() if d.choice == likening.WITHDRAWN)
    assert again.kind == "source"


def test_the_filter_by_department_and_the_way_to_the_record(
    open_page: Callable[..., DuplicatesPage], until: Until
) -> None:
    page = open_page()
    search(page, until)
    tab = page.resources
    row = tab.table.current()
    assert row is not None
    code = row.overlap.members[0].department
    tab.department.setCurrentIndex(tab.department.findData(code))
    settle(page, until)
    shown = [tab.table.model.index(n, 0) for n in range(tab.table.model.rowCount())]
    assert 0 < len(shown) <= len(page.desk.overlaps.resources)  # type: ignore[union-attr]
    wanted: list[Owner] = []
    page.record_wanted.connect(wanted.append)
    tab.view.doubleClicked.emit(tab.model.index(0, 1))
    member = tab.table.current().overlap.members[0]  # type: ignore[union-attr]
    assert wanted == [Owner(member.department, "information_resource", member.record)]


def test_what_a_verdict_is_bound_to_is_read_alike_one_by_one_and_all_at_once(
    province: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(province, tmp_path / "目录.censusdb"))
    with closing(bootstrap.open_catalogue(path)) as store:
        found = overlapping.find(store)
        assert found.resources
        assert found.systems
        for kind in ("resources", "systems"):
            for group in found.groups(kind):
                assert likening.present_shas(store, kind, group.shas) == group.shas


def test_the_window_has_the_page_and_says_when_there_is_nothing(
    campaign: Campaign, preferences: Preferences, until: Until
) -> None:
    store = bootstrap.open_catalogue(
        Path(shutil.copy(campaign.catalogue.path, campaign.folder / "zwei.censusdb"))
    )
    window = CatalogueWindow(SERVICES, store, preferences, Words("zh"))
    window.show()
    window.show_page("duplicates")
    page = window.page("duplicates")
    assert isinstance(page, DuplicatesPage)
    until(lambda: window.session.state is not None and not window.runner.busy)
    search(page, until)
    assert page.resources.stack.currentIndex() == 1
    assert not page.stale.isVisible()
    window.close()
    window.deleteLater()


def test_a_source_that_a_colleague_chose_meanwhile_is_told_before_it_is_replaced(
    open_page: Callable[..., DuplicatesPage], until: Until
) -> None:
    page = open_page()
    search(page, until)
    page.show_tab("items")
    settle(page, until)
    tab, session = page.items, page.desk.session
    row, home = tab.table.current(), tab.homes.current()
    assert row is not None
    assert home is not None
    tab.source.click()
    dialog = tab.dialog
    assert dialog is not None

    def chosen(_progress: object) -> None:
        other = page.desk.overlaps.held_in(row.item)[-1]  # type: ignore[union-attr]
        likening.choose_source(
            session.store, row.item, other, "另有依据", actor="陈", clock=session.clock
        )

    session.runner.on_database(chosen, page)
    until(lambda: not session.runner.busy)
    dialog.reason.setPlainText("由登记机关产生")
    dialog.verb.click()
    until(lambda: dialog.trouble != "")
    settle(page, until)
    assert "陈" in dialog.trouble
    assert "另有依据" in dialog.trouble
    (standing,) = [d for d in session.store.decisions() if d.kind == "source"]
    assert standing.actor == "陈"
    dialog.verb.click()
    settle(page, until)
    newest = [d for d in session.store.decisions() if d.kind == "source" and d.supersedes]
    assert [d.supersedes for d in newest] == [(standing.id,)]
