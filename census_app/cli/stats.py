"""`census stats`: 三数一率 and what stands behind them."""

from __future__ import annotations

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.moments import day_of
from census_app.services.as_of import now_or_then, require_moment
from census_app.services.counting import count
from census_app.services.lookup import stamp


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, as_of: str | None, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            now = stamp(tools.clock.now())
            day = day_of(require_moment(as_of)) if as_of else now[:10]
            with now_or_then(store, as_of, clock=tools.clock) as stood:
                statistics = count(stood, day)
        finally:
            store.close()
        document = {
            "as_of": statistics.as_of,
            "figures": {
                f.code: {"value": f.value, "label": f.label(speech.language)}
                for f in statistics.figures
            },
            "departments": [
                {"code": d.code, "name": d.name, "figures": dict(d.figures)}
                for d in statistics.departments
            ],
        }
        rows = [
            (f.label(speech.language), f.value, f.note(speech.language)) for f in statistics.figures
        ]
        heads = (
            speech.text("STAT_HEAD_NAME"),
            speech.text("STAT_HEAD_VALUE"),
            speech.text("STAT_HEAD_NOTE"),
        )
        speech.answer(document, speech.table(heads, rows), as_json=as_json)
        return 0

    return click.Command(
        "stats",
        callback=run,
        help=speech.text("CLI_STATS"),
        params=[
            target_argument("target"),
            click.Option(["--as-of"], metavar="CCYY-MM-DD", help=speech.text("CLI_STATS_AS_OF")),
            JSON_OPTION,
        ],
    )
