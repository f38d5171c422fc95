"""The comparison with the audit office's list and the sampling list as tables, and how their reasons read in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.decimals import spell
from census_app.domain.sampling import ASPECTS, MEASURES, Reason, Sampled
from census_app.errors import UserError
from census_app.formats.table_files import write_table
from census_app.services.audit_book import Settled
from census_app.services.audit_results import Comparison, Entry
from census_app.services.sampling import SamplingList

_SUFFIXES: Final = frozenset({".csv", ".xlsx"})
_COMPARISON: Final = (
    "GROUP", "DEPARTMENT", "CODE", "ROW", "THEIRS", "OURS", "BY", "FIELD", "THEIR_VALUE", "OUR_VALUE", "OUTCOME",
    "REASON", "SAID", "PLACE", "RECORD",
)  # fmt: skip
_COMPARISON_WIDTHS: Final = (10, 28, 22, 8, 36, 36, 10, 18, 24, 24, 22, 36, 36, 26, 34)
_SAMPLE_WIDTHS: Final = (8, 32, 22, 8, 8, 10, 12, 80)


def write_comparison(comparison: Comparison, path: Path, language: str) -> int:
    """Write every entry, one line for each difference, as `.xlsx` or `.csv`; return the number of lines.

    Raises:
        UserError: `TABLE_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    _require_suffix(path)
    head = [wording.text(f"AUDIT_COL_{name}", language) for name in _COMPARISON]
    lines = [line for entry in comparison.entries for line in _lines(entry, language)]
    title = wording.text("AUDIT_SHEET", language)
    write_table(path, title, head, lines, _COMPARISON_WIDTHS)
    return len(lines)


def write_sample(
    sampled: SamplingList, path: Path, language: str, *, count: int | None = None
) -> int:
    """Write the sampling list as `.xlsx` or `.csv`; return the number of departments.

    Args:
        count: The first so many departments only.

    Raises:
        UserError: `TABLE_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    _require_suffix(path)
    heads = ["SAMPLE_COL_RANK", "AUDIT_COL_DEPARTMENT", "AUDIT_COL_CODE", "SAMPLE_COL_POINTS"]
    heads += [f"SAMPLE_ASPECT_{aspect}" for aspect in ASPECTS]
    head = [wording.text(code, language) for code in [*heads, "SAMPLE_COL_REASONS"]]
    lines = list(sample_lines(sampled.departments[:count], language))
    write_table(path, wording.text("SAMPLE_SHEET", language), head, lines, _SAMPLE_WIDTHS)
    return len(lines)


def sample_lines(departments: Iterable[Sampled], language: str) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a sampling list: number, name, code, points, points for each aspect, reasons."""
    for number, each in enumerate(departments, 1):
        yield (
            str(number),
            each.conduct.name,
            each.conduct.code,
            str(each.points),
            *(str(each.points_for(aspect)) for aspect in ASPECTS),
            "；".join(reasons_of(each, language))
            if language == "zh"
            else "; ".join(reasons_of(each, language)),
        )


def reasons_of(sampled: Sampled, language: str) -> list[str]:
    """Return why a department has its points, each reason with its points."""
    return [
        wording.text(
            "SAMPLE_POINTS",
            language,
            reason=_reason_text(sampled, reason, language),
            points=reason.points,
        )
        for reason in sampled.reasons
    ]


def rules_of(sampled: SamplingList, language: str) -> list[str]:
    """Return how points are counted in this campaign, one sentence for each measure."""
    return [
        wording.text(
            f"SAMPLE_STEP_{measure}",
            language,
            size=spell(sampled.steps[measure].size),
            limit=sampled.steps[measure].limit,
        )
        for measure in MEASURES
    ]


def outcome_text(settled: Settled | None, language: str) -> str:
    """Return an outcome in words, empty for none."""
    return wording.text(f"AUDIT_OUTCOME_{settled.outcome}", language) if settled else ""


def _reason_text(sampled: Sampled, reason: Reason, language: str) -> str:
    never = reason.measure == "days_late" and not sampled.conduct.delivered
    code = "SAMPLE_REASON_never" if never else f"SAMPLE_REASON_{reason.measure}"
    return wording.text(code, language, count=reason.count, of=reason.of)


def _lines(entry: Entry, language: str) -> Iterator[Sequence[str]]:
    kept = entry.kept
    begin = (
        wording.text(f"AUDIT_GROUP_{entry.group}", language),
        entry.department_name,
        entry.department,
        str(entry.row.number) if entry.row is not None else "",
        entry.name if entry.row is not None else "",
        kept.name if kept is not None else "",
        wording.text(f"AUDIT_BY_{entry.by}", language) if entry.row is not None else "",
    )
    record = kept.record if kept is not None else ""
    said = "\n".join(f"{label}: {text}" for label, text in entry.said)
    if not entry.differences:
        settled = entry.settled
        reason = settled.reason if settled is not None else ""
        yield (
            *begin,
            "",
            "",
            "",
            outcome_text(settled, language),
            reason,
            said,
            entry.place,
            record,
        )
    for each in entry.differences:
        reason = each.settled.reason if each.settled is not None else ""
        told = outcome_text(each.settled, language)
        yield (*begin, each.label, each.theirs, each.ours, told, reason, said, each.place, record)


def _require_suffix(path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise UserError("TABLE_SUFFIX", name=path.name)
