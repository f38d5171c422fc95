"""Which pictures the manual has, and how the window gets there; each takes a `picture_stage.Stage`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from census_app.domain.filtering import ColumnFilter

NAME: Final = "江苏省生态环境厅（示例）"
RAW: Final = f"{NAME}.censusdb"
MARKET: Final = "demo/workspaces/market.censusdb"
WAITING: Final = "waiting/江苏省生态环境厅（示例）.censusdb"
DONE: Final = "demo/workspaces/environment.censusdb"
CATALOGUE: Final = "demo/catalogue.censusdb"
PASSPHRASE: Final = "practice-key-2017"  # noqa: S105 - of the published samples

Recipe = Callable[[Any], object]
PICTURES: dict[str, Recipe] = {}


def _picture(recipe: Recipe) -> Recipe:
    PICTURES[recipe.__name__.replace("_", "-")] = recipe
    return recipe


# -- first start ---------------------------------------------------------------------------------------------------


@_picture
def start(stage: Any) -> None:
    """The start page with files opened before."""
    recent = _forget_files(stage)
    folder = stage.folder / "普查"
    folder.mkdir(exist_ok=True)
    for name, at, training in (
        ("江苏省生态环境厅（练习）", "2026-11-20T08:00:00Z", True),
        ("江苏省市场监督管理局（示例）", "2026-11-22T02:20:00Z", False),
        (NAME, "2026-11-23T01:00:00Z", False),
    ):
        path = folder / f"{name}.censusdb"
        path.touch()
        recent.remember(path, name, at, training=training)
    stage.desktop.show_start()


def _forget_files(stage: Any) -> Any:
    """Empty the list of files opened before, and return it."""
    from census_app.ui.shell.recent import RecentFiles  # noqa: PLC0415

    recent = RecentFiles(stage.preferences)
    for file in recent.all():
        recent.forget(file.path)
    return recent


@_picture
def first_questions(stage: Any) -> None:
    """The first of the questions for a new file."""
    from census_app.ui.shell.first_run import FirstRunDialog  # noqa: PLC0415

    _forget_files(stage)
    stage.desktop.show_start()
    dialog = FirstRunDialog(
        stage.words, stage.preferences, stage.services.place_kind, "李雯", stage.window
    )
    dialog.name.setText(NAME)
    dialog.code.setText("11320000990000017P")
    dialog.open()


@_picture
def practice(stage: Any) -> None:
    """The list of planted mistakes over a practice file."""
    from census_app.ui.department.practice import PracticeBand  # noqa: PLC0415

    window = stage.open("practice.censusdb")
    stage.settle()
    window.findChild(PracticeBand).show_list()


# -- filling in ----------------------------------------------------------------------------------------------------


@_picture
def import_preview(stage: Any) -> None:
    """What an import would do."""
    from census_app.assets import resource  # noqa: PLC0415

    window = stage.open(RAW, "resources")
    window.acts.import_lists([Path(resource("samples", "market", "census_list.xlsx"))])
    stage.wait(1500)


def _role(stage: Any, role: str) -> str:
    """Return the field of a role: the pictures know as little of the forms as the program does."""
    return str(stage.window.session.form_set.by_role(role)[1].id)


def _resources(stage: Any, name: str = RAW) -> Any:
    window = stage.open(name, "resources")
    return window, window.records_page()


@_picture
def department(stage: Any) -> None:
    """The whole window: list, form and what the check says."""
    window, records = _resources(stage)
    own = [f for f in window.session.problems.report.findings if f.form == records.form.id]
    window.go_to(next(f for f in own if f.offer is not None))
    stage.settle()


@_picture
def list_filters(stage: Any) -> None:
    """A list narrowed by a chip and two filters."""
    _window, records = _resources(stage)
    field = _role(stage, "share_type")
    records.list.narrowing.put(ColumnFilter(field, values=("1", "2")))
    records.list.narrowing.put(ColumnFilter(records.form.title, text="信息"))
    stage.settle()
    records.list.choose_chip("warnings")
    stage.settle()


@_picture
def form(stage: Any) -> None:
    """A record alone."""
    _window, records = _resources(stage)
    records.list.step(2)
    stage.settle()
    records.show_form_only()


@_picture
def choices(stage: Any) -> None:
    """A list of choices, searched by the first letters of the readings."""
    from census_app.ui.forms.picker import PickerButton  # noqa: PLC0415

    _window, records = _resources(stage)
    records.show_form_only()
    stage.settle()
    button = next(b for b in records.findChildren(PickerButton) if b.isVisible() and b.isEnabled())
    button.setFocus()
    button.click()
    stage.wait(300)


@_picture
def items(stage: Any) -> None:
    """The grid of data items with the bar for finding."""
    _window, records = _resources(stage)
    records.show_form_only()
    stage.settle()
    view = records._view  # noqa: SLF001
    view.tabs.setCurrentIndex(view.tabs.count() - 1)
    stage.settle()
    from census_app.ui.forms.grid import ChildGrid  # noqa: PLC0415

    grid = next(g for g in records.findChildren(ChildGrid) if g.isVisible())
    grid.bar.open(replace=True)
    grid.bar.wanted.setText("区")
    grid.bar.replacement.setText("园区")


@_picture
def paste_preview(stage: Any) -> None:
    """What a paste would do."""
    items(stage)
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415

    from census_app.ui.forms.grid import ChildGrid  # noqa: PLC0415

    grid = next(g for g in stage.window.findChildren(ChildGrid) if g.isVisible())
    grid.bar.close_bar()
    QGuiApplication.clipboard().setText(
        "信息项名称\t数据类型\t长度\n许可证编号\t字符型\t22\n排污单位\t字符型\t100\n有效期止\t日期\t\n许可年份\t整数\t四位\n"
    )
    grid.view.paste()
    stage.settle()


@_picture
def fill(stage: Any) -> None:
    """The same answer for many."""
    _window, records = _resources(stage)
    records.list.table.selectAll()
    stage.settle()
    records._on_fill()  # noqa: SLF001
    stage.settle()
    dialog, field = stage.dialog, _role(stage, "share_type")
    dialog._choice.setCurrentIndex(dialog._choice.findData(field))  # noqa: SLF001
    dialog.take_value("2")
    stage.settle()


@_picture
def duplicates(stage: Any) -> None:
    """Possible duplicates side by side."""
    _window, records = _resources(stage)
    stage.settle()
    records.compare()
    stage.settle()


@_picture
def keys(stage: Any) -> None:
    """The sheet of keys."""
    window, _records = _resources(stage)
    window.keys_action.trigger()


# -- judging -------------------------------------------------------------------------------------------------------


@_picture
def zombies(stage: Any) -> None:
    """The guide through the systems."""
    stage.open(RAW, "zombies")
    stage.settle()


@_picture
def last_year(stage: Any) -> None:
    """Last year's records, one by one."""
    stage.open("2018.censusdb", "last_year")
    stage.settle()


# -- checking ------------------------------------------------------------------------------------------------------


@_picture
def problems(stage: Any) -> None:
    """All problems, with what is known of one."""
    window = stage.open(RAW, "check")
    stage.settle()
    table = window.check_page.table
    table.setCurrentIndex(table.model().index(1, 0))
    table.setFocus()


@_picture
def mends(stage: Any) -> None:
    """What would be mended at once."""
    window = stage.open(RAW, "check")
    stage.settle()
    found = [f for f in window.session.problems.report.findings if f.offer is not None]
    window.acts.offers(found)
    stage.settle()


@_picture
def history(stage: Any) -> None:
    """The whole history."""
    window = stage.open(DONE, "resources")
    window.history.open_all()
    stage.settle()
    table = stage.dialog.table
    table.setCurrentIndex(table.model().index(1, 0))
    stage.settle()


# -- handing in ----------------------------------------------------------------------------------------------------


def _hand_in(stage: Any, name: str, part: str) -> Any:
    window = stage.open(name, "export")
    stage.settle()
    shown = window.page("export")
    shown.show_stage(part)
    stage.settle()
    return shown


@_picture
def completeness(stage: Any) -> None:
    """Which sections of which records are filled."""
    _hand_in(stage, RAW, "map")


@_picture
def summary(stage: Any) -> None:
    """What is handed in."""
    _hand_in(stage, DONE, "summary")


@_picture
def approval(stage: Any) -> None:
    """What the head decides."""
    shown = _hand_in(stage, WAITING, "approval")
    shown.approval.name.setText("周建明")
    shown.approval.office.setText("副厅长")
    stage.settle()


@_picture
def delivery(stage: Any) -> None:
    """The signed package and where it goes."""
    shown = _hand_in(stage, DONE, "signing")
    shown.export(stage.folder / "out", PASSPHRASE)
    stage.settle()
    stage.wait(800)


@_picture
def correspondence(stage: Any) -> None:
    """What came and what went."""
    window = stage.open(MARKET, "packages")
    window.page("packages").show_tab("queries")
    stage.settle()


# -- keeping -------------------------------------------------------------------------------------------------------


@_picture
def backup(stage: Any) -> None:
    """Snapshots and copies."""
    stage.open(RAW, "backup")
    stage.settle()
    stage.wait(800)


@_picture
def support(stage: Any) -> None:
    """What a technician gets."""
    stage.open(RAW, "resources")
    stage.desktop.rescue.support()
    stage.wait(1500)


@_picture
def rescue(stage: Any) -> None:
    """What can be done about a damaged file."""
    _forget_files(stage)
    path = stage.copy(RAW)
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\x55" * 40960)
    stage.desktop.open_file(path)
    stage.wait(1500)


# -- coordinators --------------------------------------------------------------------------------------------------


@_picture
def catalogue(stage: Any) -> None:
    """The overview of a catalogue."""
    stage.open(CATALOGUE)
    stage.settle()


@_picture
def inbox(stage: Any) -> None:
    """What arrived."""
    stage.open(CATALOGUE, "inbox")


@_picture
def review(stage: Any) -> None:
    """Asking back."""
    stage.open(CATALOGUE, "review")


@_picture
def indicators(stage: Any) -> None:
    """What is measured."""
    window = stage.open(CATALOGUE, "indicators")
    stage.until(lambda: window.indicators.desk.board is not None)


@_picture
def breakdown(stage: Any) -> None:
    """Figures by department, with their chart."""
    window = stage.open(CATALOGUE, "indicators")
    stage.until(lambda: window.indicators.desk.board is not None)
    window.indicators.tabs.setCurrentIndex(1)
    stage.settle()
