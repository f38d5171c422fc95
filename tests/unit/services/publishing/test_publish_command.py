"""`census publish` as a person calls it: every format, in words and as JSON, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from census_app.__main__ import main
from census_app.services.publishing import FORMATS, PublishFormat
from tests.unit.services.publishing.conftest import GivenOut

CATALOGUE = [each for each in FORMATS if each.held != "workspace"]


def _target(each: PublishFormat, folder: Path) -> Path:
    return folder / f"{each.id}{each.suffixes[0] if each.suffixes else ''}"


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.id)
def test_each_format_is_written_and_told(
    each: PublishFormat, given_out: GivenOut, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = _target(each, tmp_path)
    line = ["--lang", "en", "publish", each.id, str(given_out.catalogue), "--to", str(target)]
    assert main(line) == 0
    said = capsys.readouterr().out
    assert str(target) in said
    assert "{" not in said
    assert target.exists()


def test_options_reach_the_format(
    given_out: GivenOut, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(given_out.catalogue)

    def datasets(*options: str) -> int:
        target = str(tmp_path / "a.jsonld")
        assert main(["publish", "dcat", source, "--to", target, "--json", *options]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["format"], told["path"]) == ("dcat", target)
        return int(told["datasets"])

    assert datasets() == datasets("--open-only") == 2
    assert datasets("--internal") == 3
    assert datasets("--internal", "--published") == 1
    assert datasets("--platform", "https://data.example.gov.cn/") == 2
    assert "https://data.example.gov.cn/" in (tmp_path / "a.jsonld").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["dcat", "--platform", "example"], "PUBLISH_URL"),
        (["workbook", "--department", "nobody"], "DEPARTMENT_UNKNOWN"),
        (["journal"], "PUBLISH_HELD"),
        (["ledger"], "PUBLISH_SUFFIX"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    line: list[str],
    code: str,
    given_out: GivenOut,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    suffix = {"dcat": ".jsonld", "ledger": ".txt"}.get(line[0], ".xlsx")
    target = tmp_path / f"a{suffix}"
    name, *options = line
    said = [
        "--lang",
        "zh",
        "publish",
        name,
        str(given_out.catalogue),
        "--to",
        str(target),
        *options,
    ]
    assert main(said) == 2
    assert capsys.readouterr().err.startswith(f"{code}: ")
    assert not target.exists()
