"""Decisions in words: what they are about and what was chosen. No widgets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.exchange.paper import short_groups
from census_app.services import likening
from census_app.services.settling import ContestedMatter
from census_app.ui.catalogue.audit_words import decision_about, decision_choice
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PACKAGE_KINDS = frozenset({"accept", "return", "release"})
CENTRAL_KINDS = frozenset({"override", "code", "publish", "withdraw"})
LIKENESS_KINDS = frozenset({"similarity", "source"})
DIGEST = 64
_CHOICES = {
    "accept": "CR_VERDICT_{}",
    "return": "CR_VERDICT_{}",
    "release": "CR_CHOICE_RELEASED",
    "confirm": "CR_CHOICE_CONFIRMED",
    "explanation": "CR_JUDGED_{}",
}


def kind_text(kind: str, words: Words) -> str:
    """Return what kind of decision it is."""
    return words(f"CR_KIND_{kind}")


def matter_kind(matter: ContestedMatter, words: Words) -> str:
    """Return what kind of matter is contested; acceptance and return are one."""
    return words("CR_MATTER_accept") if matter.kind == "accept" else kind_text(matter.kind, words)


def about_text(decision: Decision, state: CatalogueState, words: Words) -> str:
    """Return what a decision is about: department, package, record."""
    return subject_text(decision.kind, decision.subject, decision.choice, state, words)


def subject_text(kind: str, subject: str, choice: str, state: CatalogueState, words: Words) -> str:
    """Return a subject in words; what is unknown here is named by the beginning of its digest."""
    if kind in PACKAGE_KINDS:
        return _package_text(subject, state, words)
    if kind == "fork":
        department, _, number = subject.partition(":")
        return words("CR_ABOUT_PACKAGE", department=state.name_of(department), number=number)
    if kind == "explanation":
        department, _record, rule, *_hash = [*subject.split(":"), "", "", ""]
        return words("CR_ABOUT_RULE", department=state.name_of(department), rule=rule)
    if kind in {"confirm", "query"}:
        asked = choice if kind == "confirm" else str(_query(choice).get("department", ""))
        return state.name_of(asked)
    if kind == "expect":
        subject = str(_query(choice).get("name", "")) or state.name_of(subject)
    found = _compared_subject(kind, subject, choice, state, words)
    return found or _central_subject(kind, subject, state, words) or _short(subject)


def _compared_subject(
    kind: str, subject: str, choice: str, state: CatalogueState, words: Words
) -> str:
    """Return which records or which row of another list were compared; nothing for other kinds."""
    if kind in LIKENESS_KINDS:
        return likening.subject_text(subject, choice, words.language)
    return decision_about(subject, state.name_of, words) if kind == "audit" else ""


def _central_subject(kind: str, subject: str, state: CatalogueState, words: Words) -> str:
    """Return what a decision of the centre is about: department, field, line of the audit; nothing for other kinds."""
    if kind not in CENTRAL_KINDS:
        return ""
    department, *rest = subject.split(":")
    about = state.name_of(department)
    if kind == "override" and len(rest) == 3:
        label = state.labels.get(f"{rest[0]}:{rest[2]}", rest[2])
        title = state.titles.get(rest[1], "")
        about = " · ".join(filter(None, (about, title)))
        return words("CD_ABOUT_FIELD", department=about, field=label)
    return about


def _package_text(identity: str, state: CatalogueState, words: Words) -> str:
    package = state.package(identity)
    if package is None:
        return words("CR_ABOUT_UNKNOWN", digest=short_groups(identity, 4))
    name = state.name_of(package.department)
    return words("CR_ABOUT_PACKAGE", department=name, number=package.sequence)


def _short(text: str) -> str:
    return short_groups(text, 4) if len(text) == DIGEST else text


def choice_text(decision: Decision, state: CatalogueState, words: Words) -> str:
    """Return what was chosen."""
    return chosen_text(decision.kind, decision.choice, state, words)


def chosen_text(kind: str, choice: str, state: CatalogueState, words: Words) -> str:
    """Return a choice in words."""
    if kind == "audit":
        return decision_choice(choice, state.name_of, words)
    if kind == "fork":
        package = state.package(choice)
        at = words.moment(package.created) if package is not None else "—"
        return words("CR_CHOICE_SIDE", digest=short_groups(choice, 4), at=at)
    if kind == "query":
        query = _query(choice).get("query", {})
        code = "CR_CHOICE_CLOSED" if query.get("state") == "closed" else "CR_CHOICE_ASKED"
        return words(code, text=query.get("text", ""))
    if kind in LIKENESS_KINDS:
        return likening.choice_text(choice, words.language)
    if kind in _CHOICES:
        return words(_CHOICES[kind].format(choice))
    if kind == "expect":
        choice = words(f"CC_STANDING_{_query(choice).get('standing', 'expected')}")
    return _central_choice(choice, words) if kind in CENTRAL_KINDS else _short(choice)


def _central_choice(choice: str, words: Words) -> str:
    """Return what the centre put somewhere: a value, or codes and states of so many records."""
    said = _query(choice)
    for name in ("codes", "records"):
        if name in said:
            return words("CD_CHOICE_RECORDS", count=len(said[name]))
    if "value" not in said:
        return words("CD_CHOICE_THEIRS")
    value = said["value"]
    return words("CR_EMPTY") if value is None else str(value)


def matter_text(matter: ContestedMatter, state: CatalogueState, words: Words) -> str:
    """Return what a contested matter is about."""
    choice = matter.sides[0].choice if matter.sides else ""
    return subject_text(matter.kind, matter.subject, choice, state, words)


def force_words(words: Words) -> list[str]:
    """Return every word for whether a decision is in force."""
    return [words(code) for code in ("CR_IN_FORCE", "CR_CONTESTED", "CR_SUPERSEDED")]


def decision_standings(decisions: Iterable[Decision], words: Words) -> Mapping[str, Standing]:
    """Say of each decision, by id, whether it is in force."""
    every = tuple(decisions)
    standing = {d.id for d in chain.standing(every)}
    effective = {d.id for d in chain.effective(every)}
    found = {}
    for decision in every:
        if decision.id in effective:
            code, symbol, tone, rank = "CR_IN_FORCE", Icon.CHECK, "good", 1
        elif decision.id in standing:
            code, symbol, tone, rank = "CR_CONTESTED", Icon.ALERT, "bad", 0
        else:
            code, symbol, tone, rank = "CR_SUPERSEDED", Icon.HISTORY, "text_2", 2
        found[decision.id] = Standing(words(code), symbol, tone, rank)
    return found


def _query(choice: str) -> Mapping[str, Any]:
    try:
        found = json.loads(choice)
    except ValueError:
        return {}  # written by another program
    return found if isinstance(found, dict) else {}
