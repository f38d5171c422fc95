"""A synthetic province: valid, the same by its seed, changed by its rounds, wrong where it shall be."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.domain.records import Unfit
from census_app.domain.uscc import body_check_holds, is_uscc
from census_app.errors import UserError
from census_app.services.checking import check_workspace
from census_app.services.populating import (
    Populated,
    populate,
    populate_workspace,
    synthetic_holdings,
)
from census_app.services.receiving import receive
from census_app.services.synthetic_province import Holding, Province, Wanted, body_code
from census_app.services.synthetic_shapes import chance_of, spread
from census_app.services.synthetic_words import vocabulary

DAY = dt.date(2026, 11, 23)
SMALL = Wanted(departments=4, resources=80, items=640, systems=20, mistakes=0.0, day=DAY)


class HeldClock:
    """The day of the province: rules compare dates with it."""

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


SERVICES = bootstrap.PracticeServices(clock=HeldClock(), actor="t")


@pytest.fixture(scope="module")
def province() -> Province:
    return Province(SERVICES.form_set(), SMALL)


def everything(province: Province, round_: int = 1) -> list[Holding]:
    return [h for body in province.bodies for h in synthetic_holdings(province, body, round_)]


def made(into: Path, wanted: Wanted, *, take_in: bool = False) -> Populated:
    return populate(into, wanted, SERVICES, take_in=take_in)


def test_without_mistakes_nothing_has_to_be_announced(tmp_path: Path) -> None:
    done = made(tmp_path, SMALL, take_in=True)
    assert done.announced == 0
    assert done.received == {"merged": 4}
    with closing(SERVICES.open_catalogue(done.catalogue)) as catalogue:
        assert [p.errors for p in catalogue.packages()] == [0, 0, 0, 0]
        assert {entry.head_sequence for entry in catalogue.roster()} == {1}
        resources = list(catalogue.stream_records("information_resource"))
        assert len(resources) == SMALL.resources == done.records["information_resource"]
        assert done.records["data_item"] == SMALL.items
        assert done.records["information_system"] == SMALL.systems


def test_every_warning_of_a_package_has_its_reason(tmp_path: Path) -> None:
    done = made(tmp_path, replace(SMALL, mistakes=0.3), take_in=True)
    with closing(SERVICES.open_catalogue(done.catalogue)) as catalogue:
        for package in catalogue.packages():
            assert package.errors == 0
            assert len(catalogue.explained(package.department)) == package.warnings > 0
        assert done.announced == len(catalogue.announced()) > 0


def test_rounds_change_add_delete_and_mend(tmp_path: Path) -> None:
    wanted = Wanted(
        departments=2, resources=400, items=1600, systems=8, rounds=2, mistakes=0.1, day=DAY
    )
    done = made(tmp_path, wanted)
    first, second = done.packages[:2], done.packages[2:]
    with closing(SERVICES.open_catalogue(done.catalogue)) as catalogue:
        for path in first:
            assert receive(catalogue, path, clock=SERVICES.clock).outcome == "merged"
        deleted = 0
        for path in second:
            merge = receive(catalogue, path, clock=SERVICES.clock).merge
            assert merge is not None
            assert merge.added
            assert merge.changed
            deleted += merge.deleted
            assert merge.unchanged > merge.changed
            assert not merge.vanished
        assert deleted


def test_a_third_round_keeps_what_the_second_deleted_deleted(province: Province) -> None:
    many = Province(province.form_set, replace(SMALL, resources=400, items=2000, mistakes=0.0))
    gone = [
        {h.id for body in many.bodies for h in many.holdings(body, round_) if h.deleted}
        for round_ in (1, 2, 3)
    ]
    assert not gone[0]
    assert gone[1]
    assert gone[1] < gone[2]


def test_the_seed_decides_every_id_and_answer(province: Province) -> None:
    again = Province(SERVICES.form_set(), SMALL)
    assert again.bodies == province.bodies
    assert everything(again, 2) == everything(province, 2)
    other = Province(SERVICES.form_set(), replace(SMALL, seed=2))
    assert not {h.id for h in everything(other)} & {h.id for h in everything(province)}


def test_a_later_round_leaves_what_it_does_not_touch(province: Province) -> None:
    first = {h.id: h for h in everything(province)}
    second = {h.id: h for h in everything(province, 2) if not h.deleted}
    same = [h for record, h in second.items() if first.get(record) == h]
    assert len(same) > len(second) * 0.6
    assert set(second) - set(first)


def test_codes_are_well_formed_and_each_departments_own(province: Province) -> None:
    codes = [body_code("320100", number) for number in range(300)]
    assert len(set(codes)) == 300
    assert all(is_uscc(code) and body_check_holds(code) for code in codes)
    each = 900
    wanted = Wanted(departments=each, resources=each, items=each, systems=each, day=DAY)
    many = Province(province.form_set, wanted)
    assert len({body.name for body in many.bodies}) == 900
    assert all(body.name.endswith("（模拟）") for body in many.bodies)


def test_names_are_each_departments_own_and_shared_between_some() -> None:
    wanted = replace(SMALL, departments=60, resources=3000, items=9000, systems=300)
    names: Counter[str] = Counter()
    for body in (province := Province(SERVICES.form_set(), wanted)).bodies:
        own = [
            str(h.values["name"])
            for h in province.holdings(body)
            if h.form == "information_resource"
        ]
        assert len(set(own)) == len(own)
        names.update(own)
    shared = [name for name, times in names.items() if times > 1]
    assert 0.01 < len(shared) / len(names) < 0.3


def test_whoever_keeps_the_same_resource_has_nearly_the_same_items() -> None:
    wanted = replace(SMALL, departments=60, resources=3000, items=60_000, systems=60)
    seen: dict[str, list[set[str]]] = {}
    province = Province(SERVICES.form_set(), wanted)
    for body in province.bodies:
        for holding in province.holdings(body):
            if holding.form == "information_resource":
                items = {str(child.values["name"]) for child in holding.children}
                seen.setdefault(str(holding.values["name"]), []).append(items)
    twice = [sets for sets in seen.values() if len(sets) > 1]
    likeness = [len(a & b) / max(1, min(len(a), len(b))) for a, b, *_ in twice]
    assert sum(likeness) / len(likeness) > 0.5


def test_sizes_are_spread_as_in_life_and_add_up() -> None:
    counts = spread(50_000, 100, 20, 2000, chance_of(3), 1.0)
    assert sum(counts) == 50_000
    assert min(counts) >= 20
    assert 1000 < max(counts) <= 2000
    assert sorted(counts)[50] < 500
    assert sum(spread(3, 5, 20, 2000, chance_of(3), 1.0)) == 3
    assert spread(0, 0, 1, 2, chance_of(3), 1.0) == []


def test_each_kind_of_mistake_is_made() -> None:
    wanted = replace(SMALL, resources=600, items=6000, systems=80, mistakes=0.5)
    province = Province(SERVICES.form_set(), wanted)
    clean = {h.id: h for body in province.bodies for h in province.holdings(body)}
    wrong: Counter[str] = Counter()
    for spoilt in everything(province):
        before = clean[spoilt.id]
        pairs = [(before, spoilt), *zip(before.children, spoilt.children, strict=True)]
        for old, new in pairs:
            changed = {n for n in {*old.values, *new.values} if old.values.get(n) != new.values.get(n)}  # fmt: skip
            kind = "unfit:" if any(isinstance(new.values.get(n), Unfit) for n in changed) else ""
            wrong.update(kind + name for name in changed)
    assert wrong.keys() >= {
        "name",
        "abstract",
        "provider_uscc",
        "unfit:provider_uscc",
        "unfit:size_total_gb",
        "unfit:records_total_wan",
        "records_total_wan",
        "unfit:data_type",
        "data_length",
        "unfit:update_cycle",
        "published_on",
        "share_condition",
        "share_type",
        "is_open",
        "format_class",
        "size_shared_gb",
        "must_connect",
        "monthly_uses",
        "function",
    }


def test_texts_are_chinese_and_nobodys(province: Province) -> None:
    for holding in everything(province):
        title = province.form_set.form(holding.form).title
        assert re.search(r"[\u4e00-\u9fff]{2}", str(holding.values[title]))
    for words in vocabulary().texts.text:
        for text in words.words:
            assert "gov.cn" not in text or "example" in text


def test_a_workspace_holds_what_was_asked_for_mistakes_and_all(tmp_path: Path) -> None:
    path = tmp_path / "office.censusdb"
    wanted = Wanted(departments=1, resources=60, items=600, systems=10, mistakes=0.3, day=DAY)
    counts = populate_workspace(path, wanted, SERVICES)
    assert counts["information_resource"] == 60
    assert counts["data_item"] == 600
    with closing(SERVICES.open_workspace(path)) as store:
        report = check_workspace(store, clock=SERVICES.clock)
        assert report.records == sum(counts.values())
        assert report.errors
        assert report.unexplained
        assert any(isinstance(v, Unfit) for f in report.findings for v in f.found.values())
        own = next(iter(store.stream_records("department")))
        assert own.values["name"] == store.facts().department_name


@pytest.mark.parametrize(
    "wanted",
    [
        replace(SMALL, departments=0),
        replace(SMALL, resources=3),
        replace(SMALL, items=79),
        replace(SMALL, systems=3),
        replace(SMALL, rounds=0),
        replace(SMALL, mistakes=1.5),
    ],
)
def test_numbers_that_make_no_province_are_refused(tmp_path: Path, wanted: Wanted) -> None:
    with pytest.raises(UserError) as refused:
        made(tmp_path / "p", wanted)
    assert refused.value.code == "FILL_SIZE"
    assert not (tmp_path / "p").exists()


def test_a_folder_takes_one_province(tmp_path: Path) -> None:
    one = replace(SMALL, departments=1, resources=2, items=4, systems=1)
    made(tmp_path, one)
    with pytest.raises(UserError) as refused:
        made(tmp_path, one)
    assert refused.value.code == "FILL_EXISTS"
