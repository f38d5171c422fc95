"""`census check`: every finding, grouped and counted, none cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.map_lines import map_document, map_lines
from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.findings import Finding, Severity
from census_app.errors import UserError
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context
from census_app.services.checking import CheckReport, check_workspace
from census_app.services.completeness import completeness_map
from census_app.services.explaining import explain
from census_app.services.lookup import context_for
from census_app.services.mending import apply_offers
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        details: bool,
        take_offers: bool,
        mend: bool,
        reasons: tuple[tuple[str, str], ...],
        show_map: bool,
        as_json: bool,
    ) -> int:
        store = tools.open_workspace(file)
        try:
            if take_offers or mend:
                _take_offers(store, tools, certain=not take_offers)
            for rule, reason in reasons:
                _explain(store, tools, rule, reason)
            progress = Progress(speech.progress)
            if show_map:
                shown, report = completeness_map(store, clock=tools.clock, progress=progress)
                document: dict[str, Any] = {
                    "checked_at": report.checked_at,
                    "map": map_document(shown),
                }
                lines = map_lines(shown, store.form_set, speech)
            else:
                report = check_workspace(store, clock=tools.clock, progress=progress)
                context = context_for(store, speech.language)
                document = _document(report, context)
                lines = _lines(report, context, speech, details)
            speech.answer(document, lines, as_json=as_json)
        finally:
            store.close()
        return 1 if report.errors or report.unexplained else 0

    return click.Command(
        "check",
        callback=run,
        help=speech.text("CLI_CHECK"),
        params=[
            path_argument("file"),
            click.Option(["--details"], is_flag=True, help=speech.text("CLI_CHECK_DETAILS")),
            click.Option(["--take-offers"], is_flag=True, help=speech.text("CLI_CHECK_OFFERS")),
            click.Option(["--mend"], is_flag=True, help=speech.text("CLI_CHECK_MEND")),
            click.Option(
                ["--explain", "reasons"],
                nargs=2,
                multiple=True,
                metavar="RULE REASON",
                help=speech.text("CLI_CHECK_EXPLAIN"),
            ),
            click.Option(["--map", "show_map"], is_flag=True, help=speech.text("CLI_CHECK_MAP")),
            JSON_OPTION,
        ],
    )


def _take_offers(store: WorkspaceStore, tools: Tools, *, certain: bool) -> None:
    report = check_workspace(store, clock=tools.clock)
    offered = [f for f in report.findings if (f.mend if certain else f.proposal)]
    apply_offers(store, offered, actor=tools.actor, clock=tools.clock)


def _explain(store: WorkspaceStore, tools: Tools, rule: str, reason: str) -> None:
    report = check_workspace(store, clock=tools.clock)
    meant = [f for f in report.findings if f.rule == rule and f.severity is Severity.WARNING]
    if not meant:
        raise UserError("EXPLAIN_NOTHING", rule=rule)
    explain(store, meant, reason, actor=tools.actor, clock=tools.clock)


def _document(report: CheckReport, context: Context) -> dict[str, Any]:
    return {
        "checked_at": report.checked_at,
        "records": report.records,
        "errors": report.errors,
        "warnings_unexplained": report.unexplained,
        "warnings_explained": report.explained,
        "notices": report.notices,
        "findings": [_finding(f, context) for f in report.findings],
    }


def _finding(finding: Finding, context: Context) -> dict[str, Any]:
    told = sentence(finding, context)
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "form": finding.form,
        "record": finding.record,
        "title": finding.title,
        "field": finding.fields[0],
        "what": told.what,
        "remedy": told.remedy,
        "offer": told.offer,
        "certain": bool(finding.mend),
        "explanation": finding.explanation,
    }


def _lines(report: CheckReport, context: Context, speech: Speech, details: bool) -> list[str]:
    lines = [
        speech.text(
            "CLI_CHECK_SUMMARY",
            records=report.records,
            errors=report.errors,
            unexplained=report.unexplained,
            explained=report.explained,
        )
    ]
    for rule, findings in report.by_rule():
        told = sentence(findings[0], context)
        severity = speech.text(f"SEVERITY_{findings[0].severity.value}")
        lines.append(
            speech.text(
                "CLI_CHECK_GROUP",
                rule=rule,
                severity=severity,
                count=len(findings),
                where=told.where,
            )
        )
        shown = findings if details else findings[:1]
        for finding in shown:
            told = sentence(finding, context)
            offer = f" ({speech.text('FINDING_OFFER', offer=told.offer)})" if told.offer else ""
            lines.append(f"    {finding.title or '—'}: {' '.join(told.what.split())}{offer}")
        lines.append(f"    → {told.remedy}")
        if len(findings) > len(shown):
            lines.append("    " + speech.text("CLI_CHECK_MORE", count=len(findings) - len(shown)))
    return lines
