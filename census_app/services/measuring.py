"""Measure a catalogue: every indicator as of a day, department by department, and the records behind each (domain §6).

Counts come from the store; what is known of departments as such - who was expected, has delivered, was accepted, which
lights are on - is put together here. Nothing is worded.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from census_app.domain import chain
from census_app.domain import indicators as domain
from census_app.domain.chain import Decision
from census_app.domain.corrections import publications
from census_app.domain.holdings import ListQuery, PackageFacts, RosterEntry
from census_app.domain.indicators import BY_ID, NOTHING_SAID, Said
from census_app.domain.statistics import lights
from census_app.services.contribution_lines import USCC_LENGTH
from census_app.services.expecting import Expected, expected_of, missing_from
from census_app.services.ports import CatalogueStore

LIGHTS: Final = ("light_network", "light_data", "light_application")
"""网络通, 数据通, 应用通 (S-31), as ids of the indicators that count the departments where they are on."""


@dataclass(frozen=True, slots=True)
class DepartmentMeasured:
    """One department.

    Attributes:
        city: Code of the division it belongs to: a city, or the province.
        kind: Code of the kind of body it says it is; empty where it has said nothing.
        received: A package of it is merged; `verdict` says what was decided about the newest: `accept`, `return` or
            nothing.
        announced: Records it announces as unfinished.
        counts: Of `domain.indicators.STORED`.
        lights: As `LIGHTS`; None where there is nothing to judge by.
    """

    code: str
    name: str
    city: str
    kind: str
    received: bool
    verdict: str
    announced: int
    counts: Mapping[str, int]
    lights: tuple[bool | None, bool | None, bool]


@dataclass(frozen=True, slots=True)
class Board:
    """All figures of a catalogue as of a day.

    Attributes:
        counts: Of everything that is counted, all departments together.
        behind: Id of an indicator about departments → their codes.
        said: What the ledger said when it was measured.
        round: Number of the round after which it stood so; 0 for a day.
    """

    as_of: str
    departments: tuple[DepartmentMeasured, ...]
    counts: Mapping[str, int]
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    said: Said = NOTHING_SAID
    round: int = 0

    def text(self, indicator: str) -> str:
        """Return a figure for people."""
        return BY_ID[indicator].text(self.counts)

    def department(self, code: str) -> DepartmentMeasured | None:
        """Return a department."""
        return next((d for d in self.departments if d.code == code), None)


def measure(catalogue: CatalogueStore, as_of: str) -> Board:
    """Return all figures as of a day, `CCYY-MM-DD`."""
    decisions = catalogue.decisions()
    roster = asked_bodies(catalogue.roster(), expected_of(decisions))
    verdicts = _verdicts(catalogue, decisions)
    said = _said(decisions, verdicts)
    counted = catalogue.counts(as_of, said)
    nothing = dict.fromkeys((each.id for each in domain.STORED), 0)
    places = _own_answers(catalogue, "division")
    kinds = _own_answers(catalogue, "org_kind")
    departments = tuple(
        DepartmentMeasured(
            code=entry.code,
            name=entry.name,
            city=city_of(places.get(entry.code) or entry.code[2:8]),
            kind=kinds.get(entry.code, ""),
            received=entry.head_sequence > 0,
            verdict=verdicts.get(entry.code, ""),
            announced=entry.pending_records,
            counts=counted.get(entry.code, nothing),
            lights=lights(counted.get(entry.code, nothing)),
        )
        for entry in roster
    )
    behind = _departments_behind(departments)
    counts = domain.total(counted) | {name: len(codes) for name, codes in behind.items()}
    return Board(as_of, departments, counts, behind, said)


def asked_bodies(roster: Iterable[RosterEntry], listed: Sequence[Expected]) -> list[RosterEntry]:
    """Return who delivers or is waited for: the enrolled and the listed, without whom the list takes off."""
    enrolled = {entry.code: entry for entry in roster}
    not_asked = {body.code for body in listed if body.standing != "expected"}
    found = [
        entry
        for entry in enrolled.values()
        if entry.head_sequence or not (entry.code in not_asked or hands_up(entry))
    ]
    names = {code: entry.name for code, entry in enrolled.items()}
    found += [RosterEntry(b.code, b.name, "", 0, "", {}) for b in missing_from(listed, names)]
    return sorted(found, key=lambda entry: entry.code)


def hands_up(entry: RosterEntry) -> bool:
    """Say whether a body is a section or second PC: it hands up to its department and is not waited for here."""
    return len(entry.code) > USCC_LENGTH and not entry.head_sequence


def city_of(division: str) -> str:
    """Return the code of the city a division lies in, of a province's own bodies that of the province."""
    return division[:4] + "00" if len(division) == 6 and division.isdigit() else ""


def group_counts(departments: Iterable[DepartmentMeasured]) -> dict[str, int]:
    """Return the counts of some departments together, those about departments as such among them."""
    chosen = tuple(departments)
    behind = _departments_behind(chosen)
    counts = domain.total({d.code: d.counts for d in chosen})
    return counts | {name: len(codes) for name, codes in behind.items()}


def _departments_behind(departments: Iterable[DepartmentMeasured]) -> dict[str, tuple[str, ...]]:
    chosen = tuple(departments)

    def those(*which: bool) -> tuple[str, ...]:
        return tuple(d.code for d, here in zip(chosen, which, strict=True) if here)

    found = {
        "departments_expected": those(*(True for _ in chosen)),
        "departments_received": those(*(d.received for d in chosen)),
        "departments_missing": those(*(not d.received for d in chosen)),
        "departments_accepted": those(*(d.verdict == "accept" for d in chosen)),
        "departments_returned": those(*(d.verdict == "return" for d in chosen)),
        "departments_announcing": those(*(d.announced > 0 for d in chosen)),
        "lights_all": those(*(all(d.lights) for d in chosen)),
    }
    for number, light in enumerate(LIGHTS):
        found[light] = those(*(d.lights[number] is True for d in chosen))
    return found


def _said(decisions: Iterable[Decision], verdicts: Mapping[str, str]) -> Said:
    published = publications(decisions)
    return Said(
        frozenset(code for code, verdict in verdicts.items() if verdict == "accept"),
        frozenset(
            f"{owner.department} {owner.record}"
            for owner, said in published.items()
            if said.state == "published"
        ),
    )


def _verdicts(catalogue: CatalogueStore, decisions: Iterable[Decision]) -> dict[str, str]:
    """Return department → what was decided about the package its records stand for."""
    newest: dict[str, PackageFacts] = {}
    for package in catalogue.packages():  # by department and sequence
        if package.state == "merged":
            newest[package.department] = package
    kinds = {
        d.subject: d.kind for d in chain.effective(decisions) if d.kind in {"accept", "return"}
    }
    return {code: kinds.get(package.identity, "") for code, package in newest.items()}


def _own_answers(catalogue: CatalogueStore, role: str) -> dict[str, str]:
    """Return department → what it answers about itself; of a body that hands up for others, one of theirs."""
    form, code = catalogue.form_set.by_role("department_uscc")
    try:
        _form, asked = catalogue.form_set.by_role(role)
    except KeyError:  # a form set that does not ask
        return {}
    found: dict[str, str] = {}
    keys = catalogue.keys(ListQuery(form=form.id))
    for row in catalogue.rows(form.id, keys, [code.id, asked.id]):
        own, answer = row.values.get(code.id) == row.department, row.values.get(asked.id)
        if isinstance(answer, str) and (own or row.department not in found):
            found[row.department] = answer
    return found


# -- what stands behind a figure ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which part of a list is wanted.

    Attributes:
        departments: Codes; None: all.
        field: Field id of a coded question, with the answer and how many of its characters count (0: all).
    """

    departments: tuple[str, ...] | None = None
    field: str = ""
    answer: str = ""
    length: int = 0


EVERYTHING: Final = Narrowed()


def keys_behind(
    catalogue: CatalogueStore, board: Board, indicator: str, part: Narrowed = EVERYTHING
) -> array[int]:
    """Return the row keys of the records behind an indicator that is counted in a form."""
    group = (part.field, part.answer, part.length) if part.field else None
    return catalogue.keys_behind(indicator, board.as_of, part.departments, group, board.said)


def departments_behind(
    board: Board, indicator: str, part: Narrowed = EVERYTHING
) -> list[DepartmentMeasured]:
    """Return the departments behind an indicator that counts departments."""
    codes = set(board.behind[BY_ID[indicator].listed])
    if part.departments is not None:
        codes &= set(part.departments)
    return [d for d in board.departments if d.code in codes]
