"""How a hand-in stands within the department follows from acts and digest alone: each state of the table once."""

from __future__ import annotations

import pytest

from census_app.domain.approval import (
    ActKind,
    ApprovalState,
    ReviewAct,
    approval_of,
    approved_before,
)

NOW, OTHER = "a" * 64, "b" * 64


def act(kind: ActKind, digest: str = NOW, package: str = "") -> ReviewAct:
    return ReviewAct(kind, digest, "李四", "2027-03-01T06:32:05Z", package=package)


@pytest.mark.parametrize(
    ("acts", "state", "changed"),
    [
        ([], "draft", False),
        ([act("submitted")], "submitted", False),
        ([act("submitted", OTHER)], "submitted", True),
        ([act("submitted"), act("returned", OTHER)], "returned", True),
        ([act("submitted"), act("approved")], "approved", False),
        ([act("submitted"), act("approved", OTHER)], "lapsed", True),
        ([act("approved"), act("handed_in")], "handed_in", False),
        ([act("approved", OTHER), act("handed_in", OTHER)], "draft", True),
        ([act("handed_in", OTHER), act("approved")], "approved", False),
    ],
)
def test_each_state_follows_from_the_acts(
    acts: list[ReviewAct], state: ApprovalState, changed: bool
) -> None:
    standing = approval_of(acts, NOW)
    assert (standing.state, standing.changed) == (state, changed)
    assert standing.act == (acts[-1] if acts else None)


def test_nothing_is_new_only_while_the_content_is_that_of_the_last_hand_in() -> None:
    assert approval_of([act("handed_in"), act("submitted")], NOW).unchanged
    assert not approval_of([act("handed_in", OTHER)], NOW).unchanged
    assert not approval_of([act("approved")], NOW).unchanged


def test_a_package_was_approved_when_the_act_before_it_approved_the_same_content() -> None:
    approved = act("approved")
    assert approved_before([approved, act("handed_in", package="p")], "p") == approved
    assert approved_before([act("approved", OTHER), act("handed_in", package="p")], "p") is None
    assert approved_before([act("submitted"), act("handed_in", package="p")], "p") is None
    assert approved_before([act("handed_in", package="p")], "p") is None
    assert approved_before([approved], "p") is None
