"""What is known of one arrival, in words: outcome, advice, what was verified, what it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from census_app.formspec.model import FormSet
from census_app.services.ports import MergeDone, PackageFacts
from census_app.services.previewing import Claim
from census_app.services.verifying import Verified
from census_app.ui.catalogue.arrivals import (
    SUBMISSION,
    Arrival,
    Stage,
    arrival_advice,
    arrival_standing,
    is_request,
)
from census_app.ui.catalogue.facts import FactGrid, breakable, checked_row, grouped, standing_row
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

CHECKED = ("CAT_CHECKED_SIGNATURE", "CAT_CHECKED_CHAIN", "CAT_CHECKED_FILES", "CAT_CHECKED_FORMS")
UNVOUCHED = frozenset({"quarantined", "revoked"})
"""Outcomes in which no certificate says any more, or yet, whose key signed."""
_CHECKED_OF = {
    "ledger": ("CR_CHECKED_COORDINATOR", "CAT_CHECKED_CHAIN", "CAT_CHECKED_FILES"),
    "trust": ("CR_CHECKED_ROOT", "CAT_CHECKED_FILES"),
    "receipt": ("CR_CHECKED_UPPER", "CAT_CHECKED_FILES"),
    "review": ("CR_CHECKED_UPPER", "CAT_CHECKED_FILES"),
}


def detail_parts(
    row: Arrival,
    state: CatalogueState | None,
    form_set: FormSet,
    words: Words,
    *,
    claim: Claim | None = None,
    actions: Sequence[QWidget] = (),
) -> list[QWidget]:
    """Return the widgets of the side panel.

    Args:
        claim: What it says of its sender, when it was asked for.
        actions: What a person can do about it; they stand right below the advice.
    """
    parts: list[QWidget] = [
        page.label(breakable(row.name), "strong", wrap=True, selectable=True),
        standing_row(arrival_standing(row, words), ""),
    ]
    fingerprint = claim.fingerprint if claim is not None else ""
    advice = arrival_advice(row, state, words, fingerprint)
    if advice is not None:
        parts += [page.label(breakable(advice.what), wrap=True, selectable=True)]
        if advice.next_step:
            parts.append(page.label(advice.next_step, "strong", wrap=True, selectable=True))
        refused = row.outcome == "refused" or row.stage is Stage.FAILED
        if refused and not is_request(row):
            parts.append(page.label(words("UI_ERROR_CODE", code=advice.code), "hint"))
    parts += actions
    if row.received is not None and row.received.merge is not None:
        parts += _merge_parts(row.received.merge, row.received.released, words)
    if row.identity:
        parts += [page.line(), page.label(words("CAT_VERIFIED"), "label")]
        parts += _checked(row, words)
        parts += [page.line(), FactGrid(_facts(row, state, form_set, words, claim))]
    return parts


def _checked(row: Arrival, words: Words) -> list[QWidget]:
    """Return what was verified, and what was not."""
    if row.outcome in UNVOUCHED:
        doubt = Standing(words(f"CR_UNCHECKED_{row.outcome}"), Icon.ALERT, "bad", 0)
        sound = [checked_row(words(c)) for c in ("CR_CHECKED_INTACT", "CAT_CHECKED_FILES")]
        return [standing_row(doubt, ""), *sound]
    codes = _CHECKED_OF.get(row.kind, CHECKED)
    if row.outcome == "form_unknown":
        codes = tuple(code for code in codes if code != "CAT_CHECKED_FORMS")
    return [checked_row(words(code)) for code in codes]


def verified_parts(verified: Verified, words: Words, *, vouched: bool = True) -> list[QWidget]:
    """Return what a fresh verification says.

    Args:
        vouched: A certificate says whose key it is, so that the department may be named.
    """
    if verified.refused is not None:
        told = words.explain(verified.refused)
        return [
            standing_row(Standing(told.what, Icon.ERROR, "bad", 0)),
            page.label(told.next_step, wrap=True, selectable=True),
            page.line(),
        ]
    text = words("CAT_VERIFIED_NOW", department=verified.department_name)
    standing = Standing(text, Icon.SHIELD, "good", 0)
    if not vouched:
        standing = Standing(words("CR_VERIFIED_UNVOUCHED"), Icon.ALERT, "warn", 0)
    return [
        standing_row(standing),
        FactGrid([(words("CAT_SIGNED_WITH"), verified.fingerprint)]),
        page.line(),
    ]


def _merge_parts(merge: MergeDone, released: tuple[str, ...], words: Words) -> list[QWidget]:
    counts = words(
        "CAT_MERGE_COUNTS",
        added=words.count(merge.added),
        changed=words.count(merge.changed),
        unchanged=words.count(merge.unchanged),
        deleted=words.count(merge.deleted),
    )
    parts: list[QWidget] = [page.label(counts, wrap=True, selectable=True)]
    if merge.announced:
        text = words("CAT_MERGE_ANNOUNCED", count=merge.announced)
        parts.append(standing_row(Standing(text, Icon.INFO, "warn", 0), ""))
    if merge.vanished:
        text = words("CAT_MERGE_VANISHED", count=len(merge.vanished))
        parts.append(standing_row(Standing(text, Icon.ALERT, "warn", 0), ""))
    if released:
        text = words("CAT_RELEASED", names=words.listed(released))
        parts.append(standing_row(Standing(text, Icon.CHECK, "good", 0), ""))
    return parts


def _facts(
    row: Arrival,
    state: CatalogueState | None,
    form_set: FormSet,
    words: Words,
    claim: Claim | None = None,
) -> list[tuple[str, str]]:
    package, received = row.package, row.received
    own = row.kind in {"", SUBMISSION}
    # A letter of the tier above stands in the chain of whom it is for; its code is that of whom it is from.
    code = row.department if own or package is None else package.sender
    name = _department(row, state)
    facts = [
        (words("CR_TYPE"), words(f"CR_TYPE_{row.kind}") if row.kind else ""),
        (
            words("CAT_COL_DEPARTMENT" if own else "CR_SENDER"),
            words("CR_CLAIMED", name=claim.name)
            if claim is not None and row.outcome == "quarantined"
            else name,
        ),
        (words("CAT_CODE"), code if code != name else ""),
    ]
    if package is not None:
        facts += [
            (words("CAT_COL_NUMBER"), words("CAT_NUMBER", number=package.sequence)),
            (words("CAT_CREATED"), words.moment(package.created)),
            (words("CAT_COL_RECEIVED"), words.moment(package.received_at)),
            (
                words("CAT_SIZE"),
                words("CAT_KILOBYTES", size=words.count(-(-package.bytes // 1024))),
            ),
        ]
        if row.kind == SUBMISSION:
            facts.append((words("CAT_COL_PROBLEMS"), problems_text(package, words)))
        decisions = package.counts.get("decision", {}).get("put", 0)
        if decisions:
            facts.append((words("CAT_CARRIES"), words("CR_DECISION_COUNT", count=decisions)))
    counts = package.counts if package is not None else received.counts if received else None
    if counts and row.kind == SUBMISSION:
        facts.append((words("CAT_CARRIES"), carried(counts, form_set, words)))
    facts.append((words("CAT_IDENTITY"), grouped(row.identity)))
    return facts


def problems_text(package: PackageFacts, words: Words) -> str:
    """Return how many errors and warnings a package has, and how many of the warnings are not explained."""
    problems = f"{package.errors} / {package.warnings}"
    if not package.warnings:
        return problems
    said = "CAT_UNEXPLAINED" if package.unexplained else "CAT_ALL_EXPLAINED"
    return words(said, problems=problems, count=package.unexplained)


def carried(counts: Mapping[str, Mapping[str, int]], form_set: FormSet, words: Words) -> str:
    """Return what a package carries, form by form."""
    lines = []
    for form in form_set.forms:
        number = sum(counts.get(form.id, {}).values())
        if number:
            label = (form.plural or form.label).get(words.language)
            lines.append(f"{label} {words.count(number)}")
    return "\n".join(lines)


def _department(row: Arrival, state: CatalogueState | None) -> str:
    if row.received is not None and row.received.department_name:
        return row.received.department_name
    return sender_name(row, state)


def sender_name(row: Arrival, state: CatalogueState | None) -> str:
    """Return who sent it, by name where it is known: a department, a coordinator, or the bearer of the root."""
    if state is None:
        return ""
    if row.department and row.kind in {"", SUBMISSION}:
        return state.name_of(row.department)
    code = row.package.sender if row.package is not None else ""
    if row.kind in {"receipt", "review"}:
        return code  # the tier above: nobody here has issued its certificate
    issued = next((c.name for c in state.certificates if c.department == code), "")
    return issued or (state.facts.coordinator_name if code == state.facts.coordinator_code else "")
