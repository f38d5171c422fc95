"""How a list of the audit office, its comparison and the coverage look on the command line, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from census_app.cli.speech import Speech
from census_app.domain.audit import GROUPS, Group, Kept
from census_app.formats.foreign_lists import UNIT
from census_app.formspec.model import FormSet
from census_app.services.audit_book import Settled
from census_app.services.audit_columns import Proposal
from census_app.services.audit_results import Comparison, Coverage, Difference, Entry
from census_app.services.audit_sheets import outcome_text

_SHOWN_NAMES = 20


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """Return what the columns of a file are taken for, for `--json`."""
    return {
        "file": proposal.file,
        "sheet": proposal.sheet,
        "form": proposal.form,
        "shape": proposal.shape,
        "heads": [
            {
                "head": column.head,
                "target": column.target,
                "sureness": column.sureness,
                "filled": column.filled,
                "samples": column.samples,
            }
            for column in proposal.columns
        ],
    }


def proposal_lines(proposal: Proposal, form_set: FormSet, speech: Speech) -> list[str]:
    """Return what the columns of a file are taken for, as a table."""
    form = form_set.form(proposal.form)
    labels = {field.id: field.label.get(speech.language) for field in form.stored_fields}
    labels |= {UNIT: speech.text("AUDIT_UNIT"), "": speech.text("AUDIT_LEFT_OUT")}
    heads = [speech.text(f"CLI_AUDIT_COL_{name}") for name in ("HEAD", "TARGET", "SURE", "SAMPLE")]
    rows = [
        (
            column.head,
            f"{labels.get(column.target, column.target)} {column.target}".strip(),
            speech.text(f"AUDIT_SURE_{column.sureness}"),
            column.samples[0] if column.samples else "—",
        )
        for column in proposal.columns
    ]
    told = speech.text(
        "CLI_AUDIT_TABLE",
        file=proposal.file,
        sheet=proposal.sheet,
        form=form.label.get(speech.language),
        rows=proposal.rows,
    )
    return [told, *(f"  {line}" for line in speech.table(heads, rows))]


def comparison_document(comparison: Comparison, group: Group | None) -> dict[str, Any]:
    """Return a comparison for `--json`, of one group where it is asked for."""
    shown = comparison.entries if group is None else comparison.of_group(group)
    return {
        "compared": comparison.list.id,
        "form": comparison.list.form,
        "counts": comparison.counts,
        "open": comparison.open,
        "entries": [_entry_document(entry) for entry in shown],
        "coverage": [_coverage_document(each) for each in comparison.coverage],
        "guessed_units": comparison.guessed,
        "unknown_units": comparison.strange,
        "not_covered": comparison.not_covered,
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    return {
        "group": entry.group,
        "row": entry.row.number if entry.row is not None else None,
        "department": entry.department,
        "department_name": entry.department_name,
        "name": entry.name,
        "record": _kept_document(entry.kept),
        "by": entry.by,
        "score": f"{entry.score:.2f}",
        "candidates": [
            {**(_kept_document(kept) or {}), "score": f"{score:.2f}"}
            for kept, score in entry.candidates
        ],
        "said": dict(entry.said),
        "differences": [_difference_document(each) for each in entry.differences],
        "place": entry.place,
        "outcome": _settled_document(entry.settled),
        "open": entry.open,
    }


def _kept_document(kept: Kept | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    return {"department": kept.department, "record": kept.record, "name": kept.name}


def _difference_document(difference: Difference) -> dict[str, Any]:
    return {
        "field": difference.field,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "place": difference.place,
        "outcome": _settled_document(difference.settled),
    }


def _settled_document(settled: Settled | None) -> dict[str, Any] | None:
    if settled is None:
        return None
    return {
        "outcome": settled.outcome,
        "reason": settled.reason,
        "actor": settled.actor,
        "created": settled.created,
    }


def _coverage_document(coverage: Coverage) -> dict[str, Any]:
    return {
        "department": coverage.department,
        "name": coverage.name,
        "covered": coverage.covered,
        "records": coverage.records,
        "listed": coverage.listed,
        "audited": coverage.audited,
        "missing_here": coverage.missing_here,
        "missing_there": coverage.missing_there,
        "differing": coverage.differing,
        "agreeing": coverage.agreeing,
        "to_confirm": coverage.to_confirm,
        "open": coverage.open,
        "findings": coverage.findings,
    }


def comparison_lines(
    comparison: Comparison, group: Group | None, names: Mapping[str, str], speech: Speech
) -> list[str]:
    """Return a comparison in words: counts, what is strange, then what waits for somebody, group by group."""
    text, audit = speech.text, comparison.list
    lines = [text("CLI_AUDIT_HEAD_LINE", id=audit.id[:12], name=audit.name, rows=len(audit.rows))]
    for each in GROUPS:
        found = comparison.of_group(each)
        told = text(
            "CLI_AUDIT_COUNT",
            group=text(f"AUDIT_GROUP_{each}"),
            count=len(found),
            open=sum(entry.open for entry in found),
        )
        lines.append(f"  {told}")
    lines += [
        text("CLI_AUDIT_STRANGE", name=name, rows=rows) for name, rows in comparison.strange.items()
    ]
    lines += [
        text("CLI_AUDIT_GUESSED", name=name, department=names.get(code, code))
        for name, code in comparison.guessed.items()
    ]
    if comparison.not_covered:
        told = "、".join(names.get(c, c) for c in comparison.not_covered[:_SHOWN_NAMES])
        count = len(comparison.not_covered)
        lines.append(text("CLI_AUDIT_NOT_COVERED", count=count, names=told))
        if comparison.strange:
            lines.append(text("CLI_AUDIT_NOT_COVERED_STRANGE", count=len(comparison.strange)))
    shown = comparison.entries if group is None else comparison.of_group(group)
    lines += _entry_lines(shown, everything=group is not None, speech=speech)
    return lines


def _entry_lines(entries: Iterable[Entry], *, everything: bool, speech: Speech) -> list[str]:
    lines: list[str] = []
    last = ""
    for entry in entries:
        if not everything and entry.group == "agrees":
            continue
        if entry.group != last:
            lines += ["", speech.text(f"AUDIT_GROUP_{entry.group}")]
            last = entry.group
        lines += _told(entry, speech)
    return lines


def _told(entry: Entry, speech: Speech) -> list[str]:
    kept = entry.kept
    where = [entry.department_name or "—", entry.name]
    if entry.row is not None:
        where.insert(0, str(entry.row.number))
    line = "  " + " · ".join(where)
    if kept is not None and entry.row is not None:
        by = speech.text(f"AUDIT_BY_{entry.by}")
        score = f" {entry.score:.0%}" if entry.by == "likeness" else ""
        line += f" → {kept.name} [{kept.record[:8]}] ({by}{score})"
    elif entry.place:
        line += f" [{entry.place}]"
    if entry.settled is not None:
        line += f" — {outcome_text(entry.settled, speech.language)}: {entry.settled.reason}"
    lines = [line, *(f"      {label}: {' '.join(said.split())}" for label, said in entry.said)]
    for each in entry.differences:
        told = f"      {each.label}: {each.theirs} ≠ {each.ours or '—'} [{each.place}]"
        if each.settled is not None:
            told += f" — {outcome_text(each.settled, speech.language)}: {each.settled.reason}"
        lines.append(told)
    return lines


def coverage_lines(comparison: Comparison, speech: Speech) -> list[str]:
    """Return how far the audit covers each department, as a table."""
    text = speech.text
    heads = [text("AUDIT_COL_DEPARTMENT")]
    heads += [text(f"CLI_AUDIT_COVERAGE_{name}") for name in ("RECORDS", "LISTED", "AUDITED")]
    heads += [text(f"AUDIT_GROUP_{group}") for group in GROUPS]
    rows = [
        (
            each.name, each.records, each.listed or "—", each.audited, each.to_confirm,
            each.missing_here, each.missing_there, each.differing, each.agreeing, each.findings,
            each.open,
        )
        for each in comparison.coverage
    ]  # fmt: skip
    heads += [text(f"CLI_AUDIT_COVERAGE_{name}") for name in ("FINDINGS", "OPEN")]
    return speech.table(heads, rows)
