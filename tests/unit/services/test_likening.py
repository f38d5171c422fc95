"""What two departments hold alike, what a coordinator says of it, and when that no longer holds; on both databases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.domain.addresses import Target
from census_app.domain.findings import Severity
from census_app.domain.overlaps import Basis
from census_app.domain.records import RecordId, Value
from census_app.domain.verdicts import GroupState
from census_app.errors import UserError
from census_app.services import likening, overlapping
from census_app.services.checking import check_workspace
from census_app.services.deciding import decide
from census_app.services.editing import RecordEditor, create_record
from census_app.services.explaining import explain
from census_app.services.ledgers import apply_ledger, export_ledger
from census_app.services.receiving import rebuild
from census_app.services.settling import contested, settle
from tests.unit.services.conftest import CODES, DESKS, GOOD_RESOURCE, Centre, StandingClock

if TYPE_CHECKING:
    from census_app.domain.chain import Decision
    from census_app.domain.verdicts import Relation
    from census_app.services.likening import JudgedGroup, JudgedItem
    from census_app.services.overlapping import Overlaps
    from census_app.services.ports import WorkspaceStore
    from tests.servers import DatabaseServer
    from tests.unit.services.conftest import DeskSigner

Items = dict[str, tuple[str, int]]
LICENCE: Items = {
    "许可证编号": ("C", 32),
    "持证单位": ("C", 200),
    "有效期": ("D", 8),
    "发证机关": ("C", 100),
}


@dataclass
class Two:
    """A centre and the two departments that keep something alike."""

    centre: Centre
    stores: list[WorkspaceStore]

    def keep(self, number: int, name: str, items: Items) -> RecordId:
        """Let a department keep a resource."""
        store, clock = self.stores[number], self.centre.clock
        record = create_record(store, "information_resource", {}, actor="t", clock=clock)
        edit = RecordEditor(store, "information_resource", record, actor="t", clock=clock)
        provider = f"江苏省第{'一二'[number]}样例厅"
        own = {"name": name, "provider": provider, "provider_uscc": CODES[number]}
        for field, text in (GOOD_RESOURCE | own).items():
            edit.set_text(field, text)
        for item, (type_, length) in items.items():
            values: dict[str, Value] = {"name": item, "data_type": type_, "data_length": length}
            create_record(store, "data_item", values, actor="t", clock=clock, parent=record)
        return record

    def hand_in(self, number: int) -> None:
        """Explain what is only a warning, and hand in."""
        store, clock = self.stores[number], self.centre.clock
        found = check_workspace(store, clock=clock).findings
        warned = [f for f in found if f.severity is Severity.WARNING]
        explain(store, warned, "已对照台账核对。", actor="t", clock=clock)
        assert self.centre.receive(self.centre.export(store)).outcome == "merged"

    def found(self) -> Overlaps:
        return overlapping.find(self.centre.catalogue)

    def group(self) -> JudgedGroup:
        """Return the only group of resources, and how it stands."""
        said = likening.said_in(self.centre.catalogue.decisions())
        (group,) = likening.judged_groups(self.found(), "resources", said)
        return group

    def item(self, key: str) -> JudgedItem:
        said = likening.said_in(self.centre.catalogue.decisions())
        return next(i for i in likening.judged_items(self.found(), said) if i.item.key == key)

    def judge(self, relation: Relation, reason: str = "已电话核实") -> Decision:
        seen = self.group().overlap.shas
        return likening.judge_group(
            self.centre.catalogue, "resources", seen, relation, reason,
            actor="李", clock=self.centre.clock,
        )  # fmt: skip

    def choose(self, key: str, department: str) -> Decision:
        item = self.item(key).item
        home = next(h for h in self.found().held_in(item) if h.department == department)
        return likening.choose_source(
            self.centre.catalogue, item, home, "由发证机关产生", actor="李", clock=self.centre.clock
        )


@pytest.fixture(scope="module")
def prepared(enrolled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a centre to which both departments have handed in; writing packages takes time, so once."""
    folder = Path(shutil.copytree(enrolled, tmp_path_factory.mktemp("alike") / "centre"))
    with opened(folder, folder / "catalogue.censusdb") as two:
        two.keep(0, "排污许可证持证单位信息", LICENCE)
        two.keep(
            1, "排汙許可證（持證單位）", LICENCE | {"有效期": ("C", 20), "所在园区": ("C", 60)}
        )
        two.keep(1, "园区企业名录信息", {"企业名称": ("C", 200)})
        two.hand_in(0)
        two.hand_in(1)
    return folder


@contextmanager
def opened(folder: Path, target: Target) -> Iterator[Two]:
    """Open a centre's catalogue, with a coordinator, and the files of its departments."""
    clock = StandingClock()
    centre = Centre(folder, clock, bootstrap.open_catalogue(target))
    centre.catalogue.store_coordinator(DESKS[0], "统筹一", "")
    yield Two(centre, [centre.department(0), centre.department(1)])
    for store in (*centre.opened, centre.catalogue):
        store.close()


@pytest.fixture
def two(
    request: pytest.FixtureRequest, place: str, prepared: Path, tmp_path: Path
) -> Iterator[Two]:
    folder = Path(shutil.copytree(prepared, tmp_path / "centre"))
    target: Target = folder / "catalogue.censusdb"
    if place == "server":
        server: DatabaseServer = request.getfixturevalue("database_server")
        database = server.new()
        store = bootstrap.open_catalogue(target)
        bootstrap.copy_catalogue(store, server.address(database)).close()
        store.close()
        target = server.address(database)
    with opened(folder, target) as made:
        yield made
    if place == "server":
        server.drop(database)


@pytest.mark.parametrize("place", ["file", "server"], indirect=True)
def test_one_resource_in_two_spellings_is_judged_lapses_is_judged_again_and_withdrawn(
    two: Two,
) -> None:
    catalogue, clock = two.centre.catalogue, two.centre.clock
    group = two.group()
    assert group.overlap.basis is Basis.CORE
    assert group.overlap.traits == pytest.approx(4 / 5)
    assert group.overlap.score == 92
    assert group.standing.state is GroupState.UNDECIDED
    seen = group.overlap.shas
    assert likening.present_shas(catalogue, "resources", seen) == seen

    first = two.judge("same")
    assert two.group().standing.state is GroupState.SAME
    rebuild(catalogue, clock=clock)
    assert two.group().standing.state is GroupState.SAME

    # What was handed in again without a change of what was compared leaves it; a new item lets it lapse.
    record = next(r for d, r in seen if d == CODES[1])
    edit = RecordEditor(
        two.stores[1], "information_resource", RecordId(record), actor="t", clock=clock
    )
    edit.set_text("records_total_wan", "5")
    two.hand_in(1)
    assert two.group().standing.state is GroupState.SAME
    values: dict[str, Value] = {"name": "备案日期", "data_type": "D"}
    create_record(
        two.stores[1], "data_item", values, actor="t", clock=clock, parent=RecordId(record)
    )
    two.hand_in(1)
    lapsed = two.group().standing
    assert lapsed.state is GroupState.LAPSED
    assert [v.reason for v in lapsed.verdicts] == ["已电话核实"]
    with pytest.raises(UserError, match="VERDICT_CHANGED"):
        likening.judge_group(catalogue, "resources", seen, "same", "同上", actor="李", clock=clock)

    again = two.judge("related", "园区只备案，不发证")
    assert again.supersedes == (first.id,)
    assert two.group().standing.state is GroupState.RELATED
    likening.withdraw(catalogue, again.id[:12], "判定有误", actor="李", clock=clock)
    assert two.group().standing.state is GroupState.UNDECIDED
    with pytest.raises(UserError, match="VERDICT_UNKNOWN"):
        likening.withdraw(catalogue, again.id, "判定有误", actor="李", clock=clock)
    assert two.found().compared == {"resources": 3, "items": 11, "systems": 0}


def test_an_item_of_two_definitions_is_judged_and_gets_one_source(two: Two) -> None:
    catalogue, clock = two.centre.catalogue, two.centre.clock
    held = two.item("有效期")
    assert [(v.type, v.length) for v in held.item.variants] == [("C", 20), ("D", 8)]
    assert held.item.differs
    assert held.open
    assert not two.item("发证机关").open
    listed = likening.judged_items(two.found(), likening.said_in([]))
    assert listed[0].item.key == "有效期"

    likening.judge_item(catalogue, held.item, "same", "同一数据", actor="李", clock=clock)
    judged = two.item("有效期")
    assert (judged.standing.state, judged.source_state, judged.open) == ("same", "none", True)
    first = two.choose("有效期", CODES[1])
    assert first.kind == "source"
    spelled = replace(held.item, name="有 效 期")
    both = [
        likening.judge_item(catalogue, each, "same", "同一数据", actor="李", clock=clock).choice
        for each in (held.item, spelled)
    ]
    assert both[0] == both[1]
    second = two.choose("有效期", CODES[0])
    assert second.supersedes == (first.id,)
    chosen = two.item("有效期")
    assert chosen.source is not None
    assert (chosen.source.department, chosen.source_state, chosen.open) == (
        CODES[0],
        "chosen",
        False,
    )

    (item,) = [
        r.id for r in two.stores[0].stream_records("data_item") if r.values.get("name") == "有效期"
    ]
    RecordEditor(two.stores[0], "data_item", item, actor="t", clock=clock).set_text(
        "data_length", "10"
    )
    two.hand_in(0)
    lapsed = two.item("有效期")
    assert (lapsed.standing.state, lapsed.source_state, lapsed.open) == ("lapsed", "lapsed", True)


def test_two_coordinators_who_judge_one_state_differently_find_a_contested_matter(two: Two) -> None:
    catalogue, clock = two.centre.catalogue, two.centre.clock
    other = said_by_the_colleague(two, "different")
    ours = two.judge("same")
    catalogue.append_decision(other, "0" * 64)
    assert (ours.subject, ours.kind) == (other.subject, other.kind)
    assert two.group().standing.state is GroupState.CONTESTED
    (matter,) = contested(catalogue)
    assert matter.kind == "similarity"
    settle(catalogue, matter, ours.choice, "一起核对过", actor="李", clock=clock)
    assert two.group().standing.state is GroupState.SAME


def test_a_contested_verdict_is_taken_back_as_a_whole(two: Two) -> None:
    catalogue, clock = two.centre.catalogue, two.centre.clock
    other = said_by_the_colleague(two, "different")
    two.judge("same")
    catalogue.append_decision(other, "0" * 64)
    both = [verdict.decision for verdict in two.group().standing.verdicts]
    assert len(both) == 2
    likening.withdraw_all(catalogue, both, "都不算数", actor="李", clock=clock)
    assert two.group().standing.state is GroupState.UNDECIDED
    assert not contested(catalogue)


def said_by_the_colleague(two: Two, relation: Relation) -> Decision:
    """Return what somebody else decides about the same, in a catalogue of its own."""
    seen = two.group().overlap.shas
    target = two.centre.folder / "colleague.censusdb"
    with closing(bootstrap.copy_catalogue(two.centre.catalogue, target)) as colleague:
        colleague.store_coordinator(f"{DESKS[0]}02", "统筹二", "")
        return likening.judge_group(
            colleague, "resources", seen, relation, "各管各的", actor="王", clock=two.centre.clock
        )


def test_a_verdict_and_a_source_travel_with_the_ledger(
    two: Two, desks: tuple[DeskSigner, ...]
) -> None:
    catalogue, clock, signer = two.centre.catalogue, two.centre.clock, desks[0]
    catalogue.store_coordinator(signer.code, "统筹一", signer.certificate_pem.decode("ascii"))
    target = two.centre.folder / "colleague.censusdb"
    with closing(bootstrap.copy_catalogue(catalogue, target)) as colleague:
        two.judge("same")
        two.choose("有效期", CODES[0])
        ledger = export_ledger(
            catalogue, two.centre.folder / "post", signer, clock=clock, software="t"
        )
        taken = apply_ledger(colleague, ledger.path, clock=clock)
        assert (taken.outcome, taken.new) == ("applied", 2)
        theirs = replace(two, centre=replace(two.centre, catalogue=colleague))
        assert theirs.group().standing == two.group().standing
        assert theirs.group().standing.state is GroupState.SAME
        assert theirs.item("有效期").source == two.item("有效期").source


def test_what_cannot_be_judged_is_refused_and_nothing_is_written(two: Two) -> None:
    catalogue, clock = two.centre.catalogue, two.centre.clock
    seen: dict[tuple[str, str], str | None] = dict(two.group().overlap.shas)
    before = catalogue.decisions()

    def judge(members: dict[tuple[str, str], str | None], reason: str = "核实") -> None:
        likening.judge_group(
            catalogue, "resources", members, "same", reason, actor="李", clock=clock
        )

    one: dict[tuple[str, str], str | None] = dict(list(seen.items())[:1])
    cases: list[tuple[str, dict[tuple[str, str], str | None], str]] = [
        ("DECISION_REASON", seen, " "),
        ("VERDICT_FEW", one, "核实"),
        ("VERDICT_GONE", {**one, (CODES[0], "f" * 32): None}, "核实"),
        ("VERDICT_MANY", {(CODES[0], f"{n:032x}"): None for n in range(201)}, "核实"),
        ("VERDICT_CHANGED", dict.fromkeys(seen, "0" * 16), "核实"),
    ]
    for code, members, reason in cases:
        with pytest.raises(UserError, match=code):
            judge(members, reason)
    assert catalogue.decisions() == before


def test_what_another_program_wrote_is_left_alone(two: Two) -> None:
    catalogue, clock = two.centre.catalogue, two.centre.clock
    for subject, choice in (
        ("resources:x", "{"), ("resources:y", '{"relation":"twins","members":{}}'),
        ("strange:z", '{"members":{},"relation":"same"}'), ("items:q", "withdrawn"),
    ):  # fmt: skip
        decide(catalogue, "similarity", subject, choice, "r", actor="x", clock=clock)
        decide(catalogue, "source", subject, choice, "r", actor="x", clock=clock)
    assert two.group().standing.state is GroupState.UNDECIDED
    assert likening.said_in(catalogue.decisions()).sources == {}


# -- the commands ------------------------------------------------------------------------------------------------------


@dataclass
class Commands:
    """Calls commands as people do; answers are read as JSON."""

    target: Path
    capsys: pytest.CaptureFixture[str]

    def say(self, *words: object) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = main([str(word) for word in words])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def ask(self, *words: object) -> tuple[int, Any]:
        code, out, err = self.say(*words, "--json")
        assert not err, err
        return code, json.loads(out)


@pytest.fixture
def commands(prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(Path(shutil.copy(prepared / "catalogue.censusdb", tmp_path)), capsys)


def test_the_commands_list_judge_choose_a_source_and_take_back(commands: Commands) -> None:
    target, ask = commands.target, commands.ask
    code, listed = ask("duplicates", target)
    assert (code, listed["undecided"], listed["compared"]["resources"]) == (1, 1, 3)
    (group,) = listed["groups"]
    assert (group["basis"], group["state"]) == ("core", "undecided")
    ids = [each["record"] for each in group["records"]]
    reason = ("--reason", "已电话核实")

    code, verdict = ask("verdict", target, "records", "same", ids[0][:10], ids[1], *reason)
    assert (code, verdict["kind"]) == (0, "similarity")
    assert ask("duplicates", target)[0] == 0
    code, every = ask("duplicates", target, "--all", "--department", CODES[0])
    assert [each["state"] for each in every["groups"]] == ["same"]

    code, items = ask("duplicates", target, "--kind", "items")
    assert (code, [each["item"] for each in items["groups"]]) == (1, ["有效期"])
    assert ask("verdict", target, "item", "same", "有 效期", *reason)[0] == 0
    home = f"{CODES[0]}/{ids[0]}"
    assert ask("verdict", target, "source", "有效期", home, *reason)[1]["kind"] == "source"
    code, items = ask("duplicates", target, "--kind", "items", "--all")
    assert (code, items["groups"][0]["source"]["state"]) == (0, "chosen")

    code, said = ask("verdict", target)
    assert [each["kind"] for each in said["verdicts"]].count("similarity") == 2
    assert ask("verdict", target, "withdraw", verdict["id"][:12], *reason)[0] == 0
    assert len(ask("verdict", target)[1]["verdicts"]) == 2
    assert ask("duplicates", target)[0] == 1


def test_what_the_commands_say_and_write_for_people(commands: Commands, tmp_path: Path) -> None:
    target, say = commands.target, commands.say
    code, out, _ = say("--lang", "zh", "duplicates", target)
    assert (code, out.splitlines()[0]) == (1, "1 组信息资源待判定，清单共 1 组")
    assert "江苏省第二样例厅 · 排汙許可證（持證單位）" in out
    assert "12" not in say("--lang", "en", "duplicates", target, "--kind", "systems")[1]
    english = say("--lang", "en", "duplicates", target, "--kind", "items")[1]
    assert "有效期 · 2 departments, 2 resources · undecided" in english
    for kind, rows in (("resources", 2), ("items", 2)):
        sheet = tmp_path / f"{kind}.xlsx"
        say("duplicates", target, "--kind", kind, "--to", sheet)
        cells = list(openpyxl.load_workbook(sheet).worksheets[0].iter_rows(values_only=True))
        assert len(cells) == rows + 1
        assert all(len(row) == len(cells[0]) for row in cells)
    assert say("duplicates", target, "--to", tmp_path / "list.txt")[0] == 2
    for refused, words in (
        ("VERDICT_RECORD", ("records", "same", "ffffffff", "00000000")),
        ("VERDICT_ITEM", ("item", "same", "没有的信息项")),
        ("VERDICT_UNKNOWN", ("withdraw", "abcdef")),
    ):
        code, _, err = say("verdict", target, *words, "--reason", "核实")
        assert (code, err.split(":")[0]) == (2, refused)
    assert say("verdict", target)[0] == 0


def test_only_a_resource_that_holds_the_item_can_be_its_source(commands: Commands) -> None:
    _, listed = commands.ask("duplicates", commands.target)
    known = {each["record"] for each in listed["groups"][0]["records"]}
    with closing(bootstrap.open_catalogue(commands.target)) as store:
        other = next(i for i in store.titles("information_resource") if i not in known)
    code, _, err = commands.say(
        "verdict", commands.target, "source", "有效期", other, "--reason", "核实"
    )
    assert (code, err.split(":")[0]) == (2, "SOURCE_HOME")
