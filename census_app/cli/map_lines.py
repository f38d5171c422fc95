"""The map of completeness on the command line: `census check --map`, as lines and as JSON."""

from __future__ import annotations

from typing import Any

from census_app.cli.speech import Speech
from census_app.formspec.model import FormSet
from census_app.services.completeness import CellState, CompletenessMap, FormMap, MapCell


def map_document(shown: CompletenessMap) -> list[dict[str, Any]]:
    """Return the map as plain values, form by form, the worst records first."""
    return [
        {
            "form": each.form,
            "records": len(each.rows),
            "clean": each.clean,
            "sections": [c.id for c in each.columns],
            "totals": [
                {s.name.lower(): n for s, n in sorted(total.items())} for total in each.totals()
            ],
            "rows": [
                {
                    "record": row.record,
                    "title": row.title,
                    "problems": row.problems,
                    "explained": row.explained,
                    "cells": [
                        {
                            "state": cell.state.name.lower(),
                            "asked": cell.asked,
                            "given": cell.given,
                            "problems": cell.problems,
                            "explained": cell.explained,
                        }
                        for cell in row.cells
                    ],
                }
                for row in each.rows
            ],
        }
        for each in shown.forms
    ]


def map_lines(shown: CompletenessMap, form_set: FormSet, speech: Speech) -> list[str]:
    """Return the map as tables, one for each form, the worst records first."""
    lines = [speech.text("CLI_MAP_LEGEND")]
    for each in shown.forms:
        form = form_set.form(each.form)
        label = (form.plural or form.label).get(speech.language)
        numbers = {
            "total": len(each.rows),
            "clean": each.clean,
            "open": len(each.rows) - each.clean,
        }
        lines += ["", speech.text("CLI_MAP_SUMMARY", form=label, **numbers)]
        lines += _table(each, speech)
    return lines


def _table(shown: FormMap, speech: Speech) -> list[str]:
    heads = [speech.text("CLI_MAP_RECORD"), *(c.label.get(speech.language) for c in shown.columns)]
    rows = [[row.title or "—", *(_cell(c, speech) for c in row.cells)] for row in shown.rows]
    return [f"  {line}" for line in speech.table(heads, rows)]


def _cell(cell: MapCell, speech: Speech) -> str:
    if cell.state is CellState.PROBLEM:
        return f"✕{cell.problems}"
    if cell.state is CellState.EXPLAINED:
        return f"!{cell.explained}"
    if cell.state is CellState.FILLED:
        return f"{cell.given}/{cell.asked}"
    return speech.text("CLI_MAP_EMPTY") if cell.state is CellState.EMPTY else "—"
