"""What became of one file that came, as texts. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from census_app.errors import CensusError, UserError
from census_app.services.applying import Applied
from census_app.ui.shell.translation import Words

Mood = Literal["good", "warn", "bad", "text_2"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file and what became of it.

    Attributes:
        kind: As `Applied.kind`; empty for a file that was not taken.
        mood: Token of the theme for its icon: `good` taken, `warn` waits, `bad` refused, `text_2` known already.
        code: Of an error, for the telephone.
        leads_to: `queries` or `conflicts` when something waits there, `packages` for other letters, else empty.
    """

    path: Path
    kind: str
    mood: Mood
    text: str
    details: tuple[str, ...] = ()
    code: str = ""
    leads_to: str = ""
    new: bool = False


def outcome_of(applied: Applied, words: Words) -> Outcome:
    """Return the outcome of a file that was taken, or that changed nothing."""
    early = applied.early
    leads = ""
    if applied.kind == "review" and not early:
        leads = "queries"
    elif applied.kind == "contribution" and applied.waiting:
        leads = "conflicts"
    elif applied.kind == "receipt" and applied.new:
        leads = "packages"
    revoked = any(code == "APPLIED_OWN_REVOKED" for code, _values in applied.further)
    waits = early or revoked or (applied.kind == "contribution" and applied.waiting)
    return Outcome(
        applied.path,
        applied.kind,
        "warn" if waits else "good" if applied.new else "text_2",
        words(applied.code, **{"file": applied.path.name, **applied.params}).strip(),
        tuple(words(code, **values) for code, values in applied.further),
        leads_to=leads,
        new=applied.new,
    )


def outcome_of_error(path: Path, error: CensusError, words: Words) -> Outcome:
    """Return the outcome of a file that was refused."""
    if error.code == "APPLY_TYPE":
        kind = words(f"CR_TYPE_{error.params['type']}")
        error = UserError("APPLY_TYPE", **{**error.params, "type": kind})
    told = words.explain(error)
    details = (told.next_step,) if told.next_step else ()
    return Outcome(path, "", "bad", told.what, details, told.code)
