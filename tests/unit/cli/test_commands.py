"""Every command of the program, called as a person calls it: exit codes, words in two languages, JSON, passphrases."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.assets import resource
from census_app.cli.group import COMMANDS
from census_app.diagnostics import wording
from census_app.errors import UserError
from census_app.services.reporting import KINDS, report

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
CODE = "11320000990000033D"
NAME = "江苏省市场监督管理局（示例）"
SYSTEMS = resource("samples", "market", "systems.csv")
LISTS = resource("samples", "market", "census_list.xlsx")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TERM = "三数一率"  # what the indicators are called, also in English
CENTRE = "11320000014000015K"
TRUST = ("show", "issue", "revoke", "rotate", "units", "coordinator")
SUBCOMMANDS = (
    *((name,) for name in COMMANDS),
    ("catalogue", "new"),
    ("catalogue", "enrol"),
    ("key", "passphrase"),
    ("publish", "journal"),
    ("ledger", "export"),
    ("ledger", "apply"),
    *(("trust", name) for name in TRUST),
)


@dataclass(frozen=True)
class Campaign:
    """One department that has enrolled, imported and exported; its package has not been received."""

    data: Path
    root: Path
    catalogue: Path
    workspace: Path
    request: Path
    fingerprint: str
    answer: Path
    package: Path


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Say = Callable[..., Said]


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command and return what it said."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = call(*arguments)
        written = capsys.readouterr()
        return Said(code, written.out, written.err)

    return run


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    folder = tmp_path_factory.mktemp("campaign")
    data, root, out = folder / "data", folder / "stick", folder / "out"
    catalogue, workspace = folder / "province.censusdb", folder / "market.censusdb"
    secret = folder / "passphrase.txt"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CENSUS_DATA_DIR", str(data))
        by_file = ("--passphrase-file", secret)
        made = ("catalogue", "new", catalogue, "--root-key", root, "--code", CENTRE)
        assert call(*made, *by_file) == 0
        daily = set((data / "keys").glob("*.pem"))
        assert call("new", workspace, "--department", NAME, "--code", CODE) == 0
        assert call("import", workspace, SYSTEMS, LISTS) == 0
        assert call("enrol", workspace, "--to", out, *by_file) == 0
        [request] = out.glob("*.census")
        [key] = set((data / "keys").glob("*.pem")) - daily
        fingerprint = " ".join(re.findall("....", key.stem))
        let_in = ("catalogue", "enrol", catalogue, request, "--confirm", fingerprint)
        assert call(*let_in, "--root-key", root, "--to", out, *by_file) == 0
        [answer] = out.glob("*.crt")
        assert call("apply", workspace, answer) == 0
        assert call("export", workspace, "--to", out, "--announce-unfinished", *by_file) == 0
        [package] = set(out.glob("*.census")) - {request}
    return Campaign(
        data, root / "root.crt", catalogue, workspace, request, fingerprint, answer, package
    )


@pytest.fixture
def workspace(campaign: Campaign, tmp_path: Path) -> Path:
    """Return a copy of the department's file that may be changed."""
    return Path(shutil.copy(campaign.workspace, tmp_path / "w.censusdb"))


@pytest.fixture
def catalogue(campaign: Campaign, tmp_path: Path) -> Path:
    """Return a copy of the catalogue that may be changed."""
    return Path(shutil.copy(campaign.catalogue, tmp_path / "c.censusdb"))


@pytest.fixture
def passphrase(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CENSUS_PASSPHRASE", PASSPHRASE)
    return PASSPHRASE


# -- help, languages, usage --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", SUBCOMMANDS, ids=" ".join)
def test_every_command_has_help_in_both_languages(command: tuple[str, ...], say: Say) -> None:
    chinese, english = (say("--lang", lang, *command, "--help") for lang in ("zh", "en"))
    assert (chinese.code, english.code) == (0, 0)
    assert CHINESE.search(chinese.out)
    assert not CHINESE.search(english.out.replace(TERM, ""))
    assert chinese.err == english.err == ""


def test_the_list_of_commands_is_complete(say: Say) -> None:
    told = say("--lang", "en", "--help")
    assert told.code == 0
    assert [name for name in COMMANDS if not re.search(rf"^  {name} +\w", told.out, re.M)] == []


def test_the_version_is_said(say: Say) -> None:
    told = say("--version")
    assert told.code == 0
    assert re.fullmatch(r"census \S+\n", told.out)


@pytest.mark.parametrize(
    "arguments",
    [
        ["inport", "a.censusdb"],
        ["check"],
        ["check", "a.censusdb", "--no-such-option"],
        ["import", "a.censusdb"],
        ["verify", "--trust", "root.crt"],
        ["catalogue", "burn", "a.censusdb"],
        ["report", "poem", "a.censusdb", "--to", "a.pdf"],
        ["--lang", "fr", "doctor"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_ends_with_2_and_points_to_help(arguments: list[str], say: Say) -> None:
    told = say(*arguments)
    assert told.code == 2
    assert told.out == ""
    assert "census --help" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_language_may_be_chosen(language: str, campaign: Campaign, say: Say) -> None:
    told = say("--lang", language, "stats", campaign.catalogue)
    first = told.out.splitlines()[0]
    assert told.code == 0
    assert bool(CHINESE.search(first)) is (language == "zh")


def test_errors_are_said_in_the_chosen_language(campaign: Campaign, say: Say) -> None:
    chinese = say("--lang=zh", "check", campaign.catalogue)
    english = say("--lang=en", "check", campaign.catalogue)
    assert chinese.code == english.code == 3
    assert CHINESE.search(chinese.err)
    assert "DB_KIND" in chinese.err
    assert "DB_KIND" in english.err
    assert chinese.err != english.err


# -- exit codes --------------------------------------------------------------------------------------------------------


def test_findings_end_with_1(campaign: Campaign, say: Say) -> None:
    told = say("check", campaign.workspace)
    assert told.code == 1
    assert "RES-14b" in told.out


def test_a_missing_file_ends_with_2(tmp_path: Path, say: Say) -> None:
    told = say("check", tmp_path / "none.censusdb")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("FILE_MISSING: ")


def test_a_refused_package_ends_with_3(campaign: Campaign, tmp_path: Path, say: Say) -> None:
    broken = tmp_path / "broken.census"
    broken.write_bytes(campaign.package.read_bytes()[:-100])
    told = say("verify", campaign.package, broken, "--trust", campaign.root)
    assert told.code == 3
    assert f"✗ {broken.name}" in told.out
    assert campaign.package.name in told.out.splitlines()[0]


def test_a_passphrase_file_that_is_missing_ends_with_4(
    campaign: Campaign, tmp_path: Path, say: Say
) -> None:
    nowhere = ("--passphrase-file", tmp_path / "none.txt")
    told = say("enrol", campaign.workspace, "--to", tmp_path, *nowhere)
    assert (told.code, told.out) == (4, "")
    assert told.err.startswith("PASSPHRASE_FILE: ")


def test_an_error_with_json_is_json(tmp_path: Path, say: Say) -> None:
    told = say("check", tmp_path / "none.censusdb", "--json")
    assert told.code == 2
    assert told.json()["error"] == "FILE_MISSING"
    assert told.json()["what"]
    assert told.json()["next"]


def test_one_bad_package_does_not_hide_what_became_of_the_others(
    campaign: Campaign, tmp_path: Path, say: Say
) -> None:
    spoiled = tmp_path / "spoiled.census"
    spoiled.write_bytes(campaign.package.read_bytes()[:-1])
    for last, expected in ((spoiled, 3), (tmp_path / "nowhere.census", 2), (tmp_path, 4)):
        verified = say("verify", campaign.package, last, "--trust", campaign.root)
        assert verified.code == expected
        assert campaign.package.name in verified.out.splitlines()[0]
        assert f"✗ {last.name}" in verified.out
        catalogue = shutil.copy(campaign.catalogue, tmp_path / "batch.censusdb")
        received = say("receive", catalogue, last, campaign.package, "--json")
        assert received.code == expected
        assert [o["outcome"] for o in received.json()] == ["refused", "merged"]


# -- one command after the other ---------------------------------------------------------------------------------------


def test_new_makes_a_file_once(tmp_path: Path, say: Say) -> None:
    arguments = ("new", tmp_path / "n.censusdb", "--department", NAME, "--code", CODE.lower())
    assert say(*arguments, "--json").json()["code"] == CODE
    again = say(*arguments)
    assert again.code == 2
    assert again.err.startswith("FILE_EXISTS: ")


def test_new_makes_a_practice_file_and_starts_it_again(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "p.censusdb"
    made = say("new", path, "--training", "--json").json()
    assert made["training"]
    assert say("check", path).code == 1
    assert say("new", path, "--training").code == 2
    assert say("new", path, "--training", "--again").code == 0
    real = tmp_path / "real.censusdb"
    assert say("new", real, "--department", NAME, "--code", CODE).code == 0
    assert say("new", real, "--training", "--again").code == 2
    assert real.exists()
    assert say("new", tmp_path / "x.censusdb").code == 2
    assert say("new", tmp_path / "x.censusdb", "--training", "--code", CODE).code == 2


@pytest.mark.parametrize(
    ("department", "code", "expected"),
    [(NAME, "12345", "DEPARTMENT_CODE"), (NAME, CODE[:-1] + "A", "DEPARTMENT_CODE"),
     ("  ", CODE, "NAME_EMPTY")],
)  # fmt: skip
def test_new_refuses_what_names_no_department(
    department: str, code: str, expected: str, tmp_path: Path, say: Say
) -> None:
    told = say("new", tmp_path / "n.censusdb", "--department", department, "--code", code)
    assert told.code == 2
    assert told.err.startswith(expected)
    assert not (tmp_path / "n.censusdb").exists()


def test_import_dry_run_changes_nothing(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "n.censusdb"
    say("new", path, "--department", NAME, "--code", CODE)
    dry = say("import", path, SYSTEMS, "--dry-run", "--json").json()
    assert dry["dry_run"] is True
    assert dry["new"] == 7
    assert say("import", path, SYSTEMS, "--json").json()["new"] == 7
    again = say("import", path, SYSTEMS, "--json").json()
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 7)


@pytest.mark.parametrize("setting", ["no-equals", "=value", "field="])
def test_import_says_how_a_setting_is_written(
    setting: str, workspace: Path, tmp_path: Path, say: Say
) -> None:
    told = say("import", workspace, SYSTEMS, "--set", setting)
    assert told.code == 2
    assert told.err.startswith("SETTING_FORM: ")


def test_check_takes_the_offers(workspace: Path, say: Say) -> None:
    before = say("check", workspace, "--json").json()
    offered = [f for f in before["findings"] if f["offer"]]
    assert offered
    after = say("check", workspace, "--take-offers", "--json").json()
    assert not [f for f in after["findings"] if f["offer"]]
    assert (
        after["errors"] < before["errors"]
    )  # a code that was mended may show that its class is another
    assert say("check", workspace, "--json").json()["findings"] == after["findings"]


def test_check_keeps_a_reason(workspace: Path, say: Say) -> None:
    before = say("check", workspace, "--json").json()
    about = sum(f["rule"] == "RES-14b" for f in before["findings"])
    after = say(
        "check", workspace, "--explain", "RES-14b", "系统停用，数据不再更新", "--json"
    ).json()
    assert after["warnings_explained"] == about
    assert after["warnings_unexplained"] == before["warnings_unexplained"] - about
    reasons = {f["explanation"] for f in after["findings"] if f["rule"] == "RES-14b"}
    assert reasons == {"系统停用，数据不再更新"}


@pytest.mark.parametrize("rule", ["NO-SUCH-RULE", "CEN-1"])
def test_check_takes_reasons_for_warnings_only(rule: str, workspace: Path, say: Say) -> None:
    told = say("check", workspace, "--explain", rule, "因故")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("EXPLAIN_NOTHING: ")


def test_check_details_lists_every_finding(campaign: Campaign, say: Say) -> None:
    short = say("check", campaign.workspace).out.splitlines()
    long = say("check", campaign.workspace, "--details").out.splitlines()
    findings = say("check", campaign.workspace, "--json").json()["findings"]
    assert len(short) < len(long)
    assert sum(line.startswith("    ") and "→" not in line for line in long) == len(findings)


def test_verify_says_who_signed(campaign: Campaign, say: Say) -> None:
    [told] = say("verify", campaign.package, "--trust", campaign.root, "--json").json()
    assert told["ok"] is True
    assert (told["department"], told["department_name"]) == (CODE, NAME)
    assert told["fingerprint"].split() == campaign.fingerprint.split()


def test_receive_merges_once_and_the_digest_stays(
    campaign: Campaign, catalogue: Path, say: Say
) -> None:
    empty = say("digest", catalogue, "--json").json()["digest"]
    merged = say("receive", catalogue, campaign.package, "--json")
    assert merged.code == 0
    assert merged.json()[0]["outcome"] == "merged"
    full = say("digest", catalogue, "--json").json()["digest"]
    assert full != empty
    again = say("receive", catalogue, campaign.package, "--json")
    assert again.code == 0
    assert again.json()[0]["outcome"] == "duplicate"
    assert say("digest", catalogue, "--json").json()["digest"] == full
    assert full.startswith(say("digest", catalogue).out.replace(" ", "").strip())
    figures = say("stats", catalogue, "--as-of", "2099-12-31", "--json").json()
    assert figures["as_of"] == "2099-12-31"
    assert figures["figures"]["DEPARTMENTS"]["value"] == "1"
    assert [d["code"] for d in figures["departments"]] == [CODE]


def test_report_prints_a_pdf(campaign: Campaign, tmp_path: Path, say: Say) -> None:
    target = tmp_path / "department.pdf"
    told = say("report", "department", campaign.workspace, "--to", target, "--json").json()
    assert target.read_bytes().startswith(b"%PDF-")
    assert told["pdf"] == str(target)
    assert told["pages"] >= 1


def test_doctor_examines_a_file(campaign: Campaign, say: Say) -> None:
    told = say("doctor", campaign.workspace, "--json")
    assert told.code == 0
    assert {c["check"]: c["ok"] for c in told.json()}["file"] is True


def test_doctor_ends_with_4_when_something_is_wrong(tmp_path: Path, say: Say) -> None:
    text = tmp_path / "letter.censusdb"
    text.write_text("您好\n" * 100, encoding="utf-8")
    told = say("doctor", text, "--json")
    assert told.code == 4
    assert {c["check"]: c["ok"] for c in told.json()}["file"] is False


def test_selftest_passes(say: Say) -> None:
    told = say("selftest", "--json")
    assert told.code == 0
    assert [c["check"] for c in told.json() if not c["ok"]] == []


def test_a_folder_takes_one_demonstration(tmp_path: Path, say: Say) -> None:
    told = say("demo", "--into", tmp_path / "demo", "--json")
    assert told.code == 0
    assert len(told.json()["departments"]) == 3
    again = say("demo", "--into", tmp_path / "demo")
    assert (again.code, again.out) == (2, "")
    assert again.err.startswith("DEMO_EXISTS: ")


# -- keys and passphrases ----------------------------------------------------------------------------------------------


def test_the_environment_forgets_the_passphrase(passphrase: str, tmp_path: Path, say: Say) -> None:
    stick, target = tmp_path / "stick", tmp_path / "c.censusdb"
    told = say("catalogue", "new", target, "--root-key", stick, "--code", CENTRE, "--json")
    assert told.code == 0
    assert told.json()["root"] == str(stick / "root.crt")
    assert "CENSUS_PASSPHRASE" not in os.environ
    assert passphrase not in told.out + told.err


def test_the_key_opens_by_environment_and_by_file(
    campaign: Campaign, workspace: Path, tmp_path: Path, passphrase: str, say: Say
) -> None:
    moved = ("--data-dir", campaign.data)
    arguments = ("export", workspace, "--to", tmp_path / "out", "--announce-unfinished", "--json")
    first = say(*moved, *arguments)
    assert first.code == 0, first.err
    assert "CENSUS_PASSPHRASE" not in os.environ
    secret = tmp_path / "secret.txt"
    secret.write_text(f"{passphrase}\nsecond line\n", encoding="utf-8")
    second = say(*moved, *arguments, "--passphrase-file", secret)
    assert second.code == 0, second.err
    assert second.json()["sequence"] == first.json()["sequence"] + 1
    assert Path(second.json()["package"]).is_file()
    assert Path(second.json()["cover"]).read_bytes().startswith(b"%PDF-")


def test_a_wrong_passphrase_opens_nothing(
    campaign: Campaign, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    monkeypatch.setenv("CENSUS_PASSPHRASE", "quite another sentence 9")
    export = ("export", workspace, "--to", tmp_path / "out", "--announce-unfinished")
    told = say("--data-dir", campaign.data, *export)
    assert told.code in {2, 3, 4}
    assert told.out == ""
    assert "quite another" not in told.err
    assert list(tmp_path.glob("out/*.census")) == []


def test_nobody_to_ask_for_a_passphrase_ends_with_2(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    monkeypatch.delenv("CENSUS_PASSPHRASE", raising=False)
    told = say("enrol", campaign.workspace, "--to", tmp_path)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("PASSPHRASE_MISSING: ")
    assert "CENSUS_PASSPHRASE" in told.err


def test_unfinished_records_leave_only_when_announced(
    campaign: Campaign, workspace: Path, tmp_path: Path, passphrase: str, say: Say
) -> None:
    told = say("--data-dir", campaign.data, "export", workspace, "--to", tmp_path / "out")
    assert told.code in {1, 2}
    assert told.out == ""
    assert passphrase not in told.err
    assert list(tmp_path.glob("out/*.census")) == []


def test_enrol_and_apply_answer_in_json(
    campaign: Campaign, workspace: Path, tmp_path: Path, passphrase: str, say: Say
) -> None:
    made = say("enrol", workspace, "--to", tmp_path / "out", "--json")
    assert made.code == 0
    assert Path(made.json()["card"]).read_bytes().startswith(b"%PDF-")
    assert Path(made.json()["key"]).is_relative_to(tmp_path / "census-data")
    assert passphrase not in made.out + made.err
    applied = say("--data-dir", campaign.data, "apply", workspace, campaign.answer, "--json")
    assert applied.code == 0
    assert applied.json()["fingerprint"].split() == campaign.fingerprint.split()


def test_a_fingerprint_that_differs_lets_nobody_in(
    campaign: Campaign, catalogue: Path, tmp_path: Path, passphrase: str, say: Say
) -> None:
    wrong = campaign.fingerprint[::-1]
    arguments = ("catalogue", "enrol", catalogue, campaign.request, "--confirm", wrong)
    before = say("digest", catalogue).out
    told = say(*arguments, "--root-key", campaign.root.parent, "--to", tmp_path / "out")
    assert told.code in {2, 3}
    assert told.out == ""
    assert passphrase not in told.err
    assert not list(tmp_path.glob("out/*.crt"))
    assert say("digest", catalogue).out == before


# -- algorithms and passphrases of keys --------------------------------------------------------------------------------

SECOND = "五只白鹭 飞过 8 条河"


@pytest.fixture
def new_passphrase(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CENSUS_NEW_PASSPHRASE", SECOND)
    return SECOND


def test_a_catalogue_of_sm2_takes_departments_of_sm2_only(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    workspace = tmp_path / "w.censusdb"
    assert say("new", workspace, "--department", NAME, "--code", CODE).code == 0
    (tmp_path / "p").write_text(PASSPHRASE, encoding="utf-8")
    by_file = ("--passphrase-file", tmp_path / "p")
    catalogue, root = tmp_path / "gm.censusdb", tmp_path / "stick"
    new = ("catalogue", "new", catalogue, "--root-key", root, "--code", CENTRE)
    made = say(*new, "--algorithm", "sm2", *by_file)
    assert made.code == 0
    outcomes = {}
    for algorithm in ("p256", "sm2"):
        out = tmp_path / algorithm
        asked = say("enrol", workspace, "--to", out, "--algorithm", algorithm, *by_file, "--json")
        request, fingerprint = asked.json()["request"], asked.json()["fingerprint"]
        told = say(
            "catalogue", "enrol", catalogue, request, "--confirm", fingerprint,
            "--root-key", root, "--to", out, *by_file,
        )  # fmt: skip
        outcomes[algorithm] = (told.code, told.err.partition(":")[0])
    assert outcomes == {"p256": (2, "REQUEST_ALGORITHM"), "sm2": (0, "")}
    assert say("apply", workspace, tmp_path / "sm2" / f"{CODE}.crt").code == 0
    done = say("export", workspace, "--to", tmp_path / "o", "--announce-unfinished", *by_file)
    assert done.code == 0
    [package] = (tmp_path / "o").glob("*.census")
    assert say("verify", package, "--trust", root / "root.crt").code == 0
    assert say("verify", package, "--trust", campaign.root).code == 3
    assert say("receive", catalogue, package).code == 0


def test_a_root_that_exists_keeps_its_algorithm(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    stick = Path(shutil.copytree(campaign.root.parent, tmp_path / "stick"))
    (tmp_path / "p").write_text(PASSPHRASE, encoding="utf-8")
    by_file = ("--passphrase-file", tmp_path / "p")
    for algorithm, expected in (("sm2", 2), ("p256", 0)):
        target = tmp_path / f"{algorithm}.censusdb"
        new = ("catalogue", "new", target, "--root-key", stick, "--code", CENTRE)
        told = say(*new, "--algorithm", algorithm, *by_file)
        assert told.code == expected
        assert target.exists() is (expected == 0)
    plain = ("catalogue", "new", tmp_path / "plain.censusdb", "--root-key", stick, "--code", CENTRE)
    assert say(*plain, *by_file).code == 0


def test_a_passphrase_is_changed_by_file_and_by_environment(
    campaign: Campaign,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    passphrase: str,
    new_passphrase: str,
    say: Say,
) -> None:
    data = Path(shutil.copytree(campaign.data, tmp_path / "data"))
    monkeypatch.setenv("CENSUS_DATA_DIR", str(data))
    told = say("key", "passphrase", workspace, "--json")
    assert told.code == 0
    key = data / "keys" / (campaign.fingerprint.replace(" ", "") + ".pem")
    assert told.json() == {"key": str(key)}
    assert "CENSUS_NEW_PASSPHRASE" not in os.environ
    assert passphrase not in told.out + told.err
    assert new_passphrase not in told.out + told.err
    for name, text in (("old", passphrase), ("new", new_passphrase)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    back = ("--new-passphrase-file", tmp_path / "old")
    for given, expected in (("old", 2), ("new", 0)):
        again = say("key", "passphrase", key, "--passphrase-file", tmp_path / given, *back)
        assert again.code == expected


def test_the_root_key_s_passphrase_is_changed_on_its_stick(
    campaign: Campaign, tmp_path: Path, passphrase: str, new_passphrase: str, say: Say
) -> None:
    assert passphrase != new_passphrase
    stick = Path(shutil.copytree(campaign.root.parent, tmp_path / "stick"))
    before = (stick / "root.key.pem").read_bytes()
    assert say("key", "passphrase", stick).code == 0
    assert (stick / "root.key.pem").read_bytes() != before
    missing = say("key", "passphrase", tmp_path)
    assert missing.code == 2
    assert missing.err.startswith("ROOT_MISSING: ")


def test_doctor_names_the_library_of_the_gm_mode(say: Say) -> None:
    [found] = [each for each in say("doctor", "--json").json() if each["check"] == "gm"]
    assert found["ok"] is True
    assert "OpenSSL 3" in found["detail"]


def test_history_undo_and_publish_tell_the_same_story(
    workspace: Path, tmp_path: Path, say: Say
) -> None:
    told = say("history", workspace, "--limit", "0", "--json").json()
    assert told["total"] == len(told["lines"]) > 0
    name = next(line["title"] for line in told["lines"] if line["form"] == "information_system")
    own = say("history", workspace, name, "--json").json()
    assert {line["title"] for line in own["lines"]} == {name}
    assert name in say("history", workspace, name).out
    assert say("history", workspace, "没有这条记录").code == 2
    assert say("history", workspace, "--field", "没有这个字段").code == 2
    shown = say("undo", workspace, "--show", "--json").json()
    undone = say("undo", workspace, "--json").json()
    assert (undone["done"], undone["what"]) == (True, shown["undo"])
    redone = say("undo", workspace, "--redo", "--json").json()
    assert (redone["done"], redone["what"]) == (True, shown["undo"])
    assert say("undo", workspace, "--redo").code == 1
    target = tmp_path / "变更.csv"
    written = say("publish", "journal", workspace, "--to", target, "--json").json()
    assert written["lines"] == say("history", workspace, "--json").json()["total"]
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert say("publish", "journal", workspace, "--to", tmp_path / "x.txt").code == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_report_is_named_where_reports_are_spoken_of(
    language: str, tmp_path: Path
) -> None:
    told = {"CLI_REPORT": wording.text("CLI_REPORT", language)}
    path = tmp_path / "w.censusdb"
    with (
        closing(
            bootstrap.create_workspace(path, department="省水利厅", code="11320000990000033D")
        ) as store,
        pytest.raises(UserError, match="REPORT_KIND") as refused,
    ):
        report("catalogue", store, "zh", clock=bootstrap.SystemClock())
    told["REPORT_KIND"] = wording.explain_error(refused.value, language).next_step
    for where, text in told.items():
        assert not [kind for kind in KINDS if kind not in text], where
