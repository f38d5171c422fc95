"""How a department's hand-in stands within the department: draft, put to review, returned, approved, handed in.

Nothing of it is stored as a state: it follows from the acts in the journal and from the digest of what would be handed
in now. No I/O, no wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

ActKind = Literal["submitted", "returned", "approved", "handed_in"]
ACT_KINDS: Final[tuple[ActKind, ...]] = ("submitted", "returned", "approved", "handed_in")

ApprovalState = Literal["draft", "submitted", "returned", "approved", "lapsed", "handed_in"]


@dataclass(frozen=True, slots=True)
class ReviewAct:
    """One act of the review within the department; never taken back, only followed by another.

    Attributes:
        digest: Of the content the act is about, 64 hex.
        actor: Who sat at the computer.
        name: Who approves or returns, in full; `office` is the person's office or title.
        remark: The written remark, or the reason of a return.
        package: Identity of the package that was handed in.
        announced: Number of records that were handed in as announced.
        step: Number in the journal; 0 until it is written there.
    """

    kind: ActKind
    digest: str
    actor: str
    at: str
    name: str = ""
    office: str = ""
    remark: str = ""
    package: str = ""
    announced: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class Approval:
    """How the hand-in stands.

    Attributes:
        state: `lapsed`: approved once, but the records have changed since.
        act: The act that led there; None for a draft that nobody has looked at yet.
        digest: Of the content as it is now.
        changed: The content is no longer the one the act was about.
        handed_in: The newest hand-in, whatever came after it.
    """

    state: ApprovalState = "draft"
    act: ReviewAct | None = None
    digest: str = ""
    changed: bool = False
    handed_in: ReviewAct | None = None

    @property
    def unchanged(self) -> bool:
        """Whether nothing has changed since the newest hand-in."""
        return self.handed_in is not None and self.handed_in.digest == self.digest


def approval_of(acts: Sequence[ReviewAct], digest: str) -> Approval:
    """Derive how the hand-in stands.

    A hand-in closes the round: what is changed after it is a draft again. An approval holds for one content; it is in
    force again when a change is undone.

    Args:
        acts: The oldest first.
        digest: Of the content now.
    """
    handed_in = next((a for a in reversed(acts) if a.kind == "handed_in"), None)
    if not acts:
        return Approval(digest=digest)
    last = acts[-1]
    changed = last.digest != digest
    state: ApprovalState = last.kind
    if last.kind == "handed_in" and changed:
        state = "draft"
    elif last.kind == "approved" and changed:
        state = "lapsed"
    return Approval(state, last, digest, changed, handed_in)


def approved_before(acts: Sequence[ReviewAct], package: str) -> ReviewAct | None:
    """Return the approval under which a package was handed in, or None where there was none in force."""
    for number, act in enumerate(acts):
        if act.kind == "handed_in" and act.package == package:
            before = acts[number - 1] if number else None
            fits = before is not None and before.kind == "approved" and before.digest == act.digest
            return before if fits else None
    return None
