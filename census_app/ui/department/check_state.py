"""How far the check is, for the bottom line: not yet checked, checking, checked and what it found, clean."""

from __future__ import annotations

from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.translation import Words


def check_parts(session: WorkspaceSession, words: Words, *, checking: bool) -> list[str]:
    """Return what the bottom line says about the check; what a check found stays while the next one runs."""
    problems = session.problems
    if problems.report is None:
        return [words("UI_CHECKING" if checking else "UI_NOT_CHECKED")]
    figures = problems.figures()
    at = words.clock_time(session.checked_at)
    parts = [words("UI_CHECKING") if checking else words("UI_CHECKED_AT_N", at=at)]
    if not figures.errors and not figures.unexplained:
        parts.append(words("UI_CHECK_CLEAN"))
    else:
        parts.append(words("UI_ERRORS_N", count=words.count(figures.errors)))
    if figures.unexplained:
        parts.append(words("UI_UNEXPLAINED_N", count=words.count(figures.unexplained)))
    if figures.explained:
        parts.append(words("UI_EXPLAINED_N", count=words.count(figures.explained)))
    return parts
