"""How queries, explained warnings and receipts stand, as a word, a symbol and a tone: decisions without widgets."""

from __future__ import annotations

from typing import Final

from census_app.services.judging import ExplainedWarning
from census_app.services.overseeing import Exchanged, ReviewSummary
from census_app.services.querying import QueryStanding
from census_app.ui.catalogue.standing import Standing, package_standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

Look = tuple[str, Icon, str, int]

_QUERIES: Final[dict[str, Look]] = {
    "contested": ("CR_QUERY_contested", Icon.SCALES, "bad", 0),
    "answered": ("CR_QUERY_answered", Icon.COMMENT, "accent", 1),
    "open": ("CR_QUERY_open", Icon.CALENDAR, "warn", 2),
    "closed": ("CR_QUERY_closed", Icon.CHECK, "good", 3),
}
_JUDGED: Final[dict[str, Look]] = {
    "undecided": ("CR_JUDGED_undecided", Icon.HELP, "warn", 1),
    "contested": ("CR_JUDGED_contested", Icon.SCALES, "bad", 0),
    "refused": ("CR_JUDGED_refused", Icon.CLOSE, "bad", 2),
    "accepted": ("CR_JUDGED_accepted", Icon.CHECK, "good", 3),
}
_VERDICTS: Final[dict[str, Look]] = {
    "": ("CR_VERDICT_none", Icon.CALENDAR, "warn", 1),
    "contested": ("CR_VERDICT_contested", Icon.SCALES, "bad", 0),
    "returned": ("CR_VERDICT_returned", Icon.UNDO, "bad", 2),
    "accepted_with_comments": ("CR_VERDICT_accepted_with_comments", Icon.CHECK, "good", 4),
    "accepted": ("CR_VERDICT_accepted", Icon.CHECK, "good", 5),
}


_BY_ITSELF: Final = ("applied", "rule", "deleted")
"""What closes a query without a coordinator."""


def query_words(words: Words) -> list[str]:
    """Return every word for the state of a query."""
    closed = [words(f"CR_QUERY_closed_{by}") for by in _BY_ITSELF]
    return closed + [words(each[0]) for each in _QUERIES.values()]


def judged_words(words: Words) -> list[str]:
    """Return every word for what was decided about an explained warning."""
    return [words(each[0]) for each in _JUDGED.values()]


def query_standing(standing: QueryStanding, words: Words) -> Standing:
    """Say how a query stands; of a closed one also by what."""
    code, symbol, tone, rank = _QUERIES[standing.state]
    if standing.closed_by in _BY_ITSELF:
        code = f"CR_QUERY_closed_{standing.closed_by}"
    return Standing(words(code), symbol, tone, rank)


def warning_standing(warning: ExplainedWarning, words: Words) -> Standing:
    """Say what was decided about an explained warning."""
    code, symbol, tone, rank = _JUDGED[warning.standing]
    return Standing(words(code), symbol, tone, rank)


def verdict_standing(summary: ReviewSummary, words: Words) -> Standing:
    """Say what was decided about a department's newest package, and whether the department was told."""
    if summary.newest is None:
        return Standing(words("CAT_STAND_NOTHING"), Icon.CALENDAR, "text_2", 6)
    code, symbol, tone, rank = _VERDICTS[summary.verdict]
    if summary.verdict in {"accepted", "accepted_with_comments", "returned"} and not summary.told:
        return Standing(words("CR_NOT_TOLD", verdict=words(code)), Icon.ALERT, "warn", 1)
    return Standing(words(code), symbol, tone, rank)


def exchanged_text(each: Exchanged, words: Words) -> str:
    """Say what went or came: `← 第 2 号报送`, `→ 回执`."""
    code = f"CR_EXCHANGED_{each.type}_{each.direction}"
    return words(code, number=each.sequence)


def exchanged_result(each: Exchanged, words: Words) -> Standing:
    """Say what became of it, or what it says."""
    if each.type == "submission":
        return package_standing(each.state, words)
    if each.type == "receipt":
        code, symbol, tone, rank = _VERDICTS[each.verdict]
        text = words(code) if each.verdict else words("CR_VERDICT_elsewhere")
        return Standing(text, symbol, tone if each.verdict else "text_2", rank)
    return Standing(words("CR_WRITTEN_OUT"), Icon.EXPORT, "text_2", 6)
