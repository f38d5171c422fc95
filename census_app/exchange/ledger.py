"""Decisions as lines and back, and their ids (security §7)."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from census_app.domain.chain import Decision
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.records import encode_line
from census_app.exchange.reserved import DecisionLine


def decision_id(values: Mapping[str, object]) -> str:
    """Return the id of a decision: SHA-256 of the canonical JSON of everything else it says."""
    return hashlib.sha256(canonical_bytes(dict(values))).hexdigest()


def with_id(decision: Decision) -> Decision:
    """Return the decision under the id its content gives it."""
    return dataclasses.replace(decision, id=decision_id(decision_values(decision)))


def decision_values(decision: Decision) -> dict[str, object]:
    """Return what a decision says, as its line's `values`."""
    values = dataclasses.asdict(decision)
    del values["id"]
    return values | {"supersedes": sorted(decision.supersedes)}


def decision_line(decision: Decision) -> bytes:
    """Return the line of a decision without its LF; lines ascend by the decision's id."""
    return encode_line(
        {
            "form": "decision",
            "id": decision.id[:32],
            "unit": decision.coordinator,
            "op": "put",
            "values": decision_values(decision),
        }
    )


def decision_of(line: Mapping[str, Any]) -> Decision:
    """Return the decision of a verified line."""
    values = msgspec.convert(line["values"], DecisionLine)
    found = msgspec.structs.asdict(values) | {"supersedes": tuple(sorted(values.supersedes))}
    return with_id(Decision(id="", **found))
