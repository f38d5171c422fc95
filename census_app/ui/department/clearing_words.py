"""What the judging page says: states, reasons and what follows from an answer, in words. No widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.systems import (
    CLEAR,
    DEFER,
    INNER_OFFICE,
    MERGE,
    REPLACED,
    RETAIN,
    Reply,
    Sign,
    Standing,
    SystemCase,
    disposed,
    path_of,
    standing_of,
)
from census_app.formspec.model import FormSet
from census_app.formspec.types import Context
from census_app.services.clearing import SystemsToClear, funding_day
from census_app.ui.models.text_table import Cell
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_TONES: Final = {
    Standing.OPEN: ("warn", Icon.HELP),
    Standing.NO_MEASURE: ("bad", Icon.ERROR),
    Standing.MEASURE: ("warn", Icon.ALERT),
    Standing.CLEARED: ("good", Icon.CHECK),
    Standing.HEALTHY: ("good", Icon.CHECK),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and its weight: `good`, `warn`, `bad` or `text2`."""

    text: str
    look: str = "text2"


def standing_cell(case: SystemCase, words: Words) -> Cell:
    """Return how the judgement of a system stands."""
    standing = standing_of(case)
    text = words(f"JG_STANDING_{standing}")
    if standing is Standing.NOT_ASKED:
        return Cell(text, tone="text_2")
    tone, symbol = _TONES[standing]
    return Cell(text, symbol, tone)


def disposition_cell(case: SystemCase, context: Context, words: Words) -> Cell:
    """Return what is decided about a system."""
    if not case.disposition:
        return Cell(words("JG_UNDECIDED"), tone="warn")
    if disposed(case):
        return Cell(choice_label(context, "disposition", case.disposition))
    code = "JG_NO_TARGET" if case.disposition == MERGE else "JG_NO_REASON"
    return Cell(words(code), Icon.ERROR, "bad")


def choice_label(context: Context, role: str, code: str) -> str:
    """Return the label of a code of the list behind a role; the code itself when the list lacks it."""
    _form, field = context.form_set.by_role(role)
    entry = context.choices.entry(field.choices, code)
    return entry.label(context.language) if entry is not None else code


def sign_text(sign: Sign, words: Words) -> str:
    """Return what the data says for a criterion."""
    return words(f"JG_SIGN_{sign.kind}", value=sign.value, limit=sign.limit)


def judgement(
    case: SystemCase,
    criteria: Sequence[str],
    replies: Mapping[str, Reply],
    signs: Sequence[Sign],
    words: Words,
) -> Said:
    """Return what follows from the replies."""
    asked_again = sum(sign.kind != REPLACED for sign in signs)  # SYS-4b knows no others
    if case.zombie:
        return _of_zombie(case, words)
    if case.zombie is False and asked_again:
        return Said(words("JG_HEALTHY_BUT", count=asked_again), "warn")
    if case.zombie is False:
        return Said(words("JG_IS_HEALTHY"), "good")
    missing = sum(code not in replies for code in criteria)
    if not missing and Reply.UNSURE in replies.values():
        return Said(words("JG_UNSURE"), "warn")
    return Said(words("JG_STILL_OPEN", count=missing))


def _of_zombie(case: SystemCase, words: Words) -> Said:
    if not case.reasons:
        return Said(words("JG_NO_CRITERIA"), "bad")
    text = words("JG_IS_ZOMBIE", count=len(case.reasons))
    if not case.measure:
        return Said(f"{text}{_gap(words)}{words('JG_NEEDS_MEASURE')}", "bad")
    return Said(text, "warn")


def consequences(
    case: SystemCase, found: SystemsToClear, form_set: FormSet, words: Words
) -> list[Said]:
    """Return what follows from the decision about a system, the gravest first."""
    told = [*_of_decision(case, found, words), *_of_connection(case, found.today, form_set, words)]
    sources = [c.name for c in found.cases if c.disposition == MERGE and c.target == case.id]
    if sources:
        names = words.listed(sources)
        told.append(Said(words("JG_SAY_TARGET_OF", count=len(sources), names=names)))
    order = ("bad", "warn", "good", "text2")
    return sorted(told, key=lambda said: order.index(said.look))


def _of_decision(case: SystemCase, found: SystemsToClear, words: Words) -> list[Said]:
    told = []
    if case.disposition == RETAIN:
        if case.zombie:
            told.append(Said(words("JG_SAY_RETAIN_ZOMBIE"), "warn"))
        if case.owner_level == INNER_OFFICE:
            told.append(Said(words("JG_SAY_INNER"), "warn"))
        told.append(Said(words("JG_SAY_retain")))
    elif case.disposition == MERGE:
        told.append(_of_merge(case, found, words))
    elif case.disposition in {CLEAR, DEFER}:
        look = "bad" if case.disposition == DEFER and not case.reason else "text2"
        told.append(Said(words(f"JG_SAY_{case.disposition}"), look))
    return told


def _of_merge(case: SystemCase, found: SystemsToClear, words: Words) -> Said:
    known = {str(c.id): c for c in found.cases}
    if case.target not in known:
        return Said(words("JG_SAY_PICK_TARGET"), "bad")
    target, path = known[case.target], path_of(case, known)
    if len({c.id for c in path}) < len(path):
        return Said(words("JG_SAY_CYCLE", path=arrows(path)), "bad")
    if target.disposition == CLEAR:
        return Said(words("JG_SAY_INTO_CLEARED", target=target.name), "bad")
    if len(path) > 2:
        return Said(words("JG_SAY_CHAIN", target=target.name, last=path[-1].name), "warn")
    return Said(words("JG_SAY_merge", target=target.name))


def _of_connection(case: SystemCase, today: str, form_set: FormSet, words: Words) -> list[Said]:
    due = case.must_connect and not case.classified and case.built and not case.gone(today)
    if not due or (case.connected_on and case.connected_on <= today):
        return []
    since = funding_since(form_set, words)
    if case.om_amount is None:
        return [Said(words("JG_SAY_FUNDING_UNSTATED", since=since), "warn")]
    return [Said(words("JG_SAY_FUNDING", since=since, amount=money(case.om_amount)), "warn")]


def funding_since(form_set: FormSet, words: Words) -> str:
    """Return from when on funds stop, as the campaign says; empty when it names no day."""
    due = funding_day(form_set)
    return words("JG_SINCE", day=due) if due else ""


def money(amount: Decimal) -> str:
    """Return an amount in 万元 with two places, in groups of three."""
    return wording.grouped(amount, 2)


def arrows(path: Sequence[SystemCase]) -> str:
    """Return systems one is merged into after the other."""
    return " → ".join(case.name for case in path)


def _gap(words: Words) -> str:
    return "" if words.language == "zh" else " "
