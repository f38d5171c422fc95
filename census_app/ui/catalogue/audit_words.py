"""Entries of a comparison with the audit's list in words: state, place, what differs. No widgets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from census_app.domain.audit import OUTCOMES
from census_app.services.audit_book import AuditList, Settled
from census_app.services.audit_results import Comparison, Coverage, Difference, Entry
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_NUMBERED = 2
_TOPICS = {
    "list": "CA_ABOUT_LIST",
    "rows": "CA_ABOUT_ROWS",
    "map": "CA_ABOUT_MAP",
    "unit": "CA_ABOUT_UNIT",
}
_PLACES = frozenset({"CA_ABOUT_row", "CA_ABOUT_field", "CA_ABOUT_record"})
_OUTCOMES = {outcome for group in OUTCOMES.values() for outcome in group}


def entry_standing(entry: Entry, words: Words) -> Standing:
    """Say whether somebody has to look at an entry, and what was found where somebody has."""
    if entry.group == "confirm":
        return Standing(words("CA_LIKE", score=f"{entry.score:.0%}"), Icon.HELP, "warn", 0)
    if entry.group == "agrees":
        return Standing(words("AUDIT_GROUP_agrees"), Icon.CHECK, "good", 2)
    if entry.open:
        return Standing(words("CA_OPEN"), Icon.ALERT, "warn", 0)
    return Standing(words("CA_SETTLED"), Icon.CHECK, "good", 1)


def states(words: Words) -> list[str]:
    """Return the words a state can have that are usual, for the width of a column."""
    return [words("CA_OPEN"), words("CA_SETTLED"), words("CA_LIKE", score="100%")]


def row_text(entry: Entry) -> str:
    """Return the row of the sheet, or a dash."""
    return str(entry.row.number) if entry.row is not None else "—"


def ours_text(entry: Entry) -> str:
    """Return the name of the record, or a dash."""
    return entry.kept.name if entry.kept is not None else "—"


def theirs_text(entry: Entry) -> str:
    """Return the name in the list, or a dash."""
    return entry.name if entry.row is not None else "—"


def fields_text(entry: Entry, words: Words) -> str:
    """Return the names of the fields that differ."""
    return words("LIST_JOINT").join(each.label for each in entry.differences) or "—"


def settled_text(settled: Settled | None, words: Words) -> str:
    """Return an outcome with its reason; empty where nothing was said yet."""
    if settled is None:
        return ""
    told = words(f"AUDIT_OUTCOME_{settled.outcome}")
    return words("CA_OUTCOME_BY", outcome=told, reason=settled.reason, actor=settled.actor)


def open_places(entry: Entry) -> list[tuple[str, Difference | None]]:
    """Return the places of an entry that something can be said about, with their differences."""
    if entry.differences:
        return [(each.place, each) for each in entry.differences]
    return [(entry.place, None)] if entry.place else []


def said_places(entry: Entry) -> list[str]:
    """Return the places of what a person said of an entry: its outcomes, and which record it is."""
    places = [place for place, each in open_places(entry) if (each or entry).settled is not None]
    if entry.by == "person" and entry.row is not None:
        places.append(f"match:{entry.row.number}")
    return places


def list_title(audit: AuditList, words: Words) -> str:
    """Return how a list is called in the choice of lists."""
    return words("CA_LIST_TITLE", name=audit.name, at=words.moment(audit.created))


def strange_text(comparison: Comparison, words: Words) -> str:
    """Say which names of departments stand for none, or were only guessed; empty when all are certain."""
    told = []
    for code, found in (("CA_STRANGE", comparison.strange), ("CA_GUESSED", comparison.guessed)):
        if found:
            names = words("LIST_JOINT").join(list(found)[:_NUMBERED])
            told.append(words(code, names=names, count=len(found)))
    return " ".join(told)


def coverage_standing(coverage: Coverage, words: Words) -> Standing:
    """Say whether the audit looked at a department, and whether anything is open."""
    if not coverage.covered:
        return Standing(words("CA_NOT_COVERED"), Icon.ALERT, "warn", 0)
    if coverage.open:
        return Standing(words("CA_OPEN_N", count=coverage.open), Icon.INFO, "warn", 1)
    return Standing(words("CA_DONE"), Icon.CHECK, "good", 2)


# -- decisions about audits, for the page of decisions -----------------------------------------------------------------


def decision_about(subject: str, name_of: Callable[[str], str], words: Words) -> str:
    """Return what a decision of kind `audit` is about; see `services.audit_book`."""
    topic, _, rest = subject.partition(":")
    place = [*rest.split(":"), "", "", ""][1:]
    if topic == "match":
        return words("CA_ABOUT_MATCH", row=place[0])
    if topic == "outcome":
        code = f"CA_ABOUT_{place[0]}"
        return (
            words(code, row=place[1], department=name_of(place[1])) if code in _PLACES else subject
        )
    return words(_TOPICS[topic]) if topic in _TOPICS else subject


def decision_choice(choice: str, name_of: Callable[[str], str], words: Words) -> str:
    """Return what such a decision chose; which of them it is, its parts tell."""
    said = _said(choice)
    department = name_of(str(said.get("department", "")))
    record = str(said.get("record", ""))[:8]
    if said.get("outcome") in _OUTCOMES:
        return words(f"AUDIT_OUTCOME_{said['outcome']}")
    codes = {
        "withdrawn": "CA_CHOICE_WITHDRAWN",
        "pieces": "CA_CHOICE_LIST",
        "targets": "CA_CHOICE_MAP",
        "record": "CA_CHOICE_RECORD" if record else "CA_CHOICE_NONE",
        "name": "CA_CHOICE_UNIT",
    }
    code = next((code for part, code in codes.items() if part in said), "CA_CHOICE_ROWS")
    return words(
        code,
        rows=said.get("rows", 0),
        count=len(said.get("targets", ())),
        department=department,
        record=record,
        name=said.get("name", ""),
    )


def _said(choice: str) -> dict[str, Any]:
    try:
        found = json.loads(choice)
    except ValueError:
        return {}  # written by another program
    return found if isinstance(found, dict) else {}
