"""The commands of a review, called as people call them: ask, review, apply, answer, hand in, judge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.domain.records import RecordId, Value
from census_app.services.checking import set_everywhere
from census_app.services.editing import create_record

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
CODE = "11320000990000033D"
COORDINATOR = "113200009900000418"
CHINESE = re.compile(r"[一-鿿]")


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
class Desk:
    """A catalogue whose coordinator has a daily key, and a department that has handed in."""

    catalogue: Path
    workspace: Path
    secret: Path
    out: Path
    office: str
    department: str


@pytest.fixture
def desk(tmp_path: Path, data_dir: Path, say: Say) -> Desk:
    stick, out = tmp_path / "stick", tmp_path / "out"
    catalogue, workspace = tmp_path / "province.censusdb", tmp_path / "market.censusdb"
    secret = tmp_path / "passphrase.txt"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    by_file = ("--passphrase-file", secret)
    made = say("catalogue", "new", catalogue, "--root-key", stick, "--code", COORDINATOR, *by_file)
    assert made.code == 0
    assert (
        say("new", workspace, "--department", "江苏省市场监督管理局（示例）", "--code", CODE).code
        == 0
    )
    services = bootstrap.Services()
    store = services.open_workspace(workspace)
    (own,) = store.stream_records("department")
    values: dict[str, Value | None] = {"org_kind": "government", "contact_phone": "12"}
    set_everywhere(store, "department", [own.id], values, actor="t", clock=services.clock)
    office = create_record(
        store, "internal_office", {"name": "办公室"}, actor="t", clock=services.clock
    )
    store.close()
    assert say("check", workspace, "--explain", "ORG-2b", "内部短号，对外不公布。").code == 0
    asked = say("enrol", workspace, "--to", out, *by_file, "--json")
    fingerprint = asked.json()["fingerprint"]
    request = next(out.glob("*.census"))
    enrolled = say(
        "catalogue", "enrol", catalogue, request, "--confirm", fingerprint,
        "--root-key", stick, "--to", out, *by_file, "--json",
    )  # fmt: skip
    assert say("apply", workspace, enrolled.json()["certificate"]).code == 0
    desk = Desk(catalogue, workspace, secret, out, office, own.id)
    hand_in(desk, say)
    return desk


def hand_in(desk: Desk, say: Say) -> None:
    done = say(
        "export", desk.workspace, "--to", desk.out, "--passphrase-file", desk.secret, "--json"
    )
    assert done.code == 0, done.out
    assert say("receive", desk.catalogue, done.json()["package"]).code == 0


def ask(desk: Desk, say: Say, *more: object) -> Any:
    said = say(
        "query", desk.catalogue, "--department", CODE, "--form", "internal_office",
        "--record", desk.office, "--field", "duties", "--text", "请填写职责", *more, "--json",
    )  # fmt: skip
    assert said.code == 0, said.out
    (query,) = said.json()
    return query


def review(desk: Desk, say: Say, *more: object) -> Any:
    said = say(
        "review", desk.catalogue, "--department", CODE, "--to", desk.out,
        "--passphrase-file", desk.secret, *more, "--json",
    )  # fmt: skip
    assert said.code == 0, said.out
    letters = said.json()
    for kind in ("receipt", "review"):
        if kind in letters:
            taken = say("apply", desk.workspace, letters[kind]["path"], "--json")
            assert (taken.code, taken.json()["kind"], taken.json()["new"]) == (0, kind, True)
    return letters


def test_a_question_goes_out_comes_back_applied_and_closes(desk: Desk, say: Say) -> None:
    query = ask(desk, say, "--suggest", "负责文电和档案")
    assert (query["state"], query["must"], query["title"]) == ("open", True, "办公室")
    letters = review(desk, say, "--status", "returned", "--note", "请按审核意见修改")
    assert (letters["receipt"]["sequence"], letters["review"]["sequence"]) == (1, 2)

    waiting = say("answer", desk.workspace, "--json")
    assert waiting.code == 1
    assert waiting.json()["round"] == 2
    assert [q["id"] for q in waiting.json()["queries"]] == [query["id"]]
    blocked = say("export", desk.workspace, "--to", desk.out, "--passphrase-file", desk.secret)
    assert blocked.code == 2
    assert "EXPORT_QUERIES" in blocked.err

    applied = say("answer", desk.workspace, query["id"][:6], "--apply")
    assert applied.code == 0
    assert "负责文电和档案" in applied.out
    assert say("answer", desk.workspace).code == 0
    hand_in(desk, say)
    listed = say("query", desk.catalogue, "--list", "--json")
    assert [(q["state"], q["closed_by"]) for q in listed.json()] == [("closed", "applied")]
    review(desk, say)
    assert say("answer", desk.workspace, "--json").json()["queries"] == []
    (closed,) = say("answer", desk.workspace, "--all", "--json").json()["queries"]
    assert closed["state"] == "closed"


def test_words_are_answered_asked_again_and_closed(desk: Desk, say: Say) -> None:
    query = ask(desk, say)["id"]
    review(desk, say)
    assert say("answer", desk.workspace, query, "--disagree", "职责以三定规定为准").code == 0
    hand_in(desk, say)
    listed = say("query", desk.catalogue, "--department", CODE)
    assert listed.code == 1  # it waits for the coordinator
    assert "职责以三定规定为准" in listed.out

    again = say("query", desk.catalogue, "--again", query, "--text", "请附文号", "--json")
    assert (again.code, again.json()[0]["state"]) == (0, "open")
    closed = say("query", desk.catalogue, "--close", query[:10], "--text", "已电话核实", "--json")
    assert (closed.code, closed.json()[0]["closed_by"]) == (0, "decision")


def test_an_answer_can_be_withdrawn(desk: Desk, say: Say) -> None:
    query = ask(desk, say)["id"]
    review(desk, say)
    assert say("answer", desk.workspace, query, "--text", "随后补充").code == 0
    assert say("answer", desk.workspace).code == 0
    assert say("answer", desk.workspace, query, "--withdraw").code == 0
    assert say("answer", desk.workspace).code == 1


def test_an_optional_query_blocks_nothing(desk: Desk, say: Say) -> None:
    assert ask(desk, say, "--optional")["must"] is False
    review(desk, say)
    assert say("answer", desk.workspace).code == 0
    hand_in(desk, say)


def test_reasons_are_listed_refused_and_accepted(desk: Desk, say: Say) -> None:
    listed = say("explained", desk.catalogue, "--department", CODE, "--json")
    assert listed.code == 1
    (warning,) = listed.json()
    assert (warning["rule"], warning["standing"]) == ("ORG-2b", "undecided")
    named = ("ORG-2b", desk.department[:8])
    refused = say(
        "explained", desk.catalogue, "--department", CODE, "--refuse", *named,
        "--reason", "请填写对外电话",
    )  # fmt: skip
    assert refused.code == 0
    assert "请填写对外电话" in refused.out
    review(desk, say)
    assert say("check", desk.workspace).code == 1
    accepted = say("explained", desk.catalogue, "--department", CODE, "--accept", *named, "--json")
    assert accepted.json()[0]["standing"] == "accepted"
    review(desk, say, "--status", "accepted")
    assert say("check", desk.workspace).code == 0
    wrong = say("explained", desk.catalogue, "--department", CODE, "--accept", "ORG-9", "0")
    assert wrong.code == 2
    assert "EXPLANATION_GONE" in wrong.err


def test_a_query_is_named_by_the_beginning_of_its_id(desk: Desk, say: Say) -> None:
    ask(desk, say)
    ask(desk, say)
    for given, code in (("", "QUERY_UNKNOWN"), ("zz", "QUERY_UNKNOWN")):
        said = say("answer", desk.workspace, given, "--text", "已经核对")
        assert (said.code, code in said.err) == (2, True)
    ids = [q["id"] for q in say("query", desk.catalogue, "--json").json()]
    shared = next((p for p in "0123456789abcdef" if all(i.startswith(p) for i in ids)), None)
    if shared is not None:
        assert "QUERY_AMBIGUOUS" in say("query", desk.catalogue, "--close", shared).err


def test_only_a_receipt_is_written_when_there_is_nothing_to_ask(desk: Desk, say: Say) -> None:
    letters = review(desk, say, "--status", "comments", "--note", "数据完整")
    assert list(letters) == ["receipt"]
    nothing = say(
        "review", desk.catalogue, "--department", CODE, "--to", desk.out,
        "--passphrase-file", desk.secret,
    )  # fmt: skip
    assert nothing.code == 2
    assert "REVIEW_EMPTY" in nothing.err


def test_letters_are_applied_by_content_in_the_order_of_their_numbers(desk: Desk, say: Say) -> None:
    ask(desk, say)
    letters = [
        say(
            "review", desk.catalogue, "--department", CODE, "--to", desk.out,
            "--passphrase-file", desk.secret, "--json",
        ).json()["review"]["path"]
        for _ in range(2)
    ]  # fmt: skip
    early = say("apply", desk.workspace, letters[1], "--json").json()
    assert (early["code"], early["missing"], early["new"]) == ("APPLIED_LETTER_EARLY", 1, False)
    taken = say("apply", desk.workspace, letters[0], "--json").json()
    assert (taken["code"], taken["open"]) == ("APPLIED_REVIEW", 1)
    known = say("apply", desk.workspace, letters[0], "--json").json()
    assert (known["code"], known["new"]) == ("APPLIED_LETTER_KNOWN", False)
    wrong = say("apply", desk.catalogue, letters[1])
    assert (wrong.code, "APPLY_TYPE" in wrong.err) == (2, True)


@pytest.mark.parametrize("status", ["accepted", "comments", "returned"])
def test_a_receipt_is_told_with_its_status_and_note(desk: Desk, say: Say, status: str) -> None:
    said = say(
        "review", desk.catalogue, "--department", CODE, "--to", desk.out, "--status", status,
        "--note", "数据完整", "--passphrase-file", desk.secret, "--json",
    )  # fmt: skip
    taken = say("apply", desk.workspace, said.json()["receipt"]["path"], "--json").json()
    codes = {"comments": "APPLIED_ACCEPTED_WITH_COMMENTS"}
    assert taken["code"] == codes.get(status, f"APPLIED_{status.upper()}")
    assert "数据完整" in taken["what"]


def test_lists_speak_english_where_they_are_not_what_people_wrote(desk: Desk, say: Say) -> None:
    ask(desk, say)
    review(desk, say)
    for said in (
        say("--lang", "en", "answer", desk.workspace),
        say("--lang", "en", "query", desk.catalogue),
        say("--lang", "en", "explained", desk.catalogue, "--department", CODE),
    ):
        written = re.sub(
            "办公室|请填写职责|江苏省市场监督管理局（示例）|内部短号，对外不公布。", "", said.out
        )
        assert not CHINESE.search(written), written


def test_a_correction_is_made_asked_about_decided_and_traced(desk: Desk, say: Say) -> None:
    """Correct, differ, decide and trace a value as one types it; refusals say what to do."""
    place = (CODE, "internal_office", "办公室", "duties")
    made = say(
        "correct",
        desk.catalogue,
        *place,
        "--value",
        "文电、档案",
        "--reason",
        "按三定更正",
        "--json",
    )
    assert made.code == 0, made.err
    (decision,) = made.json()["decisions"]
    listed = say("correct", desk.catalogue, "--json")
    assert [(c["state"], c["ours"]) for c in listed.json()] == [("active", "文电、档案")]
    changed = say("diff", desk.catalogue, "--department", CODE, "--json").json()["departments"]
    assert changed[0]["counts"]["added"] == 2
    traced = say("provenance", desk.catalogue, *place[:3], "--json").json()["values"]
    assert traced["duties"]["decision"] == decision["id"]
    assert traced["name"]["source"]["sequence"] == 1
    assert "按三定更正" in say("provenance", desk.catalogue, *place[:3]).out
    review(desk, say)
    assert "文电、档案" in say("answer", desk.workspace, "--all").out

    store = bootstrap.open_workspace(desk.workspace)
    set_everywhere(
        store, "internal_office", [RecordId(desk.office)], {"duties": "文电"}, actor="t",
        clock=bootstrap.SystemClock(),
    )  # fmt: skip
    store.close()
    hand_in(desk, say)
    waiting = say("diff", desk.catalogue)
    assert (waiting.code, "待裁定" in waiting.out, "文电、档案" in waiting.out) == (1, True, True)
    assert say("decide", desk.catalogue, "--list", "--json").json()["questions"]
    for act, *more in (("ask",), ("ours",), ("edit", "--value", "文电和信访"), ("theirs",)):
        done = say("decide", desk.catalogue, act, *place, *more, "--reason", "核实后裁定")
        assert done.code == 0, done.err
    assert say("correct", desk.catalogue).code == 0
    last = say("correct", desk.catalogue, "--json").json()[0]
    assert last["state"] == "left"
    taken = say("decide", desk.catalogue, "revoke", last["decision"][:12], "--reason", "撤回再议")
    assert taken.code == 0
    assert say("correct", desk.catalogue, "--json").json()[0]["ours"] == "文电和信访"

    assert say("assign-codes", desk.catalogue, "--json").json()["codes"] == []
    assert say("decide", desk.catalogue, "publish", "--json").json()["published"] == 0
    assert say("digest", desk.catalogue, "--as-of", "2018-06-30").code == 0
    for arguments, code in (
        (
            ("correct", desk.catalogue, CODE, "internal_office", "信访处", "duties", "--empty"),
            "RECORD_UNNAMED",
        ),
        (("diff", desk.catalogue, "--from", "7"), "ROUND_UNKNOWN"),
        (("digest", desk.catalogue, "--as-of", "去年"), "AS_OF_UNREADABLE"),
        (("decide", desk.catalogue, "revoke", "00000000", "--reason", "撤回"), "DECISION_UNKNOWN"),
    ):
        refused = say(*arguments)
        assert (refused.code, code in refused.err) == (2, True), refused.err
    assert say("correct", desk.catalogue, *place, "--reason", "没有给出值").code == 2
