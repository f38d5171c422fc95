"""The commands of decisions, called as people call them: list, compare, choose, accept by paper, exchange ledgers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.domain.chain import Decision
from census_app.domain.records import Value
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.ledger import with_id
from census_app.exchange.paper import short_groups
from census_app.services.checking import set_everywhere
from census_app.services.editing import create_record

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
MOMENT = "2026-12-02T08:00:00Z"
CODE, CENTRE = "11320000990000033D", "11320000014000015K"


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command and return what it said."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Said(code, written.out, written.err)

    return run


@dataclass
class Centre:
    """A catalogue that has received a fork: a first package, and its successor twice.

    Attributes:
        identities: Of the first, of the side with 二处, of the side with 他处.
    """

    folder: Path
    catalogue: Path
    secret: tuple[str, Path]
    packages: list[Path] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)

    def offices(self, catalogue: Path | None = None) -> set[object]:
        store = bootstrap.open_catalogue(catalogue or self.catalogue)
        try:
            return {r.values["name"] for r in store.stream_records("internal_office")}
        finally:
            store.close()


def add_office(workspace: Path, name: str) -> None:
    store = bootstrap.open_workspace(workspace)
    clock = bootstrap.SystemClock()
    create_record(store, "internal_office", {"name": name}, actor="t", clock=clock)
    store.close()


@pytest.fixture
def centre(tmp_path: Path, data_dir: Path, say: Say) -> Centre:
    del data_dir
    secret = tmp_path / "passphrase.txt"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    by_file = ("--passphrase-file", secret)
    catalogue, workspace = tmp_path / "province.censusdb", tmp_path / "w.censusdb"
    stick = tmp_path / "stick"
    made = Centre(tmp_path, catalogue, by_file)
    new = ("catalogue", "new", catalogue, "--root-key", stick, "--code", CENTRE)
    assert say(*new, *by_file).code == 0
    assert say("new", workspace, "--department", "江苏省样例厅", "--code", CODE).code == 0
    store = bootstrap.open_workspace(workspace)
    (own,) = store.stream_records("department")
    values: dict[str, Value | None] = {"org_kind": "government"}
    clock = bootstrap.SystemClock()
    set_everywhere(store, "department", [own.id], values, actor="t", clock=clock)
    store.close()
    enrol = say("enrol", workspace, "--to", tmp_path / "request", *by_file, "--json").json()
    let_in = ("catalogue", "enrol", catalogue, enrol["request"], "--confirm", enrol["fingerprint"])
    said = say(*let_in, "--root-key", stick, "--to", tmp_path / "answer", *by_file, "--json")
    assert say("apply", workspace, said.json()["certificate"]).code == 0

    def export(number: int, name: str) -> None:
        add_office(workspace, name)
        done = say("export", workspace, "--to", tmp_path / f"out{number}", *by_file, "--json")
        assert done.code == 0, done.out
        made.packages.append(Path(done.json()["package"]))
        made.identities.append(done.json()["identity"])

    export(0, "一处")
    before = Path(shutil.copy(workspace, tmp_path / "before.censusdb"))
    export(1, "二处")
    shutil.copy(before, workspace)
    export(2, "他处")
    assert say("receive", catalogue, *made.packages).code == 1
    return made


def test_the_list_names_the_fork_and_ends_with_one(centre: Centre, say: Say) -> None:
    said = say("--lang", "en", "decide", centre.catalogue, "--list")
    assert said.code == 1
    assert f"Fork: {CODE}" in said.out or f"({CODE}), number 2" in said.out
    for identity in centre.identities[1:]:
        assert short_groups(identity) in said.out
    document = say("decide", centre.catalogue, "--json").json()
    assert {side["identity"] for side in document["forks"][0]["sides"]} == set(
        centre.identities[1:]
    )


def test_the_sides_are_compared_and_one_is_chosen(centre: Centre, say: Say) -> None:
    shown = say("decide", centre.catalogue, "fork", CODE, 2)
    assert shown.code == 1
    assert "二处" in shown.out
    assert "他处" in shown.out
    pair = say("decide", centre.catalogue, "fork", CODE, 2, "--json").json()["compared"][0]
    assert (pair["same"], pair["different"]) == (2, [])

    chosen = centre.identities[2]
    said = say(
        "--lang", "en", "decide", centre.catalogue, "fork", CODE, 2,
        "--choose", short_groups(chosen, 4), "--reason", "电话核实",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    assert "merged" in said.out
    assert centre.offices() == {"一处", "他处"}
    assert say("decide", centre.catalogue).code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("fork", CODE, 1, "--choose", "0" * 16, "--reason", "核实"), "FORK_NONE"),
        (("fork", CODE, 2, "--choose", "0" * 16, "--reason", "核实"), "FORK_SIDE"),
        (("fork", CODE, 2, "--choose", "0" * 15, "--reason", "核实"), "DIGEST_SHORT"),
        (("settle", "fork", f"{CODE}:2", "--choose", "1", "--reason", "核实"), "SETTLE_NONE"),
        (("release", "0" * 16, "--reason", "核实"), "DIGEST_UNKNOWN"),
    ],
)
def test_what_cannot_be_decided_is_said(
    centre: Centre, say: Say, arguments: tuple[object, ...], code: str
) -> None:
    said = say("decide", centre.catalogue, *arguments, "--json")
    assert (said.code, said.json()["error"]) == (2, code)


def test_the_stamped_page_accepts_and_the_receipt_is_written(centre: Centre, say: Say) -> None:
    digest = short_groups(centre.identities[1], 5)
    said = say(
        "accept", centre.catalogue, "--digest", digest, "--to", centre.folder / "receipts",
        *centre.secret, "--json",
    )  # fmt: skip
    assert said.code == 0, said.out
    document = said.json()
    assert [d["choice"] for d in document["decisions"]] == ["accepted"]
    assert document["package"]["state"] == "merged"
    assert centre.offices() == {"一处", "二处"}
    assert Path(document["receipt"]).is_file()
    store = bootstrap.open_catalogue(centre.catalogue)
    assert [d.kind for d in store.decisions() if d.subject == centre.identities[1]] == ["accept"]
    store.close()


def test_decisions_travel_to_another_catalogue_and_are_settled_there(
    centre: Centre, say: Say
) -> None:
    chosen = ("decide", centre.catalogue, "fork", CODE, 2, "--reason", "核实", "--choose")
    other = Path(shutil.copy(centre.catalogue, centre.folder / "other.censusdb"))
    assert say(*chosen, centre.identities[1]).code == 0
    out = centre.folder / "ledgers"
    written = say("ledger", "export", centre.catalogue, "--to", out, *centre.secret, "--json")
    assert written.code == 0, written.err
    again = say("ledger", "export", centre.catalogue, "--to", out, *centre.secret, "--json")
    assert (again.json()["again"], again.json()["package"]) == (True, written.json()["package"])

    taken = say("ledger", "apply", other, written.json()["package"], "--json")
    assert taken.code == 0, taken.out
    [document] = taken.json()
    assert (document["outcome"], document["decisions"], document["new"]) == ("applied", 2, 1)
    assert centre.offices(other) == {"一处", "二处"}
    received = say("--lang", "en", "receive", other, written.json()["package"])
    assert (received.code, "was received before" in received.out) == (0, True)
    digests = {say("digest", each).out for each in (centre.catalogue, other)}
    assert len(digests) == 1


def test_a_contradiction_is_listed_and_settled_by_its_number(centre: Centre, say: Say) -> None:
    choose = ("decide", centre.catalogue, "fork", CODE, 2, "--reason", "核实", "--choose")
    assert say(*choose, centre.identities[1]).code == 0
    store = bootstrap.open_catalogue(centre.catalogue)
    foreign = Decision(
        "", "fork", f"{CODE}:2", centre.identities[2], "另有意见", "李", f"{CENTRE}01", MOMENT
    )
    store.append_decision(with_id(foreign), "l" * 64)
    store.close()
    listed = say("--lang", "en", "decide", centre.catalogue)
    assert listed.code == 1
    assert "Contested: fork" in listed.out
    assert "另有意见" in listed.out
    [matter] = say("decide", centre.catalogue, "--json").json()["contested"]
    number = 1 + [side["choice"] for side in matter["sides"]].index(centre.identities[2])
    settle = ("decide", centre.catalogue, "settle", "fork", f"{CODE}:2", "--reason", "会商")
    assert say(*settle, "--choose", "7").code == 2
    said = say(*settle, "--choose", number, "--json")
    assert said.code == 0, said.out
    assert centre.offices() == {"一处", "他处"}
    assert say("decide", centre.catalogue).code == 0


def test_the_notice_shows_the_fingerprint_of_the_root(centre: Centre, say: Say) -> None:
    target = centre.folder / "notice.pdf"
    assert say("report", "trust-notice", centre.catalogue, "--to", target).code == 0
    with pdfium.PdfDocument(target) as document:
        text = "".join(document[0].get_textpage().get_text_bounded().split())
    root = read_certificate((centre.folder / "stick" / "root.crt").read_bytes())
    assert "".join(root.fingerprint.split()) in text
