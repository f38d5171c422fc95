"""`census copy` and `census attach` as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.services.editing import create_record
from census_app.services.ports import ListQuery

FORM = "information_resource"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "office.censusdb"
    services = bootstrap.Services(actor="t")
    store = services.create_workspace(path, "江苏省第一样例厅", "11320000990000017P")
    first = create_record(
        store, FORM, {"name": "许可信息", "share_type": "2", "share_condition": "依申请"},
        actor="t", clock=services.clock,
    )  # fmt: skip
    create_record(
        store, "data_item", {"name": "编号"}, actor="t", clock=services.clock, parent=first
    )
    create_record(store, FORM, {"name": "企业名录"}, actor="t", clock=services.clock)
    store.close()
    return path


def count(file: Path, form: str) -> int:
    store = bootstrap.open_workspace(file)
    try:
        return store.count(ListQuery(form=form))
    finally:
        store.close()


def test_a_record_is_copied_with_its_items(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh", "copy", str(file), FORM, "许可信息"]) == 0
    assert "连同 1 条下级记录" in capsys.readouterr().out
    assert (count(file, FORM), count(file, "data_item")) == (3, 2)
    assert main(["copy", str(file), FORM, "企业名录", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["title"], document["children"]) == ("企业名录", 0)


def test_a_section_is_listed_first_and_then_taken_over(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["copy", str(file), FORM, "企业名录", "--from", "许可信息", "--section", "sharing"]
    assert main(["--lang", "zh", *call, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "将改变 2 项" in told
    assert "共享类型: 无条件共享 → 有条件共享" in told
    assert main([*call, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["written"] is True
    assert {c["field"] for c in document["changes"]} == {"share_type", "share_condition"}
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_form", "许可信息"], "no_form"),
        ([FORM, "没有这条"], "没有这条"),
        ([FORM, "许可信息", "--from", "企业名录"], "--section"),
        ([FORM, "许可信息", "--from", "企业名录", "--section", "none"], "none"),
        ([FORM, "许可信息", "--dry-run"], "--dry-run"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake_of_use(
    file: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["copy", str(file), *words]) == 2
    assert said in capsys.readouterr().err
    assert count(file, FORM) == 2


def test_files_are_only_added_to_fields_for_them(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(b"%PDF")
    assert main(["attach", str(file), FORM, "许可信息", "name", str(source)]) == 2
    assert "name" in capsys.readouterr().err
    assert not (tmp_path / "office.censusdb.attachments").exists()
