"""Say of things that look alike whether they are the same, and which resource is the source of a data item.

Both are decisions of the ledger: they travel to other coordinators, outlive the next submission, and a later one takes
their place. A verdict holds for what the things were; when one of them changes, it lapses and is asked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

import msgspec

from census_app.diagnostics import wording
from census_app.domain import chain
from census_app.domain.chain import Decision, DecisionKind
from census_app.domain.item_overlaps import ItemOverlap
from census_app.domain.names import match_key
from census_app.domain.overlaps import MemberKey, Overlap, content_sha
from census_app.domain.verdicts import (
    GroupStanding,
    Relation,
    Source,
    Verdict,
    Verdicts,
    subject_of,
)
from census_app.errors import UserError
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.package import Refused
from census_app.services import telling
from census_app.services.deciding import decide, require_reason
from census_app.services.meanwhile import require_seen
from census_app.services.overlapping import TITLE_ROLE, HeldIn, OverlapKind, Overlaps
from census_app.services.ports import CatalogueStore, Clock, ListQuery

MOST: Final = 200
"""Records one verdict can be about; more do not fit a line of the ledger."""
WITHDRAWN: Final = "withdrawn"
"""Choice of a decision that takes a verdict back and puts none in its place."""
SourceState = Literal["none", "chosen", "lapsed", "contested"]
_KINDS: Final = ("similarity", "source")
C = TypeVar("C", bound=msgspec.Struct)


class _GroupChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    relation: Relation
    members: dict[str, str]


class _ItemChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    relation: Relation
    item: str
    key: str
    sha: str


class _SourceChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    item: str
    key: str
    department: str
    record: str
    definition: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the ledger says of things that look alike.

    Attributes:
        verdicts: By kind.
        sources: By the folded name of the item.
    """

    verdicts: Mapping[OverlapKind, Verdicts]
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgedGroup:
    """A group and how it stands."""

    overlap: Overlap
    standing: GroupStanding


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """A data item, how it stands, and its source."""

    item: ItemOverlap
    standing: GroupStanding
    source: Source | None
    source_state: SourceState

    @property
    def open(self) -> bool:
        """Whether somebody has to say something: what it is, and of one datum with several homes which counts."""
        needs_source = self.source_state in {"lapsed", "contested"} or (
            self.standing.state == "same" and self.source_state == "none"
        )
        differs = self.item.differs and self.standing.state.open
        return differs or needs_source or self.standing.state in {"contested", "lapsed"}


# -- reading -----------------------------------------------------------------------------------------------------------


def said_in(decisions: Iterable[Decision]) -> Said:
    """Return the verdicts and sources that stand; contested ones are marked."""
    topics: dict[tuple[str, str], list[Decision]] = {}
    for decision in chain.standing(decisions):
        if decision.kind in _KINDS:
            topics.setdefault((decision.kind, decision.subject), []).append(decision)
    verdicts: dict[OverlapKind, list[Verdict]] = {"resources": [], "items": [], "systems": []}
    sources: dict[str, Source] = {}
    for (kind, subject), group in topics.items():
        contested = len({d.choice for d in group}) > 1
        for decision in sorted(group, key=lambda d: (d.created, d.id)):
            if kind == "source":
                source = _source(decision, contested=contested)
                if source is not None:
                    sources[source.key] = source
                continue
            verdict = _verdict(decision, contested=contested)
            of_kind = next((k for k in verdicts if subject.startswith(f"{k}:")), None)
            if verdict is not None and of_kind is not None:
                verdicts[of_kind].append(verdict)
    return Said({kind: Verdicts(found) for kind, found in verdicts.items()}, sources)


def judged_groups(
    overlaps: Overlaps, kind: OverlapKind, said: Said, department: str = ""
) -> list[JudgedGroup]:
    """Return the groups of a kind, those that need somebody first, then the surest.

    Args:
        department: Code of a department that keeps one of the members; empty for all.
    """
    verdicts = said.verdicts[kind]
    found = [
        JudgedGroup(each, verdicts.of_group(each.shas))
        for each in overlaps.groups(kind)
        if not department or any(m.department == department for m in each.members)
    ]
    return sorted(found, key=lambda g: not g.standing.state.open)


def judged_items(overlaps: Overlaps, said: Said, department: str = "") -> list[JudgedItem]:
    """Return the data items of several departments, those that need somebody first."""
    verdicts = said.verdicts["items"]
    found = []
    for item in overlaps.items:
        if department and not any(h.department == department for h in overlaps.held_in(item)):
            continue
        source = said.sources.get(item.key)
        standing = verdicts.of_item(item.key, item.sha)
        found.append(JudgedItem(item, standing, source, source_state(overlaps, item, source)))
    return sorted(found, key=lambda i: not i.open)


def source_state(overlaps: Overlaps, item: ItemOverlap, source: Source | None) -> SourceState:
    """Say whether the source that was chosen still holds the item, as it was defined then."""
    if source is None:
        return "none"
    if source.contested:
        return "contested"
    there = [h for h in overlaps.held_in(item) if (h.department, h.record) == _place(source)]
    defined = {definition_of(item, h.variant) for h in there}
    return "chosen" if source.definition in defined else "lapsed"


def definition_of(item: ItemOverlap, variant: int) -> str:
    """Return a definition as a source is bound to it: `type:length`."""
    found = item.variants[variant]
    return f"{found.type}:{'' if found.length is None else found.length}"


def present_shas(
    catalogue: CatalogueStore, kind: OverlapKind, members: Collection[MemberKey]
) -> dict[MemberKey, str]:
    """Return what records are now, as `Member.sha` says it; those that are gone are left out."""
    form_set = catalogue.form_set
    form, title = form_set.by_role(TITLE_ROLE[kind])
    function = form_set.by_role("system_function")[1]
    child, item = form_set.by_role("item_name")
    columns = [title.id, function.id] if kind == "systems" else [title.id]
    wanted = set(members)
    query = ListQuery(form=form.id, ids=frozenset(record for _department, record in wanted))
    found: dict[MemberKey, str] = {}
    for row in catalogue.rows(form.id, catalogue.keys(query), columns):
        at = row.department, row.id
        if at not in wanted:
            continue
        if kind == "systems":
            traits = {match_key(_text(row.values.get(function.id)))}
        else:
            inside = ListQuery(form=child.id, parent=row.id, department=row.department)
            rows = catalogue.rows(child.id, catalogue.keys(inside), [item.id])
            traits = {match_key(_text(each.values.get(item.id))) for each in rows} - {""}
        found[at] = content_sha(match_key(_text(row.values.get(title.id))), traits)
    return found


# -- judging -----------------------------------------------------------------------------------------------------------


def judge_group(
    catalogue: CatalogueStore,
    kind: OverlapKind,
    seen: Mapping[MemberKey, str | None],
    relation: Relation,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    known: Collection[str] | None = None,
) -> Decision:
    """Say what records are to each other; it takes the place of what was said about any of them alone.

    Args:
        seen: Record → what it was when the person saw it; None when whatever it is now is meant.
        known: Ids of the decisions the person knows; None when whatever was said is to be replaced.

    Raises:
        SaidMeanwhile: A colleague has said something of it that the person does not know.
        UserError: `DECISION_REASON`; `VERDICT_FEW`, fewer than two; `VERDICT_MANY`; `VERDICT_GONE`, a record is not in
            the catalogue any more; `VERDICT_CHANGED`, one has changed since it was seen; `NOT_COORDINATOR`.
    """
    words = require_reason(reason)
    if len(seen) < 2:
        raise UserError("VERDICT_FEW")
    if len(seen) > MOST:
        raise UserError("VERDICT_MANY", count=len(seen), most=MOST)
    present = present_shas(catalogue, kind, seen)
    for at, sha in seen.items():
        if at not in present:
            raise UserError("VERDICT_GONE", record=at[1], department=at[0])
        if sha is not None and present[at] != sha:
            raise UserError("VERDICT_CHANGED", record=at[1], department=at[0])
    subject = subject_of(kind, present)
    choice = _json(
        _GroupChoice(relation, {f"{d}/{r}": sha for (d, r), sha in sorted(present.items())})
    )
    with catalogue.holding(kind):
        said = said_in(catalogue.decisions()).verdicts[kind].about(present)
        alive = present_shas(catalogue, kind, {m for v in said for m in v.members} - present.keys())
        replaced = [
            v.decision for v in said if not (v.members.keys() - present.keys()) & alive.keys()
        ]
        return _decide(
            catalogue, "similarity", subject, choice, words, replaced, known,
            actor=actor, clock=clock,
        )  # fmt: skip


def judge_item(
    catalogue: CatalogueStore,
    item: ItemOverlap,
    relation: Relation,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    known: Collection[str] | None = None,
) -> Decision:
    """Say whether what several departments call by one name is one datum; it lapses with the next other definition.

    Raises:
        SaidMeanwhile: As `judge_group`; `known` likewise.
        UserError: `DECISION_REASON`, `NOT_COORDINATOR`.
    """
    words = require_reason(reason)
    members = {("", item.key): item.sha}
    # Not the spelling that is the most frequent here: two who decide the same would contradict each other.
    choice = _json(_ItemChoice(relation, item.key, item.key, item.sha))
    with catalogue.holding("items"):
        said = said_in(catalogue.decisions()).verdicts["items"].about(members, least=1)
        return _decide(
            catalogue, "similarity", subject_of("items", members), choice, words,
            [v.decision for v in said], known, actor=actor, clock=clock,
        )  # fmt: skip


def choose_source(
    catalogue: CatalogueStore,
    item: ItemOverlap,
    home: HeldIn,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    known: Collection[str] | None = None,
    tell: Sequence[HeldIn] = (),
) -> Decision:
    """Say which resource is the authoritative source of a data item (一数一源), in the place of an earlier choice.

    Args:
        known: As `judge_group`.
        tell: Resources that hold the item: the departments of the others are told, see `telling`.

    Raises:
        SaidMeanwhile: As `judge_group`.
        UserError: `DECISION_REASON`, `NOT_COORDINATOR`; those of `draft_query`.
    """
    words = require_reason(reason)
    definition = definition_of(item, home.variant)
    choice = _json(_SourceChoice(item.key, item.key, home.department, home.record, definition))
    subject = _source_subject(item.key)
    # Whatever speaks against telling them shows in the drafts, before anything is said.
    drafts = telling.draft_tellings(catalogue, item.name, home, tell, words, clock=clock)
    with catalogue.holding("source"):
        replaced = _standing_ids(catalogue, "source", subject)
        decision = _decide(
            catalogue, "source", subject, choice, words, replaced, known, actor=actor, clock=clock
        )
        telling.take_back(catalogue, replaced, words, actor=actor, clock=clock)
        telling.tell(catalogue, decision, drafts, actor=actor, clock=clock)
    return decision


def withdraw(
    catalogue: CatalogueStore, decision_id: str, reason: str, *, actor: str, clock: Clock
) -> Decision:
    """Take a verdict or a source back: nothing is said any more, and what departments were told of a source is closed.

    Args:
        decision_id: Id of a decision that stands, or its beginning.

    Raises:
        UserError: `DECISION_REASON`; `VERDICT_UNKNOWN`, no verdict of that id stands, or several begin so;
            `NOT_COORDINATOR`.
    """
    words = require_reason(reason)
    found = [
        d
        for d in chain.standing(catalogue.decisions())
        if d.kind in _KINDS and d.choice != WITHDRAWN and d.id.startswith(decision_id.lower())
    ]
    if len(found) != 1 or not decision_id:
        raise UserError("VERDICT_UNKNOWN", decision=decision_id[:16])
    old = found[0]
    replaced = _standing_ids(catalogue, old.kind, old.subject)
    decision = decide(
        catalogue, old.kind, old.subject, WITHDRAWN, words,
        actor=actor, clock=clock, supersedes=replaced,
    )  # fmt: skip
    if old.kind == "source":
        telling.take_back(catalogue, replaced, words, actor=actor, clock=clock)
    return decision


def withdraw_all(
    catalogue: CatalogueStore, decisions: Iterable[str], reason: str, *, actor: str, clock: Clock
) -> None:
    """Take several back, each subject once: what is contested about one falls together.

    Args:
        decisions: Whole ids.

    Raises:
        UserError: As `withdraw`.
    """
    subjects = {d.id: (d.kind, d.subject) for d in catalogue.decisions()}
    once = {subjects.get(each, ("", each)): each for each in decisions}
    for each in once.values():
        withdraw(catalogue, each, reason, actor=actor, clock=clock)


def choice_text(choice: str, language: str) -> str:
    """Return what a decision about likeness or a source chooses, in words; of another program its bare text."""
    if choice == WITHDRAWN:
        return wording.text("DUP_SAID_WITHDRAWN", language)
    source = _parsed(choice, _SourceChoice)
    if source is not None:
        return wording.text("DUP_SAID_SOURCE", language, record=source.record[:8])
    judged = _parsed(choice, _ItemChoice) or _parsed(choice, _GroupChoice)
    return choice if judged is None else wording.text(f"DUP_STATE_{judged.relation}", language)


def subject_text(
    subject: str, choice: str, language: str, titles: Mapping[str, str] | None = None
) -> str:
    """Return what a decision about likeness or a source is about, in words.

    Args:
        titles: Record → its name; records without one are named by the beginning of their ids.
    """
    named = _parsed(choice, _SourceChoice) or _parsed(choice, _ItemChoice)
    if named is not None:
        return wording.text("DUP_ABOUT_ITEM", language, item=named.item)
    kind = subject.partition(":")[0]
    what = wording.text(f"DUP_KIND_{kind}", language) if kind in TITLE_ROLE else kind
    group = _parsed(choice, _GroupChoice)
    if group is None:
        return what
    named_ids = [member.rpartition("/")[2] for member in group.members]
    called = {(titles or {}).get(each) or each[:8] for each in named_ids}
    records = wording.text("LIST_JOINT", language).join(sorted(called))
    return wording.text(
        "DUP_ABOUT_GROUP", language, kind=what, count=len(group.members), records=records
    )


def members_of(choice: str) -> frozenset[str]:
    """Return the ids of the records a verdict is about; none where it is about an item."""
    group = _parsed(choice, _GroupChoice)
    return frozenset(m.rpartition("/")[2] for m in group.members) if group else frozenset()


# -- inside ------------------------------------------------------------------------------------------------------------


def _decide(
    catalogue: CatalogueStore,
    kind: DecisionKind,
    subject: str,
    choice: str,
    words: str,
    replaced: Sequence[str],
    known: Collection[str] | None,
    *,
    actor: str,
    clock: Clock,
) -> Decision:
    """Append a decision in the place of others; the caller holds the matter."""
    require_seen([d for d in catalogue.decisions() if d.id in replaced], known)
    return decide(
        catalogue, kind, subject, choice, words, actor=actor, clock=clock, supersedes=replaced
    )


def _standing_ids(catalogue: CatalogueStore, kind: str, subject: str) -> list[str]:
    standing = chain.standing(catalogue.decisions())
    return [d.id for d in standing if (d.kind, d.subject) == (kind, subject)]


def _source_subject(key: str) -> str:
    return f"items:{hashlib.sha256(key.encode()).hexdigest()}"


def _verdict(decision: Decision, *, contested: bool) -> Verdict | None:
    item = _parsed(decision.choice, _ItemChoice)
    if item is not None:
        members: dict[MemberKey, str] = {("", item.key): item.sha}
        relation = item.relation
    else:
        group = _parsed(decision.choice, _GroupChoice)
        if group is None:
            return None
        split = ((*text.partition("/"), sha) for text, sha in group.members.items())
        members = {(department, record): sha for department, _slash, record, sha in split}
        relation = group.relation
    return Verdict(
        decision.id, decision.subject, relation, members,
        decision.reason, decision.actor, decision.created, contested,
    )  # fmt: skip


def _source(decision: Decision, *, contested: bool) -> Source | None:
    choice = _parsed(decision.choice, _SourceChoice)
    if choice is None:
        return None
    return Source(
        decision.id, choice.key, choice.item, choice.department, choice.record, choice.definition,
        decision.reason, decision.actor, decision.created, contested,
    )  # fmt: skip


def _parsed(choice: str, kind: type[C]) -> C | None:
    """Return what a decision chooses; None when it takes one back, or another program wrote something else."""
    try:
        return msgspec.convert(parse_strict(choice.encode(), where="choice"), kind)
    except (Refused, msgspec.ValidationError):
        return None


def _json(choice: msgspec.Struct) -> str:
    return canonical_bytes(msgspec.to_builtins(choice)).decode()


def _place(source: Source) -> MemberKey:
    return source.department, source.record


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
