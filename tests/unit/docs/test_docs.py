"""The documentation names everything a person can meet, its links lead somewhere, and the README's commands work."""

from __future__ import annotations

import importlib
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from census_app.__main__ import main
from census_app.assets import forms_dir, resource
from census_app.cli import entry
from census_app.cli.group import COMMANDS
from census_app.errors import BugError, DataProblem, EnvironmentProblem, UserError
from census_app.formspec.checks import GENERIC
from census_app.formspec.functions import functions
from census_app.formspec.model import Choice, ChoiceList, Field, Form, Rule
from census_app.formspec.types import FIELD_TYPES

ROOT = Path(__file__).resolve().parents[3]
MANUALS = ("zh", "en")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "resources").rglob("*.md")]
)
EXIT_CODES = {
    0, 1, entry.USAGE, entry.BUG,
    *(family.exit_code for family in (UserError, DataProblem, EnvironmentProblem, BugError)),
}  # fmt: skip

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_CODE_IN_GLOSSARY = re.compile(r"\| `([a-z_.]+\.[A-Za-z_]+)` \|$", re.MULTILINE)
_PLACEHOLDER_WORDS = re.compile(
    r"\b(TODO|FIXME|XXX|TBD|lorem ipsum|coming soon)\b|待补充|待定稿|此处填写", re.IGNORECASE
)


def _read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def _anchors(text: str) -> set[str]:
    """Return the names that headings can be linked by."""
    bare = (re.sub(r"[^\w\s-]", "", h.strip().lower()) for h in _HEADING.findall(text))
    return {re.sub(r"\s", "-", heading) for heading in bare}


def _coded(name: str, text: str) -> bool:
    return re.search(rf"`{re.escape(name)}`", text) is not None


# -- everything is named -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", MANUALS)
def test_every_command_is_in_the_manual(language: str) -> None:
    text = _read("docs", "manual", language, "commands.md")
    assert not [c for c in COMMANDS if not re.search(rf"`census {c}\b", text)]


@pytest.mark.parametrize("language", MANUALS)
def test_every_exit_code_is_in_the_manual(language: str) -> None:
    text = _read("docs", "manual", language, "commands.md")
    named = {int(n) for n in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert named == EXIT_CODES


@pytest.mark.parametrize("language", MANUALS)
def test_every_field_type_is_in_the_manual_and_in_the_page_for_authors(language: str) -> None:
    for text in (_read("docs", "manual", language, "values.md"), _read("docs/formats/form-set.md")):
        assert not [name for name in FIELD_TYPES if not _coded(name, text)]


@pytest.mark.parametrize("language", MANUALS)
def test_every_generic_check_is_in_the_manual_and_in_the_page_for_authors(language: str) -> None:
    messages = _read("docs", "manual", language, "messages.md")
    assert not [code for code in GENERIC.values() if not _coded(code, messages)]
    authors = _read("docs/formats/form-set.md")
    assert not [name for pair in GENERIC.items() for name in pair if not _coded(name, authors)]


@pytest.mark.parametrize("language", MANUALS)
def test_every_setting_is_described_with_its_value(language: str) -> None:
    settings = tomllib.loads((forms_dir() / "campaign.toml").read_text(encoding="utf-8"))[
        "settings"
    ]
    for text in (
        _read("docs", "manual", language, "messages.md"),
        _read("docs/formats/form-set.md"),
    ):
        rows = {line for line in text.splitlines() if line.startswith("|")}
        for name, value in settings.items():
            assert any(_coded(name, row) and str(value) in row for row in rows), name


@pytest.mark.parametrize("language", MANUALS)
def test_every_code_with_a_next_step_is_explained(language: str) -> None:
    text = _read("docs", "manual", language, "messages.md")
    codes = [
        code.removeprefix("FINDING_")
        for path in sorted(resource("messages").glob("*.toml"))
        for code, entry_ in tomllib.loads(path.read_text(encoding="utf-8")).items()
        if "next_zh" in entry_
    ]
    assert not [code for code in codes if not _coded(code, text)], "add them to messages.md"


def test_every_key_and_function_of_form_sets_is_described() -> None:
    text = _read("docs/formats/form-set.md")
    keys = {
        name
        for struct in (Form, Field, Rule, ChoiceList, Choice)
        for name in struct.__struct_fields__
    }
    keys -= {"choices", "field", "rule", "section"}  # tables, shown as headings and in examples
    names = {key for key in keys if not re.search(rf"\b{key}\b", text)}
    assert not names
    assert not [name for name in functions({}, "2000-01-01") if f"`{name}(" not in text]


def test_both_manuals_have_the_same_pages() -> None:
    zh, en = (
        {p.name for p in (ROOT / "docs" / "manual" / language).glob("*.md")} for language in MANUALS
    )
    assert zh == en


def test_the_glossary_points_into_the_code() -> None:
    named = _CODE_IN_GLOSSARY.findall(_read("docs/glossary.md"))
    assert len(named) > 30
    for dotted in named:
        module, _, name = dotted.rpartition(".")
        assert hasattr(importlib.import_module(f"census_app.{module}"), name), dotted


# -- nothing leads nowhere ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_and_pictures_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    dead = []
    for link in _LINK.findall(_CODE.sub("", text)):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        known = not anchor or anchor in (
            _anchors(target.read_text(encoding="utf-8")) if target.is_file() else ()
        )
        if not target.exists() or not known:
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_page_waits_to_be_written(page: Path) -> None:
    assert not _PLACEHOLDER_WORDS.findall(page.read_text(encoding="utf-8"))


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [p.name[:4] for p in (ROOT / "docs" / "adr").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


# -- the README is true ------------------------------------------------------------------------------------------------


def test_the_commands_of_the_readme_work_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CENSUS", str(ROOT))
    fingerprint = ""
    ran = []
    for line in _readme_lines():
        told = re.match(r"export (\w+)=(.+?)(?:\s+#.*)?$", line)
        if told:
            monkeypatch.setenv(told[1], shlex.split(told[2])[0].replace("$PWD", str(tmp_path)))
        if not line.startswith("census "):
            continue
        words = [
            word.replace("$CENSUS", str(ROOT)).replace("$FINGERPRINT", fingerprint)
            for word in shlex.split(line, comments=True)[1:]
        ]
        monkeypatch.setenv("CENSUS_PASSPHRASE", "twelve characters or more")
        code = main(["--lang", "en", *words])
        answer = capsys.readouterr()
        assert code == 0, f"{line}\n{answer.out}{answer.err}"
        found = re.search(r"Fingerprint: ((?:[0-9a-f]{4} ?){8})", answer.out)
        fingerprint = found[1].strip() if found else fingerprint
        ran.append(words[0])
    assert ran[0] == "new"
    assert ran[-1] == "report"
    assert (tmp_path / "catalogue.pdf").read_bytes().startswith(b"%PDF")


def _readme_lines() -> list[str]:
    block = re.search(r"^```sh\n(.*?)^```", _read("README.md"), re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1].splitlines()
