"""What a colleague at the same catalogue does while a dialog is open, and what a department's file has lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from census_app.services.deciding import return_package
from census_app.services.ports import CatalogueStore
from census_app.services.querying import queries_of, raise_query
from census_app.services.receiving import receive
from census_app.ui.catalogue.act_dialog import RemarkDialog
from census_app.ui.catalogue.digest_row import DigestDialog
from census_app.ui.catalogue.letter_dialog import LetterDialog, WrittenDialog
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.seen import cut_texts, open_placeholders
from tests.ui.test_catalogue_review import (
    CODE,
    FORM,
    PASSPHRASE,
    Opened,
    Services,
    Ticking,
    Until,
    World,
    build_world,
    cells,
    dialog_of,
    letter,
    opened,
    press,
    settle,
    texts,
)

__all__ = ["opened"]


@pytest.fixture(scope="module")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("together"))


@pytest.fixture
def world(first_world: World, tmp_path: Path) -> World:
    folder = Path(shutil.copytree(first_world.folder, tmp_path / "world"))
    return World(folder, Ticking(first_world.clock.moment))


def meanwhile(
    window: CatalogueWindow, until: Until, act: Callable[[CatalogueStore], object]
) -> None:
    """Let a colleague do something; the pages have not been read again yet."""
    window.runner.on_database(lambda _progress: act(window.session.store), window)
    until(lambda: not window.runner.busy)


def press_verb(dialog: LetterDialog | DigestDialog, window: CatalogueWindow, until: Until) -> None:
    dialog.verb.click()
    settle(window, until)


def test_who_would_overrule_a_colleague_is_told_before_a_letter_is_signed(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    dialog = letter(window, until, qtbot, world.out)
    (package,) = window.session.store.packages(CODE)

    def returned(store: CatalogueStore) -> None:
        return_package(store, package.identity, "请补充职责", actor="陈", clock=world.clock)

    meanwhile(window, until, returned)
    press_verb(dialog, window, until)
    assert "陈" in dialog.trouble
    assert "退回（请补充职责）" in dialog.trouble
    assert not list(world.out.glob("*.census"))
    assert dialog.passphrase.text() == PASSPHRASE

    press_verb(dialog, window, until)  # who presses again has read it
    dialog_of(WrittenDialog).close()
    (standing,) = [d for d in window.session.store.decisions() if d.kind == "accept"]
    assert len(standing.supersedes) == 1

    # The next dialog says from the start who decided what.
    window.review.open_letter()
    again = dialog_of(LetterDialog)
    settle(window, until)
    assert "李四" in texts(again)
    assert "已作出处理：通过" in texts(again)
    again.reject()


def test_what_a_colleague_asks_meanwhile_is_read_before_it_is_signed(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    record = world.offices(window.session.store)["一处"]
    raise_query(
        window.session.store,
        CODE,
        FORM,
        record,
        "duties",
        "请写明依据。",
        actor="李四",
        clock=world.clock,
    )
    dialog = letter(window, until, qtbot, world.out)
    assert dialog.queries.count() == 1

    def asked(store: CatalogueStore) -> None:
        text = "请核对名称。"
        raise_query(store, CODE, FORM, record, "name", text, actor="陈", clock=world.clock)

    meanwhile(window, until, asked)
    press_verb(dialog, window, until)
    assert "审核单的内容在您打开以后变了" in dialog.trouble
    assert not list(world.out.glob("*.census"))
    assert not window.session.store.letters(department=CODE)
    listed = {dialog.queries.item(n).text() for n in range(dialog.queries.count())}
    assert listed == {"请写明依据。", "请核对名称。"}

    press_verb(dialog, window, until)
    dialog_of(WrittenDialog).close()
    assert len(list(world.out.glob("*.census"))) == 2


def test_a_stamped_page_does_not_overrule_a_colleague_unknowingly(
    world: World, opened: Opened, until: Until, qtbot: Any
) -> None:
    window = opened()
    (package,) = window.session.store.packages(CODE)
    window.show_page("inbox")
    window.inbox.digest.field.setText(package.identity[:20])
    qtbot.keyClick(window.inbox.digest.field, Qt.Key.Key_Return)
    settle(window, until)
    dialog = dialog_of(DigestDialog)

    def returned(store: CatalogueStore) -> None:
        return_package(store, package.identity, "缺附件", actor="陈", clock=world.clock)

    meanwhile(window, until, returned)
    press_verb(dialog, window, until)
    assert "缺附件" in dialog.trouble
    assert dialog.isVisible()
    dialog.reject()
    assert not [d for d in window.session.store.decisions() if d.kind == "accept"]


# -- what vanished -----------------------------------------------------------------------------------------------------


@pytest.fixture
def lost(world: World) -> World:
    """The department's file has forgotten an office, and its newest package neither carries nor deletes it."""
    with closing(sqlite3.connect(world.folder / "department.censusdb")) as connection:
        connection.execute(f"DELETE FROM {FORM} WHERE name = '二处'")  # noqa: S608
        connection.execute("DELETE FROM handed_in")
        connection.commit()
    package = world.hand_in("三处")
    with closing(world.catalogue()) as store:
        done = receive(store, package, clock=world.clock)
        assert done.merge is not None
        assert len(done.merge.vanished) == 1
    return world


@pytest.fixture(params=["zh", "en"])
def window(
    request: pytest.FixtureRequest,
    themed: QApplication,
    preferences: Preferences,
    lost: World,
    until: Until,
) -> Iterator[CatalogueWindow]:
    services = Services(clock=lost.clock, actor="李四", software="t", keys=lost.keys)
    made = CatalogueWindow(services, lost.catalogue(), preferences, Words(request.param))
    made.resize(1366, 768)
    made.show()
    settle(made, until)
    until(lambda: bool(made.difference_desk.board))
    yield made
    made.close()
    made.deleteLater()


def test_what_vanished_is_among_the_things_to_do_and_the_department_is_asked(
    window: CatalogueWindow, until: Until, qtbot: Any
) -> None:
    words, page = window.words, window.differences
    press(qtbot, window.overview.errands, words("CR_TODO_vanished", count=1))
    settle(window, until)
    until(lambda: bool(cells(page.changes.pane.table)))
    assert cells(page.changes.pane.table)[0][0] == words("DIFF_vanished")
    assert words("CD_VANISHED_WHY") in texts(page.changes.pane.panel)
    assert cut_texts(page) == []

    press(qtbot, page.changes.pane, words("CD_VANISHED_ASK"))
    dialog = dialog_of(RemarkDialog)
    assert "请核实" in dialog.remark
    assert [*cut_texts(dialog), *nameless_controls(dialog), *open_placeholders(dialog)] == []
    dialog.verb.click()
    settle(window, until)
    (asked,) = queries_of(window.session.store, CODE, clock=window.session.clock)
    assert "“二处”：上一份数据包报过" in asked.query.text
    assert asked.query.must

    # It is asked once: what is open already is not asked again, and the person is told.
    page.changes.pane._on_ask()
    dialog_of(RemarkDialog).reject()
