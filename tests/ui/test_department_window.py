"""The department window driven as a person would, on a real workspace and the sample workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QTableView

from census_app import bootstrap
from census_app.assets import resource
from census_app.domain.records import RecordId, Unfit
from census_app.errors import EnvironmentProblem
from census_app.services import enrolling
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.export_page import ExportPage
from census_app.ui.department.fill_dialog import FillDialog
from census_app.ui.department.import_dialog import ImportDialog
from census_app.ui.department.packages_page import PackagesPage
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs import messages
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener, Until, settle

SAMPLE = resource("samples", "environment", "resources.xlsx")
PASSPHRASE = "一二三四五六七八九十甲乙"  # noqa: S105


@pytest.fixture
def window(store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    return open_window(store)


def import_sample(window: DepartmentWindow, until: Until, path: Path = SAMPLE) -> None:
    dialog = ImportDialog(window.session, window.words, window)
    dialog.imported.connect(window.acts.on_imported)
    dialog.take_files([path])
    until(lambda: dialog.plan is not None)
    dialog.apply()
    until(lambda: dialog.result() == QDialog.DialogCode.Accepted.value)
    dialog.deleteLater()
    settle(window, until)


def show_step(window: DepartmentWindow, step: str, until: Until) -> RecordsPage:
    window.guide.select(step)
    settle(window, until)
    page = window.records_page()
    assert page is not None
    return page


def count(window: DepartmentWindow, form: str) -> int:
    return window.session.store.count(ListQuery(form=form))


def test_the_first_page_is_the_department_itself(window: DepartmentWindow) -> None:
    page = window.records_page()
    assert page is not None
    assert page.single
    assert page.state is not None
    assert page.state.values["name"] == "江苏省环境保护厅"
    assert "已检查" in window.status.left_text()


def test_an_excel_list_comes_in_and_one_undo_takes_it_back(
    window: DepartmentWindow, until: Until
) -> None:
    import_sample(window, until)
    page = window.records_page()
    assert page is not None
    assert page.form.id == "information_resource"
    assert page.list.total == count(window, "information_resource") > 10
    assert window.undo_action.isEnabled()
    window.session.undo()
    settle(window, until)
    assert count(window, "information_resource") == 0
    assert page.list.total == 0
    window.session.redo()
    settle(window, until)
    assert page.list.total > 10


def test_the_preview_adds_up_and_writes_nothing(window: DepartmentWindow, until: Until) -> None:
    dialog = ImportDialog(window.session, window.words, window)
    mime = QMimeData()
    mime.setUrls(
        [QUrl.fromLocalFile(str(SAMPLE)), QUrl.fromLocalFile(str(SAMPLE.with_suffix(".txt")))]
    )
    dialog.drop.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    until(lambda: dialog.plan is not None)
    plan = dialog.plan
    assert plan is not None
    assert count(window, "information_resource") == 0
    form_set = window.session.form_set
    parts = [f"{c.new} 条{form_set.form(f).label.get('zh')}" for f, c in plan.counts.items()]
    assert dialog.apply_button.text() == "导入 " + "、".join(parts)
    assert nameless_controls(dialog) == []
    dialog.reject()
    settle(window, until)
    assert count(window, "information_resource") == 0
    dialog.deleteLater()


def test_the_values_to_check_can_be_looked_at_before_the_import(
    window: DepartmentWindow, until: Until, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("信息资源名称", "信息资源摘要", "更新周期"), ("空气质量数据", "站点", "常年")):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    dialog = ImportDialog(window.session, window.words, window)
    dialog.take_files([tmp_path / "a.xlsx"])
    until(lambda: dialog.plan is not None)
    dialog.see_unfit.click()
    view = dialog.tabs.currentWidget()
    assert isinstance(view, QTableView)
    assert view.model() is dialog.unfit
    shown = [str(dialog.unfit.index(0, n).data()) for n in range(5)]
    assert shown == ["a.xlsx", sheet.title, "C2", "更新周期", "常年"]
    dialog.deleteLater()


def test_importing_twice_changes_nothing(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    dialog = ImportDialog(window.session, window.words, window)
    dialog.take_files([SAMPLE])
    until(lambda: dialog.plan is not None)
    assert not dialog.apply_button.isEnabled()
    assert dialog.apply_button.text() == "没有可导入的内容"
    dialog.deleteLater()


def test_a_file_that_is_no_list_is_refused_in_words(
    window: DepartmentWindow, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(messages.ErrorDialog, "exec", lambda self: told.append(self.windowTitle()))
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(b"this is no workbook")
    dialog = ImportDialog(window.session, window.words, window)
    dialog.take_files([wrong])
    until(lambda: bool(told))
    assert dialog.plan is None
    dialog.deleteLater()


def test_what_is_typed_is_saved_checked_and_undone(
    window: DepartmentWindow, until: Until, qtbot: Any
) -> None:
    page = show_step(window, "systems", until)
    page.add()
    settle(window, until)
    assert page.state is not None
    view = page._form_view()
    view.go_to("name")
    row = view.row("name")
    assert row is not None
    assert row.worst is not None
    qtbot.keyClicks(row.editor.line, "Permit system")  # type: ignore[attr-defined]
    view.flush()
    settle(window, until)
    record = window.session.store.record("information_system", page.record)
    assert record is not None
    assert record.values["name"] == "Permit system"
    assert view.row("name").worst is None  # type: ignore[union-attr]
    assert window.status.left_text().startswith("已保存")
    assert page.list.current_row().texts["name"] == "Permit system"  # type: ignore[union-attr]
    window._on_undo()
    settle(window, until)
    record = window.session.store.record("information_system", page.record)
    assert record is not None
    assert "name" not in record.values
    assert row.editor.line.text() == ""  # type: ignore[attr-defined]


def test_one_stay_in_a_field_is_one_undo_step(
    window: DepartmentWindow, until: Until, qtbot: Any
) -> None:
    page = window.records_page()
    assert page is not None
    row = page._form_view().row("address")
    assert row is not None
    for text in ("Nan", "jing"):
        qtbot.keyClicks(row.editor.line, text)  # type: ignore[attr-defined]
        row.editor.flush()
        settle(window, until)
    window._on_undo()
    settle(window, until)
    record = window.session.store.record("department", page.record)
    assert record is not None
    assert "address" not in record.values


def test_classified_content_is_refused_under_the_field_and_never_written(
    window: DepartmentWindow, until: Until
) -> None:
    page = show_step(window, "systems", until)
    page.add()
    settle(window, until)
    view = page._form_view()
    form = window.session.form_set.form("information_system")
    refusing = next(r for r in form.rule if r.severity == "refusal")
    bad = refusing.example.bad
    field = next(f for f in refusing.fields if f in bad)
    view.go_to(field)
    view.text_committed.emit(field, str(bad[field]))
    settle(window, until)
    record = window.session.store.record("information_system", page.record)
    assert record is not None
    assert record.values.get(field) != bad[field]
    row = view.row(field)
    assert row is not None
    assert row._refused


def test_search_finds_two_characters_anywhere(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)
    total = page.list.total
    name = page.list.current_row().texts["name"]  # type: ignore[union-attr]
    window.top.search.setText(name[1:3])
    settle(window, until)
    assert 0 < page.list.total <= total
    window.top.search.setText("没有这样的名称")
    settle(window, until)
    assert page.list.total == 0
    page.list.show_all()
    settle(window, until)
    assert page.list.total == total


def test_a_chip_lists_the_records_it_counts(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)
    chip = next(c for c in page.list._chips.buttons() if c.property("chip") == "errors")
    counted = int(chip.text().split()[-1])
    chip.click()
    settle(window, until)
    assert page.list.total == counted > 0


def test_sorting_by_a_head_goes_up_down_and_back(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)

    def names() -> list[str]:
        settle(window, until)
        rows = [page.list.model.row_at(r) for r in range(page.list.total)]
        return [r.texts["name"] for r in rows if r is not None]

    made = names()
    page.list._on_head(0)
    up = names()
    page.list._on_head(0)
    down = names()
    page.list._on_head(0)
    assert up != down
    assert sorted(up) == sorted(down) == sorted(made)
    assert names() == made


def test_next_problem_leads_to_the_very_field(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)
    window.next_problem()
    settle(window, until)
    focused = window.field_at_cursor()
    open_fields = {f.fields[0] for f in page.findings() if f.blocks_export}
    assert focused in open_fields
    before = (page.record, focused)
    window.next_problem()
    settle(window, until)
    assert (page.record, window.field_at_cursor()) != before


def test_a_problem_of_the_list_opens_its_record_and_field(
    window: DepartmentWindow, until: Until
) -> None:
    import_sample(window, until)
    window.guide.select("check")
    settle(window, until)
    until(lambda: bool(window.check_page.model.groups))
    groups = window.check_page.model.groups
    shown = sum(len(g.findings) for g in groups)
    assert shown == len(window.session.problems.all())
    last = next(g.findings[-1] for g in groups if g.first.form == "information_resource")
    window.check_page.go_wanted.emit(last)
    settle(window, until)
    page = window.records_page()
    assert page is not None
    assert page.record == last.record
    assert window.field_at_cursor() == last.fields[0]


def test_a_problem_of_a_data_item_opens_its_cell(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)
    query = ListQuery(form="data_item")
    keys = window.session.store.keys(query)
    child = window.session.store.rows("data_item", [keys[-1]], ["name"])[0]
    window.show_record("data_item", child.id, "data_type")
    settle(window, until)
    grid = page._grids["data_item"]
    index = grid.view.currentIndex()
    row = grid.model.row_at(index.row())
    assert row is not None
    assert row.id == child.id
    assert grid.model.columns[index.column()].id == "data_type"


def test_a_block_from_excel_becomes_items_in_one_step(
    window: DepartmentWindow, until: Until
) -> None:
    page = show_step(window, "resources", until)
    page.add()
    settle(window, until)
    grid = page._grids["data_item"]
    names = "\n".join(f"信息项{n}" for n in range(300))
    QGuiApplication.clipboard().setText(names)
    grid.view.paste()
    settle(window, until)
    assert count(window, "data_item") == 300
    assert grid.model.total == 300
    window._on_undo()
    settle(window, until)
    assert count(window, "data_item") == 0
    assert grid.model.total == 0


def test_rows_are_inserted_filled_and_deleted(window: DepartmentWindow, until: Until) -> None:
    page = show_step(window, "resources", until)
    page.add()
    settle(window, until)
    grid = page._grids["data_item"]
    grid.view.insert_wanted.emit(0, 1, False)
    settle(window, until)
    grid.model.setData(grid.model.index(0, 0), "许可证编号")
    settle(window, until)
    first = grid.model.row_at(0)
    assert first is not None
    grid.view.insert_wanted.emit(first.key, 1, False)
    settle(window, until)
    assert [grid.model.index(r, 0).data() for r in range(2)] == ["许可证编号", ""]
    grid.view.selectColumn(0)
    grid.view.fill_down()
    settle(window, until)
    assert grid.model.index(1, 0).data() == "许可证编号"
    grid.view.setCurrentIndex(grid.model.index(0, 0))
    grid.view.delete_rows()
    settle(window, until)
    assert grid.model.total == 1


def test_a_record_is_deleted_after_asking_and_comes_back(
    window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)
    total = page.list.total
    answers = iter([QDialog.DialogCode.Rejected, QDialog.DialogCode.Accepted])
    monkeypatch.setattr(
        "census_app.ui.department.removal.DeleteDialog.exec", lambda _self: next(answers)
    )
    page.delete()
    settle(window, until)
    assert page.list.total == total
    page.delete()
    settle(window, until)
    assert page.list.total == total - 1
    window._on_undo()
    settle(window, until)
    assert page.list.total == total


def test_an_offer_is_taken_from_the_panel(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    offered = [f for f in window.session.problems.all() if f.offer is not None]
    assert offered
    window.panel.cards.offer_wanted.emit(offered[0])
    settle(window, until)
    record = window.session.store.record(offered[0].form, offered[0].record)
    assert record is not None
    assert record.values[offered[0].fields[0]] == offered[0].offer


def test_a_warning_leaves_with_a_reason(window: DepartmentWindow, until: Until) -> None:
    import_sample(window, until)
    before = window.session.problems.figures()
    warning = next(
        f for f in window.session.problems.all()
        if f.severity.value == "warning" and f.values_sha256
    )  # fmt: skip
    window.session.explain([warning], "已与业务处核对", window, window.acts._done)
    settle(window, until)
    after = window.session.problems.figures()
    assert (after.unexplained, after.explained) == (before.unexplained - 1, before.explained + 1)
    assert "1 个警告已说明" in window.status.left_text()


def test_edits_wait_while_the_disk_is_full_and_are_written_later(
    window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.records_page()
    assert page is not None
    made: list[RecordId] = []
    window.session.create("internal_office", window, made.append)
    settle(window, until)
    real = type(window.session.store).write
    full = True

    def write(self: Any, step: Any) -> Any:
        if full:
            raise EnvironmentProblem("DISK_FULL", path="x")
        return real(self, step)

    monkeypatch.setattr(type(window.session.store), "write", write)
    window.session.set_text("department", page.record, "address", "南京")
    window.session.set_text("department", page.record, "fax", "025")
    settle(window, until)
    assert not window.notice.isHidden()
    window.session.open_record("internal_office", made[0])
    settle(window, until)
    full = False
    window.session.retry()
    settle(window, until)
    record = window.session.store.record("department", page.record)
    assert record is not None
    assert (record.values["address"], record.values["fax"]) == ("南京", "025")
    assert window.notice.isHidden()
    # The record that was opened meanwhile is still the one that is read again.
    shown: list[str] = []
    window.session.state_changed.connect(lambda state, _elsewhere: shown.append(state.record))
    window.session.tell_changed(())
    settle(window, until)
    assert shown == [made[0]]


def test_typing_that_nobody_committed_is_written_when_the_window_closes(
    store: WorkspaceStore,
    services: bootstrap.Services,
    preferences: Preferences,
    words: Words,
    until: Until,
    qtbot: Any,
    tmp_path: Path,
) -> None:
    made = DepartmentWindow(services, store, preferences, words)
    made.show()
    made.start()
    settle(made, until)
    page = made.records_page()
    assert page is not None
    row = page._form_view().row("address")
    assert row is not None
    qtbot.keyClicks(row.editor.line, "Nanjing")  # type: ignore[attr-defined]
    made.close()
    again = services.open_workspace(store.path)
    record = again.record("department", page.record)
    again.close()
    made.deleteLater()
    assert record is not None
    assert record.values["address"] == "Nanjing"


def test_a_department_asks_for_an_sm2_certificate(
    window: DepartmentWindow, until: Until, tmp_path: Path
) -> None:
    window.guide.select("export")
    settle(window, until)
    page = window.page("export")
    assert isinstance(page, ExportPage)
    page.certificate.new_pass.setText(PASSPHRASE)
    page.certificate.new_again.setText(PASSPHRASE)
    page.certificate.algorithm.setCurrentIndex(1)
    page.certificate.make_request(tmp_path / "out")
    settle(window, until)
    request = page.certificate.request
    assert request is not None
    clock = window.session.services.clock
    assert enrolling.read_enrolment(request.request, clock=clock).fingerprint == request.fingerprint
    assert b'"algorithm":"sm2-sm3"' in request.request.read_bytes()


def test_a_department_enrols_hands_in_and_sees_its_package(
    window: DepartmentWindow, until: Until, services: bootstrap.Services, tmp_path: Path
) -> None:
    import_sample(window, until)
    window.guide.select("export")
    settle(window, until)
    page = window.page("export")
    assert isinstance(page, ExportPage)
    assert page.signing.card.isHidden()
    page.certificate.new_pass.setText(PASSPHRASE)
    page.certificate.new_again.setText(PASSPHRASE)
    page.certificate.make_request(tmp_path / "out")
    settle(window, until)
    request = page.certificate.request
    assert request is not None
    assert request.fingerprint in page.certificate.fingerprint.text()
    page.certificate.card.click()
    until(lambda: page.certificate.paper.preview is not None)
    shown = page.certificate.paper.preview
    assert shown is not None
    assert "密钥卡" in shown.preview._name
    shown.close()
    settle(window, until)
    assert not page.signing.card.isHidden()  # a key that waits signs already
    answer = _issue(services, request, tmp_path)
    window.mail.arrivals.take([answer])
    settle(window, until)
    assert window.post.mail.key.standing == "valid"
    assert not page.signing.export.isEnabled()
    page.signing.passphrase.setText(PASSPHRASE)
    assert (
        not page.signing.export.isEnabled()
    )  # unfinished records are neither mended nor announced
    page.summary.announce.setChecked(True)
    assert page.signing.export.isEnabled()
    page.export(tmp_path / "packages", PASSPHRASE)
    settle(window, until)
    result = page.result
    assert result is not None
    assert result.path.is_file()
    assert result.cover is not None
    assert result.cover.read_bytes().startswith(b"%PDF")
    assert result.digest in page.handover.digest.text()
    window.guide.select("packages")
    settle(window, until)
    packages = window.page("packages")
    assert isinstance(packages, PackagesPage)
    assert packages.letters.model.rowCount() == 1
    assert packages.letters.letters[0].state == "waiting"
    assert nameless_controls(window) == []


def _issue(services: bootstrap.Services, request: enrolling.Enrolment, folder: Path) -> Path:
    clock = services.clock
    _key, root = enrolling.make_root("根", folder / "root", PASSPHRASE, clock=clock)
    catalogue = bootstrap.create_catalogue(
        folder / "catalogue.censusdb", name="省目录", roots_pem=root.read_text(), clock=clock
    )
    issued = enrolling.confirm(
        catalogue, request.request, request.fingerprint, folder / "root", PASSPHRASE, clock=clock
    )
    answer = enrolling.write_answer(issued, root.read_text(), folder / "answers")
    catalogue.close()
    return answer


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_names_its_controls_in_every_language(
    store: WorkspaceStore,
    services: bootstrap.Services,
    preferences: Preferences,
    until: Until,
    language: str,
) -> None:
    window = DepartmentWindow(services, store, preferences, Words(language))
    window.show()
    window.start()
    settle(window, until)
    for entry in window.guide._model.entries:
        window.guide.select(entry.id)
        settle(window, until)
        assert nameless_controls(window) == [], entry.id
    window.close()
    window.deleteLater()


def test_no_two_actions_share_a_key(window: DepartmentWindow) -> None:
    keys = [k.toString() for a in window.actions() for k in a.shortcuts() if not k.isEmpty()]
    assert len(keys) == len(set(keys))
    assert QKeySequence("F8").toString() in keys
    assert QKeySequence("Ctrl+Z").toString() in keys


def test_values_that_do_not_fit_are_kept_and_shown(window: DepartmentWindow, until: Until) -> None:
    page = show_step(window, "resources", until)
    page.add()
    settle(window, until)
    view = page._form_view()
    view.go_to("size_total_gb")
    view.text_committed.emit("size_total_gb", "1200条")
    settle(window, until)
    record = window.session.store.record("information_resource", page.record)
    assert record is not None
    assert record.values["size_total_gb"] == Unfit("1200条")
    row = view.row("size_total_gb")
    assert row is not None
    assert row.worst is not None
    window.session.open_record("information_resource", RecordId(page.record))
    settle(window, until)
    assert row.editor.line.text() == "1200条"  # type: ignore[attr-defined]


def test_many_records_get_one_answer_in_one_step(
    window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_sample(window, until)
    page = show_step(window, "resources", until)
    page.list.table.selectAll()
    assert not page._fill.isHidden()

    def answer(dialog: FillDialog) -> int:
        assert nameless_controls(dialog) == []
        labels = [f.id for f in dialog._fields]
        dialog._choice.setCurrentIndex(labels.index("keywords"))
        dialog.take_text("生态环境")
        dialog._on_apply()
        return dialog.result()

    monkeypatch.setattr(FillDialog, "exec", answer)
    page._on_fill()
    settle(window, until)
    records = list(window.session.store.stream_records("information_resource"))
    assert {r.values.get("keywords") for r in records} == {"生态环境"}
    window._on_undo()
    settle(window, until)
    records = list(window.session.store.stream_records("information_resource"))
    assert {r.values.get("keywords") for r in records} != {"生态环境"}


def test_a_group_of_problems_is_mended_with_one_answer(
    window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_sample(window, until)
    findings = [
        f
        for f in window.session.problems.all()
        if f.form == "information_resource" and f.check == "required"
    ]
    field = findings[0].fields[0]
    group = [f for f in findings if f.fields[0] == field]

    def answer(dialog: FillDialog) -> int:
        assert dialog.field.id == field
        dialog.take_text(
            window.session.form_set.form("information_resource").field_by_id(field).example
        )
        dialog._on_apply()
        return dialog.result()

    monkeypatch.setattr(FillDialog, "exec", answer)
    window.check_page.fill_wanted.emit(group)
    settle(window, until)
    left = [
        f for f in window.session.problems.all() if f.check == "required" and f.fields[0] == field
    ]
    assert left == []


def test_what_does_not_fit_is_not_given_to_many(
    themed: QApplication, window: DepartmentWindow
) -> None:
    form = window.session.form_set.form("information_resource")
    field = form.field_by_id("published_on")
    dialog = FillDialog([field], 3, window.session.context, window.words)
    dialog.take_text("去年")
    dialog._on_apply()
    assert dialog.value is None
    assert dialog.result() == 0
    assert "去年" in dialog._problem.text()
    dialog.deleteLater()


def test_a_second_body_is_listed_and_the_departments_own_record_stays(
    window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.records_page()
    assert page is not None
    assert page.list.isHidden()
    own = page.record
    page.add()
    settle(window, until)
    assert not page.list.isHidden()
    assert page.list.total == 2
    assert page.record != own
    monkeypatch.setattr(
        "census_app.ui.department.removal.DeleteDialog.exec",
        lambda _self: QDialog.DialogCode.Accepted,
    )
    page.list.table.selectAll()
    page.delete()
    settle(window, until)
    assert page.list.total == 1
    assert page.record == own
    page.delete()
    settle(window, until)
    assert count(window, "department") == 1
