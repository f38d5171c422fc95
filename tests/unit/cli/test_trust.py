"""The commands about trust, one after the other as a campaign needs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from census_app.__main__ import main

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
CODE, NAME = "11320000990000033D", "江苏省市场监督管理局（示例）"
CENTRE = "11320000014000015K"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Run a command with the passphrase at hand."""
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: object) -> Said:
        monkeypatch.setenv("CENSUS_PASSPHRASE", PASSPHRASE)
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Said(code, written.out, written.err)

    return run


@dataclass(frozen=True)
class Files:
    catalogue: Path
    workspace: Path
    stick: Path
    out: Path

    @property
    def by(self) -> tuple[object, ...]:
        return ("--root-key", self.stick, "--to", self.out)


@pytest.fixture
def files(tmp_path: Path, say: Say) -> Files:
    """A catalogue with roots and coordinator, and a department that has asked to be let in."""
    made = Files(
        tmp_path / "c.censusdb", tmp_path / "w.censusdb", tmp_path / "stick", tmp_path / "out"
    )
    told = say(
        "catalogue", "new", made.catalogue, "--root-key", made.stick, "--code", CENTRE, "--json"
    )
    assert told.code == 0, told.err
    assert Path(told.json()["standby"]).is_file()
    assert told.json()["coordinator"] == CENTRE
    assert say("new", made.workspace, "--department", NAME, "--code", CODE).code == 0
    return made


def enrolled(say: Say, files: Files, *more: object) -> dict[str, Any]:
    asked = say("enrol", files.workspace, "--to", files.out, *more, "--json").json()
    compared = () if "--rotate" in more else ("--confirm", asked["fingerprint"])
    told = say(
        "catalogue", "enrol", files.catalogue, asked["request"], *compared, *files.by, "--json"
    )
    assert told.code == 0, told.err
    answer: dict[str, Any] = told.json()
    return answer


def test_a_campaign_of_trust(say: Say, files: Files) -> None:
    enrolled(say, files)
    issued = say("trust", "issue", files.catalogue, *files.by, "--days", "90", "--json").json()
    assert issued["version"] == 1

    unasked = say("apply", files.workspace, issued["bundle"])
    assert (unasked.code, unasked.out) == (2, "")
    assert issued["root"] in unasked.err
    confirmed = say(
        "apply", files.workspace, issued["bundle"], "--confirm", issued["root"], "--json"
    )
    assert confirmed.code == 0, confirmed.err
    assert (confirmed.json()["kind"], confirmed.json()["version"]) == ("trust", 1)
    shown = say("trust", "show", files.workspace, "--json").json()
    assert shown["own"]["standing"] == "valid"
    assert [root["status"] for root in shown["roots"]] == ["active", "standby"]

    package = say(
        "export", files.workspace, "--to", files.out, "--announce-unfinished", "--json"
    ).json()["package"]
    judged = say("--lang", "en", "verify", package, "--trust", issued["bundle"])
    assert judged.code == 0
    assert issued["root"] in judged.out
    assert say("receive", files.catalogue, package).code == 0

    revoked = say(
        "trust", "revoke", files.catalogue, "--department", CODE, "--last", "0",
        "--reason", "U 盘遗失", *files.by, "--json",
    )  # fmt: skip
    assert revoked.code == 0, revoked.err
    assert len(revoked.json()["revoked"]) == 1
    told = say("receive", files.catalogue, package)
    assert told.code == 3
    assert "REVOKED" in told.out
    listed = say("--lang", "en", "trust", "show", files.catalogue)
    assert "U 盘遗失" in listed.out
    assert "revoked" in listed.out


def test_bundles_come_in_among_the_packages(say: Say, files: Files, tmp_path: Path) -> None:
    issued = say("trust", "issue", files.catalogue, *files.by, "--json").json()
    second = tmp_path / "second.censusdb"
    joined = say(
        "catalogue", "new", second, "--trust", files.stick / "root.crt", "--code", CENTRE + "02",
        "--to", tmp_path / "asked", "--json",
    )  # fmt: skip
    assert joined.code == 0, joined.err
    told = say("receive", second, issued["bundle"], "--json")
    assert (told.code, told.json()[0]["outcome"]) == (0, "applied")
    assert say("receive", second, issued["bundle"], "--json").json()[0]["outcome"] == "duplicate"
    asked = joined.json()
    answer = say(
        "catalogue", "enrol", files.catalogue, asked["request"], "--confirm", asked["fingerprint"],
        "--role", "coordinator", *files.by, "--json",
    ).json()  # fmt: skip
    assert answer["role"] == "coordinator"
    applied = say("apply", second, answer["certificate"], "--json")
    assert applied.json()["fingerprint"] == asked["fingerprint"]


def test_a_department_exchanges_its_key(say: Say, files: Files) -> None:
    first = enrolled(say, files)
    assert say("apply", files.workspace, first["certificate"]).code == 0
    second = enrolled(say, files, "--rotate")
    assert second["by_old_key"] is True
    assert say("apply", files.workspace, second["certificate"]).code == 0


def test_roots_and_daily_key_are_exchanged(say: Say, files: Files, tmp_path: Path) -> None:
    new = tmp_path / "stick2"
    told = say("trust", "rotate", files.catalogue, *files.by, "--new-root-key", new, "--json")
    assert told.code == 0, told.err
    by_new = ("--root-key", new, "--to", files.out)
    assert say("trust", "issue", files.catalogue, *by_new, "--json").json()["version"] == 2
    daily = say("trust", "coordinator", files.catalogue, "--root-key", new, "--json")
    assert daily.json()["coordinator"] == CENTRE


def test_units_are_listed_and_named(say: Say, files: Files) -> None:
    assert say("trust", "units", files.catalogue, CODE, "--json").json() == []
    named = say("trust", "units", files.catalogue, CODE, f"{CODE}01=稽查总队", "--json").json()
    assert named == [{"department": CODE, "code": f"{CODE}01", "name": "稽查总队"}]
    assert "稽查总队" in say("trust", "units", files.catalogue, CODE).out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("catalogue", "new", "{new}"), "OPTION_MISSING"),
        (("catalogue", "new", "{new}", "--root-key", "{stick}"), "OPTION_MISSING"),
        (("catalogue", "new", "{new}", "--root-key", "{stick}", "--code", "1"), "DEPARTMENT_CODE"),
        (
            ("catalogue", "new", "{new}", "--trust", "{stick}/root.crt", "--code", CENTRE),
            "OPTION_MISSING",
        ),
        (("trust", "units", "{catalogue}", CODE, "no-equals"), "UNIT_FORM"),
        (
            (
                "trust", "revoke", "{catalogue}", "--reason", "x", "--root-key", "{stick}",
                "--to", "{out}",
            ),
            "OPTION_MISSING",
        ),
        (
            (
                "trust", "revoke", "{catalogue}", "--department", CENTRE, "--last", "seven",
                "--reason", "遗失", "--root-key", "{stick}", "--to", "{out}",
            ),
            "CUT_UNKNOWN",
        ),
        (("apply", "{catalogue}", "{stick}/root.key.pem"), "ANSWER_INVALID"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_said(
    arguments: tuple[str, ...], error: str, say: Say, files: Files, tmp_path: Path
) -> None:
    places = {
        "new": tmp_path / "n.censusdb",
        "stick": files.stick,
        "catalogue": files.catalogue,
        "out": files.out,
    }
    told = say(*(argument.format(**places) for argument in arguments))
    assert told.code == 2, told.err
    assert told.err.startswith(error)
    assert not places["new"].exists()


def test_a_package_of_an_unconfirmed_key_waits_and_shows_its_fingerprint(
    say: Say, files: Files
) -> None:
    asked = say("enrol", files.workspace, "--to", files.out, "--json").json()
    package = say(
        "export", files.workspace, "--to", files.out, "--announce-unfinished", "--json"
    ).json()["package"]
    told = say("receive", files.catalogue, package)
    assert told.code == 1
    assert asked["fingerprint"] in told.out
    answer = say(
        "catalogue", "enrol", files.catalogue, asked["request"], "--confirm", asked["fingerprint"],
        *files.by, "--json",
    ).json()  # fmt: skip
    assert len(answer["released"]) == 1
    assert say("receive", files.catalogue, package, "--json").json()[0]["outcome"] == "duplicate"
