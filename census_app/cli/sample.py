"""`census sample`: which departments deserve a closer look, each with its reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.sampling import ASPECTS, Sampled
from census_app.services.audit_sheets import reasons_of, rules_of, write_sample
from census_app.services.sampling import SamplingList, sampling_list


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, count: int | None, to: Path | None, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            found = sampling_list(store, clock=tools.clock)
        finally:
            store.close()
        lines = _lines(found, count, speech)
        if to is not None:
            write_sample(found, to, speech.language, count=count)
            lines.append(speech.text("CLI_AUDIT_WRITTEN", path=to))
        speech.answer(_document(found, count), lines, as_json=as_json)
        return 0

    return click.Command(
        "sample",
        callback=run,
        help=speech.text("CLI_SAMPLE"),
        params=[
            target_argument("target"),
            click.Option(
                ["--count"], type=click.IntRange(min=1), help=speech.text("CLI_SAMPLE_COUNT")
            ),
            path_option("--to", help_text=speech.text("CLI_SAMPLE_TO")),
            JSON_OPTION,
        ],
    )


def _document(found: SamplingList, count: int | None) -> dict[str, Any]:
    return {
        "as_of": found.as_of,
        "lists": found.lists,
        "missed": [{"id": m.id, "due": m.due} for m in found.missed],
        "points": {
            measure: {"size": str(step.size), "limit": step.limit}
            for measure, step in found.steps.items()
        },
        "departments": [_department_document(each) for each in found.departments[:count]],
    }


def _department_document(sampled: Sampled) -> dict[str, Any]:
    return {
        "department": sampled.conduct.code,
        "name": sampled.conduct.name,
        "points": sampled.points,
        "by_aspect": {aspect: sampled.points_for(aspect) for aspect in ASPECTS},
        "reasons": [
            {"measure": r.measure, "count": r.count, "of": r.of, "points": r.points}
            for r in sampled.reasons
        ],
    }


def _lines(found: SamplingList, count: int | None, speech: Speech) -> list[str]:
    lines = [speech.text("CLI_SAMPLE_HEAD", day=found.as_of, lists=found.lists)]
    shown = [each for each in found.departments[:count] if each.points]
    for number, each in enumerate(shown, 1):
        lines.append(f"{number:>3}. {each.conduct.name} · {each.conduct.code} · {each.points}")
        lines += [f"       {reason}" for reason in reasons_of(each, speech.language)]
    if not shown:
        lines.append(speech.text("CLI_SAMPLE_NOTHING"))
    return [*lines, "", *rules_of(found, speech.language)]
