"""The whole campaign on the shipped sample lists: what `census demo` promises, counted by hand from the lists."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from census_app.assets import resource
from census_app.bootstrap import Services
from census_app.diagnostics import wording
from census_app.errors import UserError
from census_app.exchange.package import TrustAnchors
from census_app.services.counting import Statistics
from census_app.services.demonstrating import DemoDepartment, DemoOutcome, is_present, run_demo
from census_app.services.ports import CatalogueStore
from census_app.services.querying import queries_of, round_of
from census_app.services.receiving import receive
from census_app.services.verifying import verify

ENVIRONMENT = "江苏省生态环境厅（示例）"
LABOUR = "江苏省人力资源和社会保障厅（示例）"
MARKET = "江苏省市场监督管理局（示例）"
UNFINISHED = "检验检测机构资质认定信息"

# Counted from the lists after the mends of campaign.toml: see the last table of resources/samples/README.md.
RESOURCES = 17 + 13 + 10
RESOURCES_BY_SHARE_TYPE = {"1": 13 + 5 + 7, "2": 3 + 7 + 2, "3": 1 + 1 + 1}
ITEMS = 118 + 80 + 67
SYSTEMS = 10 + 6 + 6
FIGURES = {
    "INTEGRATED": "4",
    "SHARED": "37",
    "JOINT": "1",
    "CONNECTION": "57.1%",
    "DEPARTMENTS": "3",
    "SYSTEMS": str(SYSTEMS),
    "ZOMBIES": "2",
    "COMPRESSION": "20.0%",
    "RESOURCES": str(RESOURCES),
    "ITEMS": str(ITEMS),
    "OPEN": str(11 + 4 + 6),
    "BASE": str(10 + 0 + 6),
    "PRIORITY": str(17 + 0 + 5),
    "VOLUME": "2913.1054",
    "RECORDS": "224142.7537",
}
PARTS = {
    "systems_built": "20",
    "systems_building": "1",
    "systems_planned": "1",
    "systems_eight_facts": str(SYSTEMS),  # the one under construction and the planned one as well
    "zombies_cleared": "1",
    "must_connect": "14",
    "connected": "8",
    "resources_database": "34",
    "resources_database_linked": "33",
    "resources_shared_already": "35",
    "items_shareable": str(ITEMS - 7 - 7 - 8),
    "joint_applications": "2",
    "size_shared": "1113.1054",
    "records_shared": "57437.6008",
    "size_open": "305.7754",
    "records_open": "6463.7478",
    "size_total_unknown": "0",
    "records_total_unknown": "1",
    "size_open_unknown": "1",
}
BY_DEPARTMENT = {
    ENVIRONMENT: ("2", "16", "0", "50.0%"),
    LABOUR: ("1", "12", "0", "66.7%"),
    MARKET: ("1", "9", "1", "60.0%"),
}


class HeldClock:
    """A clock that stands still on a day after the campaign."""

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 12, 1, 1, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Played:
    """A finished demonstration, what it said, and the data folder it used."""

    outcome: DemoOutcome
    told: tuple[tuple[str, dict[str, object]], ...]
    services: Services
    data: Path

    def department(self, name: str) -> DemoDepartment:
        return next(d for d in self.outcome.departments if d.name == name)

    def catalogue(self) -> CatalogueStore:
        return self.services.open_catalogue(self.outcome.catalogue)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("campaign")
    told: list[tuple[str, dict[str, object]]] = []

    def tell(code: str, /, **params: object) -> None:
        told.append((code, params))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CENSUS_DATA_DIR", str(folder / "data"))
        services = Services(clock=HeldClock(), actor="演示")
        outcome = run_demo(folder / "demo", services, language="zh", tell=tell)
    return Played(outcome, tuple(told), services, folder / "data")


# -- what the lists hold -----------------------------------------------------------------------------------------------


def planted() -> dict[str, set[str]]:
    """Return the rules README.md lists, by department."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in resource("samples", "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ") if line.startswith("### ") else ""
        row = re.match(r"\| ([A-Z]+(?:-\d+[a-z]?)?) \|", line)
        if section and row:
            found.setdefault(section, set()).add(row[1])
    return found


@pytest.mark.parametrize("name", [ENVIRONMENT, LABOUR, MARKET])
def test_the_check_finds_exactly_the_planted_mistakes(played: Played, name: str) -> None:
    department = played.department(name)
    assert {*department.found, *department.refused} == planted()[name]


def test_each_template_is_recognised(played: Played) -> None:
    templates = {params["sheet"]: params["template"] for code, params in played.told
                 if code == "DEMO_TABLE"}  # fmt: skip
    assert templates["政务信息资源"] == "政务信息资源国家模板（53 列）"
    assert templates["Sheet1"] == "政务信息资源模板（30 列）"
    assert templates["政务信息系统台账"] == "国家政务信息系统台账（19 项）"
    assert templates["在建"] == "部门在建政务信息系统调查表"
    assert templates["信息资源目录"] == "信息资源（按列名识别）"


def test_a_supplement_changes_the_systems_of_the_ledger(played: Played) -> None:
    supplement = played.department(LABOUR).imports[1]
    assert (supplement.file, supplement.new, supplement.changed) == (
        "human_resources/systems_supplement.xlsx",
        14,
        6,
    )


def test_the_password_of_a_list_is_nowhere_in_the_campaign(played: Played) -> None:
    assert played.department(ENVIRONMENT).refused == ("SEC-2",)
    holders = [
        path
        for folder in (played.outcome.into, played.data)
        for path in folder.rglob("*")
        if path.is_file() and b"Yingji2014" in path.read_bytes()
    ]
    assert holders == []


# -- what the departments do -------------------------------------------------------------------------------------------


def test_every_step_of_the_script_mends_something(played: Played) -> None:
    assert {d.name: d.idle for d in played.outcome.departments} == {
        ENVIRONMENT: (),
        LABOUR: (),
        MARKET: (),
    }


def test_only_the_announced_record_goes_out_unfinished(played: Played) -> None:
    assert {d.name: d.announced for d in played.outcome.departments} == {
        ENVIRONMENT: (),
        LABOUR: (),
        MARKET: (UNFINISHED,),
    }
    assert [d.remaining for d in played.outcome.departments] == [0, 0, 6]


def test_warnings_that_stay_carry_their_reason(played: Played) -> None:
    with closing(played.services.open_workspace(played.department(LABOUR).workspace)) as store:
        reasons = {e.rule for e in store.explanations()}
    assert reasons == {"RES-14b", "ITEM-5b", "SYS-6b", "SYS-8"}


# -- what the centre holds ---------------------------------------------------------------------------------------------


def test_three_packages_and_the_one_of_the_second_round_are_merged(played: Played) -> None:
    with closing(played.catalogue()) as catalogue:
        packages = [(p.department, p.sequence, p.state) for p in catalogue.packages()]
        pending = {entry.name: entry.pending_records for entry in catalogue.roster()}
    assert packages == [
        ("11320000990000017P", 1, "merged"),
        ("11320000990000025J", 1, "merged"),
        ("11320000990000033D", 1, "merged"),
        ("11320000990000033D", 2, "merged"),
    ]
    assert pending == {ENVIRONMENT: 0, LABOUR: 0, MARKET: 1}


def test_merged_resources_have_the_share_types_of_the_lists(played: Played) -> None:
    found: dict[str, int] = {}
    with closing(played.catalogue()) as catalogue:
        form, share_type = catalogue.form_set.by_role("share_type")
        for record in catalogue.stream_records(form.id):
            code = str(record.values[share_type.id])
            found[code] = found.get(code, 0) + 1
    assert found == RESOURCES_BY_SHARE_TYPE


def test_statistics_are_those_counted_by_hand(played: Played) -> None:
    statistics: Statistics = played.outcome.statistics
    assert {f.code: f.value for f in statistics.figures} == FIGURES
    parts = statistics.figures[0].params
    assert {name: parts[name] for name in PARTS} == PARTS


def test_each_department_has_its_own_figures(played: Played) -> None:
    headline = [f.code for f in played.outcome.statistics.headline]
    found = {
        d.name: tuple(d.figures[code] for code in headline)
        for d in played.outcome.statistics.departments
    }
    assert found == BY_DEPARTMENT


def test_a_stranger_verifies_with_the_root_alone(played: Played) -> None:
    trust = TrustAnchors.from_pem(played.outcome.root.read_bytes())
    for department in played.outcome.departments:
        verified = verify(department.package, trust, clock=HeldClock())
        assert verified.refused is None
        assert (verified.department, verified.identity) == (department.code, department.identity)


def test_a_second_receive_changes_nothing(played: Played) -> None:
    with closing(played.catalogue()) as catalogue:
        package = played.department(LABOUR).package
        assert receive(catalogue, package, clock=HeldClock()).outcome == "duplicate"
        assert catalogue.digest() == played.outcome.digest


def test_the_order_of_arrival_does_not_matter(played: Played, tmp_path: Path) -> None:
    with closing(played.catalogue()) as first:
        certificates, facts, decisions = first.certificates(), first.facts(), first.decisions()
    second = played.outcome.into / "packages" / "11320000990000033D-000002.census"
    target = tmp_path / "other.censusdb"
    with closing(played.services.create_catalogue(target, facts.name, facts.roots_pem)) as other:
        other.append_decisions(reversed(decisions))
        for certificate in reversed(certificates):
            other.issue(certificate)
        assert receive(other, second, clock=HeldClock()).outcome == "pending"
        for department in reversed(played.outcome.departments):
            assert receive(other, department.package, clock=HeldClock()).outcome == "merged"
        bundle = receive(other, played.outcome.second_round.bundle, clock=HeldClock())
        assert bundle.outcome == "applied"
        assert other.digest() == played.outcome.digest


def test_the_second_round_asks_answers_and_accepts(played: Played) -> None:
    second = played.outcome.second_round
    market = "11320000990000033D"
    assert second.asked == {market: 2}
    assert sorted(second.answered.values()) == ["answered", "applied"]
    assert second.outcomes == {market: "merged"}
    assert set(second.statuses.values()) == {"accepted"}
    assert second.open == 0
    with closing(played.catalogue()) as catalogue:
        standings = queries_of(catalogue, market, clock=HeldClock())
        assert {s.query.field: (s.state, s.closed_by) for s in standings} == {
            "abstract": ("closed", "applied"),
            "share_type": ("answered", ""),
        }
        assert round_of(catalogue, market) == 2


# -- what lies on paper and disk ---------------------------------------------------------------------------------------


def printed(path: Path) -> str:
    """Return the text of a PDF without any white space."""
    done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode("utf-8").split())


def test_paper_names_every_resource(played: Played) -> None:
    catalogue_text = printed(played.outcome.reports[0])
    for department in played.outcome.departments:
        listing = printed(department.reports[2])
        with closing(played.services.open_workspace(department.workspace)) as store:
            form, _name = store.form_set.by_role("resource_name")
            titles = set(store.titles(form.id).values())
        assert not [title for title in titles if "".join(title.split()) not in listing]
        handed_in = titles - {UNFINISHED}
        assert not [title for title in handed_in if "".join(title.split()) not in catalogue_text]
    assert UNFINISHED not in catalogue_text


def test_the_cover_carries_department_and_digest(played: Played) -> None:
    for department in played.outcome.departments:
        cover = printed(department.reports[1])
        assert department.name in cover
        assert department.identity[:4] in cover


def test_private_keys_lie_on_the_stick_and_in_the_data_folder_only(played: Played) -> None:
    def keys(folder: Path) -> set[str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        held = (path for path in files if b"PRIVATE KEY-----" in path.read_bytes())
        return {path.relative_to(folder).parts[0] for path in held}

    assert keys(played.outcome.into) == {"stick"}
    assert keys(played.data) == {"keys"}


def test_a_folder_takes_one_demonstration(played: Played) -> None:
    before = sorted(played.outcome.into.rglob("*"))
    assert is_present(played.outcome.into)
    with pytest.raises(UserError) as caught:
        run_demo(played.outcome.into, played.services, language="zh", tell=lambda *_a, **_k: None)
    assert caught.value.code == "DEMO_EXISTS"
    assert sorted(played.outcome.into.rglob("*")) == before


def test_everything_said_can_be_said_in_both_languages(played: Played) -> None:
    assert {code for code, _params in played.told} >= {"DEMO_START", "DEMO_REFUSED", "DEMO_DONE"}
    for code, params in played.told:
        for language in wording.LANGUAGES:
            assert "{" not in wording.text(code, language, **params)


def test_the_outcome_can_be_written_as_json(played: Played) -> None:
    document = json.loads(json.dumps(played.outcome.document(), default=str))
    market = document["departments"][2]
    assert market["announced"] == [UNFINISHED]
    assert market["found"]["CEN-1"] == 5
    assert document["statistics"]["as_of"] == "2026-12-01"
