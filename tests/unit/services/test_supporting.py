"""A support bundle holds what technicians need, and nothing that a person has entered: planted words are looked for."""

from __future__ import annotations

import getpass
import logging
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.diagnostics import log
from census_app.diagnostics.redaction import bare, redact, without_passwords
from census_app.domain.records import Value
from census_app.errors import DataProblem
from census_app.services.diagnosing import examine
from census_app.services.editing import RecordEditor, create_record
from census_app.services.ports import Clock
from census_app.services.supporting import Bundle, gather, write_bundle
from census_app.settings.paths import data_dir, keys_dir, log_file
from census_app.storage.migrations import WORKSPACE_HISTORY

SENTINEL = "Qz7Sentinel"


class Services(bootstrap.Services):
    """The program's, with a person whose name can be looked for."""


@pytest.fixture
def services(clock: Clock) -> Services:
    return Services(clock=clock, actor=f"{SENTINEL}Actor")


def plant(services: Services, folder: Path) -> Path:
    """Make a file whose every field, of every form, holds a sentinel; also unfit, deleted, logged, in keys and path."""
    path = folder / f"{SENTINEL}Folder" / f"{SENTINEL}File.censusdb"
    store = services.create_workspace(path, f"{SENTINEL}Department", "11320000990000017P")
    made: dict[str, str] = {}
    for form in store.form_set.forms:
        parent = made.get(form.parent) if form.parent else None
        if form.id == store.form_set.by_role("department_name")[0].id:
            (own,) = store.stream_records(form.id)
            record = own.id
        else:
            values: dict[str, Value] = {}
            record = create_record(
                store, form.id, values, actor=services.actor, clock=services.clock,
                parent=parent,  # type: ignore[arg-type]
            )  # fmt: skip
        made[form.id] = record
        edit = RecordEditor(store, form.id, record, actor=services.actor, clock=services.clock)
        for number, field in enumerate(form.stored_fields):
            edit.set_text(field.id, f"{SENTINEL}{number} 号")
    store.close()
    (keys_dir() / "a.pem").write_text(
        f"-----BEGIN PRIVATE KEY-----\n{SENTINEL}\n-----END PRIVATE KEY-----\n", encoding="ascii"
    )
    log_file().write_text(
        f"2026-12-01 08:00:00 INFO census_app.x: opened {path}\n"
        f"2026-12-01 08:00:01 ERROR census_app.x: value '{SENTINEL} in quotes' of {SENTINEL}3 号\n"
        f'  File "{folder}/site-packages/census_app/x.py", line 12, in y\n'
        f"  -----BEGIN PRIVATE KEY-----\n{SENTINEL}\n-----END PRIVATE KEY-----\n",
        encoding="utf-8",
    )
    (data_dir() / "crash.log").write_text(
        f"ValueError: {SENTINEL}Department at {Path.home()}/x by {getpass.getuser()}\n",
        encoding="utf-8",
    )
    (data_dir() / "window.ini").write_text(
        f"language=zh\n[recent]\nfile={path}\n[text]\nfolder={SENTINEL}\n", encoding="utf-8"
    )
    return path


@pytest.fixture
def bundle(services: Services, tmp_path: Path) -> Iterator[Bundle]:
    path = plant(services, tmp_path)
    store = services.open_workspace(path)
    yield gather(services, examine(services), store=store, path=path)
    store.close()


def test_nothing_that_was_entered_is_in_it(bundle: Bundle, tmp_path: Path) -> None:
    whole = "\n".join(bundle.parts.values())
    assert SENTINEL not in whole
    assert str(tmp_path) not in whole
    assert "PRIVATE KEY" not in whole
    user, host = getpass.getuser(), socket.gethostname()
    assert not [name for name in (user, host) if name not in {"root"} and f" {name}" in whole]


def test_what_helps_is_in_it(bundle: Bundle) -> None:
    parts = bundle.parts
    assert "integrity_check: ok" in parts["file.txt"]
    assert f"structure: {WORKSPACE_HISTORY.version}" in parts["file.txt"]
    assert "rows information_resource: 1" in parts["file.txt"]
    assert "rule " in parts["rules.txt"]
    assert "python: 3." in parts["program.txt"]
    assert "language: zh" in parts["program.txt"]
    assert "ERROR census_app.x" in parts["log.txt"]
    assert "<census_app/x.py>, line 12" in parts["log.txt"]
    assert parts["crash.txt"].startswith("ValueError: ")


def test_it_is_a_zip_of_plain_texts(bundle: Bundle, tmp_path: Path) -> None:
    path = write_bundle(bundle, tmp_path / "support.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == list(bundle.parts)
        assert archive.read("file.txt").decode() == bundle.parts["file.txt"].replace("\n", "\r\n")
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert SENTINEL.encode() not in whole
    assert SENTINEL.encode() not in path.read_bytes()


def test_a_file_that_does_not_open_is_described_by_its_head(
    services: Services, tmp_path: Path
) -> None:
    path = plant(services, tmp_path)
    content = bytearray(path.read_bytes())
    content[5000:9000] = b"\xa5" * 4000
    path.write_bytes(content)
    error = DataProblem("DB_DAMAGED", path=str(path), detail="page 2")
    made = gather(services, [], path=path, error=error)
    assert "not opened: DB_DAMAGED" in made.parts["file.txt"]
    assert f"structure: {WORKSPACE_HISTORY.version}" in made.parts["file.txt"]
    assert SENTINEL not in "".join(made.parts.values())
    assert "ERROR census_app.x" in made.parts["log.txt"]
    assert made.parts["crash.txt"].startswith("ValueError")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("open C:\\Users\\Wang\\x.censusdb failed", "open … failed"),
        ("from \\\\server\\share\\x", "from …"),
        ("mail a.b@c.gov.cn from 10.1.2.3", "mail … from …"),
        ("code 11320000990000017P given", "code … given"),
        ("部门 name", "… name"),
        ("KeyError: 'name'", "KeyError: …"),
        ("2026-12-01 08:00:00 INFO x: step 12 of 30", "2026-12-01 08:00:00 INFO x: step 12 of 30"),
    ],
)
def test_lines_lose_what_could_be_an_answer(text: str, left: str) -> None:
    assert redact(text) == left


LEAKS = [
    "postgresql://census:Tango7731@localhost:5432/c",
    "postgresql+psycopg://census:Tango7731@db/c?sslmode=require",
    "postgresql://census:Tango/7731?@db/c",
    "postgresql://census:Tan go@7731@db/c",
    "https://wang:Tango7731@example.gov.cn/x",
    "host=db user=census password=Tango7731 dbname=c",
    "postgresql://db/c?user=census&password=Tango7731&sslmode=require",
    "PGPASSWORD='Tango 7731'",
    '{"password": "Tango7731", "user": "census"}',
]


@pytest.mark.parametrize("line", LEAKS)
def test_a_password_stays_out_of_log_and_bundle(line: str, tmp_path: Path) -> None:
    level = logging.getLogger().level
    handler = logging_handler(tmp_path / "census.log")
    try:
        raise RuntimeError(line)  # noqa: TRY301
    except RuntimeError:
        logging.getLogger("census_app.x").exception("cannot reach %s", line)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
        handler.close()
    logged = (tmp_path / "census.log").read_text(encoding="utf-8")
    assert "cannot reach" in logged
    assert "RuntimeError" in logged
    for text in (logged, redact(line), bare(line)):
        assert "Tan" not in text
        assert "7731" not in text


def logging_handler(path: Path) -> logging.Handler:
    before = set(logging.getLogger().handlers)
    log.start(path)
    (added,) = set(logging.getLogger().handlers) - before
    return added


@pytest.mark.parametrize(
    "line",
    ["GET https://example.gov.cn/a?b=1 for 3 s", "step 12 of 30", "passwords were never stored"],
)
def test_what_holds_no_password_is_logged_as_it_is(line: str) -> None:
    assert without_passwords(line) == line
