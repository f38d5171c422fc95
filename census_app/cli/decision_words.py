"""How forks, contested matters and decisions look on the command line, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from census_app.cli.difference_words import ValueWords
from census_app.cli.speech import Speech
from census_app.domain.chain import Decision
from census_app.domain.corrections import place_of
from census_app.exchange.paper import short_groups
from census_app.services import likening
from census_app.services.comparing import SideBySide
from census_app.services.deciding import Decided
from census_app.services.forking import Fork
from census_app.services.ports import CatalogueStore, PackageFacts
from census_app.services.settling import ContestedMatter

_WHOLE = 64


def fork_document(fork: Fork) -> dict[str, Any]:
    """Return a fork for `--json`."""
    return {
        "department": fork.department,
        "name": fork.department_name,
        "sequence": fork.sequence,
        "chosen": fork.chosen,
        "sides": [_side_document(side) for side in fork.sides],
        "decisions": [decision_document(decision) for decision in fork.decisions],
    }


def _side_document(side: PackageFacts) -> dict[str, Any]:
    return {
        "identity": side.identity,
        "state": side.state,
        "created": side.created,
        "received_at": side.received_at,
        "counts": side.counts,
        "errors": side.errors,
        "warnings": side.warnings,
    }


def fork_lines(fork: Fork, speech: Speech) -> list[str]:
    """Return a fork in words: where it is, then each side."""
    lines = [speech.text("CLI_DECIDE_FORK_AT", name=fork.department_name, sequence=fork.sequence,
                         department=fork.department)]  # fmt: skip
    for side in fork.sides:
        put = sum(ops.get("put", 0) for ops in side.counts.values())
        state = speech.text(f"STATE_{side.state}")
        lines.append(
            "  "
            + speech.text(
                "CLI_DECIDE_SIDE",
                digest=short_groups(side.identity),
                created=speech.moment(side.created),
                records=put,
                errors=side.errors,
                state=state,
            )
        )
    return lines


def pair_document(pair: SideBySide) -> dict[str, Any]:
    """Return two packages compared for `--json`."""

    def records(found: Iterable[Any]) -> list[dict[str, Any]]:
        return [{"form": r.form, "record": r.record, "title": r.title} for r in found]

    return {
        "left": pair.left,
        "right": pair.right,
        "only_left": records(pair.only_left),
        "only_right": records(pair.only_right),
        "different": [
            {
                "form": r.form,
                "record": r.record,
                "title": r.title,
                "left_operation": r.left_operation,
                "right_operation": r.right_operation,
                "fields": [{"field": f.field, "left": f.left, "right": f.right} for f in r.fields],
            }
            for r in pair.different
        ],
        "same": pair.same,
        "one_installation": pair.one_installation,
    }


@dataclass(frozen=True)
class PairWords:
    """Two sides in words."""

    pair: SideBySide
    store: CatalogueStore
    speech: Speech

    def lines(self) -> list[str]:
        """Return what only one side has, then what differs, field by field."""
        text, pair = self.speech.text, self.pair
        lines = [
            text("CLI_COMPARED", left=short_groups(pair.left, 4), right=short_groups(pair.right, 4),
                 only_left=len(pair.only_left), only_right=len(pair.only_right),
                 different=len(pair.different), same=pair.same)
        ]  # fmt: skip
        for code, found in (("CLI_ONLY_LEFT", pair.only_left), ("CLI_ONLY_RIGHT", pair.only_right)):
            lines += [
                "  " + text(code, form=self._form(r.form), title=r.title or r.record) for r in found
            ]
        for record in pair.different:
            lines.append(
                "  " + text("CLI_DIFFERENT", form=self._form(record.form),
                            title=record.title or record.record)
            )  # fmt: skip
            for field in record.fields:
                left, right = ("—" if v is None else str(v) for v in (field.left, field.right))
                lines.append(f"    {self._field(record.form, field.field)}: {left} ≠ {right}")
            if record.left_operation != record.right_operation:
                left, right = record.left_operation, record.right_operation
                lines.append(f"    {left} ≠ {right}")
        return lines

    def _form(self, form: str) -> str:
        return self.store.form_set.form(form).label.get(self.speech.language)

    def _field(self, form: str, field: str) -> str:
        for each in self.store.form_set.form(form).stored_fields:
            if each.id == field:
                return each.label.get(self.speech.language)
        return field


def matter_document(matter: ContestedMatter) -> dict[str, Any]:
    """Return a contested matter for `--json`."""
    return {
        "kind": matter.kind,
        "subject": matter.subject,
        "department": matter.department,
        "name": matter.department_name,
        "sequence": matter.sequence,
        "package": matter.package,
        "sides": [
            {
                "kind": side.kind,
                "choice": side.choice,
                "decisions": [decision_document(decision) for decision in side.decisions],
            }
            for side in matter.sides
        ],
    }


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return a decision for `--json`."""
    return {
        "id": decision.id,
        "kind": decision.kind,
        "subject": decision.subject,
        "choice": decision.choice,
        "reason": decision.reason,
        "actor": decision.actor,
        "coordinator": decision.coordinator,
        "created": decision.created,
    }


def matter_lines(
    matter: ContestedMatter, speech: Speech, values: ValueWords | None = None
) -> list[str]:
    """Return a contested matter in words: what it is about, then each side with who decided so and why.

    Args:
        values: Names the record and its values where the matter is a correction.
    """
    corrected = place_of(matter.subject) if matter.kind == "override" and values else None
    about = matter.package or matter.department_name or matter.subject
    if corrected is not None and values is not None:
        about = values.place(corrected)
    subject = matter.subject if len(matter.subject) <= 40 else matter.subject[:16]
    lines = [
        speech.text(
            "CLI_CONTESTED",
            what=speech.text(f"DECISION_{matter.kind}"),
            about=about,
            kind=matter.kind,
            subject=subject,
        )
    ]
    for number, side in enumerate(matter.sides, 1):
        long = len(side.choice) == _WHOLE and side.choice.isalnum()
        choice = short_groups(side.choice) if long else side.choice
        if matter.kind in {"similarity", "source"}:
            choice = likening.choice_text(side.choice, speech.language)
        if corrected is not None and values is not None:
            choice = values.corrected(side.choice, corrected)
        lines += [
            "  "
            + speech.text(
                "CLI_CONTESTED_SIDE",
                number=number,
                choice=choice,
                coordinator=decision.coordinator,
                actor=decision.actor,
                created=speech.moment(decision.created),
                reason=decision.reason or "—",
            )
            for decision in side.decisions
        ]
    return lines


def answer_decided(done: Decided, speech: Speech, *, as_json: bool) -> int:
    """Say what was decided and what followed."""
    speech.answer(decided_document(done), decided_lines(done, speech), as_json=as_json)
    return 0


def decided_document(done: Decided) -> dict[str, Any]:
    """Return what was decided and what followed for `--json`."""
    return {
        "decisions": [decision_document(decision) for decision in done.decisions],
        "merged": list(done.merged),
        "package": _side_document(done.package) if done.package else None,
    }


def decided_lines(done: Decided, speech: Speech) -> list[str]:
    """Return what was decided and what followed in words."""
    lines = [
        speech.text(
            "CLI_DECIDED",
            what=speech.text(f"DECISION_{decision.kind}"),
            id=short_groups(decision.id, 4),
        )
        for decision in done.decisions
    ]
    if done.package is not None:
        lines.append(
            speech.text(
                "CLI_DECIDED_PACKAGE",
                package=done.package.name,
                digest=short_groups(done.package.identity, 4),
                state=speech.text(f"STATE_{done.package.state}"),
            )
        )
    return [*lines, *(speech.text("CLI_DECIDED_MERGED", name=name) for name in done.merged)]
