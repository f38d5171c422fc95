"""Which departments a campaign expects: a list that lies in the ledger, so that colleagues have the same.

An entry says what a body is called and what became of it: expected, merged into another, or no longer asked. Whoever
enrols or reports is on the roster anyway; the list says who is still missing, and who is not to be waited for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.uscc import is_uscc
from census_app.errors import UserError
from census_app.exchange.canonical import canonical_bytes
from census_app.formats.cells import Cell
from census_app.formats.sheets import read_sheets
from census_app.services.deciding import drafted, require_reason
from census_app.services.ports import CatalogueStore, Clock

Standing = Literal["expected", "merged", "dropped"]
STANDINGS: Final[tuple[Standing, ...]] = ("expected", "merged", "dropped")
CODE_LENGTH: Final = 18
NAME_LENGTH: Final = 200
LIST_ROWS: Final = 20_000
_CODE_LIKE: Final = re.compile(r"[0-9A-Z]{18}")
_NAMED: Final = re.compile(r"部门|单位|名称|机构|name|department|body", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Expected:
    """A body of the campaign as the list has it.

    Attributes:
        former: What it was called before, when it was renamed.
        standing: `merged`: its tasks are another body's now, `into` names it; `dropped`: it is not asked any more.
        reason: Of the newest decision about it, with who decided and when.
        decision: Id of that decision; empty for an entry nobody has decided yet.
    """

    code: str
    name: str
    standing: Standing = "expected"
    former: str = ""
    into: str = ""
    reason: str = ""
    actor: str = ""
    decided: str = ""
    decision: str = ""

    @property
    def choice(self) -> str:
        """What the ledger says of it: canonical JSON."""
        said = {
            "former": self.former, "into": self.into, "name": self.name, "standing": self.standing,
        }  # fmt: skip
        return canonical_bytes(said).decode()


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list of departments that was read.

    Attributes:
        bodies: By the order of the list; of one that stands there twice the first.
        unusable: Rows with a code that is none, as they stand.
    """

    bodies: tuple[Expected, ...]
    unusable: tuple[str, ...]


def expected(catalogue: CatalogueStore) -> list[Expected]:
    """Return the list in force, by code; what is contested between coordinators is not on it until it is settled."""
    return expected_of(catalogue.decisions())


def expected_of(decisions: Iterable[Decision]) -> list[Expected]:
    """Return the list that decisions make, by code."""
    found: dict[str, Expected] = {}
    for each in sorted(chain.effective(decisions), key=lambda d: (d.created, d.id)):
        if each.kind == "expect":
            entry = _entry(each)
            if entry is not None:
                found[entry.code] = entry
    return [found[code] for code in sorted(found)]


def _entry(decision: Decision) -> Expected | None:
    try:
        said = json.loads(decision.choice)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("standing") not in STANDINGS:
        return None  # of a newer program, or made by hand
    return Expected(
        code=decision.subject,
        name=str(said.get("name", "")),
        standing=cast("Standing", said["standing"]),
        former=str(said.get("former", "")),
        into=str(said.get("into", "")),
        reason=decision.reason,
        actor=decision.actor,
        decided=decision.created,
        decision=decision.id,
    )


def expect(
    catalogue: CatalogueStore,
    bodies: Sequence[Expected],
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> tuple[Decision, ...]:
    """Put bodies on the list, or say anew what is to be said of them; what is said already is left as it is.

    Args:
        reason: Why; at least two characters.

    Raises:
        UserError: `EXPECT_CODE`, `EXPECT_NAME`, `EXPECT_INTO`; `DECISION_REASON`; `NOT_COORDINATOR`.
    """
    why = require_reason(reason)
    known = {entry.code: entry for entry in expected(catalogue)}
    standing = [d for d in chain.standing(catalogue.decisions()) if d.kind == "expect"]
    for body in bodies:
        _require(body)
    made = []
    for body in bodies:
        before = known.get(body.code)
        if before is not None and before.choice == body.choice:
            continue
        old = [d.id for d in standing if d.subject == body.code]
        made.append(
            drafted(
                catalogue,
                "expect",
                body.code,
                body.choice,
                why,
                actor=actor,
                clock=clock,
                supersedes=old,
            )
        )
    catalogue.append_decisions(made)
    return tuple(made)


def _require(body: Expected) -> None:
    if not is_uscc(body.code):
        raise UserError("EXPECT_CODE", given=body.code)
    if not body.name.strip() or len(body.name) > NAME_LENGTH:
        raise UserError("EXPECT_NAME", given=body.code)
    if body.standing == "merged" and (not is_uscc(body.into) or body.into == body.code):
        raise UserError("EXPECT_INTO", name=body.name, given=body.into)


def missing_from(listed: Iterable[Expected], enrolled: Mapping[str, str]) -> list[Expected]:
    """Return the expected bodies that nobody has enrolled yet.

    Args:
        enrolled: Code → name of those on the roster.
    """
    return [e for e in listed if e.standing == "expected" and e.code not in enrolled]


# -- a list from outside -----------------------------------------------------------------------------------------------


def read_list(path: Path) -> ListRead:
    """Read a list of departments from a workbook or a CSV file, whatever its headers are.

    A row counts when one of its cells is a unified social credit code; its name is the cell below a header that speaks
    of names, else the first one with words.

    Raises:
        UserError: `EXPECT_LIST_EMPTY`, there is no code in it; `FILE_MISSING`.
        DataProblem: The codes of `formats.sheets.read_sheets`.
    """
    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    bodies: dict[str, Expected] = {}
    unusable: list[str] = []
    for sheet in read_sheets(path):
        named = -1
        for row in sheet.rows[:LIST_ROWS]:
            texts = [_text(cell) for cell in row]
            at = next((n for n, t in enumerate(texts) if _CODE_LIKE.fullmatch(t.upper())), -1)
            if at < 0:
                named = _name_column(texts, named)
                continue
            code = texts[at].upper()
            name = _name_of(texts, at, named)
            if not is_uscc(code) or not name:
                unusable.append(" · ".join(filter(None, texts)))
            else:
                bodies.setdefault(code, Expected(code, name[:NAME_LENGTH]))
    if not bodies and not unusable:
        raise UserError("EXPECT_LIST_EMPTY", name=path.name)
    return ListRead(tuple(bodies.values()), tuple(unusable))


def _text(cell: Cell) -> str:
    return " ".join(cell.split())


def _name_column(texts: Sequence[str], before: int) -> int:
    """Return the column whose header speaks of names, of several the one that says 名称; else the one found before."""
    found = [n for n, text in enumerate(texts) if _NAMED.search(text) and "代码" not in text]
    best = next((n for n in found if "名称" in texts[n]), found[0] if found else before)
    return best if len([t for t in texts if t]) > 1 else before


def _name_of(texts: Sequence[str], code: int, named: int) -> str:
    if 0 <= named < len(texts) and named != code and texts[named]:
        return texts[named]
    return next((t for n, t in enumerate(texts) if n != code and _WORD.search(t)), "")
