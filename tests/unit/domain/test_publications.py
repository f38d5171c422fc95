"""What is published after decisions were taken back, and that was taken back, at random beside a plain list."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.corrections import (
    Owner,
    batch_subject,
    naming,
    publications,
    taking_back,
)

FORM, DEPARTMENT = "information_resource", "D1"
RECORDS = ("a", "b", "c")


@dataclass
class Entry:
    """One publication or withdrawal, and whether it holds."""

    state: str
    records: frozenset[str]
    holds: bool = True


def decided(number: int, kind: str, subject: str, choice: str, *supersedes: str) -> Decision:
    moment = f"2026-12-01T08:{number:02}:00Z"
    return Decision(f"{number:064x}", kind, subject, choice, "", "李", "K1", moment, supersedes)  # type: ignore[arg-type]


WORDS = st.tuples(
    st.sampled_from(["publish", "withdraw"]), st.frozensets(st.sampled_from(RECORDS), min_size=1)
)
STEPS = st.lists(st.one_of(WORDS, st.integers(0, 30)), min_size=2, max_size=14)


def told(steps: list[object]) -> tuple[list[Decision], list[Entry]]:
    """Return the ledger and the plain list that the same steps make; a number takes a decision in force back."""
    ledger: list[Decision] = []
    entries: list[Entry] = []
    about: dict[str, Entry] = {}
    for number, step in enumerate(steps, 1):
        if isinstance(step, tuple):
            kind, records = step
            choice = naming(FORM, records)
            new = decided(number, kind, batch_subject(DEPARTMENT, choice), choice)
            entries.append(Entry("published" if kind == "publish" else "withdrawn", records))
            about[new.id] = entries[-1]
        elif ledger:
            assert isinstance(step, int)
            open_ = chain.standing(ledger)
            old = open_[step % len(open_)]
            instead = taking_back(old, ledger, FORM)
            assert instead is not None
            new = decided(number, old.kind, *instead, old.id)
            about[new.id] = about[old.id]
            about[old.id].holds = not about[old.id].holds
        else:
            continue
        ledger.append(new)
    return ledger, entries


def last_words(entries: list[Entry]) -> dict[str, str]:
    return {record: e.state for e in entries if e.holds for record in e.records}


def seen(ledger: list[Decision]) -> dict[str, str]:
    return {owner.record: each.state for owner, each in publications(ledger).items()}


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, chance=st.integers(0, 2**16))
def test_taking_back_and_taking_that_back_leaves_what_others_decided_since(
    steps: list[object], chance: int
) -> None:
    ledger, entries = told(steps)
    random.Random(chance).shuffle(ledger)  # noqa: S311
    assert seen(ledger) == last_words(entries)


def test_a_withdrawal_made_meanwhile_stands_and_a_new_publication_is_a_new_word() -> None:
    words: list[object] = [("publish", frozenset("ab")), 0, ("withdraw", frozenset("a")), 0]
    ledger, _ = told(words)
    order = sorted(ledger, key=lambda d: d.created)
    again = order[-1]
    assert (again.kind, again.supersedes) == ("publish", (order[1].id,))
    assert seen(ledger) == {"a": "withdrawn", "b": "published"}
    new = dataclasses.replace(order[0], id="f" * 64, created="2026-12-01T09:00:00Z")
    assert seen([*ledger, new]) == {"a": "published", "b": "published"}
    found = publications([*ledger, new])[Owner(DEPARTMENT, FORM, "a")]
    assert found.decision == new


def test_what_is_repeated_and_not_known_here_counts_from_the_repetition() -> None:
    ledger, _ = told([("publish", frozenset("a")), 0, ("withdraw", frozenset("a")), 0])
    known = [d for d in ledger if d.created != min(x.created for x in ledger)]
    assert seen(known) == {"a": "published"}
    assert seen(ledger) == {"a": "withdrawn"}
