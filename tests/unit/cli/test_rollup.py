"""Three tiers by commands alone: a department, its city, its province, and the receipt on the way back."""

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

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
DEPARTMENT = "11320000990000017P"
CITY = "11320000990000025J"
PROVINCE = "11320000990000033D"

Answer = Callable[..., tuple[int, Any]]


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    """Run a command with `--json` and return its exit code and its answer."""

    def run(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = call(*arguments, "--json")
        return code, json.loads(capsys.readouterr().out)

    return run


@dataclass(frozen=True)
class Tiers:
    folder: Path
    department: Path
    city: Path
    province: Path

    @property
    def by_file(self) -> tuple[object, ...]:
        return "--passphrase-file", self.folder / "passphrase.txt"

    def enrol(self, answer: Answer, file: Path, target: Path, *more: object) -> Path:
        """Enrol a file with a catalogue and return the answer's path."""
        out = self.folder / f"out-{file.stem}-{target.stem}"
        _code, made = answer("enrol", file, "--to", out, *more, *self.by_file)
        assert Path(made["card"]).read_bytes().startswith(b"%PDF")
        stick = self.folder / f"stick-{target.stem}"
        let_in = ("catalogue", "enrol", target, made["request"], "--confirm", made["fingerprint"])
        code, given = answer(*let_in, "--root-key", stick, "--to", out, *self.by_file)
        assert code == 0
        return Path(given["certificate"])


@pytest.fixture
def tiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Tiers:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "passphrase.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")
    made = Tiers(tmp_path, *(tmp_path / f"{n}.censusdb" for n in ("office", "city", "province")))
    for target, code, level in ((made.city, CITY, "city"), (made.province, PROVINCE, "province")):
        new = ("catalogue", "new", target, "--root-key", tmp_path / f"stick-{target.stem}")
        named = ("--name", level, "--code", code, "--level", level)
        assert call(*new, *named, *made.by_file) == 0
    name = ("--department", "苏州市样例局", "--code", DEPARTMENT)
    assert call("new", made.department, *name) == 0
    given = made.enrol(answer, made.department, made.city)
    assert call("apply", made.department, given) == 0
    return made


def test_a_campaign_of_three_tiers(
    tiers: Tiers, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tiers.enrol(answer, tiers.city, tiers.province, "--code", CITY)
    code, applied = answer("apply", tiers.city, given)
    assert (code, applied["kind"]) == (0, "certificate")
    _code, sent = answer(
        "export", tiers.department, "--to", tiers.folder, "--announce-unfinished", *tiers.by_file
    )
    assert call("receive", tiers.city, sent["package"]) == 0

    up = tiers.folder / "up"
    capsys.readouterr()
    assert call("--lang", "en", "rollup", tiers.city, "--to", up, *tiers.by_file) == 0
    said = capsys.readouterr().out
    listing = re.search(r"census trust units TARGET (\S+) (.+)$", said, re.MULTILINE)
    assert listing is not None
    [package] = up.glob("*.census")
    code, [refused] = answer("receive", tiers.province, package)
    assert (code, refused["code"]) == (3, "SCOPE")
    assert "census trust units" in refused["next"]

    assert call("trust", "units", tiers.province, listing[1], *listing[2].split(" ")) == 0
    code, [merged] = answer("receive", tiers.province, package)
    assert (code, merged["outcome"], merged["department"]) == (0, "merged", CITY)
    code, again = answer("rollup", tiers.city, "--to", up, *tiers.by_file)
    assert (code, again["sequence"], again["departments"]) == (0, 2, {DEPARTMENT: "苏州市样例局"})

    province = bootstrap.open_catalogue(tiers.province)
    try:
        assert {p.department for p in province.packages()} == {CITY}
        assert {a.department for a in province.announced()} <= {CITY}
    finally:
        province.close()


def test_only_a_city_enrols_above_and_only_with_its_code(tiers: Tiers, answer: Answer) -> None:
    to = ("--to", tiers.folder, *tiers.by_file)
    cases = (
        ((tiers.city,), "OPTION_MISSING"),
        ((tiers.province, "--code", CITY), "ROLLUP_LEVEL"),
        ((tiers.department, "--code", CITY), "ENROL_CODE"),
    )
    for arguments, code in cases:
        ended, told = answer("enrol", *arguments, *to)
        assert (ended, told["error"]) == (2, code)
        assert told["next"]
    ended, told = answer("rollup", tiers.city, *to)
    assert (ended, told["error"]) == (2, "NOT_ENROLLED")
