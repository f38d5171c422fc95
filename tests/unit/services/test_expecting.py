"""Whom a campaign expects: the list in the ledger, a list from outside, dates moved in the form set."""

from __future__ import annotations

import datetime as dt
import tomllib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.errors import UserError
from census_app.formats.table_files import write_table
from census_app.formspec import campaign_dates
from census_app.formspec.form_files import read_files
from census_app.formspec.loader import load_form_files, load_form_set
from census_app.services import rescheduling
from census_app.services.expecting import (
    Expected,
    expect,
    expected,
    expected_of,
    missing_from,
    read_list,
)
from census_app.services.settling import contested

if TYPE_CHECKING:
    from census_app.services.ports import CatalogueStore
    from tests.unit.services.conftest import Centre


class HeldClock:
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC)  # in China 1 January


WATER = Expected("11320000014000146F", "江苏省水利厅")
SCHOOL = Expected("11320000014000137H", "江苏省教育厅")


@pytest.fixture
def store(centre: Centre) -> CatalogueStore:
    """A catalogue that has a coordinator, under whose name decisions travel."""
    centre.catalogue.store_coordinator("11320000990000041T", "省大数据管理中心", "")
    return centre.catalogue


def test_the_list_lies_in_the_ledger_and_says_what_became_of_whom(
    centre: Centre, store: CatalogueStore
) -> None:
    clock = centre.clock
    made = expect(store, [WATER, SCHOOL], "苏编办〔2017〕1号", actor="王五", clock=clock)
    assert len(made) == 2
    assert [e.name for e in expected(store)] == [
        e.name for e in sorted((WATER, SCHOOL), key=lambda e: e.code)
    ]
    assert expect(store, [WATER, SCHOOL], "再导一次", actor="王五", clock=clock) == ()

    renamed = replace(WATER, name="江苏省水利和湖泊厅", former=WATER.name)
    expect(store, [renamed], "改名", actor="王五", clock=clock)
    gone = replace(SCHOOL, standing="merged", into=WATER.code)
    expect(store, [gone], "机构改革", actor="王五", clock=clock)
    found = {e.code: e for e in expected(store)}
    assert (found[WATER.code].name, found[WATER.code].former) == (renamed.name, WATER.name)
    assert (found[SCHOOL.code].standing, found[SCHOOL.code].into) == ("merged", WATER.code)
    assert found[SCHOOL.code].reason == "机构改革"
    assert [e.code for e in missing_from(found.values(), {})] == [WATER.code]
    assert missing_from(found.values(), {WATER.code: ""}) == []


def test_colleagues_who_say_different_things_have_to_settle_it(
    centre: Centre, store: CatalogueStore
) -> None:
    clock = centre.clock
    [ours] = expect(store, [WATER], "名单", actor="a", clock=clock)
    theirs = replace(ours, id="f" * 64, choice=replace(WATER, name="水利局").choice)
    store.append_decision(theirs)
    assert expected(store) == []  # contested: it applies to nobody
    assert [m.kind for m in contested(store)] == ["expect"]
    expect(store, [replace(WATER, name="水利局")], "以文件为准", actor="a", clock=clock)
    assert [e.name for e in expected(store)] == ["水利局"]
    assert (
        expected_of([replace(ours, choice="{}")]) == []
    )  # of a newer program: not understood, not shown


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "11320000014000146X"}, "EXPECT_CODE"),
        ({"name": "  "}, "EXPECT_NAME"),
        ({"standing": "merged"}, "EXPECT_INTO"),
        ({"standing": "merged", "into": "self"}, "EXPECT_INTO"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_decided(
    centre: Centre, store: CatalogueStore, change: dict[str, Any], code: str
) -> None:
    if change.get("into"):
        change = {**change, "into": WATER.code}
    with pytest.raises(UserError) as refused:
        expect(
            store,
            [SCHOOL, replace(WATER, **change)],
            "名单",
            actor="a",
            clock=centre.clock,
        )
    assert refused.value.code == code
    assert expected(store) == []
    with pytest.raises(UserError, match="DECISION_REASON"):
        expect(store, [WATER], "", actor="a", clock=centre.clock)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_list_is_read_whatever_its_headers_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"名单{suffix}"
    wrong = WATER.code[:17] + ("0" if WATER.code[17] != "0" else "1")
    write_table(
        path,
        "名单",
        ["省级部门一览", "", "", ""],
        [
            ["序号", "机构代码", "所属系统", "单位名称"],
            ["1", WATER.code.lower(), "农口", WATER.name],
            ["2", SCHOOL.code, "文教", SCHOOL.name],
            ["3", wrong, "农口", "写错的"],
            ["4", SCHOOL.code, "文教", "重复的一行"],
            ["", "", "合计", "2"],
        ],
    )
    read = read_list(path)
    assert read.bodies == (WATER, SCHOOL)
    assert len(read.unusable) == 1
    assert "写错的" in read.unusable[0]


def test_a_file_without_codes_says_what_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("部门,电话\n水利厅,025\n", encoding="utf-8")
    with pytest.raises(UserError, match="EXPECT_LIST_EMPTY"):
        read_list(path)
    with pytest.raises(UserError, match="FILE_MISSING"):
        read_list(tmp_path / "nowhere.csv")


def test_only_the_day_changes_and_every_comment_stays() -> None:
    text = (forms_dir("v1") / "campaign.toml").read_text(encoding="utf-8")
    changed = campaign_dates.with_dates(text, {"audit": "2027-03-01"})
    differing = [
        (a, b) for a, b in zip(text.splitlines(), changed.splitlines(), strict=True) if a != b
    ]
    assert differing == [('due   = "2017-11-30"', 'due   = "2027-03-01"')]
    said = {m["id"]: m["due"] for m in tomllib.loads(changed)["milestone"]}
    assert said["audit"] == "2027-03-01"
    assert said["self_check"] == "2017-10-31"


def test_a_practice_is_always_about_to_begin_and_keeps_the_distances() -> None:
    files = read_files(forms_dir("v1"))
    moved = load_form_files(campaign_dates.as_if_it_began(files, dt.date(2026, 11, 30)))
    was = {m.id: dt.date.fromisoformat(m.due) for m in load_form_files(files).campaign.milestones}
    now = {m.id: dt.date.fromisoformat(m.due) for m in moved.campaign.milestones}
    assert now["self_check"] == dt.date(2026, 12, 14)
    assert len({now[name] - day for name, day in was.items()}) == 1
    assert campaign_dates.as_if_it_began({**files, "campaign.toml": b""}, dt.date(2026, 11, 30))


def test_practice_files_are_opened_again_with_their_dates_and_real_ones_keep_theirs(
    tmp_path: Path,
) -> None:
    practice = bootstrap.PracticeServices(clock=HeldClock(), actor="t")
    made = practice.create_workspace(tmp_path / "p.censusdb", "水利厅", WATER.code)
    made.close()
    due = {}
    for name, services in (
        ("p", practice),
        ("r", bootstrap.Services(clock=HeldClock(), actor="t")),
    ):
        path = tmp_path / f"{name}.censusdb"
        if name == "r":
            services.create_workspace(path, "水利厅", WATER.code).close()
        with closing(services.open_workspace(path)) as store:
            due[name] = min(m.due for m in store.form_set.campaign.milestones)
            assert store.form_set.version == "v1"
    assert due == {"p": "2027-01-15", "r": "2017-10-31"}


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"audit": "2027-02-30"}, "MILESTONE_DAY"),
        ({"audit": "20270301"}, "MILESTONE_DAY"),
        ({"nothing": "2027-03-01"}, "MILESTONE_UNKNOWN"),
    ],
)
def test_a_day_that_is_none_and_a_milestone_that_is_none(dates: dict[str, str], code: str) -> None:
    text = (forms_dir("v1") / "campaign.toml").read_text(encoding="utf-8")
    with pytest.raises(UserError, match=code):
        campaign_dates.with_dates(text, dates)


def test_the_form_set_with_other_days_is_whole_and_asks_the_same(
    centre: Centre, tmp_path: Path
) -> None:
    folder = rescheduling.write_form_set(
        centre.catalogue, {"audit": "2027-03-01"}, tmp_path / "forms"
    )
    made, own = load_form_set(folder), centre.catalogue.form_set
    assert (made.version, made.forms) == (own.version, own.forms)
    assert made.sha256 != own.sha256
    assert {m.id: m.due for m in made.campaign.milestones}["audit"] == "2027-03-01"
    with pytest.raises(UserError, match="FOLDER_NOT_EMPTY"):
        rescheduling.write_form_set(centre.catalogue, {"audit": "2027-03-01"}, folder)
