"""The real window is killed at random moments while somebody types: every answer that was said to be saved is there.

What was typed or left and not yet said to be saved may be there, whole or as far as it was typed, or not.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from census_app.bootstrap import SystemClock, create_workspace, open_workspace
from census_app.services.editing import create_record

FORM = "information_resource"
KILLS = 25
"""In each of two tests, which run side by side."""
TYPIST = Path(__file__).with_name("typing_window.py")


def held(path: Path) -> dict[str, object]:
    """Open the file as the program does, which checks it whole; return the record's answers."""
    with closing(open_workspace(path)) as store:
        [record] = store.stream_records(FORM)
    return dict(record.values)


def typed_until(seconds: float, process: subprocess.Popen[str]) -> list[list[str]]:
    """Kill the window some time after it was ready, and return what it said."""
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())[0] == "ready"
    until = time.monotonic() + seconds
    lines = []
    while time.monotonic() < until:
        lines.append(process.stdout.readline())
    process.kill()
    lines += process.stdout.read().splitlines()
    return [json.loads(line) for line in lines if line.strip().endswith("]")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("half", [1, 2])
def test_every_answer_that_was_said_to_be_saved_survives(half: int, tmp_path: Path) -> None:
    path = tmp_path / "w.censusdb"
    code = "11320000990000033D"
    with closing(create_workspace(path, department="江苏省样例厅", code=code)) as store:
        field = store.form_set.by_role("resource_name")[1].id
        create_record(store, FORM, {field: "水质"}, actor="王芳", clock=SystemClock())
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311  # chooses moments, guards nothing
    expected: dict[str, str] = {}
    answers = 0
    for number in range(KILLS):
        data = tmp_path / f"data{half}"
        arguments = [sys.executable, str(TYPIST), str(path), str(data), str(seed + number)]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        with process:
            said = typed_until(chance.uniform(0.0, 0.25), process)
        typing = ("", "")
        for what, name, text in said:
            if what == "saved":
                expected[name] = text
                answers += 1
            typing = (name, text) if what != "saved" else ("", "")
        found = held(path)
        for name, text in expected.items():
            value = str(found.get(name, ""))
            if value and name == typing[0] and typing[1].startswith(value):
                expected[name] = value  # the one that was on its way
            else:
                assert value == text, f"seed {seed}, kill {number}, {name}"
    assert answers > KILLS, "the moments missed the typing"
