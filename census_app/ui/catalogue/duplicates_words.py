"""How groups of things that look alike stand, as a word, a symbol and a tone. No widgets."""

from __future__ import annotations

from typing import Final

from census_app.domain.verdicts import GroupStanding, GroupState
from census_app.services.likening import JudgedItem
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_STATES: Final[dict[GroupState, tuple[Icon, str]]] = {
    GroupState.CONTESTED: (Icon.SCALES, "bad"),
    GroupState.LAPSED: (Icon.HISTORY, "warn"),
    GroupState.UNDECIDED: (Icon.HELP, "text_2"),
    GroupState.PARTLY: (Icon.HELP, "warn"),
    GroupState.SAME: (Icon.CHECK, "good"),
    GroupState.RELATED: (Icon.LINK, "accent"),
    GroupState.DIFFERENT: (Icon.CLOSE, "text_2"),
    GroupState.MIXED: (Icon.CHECK, "good"),
}


def group_standing(standing: GroupStanding, words: Words) -> Standing:
    """Say how a group stands."""
    symbol, tone = _STATES[standing.state]
    rank = list(_STATES).index(standing.state)
    return Standing(words(f"DUP_STATE_{standing.state.value}"), symbol, tone, rank)


def state_words(words: Words) -> list[str]:
    """Return every word for how a group stands."""
    return [words(f"DUP_STATE_{state.value}") for state in GroupState]


def source_standing(judged: JudgedItem, department: str, words: Words) -> Standing:
    """Say which source an item has, and whether it still is one."""
    state = judged.source_state
    if state == "chosen":
        return Standing(department, Icon.TARGET, "good", 2)
    told = {"lapsed": ("DU_SOURCE_LAPSED", Icon.HISTORY, "warn", 1)}
    code, symbol, tone, rank = told.get(state, ("DUP_STATE_contested", Icon.SCALES, "bad", 0))
    return Standing(words(code), symbol, tone, rank)
