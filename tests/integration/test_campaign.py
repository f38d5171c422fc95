"""Two departments, a city and a province play a whole campaign through files in one folder.

Among the packages are one forged, one replayed, one forked, one revoked and one repacked. Everything is done by the
commands a person would type; only answers are typed into records by the use case behind the window.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.uscc import check_character
from census_app.services.editing import create_record
from census_app.services.receiving import rebuild

SECRET = "four quiet words here"  # noqa: S105
OFFICE = "internal_office"


def uscc(number: int) -> str:
    """Return a made-up unified social credit code."""
    body = f"113200009900{number:05d}"
    return body + check_character(body)


PROVINCE, CITY, FIRST, SECOND = (uscc(n) for n in (41, 50, 61, 62))
FIRST_NAME, SECOND_NAME = "示例市水务局", "示例市林业局"


@dataclass
class Person:
    """Somebody at a computer of their own: a data folder, and a file they work on.

    Attributes:
        say: Runs a command on this computer and returns its exit code and its JSON answer.
    """

    data: Path
    file: Path
    say: Callable[..., tuple[int, Any]] = field(repr=False)

    def does(self, *command: object, expect: int = 0) -> Any:
        code, answer = self.say(self, *command)
        assert code == expect, (command, code, answer)
        return answer

    def refused(self, *command: object) -> str:
        code, answer = self.say(self, *command)
        assert code != 0, command
        return str(answer["error"])


@dataclass
class Table:
    """The folder through which everything goes, and who sits around it."""

    folder: Path
    say: Callable[..., tuple[int, Any]]

    @property
    def post(self) -> Path:
        """Where packages lie: the stick that is carried around."""
        return self.folder / "post"

    def person(self, name: str) -> Person:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        return Person(place / "data", place / f"{name}.censusdb", self.say)

    def stick(self, name: str) -> Path:
        return self.folder / name / "stick"


@pytest.fixture
def table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Table:
    monkeypatch.setenv("CENSUS_LANG", "zh")

    def say(person: Person, *command: object) -> tuple[int, Any]:
        monkeypatch.setenv("CENSUS_DATA_DIR", str(person.data))
        monkeypatch.setenv("CENSUS_PASSPHRASE", SECRET)
        capsys.readouterr()
        code = bootstrap.run([*map(str, command), "--json"])
        told = capsys.readouterr()
        text = told.out if told.out.strip() else told.err
        return code, json.loads(text) if text.lstrip()[:1] in {"{", "["} else text

    (tmp_path / "post").mkdir()
    return Table(tmp_path, say)


def centre(table: Table, name: str, code: str, level: str) -> Person:
    person = table.person(name)
    person.does(
        "catalogue", "new", person.file, "--root-key", table.stick(name), "--code", code,
        "--level", level, "--name", f"示例{name}",
    )  # fmt: skip
    return person


def department(table: Table, name: str, code: str, title: str) -> Person:
    person = table.person(name)
    person.does("new", person.file, "--department", title, "--code", code)
    return person


def write(person: Person, *offices: str) -> list[str]:
    """Add inner offices, which need nothing but a name, and return their ids."""
    store = bootstrap.open_workspace(person.file)
    try:
        clock = bootstrap.SystemClock()
        return [
            create_record(store, OFFICE, {"name": each}, actor="填报员", clock=clock)
            for each in offices
        ]
    finally:
        store.close()


def offices_of(person: Person) -> dict[str, str]:
    """Return the offices in a catalogue: name → code of the department."""
    store = bootstrap.open_catalogue(person.file)
    try:
        return {str(r.values["name"]): r.unit for r in store.stream_records(OFFICE)}
    finally:
        store.close()


def export(person: Person, table: Table, expect: int = 0) -> Path:
    return Path(person.does(*handing_in(person, table.post), expect=expect)["package"])


def handing_in(person: Person, folder: Path) -> tuple[object, ...]:
    """Return the command; the department's own record is never finished here, so it is announced."""
    return ("export", person.file, "--to", folder, "--announce-unfinished")


def received(person: Person, *packages: Path) -> list[tuple[str, str]]:
    """Receive packages and return what became of each: outcome and code."""
    _code, answer = person.say(person, "receive", person.file, *packages)
    return [(each["outcome"], each["code"]) for each in answer]


def digest(person: Person) -> str:
    return str(person.does("digest", person.file)["digest"])


def bundle(person: Person, table: Table, name: str) -> Path:
    person.does("trust", "issue", person.file, "--root-key", table.stick(name), "--to", table.post)
    return sorted(table.post.glob("TRUST-*.census"))[-1]


def enrolled(
    city: Person, applicant: Person, table: Table, name: str, *units: str, request: Path
) -> Path:
    """Compare the fingerprint, issue, and return the answer file."""
    shown = applicant_fingerprint(applicant)
    more = [part for unit in units for part in ("--unit", unit)]
    told = city.does(
        "catalogue", "enrol", city.file, request, "--confirm", shown,
        "--root-key", table.stick(name), "--to", table.post, *more,
    )  # fmt: skip
    return Path(told["certificate"])


def applicant_fingerprint(applicant: Person) -> str:
    """Return the fingerprint on the key card: the name of the newest key on the applicant's computer."""
    keys = sorted((applicant.data / "keys").glob("*.pem"), key=lambda p: p.stat().st_mtime_ns)
    return keys[-1].stem


def request(person: Person, table: Table, *more: str) -> Path:
    return Path(person.does("enrol", person.file, "--to", table.post, *more)["request"])


def repacked(package: Path, folder: Path) -> Path:
    """Unpack a package and pack it again, as well-meaning people do."""
    target = folder / f"again-{package.name}"
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry))
    return target


def forged(table: Table) -> Path:
    """Let an outsider hand in for the first department, with a certificate of a root of their own."""
    outsider = centre(table, "outsider", uscc(99), "city")
    posing = department(table, "posing", FIRST, FIRST_NAME)
    asked = Path(posing.does("enrol", posing.file, "--to", table.folder / "outsider")["request"])
    answer = enrolled(outsider, posing, table, "outsider", request=asked)
    posing.does("apply", posing.file, answer)
    write(posing, "假冒处")
    answer_ = posing.does(*handing_in(posing, table.folder / "posing"))
    return Path(answer_["package"])


@pytest.mark.timeout(300)
def test_a_whole_campaign_through_files_in_a_folder(table: Table) -> None:  # noqa: PLR0915
    province = centre(table, "province", PROVINCE, "province")
    city = centre(table, "city", CITY, "city")
    first = department(table, "first", FIRST, FIRST_NAME)
    second = department(table, "second", SECOND, SECOND_NAME)

    # The first department enrols, and takes bundle and certificate with the root's fingerprint compared.
    first_request = request(first, table)
    enrolled(city, first, table, "city", request=first_request)
    trust = bundle(city, table, "city")
    root = city.does("trust", "show", city.file)["roots"][0]["fingerprint"]
    assert first.refused("apply", first.file, trust) == "ROOT_UNCONFIRMED"
    first.does("apply", first.file, trust, "--confirm", root)
    write(first, "办公室", "水资源处")
    opening = export(first, table)

    # The second is not confirmed yet: what it hands in waits, and is let in without being sent again.
    second_request = request(second, table)
    write(second, "造林处")
    early = export(second, table)
    assert received(city, early, opening) == [("quarantined", "QUARANTINED"), ("merged", "MERGED")]
    assert set(offices_of(city)) == {"办公室", "水资源处"}
    second_answer = enrolled(city, second, table, "city", request=second_request)
    assert set(offices_of(city)) == {"办公室", "水资源处", "造林处"}
    second.does("apply", second.file, second_answer)

    # One replayed, one forged, one repacked: nothing changes.
    before = digest(city)
    assert received(city, opening) == [("duplicate", "DUPLICATE")]
    assert received(city, forged(table)) == [("refused", "CHAIN")]
    assert received(city, repacked(opening, table.folder)) == [("refused", "ZIP_FEATURE")]
    assert digest(city) == before

    # One forked: a copy of the file goes on by itself on the same computer.
    twin = table.person("twin")
    shutil.copy(first.file, twin.file)
    shutil.copytree(first.data, twin.data)
    write(first, "节水处")
    write(twin, "另存处")
    genuine = export(first, table)
    rival_answer = twin.does(*handing_in(twin, table.folder / "twin"))
    rival = Path(rival_answer["package"])
    assert received(city, genuine) == [("merged", "MERGED")]
    assert received(city, rival) == [("fork", "FORK")]
    assert "节水处" not in offices_of(city), "the projection stands at the state before the fork"
    shown = city.does("decide", city.file, "fork", FIRST, 2, expect=1)
    assert len(shown["sides"]) == 2
    identity = first.does("verify", genuine, "--trust", trust)[0]["identity"]
    choice = ("--choose", identity, "--reason", "电话核实")
    city.does("decide", city.file, "fork", FIRST, 2, *choice)
    assert "节水处" in offices_of(city)
    assert "另存处" not in offices_of(city)

    # One revoked: the second department's key is stolen; what lies up to the cut stands, what comes later does not.
    thief = table.person("thief")
    shutil.copy(second.file, thief.file)
    shutil.copytree(second.data, thief.data)
    write(second, "防火处")
    assert received(city, export(second, table)) == [("merged", "MERGED")]
    thief_answer = thief.does(*handing_in(thief, table.folder / "thief"))
    city.does(
        "trust", "revoke", city.file, "--department", SECOND, "--reason", "密钥文件被盗",
        "--root-key", table.stick("city"), "--to", table.post,
    )  # fmt: skip
    stolen = received(city, Path(thief_answer["package"]))
    assert stolen[0][0] == "refused"
    assert stolen[0][1] == "REVOKED"
    assert {"造林处", "防火处"} <= set(offices_of(city))

    # A new key continues the same chain; nothing is lost.
    again = request(second, table)
    second.does("apply", second.file, enrolled(city, second, table, "city", request=again))
    write(second, "湿地处")
    assert received(city, export(second, table)) == [("merged", "MERGED")]
    assert {"造林处", "防火处", "湿地处"} <= set(offices_of(city))

    # A review with a suggestion travels back; it must be answered, then the package is accepted by its paper.
    store = bootstrap.open_catalogue(city.file)
    water = next(r.id for r in store.stream_records(OFFICE) if r.values["name"] == "水资源处")
    store.close()
    city.does(
        "query", city.file, "--department", FIRST, "--form", OFFICE, "--record", water,
        "--field", "name", "--text", "请写全称", "--suggest", "水资源管理处",
    )  # fmt: skip
    written = city.does(
        "review", city.file, "--department", FIRST, "--to", table.post,
        "--status", "returned", "--note", "请按意见修改",
    )  # fmt: skip
    assert second.refused("apply", second.file, written["review"]["path"]) == "AUDIENCE"
    # The receipt was written first; applied by itself, the review says so and changes nothing.
    early = first.does("apply", first.file, written["review"]["path"], expect=1)
    assert early["code"] == "APPLIED_LETTER_EARLY"
    first.does("apply", first.file, written["review"]["path"], written["receipt"]["path"])
    assert first.refused(*handing_in(first, table.post)) == "EXPORT_QUERIES"
    [asked] = first.does("answer", first.file, expect=1)["queries"]
    first.does("answer", first.file, asked["id"], "--apply")
    better = export(first, table)
    assert received(city, better) == [("merged", "MERGED")]
    assert "水资源管理处" in offices_of(city)
    on_paper = city.does("verify", better, "--trust", table.stick("city") / "root.crt")
    city.does("accept", city.file, "--digest", on_paper[0]["identity"][:20])
    accepted = city.does(
        "review", city.file, "--department", FIRST, "--to", table.post, "--status", "accepted"
    )
    first.does("apply", first.file, *(letter["path"] for letter in accepted.values()))

    # The city hands its whole catalogue up; the records keep their department.
    asked_above = request(city, table, "--code", CITY)
    units = (f"{FIRST}={FIRST_NAME}", f"{SECOND}={SECOND_NAME}")
    answer = enrolled(province, city, table, "province", *units, request=asked_above)
    city.does("apply", city.file, answer)
    handed_up = Path(city.does("rollup", city.file, "--to", table.post)["package"])
    assert received(province, handed_up) == [("merged", "MERGED")]
    assert offices_of(province) == offices_of(city)
    assert offices_of(province)["水资源管理处"] == FIRST
    reply = province.does(
        "review", province.file, "--department", CITY, "--to", table.post, "--status", "accepted"
    )
    city.does("apply", city.file, *(letter["path"] for letter in reply.values()))

    # The catalogue is a function of what it holds.
    for person in (city, province):
        store = bootstrap.open_catalogue(person.file)
        assert rebuild(store, clock=bootstrap.SystemClock()) == digest_of_file(store)
        store.close()


def digest_of_file(store: Any) -> str:
    return str(store.known_digest())
