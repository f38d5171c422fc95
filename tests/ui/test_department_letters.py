"""What a submission's state is, from the packages alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from census_app.domain.holdings import SentPackage
from census_app.domain.review import Query
from census_app.errors import UserError
from census_app.services.answering import QueryItem
from census_app.ui.department.arrival_outcome import outcome_of_error
from census_app.ui.department.letters import letters_of
from census_app.ui.department.mail import Mail
from census_app.ui.shell.translation import Words


def sent(number: int) -> SentPackage:
    return SentPackage(
        "sent", f"s{number}", "submission", f"n{number}", number, "", "", f"2027-03-0{number}", {}
    )


def receipt(number: int, answers: int, status: str) -> SentPackage:
    return SentPackage(
        "received", f"r{number}", "receipt", f"r{number}", number, "", "", f"2027-03-0{number + 1}",
        {}, in_reply_to=f"s{answers}", status=status, note=f"note {number}",
    )  # fmt: skip


def states(*packages: SentPackage) -> dict[int, tuple[str, int, str]]:
    found = letters_of(Mail(packages=packages))
    return {e.sequence: (e.state, e.round, e.note) for e in found if e.kind == "submission"}


def test_a_submission_waits_until_its_receipt_comes() -> None:
    assert states(sent(1)) == {1: ("waiting", 1, "")}
    accepted = receipt(1, 1, "accepted_with_comments")
    assert states(sent(1), accepted) == {1: ("accepted_with_comments", 1, "note 1")}


def test_a_return_begins_the_next_round_and_an_acceptance_does_not() -> None:
    returned, accepted = receipt(1, 1, "returned"), receipt(1, 1, "accepted")
    assert states(sent(1), returned, sent(2))[2] == ("waiting", 2, "")
    assert states(sent(1), accepted, sent(2))[2] == ("waiting", 1, "")


def test_one_that_was_never_answered_is_overtaken_by_the_next() -> None:
    assert states(sent(1), sent(2)) == {1: ("overtaken", 1, ""), 2: ("waiting", 1, "")}


def test_the_newest_receipt_counts_and_the_newest_letter_stands_first() -> None:
    packages = (sent(1), receipt(1, 1, "returned"), receipt(2, 1, "accepted"))
    assert states(*packages)[1] == ("accepted", 1, "note 2")
    assert [e.identity for e in letters_of(Mail(packages=packages))] == ["r2", "r1", "s1"]


@pytest.mark.parametrize(("state", "must", "blocks"), [
    ("open", True, 1), ("open", False, 0), ("answered", True, 0), ("closed", True, 0),
])  # fmt: skip
def test_only_open_queries_that_must_be_answered_block(state: str, must: bool, blocks: int) -> None:
    query = Query("a" * 32, "internal_office", "b" * 32, "name", "", "?", must=must)
    item = QueryItem(query, state)  # type: ignore[arg-type]
    mail = Mail(items=(item,), owners={query.id: ("internal_office", query.record)})
    assert len(mail.waiting) == blocks
    assert mail.records_of("internal_office") == (
        frozenset({query.record}) if state == "open" else frozenset()
    )
    assert mail.records_of("department") == frozenset()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_package_that_belongs_elsewhere_is_called_by_its_name(language: str) -> None:
    error = UserError("APPLY_TYPE", file="a.census", type="submission")
    words = Words(language)

    told = outcome_of_error(Path("a.census"), error, words)

    assert words("CR_TYPE_submission") in told.text
    assert "submission" not in told.text
    assert told.details
