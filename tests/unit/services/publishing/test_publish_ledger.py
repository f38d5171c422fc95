"""The ledger as a table: which record, from what to what, when, who, why (lesson 8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services.correcting import correct
from census_app.services.ledger_sheet import write_ledger_sheet
from census_app.services.ports import CatalogueStore
from census_app.services.record_states import withdraw
from tests.unit.services.conftest import CODES, StandingClock
from tests.unit.services.publishing.conftest import CLOSED, OPEN


def _rows(path: Path) -> list[dict[str, str]]:
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _of(rows: list[dict[str, str]], kind: str, record: RecordId) -> list[dict[str, str]]:
    return [r for r in rows if r["事项"] == kind and r["记录编号"] == record]


def test_a_correction_says_both_values(catalogue: CatalogueStore, tmp_path: Path) -> None:
    done = write_ledger_sheet(catalogue, tmp_path / "l.csv", "zh")
    rows = _rows(done.path)
    assert len(rows) == done.rows
    assert len({r["裁定编号"] for r in rows}) == done.decisions == len(catalogue.decisions())
    (row,) = _of(rows, "更正", CLOSED)
    assert row["记录或对象"] == "举报人信息"
    assert (row["字段或规则"], row["原内容"], row["改为"]) == ("更新周期", "每年", "每月")
    assert (row["裁定人"], row["理由"], row["效力"]) == ("李", "以台账为准。", "有效")
    assert len([r for r in rows if r["事项"] == "赋码"]) == 3
    (asked,) = _of(rows, "审核意见", OPEN)
    assert asked["改为"] == "提出：请补充覆盖范围"
    (accepted,) = [r for r in rows if r["事项"] == "通过"]
    assert (accepted["原内容"], accepted["改为"]) == ("待审核", "通过")


def test_what_was_said_before_is_what_it_changes_from(
    catalogue: CatalogueStore, tmp_path: Path, clock: StandingClock
) -> None:
    form = "information_resource"
    clock.moment = clock.moment.replace(hour=9)
    correct(
        catalogue,
        CODES[0],
        form,
        CLOSED,
        "update_cycle",
        "daily",
        "再次核对。",
        actor="王",
        clock=clock,
    )
    withdraw(catalogue, CODES[0], [OPEN], "数据停止更新。", actor="王", clock=clock)
    rows = _rows(write_ledger_sheet(catalogue, tmp_path / "l.csv", "zh").path)
    first, second = _of(rows, "更正", CLOSED)
    assert (first["效力"], second["效力"]) == ("已被取代", "有效")
    assert (second["原内容"], second["改为"], second["裁定人"]) == ("每月", "每日", "王")
    (gone,) = _of(rows, "下架", OPEN)
    assert (gone["原内容"], gone["改为"], gone["理由"]) == ("已发布", "已下架", "数据停止更新。")


def test_workbook_english_and_golden(
    catalogue: CatalogueStore, tmp_path: Path, same: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    done = write_ledger_sheet(catalogue, tmp_path / "l.xlsx", "en")
    sheet = openpyxl.load_workbook(done.path).active
    assert [c.value for c in sheet[1]][:3] == ["No.", "When", "Who"]
    assert sheet.max_row == done.rows + 1
    rows = [[str(c.value or "") for c in row] for row in sheet.iter_rows()]
    # The order of what was decided in one second is that of random ids; the time is that of the place.
    told = sorted("\t".join([*row[2:15]]) for row in rows[1:])
    same("ledger.txt", "\n".join(told) + "\n")


def test_another_suffix_is_refused(catalogue: CatalogueStore, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="LEDGER_SUFFIX"):
        write_ledger_sheet(catalogue, tmp_path / "l.pdf", "zh")
