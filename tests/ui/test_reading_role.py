"""Somebody who may only read, on every page of the catalogue window: what changes anything is disabled and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from PySide6.QtWidgets import QAbstractButton, QApplication, QTabBar, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from census_app import bootstrap
from census_app.domain.addresses import Target
from census_app.services.audit_columns import look
from census_app.services.audit_lists import take_list
from census_app.services.correcting import correct
from census_app.services.querying import raise_query
from census_app.storage import server_roles
from census_app.ui.catalogue.duplicates_page import DuplicatesPage
from census_app.ui.catalogue.errand_card import ErrandCard
from census_app.ui.catalogue.window import PAGES, CatalogueWindow
from census_app.ui.preview.widget import PreviewWidget
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests import audits
from tests.servers import DatabaseServer
from tests.ui.conftest import FixedClock

WORDS = Words("zh")
LOOKING = {
    "ARCHIVE_SAVE", "CAT_FIGURE_OPEN", "CAT_PRINT_SUMMARY", "CAT_TO_DEPARTMENT", "CAT_TO_RECORDS",
    "CAT_VERIFY_AGAIN", "CA_EXPORT", "CA_EXPORT_SAMPLE", "CA_SAMPLE_ONLY", "CD_SHOW_RECORD",
    "CI_OPEN", "CI_PRINT", "CI_SAVE", "CI_TREND_MAKE", "CR_TO_RECORD", "CS_COPY_DOTS", "CS_EXPORT",
    "CS_FILTER", "CT_NOTICE", "DU_EXPORT_DOTS", "DU_ONLY_UNLIKE", "DU_SEARCH", "DU_SEARCH_AGAIN",
    "DU_MANUAL", "CAT_BACK", "CAT_FILLED_ONLY", "CD_SHOW_ORIGINS", "UI_SHOW_ALL",
    "PUBLISH_MENU", "CR_PRINT_LETTER",
}  # fmt: skip
"""What buttons say that look, print, or write files beside the catalogue; a new one of that kind belongs here."""


def with_content(target: Target, folder: Path) -> None:
    """Make a catalogue in which there is something to decide, to settle and to compare."""
    store = audits.made(target, FixedClock())
    first = store.form_set.form(audits.SYSTEM)
    about = (audits.FIRST, first.id, audits.rid(1), first.title)
    by = {"actor": "安娜", "clock": FixedClock()}
    correct(store, *about, "全省学籍管理系统", "与目录一致", **by)  # type: ignore[arg-type]
    raise_query(store, *about, "请核对名称", **by)  # type: ignore[arg-type]
    book = Workbook()
    assert book.active is not None
    for row in (audits.HEADS, *audits.ROWS):
        book.active.append(row)
    book.save(folder / "list.xlsx")
    [table] = look(store, folder / "list.xlsx")
    take_list(store, folder / "list.xlsx", table.number, table.map, **by)  # type: ignore[arg-type]
    store.close()


@pytest.fixture
def window(
    themed: QApplication,
    services: bootstrap.Services,
    preferences: Preferences,
    database_server: DatabaseServer,
    tmp_path: Path,
) -> Iterator[CatalogueWindow]:
    name = database_server.new()
    address = database_server.address(name)
    with_content(address, tmp_path)
    server_roles.create(address, f"r_{name}")
    database_server.admin.execute(f"CREATE ROLE looks_{name} LOGIN IN ROLE r_{name}_reader")
    store = bootstrap.open_catalogue(database_server.address(name, f"looks_{name}"))
    made = CatalogueWindow(services, store, preferences, WORDS)
    made.resize(1366, 768)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    database_server.drop(name)


def calm(window: CatalogueWindow, qtbot: QtBot) -> None:
    quiet = 0

    def so() -> bool:
        nonlocal quiet
        ready = window.page("trust") is not None and window.session.state is not None
        quiet = quiet + 1 if ready and not window.runner.busy else 0
        return quiet > 3

    qtbot.waitUntil(so, timeout=60_000)


def changing(page: QWidget, looking: set[str]) -> list[str]:
    """Return what buttons say that can be pressed and are not known only to look."""
    found = []
    for button in page.findChildren(QAbstractButton):
        inside: QWidget | None = button
        while inside is not None and not isinstance(inside, PreviewWidget | QTabBar | ErrandCard):
            inside = inside.parentWidget()
        if inside is None and button.isVisibleTo(page) and button.isEnabled():
            said = button.text() or button.accessibleName() or button.toolTip()
            if said and said not in looking:
                found.append(said)
    return found


def test_nothing_can_be_changed_on_any_page(window: CatalogueWindow, qtbot: QtBot) -> None:
    calm(window, qtbot)
    assert not window.session.store.writable
    assert "只读" in window.top.note()
    looking = {WORDS(code) for code in LOOKING} | {"中文", "English"}
    for form in window.session.form_set.forms:
        looking |= {form.label.get("zh"), (form.plural or form.label).get("zh")}
    open_for_change: dict[str, list[str]] = {}
    forbidden = set()
    for entry in PAGES:
        window.show_page(entry.id)
        page = window.page(entry.id)
        assert page is not None
        if isinstance(page, DuplicatesPage):
            page.begin()
        calm(window, qtbot)
        tabs = next(iter(page.findChildren(QTabWidget)), None)
        for number in range(tabs.count() if tabs is not None else 1):
            if tabs is not None:
                tabs.setCurrentIndex(number)
                calm(window, qtbot)
            found = changing(page, looking)
            if found:
                open_for_change[f"{entry.id}/{number}"] = found
            forbidden |= {
                button.text()
                for button in page.findChildren(QAbstractButton)
                if button.toolTip() == WORDS("CS_READ_ONLY_TIP") and not button.isEnabled()
            }
    assert open_for_change == {}
    expected = {
        "CAT_RECEIVE", "CAT_ENROL", "CR_LETTER", "CR_ASK_WHOLE", "CR_LEDGER_EXPORT",
        "CA_READ", "CA_WITHDRAW", "CA_UNITS", "CA_SAY", "CC_IMPORT", "CC_ADD",
        "CT_ISSUE_DOTS",
    }  # fmt: skip
    assert {WORDS(code) for code in expected} - forbidden == set()
