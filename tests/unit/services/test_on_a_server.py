"""Two coordinators at one catalogue on a server, copying it, and the commands that name it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.domain.addresses import target_of
from census_app.errors import EnvironmentProblem
from census_app.services.progress import Progress
from census_app.services.receiving import receive
from census_app.services.relocating import copy_catalogue
from tests.servers import DatabaseServer
from tests.unit.services.server_worker import decisions

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre


@pytest.fixture
def url(database_server: DatabaseServer, enrolled_on_server: str) -> Iterator[str]:
    database = database_server.new(like=enrolled_on_server)
    yield database_server.url(database)
    database_server.drop(database)


def test_two_coordinators_receive_and_decide_at_once_and_nothing_is_lost(
    centre: Centre, url: str
) -> None:
    paths = []
    for number in range(2):
        store = centre.department(number)
        for name in ("水文处", "防汛处"):
            centre.add_office(store, name)
            paths.append(centre.export(store).package.path)
    expected = centre.catalogue
    for path in paths:
        receive(expected, path, clock=centre.clock)
    expected.append_decisions([*decisions("a"), *decisions("b")])

    desks = [_desk(url, "a", paths), _desk(url, "b", [*reversed(paths)])]
    for desk in desks:
        assert desk.stdout is not None
        assert desk.stdout.readline() == "ready\n"
    said = [desk.communicate("go\n", timeout=50) for desk in desks]

    assert [desk.returncode for desk in desks] == [0, 0], said
    outcomes = [line for out, _ in said for line in out.split()]
    assert set(outcomes) <= {"merged", "pending", "duplicate"}
    shared = bootstrap.open_catalogue(target_of(url))
    assert [p.state for p in shared.packages()] == ["merged"] * 4
    assert shared.decisions() == expected.decisions()
    assert shared.digest() == expected.digest()
    shared.close()


def _desk(url: str, name: str, paths: list[Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.unit.services.server_worker", url, name, *map(str, paths)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )


@pytest.mark.parametrize("lost_at", [1, 2])
def test_a_lost_connection_while_receiving_is_told_and_made_good_by_doing_it_again(
    centre: Centre, url: str, lost_at: int
) -> None:
    """Step 1: the lines are being checked; step 2: the package is about to be kept."""
    store = centre.department()
    centre.add_office(store, "水文处")
    done = centre.export(store)
    shared = bootstrap.open_catalogue(target_of(url))
    before = shared.digest()

    def lose(step: int, _total: int, _text: str) -> None:
        if step == lost_at:
            _end_other_connections(url)

    with pytest.raises(EnvironmentProblem, match="SERVER_LOST"):
        receive(shared, done.package.path, clock=centre.clock, progress=Progress(lose))
    assert shared.digest() == before
    assert shared.packages() == []
    assert receive(shared, done.package.path, clock=centre.clock).outcome == "merged"
    receive(centre.catalogue, done.package.path, clock=centre.clock)
    assert shared.digest() == centre.catalogue.digest()
    shared.close()


def test_a_connection_lost_between_two_questions_is_told_once(centre: Centre, url: str) -> None:
    shared = bootstrap.open_catalogue(target_of(url))
    assert code(["digest", url]) == 0
    _end_other_connections(url)
    with pytest.raises(EnvironmentProblem, match="SERVER_LOST"):
        shared.roster()
    assert len(shared.roster()) == len(centre.catalogue.roster())
    shared.close()


def _end_other_connections(url: str) -> None:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def code(arguments: list[str]) -> int:
    return main([str(argument) for argument in arguments])


def test_a_catalogue_is_copied_to_a_server_and_back_with_equal_digest(
    centre: Centre, database_server: DatabaseServer, capsys: pytest.CaptureFixture[str]
) -> None:
    store = centre.department()
    centre.add_office(store, "水文处")
    centre.receive(centre.export(store))
    digest = centre.catalogue.digest()
    centre.catalogue.close()
    source, back = centre.folder / "catalogue.censusdb", centre.folder / "back.censusdb"
    database = database_server.new()
    url = database_server.url(database)
    assert code(["catalogue", "copy", str(source), url, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["digest"], said["packages"]) == (digest, 1)
    assert url not in str(said)
    done = copy_catalogue(bootstrap.Services(), target_of(url), back)
    assert done.digest == digest
    assert code(["catalogue", "copy", str(source), url]) == 2
    assert "SERVER_TAKEN" in capsys.readouterr().err
    database_server.drop(database)


def test_the_at_sign_stands_for_a_server_named_elsewhere(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = tmp_path / "库.url"
    named.write_text(url + "\n", encoding="utf-8")
    digests = []
    for before in (["--url-file", str(named)], ["--url", url]):
        assert code([*before, "digest", "@", "--json"]) == 0
        digests.append(json.loads(capsys.readouterr().out)["digest"])
    monkeypatch.setenv("CENSUS_DATABASE_URL", url)
    assert code(["stats", "@", "--json"]) == 0
    assert code(["digest", url, "--json"]) == 0
    monkeypatch.delenv("CENSUS_DATABASE_URL")
    assert len(set(digests)) == 1
    capsys.readouterr()
    assert code(["digest", "@"]) == 2
    assert "SERVER_UNNAMED" in capsys.readouterr().err
    assert code(["--url-file", str(tmp_path / "none"), "digest", "@"]) == 4
    assert "SERVER_URL_FILE" in capsys.readouterr().err


def test_roles_are_for_servers_and_their_sql_can_be_shown(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code(["catalogue", "roles", url, "--print"]) == 0
    shown = capsys.readouterr().out
    assert "census_reader" in shown
    assert code(["catalogue", "roles", str(tmp_path / "c.censusdb")]) == 2
    assert "SERVER_ONLY" in capsys.readouterr().err
