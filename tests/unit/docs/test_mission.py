"""Every row of the mission is served, and every name by which `docs/mission.md` says so leads to something."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import cast

import click
import pytest

from census_app.assets import forms_dir
from census_app.bootstrap import shipped_form_set
from census_app.cli.group import COMMANDS
from census_app.cli.speech import Speech
from census_app.cli.tools import Tools
from census_app.domain.indicators import BY_ID
from census_app.services.reporting import KINDS
from census_app.ui.catalogue.window import PAGES
from census_app.ui.department.steps import steps_of

ROOT = Path(__file__).resolve().parents[3]
ROWS = [f"S-{number:02}" for number in range(1, 33)]
NAMED = re.compile(r"`([a-z]+) ([^`]+)`")


def table() -> dict[str, list[str]]:
    """Return row → its cells after the id."""
    text = (ROOT / "docs" / "mission.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| S-")]
    return {row[0]: row[1:] for row in rows}


def names() -> list[tuple[str, str, str]]:
    """Return every (row, kind, name)."""
    return [
        (row, kind, name)
        for row, cells in table().items()
        for kind, name in NAMED.findall(" ".join(cells))
    ]


FORM_SET = shipped_form_set()
CAMPAIGN = tomllib.loads((forms_dir() / "campaign.toml").read_text(encoding="utf-8"))


def is_field(name: str) -> bool:
    form, _, field = name.partition(".")
    return any(f.id == form and field in {x.id for x in f.field} for f in FORM_SET.forms)


def is_command(name: str) -> bool:
    """Say whether there is the command, its sub-command, and the options that are named."""
    words = name.split()
    if words[0] not in COMMANDS:
        return False
    module = importlib.import_module(f"census_app.cli.{COMMANDS[words[0]]}")
    command: click.Command = module.build(Speech("en"), cast("Tools", None))
    if len(words) > 1 and isinstance(command, click.Group):
        found = command.commands.get(words[1])
        if found is None:
            return False
        command = found
    options = {o for p in command.params for o in p.opts}
    return {word for word in words if word.startswith("--")} <= options


RESOLVERS: dict[str, Callable[[str], bool]] = {
    "field": is_field,
    "rule": lambda name: any(name == r.id for f in FORM_SET.forms for r in f.rule),
    "list": lambda name: name in FORM_SET.choice_lists,
    "milestone": lambda name: name in {m.id for m in FORM_SET.campaign.milestones},
    "setting": lambda name: name in CAMPAIGN["campaign"],
    "step": lambda name: name in {step.id for step in steps_of(FORM_SET)},
    "page": lambda name: name in {page.id for page in PAGES},
    "report": lambda name: name in KINDS,
    "figure": lambda name: name in BY_ID,
    "file": lambda name: (ROOT / name).is_file(),
    "census": is_command,
}


def test_the_mission_has_its_thirty_two_rows_and_each_is_served_everywhere() -> None:
    rows = table()
    assert list(rows) == ROWS
    for row, cells in rows.items():
        assert len(cells) == 5, row
        asked, fields, window, command, paper = cells
        assert asked
        assert NAMED.search(fields) or fields.startswith("see S-"), row
        for cell in (window, command, paper):
            assert NAMED.search(cell), (row, cell)


@pytest.mark.parametrize("kind", sorted({kind for _row, kind, _name in names()}))
def test_every_name_in_the_mission_leads_to_something(kind: str) -> None:
    lost = [(row, name) for row, k, name in names() if k == kind and not RESOLVERS[kind](name)]
    assert lost == []


def test_a_name_that_leads_nowhere_would_be_found() -> None:
    wrong = {
        "field": "information_system.nothing", "rule": "SYS-99", "list": "nothing", "milestone": "x",
        "setting": "nobody", "step": "nowhere", "page": "nowhere", "report": "nothing",
        "figure": "nothing", "file": "docs/nothing.md", "census": "stats --nothing",
    }  # fmt: skip
    assert wrong.keys() == RESOLVERS.keys()
    assert not [kind for kind, name in wrong.items() if RESOLVERS[kind](name)]
    assert not is_command("publish nothing")
    assert not is_command("nothing")
