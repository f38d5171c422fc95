"""The lists of the clean-up on paper: systems cleared and merged, to be connected, without operating funds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from census_app.diagnostics import wording
from census_app.domain import systems as domain
from census_app.domain.systems import SystemCase
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import FormSet
from census_app.reports.content import (
    Block,
    Column,
    DepartmentListContent,
    Head,
    Language,
    Pair,
    Printed,
    Prose,
    Table,
)
from census_app.reports.department_list import build_department_list
from census_app.services.clearing import SystemsToClear, funding_day, systems_to_clear
from census_app.services.ports import Clock, WorkspaceStore

LISTS: Final = ("zombies", "connections", "funding")
"""Kinds of lists; `PRINT_LIST_<kind>` is the title of each."""

_Words = Callable[..., str]
_Rows = list[tuple[str, ...]]


def print_list(
    kind: str, store: WorkspaceStore, head: Head, language: Language, *, clock: Clock
) -> Printed:
    """Return one of the lists of `LISTS`."""
    found = systems_to_clear(store, clock=clock)

    def words(code: str, **params: object) -> str:
        return wording.text(code, language, **params)

    made = {"zombies": _zombies, "connections": _connections, "funding": _funding}[kind]
    counts, blocks = made(found, store.form_set, words, language)
    facts = (Pair(words("PRINT_FORM_SET"), store.form_set.label.get(language)),)
    return build_department_list(
        DepartmentListContent(head, facts, counts, blocks, signed=True), language
    )


_Made = tuple[tuple[Pair, ...], tuple[Block, ...]]


def _zombies(found: SystemsToClear, form_set: FormSet, words: _Words, language: str) -> _Made:
    sums = domain.integration(found.cases, found.today)
    names = {str(case.id): case.name for case in found.cases}
    zombies = [case for case in found.cases if case.built and case.zombie]
    labels = _labels(form_set, "disposition", language)
    reasons = _labels(form_set, "zombie_reasons", language)
    counts = (
        Pair(words("JG_FIG_BEFORE"), str(len(sums.before))),
        Pair(words("JG_FIG_AFTER"), str(sums.after)),
        Pair(words("JG_FIG_DONE"), str(len(sums.done))),
        Pair(words("JG_FIG_ZOMBIES"), str(len(zombies))),
    )
    of_zombies = [
        (
            case.name,
            "；".join(reasons.get(code, code) for code in case.reasons),
            case.measure,
            case.cleared_on,
        )
        for case in zombies
    ]
    integrated = [
        (
            case.name,
            labels.get(case.disposition, words("JG_UNDECIDED")),
            names.get(case.target, "") if case.disposition == domain.MERGE else "",
            case.done_on,
        )
        for case in found.cases
    ]
    return counts, (
        _table(words, "PRINT_ZOMBIES", ("JG_COL_NAME", "PRINT_CRITERIA", "PRINT_MEASURE", "PRINT_CLEARED"), of_zombies),
        _table(words, "PRINT_INTEGRATION", ("JG_COL_NAME", "JG_DECISION", "JG_COL_TARGET", "PRINT_DONE"), integrated),
    )  # fmt: skip


def _connections(found: SystemsToClear, form_set: FormSet, words: _Words, language: str) -> _Made:
    del form_set, language
    sums = domain.connections(found.cases, found.today)
    counts = (
        Pair(words("PRINT_MUST_CONNECT"), str(sums.must)),
        Pair(words("PRINT_CONNECTED"), str(len(sums.connected))),
        Pair(words("PRINT_CONNECT_PLANNED"), str(len(sums.planned))),
        Pair(words("JG_CONNECT_NONE"), str(len(sums.no_plan))),
    )
    rows = [
        *((c.name, words("JG_CONNECT_NONE"), "") for c in sums.no_plan),
        *((c.name, words("PRINT_CONNECT_PLANNED"), c.plan_on or c.connected_on) for c in sums.planned),
        *((c.name, words("PRINT_CONNECTED"), c.connected_on) for c in sums.connected),
        *((c.name, words("JG_CONNECT_UNDECIDED"), "") for c in sums.undecided),
    ]  # fmt: skip
    heads = ("JG_COL_NAME", "JG_CONNECT_STATE", "PRINT_DAY")
    return counts, (_table(words, "JG_TAB_CONNECT", heads, rows),)


def _funding(found: SystemsToClear, form_set: FormSet, words: _Words, language: str) -> _Made:
    del language
    sums = domain.funding(found.cases, found.today)
    day = funding_day(form_set)
    counts = (
        Pair(words("PRINT_FUNDING_SYSTEMS"), str(len(sums.systems))),
        Pair(words("PRINT_FUNDING_AMOUNT"), wording.grouped(sums.amount, 2)),
    )
    rows = [
        (
            case.name,
            _planned(case, words),
            "" if case.om_amount is None else wording.grouped(case.om_amount, 2),
        )
        for case in sorted(sums.systems, key=lambda c: (c.om_amount is None, -(c.om_amount or 0)))
    ]
    blocks: list[Block] = []
    if day:
        blocks.append(Prose(words("PRINT_FUNDING_RULE", day=day)))
    heads = ("JG_COL_NAME", "JG_CONNECT_STATE", "JG_COL_AMOUNT")
    blocks.append(_table(words, "JG_TAB_FUNDING", heads, rows, numeric="JG_COL_AMOUNT"))
    if sums.unstated:
        blocks.append(Prose(words("JG_FUNDING_UNSTATED", count=len(sums.unstated))))
    return counts, tuple(blocks)


def _planned(case: SystemCase, words: _Words) -> str:
    day = case.plan_on or case.connected_on
    return words("JG_CONNECT_PLANNED", day=day) if day else words("JG_CONNECT_NONE")


def _table(
    words: _Words,
    title: str,
    heads: Iterable[str],
    rows: Iterable[tuple[str, ...]],
    numeric: str = "",
) -> Table:
    numbered: _Rows = [(str(number), *row) for number, row in enumerate(rows, 1)]
    columns = (
        Column(words("PRINT_NUMBER"), numeric=True),
        *(Column(words(h), numeric=h == numeric, key=n == 0) for n, h in enumerate(heads)),
    )
    return Table(columns, tuple(numbered), title=words(title), empty=words("PRINT_LIST_EMPTY"))


def _labels(form_set: FormSet, role: str, language: str) -> Mapping[str, str]:
    _form, field = form_set.by_role(role)
    index = ChoiceIndex(form_set)
    codes = [choice.code for choice in form_set.choice_lists[field.choices].choices]
    return {code: index.label(field.choices, code, language) for code in codes}
